//! Identity information: whether it means what it must, and what a role still lacks. NDI-TR-2025-03 §6, §7; NDI-TR-2025-04 §4.1. Pure.

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use xinyu_protocol::id::{CitizenId, IdKind, ParticipantId, Strictness};
use xinyu_protocol::tc609::identity::{
    AttachmentCard, AttachmentKind, CertificateType, CheckItem, IdentityFile, Organisation, Person, RealNameLevel,
};
use xinyu_protocol::tc609::participant::Role;
use xinyu_protocol::text::Text;

use crate::fault::Rejection;

/// The largest attachment, in bytes: what fits into one message.
pub const MAX_ATTACHMENT_BYTES: usize = 700 * 1024;
/// How many attachments a participant may have.
pub const MAX_ATTACHMENTS: usize = 30;

/// An attachment as it is kept beside its sealed bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Its key.
    pub attachment_id: String,
    /// Whose it is.
    pub connector_id: String,
    /// What it is.
    pub card: AttachmentCard,
    /// Its type.
    pub media_type: String,
    /// SHA-256, hexadecimal.
    pub digest: String,
    /// Its size.
    pub size_bytes: u64,
}

/// That identity information is of the participant who sends it, and each part of it means what it must. Lengths are not looked at: the standard's own
/// samples exceed them.
///
/// # Errors
/// The first thing that is wrong, naming its field.
pub fn check(file: &IdentityFile, participant: &ParticipantId, strictness: Strictness) -> Result<(), Rejection> {
    if let Some(organisation) = &file.organisation {
        check_organisation(organisation, participant, strictness)?;
    }
    if let Some(person) = &file.person {
        check_person(person)?;
    }
    if let Some(platform) = &file.platform {
        credit_code("/platform/enterpriseCode", &platform.enterprise_code, strictness)?;
        must_be_same("/platform/enterpriseCode", &platform.enterprise_code, participant)?;
        if !matches!(platform.platform_type.as_str(), "0" | "1" | "2") {
            return Err(wrong(
                "/platform/platformType",
                "平台节点类型只能是 0、1、2",
                "the type of a platform is 0, 1 or 2",
            ));
        }
    }
    Ok(())
}

fn check_organisation(
    organisation: &Organisation,
    participant: &ParticipantId,
    strictness: Strictness,
) -> Result<(), Rejection> {
    let base = &organisation.base;
    let at = |field: &str| format!("/organisation/base/{field}");
    credit_code(&at("enterpriseCode"), &base.enterprise_code, strictness)?;
    must_be_same(&at("enterpriseCode"), &base.enterprise_code, participant)?;
    filled(&at("enterpriseName"), &base.enterprise_name)?;
    filled(&at("legalPerson"), &base.legal_person)?;
    let (begin, end) = (&base.operating_period_begin, &base.operating_period_end);
    period(&at("operatingPeriodEnd"), begin.as_deref(), end.as_deref())?;
    if base.legal_person_auth_level != RealNameLevel::None {
        citizen(&at("legalPersonCertno"), &base.legal_person_certno)?;
    }
    let extend = &organisation.extend;
    if let Some(amount) = &extend.reg_amount
        && !is_amount(amount)
    {
        return Err(wrong(
            "/organisation/extend/regAmount",
            "注册资本须为以万元计的数字",
            "the registered capital is a number of ten thousand yuan",
        ));
    }
    if let Some(date) = &extend.reg_date {
        day("/organisation/extend/regDate", date)?;
    }
    Ok(())
}

fn check_person(person: &Person) -> Result<(), Rejection> {
    let base = &person.base;
    filled("/person/base/fullName", &base.full_name)?;
    if base.cert_type == CertificateType::IdentityCard {
        citizen("/person/base/certCode", &base.cert_code)?;
    } else {
        filled("/person/base/certCode", &base.cert_code)?;
    }
    period("/person/base/certExpdate", base.cert_effdate.as_deref(), base.cert_expdate.as_deref())?;
    if let Some(phone) = &base.phone
        && !(phone.len() == 11 && phone.starts_with('1') && phone.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(wrong("/person/base/phone", "手机号须为 11 位数字", "a mobile number has 11 digits"));
    }
    Ok(())
}

/// A credit code, in half-width capitals; a letter of another alphabet that looks the same is told apart.
fn credit_code(field: &str, code: &str, strictness: Strictness) -> Result<(), Rejection> {
    let parsed = ParticipantId::parse_with(code, strictness).map_err(|error| {
        let Text { zh, en } = error.text();
        wrong(field, &format!("统一社会信用代码无效：{zh}"), &format!("the credit code is not valid: {en}"))
    })?;
    if parsed.kind() == IdKind::Citizen {
        return Err(wrong(
            field,
            "组织须填统一社会信用代码，不是身份证号码",
            "an organisation has a credit code, not a citizen's number",
        ));
    }
    Ok(())
}

fn must_be_same(field: &str, code: &str, participant: &ParticipantId) -> Result<(), Rejection> {
    if code == participant.as_str() {
        return Ok(());
    }
    Err(wrong(
        field,
        &format!("与注册的主体 {participant} 不一致"),
        &format!("it is not that of {participant}, who registers"),
    ))
}

/// A citizen's number: personal data, so that what is wrong is told without it.
fn citizen(field: &str, number: &str) -> Result<(), Rejection> {
    match CitizenId::parse(number) {
        Ok(_) => Ok(()),
        Err(_) => Err(wrong(
            field,
            "身份证号码无效：须为 18 位，出生日期存在，校验位正确（GB 11643-1999）",
            "the citizen's number is not valid: 18 characters, a date of birth that exists, the right check character (GB 11643-1999)",
        )),
    }
}

fn filled(field: &str, text: &str) -> Result<(), Rejection> {
    if text.trim().is_empty() {
        return Err(wrong(field, "不能为空", "it must not be empty"));
    }
    Ok(())
}

fn day(field: &str, text: &str) -> Result<Date, Rejection> {
    text.parse::<Date>().map_err(|_| wrong(field, "日期格式须为 YYYY-MM-DD", "a date is written YYYY-MM-DD"))
}

fn period(field: &str, begin: Option<&str>, end: Option<&str>) -> Result<(), Rejection> {
    let begin = begin.map(|text| day(field, text)).transpose()?;
    // 长期 is what a licence without an end says.
    let end = end.filter(|text| *text != "长期").map(|text| day(field, text)).transpose()?;
    match (begin, end) {
        (Some(begin), Some(end)) if end < begin => {
            Err(wrong(field, "有效期止早于有效期起", "it ends before it begins"))
        }
        _ => Ok(()),
    }
}

fn is_amount(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(part)
}

fn wrong(field: &str, zh: &str, en: &str) -> Rejection {
    Rejection::bad(
        "identity-information",
        format!("身份信息 {field}：{zh}"),
        format!("identity information {field}: {en}"),
    )
    .clause(field)
    .next(Text::new("请更正后重新提交", "correct it and send it again"))
}

/// That an attachment is of a kind that we keep, and is what it says.
///
/// # Errors
/// If it is empty, too large, or its bytes are of another type.
pub fn check_attachment(media_type: &str, bytes: &[u8]) -> Result<(), Rejection> {
    let refuse = |zh: String, en: String| Err(Rejection::bad("attachment", zh, en).clause("NDI-TR-2025-03 §7"));
    if bytes.len() > MAX_ATTACHMENT_BYTES {
        let (size, most) = (bytes.len(), MAX_ATTACHMENT_BYTES);
        return refuse(
            format!("附件为 {size} 字节，最多 {most} 字节；请压缩或分开上传"),
            format!("the attachment has {size} bytes, {most} at most: compress it or send it in parts"),
        );
    }
    let magic: &[u8] = match media_type {
        "application/pdf" => b"%PDF-",
        "image/png" => b"\x89PNG\r\n\x1a\n",
        "image/jpeg" => b"\xff\xd8\xff",
        other => {
            return refuse(
                format!("附件类型「{other}」不受支持，可选 application/pdf、image/png、image/jpeg"),
                format!("attachments of type {other} are not taken: application/pdf, image/png, image/jpeg are"),
            );
        }
    };
    if bytes.starts_with(magic) {
        return Ok(());
    }
    refuse(format!("附件内容不是 {media_type}"), format!("the bytes of the attachment are not {media_type}"))
}

/// What a role needs, and what of it is there. Organisations take part in spaces; what a regulator is, its own decree says.
#[must_use]
pub fn check_list(role: Role, file: &IdentityFile, attachments: &[Attachment]) -> Vec<CheckItem> {
    let base = file.organisation.as_ref().map(|one| &one.base);
    let extend = file.organisation.as_ref().map(|one| &one.extend);
    let given = |text: Option<&String>| text.is_some_and(|text| !text.trim().is_empty());
    let has = |kind| attachments.iter().any(|one| one.card.attach_type == kind);
    let is_company = matches!(role, Role::Provider | Role::Consumer | Role::Service);
    let item = |name: &str, (zh, en): (&str, &str), is_required: bool, is_there: bool| CheckItem {
        name: name.to_owned(),
        text: Text::new(zh, en),
        is_required,
        is_there,
    };
    let attachment = |kind: AttachmentKind, is_required: bool| {
        item(&format!("attachment-{}", kind.code()), kind.words(), is_required, has(kind))
    };
    vec![
        item(
            "enterpriseName",
            ("组织名称", "name of the organisation"),
            true,
            given(base.map(|base| &base.enterprise_name)),
        ),
        item(
            "enterpriseCode",
            ("统一社会信用代码", "unified social credit code"),
            true,
            given(base.map(|base| &base.enterprise_code)),
        ),
        item(
            "legalPerson",
            ("法定代表人", "legal representative"),
            is_company,
            given(base.map(|base| &base.legal_person)),
        ),
        item(
            "legalPersonCertno",
            ("法定代表人证件号码", "number of the legal representative's document"),
            is_company,
            given(base.map(|base| &base.legal_person_certno)),
        ),
        item(
            "legalPersonAuthLevel",
            ("法定代表人已实名", "the legal representative is verified"),
            is_company,
            base.is_some_and(|base| base.legal_person_auth_level != RealNameLevel::None),
        ),
        item(
            "enterpriseAddress",
            ("住所", "registered address"),
            is_company,
            given(extend.and_then(|extend| extend.enterprise_address.as_ref())),
        ),
        item(
            "businessScope",
            ("经营范围", "scope of business"),
            false,
            given(extend.and_then(|extend| extend.business_scope.as_ref())),
        ),
        item(
            "bankAccount",
            ("对公账户", "corporate account"),
            false,
            given(extend.and_then(|extend| extend.bank_account.as_ref())),
        ),
        attachment(AttachmentKind::BusinessLicence, is_company),
        attachment(AttachmentKind::LegalPersonDocument, is_company),
        attachment(AttachmentKind::Qualification, role == Role::Service),
    ]
}
