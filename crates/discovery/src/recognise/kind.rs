//! What is found in a text, and what each kind means for a person. 个人信息保护法 Articles 4 and 28; GB/T 43697-2024.

use serde::{Deserialize, Serialize};
use xinyu_protocol::text::Text;

use crate::profile::PersonalKind;

/// What can be found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 公民身份号码 of 18 characters, or of 15 digits as before 1999. GB 11643-1999.
    CitizenId,
    /// 手机号码.
    Mobile,
    /// 固定电话, with its area code or with a word that says so.
    Landline,
    /// 银行卡号. ISO/IEC 7812-1.
    BankCard,
    /// 统一社会信用代码. GB 32100-2015. An organisation's: not personal.
    CreditCode,
    /// 机动车号牌. GA 36-2018.
    VehiclePlate,
    /// 护照号码.
    Passport,
    /// 港澳台通行证 and 回乡证.
    TravelPermit,
    /// 电子邮箱.
    Email,
    /// 互联网地址 (IPv4) that is routed in the Internet.
    IpAddress,
    /// 病历号, 住院号, 就诊卡号, 医保卡号.
    MedicalRecord,
    /// The name of an illness beside a word of the clinic.
    Diagnosis,
    /// 经纬度 within China.
    Location,
    /// 住址.
    Address,
    /// 姓名.
    Name,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::CitizenId,
        Self::Mobile,
        Self::Landline,
        Self::BankCard,
        Self::CreditCode,
        Self::VehiclePlate,
        Self::Passport,
        Self::TravelPermit,
        Self::Email,
        Self::IpAddress,
        Self::MedicalRecord,
        Self::Diagnosis,
        Self::Location,
        Self::Address,
        Self::Name,
    ];

    /// Which personal data it is; nothing for what belongs to an organisation.
    #[must_use]
    pub fn personal(self) -> Option<PersonalKind> {
        Some(match self {
            Self::CreditCode => return None,
            Self::CitizenId => PersonalKind::CitizenId,
            Self::Mobile => PersonalKind::Mobile,
            Self::Landline => PersonalKind::Landline,
            Self::BankCard => PersonalKind::BankCard,
            Self::VehiclePlate => PersonalKind::VehiclePlate,
            Self::Passport | Self::TravelPermit => PersonalKind::Passport,
            Self::Email => PersonalKind::Email,
            Self::IpAddress => PersonalKind::Account,
            Self::MedicalRecord | Self::Diagnosis => PersonalKind::Health,
            Self::Location => PersonalKind::Track,
            Self::Address => PersonalKind::Address,
            Self::Name => PersonalKind::Name,
        })
    }

    /// Whether its form alone can be checked, so that few of them are enough to be sure; names, addresses and places need more.
    #[must_use]
    pub fn is_structured(self) -> bool {
        !matches!(self, Self::IpAddress | Self::Diagnosis | Self::Location | Self::Address | Self::Name)
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            Self::CitizenId => ("公民身份号码", "citizen number"),
            Self::Mobile => ("手机号码", "mobile number"),
            Self::Landline => ("固定电话", "landline number"),
            Self::BankCard => ("银行卡号", "bank card number"),
            Self::CreditCode => ("统一社会信用代码", "credit code of an organisation"),
            Self::VehiclePlate => ("机动车号牌", "vehicle plate"),
            Self::Passport => ("护照号码", "passport number"),
            Self::TravelPermit => ("往来通行证号码", "travel permit number"),
            Self::Email => ("电子邮箱", "email address"),
            Self::IpAddress => ("互联网地址", "internet address"),
            Self::MedicalRecord => ("病历号", "medical record number"),
            Self::Diagnosis => ("诊断", "diagnosis"),
            Self::Location => ("经纬度", "coordinates"),
            Self::Address => ("住址", "postal address"),
            Self::Name => ("姓名", "name of a person"),
        };
        Text::new(zh, en)
    }
}
