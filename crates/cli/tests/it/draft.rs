//! Drafts on the command line, at a platform: what is wrong in one is told at once, and nothing comes of it. TC609-6-2025-14 §7.2 c.

use serde_json::json;

use crate::program::{free_port, platform, xinyu};

#[test]
fn tc609_14_7_2_c_a_draft_that_is_not_in_order_is_explained_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let (home, port) = (folder.path().join("platform"), free_port());
    let _running = platform(&home, port);
    let (password, node) = (home.join("admin-password"), format!("http://127.0.0.1:{port}"));
    let draft = folder.path().join("draft.json");
    let file = draft.to_str().unwrap();
    let check = |arguments: &[&str], status: i32, says: &[&str]| {
        let who = ["--node", &node, "--user", "admin", "--password-file", password.to_str().unwrap(), "--lang", "en"];
        let output = xinyu(&[&["draft"], arguments, &who].concat());
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        says.iter().for_each(|part| assert!(said.contains(part), "{arguments:?} lacks {part}: {said}"));
    };
    let new = json!({ "draftId": "d-1", "name": "", "summary": "s", "productId": "691310000MA7XYU103F11004U5WLZVTE",
        "provider": "591310000MA7XYU103F1100Q2L8ZTO34", "consumer": "591440300MA7XYU21881100SX3JB8LVW" });
    std::fs::write(&draft, new.to_string()).unwrap();
    for verb in ["check", "create"] {
        check(&[verb, file], 1, &["/name", "/productId", "/provider", "/consumer"]);
    }
    std::fs::write(&draft, "{").unwrap();
    check(&["check", file], 2, &["draft.json"]);
    check(&["check", "nowhere.json"], 2, &["nowhere.json"]);
    check(&["show", "C0"], 1, &["draft C0 does not exist"]);
    check(&["withdraw", "C0", "no longer wanted"], 1, &["draft C0 does not exist"]);
    check(&["list"], 0, &[]);
}
