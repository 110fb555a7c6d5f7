//! What this member may see of the platform's catalogue, in a form that others read: DCAT-AP, or the catalogue of NDI-TR-2025-06. TC609-6-2025-01 §5.2.2.4 c.

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use xinyu_discovery::catalogue::{self, About, Record};
use xinyu_discovery::metadata::Phrase;
use xinyu_protocol::tc609::catalog::{CatalogPage, CatalogQuery};
use xinyu_shell::Failure;
use xinyu_shell::catalog::{MOST, Page, document};
use xinyu_shell::user::Person;

use crate::app::Connector;
use crate::platform;

/// Products that are asked for at once.
const AT_ONCE: u32 = 100;

/// What is to be exported.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// `dcat` or `ndi-06`.
    format: String,
    /// Words; empty for all.
    q: String,
    /// Topic; empty for all.
    topic: String,
    /// The cursor of the document before.
    after: String,
}

impl Asked {
    fn query(&self, after: &str) -> CatalogQuery {
        let topic = Some(("topic".to_owned(), vec![self.topic.clone()])).filter(|_| !self.topic.is_empty());
        CatalogQuery {
            q: self.q.clone(),
            filters: topic.into_iter().collect(),
            order: "newest".to_owned(),
            after: after.to_owned(),
            limit: AT_ONCE,
            ..CatalogQuery::default()
        }
    }

    fn address(&self, base: &str, after: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let said = [("format", self.format.as_str()), ("q", &self.q), ("topic", &self.topic), ("after", after)];
        query.extend_pairs(said.iter().filter(|(_, value)| !value.is_empty()));
        format!("{base}/api/v1/catalog/export?{}", query.finish())
    }
}

/// `GET /api/v1/catalog/export?format=&q=&topic=&after=`: a thousand products at most, the newest first; the header `link` and the document itself name the next.
///
/// # Errors
/// If there is no such format, or it is one that is only read; what the platform says.
pub async fn export(
    State(connector): State<Connector>,
    Query(asked): Query<Asked>,
    _: Person,
) -> Result<Response, Failure> {
    let format = catalogue::format(&asked.format)?;
    let (mut records, mut total, mut next) = (Vec::new(), 0, Some(asked.after.clone()));
    while let Some(after) = next.take() {
        let page: CatalogPage = platform::ask(&connector.node, "/tc609/catalog", &asked.query(&after)).await?;
        total = page.total;
        records.extend(page.entries.iter().map(|entry| Record::of_entry(entry, None)));
        next = page.next;
        if records.len() >= MOST {
            break;
        }
    }
    let base = connector.node.address.clone();
    let here = asked.address(&base, &asked.after);
    let next = next.map(|after| asked.address(&base, &after));
    let about = About {
        id: Some(format!("{base}/api/v1/catalog/export?format={}", format.name)),
        title: Phrase { zh: "数据产品目录".to_owned(), en: "catalogue of data products".to_owned() },
        description: Phrase {
            zh: "可信数据空间中可见的数据产品".to_owned(),
            en: "data products of a trusted data space, as they may be seen".to_owned(),
        },
        ..About::default()
    };
    document(format, &Page { about, records, total, here, next })
}
