//! `xinyu recover NAME --config FILE`: the way back into an account that nobody can open any more, for whoever runs the machine. The only command that
//! changes a database without the API: the API wants somebody who can log in. The node must stand still.

use std::path::{Path, PathBuf};

use xinyu_shell::keys::write_private;
use xinyu_shell::recovery;
use xinyu_store::{Store, StoreOptions};

use crate::config::{Config, NodeConfig};
use crate::init::password;
use crate::output::{Context, Failed};

/// Whose account, of which node.
#[derive(Debug, clap::Args)]
pub(crate) struct Recover {
    /// 用户名 / user name.
    name: String,
    /// 配置文件 / the configuration.
    #[arg(long)]
    config: PathBuf,
    /// 恢复连接器的账号（配置中同时有平台与连接器时） / the connector's account, where one configuration has both.
    #[arg(long)]
    connector: bool,
}

/// Runs the command.
pub(crate) fn run(context: &Context, asked: &Recover) -> Result<(), Failed> {
    let config = Config::read(&asked.config).map_err(|error| Failed::usage(format!("{error:#}")))?;
    let (platform, connector) =
        (config.platform.as_ref().map(|one| &one.node), config.connector.as_ref().map(|one| &one.node));
    let node = if asked.connector { connector } else { platform.or(connector) };
    let node = node.ok_or_else(|| {
        Failed::usage(context.say("配置中没有连接器", "there is no connector in the configuration").to_owned())
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let file = runtime.block_on(recover(context, &asked.name, node))?;
    if context.json {
        return context.print_json(&serde_json::json!({ "name": asked.name, "passwordFile": file }));
    }
    context.print(format!(
        "{} {}\n{}",
        context.say("账号已恢复，新初始密码写入：", "the account is open again; its new first password is in"),
        file.display(),
        context.say(
            "首次登录须修改密码并重新设置第二因素；此次恢复已写入审计日志与安全告警。登录后请删除该文件。",
            "it has to be changed at the next login, and the second factor set up anew; this stands in the audit log and among the alerts. Delete the file then."
        )
    ));
    Ok(())
}

async fn recover(context: &Context, name: &str, node: &NodeConfig) -> Result<PathBuf, Failed> {
    if is_answering(node).await {
        return Err(Failed::from(context.say(
            "节点仍在运行：请先停止该节点，再恢复账号",
            "the node is running: stop it first, then recover the account",
        )));
    }
    let file = Path::new(&node.data_dir).join(format!("recovered-{}", plain(name)));
    if file.exists() {
        std::fs::remove_file(&file)?;
    }
    let secret = password()?;
    write_private(&file, secret.as_bytes())?;
    let store = Store::open(&node.database, StoreOptions::default()).await?;
    let done = recovery::recover(&store, name, secret).await;
    store.close().await;
    if let Err(failure) = done {
        std::fs::remove_file(&file)?;
        return Err(Failed::from(context.text(&failure.problem().title)));
    }
    Ok(file)
}

/// Whether something listens where the node would.
async fn is_answering(node: &NodeConfig) -> bool {
    tokio::net::TcpStream::connect(node.listen).await.is_ok()
}

/// A name as part of the name of a file.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).collect()
}
