//! Vectors of the standards, positive and negative, and what check characters promise.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

pub(super) const USCC: &str = "91350100M000100Y43";
pub(super) const PLATFORM: &str = "491350100M000100Y433501A1B2C3D4E";
pub(super) const CONNECTOR: &str = "591350100M000100Y433501A1B2C3D4T";
const CONNECTOR_65: &str = "591350100M000100Y430065Z9Y8X7W6J";
pub(super) const PRODUCT: &str = "691350100M000100Y433501A1B2C3D47";
const RESOURCE: &str = "791350100M000100Y433501A1B2C3D4M";
pub(super) const CONTRACT: &str = "C491350100M000100Y43350120250829120000A1B2C3D4B";
pub(super) const CONTRACT_8: &str = "8491350100M000100Y43350120250829120000A1B2C3D40";
/// Printed as a sample in NDI-TR-2025-03 Appendix B; both are wrong.
pub(super) const WRONG_USCC: &str = "91310105575958172F";
pub(super) const WRONG_CITIZEN: &str = "110105197812312345";

pub(super) fn with_check(body: &str) -> String {
    format!("{body}{}", mod37_2::check_character(body).unwrap())
}

#[test]
fn ndi_04_appendix_b_check_characters() {
    for (body, expect) in [
        ("G123489654321", 'Y'),
        ("491350100M000100Y433501A1B2C3D4", 'E'),
        ("591350100M000100Y433501A1B2C3D4", 'T'),
        ("591350100M000100Y430065Z9Y8X7W6", 'J'),
        ("691350100M000100Y433501A1B2C3D4", '7'),
        ("791350100M000100Y433501A1B2C3D4", 'M'),
        ("C491350100M000100Y43350120250829120000A1B2C3D4", 'B'),
        ("8491350100M000100Y43350120250829120000A1B2C3D4", '0'),
    ] {
        assert_eq!(mod37_2::check_character(body), Ok(expect), "{body}");
        assert_eq!(mod37_2::verify(&format!("{body}{expect}")), Ok(()));
        assert!(mod37_2::verify(&format!("{body}*")).is_err());
    }
    for body in ["", "a", "A*", "A1 ", "١"] {
        assert!(mod37_2::check_character(body).is_err(), "{body}");
        assert!(mod37_2::verify(body).is_err(), "{body}");
    }
}

#[test]
fn ndi_04_appendix_b_table_1_weights() {
    // The printed weights, from position 32 down to 1, against the doubling sum.
    let weights = [
        22, 11, 24, 12, 6, 3, 20, 10, 5, 21, 29, 33, 35, 36, 18, 9, 23, 30, 15, 26, 13, 25, 31, 34, 17, 27, 32, 16, 8,
        4, 2, 1_u32,
    ];
    for code in [PLATFORM, CONNECTOR, CONNECTOR_65, PRODUCT, RESOURCE] {
        let sum: u32 = code.chars().zip(weights).map(|(c, weight)| c.to_digit(36).unwrap() * weight).sum();
        assert_eq!(sum % 37, 1, "{code}");
    }
}

#[test]
fn gb_32100_5_4_credit_codes() {
    for code in [USCC, "91110000802100433B"] {
        assert_eq!(uscc::verify(code), Ok(()), "{code}");
        assert_eq!(uscc::check_character(&code[..17]), Ok(code.chars().last().unwrap()));
        assert_eq!(uscc::organisation_check(&code[8..16]), Ok(code.chars().nth(16).unwrap()));
        assert!(ParticipantId::parse(code).is_ok());
    }
    assert_eq!(uscc::check_character(&WRONG_USCC[..17]), Ok('A'));
    for (code, expect) in [
        (WRONG_USCC, "credit code 9131…2F has credit code check character F where A is computed (GB 32100-2015)"),
        (
            "91350100M000100Y53",
            "credit code 9135…53 has organisation code check character 5 where 4 is computed (GB 11714-1997)",
        ),
        ("9135010OM000100Y43", "credit code 9135…43 has 'O' at position 8 where only 0–9 may stand (GB 32100-2015)"),
        ("91350100M000100Y4", "credit code 9135…Y4 has 17 characters where 18 are prescribed (GB 32100-2015)"),
    ] {
        assert_eq!(uscc::verify(code).unwrap_err().to_string(), expect);
    }
    assert!(uscc::check_character("91350100M000100Y").is_err());
    assert!(uscc::organisation_check("M000100").is_err());
    assert!(uscc::organisation_check("m000100y").is_err());
}

#[test]
fn gb_11643_citizen_numbers() {
    let citizen = CitizenId::parse("11010519491231002X").unwrap();
    assert_eq!(citizen.born(), jiff::civil::date(1949, 12, 31));
    assert_eq!(citizen.area(), "110105");
    assert_eq!(citizen.as_str(), "11010519491231002X");
    assert!(!format!("{citizen:?}").contains("1949"));
    assert_eq!(citizen::check_character("11010519491231002"), Ok('X'));
    assert_eq!(citizen::check_character("11010519781231234"), Ok('7'));
    for (number, expect) in [
        (
            WRONG_CITIZEN,
            "citizen number 1101…45 has citizen number check character 5 where 7 is computed (GB 11643-1999)",
        ),
        ("110105194902290026", "citizen number 1101…26 has 19490229, which is no date or time (GB 11643-1999)"),
        (
            "11010519491231002x",
            "citizen number 1101…2x has 'x' at position 18 where only 0–9 and X may stand (GB 11643-1999)",
        ),
        ("110105491231002", "citizen number 1101…02 has 15 characters where 18 are prescribed (GB 11643-1999)"),
        (
            "990105194912310023",
            "citizen number 9901…23 has area code 990105, which does not exist (NDI-TR-2025-04 4.2; GB/T 2260-2007, GB/T 4754-2017)",
        ),
    ] {
        assert_eq!(CitizenId::parse(number).unwrap_err().to_string(), expect);
    }
    assert!(citizen::check_character("1101051949123100").is_err());
    assert!(citizen::check_character("1101051949123100X").is_err());
}

#[test]
fn ndi_04_4_1_participants() {
    for (code, strict, lenient) in [
        (USCC, true, true),
        ("91110000802100433B", true, true),
        // Encrypted or allocated: nothing can be checked but the form.
        ("K7Q2W9E4R1T8Y3U5I0", true, true),
        ("003489170236571190", true, true),
        (WRONG_USCC, false, true),
        // A credit code with an O for a 0, a letter that it cannot have, a wrong first character.
        ("9135010OM000100Y43", false, true),
        ("91350100M000100YI3", false, true),
        ("X1350100M000100Y43", false, true),
        // Citizen numbers in the clear: right, with a wrong check character, with a wrong date.
        ("11010519491231002X", false, true),
        (WRONG_CITIZEN, false, true),
        ("110105197813312345", false, true),
        ("91350100m000100Y43", false, false),
        ("91350100M000100Y4", false, false),
        ("91350100M000100Y433", false, false),
        ("91350100M000100Y4３", false, false),
        (" 1350100M000100Y43", false, false),
        ("", false, false),
    ] {
        assert_eq!(ParticipantId::parse(code).is_ok(), strict, "{code}");
        assert_eq!(ParticipantId::parse_with(code, Strictness::Lenient).is_ok(), lenient, "{code}");
    }
    assert_eq!(ParticipantId::parse(USCC).unwrap().kind(), IdKind::Organisation);
    assert_eq!(ParticipantId::parse("K7Q2W9E4R1T8Y3U5I0").unwrap().kind(), IdKind::Participant);
    let error = ParticipantId::parse("11010519491231002X").unwrap_err();
    assert_eq!(error.fault(), &Fault::CitizenInTheClear);
    assert!(!error.to_string().contains("19491231"));
}

#[test]
fn ndi_04_4_2_areas() {
    for (code, expect) in [
        ("3501", true),
        ("1100", true),
        ("8200", true),
        ("0001", true),
        ("0065", true),
        ("0097", true),
        ("0000", false),
        ("0098", false),
        ("1600", false),
        ("9901", false),
        ("350", false),
        ("35O1", false),
        ("350100", false),
    ] {
        assert_eq!(AreaCode::parse(code).is_ok(), expect, "{code}");
    }
    assert!(AreaCode::parse("0065").unwrap().is_industry());
    assert!(!AreaCode::parse("3501").unwrap().is_industry());
}

#[test]
fn ndi_04_4_2_platforms_and_connectors() {
    let owner = ParticipantId::parse(USCC).unwrap();
    let platform = PlatformId::parse(PLATFORM).unwrap();
    assert_eq!((platform.owner(), platform.area().as_str()), (owner.clone(), "3501"));
    let connector = ConnectorId::parse(CONNECTOR_65).unwrap();
    assert_eq!((connector.owner(), connector.area().as_str()), (owner.clone(), "0065"));

    let sender: PartyId = CONNECTOR.parse().unwrap();
    assert_eq!(sender.owner(), owner);
    assert_eq!(sender.connector(), Some(ConnectorId::parse(CONNECTOR).unwrap()));
    assert_eq!(sender.platform(), None);
    assert_eq!(PartyId::from(platform.clone()).platform(), Some(platform));
    assert!(PartyId::parse(PRODUCT).is_err());

    let wrong = |expect: &str, code: &str| {
        assert_eq!(ConnectorId::parse(code).unwrap_err().to_string(), expect, "{code}");
    };
    wrong(
        "connector id 5913…4X has check character X where T is computed (GB/T 17710 MOD 37-2)",
        "591350100M000100Y433501A1B2C3D4X",
    );
    wrong("connector id 4913…4E has type code 4 where 5 is prescribed (NDI-TR-2025-04 4.2)", PLATFORM);
    wrong("connector id 5913…D4 has 31 characters where 32 are prescribed (NDI-TR-2025-04 4.2)", &CONNECTOR[..31]);
    wrong(
        "connector id 5913…4T has 'a' at position 24 where only 0–9 and A–Z may stand (NDI-TR-2025-04 4.2)",
        &CONNECTOR.replace('A', "a"),
    );
    wrong(
        "connector id 5913…4t has 't' at position 32 where only 0–9, A–Z and * may stand (NDI-TR-2025-04 4.2)",
        &CONNECTOR.replace('T', "t"),
    );
    let owner_wrong = with_check(&format!("5{WRONG_USCC}3501A1B2C3D4"));
    assert!(ConnectorId::parse(&owner_wrong).is_err());
    assert!(ConnectorId::parse_with(&owner_wrong, Strictness::Lenient).is_ok());
    let area_wrong = with_check(&format!("5{USCC}9901A1B2C3D4"));
    assert!(ConnectorId::parse_with(&area_wrong, Strictness::Lenient).is_err());
    let check_wrong = owner_wrong.replace("A1B2", "A1B3");
    assert!(ConnectorId::parse_with(&check_wrong, Strictness::Lenient).is_err());
}

#[test]
fn ndi_04_4_3_products_and_resources() {
    let long = "x".repeat(32);
    for (extension, expect) in [
        ("", true),
        ("•1", true),
        ("•12152025022 8", false),
        ("•1215202502281BH95JZY", true),
        ("•86.1000.1/doi-10~2", true),
        (&format!("•{long}"), true),
        (&format!("•{long}x"), false),
        ("•", false),
        ("·1", false),
        ("-1", false),
        ("••", false),
        ("•数据", false),
        ("•<b>", false),
        ("•\"", false),
    ] {
        for (code, kind) in [(PRODUCT, IdKind::Product), (RESOURCE, IdKind::Resource)] {
            let code = format!("{code}{extension}");
            let valid = match kind {
                IdKind::Product => ProductId::parse(&code).is_ok(),
                _ => ResourceId::parse(&code).is_ok(),
            };
            assert_eq!(valid, expect, "{code}");
            assert_eq!(check(&code, Strictness::Strict).kind, Some(kind), "{code}");
            assert_eq!(check(&code, Strictness::Strict).valid, expect, "{code}");
        }
    }
    let product = ProductId::parse(&format!("{PRODUCT}•OLD-1")).unwrap();
    assert_eq!(product.extension(), Some("OLD-1"));
    assert_eq!(product.owner().as_str(), USCC);
    assert_eq!(ProductId::parse(PRODUCT).unwrap().extension(), None);
    assert!(ConnectorId::parse(&format!("{CONNECTOR}•1")).is_err());
    assert!(ProductId::parse(RESOURCE).is_err());
    let error = ProductId::parse(&format!("{PRODUCT}•")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "product id 6913…7• has an extension of 0 characters where 1 to 32 are prescribed (NDI-TR-2025-04 4.3)"
    );
}

#[test]
fn tc609_14_c_1_contracts() {
    for code in [CONTRACT, CONTRACT_8] {
        let contract = ContractId::parse(code).unwrap();
        assert_eq!(contract.platform_owner().as_str(), USCC);
        assert_eq!(contract.area().as_str(), "3501");
        assert_eq!(contract.time(), "2025-08-29T12:00:00+08:00".parse().unwrap());
    }
    for (body, expect) in [
        ("D491350100M000100Y43350120250829120000A1B2C3D4", "has type code D where C or 8 is prescribed"),
        ("C591350100M000100Y43350120250829120000A1B2C3D4", "has node type code 5 where 4 is prescribed"),
        ("C491350100M000100Y43350120250230120000A1B2C3D4", "has 20250230120000, which is no date or time"),
        ("C491350100M000100Y43350120250829126000A1B2C3D4", "has 20250829126000, which is no date or time"),
        ("C491350100M000100Y53350120250829120000A1B2C3D4", "has organisation code check character 5 where 4"),
        ("C491350100M000100Y43950120250829120000A1B2C3D4", "has area code 9501, which does not exist"),
    ] {
        let error = ContractId::parse(&with_check(body)).unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    }
    assert!(ContractId::parse(CONNECTOR).is_err());
    assert!(ContractId::parse(&CONTRACT[..46]).is_err());
}

#[test]
fn composed_codes_are_the_vectors() {
    let owner = ParticipantId::parse(USCC).unwrap();
    let area = AreaCode::parse("3501").unwrap();
    let entropy = u64::from_str_radix("A1B2C3D4", 36).unwrap();
    let platform = PlatformId::compose(&owner, &area, entropy);
    assert_eq!(platform.as_str(), PLATFORM);
    assert_eq!(ConnectorId::compose(&owner, &area, entropy).as_str(), CONNECTOR);
    assert_eq!(ProductId::compose(&owner, &area, entropy + 36_u64.pow(8)).as_str(), PRODUCT);
    assert_eq!(ResourceId::compose(&owner, &area, entropy).as_str(), RESOURCE);
    let at = "2025-08-29T04:00:00.5Z".parse().unwrap();
    assert_eq!(ContractId::compose(&platform, at, entropy).as_str(), CONTRACT);
}

#[test]
fn json_goes_through_parsing() {
    let connector: ConnectorId = serde_json::from_value(CONNECTOR.into()).unwrap();
    assert_eq!(serde_json::to_value(&connector).unwrap(), CONNECTOR);
    assert_eq!(format!("{connector:>34}"), format!("  {CONNECTOR}"));
    let error = serde_json::from_value::<ConnectorId>(PLATFORM.into()).unwrap_err().to_string();
    assert!(error.contains("has type code 4 where 5 is prescribed"), "{error}");
    assert!(serde_json::from_value::<PartyId>(PLATFORM.into()).is_ok());
    assert!(serde_json::from_value::<PartyId>(5.into()).is_err());
}

#[test]
fn every_substitution_and_transposition_in_a_vector_is_found() {
    for code in [PLATFORM, CONNECTOR, CONNECTOR_65, PRODUCT, RESOURCE, CONTRACT, CONTRACT_8] {
        let chars: Vec<char> = code.chars().collect();
        let mut tried = HashSet::new();
        for position in 0..chars.len() {
            for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*".chars() {
                let mut changed = chars.clone();
                changed[position] = other;
                tried.insert(changed.into_iter().collect::<String>());
            }
            if position > 0 {
                let mut changed = chars.clone();
                changed.swap(position - 1, position);
                tried.insert(changed.into_iter().collect::<String>());
            }
        }
        tried.remove(code);
        assert!(tried.len() > chars.len() * 36);
        for changed in tried {
            assert!(mod37_2::verify(&changed).is_err(), "{changed}");
            assert!(!check(&changed, Strictness::Lenient).valid, "{changed}");
        }
    }
}

fn any_owner() -> impl Strategy<Value = ParticipantId> {
    ("[159][1-3]", 0_usize..5, "[0-9]{4}", "[0-9A-HJ-NPQRTUWXY]{8}").prop_map(|(head, province, area, inner)| {
        let province = ["11", "31", "35", "44", "50"][province];
        let first16 = format!("{head}{province}{area}{inner}");
        let first17 = format!("{first16}{}", uscc::organisation_check(&inner).unwrap());
        let check = uscc::check_character(&first17).unwrap();
        ParticipantId::parse(&format!("{first17}{check}")).unwrap()
    })
}

fn any_area() -> impl Strategy<Value = AreaCode> {
    prop_oneof!["35[0-9]{2}", "00[1-8][0-9]"].prop_map(|digits: String| digits.parse().unwrap())
}

proptest! {
    #[test]
    fn composed_codes_are_read_back(owner in any_owner(), area in any_area(), entropy: u64, second in 0_i64..4_000_000_000) {
        let at = jiff::Timestamp::from_second(second).unwrap();
        let platform = PlatformId::compose(&owner, &area, entropy);
        prop_assert_eq!(&PlatformId::parse(platform.as_str()).unwrap(), &platform);
        prop_assert_eq!((platform.owner(), platform.area()), (owner.clone(), area.clone()));
        let connector = ConnectorId::compose(&owner, &area, entropy);
        prop_assert_eq!(&ConnectorId::parse(connector.as_str()).unwrap(), &connector);
        let product = ProductId::compose(&owner, &area, entropy);
        prop_assert_eq!(&ProductId::parse(product.as_str()).unwrap(), &product);
        let resource = ResourceId::compose(&owner, &area, entropy);
        prop_assert_eq!(&ResourceId::parse(resource.as_str()).unwrap(), &resource);
        let contract = ContractId::compose(&platform, at, entropy);
        prop_assert_eq!(&ContractId::parse(contract.as_str()).unwrap(), &contract);
        prop_assert_eq!((contract.platform_owner(), contract.area(), contract.time()), (owner, area, at));
    }

    #[test]
    fn gb_17710_single_errors_are_found(
        owner in any_owner(),
        area in any_area(),
        entropy: u64,
        position in 0_usize..32,
        other in "[0-9A-Z*]",
    ) {
        let connector = ConnectorId::compose(&owner, &area, entropy).to_string();
        let mut changed = connector.clone();
        changed.replace_range(position..=position, &other);
        prop_assert_eq!(mod37_2::verify(&changed).is_ok(), changed == connector);
        prop_assert_eq!(PartyId::parse(&changed).is_ok(), changed == connector);

        let mut swapped: Vec<char> = connector.chars().collect();
        swapped.swap(position, (position + 1).min(31));
        let swapped: String = swapped.into_iter().collect();
        prop_assert_eq!(mod37_2::verify(&swapped).is_ok(), swapped == connector);
        prop_assert_eq!(PartyId::parse(&swapped).is_ok(), swapped == connector);
    }
}
