//! The command line ties keys to an account and logs in with them. NDI-TR-2025-03 §7.1.4.2, §7.1.4.3.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::command::serve;
use crate::program::{free_port, xinyu};

/// A node's folder, in which openssl and the program work.
struct Desk<'a> {
    home: &'a Path,
    node: String,
}

impl Desk<'_> {
    fn openssl(&self, line: &str) {
        let output = Command::new("openssl").args(line.split(' ')).current_dir(self.home).output().unwrap();
        assert!(output.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xinyu"));
        command.args(line.split(' ')).current_dir(self.home).env("LANG", "en_US.UTF-8").env("XINYU_NODE", &self.node);
        command
    }

    /// What a command prints, with the password of the account.
    fn with_password(&self, line: &str) -> String {
        told(line, &self.command(line).env("XINYU_PASSWORD_FILE", "admin-password").output().unwrap())
    }

    /// What a command prints, without.
    fn without(&self, line: &str) -> String {
        told(line, &self.command(line).output().unwrap())
    }

    fn refused(&self, line: &str, status: i32, says: &str) {
        let output = self.command(line).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{line}: {said}");
        assert!(said.contains(says), "{line}: {said}");
    }

    /// A command that reads a text.
    fn reading(&self, line: &str, text: &str) -> Output {
        let mut command = self.command(line);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn told(line: &str, output: &Output) -> String {
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ndi_03_7_1_4_2_the_command_line_logs_in_with_certificates_and_dids() {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("openssl is not installed: it makes no keys for the command line");
        return;
    }
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let home = folder.path().join("platform");
    let made = xinyu(&["init", "platform", home.to_str().unwrap(), "--listen", &format!("127.0.0.1:{port}")]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let _running = serve(&home, port).await;
    let desk = Desk { home: &home, node: format!("http://127.0.0.1:{port}") };
    desk.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out key.pem");
    desk.openssl("req -new -sm3 -sigopt distid:1234567812345678 -key key.pem -subj /CN=admin -out person.csr");
    desk.with_password("account key order person.csr --out person.pem --label laptop");
    let by_certificate = "account show --output json --login-certificate person.pem --login-key key.pem";
    let shown: Value = serde_json::from_str(&desk.without(by_certificate)).unwrap();
    assert_eq!(shown["name"], "admin");

    desk.openssl("genpkey -algorithm ED25519 -out did.pem");
    let did = desk.without("key did --private-key did.pem");
    assert!(did.starts_with("did:jwk:"), "{did}");
    desk.with_password("account key add-did did:jwk --private-key did.pem");
    let shown: Value =
        serde_json::from_str(&desk.without("account show --output json --login-did did:jwk --login-key did.pem"))
            .unwrap();
    assert_eq!(shown["name"], "admin");

    // The key of the one is not that of the other, and nobody signs what is for another node.
    desk.refused("account show --login-certificate person.pem --login-key did.pem", 2, "did.pem");
    desk.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out other.pem");
    desk.refused("account show --login-certificate person.pem --login-key other.pem", 1, "signature");
    let elsewhere = format!("{by_certificate} --signs-for https://other.example");
    desk.refused(&elsewhere, 1, "is not signed");
    desk.refused("account show --login-certificate person.pem", 2, "--login-key");
    desk.refused("account show --login-key key.pem", 2, "--login-did");
    let text = "xinyu-login/1 node=https://a.example purpose=login method=did nonce=ab time=2026-11-26T03:10:00Z";
    let signed = desk.reading("key sign --private-key did.pem --signs-for https://a.example --did did:jwk", text);
    assert_eq!(told("key sign", &signed).trim().split('.').count(), 3);
    let signed = desk.reading("key sign --private-key did.pem --signs-for https://b.example --did did:jwk", text);
    assert!(!signed.status.success() && signed.stdout.is_empty());

    let list: Value = serde_json::from_str(&desk.with_password("account key list --output json")).unwrap();
    let keys = list["items"].as_array().unwrap();
    assert_eq!(keys.iter().map(|key| key["method"].as_str().unwrap()).collect::<Vec<_>>(), ["certificate", "did"]);
    desk.with_password(&format!("account key remove {}", keys[0]["keyId"].as_str().unwrap()));
    desk.refused(by_certificate, 1, "wrong name or password (or signature");
}
