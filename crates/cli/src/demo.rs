//! `xinyu demo`: the main job, for real, in one process: a platform and three connectors, each with its own database, keys and port, carry the ten
//! steps over HTTP. The story is told by a client of the management API; it asks for what is not there yet, so that a run that was cut off continues.

mod flow;
mod party;
mod payment;
mod product;
mod progress;
mod report;
mod story;
mod trust;
pub(crate) mod world;

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::output::{Context, Failed};
use progress::Progress;
use world::World;

/// What varies.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Whether to stop after the story.
    pub exit: bool,
    /// Whether to print the report as one object.
    pub json: bool,
    /// The first port.
    pub port: u16,
    /// The databases, with the node's name for `{node}`.
    pub database: Option<String>,
}

/// Performs the demo.
pub(crate) fn run(context: &Context, options: &Options) -> Result<(), Failed> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("XINYU_LOG").unwrap_or_else(|_| "error".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build()?;
    let context = Context { json: context.json || options.json, ..*context };
    runtime.block_on(perform(&context, options)).map_err(|failed| match no_room(&context, &options.data_dir) {
        Some(hint) => {
            Failed { line: Some(failed.line.map_or_else(|| hint.clone(), |line| format!("{line}\n{hint}"))), ..failed }
        }
        None => failed,
    })
}

/// What to say when the disk is full: then the demo may fail at any step, and goes on from there when there is room.
fn no_room(context: &Context, folder: &Path) -> Option<String> {
    /// Less than the tables of a node need, which are made in one step or not at all.
    const ROOM: u64 = 2 << 20;
    let disk = rustix::fs::statvfs(folder).ok()?;
    let place = folder.display();
    (disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM).then(|| {
        context
            .say(
                &format!("{place} 所在磁盘已满。请清理空间后再次运行，演示会从中断处继续。"),
                &format!("the disk of {place} is full: make room and run it again, it goes on where it stopped"),
            )
            .to_owned()
    })
}

async fn perform(context: &Context, options: &Options) -> Result<(), Failed> {
    let progress = Progress::new(context);
    let stop = CancellationToken::new();
    let world = World::start(options, stop.clone()).await?;
    let report = story::tell(&world, &progress).await?;
    progress.finish();
    if context.json {
        context.print_json(&report)?;
    } else {
        report.print(context, &world);
    }
    if !options.exit {
        if !context.json {
            context.print(context.say("按 Ctrl-C 结束。", "Press Ctrl-C to stop."));
        }
        crate::serve::told_to_stop().await?;
    }
    stop.cancel();
    world.stop().await;
    Ok(())
}
