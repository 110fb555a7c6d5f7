//! The part of the management API that is about the people who use a node: accounts, roles, sessions, the second factor, the review of permissions.
//! NDI-TR-2025-03 §9.2.1; TC609-6-2025-13 §7.2.1.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::Instant;
use crate::text::Text;

/// `GET /me`: who is logged in, and what is still to do before anything else may be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserCard {
    /// Login name.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// `system`, `security`, `audit`, `manager`, `clerk` or `viewer`; empty while none is confirmed.
    pub role: String,
    /// The names of the operations that this person may call now.
    #[serde(default)]
    pub may: Vec<String>,
    /// Whether the account has one-time codes as a second factor.
    #[serde(default)]
    pub second_factor: bool,
    /// Whether it has a passkey, which is two factors by itself.
    #[serde(default)]
    pub passkey: bool,
    /// What stands in the way: `password`, `second_factor`, `passkey` (there is one, and this session was opened without), `unconfirmed`; what should be
    /// done soon: `password_soon`.
    #[serde(default)]
    pub to_do: Vec<String>,
    /// When the password has to be changed.
    #[serde(default)]
    #[schemars(with = "Option<Instant>")]
    pub password_expires_at: Option<Timestamp>,
}

/// `GET /users`: an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserInfo {
    /// Login name.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// The role in effect; empty while none is confirmed.
    pub role: String,
    /// `active`, `unconfirmed`, `locked`, `dormant` or `disabled`.
    pub state: String,
    /// Whether it has a second factor: one-time codes or a passkey.
    pub second_factor: bool,
    /// When it was made.
    #[schemars(with = "Instant")]
    pub created_at: Timestamp,
    /// When it was last used.
    #[schemars(with = "Option<Instant>")]
    pub last_login_at: Option<Timestamp>,
    /// Until when it is locked.
    #[schemars(with = "Option<Instant>")]
    pub locked_until: Option<Timestamp>,
    /// Roles that were proposed or are in effect, newest first.
    pub grants: Vec<GrantInfo>,
}

/// A role of a person: proposed by one administrator, in effect once the other confirmed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GrantInfo {
    /// Its id.
    pub grant_id: String,
    /// Whose.
    pub user: String,
    /// Which role.
    pub role: String,
    /// `proposed`, `in_effect` or `ended`.
    pub state: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// When.
    #[schemars(with = "Instant")]
    pub proposed_at: Timestamp,
    /// Who confirmed it.
    pub confirmed_by: Option<String>,
    /// Since when it is in effect.
    #[schemars(with = "Option<Instant>")]
    pub confirmed_at: Option<Timestamp>,
    /// When it was last reviewed.
    #[schemars(with = "Option<Instant>")]
    pub reviewed_at: Option<Timestamp>,
    /// When it ended.
    #[schemars(with = "Option<Instant>")]
    pub ended_at: Option<Timestamp>,
}

/// `POST /users`, and `POST /administrators`: a new account with the role that is proposed for it.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewUser {
    /// Login name: letters, digits, `.`, `-`, `_`, 2 to 64.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// The role.
    pub role: String,
    /// The first password, to be changed at the first login.
    pub password: String,
}

/// `POST /users/{name}/grants`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// The role.
    pub role: String,
}

/// `POST /users/{name}/password`: a new first password, to be changed at the next login.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password.
    pub password: String,
}

/// `POST /me/password`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present password.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// `POST /me/second-factor`: begins to set up the second factor.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reauthentication {
    /// The present password.
    pub password: String,
}

/// Its answer, shown once: the secret for the authenticator. It counts from `POST /me/second-factor/confirmation` on.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// `otpauth://totp/…`.
    pub uri: String,
    /// The secret in base32, to type it in.
    pub secret: String,
    /// The URI as a QR code, SVG.
    pub svg: String,
}

/// `POST /me/second-factor/confirmation`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneTimeCode {
    /// What the authenticator shows.
    pub code: String,
}

/// Its answer, shown once: each code replaces the authenticator one time.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecoveryCodes {
    /// The codes.
    pub recovery_codes: Vec<String>,
}

/// `GET /me/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionInfo {
    /// Names it; not the token.
    pub session_id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// Whether it was opened with a second factor.
    pub second_factor: bool,
    /// How the person logged in: `password`, `passkey`, `certificate`, `did` or `oidc`.
    pub method: String,
    /// From which address.
    pub ip: String,
    /// Since when.
    #[schemars(with = "Instant")]
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    #[schemars(with = "Instant")]
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    #[schemars(with = "Instant")]
    pub expires_at: Timestamp,
}

/// `GET /me/login-keys`: a key that opens the account besides its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoginKeyInfo {
    /// Names it.
    pub key_id: String,
    /// `passkey`, `certificate`, `did` or `oidc`.
    pub method: String,
    /// What the method knows it by: the credential's id, the certificate's digest, the DID, issuer and subject.
    pub subject: String,
    /// What the person calls it.
    pub label: String,
    /// Since when.
    #[schemars(with = "Instant")]
    pub added_at: Timestamp,
    /// When it last opened the account.
    #[schemars(with = "Option<Instant>")]
    pub used_at: Option<Timestamp>,
}

/// `GET /reviews`: a role in effect, and when it has to be reviewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewDue {
    /// The role.
    pub grant: GrantInfo,
    /// The name of the person.
    pub display_name: String,
    /// When the account was last used.
    #[schemars(with = "Option<Instant>")]
    pub last_login_at: Option<Timestamp>,
    /// Until when.
    #[schemars(with = "Instant")]
    pub due_at: Timestamp,
    /// Whether that is over.
    pub overdue: bool,
}

/// `POST /reviews/{grant}/decision`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewDecision {
    /// Whether the role is kept; otherwise it ends now.
    pub keep: bool,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// `GET /reviews/report`: who reviewed what, when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewInfo {
    /// Its id.
    pub review_id: String,
    /// The role that was reviewed.
    pub grant_id: String,
    /// Whose.
    pub user: String,
    /// Which role.
    pub role: String,
    /// Whether it was kept.
    pub keep: bool,
    /// Why.
    pub note: String,
    /// By whom.
    pub reviewed_by: String,
    /// When.
    #[schemars(with = "Instant")]
    pub reviewed_at: Timestamp,
}

/// `GET /permissions`: an operation, and who may call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PermissionInfo {
    /// Its name.
    pub operation: String,
    /// `GET` or `POST`.
    pub method: String,
    /// Below `/api/v1`.
    pub path: String,
    /// What it does.
    pub text: Text,
    /// What kind of operation it is.
    pub needs: String,
    /// The roles that may call it.
    pub roles: Vec<String>,
    /// Whether it asks for a second factor, by this node's rules.
    pub second_factor: bool,
}
