//! The schemes that come with the program, as data. An operator saves newer versions of them, and others.

use xinyu_protocol::tc609::certification::{Criterion, GradeRule, MeasureRule, NewScheme, Scheme, SubjectKind};
use xinyu_protocol::text::Text;

/// Certification of participants.
pub const PARTICIPANT: &str = "participant-trust";
/// Certification of connectors.
pub const CONNECTOR: &str = "connector-trust";
/// Certification of data services.
pub const SERVICE: &str = "data-service-trust";

/// One row: code, Chinese, English, mandatory, weight, measure with its thresholds (0: no partly), and otherwise what an assessor wants to see.
type Row = (&'static str, &'static str, &'static str, bool, u32, Proof);

enum Proof {
    /// Measured by the platform: met from, partly from (0: never).
    By(&'static str, u64, u64),
    /// Shown to an assessor.
    Shown(&'static str, &'static str),
}

use Proof::{By, Shown};

const PARTICIPANT_ROWS: &[Row] = &[
    ("P-01", "在册成员，未被暂停或吊销", "a member in good standing", true, 10, By("good_standing", 1, 0)),
    (
        "P-02",
        "法定代表人完成实名认证",
        "its legal person is verified by real name",
        true,
        15,
        By("real_name_level", 1, 0),
    ),
    (
        "P-03",
        "身份信息必备项齐全",
        "what is asked of its identity is complete",
        false,
        10,
        By("identity_complete", 1, 0),
    ),
    ("P-04", "权威机构核验一致", "authorities confirmed who it is", false, 15, By("authorities_confirmed", 2, 1)),
    ("P-05", "没有权威机构核验不一致", "no authority contradicted", true, 10, By("authorities_silent", 1, 0)),
    (
        "P-06",
        "数据安全管理制度与责任人落实",
        "data security is regulated, somebody is responsible",
        true,
        20,
        Shown("制度文件、任命文件", "the regulations and the appointment"),
    ),
    (
        "P-07",
        "近一年无数据安全行政处罚",
        "no administrative penalty on data security within a year",
        false,
        10,
        Shown("承诺书或信用报告", "a declaration or a credit report"),
    ),
    ("P-08", "稳定运营：准入满 90 天", "a member for 90 days", false, 10, By("member_days", 90, 30)),
];

const CONNECTOR_ROWS: &[Row] = &[
    ("C-01", "持有有效数字证书", "it holds a valid certificate", true, 15, By("certificate_days", 1, 0)),
    ("C-02", "心跳在线", "its heartbeat is there", true, 10, By("heartbeat_online", 1, 0)),
    ("C-03", "连续 30 天未停止运行", "it did not stop for 30 days", false, 10, By("days_without_stop", 30, 7)),
    ("C-04", "具备所在空间要求的能力", "it has what its spaces ask for", true, 15, By("capabilities_complete", 1, 0)),
    ("C-05", "声明使用控制能力", "it declared usage control", false, 10, By("capability:usage_control", 1, 0)),
    (
        "C-06",
        "支持数据空间协议 DSP 2025-1",
        "it speaks the Dataspace Protocol",
        false,
        5,
        By("capability:protocol:dsp-2025-1", 1, 0),
    ),
    ("C-07", "支持国密套件", "it has the national suite", false, 5, By("capability:suite:sm", 1, 0)),
    ("C-08", "申报运行程序摘要", "it declared the digest of its program", false, 5, By("program_declared", 1, 0)),
    ("C-09", "供应商在可信清单内", "its supplier is trusted", false, 10, By("supplier_trusted", 1, 0)),
    (
        "C-10",
        "提交软件物料清单（SBOM）",
        "it shows what its software is made of",
        false,
        5,
        By("document:supply_chain", 1, 0),
    ),
    (
        "C-11",
        "第三方安全检测合格，高危漏洞已修复",
        "tested by a third party, grave weaknesses mended",
        true,
        10,
        Shown("检测报告、修复记录", "the test report, the record of repairs"),
    ),
];

const SERVICE_ROWS: &[Row] = &[
    ("S-01", "产品已上架", "the product is in the catalogue", true, 15, By("listed", 1, 0)),
    ("S-02", "上架审核无警告", "the review gate had nothing to warn of", false, 15, By("gate_clear", 1, 0)),
    ("S-03", "有已结算的合约", "contracts on it were settled", false, 20, By("contracts_settled", 3, 1)),
    ("S-04", "没有计量争议", "no contract on it is in dispute", true, 15, By("meters_agree", 1, 0)),
    ("S-05", "提供方持有有效认证", "its provider is certified", false, 15, By("provider_certified", 1, 0)),
    (
        "S-06",
        "服务说明、更新频率与支持承诺明确",
        "what it gives, how fresh it is and who helps is said clearly",
        true,
        20,
        Shown("服务说明书", "the description of the service"),
    ),
];

/// All of them.
#[must_use]
pub fn all() -> Vec<Scheme> {
    vec![
        scheme(PARTICIPANT, ("参与主体可信认证", "participant trust"), SubjectKind::Participant, 24, PARTICIPANT_ROWS),
        scheme(CONNECTOR, ("接入连接器可信认证", "connector trust"), SubjectKind::Connector, 12, CONNECTOR_ROWS),
        scheme(SERVICE, ("数据服务可信认证", "data service trust"), SubjectKind::Product, 12, SERVICE_ROWS),
    ]
}

fn scheme(id: &str, name: (&str, &str), subject: SubjectKind, validity_months: u32, rows: &[Row]) -> Scheme {
    let grade = |name: &str, from_permille| GradeRule { grade: name.to_owned(), from_permille };
    Scheme {
        version: 1,
        definition: NewScheme {
            scheme_id: id.to_owned(),
            name: Text::new(name.0, name.1),
            subject,
            validity_months,
            criteria: rows.iter().map(criterion).collect(),
            grades: vec![grade("A", 900), grade("B", 750), grade("C", 600)],
        },
    }
}

fn criterion((code, zh, en, is_mandatory, weight, proof): &Row) -> Criterion {
    let (evidence, measured) = match proof {
        By(name, met_from, partly) => {
            let rule = MeasureRule {
                measure: (*name).to_owned(),
                met_from: *met_from,
                partly_from: (*partly > 0).then_some(*partly),
            };
            (Text::new("平台自动核查", "measured by the platform"), Some(rule))
        }
        Shown(zh, en) => (Text::new(*zh, *en), None),
    };
    Criterion {
        code: (*code).to_owned(),
        text: Text::new(*zh, *en),
        is_mandatory: *is_mandatory,
        weight: *weight,
        evidence,
        measured,
    }
}
