//! A platform and its members in one process, each with its own store, keys and port on loopback, reached over their APIs like any other.

pub mod member;
mod partners;
mod seat;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use xinyu_core::issuance::IssuancePolicy;
use xinyu_core::workday::Calendar;
use xinyu_evidence::note::Verifier;
use xinyu_platform::catalog;
use xinyu_platform::certificate::Authorities;
use xinyu_platform::ndi::node::FunctionNode;
use xinyu_platform::trusted_time::TrustedTime;
use xinyu_platform::verification::authority::Authority;
use xinyu_platform::witness::Witnesses;
use xinyu_platform::{Platform, PlatformOptions};
use xinyu_protocol::api::connector::RegistrationInfo;
use xinyu_protocol::api::{List, NewSpace, ParticipantInfo, SpaceInfo, Verdict};
use xinyu_protocol::id::{AreaCode, ParticipantId, PlatformId, Strictness};
use xinyu_shell::arranged::Arrangements;
use xinyu_shell::indexed::Indexed;
use xinyu_shell::login::methods::LoginOptions;
use xinyu_shell::node::Platform as PinnedPlatform;
use xinyu_shell::{Failure, Node, NodeKind};
use xinyu_store::Clock;

use crate::fault::Line;
pub use member::{Member, MemberOptions, ProductOptions};
pub use partners::partners;
pub use seat::{Engine, PASSWORD, Seat, USER, free_port};
use seat::{Orders, Place};

/// The operator: code and name.
const OPERATOR: (&str, &str) = ("91110000MA7XYU007Q", "信域运营有限公司");
/// Where it is.
const AREA: &str = "1100";
/// The number of its platform.
const OPENED: u64 = 20_261_125;
/// The one space of the world.
pub const SPACE: &str = "testing";

/// Makes what is served beside the API of the platform, once its address is known.
pub type Beside = Box<dyn FnOnce(&str) -> Router + Send>;

/// What varies of the platform.
#[derive(Default)]
pub struct WorldOptions {
    /// What it serves beside its API, such as its console.
    pub beside: Option<Beside>,
    /// Function nodes that it works with.
    pub nodes: Vec<FunctionNode>,
    /// Suppliers that it trusts.
    pub trusted_suppliers: Vec<String>,
    /// What its space asks of connectors.
    pub requires: Vec<String>,
    /// Whether its space takes only what technique keeps.
    pub technical_only: bool,
    /// Whether its space files contracts under keys of their parties.
    pub sealed_filing: bool,
    /// Whether what the gate finds nothing against is approved at once.
    pub listing_by_rule: bool,
    /// Whether the catalogue of its space is open to everybody.
    pub open_catalogue: bool,
    /// How often nodes report how contracts are performed; none: the usual.
    pub report_period: Option<&'static str>,
    /// How long its connectors may be silent; as long as they like unless it says so.
    pub max_silence: &'static str,
    /// Over what members reach it; none: directly.
    pub line: Option<Arc<Line>>,
    /// The credentials that it issues.
    pub issuance: IssuancePolicy,
    /// How its people log in besides by password.
    pub login: LoginOptions,
    /// Who cosigns the heads of its logs, and how many have to.
    pub witnesses: Witnesses,
    /// Who puts trusted time on its logs.
    pub trusted_time: TrustedTime,
    /// Logs of other spaces whose heads it cosigns.
    pub witnessed: Vec<Verifier>,
    /// Authorities that it asks.
    pub authorities: Vec<Authority>,
    /// What time it is there.
    pub clock: Clock,
    /// Whether the members neither register nor are admitted by themselves.
    pub is_left_pending: bool,
}

/// A platform with one space and members in it.
pub struct World {
    /// The platform.
    pub platform: Seat,
    /// The members, in the order in which they were given.
    pub members: Vec<Member>,
    options: PlatformOptions,
    login: LoginOptions,
    pinned: PinnedPlatform,
    stop: CancellationToken,
    line: Option<Arc<Line>>,
}

impl World {
    /// Starts everything and admits the members. Stores lie below `folder` (or in memory, see [`Engine`]).
    ///
    /// # Errors
    /// If a node does not start, or a member is not admitted.
    pub async fn start(folder: &Path, engine: Engine, members: Vec<MemberOptions>) -> anyhow::Result<Self> {
        Self::start_with(folder, engine, members, WorldOptions::default()).await
    }

    /// As [`Self::start`], with what varies of the platform.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_with(
        folder: &Path,
        engine: Engine,
        members: Vec<MemberOptions>,
        options: WorldOptions,
    ) -> anyhow::Result<Self> {
        xinyu_http::install_tls();
        let stop = CancellationToken::new();
        let operator = ParticipantId::parse(OPERATOR.0)?;
        let area = AreaCode::parse(AREA)?;
        let platform_id = PlatformId::compose(&operator, &area, OPENED);
        let mut place = Place::prepare(folder, "platform", &engine, None)?.by(&options.clock);
        if let Some(line) = &options.line {
            place = place.behind(line);
        }
        let pinned = place.pinned(&platform_id);
        let orders = Orders {
            kind: NodeKind::Platform,
            platform: pinned.clone(),
            arranged: Arrangements::default(),
            trusted: Vec::new(),
            login: options.login.clone(),
            witnessed: options.witnessed.clone(),
            stop: stop.clone(),
        };
        let login = options.login;
        let requires_review = options.is_left_pending;
        let own = PlatformOptions {
            platform_id,
            operator_id: operator,
            operator_name: OPERATOR.1.to_owned(),
            area,
            issuance: options.issuance,
            authority: Arc::new(place.authority()?),
            nodes: options.nodes,
            trusted_suppliers: options.trusted_suppliers,
            calendar: Calendar::default(),
            strictness: Strictness::Strict,
            authorities: options.authorities,
            witnesses: options.witnesses,
            trusted_time: options.trusted_time,
        };
        let kept = own.clone();
        let beside = options.beside.map(|make| make(&pinned.address)).unwrap_or_default();
        let build = async |node| Ok(xinyu_platform::router(Platform::start(node, own).await?).merge(beside));
        let platform = place.start(orders, build).await?;
        let line = options.line;
        let mut world =
            Self { platform, members: Vec::new(), options: kept, login, pinned: pinned.clone(), stop, line };
        let rules = NewSpace {
            requires: options.requires,
            technical_only: options.technical_only,
            sealed_filing: options.sealed_filing,
            listing_by_rule: options.listing_by_rule,
            components_by_rule: options.listing_by_rule,
            open_catalogue: options.open_catalogue,
            report_period: options.report_period.unwrap_or("P1D").to_owned(),
            max_silence: options.max_silence.to_owned(),
            ..usual_space()
        };
        let _: SpaceInfo = world.platform.post("/spaces", &rules).await?;
        for options in members {
            let member = Member::start(folder, &engine, options, &pinned, world.stop.clone()).await?;
            world.members.push(member);
        }
        if !requires_review {
            world.admit().await?;
        }
        Ok(world)
    }

    /// Starts everything, with authorities to ask, and admits nobody.
    ///
    /// # Errors
    /// If a node does not start.
    pub async fn open(
        folder: &Path,
        engine: Engine,
        members: Vec<MemberOptions>,
        authorities: Vec<Authority>,
    ) -> anyhow::Result<Self> {
        let options = WorldOptions { authorities, is_left_pending: true, ..WorldOptions::default() };
        Self::start_with(folder, engine, members, options).await
    }

    /// Lets a member know another one, by their places, as it would after an application.
    ///
    /// # Errors
    /// If there is no such member, or a store fails.
    pub async fn introduce(&self, to: usize, whom: usize) -> anyhow::Result<()> {
        let wanted = self.member(whom)?.id()?;
        let found = self.platform.node.store.read("party.find", move |tx| {
            Box::pin(async move { xinyu_store::party::find(tx, &wanted).await.map_err(Failure::from) })
        });
        let known = found.await?.context("the platform does not know the member")?;
        let saved = self.member(to)?.store().write("party.save", move |tx| {
            Box::pin(async move { xinyu_store::party::save(tx, &known).await.map_err(Failure::from) })
        });
        Ok(saved.await?)
    }

    async fn admit(&self) -> anyhow::Result<()> {
        for member in &self.members {
            let _: RegistrationInfo = member.seat.post("/registration", &json!({})).await?;
        }
        let all: List<ParticipantInfo> = self.platform.get("/participants").await?;
        for one in all.items {
            let verdict = Verdict { approve: true, note: String::new() };
            let _: Value =
                self.platform.post(&format!("/participants/{}/decision", one.connector_id), &verdict).await?;
        }
        for member in &self.members {
            let admitted = |info: &RegistrationInfo| info.state == "approved";
            member.seat.until("/registration", admitted).await.context("a member is not admitted")?;
        }
        Ok(())
    }

    /// The platform as its drivers see it: for what they do by a clock.
    ///
    /// # Errors
    /// If its store fails.
    pub async fn service(&self) -> anyhow::Result<Platform> {
        let node = std::sync::Arc::clone(&self.platform.node);
        let authority = Authorities::found_or_resume(&node, &self.options).await?;
        // The index in its folder is the running platform's: this one has its own in memory.
        let catalog = Indexed::open(&node, catalog::KIND).await?.into();
        Ok(Platform {
            node,
            catalog,
            options: self.options.clone().into(),
            authority: authority.into(),
            relay: Arc::default(),
            trouble: Arc::default(),
            lineage: Arc::default(),
        })
    }

    /// A member, by its place.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn member(&self, at: usize) -> anyhow::Result<&Member> {
        self.members.get(at).with_context(|| format!("there is no member {at}"))
    }

    /// A member crashes, and a new node starts at its place: on the same store, keys, port and folder.
    ///
    /// # Errors
    /// If there is no such member, something of the old node lives on, or the new one does not start. The world is without the member then.
    pub async fn crash(&mut self, at: usize) -> anyhow::Result<()> {
        anyhow::ensure!(at < self.members.len(), "there is no member {at}");
        let member = self.members.remove(at).crash_and_start().await?;
        self.members.insert(at, member);
        Ok(())
    }

    /// The platform crashes, and a new one starts at its place: on the same store, keys, port and folder.
    ///
    /// # Errors
    /// If something of the old one lives on, or the new one does not start.
    pub async fn crash_platform(self) -> anyhow::Result<Self> {
        let Self { platform, members, options, login, pinned, stop, line } = self;
        let place = platform.crash().await?;
        let orders = Orders {
            kind: NodeKind::Platform,
            platform: pinned.clone(),
            arranged: Arrangements::default(),
            trusted: Vec::new(),
            login: login.clone(),
            witnessed: Vec::new(),
            stop: stop.clone(),
        };
        let own = options.clone();
        let build = async |node| Ok(xinyu_platform::router(Platform::start(node, own).await?));
        let platform = place.start(orders, build).await?;
        Ok(Self { platform, members, options, login, pinned, stop, line })
    }

    /// The same, and the new one works with these function nodes.
    ///
    /// # Errors
    /// As [`Self::crash_platform`].
    pub async fn crash_platform_among(mut self, nodes: Vec<FunctionNode>) -> anyhow::Result<Self> {
        self.options.nodes = nodes;
        self.crash_platform().await
    }

    /// Stops everything, in order.
    pub async fn stop(self) {
        self.stop.cancel();
        for seat in self.members.into_iter().map(|member| member.seat).chain([self.platform]) {
            seat.stopped().await;
        }
    }
}

/// The space, with the rules that most tests want.
fn usual_space() -> NewSpace {
    NewSpace {
        space_id: SPACE.to_owned(),
        name: "测试空间".to_owned(),
        description: "自动化测试".to_owned(),
        kind: "industry".to_owned(),
        suite: "intl".to_owned(),
        platform_permille: 100,
        unsigned_agreements: true,
        requires: Vec::new(),
        technical_only: false,
        registered_components: true,
        sealed_filing: false,
        listing_by_rule: false,
        components_by_rule: false,
        open_catalogue: false,
        report_period: "P1D".to_owned(),
        max_silence: String::new(),
    }
}

/// The platform of a world in a folder, of which nothing runs: its store, its keys and its files.
///
/// # Errors
/// If they cannot be opened, or another process has them.
pub async fn platform(folder: &Path) -> anyhow::Result<Arc<Node>> {
    xinyu_http::install_tls();
    let place = Place::prepare(folder, "platform", &Engine::File, None)?;
    let operator = ParticipantId::parse(OPERATOR.0)?;
    let id = PlatformId::compose(&operator, &AreaCode::parse(AREA)?, OPENED);
    let orders = Orders {
        kind: NodeKind::Platform,
        platform: place.pinned(&id),
        arranged: Arrangements::default(),
        trusted: Vec::new(),
        login: LoginOptions::default(),
        witnessed: Vec::new(),
        stop: CancellationToken::new(),
    };
    place.node(orders).await
}
