//! Witnesses and trusted time on the command line: who cosigns the log of a space that runs, and what a stranger finds of it by a policy.

use std::path::Path;
use std::time::Duration;

use crate::program::{pause, xinyu};
use crate::up::Up;

fn said(arguments: &[&str], status: i32) -> String {
    let output = xinyu(arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
    said
}

fn fetch(url: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { reqwest::get(url).await.unwrap().text().await.unwrap() })
}

#[test]
fn a_stranger_verifies_a_log_by_the_policy_of_its_witnesses() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::begin(folder.path());
    let password = folder.path().join("admin-password");
    let space = Path::new(up.report["evidence_dir"].as_str().unwrap()).file_name().unwrap().to_str().unwrap();
    let as_admin = |verb: &[&str], place: u16| {
        let node = up.node(place);
        let who = ["--node", &node, "--user", "admin", "--password-file", password.to_str().unwrap(), "--lang", "en"];
        said(&[&["evidence"], verb, &who].concat(), 0)
    };
    // Three members watch; in a moment each has cosigned the newest head.
    let log = format!("{}/evidence/{space}", up.node(0));
    let is_cosigned = || fetch(&format!("{log}/checkpoint")).matches("/witness ").count() == 3;
    for _ in 0..100 {
        if is_cosigned() {
            break;
        }
        pause(Duration::from_millis(100));
    }
    let told = as_admin(&["witnesses", space], 0);
    assert!(told.contains("asked for: 0") && told.matches("entries · ").count() >= 3, "{told}");
    assert!(as_admin(&["witnessed"], 1).contains(&format!("/{space}: ")));
    assert!(as_admin(&["stamps", space], 0).contains("no time-stamp authority"));

    // Whoever wants more than the operator asks for writes a policy, and needs nothing else.
    let served = fetch(&format!("{log}/policy"));
    let names: Vec<&str> = served.lines().filter_map(|line| line.strip_prefix("witness ")?.split(' ').next()).collect();
    assert_eq!((names.len(), served.contains("quorum none")), (3, true), "{served}");
    let policy = folder.path().join("policy");
    let strict = |count: usize| {
        let group = format!("group all {count} {}\nquorum all", names.join(" "));
        std::fs::write(&policy, served.replace("quorum none", &group)).unwrap();
    };
    let verify = |source: &str, more: &[&str], status: i32| {
        let policy = policy.to_str().unwrap();
        said(&[&["evidence", "verify", source, "--policy", policy, "--lang", "en"], more].concat(), status)
    };
    strict(3);
    assert_eq!(verify(&log, &[], 0).matches("cosigned by").count(), 3);
    let kept = up.report["evidence_dir"].as_str().unwrap();
    assert!(verify(kept, &[], 1).contains("not enough"), "the files of a log have no lines of others");
    let cosigned = folder.path().join("cosigned");
    std::fs::write(&cosigned, fetch(&format!("{log}/checkpoint"))).unwrap();
    assert!(verify(kept, &["--cosigned", cosigned.to_str().unwrap()], 0).contains("the log is whole"));
    std::fs::write(&cosigned, "another\n").unwrap();
    verify(kept, &["--cosigned", cosigned.to_str().unwrap()], 1);
    std::fs::write(&policy, "log nonsense\n").unwrap();
    verify(&log, &[], 2);
    // Nobody has stamped it, and what is no certificate is told.
    let roots = folder.path().join("roots.pem");
    std::fs::write(&roots, "no certificate").unwrap();
    said(&["evidence", "verify", &log, "--authority", roots.to_str().unwrap()], 2);
}
