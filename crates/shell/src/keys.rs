//! A node's private keys: made in its own data folder, sealed at rest, never logged. Keys of a participant live in its connector.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use thiserror::Error;
use xinyu_crypto::x509::CertificateKeys;
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
    let make = |rng: &mut StdRng| KeyRing::generate(rng);
    sealed(&data_dir.join("keys.sealed"), unlock, KeyRing::open_from, make, KeyRing::seal_to)
}

/// Opens the keys of a node's certificates, or makes them the first time. They lie apart from those that sign contracts: a certificate is renewed, and its
/// key replaced, without touching what was signed.
///
/// # Errors
/// As [`open_or_create`].
pub fn certificate_keys(data_dir: &Path, unlock: &Unlock) -> Result<CertificateKeys, KeysError> {
    certificate_keys_in(&data_dir.join("certificate.sealed"), unlock)
}

/// The keys of a platform's certificate authority.
#[derive(Debug)]
pub struct AuthorityKeys {
    /// Signed the issuing certificates; used once, and better kept elsewhere afterwards.
    pub root: CertificateKeys,
    /// Sign certificates and revocation lists.
    pub issuing: CertificateKeys,
}

/// Opens the keys of the certificate authority, or makes them the first time.
///
/// # Errors
/// As [`open_or_create`].
pub fn authority_keys(data_dir: &Path, unlock: &Unlock) -> Result<AuthorityKeys, KeysError> {
    Ok(AuthorityKeys {
        root: certificate_keys_in(&data_dir.join("authority-root.sealed"), unlock)?,
        issuing: certificate_keys_in(&data_dir.join("authority-issuing.sealed"), unlock)?,
    })
}

fn certificate_keys_in(path: &Path, unlock: &Unlock) -> Result<CertificateKeys, KeysError> {
    let make = |rng: &mut StdRng| CertificateKeys::generate(rng);
    sealed(path, unlock, CertificateKeys::open_from, make, CertificateKeys::seal_to)
}

/// Opens what is sealed in a file, or makes it the first time.
fn sealed<T>(
    path: &Path,
    unlock: &Unlock,
    open: impl FnOnce(&[u8], &Secret) -> Result<T, SealedError>,
    make: impl FnOnce(&mut StdRng) -> T,
    seal: impl FnOnce(&T, &Secret, &mut StdRng) -> Result<Vec<u8>, SealedError>,
) -> Result<T, KeysError> {
    let secret = secret(unlock)?;
    let wrong = |source| KeysError::Sealed { path: path.to_owned(), source };
    match std::fs::read(path) {
        Ok(document) => open(&document, &secret).map_err(wrong),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut rng = entropy()?;
            let made = make(&mut rng);
            write_private(path, &seal(&made, &secret, &mut rng).map_err(wrong)?)?;
            Ok(made)
        }
        Err(source) => Err(KeysError::File { path: path.to_owned(), source }),
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
    xinyu_http::entropy().map_err(|_| KeysError::Entropy)
}
