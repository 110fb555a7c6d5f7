//! 语义模型 at the platform: the operator publishes the vocabulary of a space, version by version; every version stays readable and is told apart from the one
//! before, by the questions of the shell. TC609-6-2025-11 §7.3.5; TC609-6-2025-01 §5.3.3.3 b.

pub mod peer;

use axum::Json;
use axum::extract::{Path, State};
use xinyu_core::fault::Rejection;
use xinyu_discovery::glossary::{self, Edition, Vocabulary, edition};
use xinyu_discovery::metadata::Loss;
use xinyu_http::json::StrictJson;
use xinyu_protocol::api::glossary::{GlossaryDifference, GlossaryEditions, GlossaryPublished, NewGlossary};
use xinyu_protocol::api::metadata::MetadataLoss;
use xinyu_protocol::tc609::glossary::Glossary;
use xinyu_shell::glossary::{Fetched, Glossaries, MOST};
use xinyu_shell::user::Person;
use xinyu_shell::{Failure, effect};
use xinyu_store::audit::Happened;
use xinyu_store::{Topic, Tx};

use crate::app::Platform;

impl Glossaries for Platform {
    async fn newest(&self) -> Result<GlossaryEditions, Failure> {
        let items = self.node.store.read("glossary.list", move |tx| {
            Box::pin(async move { xinyu_store::glossary::list(tx).await.map_err(Failure::from) })
        });
        Ok(GlossaryEditions { items: items.await?, is_kept: false })
    }

    async fn editions(&self, space: &str) -> Result<GlossaryEditions, Failure> {
        let space = space.to_owned();
        let items = self.node.store.read("glossary.versions", move |tx| {
            Box::pin(async move { xinyu_store::glossary::editions(tx, &space, MOST).await.map_err(Failure::from) })
        });
        Ok(GlossaryEditions { items: items.await?, is_kept: false })
    }

    async fn fetch(&self, space: &str, version: &str) -> Result<Fetched, Failure> {
        let (space, version) = (space.to_owned(), version.to_owned());
        let found =
            self.node.store.read("glossary.find", move |tx| Box::pin(async move { find(tx, &space, &version).await }));
        Ok(Fetched { edition: Edition::read(found.await?)?, is_kept: false })
    }
}

/// `POST /api/v1/glossaries/{space}`: a version that takes the place of the one before, or the vocabulary to begin with.
///
/// # Errors
/// If there is no such space; everything that is wrong with the vocabulary; that its version was published with other terms.
pub async fn publish(
    State(platform): State<Platform>,
    Path(space): Path<String>,
    person: Person,
    body: StrictJson<NewGlossary>,
) -> Result<Json<GlossaryPublished>, Failure> {
    let new = body.value;
    let (vocabulary, lost, note) = tokio::task::spawn_blocking(move || {
        let (vocabulary, lost) = take(&new)?;
        Ok::<_, Failure>((vocabulary, lost, new.note))
    })
    .await
    .map_err(Failure::broken)??;
    let this = platform.clone();
    let done = platform.node.store.write("glossary.publish", move |tx| {
        Box::pin(async move {
            if xinyu_store::space::find(tx, &space).await?.is_none() {
                let (zh, en) = (format!("没有空间「{space}」"), format!("there is no space {space}"));
                return Err(Rejection::unknown("unknown-space", zh, en).into());
            }
            let newest = xinyu_store::glossary::newest(tx, &space).await?.map(Edition::read).transpose()?;
            let is_taken = xinyu_store::glossary::find(tx, &space, &vocabulary.version).await?.is_some();
            let published = edition::publish(vocabulary, (&space, &note), newest.as_ref(), is_taken, tx.now())?;
            let Some((edition, difference, record)) = published else {
                let edition = newest.map(|newest| newest.said).ok_or_else(|| unknown(&space, ""))?;
                let version = edition.version.clone();
                let difference =
                    GlossaryDifference { from: version.clone(), to: version, ..GlossaryDifference::default() };
                return Ok(GlossaryPublished { edition, difference, lost: told(lost) });
            };
            if !xinyu_store::glossary::insert(tx, &edition.glossary()?).await? {
                let (zh, en) = ("另一人刚发布了新版本，请重试", "somebody else has just published a version");
                return Err(Rejection::conflict("glossary-meanwhile", zh, en).into());
            }
            effect::apply(&this.node, tx, vec![record]).await?;
            let said = edition.said;
            let happened = person.happened("glossary.publish", &space, "done");
            let happened = Happened { detail: format!("{} ({} terms)", said.version, said.terms), ..happened };
            xinyu_store::audit::append(tx, &happened).await?;
            tx.signal(Topic::Catalog);
            Ok::<_, Failure>(GlossaryPublished { edition: said, difference, lost: told(lost) })
        })
    });
    Ok(Json(done.await?))
}

/// What is to be published.
fn take(new: &NewGlossary) -> Result<(Vocabulary, Vec<Loss>), Rejection> {
    match (&new.document, new.starter) {
        (Some(document), false) => edition::take(document),
        (None, true) => Ok((glossary::starter(), Vec::new())),
        _ => {
            let (zh, en) =
                ("请给出词汇表，或选用起步词汇表", "give a vocabulary, or take the one to begin with, and not both");
            Err(Rejection::bad("glossary-source", zh, en).clause("/document"))
        }
    }
}

fn told(lost: Vec<Loss>) -> Vec<MetadataLoss> {
    let one = |loss: Loss| MetadataLoss { path: loss.path, manner: loss.manner.as_str().to_owned(), text: loss.text };
    lost.into_iter().map(one).collect()
}

/// A version of a space, or its newest.
async fn find(tx: &mut Tx, space: &str, version: &str) -> Result<Glossary, Failure> {
    let found = match version {
        "" => xinyu_store::glossary::newest(tx, space).await?,
        version => xinyu_store::glossary::find(tx, space, version).await?,
    };
    found.ok_or_else(|| unknown(space, version).into())
}

/// There is none, or none of this version.
fn unknown(space: &str, version: &str) -> Rejection {
    let (zh, en) = if version.is_empty() {
        (format!("空间「{space}」没有词汇表"), format!("space {space} has no glossary"))
    } else {
        (
            format!("空间「{space}」的词汇表没有版本 {version}"),
            format!("the glossary of {space} has no version {version}"),
        )
    };
    Rejection::unknown("unknown-glossary", zh, en)
}
