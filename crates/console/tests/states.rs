//! Numbers and states of contracts are told alike on every page, and lead to what they count.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_arguments,
    reason = "helpers of tests, shared"
)]

#[path = "fixture/bodies.rs"]
mod bodies;
#[path = "fixture/processes.rs"]
mod processes;
#[path = "fixture/reader.rs"]
mod reader;
#[path = "fixture/world.rs"]
mod world;

use reader::get;
use world::{Kind, World, ids};

async fn page(kind: Kind, path: &str, lang: &str) -> String {
    let address = World::new(kind, false).start(None, 0).await;
    get(address, path, lang).await.text().await.unwrap()
}

#[tokio::test]
async fn a_number_leads_to_what_it_counts() {
    for (kind, links) in [
        (
            Kind::Platform,
            &[
                "/participants",
                "/catalog",
                "/contracts",
                "/evidence?kind=usage.done",
                "/evidence?kind=usage.refused",
                "#waiting",
            ][..],
        ),
        (Kind::Provider, &["/resources", "/products", "/agreements", "/evidence"]),
        (Kind::Regulator, &["/contracts", "/evidence"]),
    ] {
        let html = page(kind, "/", "zh").await;
        let tiles = html.split("<dl class=\"stats\">").nth(1).unwrap().split("</dl>").next().unwrap();
        for link in links {
            assert!(tiles.contains(&format!("<dd><a href=\"{link}\"")), "{kind:?} lacks {link}: {tiles}");
        }
    }
    let regulator = page(Kind::Regulator, "/", "zh").await;
    assert!(!regulator.contains("结算金额（按参与方）"), "a regulator's seat has no settlements of its own");
}

#[tokio::test]
async fn how_far_an_account_counts_is_said() {
    let contract = format!("/contracts/{}", ids().contract);
    for (path, lang, expect) in [
        ("/", "zh", "计量口径到销毁为止"),
        ("/", "en", "goes up to the destruction"),
        (contract.as_str(), "zh", "计量口径到销毁为止"),
        (contract.as_str(), "en", "goes up to the destruction"),
    ] {
        let html = page(Kind::Platform, path, lang).await;
        assert!(html.contains(expect), "{path} {lang} lacks {expect}");
    }
}
