//! Who a certificate is for: NDI-TR-2025-03 Appendix A, table A.2: CN is a domain or an IP, OU the identifier of connector or platform. The same place
//! stands in the subject alternative name, where TLS looks.

use std::fmt;
use std::net::IpAddr;

use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{Ia5String, ObjectIdentifier, OctetString, Utf8StringRef};
use x509_cert::der::{Any, Decode as _, Encode as _, Tag, Tagged as _};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

use super::X509Error;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");

/// A domain or an IP address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A domain, in lower case.
    Domain(String),
    /// An address.
    Ip(IpAddr),
}

impl Place {
    /// From text: an address (IPv6 with or without brackets) or a domain of letters, digits and hyphens.
    ///
    /// # Errors
    /// If it is neither.
    pub fn parse(text: &str) -> Result<Self, X509Error> {
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(ip) = bare.parse() {
            return Ok(Self::Ip(ip));
        }
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // What ends in a number is an address gone wrong: decimal, octal and hexadecimal spellings of addresses are none here.
        let last = text.rsplit('.').next().unwrap_or_default();
        let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.to_ascii_lowercase().starts_with("0x");
        if text.len() <= 253 && text.split('.').all(is_label) && !is_number {
            return Ok(Self::Domain(text.to_ascii_lowercase()));
        }
        let shown: String = text.chars().take(64).collect();
        Err(X509Error::Subject(format!("{shown:?} is no domain and no IP address")))
    }

    fn general(&self) -> Result<GeneralName, X509Error> {
        Ok(match self {
            Self::Domain(domain) => GeneralName::DnsName(Ia5String::new(domain).map_err(X509Error::build)?),
            Self::Ip(IpAddr::V4(ip)) => {
                GeneralName::IpAddress(OctetString::new(ip.octets()).map_err(X509Error::build)?)
            }
            Self::Ip(IpAddr::V6(ip)) => {
                GeneralName::IpAddress(OctetString::new(ip.octets()).map_err(X509Error::build)?)
            }
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(domain) => f.write_str(domain),
            Self::Ip(ip) => ip.fmt(f),
        }
    }
}

/// The subject of a connector's or platform's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// CN.
    pub place: Place,
    /// OU.
    pub unit: String,
    /// O, the organisation's name; none if it is not told.
    pub organization: Option<String>,
    /// Further places for the subject alternative name.
    pub others: Vec<Place>,
}

impl Subject {
    pub(super) fn name(&self) -> Result<Name, X509Error> {
        let place = self.place.to_string();
        let mut parts = Vec::new();
        if let Some(organization) = &self.organization {
            parts.push((ORGANIZATION, organization.as_str()));
        }
        parts.push((UNIT, &self.unit));
        parts.push((COMMON_NAME, &place));
        name_of(&parts)
    }

    /// All places, each once, CN first.
    pub fn places(&self) -> Vec<Place> {
        let mut places = vec![self.place.clone()];
        for other in &self.others {
            if !places.contains(other) {
                places.push(other.clone());
            }
        }
        places
    }

    pub(super) fn alternative(&self) -> Result<SubjectAltName, X509Error> {
        Ok(SubjectAltName(self.places().iter().map(Place::general).collect::<Result<_, _>>()?))
    }

    /// From what a certificate or request says.
    pub(super) fn read(name: &Name, alternative: Option<&SubjectAltName>) -> Result<Self, X509Error> {
        let place = one(name, COMMON_NAME, "has no CN")?;
        let unit = one(name, UNIT, "has no OU")?;
        let organization = one(name, ORGANIZATION, "").ok();
        let mut others = Vec::new();
        for general in alternative.iter().flat_map(|names| &names.0) {
            others.push(match general {
                GeneralName::DnsName(domain) => Place::parse(domain.as_str())?,
                GeneralName::IpAddress(octets) => Place::Ip(ip(octets.as_bytes())?),
                _ => return Err(X509Error::Subject("has an alternative name that is no domain and no IP".to_owned())),
            });
        }
        let place = Place::parse(&place)?;
        others.retain(|other| *other != place);
        Ok(Self { place, unit, organization, others })
    }
}

/// CN, if there is one.
pub(super) fn common_name(name: &Name) -> Result<Option<String>, X509Error> {
    if name.iter().all(|part| part.oid != COMMON_NAME) { Ok(None) } else { one(name, COMMON_NAME, "").map(Some) }
}

/// The name of an authority or a person: CN and O.
pub(super) fn authority_name(common: &str, organization: &str) -> Result<Name, X509Error> {
    name_of(&[(ORGANIZATION, organization), (COMMON_NAME, common)])
}

fn name_of(parts: &[(ObjectIdentifier, &str)]) -> Result<Name, X509Error> {
    let mut names = RdnSequence::default();
    for (oid, text) in parts {
        // RFC 5280 Appendix A bounds these attributes at 64 characters.
        let text: String = text.chars().take(64).collect();
        let value = Utf8StringRef::new(&text).map_err(X509Error::build)?;
        let mut relative = RelativeDistinguishedName::default();
        relative.insert(AttributeTypeAndValue { oid: *oid, value: Any::from(value) }).map_err(X509Error::build)?;
        names.push(relative);
    }
    let bytes = names.to_der().map_err(X509Error::build)?;
    Name::from_der(&bytes).map_err(X509Error::build)
}

/// The one value of an attribute: two CNs or OUs would leave open which one counts.
fn one(name: &Name, oid: ObjectIdentifier, missing: &str) -> Result<String, X509Error> {
    let mut found = name.iter().filter(|part| part.oid == oid);
    match (found.next(), found.next()) {
        (Some(part), None) => {
            let is_text = matches!(part.value.tag(), Tag::Utf8String | Tag::PrintableString | Tag::Ia5String);
            let text = std::str::from_utf8(part.value.value()).ok().filter(|_| is_text);
            text.map(str::to_owned).ok_or_else(|| X509Error::Subject("has a name that is no text".to_owned()))
        }
        (Some(_), Some(_)) => Err(X509Error::Subject("has a name twice".to_owned())),
        _ => Err(X509Error::Subject(missing.to_owned())),
    }
}

fn ip(octets: &[u8]) -> Result<IpAddr, X509Error> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let v6 = <[u8; 16]>::try_from(octets).map(IpAddr::from);
    v4.or(v6).map_err(|_| X509Error::Subject("has an IP of a wrong length".to_owned()))
}
