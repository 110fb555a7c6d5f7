//! 目录汇聚: other catalogues that this node reads, how each was read last, and what is found in them.

pub(crate) mod file;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::connector::PartnerInfo;
use xinyu_protocol::api::harvest::{
    HarvestChange, HarvestInfo, HarvestList, HarvestReport, HarvestRequest, HarvestRun, HarvestedInfo, HarvestedPage,
};
use xinyu_protocol::api::{List, SpaceInfo};

use crate::fault::{Fault, Told};
use crate::form::{query, whole};
use crate::page::Page;
use crate::visitor::{Visitor, escape};

/// The formats that other catalogues are read in.
const FORMATS: [&str; 4] = ["dcat", "dsp", "ckan", "ndi-06"];

#[derive(Template)]
#[template(path = "harvests.html")]
struct HarvestsPage {
    page: Page,
    harvests: Vec<HarvestInfo>,
    spaces: Vec<SpaceInfo>,
    partners: Vec<PartnerInfo>,
    form: HarvestForm,
    told: Option<Told>,
}

/// A catalogue to be read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct HarvestForm {
    title: String,
    address: String,
    format: String,
    partner: String,
    space: String,
    hours: String,
    token: String,
    /// What was said of a file that was not taken.
    #[serde(skip)]
    file_title: String,
    #[serde(skip)]
    file_format: String,
    #[serde(skip)]
    file_space: String,
}

impl HarvestForm {
    /// As it is at first.
    fn empty() -> Self {
        Self { hours: "24".to_owned(), ..Self::default() }
    }

    fn request(&self, page: &Page) -> Result<HarvestRequest, Fault> {
        Ok(HarvestRequest {
            title: self.title.trim().to_owned(),
            address: self.address.trim().to_owned(),
            format: self.format.clone(),
            partner: self.partner.clone(),
            space_id: self.space.clone(),
            every_hours: hours(page, &self.hours)?,
            token: Some(self.token.trim().to_owned()).filter(|token| !token.is_empty()),
        })
    }
}

/// Every how many hours; nothing is never.
fn hours(page: &Page, said: &str) -> Result<u32, Fault> {
    Ok(u32::try_from(whole(page, "harvest-every", said)?.unwrap_or_default()).unwrap_or(u32::MAX))
}

/// `GET /harvests`.
pub(crate) async fn list(visitor: Visitor) -> Result<Response, Fault> {
    render(&visitor, HarvestForm::empty(), None).await
}

async fn render(visitor: &Visitor, form: HarvestForm, told: Option<Told>) -> Result<Response, Fault> {
    let page = visitor.page("harvested");
    let harvests = visitor.get::<HarvestList>("/harvests").await?.items;
    let (mut spaces, mut partners) = (Vec::new(), Vec::new());
    if page.may("harvest.add") || page.may("harvest.file") {
        if page.may("space.list") {
            spaces = visitor.get::<List<SpaceInfo>>("/spaces").await?.items;
        }
        if page.may("partner.list") {
            partners = visitor.get::<List<PartnerInfo>>("/partners").await?.items;
        }
    }
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&HarvestsPage { page, harvests, spaces, partners, form, told }, status))
}

/// `POST /harvests`.
pub(crate) async fn add(visitor: Visitor, Form(form): Form<HarvestForm>) -> Result<Response, Fault> {
    let page = visitor.page("harvested");
    let added = async { visitor.post::<_, HarvestInfo>("/harvests", &form.request(&page)?).await };
    match added.await {
        Ok(made) => Ok(visitor.go(&format!("/harvests/{}", escape(&made.harvest_id)), "harvest")),
        // What opens a source does not come back.
        Err(fault) => render(&visitor, HarvestForm { token: String::new(), ..form }, Some(fault.above_form()?)).await,
    }
}

#[derive(Template)]
#[template(path = "harvest.html")]
struct HarvestPage {
    page: Page,
    info: HarvestInfo,
    form: ChangeForm,
    told: Option<Told>,
}

impl HarvestPage {
    /// How far it is read, of a hundred, where its source says how many records it has.
    fn percent(&self) -> Option<u64> {
        let progress = self.info.progress?;
        progress.records.saturating_mul(100).checked_div(progress.total?).map(|percent| percent.min(100))
    }

    fn last(&self) -> Option<&HarvestReport> {
        self.info.last.as_ref()
    }
}

/// What is to be otherwise.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChangeForm {
    title: String,
    hours: String,
    token: String,
}

/// `GET /harvests/{id}`.
pub(crate) async fn show(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    render_one(&visitor, &id, None, None).await
}

async fn render_one(
    visitor: &Visitor,
    id: &str,
    form: Option<ChangeForm>,
    told: Option<Told>,
) -> Result<Response, Fault> {
    let info: HarvestInfo = visitor.get(&format!("/harvests/{}", escape(id))).await?;
    let form = form.unwrap_or_else(|| ChangeForm {
        title: info.title.clone(),
        hours: info.every_hours.to_string(),
        token: String::new(),
    });
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&HarvestPage { page: visitor.page("harvested"), info, form, told }, status))
}

/// `POST /harvests/{id}`.
pub(crate) async fn change(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, Fault> {
    let path = format!("/harvests/{}", escape(&id));
    let page = visitor.page("harvested");
    let changed = async {
        let change = HarvestChange {
            title: Some(form.title.trim().to_owned()),
            every_hours: Some(hours(&page, &form.hours)?),
            token: Some(form.token.trim().to_owned()).filter(|token| !token.is_empty()),
            paused: None,
        };
        visitor.post::<_, IgnoredAny>(&path, &change).await
    };
    match changed.await {
        Ok(_) => Ok(visitor.go(&path, "harvest-changed")),
        Err(fault) => {
            let form = ChangeForm { token: String::new(), ..form };
            render_one(&visitor, &id, Some(form), Some(fault.above_form()?)).await
        }
    }
}

/// `POST /harvests/{id}/pause` and `POST /harvests/{id}/resume`.
async fn pause(visitor: Visitor, id: String, paused: bool) -> Result<Response, Fault> {
    let path = format!("/harvests/{}", escape(&id));
    let change = HarvestChange { paused: Some(paused), ..HarvestChange::default() };
    match visitor.post::<_, IgnoredAny>(&path, &change).await {
        Ok(_) => Ok(visitor.go(&path, if paused { "harvest-paused" } else { "harvest-resumed" })),
        Err(fault) => render_one(&visitor, &id, None, Some(fault.above_form()?)).await,
    }
}

/// `POST /harvests/{id}/pause`.
pub(crate) async fn stop(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    pause(visitor, id, true).await
}

/// `POST /harvests/{id}/resume`.
pub(crate) async fn resume(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    pause(visitor, id, false).await
}

/// How it is read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RunForm {
    whole: String,
}

/// `POST /harvests/{id}/run`.
pub(crate) async fn run(
    visitor: Visitor,
    Path(id): Path<String>,
    Form(form): Form<RunForm>,
) -> Result<Response, Fault> {
    let path = format!("/harvests/{}", escape(&id));
    let run = HarvestRun { whole: !form.whole.is_empty() };
    match visitor.post::<_, IgnoredAny>(&format!("{path}/run"), &run).await {
        Ok(_) => Ok(visitor.go(&path, "harvest-run")),
        Err(fault) => render_one(&visitor, &id, None, Some(fault.above_form()?)).await,
    }
}

/// `POST /harvests/{id}/removal`.
pub(crate) async fn remove(visitor: Visitor, Path(id): Path<String>) -> Result<Response, Fault> {
    let path = format!("/harvests/{}/removal", escape(&id));
    match visitor.post::<_, IgnoredAny>(&path, &()).await {
        Ok(_) => Ok(visitor.go("/harvests", "harvest-removed")),
        Err(fault) => render_one(&visitor, &id, None, Some(fault.above_form()?)).await,
    }
}

#[derive(Template)]
#[template(path = "harvested.html")]
struct HarvestedListPage {
    page: Page,
    asked: AskedForm,
    found: HarvestedPage,
    told: Option<Told>,
}

impl HarvestedListPage {
    fn link(&self, source: &str, after: &str) -> String {
        let asked = query(&[("of", &self.asked.of), ("q", &self.asked.q), ("source", source), ("after", after)], &[]);
        format!("/harvested?{asked}")
    }
}

/// What is looked for, and whether in what the platform reads.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct AskedForm {
    q: String,
    source: String,
    after: String,
    of: String,
}

impl AskedForm {
    fn place(&self) -> &'static str {
        if self.of == "platform" { "/platform/harvested" } else { "/harvested" }
    }
}

/// `GET /harvested?q=&source=&of=&after=`.
pub(crate) async fn search(visitor: Visitor, Query(asked): Query<AskedForm>) -> Result<Response, Fault> {
    let page = visitor.page("harvested");
    let words = query(&[("q", &asked.q), ("source", &asked.source), ("after", &asked.after)], &[]);
    let path = if words.is_empty() { asked.place().to_owned() } else { format!("{}?{words}", asked.place()) };
    let (found, told) = match visitor.get::<HarvestedPage>(&path).await {
        Ok(found) => (found, None),
        Err(fault) => (HarvestedPage::default(), Some(fault.above_form()?)),
    };
    let status = told.as_ref().map(Told::status);
    Ok(visitor.show_form(&HarvestedListPage { page, asked, found, told }, status))
}

#[derive(Template)]
#[template(path = "harvested_record.html")]
struct RecordPage {
    page: Page,
    info: HarvestedInfo,
    whole: String,
    of: String,
}

/// `GET /harvested/{id}?of=`.
pub(crate) async fn record(
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<AskedForm>,
) -> Result<Response, Fault> {
    let info: HarvestedInfo = visitor.get(&format!("{}/{}", asked.place(), escape(&id))).await?;
    let whole = info.record.as_ref().map(|record| format!("{record:#}")).unwrap_or_default();
    Ok(visitor.show(&RecordPage { page: visitor.page("harvested"), info, whole, of: asked.of }))
}
