//! Pseudonyms of people: found again by whoever has the secret of the node, and saying nothing to anybody else. TC609-6-2025-15 §10.4 c (脱敏). Pure.

use xinyu_crypto::Suite;

/// Under which name a node keeps its secret.
pub const SECRET: &str = "usage.pseudonyms";
/// How many digits of a digest a pseudonym has.
const LENGTH: usize = 24;

/// Whether a word is a pseudonym and no name: a name of that form would be looked for as one.
#[must_use]
pub fn is_one(word: &str) -> bool {
    word.strip_prefix('u')
        .is_some_and(|digest| digest.len() == LENGTH && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The pseudonym of a login name.
#[must_use]
pub fn of(secret: &str, name: &str) -> String {
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
