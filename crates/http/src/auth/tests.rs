//! Tests of peer authentication: each claim wrong in turn.

use axum::http::HeaderValue;
use xinyu_crypto::KeyRing;
use xinyu_identity::request::mint;

use super::*;
use crate::testing::{BOTH, NOW, claims, connector, now, platform, ring, uuid};

const PATH: &str = "/tc609/contract?space=1";
const BODY: &[u8] = b"{\"a\":1}";

/// A request as an honest connector makes it; each case changes one thing.
struct Sent {
    headers: HeaderMap,
    method: Method,
    path: &'static str,
    body: &'static [u8],
}

fn token(suite: Suite, sender: PartyId, receiver: PartyId, keys: &KeyRing) -> String {
    let exchange = Exchange { method: "POST", path: PATH, body: BODY };
    mint(&RequestClaims::new(suite, sender, receiver, exchange, uuid(1), now()), keys.signing(suite))
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    headers.insert(name, HeaderValue::from_str(value).unwrap());
}

fn again(headers: &mut HeaderMap, name: &'static str) {
    headers.append(name, HeaderValue::from_static("Bearer a"));
}

fn honest(suite: Suite) -> Sent {
    let mut headers = HeaderMap::new();
    let token = token(suite, connector(1), connector(2), &ring(2));
    put(&mut headers, "authorization", &format!("Bearer {token}"));
    put(&mut headers, CREDENTIAL_HEADER, &Credential::issue(&claims(1, &ring(2)), ring(1).signing(suite)));
    Sent { headers, method: Method::POST, path: PATH, body: BODY }
}

fn verify_at(sent: &Sent, at: i64, is_barred: impl FnMut(Question<'_>) -> bool) -> Result<Peer, Rejection> {
    verify_with(&Credentials::new(1), sent, at, is_barred)
}

fn verify_with(
    checked: &Credentials,
    sent: &Sent,
    at: i64,
    is_barred: impl FnMut(Question<'_>) -> bool,
) -> Result<Peer, Rejection> {
    let received = PeerRequest { method: &sent.method, path: sent.path, headers: &sent.headers, body: sent.body };
    let (me, issuer, issuer_keys) = (connector(2), platform(), ring(1).public());
    let trust = Trust { me: &me, issuer: &issuer, issuer_keys: &issuer_keys, checked };
    verify_peer(received, trust, Timestamp::from_second(at).unwrap(), is_barred)
}

fn verify(sent: &Sent) -> Result<Peer, Rejection> {
    verify_at(sent, NOW, |_| false)
}

#[test]
fn an_honest_connector_is_known_in_both_suites() {
    for suite in BOTH {
        let peer = verify(&honest(suite)).unwrap();
        assert_eq!((peer.party, peer.me, peer.suite), (connector(1), connector(2), suite));
        assert_eq!((peer.role, peer.credential_id, peer.request_id), (Role::Consumer, Some(uuid(1001)), uuid(1)));
        assert_eq!(peer.address.as_deref(), Some("http://127.0.0.1:7701"));
        assert_eq!(peer.participant, connector(1).owner());
        assert_eq!(peer.keys, ring(2).public());
    }
}

#[test]
fn the_platform_needs_no_credential_and_only_the_platform() {
    let mut sent = honest(Suite::Sm);
    sent.headers.remove(CREDENTIAL_HEADER);
    assert_eq!(verify(&sent).unwrap_err(), Rejection::Missing { header: CREDENTIAL_HEADER });
    put(
        &mut sent.headers,
        "authorization",
        &format!("Bearer {}", token(Suite::Sm, platform(), connector(2), &ring(1))),
    );
    let peer = verify(&sent).unwrap();
    assert_eq!((peer.party, peer.role, peer.credential_id), (platform(), Role::Operator, None));
    // A token that the platform has signed for another's name.
    put(
        &mut sent.headers,
        "authorization",
        &format!("Bearer {}", token(Suite::Sm, connector(1), connector(2), &ring(1))),
    );
    assert_eq!(verify(&sent).unwrap_err().code(), "wrong-issuer");
}

#[test]
fn one_wrong_thing_is_enough() {
    type Change = fn(&mut Sent);
    let cases: [(&str, Change, &str, u16); 26] = [
        ("no token", |sent| drop(sent.headers.remove("authorization")), "unauthenticated", 401),
        ("basic", |sent| put(&mut sent.headers, "authorization", "Basic YTpi"), "not-bearer", 401),
        ("empty bearer", |sent| put(&mut sent.headers, "authorization", "Bearer "), "not-bearer", 401),
        ("two tokens", |sent| again(&mut sent.headers, "authorization"), "repeated-header", 400),
        ("two credentials", |sent| again(&mut sent.headers, CREDENTIAL_HEADER), "repeated-header", 400),
        (
            "binary token",
            |sent| drop(sent.headers.insert("authorization", HeaderValue::from_bytes(b"Bearer \xff").unwrap())),
            "unreadable-header",
            400,
        ),
        ("rubbish token", |sent| put(&mut sent.headers, "authorization", "Bearer a.b.c"), "malformed-token", 401),
        ("rubbish credential", |sent| put(&mut sent.headers, CREDENTIAL_HEADER, "a.b.c"), "malformed-token", 401),
        ("other body", |sent| sent.body = b"{\"a\":2}", "body-changed", 401),
        ("no body", |sent| sent.body = b"", "body-changed", 401),
        ("other path", |sent| sent.path = "/tc609/regulator", "wrong-path", 401),
        ("other query", |sent| sent.path = "/tc609/contract?space=2", "wrong-path", 401),
        ("other method", |sent| sent.method = Method::DELETE, "wrong-method", 401),
        ("dot segment", |sent| sent.path = "/tc609/../admin", "unsafe-path", 400),
        ("encoded dots", |sent| sent.path = "/tc609/%2e%2E/admin", "unsafe-path", 400),
        ("encoded slashes around dots", |sent| sent.path = "/tc609/a%2f..%2fadmin", "unsafe-path", 400),
        ("backslash", |sent| sent.path = "/tc609/%5cadmin", "unsafe-path", 400),
        ("zero byte", |sent| sent.path = "/tc609/a%00", "unsafe-path", 400),
        ("half an escape", |sent| sent.path = "/tc609/a%2", "unsafe-path", 400),
        ("two slashes", |sent| sent.path = "//tc609/contract?space=1", "unsafe-path", 400),
        (
            "for another receiver",
            |sent| {
                let token = token(Suite::Sm, connector(1), connector(3), &ring(2));
                put(&mut sent.headers, "authorization", &format!("Bearer {token}"));
            },
            "wrong-audience",
            401,
        ),
        (
            "signed by a stranger",
            |sent| {
                let token = token(Suite::Sm, connector(1), connector(2), &ring(9));
                put(&mut sent.headers, "authorization", &format!("Bearer {token}"));
            },
            "unknown-key",
            401,
        ),
        (
            "in another's name",
            |sent| {
                let token = token(Suite::Sm, connector(3), connector(2), &ring(2));
                put(&mut sent.headers, "authorization", &format!("Bearer {token}"));
            },
            "wrong-issuer",
            401,
        ),
        (
            "credential by a stranger",
            |sent| {
                put(
                    &mut sent.headers,
                    CREDENTIAL_HEADER,
                    &Credential::issue(&claims(1, &ring(2)), ring(9).signing(Suite::Sm)),
                );
            },
            "unknown-key",
            401,
        ),
        (
            "credential of another",
            |sent| {
                put(
                    &mut sent.headers,
                    CREDENTIAL_HEADER,
                    &Credential::issue(&claims(3, &ring(4)), ring(1).signing(Suite::Sm)),
                );
            },
            "unknown-key",
            401,
        ),
        (
            "credential as token",
            |sent| {
                let credential = sent.headers[CREDENTIAL_HEADER].to_str().unwrap().to_owned();
                put(&mut sent.headers, "authorization", &format!("Bearer {credential}"));
            },
            "unknown-key",
            401,
        ),
    ];
    for (name, change, code, status) in cases {
        let mut sent = honest(Suite::Sm);
        change(&mut sent);
        let rejection = verify(&sent).expect_err(name);
        assert_eq!((rejection.code(), rejection.status()), (code, status), "{name}: {rejection}");
    }
}

#[test]
fn hours_are_checked() {
    let cases = [(NOW, None), (NOW + 119, None), (NOW + 120, Some("expired")), (NOW - 61, Some("not-yet-valid"))];
    for (at, code) in cases {
        let found = verify_at(&honest(Suite::Intl), at, |_| false).err().map(|rejection| rejection.code());
        assert_eq!(found, code, "{}", at - NOW);
    }
}

#[test]
fn a_credential_that_was_checked_before_is_held_to_its_hours_and_its_revocation() {
    let checked = Credentials::new(1);
    let sent = honest(Suite::Intl);
    let code = |at, is_revoked: bool| {
        let bars = |question: Question<'_>| is_revoked && matches!(question, Question::IsRevoked(_));
        verify_with(&checked, &sent, at, bars).err().map(|rejection| rejection.code())
    };
    assert_eq!(code(NOW, false), None);
    assert_eq!(code(NOW, false), None);
    assert_eq!(code(NOW, true), Some("credential-revoked"));
    assert_eq!(code(NOW + 120, false), Some("expired"));
}

#[test]
fn a_revoked_credential_is_refused_before_its_request_is_remembered() {
    let mut asked_for_replay = false;
    let refused = verify_at(&honest(Suite::Intl), NOW, |question| match question {
        Question::IsRevoked(credential) => credential.status.index == 1,
        Question::IsForgotten(_) | Question::IsReplayed(_) => {
            asked_for_replay = true;
            false
        }
    });
    assert_eq!(refused.unwrap_err(), Rejection::Revoked { credential: uuid(1001), party: connector(1) });
    assert!(!asked_for_replay);
}

#[test]
fn a_request_counts_once() {
    let cache = ReplayCache::new(now(), 100);
    let verify_once = |at: i64| {
        let at_time = Timestamp::from_second(at).unwrap();
        verify_at(&honest(Suite::Intl), at, |question| cache.bars(question, at_time)).map(|peer| peer.request_id)
    };
    assert_eq!(verify_once(NOW), Ok(uuid(1)));
    assert_eq!(verify_once(NOW), Err(Rejection::Replayed { jti: uuid(1) }));
    assert_eq!(
        verify_once(NOW + 119),
        Err(Rejection::Replayed { jti: uuid(1) }),
        "as long as the token would be believed"
    );
    // A forged request does not use up the honest one's id.
    let cache = ReplayCache::new(now(), 100);
    let mut forged = honest(Suite::Intl);
    forged.body = b"x";
    assert!(verify_at(&forged, NOW, |question| cache.bars(question, now())).is_err());
    assert!(verify_at(&honest(Suite::Intl), NOW, |question| cache.bars(question, now())).is_ok());
}

#[test]
fn what_came_before_the_start_may_have_come_before() {
    let cache = ReplayCache::new(Timestamp::from_second(NOW + 1).unwrap(), 100);
    let rejection = verify_at(&honest(Suite::Intl), NOW, |question| cache.bars(question, now())).unwrap_err();
    assert_eq!((rejection.code(), rejection.status()), ("replay-unknown", 503));
}

#[test]
fn a_full_memory_takes_nothing_more_until_something_expires() {
    let cache = ReplayCache::new(now(), 2);
    let claims = |number| {
        let exchange = Exchange { method: "GET", path: "/", body: b"" };
        RequestClaims::new(Suite::Intl, connector(1), connector(2), exchange, uuid(number), now())
    };
    let later = Timestamp::from_second(NOW + 121).unwrap();
    let cases = [(1, now(), true), (2, now(), true), (1, now(), false), (3, now(), false), (3, later, true)];
    for (number, at, expect) in cases {
        assert_eq!(cache.insert(&claims(number), at), expect, "{number} at {at}");
    }
}

#[test]
fn of_many_at_once_one_gets_through() {
    let cache = ReplayCache::new(now(), 100);
    let exchange = Exchange { method: "GET", path: "/", body: b"" };
    let claims = RequestClaims::new(Suite::Intl, connector(1), connector(2), exchange, uuid(1), now());
    let taken: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| usize::from(cache.insert(&claims, now())))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(taken, 1);
}
