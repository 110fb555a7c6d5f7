//! What the name of a column says about its values. A strong hint is enough by itself; a weak one only lowers what the values must show. Deliberately
//! not hints: `name`, `city`, `code`, `id`, `phone` of whom is not said.

use super::PersonalKind;

/// How much a column's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// Enough by itself.
    Strong(PersonalKind),
    /// Enough with some values.
    Weak(PersonalKind),
}

/// What a name says, if anything. English is compared by whole words, so that `homeAddress`, `home_address` and `HOME ADDRESS` are one; Chinese by parts.
pub(super) fn of(column: &str) -> Option<Hint> {
    if is_organisation(column) {
        return None;
    }
    let find =
        |hints: &[(PersonalKind, &[&str])]| hints.iter().find(|(_, parts)| says(column, parts)).map(|(kind, _)| *kind);
    find(&STRONG).map(Hint::Strong).or_else(|| find(&WEAK).map(Hint::Weak))
}

/// Whether a name says that the column is about an organisation or a place, so that names and addresses in it are nobody's.
pub(super) fn is_organisation(column: &str) -> bool {
    says(column, &ORGANISATION)
}

/// Whether a name has one of some words.
pub(super) fn says(column: &str, parts: &[&str]) -> bool {
    let words = words(column);
    parts.iter().any(|part| match part.is_ascii() {
        true => words.contains(&format!("_{part}_")),
        false => column.contains(part),
    })
}

const ORGANISATION: [&str; 20] = [
    "企业",
    "公司",
    "单位",
    "机构",
    "商户",
    "门店",
    "机场",
    "学校名",
    "医院名",
    "部门",
    "company",
    "org",
    "organisation",
    "organization",
    "airport",
    "store",
    "shop",
    "school",
    "hospital",
    "merchant",
];

const STRONG: [(PersonalKind, &[&str]); 15] = [
    (
        PersonalKind::Health,
        &[
            "病历",
            "诊断",
            "疾病",
            "病史",
            "过敏",
            "血型",
            "处方",
            "diagnosis",
            "disease",
            "medical_record",
            "allergy",
            "blood_type",
            "icd",
        ],
    ),
    (
        PersonalKind::Biometric,
        &["指纹", "人脸", "虹膜", "声纹", "基因", "voiceprint", "face_feature", "face_id", "fingerprint_template"],
    ),
    (PersonalKind::Religion, &["宗教", "信仰", "religion"]),
    (PersonalKind::Track, &["行踪", "轨迹", "gps_track", "trajectory", "whereabouts"]),
    (PersonalKind::SpecificIdentity, &["残疾", "残障", "犯罪", "disability", "criminal_record"]),
    (
        PersonalKind::BankCard,
        &["银行卡", "银行账", "银行帐", "bank_card", "bank_account", "bankcard", "card_number", "iban"],
    ),
    (
        PersonalKind::CitizenId,
        &[
            "身份证",
            "公民身份",
            "id_card",
            "idcard",
            "id_card_no",
            "citizen_id",
            "sfz",
            "sfzh",
            "sfzhm",
            "identity_card",
            "national_id",
        ],
    ),
    (PersonalKind::Passport, &["护照", "passport", "passport_no", "passport_number"]),
    (
        PersonalKind::Mobile,
        &["手机", "移动电话", "mobile_phone", "mobile_no", "mobile_number", "cellphone", "cell_phone", "sjh", "sjhm"],
    ),
    (PersonalKind::Email, &["邮箱", "电子邮件", "email", "e_mail", "mail_address"]),
    (
        PersonalKind::BirthDate,
        &[
            "出生日",
            "出生年",
            "出生时",
            "生日",
            "birth_date",
            "birthdate",
            "birthday",
            "date_of_birth",
            "dob",
            "birth_day",
            "csrq",
        ],
    ),
    (
        PersonalKind::Address,
        &[
            "住址",
            "家庭地址",
            "收货地址",
            "通讯地址",
            "home_address",
            "street_address",
            "residential_address",
            "postal_address",
        ],
    ),
    (PersonalKind::Account, &["微信号", "wechat", "openid", "open_id", "unionid", "qq号", "qq_number"]),
    (PersonalKind::VehiclePlate, &["车牌", "license_plate", "licence_plate", "plate_number", "plate_no"]),
    (
        PersonalKind::Name,
        &[
            "姓名",
            "full_name",
            "fullname",
            "first_name",
            "last_name",
            "given_name",
            "family_name",
            "surname",
            "real_name",
            "person_name",
            "passenger_name",
            "traveller_name",
            "traveler_name",
            "customer_name",
            "patient_name",
            "employee_name",
            "guest_name",
            "contact_name",
            "cardholder",
            "xingming",
            "xm",
        ],
    ),
];

const WEAK: [(PersonalKind, &[&str]); 7] = [
    (PersonalKind::CitizenId, &["证件", "id_number", "id_no", "identity_no", "identity"]),
    (PersonalKind::Mobile, &["电话", "联系方式", "phone", "mobile", "tel", "telephone", "contact"]),
    (PersonalKind::BankCard, &["卡号", "账号", "帐号", "card_no", "card", "account", "account_no"]),
    (PersonalKind::BirthDate, &["born", "birth"]),
    (PersonalKind::Address, &["地址", "address", "addr"]),
    (PersonalKind::VehiclePlate, &["plate"]),
    (
        PersonalKind::Name,
        &[
            "联系人",
            "旅客",
            "乘客",
            "客户",
            "用户",
            "患者",
            "员工",
            "法定代表人",
            "持卡人",
            "收货人",
            "经办人",
            "customer",
            "passenger",
            "traveller",
            "traveler",
            "patient",
            "employee",
            "owner",
            "person",
            "user_name",
            "username",
        ],
    ),
];

/// `homeAddress1` as `_home_address_1_`.
fn words(column: &str) -> String {
    let mut words = String::from("_");
    let mut previous = ' ';
    for c in column.chars() {
        let is_break = (c.is_uppercase() && previous.is_lowercase()) || (c.is_numeric() && previous.is_alphabetic());
        if is_break || !c.is_alphanumeric() {
            words.push('_');
        }
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        }
        previous = c;
    }
    words.push('_');
    while words.contains("__") {
        words = words.replace("__", "_");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_hint_at_persons() {
        use Hint::{Strong, Weak};
        for (column, expect) in [
            ("姓名", Some(Strong(PersonalKind::Name))),
            ("客户姓名", Some(Strong(PersonalKind::Name))),
            ("fullName", Some(Strong(PersonalKind::Name))),
            ("passenger name", Some(Strong(PersonalKind::Name))),
            ("EMAIL", Some(Strong(PersonalKind::Email))),
            ("birth_date", Some(Strong(PersonalKind::BirthDate))),
            ("身份证号", Some(Strong(PersonalKind::CitizenId))),
            ("home-address-1", Some(Strong(PersonalKind::Address))),
            ("address", Some(Weak(PersonalKind::Address))),
            ("phone2", Some(Weak(PersonalKind::Mobile))),
            ("公司地址", None),
            ("company_email", None),
            ("name", None),
            ("icao", None),
            ("iata", None),
            ("city", None),
            ("subd", None),
            ("lat", None),
            ("tz", None),
            ("lid", None),
            ("hotel", None),
            ("", None),
        ] {
            assert_eq!(of(column), expect, "{column}");
        }
    }
}
