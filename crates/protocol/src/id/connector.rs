//! 接入连接器标识码. NDI-TR-2025-04 4.2 e.

use super::fault::Faults;
use super::kind::IdKind;
use super::registered;

super::identifier! {
    /// An access connector: type code 5, 32 characters.
    ConnectorId, IdKind::Connector, faults
}

registered::registered!(ConnectorId, "5");

fn faults(code: &str) -> Faults {
    registered::faults(code, IdKind::Connector)
}
