//! The frame of every message: headers, what is signed of it, the answer. NDI-TR-2025-03 §8.2, tables 16 to 18.

use serde::{Deserialize, Serialize};

use super::{Code, Module, Outcome, VERSION};

/// The interfaces of table 18, those that register products, and one of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interface {
    /// 身份信息访问令牌获取.
    GetToken,
    /// 个人用户身份信息查询.
    GetPersonInfo,
    /// 法人或其他组织用户身份信息查询.
    GetEnterpriseInfo,
    /// 法人或其他组织经办人用户身份信息查询.
    GetOperatorInfo,
    /// 跨域个人用户身份信息查询.
    GetPersonBaseInfo,
    /// 跨域法人或其他组织用户身份信息查询.
    GetEnterpriseBaseInfo,
    /// 跨域法人或其他组织经办人用户身份信息查询.
    GetOperatorBaseInfo,
    /// 可信身份提供商根凭证列表查询.
    GetIdentityProviderList,
    /// 接入连接器身份信息上报.
    SyncConnectorInfo,
    /// 经办人失效身份信息上报.
    SyncLogoffInfo,
    /// 经办人失效身份信息查询.
    GetOperatorStatus,
    /// 运行日志上报, which TC609-6-2025-01 §5.3.3.6 a asks for and no table has: an extension of ours, so that its code can be no other's.
    XinyuSyncRunLog,
    /// 数据产品登记, which NDI-TR-2025-02 and TC609-6-2025-11 §7.2.4 name and no table has, as the three after it.
    RegisterProduct,
    /// 数据产品登记更新.
    UpdateProduct,
    /// 数据产品登记撤销.
    RevokeProduct,
    /// 数据产品登记结果查询.
    QueryProductRegistration,
}

impl Interface {
    /// All, in the order of table 18, then those that no table has.
    pub const ALL: [Self; 16] = [
        Self::GetToken,
        Self::GetPersonInfo,
        Self::GetEnterpriseInfo,
        Self::GetOperatorInfo,
        Self::GetPersonBaseInfo,
        Self::GetEnterpriseBaseInfo,
        Self::GetOperatorBaseInfo,
        Self::GetIdentityProviderList,
        Self::SyncConnectorInfo,
        Self::SyncLogoffInfo,
        Self::GetOperatorStatus,
        Self::XinyuSyncRunLog,
        Self::RegisterProduct,
        Self::UpdateProduct,
        Self::RevokeProduct,
        Self::QueryProductRegistration,
    ];

    /// 接口编码, which is also the last part of the address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::GetToken => "GetToken",
            Self::GetPersonInfo => "GetPersonInfo",
            Self::GetEnterpriseInfo => "GetEnterpriseInfo",
            Self::GetOperatorInfo => "GetOperatorInfo",
            Self::GetPersonBaseInfo => "GetPersonBaseInfo",
            Self::GetEnterpriseBaseInfo => "GetEnterpriseBaseInfo",
            Self::GetOperatorBaseInfo => "GetOperatorBaseInfo",
            Self::GetIdentityProviderList => "GetIdentityProviderList",
            Self::SyncConnectorInfo => "SyncConnectorInfo",
            Self::SyncLogoffInfo => "SyncLogoffInfo",
            Self::GetOperatorStatus => "GetOperatorStatus",
            Self::XinyuSyncRunLog => "XinyuSyncRunLog",
            Self::RegisterProduct => "RegisterProduct",
            Self::UpdateProduct => "UpdateProduct",
            Self::RevokeProduct => "RevokeProduct",
            Self::QueryProductRegistration => "QueryProductRegistration",
        }
    }

    /// The interface of a name.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// What it is about, for its return codes.
    #[must_use]
    pub fn module(self) -> Module {
        match self {
            // Appendix C has no kind of object for products.
            Self::GetToken
            | Self::GetIdentityProviderList
            | Self::RegisterProduct
            | Self::UpdateProduct
            | Self::RevokeProduct
            | Self::QueryProductRegistration => Module::Common,
            Self::GetPersonInfo | Self::GetPersonBaseInfo => Module::Person,
            Self::GetEnterpriseInfo | Self::GetEnterpriseBaseInfo => Module::Enterprise,
            Self::GetOperatorInfo | Self::GetOperatorBaseInfo | Self::SyncLogoffInfo | Self::GetOperatorStatus => {
                Module::Operator
            }
            Self::SyncConnectorInfo => Module::Connector,
            Self::XinyuSyncRunLog => Module::Platform,
        }
    }
}

/// The headers of a message. `client_id` is ours: without it nobody knows whose certificate `signValue` is to be verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headers {
    /// `msgcode`.
    pub interface: Interface,
    /// `msgversion`.
    pub version: String,
    /// `timestamp`, milliseconds since 1970.
    pub timestamp_ms: i64,
    /// `sequenceNum`.
    pub sequence: String,
    /// `clientId`: the identifier of the caller; others may leave it out.
    pub client_id: Option<String>,
}

/// A rule of messages that one breaks, with the header that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The return code.
    pub outcome: Outcome,
    /// Which header.
    pub name: &'static str,
}

/// How far the clocks of two sides may differ.
pub const WINDOW_MS: i64 = 300_000;
/// Longer than any sequence number in use: the standard says 32, and its sample has 37.
const SEQUENCE_MAX: usize = 128;

impl Headers {
    /// Reads the headers of a message to an interface.
    ///
    /// # Errors
    /// With the first rule that it breaks.
    pub fn read<'h>(called: Interface, find: impl Fn(&'static str) -> Option<&'h str>) -> Result<Self, Rule> {
        let need = |name: &'static str| match find(name).map(str::trim) {
            None | Some("") => Err(Rule { outcome: Outcome::Missing, name }),
            Some(value) => Ok(value),
        };
        let interface = Interface::parse(need("msgcode")?)
            .filter(|interface| *interface == called)
            .ok_or(Rule { outcome: Outcome::MessageName, name: "msgcode" })?;
        let version = need("msgversion")?;
        // 1.0.1 asks for nothing that 1.0.0 has not; 2 may.
        if version.split('.').next() != VERSION.split('.').next() {
            return Err(Rule { outcome: Outcome::Version, name: "msgversion" });
        }
        let timestamp = need("timestamp")?;
        let is_time = timestamp.len() == 13 && timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let timestamp_ms = timestamp.parse().ok().filter(|_| is_time);
        let timestamp_ms = timestamp_ms.ok_or(Rule { outcome: Outcome::Timestamp, name: "timestamp" })?;
        let sequence = need("sequenceNum")?;
        if sequence.len() > SEQUENCE_MAX {
            return Err(Rule { outcome: Outcome::Length, name: "sequenceNum" });
        }
        if !sequence.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
            return Err(Rule { outcome: Outcome::Format, name: "sequenceNum" });
        }
        need("signValue")?;
        let client_id = find("clientId").map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned);
        Ok(Self { interface, version: version.to_owned(), timestamp_ms, sequence: sequence.to_owned(), client_id })
    }

    /// That the message was written about now.
    ///
    /// # Errors
    /// If it was not.
    pub fn check_time(&self, now_ms: i64) -> Result<(), Rule> {
        if self.timestamp_ms.saturating_sub(now_ms).saturating_abs() <= WINDOW_MS {
            return Ok(());
        }
        Err(Rule { outcome: Outcome::Timestamp, name: "timestamp" })
    }

    /// What is signed: every parameter but the signature, §8.2.3. Headers by name, then the exact bytes of the body.
    #[must_use]
    pub fn signed(&self, body: &[u8]) -> Vec<u8> {
        let mut text = String::new();
        if let Some(id) = &self.client_id {
            text.push_str(&format!("clientId={id}&"));
        }
        let (code, version) = (self.interface.code(), &self.version);
        let (sequence, timestamp) = (&self.sequence, self.timestamp_ms);
        text.push_str(&format!("msgcode={code}&msgversion={version}&sequenceNum={sequence}&timestamp={timestamp}&"));
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    /// The headers by name, but for the signature.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![
            ("msgcode", self.interface.code().to_owned()),
            ("msgversion", self.version.clone()),
            ("timestamp", self.timestamp_ms.to_string()),
            ("sequenceNum", self.sequence.clone()),
        ];
        if let Some(id) = &self.client_id {
            pairs.push(("clientId", id.clone()));
        }
        pairs
    }
}

/// What an answer's signature is over: its time, the request's sequence number, the exact body. Appendix B.2.3 has these headers.
#[must_use]
pub fn signed_reply(timestamp_ms: i64, sequence: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("sequenceNum={sequence}&timestamp={timestamp_ms}&").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The answer. Table 17.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply<T> {
    /// The return code.
    pub code: Code,
    /// Its words.
    pub message: String,
    /// What was asked for.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub data: Option<T>,
}

fn none<T>() -> Option<T> {
    None
}

impl<T> Reply<T> {
    /// Done, with what was asked for.
    #[must_use]
    pub fn done(module: Module, data: Option<T>) -> Self {
        let code = Code::new(module, Outcome::Done);
        Self { code, message: code.message(), data }
    }

    /// Not done.
    #[must_use]
    pub fn failed(code: Code, about: Option<&str>) -> Self {
        let message = match about {
            Some(about) => format!("{}：{about}", code.message()),
            None => code.message(),
        };
        Self { code, message, data: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 5] = [
        ("msgcode", "SyncLogoffInfo"),
        ("msgversion", "1.0.0"),
        ("timestamp", "1562589083316"),
        // The standard's own sample, longer than its table says.
        ("sequenceNum", "9904000000000003721209241622330001001"),
        ("signValue", "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJVXVCJ9"),
    ];

    fn read(headers: &[(&'static str, &'static str)]) -> Result<Headers, Rule> {
        Headers::read(Interface::SyncLogoffInfo, |wanted| {
            headers.iter().rev().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
        })
    }

    fn check(name: &'static str, value: &'static str, expect: Outcome) {
        let headers: Vec<(&str, &str)> = GOOD.into_iter().chain([(name, value)]).collect();
        assert_eq!(read(&headers), Err(Rule { outcome: expect, name }), "{name} {value}");
    }

    #[test]
    fn ndi_03_b_2_the_sample_is_taken_whatever_its_lengths() {
        let read = read(&GOOD).unwrap();
        assert_eq!((read.timestamp_ms, read.sequence.len()), (1_562_589_083_316, 37));
        assert_eq!(
            String::from_utf8(read.signed(b"{}")).unwrap(),
            "msgcode=SyncLogoffInfo&msgversion=1.0.0&sequenceNum=9904000000000003721209241622330001001&timestamp=1562589083316&{}"
        );
    }

    #[test]
    fn ndi_03_8_2_3_every_header_is_there_and_means_something() {
        for (name, _) in GOOD {
            check(name, "", Outcome::Missing);
            check(name, "  ", Outcome::Missing);
        }
        check("msgcode", "GetToken", Outcome::MessageName);
        check("msgcode", "synclogoffinfo", Outcome::MessageName);
        check("msgversion", "2.0.0", Outcome::Version);
        check("msgversion", "v1", Outcome::Version);
        for time in ["1562589083", "15625890833160", "-562589083316", "156258908331x", "1e12"] {
            check("timestamp", time, Outcome::Timestamp);
        }
        check("sequenceNum", "1 2", Outcome::Format);
        check("sequenceNum", "序号", Outcome::Format);
        check("sequenceNum", "x&timestamp=1", Outcome::Format);
    }

    #[test]
    fn ndi_03_8_2_3_a_message_is_written_about_now() {
        let headers = read(&GOOD).unwrap();
        for (offset, expect) in [(0, true), (300_000, true), (-300_000, true), (300_001, false), (-300_001, false)] {
            assert_eq!(headers.check_time(headers.timestamp_ms + offset).is_ok(), expect, "{offset}");
        }
        assert!(headers.check_time(i64::MIN).is_err() && headers.check_time(i64::MAX).is_err());
    }
}
