//! Tests of the recognisers: what is found where, what is not, and that no text breaks them.

use proptest::prelude::*;
use xinyu_protocol::id::citizen;

use super::*;

/// What is found in a text, as kind and as the text itself.
fn found(text: &str) -> Vec<(Kind, &str)> {
    recognise(text).into_iter().map(|finding| (finding.kind, &text[finding.place])).collect()
}

fn check(text: &str, expect: &[(Kind, &str)]) {
    assert_eq!(found(text), expect, "{text}: {:?}", recognise_from(text, 0));
}

#[test]
fn gb_11643_citizen_numbers() {
    let id = "11010519491231002X";
    for text in [
        "11010519491231002X",
        "身份证号11010519491231002X已核验",
        "持110105 19491231 002X办理",
        "证件110105-19491231-002X。",
        "(11010519491231002x)",
    ] {
        assert_eq!(found(text).first().map(|(kind, _)| *kind), Some(Kind::CitizenId), "{text}");
    }
    check(
        "身份证：１１０１０５１９４９１２３１００２Ｘ。",
        &[(Kind::CitizenId, "１１０１０５１９４９１２３１００２Ｘ")],
    );
    check("办理人身份证号110105491231002", &[(Kind::CitizenId, "110105491231002")]);
    check("流水110105491231002", &[]);
    check("11010519491331002X", &[]);
    check("110105194912310021", &[]);
    // A sample of NDI-TR-2025-03 with a wrong check digit.
    check("110105197812312345", &[]);
    check(&format!("9{id}"), &[]);
    let reasons = recognise(id).remove(0).reasons;
    assert!(reasons.contains(&Reason::CheckDigit) && reasons.contains(&Reason::AreaKnown), "{reasons:?}");
}

#[test]
fn gb_32100_credit_codes_are_found_and_are_nobodys() {
    check("统一社会信用代码91350100M000100Y43", &[(Kind::CreditCode, "91350100M000100Y43")]);
    check("税号91110000802100433B", &[(Kind::CreditCode, "91110000802100433B")]);
    check("91310105575958172F", &[]);
    assert_eq!(Kind::CreditCode.personal(), None);
}

#[test]
fn mobile_numbers_in_every_spelling() {
    for (text, number) in [
        ("电话13800138000联系人", "13800138000"),
        ("138 0013 8000", "138 0013 8000"),
        ("138-0013-8000", "138-0013-8000"),
        ("138·0013·8000", "138·0013·8000"),
        ("+8613800138000", "+8613800138000"),
        ("+86 138 0013 8000", "+86 138 0013 8000"),
        ("0086-13800138000", "0086-13800138000"),
        ("86-13800138000", "86-13800138000"),
        ("１３８００１３８０００", "１３８００１３８０００"),
        ("＋８６１３８　００１３　８０００", "＋８６１３８　００１３　８０００"),
        ("手机一三八零零一三八零零零", "一三八零零一三八零零零"),
        ("{\"m\":\"13800138000\"}", "13800138000"),
        ("a,13800138000,b", "13800138000"),
    ] {
        check(text, &[(Kind::Mobile, number)]);
    }
    for text in ["12800138000", "1380013800", "138001380001", "订单号13800138000", "13800138000元", "0.13800138000"]
    {
        check(text, &[]);
    }
}

#[test]
fn landlines_with_their_area_codes() {
    for (text, number) in [
        ("0571-88886666", "0571-88886666"),
        ("(010)88886666", "(010)88886666"),
        ("（0571） 8888 6666", "（0571） 8888 6666"),
        ("座机02188886666", "02188886666"),
        ("办公电话：0571-8888666-801", "0571-8888666-801"),
        ("电话88886666", "88886666"),
        ("02188886666", "02188886666"),
        ("010 8888 6666", "010 8888 6666"),
    ] {
        check(text, &[(Kind::Landline, number)]);
    }
    for text in ["0000-88886666", "88886666", "02118886666", "单号02188886666", "2024-88886666", "0571-18886666"] {
        check(text, &[]);
    }
}

#[test]
fn bank_cards_with_issuer_and_check_digit() {
    for (text, number) in [
        ("卡号6222020000000000018", Some("6222020000000000018")),
        ("4111 1111 1111 1111", Some("4111 1111 1111 1111")),
        ("卡号４１１１１１１１１１１１１１１１收款", Some("４１１１１１１１１１１１１１１１")),
        ("银行卡378282246310005", Some("378282246310005")),
        ("4111111111111112", None),
        ("订单号4111111111111111", None),
        ("41111111111111111111", None),
    ] {
        let expect = number.map(|number| (Kind::BankCard, number));
        match expect {
            Some(expect) if text.contains("622202") => {
                let good = (0..10).map(|n| format!("622202000000000001{n}")).find(|n| found(n).len() == 1).unwrap();
                assert_eq!(found(&format!("卡号{good}")), [(Kind::BankCard, good.as_str())], "{expect:?}");
            }
            expect => check(text, &expect.into_iter().collect::<Vec<_>>()),
        }
    }
}

#[test]
fn vehicle_plates_old_and_new() {
    for (text, plate) in [
        ("车牌京A12345违停", "京A12345"),
        ("沪AD12345", "沪AD12345"),
        ("粤B·12345", "粤B·12345"),
        ("新B-75983", "新B-75983"),
        ("京A1234警", "京A1234警"),
        ("粤Z1234港", "粤Z1234港"),
        ("京A12345D", "京A12345D"),
        ("苏Ｅ１２３４５", "苏Ｅ１２３４５"),
    ] {
        check(text, &[(Kind::VehiclePlate, plate)]);
    }
    for text in ["京ABCDEF", "京A1234", "京A1234567", "川ABCDE"] {
        check(text, &[]);
    }
}

#[test]
fn mail_addresses_end_where_chinese_begins() {
    check("邮箱zhang.san@example.com.cn收", &[(Kind::Email, "zhang.san@example.com.cn")]);
    check("发给a_b+c@mail.example.org。谢谢", &[(Kind::Email, "a_b+c@mail.example.org")]);
    check("Ｌｉ＠ｅｘａｍｐｌｅ．ｃｎ", &[(Kind::Email, "Ｌｉ＠ｅｘａｍｐｌｅ．ｃｎ")]);
    for text in ["a@b", "@example.com", "a@b..cn", "logo@2x.png", "a@b@c.cn@"] {
        check(text, &[]);
    }
}

#[test]
fn documents_and_records_need_a_word_beside_them() {
    check("护照号E12345678", &[(Kind::Passport, "E12345678")]);
    check("持护照 EA1234567 入境", &[(Kind::Passport, "EA1234567")]);
    check("型号E12345678", &[]);
    check("台胞证12345678", &[(Kind::TravelPermit, "12345678")]);
    check("港澳通行证C12345678", &[(Kind::TravelPermit, "C12345678")]);
    check("住院号：ZY20240017", &[(Kind::MedicalRecord, "ZY20240017")]);
    check("批次ZY20240017", &[]);
}

#[test]
fn illness_is_personal_beside_a_patient() {
    check("患者确诊高血压", &[(Kind::Diagnosis, "高血压")]);
    check("高血压的预防知识", &[]);
}

#[test]
fn places_and_addresses() {
    check("坐标116.397428,39.90923", &[(Kind::Location, "116.397428,39.90923")]);
    check("116.397428 39.909230", &[(Kind::Location, "116.397428 39.909230")]);
    check("东经116.3974，北纬39.9092", &[(Kind::Location, "116.3974，北纬39.9092")]);
    check("价格116.39,39.90", &[]);
    check("-101.473911,39.909230", &[]);
    let address = "浙江省杭州市西湖区文三路123号5栋2单元301室";
    check(&format!("家住{address}。"), &[(Kind::Address, address)]);
    check("寄到北京朝阳区建国路88号，谢谢", &[(Kind::Address, "北京朝阳区建国路88号")]);
    check("地址：文三路123号", &[(Kind::Address, "文三路123号")]);
    check("杭州市", &[]);
    check("我在北京的路上走了10号线", &[]);
    check("登录IP 8.8.8.114 异常", &[(Kind::IpAddress, "8.8.8.114")]);
    check("地址192.168.1.1", &[]);
    check("版本1.2.3.4", &[]);
}

#[test]
fn names_stand_beside_what_names_stand_beside() {
    for (text, name) in [
        ("联系人张三，电话", "张三"),
        ("患者李晓明于昨日入院", "李晓明"),
        ("欧阳娜娜女士", "欧阳娜娜"),
        ("请通知王建国同志", "王建国"),
        ("姓名：陈静", "陈静"),
        ("由刘洋签收", "刘洋"),
    ] {
        let names: Vec<_> = found(text).into_iter().filter(|(kind, _)| *kind == Kind::Name).collect();
        assert_eq!(names, [(Kind::Name, name)], "{text}: {:?}", recognise_from(text, 0));
    }
    for text in [
        "我很高兴见到大家",
        "方便的时候再说",
        "黄金价格上涨",
        "安徽省和江苏省",
        "时间安排在下周",
        "张家港市",
        "金融服务公司",
        "高血压",
        "万元以下",
    ] {
        check(text, &[]);
    }
}

#[test]
fn decoys_are_left_alone() {
    for text in [
        "订单号202411281234567890",
        "商品条码6901234567892",
        "1764300000123",
        "时间戳1764300000",
        "2026-11-28 12:30:45.123456",
        "550e8400-e29b-41d4-a716-446655440000",
        "550E8400-E29B-41D4-A716-138001380000",
        "d41d8cd98f00b204e9800998ecf8427e",
        "sha256:13800138000a13800138000b",
        "v1.13800138000.2",
        "3.14159265358979",
        "12345678901234567890123456789",
        "ISBN 978-7-302-11622-9",
        "10,000,000元",
        "http://a.example/13800/138000",
        "0x13800138000",
    ] {
        check(text, &[]);
    }
}

/// Texts of one sort of character, as long as a book: what looks back or ahead does so within bounds, or this takes minutes.
#[test]
fn no_text_takes_more_than_its_length() {
    for part in
        [")23456789", "1 ", "a@", "((王", "：", "一二三四五六七八九零", "电话", "北京", "0.1-", "京A", "１-", "王"]
    {
        let text = part.repeat(60_000 / part.len());
        assert!(recognise(&text).iter().all(|finding| finding.place.end <= text.len()), "{part}");
    }
}

#[test]
fn several_things_in_one_sentence_are_told_apart() {
    check(
        "客户王小明（身份证11010519491231002X，手机13800138000）",
        &[(Kind::Name, "王小明"), (Kind::CitizenId, "11010519491231002X"), (Kind::Mobile, "13800138000")],
    );
    check("13800138000 13900139000", &[(Kind::Mobile, "13800138000"), (Kind::Mobile, "13900139000")]);
}

#[test]
fn samples_are_masked() {
    for (kind, value, expect) in [
        (Kind::CitizenId, "11010519491231002X", "110**************X"),
        (Kind::Mobile, "13800138000", "138******00"),
        (Kind::BankCard, "6222020000000000018", "***************0018"),
        (Kind::Name, "张三", "张*"),
        (Kind::Email, "li@example.cn", "l*@example.cn"),
        (Kind::Email, "l@example.cn", "*@example.cn"),
        (Kind::Diagnosis, "高血压", "***"),
        (Kind::Mobile, "1380", "****"),
    ] {
        assert_eq!(mask(kind, value), expect);
    }
}

#[test]
fn every_reason_and_kind_speaks_both_languages() {
    for kind in Kind::ALL {
        assert!(!kind.title().zh.is_ascii() && kind.title().en.is_ascii(), "{kind:?}");
    }
    for reason in [Reason::CheckDigit, Reason::ContextAgainst, Reason::DomainForm] {
        assert!(!reason.text().zh.is_ascii() && reason.text().en.is_ascii(), "{reason:?}");
    }
}

fn number() -> impl Strategy<Value = String> {
    (0..32_000_i64, 0..1000_u16).prop_map(|(day, sequence)| {
        let born = jiff::civil::date(1930, 1, 1) + jiff::Span::new().days(day);
        let body = format!("330106{}{sequence:03}", born.strftime("%Y%m%d"));
        format!("{body}{}", citizen::check_character(&body).unwrap())
    })
}

proptest! {
    #[test]
    fn every_finding_is_a_part_of_the_text(text in "[ -~\u{4e00}-\u{4e40}０-９张王李138@.\\-路号省市电话\n]{0,80}") {
        let mut end = 0;
        for finding in recognise_from(&text, 0) {
            prop_assert!(finding.place.start >= end && text.get(finding.place.clone()).is_some_and(|part| !part.is_empty()));
            prop_assert!(finding.confidence <= 1000 && !finding.reasons.is_empty());
            end = finding.place.end;
        }
    }

    #[test]
    fn any_text_is_read_to_its_end(text in any::<String>()) {
        prop_assert!(recognise_from(&text, 0).iter().all(|finding| finding.place.end <= text.len()));
    }

    #[test]
    fn a_citizen_number_is_found_wherever_it_stands(number in number(), before in "[\u{4e00}-\u{9fa5}，。]{0,9}", after in "[\u{4e00}-\u{9fa5}，。]{0,9}", wide: bool) {
        let shown = if wide { number.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect() } else { number };
        let text = format!("{before}{shown}{after}");
        let findings = recognise(&text);
        prop_assert!(findings.iter().any(|finding| finding.kind == Kind::CitizenId && text[finding.place.clone()] == shown), "{text} {findings:?}");
    }
}
