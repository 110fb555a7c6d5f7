//! Data resources (数据资源): connected, described and profiled where they lie. TC609-6-2025-01 §5.2.3; NDI-TR-2025-05 §6.3.

use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use xinyu_core::data::TableSchema;
use xinyu_core::fault::Rejection;
use xinyu_dataplane::source::{Source, SourceError, confine};
use xinyu_discovery::profile::{TableProfile, TableProfiler};
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::List;
use xinyu_protocol::api::connector::{NewResource, ResourceInfo};
use xinyu_protocol::text::Text;
use xinyu_shell::Failure;
use xinyu_shell::user::Person;
use xinyu_store::Topic;

use crate::app::Connector;

/// A connected resource, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// `file` or `table`.
    pub kind: String,
    /// A path, or the URL of a database.
    pub location: String,
    /// The table, for a database.
    pub table: Option<String>,
    /// Its columns.
    pub schema: TableSchema,
    /// Its rows when it was connected.
    pub rows: u64,
    /// What the profile found.
    pub profile: TableProfile,
}

impl Resource {
    /// Where its rows come from; a file must still lie below one of the roots.
    ///
    /// # Errors
    /// If it does not.
    pub fn source(&self, roots: &[PathBuf]) -> Result<Source, Failure> {
        source(&self.kind, &self.location, self.table.as_deref(), roots)
    }
}

fn source(kind: &str, location: &str, table: Option<&str>, roots: &[PathBuf]) -> Result<Source, Failure> {
    let refuse = |zh: String, en: String| Failure::from(Rejection::bad("resource", zh, en));
    match (kind, table) {
        ("file", None) => {
            let path = confine(std::path::Path::new(location), roots).map_err(|error| unusable(&error, roots))?;
            Ok(Source::File { path })
        }
        ("table", Some(table)) => {
            let source = Source::Table { url: location.to_owned(), table: table.to_owned() };
            source.confined(roots).map_err(|error| unusable(&error, roots).into())
        }
        ("file", Some(_)) => Err(refuse("文件资源不需要表名".to_owned(), "a file has no table".to_owned())),
        ("table", None) => {
            Err(refuse("数据库资源缺少表名".to_owned(), "a database needs the name of a table".to_owned()))
        }
        _ => Err(refuse(
            format!("未知的资源类型「{kind}」，可选 file、table"),
            format!("unknown kind of resource {kind}, known are file and table"),
        )),
    }
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
            "请先转换为 .csv 文件（首行为列名）",
            "convert it to a .csv file whose first line names the columns",
        ),
        SourceError::Database(..) | SourceError::Address => Text::new(
            "请检查数据库地址、账号与网络，例如 sqlite:///目录/文件.db",
            "check address, account and network of the database, for example sqlite:///folder/file.db",
        ),
        _ => Text::new("请修正数据源后重新接入", "mend the source and connect it again"),
    })
}

/// `POST /api/v1/resources`: connects a resource: it is read once, to describe and to profile it; nothing leaves the connector.
///
/// # Errors
/// If it cannot be read.
pub async fn connect(
    State(connector): State<Connector>,
    _: Person,
    body: StrictJson<NewResource>,
) -> Result<Json<ResourceInfo>, Failure> {
    let new = body.value;
    let roots = &connector.options.roots;
    let source = source(&new.kind, &new.location, new.table.as_deref(), &connector.options.roots)?;
    let description = source.describe().await.map_err(|error| unusable(&error, roots))?;
    let columns: Vec<String> = description.schema.columns.iter().map(|column| column.name.clone()).collect();
    let mut profiler = TableProfiler::new(&description.schema);
    let mut rows = std::pin::pin!(source.rows(&columns).await.map_err(|error| unusable(&error, roots))?);
    while let Some(batch) = rows.next().await {
        for row in batch.map_err(|error| unusable(&error, roots))? {
            profiler.observe(&row);
        }
    }
    let resource = Resource {
        name: new.name.clone(),
        kind: new.kind,
        location: new.location,
        table: new.table,
        schema: description.schema,
        rows: description.rows,
        profile: profiler.finish(),
    };
    let stored = resource.clone();
    connector
        .node
        .store
        .write("resource.connect", move |tx| {
            Box::pin(async move {
                let id = tx.new_id().to_string();
                xinyu_store::resource::save(tx, &id, &stored.name, &stored).await?;
                tx.signal(Topic::Catalog);
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(Json(info(&resource, &connector)))
}

/// `GET /api/v1/resources`.
///
/// # Errors
/// If the store fails.
pub async fn list(State(connector): State<Connector>, _: Person) -> Result<Json<List<ResourceInfo>>, Failure> {
    let all = connector
        .node
        .store
        .read("resource.list", |tx| {
            Box::pin(async move { xinyu_store::resource::list::<Resource>(tx).await.map_err(Failure::from) })
        })
        .await?;
    Ok(Json(List { items: all.iter().map(|resource| info(resource, &connector)).collect() }))
}

fn info(resource: &Resource, connector: &Connector) -> ResourceInfo {
    let location = resource.source(&connector.options.roots).map_or_else(|_| "—".to_owned(), |source| source.display());
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
        profile: serde_json::to_value(&resource.profile).unwrap_or_default(),
    }
}
