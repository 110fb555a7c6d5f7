//! Data resources (数据资源): connected, described and profiled where they lie. TC609-6-2025-01 §5.2.3; NDI-TR-2025-05 §6.3.

use std::path::PathBuf;

use axum::Json;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use xinyu_core::data::TableSchema;
use xinyu_core::fault::Rejection;
use xinyu_core::offering::Offering;
use xinyu_dataplane::source::{KINDS, Source, SourceError};
use xinyu_discovery::drift::{Drift, drift};
use xinyu_discovery::profile::{Access, Renewal, SecurityLevel, TableProfile};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::resource::{DriftInfo, GradingInfo, NewResource, ResourceInfo, ResourceQuery};
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::{Topic, Tx};

use self::location::Location;
use crate::app::Connector;

pub mod grading;
mod kept;
pub mod life;
pub mod location;
mod read;
pub mod reading;

/// A connected resource, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// `file`, `folder`, `object`, `table`, `api` or `stream`.
    pub kind: String,
    /// A path, or a sealed address.
    pub location: Location,
    /// The table, for a database.
    pub table: Option<String>,
    /// Its columns.
    pub schema: TableSchema,
    /// Its rows when it was connected.
    pub rows: u64,
    /// What it was recognised as, such as `csv`; not known of one that was connected by an older version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub form: String,
    /// How its text is encoded, where that is not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// What was said when it was connected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<Text>,
    /// What the profile found.
    pub profile: TableProfile,
    /// Who stands behind its grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graded: Option<Graded>,
    /// What had changed when it was last read again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// A column by which its table grows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grows_by: Option<String>,
    /// How often it is said to be renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_frequency: Option<String>,
    /// How it was read last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<read::Report>,
    /// The states of it that were seen, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renewals: Vec<Renewal>,
    /// How it could be read.
    #[serde(default)]
    pub access: Access,
}

/// Who has graded a resource, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graded {
    /// The account.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Resource {
    /// Where its rows come from; a file must still lie below one of the roots, and requests go where the node's may go.
    ///
    /// # Errors
    /// If it does not.
    pub fn source(&self, connector: &Connector) -> Result<Source, Failure> {
        source(&self.kind, &self.place(connector)?, self.table.as_deref(), connector)
    }

    /// Where it lies, with whatever secret stands in its address.
    ///
    /// # Errors
    /// If it cannot be unsealed.
    pub fn place(&self, connector: &Connector) -> Result<String, Failure> {
        self.location.read(&connector.node, &self.name)
    }
}

fn source(kind: &str, location: &str, table: Option<&str>, connector: &Connector) -> Result<Source, Failure> {
    let refuse = |zh: String, en: String| Failure::from(Rejection::bad("resource", zh, en));
    let source = Source::named(kind, location, table, &connector.node.egress).ok_or_else(|| {
        let known = KINDS.join(", ");
        match (KINDS.contains(&kind), table) {
            (true, None) => refuse("数据库资源缺少表名".to_owned(), "a database needs the name of a table".to_owned()),
            (true, Some(_)) => {
                refuse("只有数据库资源需要表名".to_owned(), "nothing but a database has a table".to_owned())
            }
            (false, _) => refuse(
                format!("未知的资源类型「{kind}」，可选 {known}"),
                format!("unknown kind of resource {kind}, known are {known}"),
            ),
        }
    })?;
    let roots = &connector.options.roots;
    source.confined(roots).map_err(|error| unusable(&error, roots).into())
}

/// What is wrong with a source, and where one may lie.
fn unusable(error: &SourceError, roots: &[PathBuf]) -> Rejection {
    let text = error.text();
    let rejection = Rejection::bad("resource", text.zh, text.en);
    let rejection = match error.words() {
        Some(words) => rejection.detail(Text::new(words.clone(), words)),
        None => rejection,
    };
    let folders: Vec<String> = roots.iter().map(|root| root.display().to_string()).collect();
    rejection.next(match error {
        SourceError::Outside(_) | SourceError::Missing(_) => Text::new(
            format!("请填写允许目录下已有的文件，允许的目录：{}", folders.join("、")),
            format!("name a file that lies below one of the open folders: {}", folders.join(", ")),
        ),
        SourceError::Format(_) => Text::new(
            "请先转换为支持的格式，例如首行为列名的 .csv 文件",
            "convert it to one of these forms, for example a .csv file whose first line names the columns",
        ),
        SourceError::Database(..) | SourceError::Address => Text::new(
            "请检查数据库地址、账号与网络，例如 sqlite:///目录/文件.db、mysql://用户:口令@主机/库",
            "check address, account and network of the database, for example sqlite:///folder/file.db or mysql://user:password@host/database",
        ),
        SourceError::ObjectAddress | SourceError::NoObject(_) | SourceError::Store(_) => Text::new(
            "请检查对象地址、密钥与网络；密钥中的 / 写作 %2F，前缀以 / 或 /*.csv 结尾",
            "check address, key and network of the object store; a / in the secret is written %2F, and a prefix ends with / or /*.csv",
        ),
        SourceError::Remote(_) => Text::new(
            "请检查接口或消息主题的地址、账号与网络，例如 https://:令牌@主机/路径#/列表位置、kafkas://用户:口令@主机/主题、mqtts://用户:口令@主机/主题",
            "check address, account and network of the API or the topic, for example https://:token@host/path#/list, kafkas://user:password@host/topic or mqtts://user:password@host/topic",
        ),
        SourceError::Egress(_) => Text::new(
            "请由管理员在节点配置的 egress 中放行该地址，或改用允许的地址",
            "let the operator of the node allow the address under egress, or name another",
        ),
        _ => Text::new("请修正数据源后重新接入", "mend the source and connect it again"),
    })
}

/// `POST /api/v1/resources`: connects a resource: it is read once, to describe and to profile it; nothing leaves the connector. The same name is the same
/// resource, described anew.
///
/// # Errors
/// If it cannot be read.
pub async fn connect(
    State(connector): State<Connector>,
    person: Person,
    body: StrictJson<NewResource>,
) -> Result<Json<ResourceInfo>, Failure> {
    reading::ended(reading::start(&connector, person, "resource.connect", body.value, false)?).await
}

/// Keeps what was read; what a person said of the columns stays with them. What was cancelled or removed while it was read does not come back: that is looked
/// at under the lock of its row.
async fn keep(
    connector: &Connector,
    person: Person,
    action: &'static str,
    found: read::Found,
    token: CancellationToken,
) -> Result<ResourceInfo, Failure> {
    let read::Found { mut resource, sealed, was_connected } = found;
    let this = connector.clone();
    let kept = connector.node.store.write(action, move |tx| {
        Box::pin(async move {
            let earlier = xinyu_store::resource::lock::<Resource>(tx, &resource.name).await?;
            if token.is_cancelled() {
                return Err(reading::cancelled(&resource.name).into());
            }
            if was_connected && earlier.is_none() {
                return Err(removed(&resource.name).into());
            }
            if let Some(earlier) = earlier {
                resource.drift = drift(&earlier.profile, &resource.profile);
                resource.profile.keep_grading(&earlier.profile);
                resource.graded = earlier.graded;
            }
            let broken = resource.drift.iter().filter(|drift| drift.breaks_schema).count();
            let detail = match resource.drift.len() {
                0 => String::new(),
                found => format!("{found} changes, {broken} of them break the description"),
            };
            save(tx, &person, action, &resource, &detail).await?;
            xinyu_store::resource::keep_reading(tx, &resource.name, sealed).await?;
            let offerings = xinyu_store::offering::list(tx).await?;
            Ok::<_, Failure>(info(&resource, &offerings, &this))
        })
    });
    kept.await
}

fn removed(name: &str) -> Rejection {
    let (zh, en) =
        (format!("资源「{name}」在读取期间已移除"), format!("the resource {name} was removed while it was read"));
    Rejection::conflict("resource-removed", zh, en)
}

async fn save(tx: &mut Tx, person: &Person, action: &str, resource: &Resource, detail: &str) -> Result<(), Failure> {
    let id = tx.new_id().to_string();
    xinyu_store::resource::save(tx, &id, &resource.name, resource).await?;
    let mut happened = person.happened(action, &resource.name, "done");
    detail.clone_into(&mut happened.detail);
    xinyu_store::audit::append(tx, &happened).await?;
    tx.signal(Topic::Catalog);
    Ok(())
}

/// `GET /api/v1/resources`.
///
/// # Errors
/// If what is asked for does not exist, or the store fails.
pub async fn list(
    State(connector): State<Connector>,
    Query(query): Query<ResourceQuery>,
    _: Person,
) -> Result<Json<List<ResourceInfo>>, Failure> {
    let wanted = Wanted::parse(&query)?;
    let (all, offerings) = connector
        .node
        .store
        .read("resource.list", |tx| {
            Box::pin(async move {
                let all = xinyu_store::resource::list::<Resource>(tx).await?;
                Ok::<_, Failure>((all, xinyu_store::offering::list(tx).await?))
            })
        })
        .await?;
    let items = all.iter().filter_map(|resource| {
        let used = life::made_of(&offerings, &resource.name);
        wanted.takes(resource, &used).then(|| info(resource, &offerings, &connector))
    });
    Ok(Json(List { items: items.collect() }))
}

/// Which resources are looked for.
struct Wanted {
    words: Vec<String>,
    level: Option<SecurityLevel>,
    only: Option<Only>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Only {
    Personal,
    Ungraded,
    Unused,
}

impl Wanted {
    fn parse(query: &ResourceQuery) -> Result<Self, Rejection> {
        let words = query.q.as_deref().unwrap_or_default().to_lowercase();
        Ok(Self {
            words: words.split_whitespace().map(str::to_owned).collect(),
            level: chosen("level", query.level.as_deref(), "001 … 005")?,
            only: chosen("only", query.only.as_deref(), "personal, ungraded, unused")?,
        })
    }

    fn takes(&self, resource: &Resource, used: &[String]) -> bool {
        let fields = || resource.schema.columns.iter().map(|column| column.name.to_lowercase());
        let is_said =
            |word: &String| resource.name.to_lowercase().contains(word) || fields().any(|name| name.contains(word));
        let profile = &resource.profile;
        self.words.iter().all(is_said)
            && self.level.is_none_or(|level| profile.security_level >= level)
            && self.only.is_none_or(|only| match only {
                Only::Personal => profile.columns.iter().any(|column| column.settled().is_some()),
                Only::Ungraded => !profile.is_graded(),
                Only::Unused => used.is_empty(),
            })
    }
}

/// One of what there is to choose from; an empty choice is none.
fn chosen<T: serde::de::DeserializeOwned>(
    name: &str,
    asked: Option<&str>,
    known: &str,
) -> Result<Option<T>, Rejection> {
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else { return Ok(None) };
    let value = serde_json::Value::String(asked.to_owned());
    serde_json::from_value(value).map(Some).map_err(|_| {
        let (zh, en) = (format!("「{name}」可选 {known}"), format!("{name} is one of {known}"));
        Rejection::bad("unknown-choice", zh, en).clause(format!("/{name}"))
    })
}

fn info(resource: &Resource, offerings: &[Offering], connector: &Connector) -> ResourceInfo {
    let location = resource.source(connector).map_or_else(|_| "—".to_owned(), |source| source.display());
    ResourceInfo {
        name: resource.name.clone(),
        kind: resource.kind.clone(),
        location,
        rows: resource.rows,
        fields: resource
            .schema
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.kind.as_str().to_owned()))
            .collect(),
        form: resource.form.clone(),
        encoding: resource.encoding.clone(),
        notices: resource.notices.clone(),
        profile: serde_json::to_value(&resource.profile).unwrap_or_default(),
        grading: grading(resource),
        drift: resource.drift.iter().map(drift_info).collect(),
        products: life::made_of(offerings, &resource.name),
        grows_by: resource.grows_by.clone(),
        update_frequency: resource.update_frequency.clone().or_else(|| read::of_products(offerings, &resource.name)),
        read: resource.read.as_ref().map(read::Report::info),
        renewals: resource.renewals.iter().map(read::renewal).collect(),
    }
}

fn drift_info(drift: &Drift) -> DriftInfo {
    let word = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    DriftInfo {
        kind: word(serde_json::to_value(drift.kind)),
        subject: drift.subject.clone(),
        severity: word(serde_json::to_value(drift.severity)),
        breaks_schema: drift.breaks_schema,
        text: drift.text.clone(),
    }
}

fn grading(resource: &Resource) -> Option<GradingInfo> {
    let (profile, graded) = (&resource.profile, resource.graded.as_ref()?);
    let said = profile.grading.as_ref()?;
    let judged = profile.judged();
    Some(GradingInfo {
        grade: said.grade.as_str().to_owned(),
        by: graded.by.clone(),
        at: graded.at,
        reason: said.reason.clone(),
        is_current: profile.is_graded(),
        confirmed: judged.confirmed,
        raised: judged.raised,
        lowered: judged.lowered,
    })
}
