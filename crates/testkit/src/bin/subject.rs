//! The connector under test as a program, for the official kits: `subject KIT-ADDRESS` prints one line of JSON, `{"dsp": {key: value…}, "dps": {…}, …}` with
//! what each kit must be told, and runs until its standard input ends.

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::Context as _;
use serde_json::json;
use tracing_subscriber::EnvFilter;
use xinyu_testkit::subject::Subject;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let kit = std::env::args().nth(1).context("usage: subject KIT-ADDRESS")?;
    let folder = tempfile::tempdir()?;
    let subject = Subject::start(folder.path(), &kit).await?;
    let told = |pairs: Vec<(String, String)>| pairs.into_iter().collect::<BTreeMap<_, _>>();
    let [holder, issuer, verifier] = subject.dcp_properties()?;
    let properties = json!({ "dsp": told(subject.dsp_properties()?), "dps": told(subject.dps_properties()?) ,
        "dcp.holder": told(holder), "dcp.issuer": told(issuer), "dcp.verifier": told(verifier) });
    let mut out = std::io::stdout();
    writeln!(out, "{properties}")?;
    out.flush()?;
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    subject.stop().await;
    Ok(())
}
