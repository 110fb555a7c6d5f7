//! People as they are needed: straight into the store, with a session or a password.

use std::sync::LazyLock;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use xinyu_access::Role;
use xinyu_crypto::password;
use xinyu_shell::{Failure, keys};
use xinyu_store::session::Opening;
use xinyu_store::user::User;
use xinyu_testkit::world::{Engine, MemberOptions, Seat, World};

/// One for all, since it reads the system's certificates; it keeps no connection, which would belong to the runtime of one test.
static CLIENT: LazyLock<Client> = LazyLock::new(|| Client::builder().pool_max_idle_per_host(0).build().unwrap());

/// A password that will do.
pub(crate) const PASSWORD: &str = "Right-2026!";

pub(crate) async fn world(members: usize) -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let options = (0..members).map(|_| MemberOptions::default()).collect();
    let world = World::start(folder.path(), Engine::Memory, options).await.unwrap();
    (folder, world)
}

/// What a person is like.
#[derive(Clone, Default)]
pub(crate) struct Like {
    pub(crate) role: &'static str,
    pub(crate) off: &'static str,
    pub(crate) locked: bool,
    pub(crate) must_change: bool,
}

/// Adds a person with a password.
pub(crate) async fn add(seat: &Seat, name: &str, like: Like) {
    let hash = password::hash(PASSWORD, &mut keys::entropy().unwrap());
    let mut user = User::new(name, "王芳", like.role, &hash);
    user.must_change = like.must_change;
    let write = seat.node.store.write("add", move |tx| {
        Box::pin(async move {
            assert!(xinyu_store::user::insert(tx, &user).await?);
            if like.locked {
                let until = tx.now() + jiff::SignedDuration::from_hours(1);
                xinyu_store::user::lock(tx, &user.name, until).await?;
            }
            if !like.off.is_empty() {
                xinyu_store::user::switch(tx, &user.name, like.off).await?;
            }
            Ok::<_, Failure>(())
        })
    });
    write.await.unwrap();
}

/// Puts somebody who is there into another state: `locked`, `disabled` or `dormant`; none for an empty word.
pub(crate) async fn put(seat: &Seat, name: &str, state: &str) {
    let (name, state) = (name.to_owned(), state.to_owned());
    let write = seat.node.store.write("put", move |tx| {
        Box::pin(async move {
            match state.as_str() {
                "" => {}
                "locked" => {
                    let until = tx.now() + jiff::SignedDuration::from_hours(1);
                    xinyu_store::user::lock(tx, &name, until).await?;
                }
                off => {
                    xinyu_store::user::switch(tx, &name, off).await?;
                }
            }
            Ok::<_, Failure>(())
        })
    });
    write.await.unwrap();
}

/// A session without a login.
pub(crate) async fn session(seat: &Seat, name: &str, second_factor: bool) -> String {
    let name = name.to_owned();
    let open = seat.node.store.write("open", move |tx| {
        Box::pin(async move {
            let end = tx.now() + jiff::SignedDuration::from_hours(1);
            let opening = Opening { ip: "-".to_owned(), second_factor, ..Opening::default() };
            xinyu_store::session::open_as(tx, &name, end, &opening).await.map_err(Failure::from)
        })
    });
    open.await.unwrap()
}

/// A person of a role, with a session that may do what the role may.
pub(crate) async fn one(seat: &Seat, name: &str, role: Role) -> String {
    add(seat, name, Like { role: role.as_str(), ..Like::default() }).await;
    session(seat, name, true).await
}

/// Calls the API: status and body, which is null where there is none.
pub(crate) async fn call(seat: &Seat, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = CLIENT.request(method.clone(), format!("{}/api/v1{path}", seat.address));
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if method != Method::GET {
        request = request.json(body);
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    if response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream") {
        return (status, Value::Null);
    }
    let bytes = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Acts, and expects a code of refusal, or nothing for success.
pub(crate) async fn check(seat: &Seat, token: &str, path: &str, body: Value, expect: &str) -> Value {
    let (status, answer) = call(seat, token, "POST", path, &body).await;
    let code = if status < 300 { "" } else { answer["code"].as_str().unwrap_or("?") };
    assert_eq!(code, expect, "POST {path} {body}: {status} {answer}");
    answer
}

/// Logs in, reading pictures as a person would: the token, or the code of the refusal.
pub(crate) async fn log_in(seat: &Seat, name: &str, password: &str, code: Option<&str>) -> Result<String, String> {
    let mut body = json!({ "name": name, "password": password });
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    match log_in_with(seat, &body).await {
        Err(needed) if needed == "captcha-needed" => {
            body["captcha"] = captcha(seat).await;
            log_in_with(seat, &body).await
        }
        answer => answer,
    }
}

/// Logs in with a body as it is.
pub(crate) async fn log_in_with(seat: &Seat, body: &Value) -> Result<String, String> {
    let (status, answer) = call(seat, "", "POST", "/login", body).await;
    if status == 200 {
        return Ok(answer["token"].as_str().unwrap().to_owned());
    }
    Err(answer["code"].as_str().unwrap().to_owned())
}

/// Asks for a picture and reads it, which a test does in the store.
pub(crate) async fn captcha(seat: &Seat) -> Value {
    let (_, given) = call(seat, "", "POST", "/login/captcha", &Value::Null).await;
    assert!(given["image"].as_str().unwrap().starts_with("data:image/png;base64,iVBORw0KGgo"), "{given}");
    let id = given["captcha"].as_str().unwrap().to_owned();
    let found = seat.node.store.read("captcha", move |tx| {
        Box::pin(async move {
            let rows = tx.fetch("SELECT challenge_id, data FROM login_challenge", Vec::new()).await?;
            let row = rows.iter().find(|row| row.text("challenge_id").is_ok_and(|found| found == id)).unwrap();
            Ok::<_, Failure>(row.bytes("data")?)
        })
    });
    let kept: Value = serde_json::from_slice(&found.await.unwrap()).unwrap();
    json!({ "captcha": given["captcha"], "answer": kept["text"] })
}
