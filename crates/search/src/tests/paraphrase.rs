//! What is asked for in other words, or in the other language, is found; of what is asked for without sense, nothing.

use super::*;
use crate::semantic::brought;

/// Products, and for each a question in Chinese and one in English that have few words or none in common with it. Written before anything was measured; nothing is
/// fitted to it.
const PARAPHRASES: &str = include_str!("../../paraphrases/zh.tsv");

fn rows() -> Vec<[&'static str; 4]> {
    PARAPHRASES.lines().map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap()).collect()
}

fn catalogue() -> Index {
    let documents = rows().into_iter().enumerate();
    let documents: Vec<Document> =
        documents.map(|(at, [name, description, ..])| product(&format!("D{at}"), "S", name, description)).collect();
    holding(&documents)
}

/// How many of a hundred questions have their product in the first places.
fn found(index: &Index, language: usize, by: By, places: usize) -> usize {
    let rows = rows();
    let found = rows.iter().enumerate().filter(|(at, row)| {
        let answer = index.search(&Query { by, ..text(row[language]) }, &member(&["S"])).unwrap();
        answer.hits.iter().take(places).any(|hit| *hit == format!("D{at}"))
    });
    found.count() * 100 / rows.len()
}

#[test]
fn more_than_four_of_five_paraphrases_are_found_first_where_words_find_few() {
    if brought().is_none() {
        return;
    }
    let index = catalogue();
    let figures = |language| {
        [By::Words, By::Meaning, By::Both].map(|by| [1, 3].map(|places| found(&index, language, by, places)))
    };
    let [[words, _], [meaning, _], [both, both_of_three]] = figures(2);
    assert!(words < 40, "the words alone find {words}: these are no paraphrases");
    assert!(meaning > 80 && both > 80 && both_of_three > 85, "{:?}", figures(2));
    let [[words, _], _, [both, _]] = figures(3);
    assert!(words < 5 && both > 80, "English questions for Chinese products: {:?}", figures(3));
}

#[test]
fn chinese_questions_find_english_products() {
    if brought().is_none() {
        return;
    }
    let rows = rows();
    let documents: Vec<Document> =
        rows.iter().enumerate().map(|(at, row)| product(&format!("D{at}"), "S", row[3], "")).collect();
    let index = holding(&documents);
    let first = rows.iter().enumerate().filter(|(at, row)| {
        index.search(&text(row[0]), &member(&["S"])).unwrap().hits.first() == Some(&format!("D{at}"))
    });
    let first = first.count() * 100 / rows.len();
    assert!(first > 75, "{first}");
}

#[test]
fn a_question_without_sense_or_without_words_finds_nothing() {
    let index = catalogue();
    for nonsense in ["没有这样的东西", "哈哈哈哈", "xyzzy", "谢谢", "8.8.8.8", "%_*", "。。。"] {
        let found = index.search(&text(nonsense), &member(&["S"])).unwrap();
        assert_eq!((found.total, found.hits.len(), found.by.len()), (0, 0, 0), "{nonsense}: {:?}", found.hits);
    }
}

#[test]
fn each_hit_says_by_what_it_was_found() {
    if brought().is_none() {
        return;
    }
    let index = catalogue();
    let found = index.search(&text("地铁客流"), &member(&["S"])).unwrap();
    assert_eq!((found.hits[0].as_str(), found.by[0]), ("D6", By::Both));
    assert_eq!(found.hits.len(), found.by.len());
    let found = index.search(&text("轨道交通早晚高峰有多挤"), &member(&["S"])).unwrap();
    assert_eq!((found.hits[0].as_str(), found.by[0]), ("D6", By::Meaning));
    let everything = index.search(&text(""), &member(&["S"])).unwrap();
    assert!(everything.by.iter().all(|by| *by == By::Words));
    let found = index.search(&Query { order: Order::Newest, ..text("船舶位置") }, &member(&["S"])).unwrap();
    let by_words =
        index.search(&Query { by: By::Words, order: Order::Newest, ..text("船舶位置") }, &member(&["S"])).unwrap();
    for (hit, by) in found.hits.iter().zip(&found.by) {
        assert_eq!(by_words.hits.contains(hit), *by != By::Meaning, "{hit}");
    }
    assert!(found.total >= by_words.total && by_words.total > 0);
}

#[test]
fn pages_of_what_was_found_by_meaning_follow_each_other() {
    if brought().is_none() {
        return;
    }
    let index = catalogue();
    for order in [Order::Relevance, Order::Price] {
        let mut query = Query { order, limit: 1, ..text("port and ships") };
        let whole = index.search(&Query { limit: 100, ..query.clone() }, &member(&["S"])).unwrap();
        let mut seen = Vec::new();
        loop {
            let page = index.search(&query, &member(&["S"])).unwrap();
            assert_eq!(page.total, whole.total);
            seen.extend(page.hits);
            let Some(next) = page.next else { break };
            query.after = next;
        }
        assert_eq!(seen, whole.hits);
    }
}

#[test]
fn meanings_survive_restarts_replacements_and_merging() {
    if brought().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path(), "here").unwrap();
    let rows = rows();
    for (position, (at, [name, description, ..])) in (1..).zip(rows.iter().enumerate()) {
        // Each first as something else, so that the old meaning would be found if it stayed.
        let old = product(&format!("D{at}"), "S", "渔船北斗定位", "");
        index.apply(&Changes { upserts: vec![old], removals: vec![], position: position * 2 }).unwrap();
        let new = product(&format!("D{at}"), "S", name, description);
        index.apply(&Changes { upserts: vec![new], removals: vec![], position: position * 2 + 1 }).unwrap();
    }
    let removals = vec!["D0".to_owned()];
    index.apply(&Changes { upserts: vec![], removals, position: 1_000 }).unwrap();
    let ask = |index: &Index| {
        let hits = |row: &[&str; 4]| index.search(&text(row[2]), &member(&["S"])).unwrap();
        rows.iter().map(hits).collect::<Vec<_>>()
    };
    let before = ask(&index);
    drop(index);
    assert_eq!(ask(&Index::open(folder.path(), "here").unwrap()), before);
    let kept = rows.iter().enumerate().skip(1);
    let kept: Vec<Document> = kept.map(|(at, row)| product(&format!("D{at}"), "S", row[0], row[1])).collect();
    assert_eq!(ask(&holding(&kept)), before);
}
