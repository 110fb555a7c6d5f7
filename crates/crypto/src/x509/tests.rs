//! What is issued verifies, and what is not in order is refused with its reason. NDI-TR-2025-03 §7.2, Appendix A.

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::{Secret, Suite};

const NOW: u64 = 1_800_000_000;
const DAY: u64 = 86_400;
const UNIT: &str = "591350100M000100Y433501A1B2C3D4T";

/// A root, what issues under it, and a key with a certificate of each suite.
struct World {
    suite: Suite,
    root: CertificateKey,
    issuing: CertificateKey,
    end: CertificateKey,
}

impl World {
    fn new(suite: Suite) -> Self {
        let mut rng = StdRng::seed_from_u64(7);
        let mut key = || CertificateKey::generate(suite, &mut rng);
        let (root, issuing, end) = (key(), key(), key());
        Self { suite, root, issuing, end }
    }

    fn authority(&self) -> Authority<'_> {
        let life = Issue { now: NOW, seconds: 3650 * DAY };
        Authority::found(&self.root, &self.issuing, "某运营者", life, &mut StdRng::seed_from_u64(21)).unwrap()
    }

    fn issue(&self, authority: &Authority<'_>) -> Certificate {
        let request = CertificateRequest::make(&self.end, &subject()).unwrap();
        let request = CertificateRequest::from_pem(request.pem()).unwrap();
        let life = Issue { now: NOW, seconds: 365 * DAY };
        let mut rng = StdRng::seed_from_u64(22);
        authority.issue(&request, &request.subject, life, &mut rng).unwrap()
    }
}

fn subject() -> Subject {
    Subject {
        place: Place::parse("connector.a.example").unwrap(),
        unit: UNIT.to_owned(),
        organization: Some("某某港口有限公司".to_owned()),
        others: vec![Place::parse("192.0.2.7").unwrap()],
    }
}

fn expected<'a>(roots: &'a [Certificate], lists: &'a [RevocationList], now: u64) -> Expected<'a> {
    Expected { roots, lists, must_have_lists: false, unit: Some(UNIT), place: None, now }
}

#[test]
fn ndi_03_appendix_a_a_certificate_names_place_and_identifier() {
    for suite in Suite::ALL {
        let world = World::new(suite);
        let authority = world.authority();
        let certificate = world.issue(&authority);
        assert_eq!(certificate.subject().unwrap(), subject());
        assert_eq!(certificate.suite(), world.suite);
        assert_eq!(certificate.serial().len(), 32);
        assert_eq!(Certificate::from_pem(&certificate.to_pem().unwrap()).unwrap(), certificate);
        assert_eq!(Certificate::from_der(certificate.der()).unwrap(), certificate);
        let AuthorityCertificates { root, issuing } = authority.certificates().clone();
        let roots = [root.clone()];
        // The root may be sent along.
        for chain in [vec![certificate.clone(), issuing.clone()], vec![certificate, issuing, root]] {
            assert_eq!(verify_chain(&chain, &expected(&roots, &[], NOW + DAY)), Ok(()));
        }
    }
}

/// Changes what is checked, and says what must come of it.
type Case<'a> = (&'a str, Box<dyn Fn(&mut Vec<Certificate>, &mut Expected<'_>) + 'a>, X509Error);

#[test]
fn ndi_03_7_2_3_1_what_is_not_in_order_is_refused_with_its_reason() {
    for suite in Suite::ALL {
        let world = World::new(suite);
        let authority = world.authority();
        let certificate = world.issue(&authority);
        let AuthorityCertificates { root, issuing } = authority.certificates().clone();
        let serial = certificate.serial();
        let other = World::new(if suite == Suite::Sm { Suite::Intl } else { Suite::Sm });
        let stranger = {
            let mut rng = StdRng::seed_from_u64(99);
            let (root, issuing) =
                (CertificateKey::generate(suite, &mut rng), CertificateKey::generate(suite, &mut rng));
            let life = Issue { now: NOW, seconds: 3650 * DAY };
            Authority::found(&root, &issuing, "某运营者", life, &mut rng).unwrap().certificates().root.clone()
        };
        let no_authority = Authority {
            key: &world.end,
            certificates: AuthorityCertificates { root: root.clone(), issuing: certificate.clone() },
        };
        let below_no_authority = world.issue(&no_authority);
        let (stranger, elsewhere) = ([stranger], [other.authority().certificates().root.clone()]);
        let place = Place::parse("connector.b.example").unwrap();
        let cases: Vec<Case<'_>> = vec![
            (
                "expired",
                Box::new(|_, expected| expected.now = NOW + 366 * DAY),
                X509Error::Expired { serial: serial.clone() },
            ),
            (
                "too early",
                Box::new(|_, expected| expected.now = NOW - DAY),
                X509Error::NotYet { serial: root.serial() },
            ),
            ("same name, other key", Box::new(|_, expected| expected.roots = &[]), X509Error::Untrusted),
            ("no chain", Box::new(|chain, _| chain.clear()), X509Error::Untrusted),
            ("issuer left out", Box::new(|chain, _| chain.truncate(1)), X509Error::Untrusted),
            (
                "wrong OU",
                Box::new(|_, expected| expected.unit = Some("5…")),
                X509Error::Unit { expected: "5…".to_owned(), found: UNIT.to_owned() },
            ),
            (
                "below what is no authority",
                Box::new(|chain, _| *chain = vec![below_no_authority.clone(), certificate.clone(), issuing.clone()]),
                // The root allows one below it, and here are two.
                X509Error::NotAuthority { serial: root.serial() },
            ),
            (
                "an authority as a connector",
                Box::new(|chain, _| *chain = vec![issuing.clone()]),
                X509Error::Usage { serial: issuing.serial() },
            ),
            (
                "no list where one must be",
                Box::new(|_, expected| expected.must_have_lists = true),
                X509Error::NoList(root.subject_text()),
            ),
        ];
        for (name, change, expect) in cases {
            let roots = [root.clone()];
            let mut chain = vec![certificate.clone(), issuing.clone()];
            let mut wanted = expected(&roots, &[], NOW + DAY);
            change(&mut chain, &mut wanted);
            assert_eq!(verify_chain(&chain, &wanted), Err(expect), "{suite} {name}");
        }
        let chain = [certificate.clone(), issuing.clone()];
        let forged = verify_chain(&chain, &expected(&stranger, &[], NOW + DAY));
        assert_eq!(forged, Err(X509Error::Signature("certificate")), "{suite} a root of the same name");
        assert_eq!(verify_chain(&chain, &expected(&elsewhere, &[], NOW + DAY)), Err(X509Error::Untrusted));
        let roots = [root];
        let elsewhere = Expected { place: Some(&place), ..expected(&roots, &[], NOW + DAY) };
        assert_eq!(verify_chain(&chain, &elsewhere), Err(X509Error::Place("connector.b.example".to_owned())));
        // A bare end certificate issued by one that is no authority, with that one as the root.
        let wrong_root = [certificate];
        let chain = [below_no_authority];
        assert!(verify_chain(&chain, &expected(&wrong_root, &[], NOW + DAY)).is_err());
    }
}

#[test]
fn ndi_03_7_2_2_what_was_taken_back_is_refused() {
    for suite in Suite::ALL {
        let world = World::new(suite);
        let authority = world.authority();
        let certificate = world.issue(&authority);
        let AuthorityCertificates { root, issuing } = authority.certificates().clone();
        let (roots, chain) = ([root], [certificate.clone(), issuing.clone()]);
        let revoked = [Revoked { serial: certificate.serial(), at: NOW }];
        let empty = RevocationList::sign(&authority, 1, &[], NOW, DAY).unwrap();
        let list = RevocationList::sign(&authority, 2, &revoked, NOW, DAY).unwrap();
        assert_eq!((empty.len(), list.len()), (0, 1));
        assert!(empty.is_empty() && !list.is_empty());
        let list = RevocationList::from_pem(&list.to_pem().unwrap()).unwrap();
        let check = |list: &RevocationList, now, expect| {
            assert_eq!(verify_chain(&chain, &expected(&roots, std::slice::from_ref(list), now)), expect, "{suite}");
        };
        check(&empty, NOW + 60, Ok(()));
        check(&list, NOW + 60, Err(X509Error::Revoked { serial: certificate.serial() }));
        check(&empty, NOW + 2 * DAY, Err(X509Error::NoList(issuing.subject_text())));
        // Another key under the authority's name.
        let liar = Authority { key: &world.end, certificates: authority.certificates().clone() };
        let forged = RevocationList::sign(&liar, 3, &[], NOW, DAY).unwrap();
        check(&forged, NOW + 60, Err(X509Error::Signature("revocation list")));
    }
}

#[test]
fn every_flipped_bit_of_a_certificate_and_of_a_request_is_noticed() {
    for suite in Suite::ALL {
        let world = World::new(suite);
        let authority = world.authority();
        let certificate = world.issue(&authority);
        let AuthorityCertificates { root, issuing } = authority.certificates().clone();
        let roots = [root];
        for at in (0..certificate.der().len()).step_by(3) {
            let mut der = certificate.der().to_vec();
            der[at] ^= 1 << (at % 8);
            let taken = Certificate::from_der(&der)
                .and_then(|altered| verify_chain(&[altered, issuing.clone()], &expected(&roots, &[], NOW + DAY)));
            assert!(taken.is_err(), "{suite} byte {at}");
        }
        let request = CertificateRequest::make(&world.end, &subject()).unwrap();
        let other = CertificateRequest::make(&world.issuing, &subject()).unwrap();
        let der = |pem: &str| x509_cert::der::pem::decode_vec(pem.as_bytes()).unwrap().1;
        let (mine, theirs) = (der(request.pem()), der(other.pem()));
        assert!(CertificateRequest::from_der(&mine).is_ok());
        for at in (0..mine.len()).step_by(3) {
            let mut altered = mine.clone();
            altered[at] ^= 1 << (at % 8);
            assert!(CertificateRequest::from_der(&altered).is_err(), "{suite} byte {at} of the request");
        }
        // The key of one with the signature of another: no proof of possession.
        let mut stolen = mine.clone();
        let tail = stolen.len() - 60;
        if theirs.len() == mine.len() {
            stolen[tail..].copy_from_slice(&theirs[tail..]);
            assert!(CertificateRequest::from_der(&stolen).is_err());
        }
    }
}

#[test]
fn what_is_no_certificate_is_said_to_be_malformed() {
    for text in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not PEM", "\u{0}"] {
        assert!(matches!(Certificate::from_pem(text), Err(X509Error::Malformed { .. })), "{text:?}");
        assert!(matches!(Certificate::chain_from_pem(text), Err(X509Error::Malformed { .. })), "{text:?}");
        assert!(matches!(CertificateRequest::from_pem(text), Err(X509Error::Malformed { .. })), "{text:?}");
        assert!(matches!(RevocationList::from_pem(text), Err(X509Error::Malformed { .. })), "{text:?}");
    }
    let long = vec![0x30; 5 << 20];
    assert!(Certificate::from_der(&long).is_err() && RevocationList::from_der(&long).is_err());
    assert!(CertificateRequest::from_der(&long).is_err());
}

#[test]
fn a_place_is_a_domain_or_an_address_and_nothing_between() {
    for (text, expect) in [
        ("a.example", Some("a.example")),
        ("A.Example", Some("a.example")),
        ("localhost", Some("localhost")),
        ("192.0.2.1", Some("192.0.2.1")),
        ("[2001:db8::1]", Some("2001:db8::1")),
        ("2001:0db8::0001", Some("2001:db8::1")),
        ("", None),
        ("a..example", None),
        ("-a.example", None),
        ("a.example:443", None),
        ("https://a.example", None),
        ("a b", None),
        ("数据.example", None),
        ("0x7f000001", None),
        ("2130706433", None),
        ("127.1", None),
        ("*.example", None),
    ] {
        assert_eq!(Place::parse(text).ok().map(|place| place.to_string()).as_deref(), expect, "{text}");
    }
}

#[test]
fn keys_are_sealed_and_shown_by_no_debug() {
    let keys = CertificateKeys::generate(&mut StdRng::seed_from_u64(1));
    let secret = Secret::KeyFile(vec![9; 48].into());
    let document = keys.seal_to(&secret, &mut StdRng::seed_from_u64(2)).unwrap();
    let opened = CertificateKeys::open_from(&document, &secret).unwrap();
    for suite in Suite::ALL {
        assert_eq!(opened.of(suite).public(), keys.of(suite).public());
        let bytes = keys.of(suite).to_bytes();
        let shown = format!("{keys:?} {:?}", keys.of(suite));
        assert!(!shown.contains(&hex::encode(&bytes)) && !shown.contains(&format!("{:?}", &bytes[..4])));
    }
    let ring = crate::KeyRing::generate(&mut StdRng::seed_from_u64(3));
    let other = ring.seal_to(&secret, &mut StdRng::seed_from_u64(2)).unwrap();
    assert!(CertificateKeys::open_from(&other, &secret).is_err());
}
