//! What the platform can measure of a subject by itself: whole numbers, of which more is better. Pure: the platform reads its tables and hands the
//! numbers in.

use std::collections::BTreeMap;

use xinyu_protocol::tc609::certification::SubjectKind;
use xinyu_protocol::tc609::connector::{ATTACHMENT_KINDS, is_known};
use xinyu_protocol::text::Text;

use SubjectKind::{Connector, Participant, Product};

/// What was measured, by the name of the measure. What is not there is 0.
pub type Facts = BTreeMap<String, u64>;

/// A measure.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its name.
    pub name: &'static str,
    /// Of what.
    pub of: SubjectKind,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

const fn measure(name: &'static str, of: SubjectKind, zh: &'static str, en: &'static str) -> Measure {
    Measure { name, of, zh, en }
}

/// All measures without a parameter; see [`is_measure`] for those with one.
pub const MEASURES: &[Measure] = &[
    measure("good_standing", Participant, "在册（1 为是）", "admitted (1: yes)"),
    measure("real_name_level", Participant, "实名等级（0 至 2）", "level of real-name verification (0 to 2)"),
    measure(
        "identity_complete",
        Participant,
        "身份信息必备项齐全（1 为是）",
        "all that is asked of its identity is there",
    ),
    measure("authorities_confirmed", Participant, "核验一致的权威机构数", "authorities that confirmed it"),
    measure("authorities_silent", Participant, "无核验不一致（1 为是）", "no authority contradicted (1: yes)"),
    measure("member_days", Participant, "准入天数", "days since it was admitted"),
    measure("certificate_days", Connector, "数字证书剩余有效天数", "days that its certificate is still good"),
    measure("heartbeat_online", Connector, "心跳在线（1 为是）", "its heartbeat is there (1: yes)"),
    measure("days_without_stop", Connector, "连续未停止运行的天数", "days since it last stopped"),
    measure("attachments", Connector, "有效可验附件数", "documents that are good"),
    measure(
        "supplier_trusted",
        Connector,
        "供应商在可信清单内（1 为是）",
        "its supplier is on the list of trusted ones",
    ),
    measure("capabilities_complete", Connector, "具备所在空间要求的能力（1 为是）", "it has what its spaces ask for"),
    measure("program_declared", Connector, "已申报运行程序摘要（1 为是）", "it declared the digest of its program"),
    measure("listed", Product, "已上架（1 为是）", "it is in the catalogue (1: yes)"),
    measure("gate_clear", Product, "上架审核无警告（1 为是）", "the review gate found nothing to warn of"),
    measure("contracts_filed", Product, "已备案合约数", "contracts on it that were filed"),
    measure("contracts_settled", Product, "已结算合约数", "contracts on it that were settled"),
    measure("meters_agree", Product, "无计量争议（1 为是）", "no contract on it is in dispute (1: yes)"),
    measure("provider_certified", Product, "提供方持有有效认证（1 为是）", "its provider holds a certification"),
];

/// Whether there is a measure of that name for that kind of subject. Two come with a parameter: `document:<kind of table 12>` and
/// `capability:<what a space can ask for>`, both of connectors and 1 or 0.
#[must_use]
pub fn is_measure(name: &str, of: SubjectKind) -> bool {
    match name.split_once(':') {
        Some(("document", kind)) => of == Connector && ATTACHMENT_KINDS.contains(&kind),
        Some(("capability", wanted)) => of == Connector && is_known(wanted),
        _ => MEASURES.iter().any(|measure| measure.name == name && measure.of == of),
    }
}

/// What a measure is, for people.
#[must_use]
pub fn words(name: &str) -> Text {
    match name.split_once(':') {
        Some(("document", kind)) => {
            Text::new(format!("有效附件「{kind}」（1 为有）"), format!("a good document: {kind}"))
        }
        Some(("capability", wanted)) => {
            Text::new(format!("声明能力「{wanted}」（1 为有）"), format!("it declared {wanted}"))
        }
        _ => {
            let known = MEASURES.iter().find(|measure| measure.name == name);
            known.map_or_else(|| Text::new(name, name), |measure| Text::new(measure.zh, measure.en))
        }
    }
}

/// The value of a measure.
#[must_use]
pub fn value(facts: &Facts, name: &str) -> u64 {
    facts.get(name).copied().unwrap_or_default()
}
