//! A catalogue that is handed in as a file: a new source, or in the place of the file before.

use axum::extract::{Path, Request};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;
use xinyu_protocol::api::harvest::{HarvestFile, HarvestInfo};

use super::{HarvestForm, render, render_one};
use crate::fault::Fault;
use crate::upload::Upload;
use crate::visitor::{Visitor, escape};

/// What a message holds, when the file is in Base64.
const FILE_BYTES: usize = 700 << 10;

/// What goes with a file.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    title: String,
    format: String,
    space: String,
}

/// `POST /harvests/file`: a new source.
pub(crate) async fn hand_in(visitor: Visitor, request: Request) -> Result<Response, Fault> {
    let upload: Upload<Fields> = match Upload::read(request, FILE_BYTES).await {
        Ok(upload) => upload,
        Err(problem) => {
            let told = Fault::in_form(&visitor.page, problem).above_form()?;
            return render(&visitor, HarvestForm::empty(), Some(told)).await;
        }
    };
    let Fields { title, format, space } = upload.fields;
    let file = HarvestFile {
        title: title.trim().to_owned(),
        format: format.clone(),
        space_id: space.clone(),
        name: upload.name,
        content: STANDARD.encode(upload.bytes),
        ..HarvestFile::default()
    };
    match visitor.post::<_, HarvestInfo>("/harvests/file", &file).await {
        Ok(made) => Ok(visitor.go(&format!("/harvests/{}", escape(&made.harvest_id)), "harvest-handed-in")),
        Err(fault) => {
            let form =
                HarvestForm { file_title: title, file_format: format, file_space: space, ..HarvestForm::empty() };
            render(&visitor, form, Some(fault.above_form()?)).await
        }
    }
}

/// `POST /harvests/{id}/file`: in the place of the file before.
pub(crate) async fn replace(visitor: Visitor, Path(id): Path<String>, request: Request) -> Result<Response, Fault> {
    match send(&visitor, &id, request).await {
        Ok(()) => Ok(visitor.go(&format!("/harvests/{}", escape(&id)), "harvest-handed-in")),
        Err(fault) => render_one(&visitor, &id, None, Some(fault.above_form()?)).await,
    }
}

async fn send(visitor: &Visitor, id: &str, request: Request) -> Result<(), Fault> {
    let upload: Upload<IgnoredAny> =
        Upload::read(request, FILE_BYTES).await.map_err(|problem| Fault::in_form(&visitor.page, problem))?;
    let content = STANDARD.encode(upload.bytes);
    let file = HarvestFile { harvest_id: id.to_owned(), name: upload.name, content, ..HarvestFile::default() };
    visitor.post::<_, HarvestInfo>("/harvests/file", &file).await.map(drop)
}
