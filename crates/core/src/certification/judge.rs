//! From measures and findings to a score and a grade. Integers throughout: thousandths of what could be had. Pure.

use jiff::Timestamp;
use jiff::tz::Offset;
use xinyu_protocol::tc609::certification::{
    AssessmentReport, Criterion, Finding, Judgement, MeasureRule, NewScheme, Outcome,
};
use xinyu_protocol::text::Text;

use super::measure::{Facts, value};
use super::{CLAUSE, Certification};
use crate::fault::Rejection;

const MAX_FINDING: usize = 2_000;
const MAX_EVIDENCE: usize = 20;

/// That an assessor can find this.
///
/// # Errors
/// If there is no such criterion, the platform measures it, nothing is said, or a mandatory criterion is to be not applicable.
pub fn check_finding(scheme: &NewScheme, finding: &Finding) -> Result<(), Rejection> {
    let code = &finding.code;
    let wrong = |pointer: &str, zh: String, en: String| {
        Err(Rejection::bad("certification-finding", format!("评估结论：{zh}"), format!("finding: {en}"))
            .clause(pointer))
    };
    let Some(criterion) = scheme.criteria.iter().find(|criterion| criterion.code == *code) else {
        return wrong("/code", format!("方案中没有指标 {code}"), format!("the scheme has no criterion {code}"));
    };
    if criterion.measured.is_some() {
        return wrong(
            "/code",
            format!("指标 {code} 由平台测量，不能填写"),
            format!("criterion {code} is measured by the platform and cannot be typed in"),
        );
    }
    if criterion.is_mandatory && finding.outcome == Outcome::NotApplicable {
        return wrong(
            "/outcome",
            format!("指标 {code} 为必备项，不能为「不适用」"),
            format!("criterion {code} is mandatory and always applies"),
        );
    }
    if finding.text.trim().is_empty() || finding.text.chars().count() > MAX_FINDING {
        return wrong(
            "/text",
            format!("须写明评估情况（1 至 {MAX_FINDING} 字）"),
            format!("say what was found in 1 to {MAX_FINDING} characters"),
        );
    }
    if finding.evidence.len() > MAX_EVIDENCE {
        return wrong(
            "/evidence",
            format!("证据至多 {MAX_EVIDENCE} 项"),
            format!("there are at most {MAX_EVIDENCE} pieces of evidence"),
        );
    }
    if finding.outcome == Outcome::Met && criterion.is_mandatory && finding.evidence.is_empty() {
        return wrong(
            "/evidence",
            format!("必备项 {code} 判为「符合」须引用证据（附件摘要或存证编号）"),
            format!(
                "mandatory criterion {code} is met by evidence only: an attachment's digest or an entry of the log"
            ),
        );
    }
    Ok(())
}

/// How far a measured criterion is met.
#[must_use]
pub fn measured(rule: &MeasureRule, value: u64) -> Outcome {
    if value >= rule.met_from {
        Outcome::Met
    } else if rule.partly_from.is_some_and(|partly| value >= partly) {
        Outcome::Partly
    } else {
        Outcome::Not
    }
}

/// What came out for every criterion so far, in the order of the scheme.
#[must_use]
pub fn judgements(one: &Certification, facts: &Facts) -> Vec<Judgement> {
    let judge = |criterion: &Criterion| {
        let found = one.findings.iter().map(|recorded| &recorded.finding).find(|found| found.code == criterion.code);
        let value = criterion.measured.as_ref().map(|rule| value(facts, &rule.measure));
        let outcome = match (&criterion.measured, value) {
            (Some(rule), Some(value)) => Some(measured(rule, value)),
            _ => found.map(|found| found.outcome),
        };
        Judgement {
            code: criterion.code.clone(),
            text: criterion.text.clone(),
            wanted: criterion.evidence.clone(),
            is_mandatory: criterion.is_mandatory,
            weight: criterion.weight,
            outcome,
            measure: criterion.measured.clone(),
            value,
            finding: found.map(|found| found.text.clone()).unwrap_or_default(),
            evidence: found.map(|found| found.evidence.clone()).unwrap_or_default(),
        }
    };
    one.scheme.definition.criteria.iter().map(judge).collect()
}

/// Thousandths of what could be had; none if nothing applies.
#[must_use]
pub fn score(judgements: &[Judgement]) -> Option<u16> {
    let (mut had, mut whole) = (0_u64, 0_u64);
    for judgement in judgements {
        let weight = u64::from(judgement.weight);
        let (points, of) = match judgement.outcome {
            Some(Outcome::Met) => (1000, weight),
            Some(Outcome::Partly) => (500, weight),
            Some(Outcome::Not) | None => (0, weight),
            Some(Outcome::NotApplicable) => (0, 0),
        };
        had += points * of;
        whole += of;
    }
    u16::try_from(had.checked_div(whole)?).ok()
}

/// The grade of a score, if it has one.
#[must_use]
pub fn grade(scheme: &NewScheme, score: u16) -> Option<&str> {
    scheme.grades.iter().find(|rule| score >= rule.from_permille).map(|rule| rule.grade.as_str())
}

/// That every criterion that an assessor judges has been judged.
///
/// # Errors
/// Naming those that have not.
pub fn must_be_complete(one: &Certification) -> Result<(), Rejection> {
    let is_found = |criterion: &&Criterion| {
        criterion.measured.is_some() || one.findings.iter().any(|recorded| recorded.finding.code == criterion.code)
    };
    let left: Vec<&str> = one
        .scheme
        .definition
        .criteria
        .iter()
        .filter(|criterion| !is_found(criterion))
        .map(|criterion| criterion.code.as_str())
        .collect();
    if left.is_empty() {
        return Ok(());
    }
    let left = left.join(", ");
    Err(Rejection::conflict(
        "assessment-incomplete",
        format!("尚有指标未评估：{left}"),
        format!("not yet assessed: {left}"),
    )
    .clause(CLAUSE)
    .next(Text::new("请逐项记录评估结论", "record a finding for each")))
}

/// The report of a certification that is to be.
///
/// # Errors
/// If a mandatory criterion is not met, or the score is below every grade.
pub fn decide(one: &Certification, facts: &Facts, now: Timestamp) -> Result<AssessmentReport, Rejection> {
    must_be_complete(one)?;
    let judgements = judgements(one, facts);
    let unmet: Vec<&str> = judgements
        .iter()
        .filter(|judgement| judgement.is_mandatory && judgement.outcome != Some(Outcome::Met))
        .map(|judgement| judgement.code.as_str())
        .collect();
    if !unmet.is_empty() {
        let unmet = unmet.join(", ");
        return Err(Rejection::conflict(
            "mandatory-not-met",
            format!("必备项未符合：{unmet}，不能认证"),
            format!("mandatory criteria are not met: {unmet}"),
        )
        .clause(CLAUSE)
        .next(Text::new("请待整改后重新评估，或不予认证", "assess it again once that is mended, or refuse")));
    }
    let scheme = &one.scheme.definition;
    let score = score(&judgements).unwrap_or_default();
    let Some(grade) = grade(scheme, score) else {
        let least = scheme.grades.last().map_or(0, |rule| rule.from_permille);
        return Err(Rejection::conflict(
            "score-too-low",
            format!("得分 {score}‰ 低于最低等级门槛 {least}‰，不能认证"),
            format!("a score of {score} permille is below the lowest grade, which begins at {least}"),
        )
        .clause(CLAUSE));
    };
    let months = jiff::Span::new().try_months(i64::from(scheme.validity_months));
    let until = months.and_then(|months| Offset::UTC.to_datetime(now).checked_add(months));
    let until = until.and_then(|until| Offset::UTC.to_timestamp(until));
    // In whole seconds, as the claims of a credential have it.
    let until = until.and_then(|until| Timestamp::from_second(until.as_second()));
    let until = until.map_err(|error| Rejection::unwritable(&error.to_string()))?;
    Ok(AssessmentReport {
        certification_id: one.certification_id.clone(),
        subject: one.subject.clone(),
        scheme: one.scheme.clone(),
        score_permille: score,
        grade: grade.to_owned(),
        judgements,
        decided_at: now,
        valid_until: until,
    })
}
