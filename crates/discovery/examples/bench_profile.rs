//! Figures of recognition and of profiles, for `cargo xtask bench catalogue`: each line is name, unit, amount and nanoseconds, with tabs between; of a ratio, two numbers.
//!
//! `XINYU_CORPUS` names a labelled corpus as `xtask/peers/recognise/corpus.py` writes it: a JSON object a line, `text` and `spans` with `kind`, `start` and `end`
//! in bytes. Recall and precision are by whole places: what is found begins and ends where the label does. Without a corpus only the speed on sentences
//! of our own is measured. `XINYU_CORPUS_MISSES=1` prints what was missed and what was too much on standard error.
//!
//! A table of ten columns is made and profiled, a million rows or as many as `XINYU_PROFILE_ROWS` says; the peak of memory and the size of the kept state go to
//! standard error.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use serde::Deserialize;
use xinyu_core::data::{Cell, Column, ColumnKind, TableSchema};
use xinyu_discovery::profile::{Circumstances, TableProfiler};
use xinyu_discovery::recognise::{Kind, recognise};

/// How much text is read at least for a speed.
const BYTES: usize = 16 << 20;

/// Sentences of everyday business, some with persons, most without.
const SENTENCES: &str = "\
    为进一步规范数据流通交易行为，促进数据要素市场化配置，各有关单位应当建立健全管理制度，明确责任分工，加强监督检查。\
    本平台提供产品登记、目录发布、合约协商、交付和存证等服务，支持多种接入方式，全部操作均留有记录，可以随时查询和核验。\
    客户来电反映系统登录缓慢，工程师现场检查后发现网络配置有误，已经调整完毕，运行正常。订单号202411281234567890已发货。\
    联系人张伟，手机13800138000，身份证号11010519491231002X，家住浙江省杭州市西湖区文三路123号5栋。\
    二〇二五年全国生产总值比上年增长百分之五，其中第三产业增加值所占比重继续提高，居民收入稳步增长，物价总体平稳。\
    The service answers within 200 ms on average; see https://a.example/docs/2026/11 for details of version 1.2.3. \
    会议强调，要坚持问题导向，统筹发展和安全，推动高质量发展取得新的成效，时间安排另行通知，请各部门提前做好准备工作。";

#[derive(Deserialize)]
struct Document {
    text: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    kind: Kind,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    right: u32,
    labelled: u32,
    found: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    profile()?;
    speed("recognition, everyday text", &[SENTENCES])?;
    let Ok(path) = std::env::var("XINYU_CORPUS") else {
        return Ok(());
    };
    let lines = std::fs::read_to_string(path)?;
    let documents: Vec<Document> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let texts: Vec<&str> = documents.iter().map(|document| document.text.as_str()).collect();
    speed("recognition, Faker's documents", &texts)?;
    let tallies = judge(&documents);
    let mut structured = Tally::default();
    for (kind, tally) in &tallies {
        if kind.is_structured() {
            structured.right += tally.right;
            structured.labelled += tally.labelled;
            structured.found += tally.found;
        }
    }
    say_tally("structured", structured)?;
    for (kind, tally) in tallies.into_iter().filter(|(_, tally)| tally.labelled > 0) {
        say_tally(&kind.title().en, tally)?;
    }
    Ok(())
}

/// Bytes a second of one thread.
fn speed(name: &str, texts: &[&str]) -> Result<(), Box<dyn Error>> {
    let (started, mut read) = (Instant::now(), 0);
    while read < BYTES {
        for text in texts {
            black_box(recognise(black_box(text)));
            read += text.len();
        }
    }
    writeln!(std::io::stdout(), "{name}\tB\t{read}\t{}", started.elapsed().as_nanos())?;
    Ok(())
}

/// Rows a second of a profile of one thread, without what it takes to make them.
fn profile() -> Result<(), Box<dyn Error>> {
    const BATCH: i64 = 10_000;
    let rows: i64 = std::env::var("XINYU_PROFILE_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    let columns = COLUMNS.map(|(name, kind)| Column { name: name.to_owned(), kind }).to_vec();
    let mut profiler = TableProfiler::new(&TableSchema { name: "t".to_owned(), columns });
    let mut spent = std::time::Duration::ZERO;
    for batch in 0..(rows / BATCH).max(1) {
        let made: Vec<Vec<Cell>> = (batch * BATCH..(batch + 1) * BATCH).map(row).collect();
        let started = Instant::now();
        made.iter().for_each(|row| profiler.observe(black_box(row)));
        spent += started.elapsed();
    }
    let seen = profiler.progress().rows;
    writeln!(std::io::stdout(), "profile, ten columns\trow\t{seen}\t{}", spent.as_nanos())?;
    let kept = serde_json::to_string(&profiler)?.len();
    let shown = serde_json::to_string(&profiler.profile(&Circumstances::default()))?.len();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    writeln!(std::io::stderr(), "{seen} rows: {peak}; kept state {kept} B, profile {shown} B")?;
    Ok(())
}

const COLUMNS: [(&str, ColumnKind); 10] = [
    ("order_no", ColumnKind::Text),
    ("mobile", ColumnKind::Text),
    ("city", ColumnKind::Text),
    ("note", ColumnKind::Text),
    ("amount_fen", ColumnKind::Integer),
    ("quantity", ColumnKind::Integer),
    ("weight", ColumnKind::Real),
    ("is_paid", ColumnKind::Boolean),
    ("ordered_on", ColumnKind::Date),
    ("paid_at", ColumnKind::Timestamp),
];

fn row(n: i64) -> Vec<Cell> {
    let city = ["北京", "上海", "广州", "深圳", "成都", "杭州", "武汉", "西安"];
    let pick = usize::try_from(n % 8).ok().and_then(|place| city.get(place)).copied().unwrap_or_default();
    let mixed = n.wrapping_mul(0x5851_F42D_4C95_7F2D).unsigned_abs();
    let (month, day) = (mixed % 12 + 1, mixed % 28 + 1);
    vec![
        Cell::Text(format!("ORD{n:012}")),
        Cell::Text(format!("138{:08}", mixed % 100_000_000)),
        Cell::Text(pick.to_owned()),
        if n % 5 == 0 { Cell::Null } else { Cell::Text(format!("已于{month}月送达前台，请查收")) },
        Cell::Integer(i64::try_from(mixed % 10_000_000).unwrap_or_default()),
        Cell::Integer(n % 9 + 1),
        Cell::Real(u32::try_from(mixed % 1_000_003).map_or(0.0, f64::from) / 7.0),
        Cell::Boolean(n % 3 == 0),
        Cell::Text(format!("2026-{month:02}-{day:02}")),
        Cell::Text(format!("2026-{month:02}-{day:02}T{:02}:{:02}:00Z", mixed % 24, mixed % 60)),
    ]
}

/// What was found against what is labelled, by kind.
fn judge(documents: &[Document]) -> BTreeMap<Kind, Tally> {
    let shows = std::env::var_os("XINYU_CORPUS_MISSES").is_some();
    let mut tallies: BTreeMap<Kind, Tally> = BTreeMap::new();
    for document in documents {
        let found = recognise(&document.text);
        for span in &document.spans {
            let is_right =
                found.iter().any(|finding| finding.kind == span.kind && finding.place == (span.start..span.end));
            let tally = tallies.entry(span.kind).or_default();
            tally.labelled += 1;
            tally.right += u32::from(is_right);
            if shows && !is_right {
                let _ = writeln!(
                    std::io::stderr(),
                    "missed {:?} {:?} {}",
                    span.kind,
                    document.text.get(span.start..span.end),
                    document.text
                );
            }
        }
        for finding in found {
            tallies.entry(finding.kind).or_default().found += 1;
            let place = &finding.place;
            let is_labelled =
                document.spans.iter().any(|span| span.kind == finding.kind && *place == (span.start..span.end));
            if shows && !is_labelled {
                let _ = writeln!(
                    std::io::stderr(),
                    "too much {finding:?} {:?} {}",
                    document.text.get(place.clone()),
                    document.text
                );
            }
        }
    }
    tallies
}

fn say_tally(name: &str, tally: Tally) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    writeln!(out, "  {name}: recall\tratio\t{}\t{}", tally.right, tally.labelled.max(1))?;
    writeln!(out, "  {name}: precision\tratio\t{}\t{}", tally.right, tally.found.max(1))?;
    writeln!(out, "  {name}: F1\tratio\t{}\t{}", 2 * tally.right, (tally.labelled + tally.found).max(1))?;
    Ok(())
}
