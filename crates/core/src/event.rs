//! What a record of evidence says, told for people in both languages. Pure.

mod certification;
mod demand;
mod dispute;
mod draft;
mod onward;
mod policy_record;
mod supply;
mod template;

use serde_json::Value;
use xinyu_policy::Action;
use xinyu_protocol::tc609::countersigning::Service;
use xinyu_protocol::tc609::payment::Means;
use xinyu_protocol::tc609::verification::AuthorityKind;
use xinyu_protocol::text::Text;

/// Facts of a record, by name.
pub type Facts<'a> = &'a dyn Fn(&str) -> Option<Value>;

/// Tells a record. A kind that is not known is told by its name.
#[must_use]
pub fn tell(kind: &str, facts: Facts<'_>) -> Text {
    let word = |name: &str| match facts(name) {
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(if name.ends_with("_zh") { "；" } else { "; " }),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let yuan = |name: &str| facts(name).and_then(|value| value.as_u64()).map_or_else(String::new, yuan);
    // What the facts name by a code, people know by a word.
    let action = || {
        let code = word("action");
        Action::parse(&code).map_or_else(|| Text::new(code.clone(), code.clone()), Action::label)
    };
    let role = || {
        let code = word("role");
        match code.as_str() {
            "operator" => Text::new("运营者", "operator"),
            "provider" => Text::new("数据提供方", "provider"),
            "consumer" => Text::new("数据使用方", "consumer"),
            "service" => Text::new("数据服务方", "service provider"),
            "regulator" => Text::new("监管方", "regulator"),
            _ => Text::new(code.clone(), code),
        }
    };
    let version_kind = || match word("kind").as_str() {
        "renewal" => Text::new("续签", "renewal"),
        _ => Text::new("变更", "amendment"),
    };
    let suite = || match word("suite").as_str() {
        "sm" => Text::new("国密（SM2 / SM3 / SM4）", "Chinese (SM2 / SM3 / SM4)"),
        "intl" => Text::new("国际（Ed25519 / SHA-256 / AES-256）", "international (Ed25519 / SHA-256 / AES-256)"),
        other => Text::new(other, other),
    };
    let authority = || {
        let code = word("authority");
        let known: Option<AuthorityKind> = serde_json::from_value(Value::from(code.clone())).ok();
        known.map_or_else(
            || Text::new(code.clone(), code.clone()),
            |known| {
                let (zh, en) = known.words();
                Text::new(zh, en)
            },
        )
    };
    let means = || {
        let code = word("means");
        let known = Means::ALL.into_iter().find(|means| means.as_str() == code);
        known.map_or_else(
            || Text::new(code.clone(), code.clone()),
            |known| {
                let (zh, en) = known.words();
                Text::new(zh, en)
            },
        )
    };
    let figure = || match facts("figure") {
        Some(figure) => {
            let grade = word("grade");
            Text::new(format!("{figure}（{grade} 级）"), format!("{figure} (grade {grade})"))
        }
        None => Text::new("记录过少，不给出数值", "too little is known for a figure"),
    };
    // Why a contract ended: the kind of its end.
    let cause = || {
        let code = match word("kind") {
            kind if kind.is_empty() => word("reason"),
            kind => kind,
        };
        match code.as_str() {
            "agreement" => Text::new("双方协商", "by agreement"),
            "expiry" => Text::new("到期", "its time is over"),
            "fulfilment" => Text::new("履行完毕", "fulfilled"),
            "breach" => Text::new("违约", "for a breach"),
            "consent" => Text::new("授权撤回", "consent withdrawn"),
            "order" => Text::new("监管指令", "by order of the regulator"),
            "clause" => Text::new("智能条款", "by a smart clause"),
            "departure" => Text::new("当事方准入被吊销", "a party's admission was revoked"),
            other => Text::new(other, other),
        }
    };
    let ground = || match word("ground").as_str() {
        "breach" => Text::new("违约", "breach"),
        "consent" => Text::new("授权撤回", "consent withdrawn"),
        other => Text::new(other, other),
    };
    let party = |name: &str| match word(name).as_str() {
        "provider" => Text::new("数据提供方", "provider"),
        "consumer" => Text::new("数据使用方", "consumer"),
        other => Text::new(other, other),
    };
    let service = || {
        let code = word("service");
        Service::parse(&code).map_or_else(|| Text::new(code.clone(), code.clone()), Service::label)
    };
    let outcome = || match word("outcome").as_str() {
        "refused" => Text::new("被拒绝", "refused"),
        "expired" => Text::new("逾期", "out of time"),
        "withdrawn" => Text::new("已撤回", "withdrawn"),
        "failed" => Text::new("不能备案", "it cannot be filed"),
        other => Text::new(other, other),
    };
    let is_unsigned = word("signed_by") == "nobody";
    let (zh, en) = match kind {
        "space.opened" => (
            format!("平台开设逻辑空间「{}」，密码套件 {}", word("name"), suite().zh),
            format!("the platform opened the space {}, suite {}", word("name"), suite().en),
        ),
        "participant.registered" => {
            ("接入主体及其连接器提交注册".to_owned(), "a participant registered with its connector".to_owned())
        }
        "participant.key" => (
            format!("运营者审核通过，签发凭证并登记公钥（角色：{}）", role().zh),
            format!(
                "the operator admitted the participant as {}, issued its credential and registered its keys",
                role().en
            ),
        ),
        "participant.refused" => (
            format!("运营者未通过注册：{}", word("note")),
            format!("the operator refused the registration: {}", word("note")),
        ),
        "credential.issued" => (
            format!("平台签发可验证凭证：{}（{}）", word("type"), word("profile")),
            format!("the platform issued a verifiable credential: {} ({})", word("type"), word("profile")),
        ),
        "credential.revoked" => (
            format!("平台撤销可验证凭证：{}", word("type")),
            format!("the platform revoked a verifiable credential: {}", word("type")),
        ),
        "did.key" if facts("withdrawn").is_some_and(|value| value == Value::Bool(true)) => (
            format!("DID 启用新签名密钥 {}，原密钥 {} 作废", word("kid"), word("before")),
            format!("the DID signs with a new key {}; {} is withdrawn", word("kid"), word("before")),
        ),
        "did.key" => (format!("DID 启用签名密钥 {}", word("kid")), format!("the DID signs with key {}", word("kid"))),
        "certificate.issued" => (
            format!("平台为连接器签发数字证书 {}", short(&word("serial"))),
            format!("the platform issued certificate {} to the connector", short(&word("serial"))),
        ),
        "certificate.revoked" => {
            let reason = match word("reason").as_str() {
                "superseded" => Text::new("已换发新证书", "replaced by a new one"),
                other => Text::new(other, other),
            };
            (
                format!("数字证书 {} 已吊销：{}", short(&word("serial")), reason.zh),
                format!("certificate {} was revoked: {}", short(&word("serial")), reason.en),
            )
        }
        "connector.stopped" => (
            "连接器心跳中断，判定为已停止运行".to_owned(),
            "the connector's heartbeat stopped, it is judged to have stopped".to_owned(),
        ),
        "connector.back" => ("连接器恢复运行".to_owned(), "the connector runs again".to_owned()),
        "connector.program_changed" => (
            format!("连接器运行程序变更，版本 {}，摘要 {}", word("version"), short(&word("to"))),
            format!("the connector runs another program, version {}, digest {}", word("version"), short(&word("to"))),
        ),
        "connector.deregistered" => {
            (format!("连接器已注销：{}", word("reason")), format!("the connector was deregistered: {}", word("reason")))
        }
        "connector.enrolled" => (
            format!("登记异构接入连接器：{} {} {}（{}）", word("maker"), word("product"), word("version"), word("did")),
            format!(
                "another maker's connector was enrolled: {} {} {} ({})",
                word("maker"),
                word("product"),
                word("version"),
                word("did")
            ),
        ),
        "connector.admitted" => (
            format!("异构接入连接器准入，适配方案：{}", word("adaptation")),
            format!("another maker's connector was admitted, adapted so: {}", word("adaptation")),
        ),
        "connector.refused" => (
            format!("异构接入连接器未通过审核：{}", word("reason")),
            format!("another maker's connector was refused: {}", word("reason")),
        ),
        "connector.suspended" => (
            format!("异构接入连接器已暂停，凭证失效：{}", word("reason")),
            format!("another maker's connector was suspended, its credentials are no good: {}", word("reason")),
        ),
        "connector.resumed" => (
            "异构接入连接器已恢复，重新签发凭证".to_owned(),
            "another maker's connector was resumed, credentials are issued anew".to_owned(),
        ),
        "connector.revoked" => (
            format!("异构接入连接器的准入已吊销：{}", word("reason")),
            format!("the admission of another maker's connector was revoked: {}", word("reason")),
        ),
        "participant.verified" => (
            "核验机构均确认主体身份".to_owned(),
            "all authorities that were asked confirmed the participant".to_owned(),
        ),
        "participant.suspended" => (
            format!("运营者暂停主体，凭证失效：{}", word("reason")),
            format!("the operator suspended the participant, its credential is no good: {}", word("reason")),
        ),
        "participant.resumed" => (
            "运营者恢复主体，签发新凭证".to_owned(),
            "the operator let the participant in again, with a new credential".to_owned(),
        ),
        "participant.revoked" => (
            format!("运营者吊销准入：{}", word("reason")),
            format!("the operator revoked the admission: {}", word("reason")),
        ),
        "participant.departed" => (
            format!("主体注销 {}", word("reason")).trim().to_owned(),
            format!("the participant left {}", word("reason")).trim().to_owned(),
        ),
        "participant.change_requested" => ("主体申请变更".to_owned(), "the participant asked for a change".to_owned()),
        "participant.change_refused" => {
            (format!("运营者驳回变更：{}", word("note")), format!("the operator refused the change: {}", word("note")))
        }
        "participant.changed" => (
            "运营者批准变更，签发新凭证并吊销旧凭证".to_owned(),
            "the operator approved the change, issued a new credential and revoked the old one".to_owned(),
        ),
        "participant.reminder" | "product.reminder" => match word("reminder").as_str() {
            "overdue" => {
                (format!("审批已逾期，时限 {}", word("due")), format!("the decision is overdue since {}", word("due")))
            }
            _ => (format!("审批将到期，时限 {}", word("due")), format!("the decision is due by {}", word("due"))),
        },
        "verification.asked" => {
            (format!("向{}核验主体身份", authority().zh), format!("asked the {} about the participant", authority().en))
        }
        "verification.answered" => match word("state").as_str() {
            "confirmed" => {
                (format!("{}核验一致", authority().zh), format!("the {} confirmed the participant", authority().en))
            }
            "contradicted" => (
                format!("{}核验不一致：{}", authority().zh, word("differing")),
                format!("the {} contradicted: {}", authority().en, word("differing")),
            ),
            _ => (
                format!("{}无应答，转人工审核", authority().zh),
                format!("the {} gave no answer, a person decides", authority().en),
            ),
        },
        "identity.attached" => (
            format!("主体提交附件，摘要 {}", short(&word("digest"))),
            format!("the participant sent an attachment, digest {}", short(&word("digest"))),
        ),
        "delegation.registered" => (
            format!("登记经办人授权 {}", word("delegation")),
            format!("an operator's delegation {} was registered", word("delegation")),
        ),
        "delegation.ended" => (
            format!("注销经办人授权 {}", word("delegation")),
            format!("the operator's delegation {} was ended", word("delegation")),
        ),
        _ if kind.starts_with("certification.") => certification::tell(kind, &word),
        "reputation.computed" => (
            format!("计算信誉：{}，声明摘要 {}", figure().zh, short(&word("digest"))),
            format!("the reputation was computed: {}, digest of the statement {}", figure().en, short(&word("digest"))),
        ),
        "lineage.told" => {
            let count = facts("inputs").as_ref().and_then(Value::as_array).map_or(0, Vec::len);
            (
                format!("登记产品来源：一次数据管道运行由 {count} 个数据集加工而成"),
                format!(
                    "the provider told where a product comes from: a run of a pipeline made it from {count} datasets"
                ),
            )
        }
        "lineage.stub_taken" => (
            format!("登记产品来源：另一空间的存根，{} 的 {}", word("origin"), word("node")),
            format!(
                "a stub of another log was taken, from which a product comes: {} of {}",
                word("node"),
                word("origin")
            ),
        ),
        "metering.counted" | "metering.corrected" | "metering.closed" => crate::metering::tell::tell(kind, &word),
        xinyu_evidence::disposal::DISPOSED => (
            format!("到期处置 {} 条存证，只保留位置与哈希，摘要 {}", word("entries"), short(&word("digest"))),
            format!(
                "{} entries were disposed of when their time was over, digest {}",
                word("entries"),
                short(&word("digest"))
            ),
        ),
        kind if kind.starts_with("performance.") => crate::performance::tell::tell(kind, &word),
        kind if kind.starts_with("warning.") || kind.starts_with("exception.") => {
            crate::warning::tell::tell(kind, &word)
        }
        "usage.kept" | "onward.offered" | "onward.taken" | "onward.refused" | "onward.withdrawn"
        | "onward.received" | "onward.destroyed" => onward::tell(kind, &word),
        "component.registered"
        | "component.approved"
        | "component.refused"
        | "component.suspended"
        | "component.resumed"
        | "component.withdrawn" => component(kind, &word),
        _ if kind.starts_with("demand.") => demand::tell(kind, &word),
        _ if kind.starts_with("draft.") => draft::tell(kind, &word),
        _ if kind.starts_with("policy.") => policy_record::tell(kind, &word),
        _ if kind.starts_with("template.") => template::tell(kind, &word),
        _ if supply::PREFIXES.iter().any(|prefix| kind.starts_with(prefix)) => supply::tell(kind, &word),
        "application.submitted" => (
            "使用方提交使用申请，平台分配合约标识".to_owned(),
            "the consumer applied to use the product, the platform allocated the contract id".to_owned(),
        ),
        "application.platform_approved" => {
            ("平台批准使用申请".to_owned(), "the platform approved the application".to_owned())
        }
        "application.approved" => ("提供方批准使用申请".to_owned(), "the provider approved the application".to_owned()),
        "application.refused" => {
            (format!("使用申请被拒绝：{}", word("note")), format!("the application was refused: {}", word("note")))
        }
        "contract.initiated" => (
            "发起合约：对方连接器的协议不承载签名，双方都不签署".to_owned(),
            "a contract was begun that nobody signs, since the other connector's protocol carries no signatures"
                .to_owned(),
        ),
        "negotiation.requested" => {
            ("使用方提出协商请求".to_owned(), "the consumer asked to negotiate over its terms".to_owned())
        }
        "negotiation.offered" => ("提供方提出要约".to_owned(), "the provider made an offer".to_owned()),
        "negotiation.accepted" => ("使用方接受要约".to_owned(), "the consumer accepted the offer".to_owned()),
        "negotiation.agreed" if is_unsigned => {
            ("提供方同意，未签署".to_owned(), "the provider agreed; nothing was signed".to_owned())
        }
        "negotiation.verified" if is_unsigned => {
            ("使用方核对协议，未签署".to_owned(), "the consumer checked the agreement; nothing was signed".to_owned())
        }
        "negotiation.agreed" => {
            ("提供方同意并签署数字合约".to_owned(), "the provider agreed and signed the digital contract".to_owned())
        }
        "negotiation.verified" => {
            ("使用方核验并签署数字合约".to_owned(), "the consumer verified and signed the digital contract".to_owned())
        }
        "negotiation.finalized" => {
            ("提供方确认，协商完成".to_owned(), "the provider finalised the negotiation".to_owned())
        }
        "negotiation.terminated" => {
            (format!("协商终止：{}", word("reason")), format!("the negotiation was terminated: {}", word("reason")))
        }
        "contract.filed" => (
            format!("平台备案数字合约，哈希 {}", short(&word("hash"))),
            format!("the platform filed the contract, hash {}", short(&word("hash"))),
        ),
        "contract.version_filed" => (
            format!("平台备案合约第 {} 版（{}），哈希 {}", word("version"), version_kind().zh, short(&word("hash"))),
            format!(
                "the platform filed version {} of the contract ({}), hash {}",
                word("version"),
                version_kind().en,
                short(&word("hash"))
            ),
        ),
        "contract.version_proposed" => (
            format!("提出合约第 {} 版（{}）：{}", word("version"), version_kind().zh, word("reason")),
            format!(
                "version {} of the contract was proposed ({}): {}",
                word("version"),
                version_kind().en,
                word("reason")
            ),
        ),
        "contract.version_agreed" => (
            format!("同意并签署合约第 {} 版", word("version")),
            format!("version {} of the contract was agreed to and signed", word("version")),
        ),
        "contract.version_refused" => (
            format!("拒绝合约第 {} 版：{}", word("version"), word("reason")),
            format!("version {} of the contract was refused: {}", word("version"), word("reason")),
        ),
        "contract.version_withdrawn" => (
            format!("撤回合约第 {} 版的提案 {}", word("version"), word("reason")).trim().to_owned(),
            format!("the proposal of version {} was withdrawn {}", word("version"), word("reason")).trim().to_owned(),
        ),
        "contract.signing_opened" if word("drafted") == "true" => (
            format!("平台请各方签署商定的合约，截至 {}", word("answer_by")),
            format!("all parties are asked to sign what was agreed on until {}", word("answer_by")),
        ),
        "contract.countersigned" if word("service").is_empty() => (
            format!("签署合约，哈希 {}", short(&word("digest"))),
            format!("signed the contract, hash {}", short(&word("digest"))),
        ),
        "contract.countersign_refused" if word("service").is_empty() => {
            (format!("拒绝签署：{}", word("reason")), format!("refused to sign: {}", word("reason")))
        }
        "contract.signing_opened" => (
            format!("提供方、使用方已签署，平台请数据服务方会签，截至 {}", word("answer_by")),
            format!("provider and consumer have signed, the service parties are asked until {}", word("answer_by")),
        ),
        "contract.countersigned" => (
            format!("数据服务方（{}）签署合约，哈希 {}", service().zh, short(&word("digest"))),
            format!("the service party ({}) signed the contract, hash {}", service().en, short(&word("digest"))),
        ),
        "contract.countersign_refused" => (
            format!("数据服务方拒绝签署：{}", word("reason")),
            format!("the service party refused to sign: {}", word("reason")),
        ),
        "contract.signing_ended" => (
            format!("会签未完成（{}）：{}", outcome().zh, word("reason")),
            format!("the signatures were not completed ({}): {}", outcome().en, word("reason")),
        ),
        "contract.clock" => (
            format!("智能条款「{}」约定的时刻已到", word("clause")),
            format!("the moment of smart clause {} has come", word("clause")),
        ),
        "clause.fired" if word("do") == "charge" => (
            format!("智能条款触发：{}应付{} {} 元", party("from").zh, party("to").zh, yuan("fen")),
            format!("a smart clause: the {} owes the {} {} yuan", party("from").en, party("to").en, yuan("fen")),
        ),
        "clause.fired" if word("do") == "renew" => {
            ("智能条款触发：合约自动续签".to_owned(), "a smart clause renews the contract".to_owned())
        }
        "renewal.refused" => (
            format!("{}不同意自动续签，合约到期终止", party("side").zh),
            format!("the {} does not want the renewal: the contract ends at its time", party("side").en),
        ),
        "clause.fired" => ("智能条款触发：合约终止".to_owned(), "a smart clause ends the contract".to_owned()),
        "contract.terminated" if matches!(word("reason").as_str(), "fulfilled" | "") => {
            ("合约履行完毕，终止".to_owned(), "the contract was fulfilled and ended".to_owned())
        }
        "contract.terminated" => (
            format!("合约终止（{}）：{}", cause().zh, word("ground")),
            format!("the contract ended ({}): {}", cause().en, word("ground")),
        ),
        "contract.voucher" => (
            format!("平台备案终止凭证（{}），{} 终止，摘要 {}", cause().zh, word("end"), short(&word("digest"))),
            format!(
                "the platform filed a termination voucher ({}), the end is {}, digest {}",
                cause().en,
                word("end"),
                short(&word("digest"))
            ),
        ),
        "contract.end_proposed" => (
            format!("提出提前终止合约：{}", word("reason")),
            format!("an early end of the contract was proposed: {}", word("reason")),
        ),
        "contract.end_agreed" => ("同意并签署提前终止".to_owned(), "the early end was agreed to and signed".to_owned()),
        "contract.end_refused" => {
            (format!("拒绝提前终止：{}", word("reason")), format!("the early end was refused: {}", word("reason")))
        }
        "contract.end_withdrawn" => (
            format!("撤回提前终止的提议 {}", word("reason")).trim().to_owned(),
            format!("the proposal of an early end was withdrawn {}", word("reason")).trim().to_owned(),
        ),
        "breach.claimed" => (
            format!("声明合约应终止（{}），条款 {}", ground().zh, word("clause")),
            format!("declared that the contract must end ({}), clause {}", ground().en, word("clause")),
        ),
        _ if kind.starts_with("dispute.") => dispute::tell(kind, &word),
        "breach.answered" => ("答复终止声明".to_owned(), "answered the declaration".to_owned()),
        "breach.decided" => match word("decision").as_str() {
            "upheld" => (
                format!("运营者认定声明成立，终止合约：{}", word("reason")),
                format!("the operator upheld the declaration, the contract ends: {}", word("reason")),
            ),
            _ => (
                format!("运营者驳回声明：{}", word("reason")),
                format!("the operator dismissed the declaration: {}", word("reason")),
            ),
        },
        "contract.unfrozen" => (
            format!("平台按监管指令解除冻结：{}", word("ground")),
            format!("the platform lifted the freeze by order of the regulator: {}", word("ground")),
        ),
        "contract.frozen" => (
            format!("平台按监管指令冻结合约：{}", word("ground")),
            format!("the platform froze the contract by order of the regulator: {}", word("ground")),
        ),
        "transfer.requested" => ("使用方请求交付".to_owned(), "the consumer asked for delivery".to_owned()),
        "transfer.started" => ("交付开始".to_owned(), "the delivery started".to_owned()),
        "transfer.suspended" => {
            (format!("交付暂停：{}", word("reason")), format!("the delivery was suspended: {}", word("reason")))
        }
        "transfer.interrupted" => (
            format!("数据移动中被中断（{}），已移动 {} 字节", word("reason"), word("bytes")),
            format!("the data was stopped on its way ({}), after {} bytes", word("reason"), word("bytes")),
        ),
        "transfer.completed" => (
            format!("交付完成：{} 行，{} 字节", word("rows"), word("bytes")),
            format!("the delivery is complete: {} rows, {} bytes", word("rows"), word("bytes")),
        ),
        "transfer.delivered" => (
            format!("提供方确认交付：{} 行，{} 字节", word("rows"), word("bytes")),
            format!("the provider confirmed the delivery: {} rows, {} bytes", word("rows"), word("bytes")),
        ),
        "transfer.terminated" => {
            (format!("交付终止：{}", word("reason")), format!("the delivery was terminated: {}", word("reason")))
        }
        "usage.started" if !word("algorithm").is_empty() => (
            format!("使用控制允许「{}」，算法 {} 校验相符，在使用环境内运行", action().zh, word("algorithm")),
            format!(
                "{} was allowed, algorithm {} passed its check and runs in the use environment",
                action().en,
                word("algorithm")
            ),
        ),
        "usage.started" => (
            format!("使用控制允许「{}」，在使用环境内运行", action().zh),
            format!("{} was allowed and runs in the use environment", action().en),
        ),
        "usage.done" => (
            format!("「{}」完成，{} 行结果离开使用环境", action().zh, word("rows_out")),
            format!("{} is done, {} rows left the use environment", action().en, word("rows_out")),
        ),
        "usage.refused" => (
            format!("拒绝「{}」：{}（条款 {}）", action().zh, word("reasons_zh"), word("clauses")),
            format!("refused {}: {} (clause {})", action().en, word("reasons_en"), word("clauses")),
        ),
        "usage.awaiting" => (
            format!("有条件允许「{}」：须先履行前置义务（条款 {}）", action().zh, word("clauses")),
            format!("{} is allowed once the duties before it are done (clause {})", action().en, word("clauses")),
        ),
        "usage.duty" => match word("outcome").as_str() {
            "done" => (
                format!("已履行义务「{}」（条款 {}）", action().zh, word("clause")),
                format!("the duty to {} was done (clause {})", action().en, word("clause")),
            ),
            _ => (
                format!("义务「{}」未能履行（条款 {}）", action().zh, word("clause")),
                format!("the duty to {} could not be done (clause {})", action().en, word("clause")),
            ),
        },
        "usage.parsed" => match word("outcome").as_str() {
            "parsed" => (
                format!("解析下发的策略，摘要 {}，冲突 {} 处", short(&word("digest")), word("conflicts")),
                format!(
                    "the policy that was sent down was parsed, digest {}, {} conflicts",
                    short(&word("digest")),
                    word("conflicts")
                ),
            ),
            _ => (
                format!("下发的策略无法接受：{}", word("outcome")),
                format!("the policy that was sent down cannot be taken: {}", word("outcome")),
            ),
        },
        "usage.stopped" if !word("clauses").is_empty() => (
            format!("正在运行的「{}」被中止：{}（条款 {}）", action().zh, word("reasons_zh"), word("clauses")),
            format!("the running {} was stopped: {} (clause {})", action().en, word("reasons_en"), word("clauses")),
        ),
        "usage.stopped" => (
            format!("正在运行的「{}」被中止：{}", action().zh, word("why")),
            format!("the running {} was stopped: {}", action().en, word("why")),
        ),
        "usage.failed" => {
            (format!("「{}」失败：{}", action().zh, word("why")), format!("{} failed: {}", action().en, word("why")))
        }
        "usage.frozen" => (
            format!("连接器执行冻结指令：{}", word("reason")),
            format!("the connector obeyed the order to stop: {}", word("reason")),
        ),
        "usage.destroyed" => (
            format!("数据已销毁并出具证明（共使用 {} 次）", word("uses")),
            format!("the data was destroyed and its destruction proven ({} uses were made)", word("uses")),
        ),
        "run_log.collected" => (
            format!(
                "平台归集 {} 的运行日志至第 {} 条（第 {} 次上报）",
                word("connector"),
                word("sequence"),
                word("epoch")
            ),
            format!(
                "the platform collected the run log of {} up to entry {} (telling {})",
                word("connector"),
                word("sequence"),
                word("epoch")
            ),
        ),
        "metering.disputed" => {
            (format!("计量不一致：{}", word("differences")), format!("the meters differ: {}", word("differences")))
        }
        "settlement.stated" => (
            format!("出具结算单：{} 元，{} 次使用", yuan("total_fen"), word("uses")),
            format!("the settlement was stated: {} CNY for {} uses", yuan("total_fen"), word("uses")),
        ),
        "payment.paid" => (
            format!("使用方登记支付 {} 元（{}），经办人授权 {}", yuan("amount_fen"), means().zh, word("delegation")),
            format!(
                "the consumer said that it has paid {} CNY ({}), under delegation {}",
                yuan("amount_fen"),
                means().en,
                word("delegation")
            ),
        ),
        "payment.confirmed" => (
            format!("收款方确认收到 {} 元", yuan("amount_fen")),
            format!("a payee confirmed that it has received {} CNY", yuan("amount_fen")),
        ),
        "payment.refused" => (
            format!("收款方未收到 {} 元，待再次支付：{}", yuan("amount_fen"), word("reason")),
            format!("a payee has not received {} CNY, they are due again: {}", yuan("amount_fen"), word("reason")),
        ),
        "usage.unfrozen" => (
            format!("连接器执行解冻指令：{}", word("reason")),
            format!("the connector obeyed the order to go on: {}", word("reason")),
        ),
        "regulator.ordered" if word("order") == "lift" => (
            format!("监管方下达解冻指令：{}", word("ground")),
            format!("the regulator ordered the freeze to be lifted: {}", word("ground")),
        ),
        "regulator.ordered" if word("order") == "end" => (
            format!("监管方下达终止指令：{}", word("ground")),
            format!("the regulator ordered the contract to end: {}", word("ground")),
        ),
        "regulator.ordered" => (
            format!("监管方下达冻结指令：{}", word("ground")),
            format!("the regulator ordered a freeze: {}", word("ground")),
        ),
        other => (other.to_owned(), other.to_owned()),
    };
    Text::new(zh, en)
}

/// An amount for people: `1234` fen is `12.34`.
#[must_use]
pub fn yuan(amount_fen: u64) -> String {
    format!("{}.{:02}", amount_fen / 100, amount_fen % 100)
}

fn short(hash: &str) -> String {
    match hash.get(..16) {
        Some(head) => format!("{head}…"),
        None => hash.to_owned(),
    }
}

/// What became of a registered algorithm, model or application.
fn component(kind: &str, word: &dyn Fn(&str) -> String) -> (String, String) {
    let (zh, en) = match word("kind").as_str() {
        "algorithm" => ("算法", "algorithm"),
        "model" => ("模型", "model"),
        _ => ("应用程序", "application"),
    };
    let (done_zh, done_en) = match kind {
        "component.registered" => ("来源方提交登记", "was registered by its source"),
        "component.approved" => ("通过审核，准予运行", "was reviewed and may run"),
        "component.refused" => ("未通过审核", "was refused"),
        "component.suspended" => ("已暂停，运行中的使用随即中止", "was suspended, uses that run it are stopped"),
        "component.resumed" => ("已恢复", "may run again"),
        _ => ("已撤回，运行中的使用随即中止", "was withdrawn, uses that run it are stopped"),
    };
    let (version, digest) = (word("version"), short(&word("sha256")));
    let (mut zh, mut en) = (
        format!("{zh}（版本 {version}，摘要 {digest}）{done_zh}"),
        format!("{en} (version {version}, digest {digest}) {done_en}"),
    );
    let reason = word("reason");
    if !reason.is_empty() {
        zh = format!("{zh}：{reason}");
        en = format!("{en}: {reason}");
    }
    (zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_signed_is_not_told_as_signed() {
        for (kind, by, expect) in [
            ("negotiation.agreed", "provider", "提供方同意并签署数字合约"),
            ("negotiation.agreed", "nobody", "提供方同意，未签署"),
            ("negotiation.verified", "consumer", "使用方核验并签署数字合约"),
            ("negotiation.verified", "nobody", "使用方核对协议，未签署"),
            ("negotiation.offered", "", "提供方提出要约"),
        ] {
            let told = tell(kind, &|name| (name == "signed_by" && !by.is_empty()).then(|| Value::from(by)));
            assert_eq!(told.zh, expect, "{kind} {by}");
        }
    }

    #[test]
    fn codes_are_told_by_their_words() {
        let facts = |name: &str| {
            Some(match name {
                "action" => Value::from("compute"),
                "role" => Value::from("consumer"),
                "suite" => Value::from("sm"),
                "name" => Value::from("某空间"),
                "reasons_zh" => serde_json::json!(["甲", "乙"]),
                "reasons_en" => serde_json::json!(["a", "b"]),
                _ => return None,
            })
        };
        for (kind, zh, en) in [
            ("usage.started", "「计算」", "compute was allowed"),
            ("usage.refused", "拒绝「计算」：甲；乙", "refused compute: a; b"),
            ("participant.key", "角色：数据使用方", "as consumer"),
            ("space.opened", "密码套件 国密", "suite Chinese"),
        ] {
            let told = tell(kind, &facts);
            assert!(told.zh.contains(zh) && told.en.contains(en), "{told:?}");
        }
    }

    #[test]
    fn amounts_have_two_decimals() {
        for (fen, expect) in [(0, "0.00"), (5, "0.05"), (1234, "12.34"), (100, "1.00")] {
            assert_eq!(yuan(fen), expect);
        }
    }
}
