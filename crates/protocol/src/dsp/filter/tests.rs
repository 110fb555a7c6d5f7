//! What a filter means, what it may not say, and that it keeps its meaning on its way.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::dsp::catalog::CatalogRequestMessage;
use crate::dsp::tolerant;

/// One dataset to ask for.
fn values(field: Field) -> Vec<&'static str> {
    match field {
        Field::Id => vec!["D-1"],
        Field::Title => vec!["Berths 泊位计划"],
        Field::Description => vec!["靠离泊, hourly"],
        Field::Keyword => vec!["港口", "航运"],
        Field::Theme => vec!["B0300"],
        Field::Format => vec!["HttpData-PULL", "HttpData-PUSH"],
    }
}

/// As it comes over the wire.
fn read(filter: Value) -> Result<Filter, Unfit> {
    let message = json!({"@context": [crate::dsp::CONTEXT], "@type": "CatalogRequestMessage", "filter": filter});
    let message: CatalogRequestMessage = serde_json::from_value(tolerant::plain(message)).unwrap();
    Filter::parse(&message.filter)
}

fn check(criterion: Value, expect: bool) {
    assert_eq!(read(json!([criterion])).unwrap().fits(values), expect, "{criterion}");
}

fn refused(filter: Value, expect: &str) {
    let Unfit(text) = read(filter.clone()).unwrap_err();
    assert!(text.en.contains(expect), "{filter}: {}", text.en);
    assert!(!text.zh.is_empty());
}

#[test]
fn every_operator_on_one_value_and_on_a_list() {
    for (field, operator, value, expect) in [
        ("title", "=", json!("Berths 泊位计划"), true),
        ("title", "=", json!("berths 泊位计划"), false),
        ("title", "!=", json!("other"), true),
        ("@id", "in", json!(["D-1", "D-2"]), true),
        ("@id", "in", json!(["D-2"]), false),
        ("@id", "in", json!([]), false),
        ("@id", "not in", json!(["D-2", "D-3"]), true),
        ("title", "like", json!("Berths%"), true),
        ("title", "like", json!("berths%"), false),
        ("title", "ilike", json!("berths _计划"), false),
        ("title", "ilike", json!("berths __计_"), true),
        ("description", "like", json!("%离泊%"), true),
        ("keyword", "contains", json!("港口"), true),
        ("keyword", "contains", json!("港"), false),
        ("keyword", "=", json!("航运"), true),
        ("keyword", "!=", json!("航运"), false),
        ("keyword", "in", json!(["铁路", "航运"]), true),
        ("keyword", "not in", json!(["铁路", "航运"]), false),
        ("keyword", "like", json!("港_"), true),
        ("theme", "like", json!("B03%"), true),
        ("format", "contains", json!("HttpData-PULL"), true),
        ("format", "=", json!("AmazonS3-PULL"), false),
    ] {
        check(json!({"field": field, "operator": operator, "value": value}), expect);
    }
    check(json!({"field": "theme", "value": "B0300"}), true);
}

#[test]
fn a_field_goes_by_the_terms_of_dcat_and_by_edcs_names() {
    for (name, value) in [
        ("id", "D-1"),
        ("'https://w3id.org/edc/v0.0.1/ns/id'", "D-1"),
        ("edc:id", "D-1"),
        ("name", "Berths 泊位计划"),
        ("edc:name", "Berths 泊位计划"),
        ("dct:title", "Berths 泊位计划"),
        ("http://purl.org/dc/terms/title", "Berths 泊位计划"),
        ("https://w3id.org/edc/v0.0.1/ns/description", "靠离泊, hourly"),
        ("dcat:keyword", "港口"),
        ("http://www.w3.org/ns/dcat#theme", "B0300"),
        ("dct:format", "HttpData-PUSH"),
    ] {
        check(json!({"field": name, "value": value}), true);
        check(json!({"field": name, "value": "another"}), false);
    }
}

#[test]
fn edcs_query_is_read_however_json_ld_writes_it() {
    let plain = json!({
        "@type": "QuerySpec", "offset": 3, "limit": 50, "sortOrder": "DESC", "sortField": "name",
        "filterExpression": [
            {"@type": "Criterion", "operandLeft": "https://w3id.org/edc/v0.0.1/ns/id", "operator": "in", "operandRight": ["D-1", "D-2"]},
            {"@type": "Criterion", "operandLeft": "dcat:keyword", "operator": "=", "operandRight": "港口"},
        ],
    });
    let expanded = json!({
        "@type": ["https://w3id.org/edc/v0.0.1/ns/QuerySpec"],
        "https://w3id.org/edc/v0.0.1/ns/offset": [{"@value": 3}], "https://w3id.org/edc/v0.0.1/ns/limit": [{"@value": 50}],
        "https://w3id.org/edc/v0.0.1/ns/sortOrder": [{"@value": "DESC"}], "https://w3id.org/edc/v0.0.1/ns/sortField": [{"@value": "edc:name"}],
        "https://w3id.org/edc/v0.0.1/ns/filterExpression": [
            {
                "https://w3id.org/edc/v0.0.1/ns/operandLeft": [{"@value": "edc:id"}], "https://w3id.org/edc/v0.0.1/ns/operator": [{"@value": "IN"}],
                "https://w3id.org/edc/v0.0.1/ns/operandRight": [{"@value": "D-1"}, {"@value": "D-2"}],
            },
            {"edc:operandLeft": "keyword", "edc:operator": "=", "edc:operandRight": {"@value": "港口"}},
        ],
    });
    let own = json!([
        {"field": "@id", "operator": "in", "value": ["D-1", "D-2"]}, {"field": "keyword", "value": "港口"},
        {"offset": 3, "limit": 50, "sortField": "title", "sortOrder": "desc"},
    ]);
    let read_plain = read(json!([plain])).unwrap();
    assert_eq!(read(json!([expanded])), Ok(read_plain.clone()));
    assert_eq!(read(expanded), Ok(read_plain.clone()), "one element, which JSON-LD compacts to itself");
    assert_eq!(read(own), Ok(read_plain.clone()));
    let order = Some(Order { field: Field::Title, is_descending: true });
    assert_eq!((read_plain.offset, read_plain.limit, read_plain.order), (3, Some(50), order));
    assert!(read_plain.fits(values));
}

#[test]
fn what_asks_for_nothing_asks_for_everything() {
    for filter in
        [json!([]), json!([{}]), json!({}), json!([null]), json!([{"@type": "QuerySpec", "filterExpression": []}])]
    {
        assert_eq!(read(filter), Ok(Filter::default()));
    }
    check(json!({"@type": "QuerySpec", "offset": 0, "limit": 2147483647, "sortOrder": "ASC", "sortField": null}), true);
}

#[test]
fn dsp_2025_1_6_2_1_what_is_not_understood_is_refused_and_what_is_known_is_said() {
    let criterion =
        |field: &str, operator: &str, value: Value| json!([{"field": field, "operator": operator, "value": value}]);
    refused(
        criterion("price", "=", json!("1")),
        "field price is not known; known are: @id, title, description, keyword, theme, format",
    );
    refused(criterion("dct:name", "=", json!("x")), "field dct:name");
    refused(
        criterion("title", "<", json!("x")),
        "operator < is not known; known are: =, !=, in, not in, like, ilike, contains",
    );
    refused(criterion("title", "contains", json!("x")), "use like or ilike");
    refused(criterion("title", "=", json!(1)), "value must be a text, not number");
    refused(criterion("title", "=", json!(["a", "b"])), "value must be a text, not array");
    refused(criterion("title", "in", json!([["a"], ["b", "c"]])), "value must be a text, not array");
    refused(criterion("title", "=", json!({"field": "title", "value": "x"})), "value must be a text, not object");
    refused(json!([{"field": "title"}]), "lacks value");
    refused(json!([{"field": ["title", "theme"], "value": "x"}]), "field must be a text");
    refused(json!([{"field": "title", "value": "x", "boost": 2}]), "member of a criterion boost");
    refused(json!(["title"]), "must be an object, not string");
    refused(json!([[{}, {}]]), "must be an object, not array");
    refused(json!([{"genericProp": {"region": "EU"}}]), "member of a filter genericProp");
    refused(json!([{"filterExpression": "title"}]), "must be an object, not string");
    refused(json!([{"filterExpression": [{"filterExpression": []}]}]), "member of a criterion filterExpression");
    refused(json!([{"filterExpression": [{"operator": "=", "operandRight": "x"}]}]), "lacks field");
    refused(json!([{"offset": -1}]), "offset must be a whole number from 0 on");
    refused(json!([{"offset": 1.5}]), "offset");
    refused(json!([{"limit": 0}]), "limit must be a whole number from 1 on");
    refused(json!([{"limit": "10"}]), "limit");
    refused(json!([{"sortField": "keyword"}]), "field to sort by keyword is not known; known are: @id, title, theme");
    refused(json!([{"sortField": "title", "sortOrder": "UP"}]), "sort order UP is not known; known are: ASC, DESC");
    refused(json!([{"limit": 1}, {"offset": 1}]), "one QuerySpec at most");
}

#[test]
fn a_filter_has_bounds() {
    let one = json!({"field": "title", "value": "x"});
    assert!(read(json!(vec![one.clone(); 16])).is_ok());
    refused(json!(vec![one.clone(); 17]), "16 criteria");
    refused(json!([{"filterExpression": vec![one; 17]}]), "16 criteria");
    let many = |count: usize, length: usize| json!([{"field": "title", "operator": "in", "value": vec!["港".repeat(length); count]}]);
    assert!(read(many(32, 32)).is_ok());
    refused(many(33, 1), "32 values at most, not 33");
    refused(many(32, 33), "1024 characters");
}

#[test]
fn what_we_ask_of_a_partner_we_understand_ourselves() {
    let wishes: Vec<Wish> = serde_json::from_value(json!([
        {"field": "title", "operator": "ilike", "value": "%berths%"}, {"field": "keyword", "operator": "contains", "value": "港口"},
        {"field": "edc:id", "operator": "in", "value": ["D-1"]}, {"field": "theme", "value": "B0300"},
    ]))
    .unwrap();
    let sent = query(&wishes);
    assert!(read(json!([sent])).unwrap().fits(values));
    for (field, expect) in [
        ("title", "http://purl.org/dc/terms/title"),
        ("dct:title", "http://purl.org/dc/terms/title"),
        ("name", "https://w3id.org/edc/v0.0.1/ns/name"),
        ("@id", "https://w3id.org/edc/v0.0.1/ns/id"),
        ("id", "https://w3id.org/edc/v0.0.1/ns/id"),
        ("keyword", "http://www.w3.org/ns/dcat#keyword"),
        ("edc:region", "https://w3id.org/edc/v0.0.1/ns/region"),
        ("https://example.org/region", "https://example.org/region"),
        ("region", "region"),
    ] {
        let sent = query(&[Wish { field: field.to_owned(), operator: "=".to_owned(), value: json!("x") }]);
        let first = &sent["https://w3id.org/edc/v0.0.1/ns/filterExpression"][0];
        assert_eq!(first["https://w3id.org/edc/v0.0.1/ns/operandLeft"], expect);
    }
    let theirs = Wish { field: "https://example.org/region".to_owned(), operator: "<".to_owned(), value: json!(5) };
    let theirs = query(&[theirs]).to_string();
    assert!(theirs.contains(r#""https://example.org/region""#) && theirs.contains(r#""<""#), "{theirs}");
}

fn json_value() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("title"),
        Just("keyword"),
        Just("="),
        Just("in"),
        Just("%港_"),
        Just("DESC"),
        Just(""),
        Just("https://w3id.org/edc/v0.0.1/ns/id"),
    ];
    let leaf = prop_oneof![
        word.prop_map(|word| json!(word)),
        any::<i64>().prop_map(|n| json!(n)),
        Just(json!(null)),
        Just(json!(true))
    ];
    let name = prop_oneof![
        Just("field"),
        Just("operator"),
        Just("value"),
        Just("operandLeft"),
        Just("operandRight"),
        Just("edc:operator"),
        Just("filterExpression"),
        Just("offset"),
        Just("limit"),
        Just("sortField"),
        Just("sortOrder"),
        Just("@type"),
        Just("@value"),
        Just("other"),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn filters() -> impl Strategy<Value = Filter> {
    let field = prop::sample::select(Field::NAMES).prop_map(|(field, _, _)| field);
    let criterion =
        (field.clone(), prop::sample::select(&Operator::ALL), prop::collection::vec("[a-c%_港]{0,3}", 0..4))
            .prop_filter_map("only lists have parts", |(field, operator, mut values)| {
                if !operator.takes_many() {
                    values.truncate(1);
                }
                let is_whole = operator.takes_many() || values.len() == 1;
                (is_whole && (operator != Operator::Contains || field.is_list())).then_some(Criterion {
                    field,
                    operator,
                    values,
                })
            });
    let order = (field.prop_filter("one value", |field| field.is_sortable()), any::<bool>())
        .prop_map(|(field, is_descending)| Order { field, is_descending });
    (prop::collection::vec(criterion, 0..5), prop::option::of(order), 0_usize..9, prop::option::of(1_usize..9))
        .prop_map(|(criteria, order, offset, limit)| Filter { criteria, order, offset, limit })
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused_and_what_is_read_keeps_its_meaning(filter in prop::collection::vec(json_value(), 0..4)) {
        if let Ok(read) = Filter::parse(&filter) {
            prop_assert_eq!(Filter::parse(&read.to_values()), Ok(read));
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same(filter in filters()) {
        prop_assert_eq!(Filter::parse(&filter.to_values()), Ok(filter));
    }

    #[test]
    fn a_negation_fits_where_the_other_does_not(filter in filters()) {
        for criterion in filter.criteria {
            let opposite = match criterion.operator {
                Operator::Equal => Operator::NotEqual,
                Operator::In => Operator::NotIn,
                _ => continue,
            };
            let found = values(criterion.field);
            prop_assert_ne!(criterion.holds(&found), Criterion { operator: opposite, ..criterion }.holds(&found));
        }
    }
}
