//! `xinyu registration show|apply|leave`: a connector's registration with its platform, by the management API.

use clap::Subcommand;
use serde_json::json;
use xinyu_protocol::api::connector::RegistrationInfo;
use xinyu_protocol::tc609::participant::Leave;

use crate::client::{Asked, ask};
use crate::output::{Context, Failed};

/// What can be done with a registration.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// 查看注册状态 / where it stands.
    Show,
    /// 提交注册；已注册时提交变更 / register; when registered, ask for what changed.
    Apply,
    /// 注销；须先了结业务、注销经办人 / leave; business and operators end first.
    Leave {
        /// 理由 / why.
        #[arg(default_value = "")]
        reason: String,
    },
}

const PATH: &str = "/api/v1/registration";

/// Runs a verb.
pub(crate) fn run(context: &Context, asked: &Asked<Verb>) -> Result<(), Failed> {
    let access = &asked.access;
    let info: RegistrationInfo = match &asked.verb {
        Verb::Show => ask(context, access, async |client| client.get(PATH).await)?,
        Verb::Apply => ask(context, access, async |client| client.post(PATH, &json!({})).await)?,
        Verb::Leave { reason } => {
            let (path, body) = (format!("{PATH}/departure"), Leave { reason: reason.clone() });
            ask(context, access, async |client| client.post(&path, &body).await)?
        }
    };
    if context.json {
        return context.print_json(&info);
    }
    let id = info.connector_id.unwrap_or_default();
    context.print(format!("{id}  {}  {}", context.word("registration", &info.state), info.note));
    Ok(())
}
