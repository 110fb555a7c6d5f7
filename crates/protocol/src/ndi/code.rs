//! Return codes `ABCDEF`: A says what kind of outcome, BC which kind of object, DEF what exactly. NDI-TR-2025-03 Appendix C.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// BC: the kind of object that an interface is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// 00 通用功能模块.
    Common,
    /// 01 个人.
    Person,
    /// 02 法人或其他组织.
    Enterprise,
    /// 03 法人或其他组织经办人.
    Operator,
    /// 04 平台.
    Platform,
    /// 05 接入连接器.
    Connector,
}

impl Module {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Common, Self::Person, Self::Enterprise, Self::Operator, Self::Platform, Self::Connector];

    /// The two digits.
    #[must_use]
    pub fn digits(self) -> &'static str {
        match self {
            Self::Common => "00",
            Self::Person => "01",
            Self::Enterprise => "02",
            Self::Operator => "03",
            Self::Platform => "04",
            Self::Connector => "05",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Common => "",
            Self::Person => "个人用户",
            Self::Enterprise => "法人或其他组织用户",
            Self::Operator => "法人或其他组织经办人用户",
            Self::Platform => "平台",
            Self::Connector => "接入连接器",
        }
    }
}

/// A and DEF: what came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 0XX000 请求成功.
    Done,
    /// 1XX000 未知错误.
    SystemUnknown,
    /// 1XX001 系统忙.
    Busy,
    /// 1XX002 操作超时.
    Timeout,
    /// 1XX003 网络异常.
    Network,
    /// 1XX004 未授权请求.
    Unauthorised,
    /// 1XX005 临时访问令牌已失效.
    TokenExpired,
    /// 1XX006 授权密钥无效.
    KeyInvalid,
    /// 1XX007 非法的连接源 IP 地址.
    SourceAddress,
    /// 2XX000 未知错误.
    ParameterUnknown,
    /// 2XX001 必选参数为空.
    Missing,
    /// 2XX002 参数格式错误.
    Format,
    /// 2XX003 参数长度超出范围.
    Length,
    /// 2XX004 所有输入参数都为空.
    AllMissing,
    /// 2XX005 版本号非法.
    Version,
    /// 2XX006 时间戳非法.
    Timestamp,
    /// 2XX007 消息名称错误.
    MessageName,
    /// 2XX008 消息解析失败.
    Parse,
    /// 3XX000 未知错误.
    BusinessUnknown,
    /// 3XX001 信息不存在, of an object that has a module of its own.
    NotFound,
    /// 3XX002 信息已失效.
    Invalid,
    /// 3XX003 重复注册 or 重复上报.
    Duplicate,
}

/// Every outcome with A, DEF and its words.
const OUTCOMES: [(Outcome, char, &str, &str); 22] = [
    (Outcome::Done, '0', "000", "请求成功"),
    (Outcome::SystemUnknown, '1', "000", "未知错误"),
    (Outcome::Busy, '1', "001", "系统忙"),
    (Outcome::Timeout, '1', "002", "操作超时"),
    (Outcome::Network, '1', "003", "网络异常"),
    (Outcome::Unauthorised, '1', "004", "未授权请求"),
    (Outcome::TokenExpired, '1', "005", "临时访问令牌已失效"),
    (Outcome::KeyInvalid, '1', "006", "授权密钥无效"),
    (Outcome::SourceAddress, '1', "007", "非法的连接源IP地址"),
    (Outcome::ParameterUnknown, '2', "000", "未知错误"),
    (Outcome::Missing, '2', "001", "必选参数为空"),
    (Outcome::Format, '2', "002", "参数格式错误"),
    (Outcome::Length, '2', "003", "参数长度超出范围"),
    (Outcome::AllMissing, '2', "004", "所有输入参数都为空"),
    (Outcome::Version, '2', "005", "版本号非法"),
    (Outcome::Timestamp, '2', "006", "时间戳非法"),
    (Outcome::MessageName, '2', "007", "消息名称错误"),
    (Outcome::Parse, '2', "008", "消息解析失败"),
    (Outcome::BusinessUnknown, '3', "000", "未知错误"),
    (Outcome::NotFound, '3', "001", "身份信息不存在"),
    (Outcome::Invalid, '3', "002", "身份信息已失效"),
    (Outcome::Duplicate, '3', "003", "身份信息重复注册"),
];

/// A return code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// What it is about.
    pub module: Module,
    /// What came of it.
    pub outcome: Outcome,
}

impl Code {
    /// A code. What is not there, invalid or double says so of an object: the common module has none, and says `3 00 000`.
    #[must_use]
    pub fn new(module: Module, outcome: Outcome) -> Self {
        let is_of_object = matches!(outcome, Outcome::NotFound | Outcome::Invalid | Outcome::Duplicate);
        let outcome = if module == Module::Common && is_of_object { Outcome::BusinessUnknown } else { outcome };
        Self { module, outcome }
    }

    /// Reads six digits; none if the table does not know them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (a, rest) = (text.get(..1)?, text.get(1..)?);
        let (bc, def) = (rest.get(..2)?, rest.get(2..)?);
        let module = Module::ALL.into_iter().find(|module| module.digits() == bc)?;
        let found = OUTCOMES.iter().find(|(_, kind, number, _)| a.starts_with(*kind) && *number == def)?;
        let code = Self { module, outcome: found.0 };
        (Self::new(module, found.0) == code).then_some(code)
    }

    /// Whether it says that what was asked for was done.
    #[must_use]
    pub fn is_done(self) -> bool {
        self.outcome == Outcome::Done
    }

    /// Whether to ask again makes sense: the fault is the other side's, and passing.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self.outcome, Outcome::SystemUnknown | Outcome::Busy | Outcome::Timeout | Outcome::Network)
    }

    /// The words of the table.
    #[must_use]
    pub fn message(self) -> String {
        let words = self.row().3;
        match self.outcome {
            Outcome::Duplicate if self.module == Module::Connector => "接入连接器身份信息重复上报".to_owned(),
            Outcome::NotFound | Outcome::Invalid | Outcome::Duplicate => format!("{}{words}", self.module.name()),
            _ => words.to_owned(),
        }
    }

    fn row(self) -> (Outcome, char, &'static str, &'static str) {
        let unknown = (Outcome::SystemUnknown, '1', "000", "未知错误");
        OUTCOMES.into_iter().find(|row| row.0 == self.outcome).unwrap_or(unknown)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, kind, number, _) = self.row();
        write!(f, "{kind}{}{number}", self.module.digits())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("{text:?} is no return code of Appendix C")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndi_03_c_2_every_code_of_the_tables() {
        for (text, words) in [
            ("000000", "请求成功"),
            ("003000", "…"),
            ("100000", "未知错误"),
            ("100001", "系统忙"),
            ("102002", "操作超时"),
            ("105003", "网络异常"),
            ("100004", "未授权请求"),
            ("101005", "临时访问令牌已失效"),
            ("100006", "授权密钥无效"),
            ("100007", "非法的连接源IP地址"),
            ("200000", "未知错误"),
            ("201001", "必选参数为空"),
            ("202002", "参数格式错误"),
            ("203003", "参数长度超出范围"),
            ("204004", "所有输入参数都为空"),
            ("200005", "版本号非法"),
            ("200006", "时间戳非法"),
            ("200007", "消息名称错误"),
            ("200008", "消息解析失败"),
            ("300000", "未知错误"),
            ("301001", "个人用户身份信息不存在"),
            ("301002", "个人用户身份信息已失效"),
            ("301003", "个人用户身份信息重复注册"),
            ("302001", "法人或其他组织用户身份信息不存在"),
            ("302002", "法人或其他组织用户身份信息已失效"),
            ("302003", "法人或其他组织用户身份信息重复注册"),
            ("303001", "法人或其他组织经办人用户身份信息不存在"),
            ("303002", "法人或其他组织经办人用户身份信息已失效"),
            ("303003", "法人或其他组织经办人用户身份信息重复注册"),
            ("304001", "平台身份信息不存在"),
            ("304002", "平台身份信息已失效"),
            ("304003", "平台身份信息重复注册"),
            ("305001", "接入连接器身份信息不存在"),
            ("305002", "接入连接器身份信息已失效"),
            ("305003", "接入连接器身份信息重复上报"),
        ] {
            // The standard's own sample of the answer to SyncLogoffInfo is a 0 with the operator's module.
            let words = if words == "…" { "请求成功" } else { words };
            let code = Code::parse(text).unwrap();
            assert_eq!((code.to_string().as_str(), code.message().as_str()), (text, words));
            assert_eq!(code.is_done(), text.starts_with('0'));
        }
    }

    #[test]
    fn ndi_03_c_1_what_is_no_code_is_none() {
        for text in [
            "",
            "0",
            "00000",
            "0000000",
            "400000",
            "006000",
            "100008",
            "200009",
            "300001",
            "0000 0",
            "一二三四五六",
            "００００００",
        ] {
            assert_eq!(Code::parse(text), None, "{text}");
        }
        assert_eq!(Code::new(Module::Common, Outcome::NotFound).to_string(), "300000");
    }
}
