//! Codes as tables of fields: what stands where. The same table checks the characters and names the parts.

use std::ops::Range;

use super::fault::{Allowed, Fault};

/// One field of a code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) zh: &'static str,
    pub(super) en: &'static str,
    pub(super) length: usize,
    pub(super) allowed: Allowed,
}

const fn field(zh: &'static str, en: &'static str, length: usize, allowed: Allowed) -> Field {
    Field { zh, en, length, allowed }
}

/// NDI-TR-2025-04 4.2, and 4.3 without its extension: 32 positions.
pub(super) const REGISTERED: &[Field] = &[
    field("类型码", "type code", 1, Allowed::Alphanumeric),
    field("主体标识码", "owner", 18, Allowed::Alphanumeric),
    field("区域/行业代码", "area code", 4, Allowed::Digits),
    field("随机码", "random code", 8, Allowed::Alphanumeric),
    field("校验码", "check character", 1, Allowed::Check),
];

/// TC609-6-2025-14 C.1 row 1: 47 positions.
pub(super) const CONTRACT: &[Field] = &[
    field("类型码", "type code", 1, Allowed::Alphanumeric),
    field("业务节点类型码", "node type code", 1, Allowed::Alphanumeric),
    field("业务节点主体标识码", "owner of the platform", 18, Allowed::Alphanumeric),
    field("区域/行业代码", "area code", 4, Allowed::Digits),
    field("时间码", "time code", 14, Allowed::Digits),
    field("随机码", "random code", 8, Allowed::Alphanumeric),
    field("校验码", "check character", 1, Allowed::Check),
];

/// GB 32100-2015: 18 positions.
pub(super) const CREDIT_CODE: &[Field] = &[
    field("登记管理部门代码", "registering department", 1, Allowed::CreditCode),
    field("机构类别代码", "category", 1, Allowed::CreditCode),
    field("登记管理机关行政区划码", "area of registration", 6, Allowed::Digits),
    field("主体标识码（组织机构代码）", "organisation code", 9, Allowed::CreditCode),
    field("校验码", "check character", 1, Allowed::CreditCode),
];

/// GB 11643-1999: 18 positions.
pub(super) const CITIZEN_NUMBER: &[Field] = &[
    field("地址码", "area", 6, Allowed::Digits),
    field("出生日期码", "date of birth", 8, Allowed::Digits),
    field("顺序码", "sequence number", 3, Allowed::Digits),
    field("校验码", "check character", 1, Allowed::CitizenCheck),
];

/// NDI-TR-2025-04 4.1 b and c: 18 positions without further meaning.
pub(super) const PARTICIPANT: &[Field] = &[field("主体标识码", "participant code", 18, Allowed::Alphanumeric)];

/// NDI-TR-2025-04 4.2: 4 positions.
pub(super) const AREA: &[Field] = &[field("区域/行业代码", "area code", 4, Allowed::Digits)];

/// The length, and when that is right every character: what else there is to check has no meaning before.
pub(super) fn form_faults(code: &str, fields: &[Field]) -> Vec<Fault> {
    let found = code.chars().count();
    if found != fields.iter().map(|field| field.length).sum::<usize>() {
        return vec![Fault::Length { found }];
    }
    let allowed = fields.iter().flat_map(|field| std::iter::repeat_n(field.allowed, field.length));
    let placed = (1..).zip(code.chars().zip(allowed));
    placed
        .filter(|(_, (found, allowed))| !allowed.admits(*found))
        .map(|(position, (found, allowed))| Fault::Character { position, found, allowed })
        .collect()
}

/// The fields of a code with their values, as far as the code goes.
pub(super) fn split<'a>(code: &'a str, fields: &'static [Field]) -> Vec<(&'static Field, &'a str)> {
    let mut rest = code;
    let mut parts = Vec::new();
    for field in fields {
        let end = rest.char_indices().nth(field.length).map_or(rest.len(), |(index, _)| index);
        let (value, after) = rest.split_at(end);
        if value.is_empty() {
            break;
        }
        parts.push((field, value));
        rest = after;
    }
    parts
}

/// Part of a code that was checked, so that the range is inside it.
pub(super) fn slice(code: &str, range: Range<usize>) -> String {
    code.get(range).unwrap_or_default().to_owned()
}
