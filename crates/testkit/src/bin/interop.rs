//! Our connector and EDC's, another maker's, with each other: `interop CLASSPATH`, in both directions catalogue, negotiation to FINALIZED and an HTTP pull;
//! and EDC's catalogue as we harvest it.
//! Prints a line a step and how long it took; ends with an error at the first thing that is not as it must be.

#![expect(clippy::print_stdout, reason = "a program that reports to its terminal")]

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;
use url::form_urlencoded;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{
    AgreementInfo, NegotiationInfo, NewNegotiation, NewTransfer, NewUse, ProcessInfo, TransferInfo, UseInfo,
};
use xinyu_protocol::api::harvest::{HarvestInfo, HarvestReport, HarvestRequest, HarvestRun, HarvestedPage};
use xinyu_protocol::api::partner::PartnerDataset;
use xinyu_protocol::dsp::tolerant;
use xinyu_shell::arranged::{Arranged, ArrangedKind, Tokens};
use xinyu_testkit::edc::{Edc, EdcOptions, Partner, token};
use xinyu_testkit::world::{Engine, Member, MemberOptions, ProductOptions, SPACE, World, free_port};

const EDC: &str = "other-maker";
const OURS: &str = "our-connector";
/// Assets beside the meter.
const ASSETS: u64 = 54;
const METER: &str = "month,kwh\n2026-01,310\n2026-02,287\n";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let classpath = std::env::args().nth(1).context("usage: interop CLASSPATH")?;
    let poll_millis = std::env::args().nth(2).map(|millis| millis.parse()).transpose()?;
    let folder = tempfile::tempdir()?;
    let mut watch = Watch(Instant::now());
    let options = EdcOptions {
        classpath,
        folder: std::env::var_os("XINYU_EDC_LOG").map_or_else(|| folder.path().join("edc"), Into::into),
        participant_id: EDC.to_owned(),
        poll_millis,
        callback_url: None,
        claims: None,
    };
    let edc = Edc::start(options).await?;
    watch.lap("EDC runs");
    let port = free_port()?;
    let ours = format!("http://127.0.0.1:{port}/dsp/2025-1");
    // What EDC shows to whom it calls, and what it wants to see.
    let tokens = Tokens { shown_to_us: token(EDC, &ours), shown_by_us: Some(token(OURS, &edc.partner().protocol_url)) };
    let partner = Arranged::new(ArrangedKind::Partner, EDC, "Eclipse EDC", &edc.partner().protocol_url, tokens);
    let options = MemberOptions {
        arranged: vec![partner.in_space(SPACE).knowing_us_as(Some(OURS.to_owned()))],
        port: Some(port),
        ..MemberOptions::default()
    };
    let world = World::start(folder.path(), Engine::File, vec![options]).await?;
    watch.lap("our connector runs");
    let member = world.member(0)?;
    we_consume(&edc, member, &mut watch).await?;
    we_harvest(&edc, member, &mut watch).await?;
    we_provide(&edc, member, &ours, &mut watch).await?;
    world.stop().await;
    Ok(())
}

/// EDC offers, we negotiate, pull, and use what came under the agreement.
async fn we_consume(edc: &Edc, member: &Member, watch: &mut Watch) -> anyhow::Result<()> {
    let source = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let source_url = format!("http://{}/meter.csv", source.local_addr()?);
    let csv = async || ([("content-type", "text/csv")], METER);
    let router = axum::Router::new().route("/meter.csv", axum::routing::get(csv));
    tokio::spawn(async { axum::serve(source, router).await });
    edc.offer("meter", &source_url, &json!({ "permission": [{ "action": "use" }] })).await?;

    let seat = &member.seat;
    let catalog: Value = seat.get(&format!("/partners/{EDC}/catalog")).await?;
    ensure!(catalog.to_string().contains("meter"), "EDC's catalogue has no meter: {catalog}");
    watch.lap("we consume: catalogue");
    for (filter, expect) in [
        (json!([{ "field": "@id", "operator": "in", "value": ["meter", "other"] }]), 1),
        (json!([{ "field": "@id", "operator": "ilike", "value": "MET%" }, { "field": "@id", "value": "meter" }]), 1),
        (json!([{ "field": "@id", "operator": "!=", "value": "meter" }]), 0),
    ] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("filter", &filter.to_string()).finish();
        let catalog: Value = seat.get(&format!("/partners/{EDC}/catalog?{query}")).await?;
        let found = PartnerDataset::of(&catalog).len();
        ensure!(found == expect, "EDC found {found} for {filter}: {catalog}");
    }
    watch.lap("we consume: catalogue, filtered");
    let new = NewNegotiation {
        partner: Some(EDC.to_owned()),
        dataset: Some("meter".to_owned()),
        ..NewNegotiation::default()
    };
    let begun: ProcessInfo = seat.post("/negotiations", &new).await?;
    let is_over = |info: &NegotiationInfo| matches!(info.process.state.as_str(), "FINALIZED" | "TERMINATED");
    let ended = seat.until(&format!("/negotiations/{}", begun.pid), is_over).await?;
    ensure!(ended.process.state == "FINALIZED", "the negotiation ended: {ended:?}");
    watch.lap("we consume: FINALIZED");
    let new = NewTransfer { contract_id: begun.contract_id.clone(), ..NewTransfer::default() };
    let transfer: ProcessInfo = seat.post("/transfers", &new).await?;
    let is_over = |info: &TransferInfo| matches!(info.process.state.as_str(), "COMPLETED" | "TERMINATED");
    let ended = seat.until(&format!("/transfers/{}", transfer.pid), is_over).await?;
    ensure!(ended.process.state == "COMPLETED", "the transfer ended: {ended:?}");
    watch.lap("we consume: data held, transfer COMPLETED");
    let agreement: AgreementInfo = seat.get(&format!("/agreements/{}", begun.contract_id)).await?;
    ensure!(agreement.unsigned && agreement.in_force, "the agreement is not told as what it is: {agreement:?}");
    ensure!(agreement.data.as_deref() == Some("held") && agreement.meter.rows == 2, "{agreement:?}");
    let ask = |use_id: &str, action: &str| NewUse {
        use_id: use_id.to_owned(),
        contract_id: begun.contract_id.clone(),
        action: action.to_owned(),
        query: Some("SELECT sum(kwh) AS kwh FROM data".to_owned()),
        purpose: None,
        region: None,
        application: None,
        code: None,
        ..NewUse::default()
    };
    let made: UseInfo = seat.post("/uses", &ask("interop-1", "use")).await?;
    let rows = made.result.as_ref().map(|result| json!(result.rows));
    ensure!(rows == Some(json!([[597]])), "the use gave {made:?}");
    let refused: UseInfo = seat.post("/uses", &ask("interop-2", "distribute")).await?;
    ensure!(refused.state == "refused", "what the agreement does not permit was not refused: {refused:?}");
    watch.lap("we consume: used under the agreement, another use refused");
    Ok(())
}

/// We read EDC's whole catalogue, over two of its pages; read again it is the same, and what is new is new.
async fn we_harvest(edc: &Edc, member: &Member, watch: &mut Watch) -> anyhow::Result<()> {
    let offer = async |asset: &str| {
        edc.offer(asset, "http://127.0.0.1:9/none.csv", &json!({ "permission": [{ "action": "use" }] })).await
    };
    // A page of EDC's has 50 at most.
    for number in 1..=ASSETS {
        offer(&format!("asset-{number:03}")).await?;
    }
    watch.lap("we harvest: EDC offers more than a page");
    let seat = &member.seat;
    let source = HarvestRequest { title: "EDC".to_owned(), partner: EDC.to_owned(), ..HarvestRequest::default() };
    let added: HarvestInfo = seat.post("/harvests", &source).await?;
    let path = format!("/harvests/{}", added.harvest_id);
    let read = async |before: Option<HarvestReport>| -> anyhow::Result<HarvestReport> {
        let is_over = |info: &HarvestInfo| info.last.is_some() && info.last != before && info.progress.is_none();
        let info = seat.until(&path, is_over).await?;
        let last = info.last.context("a harvest that was read says nothing of it")?;
        ensure!(last.problem.is_none() && last.whole && last.faulty == 0, "EDC's catalogue was not read: {last:?}");
        Ok(last)
    };
    let first = read(None).await?;
    ensure!((first.new, first.pages) == (ASSETS + 1, 2), "not every asset of EDC's is a record: {first:?}");
    let found: HarvestedPage = seat.get("/harvested?q=meter").await?;
    let meter = found.entries.first().context("EDC's meter is not found")?;
    ensure!(meter.title == "meter" && !meter.addresses.is_empty(), "the record of the meter is {meter:?}");
    watch.lap("we harvest: every asset is a record");
    let run = HarvestRun { whole: true };
    let _: HarvestInfo = seat.post(&format!("{path}/run"), &run).await?;
    let second = read(Some(first)).await?;
    let counts = (second.new, second.changed, second.unchanged, second.gone);
    ensure!(counts == (0, 0, ASSETS + 1, 0), "what EDC says again is not the same: {second:?}");
    offer("one-more").await?;
    let _: HarvestInfo = seat.post(&format!("{path}/run"), &run).await?;
    let third = read(Some(second)).await?;
    ensure!((third.new, third.unchanged) == (1, ASSETS + 1), "what EDC has besides is not told apart: {third:?}");
    watch.lap("we harvest: the same again, and one more");
    Ok(())
}

/// We offer, EDC negotiates and pulls.
async fn we_provide(edc: &Edc, member: &Member, ours: &str, watch: &mut Watch) -> anyhow::Result<()> {
    member.bring_table().await?;
    let by_rule = ProductOptions { auto_agree: true, ..ProductOptions::default() };
    let product = member.seed_product("airports", by_rule).await?;
    let partner = Partner { participant_id: OURS.to_owned(), protocol_url: ours.to_owned() };
    let offer = edc.find_offer(&partner, product.as_str()).await?;
    watch.lap("we provide: catalogue");
    edc_searches(edc, &partner).await?;
    watch.lap("we provide: catalogue, filtered");
    let agreement_id = edc.agree(&partner, &offer).await?;
    watch.lap("we provide: FINALIZED");
    let transfer_id = edc.request_transfer(&partner, &agreement_id).await?;
    edc.wait_for_transfer(&transfer_id, "STARTED").await?;
    watch.lap("we provide: transfer STARTED");
    let address = edc.data_address(&transfer_id).await?;
    let bytes = edc.pull(&address).await?;
    let text = String::from_utf8(bytes)?;
    ensure!(text.lines().next() == Some("name,city,visitors") && text.lines().count() == 4, "EDC pulled {text:?}");
    watch.lap("we provide: pulled");
    edc.terminate_transfer(&transfer_id, "enough").await?;
    let seat = &member.seat;
    let is_over = |list: &List<ProcessInfo>| {
        list.items.iter().any(|process| process.side == "provider" && process.state == "TERMINATED")
    };
    let _: List<ProcessInfo> = seat.until("/transfers", is_over).await?;
    let late = reqwest::Client::new().get(&address.endpoint).header("authorization", &address.authorization);
    let status = late.timeout(Duration::from_secs(10)).send().await?.status();
    ensure!(status == 404, "after the termination the data is still served: {status}");
    watch.lap("we provide: TERMINATED, and nothing is served any more");
    Ok(())
}

/// EDC asks with a filter: what fits, what does not, and what we do not know.
async fn edc_searches(edc: &Edc, partner: &Partner) -> anyhow::Result<()> {
    let query = |left: &str, operator: &str, right: Value| {
        json!({
            "@type": "QuerySpec", "limit": 10, "sortField": "name", "sortOrder": "DESC",
            "filterExpression": [{ "@type": "Criterion", "operandLeft": left, "operator": operator, "operandRight": right }],
        })
    };
    for (query, expect) in [
        (query("name", "like", json!("%airports")), 1),
        (query("http://purl.org/dc/terms/title", "ilike", json!("%AIRPORTS")), 1),
        (query("https://w3id.org/edc/v0.0.1/ns/id", "in", json!(["one", "another"])), 0),
        (query("http://www.w3.org/ns/dcat#theme", "=", json!("B0300")), 1),
        (query("http://www.w3.org/ns/dcat#theme", "!=", json!("B0300")), 0),
    ] {
        let catalog = edc.search(partner, &query).await?;
        let found = PartnerDataset::of(&tolerant::plain(catalog.clone())).len();
        ensure!(found == expect, "we found {found} for {query}: {catalog}");
    }
    let refused = edc.search(partner, &query("price", "=", json!("1"))).await;
    let said = refused.err().map(|error| format!("{error:#}")).unwrap_or_default();
    ensure!(said.contains("price is not known"), "what we do not know was not refused: {said}");
    Ok(())
}

struct Watch(Instant);

impl Watch {
    fn lap(&mut self, what: &str) {
        println!("{:7.3} s  {what}", self.0.elapsed().as_secs_f64());
        self.0 = Instant::now();
    }
}
