//! Login by DID. NDI-TR-2025-03 §7.1.4.3.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use xinyu_core::user::statement::node_of;
use xinyu_core::user::totp;
use xinyu_crypto::{Es256Key, HolderKey, SigningKey, Suite, jws};
use xinyu_shell::keys;
use xinyu_testkit::world::Seat;

use super::login::{enrol, now};
use super::people::{Like, PASSWORD, add, call, check, put, session, world};

/// What is served for a DID.
#[derive(Clone)]
enum Served {
    Document(Value),
    Redirect,
    Endless,
    Nothing,
}

/// A place on the web with a DID.
struct Place {
    did: String,
    served: Arc<Mutex<Served>>,
    _guard: DropGuard,
}

impl Place {
    async fn start() -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = Arc::new(Mutex::new(Served::Nothing));
        let router = Router::new().route("/{name}/did.json", get(serve)).with_state(Arc::clone(&served));
        let stop = CancellationToken::new();
        let ended = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await });
        Self { did: format!("did:web:127.0.0.1%3A{port}:wang"), served, _guard: stop.drop_guard() }
    }

    fn serve(&self, served: Served) {
        *self.served.lock().unwrap() = served;
    }

    fn publish(&self, keys: &[(&str, &Es256Key)], authentication: &[&str]) {
        let method = |(name, key): &(&str, &Es256Key)| {
            json!({
                "id": format!("{}#{name}", self.did), "type": "JsonWebKey2020", "controller": self.did,
                "publicKeyJwk": key.public_jwk(),
            })
        };
        let listed: Vec<String> = authentication.iter().map(|name| format!("{}#{name}", self.did)).collect();
        self.serve(Served::Document(json!({
            "@context": ["https://www.w3.org/ns/did/v1"], "id": self.did,
            "verificationMethod": keys.iter().map(method).collect::<Vec<_>>(), "authentication": listed,
        })));
    }
}

async fn serve(State(served): State<Arc<Mutex<Served>>>) -> Response {
    let served = served.lock().unwrap().clone();
    match served {
        Served::Document(document) => document.to_string().into_response(),
        Served::Redirect => Redirect::temporary("/other/did.json").into_response(),
        Served::Endless => {
            Body::from_stream(futures::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1024])))
                .into_response()
        }
        Served::Nothing => axum::http::StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whoever signs for a DID.
struct Holder {
    did: String,
    sign: Box<dyn Fn(&str) -> String + Send + Sync>,
}

fn es256() -> Es256Key {
    Es256Key::generate(&mut keys::entropy().unwrap())
}

impl Holder {
    fn web(did: &str, kid: &str, key: &Es256Key) -> Self {
        let (key, kid) = (key.clone(), format!("{did}#{kid}"));
        Self { did: did.to_owned(), sign: Box::new(move |text| key.sign_jws("JWT", &kid, text.as_bytes())) }
    }

    fn jwk(key: SigningKey) -> Self {
        use base64::Engine as _;
        let jwk = serde_json::to_string(&key.public()).unwrap();
        let did = format!("did:jwk:{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(jwk));
        let kid = format!("{did}#0");
        Self { did, sign: Box::new(move |text| jws::sign_as("JWT", &kid, text.as_bytes(), &key)) }
    }

    async fn bind(&self, seat: &Seat, token: &str, expect: &str) -> Value {
        let (id, text) = challenge(seat, token, "/me/login-keys/did/challenge").await;
        let body = json!({
            "challengeId": id, "did": self.did, "jws": (self.sign)(&text), "label": "", "password": PASSWORD,
        });
        check(seat, token, "/me/login-keys/did", body, expect).await
    }

    async fn answer(&self, seat: &Seat) -> Value {
        let (id, text) = challenge(seat, "", "/login/did/challenge").await;
        json!({ "challengeId": id, "did": self.did, "jws": (self.sign)(&text) })
    }

    async fn log_in(&self, seat: &Seat) -> Result<String, String> {
        send(seat, &self.answer(seat).await).await
    }
}

async fn challenge(seat: &Seat, token: &str, path: &str) -> (String, String) {
    let asked = check(seat, token, path, json!({}), "").await;
    (asked["challengeId"].as_str().unwrap().to_owned(), asked["text"].as_str().unwrap().to_owned())
}

async fn send(seat: &Seat, body: &Value) -> Result<String, String> {
    let (status, answer) = call(seat, "", "POST", "/login/did", body).await;
    let member = if status == 200 { "token" } else { "code" };
    let text = answer[member].as_str().unwrap_or_else(|| panic!("{status} {answer}")).to_owned();
    if status == 200 { Ok(text) } else { Err(text) }
}

fn err(code: &str) -> Result<String, String> {
    Err(code.to_owned())
}

async fn viewer(seat: &Seat, name: &str) -> String {
    add(seat, name, Like { role: "viewer", ..Like::default() }).await;
    session(seat, name, false).await
}

fn signing(suite: Suite) -> SigningKey {
    SigningKey::generate(suite, &mut keys::entropy().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_7_1_4_3_a_did_opens_its_account_with_the_keys_that_hold_now() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    let (place, first, second) = (Place::start().await, es256(), es256());
    let (with_first, with_second) = (Holder::web(&place.did, "a", &first), Holder::web(&place.did, "b", &second));
    with_first.bind(seat, &token, "did-unresolved").await;
    place.publish(&[("a", &first)], &["a"]);
    with_second.bind(seat, &token, "wrong-signature").await;
    with_first.bind(seat, &token, "").await;
    let opened = with_first.log_in(seat).await.unwrap();
    let (_, sessions) = call(seat, &opened, "GET", "/me/sessions", &Value::Null).await;
    let mine = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap();
    assert_eq!((&mine["method"], &mine["secondFactor"]), (&json!("did"), &json!(false)));
    // The holder changes keys: what was removed opens nothing from the next login on, and nobody here has to be told.
    place.publish(&[("a", &first), ("b", &second)], &["b"]);
    assert_eq!(with_first.log_in(seat).await, err("wrong-login"));
    with_second.log_in(seat).await.unwrap();
    place.publish(&[("b", &second)], &[]);
    assert_eq!(with_second.log_in(seat).await, err("wrong-login"), "listed for nothing");
    // What cannot be had is no guess and locks nobody.
    for served in [Served::Nothing, Served::Redirect, Served::Endless] {
        place.serve(served);
        for _ in 0..3 {
            assert_eq!(with_second.log_in(seat).await, err("wrong-login"));
        }
    }
    place.publish(&[("b", &second)], &["b"]);
    with_second.log_in(seat).await.unwrap();
    for suite in Suite::ALL {
        let holder = Holder::jwk(signing(suite));
        holder.bind(seat, &token, "").await;
        holder.log_in(seat).await.unwrap();
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_and_security_23_a_did_leads_nowhere_that_it_may_not() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    let key = es256();
    for (did, expect) in [
        ("did:web:169.254.169.254", "did-unresolved"),
        ("did:web:10.0.0.1", "did-unresolved"),
        ("did:web:192.168.1.1%3A6379", "did-unresolved"),
        ("did:web:metadata.google.internal", "did-unresolved"),
        ("did:web:127.0.0.1%3A1", "did-unresolved"),
        ("did:web:2130706433", "bad-did"),
        ("did:web:0x7f.1", "bad-did"),
        ("did:web:[::1]", "bad-did"),
        ("did:web:good.example@evil.example", "bad-did"),
        ("did:web:a.example:..:b", "bad-did"),
        ("did:web:a.example%2Fb", "bad-did"),
        ("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "bad-did"),
        ("wang", "bad-did"),
    ] {
        Holder::web(did, "a", &key).bind(seat, &token, expect).await;
    }
    let place = Place::start().await;
    let holder = Holder::web(&place.did, "a", &key);
    for (served, expect) in [
        (Served::Redirect, "did-unresolved"),
        (Served::Endless, "did-unresolved"),
        (Served::Document(json!({ "id": "did:web:other.example" })), "wrong-signature"),
        (Served::Document(json!([])), "wrong-signature"),
        (Served::Document(json!({ "id": place.did })), "wrong-signature"),
    ] {
        place.serve(served);
        holder.bind(seat, &token, expect).await;
    }
    // A stranger's DID is not resolved at all: whoever it names hears nothing.
    assert_eq!(holder.log_in(seat).await, err("wrong-login"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_and_security_21_22_an_answer_of_a_did_is_good_once_here_and_for_its_purpose() {
    let (_folder, world) = world(1).await;
    let (seat, other) = (&world.platform, &world.member(0).unwrap().seat);
    let (holder, thief) = (Holder::jwk(signing(Suite::Intl)), Holder::jwk(signing(Suite::Intl)));
    // The same person with the same DID at two nodes.
    let (here, there) = (viewer(seat, "wang").await, viewer(other, "wang").await);
    holder.bind(seat, &here, "").await;
    holder.bind(other, &there, "").await;
    let li = viewer(seat, "li").await;
    holder.bind(seat, &li, "login-key-taken").await;
    let body = holder.answer(seat).await;
    let outcomes = join_all((0..100).map(|_| send(seat, &body))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    // What was signed for the other node is worth nothing here.
    let relayed = holder.answer(other).await;
    assert_eq!(send(seat, &relayed).await, err("unknown-challenge"));
    let mut own = holder.answer(seat).await;
    own["jws"] = relayed["jws"].clone();
    assert_eq!(send(seat, &own).await, err("wrong-login"));
    send(other, &relayed).await.unwrap();
    // Another's signature, no signature, another algorithm, a key that the answer brings along.
    let (id, text) = challenge(seat, "", "/login/did/challenge").await;
    assert_eq!(node_of(&text), Some(seat.node.address.as_str()));
    let stolen = json!({ "challengeId": id, "did": holder.did, "jws": (thief.sign)(&text) });
    assert_eq!(send(seat, &stolen).await, err("wrong-login"));
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#, r#"{"alg":"ES256"}"#, r#"{"alg":"EdDSA","crit":["x"]}"#] {
        use base64::Engine as _;
        let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        put(seat, "wang", "").await;
        unlock(seat).await;
        let (id, text) = challenge(seat, "", "/login/did/challenge").await;
        let jws = format!("{}.{}.{}", encode(header), encode(&text), encode(&"a".repeat(64)));
        let forged = json!({ "challengeId": id, "did": holder.did, "jws": jws });
        assert_eq!(send(seat, &forged).await, err("wrong-login"), "{header}");
    }
    world.stop().await;
}

/// Failures before this one do not count.
async fn unlock(seat: &Seat) {
    let unlocked = seat.node.store.write("unlock", |tx| {
        Box::pin(async move { xinyu_store::user::unlock(tx, "wang").await.map_err(xinyu_shell::Failure::from) })
    });
    assert!(unlocked.await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_7_1_4_3_an_account_in_any_other_state_is_not_entered() {
    let (_folder, world) = world(0).await;
    let seat = &world.platform;
    for (state, expect) in [
        ("", ""),
        ("locked", "account-locked"),
        ("disabled", "account-disabled"),
        ("dormant", "account-dormant"),
        ("removed", "wrong-login"),
        ("second-factor", "second-factor-needed"),
    ] {
        let name = format!("person-{state}");
        let token = viewer(seat, &name).await;
        let holder = Holder::jwk(signing(Suite::Sm));
        let bound = holder.bind(seat, &token, "").await;
        match state {
            "removed" => {
                let path = format!("/me/login-keys/{}/removal", bound["keyId"].as_str().unwrap());
                check(seat, &token, &path, json!({}), "").await;
            }
            "second-factor" => {
                let (secret, ..) = enrol(seat, &token).await;
                let mut answer = holder.answer(seat).await;
                answer["code"] = json!(totp::code_at(&secret, now(seat) + 30).unwrap());
                send(seat, &answer).await.unwrap();
            }
            state => put(seat, &name, state).await,
        }
        assert_eq!(holder.log_in(seat).await.err().unwrap_or_default(), expect, "{state}");
    }
    world.stop().await;
}

#[test]
fn a_key_that_openssl_made_signs_for_its_did() {
    let folder = tempfile::tempdir().unwrap();
    for (algorithm, option) in
        [("EC", Some("ec_paramgen_curve:P-256")), ("EC", Some("ec_paramgen_curve:SM2")), ("ED25519", None)]
    {
        let mut command = std::process::Command::new("openssl");
        command.args(["genpkey", "-algorithm", algorithm, "-out", "key.pem"]).current_dir(folder.path());
        command.args(option.map(|option| ["-pkeyopt", option]).into_iter().flatten());
        let Ok(output) = command.output() else {
            eprintln!("openssl is not installed: its keys are not tried");
            return;
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let key = HolderKey::from_pem(&std::fs::read_to_string(folder.path().join("key.pem")).unwrap()).unwrap();
        let did = key.did_jwk();
        let xinyu_identity::HolderDid::Jwk(read) = xinyu_identity::HolderDid::parse(&did).unwrap() else {
            panic!("{did} is a did:jwk");
        };
        read.verify(&key.sign_jws("JWT", &format!("{did}#0"), b"text"), "text").unwrap();
    }
}
