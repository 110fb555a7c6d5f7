//! Where a resource lies, as it is kept: an address, which may carry a password or a key, is sealed for this node; a path is kept as it is.
//! TC609-6-2025-13 §7.5.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use xinyu_shell::{Failure, Node, sealed};

/// A place. One of an older store is plain whatever it is, until the resource is read again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Location {
    /// A path, or an address that was kept before addresses were sealed.
    Plain(String),
    /// An address, in base64.
    Sealed {
        /// What [`sealed::seal`] made of it.
        sealed: String,
    },
}

impl Location {
    /// As the resource of a name keeps it.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn keep(node: &Node, resource: &str, text: String) -> Result<Self, Failure> {
        if !text.contains("://") {
            return Ok(Self::Plain(text));
        }
        let sealed = sealed::seal(node, &context(resource), text.as_bytes())?;
        Ok(Self::Sealed { sealed: STANDARD.encode(sealed) })
    }

    /// What was kept.
    ///
    /// # Errors
    /// If it was altered, or is another node's or another resource's.
    pub fn read(&self, node: &Node, resource: &str) -> Result<String, Failure> {
        match self {
            Self::Plain(text) => Ok(text.clone()),
            Self::Sealed { sealed } => {
                let bytes = STANDARD.decode(sealed).map_err(Failure::broken)?;
                String::from_utf8(sealed::open(node, &context(resource), &bytes)?).map_err(Failure::broken)
            }
        }
    }
}

/// Whether it is a path or an address, and nothing of it.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Plain(_)) { "Plain" } else { "Sealed" })
    }
}

fn context(resource: &str) -> String {
    format!("resource-location:{resource}")
}
