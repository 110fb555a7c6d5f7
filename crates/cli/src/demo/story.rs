//! The twelve steps. Each asks first what is there, so that a run that was cut off at any moment continues to the same end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::json;
use xinyu_evidence::checkpoint::{KEY_PATH, Keys};
use xinyu_evidence::receipt::Receipt;
use xinyu_evidence::verify::verify_log;
use xinyu_protocol::api::connector::{
    AgreementInfo, CatalogInfo, NewUse, OfferingInfo, ProcessInfo, RegistrationInfo, UseInfo,
};
use xinyu_protocol::api::identity::IdentityInfo;
use xinyu_protocol::api::metering::MeteringInfo;
use xinyu_protocol::api::payment::PaymentInfo;
use xinyu_protocol::api::resource::{NewReading, NewResource, ReadingInfo, ResourceInfo};
use xinyu_protocol::api::{
    ContractLife, Freeze, List, ListingInfo, NewSpace, ParticipantInfo, SpaceInfo, Verdict, usual_silence,
};
use xinyu_protocol::id::ParticipantId;
use xinyu_protocol::tc609::catalog::ListingState;
use xinyu_shell::log::files::LogFolder;

use super::party::{CONSUMER, PROVIDER, REGULATOR};
use super::progress::Progress;
use super::report::{Evidence, Metering, Refusal, Report, Settlement, Trust};
use super::world::{SPACE, World};
use super::{flow, payment, product, trust};

/// The allowed uses: how many travellers live at which airport, and what they spend.
const QUERY: &str = "SELECT a.city, count(*) AS travellers, sum(t.trips_last_year) AS trips, sum(t.spend_fen) AS spend_fen \
                     FROM travellers t JOIN airports a ON a.icao = t.home_airport GROUP BY a.city ORDER BY trips DESC LIMIT 10";
/// A use that reads what the contract keeps closed.
const PRYING: &str = "SELECT name, citizen_id, mobile FROM travellers LIMIT 5";
/// A use that runs long: all pairs of airports.
const LONG: &str = "SELECT count(*) FROM airports a, airports b WHERE abs(a.lat - b.lat) + abs(a.lon - b.lon) < 0.5";

/// Tells the story.
pub(crate) async fn tell(world: &World, progress: &Progress) -> anyhow::Result<Report> {
    let begun = Instant::now();
    open_space(world, progress).await?;
    register(world, progress).await?;
    let (travel, airports) = list_products(world, progress).await?;
    let contract_id = apply(world, progress, &travel).await?;
    negotiate(world, progress, &contract_id).await?;
    deliver(world, progress, &contract_id).await?;
    use_and_destroy(world, progress, &contract_id).await?;
    let life = settle(world, progress, &contract_id).await?;
    let paid = payment::settle(world, progress, &contract_id).await?;
    let trust = trust::build(world, progress).await?;
    let frozen = supervise(world, progress, &airports).await?;
    let evidence = verify(world, progress, &life).await?;
    report(world, progress, (&life, &paid), &frozen, (trust, evidence), begun.elapsed()).await
}

async fn open_space(world: &World, progress: &Progress) -> anyhow::Result<()> {
    progress.begin("运营者开设逻辑空间", "the operator opens a logical space");
    let space = NewSpace {
        space_id: SPACE.to_owned(),
        name: "城市出行可信数据空间".to_owned(),
        description: "面向城市航空出行的数据流通".to_owned(),
        kind: "city".to_owned(),
        suite: "sm".to_owned(),
        platform_permille: 150,
        unsigned_agreements: false,
        requires: Vec::new(),
        technical_only: false,
        registered_components: true,
        sealed_filing: false,
        listing_by_rule: false,
        components_by_rule: false,
        open_catalogue: false,
        report_period: "P1D".to_owned(),
        max_silence: usual_silence(),
    };
    let space: SpaceInfo = world.platform.post("/api/v1/spaces", &space).await?;
    progress.done(
        format!("运营者开设逻辑空间「{}」，国密套件", space.name),
        format!("the operator opened the space {} with the national suite", space.space_id),
    );
    Ok(())
}

async fn register(world: &World, progress: &Progress) -> anyhow::Result<()> {
    progress.begin(
        "提供方、使用方、监管方注册，运营者审核",
        "provider, consumer and regulator register, the operator reviews",
    );
    let members = [(&world.provider, PROVIDER), (&world.consumer, CONSUMER), (&world.regulator, REGULATOR)];
    for (member, party) in members {
        let info: RegistrationInfo = member.get("/api/v1/registration").await?;
        if info.state == "none" || info.state == "pending" {
            let _: IdentityInfo = member.post("/api/v1/identity", &party.identity()).await?;
            let _: RegistrationInfo = member.post("/api/v1/registration", &json!({})).await?;
            for attachment in party.attachments() {
                let _: IdentityInfo = member.post("/api/v1/identity/attachments", &attachment).await?;
            }
        }
    }
    let all: List<ParticipantInfo> = world.platform.get("/api/v1/participants").await?;
    for participant in all.items.iter().filter(|participant| participant.state == "pending") {
        let path = format!("/api/v1/participants/{}/decision", participant.connector_id);
        let _: ParticipantInfo = world.platform.post(&path, &Verdict { approve: true, note: String::new() }).await?;
    }
    for (member, _) in members {
        let _: RegistrationInfo = member
            .until("/api/v1/registration", "the admission", |info: &RegistrationInfo| info.state == "approved")
            .await?;
    }
    progress.done(
        "三方注册，连接器取得标识与凭证",
        "three parties are admitted, their connectors have identifiers and credentials",
    );
    Ok(())
}

/// Connects a resource: the reading goes on by itself, however slow the machine is.
async fn connect(world: &World, resource: NewResource) -> anyhow::Result<ResourceInfo> {
    let name = resource.name.clone();
    let new = NewReading { connect: Some(resource), refresh: None, anew: false };
    let begun: ReadingInfo = world.provider.post("/api/v1/readings", &new).await?;
    let is_over = |reading: &ReadingInfo| reading.state != "running";
    let ended = match is_over(&begun) {
        true => begun,
        false => {
            world.provider.until(&format!("/api/v1/readings/{name}"), "the reading of a resource", is_over).await?
        }
    };
    if ended.state != "done" {
        bail!("the resource {name} was not read: {}", ended.error.map(|error| error.en).unwrap_or(ended.state));
    }
    world.provider.get(&format!("/api/v1/resources/{name}")).await
}

async fn list_products(world: &World, progress: &Progress) -> anyhow::Result<(String, String)> {
    progress.begin(
        "提供方接入资源、封装产品、申请上架",
        "the provider connects resources, wraps products, applies for listing",
    );
    let (airports, travellers) = world.bring_data().await?;
    let there: List<ResourceInfo> = world.provider.get("/api/v1/resources").await?;
    let resources = [
        NewResource {
            name: "airports".to_owned(),
            kind: "file".to_owned(),
            location: airports.display().to_string(),
            table: None,
            ..NewResource::default()
        },
        NewResource {
            name: "travellers".to_owned(),
            kind: "table".to_owned(),
            location: format!("sqlite://{}", travellers.display()),
            table: Some("travellers".to_owned()),
            ..NewResource::default()
        },
    ];
    let mut rows = 0;
    for resource in resources {
        let info = match there.items.iter().find(|info| info.name == resource.name) {
            Some(info) => info.clone(),
            None => connect(world, resource).await?,
        };
        rows += info.rows;
    }
    let node: xinyu_protocol::api::NodeInfo = world.provider.get("/api/v1/node").await?;
    let owner = node
        .party_id
        .as_deref()
        .map(xinyu_protocol::id::ConnectorId::parse)
        .transpose()?
        .context("the provider has no identifier")?
        .owner();
    let mut ids = Vec::new();
    for product in [product::travel(&owner)?, product::airports(&owner)?] {
        ids.push(list(world, &product).await?);
    }
    let [travel, airports] = <[String; 2]>::try_from(ids).map_err(|_| anyhow::anyhow!("two products are listed"))?;
    progress.done(
        format!("提供方接入 {rows} 行数据，两个产品经画像审核后上架"),
        format!("{rows} rows are connected, two products passed the review gate and are listed"),
    );
    Ok((travel, airports))
}

async fn list(world: &World, product: &xinyu_protocol::api::connector::NewProduct) -> anyhow::Result<String> {
    let _: OfferingInfo = world.provider.post("/api/v1/products", product).await?;
    let known = |all: &List<OfferingInfo>| {
        all.items.iter().any(|one| one.listing_id == product.listing_id && one.product_id.is_some())
    };
    let all: List<OfferingInfo> =
        world.provider.until("/api/v1/products", "the registration of the product", known).await?;
    let one = all.items.into_iter().find(|one| one.listing_id == product.listing_id).context("a product is missing")?;
    let id = one.product_id.context("a product has no identifier")?;
    let listings: List<ListingInfo> = world.platform.get("/api/v1/listings").await?;
    let listing = listings
        .items
        .iter()
        .find(|listing| listing.entry.product_id.as_str() == id)
        .context("a listing is missing")?;
    if listing.state == ListingState::Reviewing {
        let path = format!("/api/v1/listings/{id}/decision");
        let _: ListingInfo =
            world.platform.post(&path, &Verdict { approve: true, note: "画像与策略审核通过".to_owned() }).await?;
    }
    let listed = |all: &List<OfferingInfo>| {
        all.items.iter().any(|one| one.listing_id == product.listing_id && one.state == ListingState::Listed)
    };
    let _: List<OfferingInfo> = world.provider.until("/api/v1/products", "the listing of the product", listed).await?;
    Ok(id)
}

async fn apply(world: &World, progress: &Progress, product: &str) -> anyhow::Result<String> {
    progress.begin("使用方检索目录、提交使用申请", "the consumer searches the catalogue and applies");
    let found: CatalogInfo = world.consumer.get("/api/v1/catalog?q=%E5%87%BA%E8%A1%8C").await?;
    if !found.entries.iter().any(|entry| entry.product_id.as_str() == product) {
        bail!("the consumer does not find product {product} in the catalogue");
    }
    let contract = flow::apply(world, "demo-application-travel", product, "航线与客流分析").await?;
    progress.done(
        format!("使用方检索并申请，平台与提供方批准，合约标识 {contract}"),
        format!("the consumer found and applied, platform and provider approved; contract {contract}"),
    );
    Ok(contract)
}

async fn negotiate(world: &World, progress: &Progress, contract: &str) -> anyhow::Result<()> {
    progress.begin("双方连接器经 DSP 协商并签署数字合约", "the connectors negotiate over DSP and sign");
    let life = flow::negotiate(world, contract).await?;
    let hash = life.contract_hash.unwrap_or_default();
    progress.done(
        format!("双方以 SM2 签署同一份数字合约，平台备案，哈希 {}…", hash.get(..16).unwrap_or_default()),
        format!(
            "both signed the same contract with SM2, the platform filed it, hash {}…",
            hash.get(..16).unwrap_or_default()
        ),
    );
    Ok(())
}

async fn deliver(world: &World, progress: &Progress, contract: &str) -> anyhow::Result<()> {
    progress.begin("提供方脱敏、加密并交付", "the provider masks, encrypts and delivers");
    let agreement = flow::deliver(world, contract).await?;
    progress.done(
        format!("交付 {} 行（{} 字节，SM4-GCM 加密），在使用方处仍为密文", agreement.meter.rows, agreement.meter.bytes),
        format!(
            "{} rows are delivered ({} bytes, SM4-GCM), and lie encrypted at the consumer",
            agreement.meter.rows, agreement.meter.bytes
        ),
    );
    Ok(())
}

async fn ask(
    world: &World,
    contract: &str,
    key: &str,
    action: &str,
    query: Option<&str>,
    region: Option<&str>,
) -> anyhow::Result<UseInfo> {
    let new = NewUse {
        use_id: format!("demo-{key}"),
        contract_id: contract.to_owned(),
        action: action.to_owned(),
        query: query.map(str::to_owned),
        purpose: Some("航线与客流分析".to_owned()),
        region: region.map(str::to_owned),
        application: None,
        code: None,
        ..NewUse::default()
    };
    world.consumer.post("/api/v1/uses", &new).await
}

async fn use_and_destroy(world: &World, progress: &Progress, contract: &str) -> anyhow::Result<()> {
    progress
        .begin("使用方在使用环境内使用，越约即拒，用尽即毁", "the consumer uses the data inside the use environment");
    ask(world, contract, "use-1", "compute", Some(QUERY), None).await?;
    ask(world, contract, "refused-field", "read", Some(PRYING), None).await?;
    ask(world, contract, "refused-region", "compute", Some(QUERY), Some("8100")).await?;
    ask(world, contract, "refused-distribute", "distribute", None, None).await?;
    ask(world, contract, "refused-reproduce", "reproduce", None, None).await?;
    ask(world, contract, "use-2", "compute", Some(QUERY), None).await?;
    ask(world, contract, "use-3", "read", Some("SELECT icao, name, city FROM airports ORDER BY icao LIMIT 20"), None)
        .await?;
    let path = format!("/api/v1/agreements/{contract}");
    world
        .consumer
        .until(&path, "the destruction", |agreement: &AgreementInfo| agreement.data.as_deref() == Some("destroyed"))
        .await?;
    let over = ask(world, contract, "refused-count", "compute", Some(QUERY), None).await?;
    if over.state != "refused" {
        bail!("a use after the last one was {}, not refused", over.state);
    }
    progress.done(
        "允许 3 次、拒绝 5 次；次数用尽，数据销毁并出具证明",
        "3 uses ran, 5 were refused; the count is used up, the data destroyed and proven",
    );
    Ok(())
}

async fn settle(world: &World, progress: &Progress, contract: &str) -> anyhow::Result<ContractLife> {
    progress.begin("双方计量、平台对账、出具结算单", "both sides metered, the platform reconciles and states");
    let path = format!("/api/v1/contracts/{contract}");
    let life: ContractLife =
        world.platform.until(&path, "the settlement", |life: &ContractLife| life.statement.is_some()).await?;
    let is_over = |metering: &MeteringInfo| metering.due_at.is_none();
    let _: MeteringInfo =
        world.platform.until(&format!("{path}/metering"), "the last metering period", is_over).await?;
    let total = life.statement.as_ref().map_or(0, |statement| statement.total_fen);
    let yuan = xinyu_core::event::yuan(total);
    progress.done(
        format!("三方计量一致，结算 ¥{yuan}，按合约分账"),
        format!("the three meters agree, CNY {yuan} are settled and shared by contract"),
    );
    Ok(life)
}

async fn supervise(world: &World, progress: &Progress, product: &str) -> anyhow::Result<ContractLife> {
    progress.begin("监管方冻结一份正在履行的合约", "the regulator freezes a running contract");
    let contract = flow::apply(world, "demo-application-airports", product, "全球航线规划").await?;
    flow::negotiate(world, &contract).await?;
    flow::deliver(world, &contract).await?;
    let path = format!("/api/v1/contracts/{contract}");
    let now: ContractLife = world.regulator.get(&path).await?;
    if now.freeze.as_ref().is_none_or(|freeze| freeze.stopped_at.is_none()) {
        let (consumer, id) = (world.consumer.clone(), contract.clone());
        let running = tokio::spawn(async move {
            let new = NewUse {
                use_id: "demo-long".to_owned(),
                contract_id: id,
                action: "compute".to_owned(),
                query: Some(LONG.to_owned()),
                purpose: Some("全球航线规划".to_owned()),
                region: None,
                application: None,
                code: None,
                ..NewUse::default()
            };
            consumer.post::<_, UseInfo>("/api/v1/uses", &new).await
        });
        let started = |life: &ContractLife| life.events.iter().any(|event| event.kind == "usage.started");
        let _: ContractLife = world.regulator.until(&path, "the start of the long use", started).await?;
        // The use shall be at work when the order comes, not at loading.
        tokio::time::sleep(Duration::from_millis(400)).await;
        let freeze =
            Freeze { order_id: "demo-freeze".to_owned(), ground: "例行检查：核验数据用途".to_owned() };
        let _: ContractLife = world.regulator.post(&format!("{path}/freeze"), &freeze).await?;
        running.await??;
    }
    let stopped = |life: &ContractLife| life.freeze.as_ref().is_some_and(|freeze| freeze.stopped_at.is_some());
    let life: ContractLife = world.regulator.until(&path, "the stop of the running use", stopped).await?;
    let ms = milliseconds(&life);
    progress.done(
        format!("监管方冻结合约，正在运行的使用在 {ms} 毫秒内停止"),
        format!("the regulator froze the contract, the running use stopped within {ms} ms"),
    );
    Ok(life)
}

fn milliseconds(life: &ContractLife) -> i64 {
    life.freeze
        .as_ref()
        .and_then(|freeze| Some(freeze.stopped_at?.duration_since(freeze.ordered_at)))
        .map_or(-1, |span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

/// Everything is in the log when every node has nothing more to report; then log, receipt and contract are verified from the files alone.
async fn verify(world: &World, progress: &Progress, life: &ContractLife) -> anyhow::Result<Evidence> {
    progress.begin("第三方离线验证存证", "a stranger verifies the evidence offline");
    for client in [&world.provider, &world.consumer, &world.regulator] {
        flow::reported(client).await?;
    }
    let published = |spaces: &List<SpaceInfo>| spaces.items.iter().all(|space| space.entries == space.published);
    let _: List<SpaceInfo> = world.platform.until("/api/v1/spaces", "the publication of the log", published).await?;
    let refused = life.events.iter().find(|event| event.kind == "usage.refused").context("no refusal is in the log")?;
    let receipt = world.platform.bytes(&format!("/evidence/{SPACE}/receipt/{}", refused.record_id)).await?;
    let contract = world.platform.bytes(&format!("/api/v1/contracts/{}/file", life.line.contract_id)).await?;
    let all: List<ProcessInfo> = world.consumer.get("/api/v1/negotiations").await?;
    let own =
        all.items.iter().find(|one| one.contract_id == life.line.contract_id).context("no negotiation is kept")?;
    let history = format!("/api/v1/negotiations/{}/history", crate::client::segment(&own.pid));
    std::fs::write(world.data_dir.join("history.json"), world.consumer.bytes(&history).await?)?;
    std::fs::write(world.data_dir.join("receipt.json"), &receipt)?;
    std::fs::write(world.data_dir.join("contract.json"), &contract)?;
    let folder = LogFolder::new(&world.data_dir.join("platform"), SPACE)?;
    let (report, receipt_ok) = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let report = verify_log(&folder);
        let keys: Keys = String::from_utf8(folder.read(KEY_PATH)?.context("the log has no key file")?)?.parse()?;
        let receipt_ok = Receipt::parse(&receipt).and_then(|receipt| receipt.verify(&keys)).is_ok();
        Ok((report, receipt_ok))
    })
    .await??;
    let verified = report.ok && receipt_ok;
    if !verified {
        let why = report.problems.first().map_or_else(|| "the receipt does not verify".to_owned(), ToString::to_string);
        bail!("the evidence does not verify: {why}");
    }
    progress.done(
        format!("{} 条存证、{} 个签名离线验证通过", report.entries, report.signatures_checked),
        format!("{} entries and {} signatures verified offline", report.entries, report.signatures_checked),
    );
    Ok(Evidence { entries: report.entries, root: report.root, checkpoint: report.checkpoint, verified })
}

async fn report(
    world: &World,
    progress: &Progress,
    (life, paid): (&ContractLife, &PaymentInfo),
    frozen: &ContractLife,
    (trust, evidence): (Trust, Evidence),
    took: Duration,
) -> anyhow::Result<Report> {
    let all: List<ParticipantInfo> = world.platform.get("/api/v1/participants").await?;
    let name = |id: &ParticipantId| {
        all.items
            .iter()
            .find(|one| one.participant_id == id.as_str())
            .map_or_else(|| super::world::OPERATOR.1.to_owned(), |one| one.name.clone())
    };
    let uses: List<UseInfo> = world.consumer.get(&format!("/api/v1/uses?contract={}", life.line.contract_id)).await?;
    let mut refused: Vec<&UseInfo> = uses.items.iter().filter(|one| one.state == "refused").collect();
    refused.sort_by_key(|one| one.asked_at);
    let statement = life.statement.as_ref().context("the contract is not settled")?;
    let at = |kind: &str| life.events.iter().find(|event| event.kind == kind).map(|event| event.at);
    let first_use =
        at("application.submitted").zip(at("usage.done")).map(|(from, to)| to.duration_since(from).as_secs_f64());
    let path = |name: &str| world.data_dir.join(name).display().to_string();
    Ok(Report {
        contract_id: life.line.contract_id.clone(),
        space_id: SPACE.to_owned(),
        participants: all.items.iter().map(|one| (one.connector_id.clone(), one.name.clone())).collect(),
        rows_delivered: life.metering.platform.rows,
        bytes_delivered: life.metering.platform.bytes,
        uses_allowed: uses.items.iter().filter(|one| one.state == "done").count().try_into()?,
        uses_refused: refused.len().try_into()?,
        refusals: refused
            .iter()
            .map(|one| Refusal {
                clause: one.reasons.first().map(|reason| reason.clause.clone()).unwrap_or_default(),
                decision: one.decision.clone(),
                reason: one
                    .reasons
                    .iter()
                    .map(|reason| reason.text.in_lang(progress.lang()))
                    .collect::<Vec<_>>()
                    .join("; "),
            })
            .collect(),
        destroyed: life.events.iter().any(|event| event.kind == "usage.destroyed"),
        freeze_to_stop_ms: milliseconds(frozen),
        frozen_contract_id: frozen.line.contract_id.clone(),
        trust,
        evidence,
        metering: Metering {
            provider: life.metering.provider,
            consumer: life.metering.consumer,
            platform: life.metering.platform,
        },
        settlement: Settlement {
            total_fen: statement.total_fen,
            shares: statement
                .shares
                .iter()
                .map(|share| (name(&share.participant_id), share.amount_fen))
                .collect::<BTreeMap<_, _>>(),
            payment: paid.state.clone(),
            paid_fen: paid.total_fen,
            confirmed_by: paid.payees.iter().filter(|payee| payee.confirmed_at.is_some()).count().try_into()?,
            charges_fen: statement.charges.iter().map(|charge| charge.fen).sum(),
        },
        seconds_from_application_to_first_use: first_use.unwrap_or(-1.0),
        seconds_total: took.as_secs_f64(),
        data_dir: world.data_dir.display().to_string(),
        contract_file: path("contract.json"),
        history_file: path("history.json"),
        receipt_file: path("receipt.json"),
        evidence_dir: world.evidence_dir().display().to_string(),
    })
}
