//! Folders of files as one table.

use super::*;

fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Source) {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(dir.path().join(name), content).unwrap();
    }
    let path = dir.path().to_owned();
    (dir, Source::Folder { path })
}

#[tokio::test]
async fn parts_are_one_table_in_the_order_of_their_names() {
    let (dir, source) = folder(&[
        ("b.csv", "name,id,n\n李四,2.5,13812345678\n"),
        ("a.csv", "id,name,n\n1,张三,13912345678\n"),
        ("c.csv", "id,name,n\n"),
        ("_SUCCESS", ""),
        (".a.csv.crc", "x"),
    ]);
    fs::create_dir(dir.path().join("d.csv")).unwrap();
    let found = source.describe().await.unwrap();
    assert_eq!(kinds(&found.schema), [("id", "real"), ("name", "text"), ("n", "text")]);
    assert_eq!((found.rows, found.form.as_str()), (2, "csv"));
    assert_eq!(found.schema.name, dir.path().file_name().unwrap().to_str().unwrap());
    let rows = all(&source, &["n", "id"]).await.unwrap();
    assert_eq!(serde_json::to_string(&rows).unwrap(), r#"[["13912345678",1.0],["13812345678",2.5]]"#);
    // Other files are left out where the ending is named.
    fs::write(dir.path().join("notes.txt"), "").unwrap();
    let named = Source::Folder { path: dir.path().join("*.csv") };
    assert_eq!(named.describe().await.unwrap().rows, 2);
    assert!(matches!(source.describe().await, Err(SourceError::Format(_))));
}

#[tokio::test]
async fn parts_of_another_table_are_named() {
    let check = async |files: &[(&str, &str)], expect: &str| {
        let (_dir, source) = folder(files);
        assert_eq!(source.describe().await.unwrap_err().to_string(), expect);
    };
    let good = ("a.csv", "id,name\n1,x\n");
    let columns = "b.csv: the file has other columns than the first of the folder";
    check(&[good, ("b.csv", "id,nmae\n1,x\n")], columns).await;
    check(&[good, ("b.csv", "id\n1\n")], columns).await;
    check(&[good, ("b.csv", "id,name,more\n1,x,2\n")], columns).await;
    check(&[good, ("b.csv", "id,name\n1\n")], "b.csv: line 2: another number of values than the first line has names")
        .await;
    check(&[good, ("b.json", "[]")], "b.json: the file has another form than the first of the folder").await;
    let (dir, source) = folder(&[("_SUCCESS", "")]);
    let error = source.describe().await.unwrap_err();
    assert!(matches!(&error, SourceError::Empty(path) if path == dir.path()), "{error}");
}

#[tokio::test]
async fn links_out_of_a_folder_are_no_parts() {
    let (dir, source) = folder(&[("a.csv", "id\n1\n")]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("b.csv"), "id\n2\n").unwrap();
    symlink(outside.path().join("b.csv"), dir.path().join("b.csv")).unwrap();
    assert_eq!(source.describe().await.unwrap().rows, 1);
    let roots = [dir.path().to_owned()];
    let confined = |path: PathBuf| Source::Folder { path }.confined(&roots).ok().and_then(|source| source.path());
    let inside = dir.path().canonicalize().unwrap();
    assert_eq!(confined(dir.path().to_owned()), Some(inside.clone()));
    assert_eq!(confined(dir.path().join("*.csv")), Some(inside.join("*.csv")));
    assert_eq!(confined(outside.path().to_owned()), None);
    assert_eq!(confined(outside.path().join("*.csv")), None);
    assert_eq!(confined(dir.path().join("a.csv")), None);
}

#[tokio::test]
async fn a_file_that_changed_since_it_was_looked_at() {
    let (dir, source) = folder(&[("a.csv", "id\n1\n"), ("b.csv", "id\n1\n")]);
    let path = source.path().unwrap();
    let opened = file::open_folder(&path).unwrap().opened().unwrap();
    fs::write(dir.path().join("b.csv"), "id\n1\n2\n").unwrap();
    let rows: Vec<_> = opened.rows(&["id".to_owned()]).unwrap().collect().await;
    let error = rows.into_iter().find_map(Result::err).unwrap();
    assert_eq!(error.to_string(), "b.csv: line 1: the file changed while it was read");
}
