//! A form with one file: its fields, and the file within the bounds of a message.

use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use xinyu_protocol::problem::Problem;
use xinyu_protocol::text::Text;

/// A field has so many bytes at the most.
const FIELD_BYTES: usize = 4 << 10;
/// So many fields.
const FIELDS: usize = 32;

/// What a form with a file holds.
pub(crate) struct Upload<T> {
    /// The fields.
    pub(crate) fields: T,
    /// Name of the file, without folders.
    pub(crate) name: String,
    /// The file.
    pub(crate) bytes: Vec<u8>,
}

impl<T: DeserializeOwned> Upload<T> {
    /// Reads a form whose file has at most `most` bytes.
    ///
    /// # Errors
    /// If it is no such form, has no file, or one that is too large.
    pub(crate) async fn read(request: Request, most: usize) -> Result<Self, Problem> {
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
        let (mut fields, mut file) = (Map::new(), None);
        while let Some(field) = form.next_field().await.map_err(|_| unreadable())? {
            let key = field.name().unwrap_or_default().to_owned();
            if let Some(name) = field.file_name().map(plain) {
                file = Some((name, bounded(field, most).await?));
            } else {
                let text = String::from_utf8(bounded(field, FIELD_BYTES).await?).map_err(|_| unreadable())?;
                fields.insert(key, Value::String(text));
            }
            if fields.len() > FIELDS {
                return Err(unreadable());
            }
        }
        let (name, bytes) = file.filter(|(_, bytes)| !bytes.is_empty()).ok_or_else(|| {
            Problem::new(400, "no-file", Text::new("未选择文件，或文件为空", "no file was chosen, or it is empty"))
        })?;
        let fields = serde_json::from_value(Value::Object(fields)).map_err(|_| unreadable())?;
        Ok(Self { fields, name, bytes })
    }
}

/// Reads no more than it keeps.
async fn bounded(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(part) = field.chunk().await.map_err(|_| unreadable())? {
        if bytes.len().saturating_add(part.len()) > most {
            let kib = most >> 10;
            return Err(Problem::new(
                413,
                "file-too-large",
                Text::new(format!("文件超过 {kib} KiB"), format!("the file has more than {kib} KiB")),
            )
            .next(Text::new("请压缩或拆分后再上传", "compress it, or send it in parts")));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

fn plain(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(128).collect()
}

fn unreadable() -> Problem {
    Problem::new(400, "form", Text::new("无法读取上传的表单", "the form cannot be read"))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    struct Fields {
        kind: String,
    }

    async fn read(body: &[u8], most: usize) -> Result<(Fields, String, Vec<u8>), String> {
        let request = Request::builder()
            .header("content-type", "multipart/form-data; boundary=line")
            .body(Body::from(body.to_vec()))
            .unwrap();
        let read: Result<Upload<Fields>, _> = Upload::read(request, most).await;
        read.map(|upload| (upload.fields, upload.name, upload.bytes)).map_err(|problem| problem.code)
    }

    fn part(head: &str, text: &str) -> String {
        format!("--line\r\ncontent-disposition: form-data; {head}\r\n\r\n{text}\r\n")
    }

    #[tokio::test]
    async fn a_form_has_fields_and_one_file_within_bounds() {
        let kind = part("name=\"kind\"", "01");
        let file = |name: &str, text: &str| part(&format!("name=\"file\"; filename=\"{name}\""), text);
        let good = format!("{kind}{}--line--\r\n", file("../../etc/a.pdf", "%PDF-"));
        let fields = Fields { kind: "01".to_owned() };
        assert_eq!(read(good.as_bytes(), 5).await, Ok((fields, "a.pdf".to_owned(), b"%PDF-".to_vec())));
        for (body, most, expect) in [
            (good.clone(), 4, "file-too-large"),
            (format!("{kind}--line--\r\n"), 9, "no-file"),
            (format!("{kind}{}--line--\r\n", file("a.pdf", "")), 9, "no-file"),
            (format!("{}--line--\r\n", file("a.pdf", "x")), 9, "form"),
            (format!("{kind}{}", file("a.pdf", "x").trim_end()), 9, "form"),
            (format!("{}--line--\r\n", part("name=\"kind\"", &"1".repeat(5000))), 9, "file-too-large"),
        ] {
            assert_eq!(read(body.as_bytes(), most).await.unwrap_err(), expect, "{body}");
        }
    }
}
