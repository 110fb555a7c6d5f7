//! What the DCP kit needs of the subject: an issuer that is believed, and a holder that is a member.

use anyhow::Context as _;
use serde_json::Value;
use xinyu_core::issuance::{CredentialKind, IssuancePolicy};
use xinyu_crypto::{Suite, jws};
use xinyu_identity::did::DidWeb;
use xinyu_protocol::api::Verdict;
use xinyu_protocol::dcp::Profile;
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::connector::{Capabilities, Device};
use xinyu_protocol::tc609::participant::{Registration, RegistrationAnswer, RegistrationRequest, Role};
use xinyu_shell::dcp::TrustedIssuer;

use crate::token_service::Client;
use crate::world::{SPACE, Seat, WorldOptions};

/// The organisation behind the kit's holder.
const HOLDER: (&str, &str) = ("91440300MA7XYU2188", "DCP TCK");
/// By which the kit is known to the token service.
pub(super) const CLIENT: Client = Client { id: "dcp-tck", secret: "arranged with the kit" };

/// The kit's issuer, as the connector believes it.
pub(super) fn issuer(kit: &str) -> anyhow::Result<TrustedIssuer> {
    Ok(TrustedIssuer {
        did: DidWeb::from_base_url(&format!("{kit}/issuer"))?,
        types: ["MembershipCredential", "SensitiveDataCredential"].map(str::to_owned).to_vec(),
        space: SPACE.to_owned(),
    })
}

/// The kit asks for all that there is in its profile, and counts on two.
pub(super) fn world() -> WorldOptions {
    let issuance = IssuancePolicy {
        kinds: vec![CredentialKind::Membership, CredentialKind::Role],
        profiles: vec![Profile::Vc11Sl2021Jwt],
        // The kit counts what our connector holds, and wants nothing but its own to be there.
        is_offered: false,
    };
    WorldOptions { issuance, ..WorldOptions::default() }
}

/// Registers the kit's holder and admits it.
pub(super) async fn admit_holder(platform: &Seat, kit: &str) -> anyhow::Result<()> {
    let mut rng = xinyu_shell::keys::entropy()?;
    let ring = xinyu_crypto::KeyRing::generate(&mut rng);
    let registration = Registration {
        aud: platform.node.platform.id.platform().context("the platform has no identifier")?,
        iat: platform.node.store.clock().now().as_second(),
        participant_id: ParticipantId::parse(HOLDER.0)?,
        participant_name: HOLDER.1.to_owned(),
        role: Role::Consumer,
        spaces: vec![SPACE.to_owned()],
        address: format!("{kit}/holder"),
        keys: serde_json::to_value(ring.public())?,
        device: Device::default(),
        capabilities: Capabilities::default(),
        identity: None,
    };
    let payload = xinyu_protocol::json::canonical(&registration)?;
    let token = jws::sign("xinyu-registration+jwt", &payload, ring.signing(Suite::Intl));
    let answer: RegistrationAnswer =
        platform.client().post("/tc609/registration", &RegistrationRequest { token }).await?;
    let verdict = Verdict { approve: true, note: String::new() };
    let _: Value = platform.post(&format!("/participants/{}/decision", answer.connector_id), &verdict).await?;
    Ok(())
}

/// What the kit is told: for the holder, the issuer, the verifier.
pub(super) fn properties(member: &Seat, platform: &Seat, webhook: &str) -> [Vec<(String, String)>; 3] {
    let did = || member.node.dcp.did.to_string();
    let common = |of_role: Vec<(&str, String)>| {
        let correlation = ("dataspacetck.credentials.correlation.id", "issuance-correlation-id".to_owned());
        let all = of_role.into_iter().chain([correlation]);
        all.map(|(key, value)| (key.to_owned(), value)).collect()
    };
    [
        common(vec![
            ("dataspacetck.did.holder", did()),
            ("dataspacetck.sts.url", format!("{webhook}/sts")),
            ("dataspacetck.sts.client.id", CLIENT.id.to_owned()),
            ("dataspacetck.sts.client.secret", CLIENT.secret.to_owned()),
        ]),
        common(vec![("dataspacetck.did.issuer", platform.node.dcp.did.to_string())]),
        common(vec![
            ("dataspacetck.did.verifier", did()),
            ("dataspacetck.vpp.trigger.endpoint", format!("{}/dsp/2025-1/catalog/request", member.address)),
            ("dataspacetck.revocation.type", "bitstringstatuslist".to_owned()),
        ]),
    ]
}
