//! Which columns of two products mean the same, so that their tables can be joined. Names are compared by what they mean: parted into words, with the
//! synonyms of [`SYNONYMS`] put together. Where providers have said it by a glossary, the term decides, whatever the names are. Pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use xinyu_protocol::text::Text;

use crate::text::{fold, parted};

/// One column of a product, without any of its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Of which table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// `text`, `integer`, `real`, `boolean`, `date` or `timestamp`.
    pub kind: String,
    /// How many rows there are, if it is known.
    pub rows: Option<u64>,
    /// How many different values, if it was counted.
    pub distinct: Option<u64>,
    /// Whether it is desensitised before delivery, so that its values no longer meet those of others.
    pub is_masked: bool,
    /// What it means by the glossary of its space, the IRI of a term; empty if nobody has said it.
    pub term: String,
}

/// Two columns that can be joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// One of ours.
    pub mine: Column,
    /// One of the other product's.
    pub theirs: Column,
    /// How well they go together, of 100.
    pub score: u8,
    /// Why.
    pub reason: Text,
}

/// Names that mean the same, the first of each line stands for all. One line a meaning.
const SYNONYMS: &[&[&str]] = &[
    &["统一社会信用代码", "社会信用代码", "信用代码", "uscc", "uscc code", "credit code", "unified social credit code"],
    &[
        "身份证号",
        "身份证号码",
        "身份证",
        "公民身份号码",
        "证件号",
        "id card",
        "id card no",
        "id number",
        "idno",
        "sfzh",
    ],
    &["手机号", "手机号码", "手机", "移动电话", "联系电话", "mobile", "mobile no", "phone", "phone no", "sjh"],
    &["姓名", "full name", "person name", "xm"],
    &["企业名称", "公司名称", "单位名称", "company", "company name", "enterprise name", "org name"],
    &["车牌号", "车牌", "车牌号码", "号牌号码", "plate", "plate no", "license plate", "cph"],
    &["箱号", "集装箱号", "集装箱箱号", "container no", "container number", "container id", "cntr no", "cntr"],
    &["提单号", "bill of lading", "bl no", "bill no"],
    &["船名", "ship", "ship name", "vessel", "vessel name"],
    &["航次", "voyage", "voyage no"],
    &["海事识别码", "mmsi"],
    &["国际海事组织编号", "imo", "imo no"],
    &["港口代码", "port", "port code"],
    &["港口", "港口名称", "port name"],
    &["海关编码", "商品编码", "hs", "hs code", "commodity code"],
    &["行政区划代码", "区划代码", "地区代码", "adcode", "area code", "region code"],
    &["城市", "city", "city name"],
    &["日期", "date", "day", "rq"],
    &["月份", "month", "stat month"],
    &["年份", "年度", "year"],
    &["订单号", "订单编号", "order no", "order id"],
    &["客户编号", "客户号", "customer id", "customer no"],
    &["产品编号", "商品编号", "product id", "product no", "sku"],
    &["设备编号", "设备号", "device id", "device no"],
    &["病案号", "住院号", "medical record no", "patient id"],
    &["经度", "longitude", "lon", "lng"],
    &["纬度", "latitude", "lat"],
    &["邮箱", "电子邮箱", "email", "e mail", "mail"],
    &["邮政编码", "邮编", "postcode", "zip", "zip code"],
];

/// Meanings that describe a row rather than say which it is.
const VAGUE: &[&str] = &[
    "日期", "月份", "年份", "经度", "纬度", "城市", "id", "name", "名称", "编号", "备注", "类型", "状态", "type",
    "status", "remark",
];

static MEANING: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    let lines = SYNONYMS.iter().filter_map(|line| Some((*line.first()?, *line)));
    lines.flat_map(|(meaning, line)| line.iter().map(move |name| (joined(name), meaning))).collect()
});

/// A name without what parts its words; endings of names of codes that say the same are one.
fn joined(name: &str) -> String {
    let plain = fold(&parted(name));
    let words = plain.split_whitespace().map(|word| match word {
        "num" | "number" => "no",
        word => word,
    });
    words.collect()
}

/// What a column's name means, whatever it is written as.
#[must_use]
pub fn meaning(name: &str) -> String {
    let joined = joined(name);
    MEANING.get(&joined).map_or(joined, |meaning| (*meaning).to_owned())
}

/// Kinds whose values can be compared are one: a number that names something is often kept as text.
fn class(kind: &str) -> &'static str {
    match kind {
        "integer" | "text" => "name",
        "real" => "real",
        "date" | "timestamp" => "time",
        "boolean" => "boolean",
        _ => "other",
    }
}

/// By what columns that could be joined are found: their meaning or their term, and the class. A masked column joins nothing.
pub(crate) fn keys(column: &Column) -> Vec<String> {
    let class = class(&column.kind);
    if column.is_masked || class == "boolean" || class == "real" {
        return Vec::new();
    }
    // A term is an IRI, which no meaning is.
    let said = [meaning(&column.name), column.term.clone()];
    said.into_iter().filter(|said| !said.is_empty()).map(|said| format!("{said}\u{1f}{class}")).collect()
}

/// Whether two columns mean the same: by their terms, if both have one, else by their names.
fn meet(mine: &Column, theirs: &Column) -> bool {
    if !mine.term.is_empty() && !theirs.term.is_empty() && mine.term != theirs.term {
        return false;
    }
    let theirs = keys(theirs);
    keys(mine).iter().any(|key| theirs.contains(key))
}

/// Which columns of ours join with which of theirs, the best first.
#[must_use]
pub fn joins(mine: &[Column], theirs: &[Column]) -> Vec<Join> {
    let mut found = Vec::new();
    for ours in mine {
        let same = theirs.iter().filter(|their| meet(ours, their));
        found.extend(same.map(|their| join(ours, their)));
    }
    found.sort_by_key(|join| Reverse(join.score));
    found
}

fn join(mine: &Column, theirs: &Column) -> Join {
    let meaning = meaning(&mine.name);
    let is_literal = fold(&mine.name) == fold(&theirs.name);
    let is_termed = !mine.term.is_empty() && mine.term == theirs.term;
    let (mut zh, mut en) = if is_termed {
        (
            format!("「{}」与「{}」按词汇表是同一术语", mine.name, theirs.name),
            format!("{} and {} are one term of the glossary", mine.name, theirs.name),
        )
    } else if is_literal {
        (format!("两列同名「{}」", theirs.name), format!("both columns are named {}", theirs.name))
    } else {
        (
            format!("「{}」与「{}」含义相同（{meaning}）", mine.name, theirs.name),
            format!("{} and {} mean the same ({meaning})", mine.name, theirs.name),
        )
    };
    let mut score: u8 = match (is_termed, is_literal) {
        (true, _) => 70,
        (false, true) => 60,
        (false, false) => 50,
    };
    if mine.kind == theirs.kind {
        score = score.saturating_add(15);
        zh.push_str("，类型相同");
        en.push_str(", of the same kind");
    } else {
        zh.push_str(&format!("，类型可比（{} 与 {}）", mine.kind, theirs.kind));
        en.push_str(&format!(", of kinds that compare ({} and {})", mine.kind, theirs.kind));
    }
    if VAGUE.contains(&meaning.as_str()) {
        score = score.saturating_sub(30);
        zh.push_str("；仅描述记录，需与其他列一并连接");
        en.push_str("; it describes rows only, join it together with others");
    }
    match (is_key(mine), is_key(theirs)) {
        (Some(true), Some(true)) => {
            score = score.saturating_add(25);
            zh.push_str("；两侧取值均近乎唯一，可一对一连接");
            en.push_str("; nearly unique on both sides, one row meets one");
        }
        (Some(true), _) | (_, Some(true)) => {
            score = score.saturating_add(20);
            zh.push_str("；一侧取值近乎唯一，可作主键");
            en.push_str("; nearly unique on one side, which can be the key");
        }
        (Some(false), Some(false)) => {
            score = score.saturating_sub(15);
            zh.push_str("；两侧取值均大量重复");
            en.push_str("; values repeat on both sides");
        }
        _ => {}
    }
    Join { mine: mine.clone(), theirs: theirs.clone(), score, reason: Text::new(zh, en) }
}

/// Whether a column's values tell rows apart, if they were counted.
fn is_key(column: &Column) -> Option<bool> {
    let (rows, distinct) = (column.rows.filter(|rows| *rows > 0)?, column.distinct?);
    Some(distinct.saturating_mul(10) >= rows.saturating_mul(9))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, kind: &str, distinct: Option<u64>) -> Column {
        let (name, kind) = (name.to_owned(), kind.to_owned());
        Column { table: "t".to_owned(), name, kind, rows: Some(1_000), distinct, is_masked: false, term: String::new() }
    }

    #[test]
    fn names_that_mean_the_same_meet() {
        for name in ["container_no", "ContainerNo", "CONTAINER NUMBER", "集装箱号", "箱号", "ｃｎｔｒ_ｎｏ"]
        {
            assert_eq!(meaning(name), "箱号", "{name}");
        }
        assert_eq!(meaning("berth"), "berth");
        let mut lines = BTreeMap::new();
        for (line, name) in
            SYNONYMS.iter().enumerate().flat_map(|(line, names)| names.iter().map(move |name| (line, name)))
        {
            assert_eq!(*lines.entry(joined(name)).or_insert(line), line, "{name} stands on two lines");
        }
    }

    #[test]
    fn keys_join_better_than_what_describes() {
        let mine =
            [column("箱号", "text", Some(1_000)), column("日期", "date", Some(30)), column("weight", "real", None)];
        let theirs = [
            column("date", "timestamp", Some(30)),
            column("cntr_no", "integer", Some(400)),
            column("weight", "real", None),
        ];
        let found = joins(&mine, &theirs);
        let pairs: Vec<(&str, &str)> =
            found.iter().map(|join| (join.mine.name.as_str(), join.theirs.name.as_str())).collect();
        assert_eq!(pairs, [("箱号", "cntr_no"), ("日期", "date")], "measures join nothing");
        assert!(found[0].score > found[1].score.saturating_add(30), "{found:?}");
        assert!(found[0].reason.zh.contains("主键") && found[1].reason.en.contains("describes rows"));
    }

    #[test]
    fn terms_of_a_glossary_decide_before_names() {
        let termed = |name: &str, term: &str| Column { term: term.to_owned(), ..column(name, "text", None) };
        let mine = [termed("箱号", "urn:t:container")];
        let theirs =
            [termed("cntr_no", "urn:t:seal"), column("container_no", "text", None), termed("xh", "urn:t:container")];
        let found = joins(&mine, &theirs);
        let names: Vec<&str> = found.iter().map(|join| join.theirs.name.as_str()).collect();
        assert_eq!(names, ["xh", "container_no"], "another term is another thing");
        assert!(found[0].reason.zh.contains("同一术语"), "{found:?}");
        assert_eq!(keys(&mine[0]).len(), 2);
    }

    #[test]
    fn what_is_masked_joins_nothing() {
        let masked = Column { is_masked: true, ..column("箱号", "text", None) };
        assert!(joins(&[column("箱号", "text", None)], &[masked]).is_empty());
    }
}
