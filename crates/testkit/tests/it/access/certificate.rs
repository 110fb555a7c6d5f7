//! Login by digital certificate. NDI-TR-2025-03 §7.1.4.2.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::join_all;
use serde_json::{Value, json};
use xinyu_access::Role;
use xinyu_core::user::statement::node_of;
use xinyu_core::user::totp;
use xinyu_crypto::Suite;
use xinyu_crypto::x509::{Authority, AuthorityCertificates, CertificateKey, Issue, RevocationList, Revoked};
use xinyu_shell::keys;
use xinyu_shell::login::methods::{LoginOptions, PeopleAuthority};
use xinyu_testkit::world::{Engine, MemberOptions, Seat, World, WorldOptions};

use super::login::{enrol, now};
use super::people::{Like, PASSWORD, add, call, check, log_in, one, session, world};

const DAY: u64 = 86_400;

/// A person's certificate with its key.
struct Holder {
    key: CertificateKey,
    chain: String,
}

/// An authority that no node runs, with its files.
struct Foreign {
    root: CertificateKey,
    issuing: CertificateKey,
    lists: std::path::PathBuf,
    suite: Suite,
}

fn key(suite: Suite) -> CertificateKey {
    CertificateKey::generate(suite, &mut keys::entropy().unwrap())
}

impl Foreign {
    fn new(folder: &Path, suite: Suite) -> Self {
        Self { root: key(suite), issuing: key(suite), lists: folder.join(format!("{suite}.crl")), suite }
    }

    fn authority(&self, at: u64) -> Authority<'_> {
        let life = Issue { now: at, seconds: 3650 * DAY };
        Authority::found(&self.root, &self.issuing, "示例 CA", life, &mut keys::entropy().unwrap()).unwrap()
    }
}

/// One that was founded once, for it signs its certificates anew each time.
struct Founded<'f> {
    authority: Authority<'f>,
    foreign: &'f Foreign,
}

impl Founded<'_> {
    fn options(&self) -> LoginOptions {
        let authority = PeopleAuthority {
            name: "示例 CA".to_owned(),
            roots: vec![self.authority.certificates().root.clone()],
            lists_file: self.foreign.lists.clone(),
        };
        LoginOptions { authorities: vec![authority], ..LoginOptions::default() }
    }

    /// Writes the lists of root and issuing authority, as of a time; the latter with what was taken back.
    fn publish(&self, revoked: &[Revoked], at: u64) {
        let root = self.authority.certificates().root.clone();
        let certificates = AuthorityCertificates { root: root.clone(), issuing: root };
        let root = Authority::resume(&self.foreign.root, certificates).unwrap();
        let list =
            |authority, revoked| RevocationList::sign(authority, at, revoked, at, DAY).unwrap().to_pem().unwrap();
        std::fs::write(&self.foreign.lists, list(&root, &[]) + &list(&self.authority, revoked)).unwrap();
    }

    fn issue(&self, name: &str, from: u64, seconds: u64) -> Holder {
        let key = key(self.foreign.suite);
        let life = Issue { now: from, seconds };
        let rng = &mut keys::entropy().unwrap();
        let made = self.authority.issue_to_person(&key.public(), (name, "示例公司"), life, rng).unwrap();
        let issuing = self.authority.certificates().issuing.to_pem().unwrap();
        Holder { key, chain: made.to_pem().unwrap() + &issuing }
    }
}

async fn challenge(seat: &Seat, token: &str, path: &str) -> (String, String) {
    let asked = check(seat, token, path, json!({}), "").await;
    (asked["challengeId"].as_str().unwrap().to_owned(), asked["text"].as_str().unwrap().to_owned())
}

impl Holder {
    fn sign(&self, text: &str) -> String {
        STANDARD.encode(self.key.sign_der(text.as_bytes()).unwrap())
    }

    /// Ties it to the account of a session; the code of the refusal, or nothing.
    async fn bind(&self, seat: &Seat, token: &str, expect: &str) -> Value {
        let (id, text) = challenge(seat, token, "/me/login-keys/certificate/challenge").await;
        let body = json!({
            "challengeId": id, "certificate": self.chain, "signature": self.sign(&text), "label": "证书", "password": PASSWORD,
        });
        check(seat, token, "/me/login-keys/certificate", body, expect).await
    }

    async fn answer(&self, seat: &Seat) -> Value {
        let (id, text) = challenge(seat, "", "/login/certificate/challenge").await;
        json!({ "challengeId": id, "certificate": self.chain, "signature": self.sign(&text) })
    }

    /// Logs in: the token, or the code of the refusal.
    async fn log_in(&self, seat: &Seat, code: Option<&str>) -> Result<String, String> {
        let mut body = self.answer(seat).await;
        if let Some(code) = code {
            body["code"] = json!(code);
        }
        send(seat, &body).await
    }
}

async fn send(seat: &Seat, body: &Value) -> Result<String, String> {
    let (status, answer) = call(seat, "", "POST", "/login/certificate", body).await;
    let member = if status == 200 { "token" } else { "code" };
    let text = answer[member].as_str().unwrap_or_else(|| panic!("{status} {answer}")).to_owned();
    if status == 200 { Ok(text) } else { Err(text) }
}

fn err(code: &str) -> Result<String, String> {
    Err(code.to_owned())
}

/// A platform that trusts a foreign authority.
async fn trusting(folder: &Path, founded: &Founded<'_>) -> World {
    let options = WorldOptions { login: founded.options(), ..WorldOptions::default() };
    World::start_with(folder, Engine::Memory, vec![MemberOptions::default()], options).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "before there is a node there is no clock of one")]
fn clock() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

async fn viewer(seat: &Seat, name: &str) -> String {
    add(seat, name, Like { role: "viewer", ..Like::default() }).await;
    session(seat, name, false).await
}

/// Asks the platform for a certificate of one's own.
async fn issued(seat: &Seat, token: &str, suite: Suite, folder: &Path) -> Holder {
    let (key, request) = request(suite, "/CN=wang", folder);
    let body = json!({ "request": request, "label": "本人证书", "password": PASSWORD });
    let made = check(seat, token, "/me/login-keys/certificate/issuance", body, "").await;
    Holder { key: CertificateKey::from_pem(&key).unwrap(), chain: made["chain"].as_str().unwrap().to_owned() }
}

fn openssl(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A key and a request for it, by openssl.
fn request(suite: Suite, subject: &str, folder: &Path) -> (String, String) {
    let curve = if suite == Suite::Sm { "ec_paramgen_curve:SM2" } else { "ec_paramgen_curve:P-256" };
    openssl(folder, &["genpkey", "-algorithm", "EC", "-pkeyopt", curve, "-out", "key.pem"]);
    let mut order = vec!["req", "-new", "-key", "key.pem", "-subj", subject, "-out", "person.csr"];
    if suite == Suite::Sm {
        order.extend(["-sm3", "-sigopt", "distid:1234567812345678"]);
    }
    openssl(folder, &order);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    (read("key.pem"), read("person.csr"))
}

fn has_openssl() -> bool {
    let found = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("openssl is not installed: its signatures are not tried");
    }
    found
}

/// The command that the guide and the console show.
fn signed_by_openssl(suite: Suite, folder: &Path, text: &str) -> String {
    let sign = match suite {
        Suite::Intl => "openssl dgst -sha256 -sign key.pem",
        Suite::Sm => "openssl dgst -sm3 -sigopt distid:1234567812345678 -sign key.pem",
    };
    let line = format!("printf %s '{text}' | {sign} | openssl base64 -A");
    let output = Command::new("sh").args(["-c", &line]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_7_1_4_2_openssl_makes_key_request_and_signature_in_both_suites() {
    if !has_openssl() {
        return;
    }
    let (folder, world) = world(0).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    for suite in Suite::ALL {
        let holder = issued(seat, &token, suite, folder.path()).await;
        let (id, text) = challenge(seat, "", "/login/certificate/challenge").await;
        assert_eq!(node_of(&text), Some(seat.node.address.as_str()), "{text}");
        let signature = signed_by_openssl(suite, folder.path(), &text);
        let body = json!({ "challengeId": id, "certificate": holder.chain, "signature": signature });
        let opened = send(seat, &body).await.unwrap();
        let (_, me) = call(seat, &opened, "GET", "/me", &Value::Null).await;
        assert_eq!(me["name"], "wang", "{suite} {me}");
        let (_, sessions) = call(seat, &opened, "GET", "/me/sessions", &Value::Null).await;
        let mine = sessions["items"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap();
        assert_eq!((&mine["method"], &mine["secondFactor"]), (&json!("certificate"), &json!(false)), "{mine}");
    }
    let (_, keys) = call(seat, &token, "GET", "/me/login-keys", &Value::Null).await;
    let keys = keys["items"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| key["method"] == "certificate" && !key["usedAt"].is_null()), "{keys:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_7_1_4_2_the_platform_issues_to_whoever_has_the_key_and_the_name() {
    if !has_openssl() {
        return;
    }
    let (folder, world) = world(1).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    let path = "/me/login-keys/certificate/issuance";
    let (_, good) = request(Suite::Intl, "/CN=wang", folder.path());
    let (_, other) = request(Suite::Intl, "/CN=li", folder.path());
    let (_, nameless) = request(Suite::Sm, "/O=x", folder.path());
    let order = |request: &str, password: &str| json!({ "request": request, "label": "", "password": password });
    check(seat, &token, path, order(&good, "Wrong-2026!"), "wrong-password").await;
    check(seat, &token, path, order(&other, PASSWORD), "certificate-name").await;
    check(seat, &token, path, order("", PASSWORD), "certificate-malformed").await;
    // Another key under the same signature.
    let (left, right) = (good.lines().collect::<Vec<_>>(), other.lines().collect::<Vec<_>>());
    let mixed = [&left[..left.len() - 3], &right[right.len() - 3..]].concat().join("\n");
    let (status, refused) = call(seat, &token, "POST", path, &order(&mixed, PASSWORD)).await;
    assert_eq!(status, 400, "{refused}");
    check(seat, &token, path, order(&good, PASSWORD), "").await;
    check(seat, &token, path, order(&nameless, PASSWORD), "").await;
    let (status, _) = call(&world.member(0).unwrap().seat, &token, "POST", path, &order(&good, PASSWORD)).await;
    assert_eq!(status, 404, "a connector has no authority");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_7_1_4_2_a_revoked_certificate_opens_nothing_and_what_it_opened_ends_at_once() {
    if !has_openssl() {
        return;
    }
    let (folder, world) = world(0).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    let holder = issued(seat, &token, Suite::Sm, folder.path()).await;
    let opened = holder.log_in(seat, None).await.unwrap();
    let manager = session(seat, "admin", true).await;
    let (_, all) = call(seat, &manager, "GET", "/certificates", &Value::Null).await;
    let mine = all["items"].as_array().unwrap().iter().find(|one| one["holder"] == "user/wang").unwrap().clone();
    assert_eq!(mine["holderName"], "wang");
    let path = format!("/certificates/{}/revocation", mine["serial"].as_str().unwrap());
    check(seat, &manager, &path, json!({ "reason": "私钥遗失" }), "").await;
    assert_eq!(call(seat, &opened, "GET", "/me", &Value::Null).await.0, 401, "what it opened ended");
    assert_eq!(call(seat, &token, "GET", "/me", &Value::Null).await.0, 200, "nothing else did");
    assert_eq!(holder.log_in(seat, None).await, err("wrong-login"));
    holder.bind(seat, &token, "certificate-revoked").await;
    // A new one takes the place of the one before it.
    let first = issued(seat, &token, Suite::Sm, folder.path()).await;
    let opened = first.log_in(seat, None).await.unwrap();
    let second = issued(seat, &token, Suite::Sm, folder.path()).await;
    assert_eq!(call(seat, &opened, "GET", "/me", &Value::Null).await.0, 401);
    assert_eq!(first.log_in(seat, None).await, err("wrong-login"));
    second.log_in(seat, None).await.unwrap();
    let audit = one(seat, "aud", Role::Audit).await;
    let (_, log) = call(seat, &audit, "GET", "/audit?action=login-key.revoked", &Value::Null).await;
    assert_eq!(log["items"].as_array().unwrap().len(), 2, "{log}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_7_1_4_2_a_trusted_authority_s_certificates_open_accounts_by_its_lists() {
    let folder = tempfile::tempdir().unwrap();
    for suite in Suite::ALL {
        let folder = folder.path().join(suite.as_str());
        std::fs::create_dir_all(&folder).unwrap();
        let (foreign, at) = (Foreign::new(&folder, suite), clock());
        let founded = Founded { authority: foreign.authority(at - 100 * DAY), foreign: &foreign };
        let world = trusting(&folder, &founded).await;
        let seat = &world.platform;
        let token = viewer(seat, "wang").await;
        let holder = founded.issue("王芳", at - DAY, 30 * DAY);
        holder.bind(seat, &token, "certificate-list").await;
        founded.publish(&[], at - 3 * DAY);
        holder.bind(seat, &token, "certificate-list").await;
        founded.publish(&[], at);
        holder.bind(seat, &token, "").await;
        let opened = holder.log_in(seat, None).await.unwrap();
        let check_bind = async |holder: Holder, expect: &str| {
            holder.bind(seat, &token, expect).await;
        };
        check_bind(founded.issue("王芳", at - 50 * DAY, DAY), "certificate-time").await;
        check_bind(founded.issue("王芳", at + DAY, DAY), "certificate-time").await;
        let stranger = Foreign::new(&folder, suite);
        let strange = Founded { authority: stranger.authority(at - DAY), foreign: &stranger };
        check_bind(strange.issue("王芳", at - DAY, 30 * DAY), "certificate-signature").await;
        // Whoever was taken back meanwhile is told so, for the key is theirs; what it opened ends with the next sweep.
        let serial = xinyu_crypto::x509::Certificate::chain_from_pem(&holder.chain).unwrap()[0].serial();
        founded.publish(&[Revoked { serial, at }], at);
        assert_eq!(holder.log_in(seat, None).await, err("certificate-revoked"));
        assert_eq!(call(seat, &opened, "GET", "/me", &Value::Null).await.0, 200);
        assert_eq!(xinyu_shell::login::certificate::sweep(&seat.node).await.unwrap(), 1);
        assert_eq!(call(seat, &opened, "GET", "/me", &Value::Null).await.0, 401);
        assert_eq!(holder.log_in(seat, None).await, err("wrong-login"));
        std::fs::write(&foreign.lists, "nothing").unwrap();
        check_bind(founded.issue("王芳", at - DAY, 30 * DAY), "certificate-list").await;
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_and_security_21_a_challenge_is_good_once_here_and_for_its_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let (foreign, at) = (Foreign::new(folder.path(), Suite::Intl), clock());
    let founded = Founded { authority: foreign.authority(at - 100 * DAY), foreign: &foreign };
    founded.publish(&[], at);
    let world = trusting(folder.path(), &founded).await;
    let (seat, other) = (&world.platform, &world.member(0).unwrap().seat);
    let token = viewer(seat, "wang").await;
    let holder = founded.issue("王芳", at - DAY, 30 * DAY);
    let bound = holder.bind(seat, &token, "").await;
    assert_eq!((&bound["method"], &bound["label"]), (&json!("certificate"), &json!("证书")));

    // Of a hundred at once one gets in.
    let body = holder.answer(seat).await;
    let outcomes = join_all((0..100).map(|_| send(seat, &body))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| outcome.is_ok() || *outcome == err("unknown-challenge")));

    // What was signed for another node is worth nothing here, however it is presented.
    let (id, text) = challenge(other, "", "/login/certificate/challenge").await;
    assert_ne!(node_of(&text), Some(seat.node.address.as_str()));
    let relayed = json!({ "challengeId": id, "certificate": holder.chain, "signature": holder.sign(&text) });
    assert_eq!(send(seat, &relayed).await, err("unknown-challenge"));
    let mut own = holder.answer(seat).await;
    own["signature"] = json!(holder.sign(&text));
    assert_eq!(send(seat, &own).await, err("wrong-login"));

    // Nor what was signed to tie the key to an account, nor the other way round.
    let (id, text) = challenge(seat, &token, "/me/login-keys/certificate/challenge").await;
    let body = json!({ "challengeId": id, "certificate": holder.chain, "signature": holder.sign(&text) });
    assert_eq!(send(seat, &body).await, err("unknown-challenge"));
    let li = viewer(seat, "li").await;
    let second = founded.issue("李思", at - DAY, 30 * DAY);
    let (id, text) = challenge(seat, &token, "/me/login-keys/certificate/challenge").await;
    let body = json!({
        "challengeId": id, "certificate": second.chain, "signature": second.sign(&text), "label": "", "password": PASSWORD,
    });
    check(seat, &li, "/me/login-keys/certificate", body, "unknown-challenge").await;

    // One key, one account.
    holder.bind(seat, &token, "login-key-taken").await;
    holder.bind(seat, &li, "login-key-taken").await;
    assert_eq!(second.log_in(seat, None).await, err("wrong-login"), "tied to nobody");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_7_1_4_2_wrong_signatures_look_like_wrong_passwords_and_count_like_them() {
    let folder = tempfile::tempdir().unwrap();
    let (foreign, at) = (Foreign::new(folder.path(), Suite::Sm), clock());
    let founded = Founded { authority: foreign.authority(at - 100 * DAY), foreign: &foreign };
    founded.publish(&[], at);
    let world = trusting(folder.path(), &founded).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    let (holder, thief) = (founded.issue("王芳", at - DAY, 30 * DAY), key(Suite::Sm));
    holder.bind(seat, &token, "").await;
    let stolen = Holder { key: thief, chain: holder.chain.clone() };
    let confused = Holder { key: key(Suite::Intl), chain: holder.chain.clone() };
    assert_eq!(confused.log_in(seat, None).await, err("wrong-login"), "the algorithm is the key's");
    for (name, value, expect) in [
        ("signature", "", "wrong-login"),
        ("signature", "%", "malformed-signature"),
        ("signature", "MAYCAQACAQA=", "wrong-login"),
        ("certificate", "", "certificate-malformed"),
        ("challengeId", "", "unknown-challenge"),
    ] {
        let mut body = holder.answer(seat).await;
        body[name] = json!(value);
        assert_eq!(send(seat, &body).await, err(expect), "{name} {value}");
    }
    assert_eq!(stolen.log_in(seat, None).await, err("wrong-login"));
    assert_eq!(stolen.log_in(seat, None).await, err("wrong-login"));
    assert_eq!(holder.log_in(seat, None).await, err("account-locked"), "five failures lock");
    assert_eq!(log_in(seat, "wang", PASSWORD, None).await, err("account-locked"));
    let audit = one(seat, "aud", Role::Audit).await;
    let (_, log) = call(seat, &audit, "GET", "/audit?actor=wang&action=login&limit=500", &Value::Null).await;
    let wrong = log["items"].as_array().unwrap().iter().filter(|one| one["result"] == "wrong-signature");
    assert!(wrong.clone().all(|one| one["detail"] == "certificate"));
    assert_eq!(wrong.count(), 5, "{log}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_7_1_4_2_an_account_in_any_other_state_is_not_entered() {
    let folder = tempfile::tempdir().unwrap();
    let (foreign, at) = (Foreign::new(folder.path(), Suite::Intl), clock());
    let founded = Founded { authority: foreign.authority(at - 100 * DAY), foreign: &foreign };
    founded.publish(&[], at);
    let world = trusting(folder.path(), &founded).await;
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
        let holder = founded.issue(&name, at - DAY, 30 * DAY);
        let bound = holder.bind(seat, &token, "").await;
        let answer = holder.answer(seat).await;
        match state {
            "removed" => {
                let path = format!("/me/login-keys/{}/removal", bound["keyId"].as_str().unwrap());
                check(seat, &token, &path, json!({}), "").await;
            }
            "second-factor" => {
                let (secret, ..) = enrol(seat, &token).await;
                let next = totp::code_at(&secret, now(seat) + 30).unwrap();
                assert_eq!(holder.log_in(seat, Some("000000")).await, err("wrong-login"));
                let opened = holder.log_in(seat, Some(&next)).await.unwrap();
                let (_, me) = call(seat, &opened, "GET", "/me/sessions", &Value::Null).await;
                assert!(
                    me["items"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .any(|one| { one["current"] == true && one["secondFactor"] == true })
                );
            }
            state => super::people::put(seat, &name, state).await,
        }
        let outcome = send(seat, &answer).await;
        assert_eq!(outcome.err().unwrap_or_default(), expect, "{state}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_certificate_ends_what_it_opened() {
    let folder = tempfile::tempdir().unwrap();
    let (foreign, at) = (Foreign::new(folder.path(), Suite::Intl), clock());
    let founded = Founded { authority: foreign.authority(at - 100 * DAY), foreign: &foreign };
    founded.publish(&[], at);
    let world = trusting(folder.path(), &founded).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    let holder = founded.issue("wang", at - DAY, 30 * DAY);
    let bound = holder.bind(seat, &token, "").await;
    let opened = holder.log_in(seat, None).await.unwrap();
    let path = format!("/me/login-keys/{}/removal", bound["keyId"].as_str().unwrap());
    check(seat, &token, &path, json!({}), "").await;
    assert_eq!(call(seat, &opened, "GET", "/me", &Value::Null).await.0, 401);
    assert_eq!(call(seat, &token, "GET", "/me", &Value::Null).await.0, 200);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_an_administrator_resets_unties_all_keys() {
    let folder = tempfile::tempdir().unwrap();
    let (foreign, at) = (Foreign::new(folder.path(), Suite::Intl), clock());
    let founded = Founded { authority: foreign.authority(at - 100 * DAY), foreign: &foreign };
    founded.publish(&[], at);
    let world = trusting(folder.path(), &founded).await;
    let seat = &world.platform;
    let token = viewer(seat, "wang").await;
    let holder = founded.issue("wang", at - DAY, 30 * DAY);
    holder.bind(seat, &token, "").await;
    let opened = holder.log_in(seat, None).await.unwrap();
    let system = one(seat, "sys", Role::System).await;
    check(seat, &system, "/users/wang/password", json!({ "password": "Another-2026!" }), "").await;
    assert_eq!(call(seat, &opened, "GET", "/me", &Value::Null).await.0, 401);
    assert_eq!(holder.log_in(seat, None).await, err("wrong-login"), "whoever tied it may not have been its holder");
    world.stop().await;
}
