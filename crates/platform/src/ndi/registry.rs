//! What the identity interfaces may know of persons, organisations and operators: the one place that reads it. An organisation is a member as it was
//! admitted; a person is a member whose identity information is a person's; an operator is a delegation. What is sealed is opened for the one answer.
//! NDI-TR-2025-03 §6, §8.3.2.

use serde::Serialize;
use serde_json::{Map, Value, json};
use xinyu_core::delegation::Delegation;
use xinyu_core::participant::{Member, MemberState};
use xinyu_protocol::ndi::identity::{Attachment, EnterpriseBase, OperatorBase, PersonBase};
use xinyu_protocol::tc609::identity::{AttachmentCard, IdentityFile, IdentityStatus};
use xinyu_shell::Failure;
use xinyu_store::{Timestamp, Tx};

use super::grant;
use crate::app::Platform;
use crate::{delegation, identity};

/// Before the key of a delegation in a token: what it opens is an operator.
pub(super) const OPERATOR: &str = "operator:";

/// Somebody whose identity is kept, and whether it is good.
pub(super) struct Found<B> {
    pub(super) base: B,
    pub(super) extend: Option<Map<String, Value>>,
    pub(super) attached: Vec<Attachment>,
    pub(super) is_usable: bool,
}

/// The member that speaks for a participant: one that is admitted, whatever became of its other connectors.
async fn member_of(tx: &mut Tx, participant_id: &str) -> Result<Option<Member>, Failure> {
    let members = xinyu_store::member::list(tx).await?;
    let own = members.into_iter().filter(|member| member.participant_id.as_str() == participant_id);
    Ok(own.min_by_key(|member| member.state != MemberState::Approved))
}

fn is_person(file: &IdentityFile) -> bool {
    file.person.is_some() && file.organisation.is_none()
}

fn flag(is_so: bool) -> String {
    if is_so { "1" } else { "0" }.to_owned()
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

fn card(card: AttachmentCard) -> Attachment {
    Attachment {
        attach_type: card.attach_type.words().0.to_owned(),
        attach_name: card.attach_name,
        attach_code: card.attach_code,
        issue_org: card.issue_org,
        issue_date: card.issue_date,
        expire_date: card.expire_date,
        verify_url: card.verify_url,
        description: card.description,
    }
}

/// The members of a table that say something.
fn said<T: Serialize>(table: &T) -> Result<Option<Map<String, Value>>, Failure> {
    match serde_json::to_value(table).map_err(Failure::broken)? {
        Value::Object(mut members) => {
            members.retain(|_, value| !value.is_null());
            Ok((!members.is_empty()).then_some(members))
        }
        _ => Ok(None),
    }
}

async fn attached(tx: &mut Tx, connector_id: &str) -> Result<Vec<Attachment>, Failure> {
    let all = xinyu_store::attachment::list(tx, connector_id).await?;
    Ok(all.into_iter().map(|one| card(one.card)).collect())
}

/// The organisation of a participant, if it has ever registered and is one.
pub(super) async fn enterprise(
    platform: &Platform,
    tx: &mut Tx,
    participant_id: &str,
) -> Result<Option<Found<EnterpriseBase>>, Failure> {
    let Some(member) = member_of(tx, participant_id).await? else {
        return Ok(None);
    };
    let file = identity::admitted(platform, tx, &member).await?;
    if file.as_ref().is_some_and(is_person) {
        return Ok(None);
    }
    let is_usable = member.state == MemberState::Approved;
    let organisation = file.and_then(|file| file.organisation);
    let (base, extend) = match organisation {
        Some(organisation) => (Some(organisation.base), said(&organisation.extend)?),
        None => (None, None),
    };
    let of_base =
        |read: fn(&xinyu_protocol::tc609::identity::EnterpriseBase) -> Option<String>| base.as_ref().and_then(read);
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Ok(Some(Found {
        attached: attached(tx, member.connector_id.as_str()).await?,
        extend,
        base: EnterpriseBase {
            identity_code: member.participant_id.as_str().to_owned(),
            enterprise_name: member.name.clone(),
            enterprise_code: member.participant_id.as_str().to_owned(),
            enterprise_type: of_base(|base| Some(base.enterprise_type.code().to_owned())),
            operating_period_begin: of_base(|base| base.operating_period_begin.clone()),
            operating_period_end: of_base(|base| base.operating_period_end.clone()),
            // 0 人工核验, where nothing else is said: the operator reviewed the registration.
            auth_type: of_base(|base| base.auth_type.map(|kind| kind.code().to_owned())).unwrap_or_else(|| flag(false)),
            auth_status: flag(is_usable),
            auth_date: member.decided_at.map(day),
            legal_person: base.as_ref().and_then(|base| text(&base.legal_person)),
            legal_person_certno: base.as_ref().and_then(|base| text(&base.legal_person_certno)),
            legal_person_auth_level: of_base(|base| Some(base.legal_person_auth_level.code().to_owned())),
            legal_person_auth_type: of_base(|base| base.legal_person_auth_type.map(|kind| kind.code().to_owned())),
            identity_status: flag(is_usable),
        },
        is_usable,
    }))
}

/// The person that a participant is, if it has ever registered and is one.
pub(super) async fn person(
    platform: &Platform,
    tx: &mut Tx,
    participant_id: &str,
) -> Result<Option<Found<PersonBase>>, Failure> {
    let Some(member) = member_of(tx, participant_id).await? else {
        return Ok(None);
    };
    let file = identity::admitted(platform, tx, &member).await?.filter(is_person);
    let Some(person) = file.and_then(|file| file.person) else {
        return Ok(None);
    };
    let own = person.base;
    // What the person itself says to be unusable is, whoever admitted it.
    let is_usable =
        member.state == MemberState::Approved && own.identity_status.is_none_or(|one| one == IdentityStatus::Usable);
    Ok(Some(Found {
        attached: attached(tx, member.connector_id.as_str()).await?,
        extend: said(&person.extend)?,
        base: PersonBase {
            identity_code: member.participant_id.as_str().to_owned(),
            full_name: own.full_name,
            cert_type: own.cert_type.code().to_owned(),
            cert_code: own.cert_code,
            cert_effdate: own.cert_effdate,
            cert_expdate: own.cert_expdate,
            phone: own.phone,
            auth_level: own.auth_level.code().to_owned(),
            auth_type: own.auth_type.map(|kind| kind.code().to_owned()),
            auth_time: own.auth_time.or_else(|| member.decided_at.map(day)),
            identity_status: flag(is_usable),
        },
        is_usable,
    }))
}

/// The identifier of an operator: its organisation's code and the number of its document, as the standard's sample has it.
fn operator_code(participant_id: &str, operator_id: &str) -> String {
    format!("{participant_id}/{operator_id}")
}

/// The operator of a delegation, if there is one.
pub(super) async fn operator(
    platform: &Platform,
    tx: &mut Tx,
    delegation_id: &str,
) -> Result<Option<Found<OperatorBase>>, Failure> {
    let Some(found) = xinyu_store::delegation::find(tx, delegation_id).await? else {
        return Ok(None);
    };
    let Some(member) = xinyu_store::member::find(tx, &found.connector_id).await? else {
        return Ok(None);
    };
    let person = delegation::person(&platform.node, tx, delegation_id).await?;
    let code = operator_code(member.participant_id.as_str(), &person.operator_id);
    let is_usable = acts(tx, &found, &member, &code).await?;
    let licence = identity::admitted(platform, tx, &member).await?.and_then(|file| file.organisation);
    let licence = licence.and_then(|organisation| organisation.extend.business_license);
    let mut extend = Map::from_iter([("enterpriseName".to_owned(), Value::from(member.name.as_str()))]);
    if let Some(licence) = licence {
        extend.insert("businessLicense".to_owned(), Value::from(licence));
    }
    let letter = match &found.attachment_id {
        Some(id) => xinyu_store::attachment::find(tx, id).await?,
        None => None,
    };
    let letter = letter.filter(|(letter, _)| letter.connector_id == found.connector_id);
    Ok(Some(Found {
        attached: letter.into_iter().map(|(letter, _)| card(letter.card)).collect(),
        extend: Some(extend),
        base: OperatorBase {
            identity_code: code,
            operator: person.operator,
            // 1 居民身份证: no other is taken when an operator is registered.
            operator_id_type: flag(true),
            operator_id: person.operator_id,
            operator_auth_level: found.operator_auth_level.code().to_owned(),
            operator_auth_type: person.operator_auth_type.map(|kind| kind.code().to_owned()),
            authorization_type: found.authorization_type.code().to_owned(),
            enterprise_code: member.participant_id.as_str().to_owned(),
            auth_status: flag(is_usable),
            auth_time: day(found.registered_at),
        },
        is_usable,
    }))
}

/// Whether an operator may act: its delegation is good now, its organisation is admitted, and nobody has said that it acts no more.
async fn acts(tx: &mut Tx, found: &Delegation, member: &Member, code: &str) -> Result<bool, Failure> {
    let is_good = found.status(tx.now()) == IdentityStatus::Usable && member.state == MemberState::Approved;
    Ok(is_good && xinyu_store::ndi::logged_off(tx, &grant::digest(code)).await?.is_none())
}

/// Whether the operator of a delegation was logged off, here or by a node.
///
/// # Errors
/// If the store fails.
pub async fn is_logged_off(platform: &Platform, tx: &mut Tx, one: &Delegation) -> Result<bool, Failure> {
    Ok(match code_of(platform, tx, one).await? {
        Some(code) => xinyu_store::ndi::logged_off(tx, &grant::digest(&code)).await?.is_some(),
        None => false,
    })
}

/// The identifier of a delegation's operator.
///
/// # Errors
/// If the store fails.
pub async fn code_of(platform: &Platform, tx: &mut Tx, one: &Delegation) -> Result<Option<String>, Failure> {
    let Some(member) = xinyu_store::member::find(tx, &one.connector_id).await? else {
        return Ok(None);
    };
    let person = delegation::person(&platform.node, tx, &one.delegation_id).await?;
    Ok(Some(operator_code(member.participant_id.as_str(), &person.operator_id)))
}

/// Whether an operator may act by any of its delegations; none if no such operator was ever registered.
///
/// # Errors
/// If the store fails.
pub async fn may_act(platform: &Platform, tx: &mut Tx, code: &str) -> Result<Option<bool>, Failure> {
    let Some((participant_id, operator_id)) = code.split_once('/') else {
        return Ok(None);
    };
    let mut known = None;
    let members = xinyu_store::member::list(tx).await?;
    for member in members.iter().filter(|member| member.participant_id.as_str() == participant_id) {
        for one in xinyu_store::delegation::list(tx, member.connector_id.as_str()).await? {
            let person = delegation::person(&platform.node, tx, &one.delegation_id).await?;
            if person.operator_id == operator_id {
                known = Some(known.unwrap_or(false) || acts(tx, &one, member, code).await?);
            }
        }
    }
    Ok(known)
}

/// An answer of the kind that an interface gives: the base alone across regions, everything within.
pub(super) fn shown<B: Serialize>(found: Found<B>, is_whole: bool) -> Result<Value, Failure> {
    let base = serde_json::to_value(&found.base).map_err(Failure::broken)?;
    if !is_whole {
        return Ok(base);
    }
    let mut whole = json!({ "baseInfo": base });
    if let Some(members) = whole.as_object_mut() {
        if let Some(extend) = found.extend {
            members.insert("extendInfo".to_owned(), Value::Object(extend));
        }
        if !found.attached.is_empty() {
            let attached = serde_json::to_value(&found.attached).map_err(Failure::broken)?;
            members.insert("attachInfo".to_owned(), attached);
        }
    }
    Ok(whole)
}
