//! Where alerts go besides their page.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use xinyu_shell::alert::AlertReceiver;
use zeroize::Zeroizing;

/// Where alerts go: a collector of security events, a chat robot.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertsConfig {
    /// Takes a `POST` with JSON for each.
    pub url: String,
    /// The file with the token for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
}

impl AlertsConfig {
    pub(super) fn read(&self) -> anyhow::Result<AlertReceiver> {
        let token = self.token_file.as_ref().map(|path| {
            let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
            anyhow::Ok(Zeroizing::new(text.trim().to_owned()))
        });
        Ok(AlertReceiver { url: self.url.clone(), token: token.transpose()? })
    }
}
