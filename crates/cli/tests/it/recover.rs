//! The way back into an account that nobody can open: by whoever runs the machine, while the node stands still.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::command::serve;
use crate::program::{free_port, xinyu};

fn recover(home: &Path, name: &str) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinyu"));
    command.args(["recover", name, "--config"]).arg(home.join("xinyu.toml")).env("LANG", "en_US.UTF-8");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said)
}

async fn log_in(port: u16, password: &str) -> (u16, Value) {
    let body = json!({ "name": "admin", "password": password.trim() });
    let login = reqwest::Client::new().post(format!("http://127.0.0.1:{port}/api/v1/login")).json(&body);
    let answer = login.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_recovered_at_the_machine_while_the_node_stands_still() {
    let folder = tempfile::tempdir().unwrap();
    let (home, port) = (folder.path().join("platform"), free_port());
    let made = xinyu(&["init", "platform", &home.display().to_string(), "--listen", &format!("127.0.0.1:{port}")]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let first = std::fs::read_to_string(home.join("admin-password")).unwrap();
    let running = serve(&home, port).await;
    assert_eq!(log_in(port, &first).await.0, 200);
    let (status, said) = recover(&home, "admin");
    assert_eq!((status, said.contains("stop it first")), (Some(1), true), "{said}");
    drop(running);
    let (status, said) = recover(&home, "nobody");
    assert_eq!((status, said.contains("no such account")), (Some(1), true), "{said}");
    let file = |name: &str| {
        let found = std::fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path());
        found.into_iter().find(|path| path.ends_with(format!("recovered-{name}")))
    };
    assert_eq!(file("nobody"), None, "no password lies about for nobody");
    let (status, said) = recover(&home, "admin");
    assert_eq!(status, Some(0), "{said}");
    let file = file("admin").unwrap();
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "for its owner only");
    let password = std::fs::read_to_string(&file).unwrap();
    assert!(!said.contains(password.trim()), "a password is not printed");
    let _running = serve(&home, port).await;
    assert_eq!(log_in(port, &first).await.0, 401, "the former one is over");
    let (status, session) = log_in(port, &password).await;
    assert_eq!((status, &session["user"]["toDo"][0]), (200, &json!("password")), "{session}");
}
