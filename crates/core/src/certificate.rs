//! Certificates of connectors: what may stand in one, who gets one, renewal, revocation. NDI-TR-2025-03 §7.2.1 e–h, §7.2.2 c, Appendix A. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::Suite;
use xinyu_crypto::x509::{Certificate, CertificateRequest, PersonRequest, Place, Subject, X509Error};
use xinyu_protocol::text::Text;

use crate::effect::{Draft, Effect};
use crate::fault::Rejection;

/// Where a certificate stands. That it expired is told by its time, not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateState {
    /// Good, as far as its time goes.
    Valid,
    /// Taken back.
    Revoked,
}

impl CertificateState {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Revoked => "revoked",
        }
    }
}

/// A certificate that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// Serial number in hexadecimal.
    pub serial: String,
    /// The connector or platform it is for.
    pub holder: String,
    /// SM2 or P-256.
    pub suite: Suite,
    /// Digest of its bytes.
    pub fingerprint: String,
    /// From when it is good.
    pub not_before: Timestamp,
    /// Until when it is good.
    pub not_after: Timestamp,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// In PEM.
    pub pem: String,
    /// Where it stands.
    pub state: CertificateState,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

impl Issued {
    /// What is to be kept of a certificate.
    ///
    /// # Errors
    /// If its times cannot be told.
    pub fn of(certificate: &Certificate, holder: &str, now: Timestamp) -> Result<Self, Rejection> {
        let time = |seconds: u64| {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            Timestamp::from_second(seconds).map_err(|error| Rejection::unwritable(&error.to_string()))
        };
        Ok(Self {
            serial: certificate.serial(),
            holder: holder.to_owned(),
            suite: certificate.suite(),
            fingerprint: certificate.fingerprint(),
            not_before: time(certificate.not_before())?,
            not_after: time(certificate.not_after())?,
            issued_at: now,
            pem: certificate.to_pem().map_err(|error| refused(&error))?,
            state: CertificateState::Valid,
            revoked_at: None,
            reason: String::new(),
        })
    }
}

/// The holder of a certificate that is a person's, who logs in with it.
#[must_use]
pub fn person(name: &str) -> String {
    format!("{PERSON}{name}")
}

/// The account that a holder is, if it is a person.
#[must_use]
pub fn account_of(holder: &str) -> Option<&str> {
    holder.strip_prefix(PERSON)
}

/// No identifier of a connector or platform has a slash.
const PERSON: &str = "user/";

/// Decides on a person's request: where it names somebody, that must be the one who asks.
///
/// # Errors
/// If it names somebody else.
pub fn admit_person(request: &PersonRequest, name: &str) -> Result<(), Rejection> {
    match &request.name {
        Some(named) if named != name => Err(Rejection::bad(
            "certificate-name",
            format!("证书请求的 CN 为「{named}」，应为本人用户名「{name}」"),
            format!("CN of the certificate request is {named}, not {name}, who asks"),
        )
        .clause("/request")
        .next(Text::new("请以本人用户名作为 CN 重新生成证书请求", "make the request again with your own name as CN"))),
        _ => Ok(()),
    }
}

/// Decides on a request: it must name the one who asks, and only places that it is known to be at.
///
/// # Errors
/// If it names somebody else, or a place that was not declared.
pub fn admit(request: &CertificateRequest, holder: &str, places: &[Place]) -> Result<Subject, Rejection> {
    if request.subject.unit != holder {
        return Err(refused(&X509Error::Unit { expected: holder.to_owned(), found: request.subject.unit.clone() }));
    }
    if let Some(foreign) = request.subject.places().iter().find(|place| !places.contains(place)) {
        return Err(Rejection::bad(
            "certificate-place",
            format!("证书请求中的域名或 IP「{foreign}」未在连接器登记信息中"),
            format!("{foreign} in the certificate request is no domain or IP that the connector registered"),
        )
        .clause("NDI-TR-2025-03 Appendix A")
        .next(Text::new(
            "请先在连接器登记信息中补充该域名或 IP，再申请证书",
            "register the domain or IP with the connector first, then ask again",
        )));
    }
    Ok(request.subject.clone())
}

/// Takes up a new certificate; those of the same suite that it replaces are taken back, so that one holder has one.
#[must_use]
pub fn issue(issued: &Issued, before: Vec<Issued>, spaces: &[String], now: Timestamp) -> (Vec<Issued>, Vec<Effect>) {
    let mut effects = Vec::new();
    for space in spaces {
        effects.push(Effect::Record(
            Draft::new("certificate.issued", space)
                .subject(issued.holder.as_str())
                .fact("serial", issued.serial.as_str())
                .fact("fingerprint", issued.fingerprint.as_str())
                .fact("suite", issued.suite.as_str()),
        ));
    }
    let mut replaced = Vec::new();
    let is_replaced = |one: &Issued| one.suite == issued.suite && one.state == CertificateState::Valid;
    for one in before.into_iter().filter(is_replaced) {
        let (one, records) = take_back(one, "superseded", spaces, now);
        effects.extend(records);
        replaced.push(one);
    }
    (replaced, effects)
}

/// Takes a certificate back.
///
/// # Errors
/// If it was taken back before, or no reason is given.
pub fn revoke(
    issued: Issued,
    reason: &str,
    spaces: &[String],
    now: Timestamp,
) -> Result<(Issued, Vec<Effect>), Rejection> {
    if issued.state == CertificateState::Revoked {
        return Err(Rejection::conflict(
            "certificate-revoked",
            format!("证书 {} 已被吊销", issued.serial),
            format!("certificate {} is revoked already", issued.serial),
        ));
    }
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 256 {
        return Err(Rejection::bad(
            "reason",
            "吊销证书须填写原因（1 至 256 字）",
            "a revocation needs a reason of 1 to 256 characters",
        ));
    }
    Ok(take_back(issued, reason, spaces, now))
}

fn take_back(mut issued: Issued, reason: &str, spaces: &[String], now: Timestamp) -> (Issued, Vec<Effect>) {
    issued.state = CertificateState::Revoked;
    issued.revoked_at = Some(now);
    reason.clone_into(&mut issued.reason);
    let record = |space: &String| {
        Effect::Record(
            Draft::new("certificate.revoked", space)
                .subject(issued.holder.as_str())
                .fact("serial", issued.serial.as_str())
                .fact("reason", issued.reason.as_str()),
        )
    };
    let effects = spaces.iter().map(record).collect();
    (issued, effects)
}

/// What is wrong with a certificate or request, told to whoever sent it.
#[must_use]
pub fn refused(error: &X509Error) -> Rejection {
    let (code, zh) = match error {
        X509Error::Malformed { what, why } => ("certificate-malformed", format!("{}格式错误：{why}", name(what))),
        X509Error::Key(why) => ("certificate-key", format!("密钥不被接受（{why}），须为 SM2 或 P-256")),
        X509Error::Algorithm(what) => ("certificate-algorithm", format!("{}的签名算法与签名者密钥不符", name(what))),
        X509Error::Signature(what) => ("certificate-signature", format!("{}的签名校验不通过", name(what))),
        X509Error::Subject(why) => ("certificate-subject", format!("证书主体不符合附录 A：{why}")),
        X509Error::Unit { expected, found } => ("certificate-unit", format!("OU 标识为 {found}，应为 {expected}")),
        X509Error::Place(place) => ("certificate-place", format!("证书不适用于 {place}")),
        X509Error::NotYet { serial } => ("certificate-time", format!("证书 {serial} 尚未生效")),
        X509Error::Expired { serial } => ("certificate-time", format!("证书 {serial} 已过期")),
        X509Error::NotAuthority { serial } => ("certificate-authority", format!("证书 {serial} 不是签发机构的证书")),
        X509Error::Usage { serial } => ("certificate-usage", format!("证书 {serial} 不能用于签名")),
        X509Error::Untrusted => ("certificate-untrusted", "证书链末端不是受信任的根证书".to_owned()),
        X509Error::Critical(oid) => ("certificate-extension", format!("不支持的关键扩展项 {oid}")),
        X509Error::Revoked { serial } => ("certificate-revoked", format!("证书 {serial} 已被吊销")),
        X509Error::NoList(issuer) => ("certificate-list", format!("没有 {issuer} 的有效吊销列表")),
        X509Error::Build(why) => ("certificate-build", format!("证书无法生成：{why}")),
    };
    Rejection::bad(code, zh, error.to_string()).clause("NDI-TR-2025-03 Appendix A")
}

fn name(what: &str) -> &'static str {
    match what {
        "certificate request" => "证书请求",
        "revocation list" => "吊销列表",
        _ => "证书",
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use xinyu_crypto::x509::CertificateKey;

    use super::*;

    const HOLDER: &str = "591350100M000100Y433501A1B2C3D4T";

    fn request(unit: &str, places: &[&str]) -> CertificateRequest {
        let mut places = places.iter().map(|place| Place::parse(place).unwrap());
        let subject = Subject {
            place: places.next().unwrap(),
            unit: unit.to_owned(),
            organization: None,
            others: places.collect(),
        };
        let key = CertificateKey::generate(Suite::Sm, &mut StdRng::seed_from_u64(3));
        CertificateRequest::make(&key, &subject).unwrap()
    }

    fn check(unit: &str, places: &[&str], expect: Result<(), &str>) {
        let known = [Place::parse("a.example").unwrap(), Place::parse("192.0.2.1").unwrap()];
        let found = admit(&request(unit, places), HOLDER, &known);
        assert_eq!(found.as_ref().map(|_| ()).map_err(|error| error.code), expect, "{unit} {places:?}");
    }

    #[test]
    fn ndi_03_7_2_1_a_request_names_its_own_connector_and_declared_places() {
        check(HOLDER, &["a.example"], Ok(()));
        check(HOLDER, &["192.0.2.1", "a.example"], Ok(()));
        check("591350100M000100Y433501A1B2C3D4X", &["a.example"], Err("certificate-unit"));
        check(HOLDER, &["b.example"], Err("certificate-place"));
        check(HOLDER, &["a.example", "192.0.2.2"], Err("certificate-place"));
    }

    fn issued(serial: &str, suite: Suite, state: CertificateState) -> Issued {
        Issued {
            serial: serial.to_owned(),
            holder: HOLDER.to_owned(),
            suite,
            fingerprint: String::new(),
            not_before: Timestamp::UNIX_EPOCH,
            not_after: Timestamp::UNIX_EPOCH,
            issued_at: Timestamp::UNIX_EPOCH,
            pem: String::new(),
            state,
            revoked_at: None,
            reason: String::new(),
        }
    }

    #[test]
    fn ndi_03_7_1_2_1_d_a_renewal_takes_the_old_one_of_its_suite_back() {
        let before = vec![
            issued("1", Suite::Sm, CertificateState::Valid),
            issued("2", Suite::Intl, CertificateState::Valid),
            issued("3", Suite::Sm, CertificateState::Revoked),
        ];
        let new = issued("4", Suite::Sm, CertificateState::Valid);
        let (replaced, effects) = issue(&new, before, &["a".to_owned(), "b".to_owned()], Timestamp::UNIX_EPOCH);
        let serials: Vec<&str> = replaced.iter().map(|one| one.serial.as_str()).collect();
        assert_eq!(serials, ["1"]);
        assert!(replaced.iter().all(|one| one.state == CertificateState::Revoked && one.reason == "superseded"));
        assert_eq!(effects.len(), 4);
    }

    #[test]
    fn a_certificate_is_taken_back_once_and_for_a_reason() {
        let spaces = ["a".to_owned()];
        let valid = || issued("1", Suite::Sm, CertificateState::Valid);
        let (revoked, effects) = revoke(valid(), "密钥泄露", &spaces, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((revoked.state, effects.len()), (CertificateState::Revoked, 1));
        assert_eq!(revoke(revoked, "x", &spaces, Timestamp::UNIX_EPOCH).unwrap_err().code, "certificate-revoked");
        assert_eq!(revoke(valid(), " ", &spaces, Timestamp::UNIX_EPOCH).unwrap_err().code, "reason");
    }
}
