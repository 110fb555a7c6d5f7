//! 目录汇聚, as members find it: what the platform reads of other catalogues for the spaces that they are in. TC609-6-2025-01 §5.2.2.4; NDI-TR-2025-06 §6.3 c.

use axum::extract::State;
use xinyu_protocol::tc609::harvest::HarvestedQuery;
use xinyu_shell::Failure;
use xinyu_shell::harvest::shelf;
use xinyu_shell::peer::{Answer, PeerCall};

use crate::app::Platform;
use crate::application::member;

/// `POST /tc609/harvested`, by any member.
///
/// # Errors
/// If the caller is not admitted, the question is none, or asks for a record that is not there for the caller.
pub async fn search(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let wanted: HarvestedQuery = call.parse()?;
    let connector = call.connector()?;
    let me = platform.node.store.read("harvest.asker", move |tx| Box::pin(async move { member(tx, &connector).await }));
    let spaces = me.await?.spaces.into_iter().collect();
    Answer::json(200, &shelf::find(&platform.node, wanted, spaces).await?)
}
