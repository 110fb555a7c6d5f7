//! Words that say what stands beside them (上下文用语), found all at once in one pass. To add a word is one word in its line, to add a cue one line.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::region;

/// What a word speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cue {
    CitizenId,
    Phone,
    BankCard,
    CreditCode,
    Plate,
    Passport,
    Permit,
    Email,
    Network,
    Record,
    Clinic,
    Patient,
    Illness,
    Place,
    Address,
    /// Before a name.
    Person,
    /// Before or after a name.
    Title,
    /// A number that is nobody's: of an order, a product, a version.
    Other,
    /// A province or a city.
    Region,
}

/// One line each. Of two words at one place the longer is taken.
const WORDS: &[(Cue, &str)] = &[
    (
        Cue::CitizenId,
        "身份证 身份证号 身份证号码 公民身份号码 居民身份证 身份号码 身份号 证件号 证件号码 证件 有效证件 idcard sfz id号",
    ),
    (
        Cue::Phone,
        "电话 手机 手机号 手机号码 联系电话 联系方式 电话号码 来电 回电 致电 拨打 座机 固话 固定电话 办公电话 热线 传真 短信 微信 呼叫 回拨 tel phone mobile fax",
    ),
    (
        Cue::BankCard,
        "银行卡 银行卡号 卡号 储蓄卡 借记卡 信用卡 银行账号 银行账户 收款账号 账号 账户 帐号 开户行 银联 打款 转账 尾号 bankcard",
    ),
    (Cue::CreditCode, "统一社会信用代码 社会信用代码 信用代码 营业执照 税号 纳税人识别号 组织机构代码 机构代码"),
    (Cue::Plate, "车牌 车牌号 号牌 车号 牌照 车辆 轿车 货车 违章 停车 驾驶"),
    (Cue::Passport, "护照 护照号 护照号码 passport"),
    (Cue::Permit, "通行证 回乡证 台胞证 港澳通行证 往来港澳 往来台湾 来往内地 来往大陆 居住证"),
    (Cue::Email, "邮箱 邮件 电子邮箱 email e-mail"),
    (Cue::Network, "ip地址 ip 登录ip 客户端 网络地址 来源地址 登录地址"),
    (Cue::Record, "病历号 病案号 住院号 门诊号 就诊卡 就诊卡号 就诊号 医保卡号 医保号 社保卡号 病历编号 检查号 床号"),
    (
        Cue::Clinic,
        "诊断 确诊 患有 病史 既往史 主诉 住院 门诊 就诊 入院 出院 治疗 手术 复查 化验 检查结果 用药 服用 症状 临床 病历 罹患 阳性",
    ),
    (Cue::Patient, "患者 病人 病患 患儿"),
    (
        Cue::Illness,
        "高血压 糖尿病 冠心病 心脏病 心肌梗死 心肌梗塞 脑梗死 脑梗塞 脑出血 脑卒中 中风 癫痫 帕金森病 阿尔茨海默病 抑郁症 焦虑症 精神分裂症 双相情感障碍 自闭症 肺癌 肝癌 胃癌 乳腺癌 \
         宫颈癌 结肠癌 直肠癌 食管癌 甲状腺癌 前列腺癌 白血病 淋巴瘤 恶性肿瘤 艾滋病 hiv 梅毒 淋病 尖锐湿疣 乙肝 乙型肝炎 丙肝 丙型肝炎 肝硬化 肺结核 结核病 哮喘 慢阻肺 肺炎 尿毒症 肾衰竭 \
         肾炎 红斑狼疮 类风湿关节炎 痛风 骨折 甲亢 甲减 不孕症 流产 早孕 血友病 地中海贫血 新冠肺炎 阑尾炎 胆囊炎 胰腺炎 胃溃疡 青光眼 白内障 银屑病 湿疹 过敏性鼻炎",
    ),
    (Cue::Place, "坐标 经纬度 经度 纬度 gps 定位 位置 东经 北纬 轨迹 longitude latitude lng"),
    (
        Cue::Address,
        "地址 住址 家庭住址 家庭地址 收货地址 现住址 户籍地 户籍地址 居住地 居住在 家住 住在 寄往 寄到 寄至 送到 送至 送往 位于 通讯地址 联系地址 现居 现居住",
    ),
    (
        Cue::Person,
        "姓名 联系人 收件人 收货人 寄件人 申请人 被申请人 客户 用户 乘客 旅客 员工 学生 家长 户主 业主 业务员 经办人 负责人 法定代表人 法人代表 法人 持卡人 投保人 被保险人 受益人 \
         原告 被告 嫌疑人 犯罪嫌疑人 证人 当事人 委托人 代理人 借款人 担保人 司机 驾驶员 车主 教师 同事 好友 朋友 丈夫 妻子 配偶 父亲 母亲 儿子 女儿 作者 记者 作家 导演 演员 村民 居民 会员 访客 来访者 预约人 紧急联系人 客服 顾客 买家 卖家 名叫 叫做 我叫 我是 本人 签收人 亲属 监护人 参保人 应聘者 求职者 候选人 户名 投诉人 举报人 咨询人 报案人 报修人 感谢 受理人 承办人 审批人 发件人 开户人 投保人 产权人",
    ),
    (
        Cue::Title,
        "先生 女士 小姐 同志 同学 老师 教授 医生 大夫 护士 经理 主任 博士 总监 局长 处长 科长 院长 校长 书记 主席 律师 师傅 阿姨 叔叔 大爷 奶奶 老板 董事长 总经理 工程师 会计",
    ),
    (
        Cue::Other,
        "订单 订单号 订单编号 单号 流水 流水号 交易号 交易流水 运单 运单号 快递单号 物流单号 条码 条形码 商品编码 商品条码 产品编号 货号 序列号 批次 批号 时间戳 版本 版本号 发票号 发票号码 合同号 \
         合同编号 编号 工单号 保单号 凭证号 哈希 摘要 校验和 设备号 会话 请求号 日志 ean isbn imei md5 sha uuid version timestamp order 序号 校验值 摘要值 追踪号 任务号 编码",
    ),
];

/// A word of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) cue: Cue,
}

struct Lexicon {
    automaton: AhoCorasick,
    cues: Vec<Cue>,
}

static LEXICON: LazyLock<Option<Lexicon>> = LazyLock::new(|| {
    let lines = WORDS.iter().flat_map(|(cue, words)| words.split_whitespace().map(|word| (*cue, word)));
    let all = lines.chain(region::names().map(|name| (Cue::Region, name)));
    let (cues, words): (Vec<Cue>, Vec<&str>) = all.unzip();
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words)
        .ok()?;
    Some(Lexicon { automaton, cues })
});

/// The words of a text, in its order.
pub(super) fn find(text: &str) -> Vec<Hit> {
    let Some(lexicon) = LEXICON.as_ref() else {
        return Vec::new();
    };
    let hits = lexicon.automaton.find_iter(text).filter_map(|found| {
        let cue = *lexicon.cues.get(found.pattern().as_usize())?;
        Some(Hit { start: found.start(), end: found.end(), cue })
    });
    hits.collect()
}

/// What stands around a place of a text.
pub(super) struct Context<'a> {
    pub(super) text: &'a str,
    pub(super) hits: &'a [Hit],
}

/// Bytes before a finding in which a word speaks of it: sixteen Chinese characters.
const BEFORE: usize = 48;
/// Bytes after it.
const AFTER: usize = 12;
/// Bytes before a finding in which a word can only be meant for it: “号码为：”.
const CLOSE: usize = 15;

impl Context<'_> {
    /// The nearest word before a place that is about numbers and things, and how many bytes lie between.
    pub(super) fn before(&self, at: usize) -> Option<(Cue, usize)> {
        self.preceding(at)
            .find(|(cue, _)| !matches!(cue, Cue::Person | Cue::Title | Cue::Region | Cue::Patient | Cue::Illness))
    }

    /// All words before a place, the nearest first, in the same sentence.
    fn preceding(&self, at: usize) -> impl Iterator<Item = (Cue, usize)> {
        let until = self.hits.partition_point(|hit| hit.end <= at);
        let hits = self.hits.get(..until).unwrap_or_default().iter().rev();
        let near = hits.map(move |hit| (hit.cue, at - hit.end)).take_while(|(_, distance)| *distance <= BEFORE);
        near.take_while(move |(_, distance)| {
            !self.text.get(at - distance..at).is_some_and(|between| between.contains(['。', '\n', '！', '？', '；']))
        })
    }

    /// Whether a word before or right after speaks of it.
    pub(super) fn says(&self, start: usize, end: usize, cue: Cue) -> bool {
        self.preceding(start).any(|(found, _)| found == cue) || self.follows(end).any(|found| found == cue)
    }

    fn follows(&self, end: usize) -> impl Iterator<Item = Cue> {
        let from = self.hits.partition_point(|hit| hit.start < end);
        let hits = self.hits.get(from..).unwrap_or_default().iter();
        hits.take_while(move |hit| hit.start - end <= AFTER).map(|hit| hit.cue)
    }

    /// The words that have a part in a place.
    pub(super) fn within(&self, place: &Range<usize>) -> &[Hit] {
        let from = self.hits.partition_point(|hit| hit.end <= place.start);
        let until = self.hits.partition_point(|hit| hit.start < place.end);
        self.hits.get(from..until).unwrap_or_default()
    }

    /// Whether the nearest word says that a number is something else.
    pub(super) fn denies(&self, start: usize) -> bool {
        matches!(self.before(start), Some((Cue::Other, distance)) if distance <= CLOSE)
    }

    /// Whether the nearest word, close to it, speaks of it.
    pub(super) fn names(&self, start: usize, cue: Cue) -> bool {
        matches!(self.before(start), Some((found, distance)) if found == cue && distance <= CLOSE)
    }
}
