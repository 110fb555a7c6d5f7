//! Connectors of other makers as registered connectors of a member: enrolled, reviewed, adapted, barred, deregistered. 异构接入连接器.
//! TC609-6-2025-16 6.2 d; NDI-TR-2025-05 §6; TC609-6-2025-15 §8.2. Pure.
//!
//! Whose it is is a member; what it is is told by its owner and its maker, and by what a look at it has shown. It has no keys of our kinds and no
//! certificate: it is its DID, and the credentials that it is issued under it say what it may do.

pub mod adapt;
pub mod hold;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_protocol::id::{ConnectorId, ParticipantId};
use xinyu_protocol::tc609::connector::Capabilities;
use xinyu_protocol::tc609::heterogeneous::{DCP, Probed, Statement};
use xinyu_protocol::tc609::participant::Standing;
use xinyu_protocol::text::Text;

use crate::connector::{self, Happened};
use crate::effect::{Draft, Effect};
use crate::fault::Rejection;
use crate::issuance::Entitled;
use crate::participant::{Act, MemberState, target};

/// One of them, as the platform keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heterogeneous {
    /// Its identifier, of the same kind as ours.
    pub connector_id: ConnectorId,
    /// The organisation.
    pub participant_id: ParticipantId,
    /// Its name.
    pub participant_name: String,
    /// The member's own connector, by which the organisation was admitted.
    pub owner: ConnectorId,
    /// What is said of it.
    pub statement: Statement,
    /// What the last look has shown.
    pub probed: Probed,
    /// Where it stands.
    pub state: MemberState,
    /// Whether it is barred for no other reason than that its owner is.
    pub is_barred_with_owner: bool,
    /// When it was enrolled.
    pub registered_at: Timestamp,
    /// When the operator decided.
    pub decided_at: Option<Timestamp>,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Counts the changes of its state.
    pub sequence: u64,
    /// Why it stands there, if somebody said.
    pub note: String,
}

/// Whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// The member's own connector.
    pub connector_id: &'a ConnectorId,
    /// The organisation.
    pub participant_id: &'a ParticipantId,
    /// Its name.
    pub name: &'a str,
    /// Where it stands.
    pub state: MemberState,
    /// The spaces that it is in.
    pub spaces: &'a [String],
}

/// A change, with what to note of it and what it sends and records.
pub type Changed = (Heterogeneous, Happened, Vec<Effect>);

/// That a member may say this of a connector, before anybody looks at it.
///
/// # Errors
/// If the owner is not admitted or not in the spaces, or what is said is not in order.
pub fn check(statement: &Statement, owner: &Owner<'_>) -> Result<(), Rejection> {
    if owner.state != MemberState::Approved {
        return Err(Rejection::forbidden(
            "owner-not-admitted",
            format!("{} 尚未准入或已被停止，不能登记异构接入连接器", owner.name),
            format!("{} is {}: only an admitted member enrols connectors", owner.name, owner.state.as_str()),
        )
        .clause(CLAUSE));
    }
    if statement.authentication != DCP {
        return Err(bad(
            "authentication",
            "认证方式目前仅支持 dcp（DID 与可验证凭证）",
            "only dcp (a DID and verifiable credentials) is known as a way to authenticate",
        ));
    }
    if statement.spaces.is_empty() {
        return Err(bad("spaces", "请至少选择一个逻辑空间", "name at least one space"));
    }
    if let Some(other) = statement.spaces.iter().find(|space| !owner.spaces.contains(space)) {
        return Err(Rejection::forbidden(
            "not-in-space",
            format!("{} 不在空间「{other}」中，其连接器也不能加入", owner.name),
            format!("{} is not in space {other}, so its connector cannot be either", owner.name),
        ));
    }
    connector::check_device(&statement.device)?;
    if statement.device.supplier_name.trim().is_empty() || statement.device.connector_name.trim().is_empty() {
        return Err(bad("device", "请填写厂商与产品名称", "say who made it, and what the product is called"));
    }
    connector::check_capabilities(&capabilities(statement))?;
    if let Some(wrong) = statement.transfer_profiles.iter().find(|one| !is_word(one)) {
        return Err(bad(
            "transferProfiles",
            format!("传输方式「{}」无法识别", shown(wrong)),
            format!("transfer profile {} is not readable", shown(wrong)),
        ));
    }
    match statement.enforces.iter().find(|word| !hold::is_known(word)) {
        Some(unknown) => Err(bad(
            "enforces",
            format!("未知的约束或义务「{}」", shown(unknown)),
            format!("unknown constraint or duty {}", shown(unknown)),
        )),
        None if statement.transfer_profiles.len() > MANY => {
            Err(bad("transferProfiles", "传输方式过多", "too many transfer profiles"))
        }
        None => Ok(()),
    }
}

/// What it can do: what its maker says, and what the look at it has shown to be so.
#[must_use]
pub fn capabilities(statement: &Statement) -> Capabilities {
    let mut abilities = SHOWN.map(str::to_owned).to_vec();
    abilities.extend(statement.abilities.iter().filter(|one| !SHOWN.contains(&one.as_str())).cloned());
    Capabilities { abilities, protocols: vec!["dsp-2025-1".to_owned()], suites: statement.suites.clone() }
}

impl Heterogeneous {
    /// Enrolled for the first time; waits for the review.
    #[must_use]
    pub fn enrol(
        connector_id: ConnectorId,
        owner: &Owner<'_>,
        statement: Statement,
        probed: Probed,
        now: Timestamp,
    ) -> Changed {
        let one = Self {
            connector_id,
            participant_id: owner.participant_id.clone(),
            participant_name: owner.name.to_owned(),
            owner: owner.connector_id.clone(),
            statement,
            probed,
            state: MemberState::Pending,
            is_barred_with_owner: false,
            registered_at: now,
            decided_at: None,
            changed_at: now,
            sequence: 1,
            note: String::new(),
        };
        one.enrolled()
    }

    /// Enrolled again, while it waits, was refused or has left: another statement, another look. One that is admitted is first deregistered.
    ///
    /// # Errors
    /// If it is another member's, or stands where nothing is to be changed.
    pub fn enrol_again(
        mut self,
        owner: &Owner<'_>,
        statement: Statement,
        probed: Probed,
        now: Timestamp,
    ) -> Result<Changed, Rejection> {
        self.must_be_of(owner.participant_id)?;
        self.state = target(Some(self.state), Act::Register).ok_or_else(|| self.impossible(Act::Register))?;
        self.statement = statement;
        self.probed = probed;
        self.owner = owner.connector_id.clone();
        owner.name.clone_into(&mut self.participant_name);
        self.registered_at = now;
        self.decided_at = None;
        self.changed_at = now;
        self.sequence = self.sequence.saturating_add(1);
        self.note.clear();
        Ok(self.enrolled())
    }

    fn enrolled(self) -> Changed {
        let device = &self.statement.device;
        let what = format!("{} {} {}", device.supplier_name, device.connector_name, device.connector_version);
        let happened = Happened::new(
            "connector.enrolled",
            format!("登记异构接入连接器：{}", what.trim()),
            format!("enrolled as another maker's connector: {}", what.trim()),
        );
        let effects = self.records("connector.enrolled", |draft| {
            draft
                .fact("participant", self.participant_id.as_str())
                .fact("did", self.statement.did.as_str())
                .fact("maker", device.supplier_name.as_str())
                .fact("product", device.connector_name.as_str())
                .fact("version", device.connector_version.as_str())
        });
        (self, happened, effects)
    }

    /// That it is a participant's.
    ///
    /// # Errors
    /// If it is somebody else's.
    pub fn must_be_of(&self, participant: &ParticipantId) -> Result<(), Rejection> {
        if self.participant_id == *participant {
            return Ok(());
        }
        Err(Rejection::conflict(
            "did-taken",
            format!("{} 已由另一主体登记", self.statement.did),
            format!("{} is enrolled by another participant", self.statement.did),
        ))
    }

    /// One step of its life after the review: admitted, refused, suspended, resumed, revoked, deregistered.
    ///
    /// # Errors
    /// If the table of participants does not lead there, or a reason is missing.
    pub fn step(mut self, act: Act, reason: &str, now: Timestamp) -> Result<Changed, Rejection> {
        let to = target(Some(self.state), act).ok_or_else(|| self.impossible(act))?;
        let reason = reason.trim();
        let needs_reason = matches!(act, Act::Refuse | Act::Suspend | Act::Revoke | Act::Leave);
        if (needs_reason && reason.is_empty()) || reason.chars().count() > 256 {
            return Err(bad("reason", "请填写原因（1 至 256 字）", "a reason of 1 to 256 characters is needed"));
        }
        let (kind, zh, en) = match act {
            Act::Admit => ("connector.admitted", "审核通过，准入并签发凭证", "admitted, credentials are offered"),
            Act::Refuse => ("connector.refused", "审核未通过", "refused"),
            Act::Suspend => ("connector.suspended", "已暂停，凭证失效", "suspended, its credentials are no good"),
            Act::Resume => ("connector.resumed", "已恢复，重新签发凭证", "resumed, credentials are offered anew"),
            Act::Revoke => ("connector.revoked", "准入已吊销", "its admission is revoked"),
            Act::Leave => ("connector.deregistered", "已注销", "deregistered"),
            Act::Register | Act::Verify | Act::Change => return Err(self.impossible(act)),
        };
        self.state = to;
        self.changed_at = now;
        self.sequence = self.sequence.saturating_add(1);
        self.is_barred_with_owner = false;
        if matches!(act, Act::Admit | Act::Refuse) {
            self.decided_at = Some(now);
        }
        reason.clone_into(&mut self.note);
        let why = |open: &str, close: &str| {
            if reason.is_empty() { String::new() } else { format!("{open}{reason}{close}") }
        };
        let happened = Happened::new(kind, format!("{zh}{}", why("：", "")), format!("{en}{}", why(": ", "")));
        let adaptation: Vec<String> = adapt::plan(&self.statement)
            .into_iter()
            .map(|one| format!("{}={}", one.ability, one.by.as_str()))
            .collect();
        let effects = self.records(kind, |draft| {
            let draft = draft.fact("reason", reason);
            if act == Act::Admit { draft.fact("adaptation", adaptation.clone()) } else { draft }
        });
        Ok((self, happened, effects))
    }

    /// Its owner is barred, and so is it; nothing, if it was barred before.
    #[must_use]
    pub fn follow(self, act: Act, now: Timestamp) -> Option<Changed> {
        let why = "所属主体已被停止 / its member is barred";
        let act = match act {
            Act::Suspend | Act::Resume => act,
            Act::Revoke | Act::Leave if self.state.awaits_review() => Act::Leave,
            Act::Revoke => Act::Revoke,
            Act::Leave => Act::Leave,
            _ => return None,
        };
        if act == Act::Resume && !self.is_barred_with_owner {
            return None;
        }
        let (mut one, happened, effects) = self.step(act, if act == Act::Resume { "" } else { why }, now).ok()?;
        one.is_barred_with_owner = act == Act::Suspend;
        Some((one, happened, effects))
    }

    /// Looked at again; what it serves now, and whether that is something else.
    #[must_use]
    pub fn looked_at(mut self, probed: Probed) -> (Self, Option<Happened>) {
        let names =
            |probed: &Probed| probed.versions.iter().map(|one| one.version.as_str()).collect::<Vec<_>>().join(", ");
        let is_other = (&self.probed.versions, &self.probed.endpoint, &self.probed.credential_service)
            != (&probed.versions, &probed.endpoint, &probed.credential_service);
        let happened = is_other.then(|| {
            Happened::new(
                "connector.versions_changed",
                format!("探测结果已变更：{} → {}", names(&self.probed), names(&probed)),
                format!("serves something else: {} → {}", names(&self.probed), names(&probed)),
            )
        });
        self.probed = probed;
        (self, happened)
    }

    /// As somebody to whom credentials are issued.
    #[must_use]
    pub fn entitled(&self) -> Entitled {
        Entitled {
            connector_id: self.connector_id.clone(),
            participant_id: self.participant_id.clone(),
            name: self.statement.device.name_or(&self.participant_name),
            role: self.statement.role,
            address: self.probed.endpoint.clone(),
            spaces: self.statement.spaces.clone(),
            since: self.decided_at,
            state: self.state,
            protocols: self
                .probed
                .versions
                .iter()
                .map(|one| format!("dataspace-protocol-http:{}", one.version))
                .collect(),
            suites: self.statement.suites.clone(),
            enforces: Some(self.statement.enforces.clone()),
        }
    }

    /// Its standing, as others are told who know it by its DID.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            connector_id: self.connector_id.clone(),
            did: Some(self.statement.did.clone()),
            state: self.state,
            sequence: self.sequence,
            reason: if self.state.is_admitted() { String::new() } else { self.note.clone() },
            changed_at: self.changed_at,
            card: None,
        }
    }

    /// Where an act does not lead.
    #[must_use]
    pub fn impossible(&self, act: Act) -> Rejection {
        let (zh, en) = act.words();
        let rejection = Rejection::conflict(
            "standing",
            format!("异构接入连接器 {} 处于 {}，不能{zh}", self.connector_id, self.state.as_str()),
            format!("connector {} is {} and cannot {en}", self.connector_id, self.state.as_str()),
        );
        if act == Act::Register {
            return rejection
                .next(Text::new("如信息有变，请先注销再重新登记", "deregister it first, then enrol it anew"));
        }
        rejection
    }

    fn records(&self, kind: &'static str, fill: impl Fn(Draft) -> Draft) -> Vec<Effect> {
        let record = |space: &String| Effect::Record(fill(Draft::new(kind, space).subject(self.connector_id.as_str())));
        self.statement.spaces.iter().map(record).collect()
    }
}

fn bad(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Rejection {
    Rejection::bad(code, zh, en).clause(CLAUSE)
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte))
}

fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

/// The clause that all this is for.
pub const CLAUSE: &str = "TC609-6-2025-16 6.2 d";
/// What a look at it has shown to be there: it is reached, is its DID, serves the protocol, which has catalogue, negotiation and transfer.
const SHOWN: [&str; 5] = ["identity", "network", "delivery", "catalog", "contract"];
const MANY: usize = 32;
