//! Why something was taken for what it is: said with every finding, so that a person can judge it.

use serde::{Deserialize, Serialize};
use xinyu_protocol::text::Text;

/// One ground for a finding, or against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The check digit is right.
    CheckDigit,
    /// The city of the area code exists or existed.
    AreaKnown,
    /// Only the province of the area code is known.
    ProvinceKnown,
    /// The date in it exists.
    DateReal,
    /// The first digits belong to a Chinese bank.
    IssuerKnown,
    /// The first digits belong to a card scheme.
    SchemeKnown,
    /// The first digits were given to a carrier.
    PrefixInUse,
    /// The telephone's area code exists.
    TelephoneArea,
    /// It is written with a country code.
    CountryCode,
    /// A word beside it says what it is.
    ContextWord,
    /// A word beside it says that it is something else.
    ContextAgainst,
    /// It is found within the bounds that such a thing has.
    InRange,
    /// Only its form was looked at.
    FormOnly,
    /// It begins with a surname.
    Surname,
    /// What follows is frequent in given names.
    GivenName,
    /// What stands before or after it stands beside names.
    NameBounds,
    /// It names a province, a city or a county.
    RegionNamed,
    /// It names a road, a village or an estate.
    StreetNamed,
    /// It has the number of a house or a room.
    HouseNumber,
    /// The top level of its domain is one.
    DomainForm,
}

impl Reason {
    /// As a person reads it.
    #[must_use]
    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Self::CheckDigit => ("校验码正确", "the check digit is right"),
            Self::AreaKnown => ("行政区划代码存在", "the area code exists"),
            Self::ProvinceKnown => ("省级代码存在，地市代码未知", "the province exists, the city is not known"),
            Self::DateReal => ("日期存在", "the date exists"),
            Self::IssuerKnown => ("发卡行标识已知", "the issuing bank is known"),
            Self::SchemeKnown => ("卡组织号段", "the range of a card scheme"),
            Self::PrefixInUse => ("号段已启用", "the prefix is in use"),
            Self::TelephoneArea => ("电话区号存在", "the telephone area exists"),
            Self::CountryCode => ("带国家代码", "written with a country code"),
            Self::ContextWord => ("上下文用语指明", "a word beside it says so"),
            Self::ContextAgainst => ("上下文用语指向其他含义", "a word beside it says something else"),
            Self::InRange => ("取值在合理范围内", "within its bounds"),
            Self::FormOnly => ("仅形式相符", "its form only"),
            Self::Surname => ("以姓氏开头", "begins with a surname"),
            Self::GivenName => ("用字常见于人名", "of characters frequent in given names"),
            Self::NameBounds => ("前后文常见于人名旁", "beside what stands beside names"),
            Self::RegionNamed => ("含行政区划名称", "names an area"),
            Self::StreetNamed => ("含道路、村或小区", "names a road, a village or an estate"),
            Self::HouseNumber => ("含门牌或房号", "has the number of a house"),
            Self::DomainForm => ("域名形式正确", "has the form of a domain"),
        };
        Text::new(zh, en)
    }
}
