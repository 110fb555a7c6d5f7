//! A token that openssl made, without openssl; what its command line makes anew each time is in `tests/timestamp`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;
use crate::Suite;

const DATA: &[u8] = b"digital contract";
const NONCE: u64 = 7;

fn token() -> Vec<u8> {
    STANDARD.decode(TOKEN).unwrap()
}

fn trusted() -> Vec<StampAuthority> {
    StampAuthority::all_from_pem(ROOT).unwrap()
}

fn imprint() -> Imprint {
    Imprint::of(DigestAlgorithm::Sha256, DATA)
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], length.as_slice(), &content].concat()
}

/// As [`tlv`], of fewer than 128 bytes.
fn short(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [&[tag, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
}

#[test]
fn rfc3161_2_4_1_a_request_byte_for_byte() {
    // What `openssl ts -query -sha256 -cert` wrote for the digest, with the nonce.
    let expect = "303c02010130313 00d06096086480165030402010500 0420\
        4a3828f5bd0d6a18d4cfc0c89602dda9fdac349c69883b03f1e1ba86f29421c3 020107 0101ff";
    assert_eq!(hex::encode(request(&imprint(), NONCE, None).unwrap()), expect.replace(' ', ""));
    let with_policy = request(&imprint(), u64::MAX, Some("1.2.3.4.1")).unwrap();
    assert!(hex::encode(with_policy).ends_with("06042a030401020900ffffffffffffffff0101ff"));
    for wrong in ["", "1", "1.2.", "policy", "9.9.9"] {
        assert!(matches!(request(&imprint(), NONCE, Some(wrong)), Err(StampError::Malformed { .. })), "{wrong}");
    }
}

#[test]
fn a_token_tells_when_and_by_whom() {
    let token = Token::parse(&token()).unwrap();
    let stamp = token.verify(&imprint(), Some(NONCE), &trusted(), None).unwrap();
    let expect = Stamp {
        at: "2026-11-26T20:58:40.093225Z".parse().unwrap(),
        accuracy_micros: Some(1_000_000),
        serial: "2B".to_owned(),
        policy: "1.2.3.4.1".to_owned(),
        authority: "CN=Time,O=Test".to_owned(),
        digest: DigestAlgorithm::Sha256,
    };
    assert_eq!(stamp, expect);
    let of_suite = Imprint::of_suite(Suite::Intl, &Suite::Intl.hash(DATA));
    assert_eq!(token.verify(&of_suite, None, &trusted(), Some(expect.at)).unwrap(), expect);
    let of_sm = Imprint::of_suite(Suite::Sm, &Suite::Sm.hash(DATA));
    assert_eq!(token.verify(&of_sm, None, &trusted(), None), Err(StampError::Imprint));
    for other in [0, 1, 0x0700, u64::MAX] {
        assert_eq!(token.verify(&imprint(), Some(other), &trusted(), None), Err(StampError::Nonce), "{other}");
    }
    assert_eq!(token.der(), super::tests::token());
}

#[test]
fn rfc3161_2_4_2_a_response_grants_or_says_why_not() {
    let granted = |status: u8| Response::parse(&tlv(0x30, &[&[0x30, 3, 2, 1, status], &token()]));
    assert!(!granted(0).unwrap().is_modified);
    assert!(granted(1).unwrap().is_modified);
    assert_eq!(granted(1).unwrap().token, Token::parse(&token()).unwrap());
    let without = |info: &[&[u8]]| Response::parse(&short(0x30, &[&short(0x30, info)]));
    assert_eq!(without(&[&[2, 1, 0]]), Err(StampError::NoToken));
    let words = short(0x30, &[&short(0x0c, &["忙\n".as_bytes()]), &short(0x0c, &[b"later"])]);
    let bits = [&[3, 5, 6][..], &[0x84, 0x03, 0, 0x40]].concat();
    for (status, name) in [(2, "rejection"), (3, "waiting"), (4, "revocationWarning"), (9, "status 9")] {
        let found = without(&[&[2, 1, status], &words, &bits]).unwrap_err();
        let failures = "badAlg, badDataFormat, timeNotAvailable, unacceptedPolicy, systemFailure";
        assert_eq!(found.to_string(), format!("time-stamp authority answers {name} for {failures}: 忙; later"));
    }
    let unknown = without(&[&[2, 1, 2], &[3, 2, 3, 0x08]]).unwrap_err();
    assert_eq!(unknown.to_string(), "time-stamp authority answers rejection for bit 4");
    let bare = without(&[&[2, 1, 3]]).unwrap_err();
    assert_eq!(bare.to_string(), "time-stamp authority answers waiting");
    // A token beside a refusal is none.
    assert!(matches!(granted(2), Err(StampError::Refused { .. })));
}

#[test]
fn what_is_malformed_says_what_it_should_have_been() {
    let too_long = vec![0; MAX_BYTES + 1];
    assert!(matches!(Token::parse(&too_long), Err(StampError::TooLong { found: 65_537, .. })));
    assert!(matches!(Response::parse(&too_long), Err(StampError::TooLong { .. })));
    assert!(matches!(StampAuthority::from_der(&too_long), Err(StampError::TooLong { .. })));
    for bytes in [&[][..], &[0x30], &[0x30, 0x80, 0, 0], b"<html>502</html>", &[token(), vec![0]].concat()] {
        let error = Token::parse(bytes).unwrap_err();
        assert!(error.to_string().starts_with("time-stamp token is malformed: "), "{error}");
        let error = Response::parse(bytes).unwrap_err();
        assert!(error.to_string().starts_with("time-stamp response is malformed: "), "{error}");
    }
    let length = Imprint::new(DigestAlgorithm::Sha512, &[0; 32]);
    assert_eq!(length, Err(StampError::ImprintLength { expected: 64, found: 32 }));
}

#[test]
fn trusted_authorities_are_read_from_pem() {
    let unwrapped = ROOT.replace('\n', "").replace("E-----M", "E-----\r\nM").replace("=-----END", "=\r\n-----END");
    let twice = format!("Root of Test\n{ROOT}\n\n  Another\n{unwrapped}");
    let found = StampAuthority::all_from_pem(&twice).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0].subject(), "CN=Root,O=Test");
    assert_eq!(found[0].serial(), "43CFA83C31D71E54195D85C4A07913C6FD43707E");
    assert_eq!(StampAuthority::from_der(found[0].0.der()).unwrap(), found[0]);
    for wrong in
        ["", "text", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", &ROOT[..500], &twice.repeat(40)]
    {
        assert!(matches!(StampAuthority::all_from_pem(wrong), Err(StampError::Malformed { .. })));
    }
    // Something else in PEM is passed over, and then nothing is left.
    let key = ROOT.replace("CERTIFICATE", "PUBLIC KEY");
    assert!(StampAuthority::all_from_pem(&key).is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Token::parse(&bytes).is_err());
        prop_assert!(Response::parse(&bytes).is_err());
        prop_assert!(StampAuthority::from_der(&bytes).is_err());
    }

    #[test]
    fn an_altered_token_is_no_other_stamp(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..6),
    ) {
        let good = Token::parse(&token()).unwrap().verify(&imprint(), Some(NONCE), &trusted(), None);
        let mut bytes = token();
        for (at, byte, is_cut) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if is_cut && byte < 8 {
                bytes.truncate(at);
                break;
            }
        }
        if let Ok(token) = Token::parse(&bytes) {
            let found = token.verify(&imprint(), Some(NONCE), &trusted(), None);
            prop_assert!(found.is_err() || found == good);
        }
    }
}

/// Over [`DATA`] by SHA-256 for [`NONCE`]; the certificate of who signed it is of nine days in 2026.
const TOKEN: &str = "\
    MIIDwQYJKoZIhvcNAQcCoIIDsjCCA64CAQMxDzANBglghkgBZQMEAgEFADCBmQYLKoZIhvcNAQkQAQSggYkEgYYwgYMCAQEGBCoDBAEwMTANBg\
    lghkgBZQMEAgEFAAQgSjgo9b0NahjUz8DIlgLdqf2sNJxpiDsD8eG6hvKUIcMCASsYFjIwMjYxMTI2MjA1ODQwLjA5MzIyNVowAwIBAQIBB6Ai\
    pCAwHjENMAsGA1UECgwEVGVzdDENMAsGA1UEAwwEVGltZaCCAawwggGoMIIBTqADAgECAhRAjrcEuWrgCkIATKJf1nVN1q5suzAKBggqhkjOPQ\
    QDAjAeMQ0wCwYDVQQKDARUZXN0MQ0wCwYDVQQDDARSb290MB4XDTI2MTEyNjIwNTgzOVoXDTI2MTIwNTIwNTgzOVowHjENMAsGA1UECgwEVGVz\
    dDENMAsGA1UEAwwEVGltZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLvW7aWLp/MwayxRohaHIT/V2RKqij7iK6YhwmDR05ghTKa/A8LK/o\
    VL2pNnaMKRAQz/yHf4Jo9HzL6dfTqGajKjajBoMBYGA1UdJQEB/wQMMAoGCCsGAQUFBwMIMA4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQUfNhP\
    7jUGqMMJqqWWLH+PhWBO2RUwHwYDVR0jBBgwFoAU4ojrpVA9zEewrNj9N2t1eay8skUwCgYIKoZIzj0EAwIDSAAwRQIgYeqeTgq1BGR2/5KEG3\
    bJrdkhXftlwqXM3ABnUBorRO8CIQDq3SYpW4RpKek11rvuEmEhQf5Xienr/p1vT1+pKX/ztjGCAUowggFGAgEBMDYwHjENMAsGA1UECgwEVGVz\
    dDENMAsGA1UEAwwEUm9vdAIUQI63BLlq4ApCAEyiX9Z1TdaubLswDQYJYIZIAWUDBAIBBQCggaQwGgYJKoZIhvcNAQkDMQ0GCyqGSIb3DQEJEA\
    EEMBwGCSqGSIb3DQEJBTEPFw0yNjExMjYyMDU4NDBaMC8GCSqGSIb3DQEJBDEiBCC0GNLyODnSLPy8fv6g/X0KwhGCq3BxjRoZfoFdj4szLzA3\
    BgsqhkiG9w0BCRACLzEoMCYwJDAiBCDKZ2f9cC/k6D6JADBWGRXboFhD/weeWuHJ/JxyHTRDADAKBggqhkjOPQQDAgRHMEUCICPZyKnfCUKK/5\
    PU/GdMYJJo64NA5rKsWvuEtwYjsXH0AiEA2dupZxdx/rfFbiIAnOeze/jNaJWVyQjYM1qmtliDEiQ=";

const ROOT: &str = "\
-----BEGIN CERTIFICATE-----
MIIBojCCAUegAwIBAgIUQ8+oPDHXHlQZXYXEoHkTxv1DcH4wCgYIKoZIzj0EAwIw
HjENMAsGA1UECgwEVGVzdDENMAsGA1UEAwwEUm9vdDAeFw0yNjExMjYyMDU4Mzla
Fw0zNjExMjMyMDU4MzlaMB4xDTALBgNVBAoMBFRlc3QxDTALBgNVBAMMBFJvb3Qw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASsDHs+2ASqu271XkM14/b+YuiOUZDn
t79B1hJvS3DWyJHzXCq5PCFzjeNH3xdjRPfJn6y5Hjh+HA1YuWGtEhbUo2MwYTAd
BgNVHQ4EFgQU4ojrpVA9zEewrNj9N2t1eay8skUwHwYDVR0jBBgwFoAU4ojrpVA9
zEewrNj9N2t1eay8skUwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQw
CgYIKoZIzj0EAwIDSQAwRgIhAIoPPjDkly0PC9CfqQVSrV+jHP5U6yb57VSiJa1S
VpxiAiEA6ELtsTMAJYBv6FA2LZAYFoYulN+IFrgWsMoMCXOeK0c=
-----END CERTIFICATE-----";
