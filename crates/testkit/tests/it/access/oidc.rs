//! Login by the organisation's own provider of identities: OpenID Connect Core 1.0, RFC 7636, RFC 9207.

use std::sync::LazyLock;

use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use url::Url;
use xinyu_access::Role;
use xinyu_core::user::totp;
use xinyu_http::EgressPolicy;
use xinyu_protocol::text::Text;
use xinyu_shell::login::methods::LoginOptions;
use xinyu_shell::login::oidc::provider::{Accounts, Provider, ProviderOptions};
use xinyu_testkit::oidc::{Algorithm, CLIENT, Provider as Stand, SECRET, Wrong};
use xinyu_testkit::world::{Engine, Seat, World, WorldOptions, free_port};

use super::login::{enrol, now};
use super::people::{Like, PASSWORD, add, call, check, one, put, session};

static BROWSER: LazyLock<Client> =
    LazyLock::new(|| Client::builder().redirect(Policy::none()).pool_max_idle_per_host(0).build().unwrap());

#[expect(clippy::disallowed_methods, reason = "before there is a node there is no clock of one")]
fn clock() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn options(issuer: &str, accounts: Accounts) -> ProviderOptions {
    ProviderOptions {
        id: "corp".to_owned(),
        name: Text::new("公司统一认证", "company account"),
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        secret: Some(zeroize::Zeroizing::new(SECRET.to_owned())),
        audiences: Vec::new(),
        scopes: vec!["email".to_owned()],
        accounts,
        amr: vec!["mfa".to_owned()],
        acr: Vec::new(),
        hosts: Vec::new(),
        allow_private: false,
    }
}

/// A platform with a provider, which opens accounts that were tied, or those that a claim names.
async fn space(accounts: Accounts) -> (tempfile::TempDir, World, Stand) {
    xinyu_http::install_tls();
    let folder = tempfile::tempdir().unwrap();
    let stand = Stand::start(clock).await.unwrap();
    let provider = Provider::new(options(&stand.issuer, accounts), &EgressPolicy::one_machine()).unwrap();
    let login = LoginOptions { providers: vec![provider], ..LoginOptions::default() };
    let options = WorldOptions { login, ..WorldOptions::default() };
    let world = World::start_with(folder.path(), Engine::Memory, Vec::new(), options).await.unwrap();
    (folder, world, stand)
}

async fn viewer(seat: &Seat, name: &str) -> String {
    add(seat, name, Like { role: "viewer", ..Like::default() }).await;
    session(seat, name, false).await
}

/// Goes to the provider and comes back: what the browser brings.
async fn brought(seat: &Seat, started: &Value) -> Value {
    let answer = BROWSER.get(started["url"].as_str().unwrap()).send().await.unwrap();
    let status = answer.status();
    let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    let location = location.unwrap_or_else(|| panic!("the provider does not send the browser back: {status}"));
    assert!(location.starts_with(&format!("{}/login/callback?", seat.node.address)), "{location}");
    let mut body = json!({ "flow": started["flow"] });
    for (name, value) in Url::parse(&location).unwrap().query_pairs() {
        body[name.as_ref()] = json!(value);
    }
    body
}

async fn start(seat: &Seat) -> Value {
    check(seat, "", "/login/oidc/start", json!({ "provider": "corp" }), "").await
}

/// Logs in: the outcome, or the code of the refusal.
async fn send(seat: &Seat, path: &str, body: &Value) -> Result<Value, String> {
    let (status, answer) = call(seat, "", "POST", path, body).await;
    if status == 200 { Ok(answer) } else { Err(answer["code"].as_str().unwrap_or("?").to_owned()) }
}

async fn log_in(seat: &Seat) -> Result<Value, String> {
    let started = match send(seat, "/login/oidc/start", &json!({ "provider": "corp" })).await {
        Ok(started) => started,
        Err(code) => return Err(code),
    };
    send(seat, "/login/oidc", &brought(seat, &started).await).await
}

fn err(code: &str) -> Result<Value, String> {
    Err(code.to_owned())
}

/// Ties whoever logs in at the provider to an account.
async fn tie(seat: &Seat, token: &str, expect: &str) {
    let order = json!({ "provider": "corp", "password": PASSWORD });
    let started = check(seat, token, "/me/login-keys/oidc/start", order, "").await;
    check(seat, token, "/me/login-keys/oidc", brought(seat, &started).await, expect).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openid_core_3_1_an_account_that_was_tied_is_opened_by_its_provider() {
    let (_folder, world, stand) = space(Accounts::Bound).await;
    let seat = &world.platform;
    let (_, methods) = call(seat, "", "GET", "/login/providers", &Value::Null).await;
    assert_eq!(
        methods["providers"],
        json!([{ "id": "corp", "name": { "zh": "公司统一认证", "en": "company account" } }])
    );
    let token = viewer(seat, "wang").await;
    assert_eq!(log_in(seat).await, err("wrong-login"), "tied to nobody");
    let order = json!({ "provider": "corp", "password": "Wrong-2026!" });
    check(seat, &token, "/me/login-keys/oidc/start", order, "wrong-password").await;
    check(seat, "", "/login/oidc/start", json!({ "provider": "evil" }), "unknown-provider").await;
    tie(seat, &token, "").await;
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256] {
        stand.algorithm(algorithm);
        let opened = log_in(seat).await.unwrap();
        assert_eq!(opened["continuation"], Value::Null);
        let opened = opened["session"]["token"].as_str().unwrap().to_owned();
        let (_, me) = call(seat, &opened, "GET", "/me", &Value::Null).await;
        assert_eq!(me["name"], "wang", "{algorithm:?} {me}");
        let (_, sessions) = call(seat, &opened, "GET", "/me/sessions", &Value::Null).await;
        let mine = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap();
        assert_eq!((&mine["method"], &mine["secondFactor"]), (&json!("oidc"), &json!(false)), "{mine}");
    }
    // The same name at the provider is nobody; the same account there is tied once.
    let li = viewer(seat, "li").await;
    tie(seat, &li, "login-key-taken").await;
    stand.person(json!({ "sub": "s-2", "email": "wang@example.cn", "email_verified": true }));
    assert_eq!(log_in(seat).await, err("wrong-login"), "no claim names accounts here");
    // A flow that somebody began to tie an account is good for that person and for no login.
    let order = json!({ "provider": "corp", "password": PASSWORD });
    let started = check(seat, &token, "/me/login-keys/oidc/start", order.clone(), "").await;
    check(seat, &li, "/me/login-keys/oidc", brought(seat, &started).await, "unknown-challenge").await;
    let started = check(seat, &token, "/me/login-keys/oidc/start", order, "").await;
    assert_eq!(send(seat, "/login/oidc", &brought(seat, &started).await).await, err("unknown-challenge"));
    let audit = one(seat, "aud", Role::Audit).await;
    let (_, log) = call(seat, &audit, "GET", "/audit?limit=500", &Value::Null).await;
    assert!(!log.to_string().contains(SECRET) && !log.to_string().contains("example.cn"), "{log}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_and_security_21_22_wrong_answers_of_a_provider_open_nothing() {
    let (_folder, world, stand) = space(Accounts::Bound).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    tie(seat, &token, "").await;
    for (wrong, expect) in [
        (Wrong::OtherDiscovery, "wrong-issuer"),
        (Wrong::BrokenDiscovery, "provider-malformed"),
        (Wrong::PrivateKeysAddress, "provider-address"),
        (Wrong::OtherHost, "provider-address"),
        (Wrong::PlainPkce, "provider-pkce"),
        (Wrong::Unnamed, "wrong-issuer"),
        (Wrong::OtherName, "wrong-issuer"),
        (Wrong::OtherIssuer, "wrong-issuer"),
        (Wrong::OtherAudience, "wrong-audience"),
        (Wrong::MoreAudiences, "wrong-audience"),
        (Wrong::OtherNonce, "wrong-nonce"),
        (Wrong::NoNonce, "wrong-nonce"),
        (Wrong::Expired, "token-expired"),
        (Wrong::TextExpiry, "bad-claims"),
        (Wrong::TwoSubjects, "bad-claims"),
        (Wrong::NoSignature, "bad-signature"),
        (Wrong::Hmac, "bad-signature"),
        (Wrong::HmacOfKey, "bad-signature"),
        (Wrong::OtherKey, "bad-signature"),
        (Wrong::OwnKey, "bad-signature"),
        (Wrong::OtherAlgorithm, "bad-signature"),
        (Wrong::EncryptionKey, "bad-signature"),
        (Wrong::Redirected, "provider-unreachable"),
        (Wrong::Endless, "provider-unreachable"),
        (Wrong::Silent, "provider-unreachable"),
        (Wrong::Refusing, "code-refused"),
    ] {
        stand.wrong(wrong);
        assert_eq!(log_in(seat).await, err(expect), "{wrong:?}");
    }
    stand.wrong(Wrong::Nothing);
    log_in(seat).await.unwrap();
    let audit = one(seat, "aud", Role::Audit).await;
    let (_, log) = call(seat, &audit, "GET", "/audit?action=login&limit=500", &Value::Null).await;
    let refused = log["items"].as_array().unwrap().iter().filter(|one| one["result"] == "wrong-nonce");
    assert_eq!(refused.count(), 2, "{log}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rfc_6749_10_12_an_answer_belongs_to_the_browser_that_began_and_comes_once() {
    let (_folder, world, _stand) = space(Accounts::Bound).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    tie(seat, &token, "").await;
    // What an attacker brought back, in the victim's browser, which began another flow or none.
    let (theirs, ours) = (start(seat).await, start(seat).await);
    let mut answer = brought(seat, &theirs).await;
    answer["flow"] = ours["flow"].clone();
    assert_eq!(send(seat, "/login/oidc", &answer).await, err("wrong-state"));
    assert_eq!(
        send(seat, "/login/oidc", &answer).await,
        err("unknown-challenge"),
        "a flow is gone with its first answer"
    );
    answer["flow"] = json!("");
    assert_eq!(send(seat, "/login/oidc", &answer).await, err("unknown-challenge"));
    let started = start(seat).await;
    let answer = brought(seat, &started).await;
    let outcomes = futures::future::join_all((0..20).map(|_| send(seat, "/login/oidc", &answer))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    // The provider's code in another flow: its PKCE is another.
    let (first, second) = (start(seat).await, start(seat).await);
    let (mut mixed, own) = (brought(seat, &first).await, brought(seat, &second).await);
    mixed["flow"] = second["flow"].clone();
    mixed["state"] = own["state"].clone();
    assert_eq!(send(seat, "/login/oidc", &mixed).await, err("code-refused"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_names_an_account_that_is_there_and_stays_with_whom_it_named_first() {
    let accounts = Accounts::Named { claim: "email".to_owned(), domains: vec!["example.cn".to_owned()] };
    let (_folder, world, stand) = space(accounts).await;
    let seat = &world.platform;
    let person = |sub: &str, email: &str, is_verified: bool| {
        stand.person(json!({ "sub": sub, "email": email, "email_verified": is_verified }));
    };
    person("s-1", "wang@example.cn", true);
    assert_eq!(log_in(seat).await, err("wrong-login"), "an account is never made");
    viewer(seat, "wang").await;
    person("s-1", "wang@example.cn", false);
    assert_eq!(log_in(seat).await, err("wrong-login"));
    person("s-1", "wang@evil.example", true);
    assert_eq!(log_in(seat).await, err("wrong-login"));
    person("s-1", "wang@example.cn", true);
    log_in(seat).await.unwrap();
    person("s-9", "wang@example.cn", true);
    assert_eq!(log_in(seat).await, err("wrong-login"), "the address was given to somebody else");
    person("s-1", "renamed@example.cn", true);
    let opened = log_in(seat).await.unwrap();
    assert_eq!(opened["session"]["user"]["name"], "wang", "it is the same account there");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_s_own_code_is_asked_for_unless_the_provider_s_second_factor_is_configured() {
    let (_folder, world, stand) = space(Accounts::Bound).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    tie(seat, &token, "").await;
    let (secret, codes, _) = enrol(seat, &token).await;
    stand.person(json!({ "sub": "s-1", "amr": ["pwd", "otp"], "acr": "mfa" }));
    let outcome = log_in(seat).await.unwrap();
    assert_eq!(outcome["session"], Value::Null);
    let with = |outcome: &Value, code: &str| json!({ "continuation": outcome["continuation"], "code": code });
    assert_eq!(send(seat, "/login/oidc/code", &with(&outcome, "000000")).await, err("wrong-login"));
    assert_eq!(send(seat, "/login/oidc/code", &with(&outcome, &codes[0])).await, err("unknown-challenge"), "once");
    let next = totp::code_at(&secret, now(seat) + 30).unwrap();
    let outcome = log_in(seat).await.unwrap();
    let opened = send(seat, "/login/oidc/code", &with(&outcome, &next)).await.unwrap();
    let opened = opened["token"].as_str().unwrap().to_owned();
    stand.person(json!({ "sub": "s-1", "amr": ["pwd", "mfa"] }));
    let strong = log_in(seat).await.unwrap()["session"]["token"].as_str().unwrap().to_owned();
    for token in [&opened, &strong] {
        let (_, sessions) = call(seat, token, "GET", "/me/sessions", &Value::Null).await;
        let mine = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap();
        assert_eq!(mine["secondFactor"], true, "{mine}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_in_any_other_state_is_not_entered_by_its_provider() {
    let (_folder, world, stand) = space(Accounts::Bound).await;
    let seat = &world.platform;
    for (state, expect) in
        [("locked", "account-locked"), ("disabled", "account-disabled"), ("dormant", "account-dormant"), ("", "")]
    {
        let name = format!("person-{state}");
        stand.person(json!({ "sub": name }));
        let token = viewer(seat, &name).await;
        tie(seat, &token, "").await;
        put(seat, &name, state).await;
        assert_eq!(log_in(seat).await.err().unwrap_or_default(), expect, "{state}");
    }
    world.stop().await;
}

/// A program that runs until it is dropped.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `cargo xtask interop oidc` brings it: oidc-provider-mock, on Authlib.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_maker_s_provider_opens_the_account_that_was_tied_to_it() {
    let Some(program) = std::env::var_os("XINYU_OIDC_PROVIDER") else {
        eprintln!("XINYU_OIDC_PROVIDER names no provider of identities: another maker's is not tried");
        return;
    };
    xinyu_http::install_tls();
    let port = free_port().unwrap();
    let mut command = std::process::Command::new(program);
    command.args(["--require-nonce", "true", "--port", &port.to_string()]).stderr(std::process::Stdio::null());
    let running = Running(command.spawn().unwrap());
    let issuer = format!("http://127.0.0.1:{port}");
    let is_ready = async {
        while BROWSER.get(format!("{issuer}/jwks")).send().await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), is_ready).await.unwrap();
    let accounts = Accounts::Named { claim: "sub".to_owned(), domains: Vec::new() };
    let provider = Provider::new(options(&issuer, accounts), &EgressPolicy::one_machine()).unwrap();
    let login = LoginOptions { providers: vec![provider], ..LoginOptions::default() };
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions { login, ..WorldOptions::default() };
    let world = World::start_with(folder.path(), Engine::Memory, Vec::new(), options).await.unwrap();
    let seat = &world.platform;
    viewer(seat, "wang").await;
    let body = |location: &str, flow: &Value| {
        let mut body = json!({ "flow": flow });
        for (name, value) in Url::parse(location).unwrap().query_pairs() {
            body[name.as_ref()] = json!(value);
        }
        body
    };
    let press = async |url: &str, form: &'static str| {
        let request = BROWSER.post(url).header("content-type", "application/x-www-form-urlencoded").body(form);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        location.unwrap_or_else(|| panic!("the provider answers {status}"))
    };
    for (form, expect) in [("sub=wang", ""), ("sub=nobody", "wrong-login")] {
        let started = start(seat).await;
        let back = press(started["url"].as_str().unwrap(), form).await;
        let outcome = send(seat, "/login/oidc", &body(&back, &started["flow"])).await;
        assert_eq!(outcome.err().unwrap_or_default(), expect, "{form}");
    }
    let started = start(seat).await;
    let back = press(started["url"].as_str().unwrap(), "action=deny").await;
    assert!(back.contains("error=access_denied"), "{back}");
    world.stop().await;
    drop(running);
}
