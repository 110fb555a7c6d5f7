//! Logging in at a broker: SCRAM (RFC 5802, RFC 7677) or, where a broker knows nothing better, the plain password (RFC 4616). With SCRAM the password
//! does not travel, and the broker proves that it knows it, too.

use std::num::NonZeroU32;

use aws_lc_rs::{digest, hmac, pbkdf2};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::super::SourceError;
use super::super::wire::{broken, denied};
use super::client::{Broker, SASL_AUTHENTICATE, SASL_HANDSHAKE};
use super::fields::{Reader, Writer};

/// A way to log in; the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    Scram512,
    Scram256,
    Plain,
}

pub(super) const STRONGEST: Mechanism = Mechanism::Scram512;

const ALL: [(Mechanism, &str); 3] =
    [(Mechanism::Scram512, "SCRAM-SHA-512"), (Mechanism::Scram256, "SCRAM-SHA-256"), (Mechanism::Plain, "PLAIN")];

/// How often a password is hashed: less is too weak, more is an attack.
const ROUNDS: std::ops::RangeInclusive<u32> = 4_096..=1_000_000;

/// Logs in; the best mechanism that the broker knows, if it does not know this one.
pub(super) async fn log_in(
    broker: &mut Broker,
    mechanism: Mechanism,
    user: &str,
    password: &str,
) -> Result<Option<Mechanism>, SourceError> {
    let name = ALL.iter().find(|(known, _)| *known == mechanism).map_or("", |(_, name)| name);
    let answer = broker.ask(SASL_HANDSHAKE, Writer::default().text(name)).await?;
    let mut answer = Reader(&answer);
    if answer.short()? != 0 {
        let offered = answer.list(Reader::text)?;
        let best = ALL.iter().find(|(_, name)| offered.iter().any(|offer| offer == name));
        let unknown = || {
            SourceError::remote(
                "Kafka 不支持 SCRAM 或 PLAIN 登录",
                "the Kafka broker offers neither SCRAM nor PLAIN to log in with",
            )
        };
        return best.map(|(best, _)| Some(*best)).ok_or_else(unknown);
    }
    let scram = match mechanism {
        Mechanism::Plain => {
            say(broker, format!("\0{user}\0{password}").as_bytes()).await?;
            return Ok(None);
        }
        Mechanism::Scram512 => {
            Scram { hmac: hmac::HMAC_SHA512, digest: &digest::SHA512, rounds: pbkdf2::PBKDF2_HMAC_SHA512 }
        }
        Mechanism::Scram256 => {
            Scram { hmac: hmac::HMAC_SHA256, digest: &digest::SHA256, rounds: pbkdf2::PBKDF2_HMAC_SHA256 }
        }
    };
    let mut nonce = [0_u8; 18];
    getrandom::fill(&mut nonce).map_err(|_| SourceError::Interrupted)?;
    let first = format!("n={},r={}", user.replace('=', "=3D").replace(',', "=2C"), STANDARD.encode(nonce));
    let challenge = say(broker, format!("n,,{first}").as_bytes()).await?;
    let (last, expect) = scram.answer(&first, &challenge, password).ok_or_else(broken)?;
    let proof = say(broker, last.as_bytes()).await?;
    // Who does not know the password has only listened.
    if proof == expect.as_bytes() { Ok(None) } else { Err(denied()) }
}

async fn say(broker: &mut Broker, words: &[u8]) -> Result<Vec<u8>, SourceError> {
    let answer = broker.ask(SASL_AUTHENTICATE, Writer::default().block(words)).await?;
    let mut answer = Reader(&answer);
    if answer.short()? != 0 {
        return Err(denied());
    }
    answer.text()?;
    Ok(answer.block()?.to_vec())
}

/// The functions of a SCRAM mechanism.
pub(super) struct Scram {
    pub(super) hmac: hmac::Algorithm,
    pub(super) digest: &'static digest::Algorithm,
    pub(super) rounds: pbkdf2::Algorithm,
}

impl Scram {
    /// Our last words, and what the broker must say to them; none if the challenge is none.
    pub(super) fn answer(&self, first: &str, challenge: &[u8], password: &str) -> Option<(String, String)> {
        let challenge = std::str::from_utf8(challenge).ok()?;
        let field = |name: &str| challenge.split(',').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
        let (nonce, salt) = (field("r")?, STANDARD.decode(field("s")?).ok()?);
        let rounds = field("i")?.parse().ok().filter(|rounds| ROUNDS.contains(rounds))?;
        let ours = first.rsplit_once(",r=")?.1;
        if !nonce.starts_with(ours) || nonce.len() == ours.len() {
            return None;
        }
        let mut salted = vec![0_u8; self.digest.output_len()];
        pbkdf2::derive(self.rounds, NonZeroU32::new(rounds)?, &salt, password.as_bytes(), &mut salted);
        let sign = |key: &[u8], words: &[u8]| hmac::sign(&hmac::Key::new(self.hmac, key), words);
        let last = format!("c=biws,r={nonce}");
        let all = format!("{first},{challenge},{last}");
        let client = sign(&salted, b"Client Key");
        let stored = digest::digest(self.digest, client.as_ref());
        let signature = sign(stored.as_ref(), all.as_bytes());
        let proof: Vec<u8> = client.as_ref().iter().zip(signature.as_ref()).map(|(key, sign)| key ^ sign).collect();
        let server = sign(sign(&salted, b"Server Key").as_ref(), all.as_bytes());
        Some((format!("{last},p={}", STANDARD.encode(proof)), format!("v={}", STANDARD.encode(server.as_ref()))))
    }
}
