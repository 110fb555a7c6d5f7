//! Identity information of participants (身份信息): base, extended and attachment information of persons, organisations, operators (经办人) and
//! platforms, with the names and codes of the standard. NDI-TR-2025-03 §6, §7, Tables 1 to 13. Lengths are read leniently, meanings strictly.
//!
//! What a person or an organisation says of itself is personal data: it has no `Debug`, and nothing of it stands in evidence or logs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::participant::MemberState;
use crate::id::{ConnectorId, PlatformId};
use crate::text::Text;

/// An enumeration of the standard: its codes on the wire, its words for people.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal $zh:literal $en:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// All of them, in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The code of the standard.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The one with a code of the standard.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }

            /// The standard's word, and ours in English.
            #[must_use]
            pub fn words(self) -> (&'static str, &'static str) {
                match self { $(Self::$variant => ($zh, $en),)+ }
            }
        }
    };
}

codes! {
    /// 个人实名等级.
    RealNameLevel {
        /// Not verified.
        None = "0" "未实名" "not verified",
        /// By identity card or social security card.
        Document = "1" "身份证或社保卡实名" "by identity or social security card",
        /// And by face or another biometric.
        Biometric = "2" "实名加人脸或生物特征" "and by face or another biometric",
    }
}
codes! {
    /// 个人认证方式.
    PersonVerification {
        /// 公安 or 人社.
        Authority = "1" "公安或人社" "public security or social security",
        /// 国家政务服务平台.
        GovernmentPlatform = "2" "国家政务服务平台" "national government service platform",
        /// A third party.
        ThirdParty = "3" "第三方" "a third party",
    }
}
codes! {
    /// 身份状态.
    IdentityStatus {
        /// Not usable.
        Unusable = "0" "不可用" "not usable",
        /// Usable.
        Usable = "1" "可用" "usable",
    }
}
codes! {
    /// 组织类型.
    EnterpriseType {
        /// 机关.
        Authority = "0" "机关" "government body",
        /// 企事业.
        Enterprise = "1" "企事业" "enterprise or institution",
        /// 社团.
        Association = "2" "社团" "association",
        /// 非法人组织.
        Unincorporated = "3" "非法人组织" "unincorporated organisation",
        /// 其它.
        Other = "4" "其它" "other",
    }
}
codes! {
    /// 组织认证方式.
    EnterpriseVerification {
        /// 人工.
        Manual = "0" "人工" "by hand",
        /// 对公打款.
        Payment = "1" "对公打款" "payment to the corporate account",
        /// 市场监管总局.
        MarketRegulator = "2" "市场监管总局" "market regulator",
        /// 其它.
        Other = "3" "其它" "other",
    }
}
codes! {
    /// 经办人授权方式.
    AuthorizationType {
        /// An administrator confirmed it.
        Administrator = "1" "管理员确认" "confirmed by an administrator",
        /// A letter of authority.
        Letter = "2" "授权书" "letter of authority",
        /// Short message or mail.
        Message = "3" "短信或邮件" "short message or mail",
    }
}
codes! {
    /// 证件类型 of a natural person.
    CertificateType {
        /// 居民身份证.
        IdentityCard = "1" "居民身份证" "resident identity card",
        /// 社会保障卡.
        SocialSecurityCard = "2" "社会保障卡" "social security card",
        /// 护照 and others.
        Other = "3" "其他证件" "another document",
    }
}
codes! {
    /// What an attachment shows: those of organisations and persons, then those of connectors (Table 12) and of platforms.
    AttachmentKind {
        /// 营业执照.
        BusinessLicence = "01" "营业执照" "business licence",
        /// 法定代表人证件.
        LegalPersonDocument = "02" "法定代表人证件" "document of the legal representative",
        /// 授权书.
        AuthorityLetter = "03" "经办人授权书" "letter of authority of the operator",
        /// 对公账户证明.
        AccountProof = "04" "对公账户证明" "proof of the corporate account",
        /// 业务资质.
        Qualification = "05" "业务资质" "professional qualification",
        /// 备案号.
        Filing = "06" "备案号" "filing number",
        /// 合规审计报告.
        AuditReport = "07" "合规审计报告" "compliance audit report",
        /// 第三方评估.
        Assessment = "08" "第三方评估" "assessment by a third party",
        /// 其他.
        Other = "99" "其他" "other",
    }
}
codes! {
    /// 主体类型: whose identity it is.
    SubjectKind {
        /// 个人.
        Person = "1" "个人" "person",
        /// 组织.
        Organisation = "2" "组织" "organisation",
        /// 平台.
        Platform = "3" "平台" "platform",
    }
}

/// Person, base information. Table 1.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonBase {
    /// 姓名.
    pub full_name: String,
    /// 证件类型.
    pub cert_type: CertificateType,
    /// 证件号码.
    pub cert_code: String,
    /// 证件有效期起, `YYYY-MM-DD`.
    #[serde(default)]
    pub cert_effdate: Option<String>,
    /// 证件有效期止, `YYYY-MM-DD`.
    #[serde(default)]
    pub cert_expdate: Option<String>,
    /// 手机号.
    #[serde(default)]
    pub phone: Option<String>,
    /// 实名等级.
    pub auth_level: RealNameLevel,
    /// 认证方式.
    #[serde(default)]
    pub auth_type: Option<PersonVerification>,
    /// 认证时间.
    #[serde(default)]
    pub auth_time: Option<String>,
    /// 身份状态.
    #[serde(default)]
    pub identity_status: Option<IdentityStatus>,
}

/// Person, extended information. Table 2.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct PersonExtend {
    /// 国籍.
    pub nationality: Option<String>,
    /// 性别.
    pub sex: Option<String>,
    /// 出生日期.
    pub birth_date: Option<String>,
    /// 社保卡号.
    pub social_security_card: Option<String>,
    /// 社保卡归属地.
    pub social_security_card_site: Option<String>,
    /// 支付宝账号.
    pub alipay_account: Option<String>,
    /// 微信账号.
    pub weixin_account: Option<String>,
    /// 邮箱.
    pub user_email: Option<String>,
    /// 地址.
    pub user_address: Option<String>,
}

/// Organisation, base information. Table 4.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnterpriseBase {
    /// 组织名称.
    pub enterprise_name: String,
    /// 统一社会信用代码.
    pub enterprise_code: String,
    /// 组织类型.
    pub enterprise_type: EnterpriseType,
    /// 经营期限起.
    #[serde(default)]
    pub operating_period_begin: Option<String>,
    /// 经营期限止.
    #[serde(default)]
    pub operating_period_end: Option<String>,
    /// 认证方式.
    #[serde(default)]
    pub auth_type: Option<EnterpriseVerification>,
    /// 认证状态.
    #[serde(default)]
    pub auth_status: Option<IdentityStatus>,
    /// 认证日期.
    #[serde(default)]
    pub auth_date: Option<String>,
    /// 法定代表人.
    pub legal_person: String,
    /// 法定代表人证件号码.
    pub legal_person_certno: String,
    /// 法定代表人实名等级.
    pub legal_person_auth_level: RealNameLevel,
    /// 法定代表人认证方式.
    #[serde(default)]
    pub legal_person_auth_type: Option<PersonVerification>,
    /// 身份状态.
    #[serde(default)]
    pub identity_status: Option<IdentityStatus>,
}

/// Organisation, extended information. Table 5.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct EnterpriseExtend {
    /// 住所.
    pub enterprise_address: Option<String>,
    /// 注册资本, 万元.
    pub reg_amount: Option<String>,
    /// 成立日期.
    pub reg_date: Option<String>,
    /// 经营范围.
    pub business_scope: Option<String>,
    /// 行业门类, GB/T 4754.
    pub industry_category: Option<String>,
    /// 行业大类, GB/T 4754.
    pub industry_category2: Option<String>,
    /// 营业执照编号.
    pub business_license: Option<String>,
    /// 登记机关.
    pub approval_authority: Option<String>,
    /// 社保登记号.
    pub social_security_card: Option<String>,
    /// 社保登记地.
    pub social_security_card_site: Option<String>,
    /// 法定代表人电话.
    pub legal_person_phone: Option<String>,
    /// 法定代表人邮箱.
    pub legal_person_email: Option<String>,
    /// 法定代表人身份状态.
    pub legal_person_status: Option<IdentityStatus>,
    /// 对公账户, for 对公打款. Not in the standard's table.
    pub bank_account: Option<String>,
    /// 开户行. Not in the standard's table.
    pub bank_name: Option<String>,
}

/// Platform, base information. Table 10.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlatformBase {
    /// 平台名称.
    pub platform_name: String,
    /// 平台节点类型: 0 业务, 1 区域, 2 全域.
    pub platform_type: String,
    /// Whose it is.
    pub enterprise_code: String,
    /// 组织名称.
    pub enterprise_name: String,
}

/// A person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// 基础信息.
    pub base: PersonBase,
    /// 附属信息.
    #[serde(default)]
    pub extend: PersonExtend,
}

/// An organisation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// 基础信息.
    pub base: EnterpriseBase,
    /// 附属信息.
    #[serde(default)]
    pub extend: EnterpriseExtend,
}

/// What a participant says of itself. All may be missing: what a role needs, the check list says.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct IdentityFile {
    /// For a natural person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// For an organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Organisation>,
    /// For a platform of the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<PlatformBase>,
}

/// The words of a code in an [`IdentityFile`], or in what a function node says of somebody (the part `operator` is there only), by the part and the name of
/// the field; none where the field has no codes.
#[must_use]
pub fn words_of(part: &str, field: &str, code: &str) -> Option<(&'static str, &'static str)> {
    match (part, field) {
        ("person", "certType") | ("operator", "operatorIdType") => {
            CertificateType::from_code(code).map(CertificateType::words)
        }
        ("person", "authType") | ("organisation", "legalPersonAuthType") | ("operator", "operatorAuthType") => {
            PersonVerification::from_code(code).map(PersonVerification::words)
        }
        ("person", "authLevel") | ("organisation", "legalPersonAuthLevel") | ("operator", "operatorAuthLevel") => {
            RealNameLevel::from_code(code).map(RealNameLevel::words)
        }
        ("operator", "authorizationType") => AuthorizationType::from_code(code).map(AuthorizationType::words),
        // Of an organisation it says whether it was verified, of an operator whether it may act.
        ("organisation", "authStatus") => match code {
            "0" => Some(("未认证", "not verified")),
            "1" => Some(("已认证", "verified")),
            _ => None,
        },
        ("organisation", "enterpriseType") => EnterpriseType::from_code(code).map(EnterpriseType::words),
        ("organisation", "authType") => EnterpriseVerification::from_code(code).map(EnterpriseVerification::words),
        (_, "identityStatus" | "authStatus" | "legalPersonStatus") => {
            IdentityStatus::from_code(code).map(IdentityStatus::words)
        }
        _ => None,
    }
}

impl std::fmt::Debug for IdentityFile {
    /// Only which parts are there.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdentityFile")
            .field("person", &self.person.is_some())
            .field("organisation", &self.organisation.is_some())
            .field("platform", &self.platform.is_some())
            .finish()
    }
}

/// 可验附件, without its bytes. Table 3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachmentCard {
    /// 附件类型.
    pub attach_type: AttachmentKind,
    /// 附件名称.
    pub attach_name: String,
    /// 附件编号.
    #[serde(default)]
    pub attach_code: String,
    /// 颁发机构.
    #[serde(default)]
    pub issue_org: String,
    /// 颁发日期.
    #[serde(default)]
    pub issue_date: String,
    /// 有效期止.
    #[serde(default)]
    pub expire_date: String,
    /// 验证地址.
    #[serde(default)]
    pub verify_url: String,
    /// 描述.
    #[serde(default)]
    pub description: String,
}

/// What an applicant signs (typ `xinyu-applicant+jwt`) with the keys it registered: before it is admitted it has no credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplicantClaims {
    /// Who asks.
    pub iss: ConnectorId,
    /// The platform this is meant for.
    pub aud: PlatformId,
    /// Issued at, seconds since 1970.
    pub iat: i64,
    /// The attachment that comes with it; none: it asks where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<AttachmentClaims>,
}

/// An attachment, as its sender signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttachmentClaims {
    /// Its key, made by the sender; the same key is the same attachment.
    pub attachment_id: String,
    /// What it is.
    pub card: AttachmentCard,
    /// `application/pdf`, `image/png` or `image/jpeg`.
    pub media_type: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
}

/// `/applicant` and `/attachment`: connector → platform, with proof of possession of the registered keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplicantRequest {
    /// A compact JWS over [`ApplicantClaims`].
    pub token: String,
    /// The bytes of the attachment, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

/// Their answer: where the applicant stands, and what is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApplicantStatus {
    /// Where it stands.
    pub state: MemberState,
    /// What its role needs, and whether it is there.
    pub items: Vec<CheckItem>,
    /// Why, when refused.
    pub note: String,
    /// Until when the operator has to decide.
    #[schemars(with = "Option<crate::api::schema::Instant>")]
    pub due_at: Option<Timestamp>,
}

/// One line of the check list of a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckItem {
    /// Stable, the name of a field or `attachment-<code>`.
    pub name: String,
    /// For people.
    pub text: Text,
    /// Whether the role needs it.
    pub is_required: bool,
    /// Whether it is there.
    pub is_there: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a code is read as.
    fn check(code: &str, expect: Option<AuthorizationType>) {
        assert_eq!(serde_json::from_str(&format!("\"{code}\"")).ok(), expect, "{code}");
    }

    #[test]
    fn ndi_03_7_codes_are_those_of_the_standard() {
        check("1", Some(AuthorizationType::Administrator));
        check("2", Some(AuthorizationType::Letter));
        check("3", Some(AuthorizationType::Message));
        check("0", None);
        check("01", None);
        check("管理员确认", None);
        assert_eq!(RealNameLevel::ALL.iter().map(|one| one.code()).collect::<Vec<_>>(), ["0", "1", "2"]);
        assert_eq!(EnterpriseVerification::Payment.words().0, "对公打款");
    }

    #[test]
    fn ndi_03_6_field_names_are_those_of_the_standard() {
        let base = EnterpriseBase {
            enterprise_name: "某公司".to_owned(),
            enterprise_code: "91350100M000100Y43".to_owned(),
            enterprise_type: EnterpriseType::Enterprise,
            operating_period_begin: None,
            operating_period_end: None,
            auth_type: None,
            auth_status: None,
            auth_date: None,
            legal_person: "某人".to_owned(),
            legal_person_certno: String::new(),
            legal_person_auth_level: RealNameLevel::Document,
            legal_person_auth_type: None,
            identity_status: None,
        };
        let written = serde_json::to_value(&base).unwrap();
        for name in ["enterpriseName", "enterpriseCode", "enterpriseType", "legalPersonCertno", "legalPersonAuthLevel"]
        {
            assert!(written.get(name).is_some(), "{name} in {written}");
        }
        assert!(serde_json::from_str::<EnterpriseBase>("{\"enterprisename\": \"x\"}").is_err());
    }
}
