//! Credentials of the platform: issued with a place of their own in a status list, revoked, and the lists, signed. NDI-TR-2025-03 §8; W3C Bitstring
//! Status List v1.0.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use xinyu_core::credential::{Issued, PLACES_PER_LIST};
use xinyu_core::effect::Effect;
use xinyu_core::fault::Rejection;
use xinyu_core::participant::{Admission, Member, MemberState};
use xinyu_identity::StatusList;
use xinyu_identity::credential::{Credential, Holder, StatusEntry};
use xinyu_identity::did::DidWeb;
use xinyu_identity::status::{MAX_LIFE_SECONDS, MIN_ENTRIES};
use xinyu_protocol::id::PartyId;
use xinyu_protocol::tc609::participant::{SignedList, SpaceCard};
use xinyu_shell::Failure;
use xinyu_shell::standing::list_url;
use xinyu_store::Tx;

use crate::app::Platform;

/// How long a credential is good.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);
/// How often a free place is looked for by chance: with half of a list taken, all of these fail once in 2⁶⁴.
const TRIES: u32 = 64;

/// A new credential for a member, with the spaces it opens.
///
/// # Errors
/// If the store fails.
pub(super) async fn admit(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<Admission, Failure> {
    let now = tx.now();
    let expires_at = now.checked_add(LIFE).map_err(Failure::broken)?;
    let credential_id = tx.new_id();
    let list = xinyu_store::credential::count(tx).await? / PLACES_PER_LIST + 1;
    for _ in 0..TRIES {
        let index = tx.entropy() % MIN_ENTRIES;
        let claims = Credential {
            iss: PartyId::from(platform.options.platform_id.clone()),
            sub: PartyId::from(member.connector_id.clone()),
            jti: credential_id,
            iat: now.as_second(),
            nbf: now.as_second(),
            exp: expires_at.as_second(),
            participant: Holder { id: member.participant_id.clone(), name: member.name.clone(), role: member.role },
            keys: member.keys.clone(),
            address: member.address.clone(),
            did: DidWeb::from_base_url(&member.address).map_err(Failure::broken)?,
            status: StatusEntry { list: Some(list_url(&platform.node.address, list)), index },
        };
        let credential = Credential::issue(&claims, platform.node.ring.signing(platform.node.suite));
        let issued = Issued {
            credential_id,
            connector_id: member.connector_id.clone(),
            participant_id: member.participant_id.clone(),
            list,
            index,
            digest: platform.node.suite.hash(credential.as_bytes()).to_string(),
            issued_at: now,
            expires_at,
            revoked_at: None,
            reason: String::new(),
        };
        if xinyu_store::credential::insert(tx, &issued).await? {
            return Ok(Admission { credential_id, credential, spaces: cards(tx, &member.spaces).await? });
        }
    }
    Err(Failure::broken("no free place in the status list was found"))
}

async fn cards(tx: &mut Tx, spaces: &[String]) -> Result<Vec<SpaceCard>, Failure> {
    let mut cards = Vec::new();
    for space in spaces {
        if let Some(space) = xinyu_store::space::find(tx, space).await? {
            cards.push(SpaceCard {
                space_id: space.space_id,
                name: space.name,
                suite: space.suite.to_string(),
                unsigned_agreements: space.unsigned_agreements,
                registered_components: space.registered_components,
                sealed_filing: space.sealed_filing,
                report_period: space.report_period,
                max_silence: space.max_silence,
            });
        }
    }
    Ok(cards)
}

/// Offers a member the verifiable credentials that other makers' connectors know it by. DCP 1.0.1.
///
/// # Errors
/// If its address has no DID, which admission rules out.
pub(super) fn offer(platform: &Platform, tx: &mut Tx, member: &Member) -> Result<Option<Effect>, Failure> {
    let did = DidWeb::from_base_url(&member.address).map_err(Failure::broken)?;
    Ok(platform.options.issuance.offer(tx.new_id(), platform.node.dcp.did.as_str(), did.as_str())?)
}

/// Revokes whatever credentials of a member are good.
///
/// # Errors
/// If the store fails.
pub(super) async fn revoke(tx: &mut Tx, member: &Member, reason: &str) -> Result<(), Failure> {
    let now = tx.now();
    for issued in xinyu_store::credential::lock_active(tx, member.connector_id.as_str()).await? {
        xinyu_store::credential::save(tx, &issued.revoked(reason, now)).await?;
    }
    Ok(())
}

/// The lists in which something is set, signed, by number.
async fn lists(platform: &Platform, tx: &mut Tx) -> Result<BTreeMap<u64, SignedList>, Failure> {
    let mut all: BTreeMap<u64, StatusList> = BTreeMap::new();
    for (number, place) in xinyu_store::credential::revoked(tx).await? {
        let list = match all.entry(number) {
            std::collections::btree_map::Entry::Occupied(there) => there.into_mut(),
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(StatusList::new(MIN_ENTRIES).map_err(Failure::broken)?)
            }
        };
        list.set(place, true).map_err(Failure::broken)?;
    }
    all.into_iter().map(|(number, list)| Ok((number, sign(platform, tx, number, &list)?))).collect()
}

fn sign(platform: &Platform, tx: &Tx, number: u64, list: &StatusList) -> Result<SignedList, Failure> {
    let url = list_url(&platform.node.address, number);
    let issuer = PartyId::from(platform.options.platform_id.clone());
    let key = platform.node.ring.signing(platform.node.suite);
    let token = list.issue(&issuer, &url, MAX_LIFE_SECONDS, tx.now(), key).map_err(Failure::broken)?;
    Ok(SignedList { url, token })
}

/// The lists in which something is set, signed.
///
/// # Errors
/// If the store fails.
pub(super) async fn signed(platform: &Platform, tx: &mut Tx) -> Result<Vec<SignedList>, Failure> {
    Ok(lists(platform, tx).await?.into_values().collect())
}

/// `GET /status/{list}`: open to all, as the W3C recommendation wants it. One that is not begun is empty.
///
/// # Errors
/// If that is no number of a list.
pub async fn list(State(platform): State<Platform>, Path(number): Path<String>) -> Result<Response, Failure> {
    let number: u64 = number.parse().ok().filter(|number| (1..=1_000_000).contains(number)).ok_or_else(|| {
        Rejection::unknown(
            "unknown-list",
            format!("没有状态列表「{number}」"),
            format!("status list {number} does not exist"),
        )
    })?;
    let this = platform.clone();
    let found = platform.node.store.read("credential.list", move |tx| {
        Box::pin(async move {
            match lists(&this, tx).await?.remove(&number) {
                Some(list) => Ok::<_, Failure>(list),
                None => sign(&this, tx, number, &StatusList::new(MIN_ENTRIES).map_err(Failure::broken)?),
            }
        })
    });
    let mut response = found.await?.token.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/jwt"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Credentials of before there was a table of them get their row, at the place that they name; one whose place is taken is issued anew.
///
/// # Errors
/// If the store fails.
pub async fn adopt(platform: &Platform) -> Result<(), Failure> {
    let this = platform.clone();
    platform
        .node
        .store
        .write("credential.adopt", move |tx| {
            Box::pin(async move {
                let all = xinyu_store::member::list(tx).await?;
                for member in all.into_iter().filter(|member| member.state == MemberState::Approved) {
                    if member.credential_id.is_none() {
                        adopt_one(&this, tx, member).await?;
                    }
                }
                Ok::<_, Failure>(())
            })
        })
        .await
}

async fn adopt_one(platform: &Platform, tx: &mut Tx, mut member: Member) -> Result<(), Failure> {
    let (issuer, keys) = (PartyId::from(platform.options.platform_id.clone()), platform.node.ring.public());
    let held = member.credential.as_deref().and_then(|jws| Credential::verify(jws, &keys, &issuer, tx.now()).ok());
    let second = |at| jiff::Timestamp::from_second(at).map_err(Failure::broken);
    let adopted = match held {
        None => None,
        Some(held) => {
            let issued = Issued {
                credential_id: held.jti,
                connector_id: member.connector_id.clone(),
                participant_id: member.participant_id.clone(),
                list: 1,
                index: held.status.index,
                digest: platform
                    .node
                    .suite
                    .hash(member.credential.as_deref().unwrap_or_default().as_bytes())
                    .to_string(),
                issued_at: second(held.iat)?,
                expires_at: second(held.exp)?,
                revoked_at: None,
                reason: String::new(),
            };
            xinyu_store::credential::insert(tx, &issued).await?.then_some(held.jti)
        }
    };
    member.credential_id = adopted;
    if adopted.is_none() {
        let admission = admit(platform, tx, &member).await?;
        let (changed, effects) = xinyu_core::participant::reissue(member, admission)?;
        member = changed;
        xinyu_shell::effect::apply(&Arc::clone(&platform.node), tx, effects).await?;
    }
    xinyu_store::member::save(tx, &member).await?;
    Ok(())
}
