//! Who used, for the evidence: a pseudonym under which the uses of one person are found and which says nothing of the person to anybody who has not the secret of
//! this node. TC609-6-2025-15 §7.2.3 d (特定用户行为), §10.4 c (脱敏).

pub use xinyu_core::pseudonym::is_one;
use xinyu_core::pseudonym::{SECRET, of};

use crate::failure::Failure;
use crate::node::Node;

/// The pseudonym of a login name.
///
/// # Errors
/// If the store fails.
pub async fn pseudonym(node: &Node, name: &str) -> Result<String, Failure> {
    let fresh = hex::encode(node.store.ids().bytes::<32>());
    let secret = node.store.read("usage.pseudonyms", |tx| {
        Box::pin(async move { xinyu_store::setting::find(tx, SECRET).await.map_err(Failure::from) })
    });
    let secret = match secret.await? {
        Some(secret) => secret,
        None => {
            let made = node.store.write("usage.pseudonyms", move |tx| {
                Box::pin(
                    async move { xinyu_store::setting::find_or_set(tx, SECRET, &fresh).await.map_err(Failure::from) },
                )
            });
            made.await?
        }
    };
    Ok(of(&secret, name))
}
