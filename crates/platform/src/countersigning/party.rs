//! Who the parties of a contract are, asked of the register of members; and each with its signature, for people.

use xinyu_core::contract::Registered;
use xinyu_core::countersigning::gathering::{self, Gathering};
use xinyu_core::countersigning::service_of;
use xinyu_core::fault::Rejection;
use xinyu_protocol::api::countersigning::{PartyInfo, SigningInfo};
use xinyu_protocol::tc609::contract::{Contract, Signatory, SignedContract};
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_store::Tx;

use crate::application::member;

/// That every service party is an admitted member of the space, in that role and under that name.
///
/// # Errors
/// If one is not, with its place.
pub(crate) async fn must_serve(tx: &mut Tx, contract: &Contract) -> Result<(), Failure> {
    for (index, party) in contract.expansion_item.service_parties.iter().enumerate() {
        let found = xinyu_store::member::find(tx, party.connector_id.as_str()).await?;
        let found = found.filter(|member| member.state.is_admitted());
        let (id, name) = (&party.connector_id, &party.name);
        let (zh, en) = match found {
            None => (format!("{id} 未获准接入"), format!("{id} is not admitted")),
            Some(member) if member.role != Role::Service => {
                (format!("{id} 的角色不是数据服务方"), format!("{id} has not the role of a service party"))
            }
            Some(member) if !member.spaces.contains(&contract.expansion_item.space_id) => {
                (format!("{id} 不在该空间内"), format!("{id} is not in the space"))
            }
            Some(member) if member.name != *name => {
                (format!("{id} 登记的名称不是「{name}」"), format!("{id} is not registered as {name}"))
            }
            Some(_) => continue,
        };
        return Err(Rejection::bad("service-party", zh, en)
            .clause(format!("/contract/contract/expansionItem/serviceParties/{index}"))
            .next(Text::new(
                "请在协商中更正数据服务方后重新签署",
                "correct the service party in a new round and sign anew",
            ))
            .into());
    }
    Ok(())
}

/// That every signatory is admitted still, and signed with a key that is its own still.
///
/// # Errors
/// If one is not.
pub(super) async fn must_all_stand(tx: &mut Tx, signed: &SignedContract) -> Result<(), Failure> {
    for (index, signature) in signed.signatures.iter().enumerate() {
        let member = member(tx, &signature.connector_id).await?;
        if member.keys.by_kid(&signature.kid).is_none() {
            let id = &signature.connector_id;
            return Err(Rejection::conflict(
                "key-revoked",
                format!("{id} 签署所用的密钥已作废"),
                format!("the key with which {id} signed is good no more"),
            )
            .clause(format!("/signatures/{index}"))
            .into());
        }
    }
    Ok(())
}

/// Who signs a contract: of the text in force, or of the one on its way.
#[must_use]
pub fn parties(contract: &Registered, newest: Option<&Gathering>) -> Vec<PartyInfo> {
    if let Some(signed) = &contract.signed {
        return signed.contract.signatory_entities.iter().map(|one| info(one, &signed.contract, "signed")).collect();
    }
    newest.map(of).unwrap_or_default()
}

fn of(gathering: &Gathering) -> Vec<PartyInfo> {
    let contract = &gathering.signed.contract;
    let all = contract.signatory_entities.iter();
    all.map(|one| info(one, contract, gathering.state_of(one.connector_id.as_str()))).collect()
}

fn info(party: &Signatory, contract: &Contract, state: &str) -> PartyInfo {
    PartyInfo {
        connector_id: party.connector_id.to_string(),
        name: party.signatory_entity_name.clone(),
        signatory_type: party.signatory_type.clone(),
        service: service_of(contract, party.connector_id.as_str()),
        state: state.to_owned(),
    }
}

/// How signatures are gathered, for people.
#[must_use]
pub fn signing_info(gathering: &Gathering) -> SigningInfo {
    SigningInfo {
        version: gathering.signed.contract.version(),
        contract_hash: gathering.contract_hash.clone(),
        state: gathering.state.as_str().to_owned(),
        opened_at: gathering.opened_at,
        answer_by: gathering.answer_by,
        reason: gathering.reason.clone().filter(|_| gathering.state != gathering::State::Filed),
        parties: of(gathering),
    }
}
