//! A member: a participant's connector, with seeds that are put into its store where the way there is not what is tested.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use xinyu_connector::{Connector, ConnectorOptions};
use xinyu_core::agreement::{Agreement, Terms};
use xinyu_core::negotiation::Side;
use xinyu_core::offering::{Offering, Part};
use xinyu_protocol::api::resource::{NewResource, ResourceInfo};
use xinyu_protocol::id::{AreaCode, ContractId, ParticipantId, ProductId};
use xinyu_protocol::tc609::catalog::{ListingRequest, ListingState, ProductCard, TableCard, Tags};
use xinyu_protocol::tc609::connector::Device;
use xinyu_protocol::tc609::contract::{Revenue, Share};
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::tc609::partner::PartnerContract;
use xinyu_shell::arranged::{Arranged, Arrangements};
use xinyu_shell::dcp::TrustedIssuer;
use xinyu_shell::login::methods::LoginOptions;
use xinyu_shell::node::Platform as PinnedPlatform;
use xinyu_shell::{Failure, NodeKind};
use xinyu_store::{Clock, Store};

use super::SPACE;
use super::seat::{Engine, Orders, Place, Seat};
use crate::fault::Line;

/// Codes and names of members, in the order in which they join.
const ORGANISATIONS: [(&str, &str); 5] = [
    ("91310000MA7XYU103F", "申江出行数据有限公司"),
    ("91440300MA7XYU2188", "鹏城航旅科技有限公司"),
    ("1111000000XYU9018K", "京城数据监督管理局"),
    ("91120100MA7XYU322M", "津门数据加工有限公司"),
    ("91510100MA7XYU437J", "蓉城数据审计有限公司"),
];

/// The one resource that products of tests are made of.
pub const TABLE: &str = "name,city,visitors\n虹桥,上海,1200\n宝安,深圳,900\n大兴,北京,\n";

/// What varies from member to member.
#[derive(Clone, Default)]
pub struct MemberOptions {
    /// Its place among the organisations, from 0 to 4.
    pub organisation: usize,
    /// Whether it is there to consume.
    pub is_consumer: bool,
    /// Whether it serves contracts of others.
    pub is_service: bool,
    /// Whether it supervises.
    pub is_regulator: bool,
    /// Systems of other makers.
    pub arranged: Vec<Arranged>,
    /// Agreements whose data people hand over.
    pub by_hand: Vec<String>,
    /// Issuers that it believes beside its platform.
    pub trusted: Vec<TrustedIssuer>,
    /// What it is as a device.
    pub device: Device,
    /// Under what name tokens for its data plane are made out.
    pub data_plane_id: Option<String>,
    /// The port to listen on, where others must know it before; none: a free one.
    pub port: Option<u16>,
    /// Over what others reach it; none: directly.
    pub line: Option<Arc<Line>>,
    /// Whether nobody can call it but through the platform.
    pub is_relayed: bool,
    /// What time it is there.
    pub clock: Clock,
}

/// A member that runs.
pub struct Member {
    /// Its node and the client of its API.
    pub seat: Seat,
    /// Where its files lie.
    pub folder: PathBuf,
    /// What runs on the node.
    pub connector: Connector,
    options: MemberOptions,
    platform: PinnedPlatform,
    stop: CancellationToken,
}

impl Member {
    pub(super) async fn start(
        folder: &Path,
        engine: &Engine,
        options: MemberOptions,
        platform: &PinnedPlatform,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let mut place = Place::prepare(folder, &format!("member-{}", options.organisation), engine, options.port)?;
        place = place.by(&options.clock);
        if let Some(line) = &options.line {
            place = place.behind(line);
        }
        if options.is_relayed {
            place = place.relayed(platform);
        }
        Self::at(place, options, platform.clone(), stop).await
    }

    async fn at(
        place: Place,
        options: MemberOptions,
        platform: PinnedPlatform,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let files = place.data_dir.join("files");
        std::fs::create_dir_all(&files)?;
        let wanted = connector(&options, files.clone())?;
        let orders = Orders {
            kind: NodeKind::Connector,
            platform: platform.clone(),
            arranged: Arrangements::new(options.arranged.clone()),
            trusted: options.trusted.clone(),
            login: LoginOptions::default(),
            witnessed: Vec::new(),
            stop: stop.clone(),
        };
        let started = Arc::new(OnceLock::new());
        let handed_out = Arc::clone(&started);
        let build = async move |node| {
            let connector = Connector::start(node, wanted).await?;
            Ok(xinyu_connector::router(handed_out.get_or_init(|| connector).clone()))
        };
        let seat = place.start(orders, build).await?;
        let connector = started.get().cloned().context("a connector that was started is there")?;
        Ok(Self { seat, folder: files, connector, options, platform, stop })
    }

    /// Ends the node where it stands, and starts another one at its place.
    pub(super) async fn crash_and_start(self) -> anyhow::Result<Self> {
        let Self { seat, connector, options, platform, stop, .. } = self;
        drop(connector);
        let place = seat.crash().await?;
        if place.engine == Engine::Memory {
            bail!("what is in memory does not outlive a crash");
        }
        Self::at(place, options, platform, stop).await
    }

    /// The store, for seeds.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.seat.node.store
    }

    /// Its identifier.
    ///
    /// # Errors
    /// If it has none yet.
    pub fn id(&self) -> anyhow::Result<String> {
        let party = self.seat.node.party().ok_or_else(|| anyhow::anyhow!("the member is not registered"))?;
        Ok(party.as_str().to_owned())
    }

    /// Connects the resource that products are made of.
    ///
    /// # Errors
    /// What the API says.
    pub async fn bring_table(&self) -> anyhow::Result<()> {
        let path = self.folder.join("airports.csv");
        std::fs::write(&path, TABLE)?;
        let resource = NewResource {
            name: "airports".to_owned(),
            kind: "file".to_owned(),
            location: path.display().to_string(),
            table: None,
            ..NewResource::default()
        };
        let _: ResourceInfo = self.seat.post("/resources", &resource).await?;
        Ok(())
    }

    /// Seeds a listed product under a key: the airports, for any use, unless other policies are given.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn seed_product(&self, key: &str, options: ProductOptions) -> anyhow::Result<ProductId> {
        let owner = ParticipantId::parse(ORGANISATIONS[0].0)?;
        let seed = u64::try_from(key.bytes().fold(7_usize, |sum, byte| sum.wrapping_mul(131) ^ usize::from(byte)))?;
        let product_id = ProductId::compose(&owner, &AreaCode::parse("1100")?, seed);
        let offering = Offering {
            listing_id: key.to_owned(),
            product_id: Some(product_id.clone()),
            state: ListingState::Listed,
            request: ListingRequest {
                listing_id: key.to_owned(),
                space_id: SPACE.to_owned(),
                product: ProductCard { keywords: options.keywords, ..card(key) },
                policies: options.policies.unwrap_or_else(any_use),
                revenue: Revenue {
                    base_fen: 0,
                    per_use_fen: 0,
                    shares: vec![Share { participant_id: owner.clone(), permille: 1000 }],
                },
                smart_clauses: Vec::new(),
                term: "P30D".to_owned(),
                profile: Value::Null,
                templates: Vec::new(),
                audience: Vec::new(),
                version: 1,
                reason: String::new(),
            },
            parts: vec![Part {
                table: "airports".to_owned(),
                resource: "airports".to_owned(),
                fields: vec!["name".to_owned(), "city".to_owned(), "visitors".to_owned()],
                masks: Vec::new(),
            }],
            auto_agree: options.auto_agree,
            stepwise: options.stepwise,
            data_plane: options.data_plane,
            note: String::new(),
            next: None,
            made: 1,
            ending: None,
            registration: None,
        };
        let seeded = self.store().write("seed.product", move |tx| {
            Box::pin(async move { xinyu_store::offering::insert(tx, &offering).await.map_err(Failure::from) })
        });
        seeded.await?;
        Ok(product_id)
    }

    /// Seeds an agreement with a partner, in force, as a negotiation would have left it; the platform is told of it like of any other. Its contract.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn seed_agreement(
        &self,
        agreement_id: &str,
        side: Side,
        peer: &str,
        product: &str,
    ) -> anyhow::Result<ContractId> {
        let node = Arc::clone(&self.seat.node);
        let platform = node.platform.id.platform().ok_or_else(|| anyhow::anyhow!("the platform id is none"))?;
        let (me, other) = (self.id()?, peer.to_owned());
        let (assigner, assignee) = match side {
            Side::Provider => (me, other),
            Side::Consumer => (other, me),
        };
        let (agreement_id, peer, product) = (agreement_id.to_owned(), peer.to_owned(), product.to_owned());
        let seeded = self.store().write("seed.agreement", move |tx| {
            Box::pin(async move {
                let contract_id = ContractId::compose(&platform, tx.now(), tx.entropy());
                let told = PartnerContract {
                    contract_id: contract_id.clone(),
                    space_id: SPACE.to_owned(),
                    product_id: product.clone(),
                    product_name: product.clone(),
                    side: side.as_str().to_owned(),
                    partner_id: peer.clone(),
                    partner_name: peer.clone(),
                };
                let tell = xinyu_core::effect::Outgoing::json(
                    &node.platform_id(),
                    format!("evidence/{contract_id}"),
                    "partner.contract",
                    "/tc609/partnerContract",
                    &told,
                )?;
                xinyu_shell::effect::send(tx, tell).await?;
                let terms = json!({
                    "@type": "Agreement", "@id": agreement_id, "target": product,
                    "assigner": assigner, "assignee": assignee, "permission": [{"action": "use"}],
                });
                let agreement = Agreement {
                    contract_id,
                    side,
                    space_id: SPACE.to_owned(),
                    product_id: product,
                    peer,
                    agreement_id,
                    contract_hash: String::new(),
                    terms: Terms::Unsigned(terms),
                    filing: None,
                    stopped: None,
                    statement: None,
                    ending: None,
                    ended_at: None,
                };
                xinyu_store::agreement::save(tx, &agreement).await?;
                Ok::<_, Failure>(agreement.contract_id)
            })
        });
        Ok(seeded.await?)
    }
}

fn connector(options: &MemberOptions, files: PathBuf) -> anyhow::Result<ConnectorOptions> {
    let (code, name) = ORGANISATIONS.get(options.organisation).copied().unwrap_or(ORGANISATIONS[0]);
    Ok(ConnectorOptions {
        participant_id: ParticipantId::parse(code)?,
        participant_name: name.to_owned(),
        role: match (options.is_regulator, options.is_consumer, options.is_service) {
            (true, ..) => Role::Regulator,
            (false, true, _) => Role::Consumer,
            (false, false, true) => Role::Service,
            (false, false, false) => Role::Provider,
        },
        spaces: vec![SPACE.to_owned()],
        region: Some("3100".to_owned()),
        roots: vec![files],
        data_plane_id: options.data_plane_id.clone(),
        by_hand: options.by_hand.clone(),
        device: options.device.clone(),
    })
}

/// What varies from product to product.
#[derive(Default)]
pub struct ProductOptions {
    /// `contractPolicies`; none: any use.
    pub policies: Option<Vec<Value>>,
    /// Whether requests as offered are agreed to by rule.
    pub auto_agree: bool,
    /// Whether every move waits.
    pub stepwise: bool,
    /// Another maker's data plane.
    pub data_plane: Option<String>,
    /// Words for the search.
    pub keywords: Vec<String>,
}

fn any_use() -> Vec<Value> {
    vec![json!({"permissionPolicies": [{"actions": ["use"]}]})]
}

fn card(key: &str) -> ProductCard {
    ProductCard {
        name: format!("机场 {key}"),
        description: "三座机场".to_owned(),
        source: "测试".to_owned(),
        licence: "CC0".to_owned(),
        topic: "B0300".to_owned(),
        update_frequency: "005".to_owned(),
        tables: vec![TableCard { name: "airports".to_owned(), fields: Vec::new(), rows: 3 }],
        keywords: Vec::new(),
        tags: Tags::default(),
    }
}
