//! Identity information: what is refused, naming its field, and what a role lacks.

use serde_json::{Value, json};

use super::*;

const CODE: &str = "91310000MA7XYU103F";

fn organisation(changes: &[(&str, Value)]) -> IdentityFile {
    let mut file = json!({ "organisation": {
        "base": {
            "enterpriseName": "申江出行数据有限公司", "enterpriseCode": CODE, "enterpriseType": "1", "legalPerson": "某人",
            "legalPersonCertno": "11010519491231002X", "legalPersonAuthLevel": "1",
        },
        "extend": { "enterpriseAddress": "上海市", "regAmount": "1000.5", "regDate": "2020-01-02" },
    }});
    for (pointer, value) in changes {
        match file.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => {
                let (parent, name) = pointer.rsplit_once('/').unwrap();
                file.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value.clone());
            }
        }
    }
    serde_json::from_value(file).unwrap()
}

/// What is said of an organisation with one thing changed: the field, and a part of the words.
fn refused(pointer: &str, value: Value, strictness: Strictness, field: &str, words: &str) {
    let participant = ParticipantId::parse(CODE).unwrap();
    let error = check(&organisation(&[(pointer, value.clone())]), &participant, strictness).unwrap_err();
    assert_eq!(error.clause.as_deref(), Some(field), "{value} {error:?}");
    assert!(error.text.zh.contains(words), "{value} {error:?}");
}

const CODE_AT: &str = "/organisation/base/enterpriseCode";

#[test]
fn ndi_04_4_1_lookalikes_and_full_width_codes_are_refused_under_both_settings() {
    let full_width: String = CODE.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
    for strictness in [Strictness::Strict, Strictness::Lenient] {
        // A Cyrillic А and a Greek Χ for the Latin letters.
        for lookalike in [CODE.replace('A', "А"), CODE.replace('X', "Χ"), full_width.clone(), CODE.to_lowercase()] {
            refused(CODE_AT, json!(lookalike), strictness, CODE_AT, "统一社会信用代码无效");
        }
        refused(CODE_AT, json!("91440300MA7XYU2188"), strictness, CODE_AT, "不一致");
    }
    // A wrong check character: the strict setting names it, the lenient one leaves it to the comparison.
    refused(CODE_AT, json!("91310000MA7XYU103G"), Strictness::Strict, CODE_AT, "统一社会信用代码无效");
    refused(CODE_AT, json!("91310000MA7XYU103G"), Strictness::Lenient, CODE_AT, "不一致");
}

#[test]
fn ndi_03_6_each_part_means_what_it_must() {
    let at = |field: &str| format!("/organisation/base/{field}");
    for (pointer, value, words) in [
        (at("enterpriseName"), json!("  "), "不能为空"),
        (at("legalPerson"), json!(""), "不能为空"),
        (at("legalPersonCertno"), json!("110105194912310021"), "身份证号码无效"),
        (at("operatingPeriodEnd"), json!("2020-13-01"), "YYYY-MM-DD"),
        ("/organisation/extend/regAmount".to_owned(), json!("一千万"), "注册资本"),
        ("/organisation/extend/regDate".to_owned(), json!("2020-02-30"), "YYYY-MM-DD"),
    ] {
        refused(&pointer, value, Strictness::Strict, &pointer, words);
    }
    let participant = ParticipantId::parse(CODE).unwrap();
    for fine in [
        ("/organisation/base/operatingPeriodEnd", json!("长期")),
        ("/organisation/base/legalPersonAuthLevel", json!("2")),
    ] {
        assert_eq!(
            check(&organisation(std::slice::from_ref(&fine)), &participant, Strictness::Strict),
            Ok(()),
            "{fine:?}"
        );
    }
    // The number itself is in no message.
    let error = check(
        &organisation(&[("/organisation/base/legalPersonCertno", json!("110105194912310021"))]),
        &participant,
        Strictness::Strict,
    );
    assert!(!format!("{:?}", error.unwrap_err()).contains("110105194912310021"));
}

#[test]
fn ndi_03_7_an_attachment_is_what_it_says() {
    for (media_type, bytes, expect) in [
        ("application/pdf", &b"%PDF-1.7 ..."[..], true),
        ("image/png", b"\x89PNG\r\n\x1a\n....", true),
        ("image/jpeg", b"\xff\xd8\xff\xe0", true),
        ("image/png", b"%PDF-1.7", false),
        ("application/pdf", b"", false),
        ("text/html", b"<script>", false),
        ("application/x-msdownload", b"MZ", false),
    ] {
        assert_eq!(check_attachment(media_type, bytes).is_ok(), expect, "{media_type}");
    }
    let large = [b"%PDF-".to_vec(), vec![0; MAX_ATTACHMENT_BYTES]].concat();
    assert!(check_attachment("application/pdf", &large).unwrap_err().text.zh.contains("最多"));
}

#[test]
fn ndi_03_6_an_applicant_sees_what_is_missing_for_its_role() {
    let missing = |role, file: &IdentityFile| -> Vec<String> {
        let items = check_list(role, file, &[]);
        items.into_iter().filter(|item| item.is_required && !item.is_there).map(|item| item.name).collect()
    };
    let full = organisation(&[]);
    assert_eq!(missing(Role::Provider, &full), ["attachment-01", "attachment-02"]);
    assert_eq!(missing(Role::Service, &full), ["attachment-01", "attachment-02", "attachment-05"]);
    assert_eq!(missing(Role::Regulator, &IdentityFile::default()), ["enterpriseName", "enterpriseCode"]);
    assert_eq!(missing(Role::Consumer, &IdentityFile::default()).len(), 8);
}
