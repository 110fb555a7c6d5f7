//! What is kept between two readings of a resource, so that the next goes on from it: how far it was read, and what its profile rests on. That holds values, and is
//! sealed with the key of this node. docs/adr/0046.

use serde::{Deserialize, Serialize};
use xinyu_dataplane::source::Mark;
use xinyu_discovery::profile::TableProfiler;
use xinyu_protocol::api::resource::NewResource;
use xinyu_protocol::text::Text;
use xinyu_shell::{Failure, Node, sealed};

/// The form of it; one of another form is not gone on from.
const FORM: u32 = 1;

/// What is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    form: u32,
    /// What was read: another place is another source.
    place: Place,
    /// How far; none where that cannot be told again.
    pub(super) mark: Option<Mark>,
    /// What was seen.
    pub(super) profiler: TableProfiler,
}

/// Where a source lies.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    kind: String,
    location: String,
    table: Option<String>,
}

impl Place {
    pub(super) fn of(new: &NewResource) -> Self {
        Self { kind: new.kind.clone(), location: new.location.clone(), table: new.table.clone() }
    }
}

impl Kept {
    pub(super) fn new(place: Place, mark: Option<Mark>, profiler: TableProfiler) -> Self {
        Self { form: FORM, place, mark, profiler }
    }

    /// Sealed, for the resource of a name.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub(super) fn seal(&self, node: &Node, resource: &str) -> Result<Vec<u8>, Failure> {
        let plain = serde_json::to_vec(self).map_err(Failure::broken)?;
        sealed::seal(node, &context(resource), &plain)
    }

    /// What was kept of the source at a place; or why nothing of it is believed.
    pub(super) fn open(node: &Node, resource: &str, bytes: &[u8], place: &Place) -> Result<Self, Text> {
        let unreadable =
            || Text::new("保存的读取状态无法校验或版本不同", "what was kept cannot be verified, or has another form");
        let plain = sealed::open(node, &context(resource), bytes).map_err(|_| unreadable())?;
        let kept: Self = serde_json::from_slice(&plain).map_err(|_| unreadable())?;
        if kept.form != FORM {
            return Err(unreadable());
        }
        if kept.place != *place {
            return Err(Text::new("数据源的位置已更换", "the resource lies somewhere else now"));
        }
        Ok(kept)
    }
}

fn context(resource: &str) -> String {
    format!("resource-reading:{resource}")
}
