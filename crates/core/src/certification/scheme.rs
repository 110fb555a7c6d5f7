//! Certification schemes (认证方案): checked when they are saved, numbered, never changed afterwards. Pure.

use std::collections::BTreeSet;

use xinyu_protocol::tc609::certification::{Criterion, GradeRule, NewScheme, Scheme};
use xinyu_protocol::text::Text;

use super::measure::is_measure;
use crate::fault::Rejection;

const MAX_CRITERIA: usize = 50;
const MAX_GRADES: usize = 5;
const MAX_MONTHS: u32 = 60;
const MAX_WEIGHT: u32 = 100;
const MAX_TEXT: usize = 300;

/// The next version of a scheme; the same definition again is the version that is there.
///
/// # Errors
/// If the definition is not in order, or would certify something else than before.
pub fn save(definition: NewScheme, before: Option<&Scheme>) -> Result<Scheme, Rejection> {
    check(&definition)?;
    let Some(before) = before else {
        return Ok(Scheme { version: 1, definition });
    };
    if before.definition == definition {
        return Ok(before.clone());
    }
    if before.definition.subject != definition.subject {
        let id = &definition.scheme_id;
        return Err(wrong(
            "/subject",
            &format!("方案 {id} 的认证对象不能更改，请另建方案"),
            format!("scheme {id} certifies something else: make another scheme"),
        ));
    }
    Ok(Scheme { version: before.version + 1, definition })
}

/// That a definition is in order.
///
/// # Errors
/// Naming the first member that is not, as a JSON pointer.
pub fn check(definition: &NewScheme) -> Result<(), Rejection> {
    if !is_word(&definition.scheme_id, 40) || definition.scheme_id.chars().any(|c| c.is_ascii_uppercase()) {
        return Err(wrong(
            "/schemeId",
            "方案编号为小写字母、数字、连字符，至多 40 位",
            "the id has lower case letters, digits and hyphens, at most 40".to_owned(),
        ));
    }
    said("/name", &definition.name)?;
    if !(1..=MAX_MONTHS).contains(&definition.validity_months) {
        return Err(wrong(
            "/validityMonths",
            &format!("有效期为 1 至 {MAX_MONTHS} 个月"),
            format!("the validity is 1 to {MAX_MONTHS} months"),
        ));
    }
    if definition.criteria.is_empty() || definition.criteria.len() > MAX_CRITERIA {
        return Err(wrong(
            "/criteria",
            &format!("评估指标为 1 至 {MAX_CRITERIA} 项"),
            format!("there are 1 to {MAX_CRITERIA} criteria"),
        ));
    }
    let mut codes = BTreeSet::new();
    for (place, criterion) in definition.criteria.iter().enumerate() {
        check_criterion(definition, criterion, &format!("/criteria/{place}"))?;
        if !codes.insert(criterion.code.as_str()) {
            let code = &criterion.code;
            return Err(wrong(
                &format!("/criteria/{place}/code"),
                &format!("指标编号 {code} 重复"),
                format!("criterion {code} is there twice"),
            ));
        }
    }
    check_grades(&definition.grades)
}

fn check_criterion(definition: &NewScheme, criterion: &Criterion, at: &str) -> Result<(), Rejection> {
    if !is_word(&criterion.code, 16) {
        return Err(wrong(
            &format!("{at}/code"),
            "指标编号为字母、数字、连字符，至多 16 位",
            "a code has letters, digits and hyphens, at most 16".to_owned(),
        ));
    }
    said(&format!("{at}/text"), &criterion.text)?;
    said(&format!("{at}/evidence"), &criterion.evidence)?;
    if !(1..=MAX_WEIGHT).contains(&criterion.weight) {
        return Err(wrong(
            &format!("{at}/weight"),
            &format!("权重为 1 至 {MAX_WEIGHT}"),
            format!("a weight is 1 to {MAX_WEIGHT}"),
        ));
    }
    let Some(rule) = &criterion.measured else {
        return Ok(());
    };
    if !is_measure(&rule.measure, definition.subject) {
        let (name, subject) = (&rule.measure, definition.subject.as_str());
        return Err(wrong(
            &format!("{at}/measured/measure"),
            &format!("平台不能对 {subject} 自动测量「{name}」"),
            format!("{name} is not measured of a {subject}"),
        ));
    }
    if rule.met_from == 0 || rule.partly_from.is_some_and(|partly| partly == 0 || partly >= rule.met_from) {
        return Err(wrong(
            &format!("{at}/measured"),
            "「符合」门槛至少为 1，「部分符合」门槛须更低且至少为 1",
            "met begins at 1 or more, partly met at less than that and 1 or more".to_owned(),
        ));
    }
    Ok(())
}

fn check_grades(grades: &[GradeRule]) -> Result<(), Rejection> {
    if grades.is_empty() || grades.len() > MAX_GRADES {
        return Err(wrong(
            "/grades",
            &format!("等级为 1 至 {MAX_GRADES} 个"),
            format!("there are 1 to {MAX_GRADES} grades"),
        ));
    }
    let mut names = BTreeSet::new();
    let mut above = 1001;
    for (place, rule) in grades.iter().enumerate() {
        if !is_word(&rule.grade, 8) || !names.insert(rule.grade.as_str()) {
            return Err(wrong(
                &format!("/grades/{place}/grade"),
                "等级名称为字母、数字，至多 8 位且不重复",
                "a grade has letters and digits, at most 8, and is there once".to_owned(),
            ));
        }
        if rule.from_permille == 0 || rule.from_permille >= above {
            return Err(wrong(
                &format!("/grades/{place}/fromPermille"),
                "等级须由高到低，门槛为 1 至 1000 且逐级降低",
                "grades go from the best down, each from 1 to 1000 and lower than the one above".to_owned(),
            ));
        }
        above = rule.from_permille;
    }
    Ok(())
}

fn said(at: &str, text: &Text) -> Result<(), Rejection> {
    for (language, said) in [("zh", &text.zh), ("en", &text.en)] {
        if said.trim().is_empty() || said.chars().count() > MAX_TEXT || said.chars().any(char::is_control) {
            return Err(wrong(
                &format!("{at}/{language}"),
                &format!("须有中英文，各 1 至 {MAX_TEXT} 字，不含控制字符"),
                format!("it needs both languages, 1 to {MAX_TEXT} characters each, no control characters"),
            ));
        }
    }
    Ok(())
}

fn is_word(text: &str, most: usize) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !text.is_empty() && text.len() <= most && text.chars().all(is_part) && !text.starts_with('-')
}

fn wrong(pointer: &str, zh: &str, en: String) -> Rejection {
    Rejection::bad("certification-scheme", format!("认证方案：{zh}"), format!("certification scheme: {en}"))
        .clause(pointer)
}

/// A scheme that is not there.
#[must_use]
pub fn unknown(id: &str) -> Rejection {
    Rejection::unknown("unknown-scheme", format!("没有认证方案 {id}"), format!("there is no certification scheme {id}"))
}
