//! An address at which there is nothing.

use axum::extract::OriginalUri;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

use crate::fault::Fault;
use crate::visitor::language;

/// Whatever no route takes. A reader gets a page that leads back; a program, which asks for no page, the bare status.
pub(crate) async fn show(OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accept.contains("text/html") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = uri.path();
    let problem = Problem::new(404, "unknown-page", Text::new("没有这个页面", "there is no such page"))
        .detail(Text::new(format!("地址 {path} 不存在"), format!("nothing is at {path}")))
        .next(Text::new(
            "请检查地址，或返回总览从菜单进入",
            "check the address, or go back to the overview and take the menu",
        ));
    Fault::alone(language(&uri, &headers), problem).into_response()
}
