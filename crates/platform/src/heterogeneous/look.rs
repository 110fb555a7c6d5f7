//! A look at a connector of another maker: its DID document, that the document and the address belong together, and the versions that it serves.
//! Everything through the egress guard, bounded in size and time, without redirects. did:web; DSP 2025-1 §4.3; DCP 1.0.1 §5.2.

use url::Url;
use xinyu_core::fault::Rejection;
use xinyu_core::heterogeneous::CLAUSE;
use xinyu_http::FetchError;
use xinyu_identity::did::DidWeb;
use xinyu_identity::{ForeignDocument, IdentityError};
use xinyu_protocol::dcp::CREDENTIAL_SERVICE;
use xinyu_protocol::tc609::heterogeneous::{Probed, ProbedVersion, Statement, versions};
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::dcp::document::DocumentError;

use crate::app::Platform;

/// The version that is spoken here.
const VERSION: &str = "2025-1";
/// The longest version document.
const LIMIT: u64 = 64 * 1024;

/// Looks at it. The statement comes back with its address in one form.
///
/// # Errors
/// Saying what is not in order.
pub async fn look(platform: &Platform, mut statement: Statement) -> Result<(Statement, Probed), Failure> {
    let did = DidWeb::parse(&statement.did).map_err(|error| bad_did(&error))?;
    let egress = &platform.node.egress;
    statement.address = xinyu_http::egress::base_url(egress, &statement.address).map_err(|error| {
        Rejection::bad("address", format!("连接器地址不可用：{error}"), format!("the address cannot be used: {error}"))
            .clause(CLAUSE)
    })?;
    let document = platform.node.dcp.document_of(&did).await.map_err(|error| no_document(&did, &error))?;
    let scheme = platform.node.dcp.fetcher.scheme();
    must_belong(&document, scheme, &statement.address)?;
    let service = document.service(CREDENTIAL_SERVICE).map_err(|error| {
        refused(
            "credential-service",
            format!("DID 文档中没有凭证服务：{error}"),
            format!("no credential service: {error}"),
        )
    })?;
    egress.check_url(service).map_err(|error| {
        refused(
            "credential-service",
            format!("凭证服务地址不可用：{error}"),
            format!("the credential service cannot be used: {error}"),
        )
    })?;
    let credential_service = service.to_owned();
    let (versions, endpoint) = served(platform, &statement.address).await?;
    let at = platform.node.store.clock().now();
    Ok((statement, Probed { at, versions, endpoint, credential_service }))
}

/// The versions that are served at an address, and where that is which is spoken here.
///
/// # Errors
/// If there is no such document, or it does not name the version.
pub async fn served(platform: &Platform, address: &str) -> Result<(Vec<ProbedVersion>, String), Failure> {
    let url = format!("{address}/.well-known/dspace-version");
    let fetched = platform.node.dcp.fetcher.get(&url, "application/json", LIMIT).await;
    let bytes = fetched.map_err(|error| no_versions(&error))?;
    let unreadable = |why: &str| {
        refused(
            "version-document",
            format!("版本端点 {url} 的应答不是版本文档：{why}"),
            format!("{url} does not answer with a version document: {why}"),
        )
    };
    let document: serde_json::Value =
        xinyu_http::json::read_json(&bytes).map_err(|problem| unreadable(&problem.title.en))?;
    let found = versions(&document).map_err(unreadable)?;
    let spoken = found.iter().find(|one| one.version == VERSION).ok_or_else(|| {
        let names = found.iter().map(|one| one.version.as_str()).collect::<Vec<_>>().join(", ");
        refused(
            "version-unsupported",
            format!("该连接器提供的协议版本为 {names}，本空间使用 {VERSION}"),
            format!("it serves {names}, and {VERSION} is what is spoken here"),
        )
        .next(Text::new("请升级连接器或启用该版本后再登记", "let it serve that version, then enrol it"))
    })?;
    let path = spoken.path.trim_matches('/');
    let endpoint = if path.is_empty() { address.to_owned() } else { format!("{address}/{path}") };
    let endpoint = xinyu_http::egress::base_url(&platform.node.egress, &endpoint)
        .map_err(|error| unreadable(&format!("path {path}: {error}")))?;
    if !is_below(&endpoint, address) {
        return Err(unreadable(&format!("path {path} leads elsewhere")).into());
    }
    Ok((found, endpoint))
}

/// That who controls the DID also speaks at the address: it is below what the DID stands for, or the DID's document offers a service there.
fn must_belong(document: &ForeignDocument, scheme: &str, address: &str) -> Result<(), Rejection> {
    let did = document.did();
    let is_own = is_below(address, &did.base_url(scheme));
    if is_own || document.endpoints().any(|offered| is_below(offered, address)) {
        return Ok(());
    }
    Err(refused(
        "did-endpoint-mismatch",
        format!("{did} 的 DID 文档没有指向 {address} 的服务，无法确认二者属于同一连接器"),
        format!("the document of {did} offers nothing at {address}: they need not be the same connector"),
    )
    .next(Text::new(
        "请在 DID 文档的 service 中列出该地址（如 CatalogService、DataService）",
        "let a service of the DID document (such as CatalogService, DataService) name the address",
    )))
}

/// Whether one URL stands at or below another, of the same origin.
fn is_below(url: &str, base: &str) -> bool {
    let (Ok(url), Ok(base)) = (Url::parse(url), Url::parse(base)) else {
        return false;
    };
    let (path, below) = (url.path().trim_end_matches('/'), base.path().trim_end_matches('/'));
    let is_at = path == below || path.strip_prefix(below).is_some_and(|rest| rest.starts_with('/'));
    url.origin() == base.origin() && is_at
}

/// The DID is none.
pub(crate) fn bad_did(error: &IdentityError) -> Rejection {
    let text = error.text();
    Rejection::bad("did", format!("DID 不可用：{}", text.zh), format!("the did cannot be used: {}", text.en))
        .clause(CLAUSE)
}

fn no_document(did: &DidWeb, error: &DocumentError) -> Rejection {
    refused(
        "did-document",
        format!("无法取得 {did} 的 DID 文档：{error}"),
        format!("the document of {did} cannot be had: {error}"),
    )
}

fn no_versions(error: &FetchError) -> Rejection {
    refused(
        "version-document",
        format!("无法取得版本端点：{error}"),
        format!("the version document cannot be had: {error}"),
    )
    .clause("DSP 2025-1 §4.3")
}

fn refused(code: &'static str, zh: String, en: String) -> Rejection {
    Rejection::conflict(code, zh, en).clause(CLAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_the_did_it_stands_below() {
        for (url, base, expect) in [
            ("https://a.example/dsp", "https://a.example", true),
            ("https://a.example/t1/dsp", "https://a.example/t1", true),
            ("https://a.example/t1", "https://a.example/t1/", true),
            ("https://a.example/t11/dsp", "https://a.example/t1", false),
            ("https://a.example:8443/dsp", "https://a.example", false),
            ("http://a.example/dsp", "https://a.example", false),
            ("https://b.example/dsp", "https://a.example", false),
            ("", "https://a.example", false),
        ] {
            assert_eq!(is_below(url, base), expect, "{url} {base}");
        }
    }

    #[test]
    fn tc609_16_6_2_d_a_did_speaks_for_its_own_endpoint() {
        let did = DidWeb::parse("did:web:id.example:edc").unwrap();
        let document = |service: &str| {
            let text = serde_json::json!({ "id": did, "service": [{ "id": "#s", "type": "CatalogService", "serviceEndpoint": service }] });
            ForeignDocument::parse(text.to_string().as_bytes(), &did).unwrap()
        };
        for (service, address, expect) in [
            ("https://edc.example/dsp/2025-1/catalog", "https://edc.example/dsp", true),
            ("https://edc.example/dsp/", "https://edc.example/dsp", true),
            ("https://edc.example/other", "https://edc.example/dsp", false),
            ("https://other.example/dsp", "https://edc.example/dsp", false),
            ("https://other.example/dsp", "https://id.example/edc/dsp", true),
            ("https://other.example/dsp", "https://id.example/dsp", false),
        ] {
            assert_eq!(must_belong(&document(service), "https", address).is_ok(), expect, "{service} {address}");
        }
    }
}
