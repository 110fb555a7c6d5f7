//! A node's private keys: made in its own data folder, sealed at rest, never logged. Keys of a participant live in its connector.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use thiserror::Error;
use xinyu_crypto::{KeyChain, KeyRing, SealedError, Secret};
use zeroize::Zeroizing;

/// Why keys could not be had.
#[derive(Debug, Error)]
pub enum KeysError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The sealed keys do not open.
    #[error("{path}: {source}")]
    Sealed {
        /// Which.
        path: PathBuf,
        /// Why.
        source: SealedError,
    },
    /// There is no randomness.
    #[error("the operating system gives no randomness")]
    Entropy,
}

/// What opens the sealed keys.
#[derive(Clone, Debug)]
pub enum Unlock {
    /// A key file; it is made when it is not there.
    KeyFile(PathBuf),
    /// A passphrase.
    Passphrase(Zeroizing<String>),
}

/// Opens the keys of a node, or makes them the first time.
///
/// # Errors
/// If a file cannot be read or written, or the secret does not open it.
pub fn open_or_create(data_dir: &Path, unlock: &Unlock) -> Result<KeyRing, KeysError> {
    let secret = secret(unlock)?;
    let path = data_dir.join("keys.sealed");
    match std::fs::read(&path) {
        Ok(document) => KeyRing::open_from(&document, &secret).map_err(|source| KeysError::Sealed { path, source }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut rng = entropy()?;
            let ring = KeyRing::generate(&mut rng);
            let document =
                ring.seal_to(&secret, &mut rng).map_err(|source| KeysError::Sealed { path: path.clone(), source })?;
            write_private(&path, &document)?;
            Ok(ring)
        }
        Err(source) => Err(KeysError::File { path, source }),
    }
}

/// Opens the keys of a node's DID, or makes the first one. They are a file of their own, since they change.
///
/// # Errors
/// As [`open_or_create`].
pub fn open_or_create_chain(data_dir: &Path, unlock: &Unlock, now_seconds: i64) -> Result<KeyChain, KeysError> {
    let path = data_dir.join(CHAIN);
    match std::fs::read(&path) {
        Ok(document) => {
            KeyChain::open_from(&document, &secret(unlock)?).map_err(|source| KeysError::Sealed { path, source })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let chain = KeyChain::begin(now_seconds, &mut entropy()?);
            save_chain(&chain, data_dir, unlock)?;
            Ok(chain)
        }
        Err(source) => Err(KeysError::File { path, source }),
    }
}

/// Stores the keys of a node's DID.
///
/// # Errors
/// As [`write_private`].
pub fn save_chain(chain: &KeyChain, data_dir: &Path, unlock: &Unlock) -> Result<(), KeysError> {
    let path = data_dir.join(CHAIN);
    let sealed = chain.seal_to(&secret(unlock)?, &mut entropy()?);
    write_private(&path, &sealed.map_err(|source| KeysError::Sealed { path: path.clone(), source })?)
}

fn secret(unlock: &Unlock) -> Result<Secret, KeysError> {
    Ok(match unlock {
        Unlock::Passphrase(passphrase) => Secret::Passphrase(passphrase.clone()),
        Unlock::KeyFile(path) => Secret::KeyFile(Zeroizing::new(key_file(path)?)),
    })
}

/// Where the keys of the DID are, below the data folder.
const CHAIN: &str = "did-keys.sealed";

fn key_file(path: &Path) -> Result<Vec<u8>, KeysError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut bytes = vec![0; 48];
            getrandom::fill(&mut bytes).map_err(|_| KeysError::Entropy)?;
            write_private(path, &bytes)?;
            Ok(bytes)
        }
        Err(source) => Err(KeysError::File { path: path.to_owned(), source }),
    }
}

/// Writes a file that only its owner can read: beside it first, then in its place, so that a crash leaves the old one or the new one.
///
/// # Errors
/// If a file cannot be written.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let fail = |source| KeysError::File { path: path.to_owned(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(fail)?;
    }
    let beside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside).map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)?;
    std::fs::rename(&beside, path).map_err(fail)?;
    sync_folder(path).map_err(fail)
}

/// Makes a rename durable.
///
/// # Errors
/// If the folder cannot be synced.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(parent) => std::fs::File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// A random generator seeded by the operating system.
///
/// # Errors
/// If the operating system gives no randomness.
pub fn entropy() -> Result<rand::rngs::StdRng, KeysError> {
    use rand::SeedableRng as _;
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| KeysError::Entropy)?;
    Ok(rand::rngs::StdRng::from_seed(seed))
}
