//! Verification of an identity by authorities: what each is asked, and what its answer means. NDI-TR-2025-03 §8.1; TC609-6-2025-01 §5.2.2.2. Pure.
//!
//! An authority that cannot be reached, or is not configured, is no reason to admit nor to refuse: then a person decides, by the attachments.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use xinyu_protocol::tc609::identity::{CertificateType, IdentityFile};
use xinyu_protocol::tc609::verification::{AuthorityKind, Finding};

use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::participant::Member;

/// Where a verification stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The authority is asked, perhaps again.
    Asking,
    /// It says that all is as it has it.
    Confirmed,
    /// It says that something is not.
    Contradicted,
    /// It gave no answer that can be used: a person decides.
    Unavailable,
    /// Asked anew in its stead.
    Superseded,
}

use State::{Asking, Confirmed, Contradicted, Superseded, Unavailable};

/// From which state to which.
pub const TRANSITIONS: &[(State, State)] = &[
    (Asking, Confirmed),
    (Asking, Contradicted),
    (Asking, Unavailable),
    (Asking, Superseded),
    (Confirmed, Superseded),
    (Contradicted, Superseded),
    (Unavailable, Superseded),
];

impl State {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Asking => "asking",
            Confirmed => "confirmed",
            Contradicted => "contradicted",
            Unavailable => "unavailable",
            Superseded => "superseded",
        }
    }
}

/// One authority, asked about one participant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// Its id.
    pub verification_id: String,
    /// About whom.
    pub connector_id: String,
    /// Who is asked.
    pub authority: AuthorityKind,
    /// Where it stands.
    pub state: State,
    /// How often it was asked.
    pub attempts: u32,
    /// Digest of the last question, which holds a nonce.
    pub question: Option<String>,
    /// Digest of the answer.
    pub answer: Option<String>,
    /// The names of the fields that differ.
    pub differing: Vec<String>,
    /// Why there is no answer.
    pub why: String,
    /// Since when.
    pub asked_at: Timestamp,
    /// When it was answered, or given up.
    pub answered_at: Option<Timestamp>,
}

/// How long to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often.
    pub attempts: u32,
    /// Before the second attempt; four times as long before each one after that, a minute at most.
    pub backoff: SignedDuration,
}

impl Patience {
    /// How long to wait after so many attempts.
    #[must_use]
    pub fn pause(self, attempts: u32) -> SignedDuration {
        let factor = 4_i32.saturating_pow(attempts.saturating_sub(1).min(10));
        self.backoff.saturating_mul(factor).min(SignedDuration::from_mins(1))
    }
}

/// What an authority can be asked about an identity: none if what it takes is missing.
#[must_use]
pub fn subject(authority: AuthorityKind, file: &IdentityFile) -> Option<BTreeMap<String, String>> {
    let organisation = file.organisation.as_ref();
    let code = || {
        let base = &organisation?.base;
        Some(vec![("enterpriseName", base.enterprise_name.clone()), ("enterpriseCode", base.enterprise_code.clone())])
    };
    let fields = match authority {
        AuthorityKind::MarketRegulator => {
            let mut fields = code()?;
            fields.push(("legalPerson", organisation?.base.legal_person.clone()));
            fields
        }
        AuthorityKind::Tax | AuthorityKind::SocialSecurity => code()?,
        AuthorityKind::Bank => {
            let mut fields = code()?;
            fields.push(("bankAccount", organisation?.extend.bank_account.clone()?));
            fields
        }
        AuthorityKind::PublicSecurity => match (&file.person, organisation) {
            (Some(person), _) if person.base.cert_type == CertificateType::IdentityCard => {
                vec![("fullName", person.base.full_name.clone()), ("certCode", person.base.cert_code.clone())]
            }
            (_, Some(organisation)) => vec![
                ("fullName", organisation.base.legal_person.clone()),
                ("certCode", organisation.base.legal_person_certno.clone()),
            ],
            _ => return None,
        },
    };
    if fields.iter().any(|(_, value)| value.trim().is_empty()) {
        return None;
    }
    Some(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// Asks an authority.
#[must_use]
pub fn ask(id: String, member: &Member, authority: AuthorityKind, now: Timestamp) -> (Verification, Vec<Effect>) {
    let verification = Verification {
        verification_id: id,
        connector_id: member.connector_id.as_str().to_owned(),
        authority,
        state: Asking,
        attempts: 0,
        question: None,
        answer: None,
        differing: Vec::new(),
        why: String::new(),
        asked_at: now,
        answered_at: None,
    };
    let effects = records(member, &verification, "verification.asked");
    (verification, effects)
}

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The authority answered: digests of question and answer, and what it found.
    Answered {
        /// Digest of the question.
        question: String,
        /// Digest of the answer.
        answer: String,
        /// What it found.
        finding: Finding,
    },
    /// It did not, and may next time.
    Failed(String),
    /// It refused the question for good.
    Refused(String),
}

/// Takes up what became of an attempt; when to try again, if at all.
///
/// # Errors
/// If it is not asked any more.
pub fn attempted(
    mut verification: Verification,
    member: &Member,
    outcome: Outcome,
    patience: Patience,
    now: Timestamp,
) -> Result<(Verification, Option<Timestamp>, Vec<Effect>), Rejection> {
    verification.attempts = verification.attempts.saturating_add(1);
    let to = match outcome {
        Outcome::Answered { question, answer, finding } => {
            verification.question = Some(question);
            verification.answer = Some(answer);
            verification.differing = finding.differing;
            verification.why.clear();
            // A match that names what differs is none.
            if finding.is_match && verification.differing.is_empty() { Confirmed } else { Contradicted }
        }
        Outcome::Failed(why) => {
            verification.why = why;
            if verification.attempts < patience.attempts {
                let again = now.checked_add(patience.pause(verification.attempts)).unwrap_or(Timestamp::MAX);
                return Ok((verification, Some(again), Vec::new()));
            }
            Unavailable
        }
        Outcome::Refused(why) => {
            verification.why = why;
            Unavailable
        }
    };
    let mut verification = moved(verification, to)?;
    verification.answered_at = Some(now);
    let effects = records(member, &verification, "verification.answered");
    Ok((verification, None, effects))
}

/// Asked anew in its stead.
///
/// # Errors
/// If it was already.
pub fn supersede(verification: Verification) -> Result<Verification, Rejection> {
    moved(verification, Superseded)
}

fn moved(mut verification: Verification, to: State) -> Result<Verification, Rejection> {
    if !TRANSITIONS.contains(&(verification.state, to)) {
        let (id, state) = (&verification.verification_id, verification.state.as_str());
        return Err(Rejection::conflict(
            "illegal-transition",
            format!("核验 {id} 当前状态为 {state}，不能变为 {}", to.as_str()),
            format!("verification {id} is {state} and cannot become {}", to.as_str()),
        ));
    }
    verification.state = to;
    Ok(verification)
}

/// That nothing an authority said stands against an admission. One that is unavailable is for a person to make up for.
///
/// # Errors
/// If one is still asked, or has contradicted.
pub fn must_not_object(all: &[Verification]) -> Result<(), Rejection> {
    for one in all {
        let (zh, en) = one.authority.words();
        match one.state {
            Contradicted => {
                let fields = one.differing.join(", ");
                return Err(Rejection::conflict(
                    "identity-contradicted",
                    format!("{zh}核验不一致：{fields}"),
                    format!("the {en} contradicts: {fields}"),
                )
                .clause("NDI-TR-2025-03 §8.1")
                .next(xinyu_protocol::text::Text::new(
                    "请驳回并说明理由，或由申请方更正后重新核验",
                    "refuse with the reason, or let the applicant correct it and ask again",
                )));
            }
            Asking => {
                return Err(Rejection::conflict(
                    "verification-running",
                    format!("{zh}核验尚未返回"),
                    format!("the {en} has not answered yet"),
                )
                .next(xinyu_protocol::text::Text::new("请等待核验结果", "wait for the answer")));
            }
            Confirmed | Unavailable | Superseded => {}
        }
    }
    Ok(())
}

/// Whether all who were asked have confirmed, and somebody was.
#[must_use]
pub fn is_confirmed(all: &[Verification]) -> bool {
    let mut asked = all.iter().filter(|one| one.state != Superseded).peekable();
    asked.peek().is_some() && asked.all(|one| one.state == Confirmed)
}

/// Digests, names of fields and codes only: what was asked is personal data.
fn records(member: &Member, verification: &Verification, kind: &'static str) -> Vec<Effect> {
    let draft = |space: &String| {
        let mut draft = Draft::new(kind, space)
            .subject(member.connector_id.as_str())
            .fact("authority", verification.authority.as_str())
            .fact("verification", verification.verification_id.as_str())
            .fact("state", verification.state.as_str());
        if let (Some(question), Some(answer)) = (&verification.question, &verification.answer) {
            draft = draft.fact("question", question.as_str()).fact("answer", answer.as_str());
        }
        if !verification.differing.is_empty() {
            draft = draft.fact("differing", verification.differing.clone());
        }
        Effect::Record(draft)
    };
    member.spaces.iter().map(draft).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(state: State) -> Verification {
        Verification {
            verification_id: "v".to_owned(),
            connector_id: "c".to_owned(),
            authority: AuthorityKind::Tax,
            state,
            attempts: 0,
            question: None,
            answer: None,
            differing: Vec::new(),
            why: String::new(),
            asked_at: Timestamp::UNIX_EPOCH,
            answered_at: None,
        }
    }

    #[test]
    fn ndi_03_8_1_a_contradiction_bars_the_admission_and_an_outage_does_not() {
        for (states, objects, confirmed) in [
            (&[][..], None, false),
            (&[Confirmed], None, true),
            (&[Confirmed, Superseded], None, true),
            (&[Confirmed, Unavailable], None, false),
            (&[Confirmed, Asking], Some("verification-running"), false),
            (&[Confirmed, Contradicted], Some("identity-contradicted"), false),
            (&[Superseded], None, false),
        ] {
            let all: Vec<Verification> = states.iter().map(|&state| one(state)).collect();
            assert_eq!(must_not_object(&all).err().map(|error| error.code), objects, "{states:?}");
            assert_eq!(is_confirmed(&all), confirmed, "{states:?}");
        }
    }

    #[test]
    fn patience_grows_and_is_bounded() {
        let patience = Patience { attempts: 5, backoff: SignedDuration::from_millis(500) };
        let pauses: Vec<i128> =
            [1, 2, 3, 4, 5, 99].iter().map(|&attempts| patience.pause(attempts).as_millis()).collect();
        assert_eq!(pauses, [500, 2_000, 8_000, 32_000, 60_000, 60_000]);
    }

    #[test]
    fn every_move_that_the_table_has_not_is_refused() {
        let all = [Asking, Confirmed, Contradicted, Unavailable, Superseded];
        for from in all {
            for to in all {
                assert_eq!(moved(one(from), to).is_ok(), TRANSITIONS.contains(&(from, to)), "{from:?} {to:?}");
            }
        }
    }
}
