//! 语义模型: the vocabulary of a space with its versions and how they differ; at a platform published, at a connector read, and what the columns of a resource
//! mean by it. TC609-6-2025-11 §7.3.5.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, Request};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use xinyu_protocol::api::glossary::{
    GlossaryDifference, GlossaryEdition, GlossaryEditions, GlossaryInfo, GlossaryPublished, GlossaryTerm, NewGlossary,
    TermDecision,
};
use xinyu_protocol::api::{List, SpaceInfo};
use xinyu_protocol::text::Text;

use crate::fault::{Fault, Told};
use crate::form::{query, read};
use crate::page::Page;
use crate::upload::Upload;
use crate::visitor::{Visitor, escape};

/// What a message holds.
const FILE_BYTES: usize = 1020 << 10;
/// Terms that a page shows.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "glossary.html")]
struct GlossaryPage {
    page: Page,
    /// Spaces that have one, or may have one.
    spaces: Vec<String>,
    asked: AskedForm,
    shown: Option<Shown>,
    note: String,
    told: Option<Told>,
}

/// Which version is looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct AskedForm {
    space: String,
    version: String,
    from: String,
    q: String,
}

/// A version, as far as a page shows it.
struct Shown {
    edition: GlossaryEdition,
    is_kept: bool,
    terms: Vec<Term>,
    found: usize,
    versions: Vec<GlossaryEdition>,
    difference: Option<GlossaryDifference>,
}

/// A term, as a page shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Term {
    id: String,
    #[serde(deserialize_with = "text")]
    name: Text,
    #[serde(default)]
    synonyms: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    definition: Text,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    codes: Vec<Value>,
}

/// Words of which one language may be missing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Words {
    zh: String,
    en: String,
}

/// What is missing in one language is said in the other.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Text, D::Error> {
    let Words { zh, en } = Words::deserialize(from)?;
    let or = |words: &String, other: &String| if words.is_empty() { other.clone() } else { words.clone() };
    Ok(Text::new(or(&zh, &en), or(&en, &zh)))
}

impl Term {
    fn says(&self, word: &str) -> bool {
        let said = [&self.id, &self.name.zh, &self.name.en, &self.definition.zh, &self.definition.en];
        said.into_iter().chain(&self.synonyms).any(|text| text.to_lowercase().contains(word))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Vocabulary {
    terms: Vec<Term>,
}

impl GlossaryPage {
    /// What changed, with the word for it.
    fn changes<'a>(&self, difference: &'a GlossaryDifference) -> Vec<(&'static str, String, &'a GlossaryTerm)> {
        let sides = [
            ("good", "added", &difference.added),
            ("wait", "changed", &difference.changed),
            ("bad", "removed", &difference.removed),
        ];
        let told = |(tone, word, terms): (&'static str, &str, &'a Vec<GlossaryTerm>)| {
            let word = self.page.word("glossary-change", word);
            terms.iter().map(move |term| (tone, word.clone(), term)).collect::<Vec<_>>()
        };
        sides.into_iter().flat_map(told).collect()
    }

    fn is_choosable(&self) -> bool {
        self.spaces.len() > 1
    }
}

/// `GET /glossary?space=&version=&from=&q=`.
pub(crate) async fn show(visitor: Visitor, Query(asked): Query<AskedForm>) -> Result<Response, Fault> {
    render(&visitor, asked, String::new(), None).await
}

async fn render(visitor: &Visitor, mut asked: AskedForm, note: String, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("glossary");
    let there: GlossaryEditions = visitor.get("/glossaries").await?;
    let spaces: Vec<String> = if page.may("glossary.publish") && page.may("space.list") {
        let all = visitor.get::<List<SpaceInfo>>("/spaces").await?.items;
        all.into_iter().map(|space| space.space_id).collect()
    } else {
        there.items.iter().map(|one| one.space_id.clone()).collect()
    };
    if asked.space.is_empty() {
        let first = there.items.first().map(|one| one.space_id.clone());
        asked.space = first.or_else(|| spaces.first().cloned()).unwrap_or_default();
    }
    let shown = if there.items.iter().any(|one| one.space_id == asked.space) {
        Some(look(visitor, &asked).await?)
    } else {
        None
    };
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&GlossaryPage { page, spaces, asked, shown, note, told }, status))
}

async fn look(visitor: &Visitor, asked: &AskedForm) -> Result<Shown, Fault> {
    let path = format!("/glossaries/{}", escape(&asked.space));
    let info: GlossaryInfo = visitor.get(&with(&path, &[("version", &asked.version)])).await?;
    let versions: GlossaryEditions = visitor.get(&format!("{path}/versions")).await?;
    let edition = info.glossary.edition;
    // While the platform is away an earlier version may not be kept here: then there is nothing to compare with.
    let pair = [("from", asked.from.as_str()), ("to", &edition.version)];
    let difference = match edition.number {
        1 => None,
        _ => visitor.try_get(&with(&format!("{path}/difference"), &pair)).await.ok(),
    };
    let words = asked.q.to_lowercase();
    let mut terms = Vocabulary::deserialize(&info.glossary.vocabulary).unwrap_or_default().terms;
    terms.retain(|term| words.split_whitespace().all(|word| term.says(word)));
    let found = terms.len();
    terms.truncate(SHOWN);
    Ok(Shown { edition, is_kept: info.is_kept, terms, found, versions: versions.items, difference })
}

/// A path with a query.
pub(crate) fn with(path: &str, fields: &[(&str, &str)]) -> String {
    match query(fields, &[]).as_str() {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// What goes with a file.
#[derive(Deserialize)]
struct Fields {
    space: String,
    #[serde(default)]
    note: String,
}

/// `POST /glossary`: publishes a file.
pub(crate) async fn publish(visitor: Visitor, request: Request) -> Result<Response, Fault> {
    let upload: Upload<Fields> = match Upload::read(request, FILE_BYTES).await {
        Ok(upload) => upload,
        Err(problem) => {
            let told = Fault::in_form(&visitor.page, problem).above_form()?;
            return render(&visitor, AskedForm::default(), String::new(), Some(told)).await;
        }
    };
    let Fields { space, note } = upload.fields;
    let sent = async {
        let text = String::from_utf8_lossy(&upload.bytes);
        let document: Value = read(&visitor.page("glossary"), "glossary-file", text.trim_start_matches('\u{feff}'))?;
        let body = NewGlossary { document: Some(document), note: note.trim().to_owned(), ..NewGlossary::default() };
        visitor.post::<_, GlossaryPublished>(&format!("/glossaries/{}", escape(&space)), &body).await
    };
    match sent.await {
        Ok(done) => Ok(visitor.go(&address(&done.edition), "glossary-published")),
        Err(fault) => {
            let asked = AskedForm { space, ..AskedForm::default() };
            render(&visitor, asked, note, Some(fault.above_form()?)).await
        }
    }
}

/// For which space.
#[derive(Deserialize)]
pub(crate) struct StarterForm {
    space: String,
}

/// `POST /glossary/starter`: takes the vocabulary to begin with.
pub(crate) async fn starter(visitor: Visitor, Form(form): Form<StarterForm>) -> Result<Response, Fault> {
    let body = NewGlossary { starter: true, ..NewGlossary::default() };
    match visitor.post::<_, GlossaryPublished>(&format!("/glossaries/{}", escape(&form.space)), &body).await {
        Ok(done) => Ok(visitor.go(&address(&done.edition), "glossary-published")),
        Err(fault) => {
            let asked = AskedForm { space: form.space, ..AskedForm::default() };
            render(&visitor, asked, String::new(), Some(fault.above_form()?)).await
        }
    }
}

fn address(edition: &GlossaryEdition) -> String {
    with("/glossary", &[("space", &edition.space_id)])
}

/// `GET /glossary/skos?space=&version=`: a version, as a file.
pub(crate) async fn skos(visitor: Visitor, Query(asked): Query<AskedForm>) -> Result<Response, Fault> {
    let path = format!("/glossaries/{}/skos", escape(&asked.space));
    let bytes = visitor.get_bytes(&with(&path, &[("version", &asked.version)])).await?;
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = format!("{}-{}", asked.space, asked.version).chars().filter(is_plain).collect();
    let headers = [
        (CONTENT_TYPE, "application/ld+json".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.skos.jsonld\"")),
    ];
    Ok((headers, bytes).into_response())
}

/// What is decided of a column: one of the suggestions, another term, or none.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TermForm {
    space: String,
    column: String,
    term: String,
    other: String,
    remove: String,
}

impl TermForm {
    fn decision(self) -> TermDecision {
        let term = match (self.remove.as_str(), self.term.as_str()) {
            ("yes", _) => String::new(),
            (_, "") => self.other.trim().to_owned(),
            (_, term) => term.to_owned(),
        };
        TermDecision { space_id: self.space, column: self.column, term }
    }
}

/// `POST /resources/{name}/terms`.
pub(crate) async fn map(
    visitor: Visitor,
    Path(name): Path<String>,
    Form(form): Form<TermForm>,
) -> Result<Response, Fault> {
    let path = format!("/resources/{}", escape(&name));
    let (space, decision) = (form.space.clone(), form.decision());
    match visitor.post::<_, IgnoredAny>(&format!("{path}/terms"), &decision).await {
        Ok(_) => Ok(visitor.go(&with(&path, &[("space", &space)]), "term")),
        Err(fault) => super::resource_detail::again(&visitor, &name, &space, fault.above_form()?).await,
    }
}
