//! `xinyu id check`: what a code is, part by part, and everything that is wrong with it.

use serde::Serialize;

use super::error::IdError;
use super::fault::Faults;
use super::kind::IdKind;
use super::layout::{self, Field};
use super::{Strictness, area, citizen, contract, participant, registered};
use crate::text::Text;

/// What there is to say about a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdReport {
    /// The code as given.
    pub code: String,
    /// What it is, or is meant as; none when neither its length nor its type code tells.
    pub kind: Option<IdKind>,
    /// Whether a reader of the given strictness accepts it.
    pub valid: bool,
    /// Its fields from left to right, with those of the owner's code after the owner.
    pub parts: Vec<Part>,
    /// What is wrong, each with its clause. A valid code has problems only in a lenient reading.
    pub problems: Vec<Text>,
}

/// One field of a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What the field is called.
    pub name: Text,
    /// What stands there.
    pub value: String,
}

/// Explains a code. The kind is told by length and type code; a code of the wrong length is explained as the kind that it comes nearest to.
#[must_use]
pub fn check(code: &str, strictness: Strictness) -> IdReport {
    let Some(kind) = recognise(code) else {
        return IdReport {
            code: code.to_owned(),
            kind: None,
            valid: false,
            parts: Vec::new(),
            problems: vec![unknown(code)],
        };
    };
    let faults = faults(code, kind);
    let valid = faults.accepts(strictness);
    let problems = faults.hard.into_iter().chain(faults.soft);
    IdReport {
        code: code.to_owned(),
        kind: Some(kind),
        valid,
        parts: parts(code, kind),
        problems: problems.map(|fault| IdError::new(kind, code, fault).text()).collect(),
    }
}

fn recognise(code: &str) -> Option<IdKind> {
    const BY_TYPE: [IdKind; 7] = [
        IdKind::NationalNode,
        IdKind::RegionalNode,
        IdKind::IndustryNode,
        IdKind::Platform,
        IdKind::Connector,
        IdKind::Product,
        IdKind::Resource,
    ];
    let first = code.chars().next()?;
    let registered = BY_TYPE.into_iter().find(|kind| kind.type_codes().contains(&first));
    let contract = IdKind::Contract.type_codes().contains(&first).then_some(IdKind::Contract);
    match code.chars().count() {
        4 => Some(IdKind::Area),
        ..=11 => None,
        18 if layout::form_faults(code, layout::PARTICIPANT).is_empty() => Some(participant::kind(code)),
        12..=25 => Some(IdKind::Participant),
        26..=39 => registered.or(contract),
        _ => contract.or(registered),
    }
}

fn faults(code: &str, kind: IdKind) -> Faults {
    match kind {
        IdKind::Citizen => Faults { hard: Vec::new(), soft: citizen::faults(code) },
        IdKind::Organisation | IdKind::Participant => participant::faults(code),
        IdKind::Area => area::faults(code),
        IdKind::Contract => contract::faults(code),
        _ => registered::faults(code, kind),
    }
}

fn parts(code: &str, kind: IdKind) -> Vec<Part> {
    match kind {
        IdKind::Citizen => named(code, layout::CITIZEN_NUMBER),
        IdKind::Organisation => named(code, layout::CREDIT_CODE),
        IdKind::Participant | IdKind::Other => named(code, layout::PARTICIPANT),
        IdKind::Area => named(code, layout::AREA),
        IdKind::Contract => named(code, layout::CONTRACT),
        _ => {
            let (head, extension) = registered::split_extension(code, kind);
            let mut parts = named(head, layout::REGISTERED);
            parts.extend(extension.map(|extension| Part {
                name: Text::new("扩展码", "extension"),
                value: extension.trim_start_matches('•').to_owned(),
            }));
            parts
        }
    }
}

/// The fields of a table, and behind a participant's code of 18 the fields of a credit code where it is one.
fn named(code: &str, fields: &'static [Field]) -> Vec<Part> {
    let mut parts = Vec::new();
    for (field, value) in layout::split(code, fields) {
        parts.push(Part { name: Text::new(field.zh, field.en), value: value.to_owned() });
        let is_owner = field.length == 18 && layout::form_faults(value, layout::PARTICIPANT).is_empty();
        if is_owner && participant::kind(value) == IdKind::Organisation {
            parts.extend(named(value, layout::CREDIT_CODE));
        }
    }
    parts
}

fn unknown(code: &str) -> Text {
    let count = code.chars().count();
    match code.chars().next().filter(|_| count >= 26) {
        Some(first) => Text::new(
            format!(
                "类型码 {first:?} 未定义：1 全域节点、2 区域节点、3 行业节点、4 业务节点、5 接入连接器、6 数据产品、7 数据资源（NDI-TR-2025-04 4.2、4.3），C 或 8 数字合约（TC609-6-2025-14 C.1）"
            ),
            format!(
                "type code {first:?} is not defined: 1 national node, 2 regional node, 3 industry node, 4 platform, 5 connector, 6 product, 7 resource (NDI-TR-2025-04 4.2, 4.3), C or 8 contract (TC609-6-2025-14 C.1)"
            ),
        ),
        None => Text::new(
            format!(
                "共 {count} 位，不是任何标识码的长度：区域/行业代码 4 位，主体 18 位（NDI-TR-2025-04 4.1），平台、连接器、产品、资源 32 位，带扩展码 34–65 位（4.2、4.3），合约 47 位（TC609-6-2025-14 C.1）"
            ),
            format!(
                "code has {count} characters, which no identifier has: area 4, participant 18 (NDI-TR-2025-04 4.1), platform, connector, product, resource 32, with an extension 34 to 65 (4.2, 4.3), contract 47 (TC609-6-2025-14 C.1)"
            ),
        ),
    }
}

#[cfg(test)]
mod tests;
