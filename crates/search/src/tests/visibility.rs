//! Whatever is asked, the answer is the one of an index that holds only what the caller may see.

use proptest::prelude::*;

use super::*;

const WORDS: [&str; 10] = ["港口", "集装箱", "吞吐量", "船舶", "气象", "电力", "trip", "vessel", "统计", "企业"];

fn a_document() -> impl Strategy<Value = Document> {
    let words = prop::collection::vec(prop::sample::select(&WORDS[..]), 1..5);
    (0..40_u8, 0..3_u8, 0..3_u8, 0..3_u8, words, 0..4_u8, any::<bool>()).prop_map(
        |(id, space, connector, audience, words, level, personal_data)| {
            let mut document = product(&format!("D{id}"), &format!("S{space}"), &words.concat(), &words.join("，"));
            document.identifiers = vec![document.product_id.clone()];
            document.connector_id = format!("C{connector}");
            document.provider_id = format!("P{connector}");
            document.provider_name = format!("供方{connector}");
            document.keywords = vec![words[0].to_owned()];
            document.topic = format!("B0{level}00");
            document.quality_level = format!("00{level}");
            document.personal_data = personal_data;
            document.listed_ms = i64::from(level);
            document.price_fen = u64::from(level) * 100;
            document.columns = words
                .iter()
                .map(|word| Column {
                    table: "t".to_owned(),
                    name: format!("{word}编号"),
                    kind: "text".to_owned(),
                    ..Column::default()
                })
                .collect();
            if audience > 0 {
                document.audience = BTreeSet::from([format!("role:{audience}")]);
            }
            document
        },
    )
}

fn a_caller() -> impl Strategy<Value = Visibility> {
    let few =
        |letter: &'static str| prop::collection::btree_set((0..3_u8).prop_map(move |at| format!("{letter}{at}")), 0..3);
    (few("S"), few("C"), few("role:")).prop_map(|(spaces, barred, labels)| Visibility { spaces, barred, labels })
}

fn a_query() -> impl Strategy<Value = Query> {
    let text = prop_oneof![
        prop::collection::vec(prop::sample::select(&WORDS[..]), 0..4).prop_map(|words| words.join(" ")),
        prop::sample::select(&["港", "集", "ve", "*", "%", "S1", "C1", "role:1", "=role:1", "供方1", "D1"][..])
            .prop_map(str::to_owned),
        "\\PC{0,12}",
    ];
    let filter = prop::option::of((
        prop::sample::select(&Facet::ALL[..]),
        prop::sample::select(&["B0100", "S1", "P1", "002", "true"][..]),
    ));
    let order = prop::sample::select(&[Order::Relevance, Order::Newest, Order::Price, Order::Quality][..]);
    let by = prop::sample::select(&[By::Both, By::Words, By::Meaning][..]);
    (text, by, filter, order, prop::option::of(0..4_u64)).prop_map(|(text, by, filter, order, price)| Query {
        text,
        by,
        filters: filter.into_iter().map(|(facet, value)| (facet, BTreeSet::from([value.to_owned()]))).collect(),
        price_at_most_fen: price.map(|price| price * 100),
        order,
        after: String::new(),
        limit: 5,
    })
}

/// What visibility means, said once more and otherwise.
fn may_see(who: &Visibility, document: &Document) -> bool {
    who.spaces.contains(&document.space_id)
        && !who.barred.contains(&document.connector_id)
        && (document.audience.is_empty() || document.audience.iter().any(|label| who.labels.contains(label)))
}

/// All pages of an answer.
fn pages(index: &Index, query: &Query, who: &Visibility) -> Vec<Found> {
    let mut pages = vec![index.search(query, who).unwrap()];
    while let Some(next) = pages.last().and_then(|page| page.next.clone()) {
        pages.push(index.search(&Query { after: next, ..query.clone() }, who).unwrap());
    }
    pages
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn an_answer_is_as_if_there_were_nothing_else(documents in prop::collection::vec(a_document(), 0..30), who in a_caller(), query in a_query()) {
        let unique: BTreeMap<String, Document> = documents.iter().map(|one| (one.product_id.clone(), one.clone())).collect();
        let visible: Vec<Document> = unique.values().filter(|one| may_see(&who, one)).cloned().collect();
        let whole = Index::in_memory("test").unwrap();
        // In several commits, so that there are several segments, with entries that were replaced.
        for (position, part) in (1..).zip(documents.chunks(7)) {
            whole.apply(&Changes { upserts: part.to_vec(), removals: vec![], position }).unwrap();
        }
        let narrow = holding(&visible);
        let answer = pages(&whole, &query, &who);
        prop_assert_eq!(&answer, &pages(&narrow, &query, &who));
        let ids: BTreeSet<&str> = visible.iter().map(|one| one.product_id.as_str()).collect();
        prop_assert!(answer.iter().flat_map(|page| &page.hits).all(|id| ids.contains(id.as_str())));
        prop_assert_eq!(whole.suggest(&query.text, &who).unwrap(), narrow.suggest(&query.text, &who).unwrap());
        if let Some(first) = documents.first() {
            prop_assert_eq!(whole.related(first, &who, 9).unwrap(), narrow.related(first, &who, 9).unwrap());
            let joinable = |index: &Index| index.joinable(&first.columns, &first.product_id, &who, 9).unwrap();
            prop_assert_eq!(joinable(&whole), joinable(&narrow));
        }
    }
}

#[test]
fn what_is_for_some_roles_is_found_by_them_alone() {
    let mut document = product("D1", "S", "集装箱", "");
    document.audience = BTreeSet::from(["role:regulator".to_owned()]);
    let index = holding(&[document]);
    let total = |labels: &[&str]| {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        index.search(&text("集装箱"), &Visibility { labels, ..member(&["S"]) }).unwrap().total
    };
    assert_eq!(total(&["role:regulator", "role:consumer"]), 1);
    for labels in [&[][..], &["role:consumer"], &["*"], &["=role:regulator"], &[""]] {
        assert_eq!(total(labels), 0, "{labels:?}");
    }
}
