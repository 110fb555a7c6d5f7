//! The part of the management API that is about the picture whose text a person reads when logging in failed a few times. TC609-6-2025-11 §10.2.4 c.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /login/captcha`. Good once, for five minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Captcha {
    /// Names it in the answer.
    pub captcha: String,
    /// The picture, as a `data:` address of a PNG.
    pub image: String,
}

/// What a person read, in `POST /login`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CaptchaAnswer {
    /// Which picture.
    pub captcha: String,
    /// Its text, in capitals or not.
    pub answer: String,
}
