//! A connector of another maker says who it is: its token proves the DID and brings the right to see its credentials; they are asked for, and every one
//! of them is held against its issuer's keys, its time, its status list and its schema. DCP 1.0.1 §4.3, §5.4.3.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_http::{FetchError, Fetcher};
use xinyu_identity::did::DidWeb;
use xinyu_identity::status_credential::{self, is_listed};
use xinyu_identity::{ForeignDocument, Presentation, VerifiableCredential};
use xinyu_protocol::dcp::presentation::{PresentationQuery, PresentationResponse};
use xinyu_protocol::dcp::{CREDENTIAL_SERVICE, Scope};
use xinyu_protocol::tc609::heterogeneous::claim;

use super::call::{authenticate, not_believed, unresolved};
use super::{Dcp, Trusted, document};
use crate::failure::Failure;
use crate::node::Node;

/// The credential without which nobody takes part.
pub const MEMBERSHIP: &str = "MembershipCredential";
/// The longest answer to a query.
const ANSWER_LIMIT: u64 = 1 << 20;
/// The longest schema.
const SCHEMA_LIMIT: u64 = 64 * 1024;

/// A holder whose membership is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Who.
    pub did: DidWeb,
    /// Its name, as its issuer says.
    pub name: String,
    /// Where it is, as its issuer says; its DID's place otherwise.
    pub address: String,
    /// The spaces in which it takes part.
    pub spaces: Vec<String>,
    /// Of one that our platform has registered as another maker's: what of a contract's rules it keeps by itself.
    pub enforces: Option<Vec<String>>,
}

/// Finds out who shows this token, and whether it is a member.
///
/// # Errors
/// 401 with what is wrong; 403 if all is well but the membership.
pub async fn verify(node: &Node, token: &str) -> Result<Proven, Failure> {
    let dcp = &node.dcp;
    let (claims, holder) = authenticate(node, token).await?;
    let access = claims.token.as_deref().ok_or_else(|| {
        wrong(
            "令牌中没有出示授权，无法查看其凭证",
            "the token brings no right to see its sender's credentials".to_owned(),
        )
    })?;
    let shown = ask(dcp, &holder, access).await?;
    let now = node.store.clock().now();
    let mut issuers = BTreeMap::new();
    let mut proven = None;
    for presentation in &shown {
        let presentation = Presentation::parse(presentation, &dcp.did, now).map_err(|error| not_believed(&error))?;
        presentation.verify(&holder).map_err(|error| not_believed(&error))?;
        for text in &presentation.credentials {
            let credential = VerifiableCredential::parse(text).map_err(|error| not_believed(&error))?;
            credential.must_be_about(holder.did()).map_err(|error| not_believed(&error))?;
            let Some(trusted) = dcp.trust(&credential.issuer, credential.kind()) else {
                continue;
            };
            check(&dcp.fetcher, &credential, &mut issuers, now).await?;
            if credential.kind() == MEMBERSHIP {
                proven = proven.or(Some(membership(dcp, &holder, &credential, trusted)));
            }
        }
    }
    proven.ok_or_else(|| {
        Rejection::forbidden(
            "no-membership",
            format!("{} 没有出示可信签发方签发的成员凭证", holder.did()),
            format!("{} shows no membership credential of an issuer that is trusted here", holder.did()),
        )
        .clause("DCP 1.0.1 §5.4.3")
        .into()
    })
}

/// Asks the holder's credential service for its membership.
async fn ask(dcp: &Dcp, holder: &ForeignDocument, access: &str) -> Result<Vec<String>, Failure> {
    let endpoint = holder.service(CREDENTIAL_SERVICE).map_err(|error| not_believed(&error))?;
    let query = PresentationQuery::of(&[Scope::Type(MEMBERSHIP.to_owned())]);
    let body = serde_json::to_vec(&query).map_err(Failure::broken)?;
    let token = dcp.token_with(holder.did().as_str(), access);
    let url = format!("{endpoint}/presentations/query");
    let answer = dcp.fetcher.post(&url, &token, body, ANSWER_LIMIT).await.map_err(|error| not_shown(&error))?;
    if !(200..300).contains(&answer.status) {
        return Err(wrong(
            &format!("对方的凭证服务拒绝出示（{}）", answer.status),
            format!("the credential service refuses with {}", answer.status),
        ));
    }
    let response: PresentationResponse = xinyu_http::json::read_json(&answer.body).map_err(|_| {
        wrong("对方凭证服务的应答无法解析", "the answer of the credential service does not parse".to_owned())
    })?;
    let form = || wrong("出示的表述不是 JWT", "a presentation is not a jwt".to_owned());
    let shown = response.presentation.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(form));
    shown.collect()
}

/// That a credential is its issuer's, valid now, not revoked and in the form that it says it has.
///
/// # Errors
/// 401 with what is wrong.
pub async fn check(
    fetcher: &Fetcher,
    credential: &VerifiableCredential,
    issuers: &mut BTreeMap<DidWeb, ForeignDocument>,
    now: Timestamp,
) -> Result<(), Failure> {
    if !issuers.contains_key(&credential.issuer) {
        let document = document::fetch(fetcher, &credential.issuer).await.map_err(|error| unresolved(&error))?;
        issuers.insert(credential.issuer.clone(), document);
    }
    let issuer = issuers.get(&credential.issuer).ok_or_else(|| Failure::broken("a document was just put there"))?;
    credential.verify(issuer).map_err(|error| not_believed(&error))?;
    credential.check_time(now).map_err(|error| not_believed(&error))?;
    let scheme = fetcher.scheme();
    for place in &credential.statuses {
        let limit = u64::try_from(status_credential::MAX_BYTES).unwrap_or(u64::MAX);
        let list = fetcher.get(&place.list, LIST_TYPES, limit).await.map_err(|error| not_shown(&error))?;
        if is_listed(&list, place, issuer, scheme, now).map_err(|error| not_believed(&error))? {
            let kind = credential.kind();
            return Err(wrong(&format!("{kind} 已撤销或暂停"), format!("{kind} is revoked or suspended")));
        }
    }
    for schema in &credential.schemas {
        let text = fetcher.get(&schema.url, SCHEMA_TYPES, SCHEMA_LIMIT).await.map_err(|error| not_shown(&error))?;
        must_fit(credential, &text)?;
    }
    Ok(())
}

fn must_fit(credential: &VerifiableCredential, schema: &[u8]) -> Result<(), Failure> {
    let unusable =
        |why: String| wrong("凭证所指的模式不可用", format!("the schema of the credential cannot be used: {why}"));
    let schema: Value = xinyu_http::json::read_json(schema).map_err(|problem| unusable(problem.title.en))?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| unusable(error.to_string()))?;
    for subject in &credential.subjects {
        if let Err(error) = validator.validate(&Value::Object(subject.clone())) {
            let place = error.instance_path().to_string();
            return Err(wrong(
                &format!("{} 的内容不符合其模式（{place}）", credential.kind()),
                format!("{} is not as its schema has it, at {place:?}", credential.kind()),
            ));
        }
    }
    Ok(())
}

fn membership(dcp: &Dcp, holder: &ForeignDocument, credential: &VerifiableCredential, by: Trusted<'_>) -> Proven {
    let did = holder.did();
    let text = |name: &str| credential.claim(name).and_then(Value::as_str).map(str::to_owned);
    let spaces = match by {
        Trusted::Issuer(issuer) => vec![issuer.space.clone()],
        Trusted::Platform => {
            let listed = credential.claim("spaces").and_then(Value::as_array).into_iter().flatten();
            listed.filter_map(Value::as_str).map(str::to_owned).collect()
        }
    };
    let is_heterogeneous = by == Trusted::Platform && text(claim::KIND).as_deref() == Some(claim::HETEROGENEOUS);
    let enforces = is_heterogeneous.then(|| {
        let listed = credential.claim(claim::ENFORCES).and_then(Value::as_array).into_iter().flatten();
        listed.filter_map(Value::as_str).map(str::to_owned).collect()
    });
    Proven {
        enforces,
        did: did.clone(),
        name: text("name").unwrap_or_else(|| did.to_string()),
        address: text("address").unwrap_or_else(|| did.base_url(dcp.fetcher.scheme())),
        spaces,
    }
}

fn not_shown(error: &FetchError) -> Failure {
    wrong(&format!("无法核验对方凭证：{error}"), format!("the credentials cannot be verified: {error}"))
}

fn wrong(zh: &str, en: String) -> Failure {
    let mut rejection = Rejection::forbidden("not-authenticated", zh, en).clause("DCP 1.0.1 §5.4.3");
    rejection.status = 401;
    rejection.into()
}

const LIST_TYPES: &str = "application/vc+jwt, application/jwt, application/vc, application/json";
const SCHEMA_TYPES: &str = "application/schema+json, application/json";
