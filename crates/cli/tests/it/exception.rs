//! What did not arrive, on the command line: listed, tried again, set aside, given up. TC609-6-2025-14 §7.5 c.

use std::time::Duration;

use serde_json::{Value, json};

use crate::command::{PARTNER, World};
use crate::program::pause;

#[tokio::test]
async fn tc609_14_7_5_c_a_message_that_did_not_arrive_is_decided_about_on_the_command_line() {
    let world = World::start().await;
    world.check(&["warning", "list"], 0, "there are no warnings");
    world.check(&["warning", "list", "--open", "--severity", "serious"], 0, "there are no warnings");
    world.check(&["exception", "list"], 0, "every message has arrived");
    world.check(&["exception", "retry", "999999"], 1, "there is no message 999999 that did not arrive");

    // A partner that is not there.
    let terms = world.folder.path().join("terms.json");
    let offer = json!({ "@type": "Offer", "@id": "urn:offer:1", "permission": [{ "action": "read" }] });
    std::fs::write(&terms, offer.to_string()).unwrap();
    let terms = terms.to_str().unwrap();
    world.json(&["negotiation", "start", "--partner", PARTNER, "--dataset", "berths", "--terms", terms, "--key", "k"]);
    let failed = || -> Option<Value> {
        let list = world.json(&["exception", "list"]);
        list["items"].as_array().unwrap().first().cloned()
    };
    let mut tries = 0;
    let one = loop {
        match failed() {
            Some(one) => break one,
            None if tries > 200 => panic!("it arrived"),
            None => pause(Duration::from_millis(50)),
        }
        tries += 1;
    };
    assert_eq!((&one["state"], &one["to"]), (&json!("retrying"), &json!(PARTNER)), "{one}");
    let id = one["id"].to_string();
    world.check(&["exception", "list"], 0, "tried again");
    world.check(&["exception", "give-up", &id, "--reason", "gone"], 1, "is still tried again by itself");
    world.check(&["exception", "set-aside", &id, "--reason", " "], 1, "need a reason");
    let aside = ["exception", "set-aside", &id, "--reason", "the partner is away"];
    while !world.run(&aside).status.success() {
        pause(Duration::from_millis(20));
    }
    world.check(&["exception", "list"], 0, "the partner is away");
    assert_eq!(world.json(&["exception", "retry", &id])["state"], "retrying");
    while !world.run(&aside).status.success() {
        pause(Duration::from_millis(20));
    }
    world.check(&["exception", "give-up", &id, "--reason", "the partner has left"], 0, "given up");
    world.check(&["exception", "retry", &id], 1, "was given up, which is final");
    let last = failed().unwrap();
    let told = (&last["state"], &last["reason"], &last["decidedBy"]);
    assert_eq!(told, (&json!("given_up"), &json!("the partner has left"), &json!("admin")));
    // What it was to begin is over.
    let process = &world.json(&["negotiation", "list"])["items"][0];
    assert_eq!(process["state"], "TERMINATED", "{process}");
    assert!(process["reason"].as_str().unwrap().contains("the partner has left"), "{process}");
}
