//! Certification (可信认证): a subject applies under a scheme, somebody assesses it, somebody else decides, and what was certified is good until it is
//! suspended, withdrawn, renewed or over. TC609-6-2025-01 §5.2.2.13; TC609-6-2025-16 6.11 a. Pure.
//!
//! Three hands: whoever applies neither assesses nor decides, and whoever assesses does not decide. What the platform can measure is measured and never
//! typed in.

pub mod judge;
pub mod measure;
pub mod ready;
pub mod scheme;
pub mod state;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::dcp::Profile;
use xinyu_protocol::tc609::certification::{AssessmentReport, Finding, Scheme, Subject};
use xinyu_protocol::text::Text;

use crate::effect::{Draft, Effect};
use crate::fault::Rejection;

pub use state::{Act, State, TRANSITIONS};

use State::{Applied, Assessing, Certified, Expired, Suspended};

/// The clause that asks for it.
pub const CLAUSE: &str = "TC609-6-2025-01 §5.2.2.13";

/// A finding, and whose it is. Whose stays on the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// What was found.
    pub finding: Finding,
    /// By whom, a login name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A credential that says it, as strangers get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attested {
    /// Its id.
    pub credential_id: String,
    /// Its profile.
    pub profile: Profile,
    /// The credential.
    pub jwt: String,
}

/// A certification as the platform keeps it, from application to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certification {
    /// Its number, which stands on the certificate.
    pub certification_id: String,
    /// The scheme as it was when it was applied for.
    pub scheme: Scheme,
    /// What is certified.
    pub subject: Subject,
    /// Where it stands; see [`Certification::state_at`].
    pub state: State,
    /// Who applied: a connector, or a login name of the platform.
    pub applied_by: String,
    /// When.
    pub applied_at: Timestamp,
    /// What the applicant said.
    pub note: String,
    /// What was found, the newest of each criterion.
    pub findings: Vec<Recorded>,
    /// Who had a hand in the assessment, by login name.
    pub assessors: Vec<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why it stands where it stands.
    pub reason: String,
    /// The report, once it is certified.
    pub report: Option<AssessmentReport>,
    /// SHA-256 of the report's canonical form.
    pub report_digest: Option<String>,
    /// The credentials in force.
    pub credentials: Vec<Attested>,
    /// The certification that it renews.
    pub renews: Option<String>,
    /// When it last changed.
    pub changed_at: Timestamp,
}

impl Certification {
    /// Until when it is good, if it ever was.
    #[must_use]
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.report.as_ref().map(|report| report.valid_until)
    }

    /// Where it stands at a time: what is over has ended by itself, whether anybody wrote it down or not.
    #[must_use]
    pub fn state_at(&self, now: Timestamp) -> State {
        let is_over = self.valid_until().is_some_and(|until| now >= until);
        if is_over && matches!(self.state, Certified | Suspended) { Expired } else { self.state }
    }

    /// Where an act leads from here.
    #[must_use]
    pub fn target(&self, act: Act, now: Timestamp) -> Option<State> {
        // What is over by the clock can still be written down as over, and nothing else.
        let from = if act == Act::Expire { self.state } else { self.state_at(now) };
        TRANSITIONS.iter().find(|(state, by, _)| *state == from && *by == act).map(|(_, _, to)| *to)
    }

    /// What can be done now.
    pub fn moves(&self, now: Timestamp) -> impl Iterator<Item = Act> {
        Act::ALL
            .into_iter()
            .filter(move |act| !matches!(act, Act::Expire | Act::Supersede) && self.target(*act, now).is_some())
    }
}

/// Applies: one record in every space of the member.
#[must_use]
pub fn apply(
    certification_id: String,
    scheme: Scheme,
    subject: Subject,
    by: &str,
    note: &str,
    renews: Option<String>,
    now: Timestamp,
) -> Certification {
    Certification {
        certification_id,
        scheme,
        subject,
        state: Applied,
        applied_by: by.to_owned(),
        applied_at: now,
        note: note.trim().to_owned(),
        findings: Vec::new(),
        assessors: Vec::new(),
        decided_by: None,
        decided_at: None,
        reason: String::new(),
        report: None,
        report_digest: None,
        credentials: Vec::new(),
        renews,
        changed_at: now,
    }
}

/// Who does something: a person by login name, or the platform itself, following a decision on the member or the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By<'a> {
    /// A person.
    Person(&'a str),
    /// The platform.
    Platform,
}

/// One step. What it takes to certify is decided by [`judge`]: see [`certify`].
///
/// # Errors
/// If the table leads nowhere from here, a reason is missing, or it is not for this person to do.
pub fn step(
    mut one: Certification,
    act: Act,
    by: By<'_>,
    reason: &str,
    now: Timestamp,
) -> Result<Certification, Rejection> {
    let to = one.target(act, now).ok_or_else(|| impossible(&one, act, now))?;
    let reason = reason.trim();
    if act.needs_reason() && (reason.is_empty() || reason.chars().count() > MAX_REASON) {
        return Err(Rejection::bad(
            "reason-missing",
            format!("须说明理由（1 至 {MAX_REASON} 字）"),
            format!("a reason of 1 to {MAX_REASON} characters is needed"),
        )
        .clause("/reason")
        .next(Text::new("请填写理由", "say why")));
    }
    if let By::Person(name) = by {
        if act != Act::Cancel {
            must_not_be_applicant(&one, name)?;
        }
        if act.is_decision() && one.assessors.iter().any(|assessor| assessor == name) {
            return Err(Rejection::forbidden(
                "assessor-decides",
                format!("{name} 参与了评估，须由另一人作出决定"),
                format!("{name} took part in the assessment, somebody else has to decide"),
            )
            .clause(CLAUSE)
            .next(Text::new("请由未参与评估的业务管理人员决定", "let a manager decide who did not assess")));
        }
        match act {
            Act::Begin | Act::Complete => add_assessor(&mut one, name),
            Act::Certify | Act::Refuse => {
                one.decided_by = Some(name.to_owned());
                one.decided_at = Some(now);
            }
            _ => {}
        }
    }
    if act == Act::Complete {
        judge::must_be_complete(&one)?;
    }
    one.state = to;
    reason.clone_into(&mut one.reason);
    one.changed_at = now;
    Ok(one)
}

/// Records what an assessor found; the first finding begins the assessment. A later finding on the same criterion takes the place of the earlier one.
///
/// # Errors
/// If it is not being assessed, there is no such criterion, the platform measures it, or it is not for this person to assess.
pub fn find(mut one: Certification, finding: Finding, by: &str, now: Timestamp) -> Result<Certification, Rejection> {
    if one.state == Applied {
        one = step(one, Act::Begin, By::Person(by), "", now)?;
    }
    if one.state != Assessing {
        let (id, state) = (&one.certification_id, one.state_at(now).as_str());
        return Err(Rejection::conflict(
            "not-being-assessed",
            format!("认证 {id} 当前状态为 {state}，不能记录评估结论"),
            format!("certification {id} is {state}, nothing can be found now"),
        )
        .clause(CLAUSE));
    }
    must_not_be_applicant(&one, by)?;
    judge::check_finding(&one.scheme.definition, &finding)?;
    add_assessor(&mut one, by);
    one.findings.retain(|recorded| recorded.finding.code != finding.code);
    one.findings.push(Recorded { finding, by: by.to_owned(), at: now });
    one.findings.sort_by(|a, b| a.finding.code.cmp(&b.finding.code));
    one.changed_at = now;
    Ok(one)
}

/// Certifies with what came out: grade, report and validity.
///
/// # Errors
/// As [`step`], and if what came out is not enough: [`judge::decide`].
pub fn certify(
    one: Certification,
    facts: &measure::Facts,
    by: &str,
    reason: &str,
    now: Timestamp,
) -> Result<Certification, Rejection> {
    let report = judge::decide(&one, facts, now);
    let mut one = step(one, Act::Certify, By::Person(by), reason, now)?;
    one.report = Some(report?);
    Ok(one)
}

/// What the log says of a change: numbers, codes and digests, nobody's name.
#[must_use]
pub fn records(one: &Certification, kind: &'static str, spaces: &[String]) -> Vec<Effect> {
    let draft = |space: &String| {
        let subject = &one.subject;
        let mut draft = Draft::new(kind, space)
            .subject(subject.connector_id.as_str())
            .fact("certification", one.certification_id.as_str())
            .fact("scheme", one.scheme.definition.scheme_id.as_str())
            .fact("version", one.scheme.version)
            .fact("kind", subject.kind.as_str())
            .fact("certified", subject.id.as_str());
        if let Some(report) = &one.report {
            draft = draft.fact("grade", report.grade.as_str()).fact("until", report.valid_until.to_string());
        }
        if let Some(digest) = &one.report_digest {
            draft = draft.fact("report", digest.as_str());
        }
        if !one.reason.is_empty() {
            draft = draft.fact("reason", one.reason.as_str());
        }
        Effect::Record(draft)
    };
    spaces.iter().map(draft).collect()
}

/// What the log says of an act, if it says anything.
#[must_use]
pub fn records_of(one: &Certification, act: Act, spaces: &[String]) -> Vec<Effect> {
    act.record().map(|kind| records(one, kind, spaces)).unwrap_or_default()
}

/// A certification that is not there.
#[must_use]
pub fn unknown(id: &str) -> Rejection {
    Rejection::unknown("unknown-certification", format!("没有认证 {id}"), format!("there is no certification {id}"))
}

fn must_not_be_applicant(one: &Certification, name: &str) -> Result<(), Rejection> {
    if one.applied_by != name {
        return Ok(());
    }
    Err(Rejection::forbidden(
        "applicant-judges",
        format!("{name} 提出了该申请，不能评估或决定"),
        format!("{name} made this application and can neither assess nor decide it"),
    )
    .clause(CLAUSE)
    .next(Text::new("请由他人办理", "let somebody else do it")))
}

fn add_assessor(one: &mut Certification, name: &str) {
    if !one.assessors.iter().any(|assessor| assessor == name) {
        one.assessors.push(name.to_owned());
    }
}

fn impossible(one: &Certification, act: Act, now: Timestamp) -> Rejection {
    let (id, state, word) = (&one.certification_id, one.state_at(now).as_str(), act.as_str());
    Rejection::conflict(
        "illegal-transition",
        format!("认证 {id} 当前状态为 {state}，不能执行「{word}」"),
        format!("certification {id} is {state} and cannot {word}"),
    )
    .clause(CLAUSE)
}

const MAX_REASON: usize = 256;
