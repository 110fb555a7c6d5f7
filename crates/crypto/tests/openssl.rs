//! The openssl command line (3.0 or later) as the oracle: what we write it reads, and the reverse.
//!
//! Without openssl each test says that it left the comparison out, and passes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its own functions too")]

use std::fs;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sm2::dsa::Signature;
use sm2::pkcs8::der::{Decode, Encode};
use sm2::pkcs8::{EncodePrivateKey as _, LineEnding};
use sm2::pke::{Cipher, Mode};
use tempfile::TempDir;
use xinyu_crypto::{ForeignKey, OpeningKey, PublicKey, SigningKey, Suite};

const SM2_OPTIONS: [&str; 5] = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"];
const MESSAGES: [&[u8]; 3] = [b"m", b"digital contract \xe5\x90\x88\xe7\xba\xa6", &[0; 5000]];

/// A folder to exchange files with openssl in.
struct Desk(TempDir);

impl Desk {
    /// `None`, with a note, if there is no openssl.
    fn new(left_out: &str) -> Option<Self> {
        let is_there = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
        if !is_there {
            eprintln!("openssl is not installed: {left_out} not compared");
            return None;
        }
        Some(Self(TempDir::new().unwrap()))
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn run(&self, command: &[&str]) -> Output {
        Command::new("openssl").args(command).current_dir(self.0.path()).output().unwrap()
    }

    /// Standard output of a command that must succeed.
    #[track_caller]
    fn output(&self, command: &[&str]) -> Vec<u8> {
        let output = self.run(command);
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

fn rng() -> StdRng {
    StdRng::seed_from_u64(11)
}

fn sm2_private_pem(bytes: &[u8]) -> String {
    sm2::SecretKey::from_slice(bytes).unwrap().to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
}

/// RFC 8410 §7 without the public key, which openssl 3.0 does not read beside the private one.
fn ed25519_private_pem(seed: &[u8]) -> String {
    let der = [&hex::decode("302e020100300506032b657004220420").unwrap(), seed].concat();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
}

/// openssl writes SM2 signatures in DER.
fn der_of(signature: &[u8]) -> Vec<u8> {
    Signature::from_slice(signature).unwrap().to_der().as_bytes().to_vec()
}

#[test]
fn hashes_agree() {
    let Some(desk) = Desk::new("SM3 and SHA-256") else {
        return;
    };
    let mut data = vec![0; 100_000];
    rng().fill_bytes(&mut data);
    for (suite, name) in [(Suite::Sm, "-sm3"), (Suite::Intl, "-sha256")] {
        for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 4096, 100_000] {
            desk.put("data", &data[..length]);
            let theirs = desk.output(&["dgst", name, "-binary", "data"]);
            assert_eq!(suite.hash(&data[..length]).as_bytes().as_slice(), theirs, "{suite} {length}");
        }
    }
}

#[test]
fn openssl_verifies_our_sm2_signatures() {
    let Some(desk) = Desk::new("SM2 signatures") else {
        return;
    };
    let mut rng = rng();
    for message in MESSAGES {
        let key = SigningKey::generate(Suite::Sm, &mut rng);
        desk.put("public.pem", key.public().to_pem());
        desk.put("message", message);
        desk.put("signature", der_of(&key.sign(message)));
        let verify =
            ["pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-in", "message", "-sigfile", "signature"];
        let verify = [verify.as_slice(), &SM2_OPTIONS].concat();
        desk.output(&verify);
        desk.put("message", [message, b"!"].concat());
        assert!(!desk.run(&verify).status.success(), "openssl took a signature of something else");
    }
}

#[test]
fn we_verify_the_sm2_signatures_of_openssl() {
    let Some(desk) = Desk::new("SM2 signatures") else {
        return;
    };
    let mut rng = rng();
    for message in MESSAGES {
        let key = SigningKey::generate(Suite::Sm, &mut rng);
        desk.put("private.pem", sm2_private_pem(&key.to_bytes()));
        desk.put("message", message);
        let sign = ["pkeyutl", "-sign", "-inkey", "private.pem", "-in", "message"];
        let der = desk.output(&[sign.as_slice(), &SM2_OPTIONS].concat());
        let signature = Signature::from_der(&der).unwrap().to_bytes();
        key.public().verify(message, &signature).unwrap();
        assert!(key.public().verify(b"another", &signature).is_err());
        // Another user id is another signature.
        let other = ["pkeyutl", "-sign", "-inkey", "private.pem", "-in", "message", "-rawin", "-digest", "sm3"];
        let der = desk.output(&[other.as_slice(), &["-pkeyopt", "distid:another"]].concat());
        let signature = Signature::from_der(&der).unwrap().to_bytes();
        assert!(key.public().verify(message, &signature).is_err());
    }
}

#[test]
fn ed25519_signatures_agree_byte_for_byte() {
    let Some(desk) = Desk::new("Ed25519 signatures") else {
        return;
    };
    let mut rng = rng();
    for message in MESSAGES {
        let key = SigningKey::generate(Suite::Intl, &mut rng);
        desk.put("public.pem", key.public().to_pem());
        desk.put("private.pem", ed25519_private_pem(&key.to_bytes()));
        desk.put("message", message);
        desk.put("signature", key.sign(message));
        let verify = ["pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", "-in", "message"];
        desk.output(&[verify.as_slice(), &["-sigfile", "signature"]].concat());
        let theirs = desk.output(&["pkeyutl", "-sign", "-inkey", "private.pem", "-rawin", "-in", "message"]);
        assert_eq!(theirs, key.sign(message));
        key.public().verify(message, &theirs).unwrap();
    }
}

#[test]
fn public_keys_have_the_encoding_of_openssl() {
    let Some(desk) = Desk::new("SubjectPublicKeyInfo") else {
        return;
    };
    let mut rng = rng();
    for suite in Suite::ALL {
        let key = SigningKey::generate(suite, &mut rng);
        desk.put(
            "private.pem",
            match suite {
                Suite::Sm => sm2_private_pem(&key.to_bytes()),
                Suite::Intl => ed25519_private_pem(&key.to_bytes()),
            },
        );
        let der = desk.output(&["pkey", "-in", "private.pem", "-pubout", "-outform", "DER"]);
        assert_eq!(key.public().to_spki_der(), der, "{suite}");
        let pem = desk.output(&["pkey", "-in", "private.pem", "-pubout"]);
        assert_eq!(key.public().to_pem().as_bytes(), pem, "{suite}");
    }
}

/// The files of an SM2 recipient for openssl.
fn put_recipient(desk: &Desk, key: &OpeningKey) {
    let public = PublicKey::from_bytes(Suite::Sm, key.public().as_bytes()).unwrap();
    desk.put("public.pem", public.to_pem());
    desk.put("private.pem", sm2_private_pem(&key.to_bytes()));
}

#[test]
fn we_unwrap_what_openssl_encrypts_by_sm2() {
    let Some(desk) = Desk::new("SM2 encryption") else {
        return;
    };
    let key = OpeningKey::generate(Suite::Sm, &mut rng());
    put_recipient(&desk, &key);
    for secret in [&[7_u8; 16][..], b"", &[1; 100]] {
        desk.put("plain", [Suite::Sm.hash(b"contract-1").as_ref(), secret].concat());
        let der = desk.output(&["pkeyutl", "-encrypt", "-pubin", "-inkey", "public.pem", "-in", "plain"]);
        let wrapped = <Cipher>::from_der(&der).unwrap().to_vec(Mode::C1C3C2, false).unwrap();
        assert_eq!(key.unwrap(&wrapped, b"contract-1").unwrap().as_slice(), secret);
        assert!(key.unwrap(&wrapped, b"contract-2").is_err());
    }
}

#[test]
fn openssl_decrypts_what_we_wrap_by_sm2() {
    let Some(desk) = Desk::new("SM2 encryption") else {
        return;
    };
    let mut rng = rng();
    let key = OpeningKey::generate(Suite::Sm, &mut rng);
    put_recipient(&desk, &key);
    for secret in [&[7_u8; 16][..], b"", &[1; 100]] {
        let wrapped = key.public().wrap(secret, b"contract-1", &mut rng);
        let der = <Cipher>::from_slice(&wrapped, Mode::C1C3C2).unwrap().to_der().unwrap();
        desk.put("wrapped", der);
        let plain = desk.output(&["pkeyutl", "-decrypt", "-inkey", "private.pem", "-in", "wrapped"]);
        assert_eq!(plain, [Suite::Sm.hash(b"contract-1").as_ref(), secret].concat());
    }
}

/// openssl 3.0 has no SM4-GCM on the command line, so the counter mode inside it is compared: a chunk of an envelope
/// decrypts by SM4-CTR from counter 2 under the key and nonce that the envelope holds.
#[test]
fn openssl_decrypts_a_chunk_of_an_sm_envelope_by_sm4_ctr() {
    let Some(desk) = Desk::new("SM4-CTR") else { return };
    let mut rng = rng();
    let key = OpeningKey::generate(Suite::Sm, &mut rng);
    let plain: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let (mut writer, header) =
        xinyu_crypto::EnvelopeWriter::new(Suite::Sm, &key.public(), b"contract-1", &mut rng).unwrap();
    let mut body = Vec::new();
    writer.push(&plain, &mut body).unwrap();
    writer.finish(&mut body).unwrap();

    let (prefix, wrapped) = (&header[7..14], &header[46..]);
    let context = [b"XYE1\x01", prefix, &header[14..46], b"contract-1"].concat();
    let data_key = key.unwrap(wrapped, &context).unwrap();
    let counter = [prefix, &[0, 0, 0, 0, 1], &[0, 0, 0, 2]].concat();
    desk.put("chunk", &body[4..body.len() - 16]);
    let (data_key, counter) = (hex::encode(&*data_key), hex::encode(counter));
    let theirs = desk.output(&["enc", "-d", "-sm4-ctr", "-K", &data_key, "-iv", &counter, "-in", "chunk"]);
    assert_eq!(theirs, plain);
}

#[test]
fn we_verify_the_es256_signatures_of_openssl() {
    let Some(desk) = Desk::new("ES256 signatures") else {
        return;
    };
    let base64url = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    for message in MESSAGES {
        let curve = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "private.pem"];
        desk.output(&curve);
        let spki = desk.output(&["pkey", "-in", "private.pem", "-pubout", "-outform", "DER"]);
        let (x, y) = spki[spki.len() - 64..].split_at(32);
        let jwk = serde_json::json!({"kty": "EC", "crv": "P-256", "x": base64url.encode(x), "y": base64url.encode(y)});
        let key = ForeignKey::from_jwk(&jwk).unwrap();
        desk.put("message", message);
        let der = desk.output(&["dgst", "-sha256", "-sign", "private.pem", "message"]);
        let signature = p256::ecdsa::Signature::from_der(&der).unwrap().to_bytes();
        key.verify(message, &signature).unwrap();
        assert!(key.verify(b"another", &signature).is_err());
    }
}
