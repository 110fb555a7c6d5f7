//! 语义模型 of our spaces: read through the platform, and kept here with their versions for the time when it is away. TC609-6-2025-11 §7.3.5; TC609-6-2025-01
//! §5.3.3.3 b.

pub mod mapping;

use xinyu_core::fault::Rejection;
use xinyu_discovery::glossary::Edition;
use xinyu_protocol::api::glossary::GlossaryEditions;
use xinyu_protocol::tc609::glossary::{Glossary, GlossaryAnswer, GlossaryEdition, GlossaryQuery};
use xinyu_shell::Failure;
use xinyu_shell::glossary::{Fetched, Glossaries, MOST};

use crate::app::Connector;
use crate::platform;

/// The status of an answer when the platform cannot be reached.
const UNREACHABLE: u16 = 502;

impl Glossaries for Connector {
    async fn newest(&self) -> Result<GlossaryEditions, Failure> {
        if let Some(answer) = ask(self, &GlossaryQuery::default()).await? {
            return Ok(GlossaryEditions { items: answer.editions, is_kept: false });
        }
        let kept = self.node.store.read("glossary.kept", |tx| {
            Box::pin(async move { xinyu_store::glossary::list(tx).await.map_err(Failure::from) })
        });
        Ok(GlossaryEditions { items: kept.await?, is_kept: true })
    }

    /// While the platform is away, those that are kept here.
    async fn editions(&self, space: &str) -> Result<GlossaryEditions, Failure> {
        let known = kept(self, space, "").await?.map(|edition| edition.said.digest);
        let query = GlossaryQuery { space_id: Some(space.to_owned()), known, version: None };
        if let Some(answer) = ask(self, &query).await? {
            take(self, answer.glossary).await?;
            return Ok(GlossaryEditions { items: answer.editions, is_kept: false });
        }
        let space = space.to_owned();
        let items = self.node.store.read("glossary.kept", move |tx| {
            Box::pin(async move { xinyu_store::glossary::editions(tx, &space, MOST).await.map_err(Failure::from) })
        });
        Ok(GlossaryEditions { items: items.await?, is_kept: true })
    }

    /// Asked for, unless it is the one that is kept here; as kept, while the platform is away.
    async fn fetch(&self, space: &str, version: &str) -> Result<Fetched, Failure> {
        let kept = kept(self, space, version).await?;
        let query = GlossaryQuery {
            space_id: Some(space.to_owned()),
            version: Some(version.to_owned()).filter(|version| !version.is_empty()),
            known: kept.as_ref().map(|edition| edition.said.digest.clone()),
        };
        let there = |kept: Option<Edition>, is_kept: bool| {
            let edition = kept.ok_or_else(|| unknown(space, version, is_kept))?;
            Ok::<_, Failure>(Fetched { edition, is_kept })
        };
        let Some(answer) = ask(self, &query).await? else { return there(kept, true) };
        match take(self, answer.glossary).await? {
            Some(edition) => Ok(Fetched { edition, is_kept: false }),
            None => there(kept, false),
        }
    }
}

/// Keeps what came, if it is what it says.
async fn take(connector: &Connector, came: Option<Glossary>) -> Result<Option<Edition>, Failure> {
    let Some(glossary) = came else { return Ok(None) };
    let edition = Edition::read(glossary.clone()).map_err(|error| Failure::broken(error.to_string()))?;
    let kept = connector.node.store.write("glossary.keep", move |tx| {
        Box::pin(async move { xinyu_store::glossary::keep(tx, &glossary).await.map_err(Failure::from) })
    });
    kept.await?;
    Ok(Some(edition))
}

/// What is kept here of a space.
async fn kept(connector: &Connector, space: &str, version: &str) -> Result<Option<Edition>, Failure> {
    let (space, version) = (space.to_owned(), version.to_owned());
    let found = connector.node.store.read("glossary.kept", move |tx| {
        Box::pin(async move {
            let found = match version.as_str() {
                "" => xinyu_store::glossary::newest(tx, &space).await?,
                version => xinyu_store::glossary::find(tx, &space, version).await?,
            };
            Ok::<_, Failure>(found)
        })
    });
    Ok(found.await?.map(Edition::read).transpose()?)
}

/// The platform's answer; nothing, while it cannot be reached.
async fn ask(connector: &Connector, query: &GlossaryQuery) -> Result<Option<GlossaryAnswer>, Failure> {
    match platform::ask(&connector.node, "/tc609/glossary", query).await {
        Ok(answer) => Ok(Some(answer)),
        Err(Failure::Rejected(refused)) if refused.status == UNREACHABLE => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Spaces that have one.
fn spaces(items: &[GlossaryEdition]) -> Vec<String> {
    items.iter().map(|one| one.space_id.clone()).collect()
}

fn unknown(space: &str, version: &str, is_away: bool) -> Rejection {
    let which = |words: &str| if version.is_empty() { String::new() } else { format!("{words}{version}") };
    let (zh, en) = if is_away {
        (
            format!("服务平台暂时无法连接，本地没有空间「{space}」的词汇表{}", which("版本 ")),
            format!("the platform cannot be reached, and no glossary of {space} is kept here{}", which(" in version ")),
        )
    } else {
        (
            format!("空间「{space}」没有词汇表{}", which("版本 ")),
            format!("space {space} has no glossary{}", which(" in version ")),
        )
    };
    Rejection::unknown("unknown-glossary", zh, en)
}
