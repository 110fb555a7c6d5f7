//! Figures of the catalogue's search, for `cargo xtask bench catalogue`: each line is name, unit, amount and nanoseconds, with tabs between.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write;
use std::time::{Duration, Instant};

use xinyu_search::{By, Changes, Column, Document, Encoder, Facet, Index, Order, Query, Visibility, fuse};

/// Products of the catalogue, unless the first argument says how many.
const PRODUCTS: u64 = 100_000;
/// Products that are taken in at once.
const TOGETHER: u64 = 10_000;
/// Different texts of theirs: what one of them takes to be encoded is a line of its own, and all of a hundred thousand would take a quarter of an hour.
const TEXTS: u64 = 2_000;
/// Pages that are asked for, of a catalogue of that size; of a larger one fewer.
const PAGES: u64 = 1_000;
/// Products that are published one after the other.
const PUBLISHED: u64 = 100;

const PLACES: &[&str] = &[
    "宁波", "舟山", "上海", "深圳", "青岛", "天津", "广州", "厦门", "大连", "武汉", "成都", "重庆", "苏州", "杭州",
    "南京",
];
const SUBJECTS: &[&str] = &[
    "港口集装箱",
    "船舶到港",
    "高速公路收费",
    "共享单车出行",
    "居民用电",
    "企业信用",
    "医保结算",
    "门诊就诊",
    "气象观测",
    "空气质量",
    "水文监测",
    "海关进出口",
    "快递揽收",
    "农产品批发",
    "不动产登记",
    "地铁客流",
    "航班起降",
    "工业设备运行",
    "光伏发电",
    "社会保险缴纳",
];
const MEASURES: &[&str] =
    &["吞吐量", "统计", "明细", "日报", "月度汇总", "轨迹", "预测", "指数", "画像", "异常告警", "排名", "样本集"];
const COLUMNS: &[&str] = &[
    "箱号",
    "船名",
    "日期",
    "统一社会信用代码",
    "车牌号",
    "设备编号",
    "city",
    "port_code",
    "amount",
    "hs_code",
    "经度",
    "纬度",
];
const ENGLISH: &[&str] = &[
    "daily container throughput",
    "vessel arrivals",
    "trip records",
    "weather stations",
    "customs declarations",
    "power load",
];

fn main() -> Result<(), Box<dyn Error>> {
    let named = std::env::args().nth(1).map(|count| count.parse());
    let products = named.transpose()?.unwrap_or(PRODUCTS);
    if products == PRODUCTS {
        meanings()?;
    }
    let folder = std::env::temp_dir().join(format!("xinyu-bench-catalogue-{}", std::process::id()));
    let measured = measure(&folder, products);
    std::fs::remove_dir_all(&folder)?;
    measured?;
    memory(&format!("peak of memory, {products} products (MB)"))
}

/// The most memory that the process ever had.
fn memory(name: &str) -> Result<(), Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak: u64 = peak.and_then(|peak| peak.split_whitespace().next()).ok_or("no peak is told")?.parse()?;
    Ok(writeln!(std::io::stdout(), "{name}\tratio\t{peak}\t1024")?)
}

/// Takes all products in.
fn take_in(index: &Index, products: u64, name: &str) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    for from in (0..products).step_by(usize::try_from(TOGETHER)?) {
        let upserts = (from..from.saturating_add(TOGETHER).min(products)).map(product).collect();
        index.apply(&Changes { upserts, removals: Vec::new(), position: from.saturating_add(TOGETHER) })?;
    }
    Ok(writeln!(std::io::stdout(), "{name}\t\t{products}\t{}", started.elapsed().as_nanos())?)
}

fn measure(folder: &std::path::Path, products: u64) -> Result<(), Box<dyn Error>> {
    let index = Index::open(folder, "bench")?;
    take_in(&index, products, &format!("products taken in, {TEXTS} different texts"))?;
    if products == PRODUCTS {
        index.reset()?;
        take_in(&index, products, "  again, none encoded")?;
    }
    let count = PAGES.saturating_mul(PRODUCTS) / products.max(PRODUCTS);
    let pages = |name: &str, ask: &mut dyn FnMut(u64) -> Result<u64, Box<dyn Error>>| pages(name, count.max(200), ask);
    let who = Visibility {
        spaces: (0..5).map(|space| format!("space-{space}")).collect(),
        barred: (0..20).map(|connector| format!("connector-{connector}")).collect(),
        labels: BTreeSet::from(["role:consumer".to_owned()]),
    };
    let everything = index.search(&Query::default(), &who)?;
    if everything.total < products / 3 || everything.total >= products {
        return Err(format!("{} of {products} products are visible", everything.total).into());
    }
    writeln!(std::io::stdout(), "products that the asker may see\tratio\t{}\t{products}", everything.total)?;
    pages("page of a filtered search", &mut |at| Ok(index.search(&question(at, true), &who)?.total))?;
    pages("page without a filter", &mut |at| Ok(index.search(&question(at, false), &who)?.total))?;
    pages("page by words alone", &mut |at| {
        Ok(index.search(&Query { by: By::Words, ..question(at, false) }, &who)?.total)
    })?;
    pages("page by meaning alone", &mut |at| {
        Ok(index.search(&Query { by: By::Meaning, ..question(at, false) }, &who)?.total)
    })?;
    pages("page of everything, counted", &mut |at| {
        let order = if at.is_multiple_of(2) { Order::Newest } else { Order::Price };
        Ok(index.search(&Query { order, ..Query::default() }, &who)?.total)
    })?;
    let some = |found: Vec<String>| u64::try_from(found.len()).unwrap_or_default();
    pages("related products", &mut |at| Ok(some(index.related(&product(at.wrapping_mul(7_919)), &who, 10)?)))?;
    pages("products that join", &mut |at| {
        let mine = product(at.wrapping_mul(7_919));
        Ok(some(index.joinable(&mine.columns, &mine.product_id, &who, 10)?))
    })?;
    pages("suggestions", &mut |at| {
        Ok(some(index.suggest(&pick(SUBJECTS, at).chars().take(2).collect::<String>(), &who)?))
    })?;
    let mut published = Vec::new();
    for at in products..products.saturating_add(PUBLISHED) {
        let mut new = product(at);
        new.space_id = "space-0".to_owned();
        new.connector_id = "connector-100".to_owned();
        new.audience.clear();
        new.name = format!("新发布产品{at}");
        let started = Instant::now();
        index.apply(&Changes { upserts: vec![new], removals: Vec::new(), position: at.saturating_add(1) })?;
        let answer = index.search(&Query { text: at.to_string(), ..Query::default() }, &who)?;
        published.push(started.elapsed());
        if answer.total != 1 {
            return Err(format!("what was published is found {} times", answer.total).into());
        }
    }
    spread("published to findable", published)
}

/// Products with a question in Chinese and one in English that have few words in common with them.
const PARAPHRASES: &str = include_str!("../paraphrases/zh.tsv");

/// How many paraphrases are found first and how high they stand: by words, by meaning, by both as the catalogue has it, and with the places in both lists fused.
fn meanings() -> Result<(), Box<dyn Error>> {
    let rows: Vec<Vec<&str>> = PARAPHRASES.lines().map(|line| line.split('\t').collect()).collect();
    let cell = |row: &[&'static str], at: usize| row.get(at).copied().ok_or("a row of paraphrases is too short");
    let mut upserts = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let (product_id, space_id) = (at.to_string(), "space".to_owned());
        let (name, description) = (cell(row, 0)?.to_owned(), cell(row, 1)?.to_owned());
        upserts.push(Document { product_id, space_id, name, description, ..Document::default() });
    }
    let index = Index::in_memory("paraphrases")?;
    index.apply(&Changes { upserts, removals: Vec::new(), position: 1 })?;
    let who = Visibility { spaces: BTreeSet::from(["space".to_owned()]), ..Visibility::default() };
    for (language, column) in [("Chinese", 2), ("English", 3)] {
        let mut lists: [Vec<Vec<String>>; 4] = Default::default();
        for row in &rows {
            let ask = |by| -> Result<Vec<String>, Box<dyn Error>> {
                let query = Query { text: cell(row, column)?.to_owned(), by, limit: 100, ..Query::default() };
                Ok(index.search(&query, &who)?.hits)
            };
            let (words, meaning) = (ask(By::Words)?, ask(By::Meaning)?);
            let fused = fuse(&[words.clone(), meaning.clone()]);
            for (list, hits) in lists.iter_mut().zip([words, meaning, ask(By::Both)?, fused]) {
                list.push(hits);
            }
        }
        for (by, lists) in ["words", "meaning", "both", "both, fused by places"].iter().zip(&lists) {
            let place = |(at, hits): (usize, &Vec<String>)| hits.iter().position(|hit| *hit == at.to_string());
            let places: Vec<usize> = lists.iter().enumerate().filter_map(place).collect();
            let count = rows.len();
            let within = |most: usize| places.iter().filter(|place| **place < most).count();
            let reciprocal: usize =
                places.iter().map(|place| 1_000_000_usize.div_euclid(place.saturating_add(1))).sum();
            let mut out = std::io::stdout();
            writeln!(out, "{language} paraphrases by {by}, hit@1\tratio\t{}\t{count}", within(1))?;
            writeln!(out, "{language} paraphrases by {by}, hit@3\tratio\t{}\t{count}", within(3))?;
            writeln!(
                out,
                "{language} paraphrases by {by}, MRR\tratio\t{reciprocal}\t{}",
                count.saturating_mul(1_000_000)
            )?;
        }
    }
    let encoder = Encoder::shared().ok_or("there is no model")?;
    let questions: Vec<&str> = rows.iter().filter_map(|row| row.get(2).copied()).collect();
    let started = Instant::now();
    let mut taken = Vec::new();
    while started.elapsed() < Duration::from_secs(2) {
        for question in &questions {
            let started = Instant::now();
            std::hint::black_box(encoder.encode(question));
            taken.push(started.elapsed());
        }
    }
    spread("a question encoded", taken)?;
    let texts: BTreeSet<String> = (0..400).map(|at| product(at).description).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let started = Instant::now();
    std::hint::black_box(encoder.encode_all(&texts));
    writeln!(std::io::stdout(), "descriptions encoded\t\t{}\t{}", texts.len(), started.elapsed().as_nanos())?;
    Ok(())
}

/// Asks so many times; what the median and the slowest of a hundred took. Most questions have to find something, or what is measured is nothing.
fn pages(
    name: &str,
    count: u64,
    ask: &mut dyn FnMut(u64) -> Result<u64, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut taken = Vec::new();
    let mut empty = 0_u64;
    for at in 0..count {
        let started = Instant::now();
        let found = ask(at)?;
        taken.push(started.elapsed());
        empty = empty.saturating_add(u64::from(found == 0));
    }
    if empty.saturating_mul(2) > count {
        return Err(format!("{empty} of {count} found nothing: {name}").into());
    }
    spread(name, taken)
}

fn spread(name: &str, mut taken: Vec<Duration>) -> Result<(), Box<dyn Error>> {
    taken.sort_unstable();
    for (which, percent) in [("p50", 50_usize), ("p99", 99)] {
        let at = taken.len().saturating_mul(percent) / 100;
        let taken = taken.get(at).ok_or("nothing was measured")?;
        writeln!(std::io::stdout(), "{name}, {which} (ms)\tratio\t{}\t1000", taken.as_micros())?;
    }
    Ok(())
}

/// What somebody asks: words of one to three parts, half of them with filters, some by price or age.
fn question(at: u64, is_filtered: bool) -> Query {
    let text = match at % 5 {
        0 => pick(SUBJECTS, at / 5).to_owned(),
        1 => format!("{}{}", pick(SUBJECTS, at / 5), pick(MEASURES, at)),
        2 => format!("{} {}", pick(PLACES, at / 5), pick(MEASURES, at)),
        3 => pick(ENGLISH, at / 5).to_owned(),
        _ => format!("想找{}的{}数据", pick(PLACES, at / 3), pick(SUBJECTS, at / 5)),
    };
    let mut query = Query { text, ..Query::default() };
    if is_filtered {
        query.filters.insert(Facet::Topic, (0..3).map(|more| format!("B0{}00", (at + more) % 9)).collect());
        query.filters.insert(Facet::Quality, BTreeSet::from(["001".to_owned(), "002".to_owned()]));
        query.price_at_most_fen = (at.is_multiple_of(3)).then_some(50_000);
        query.order = if at.is_multiple_of(4) { Order::Price } else { Order::Relevance };
    }
    query
}

fn pick(list: &[&'static str], at: u64) -> &'static str {
    let count = u64::try_from(list.len()).unwrap_or(1);
    usize::try_from(at % count).ok().and_then(|place| list.get(place)).copied().unwrap_or_default()
}

/// A product, always the same of its number, and unlike its neighbours; its text is one of [`TEXTS`].
fn product(at: u64) -> Document {
    let mixed = at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16;
    let part = |which: u64| mixed.wrapping_mul(which.wrapping_mul(2).wrapping_add(1)) >> 7;
    let text = at % TEXTS;
    let said = |which: u64| {
        text.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(which.wrapping_mul(2).wrapping_add(1))
            >> 7
    };
    let (place, subject, measure) = (pick(PLACES, said(1)), pick(SUBJECTS, said(2)), pick(MEASURES, said(3)));
    let description = format!(
        "{place}地区{subject}{measure}，覆盖{}年以来的记录，由第{}批采集点上报，经脱敏与质量校验，适用于{}分析与{}研究。{}",
        2015 + said(4) % 10,
        said(5) % 5_000,
        pick(SUBJECTS, said(6)),
        pick(MEASURES, said(7)),
        pick(ENGLISH, said(8)),
    );
    let columns = (0..4 + part(9) % 6).map(|more| Column {
        // What its text has in common with others', its words have not.
        table: format!("batch_{}", part(21) % 50_000),
        name: pick(COLUMNS, part(10).wrapping_add(more)).to_owned(),
        kind: "text".to_owned(),
        rows: Some(1_000),
        distinct: None,
        is_masked: false,
        term: String::new(),
    });
    Document {
        product_id: format!("product-{at}"),
        identifiers: Vec::new(),
        space_id: format!("space-{}", part(11) % 10),
        provider_id: format!("provider-{}", part(12) % 200),
        provider_name: format!("{place}数据集团第{}公司", part(12) % 200),
        connector_id: format!("connector-{}", part(12) % 200),
        name: format!("{place}{subject}{measure}{}", said(13) % 1_000),
        description,
        keywords: vec![subject.to_owned(), measure.to_owned(), place.to_owned()],
        columns: columns.collect(),
        topic: format!("B0{}00", part(14) % 9),
        scenarios: (0..1 + part(22) % 3).map(|more| format!("S0{}00", (part(23) + more) % 5)).collect(),
        industry: pick(&["A", "C", "G", "I", "J", "Q"], part(24)).to_owned(),
        form: format!("00{}", 1 + part(25) % 6),
        update_frequency: format!("00{}", 1 + part(15) % 9),
        quality_level: format!("00{}", 1 + part(16) % 4),
        security_level: format!("00{}", 1 + part(17) % 4),
        personal_data: part(18).is_multiple_of(4),
        price_fen: part(19) % 100_000,
        listed_ms: i64::try_from(at).unwrap_or_default(),
        audience: if part(20).is_multiple_of(20) {
            BTreeSet::from(["role:regulator".to_owned()])
        } else {
            BTreeSet::new()
        },
    }
}
