//! Two EDCs with each other: catalog, negotiation, transfer, bytes. It shows that what we build EDC of works, before a connector of ours
//! stands in for either. The classpath is what `cargo xtask java edc` prints; a second argument sets how long EDC's loops rest, in ms.

#![expect(clippy::print_stdout, reason = "an example speaks to its terminal")]

use std::time::Instant;

use anyhow::{Context, ensure};
use serde_json::json;
use xinyu_testkit::edc::{Edc, EdcOptions, Offer, Partner};

const TRIES: usize = 4;
const DATA: &str = "month,kwh\n2026-01,310\n2026-02,287\n";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let classpath = arguments.next().context("the first argument is EDC's classpath")?;
    let poll_millis = arguments.next().map(|millis| millis.parse()).transpose()?;
    let folder = tempfile::tempdir()?;
    let source = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let source_url = format!("http://{}/meter.csv", source.local_addr()?);
    let router = axum::Router::new().route("/meter.csv", axum::routing::get(async || DATA));
    tokio::spawn(async { axum::serve(source, router).await });

    let options = |participant_id: &str| EdcOptions {
        classpath: classpath.clone(),
        folder: folder.path().to_owned(),
        participant_id: participant_id.to_owned(),
        poll_millis,
        callback_url: None,
        claims: None,
    };
    let mut watch = Watch(Instant::now());
    let (provider, consumer) = tokio::try_join!(Edc::start(options("provider")), Edc::start(options("consumer")))?;
    watch.lap("both started");
    let constraint = json!({ "leftOperand": "https://w3id.org/edc/v0.0.1/ns/inForceDate", "operator": "gteq",
        "rightOperand": "2020-01-01T00:00:00Z" });
    provider.offer("free", &source_url, &json!({ "permission": [{ "action": "use" }] })).await?;
    provider
        .offer("dated", &source_url, &json!({ "permission": [{ "action": "use", "constraint": constraint }] }))
        .await?;
    let partner = provider.partner();
    for dataset_id in ["free", "dated"] {
        let offer = consumer.find_offer(&partner, dataset_id).await?;
        watch.lap("catalog");
        let agreement_id = agree(&consumer, &partner, &offer).await?;
        watch.lap("agreed");
        let transfer_id = consumer.request_transfer(&partner, &agreement_id).await?;
        consumer.wait_for_transfer(&transfer_id, "STARTED").await?;
        watch.lap("transfer started");
        let address = consumer.data_address(&transfer_id).await?;
        ensure!(consumer.pull(&address).await? == DATA.as_bytes(), "other bytes came than were sent");
        watch.lap("pulled");
        consumer.terminate_transfer(&transfer_id, "enough").await?;
    }
    for nouns in ["contractnegotiations", "contractagreements", "transferprocesses", "edrs"] {
        println!(
            "{nouns}: {} at the consumer, {} at the provider",
            consumer.list(nouns).await?.len(),
            provider.list(nouns).await?.len()
        );
    }
    Ok(())
}

/// EDC may fail with EDC, see [`EdcOptions::poll_millis`]; how often is said, and then it may try again.
async fn agree(consumer: &Edc, partner: &Partner, offer: &Offer) -> anyhow::Result<String> {
    for _ in 1..TRIES {
        match consumer.agree(partner, offer).await {
            Err(error) if error.to_string().contains("negotiation cannot be verified") => println!("again: {error}"),
            agreed_or_failed => return agreed_or_failed,
        }
    }
    consumer.agree(partner, offer).await
}

struct Watch(Instant);

impl Watch {
    fn lap(&mut self, what: &str) {
        println!("{:7.3} s  {what}", self.0.elapsed().as_secs_f64());
        self.0 = Instant::now();
    }
}
