//! What is committed stays with its position; what is not, or is damaged, is as if it had never been.

use std::fs;

use super::*;

fn changes(position: u64, ids: std::ops::Range<u32>) -> Changes {
    let upserts = ids.map(|at| product(&format!("D{at}"), "S", "港口集装箱", "数据")).collect();
    Changes { upserts, removals: Vec::new(), position }
}

fn total(index: &Index) -> u64 {
    index.search(&text("集装箱"), &member(&["S"])).unwrap().total
}

#[test]
fn what_was_committed_is_there_again_and_the_same_twice_is_once() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path(), "here").unwrap();
    assert_eq!(index.position(), 0);
    index.apply(&changes(3, 0..5)).unwrap();
    index.apply(&changes(4, 3..7)).unwrap();
    assert_eq!((index.position(), total(&index)), (4, 7));
    drop(index);
    let index = Index::open(folder.path(), "here").unwrap();
    assert_eq!((index.position(), total(&index)), (4, 7));
    index
        .apply(&Changes { removals: vec!["D0".to_owned(), "D9".to_owned()], position: 5, ..Changes::default() })
        .unwrap();
    assert_eq!((index.position(), total(&index)), (5, 6));
    index.reset().unwrap();
    assert_eq!((index.position(), total(&index)), (0, 0));
    index.apply(&changes(1, 0..2)).unwrap();
    assert_eq!((index.position(), total(&index)), (1, 2));
}

/// A crash between two commits leaves the files of the first commit and some of the second: every such folder opens at the first.
#[test]
fn a_crash_between_commits_goes_on_exactly_where_the_last_one_was() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path(), "here").unwrap();
    index.apply(&changes(1, 0..5)).unwrap();
    let before: BTreeSet<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    let meta = fs::read(folder.path().join("meta.json")).unwrap();
    index.apply(&changes(2, 5..9)).unwrap();
    drop(index);
    let written: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    let new: Vec<_> = written.iter().filter(|path| !before.contains(path.file_name().unwrap())).collect();
    assert!(!new.is_empty());
    for kept in 0..=new.len() {
        let crashed = tempfile::tempdir().unwrap();
        for path in written.iter().filter(|path| !new.contains(path)).chain(new.iter().take(kept).copied()) {
            fs::copy(path, crashed.path().join(path.file_name().unwrap())).unwrap();
        }
        // The list of segments is the last that a commit writes.
        fs::write(crashed.path().join("meta.json"), &meta).unwrap();
        let index = Index::open(crashed.path(), "here").unwrap();
        assert_eq!((index.position(), total(&index)), (1, 5), "with {kept} files of the commit that failed");
        index.apply(&changes(2, 5..9)).unwrap();
        assert_eq!((index.position(), total(&index)), (2, 9));
    }
}

#[test]
fn whatever_file_is_damaged_or_missing_the_index_begins_again_and_nobody_sees_an_error() {
    let sound = tempfile::tempdir().unwrap();
    let index = Index::open(sound.path(), "here").unwrap();
    index.apply(&changes(7, 0..5)).unwrap();
    drop(index);
    let files: Vec<_> = fs::read_dir(sound.path()).unwrap().map(|file| file.unwrap().path()).collect();
    let names = files.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
    for name in names.filter(|name| !name.ends_with(".lock")) {
        let sizes = [None, Some(0), Some(fs::metadata(sound.path().join(&name)).unwrap().len() / 2)];
        for size in sizes {
            let folder = tempfile::tempdir().unwrap();
            for path in &files {
                fs::copy(path, folder.path().join(path.file_name().unwrap())).unwrap();
            }
            let damaged = folder.path().join(&name);
            match size {
                None => fs::remove_file(&damaged).unwrap(),
                Some(0) => {
                    let mut bytes = fs::read(&damaged).unwrap();
                    let middle = bytes.len() / 2;
                    bytes[middle] ^= 1;
                    fs::write(&damaged, bytes).unwrap();
                }
                Some(size) => fs::File::options().write(true).open(&damaged).unwrap().set_len(size).unwrap(),
            }
            let index = Index::open(folder.path(), "here").unwrap();
            let (position, found) = (index.position(), total(&index));
            assert!((position, found) == (0, 0) || (position, found) == (7, 5), "{name} {size:?}: {position} {found}");
            index.apply(&changes(8, 0..6)).unwrap();
            assert_eq!((index.position(), total(&index)), (8, 6), "{name}");
        }
    }
}

#[test]
fn another_catalogue_or_an_older_form_begins_again_and_one_folder_has_one_keeper() {
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path(), "here").unwrap();
    index.apply(&changes(7, 0..5)).unwrap();
    let second = Index::open(folder.path(), "here").unwrap();
    second.apply(&changes(1, 0..2)).unwrap();
    assert_eq!((total(&second), total(&index)), (2, 5), "the second keeps its own, in memory");
    drop(index);
    let meta = folder.path().join("meta.json");
    let text = fs::read_to_string(&meta).unwrap();
    assert_eq!(Index::open(folder.path(), "there").unwrap().position(), 0);
    let index = Index::open(folder.path(), "here").unwrap();
    index.apply(&changes(7, 0..5)).unwrap();
    drop(index);
    assert!(text.contains("\"payload\": \"3 7 "));
    fs::write(&meta, fs::read_to_string(&meta).unwrap().replace("\"payload\": \"3 7 ", "\"payload\": \"0 7 ")).unwrap();
    assert_eq!(Index::open(folder.path(), "here").unwrap().position(), 0);
}
