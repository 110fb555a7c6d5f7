//! Peers: learnt from the platform, with the credential that proves their keys.

use xinyu_core::agreement::PartyRecord;
use xinyu_core::fault::Rejection;
use xinyu_identity::credential::Credential;
use xinyu_protocol::tc609::application::PartyCard;
use xinyu_shell::{Failure, Node};

/// A peer as a record to keep, its credential checked.
///
/// # Errors
/// If the credential is not the platform's, or not for this peer.
pub fn check(node: &Node, card: &PartyCard) -> Result<PartyRecord, Failure> {
    let now = node.store.clock().now();
    let refuse = |why: String| {
        Rejection::bad(
            "peer-credential",
            format!("{} 的凭证无效：{why}", card.connector_id),
            format!("the credential of {} is not valid: {why}", card.connector_id),
        )
    };
    let credential = Credential::verify(&card.credential, &node.platform.keys, &node.platform.id, now)
        .map_err(|error| refuse(error.to_string()))?;
    if credential.sub.as_str() != card.connector_id.as_str() || credential.address != card.address {
        return Err(refuse("it is for another connector or address".to_owned()).into());
    }
    Ok(PartyRecord {
        party_id: card.connector_id.as_str().to_owned(),
        participant_id: card.participant_id.as_str().to_owned(),
        name: card.participant_name.clone(),
        role: card.role,
        address: card.address.clone(),
        keys: credential.keys,
    })
}
