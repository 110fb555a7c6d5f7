//! 数据资源标识码. NDI-TR-2025-04 4.3.

use super::fault::Faults;
use super::kind::IdKind;
use super::registered;

super::identifier! {
    /// A data resource: type code 7, 32 characters, or 34 to 65 with an extension (an identifier of an older register).
    ResourceId, IdKind::Resource, faults
}

registered::registered!(ResourceId, "7");

impl ResourceId {
    /// What follows the `•`: an identifier of an older register. The check character does not cover it.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.0.split_once('•').map(|(_, extension)| extension)
    }
}

fn faults(code: &str) -> Faults {
    registered::faults(code, IdKind::Resource)
}
