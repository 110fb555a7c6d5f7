//! The openssl command line (3.0 or later) as the oracle for time-stamps: its authority answers our requests, and what it signs we verify as it does itself.
//!
//! Without openssl each test says that it left the comparison out, and passes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its own functions too")]

mod desk;

use desk::{Desk, EVER, FOR_TIME, GONE, POLICY, TO_COME};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use xinyu_crypto::timestamp::{DigestAlgorithm, Imprint, Response, StampError, Token, request};

const DATA: &[u8] = b"digital contract \xe5\x90\x88\xe7\xba\xa6";
const SHA256: [&str; 2] = ["sha256", "sha256"];
const NONCE: u64 = 0x80_0000_0000_0001;

fn imprint() -> Imprint {
    Imprint::of(DigestAlgorithm::Sha256, DATA)
}

#[test]
fn rfc3161_2_4_openssl_answers_our_requests_and_both_verify_its_tokens() {
    let Some(desk) = Desk::new("time-stamps") else { return };
    desk.put("data", DATA);
    for (kind, signer_digest, certificate_digest) in [
        ("rsa", "sha256", "sha1"),
        ("rsa", "sha384", "sha256"),
        ("rsa", "sha512", "sha512"),
        ("p256", "sha256", "sha256"),
        ("p256", "sha512", "sha1"),
        ("p384", "sha384", "sha384"),
    ] {
        desk.root("root", kind, EVER);
        desk.end("tsa", "root", kind, FOR_TIME, EVER);
        let trusted = desk.trusted(&["root"]);
        for digest in DigestAlgorithm::ALL {
            let imprint = Imprint::of(digest, DATA);
            let query = request(&imprint, NONCE, Some(POLICY)).unwrap();
            let reply = desk.reply("tsa", &query, [signer_digest, certificate_digest], &[]);
            let response = Response::parse(&reply).unwrap();
            assert!(!response.is_modified);
            let stamp = response.token.verify(&imprint, Some(NONCE), &trusted, Some(desk.now())).unwrap();
            assert_eq!(stamp.policy, POLICY);
            assert_eq!(stamp.digest, digest);
            assert_eq!(stamp.accuracy_micros, Some(1_500_100));
            assert_eq!(stamp.authority, "CN=tsa,O=Test");
            assert!((desk.now().as_second() - stamp.at.as_second()).abs() < 60, "{}", stamp.at);
            let text = desk.output(&["ts", "-reply", "-config", "ts.cnf", "-in", "reply", "-text"]);
            let text = String::from_utf8(text).unwrap();
            assert!(text.contains(&format!("Serial number: 0x{}", stamp.serial)), "{text} {}", stamp.serial);
            let verify = ["ts", "-verify", "-queryfile", "query", "-in", "reply", "-CAfile", "root.pem"];
            desk.output(&verify);
            // The token alone, as it is kept.
            let token = Token::parse(response.token.der()).unwrap();
            assert_eq!(token.verify(&imprint, None, &trusted, None).unwrap(), stamp);
            desk.put("token", token.der());
            desk.output(&["ts", "-verify", "-queryfile", "query", "-token_in", "-in", "token", "-CAfile", "root.pem"]);
        }
    }
}

#[test]
fn openssl_reads_our_requests() {
    let Some(desk) = Desk::new("time-stamp requests") else { return };
    desk.put("query", request(&imprint(), NONCE, Some(POLICY)).unwrap());
    let text = String::from_utf8(desk.output(&["ts", "-query", "-in", "query", "-text"])).unwrap();
    for expected in [
        "Version: 1",
        "Hash Algorithm: sha256",
        "Policy OID: 1.2.3.4.5",
        "Nonce: 0x80000000000001",
        "Certificate required: yes",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    desk.put("data", DATA);
    let theirs = ["ts", "-query", "-data", "data", "-sha256", "-no_nonce", "-cert", "-out", "theirs"];
    desk.output(&theirs);
    // Ours with the nonce cut out (10 bytes), and the length that goes with it.
    let ours = request(&imprint(), NONCE, None).unwrap();
    let theirs = desk.read("theirs");
    assert_eq!(ours[2..ours.len() - 13], theirs[2..theirs.len() - 3]);
}

#[test]
fn rfc3161_2_4_2_refusals_say_status_and_failure() {
    let Some(desk) = Desk::new("refusals of time-stamps") else { return };
    desk.root("root", "p256", EVER);
    desk.end("tsa", "root", "p256", FOR_TIME, EVER);
    let refused = |query: &[u8]| Response::parse(&desk.reply("tsa", query, SHA256, &[])).unwrap_err();
    let StampError::Refused { status, failures, text } = refused(&request(&imprint(), 1, Some("1.2.3.9")).unwrap())
    else {
        panic!("policy 1.2.3.9 is none of its policies");
    };
    assert_eq!((status.as_str(), failures), ("rejection", vec!["unacceptedPolicy".to_owned()]));
    assert_eq!(text, "Requested policy is not supported.");
    let error = refused(b"\x30\x03\x02\x01\x01");
    assert_eq!(
        error.to_string(),
        "time-stamp authority answers rejection for badDataFormat: Bad request format or system error."
    );
}

#[test]
fn each_fault_has_its_own_error() {
    let Some(desk) = Desk::new("faulty time-stamps") else { return };
    desk.root("root", "p256", EVER);
    desk.root("foreign", "p256", EVER);
    desk.end("tsa", "root", "p256", FOR_TIME, EVER);
    desk.end("expired", "root", "p256", FOR_TIME, GONE);
    desk.end("early", "root", "p256", FOR_TIME, TO_COME);
    let query = request(&imprint(), NONCE, None).unwrap();
    let reply = |signer: &str| Response::parse(&desk.reply(signer, &query, SHA256, &[])).unwrap().token;
    let (trusted, foreign) = (desk.trusted(&["root"]), desk.trusted(&["foreign"]));
    let token = reply("tsa");
    let good = token.verify(&imprint(), Some(NONCE), &trusted, None).unwrap();

    let other = Imprint::of(DigestAlgorithm::Sha256, b"another contract");
    assert_eq!(token.verify(&other, Some(NONCE), &trusted, None), Err(StampError::Imprint));
    let of_other_function = Imprint::new(DigestAlgorithm::Sm3, imprint().as_bytes()).unwrap();
    assert_eq!(token.verify(&of_other_function, Some(NONCE), &trusted, None), Err(StampError::Imprint));
    assert_eq!(token.verify(&imprint(), Some(NONCE + 1), &trusted, None), Err(StampError::Nonce));
    for untrusting in [&foreign[..], &[]] {
        let found = token.verify(&imprint(), Some(NONCE), untrusting, None);
        assert!(matches!(found, Err(StampError::Untrusted { .. })), "{found:?}");
    }
    let long_ago = good.at - jiff::SignedDuration::from_mins(6);
    assert_eq!(token.verify(&imprint(), None, &trusted, Some(long_ago)), Err(StampError::Future(good.at)));

    let found = reply("expired").verify(&imprint(), Some(NONCE), &trusted, None);
    assert!(matches!(found, Err(StampError::Expired { .. })), "{found:?}");
    let found = reply("early").verify(&imprint(), Some(NONCE), &trusted, None);
    assert!(matches!(found, Err(StampError::NotYet { .. })), "{found:?}");

    // A root of the same name and another key.
    desk.root("root", "p256", EVER);
    let found = token.verify(&imprint(), Some(NONCE), &desk.trusted(&["root"]), None);
    assert!(matches!(found, Err(StampError::CertificateSignature { .. })), "{found:?}");
    let found = desk.run(&["ts", "-verify", "-queryfile", "query", "-in", "reply", "-CAfile", "foreign.pem"]);
    assert!(!found.status.success());
}

#[test]
fn rfc3161_2_3_a_signer_is_for_time_stamping_alone() {
    let Some(desk) = Desk::new("purposes of time-stamping certificates") else { return };
    desk.root("root", "p256", EVER);
    let trusted = desk.trusted(&["root"]);
    desk.end("tsa", "root", "p256", FOR_TIME, EVER);
    let query = request(&imprint(), NONCE, None).unwrap();
    let content = desk.content(&desk.reply("tsa", &query, SHA256, &[]));
    for (extensions, expect) in [
        ("extendedKeyUsage=critical,timeStamping", None),
        ("extendedKeyUsage=critical,timeStamping\nkeyUsage=nonRepudiation", None),
        ("keyUsage=digitalSignature", Some("is not for time-stamping alone")),
        ("extendedKeyUsage=timeStamping", Some("is not for time-stamping alone")),
        ("extendedKeyUsage=critical,timeStamping,codeSigning", Some("is not for time-stamping alone")),
        ("extendedKeyUsage=critical,codeSigning", Some("is not for time-stamping alone")),
        ("extendedKeyUsage=critical,timeStamping\nkeyUsage=keyEncipherment", Some("may not be used for signatures")),
        (
            "extendedKeyUsage=critical,timeStamping\n1.2.3.4=critical,DER:0500",
            Some("critical extension 1.2.3.4 is not understood"),
        ),
    ] {
        desk.end("tsa", "root", "p256", extensions, EVER);
        let token = desk.signed(&content, &["-signer", "tsa.pem", "-inkey", "tsa.key", "-cades"]);
        let found = Token::parse(&token).unwrap().verify(&imprint(), Some(NONCE), &trusted, None);
        let error = found.err().map(|error| error.to_string());
        assert_eq!(error.is_some(), expect.is_some(), "{extensions}: {error:?}");
        assert!(error.unwrap_or_default().contains(expect.unwrap_or_default()), "{extensions}");
    }
}

#[test]
fn chains_end_at_a_root_at_what_is_below_it_or_at_the_authority_itself() {
    let Some(desk) = Desk::new("chains of time-stamping authorities") else { return };
    desk.root("root", "rsa", EVER);
    desk.end("issuing", "root", "p384", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign", EVER);
    desk.end("tsa", "issuing", "p256", FOR_TIME, EVER);
    let query = request(&imprint(), NONCE, None).unwrap();
    let reply = desk.reply("tsa", &query, SHA256, &[]);
    let content = desk.content(&reply);
    let alone = Response::parse(&reply).unwrap().token;
    desk.put("chain.pem", [desk.read("issuing.pem"), desk.read("root.pem")].concat());
    let whole = desk.reply("tsa", &query, SHA256, &["-chain", "chain.pem"]);
    let whole = Response::parse(&whole).unwrap().token;
    let check = |token: &Token, trusted: &[&str]| token.verify(&imprint(), Some(NONCE), &desk.trusted(trusted), None);
    for trusted in [&["root"][..], &["issuing"], &["tsa"], &["tsa", "root"]] {
        check(&whole, trusted).unwrap();
    }
    for trusted in [&["root", "issuing"][..], &["issuing"], &["tsa"]] {
        check(&alone, trusted).unwrap();
    }
    let found = check(&alone, &["root"]);
    assert!(matches!(found, Err(StampError::Untrusted { .. })), "{found:?}");

    // What is between them is no authority, or one above nobody but ends.
    for between in ["basicConstraints=critical,CA:FALSE", "basicConstraints=CA:TRUE\nkeyUsage=digitalSignature"] {
        desk.end("issuing", "root", "p384", between, EVER);
        desk.end("tsa", "issuing", "p256", FOR_TIME, EVER);
        let token = Response::parse(&desk.reply("tsa", &query, SHA256, &[])).unwrap().token;
        let found = check(&token, &["issuing"]);
        assert!(matches!(found, Err(StampError::NotAuthority { .. })), "{between}: {found:?}");
    }
    desk.end("issuing", "root", "p256", "basicConstraints=critical,CA:TRUE,pathlen:0", EVER);
    desk.end("below", "issuing", "p256", "basicConstraints=critical,CA:TRUE", EVER);
    desk.end("tsa", "below", "p256", FOR_TIME, EVER);
    desk.put("chain.pem", [desk.read("below.pem"), desk.read("issuing.pem")].concat());
    let token = desk.signed(&content, &["-signer", "tsa.pem", "-inkey", "tsa.key", "-certfile", "chain.pem", "-cades"]);
    let found = check(&Token::parse(&token).unwrap(), &["root"]);
    assert!(matches!(found, Err(StampError::NotAuthority { .. })), "{found:?}");
}

#[test]
fn rfc5652_5_signed_messages_of_other_shapes() {
    let Some(desk) = Desk::new("signed messages of other shapes") else { return };
    desk.root("root", "p256", EVER);
    desk.end("tsa", "root", "rsa", FOR_TIME, EVER);
    desk.end("second", "root", "p256", FOR_TIME, EVER);
    let trusted = desk.trusted(&["root"]);
    let query = request(&imprint(), NONCE, None).unwrap();
    let reply = desk.reply("tsa", &query, SHA256, &[]);
    let content = desk.content(&reply);
    let tsa = ["-signer", "tsa.pem", "-inkey", "tsa.key"];
    let check = |options: &[&str]| {
        let token = Token::parse(&desk.signed(&content, options))?;
        token.verify(&imprint(), Some(NONCE), &trusted, None)
    };
    let with = |more: &[&str]| check(&[&tsa, more].concat());
    // The signer by the identifier of its key, and RSA by the algorithm of the key and that of the digest.
    with(&["-cades", "-keyid"]).unwrap();
    assert_eq!(with(&["-cades", "-nocerts"]), Err(StampError::NoSigner));
    assert_eq!(with(&[]), Err(StampError::Attribute("signingCertificate")));
    assert_eq!(with(&["-noattr"]), Err(StampError::Attribute("contentType")));
    assert_eq!(with(&["-cades", "-signer", "second.pem", "-inkey", "second.key"]), Err(StampError::Signers(2)));
    let pss = with(&["-cades", "-keyopt", "rsa_padding_mode:pss"]);
    assert!(matches!(pss, Err(StampError::Algorithm { what: "signature", .. })), "{pss:?}");
    let sha1 = with(&["-cades", "-md", "sha1"]);
    assert!(matches!(sha1, Err(StampError::Algorithm { .. })), "{sha1:?}");
    let data = with(&["-cades", "-econtent_type", "1.2.840.113549.1.7.1"]);
    assert_eq!(data, Err(StampError::Version { what: "time-stamp token", found: 1 }));
    let other = with(&["-cades", "-econtent_type", "1.2.3.4"]);
    assert_eq!(other, Err(StampError::ContentType { expected: "time-stamp", found: "1.2.3.4".to_owned() }));
    // The name in the token is another authority's.
    let second = check(&["-signer", "second.pem", "-inkey", "second.key", "-cades"]);
    assert_eq!(second, Err(StampError::Name("CN=second,O=Test".to_owned())));
}

/// openssl 3.0 signs no messages by these keys, so the message is put together here and openssl signs its attributes.
#[test]
fn ed25519_and_sm2_with_sm3() {
    let Some(desk) = Desk::new("time-stamps by Ed25519 and SM2") else { return };
    let query = request(&Imprint::of(DigestAlgorithm::Sm3, DATA), NONCE, None).unwrap();
    desk.root("root", "p256", EVER);
    desk.end("tsa", "root", "p256", FOR_TIME, EVER);
    let content = desk.content(&desk.reply("tsa", &query, SHA256, &[]));
    for (kind, digest) in [("ed25519", DigestAlgorithm::Sha512), ("sm2", DigestAlgorithm::Sm3)] {
        desk.root("root", kind, EVER);
        desk.end("tsa", "root", kind, FOR_TIME, EVER);
        let trusted = desk.trusted(&["root"]);
        let token = desk.assembled(kind, digest, &content);
        let imprint = Imprint::of(DigestAlgorithm::Sm3, DATA);
        let stamp = Token::parse(&token).unwrap().verify(&imprint, Some(NONCE), &trusted, None).unwrap();
        assert_eq!(stamp.authority, "CN=tsa,O=Test");
        let mut altered = token.clone();
        *altered.last_mut().unwrap() ^= 1;
        let found = Token::parse(&altered).unwrap().verify(&imprint, Some(NONCE), &trusted, None);
        assert_eq!(found, Err(StampError::Signature), "{kind}");
    }
}

#[test]
fn no_altered_byte_makes_another_stamp() {
    let Some(desk) = Desk::new("altered time-stamps") else { return };
    desk.root("root", "p256", EVER);
    desk.end("tsa", "root", "p256", FOR_TIME, EVER);
    let trusted = desk.trusted(&["root"]);
    let reply = desk.reply("tsa", &request(&imprint(), NONCE, None).unwrap(), SHA256, &[]);
    let token = Response::parse(&reply).unwrap().token;
    let good = token.verify(&imprint(), Some(NONCE), &trusted, None).unwrap();
    let content = desk.content(&reply);
    let der = token.der();
    let from = der.windows(content.len()).position(|window| window == content).unwrap();
    let read = |bytes: &[u8]| Token::parse(bytes)?.verify(&imprint(), Some(NONCE), &trusted, None);
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut altered = der.to_vec();
            altered[at] ^= 1 << bit;
            let found = read(&altered);
            if (from..from + content.len()).contains(&at) {
                let error = found.unwrap_err();
                let is_said = matches!(
                    error,
                    StampError::Digest
                        | StampError::Malformed { .. }
                        | StampError::Version { .. }
                        | StampError::Algorithm { .. }
                        | StampError::ImprintLength { .. }
                );
                assert!(is_said, "{at}: {error:?}");
            } else if let Ok(stamp) = found {
                assert_eq!(stamp, good, "{at}");
            }
        }
    }
    // The last byte of the content is of the authority's name, the last of the token of its signature.
    let altered = |at: usize| {
        let mut altered = der.to_vec();
        altered[at] ^= 1;
        read(&altered).unwrap_err()
    };
    assert_eq!(altered(from + content.len() - 1), StampError::Digest);
    assert_eq!(altered(der.len() - 1), StampError::Signature);

    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..8);
    let mut runner = TestRunner::new(Config { cases: 4000, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&edits, |edits| {
        let mut bytes = reply.clone();
        for (at, byte, how) in &edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = *byte,
                1 => bytes.insert(at, *byte),
                _ => drop(bytes.remove(at)),
            }
        }
        if let Ok(response) = Response::parse(&bytes)
            && let Ok(stamp) = response.token.verify(&imprint(), Some(NONCE), &trusted, None)
        {
            prop_assert_eq!(&stamp, &good);
        }
        Ok(())
    });
    outcome.unwrap();
}
