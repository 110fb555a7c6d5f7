//! Figures of who is calling, for `cargo xtask bench identity`: each line is name, unit, amount and nanoseconds, with tabs between. Everything that needs
//! no network: what comes over it, a document, a list, is there.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Map, json};
use uuid::Uuid;
use xinyu_crypto::{KeyChain, KeyRing, Suite};
use xinyu_identity::presentation::present;
use xinyu_identity::request::{self, Exchange, Expect};
use xinyu_identity::status::{MIN_ENTRIES, StatusList};
use xinyu_identity::status_credential::{self, is_listed};
use xinyu_identity::{
    ClientToken, DidDocument, DidWeb, ForeignDocument, Presentation, RequestClaims, Signer, VerifiableCredential, vc,
};
use xinyu_protocol::dcp::Profile;
use xinyu_protocol::id::{AreaCode, ConnectorId, ParticipantId, PartyId, PlatformId};

const NOW: i64 = 1_790_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let now = Timestamp::from_second(NOW)?;
    members(now)?;
    strangers(now)
}

/// A request of a member, as every request to a peer route is verified.
fn members(now: Timestamp) -> Result<(), Box<dyn Error>> {
    let ring = KeyRing::generate(&mut StdRng::seed_from_u64(1));
    let (owner, area) = (ParticipantId::parse("91350100M000100Y43")?, AreaCode::parse("3501")?);
    let me = PartyId::from(PlatformId::compose(&owner, &area, 1));
    let peer = PartyId::from(ConnectorId::compose(&owner, &area, 2));
    let body = vec![b'x'; 2048];
    let exchange = Exchange { method: "POST", path: "/tc609/evidence", body: &body };
    let keys = ring.public();
    for (suite, name) in [(Suite::Sm, "SM2"), (Suite::Intl, "Ed25519")] {
        let claims = RequestClaims::new(suite, peer.clone(), me.clone(), exchange, Uuid::from_u128(7), now);
        let token = request::mint(&claims, ring.signing(suite));
        let expect = Expect { iss: &peer, aud: &me, exchange };
        request::verify(&token, &keys, expect, now)?;
        figure(&format!("verify a request token, {name}"), 500, || {
            black_box(request::verify(black_box(&token), &keys, expect, now).is_ok());
        })?;
    }
    Ok(())
}

/// A connector of another maker: its token, its presentation, a credential in it, and the list of the revoked.
fn strangers(now: Timestamp) -> Result<(), Box<dyn Error>> {
    let mut rng = StdRng::seed_from_u64(2);
    let (holder, issuer, us) = (
        DidWeb::parse("did:web:holder.example")?,
        DidWeb::parse("did:web:issuer.example")?,
        DidWeb::parse("did:web:us.example")?,
    );
    let ring = KeyRing::generate(&mut rng);
    let keys = KeyChain::begin(NOW, &mut rng);
    let document = |did: &DidWeb| -> Result<ForeignDocument, Box<dyn Error>> {
        let document = DidDocument::new(did, &ring.public(), "https://a.example/dsp").with_chain(&keys);
        Ok(ForeignDocument::parse(&serde_json::to_vec(&document)?, did)?)
    };
    let (of_holder, of_issuer) = (document(&holder)?, document(&issuer)?);
    let token =
        Signer { did: &holder, key: keys.current() }.token(us.as_str(), Some("access"), Uuid::from_u128(1), now);
    ClientToken::parse(&token, us.as_str(), now)?.verify_by(&of_holder)?;
    figure("verify a self-issued token, ES256", 1_000, || {
        let parsed = ClientToken::parse(black_box(&token), us.as_str(), now);
        black_box(parsed.and_then(|token| token.verify_by(&of_holder)).is_ok());
    })?;

    let url = "https://issuer.example/dcp/status/vc11/0";
    let until = Timestamp::from_second(NOW + 86_400)?;
    let draft = vc::Draft {
        profile: Profile::Vc11Sl2021Jwt,
        id: "urn:uuid:1".to_owned(),
        kind: "MembershipCredential".to_owned(),
        holder: holder.clone(),
        claims: json!({ "spaces": ["a"] }).as_object().cloned().unwrap_or_else(Map::new),
        from: now,
        until,
        status: (url.to_owned(), 7),
        schema: "https://issuer.example/dcp/schemas/MembershipCredential".to_owned(),
    };
    let signer = Signer { did: &issuer, key: keys.current() };
    let credential = draft.issue(signer);
    let by_holder = Signer { did: &holder, key: keys.current() };
    let shown = present(by_holder, draft.profile, us.as_str(), &[credential], Uuid::from_u128(2), now);
    let whole = || -> Result<VerifiableCredential, Box<dyn Error>> {
        let presentation = Presentation::parse(black_box(&shown), &us, now)?;
        presentation.verify(&of_holder)?;
        let text = presentation.credentials.first().ok_or("no credential")?;
        let credential = VerifiableCredential::parse(text)?;
        credential.verify(&of_issuer)?;
        credential.check_time(now)?;
        Ok(credential)
    };
    let read = whole()?;
    figure("verify a presentation with one credential, ES256", 500, || {
        black_box(whole().is_ok());
    })?;

    let place = read.statuses.first().ok_or("the credential has no place in a list")?;
    let list = StatusList::new(MIN_ENTRIES)?;
    let list = status_credential::issue(&list, draft.profile, url, (now, until), signer)?;
    is_listed(list.as_bytes(), place, &of_issuer, "https", now)?;
    figure("verify a status list of 131,072 and look one up", 200, || {
        black_box(is_listed(black_box(list.as_bytes()), place, &of_issuer, "https", now).is_ok());
    })?;
    figure("issue a credential, ES256", 1_000, || {
        black_box(draft.issue(black_box(signer)));
    })?;
    Ok(())
}

fn figure(name: &str, times: u32, work: impl Fn()) -> std::io::Result<()> {
    let started = Instant::now();
    (0..times).for_each(|_| work());
    writeln!(std::io::stdout(), "{name}\t\t{times}\t{}", started.elapsed().as_nanos())
}
