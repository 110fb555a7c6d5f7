//! The platform's stamp on a registration: what was registered and where it stands, checked by anybody, offline. TC609-6-2025-15 §7.2.1.2 (来源签名、唯一标识). Pure.

use jiff::Timestamp;
use serde::Serialize;
use xinyu_crypto::{PublicKeys, Suite, jws};
use xinyu_protocol::id::{PartyId, PlatformId};
use xinyu_protocol::json::{Limits, canonical, parse, parse_canonical};
use xinyu_protocol::tc609::component::{ComponentClaims, ComponentStanding, SignedComponent, StampedComponent};
use xinyu_protocol::tc609::contract::FilingStamp;
use xinyu_protocol::text::Text;

use crate::contract::signing::{self, CheckedSignature, Trust};
use crate::fault::Rejection;

/// The type of a stamp.
pub const STAMP: &str = "xinyu-component+jwt";

/// The suite of a statement.
///
/// # Errors
/// If it is unknown.
pub fn suite(signed: &SignedComponent) -> Result<Suite, Rejection> {
    signed.statement.suite.parse().map_err(|_| {
        let name = &signed.statement.suite;
        Rejection::bad(
            "unknown-suite",
            format!("登记使用了未知的密码套件「{name}」"),
            format!("the registration names an unknown suite {name}"),
        )
        .clause("/suite")
    })
}

/// Checks the source's signature at the time when it was made.
///
/// # Errors
/// If it is not the source's, or not of this statement.
pub fn check_source(signed: &SignedComponent, trust: &Trust<'_>) -> Result<CheckedSignature, Rejection> {
    let (suite, statement) = (suite(signed)?, &signed.statement);
    let fail = |text: Text| Rejection::bad("component-signature", text.zh, text.en).clause("/signed/signature");
    let message = bytes(statement)?;
    let credential =
        signing::check_one(&signed.signature, &message, suite, trust, statement.issued_at).map_err(fail)?;
    if signed.signature.connector_id != statement.source_id || credential.participant.id != statement.source_entity_id {
        return Err(fail(Text::new(
            "签名者不是声明中的来源方",
            "whoever signed is not the source that the statement names",
        )));
    }
    Ok(CheckedSignature {
        connector_id: statement.source_id.as_str().to_owned(),
        participant_id: credential.participant.id.as_str().to_owned(),
        name: credential.participant.name,
        algorithm: suite.signature_name().to_owned(),
    })
}

/// Stamps where a registration stands; `sign` makes a compact JWS of type [`STAMP`] with the platform's key of a suite.
///
/// # Errors
/// If the suite is unknown.
pub fn stamp(
    standing: &ComponentStanding,
    signed: &SignedComponent,
    (platform, keys): (&PlatformId, &PublicKeys),
    sign: &dyn Fn(Suite, &[u8]) -> String,
    now: Timestamp,
) -> Result<FilingStamp, Rejection> {
    let suite = suite(signed)?;
    let keys = serde_json::to_value(keys).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let claims = ComponentClaims {
        standing: standing.clone(),
        statement_hash: suite.hash(&bytes(signed)?).to_string(),
        platform_id: platform.as_str().to_owned(),
        stamped_at: now,
        keys_hash: suite.hash(&bytes(&keys)?).to_string(),
    };
    let stamp = sign(suite, &bytes(&claims)?);
    Ok(FilingStamp { platform_id: platform.clone(), keys, stamp })
}

/// What was found of a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The registration.
    pub component: StampedComponent,
    /// When the platform stamped it.
    pub stamped_at: Timestamp,
    /// The platform's key.
    pub platform_key: String,
    /// Its source.
    pub source: CheckedSignature,
}

/// Checks stamp and source signature with the platform's keys that the reader trusts already, or else those in the registration, which he then compares.
///
/// # Errors
/// What is wrong, and where.
pub fn check(component: &StampedComponent, trusted: Option<&PublicKeys>) -> Result<Verified, Text> {
    let told = |error: Rejection| {
        let at = error.clause.map(|clause| format!("{clause}: ")).unwrap_or_default();
        Text::new(format!("{at}{}", error.text.zh), format!("{at}{}", error.text.en))
    };
    let wrong = |zh: &str, en: &str| {
        Text::new(format!("/filing：平台证明无效：{zh}"), format!("/filing: the platform's stamp is not valid: {en}"))
    };
    let suite = suite(&component.signed).map_err(told)?;
    let keys: PublicKeys = serde_json::from_value(component.filing.keys.clone())
        .map_err(|error| wrong(&error.to_string(), &error.to_string()))?;
    if serde_json::to_value(&keys).ok().as_ref() != Some(&component.filing.keys) {
        return Err(wrong("平台公钥写法不规范", "the platform's keys are not in their only form"));
    }
    if trusted.is_some_and(|trusted| trusted.signing(suite).kid() != keys.signing(suite).kid()) {
        return Err(wrong("不是所信任的平台的密钥", "the keys are not those of the trusted platform"));
    }
    let stamp = jws::parse(&component.filing.stamp).map_err(|error| wrong(&error.to_string(), &error.to_string()))?;
    let payload = stamp
        .verify(trusted.unwrap_or(&keys).signing(suite), STAMP)
        .map_err(|error| wrong("签名不符", &error.to_string()))?;
    let claims: ComponentClaims =
        parse(&payload, Limits::WIRE).map_err(|error| wrong(&error.text().zh, &error.text().en))?;
    if claims.keys_hash != suite.hash(&bytes(&component.filing.keys).map_err(told)?).to_string()
        || claims.platform_id != component.filing.platform_id.as_str()
    {
        return Err(wrong("平台公钥或标识被改动", "the platform's keys or identifier were changed"));
    }
    if claims.statement_hash != suite.hash(&bytes(&component.signed).map_err(told)?).to_string() {
        return Err(wrong("证明的是另一份登记", "it attests another registration"));
    }
    let (standing, version) = (&component.standing, &component.signed.statement.version);
    if claims.standing != *standing || standing.version != *version {
        return Err(wrong("登记的标识、版本或状态被改动", "identifier, version or state were changed"));
    }
    let named = component.signed.statement.component_id.as_ref();
    if named.is_some_and(|id| *id != standing.component_id) {
        return Err(wrong("组件标识与来源方所签不符", "the identifier is not the one that the source signed"));
    }
    let issuer = PartyId::from(component.filing.platform_id.clone());
    let trust = Trust { issuer: &issuer, keys: trusted.unwrap_or(&keys) };
    let source = check_source(&component.signed, &trust).map_err(told)?;
    let platform_key = keys.signing(suite).kid();
    Ok(Verified { component: component.clone(), stamped_at: claims.stamped_at, platform_key, source })
}

/// Checks a registration as a file, with nothing but itself.
///
/// # Errors
/// As [`check`], or if it is no registration.
pub fn verify(file: &[u8]) -> Result<Verified, Text> {
    let component: StampedComponent = parse_canonical(file).map_err(|error| {
        let text = error.text();
        Text::new(
            format!("文件被改动或不是组件登记：{}", text.zh),
            format!("the file was changed or is no registration of a component: {}", text.en),
        )
    })?;
    check(&component, None)
}

fn bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Rejection> {
    canonical(value).map_err(|error| Rejection::unwritable(&error.to_string()))
}
