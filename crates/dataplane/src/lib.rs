//! The data plane (NDI-TR-2025-05 数据交付; TC609-6-2025-14 §7.5): where a provider's rows lie, how they are prepared
//! before delivery, the encrypted package in which they travel, and the vault in which a consumer keeps it.
//!
//! Everything flows: neither side ever holds more than a batch of rows and a chunk of ciphertext. Not here: who may have
//! what (that is decided before), HTTP, and the use of what was delivered.

pub mod deliver;
pub mod intake;
pub mod plain;
pub mod prepare;
pub mod reseal;
pub mod sample;
pub mod source;
pub mod vault;
