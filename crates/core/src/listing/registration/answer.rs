//! What a function node answers, and what it means. An identifier is taken only if it is one of a product of that provider, given out by that node, and the
//! one that the product had: NDI-TR-2025-04 4.3, 5 (标识码一旦分配不可变更).

use jiff::{SignedDuration, Timestamp};
use xinyu_protocol::id::ProductId;
use xinyu_protocol::ndi::product::{ProductAnswer, ProductReason, ProductStanding};
use xinyu_protocol::tc609::registration::{RegistrationReason, RegistrationState};

use super::{Act, CLAUSE, PLATFORM, Registration, Turn, target};
use crate::effect::Effect;
use crate::fault::Rejection;

/// The clause on identifiers.
const CODE: &str = "NDI-TR-2025-04 4.3";
/// Where the area or industry stands in the identifier of a node.
const AREA: std::ops::Range<usize> = 19..23;
/// The result of a request that is looked at is asked for after this long, then after twice as long.
const FIRST: SignedDuration = SignedDuration::from_mins(1);
/// And so on, up to this.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);
/// Reasons that are kept of an answer.
const REASONS: usize = 20;
/// Characters of one.
const WORDS: usize = 500;
/// Characters of the name of a member.
const NAME: usize = 64;

impl Registration {
    /// Takes up the node's answer to a request, or to a question about it.
    ///
    /// # Errors
    /// If it is about another product, its identifier is not in order, or nothing like that was asked for. Then nothing is changed.
    pub fn take(mut self, request: u32, answer: &ProductAnswer, now: Timestamp) -> Result<Turn, Rejection> {
        if answer.product_code != self.product_id.as_str() {
            return Err(self.unusable("答复针对另一产品", "its answer is about another product"));
        }
        let code = self.given(answer)?;
        if request != self.request {
            // It was asked for something else since; what it gave the product stays given.
            self.code = self.code.or(code);
            return Ok(Turn { registration: self, effects: Vec::new() });
        }
        let is_leaving = matches!(
            self.state,
            RegistrationState::Revoking | RegistrationState::RevocationRefused | RegistrationState::Revoked
        );
        let act = match answer.status {
            ProductStanding::Reviewing => Act::Review,
            ProductStanding::Revoked => Act::Revoke,
            ProductStanding::Unknown if is_leaving => Act::Revoke,
            ProductStanding::Registered | ProductStanding::Refused if is_leaving => Act::Keep,
            ProductStanding::Registered => Act::Register,
            ProductStanding::Refused | ProductStanding::Unknown => Act::Refuse,
        };
        let to = target(Some(self.state), act);
        let to = to.ok_or_else(|| self.unusable("答复与申请不符", "its answer does not fit what was asked for"))?;
        let reasons = match (act, answer.status) {
            (Act::Refuse, ProductStanding::Unknown) => vec![self.unknown()],
            (Act::Refuse | Act::Keep, _) => reasons(answer),
            _ => Vec::new(),
        };
        let is_given = code.is_some() && code != self.code;
        let is_new = to != self.state || is_given || reasons != self.reasons;
        if answer.status == ProductStanding::Unknown && !is_leaving {
            self.code = None;
        }
        self.code = code.or(self.code);
        self.ask_at = (act == Act::Review).then(|| now.checked_add(pause(self.looks)).unwrap_or(now));
        self.looks = if act == Act::Review { self.looks.saturating_add(1) } else { 0 };
        if !is_new {
            return Ok(Turn { registration: self, effects: Vec::new() });
        }
        let (why, node) = (words(&reasons), self.node_id.clone());
        self.stand(to, reasons, (&node, &why), now);
        self.turned(act)
    }

    /// Nothing of the node's answers could be used, or it was never to be had: the message is set aside.
    ///
    /// # Errors
    /// If a message cannot be written.
    pub fn fail(mut self, request: u32, why: &str, now: Timestamp) -> Result<Turn, Rejection> {
        let Some(to) = target(Some(self.state), Act::Fail).filter(|_| request == self.request) else {
            return Ok(Turn { registration: self, effects: Vec::new() });
        };
        let message: String = why.chars().take(WORDS).collect();
        self.ask_at = None;
        let reason = RegistrationReason { member: String::new(), message: message.clone() };
        self.stand(to, vec![reason], (PLATFORM, &message), now);
        self.turned(Act::Fail)
    }

    /// What follows.
    fn turned(self, act: Act) -> Result<Turn, Rejection> {
        let kind = match act {
            Act::Register => Some("product.registered"),
            Act::Refuse | Act::Keep | Act::Fail => Some("product.registration_refused"),
            Act::Revoke => Some("product.registration_revoked"),
            Act::Ask | Act::Review | Act::Withdraw => None,
        };
        let mut effects = Vec::new();
        if let Some(kind) = kind {
            let record = self.record(kind).fact("by", if act == Act::Fail { PLATFORM } else { "node" });
            let record = match &self.code {
                Some(code) => record.fact("code", code.as_str()),
                None => record,
            };
            let reasons = u64::try_from(self.reasons.len()).unwrap_or(u64::MAX);
            effects.push(Effect::Record(if reasons > 0 { record.fact("reasons", reasons) } else { record }));
        }
        effects.push(self.told()?);
        Ok(Turn { registration: self, effects })
    }

    /// The identifier that an answer gives.
    fn given(&self, answer: &ProductAnswer) -> Result<Option<ProductId>, Rejection> {
        if answer.status != ProductStanding::Registered {
            return Ok(None);
        }
        let Some(text) = &answer.registration_code else {
            return Err(self.unusable("未给出标识码", "it registers without an identifier").clause(CODE));
        };
        let code = ProductId::parse(text).map_err(|error| {
            self.unusable(
                &format!("给出的标识码不合规：{error}"),
                &format!("the identifier it gives is not in order: {error}"),
            )
            .clause(CODE)
        })?;
        if code.owner() != self.provider_id {
            return Err(self
                .unusable("标识码属于另一主体", "the identifier it gives is of another owner")
                .clause(CODE));
        }
        if self.node_id.get(AREA).is_some_and(|area| area != code.area().as_str()) {
            return Err(self
                .unusable("标识码属于另一区域或行业", "the identifier it gives is of another area")
                .clause(CODE));
        }
        if self.code.as_ref().is_some_and(|there| *there != code) {
            return Err(self.unusable("更改了已分配的标识码", "it changes the identifier that it gave").clause(CODE));
        }
        Ok(Some(code))
    }

    fn unknown(&self) -> RegistrationReason {
        let (zh, en) = ("功能节点没有该产品的登记", "the function node knows nothing of the product");
        RegistrationReason { member: String::new(), message: format!("{zh} / {en}") }
    }

    fn unusable(&self, zh: &str, en: &str) -> Rejection {
        let (product, node) = (&self.product_id, &self.node_id);
        Rejection::conflict(
            "registration-answer",
            format!("功能节点 {node} 对产品 {product} 的答复不可用：{zh}"),
            format!("the answer of function node {node} about product {product} is of no use: {en}"),
        )
        .clause(CLAUSE)
    }
}

/// The reasons of an answer, as they are kept.
fn reasons(answer: &ProductAnswer) -> Vec<RegistrationReason> {
    let cut = |text: &str, most: usize| text.trim().chars().take(most).collect::<String>();
    let one = |reason: &ProductReason| RegistrationReason {
        member: cut(&reason.member, NAME),
        message: cut(&reason.message, WORDS),
    };
    answer.reasons.iter().take(REASONS).map(one).collect()
}

fn words(reasons: &[RegistrationReason]) -> String {
    let all = reasons.iter().map(|one| match one.member.as_str() {
        "" => one.message.clone(),
        member => format!("{member}：{}", one.message),
    });
    all.collect::<Vec<_>>().join("；").chars().take(WORDS).collect()
}

/// 1, 2, 4 … 60 minutes.
fn pause(looks: u32) -> SignedDuration {
    FIRST.checked_mul(1_i32.checked_shl(looks.min(16)).unwrap_or(1)).map_or(LONGEST, |pause| pause.min(LONGEST))
}
