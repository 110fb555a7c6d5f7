//! People: who may call what, how they log in, how roles come and go. NDI-TR-2025-03 §9; TC609-6-2025-13 §7.2, §7.6.

mod alert;
mod authenticator;
mod captcha;
mod certificate;
mod did;
mod login;
mod oidc;
mod passkey;
pub(crate) mod people;
mod roles;
mod table;
