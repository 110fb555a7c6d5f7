//! Figures of recognition, for `cargo xtask bench catalogue`: each line is name, unit, amount and nanoseconds, with tabs between; of a ratio, two numbers.
//!
//! `XINYU_CORPUS` names a labelled corpus as `xtask/peers/recognise/corpus.py` writes it: a JSON object a line, `text` and `spans` with `kind`, `start` and `end`
//! in bytes. Recall and precision are by whole places: what is found begins and ends where the label does. Without a corpus only the speed on sentences
//! of our own is measured. `XINYU_CORPUS_MISSES=1` prints what was missed and what was too much on standard error.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use serde::Deserialize;
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
