//! Certificates as a stranger looks them up, without a login: what is certified, whether it is good now, and the credential to verify it by.

use askama::Template;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use xinyu_locale::{Lang, format, has, text};
use xinyu_protocol::api::List;
use xinyu_protocol::api::certification::PublicCertificate;
use xinyu_protocol::tc609::participant::NodeCard;
use xinyu_protocol::text::Text;

use crate::app::Console;
use crate::fault::rendered;
use crate::page::{in_lang, words};
use crate::visitor::{escape, language, query};

#[derive(Template)]
#[template(path = "lookup.html")]
struct LookupPage {
    lang: Lang,
    node: Option<NodeCard>,
    wanted: String,
    found: Vec<PublicCertificate>,
    /// Whether the platform could be asked.
    is_told: bool,
}

words!(LookupPage);

impl LookupPage {
    fn say<'a>(&self, text: &'a Text) -> &'a str {
        in_lang(self.lang, text)
    }

    fn word(&self, prefix: &str, value: &str) -> String {
        let id = format!("{prefix}-{}", value.replace(['.', '_'], "-"));
        if has(self.lang, &id) { text(self.lang, &id) } else { value.to_owned() }
    }

    fn time(&self, at: &jiff::Timestamp) -> String {
        format::time(self.lang, *at)
    }

    fn link(&self, text: &str) -> String {
        escape(text)
    }
}

/// `GET /lookup`: all that is good now; with a number what was certified under it, good or not.
pub(crate) async fn show(
    State(console): State<Console>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let lang = language(&uri, &headers);
    let wanted = query(&uri, "q").unwrap_or_default().trim().to_owned();
    let node = console.api.get("/.well-known/xinyu").await.ok();
    // A number that was certified once is shown whatever became of it.
    let by_number = match wanted.as_str() {
        "" => None,
        number => console.api.get::<PublicCertificate>(&format!("/certified/{}", escape(number))).await.ok(),
    };
    let (found, is_told) = match by_number {
        Some(one) => (vec![one], true),
        None => {
            let path = format!("/certified?q={}", if wanted.is_empty() { String::new() } else { escape(&wanted) });
            let found = console.api.get::<List<PublicCertificate>>(&path).await;
            (found.as_ref().map(|list| list.items.clone()).unwrap_or_default(), found.is_ok())
        }
    };
    rendered(StatusCode::OK, &LookupPage { lang, node, wanted, found, is_told })
}
