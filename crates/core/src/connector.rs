//! Connectors as devices: registration, review against the list of trusted suppliers, what spaces ask of them, change, deregistration.
//! NDI-TR-2025-03 §7.2; NDI-TR-2025-05 §6, §8; TC609-6-2025-16 6.2 a, d. Pure.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xinyu_crypto::x509::Place;
use xinyu_protocol::tc609::connector::{Capabilities, Declaration, Device, Lacking, is_known};
use xinyu_protocol::text::Text;

use crate::effect::{Draft, Effect};
use crate::fault::Rejection;

/// Whether a connector is in the register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorState {
    /// It is.
    #[default]
    Active,
    /// It was.
    Deregistered,
}

impl ConnectorState {
    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deregistered => "deregistered",
        }
    }
}

/// A connector as the platform keeps it, beside its membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// Its identifier.
    pub connector_id: String,
    /// What it is.
    pub device: Device,
    /// What it can do.
    pub capabilities: Capabilities,
    /// Version of its program, once it declared one.
    pub version: String,
    /// SHA-256 of its program, once it declared one.
    pub binary_digest: String,
    /// Whether it is in the register.
    pub state: ConnectorState,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// Something that became of a connector, for its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    /// Dotted.
    pub kind: String,
    /// What happened, for people.
    pub text: Text,
}

impl Happened {
    /// An event.
    #[must_use]
    pub fn new(kind: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), text: Text::new(zh, en) }
    }
}

impl Connector {
    /// A connector that just registered.
    ///
    /// # Errors
    /// If what it says of itself is not in order.
    pub fn register(id: &str, device: Device, capabilities: Capabilities, now: Timestamp) -> Result<Self, Rejection> {
        check_device(&device)?;
        check_capabilities(&capabilities)?;
        Ok(Self {
            connector_id: id.to_owned(),
            device,
            capabilities,
            version: String::new(),
            binary_digest: String::new(),
            state: ConnectorState::Active,
            changed_at: now,
        })
    }

    /// Whether it is in the register.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.state == ConnectorState::Active
    }

    /// The domains and addresses that it said it is at.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let all = self.device.ip_list.iter().chain(&self.device.domain_list);
        all.filter_map(|text| Place::parse(text).ok()).collect()
    }
}

/// Takes up what a connector declares at its start. A program that is another one than before is told of, whoever changed it.
///
/// # Errors
/// If the connector is deregistered, or what it says is not in order.
pub fn declare(
    mut connector: Connector,
    declared: &Declaration,
    spaces: &[String],
    now: Timestamp,
) -> Result<(Connector, Vec<Happened>, Vec<Effect>), Rejection> {
    must_be_active(&connector)?;
    check_device(&declared.device)?;
    check_capabilities(&declared.capabilities)?;
    let digest = declared.binary_digest.as_str();
    if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Rejection::bad(
            "binary-digest",
            "程序摘要应为 64 位十六进制 SHA-256",
            "the digest of the program must be SHA-256 in 64 hexadecimal digits",
        ));
    }
    let (mut happened, mut effects) = (Vec::new(), Vec::new());
    let is_other = !connector.binary_digest.is_empty() && connector.binary_digest != digest;
    let is_other = is_other || declared.previous_digest.as_deref().is_some_and(|before| before != digest);
    if is_other {
        let before = declared.previous_digest.as_deref().unwrap_or(&connector.binary_digest).to_owned();
        happened.push(Happened::new(
            "connector.program_changed",
            format!("运行程序已变更：{} → {}，版本 {}", short(&before), short(digest), declared.version),
            format!("runs another program: {} → {}, version {}", short(&before), short(digest), declared.version),
        ));
        effects.extend(spaces.iter().map(|space| {
            Effect::Record(
                Draft::new("connector.program_changed", space)
                    .subject(connector.connector_id.as_str())
                    .fact("from", before.as_str())
                    .fact("to", digest)
                    .fact("version", declared.version.as_str()),
            )
        }));
    }
    if connector.device != declared.device {
        happened.push(Happened::new("connector.device_changed", "设备信息已变更", "the device information changed"));
    }
    if connector.capabilities != declared.capabilities {
        happened.push(Happened::new(
            "connector.capabilities_changed",
            "能力声明已变更",
            "other capabilities are declared",
        ));
    }
    let next = Connector {
        device: declared.device.clone(),
        capabilities: declared.capabilities.clone(),
        version: declared.version.clone(),
        binary_digest: digest.to_owned(),
        ..connector.clone()
    };
    if next != connector {
        connector = Connector { changed_at: now, ..next };
    }
    Ok((connector, happened, effects))
}

/// Takes a connector out of the register; its history stays.
///
/// # Errors
/// If it is out already, or no reason is given.
pub fn deregister(
    mut connector: Connector,
    reason: &str,
    spaces: &[String],
    now: Timestamp,
) -> Result<(Connector, Happened, Vec<Effect>), Rejection> {
    must_be_active(&connector)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 256 {
        return Err(Rejection::bad(
            "reason",
            "注销连接器须填写原因（1 至 256 字）",
            "a deregistration needs a reason of 1 to 256 characters",
        ));
    }
    connector.state = ConnectorState::Deregistered;
    connector.changed_at = now;
    let happened =
        Happened::new("connector.deregistered", format!("已注销：{reason}"), format!("deregistered: {reason}"));
    let record = |space: &String| {
        let draft = Draft::new("connector.deregistered", space).subject(connector.connector_id.as_str());
        Effect::Record(draft.fact("reason", reason))
    };
    let effects = spaces.iter().map(record).collect();
    Ok((connector, happened, effects))
}

fn must_be_active(connector: &Connector) -> Result<(), Rejection> {
    if connector.is_active() {
        return Ok(());
    }
    Err(Rejection::conflict(
        "connector-deregistered",
        format!("接入连接器 {} 已注销", connector.connector_id),
        format!("connector {} is deregistered", connector.connector_id),
    ))
}

/// What spaces ask for and a connector lacks, by space; spaces whose wishes are met are not named.
#[must_use]
pub fn lacking<'s>(
    capabilities: &Capabilities,
    spaces: impl IntoIterator<Item = (&'s str, &'s [String])>,
) -> Vec<Lacking> {
    let of = |(space, requires): (&str, &[String])| Lacking {
        space_id: space.to_owned(),
        what: requires.iter().filter(|wanted| !capabilities.has(wanted)).cloned().collect(),
    };
    spaces.into_iter().map(of).filter(|lacking| !lacking.what.is_empty()).collect()
}

/// That a connector can be admitted: it has what its spaces ask for, and its supplier is trusted or the reviewer says why it is taken all the same.
///
/// # Errors
/// Naming what it lacks, or asking for the reason.
pub fn review(lacking: &[Lacking], is_supplier_trusted: Option<bool>, note: &str) -> Result<(), Rejection> {
    if !lacking.is_empty() {
        let told: Vec<String> =
            lacking.iter().map(|one| format!("{}: {}", one.space_id, one.what.join(", "))).collect();
        let told = told.join("; ");
        return Err(Rejection::conflict(
            "capability-lacking",
            format!("连接器缺少空间要求的能力（{told}），不能准入"),
            format!("the connector lacks what its spaces ask for ({told}) and cannot be admitted"),
        )
        .clause("NDI-TR-2025-05 §6")
        .next(Text::new(
            "请连接器升级或补充声明后重新声明，或调整空间的能力要求",
            "let the connector declare what it lacks after an upgrade, or change what the space asks for",
        )));
    }
    if is_supplier_trusted == Some(false) && note.trim().is_empty() {
        return Err(Rejection::conflict(
            "supplier-not-trusted",
            "供应商不在可信供应商清单中，批准须填写理由",
            "the supplier is not on the list of trusted ones: approving needs a reason",
        )
        .clause("NDI-TR-2025-03 §7.2.1 c")
        .next(Text::new("请在审核意见中说明理由", "say why in the note")));
    }
    Ok(())
}

/// That what a space asks for can be asked for.
///
/// # Errors
/// Naming what cannot.
pub fn check_requires(requires: &[String]) -> Result<(), Rejection> {
    match requires.iter().find(|wanted| !is_known(wanted)) {
        None => Ok(()),
        Some(unknown) => Err(Rejection::bad(
            "unknown-capability",
            format!("未知的能力要求「{unknown}」"),
            format!("unknown capability {unknown}"),
        )
        .clause("NDI-TR-2025-05 §6")),
    }
}

pub(crate) fn check_capabilities(capabilities: &Capabilities) -> Result<(), Rejection> {
    let protocols = capabilities.protocols.iter().map(|name| format!("protocol:{name}"));
    let suites = capabilities.suites.iter().map(|name| format!("suite:{name}"));
    let all: Vec<String> = capabilities.abilities.iter().cloned().chain(protocols).chain(suites).collect();
    check_requires(&all)
}

pub(crate) fn check_device(device: &Device) -> Result<(), Rejection> {
    let refuse = |what: &str, zh: &str, en: &str| {
        Err(Rejection::bad("device", format!("设备信息 {what} {zh}"), format!("device: {what} {en}"))
            .clause("NDI-TR-2025-03 §6.2"))
    };
    for (name, text) in [
        ("connectorName", &device.connector_name),
        ("supplierName", &device.supplier_name),
        ("supplierCode", &device.supplier_code),
        ("connectorSN", &device.connector_sn),
        ("connectorVersion", &device.connector_version),
    ] {
        if text.chars().count() > 100 || text.chars().any(char::is_control) {
            return refuse(name, "过长或含控制字符", "is too long or has control characters");
        }
    }
    let mac: Vec<&str> = device.connector_mac.split([':', '-']).collect();
    let is_octet = |part: &&str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !device.connector_mac.is_empty() && !((mac.len() == 6 || mac.len() == 8) && mac.iter().all(is_octet)) {
        return refuse("connectorMac", "不是 MAC 地址", "is no MAC address");
    }
    if device.ip_list.len() + device.domain_list.len() > 64 {
        return refuse("connectorIpList", "条目过多（上限 64）", "has more than 64 entries");
    }
    if let Some(wrong) = device.ip_list.iter().find(|ip| ip.parse::<IpAddr>().is_err()) {
        return refuse("connectorIpList", &format!("含无效 IP「{wrong}」"), &format!("holds {wrong}, which is no IP"));
    }
    let is_domain = |text: &&String| matches!(Place::parse(text), Ok(Place::Domain(_)));
    match device.domain_list.iter().find(|domain| !is_domain(domain)) {
        Some(wrong) => refuse(
            "connectorDomainList",
            &format!("含无效域名「{wrong}」"),
            &format!("holds {wrong}, which is no domain"),
        ),
        None => Ok(()),
    }
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|&word| word.to_owned()).collect()
    }

    fn able(abilities: &[&str]) -> Capabilities {
        Capabilities { abilities: words(abilities), protocols: words(&["tc609"]), suites: words(&["sm"]) }
    }

    fn connector() -> Connector {
        Connector::register("c", Device::default(), able(&["identity"]), Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn ndi_05_6_a_space_is_told_what_a_connector_lacks() {
        for (requires, expect) in [
            (words(&[]), words(&[])),
            (words(&["identity", "protocol:tc609", "suite:sm"]), words(&[])),
            (words(&["identity", "usage_control"]), words(&["usage_control"])),
            (words(&["protocol:dsp-2025-1", "suite:intl"]), words(&["protocol:dsp-2025-1", "suite:intl"])),
        ] {
            let found = lacking(&able(&["identity"]), [("s", requires.as_slice())]);
            assert_eq!(found.first().map(|one| one.what.clone()).unwrap_or_default(), expect, "{requires:?}");
        }
    }

    #[test]
    fn ndi_03_7_2_1_c_a_review_looks_at_capabilities_and_supplier() {
        let lacks = [Lacking { space_id: "s".to_owned(), what: words(&["privacy"]) }];
        for (lacking, trusted, note, expect) in [
            (&[][..], None, "", None),
            (&[], Some(true), "", None),
            (&[], Some(false), "检测报告合格", None),
            (&[], Some(false), " ", Some("supplier-not-trusted")),
            (&lacks, Some(true), "all the same", Some("capability-lacking")),
        ] {
            assert_eq!(review(lacking, trusted, note).err().map(|error| error.code), expect);
        }
    }

    #[test]
    fn ndi_03_6_2_device_information_is_checked() {
        let device = |change: fn(&mut Device)| {
            let mut device = Device::default();
            change(&mut device);
            Connector::register("c", device, able(&[]), Timestamp::UNIX_EPOCH).is_ok()
        };
        assert!(device(|_| {}));
        assert!(device(|d| d.connector_mac = "02:42:ac:11:00:02".to_owned()));
        assert!(!device(|d| d.connector_mac = "02:42:ac:11:00".to_owned()));
        assert!(!device(|d| d.connector_mac = "zz:42:ac:11:00:02".to_owned()));
        assert!(device(|d| d.ip_list = words(&["192.0.2.1", "2001:db8::1"])));
        assert!(!device(|d| d.ip_list = words(&["192.0.2.256"])));
        assert!(!device(|d| d.domain_list = words(&["192.0.2.1"])));
        assert!(!device(|d| d.domain_list = words(&["a b"])));
        assert!(!device(|d| d.supplier_name = "x".repeat(101)));
        assert!(!device(|d| d.connector_sn = "a\nb".to_owned()));
        assert!(check_requires(&words(&["fly"])).is_err());
    }

    fn declaration(digest: char, previous: Option<char>) -> Declaration {
        Declaration {
            device: Device::default(),
            capabilities: able(&["identity"]),
            version: "1".to_owned(),
            binary_digest: digest.to_string().repeat(64),
            previous_digest: previous.map(|digest| digest.to_string().repeat(64)),
        }
    }

    #[test]
    fn ndi_05_8_c_another_program_is_an_event() {
        let spaces = words(&["s"]);
        let declare = |connector, digest, previous| {
            declare(connector, &declaration(digest, previous), &spaces, Timestamp::UNIX_EPOCH).unwrap()
        };
        let (first, happened, effects) = declare(connector(), 'a', None);
        assert!(happened.is_empty() && effects.is_empty(), "the first one is no change");
        let (same, happened, _) = declare(first.clone(), 'a', None);
        assert_eq!((same, happened.len()), (first.clone(), 0));
        let (_, happened, effects) = declare(first, 'b', None);
        assert_eq!((happened[0].kind.as_str(), effects.len()), ("connector.program_changed", 1));
        let (_, happened, _) = declare(connector(), 'b', Some('a'));
        assert_eq!(happened[0].kind, "connector.program_changed", "changed before the platform ever heard of it");
        let wrong = Declaration { binary_digest: "x".to_owned(), ..declaration('a', None) };
        assert!(super::declare(connector(), &wrong, &spaces, Timestamp::UNIX_EPOCH).is_err());
    }

    #[test]
    fn ndi_03_7_2_2_a_connector_leaves_once_and_for_a_reason() {
        let (gone, happened, effects) = deregister(connector(), "停用", &words(&["s"]), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((gone.is_active(), happened.kind.as_str(), effects.len()), (false, "connector.deregistered", 1));
        assert!(deregister(gone.clone(), "again", &[], Timestamp::UNIX_EPOCH).is_err());
        assert!(deregister(connector(), " ", &[], Timestamp::UNIX_EPOCH).is_err());
        assert!(declare(gone, &declaration('a', None), &[], Timestamp::UNIX_EPOCH).is_err());
    }
}
