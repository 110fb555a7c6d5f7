//! The openssl command line (3.0 or later) as the oracle for certificates, requests, chains and revocation lists, in P-256 and in SM2 under its default
//! user id: what we write it verifies, and the reverse.
//!
//! Without openssl each test says that it left the comparison out, and passes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its own functions too")]

use std::fs;
use std::process::{Command, Output};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tempfile::TempDir;
use xinyu_crypto::Suite;
use xinyu_crypto::x509::{
    Authority, AuthorityCertificates, Certificate, CertificateKey, CertificateRequest, Expected, Issue, Place,
    RevocationList, Revoked, Subject, X509Error, verify_chain, verify_person,
};

const UNIT: &str = "591350100M000100Y433501A1B2C3D4T";
const ID: &str = "distid:1234567812345678";
const DAY: u64 = 86_400;

struct Desk(TempDir);

impl Desk {
    fn new(left_out: &str) -> Option<Self> {
        let is_there = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
        if !is_there {
            eprintln!("openssl is not installed: {left_out} not compared");
            return None;
        }
        Some(Self(TempDir::new().unwrap()))
    }

    fn put(&self, name: &str, content: &str) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn run(&self, command: &[&str]) -> Output {
        Command::new("openssl").args(command).current_dir(self.0.path()).output().unwrap()
    }

    #[track_caller]
    fn output(&self, command: &[&str]) -> String {
        let output = self.run(command);
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{command:?}: {text}");
        text
    }
}

/// Now by the clock of openssl's own machine, from a file it could have written.
fn now(desk: &Desk) -> u64 {
    desk.put("clock", "");
    let made = fs::metadata(desk.0.path().join("clock")).unwrap().modified().unwrap();
    made.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

fn subject() -> Subject {
    Subject {
        place: Place::parse("connector.a.example").unwrap(),
        unit: UNIT.to_owned(),
        organization: None,
        others: vec![Place::parse("192.0.2.7").unwrap()],
    }
}

fn with_id<'a>(suite: Suite, mut command: Vec<&'a str>, option: &'a str) -> Vec<&'a str> {
    if suite == Suite::Sm {
        command.extend([option, ID]);
    }
    command
}

#[test]
fn ndi_03_appendix_a_openssl_verifies_our_certificates_requests_and_lists() {
    let Some(desk) = Desk::new("certificates") else {
        return;
    };
    let now = now(&desk);
    for suite in Suite::ALL {
        let mut rng = StdRng::seed_from_u64(5);
        let mut key = || CertificateKey::generate(suite, &mut rng);
        let (root_key, issuing_key, end_key) = (key(), key(), key());
        let life = Issue { now, seconds: 3650 * DAY };
        let authority = Authority::found(&root_key, &issuing_key, "Operator", life, &mut rng).unwrap();
        let request = CertificateRequest::make(&end_key, &subject()).unwrap();
        let life = Issue { now, seconds: 365 * DAY };
        let end = authority.issue(&request, &subject(), life, &mut rng).unwrap();
        let AuthorityCertificates { root, issuing } = authority.certificates().clone();
        let bundle = format!("{}{}", root.to_pem().unwrap(), issuing.to_pem().unwrap());
        for (name, text) in [
            ("root.pem", root.to_pem().unwrap()),
            ("issuing.pem", issuing.to_pem().unwrap()),
            ("bundle.pem", bundle),
            ("end.pem", end.to_pem().unwrap()),
            ("end.csr", request.pem().to_owned()),
        ] {
            desk.put(name, &text);
        }
        let verified = desk.output(&with_id(suite, vec!["req", "-verify", "-noout", "-in", "end.csr"], "-vfyopt"));
        assert!(verified.contains("verify OK"), "{verified}");
        // The user id that openssl is told holds for the certificate at the end alone, so in SM2 each link of the chain is verified by itself.
        let verify = |extra: &[&'static str]| {
            let chain = match suite {
                Suite::Intl => vec!["verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", "issuing.pem"],
                Suite::Sm => vec!["verify", "-x509_strict", "-partial_chain", "-trusted", "issuing.pem", "-vfyopt", ID],
            };
            desk.run(&[&chain, extra, &["end.pem"]].concat())
        };
        for (trusted, below) in [("root.pem", "issuing.pem"), ("issuing.pem", "end.pem")] {
            let mut command = vec!["verify", "-x509_strict", "-partial_chain", "-trusted", trusted];
            command = with_id(suite, command, "-vfyopt");
            command.push(below);
            desk.output(&command);
        }
        if suite == Suite::Sm {
            check_signature(&desk, "root.pem", "root.pem");
        }
        let output = verify(&["-verify_hostname", "connector.a.example", "-purpose", "sslserver"]);
        assert!(output.status.success(), "{suite}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(verify(&["-verify_ip", "192.0.2.7"]).status.success());
        assert!(!verify(&["-verify_hostname", "connector.b.example"]).status.success());
        let text = desk.output(&["x509", "-in", "end.pem", "-noout", "-serial", "-subject", "-ext", "keyUsage"]);
        assert!(text.contains(&end.serial()) && text.contains(UNIT), "{text}");
        assert!(text.contains("CN = connector.a.example") && text.contains("Digital Signature"), "{text}");

        for (number, revoked, expect) in
            [(1, vec![], true), (2, vec![Revoked { serial: end.serial(), at: now }], false)]
        {
            let list = RevocationList::sign(&authority, number, &revoked, now, DAY).unwrap();
            desk.put("list.crl", &list.to_pem().unwrap());
            // openssl has no option for the user id of a list, so in SM2 it verifies the signature over the bytes of the list.
            if suite == Suite::Sm {
                check_signature(&desk, "list.crl", "issuing.pem");
                continue;
            }
            let told = desk.output(&["crl", "-in", "list.crl", "-noout", "-CAfile", "bundle.pem", "-crlnumber"]);
            assert!(told.contains("verify OK"), "{told}");
            let output = verify(&["-crl_check", "-CRLfile", "list.crl"]);
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), expect, "{suite} list {number}: {told}");
            assert!(expect || told.contains("certificate revoked"), "{told}");
        }
    }
}

/// Cuts the signed part and the signature out of something signed in SM2, and verifies them with the key of a certificate.
fn check_signature(desk: &Desk, what: &str, signer: &str) {
    let parts = desk.output(&["asn1parse", "-in", what]);
    let offset = |wanted: &str| {
        let at_one = |line: &&str| line.contains("d=1") && line.contains(wanted);
        parts.lines().find(at_one).unwrap().split(':').next().unwrap().trim().to_owned()
    };
    for (wanted, file) in [("SEQUENCE", "signed"), ("BIT STRING", "signature")] {
        desk.output(&["asn1parse", "-in", what, "-noout", "-strparse", &offset(wanted), "-out", file]);
    }
    desk.output(&["x509", "-in", signer, "-noout", "-pubkey", "-out", "signer.pub"]);
    let verify = ["pkeyutl", "-verify", "-pubin", "-inkey", "signer.pub", "-rawin", "-digest", "sm3", "-in", "signed"];
    let told = desk.output(&[&verify[..], &["-sigfile", "signature", "-pkeyopt", ID]].concat());
    assert!(told.contains("Verified Successfully"), "{told}");
}

const EXTENSIONS: &str = "\
[ca]
basicConstraints = critical,CA:true,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[no_ca]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
[end]
basicConstraints = CA:false
keyUsage = critical,digitalSignature
subjectAltName = DNS:connector.a.example,IP:192.0.2.7
authorityKeyIdentifier = keyid
[constrained]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
nameConstraints = critical,permitted;DNS:other.example
[req]
distinguished_name = name
[name]
[authority]
database = index.txt
crlnumber = number
default_crl_days = 1
[ca_list]
default_ca = authority
";

/// A self-signed certificate and one under it, made by openssl.
fn made_by_openssl(desk: &Desk, suite: Suite, section: &str, unit: &str) -> (Certificate, Certificate) {
    let (curve, digest) = if suite == Suite::Sm { ("SM2", "-sm3") } else { ("prime256v1", "-sha256") };
    desk.put("ext.cnf", EXTENSIONS);
    for name in ["root", "leaf"] {
        let key = format!("{name}.key");
        desk.output(&["genpkey", "-algorithm", "EC", "-pkeyopt", &format!("ec_paramgen_curve:{curve}"), "-out", &key]);
    }
    let root = ["req", "-x509", "-new", "-key", "root.key", digest, "-days", "30", "-subj", "/O=Other/CN=Other Root"];
    let mut command = root.to_vec();
    command.extend(["-config", "ext.cnf", "-extensions", section, "-out", "root.pem"]);
    desk.output(&with_id(suite, command, "-sigopt"));
    let name = format!("/OU={unit}/CN=connector.a.example");
    let request = ["req", "-new", "-key", "leaf.key", digest, "-subj", &name, "-config", "ext.cnf", "-out", "leaf.csr"];
    desk.output(&with_id(suite, request.to_vec(), "-sigopt"));
    let issue = ["x509", "-req", "-in", "leaf.csr", "-CA", "root.pem", "-CAkey", "root.key", digest, "-days", "10"];
    let mut command = issue.to_vec();
    command.extend(["-extfile", "ext.cnf", "-extensions", "end", "-set_serial", "0x4711", "-out", "leaf.pem"]);
    if suite == Suite::Sm {
        command.extend(["-sigopt", ID, "-vfyopt", ID]);
    }
    desk.output(&command);
    let read = |name: &str| Certificate::from_pem(&desk.read(name)).unwrap();
    (read("root.pem"), read("leaf.pem"))
}

#[test]
fn ndi_03_7_2_3_we_verify_certificates_requests_and_lists_of_openssl() {
    let Some(desk) = Desk::new("certificates of openssl") else {
        return;
    };
    for suite in Suite::ALL {
        let (root, leaf) = made_by_openssl(&desk, suite, "ca", UNIT);
        let now = now(&desk) + 2;
        let roots = [root];
        let wanted = |lists: &'static [RevocationList]| Expected {
            roots: &roots,
            lists,
            must_have_lists: false,
            unit: Some(UNIT),
            place: None,
            now,
        };
        assert_eq!(verify_chain(std::slice::from_ref(&leaf), &wanted(&[])), Ok(()), "{suite}");
        assert_eq!(leaf.serial(), "4711");
        assert_eq!(leaf.subject().unwrap().places(), [subject().place, subject().others[0].clone()]);
        let request = CertificateRequest::from_pem(&desk.read("leaf.csr")).unwrap();
        assert_eq!((&request.public, request.subject.unit.as_str()), (leaf.public(), UNIT));

        for (index, expect) in [
            (String::new(), Ok(())),
            (
                "R\t401125000000Z\t240101000000Z\t4711\tunknown\t/CN=x\n".to_owned(),
                Err(X509Error::Revoked { serial: "4711".to_owned() }),
            ),
        ] {
            desk.put("index.txt", &index);
            desk.put("number", "01\n");
            let command = [
                "ca",
                "-gencrl",
                "-config",
                "ext.cnf",
                "-name",
                "authority",
                "-keyfile",
                "root.key",
                "-cert",
                "root.pem",
            ];
            let mut command = command.to_vec();
            command.extend(["-md", if suite == Suite::Sm { "sm3" } else { "sha256" }, "-out", "list.crl"]);
            desk.output(&with_id(suite, command, "-sigopt"));
            let lists = [RevocationList::from_pem(&desk.read("list.crl")).unwrap()];
            let wanted = Expected { lists: &lists, must_have_lists: true, ..wanted(&[]) };
            assert_eq!(verify_chain(std::slice::from_ref(&leaf), &wanted), expect, "{suite}");
        }
    }
}

#[test]
fn ndi_03_7_2_3_certificates_of_openssl_that_are_not_in_order_are_refused() {
    let Some(desk) = Desk::new("wrong certificates of openssl") else {
        return;
    };
    for suite in Suite::ALL {
        for (section, unit, expect) in [
            ("no_ca", UNIT, "of no authority"),
            ("constrained", UNIT, "critical extension 2.5.29.30"),
            ("ca", "591350100M000100Y433501A1B2C3D4X", "OU is"),
        ] {
            let (root, leaf) = made_by_openssl(&desk, suite, section, unit);
            let now = now(&desk) + 2;
            let roots = [root];
            let wanted =
                Expected { roots: &roots, lists: &[], must_have_lists: false, unit: Some(UNIT), place: None, now };
            let refused = verify_chain(&[leaf], &wanted).unwrap_err().to_string();
            assert!(refused.contains(expect), "{suite} {section}: {refused}");
        }
    }
    for (name, options) in [
        ("RSA of 1024 bits", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]),
        ("P-224", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp224r1"]),
        ("secp256k1", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"]),
    ] {
        let mut command = vec!["genpkey", "-out", "weak.key"];
        command.extend(options);
        desk.output(&command);
        let name_of = "/OU=591350100M000100Y433501A1B2C3D4T/CN=a.example";
        desk.output(&["req", "-new", "-x509", "-key", "weak.key", "-subj", name_of, "-days", "1", "-out", "weak.pem"]);
        desk.output(&["req", "-new", "-key", "weak.key", "-subj", name_of, "-out", "weak.csr"]);
        let certificate = Certificate::from_pem(&desk.read("weak.pem"));
        assert!(matches!(certificate, Err(X509Error::Key(_))), "{name}: {certificate:?}");
        let request = CertificateRequest::from_pem(&desk.read("weak.csr"));
        assert!(matches!(request, Err(X509Error::Key(_))), "{name}: {request:?}");
    }
}

#[test]
fn a_person_s_certificate_is_for_clients_or_does_not_say() {
    let Some(desk) = Desk::new("what certificates of people are for") else {
        return;
    };
    let curve = ["-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    let authority =
        ["req", "-x509", "-newkey", "ec", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA", "-days", "9"];
    let usage = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    desk.output(&[authority.as_slice(), &curve, &usage].concat());
    let request = ["req", "-new", "-newkey", "ec", "-keyout", "p.key", "-out", "p.csr", "-subj", "/CN=wang"];
    desk.output(&[request.as_slice(), &curve].concat());
    let root = Certificate::from_pem(&desk.read("ca.pem")).unwrap();
    for (extensions, is_good) in [
        ("basicConstraints=CA:FALSE", true),
        ("extendedKeyUsage=clientAuth", true),
        ("extendedKeyUsage=critical,serverAuth,clientAuth", true),
        ("extendedKeyUsage=anyExtendedKeyUsage", true),
        ("extendedKeyUsage=serverAuth", false),
        ("extendedKeyUsage=codeSigning", false),
        ("keyUsage=keyEncipherment", false),
        ("basicConstraints=critical,CA:TRUE", false),
    ] {
        desk.put("extensions", extensions);
        let sign = ["x509", "-req", "-in", "p.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "9"];
        desk.output(&[sign.as_slice(), &["-extfile", "extensions", "-out", "p.pem"]].concat());
        let chain = [Certificate::from_pem(&desk.read("p.pem")).unwrap()];
        let roots = [root.clone()];
        let expected = Expected {
            roots: &roots,
            lists: &[],
            must_have_lists: false,
            unit: None,
            place: None,
            now: now(&desk) + 1,
        };
        let found = verify_person(&chain, &expected);
        assert_eq!(found.is_ok(), is_good, "{extensions}: {found:?}");
        assert!(is_good || matches!(found, Err(X509Error::Usage { .. })), "{extensions}: {found:?}");
    }
}
