//! `xinyu metadata`: what it prints, and where.

use crate::program::xinyu;

fn check(arguments: &[&str], status: i32, out: &[&str], err: &[&str]) {
    let output = xinyu(arguments);
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{said}{told}");
    out.iter().for_each(|part| assert!(said.contains(part), "{arguments:?} lacks {part}:\n{said}"));
    err.iter().for_each(|part| assert!(told.contains(part), "{arguments:?} lacks {part}:\n{told}"));
}

#[test]
fn descriptions_are_recognised_and_converted_with_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (package, sql, nothing, dcat) = (path("datapackage.json"), path("a.sql"), path("nothing"), path("dcat.jsonld"));
    let text = r#"{"title": "订单", "resources": [{"name": "a", "path": "https://u:geheim@a.example/a.csv", "colour": "red",
        "schema": {"fields": [{"name": "id", "type": "integer", "unit": "件"}]}}]}"#;
    std::fs::write(&package, text).unwrap();
    std::fs::write(&sql, "CREATE TABLE t (id BIGINT NOT NULL);").unwrap();
    std::fs::write(&nothing, "nothing").unwrap();

    check(&["metadata", "recognise", &package], 0, &["frictionless", "90.0 %"], &[]);
    check(&["metadata", "recognise", &sql, "--output", "json"], 0, &["\"format\": \"sql\""], &[]);
    check(&["metadata", "recognise", &nothing], 1, &[], &["none of the known formats"]);

    check(
        &["metadata", "convert", &package, "--to", "sql"],
        0,
        &["CREATE TABLE \"a\""],
        &["/resources/0/colour", "/resources/0/path", "/tables/0/fields/0/unit", "UTF-8"],
    );
    check(
        &["metadata", "convert", &package, "--to", "dcat", "--out", &dcat, "--lang", "zh"],
        0,
        &["/tables", "未带过来"],
        &[],
    );
    let written = std::fs::read_to_string(&dcat).unwrap();
    assert!(written.contains("https://a.example/a.csv") && !written.contains("geheim"), "{written}");
    check(&["metadata", "convert", &dcat, "--to", "parquet"], 1, &[], &["a format of files with data"]);
    check(&["metadata", "convert", &dcat, "--to", "xml"], 2, &[], &["dcat"]);
    check(&["metadata", "convert", &sql, "--from", "ckan", "--to", "dcat"], 1, &[], &["CKAN"]);
    check(&["metadata", "convert", &path("absent"), "--to", "dcat"], 2, &[], &["absent"]);
}
