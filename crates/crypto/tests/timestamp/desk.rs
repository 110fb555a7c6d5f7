//! A folder in which openssl is a root, a time-stamping authority and a verifier.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;
use x509_cert::der::{Decode as _, Encode as _};
use xinyu_crypto::timestamp::{DigestAlgorithm, StampAuthority};

/// From when until when a certificate is good.
pub(crate) type Life = (&'static str, &'static str);
pub(crate) const EVER: Life = ("20200101000000Z", "20450101000000Z");
pub(crate) const GONE: Life = ("20200101000000Z", "20210101000000Z");
pub(crate) const TO_COME: Life = ("20440101000000Z", "20450101000000Z");
/// What a time-stamping authority has in its certificate.
pub(crate) const FOR_TIME: &str = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature";
/// The policy that the authority knows beside its own.
pub(crate) const POLICY: &str = "1.2.3.4.5";

const ID: &str = "distid:1234567812345678";
const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";

pub(crate) struct Desk(TempDir);

impl Desk {
    /// `None`, with a note, if there is no openssl.
    pub(crate) fn new(left_out: &str) -> Option<Self> {
        let is_there = Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success());
        if !is_there {
            eprintln!("openssl is not installed: {left_out} not compared");
            return None;
        }
        let desk = Self(TempDir::new().unwrap());
        desk.put("ca.cnf", CA);
        desk.put("index.txt", "");
        Some(desk)
    }

    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap()
    }

    pub(crate) fn run(&self, command: &[&str]) -> Output {
        Command::new("openssl").args(command).current_dir(self.0.path()).output().unwrap()
    }

    /// Standard output of a command that must succeed.
    #[track_caller]
    pub(crate) fn output(&self, command: &[&str]) -> Vec<u8> {
        let output = self.run(command);
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Now by the clock of openssl's own machine, from a file it could have written.
    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.put("clock", "");
        fs::metadata(self.0.path().join("clock")).unwrap().modified().unwrap().try_into().unwrap()
    }

    /// `name.key` and `name.pem` of a root.
    pub(crate) fn root(&self, name: &str, kind: &str, life: Life) {
        self.key(name, kind);
        self.issue(name, name, "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign", life);
    }

    /// `name.key` and `name.pem` of what `issuer` vouches for.
    pub(crate) fn end(&self, name: &str, issuer: &str, kind: &str, extensions: &str, life: Life) {
        self.key(name, kind);
        self.issue(name, issuer, extensions, life);
    }

    fn key(&self, name: &str, kind: &str) {
        let key = format!("{name}.key");
        let options: &[&str] = match kind {
            "rsa" => &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            "p256" => &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            "p384" => &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
            "sm2" => &["EC", "-pkeyopt", "ec_paramgen_curve:SM2"],
            other => &[other],
        };
        self.output(&[&["genpkey", "-out", &key, "-algorithm"], options].concat());
        self.put(&format!("{name}.kind"), kind);
    }

    fn is_sm2(&self, name: &str) -> bool {
        self.read(&format!("{name}.kind")) == b"sm2"
    }

    fn issue(&self, name: &str, issuer: &str, extensions: &str, (from, until): Life) {
        self.put("extensions", extensions);
        let file = |name: &str, end: &str| format!("{name}.{end}");
        let (key, subject) = (file(name, "key"), format!("/O=Test/CN={name}"));
        let mut ask = vec!["req", "-new", "-key", &key, "-subj", &subject, "-out", "csr"];
        let (issuer_key, issuer_pem, pem) = (file(issuer, "key"), file(issuer, "pem"), file(name, "pem"));
        let mut sign = vec!["ca", "-config", "ca.cnf", "-batch", "-notext", "-in", "csr", "-keyfile", &issuer_key];
        sign.extend(["-startdate", from, "-enddate", until, "-extfile", "extensions", "-out", &pem]);
        if self.is_sm2(name) {
            ask.extend(["-sm3", "-sigopt", ID]);
            sign.extend(["-vfyopt", ID]);
        }
        if self.is_sm2(issuer) {
            sign.extend(["-md", "sm3", "-sigopt", ID]);
        }
        if name == issuer {
            sign.push("-selfsign");
        } else {
            sign.extend(["-cert", &issuer_pem]);
        }
        self.output(&ask);
        self.output(&sign);
    }

    pub(crate) fn trusted(&self, names: &[&str]) -> Vec<StampAuthority> {
        let bundle: Vec<u8> = names.iter().flat_map(|name| self.read(&format!("{name}.pem"))).collect();
        StampAuthority::all_from_pem(&String::from_utf8(bundle).unwrap()).unwrap()
    }

    /// What the authority answers; `digests` are the one that it signs with and the one that names its certificate, `more` is for `openssl ts`.
    pub(crate) fn reply(&self, signer: &str, query: &[u8], digests: [&str; 2], more: &[&str]) -> Vec<u8> {
        let [signer_digest, certificate_digest] = digests;
        let config = AUTHORITY.replace("SIGNER", signer_digest).replace("CERTIFICATE", certificate_digest);
        self.put("ts.cnf", config);
        self.put("query", query);
        let (key, pem) = (format!("{signer}.key"), format!("{signer}.pem"));
        let mut reply = vec!["ts", "-reply", "-config", "ts.cnf", "-queryfile", "query", "-out", "reply"];
        reply.extend(["-inkey", &key, "-signer", &pem]);
        reply.extend(more);
        // Of a refusal some versions say by their status that it is one.
        self.run(&reply);
        self.read("reply")
    }

    /// The content that a reply signs, which stays in the file `content`.
    pub(crate) fn content(&self, reply: &[u8]) -> Vec<u8> {
        self.put("reply", reply);
        self.output(&["ts", "-reply", "-config", "ts.cnf", "-in", "reply", "-token_out", "-out", "token"]);
        self.output(&["cms", "-verify", "-inform", "DER", "-in", "token", "-noverify", "-out", "content"]);
        self.read("content")
    }

    /// A signed message with that content, by `openssl cms`.
    pub(crate) fn signed(&self, content: &[u8], options: &[&str]) -> Vec<u8> {
        self.put("content", content);
        let mut sign = vec!["cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-in", "content"];
        sign.extend(["-outform", "DER", "-out", "signed"]);
        sign.extend(options);
        if !options.contains(&"-econtent_type") {
            sign.extend(["-econtent_type", TST_INFO]);
        }
        self.output(&sign);
        self.read("signed")
    }

    /// A token of `tsa` put together by hand.
    pub(crate) fn assembled(&self, kind: &str, digest: DigestAlgorithm, content: &[u8]) -> Vec<u8> {
        let certificate = self.output(&["x509", "-in", "tsa.pem", "-outform", "DER"]);
        let parsed = x509_cert::Certificate::from_der(&certificate).unwrap();
        let tbs = parsed.tbs_certificate();
        let issuer = [tbs.issuer().to_der().unwrap(), tbs.serial_number().to_der().unwrap()].concat();
        let (digest_oid, signature_oid) = match kind {
            "sm2" => ("1.2.156.10197.1.401", "1.2.156.10197.1.501"),
            _ => ("2.16.840.1.101.3.4.2.3", "1.3.101.112"),
        };
        let attribute = |of: &str, value: Vec<u8>| tlv(0x30, &[oid(of), tlv(0x31, &[value])]);
        let hash = tlv(0x30, &[tlv(0x04, &[DigestAlgorithm::Sha256.hash(&certificate)])]);
        let mut attributes = vec![
            attribute("1.2.840.113549.1.9.3", oid(TST_INFO)),
            attribute("1.2.840.113549.1.9.4", tlv(0x04, &[digest.hash(content)])),
            attribute("1.2.840.113549.1.9.16.2.47", tlv(0x30, &[tlv(0x30, &[hash])])),
        ];
        attributes.sort();
        self.put("attributes", tlv(0x31, &attributes));
        let mut sign = vec!["pkeyutl", "-sign", "-inkey", "tsa.key", "-rawin", "-in", "attributes"];
        if kind == "sm2" {
            sign.extend(["-digest", "sm3", "-pkeyopt", ID]);
        }
        let signature = self.output(&sign);
        let signer = [
            tlv(0x02, &[vec![1]]),
            tlv(0x30, &[issuer]),
            tlv(0x30, &[oid(digest_oid)]),
            tlv(0xa0, &attributes),
            tlv(0x30, &[oid(signature_oid)]),
            tlv(0x04, &[signature]),
        ];
        let data = [
            tlv(0x02, &[vec![3]]),
            tlv(0x31, &[tlv(0x30, &[oid(digest_oid)])]),
            tlv(0x30, &[oid(TST_INFO), tlv(0xa0, &[tlv(0x04, &[content.to_vec()])])]),
            tlv(0xa0, &[certificate]),
            tlv(0x31, &[tlv(0x30, &signer)]),
        ];
        tlv(0x30, &[oid("1.2.840.113549.1.7.2"), tlv(0xa0, &[tlv(0x30, &data)])])
    }
}

fn oid(dots: &str) -> Vec<u8> {
    x509_cert::der::asn1::ObjectIdentifier::new(dots).unwrap().to_der().unwrap()
}

fn tlv(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let header = match length {
        [0, short @ ..0x80] => vec![tag, short],
        [0, one] => vec![tag, 0x81, one],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [header, content].concat()
}

const CA: &str = "
[ca]
default_ca = desk
[desk]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
default_md = default
policy = names
[names]
organizationName = supplied
commonName = supplied
";

const AUTHORITY: &str = "
[tsa]
default_tsa = desk
[desk]
serial = serial
crypto_device = builtin
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256, sha384, sha512, sm3
accuracy = secs:1, millisecs:500, microsecs:100
clock_precision_digits = 6
tsa_name = yes
signer_digest = SIGNER
ess_cert_id_alg = CERTIFICATE
";
