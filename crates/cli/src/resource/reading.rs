//! The progress of a reading: one line on the terminal until it is over, by what the node tells.

use std::time::Duration;

use anyhow::bail;
use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use xinyu_protocol::api::List;
use xinyu_protocol::api::resource::{NewReading, ReadingInfo, ResourceInfo};

use crate::client::{Access, Client, ask, segment};
use crate::output::{Context, Failed};

const PATH: &str = "/api/v1/readings";

/// The topic of what changes in readings.
const TOPIC: &str = "reading";

/// What is told is looked at again after this long at the latest.
const LOOK: Duration = Duration::from_secs(5);

/// Begins a reading and shows its progress until it is over; Ctrl-C leaves it to the node.
pub(super) fn follow(context: &Context, access: &Access, name: &str, new: &NewReading) -> Result<ResourceInfo, Failed> {
    ask(context, access, async |client| {
        // First follow, then begin: what happens in between is told.
        let mut changes = client.changes().await?;
        let mut info: ReadingInfo = client.post(PATH, new).await?;
        let bar = bar(context);
        while info.state == "running" {
            show(context, &bar, &info);
            loop {
                match tokio::time::timeout(LOOK, changes.next()).await {
                    Ok(Some(topic)) if topic != TOPIC => {}
                    Ok(None) => bail!("the node ended the session; the reading goes on"),
                    Ok(Some(_)) | Err(_) => break,
                }
            }
            info = client.get(&format!("{PATH}/{}", segment(name))).await?;
        }
        bar.finish_and_clear();
        ended(context, client, &info).await
    })
}

async fn ended(context: &Context, client: &Client, info: &ReadingInfo) -> anyhow::Result<ResourceInfo> {
    if let Some(error) = &info.error {
        bail!("{}", context.text(error));
    }
    if info.state == "cancelled" {
        bail!("{}", context.say("读取已取消", "the reading was cancelled"));
    }
    client.get(&super::of(&info.resource, "")).await
}

fn bar(context: &Context) -> ProgressBar {
    let bar = if context.json { ProgressBar::hidden() } else { ProgressBar::new(1000) };
    if let Ok(style) = ProgressStyle::with_template("{bar:20.cyan/blue} {msg}") {
        bar.set_style(style);
    }
    bar
}

fn show(context: &Context, bar: &ProgressBar, info: &ReadingInfo) {
    bar.set_position(u64::from(info.permille.unwrap_or(0)));
    bar.set_message(line(context, info));
}

/// How far a reading is, in words.
fn line(context: &Context, info: &ReadingInfo) -> String {
    let share = info.permille.map(|permille| format!("{}.{} %", permille / 10, permille % 10)).unwrap_or_default();
    if info.phase == "looking" {
        return format!("{} {share}", context.say("查看数据源", "looking at the source"));
    }
    let rows = match info.expected {
        Some(expected) => format!("{} / {expected}", info.rows),
        None => info.rows.to_string(),
    };
    let left = match info.remaining_seconds {
        Some(seconds) => format!("{} {seconds} s", context.say("剩余约", "about")),
        None => String::new(),
    };
    format!("{} {rows} {share} {left}", context.say("已读行", "rows")).trim_end().to_owned()
}

/// Prints what is being read and was lately.
pub(super) fn list(context: &Context, access: &Access) -> Result<(), Failed> {
    let list: List<ReadingInfo> = ask(context, access, async |client| client.get(PATH).await)?;
    print(context, &list)
}

/// Cancels a reading.
pub(super) fn cancel(context: &Context, access: &Access, name: &str) -> Result<(), Failed> {
    let path = format!("{PATH}/{}/cancellation", segment(name));
    let one: ReadingInfo = ask(context, access, async |client| client.post(&path, &Value::Null).await)?;
    print(context, &List { items: vec![one] })
}

fn print(context: &Context, list: &List<ReadingInfo>) -> Result<(), Failed> {
    if context.json {
        return context.print_json(list);
    }
    if list.items.is_empty() {
        context.print(context.say("没有读取", "none"));
    }
    for one in &list.items {
        let state = context.word("reading", &one.state);
        let why = one.error.as_ref().or(one.why.as_ref()).map(|why| context.text(why).to_owned()).unwrap_or_default();
        context.print(format!("{}  {state}  {}  {why}", one.resource, line(context, one)));
    }
    Ok(())
}

/// Prints how a resource was read last, and why so.
pub(super) fn print_read(context: &Context, info: &ResourceInfo) {
    if let Some(read) = &info.read {
        let part = context.word("read", &read.part);
        let (rows, took) = (read.rows, read.took_ms);
        context.print(match context.lang {
            xinyu_protocol::text::Lang::Zh => format!("上次读取：{part}，{rows} 行，{took} 毫秒。{}", read.why.zh),
            xinyu_protocol::text::Lang::En => format!("last reading: {part}, {rows} rows, {took} ms; {}", read.why.en),
        });
    }
}
