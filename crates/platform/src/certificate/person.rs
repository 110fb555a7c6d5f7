//! Certificates of the people who use the platform: whoever has an account hands in a request for a key of their own, and logs in with the certificate from
//! then on. NDI-TR-2025-03 §7.1.4.2. It is good for that alone: no connector or server can be one with it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::SignedDuration;
use xinyu_core::certificate::{self, CertificateState, Issued};
use xinyu_crypto::x509::{Issue, PersonRequest};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::login::{CertificateOrder, OwnCertificate};
use xinyu_shell::user::{Person, must_be_self};
use xinyu_shell::{Failure, keys, login};

use super::seconds;
use crate::app::Platform;

/// How long a certificate of a person is good.
const LIFE: SignedDuration = SignedDuration::from_hours(24 * 365);

/// `POST /api/v1/me/login-keys/certificate/issuance`. The signature of the request proves that the key is theirs. One that the person has of the same suite
/// is taken back, and what it opened ends.
///
/// # Errors
/// If the password is wrong, or the request proves nothing or names somebody else.
pub async fn issue(
    State(platform): State<Platform>,
    person: Person,
    body: StrictJson<CertificateOrder>,
) -> Result<Json<OwnCertificate>, Failure> {
    let CertificateOrder { request, label, password } = body.value;
    must_be_self(&platform.node, &person, password).await?;
    let request = PersonRequest::from_pem(&request).map_err(|error| certificate::refused(&error).clause("/request"))?;
    certificate::admit_person(&request, &person.name)?;
    let this = platform.clone();
    let node = Arc::clone(&platform.node);
    let done = node.store.write("certificate.issue_to_person", move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let life = Issue { now: seconds(now), seconds: LIFE.as_secs().unsigned_abs() };
            let authority = this.authority.of(&this.options.authority, request.public.suite())?;
            let mut rng = keys::entropy().map_err(Failure::broken)?;
            let names = (person.name.as_str(), this.options.operator_name.as_str());
            let fresh = authority.issue_to_person(&request.public, names, life, &mut rng);
            let fresh = fresh.map_err(|error| certificate::refused(&error))?;
            let holder = certificate::person(&person.name);
            let issued = Issued::of(&fresh, &holder, now)?;
            let before = xinyu_store::certificate::of_holder(tx, &holder).await?;
            // A person is in no space: nothing of it stands in a log of evidence.
            let (replaced, _) = certificate::issue(&issued, before, &[], now);
            for one in &replaced {
                xinyu_store::certificate::save(tx, one).await?;
                if one.state == CertificateState::Revoked {
                    login::certificate::forget(tx, &one.fingerprint).await?;
                }
            }
            xinyu_store::certificate::insert(tx, &issued).await?;
            let chain = [fresh.clone(), authority.certificates().issuing.clone()];
            let key = login::certificate::bind_issued(tx, &person, &chain, label).await?;
            Ok::<_, Failure>(OwnCertificate { key, chain: this.authority.chain(&fresh)? })
        })
    });
    done.await.map(Json)
}
