//! `xinyu serve --config FILE`: platform, connector, or both, until the process is told to stop.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::output::{Context, Failed};
use crate::run;

/// Runs until SIGINT or SIGTERM.
pub(crate) fn run(context: &Context, path: &Path) -> Result<(), Failed> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("XINYU_LOG").unwrap_or_else(|_| "info,sqlx=warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let config = Config::read(path).map_err(|error| Failed::usage(format!("{error:#}")))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(context, &config))
}

async fn serve(context: &Context, config: &Config) -> Result<(), Failed> {
    let stop = CancellationToken::new();
    let mut running = Vec::new();
    if let Some(platform) = &config.platform {
        running.push(run::platform(platform, stop.clone()).await?);
    }
    if let Some(connector) = &config.connector {
        running.push(run::connector(connector, stop.clone()).await?);
    }
    for one in &running {
        context.print(format!(
            "{} {} http://{}/",
            one.node.name,
            context.say("已就绪", "is ready at"),
            one.serving.address()
        ));
    }
    let failed = tokio::select! {
        told = told_to_stop() => told.map(|()| None)?,
        why = run::failed(&running) => Some(why),
    };
    stop.cancel();
    for one in running {
        one.serving.stopped().await;
        xinyu_shell::run_log::stopped(&one.node).await;
        one.node.store.close().await;
    }
    match failed {
        Some(why) => Err(anyhow::anyhow!("the disk failed, start again once it is well: {why}").into()),
        None => Ok(()),
    }
}

/// Waits for SIGINT or SIGTERM.
pub(crate) async fn told_to_stop() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}
