//! What the interfaces ask and tell of persons, organisations and operators. NDI-TR-2025-03 §8.3.2.
//!
//! Members of others that we do not know are passed over: what they add must not keep us from what the standard has.

use serde::{Deserialize, Serialize};

/// GetToken asks with the authorisation that the user was given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthCode {
    /// The authorisation.
    #[serde(default)]
    pub auth_code: String,
}

/// The six queries ask with the token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenData {
    /// The access token, App. D.
    #[serde(default)]
    pub token: String,
}

/// SyncLogoffInfo and GetOperatorStatus ask with an identifier.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityCode {
    /// `<USCC>/<number of the operator's document>` in the standard's sample.
    #[serde(default)]
    pub identity_code: String,
}

/// 法人或其他组织: its base. What is not known is left out rather than made up.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EnterpriseBase {
    /// 唯一身份标识.
    pub identity_code: String,
    /// 名称.
    pub enterprise_name: String,
    /// 统一社会信用代码.
    pub enterprise_code: String,
    /// 类型, 0 to 4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enterprise_type: Option<String>,
    /// 经营期限起始.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operating_period_begin: Option<String>,
    /// 经营期限截止.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operating_period_end: Option<String>,
    /// 实名认证方式, 0 to 3.
    pub auth_type: String,
    /// 实名认证状态: 0 未认证, 1 已认证.
    pub auth_status: String,
    /// 实名认证时间.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_date: Option<String>,
    /// 法定代表人或负责人姓名.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_person: Option<String>,
    /// 法定代表人或负责人证件号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_person_certno: Option<String>,
    /// 法定代表人或负责人实名等级.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_person_auth_level: Option<String>,
    /// 法定代表人或负责人实名认证方式.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_person_auth_type: Option<String>,
    /// 身份状态: 0 不可用, 1 可用.
    pub identity_status: String,
}

/// 个人用户: its base, §8.3.2.2 and §8.3.2.5.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonBase {
    /// 唯一身份标识.
    pub identity_code: String,
    /// 姓名.
    pub full_name: String,
    /// 证件类型.
    pub cert_type: String,
    /// 证件号码.
    pub cert_code: String,
    /// 证件号码有效起始日期.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_effdate: Option<String>,
    /// 证件号码有效截止日期.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert_expdate: Option<String>,
    /// 手机号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// 个人实名认证等级.
    pub auth_level: String,
    /// 个人实名认证方式.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<String>,
    /// 实名认证时间.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<String>,
    /// 身份状态.
    pub identity_status: String,
}

/// 法人或其他组织经办人: its base, §8.3.2.4 and §8.3.2.7.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorBase {
    /// 唯一身份标识.
    pub identity_code: String,
    /// 经办人姓名.
    pub operator: String,
    /// 经办人证件类型.
    pub operator_id_type: String,
    /// 经办人证件编号.
    pub operator_id: String,
    /// 经办人实名认证等级.
    pub operator_auth_level: String,
    /// 经办人实名认证方式.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_auth_type: Option<String>,
    /// 经办人授权方式.
    pub authorization_type: String,
    /// 统一社会信用代码.
    pub enterprise_code: String,
    /// 身份状态.
    pub auth_status: String,
    /// 认证日期.
    pub auth_time: String,
}

/// 可验附件.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attachment {
    /// 附件类型.
    pub attach_type: String,
    /// 附件名称.
    pub attach_name: String,
    /// 附件编号.
    pub attach_code: String,
    /// 签发单位.
    pub issue_org: String,
    /// 签发日期.
    pub issue_date: String,
    /// 到期日期.
    pub expire_date: String,
    /// 验证地址.
    pub verify_url: String,
    /// 描述.
    pub description: String,
}

/// GetOperatorStatus answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorStatus {
    /// 0 不可用, 1 可用.
    pub auth_status: String,
}

/// GetIdentityProviderList answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderList {
    /// Root certificates of the providers that are trusted, in PEM.
    pub root_cert_list: Vec<String>,
}
