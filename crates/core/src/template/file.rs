//! A template as a file that another platform reads. TC609-6-2025-15 §7.2.2.1 f. Pure: what signs, and what checks a signature, is the shell's.

use xinyu_crypto::{ForeignJws, Suite};
use xinyu_protocol::json::canonical;
use xinyu_protocol::tc609::template::{ExportedTemplate, Template, TemplateFile};

use super::CLAUSE;
use crate::fault::Rejection;

/// The form of the file.
pub const FORMAT: &str = "xinyu-template-1";

/// What the signature is, so that it is taken for nothing else.
pub const TYPE: &str = "xinyu-template+jwt";

/// What is signed, in its canonical form and with its digest.
///
/// # Errors
/// If it has no canonical form.
pub fn export(issuer: &str, template: &Template) -> Result<(ExportedTemplate, Vec<u8>, String), Rejection> {
    let exported =
        ExportedTemplate { format: FORMAT.to_owned(), issuer: issuer.to_owned(), template: template.clone() };
    let bytes = canonical(&exported).map_err(|error| Rejection::unwritable(&error.to_string()))?;
    let digest = Suite::Intl.hash(&bytes).to_string();
    Ok((exported, bytes, digest))
}

/// That a file is whole: its digest is that of what it says, and what it says is what was signed. By whom is to be checked with the signer's key.
///
/// # Errors
/// Naming what does not go together.
pub fn read_file(file: &TemplateFile) -> Result<ForeignJws, Rejection> {
    let tampered = |at: &str, zh: &str, en: &str| {
        Err(Rejection::bad(
            "template-tampered",
            format!("模板文件无效：{zh}"),
            format!("the template file is not good: {en}"),
        )
        .clause(at))
    };
    if file.exported.format != FORMAT {
        let format = &file.exported.format;
        return Err(Rejection::bad(
            "template-format",
            format!("未知的模板文件格式「{format}」，应为 {FORMAT}"),
            format!("unknown form of template file {format}, must be {FORMAT}"),
        )
        .clause(CLAUSE));
    }
    let Ok(bytes) = canonical(&file.exported) else {
        return tampered("/file/exported", "内容无法规范化", "it has no canonical form");
    };
    if Suite::Intl.hash(&bytes).to_string() != file.digest {
        return tampered("/file/digest", "摘要与内容不符", "the digest is of another content");
    }
    let Ok(jws) = ForeignJws::parse(&file.jws) else {
        return tampered("/file/jws", "签名无法解析", "the signature does not parse");
    };
    if jws.typ() != Some(TYPE) {
        return tampered("/file/jws", "签名不是模板的签名", "the signature is not one of a template");
    }
    if jws.payload_unverified() != bytes {
        return tampered("/file/jws", "签名的是另一份内容", "another content was signed");
    }
    Ok(jws)
}
