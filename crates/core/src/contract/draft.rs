//! Drawing up a contract from an approved application and the terms agreed on, and checking a draft that a peer drew up. TC609-6-2025-14 §7.2, §7.3. Pure.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use xinyu_crypto::Suite;
use xinyu_protocol::id::{ConnectorId, ContractId, ParticipantId, ProductId};
use xinyu_protocol::tc609::catalog::CatalogEntry;
use xinyu_protocol::tc609::contract::{Contract, SERVICE, Signatory, Terms};
use xinyu_protocol::tc609::countersigning::ServiceParty;
use xinyu_protocol::tc609::filing::FilingKey;
use xinyu_protocol::tc609::negotiation::{AgreedProposal, ProposedTerms};
use xinyu_protocol::time;

use crate::fault::Rejection;

/// One side of a contract to be drawn up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The organisation.
    pub participant_id: ParticipantId,
    /// Its name.
    pub name: String,
    /// The connector that signs and enforces.
    pub connector_id: ConnectorId,
}

/// What a contract is drawn up from.
#[derive(Clone, Debug)]
pub struct Basis<'a> {
    /// The id the platform allocated.
    pub contract_id: &'a ContractId,
    /// The application both approved.
    pub application_id: &'a str,
    /// The product as listed.
    pub entry: &'a CatalogEntry,
    /// What was agreed on: policies, price and term.
    pub terms: &'a ProposedTerms,
    /// Which proposal said so; none in a negotiation that began before proposals were signed.
    pub proposal: Option<AgreedProposal>,
    /// The provider.
    pub provider: &'a Party,
    /// The consumer.
    pub consumer: &'a Party,
    /// The space's suite.
    pub suite: Suite,
    /// The keys that the filed text is sealed for; none where the space does not ask for it.
    pub filing_keys: &'a [FilingKey],
}

/// `signMode` of a contract that the parties negotiate between their connectors.
const DIRECT: &str = "01";
/// `signMode` of a contract that was negotiated with the platform: see [`crate::draft`].
pub const ASSISTED: &str = "02";

/// How far the signing time of a peer's draft may be from our clock.
pub const SIGNING_SKEW_SECONDS: i64 = 600;

/// Draws the contract up.
///
/// # Errors
/// If the term is not a duration.
pub fn draw_up(basis: &Basis<'_>, now: Timestamp) -> Result<Contract, Rejection> {
    let term = &basis.terms.term;
    let term = time::parse_duration(term).and_then(|term| time::add(now, &term)).map_err(|error| {
        Rejection::bad(
            "contract-term",
            format!("产品 {} 的合约期限「{term}」无效：{error}", basis.entry.product_id),
            format!("the term {term} of product {} is not a duration: {error}", basis.entry.product_id),
        )
    })?;
    let signatory = |party: &Party, signatory_type: &str| Signatory {
        signatory_entity_id: party.participant_id.clone(),
        signatory_entity_name: party.name.clone(),
        signatory_type: signatory_type.to_owned(),
        connector_id: party.connector_id.clone(),
    };
    let serving = |party: &ServiceParty| Signatory {
        signatory_entity_id: party.participant_id(),
        signatory_entity_name: party.name.clone(),
        signatory_type: SERVICE.to_owned(),
        connector_id: party.connector_id.clone(),
    };
    let two = [
        signatory(basis.provider, xinyu_protocol::tc609::contract::PROVIDER),
        signatory(basis.consumer, xinyu_protocol::tc609::contract::CONSUMER),
    ];
    let product = &basis.entry.product;
    Ok(Contract {
        contract_id: basis.contract_id.clone(),
        contract_name: product.name.chars().take(120).collect::<String>() + "使用合约",
        contract_abstract: product.description.chars().take(1024).collect(),
        create_time: time::compact(now),
        sign_mode: DIRECT.to_owned(),
        sign_time: time::compact(now),
        indate: time::compact(term),
        signatory_entities: two.into_iter().chain(basis.terms.service_parties.iter().map(serving)).collect(),
        contract_policies: bind(&basis.terms.policies, basis),
        expansion_item: Terms {
            space_id: basis.entry.space_id.clone(),
            suite: basis.suite.to_string(),
            application_id: basis.application_id.to_owned(),
            agreement_id: format!("urn:xinyu:agreement:{}", basis.contract_id),
            revenue: basis.terms.revenue.clone(),
            templates: basis.entry.templates.clone(),
            proposal: basis.proposal.clone(),
            smart_clauses: basis.entry.smart_clauses.clone(),
            service_parties: basis.terms.service_parties.clone(),
            filing_keys: basis.filing_keys.to_vec(),
            version: None,
        },
    })
}

/// Names the parties and the product in every rule.
fn bind(policies: &[Value], basis: &Basis<'_>) -> Vec<Value> {
    let node = json!({
        "assignerId": basis.provider.connector_id.as_str(),
        "assigneeId": basis.consumer.connector_id.as_str(),
    });
    let subject = json!({
        "dataProductId": basis.entry.product_id.as_str(),
        "dataProductName": basis.entry.product.name,
        "dataProductEntityId": basis.provider.participant_id.as_str(),
    });
    write_into_rules(policies, &node, &subject, &basis.terms.service_parties)
}

/// The policies of a listing as they will be in a contract, with the provider in the place of the consumer that is not known yet: for checking.
#[must_use]
pub fn bind_template(
    policies: &[Value],
    provider: &ConnectorId,
    product: &ProductId,
    services: &[ServiceParty],
) -> Vec<Value> {
    let node = json!({ "assignerId": provider.as_str(), "assigneeId": provider.as_str() });
    let subject = json!({
        "dataProductId": product.as_str(),
        "dataProductEntityId": product.owner().as_str(),
    });
    write_into_rules(policies, &node, &subject, services)
}

/// Names the parties and the product of a contract in every rule, as its own rules do: for a later version of it.
#[must_use]
pub fn bind_as_in(contract: &Contract, policies: &[Value]) -> Vec<Value> {
    let party =
        |party: Option<&Signatory>| party.map(|party| party.connector_id.as_str()).unwrap_or_default().to_owned();
    let node = json!({ "assignerId": party(contract.provider()), "assigneeId": party(contract.consumer()) });
    let rules = contract.contract_policies.iter().filter_map(Value::as_object).flat_map(|kinds| kinds.values());
    let subject = rules.filter_map(Value::as_array).flatten().find_map(|rule| rule.get("subject")).cloned();
    let services = &contract.expansion_item.service_parties;
    write_into_rules(policies, &node, &subject.unwrap_or_default(), services)
}

/// The service party that a rule names as the one it is for (C.3 `assigneeId`), if it names one.
fn served_by<'s>(rule: &Map<String, Value>, services: &'s [ServiceParty]) -> Option<&'s ConnectorId> {
    let node = ["executionNode", "executionNodeInfo"].iter().find_map(|name| rule.get(*name))?;
    let named = ["assigneeId", "consumerNodeId"].iter().find_map(|name| node.get(*name))?.as_str()?;
    services.iter().map(|party| &party.connector_id).find(|id| id.as_str() == named)
}

/// A rule is the consumer's unless it names a service party.
fn write_into_rules(policies: &[Value], node: &Value, subject: &Value, services: &[ServiceParty]) -> Vec<Value> {
    let mut bound = policies.to_vec();
    for rule in bound
        .iter_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(|kinds| kinds.values_mut())
        .filter_map(Value::as_array_mut)
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        let mut node = node.clone();
        if let (Some(serving), Some(members)) = (served_by(rule, services), node.as_object_mut()) {
            rule.remove("executionNodeInfo");
            members.insert("assigneeId".to_owned(), json!(serving.as_str()));
        }
        rule.insert("executionNode".to_owned(), node);
        rule.insert("subject".to_owned(), subject.clone());
    }
    bound
}

/// Checks a draft that the provider drew up against what was applied for and agreed on: nothing may differ but the times, and those must be near.
///
/// # Errors
/// A [`Rejection`] naming the first member that differs.
pub fn check(draft: &Contract, basis: &Basis<'_>, now: Timestamp) -> Result<(), Rejection> {
    let signed_at = time::parse_compact(&draft.sign_time).map_err(|error| {
        Rejection::bad(
            "sign-time",
            format!("签署时间无效：{error}"),
            format!("the signing time is not a time: {error}"),
        )
    })?;
    let skew = signed_at.as_second().abs_diff(now.as_second());
    if skew > SIGNING_SKEW_SECONDS.unsigned_abs() {
        return Err(Rejection::bad(
            "sign-time",
            format!("合约 {} 的签署时间 {} 与本地时间相差 {skew} 秒", draft.contract_id, draft.sign_time),
            format!(
                "the signing time {} of contract {} is {skew} s away from our clock",
                draft.sign_time, draft.contract_id
            ),
        )
        .clause("TC609-6-2025-14 表1"));
    }
    let expected = draw_up(basis, signed_at)?;
    let (theirs, ours) = (to_value(draft)?, to_value(&expected)?);
    if let Some(pointer) = first_difference("", &theirs, &ours) {
        return Err(Rejection::bad(
            "contract-differs",
            format!("合约 {} 与申请和商定的条款不一致：{pointer}", draft.contract_id),
            format!("contract {} differs from the application and the terms agreed on at {pointer}", draft.contract_id),
        )
        .clause(pointer));
    }
    Ok(())
}

pub(crate) fn to_value(contract: &Contract) -> Result<Value, Rejection> {
    serde_json::to_value(contract).map_err(|error| Rejection::unwritable(&error.to_string()))
}

pub(crate) fn first_difference(at: &str, left: &Value, right: &Value) -> Option<String> {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => left.keys().chain(right.keys()).find_map(|key| {
            let (l, r) = (left.get(key).unwrap_or(&Value::Null), right.get(key).unwrap_or(&Value::Null));
            first_difference(&format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), l, r)
        }),
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(index, (l, r))| first_difference(&format!("{at}/{index}"), l, r)),
        (left, right) if left == right => None,
        _ => Some(if at.is_empty() { "/".to_owned() } else { at.to_owned() }),
    }
}
