//! The sequences of the official kits against our connector, without Java.

use std::net::TcpListener;

use xinyu_testkit::kit::{Options, dps, dsp};
use xinyu_testkit::subject::Subject;

fn properties(pairs: &[(String, String)]) -> String {
    pairs.iter().map(|(key, value)| format!("{key}={}\n", value.replace('\\', "\\\\").replace('"', "\\\""))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dsp_2025_1_the_65_sequences_of_the_kit() {
    let folder = tempfile::tempdir().unwrap();
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let kit = format!("http://{listen}");
    let subject = Subject::start(folder.path(), &kit).await.unwrap();
    let text = properties(&subject.dsp_properties().unwrap());
    let options = Options { listen, address: Some(kit), ..Options::default() };
    let report = dsp::run(&dsp::Subject::from_properties(&text).unwrap(), &options).await.unwrap();
    subject.stop().await;
    assert!(report.failures().next().is_none(), "{report}");
    assert_eq!(report.outcomes.len(), 65);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dps_1_0_the_38_sequences_of_the_kit() {
    let folder = tempfile::tempdir().unwrap();
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let kit = format!("http://{listen}");
    let subject = Subject::start(folder.path(), &kit).await.unwrap();
    let text = properties(&subject.dps_properties().unwrap());
    let options = Options { listen, address: Some(kit), ..Options::default() };
    let report = dps::run(&dps::Subject::from_properties(&text).unwrap(), &options).await.unwrap();
    subject.stop().await;
    assert!(report.failures().next().is_none(), "{report}");
    assert_eq!(report.outcomes.len(), 38);
}
