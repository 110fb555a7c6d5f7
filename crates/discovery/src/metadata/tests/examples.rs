//! Documents as others write them: what comes over, and the places of what does not.

use serde_json::{Value, json};
use xinyu_core::data::{Cell, ColumnKind};

use super::*;

fn check(format: &str, document: &Value, lost: &[&str]) -> Description {
    let found = read(named(format), document.to_string().as_bytes()).unwrap();
    assert_eq!(paths(&found.lost), lost, "{:#?}", found.lost);
    found.description
}

#[test]
fn dcat_is_read_in_other_spellings() {
    // A graph, a context of its own, full IRIs, a catalogue around, and a person.
    let description = check(
        "dcat",
        &json!({
            "@context": {"d": "http://www.w3.org/ns/dcat#", "dcterms": "http://purl.org/dc/terms/", "title": "dcterms:title"},
            "@graph": [
                {"@id": "https://a.example/c", "@type": "d:Catalog", "d:dataset": {"@id": "https://a.example/d"}},
                {"@id": "https://a.example/d", "@type": ["d:Dataset"], "title": [{"@language": "zh-Hans", "@value": "订单"}, {"@language": "fr", "@value": "Commandes"}],
                 "http://purl.org/dc/terms/accrualPeriodicity": {"@id": "http://purl.org/cld/freq/monthly"},
                 "dcterms:publisher": {"@id": "https://a.example/p"}, "d:contactPoint": {"@id": "_:k"}, "dcterms:spatial": "x",
                 "d:distribution": {"@id": "_:f"}},
                {"@id": "https://a.example/p", "foaf:name": "甲公司"},
                {"@id": "_:k", "vcard:fn": "somebody"},
                {"@id": "_:f", "@type": "d:Distribution", "d:downloadURL": {"@id": "https://a.example/x.csv"}, "d:byteSize": "12"},
                {"@id": "https://a.example/e", "@type": "d:Dataset"},
            ],
        }),
        &["/@graph/0", "/@graph/5", "/@graph/1/dct:title/1", "/@graph/1/dcat:contactPoint", "/@graph/1/dct:spatial"],
    );
    assert_eq!(description.title.zh, "订单");
    assert_eq!(description.frequency, Some(Frequency::Monthly));
    assert_eq!(description.publisher.unwrap().name, "甲公司");
    assert_eq!(description.identifiers, ["https://a.example/d"]);
    assert_eq!(description.distributions[0].bytes, Some(12));
}

#[test]
fn ckan_answers_are_read() {
    let description = check(
        "ckan",
        &json!({
            "help": "h", "success": true,
            "result": {
                "id": "u-1", "name": "orders", "title": "Orders", "notes": "n", "tags": [{"name": "a", "id": "t", "state": "active"}], "num_tags": 1,
                "license_id": "cc-by", "license_title": "CC BY", "metadata_created": "2026-11-01T10:00:00.123456",
                "organization": {"name": "org", "title": "Org", "type": "organization"}, "groups": [],
                "extras": [{"key": "frequency", "value": "每周"}, {"key": "colour", "value": "red"}],
                "resources": [{"name": "r", "url": "https://a.example/r.csv", "size": 5, "hash": "",
                    "schema": "{\"fields\": [{\"name\": \"y\", \"type\": \"year\"}]}"}],
            },
        }),
        &["/result/extras/1", "/result/resources/0/schema/fields/0/type"],
    );
    assert_eq!(description.frequency, Some(Frequency::Weekly));
    assert_eq!(description.tables[0].fields[0].kind, ColumnKind::Integer);
    assert_eq!(description.licence.as_deref(), Some("CC BY"));
}

#[test]
fn csvw_of_a_single_table_is_read() {
    let description = check(
        "csvw",
        &json!({
            "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], "url": "tree-ops.csv", "dc:title": "Tree Operations",
            "dcat:keyword": ["tree"], "dc:publisher": {"schema:name": "City"}, "dialect": {"header": true},
            "tableSchema": {
                "columns": [
                    {"name": "GID", "titles": ["GID", "Generic"], "datatype": "string", "required": true},
                    {"titles": "Planted", "datatype": {"base": "date", "format": "M/d/yyyy"}, "virtual": false},
                ],
                "primaryKey": "GID", "aboutUrl": "#gid-{GID}",
            },
        }),
        &[
            "/dct:publisher/schema:name",
            "/tableSchema/columns/0/titles/en/1",
            "/tableSchema/columns/1/datatype/format",
            "/tableSchema/columns/1/virtual",
            "/tableSchema/aboutUrl",
            "/dialect",
        ],
    );
    assert_eq!(description.title.en, "Tree Operations");
    let table = &description.tables[0];
    assert_eq!(
        (table.name.as_str(), table.distribution, table.primary_key.as_slice()),
        ("tree-ops", Some(0), ["GID".to_owned()].as_slice())
    );
    assert_eq!((table.fields[1].name.as_str(), table.fields[1].kind), ("Planted", ColumnKind::Date));
}

#[test]
fn schema_org_of_a_search_engine_is_read() {
    let description = check(
        "schema.org",
        &json!({
            "@context": "https://schema.org/", "@type": "Dataset", "name": "订单", "keywords": "a, b、c", "license": "https://l.example/",
            "creator": {"@type": "Person", "name": "x"}, "variableMeasured": ["total", {"@type": "PropertyValue", "name": "weight", "unitText": "kg"}],
            "distribution": [{"@type": "DataDownload", "contentUrl": "https://a.example/x", "contentSize": "2 MB"}],
        }),
        &["/schema:distribution/0/schema:contentSize", "/schema:creator"],
    );
    assert_eq!(description.keywords, ["a", "b", "c"]);
    assert_eq!(description.distributions[0].bytes, Some(2_000_000));
    assert_eq!(description.tables[0].fields[1].unit.as_deref(), Some("kg"));
}

#[test]
fn openapi_answers_become_tables() {
    let row = json!({"type": "object", "required": ["id"], "properties": {
        "id": {"type": "integer", "format": "int64"}, "state": {"type": ["string", "null"], "enum": ["a", "b"]}, "child": {"$ref": "#/components/schemas/Row"}}});
    let description = check(
        "openapi",
        &json!({
            "openapi": "3.0.3", "info": {"title": "Orders", "version": "2", "contact": {"email": "x"}},
            "paths": {"/orders": {"get": {"operationId": "o", "parameters": [], "responses": {
                "200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object", "properties": {
                    "total": {"type": "integer"}, "items": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}}}}}},
                "404": {"description": "none"}}}}},
            "components": {"schemas": {"Row": row}, "securitySchemes": {"k": {"type": "http"}}},
        }),
        &[
            "/info/contact",
            "/paths/~1orders/get/responses/200/content/application~1json/schema",
            "/components/schemas/Row/properties/child",
            "/paths/~1orders/get/responses/404",
            "/components/securitySchemes",
        ],
    );
    let table = &description.tables[0];
    assert_eq!((table.name.as_str(), table.fields.len()), ("Row", 3));
    assert!(table.fields.iter().any(|field| field.name == "id" && field.required && field.kind == ColumnKind::Integer));
}

#[test]
fn openapi_in_yaml_is_read_like_the_same_in_json() {
    let yaml = "# 订单接口\nopenapi: \"3.1.0\"\ninfo: {title: 订单, version: '2'}\npaths: {}\ncomponents:\n  schemas:\n    Row:\n      type: object\n      \
                required: [id]\n      properties: &p\n        id: {type: integer, format: int64}\n        on: {type: string}\n    Other: {type: object, properties: *p}\n";
    let json = json!({ "id": { "type": "integer", "format": "int64" }, "on": { "type": "string" } });
    let json = json!({
        "openapi": "3.1.0", "info": { "title": "订单", "version": "2" }, "paths": {}, "components": { "schemas": {
            "Row": { "type": "object", "required": ["id"], "properties": json }, "Other": { "type": "object", "properties": json } } },
    });
    let json = json.to_string();
    let (from_yaml, from_json) = (read(named("openapi"), yaml.as_bytes()), read(named("openapi"), json.as_bytes()));
    let (from_yaml, from_json) = (from_yaml.unwrap(), from_json.unwrap());
    assert_eq!((&from_yaml.description, &from_yaml.lost), (&from_json.description, &from_json.lost));
    assert_eq!(from_yaml.description.tables.len(), 2);
    assert_eq!(recognise("api.yaml", yaml.as_bytes())[0].format, "openapi");
    assert!(read(named("openapi"), b"swagger: '2.0'\n").is_err());
}

#[test]
fn sql_of_three_dialects_is_read() {
    let mysql = "CREATE TABLE `客户` (\n `id` int(11) unsigned NOT NULL AUTO_INCREMENT COMMENT '编号',\n `kind` enum('a','b') DEFAULT NULL,\n \
                 `ok` tinyint(1), PRIMARY KEY (`id`), KEY `k` (`kind`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='客户表';";
    let found = read(named("sql"), mysql.as_bytes()).unwrap();
    let table = &found.description.tables[0];
    assert_eq!(
        (table.name.as_str(), table.title.zh.as_str(), table.primary_key.as_slice()),
        ("客户", "客户表", ["id".to_owned()].as_slice())
    );
    assert_eq!(table.fields[0].title.zh, "编号");
    assert_eq!(table.fields[1].constraints.allowed, [Cell::Text("a".to_owned()), Cell::Text("b".to_owned())]);
    assert_eq!(table.fields[2].kind, ColumnKind::Boolean);
    assert!(paths(&found.lost).starts_with(&["line 2", "line 2", "line 3", "line 4"]), "{:#?}", found.lost);

    let sqlite = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v REAL CHECK (v >= 0.5 AND v <= 2), o INTEGER REFERENCES t(id) ON DELETE CASCADE) WITHOUT ROWID;";
    let table = read(named("sql"), sqlite.as_bytes()).unwrap().description.tables.remove(0);
    assert_eq!(table.fields[1].constraints.minimum, Some(Cell::Real(0.5)));
    assert_eq!(table.fields[1].constraints.maximum, Some(Cell::Integer(2)));
    assert_eq!(table.foreign_keys[0].referenced, ["id"]);

    let postgres = "CREATE TABLE s.t (a timestamp(6) with time zone, b numeric(10,2), c varchar(20) UNIQUE);\nCOMMENT ON COLUMN s.t.b IS E'金额\\n含税';\nCREATE INDEX i ON s.t (a);";
    let found = read(named("sql"), postgres.as_bytes()).unwrap();
    let table = &found.description.tables[0];
    assert_eq!((table.fields[0].kind, table.fields[2].constraints.max_length), (ColumnKind::Timestamp, Some(20)));
    assert_eq!(paths(&found.lost), ["line 1", "line 1", "line 3"], "{:#?}", found.lost);
}

#[test]
fn ndi_06_a_product_s_card_makes_the_round() {
    use xinyu_protocol::tc609::catalog::{FieldCard, ProductCard, TableCard, Tags};
    let field = |name: &str, kind: &str, masked| FieldCard {
        name: name.to_owned(),
        kind: kind.to_owned(),
        masked,
        term: if masked { String::new() } else { format!("urn:t:{name}") },
    };
    let card = ProductCard {
        name: "客户订单".to_owned(),
        description: "Orders".to_owned(),
        source: "自行采集".to_owned(),
        licence: "内部许可".to_owned(),
        topic: "B0300".to_owned(),
        update_frequency: "004".to_owned(),
        tables: vec![TableCard {
            name: "t".to_owned(),
            fields: vec![field("a", "date", true), field("b", "real", false)],
            rows: 7,
        }],
        keywords: vec!["订单".to_owned()],
        tags: Tags::default(),
    };
    let (description, lost) = from_card(&card);
    assert_eq!(lost, []);
    assert_eq!(to_card(&description), (card, Vec::new()));

    let (mut longer, _) = from_card(&to_card(&description).0);
    longer.title = Phrase::of("字".repeat(200));
    longer.version = Some("2".to_owned());
    longer.topic = None;
    let (card, lost) = to_card(&longer);
    assert_eq!(card.name.chars().count(), 128);
    assert_eq!(paths(&lost), ["/title", "/topic", "/version"]);
}
