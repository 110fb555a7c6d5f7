//! The keys by which the world knows a DID, one after the other. The last one signs; those before it still verify what they signed, until they are
//! withdrawn, which is for a key that somebody else has. DCP 1.0 §4.2 (rotation, revocation).

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{Es256Key, SealedError, Secret, base64url, sealed};

/// The keys, oldest first; never empty.
#[derive(Clone, Debug)]
pub struct KeyChain {
    earlier: Vec<Link>,
    current: Link,
}

/// A key with its history. Times are seconds since 1970.
#[derive(Clone, Debug)]
pub struct Link {
    /// The key.
    pub key: Es256Key,
    /// When it was made.
    pub made_at: i64,
    /// When it stopped signing.
    pub retired_at: Option<i64>,
    /// When it stopped being believed.
    pub withdrawn_at: Option<i64>,
}

impl KeyChain {
    /// A chain of one new key.
    pub fn begin(now_seconds: i64, rng: &mut impl CryptoRng) -> Self {
        Self { earlier: Vec::new(), current: Link::new(now_seconds, rng) }
    }

    /// The key that signs.
    pub fn current(&self) -> &Es256Key {
        &self.current.key
    }

    /// All keys that are to be believed, the one that signs first.
    pub fn believed(&self) -> impl Iterator<Item = &Link> {
        self.all().filter(|link| link.withdrawn_at.is_none())
    }

    /// All keys, newest first.
    pub fn all(&self) -> impl Iterator<Item = &Link> {
        std::iter::once(&self.current).chain(self.earlier.iter().rev())
    }

    /// From now on a new key signs. The one before is believed further for what it signed; with `withdraw` it is not.
    pub fn rotate(&mut self, withdraw: bool, now_seconds: i64, rng: &mut impl CryptoRng) {
        let mut old = std::mem::replace(&mut self.current, Link::new(now_seconds, rng));
        old.retired_at = Some(now_seconds);
        old.withdrawn_at = withdraw.then_some(now_seconds);
        self.earlier.push(old);
    }

    /// Seals the chain.
    ///
    /// # Errors
    /// As [`sealed::seal`].
    pub fn seal_to(&self, secret: &Secret, rng: &mut impl CryptoRng) -> Result<Vec<u8>, SealedError> {
        let mut links: Vec<Written> = self.all().map(Written::of).collect();
        links.reverse();
        let text = serde_json::to_vec(&links).map_err(|_| SealedError::Content("key chain"));
        links.iter_mut().for_each(|link| link.d.zeroize());
        sealed::seal(&Zeroizing::new(text?), secret, rng)
    }

    /// Opens a sealed chain.
    ///
    /// # Errors
    /// If the secret is another one, or what is in there is no chain.
    pub fn open_from(document: &[u8], secret: &Secret) -> Result<Self, SealedError> {
        let wrong = || SealedError::Content("key chain");
        let links: Vec<Written> = serde_json::from_slice(&sealed::open(document, secret)?).map_err(|_| wrong())?;
        let mut links = links.into_iter().map(Written::link).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
        let current = links.pop().filter(|link| link.retired_at.is_none()).ok_or_else(wrong)?;
        Ok(Self { earlier: links, current })
    }
}

impl Link {
    fn new(made_at: i64, rng: &mut impl CryptoRng) -> Self {
        Self { key: Es256Key::generate(rng), made_at, retired_at: None, withdrawn_at: None }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    d: String,
    made_at: i64,
    retired_at: Option<i64>,
    withdrawn_at: Option<i64>,
}

impl Written {
    fn of(link: &Link) -> Self {
        let Link { key, made_at, retired_at, withdrawn_at } = link;
        let d = base64url::encode(key.to_bytes().as_slice());
        Self { d, made_at: *made_at, retired_at: *retired_at, withdrawn_at: *withdrawn_at }
    }

    fn link(mut self) -> Option<Link> {
        let scalar = base64url::decode_array::<32>(&self.d).map(Zeroizing::new);
        self.d.zeroize();
        let key = Es256Key::from_bytes(&*scalar?).ok()?;
        Some(Link { key, made_at: self.made_at, retired_at: self.retired_at, withdrawn_at: self.withdrawn_at })
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    fn kids(links: impl Iterator<Item = Link>) -> Vec<String> {
        links.map(|link| link.key.kid()).collect()
    }

    #[test]
    fn dcp_4_2_a_key_that_is_followed_is_believed_and_one_that_is_withdrawn_is_not() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut chain = KeyChain::begin(100, &mut rng);
        let first = chain.current().kid();
        chain.rotate(false, 200, &mut rng);
        let second = chain.current().kid();
        chain.rotate(true, 300, &mut rng);
        let third = chain.current().kid();
        assert_eq!(kids(chain.all().cloned()), [third.clone(), second, first.clone()]);
        assert_eq!(kids(chain.believed().cloned()), [third, first]);
    }

    #[test]
    fn a_chain_comes_back_sealed_with_its_history() {
        let mut rng = StdRng::seed_from_u64(2);
        let mut chain = KeyChain::begin(100, &mut rng);
        chain.rotate(true, 200, &mut rng);
        let secret = Secret::KeyFile(Zeroizing::new(vec![7; 48]));
        let document = chain.seal_to(&secret, &mut rng).unwrap();
        let again = KeyChain::open_from(&document, &secret).unwrap();
        assert_eq!(kids(again.all().cloned()), kids(chain.all().cloned()));
        assert_eq!(again.all().map(|link| link.withdrawn_at).collect::<Vec<_>>(), [None, Some(200)]);
        let other = Secret::KeyFile(Zeroizing::new(vec![8; 48]));
        assert!(KeyChain::open_from(&document, &other).is_err());
    }
}
