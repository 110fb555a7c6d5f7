//! Vocabularies as members' connectors read them: of the spaces that they are in, and nothing of others. TC609-6-2025-01 §5.3.3.3 b.

use axum::extract::State;
use xinyu_protocol::tc609::glossary::{GlossaryAnswer, GlossaryQuery};
use xinyu_shell::Failure;
use xinyu_shell::glossary::MOST;
use xinyu_shell::peer::{Answer, PeerCall};

use super::{find, unknown};
use crate::app::Platform;
use crate::application::member;

/// `POST /tc609/glossary`: a version that the caller does not have, and which there are.
///
/// # Errors
/// If the caller is not in the space, or it has no such version.
pub async fn read(State(platform): State<Platform>, call: PeerCall) -> Result<Answer, Failure> {
    let query: GlossaryQuery = call.parse()?;
    let by = call.connector()?;
    let answer = platform.node.store.read("glossary.read", move |tx| {
        Box::pin(async move {
            let me = member(tx, &by).await?;
            let Some(space) = query.space_id else {
                let mut editions = xinyu_store::glossary::list(tx).await?;
                editions.retain(|one| me.spaces.contains(&one.space_id));
                return Ok::<_, Failure>(GlossaryAnswer { glossary: None, editions });
            };
            if !me.spaces.contains(&space) {
                return Err(unknown(&space, "").into());
            }
            let found = find(tx, &space, query.version.as_deref().unwrap_or_default()).await?;
            let is_new = query.known.as_ref() != Some(&found.edition.digest);
            let editions = xinyu_store::glossary::editions(tx, &space, MOST).await?;
            Ok(GlossaryAnswer { glossary: is_new.then_some(found), editions })
        })
    });
    Answer::json(200, &answer.await?)
}
