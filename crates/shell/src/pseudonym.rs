//! Who used, for the evidence: a pseudonym under which the uses of one person are found and which says nothing of the person to anybody who has not the secret of
//! this node. TC609-6-2025-15 §7.2.3 d (特定用户行为), §10.4 c (脱敏).

use xinyu_crypto::Suite;

use crate::failure::Failure;
use crate::node::Node;

const SECRET: &str = "usage.pseudonyms";

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

/// Whether a word is a pseudonym and no name: a name of that form would be looked for as one.
#[must_use]
pub fn is_one(word: &str) -> bool {
    word.strip_prefix('u')
        .is_some_and(|digest| digest.len() == LENGTH && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

const LENGTH: usize = 24;

fn of(secret: &str, name: &str) -> String {
    let mut hasher = Suite::Intl.hasher();
    for part in ["xinyu-pseudonym-1", secret, name] {
        hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize().to_string();
    format!("u{}", digest.chars().take(LENGTH).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_the_same_for_one_person_of_one_connector_only() {
        assert_eq!(of("s", "wang"), of("s", "wang"));
        for (secret, name) in [("t", "wang"), ("s", "wan"), ("sw", "ang")] {
            assert_ne!(of(secret, name), of("s", "wang"), "{secret} {name}");
        }
        assert!(is_one(&of("s", "wang")) && !is_one("wang") && !is_one("u12"));
    }
}
