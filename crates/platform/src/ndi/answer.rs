//! What each interface answers. NDI-TR-2025-03 §8.3.2, §8.3.3.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use xinyu_crypto::Suite;
use xinyu_crypto::x509::Certificate;
use xinyu_identity::auth_token::{AuthToken, AuthTokenError};
use xinyu_protocol::id::ConnectorId;
use xinyu_protocol::ndi::identity::{AuthCode, IdentityCode, OperatorStatus, ProviderList, TokenData};
use xinyu_protocol::ndi::sync::ConnectorReport;
use xinyu_protocol::ndi::{Interface, Module, Outcome, Reply};
use xinyu_shell::Failure;
use xinyu_store::{Topic, Tx};

use super::registry::Found;
use super::{grant, registry};
use crate::app::Platform;

/// How long a token may be shown.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// An answer, or the outcome that stands for it.
type Answered = Result<Reply<Value>, (Outcome, Option<&'static str>)>;

/// Answers a caller that proved itself.
///
/// # Errors
/// If the store fails.
pub(super) async fn answer(
    platform: &Platform,
    tx: &mut Tx,
    caller: &str,
    interface: Interface,
    asked: Value,
) -> Result<Answered, Failure> {
    match interface {
        Interface::GetToken => token(platform, tx, caller, asked).await,
        Interface::GetPersonInfo
        | Interface::GetPersonBaseInfo
        | Interface::GetEnterpriseInfo
        | Interface::GetEnterpriseBaseInfo
        | Interface::GetOperatorInfo
        | Interface::GetOperatorBaseInfo => who(platform, tx, caller, interface, asked).await,
        Interface::GetIdentityProviderList => {
            let roots = platform.options.nodes.iter().flat_map(|node| &node.roots);
            let ours = Suite::ALL.map(|suite| platform.authority.certificates(suite).root.clone());
            let all = ours.iter().chain(roots).map(Certificate::to_pem).collect::<Result<Vec<_>, _>>();
            done(Module::Common, &ProviderList { root_cert_list: all.map_err(Failure::broken)? })
        }
        Interface::SyncConnectorInfo => connector(tx, caller, asked).await,
        Interface::SyncLogoffInfo => match identity(asked) {
            Err(refused) => Ok(Err(refused)),
            Ok(code) => {
                if !xinyu_store::ndi::log_off(tx, &grant::digest(&code)).await? {
                    return Ok(Err((Outcome::Duplicate, None)));
                }
                tx.signal(Topic::Participant);
                Ok(Ok(Reply::done(Module::Operator, None)))
            }
        },
        Interface::GetOperatorStatus => match identity(asked) {
            Err(refused) => Ok(Err(refused)),
            Ok(code) => match xinyu_store::ndi::logged_off(tx, &grant::digest(&code)).await? {
                Some(_) => done(Module::Operator, &OperatorStatus { auth_status: "0".to_owned() }),
                None => match registry::may_act(platform, tx, &code).await? {
                    Some(may_act) => {
                        let auth_status = if may_act { "1" } else { "0" }.to_owned();
                        done(Module::Operator, &OperatorStatus { auth_status })
                    }
                    None => Ok(Err((Outcome::NotFound, None))),
                },
            },
        },
        // Run logs and products go up from here, to nodes.
        Interface::XinyuSyncRunLog
        | Interface::RegisterProduct
        | Interface::UpdateProduct
        | Interface::RevokeProduct
        | Interface::QueryProductRegistration => Ok(Err((Outcome::MessageName, None))),
    }
}

fn done<T: Serialize>(module: Module, data: &T) -> Result<Answered, Failure> {
    Ok(Ok(Reply::done(module, Some(serde_json::to_value(data).map_err(Failure::broken)?))))
}

fn read<T: DeserializeOwned>(asked: Value) -> Result<T, (Outcome, Option<&'static str>)> {
    serde_json::from_value(asked).map_err(|_| (Outcome::Format, None))
}

fn identity(asked: Value) -> Result<String, (Outcome, Option<&'static str>)> {
    let code = read::<IdentityCode>(asked)?.identity_code.trim().to_owned();
    match code.chars().count() {
        0 => Err((Outcome::Missing, Some("identityCode"))),
        1..=256 => Ok(code),
        _ => Err((Outcome::Length, Some("identityCode"))),
    }
}

async fn token(platform: &Platform, tx: &mut Tx, caller: &str, asked: Value) -> Result<Answered, Failure> {
    let code = match read::<AuthCode>(asked) {
        Err(refused) => return Ok(Err(refused)),
        Ok(asked) if asked.auth_code.trim().is_empty() => return Ok(Err((Outcome::Missing, Some("authCode")))),
        Ok(asked) => asked.auth_code,
    };
    let found = xinyu_store::ndi::redeem(tx, &grant::digest(code.trim()), caller).await?;
    let Some(found) = found.filter(|found| found.expires_at >= tx.now()) else {
        return Ok(Err((Outcome::KeyInvalid, Some("authCode"))));
    };
    let now = tx.now();
    let claims = AuthToken {
        iss: platform.options.platform_id.as_str().to_owned(),
        sub: found.participant_id,
        auth: caller.to_owned(),
        iat: now.as_second(),
        exp: now.checked_add(TOKEN_LIFE).map_err(Failure::broken)?.as_second(),
        jti: tx.new_id().to_string(),
    };
    let key = platform.node.certificate_keys.of(Suite::Sm).token_key();
    let key = key.ok_or_else(|| Failure::broken("the SM2 certificate key is none of SM2"))?;
    done(Module::Common, &json!({ "token": claims.issue(key).map_err(Failure::broken)? }))
}

/// Opens the token that a caller shows.
fn opened(
    platform: &Platform,
    caller: &str,
    asked: Value,
    now: Timestamp,
) -> Result<AuthToken, (Outcome, Option<&'static str>)> {
    let asked: TokenData = read(asked)?;
    if asked.token.trim().is_empty() {
        return Err((Outcome::Missing, Some("token")));
    }
    let key = platform.node.certificate_keys.of(Suite::Sm).public().token_key();
    let key = key.ok_or((Outcome::SystemUnknown, None))?;
    AuthToken::verify(asked.token.trim(), &key, platform.options.platform_id.as_str(), caller, now).map_err(|error| {
        match error {
            AuthTokenError::Expired => (Outcome::TokenExpired, Some("token")),
            AuthTokenError::Auth | AuthTokenError::Invalid(_) => (Outcome::Unauthorised, Some("token")),
        }
    })
}

/// Who it is that has allowed the caller to ask. A token opens whom it was made for, and an interface tells of its own kind: to all others it is as if
/// there was nobody.
async fn who(
    platform: &Platform,
    tx: &mut Tx,
    caller: &str,
    interface: Interface,
    asked: Value,
) -> Result<Answered, Failure> {
    let claims = match opened(platform, caller, asked, tx.now()) {
        Err(refused) => return Ok(Err(refused)),
        Ok(claims) => claims,
    };
    let operator = claims.sub.strip_prefix(registry::OPERATOR);
    match (interface, operator) {
        (Interface::GetOperatorInfo | Interface::GetOperatorBaseInfo, Some(delegation)) => {
            told(interface, registry::operator(platform, tx, delegation).await?)
        }
        (Interface::GetPersonInfo | Interface::GetPersonBaseInfo, None) => {
            told(interface, registry::person(platform, tx, &claims.sub).await?)
        }
        (Interface::GetEnterpriseInfo | Interface::GetEnterpriseBaseInfo, None) => {
            told(interface, registry::enterprise(platform, tx, &claims.sub).await?)
        }
        _ => Ok(Err((Outcome::NotFound, None))),
    }
}

fn told<B: Serialize>(interface: Interface, found: Option<Found<B>>) -> Result<Answered, Failure> {
    let is_whole =
        matches!(interface, Interface::GetPersonInfo | Interface::GetEnterpriseInfo | Interface::GetOperatorInfo);
    match found {
        None => Ok(Err((Outcome::NotFound, None))),
        Some(found) if !found.is_usable => Ok(Err((Outcome::Invalid, None))),
        Some(found) => done(interface.module(), &registry::shown(found, is_whole)?),
    }
}

/// A node tells of a connector of its own.
async fn connector(tx: &mut Tx, caller: &str, asked: Value) -> Result<Answered, Failure> {
    let report: ConnectorReport = match read(asked) {
        Err(refused) => return Ok(Err(refused)),
        Ok(report) => report,
    };
    let (base, extension) = (&report.base_info, &report.extend_info);
    let needed = [
        ("identityCode", &base.identity_code),
        ("connectorName", &base.connector_name),
        ("connectorJoinType", &base.connector_join_type),
        ("enterpriseCode", &base.enterprise_code),
        ("identityStatus", &base.identity_status),
        ("authTime", &base.auth_time),
        ("connectorType", &extension.connector_type),
        ("connectorMac", &extension.connector_mac),
    ];
    if needed.iter().all(|(_, value)| value.trim().is_empty()) {
        return Ok(Err((Outcome::AllMissing, None)));
    }
    if let Some((name, _)) = needed.iter().find(|(_, value)| value.trim().is_empty()) {
        return Ok(Err((Outcome::Missing, Some(name))));
    }
    let is_one_of = |value: &str, known: &[&str]| known.contains(&value);
    let wrong = [
        ("identityCode", ConnectorId::parse(&base.identity_code).is_ok()),
        ("connectorJoinType", is_one_of(&base.connector_join_type, &["1", "2", "3", "4", "5"])),
        ("identityStatus", is_one_of(&base.identity_status, &["0", "1"])),
        ("connectorType", is_one_of(&extension.connector_type, &["1", "2"])),
    ];
    if let Some((name, _)) = wrong.iter().find(|(_, is_right)| !is_right) {
        return Ok(Err((Outcome::Format, Some(name))));
    }
    if xinyu_store::member::find(tx, &base.identity_code).await?.is_some() {
        // Of what registered here nobody else tells.
        return Ok(Err((Outcome::Duplicate, None)));
    }
    if !xinyu_store::ndi::told(tx, caller, &report).await? {
        return Ok(Err((Outcome::Duplicate, None)));
    }
    tx.signal(Topic::Participant);
    Ok(Ok(Reply::done(Module::Connector, None)))
}
