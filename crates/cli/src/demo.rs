//! `xinyu demo`: the main job, for real, in one process: a platform and three connectors, each with its own database, keys and port, carry the ten
//! steps over HTTP. The story is told by a client of the management API; it asks for what is not there yet, so that a run that was cut off continues.

mod flow;
mod product;
mod progress;
mod report;
mod story;
pub(crate) mod world;

use std::path::PathBuf;

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
    runtime.block_on(perform(&context, options))
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
