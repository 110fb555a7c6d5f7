//! Templates as files, from one platform to another. TC609-6-2025-15 §7.2.2.1 f (导入与导出). What is imported is a draft, whoever signed it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use xinyu_core::fault::Rejection;
use xinyu_core::template::{CLAUSE, Origin, TYPE, export, read_file};
use xinyu_crypto::ForeignJws;
use xinyu_http::json::StrictJson;
use xinyu_identity::did::DidWeb;
use xinyu_identity::{ForeignDocument, TokenKind};
use xinyu_protocol::api::template::{TemplateImport, TemplateLife};
use xinyu_protocol::tc609::template::TemplateFile;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;

use super::{did, keep, pick, versions};
use crate::app::Platform;

/// `GET /api/v1/templates/{id}/versions/{version}/file`: signed by the platform, so that another sees where it comes from.
///
/// # Errors
/// If there is no such version.
pub async fn file(
    State(platform): State<Platform>,
    Path((id, version)): Path<(String, u32)>,
    person: Person,
) -> Result<Response, Failure> {
    let found = platform.node.store.write("template.export", move |tx| {
        Box::pin(async move {
            let one = pick(&versions(tx, &id).await?, &id, version)?.clone();
            did(tx, &person, "template.export", &one, "").await?;
            Ok::<_, Failure>(one)
        })
    });
    let one = found.await?;
    let (exported, bytes, digest) = export(&platform.node.dcp.did.to_string(), &one.template)?;
    let jws = platform.node.dcp.sign(|signer| signer.key.sign_jws(TYPE, &signer.kid(), &bytes));
    let file = serde_json::to_vec_pretty(&TemplateFile { exported, digest, jws }).map_err(Failure::broken)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], file).into_response())
}

/// `POST /api/v1/templateImports`: a draft of ours, with its origin noted.
///
/// # Errors
/// If the file was changed, the signature is not the issuer's, or the template is not in order.
pub async fn import(
    State(platform): State<Platform>,
    person: Person,
    body: StrictJson<TemplateImport>,
) -> Result<Json<TemplateLife>, Failure> {
    let TemplateImport { file, document } = body.value;
    let jws = read_file(&file)?;
    let is_verified = match &document {
        None => false,
        Some(document) => verify(&file, &jws, document).map(|()| true)?,
    };
    let TemplateFile { exported, digest, .. } = file;
    let origin = Origin::Imported { issuer: exported.issuer, digest, is_verified };
    Ok(Json(keep(&platform, person, exported.template.definition, origin).await?))
}

fn verify(file: &TemplateFile, jws: &ForeignJws, document: &Value) -> Result<(), Rejection> {
    let refused = |error: String| {
        Rejection::bad(
            "template-signature",
            format!("模板文件的签名无法用所给 DID 文档核验：{error}"),
            format!("the signature of the template file is not good by this DID document: {error}"),
        )
        .clause(CLAUSE)
    };
    let issuer = DidWeb::parse(&file.exported.issuer).map_err(|error| refused(error.to_string()))?;
    let bytes = serde_json::to_vec(document).map_err(|error| refused(error.to_string()))?;
    let document = ForeignDocument::parse(&bytes, &issuer).map_err(|error| refused(error.to_string()))?;
    let key = document.signing_key(TokenKind::Verifiable, jws.kid()).map_err(|error| refused(error.to_string()))?;
    jws.verify(&key).map(drop).map_err(|error| refused(error.to_string()))
}
