//! Vocabularies checked, said in SKOS, and their terms found for columns.

mod edition;
mod names;

use proptest::prelude::*;
use serde_json::json;
use xinyu_core::data::{Column as TableColumn, TableSchema};

use super::starter::iri;
use super::*;

fn column<'a>(name: &'a str, kind: ColumnKind, hints: &'a Hints) -> Column<'a> {
    Column { name, title: "", kind, hints }
}

fn term(id: &str, zh: &str, broader: Option<&str>) -> Term {
    Term {
        id: format!("urn:t:{id}"),
        name: Phrase { zh: zh.to_owned(), en: String::new() },
        broader: broader.map(|id| format!("urn:t:{id}")),
        ..Term::default()
    }
}

fn vocabulary(terms: Vec<Term>) -> Vocabulary {
    Vocabulary { id: "urn:v".to_owned(), version: "1".to_owned(), title: Phrase::of("v"), terms }
}

/// How many of the names find their term first, and how many among the five.
fn hits(names: &[(&str, ColumnKind, &str)]) -> (usize, usize, Vec<String>) {
    let (starter, hints) = (starter(), Hints::default());
    let lexicon = Lexicon::of(&starter);
    let (mut first, mut any, mut missed) = (0, 0, Vec::new());
    for (name, kind, expect) in names {
        let found = lexicon.suggest(&column(name, *kind, &hints));
        let at = found.iter().position(|one| one.term == iri(expect));
        first += usize::from(at == Some(0));
        any += usize::from(at.is_some());
        if at != Some(0) {
            let said: Vec<String> = found
                .iter()
                .take(2)
                .map(|one| format!("{} {}", one.term.rsplit(':').next().unwrap(), one.permille))
                .collect();
            missed.push(format!("{name} is {expect}, not {}", said.join(", ")));
        }
    }
    (first, any, missed)
}

#[test]
fn the_first_suggestion_is_right_for_nine_names_of_ten() {
    let manual = include_str!("../../../../docs/metadata.md");
    for (names, least) in [(names::NAMES, 9), (names::STANDARD, 6)] {
        let (first, any, missed) = hits(names);
        let all = names.len();
        assert!(first * 10 >= all * least, "{first} of {all}: {missed:#?}");
        // The manual says what is measured.
        let figure = format!("of {all} names {first} get their term first and {any} among five");
        assert!(manual.contains(&figure), "{figure}: {missed:#?}");
    }
    assert!(names::NAMES.len() >= 40);
    let (starter, hints) = (starter(), Hints::default());
    for (name, kind) in names::OTHERS {
        let found = suggest(&column(name, *kind, &hints), &starter);
        assert!(found.iter().all(|one| one.permille < 750), "{name}: {found:?}");
    }
}

#[test]
fn what_the_values_are_counts_beside_the_name() {
    let starter = starter();
    let first = |name: &str, kind, hints: &Hints| {
        suggest(&column(name, kind, hints), &starter).first().map(|one| one.term.rsplit(':').next().unwrap().to_owned())
    };
    let looks = |pattern| Hints { patterns: vec![(pattern, 950)], ..Hints::default() };
    use ColumnKind::{Integer, Real, Text};
    // A name that says nothing, and values that say it.
    assert_eq!(first("c3", Text, &Hints::default()), None);
    assert_eq!(first("c3", Text, &looks(Pattern::CreditCode)).as_deref(), Some("credit-code"));
    assert_eq!(first("zd_5", Text, &looks(Pattern::VehiclePlate)).as_deref(), Some("plate"));
    // A name that says one thing, and values that say another.
    assert_eq!(first("联系电话", Text, &looks(Pattern::Mobile)).as_deref(), Some("mobile"));
    assert_eq!(first("税号", Text, &looks(Pattern::CreditCode)).as_deref(), Some("credit-code"));
    let codes = |values: &[&str]| Hints {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        ..Hints::default()
    };
    assert_eq!(first("f7", Text, &codes(&["CNY", "USD"])).as_deref(), Some("currency"));
    assert_eq!(first("f7", Text, &codes(&["男", "女"])).as_deref(), Some("gender"));
    // Figures that could be anything are no gender.
    assert_eq!(first("f7", Integer, &codes(&["1", "2"])), None);
    let between = |minimum, maximum| Hints { range: Some(Range { minimum, maximum }), ..Hints::default() };
    let score = |hints: &Hints| suggest(&column("lat", Real, hints), &starter).first().map(|one| one.permille);
    assert_eq!(score(&between(20.0, 45.0)), Some(990));
    assert_eq!(score(&between(0.0, 5_000.0)), Some(690));
    // Reasons are told in both languages, and no value among them.
    let found = suggest(&column("x", Text, &codes(&["CNY", "USD"])), &starter);
    let said = serde_json::to_string(&found).unwrap();
    assert!(said.contains("代码表") && said.contains("codes") && !said.contains("CNY"), "{said}");
}

#[test]
fn what_a_title_says_counts_as_the_name_does() {
    let (starter, hints) = (starter(), Hints::default());
    let named = Column { name: "field_12", title: "法定代表人", kind: ColumnKind::Text, hints: &hints };
    assert_eq!(suggest(&named, &starter)[0].term, iri("legal-representative"));
    assert_eq!(suggest(&Column { title: "", ..named }, &starter), []);
}

#[test]
fn the_starter_is_sound_and_large_enough() {
    let starter = starter();
    assert_eq!(check(&starter), []);
    assert!(starter.terms.len() >= 60, "{}", starter.terms.len());
    assert!(
        starter
            .terms
            .iter()
            .all(|term| !term.name.zh.is_empty() && !term.name.en.is_empty() && !term.definition.is_empty())
    );
}

#[test]
fn every_fault_is_named_at_its_place() {
    let mut many = vocabulary(vec![
        term("a", "甲", Some("b")),
        term("b", "乙", Some("c")),
        term("c", "丙", Some("a")),
        term("d", "丁", Some("d")),
        term("e", "甲", Some("nowhere")),
        term("a", "戊", Some("a")),
        term("f", "", Some("a")),
    ]);
    many.terms[4].synonyms = vec!["丁".to_owned(), "己".to_owned(), "己".to_owned()];
    many.terms[1].codes = vec![
        Code::default(),
        Code { code: "1".to_owned(), ..Code::default() },
        Code { code: "1".to_owned(), ..Code::default() },
    ];
    many.terms[2].range = Some(Range { minimum: 2.0, maximum: 1.0 });
    many.terms[2].same_as = vec!["x y".to_owned()];
    many.version.clear();
    let places: Vec<String> = check(&many).into_iter().map(|fault| fault.place).collect();
    assert_eq!(
        places,
        [
            "/version",
            "/terms/1/codes/0",
            "/terms/1/codes/2",
            "/terms/2/range",
            "/terms/2/sameAs/0",
            "/terms/4/name/zh",
            "/terms/4/synonyms/0",
            "/terms/4/synonyms/2",
            "/terms/5/id",
            "/terms/6/name",
            "/terms/4/broader",
            "/terms/0/broader",
            "/terms/3/broader",
        ]
    );
    assert_eq!(check(&Vocabulary::default()).len(), 3);
    // A long chain is no circle.
    let chain = (0..3_000)
        .map(|at| term(&at.to_string(), &format!("词{at}"), (at > 0).then(|| (at - 1).to_string()).as_deref()))
        .collect();
    assert_eq!(check(&vocabulary(chain)), []);
}

#[test]
fn skos_makes_the_round() {
    let mut own = starter();
    let written = write(&own).unwrap();
    let patterns = own.terms.iter().filter(|term| term.pattern.is_some()).count();
    assert_eq!(written.lost.len(), patterns);
    assert!(written.lost.iter().all(|loss| loss.path.ends_with("/pattern")));
    let (read, lost) = read(&written.bytes).unwrap();
    assert_eq!(lost, []);
    own.terms.iter_mut().for_each(|term| term.pattern = None);
    assert_eq!(read, own);
    if let Some(folder) = std::env::var_os("XINYU_METADATA").map(std::path::PathBuf::from) {
        std::fs::write(folder.join("skos"), &written.bytes).unwrap();
    }
}

#[test]
fn skos_of_others_is_read_and_what_is_left_is_told() {
    let document = json!({
        "@context": { "skos": "http://www.w3.org/2004/02/skos/core#" },
        "@graph": [
            { "@id": "http://v.example/s", "@type": "skos:ConceptScheme", "skos:prefLabel": { "@language": "en", "@value": "Colours" } },
            { "@id": "http://v.example/c", "@type": "skos:Concept", "skos:prefLabel": [{ "@language": "en", "@value": "colour" }, { "@language": "zh-Hans", "@value": "颜色" }],
              "skos:narrower": [{ "@id": "http://v.example/r" }, { "@id": "http://v.example/none" }], "skos:scopeNote": "x" },
            { "@id": "http://v.example/r", "@type": "skos:Concept", "skos:prefLabel": "red <script>", "skos:altLabel": ["红", "rot"], "skos:exactMatch": { "@id": "http://w.example/red" } },
        ],
    });
    let (read, lost) = read(document.to_string().as_bytes()).unwrap();
    assert_eq!((read.id.as_str(), read.title.en.as_str()), ("http://v.example/s", "Colours"));
    assert_eq!(read.terms[0].name, Phrase { zh: "颜色".to_owned(), en: "colour".to_owned() });
    assert_eq!(read.terms[1].broader.as_deref(), Some("http://v.example/c"));
    assert_eq!((read.terms[1].name.en.as_str(), read.terms[1].synonyms.len()), ("red <script>", 2));
    assert_eq!(
        lost.iter().map(|loss| loss.path.as_str()).collect::<Vec<_>>(),
        ["/@graph/1/skos:scopeNote", "/skos:narrower"]
    );
    assert_eq!(check(&read).into_iter().map(|fault| fault.place).collect::<Vec<_>>(), ["/version"]);
    for bytes in [b"[]".as_slice(), b"{}", b"", b"{\"@type\": \"skos:Concept\"}"] {
        assert!(super::read(bytes).is_err());
    }
}

#[test]
fn a_mapping_tells_how_much_of_a_table_it_covers() {
    let mapped = |column: &str, term: &str| Mapped {
        table: "t".to_owned(),
        column: column.to_owned(),
        term: iri(term),
        by: "account-1".to_owned(),
        at: "2026-11-28T08:00:00Z".parse().unwrap(),
    };
    let columns = vec![
        mapped("a", "credit-code"),
        mapped("b", "amount"),
        mapped("b", "quantity"),
        mapped("c", "quantity"),
        mapped("d", "none"),
        mapped("x", "name"),
    ];
    let mapping =
        Mapping { resource: "r".to_owned(), vocabulary: "urn:v".to_owned(), version: "1".to_owned(), columns };
    let of = |name: &str, kind| TableColumn { name: name.to_owned(), kind };
    use ColumnKind::{Boolean, Integer, Text};
    let table = TableSchema {
        name: "t".to_owned(),
        columns: vec![of("a", Text), of("b", Integer), of("c", Boolean), of("d", Text), of("e", Text)],
    };
    let coverage = mapping.coverage(&table, &starter());
    assert_eq!((coverage.columns, coverage.mapped, coverage.permille), (5, 3, 600));
    assert_eq!(
        (coverage.unmapped, coverage.unknown, coverage.stale),
        (vec!["e".to_owned()], vec!["d".to_owned()], vec!["x".to_owned()])
    );
    assert_eq!((coverage.other_kind, coverage.shared), (vec!["c".to_owned()], vec![iri("quantity")]));
    assert_eq!(mapping.term("t", "b"), Some(iri("quantity").as_str()));
    let text = serde_json::to_string(&mapping).unwrap();
    assert_eq!(serde_json::from_str::<Mapping>(&text).unwrap(), mapping);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_name_is_judged_within_bounds(name in "\\PC{0,200}", kind in 0usize..6) {
        use ColumnKind::{Boolean, Date, Integer, Real, Text, Timestamp};
        let (starter, hints) = (starter(), Hints::default());
        let found = suggest(&column(&name, [Boolean, Date, Integer, Real, Text, Timestamp][kind], &hints), &starter);
        prop_assert!(found.len() <= 5 && found.iter().all(|one| (500..=1_000).contains(&one.permille) && !one.reasons.is_empty()));
    }
}
