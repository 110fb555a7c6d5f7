//! 数据产品标识码. NDI-TR-2025-04 4.3.

use super::fault::Faults;
use super::kind::IdKind;
use super::registered;

super::identifier! {
    /// A data product: type code 6, 32 characters, or 34 to 65 with an extension (an identifier of an older register).
    ProductId, IdKind::Product, faults
}

registered::registered!(ProductId, "6");

impl ProductId {
    /// What follows the `•`: an identifier of an older register. The check character does not cover it.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        self.0.split_once('•').map(|(_, extension)| extension)
    }
}

fn faults(code: &str) -> Faults {
    registered::faults(code, IdKind::Product)
}
