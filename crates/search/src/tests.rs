//! The index from outside: questions in both languages, counts, pages, likeness.

mod durability;
mod kept;
mod paraphrase;
mod visibility;

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// A product of a small catalogue.
pub(super) fn product(id: &str, space: &str, name: &str, description: &str) -> Document {
    Document {
        product_id: id.to_owned(),
        space_id: space.to_owned(),
        provider_id: "P1".to_owned(),
        provider_name: "宁波港口集团".to_owned(),
        connector_id: "C1".to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        topic: "B0300".to_owned(),
        update_frequency: "003".to_owned(),
        quality_level: "002".to_owned(),
        security_level: "002".to_owned(),
        ..Document::default()
    }
}

pub(super) fn holding(documents: &[Document]) -> Index {
    let index = Index::in_memory("test").unwrap();
    index.apply(&Changes { upserts: documents.to_vec(), removals: vec![], position: 1 }).unwrap();
    index
}

pub(super) fn member(spaces: &[&str]) -> Visibility {
    Visibility { spaces: spaces.iter().map(|space| (*space).to_owned()).collect(), ..Visibility::default() }
}

pub(super) fn text(text: &str) -> Query {
    Query { text: text.to_owned(), ..Query::default() }
}

fn catalogue() -> Vec<Document> {
    let mut port = product("D1", "S", "港口集装箱吞吐量", "宁波舟山港逐日集装箱装卸数量统计");
    port.keywords = vec!["港口".to_owned(), "TEU".to_owned()];
    port.columns = vec![
        Column {
            table: "throughput".to_owned(),
            name: "containerNo".to_owned(),
            kind: "text".to_owned(),
            ..Column::default()
        },
        Column {
            table: "throughput".to_owned(),
            name: "日期".to_owned(),
            kind: "date".to_owned(),
            ..Column::default()
        },
    ];
    port.price_fen = 300;
    port.listed_ms = 1;
    let mut ship = product("D2", "S", "船舶到港记录", "到达集装箱码头的船舶与航次");
    ship.columns = vec![Column {
        table: "call".to_owned(),
        name: "集装箱号".to_owned(),
        kind: "text".to_owned(),
        ..Column::default()
    }];
    ship.topic = "B0400".to_owned();
    ship.price_fen = 100;
    ship.listed_ms = 3;
    let mut trips = product("D3", "S", "City trips", "Shared bicycles: trips and stations, 100% of rides_per_day");
    trips.provider_id = "P2".to_owned();
    trips.personal_data = true;
    trips.quality_level = "001".to_owned();
    trips.price_fen = 200;
    trips.listed_ms = 2;
    vec![port, ship, trips]
}

#[track_caller]
fn check(query: &str, expect: &[&str]) {
    let by_words = Query { by: By::Words, ..text(query) };
    let found = holding(&catalogue()).search(&by_words, &member(&["S"])).unwrap();
    assert_eq!(found.hits, expect, "{query}");
    assert_eq!(found.total, u64::try_from(expect.len()).unwrap(), "{query}");
}

#[test]
fn tc609_16_7_3_products_are_found_by_words_of_both_languages() {
    check("集装箱", &["D1", "D2"]);
    check("吞吐量", &["D1"]);
    check("港口集装箱吞吐量", &["D1"]);
    check("集装箱吞吐", &["D1"]);
    check("ＴＥＵ", &["D1"]);
    check("ｔｒｉｐ", &["D3"]);
    check("bicycle stations", &["D3"]);
    check("BICYCLES", &["D3"]);
    check("container", &["D1"]);
    check("containerno", &["D1"]);
    check("想找一份船舶的数据", &[]);
    check("想找船舶航次", &["D2"]);
    check("", &["D2", "D3", "D1"]);
    check("没有这样的东西", &[]);
}

#[test]
fn what_looks_like_a_query_language_is_words() {
    check("%", &[]);
    check("_", &[]);
    check("*", &[]);
    check("100%", &["D3"]);
    check("rides_per_day", &["D3"]);
    check("name:集装箱", &[]);
    check("\"集装箱\" \\ (", &["D1", "D2"]);
    check("' OR 1=1 --", &[]);
    check("[a TO z]", &[]);
}

#[test]
fn tc609_16_7_3_a_product_is_found_by_its_identifiers_whole() {
    let mut all = catalogue();
    let [own, node] = ["591350100M000100Y433501A1B2C3D4T", "691350100M000100Y4335010000003X5S"];
    all[1].identifiers = [own, node].map(str::to_owned).to_vec();
    let index = holding(&all);
    let found =
        |question: &str, who: &Visibility| index.search(&Query { by: By::Words, ..text(question) }, who).unwrap().hits;
    let me = member(&["S"]);
    for question in [own.to_owned(), node.to_owned(), node.to_lowercase(), format!(" 船舶 {node}")] {
        assert_eq!(found(&question, &me), ["D2"], "{question}");
    }
    assert!(found(&format!("吞吐量 {node}"), &me).is_empty());
    assert!(found(&node[..20], &me).is_empty(), "part of an identifier names nothing");
    assert!(found(node, &member(&["T"])).is_empty());
}

#[test]
fn a_name_that_is_asked_for_comes_first() {
    let mut all = catalogue();
    all.push(product("D4", "S", "集装箱", "箱"));
    let found = holding(&all).search(&text("集装箱"), &member(&["S"])).unwrap();
    assert_eq!(found.hits.first().map(String::as_str), Some("D4"));
}

fn counts(found: &Found, facet: Facet) -> Vec<(&str, u64)> {
    found.facets[&facet].iter().map(|one| (one.value.as_str(), one.count)).collect()
}

#[test]
fn facets_count_what_choosing_them_would_find() {
    let index = holding(&catalogue());
    let mut query = Query::default();
    let found = index.search(&query, &member(&["S"])).unwrap();
    assert_eq!(counts(&found, Facet::Topic), [("B0300", 2), ("B0400", 1)]);
    assert_eq!(counts(&found, Facet::Provider), [("P1", 2), ("P2", 1)]);
    assert_eq!(counts(&found, Facet::Personal), [("false", 2), ("true", 1)]);
    query.filters.insert(Facet::Topic, BTreeSet::from(["B0400".to_owned()]));
    let found = index.search(&query, &member(&["S"])).unwrap();
    assert_eq!(found.hits, ["D2"]);
    assert_eq!(counts(&found, Facet::Topic), [("B0300", 2), ("B0400", 1)], "as if no topic were chosen");
    assert_eq!(counts(&found, Facet::Provider), [("P1", 1)]);
    query.filters.insert(Facet::Provider, BTreeSet::from(["P2".to_owned()]));
    let found = index.search(&query, &member(&["S"])).unwrap();
    assert_eq!((found.total, counts(&found, Facet::Topic)), (0, vec![("B0300", 1)]));
    query.filters = BTreeMap::from([(Facet::Topic, BTreeSet::from(["B9".to_owned()]))]);
    assert_eq!(index.search(&query, &member(&["S"])).unwrap().total, 0, "a value that nothing has");
}

#[test]
fn the_order_is_what_was_asked_for_and_a_price_can_be_capped() {
    let index = holding(&catalogue());
    let hits = |order, price_at_most_fen| {
        index.search(&Query { order, price_at_most_fen, ..Query::default() }, &member(&["S"])).unwrap().hits
    };
    assert_eq!(hits(Order::Newest, None), ["D2", "D3", "D1"]);
    assert_eq!(hits(Order::Price, None), ["D2", "D3", "D1"]);
    assert_eq!(hits(Order::Quality, None), ["D3", "D2", "D1"]);
    assert_eq!(hits(Order::Price, Some(200)), ["D2", "D3"]);
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let all: Vec<Document> = (0..57).map(|at| product(&format!("D{at}"), "S", "集装箱", "数据")).collect();
    let index = holding(&all);
    for order in [Order::Relevance, Order::Newest, Order::Price, Order::Quality] {
        let mut query = Query { text: "集装箱".to_owned(), order, limit: 10, ..Query::default() };
        let mut seen = BTreeSet::new();
        for page in 0..6 {
            let found = index.search(&query, &member(&["S"])).unwrap();
            assert_eq!((found.total, found.hits.len()), (57, if page < 5 { 10 } else { 7 }));
            seen.extend(found.hits);
            assert_eq!(found.next.is_some(), page < 5);
            query.after = found.next.unwrap_or_default();
        }
        assert_eq!(seen.len(), 57);
    }
}

#[test]
fn a_forged_cursor_or_a_question_too_long_is_refused() {
    let all: Vec<Document> = (0..3).map(|at| product(&format!("D{at}"), "S", "集装箱", "数据")).collect();
    let index = holding(&all);
    let query = Query { text: "集装箱".to_owned(), limit: 1, ..Query::default() };
    let cursor = index.search(&query, &member(&["S"])).unwrap().next.unwrap();
    let code = |query: Query| match index.search(&query, &member(&["S"])) {
        Err(Error::Question { code, text }) => {
            assert!(!text.zh.is_empty() && !text.en.is_empty());
            code
        }
        other => panic!("{other:?}"),
    };
    for forged in ["x", "AAAA", "' OR 1=1", "../../etc", &cursor[1..], &format!("{cursor}AAAA"), "\u{0}", "集装箱"] {
        assert_eq!(code(Query { after: forged.to_owned(), ..query.clone() }), "cursor", "{forged}");
    }
    assert_eq!(code(Query { after: cursor.clone(), ..text("港口") }), "cursor-of-another-question");
    assert_eq!(code(text(&"箱".repeat(LONGEST_TEXT + 1))), "question-too-long");
    assert_eq!(code(Query { limit: LONGEST_PAGE + 1, ..Query::default() }), "page-too-long");
    assert!(index.search(&text(&"箱 ".repeat(LONGEST_TEXT / 2)), &member(&["S"])).is_ok());
}

#[test]
fn a_text_is_completed_by_what_there_is() {
    let index = holding(&catalogue());
    let suggest = |text: &str| index.suggest(text, &member(&["S"])).unwrap();
    assert!(suggest("港").contains(&"港口集装箱吞吐量".to_owned()));
    assert!(suggest("集").contains(&"集装箱".to_owned()));
    assert_eq!(suggest("cit"), ["city trips"]);
    assert_eq!(suggest("宁波 ＴＥ"), ["宁波 teu"]);
    assert!(suggest("c").is_empty() && suggest("").is_empty());
}

#[test]
fn what_is_like_a_product_shares_its_words() {
    let all = catalogue();
    let index = holding(&all);
    assert_eq!(index.related(&all[0], &member(&["S"]), 5).unwrap(), ["D2"]);
    assert_eq!(index.related(&all[0], &member(&[]), 5).unwrap(), Vec::<String>::new());
    let other = product("X", "S", "港口集装箱", "");
    assert_eq!(shared_words(&all[0], &other), ["港口", "集装箱"]);
}

#[test]
fn columns_that_mean_the_same_join() {
    let all = catalogue();
    let index = holding(&all);
    assert_eq!(index.joinable(&all[0].columns, "D1", &member(&["S"]), 5).unwrap(), ["D2"]);
    let found = joins(&all[0].columns, &all[1].columns);
    assert_eq!(found.len(), 1);
    assert!(found[0].reason.zh.contains("箱号"), "{:?}", found[0].reason);
    assert!(index.joinable(&all[2].columns, "D3", &member(&["S"]), 5).unwrap().is_empty());
}

#[test]
fn ndi_06_8_2_5_a_product_is_counted_under_each_of_its_scenarios() {
    let mut both = product("D1", "S", "港口吞吐量", "");
    both.scenarios = ["S0100", "U0300", "S0100"].map(str::to_owned).to_vec();
    (both.industry, both.form) = ("G5431".to_owned(), "001".to_owned());
    let mut one = product("D2", "S", "港口船期", "");
    one.scenarios = vec!["S0100".to_owned()];
    let index = holding(&[both, one, product("D3", "S", "港口气象", "")]);
    let filtered = |facet, value: &str| {
        let filters = BTreeMap::from([(facet, BTreeSet::from([value.to_owned()]))]);
        index.search(&Query { filters, ..text("港口") }, &member(&["S"])).unwrap()
    };
    let counts = |found: &Found, facet| -> BTreeMap<String, u64> {
        found.facets[&facet].iter().map(|count| (count.value.clone(), count.count)).collect()
    };
    let found = filtered(Facet::Scenario, "U0300");
    assert_eq!((found.total, found.hits), (1, vec!["D1".to_owned()]));
    let found = filtered(Facet::Scenario, "S0100");
    assert_eq!(found.total, 2);
    // Its own facet is counted as if nothing were chosen in it.
    let expect = BTreeMap::from([("S0100".to_owned(), 2), ("U0300".to_owned(), 1)]);
    assert_eq!(counts(&found, Facet::Scenario), expect);
    assert_eq!(counts(&found, Facet::Form), BTreeMap::from([("001".to_owned(), 1)]));
    let found = filtered(Facet::Industry, "G");
    assert_eq!(found.total, 1);
}
