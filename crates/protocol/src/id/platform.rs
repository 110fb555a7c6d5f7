//! 业务节点标识码. NDI-TR-2025-04 4.2 d.

use super::fault::Faults;
use super::kind::IdKind;
use super::registered;

super::identifier! {
    /// A service platform: type code 4, 32 characters.
    PlatformId, IdKind::Platform, faults
}

registered::registered!(PlatformId, "4");

fn faults(code: &str) -> Faults {
    registered::faults(code, IdKind::Platform)
}
