//! The templates that come with the program, as data: a file each in the folder `templates` of this crate. The first eleven are the list of
//! TC609-6-2025-01 §5.2.2.5 a, in its order; then a whole policy for each kind of space. An operator saves newer versions of them, and others.

use std::collections::BTreeMap;

use xinyu_protocol::tc609::template::{NewTemplate, Template};

use super::state::State;
use super::{Origin, Version};

/// To add one is one file and one line.
const FILES: &[&str] = &[
    include_str!("../../templates/content.json"),
    include_str!("../../templates/delivery-connectors.json"),
    include_str!("../../templates/use-connectors.json"),
    include_str!("../../templates/use-subjects.json"),
    include_str!("../../templates/use-actions.json"),
    include_str!("../../templates/use-count.json"),
    include_str!("../../templates/use-duration.json"),
    include_str!("../../templates/visible-range.json"),
    include_str!("../../templates/usable-range.json"),
    include_str!("../../templates/use-notice.json"),
    include_str!("../../templates/destroy-after-use.json"),
    include_str!("../../templates/set-enterprise.json"),
    include_str!("../../templates/set-industry.json"),
    include_str!("../../templates/set-city.json"),
    include_str!("../../templates/set-personal.json"),
    include_str!("../../templates/set-cross-border.json"),
];

/// All of them, each as its first version: reviewed by its makers, enabled in the spaces that it is meant for until somebody disables it there.
#[must_use]
pub fn all() -> Vec<Version> {
    let version = |definition: NewTemplate| Version {
        template: Template { version: 1, definition },
        origin: Origin::BuiltIn,
        author: None,
        state: State::Reviewed,
        spaces: BTreeMap::new(),
        history: Vec::new(),
    };
    // That every file parses is a test's business.
    FILES.iter().filter_map(|file| serde_json::from_str(file).ok()).map(version).collect()
}

/// One of them.
#[must_use]
pub fn find(id: &str) -> Option<Version> {
    all().into_iter().find(|version| version.id() == id)
}

/// How many there are.
#[must_use]
pub fn count() -> usize {
    FILES.len()
}
