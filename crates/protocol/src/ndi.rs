//! The identity interfaces of the data infrastructure, between platforms, connectors and function nodes. NDI-TR-2025-03 §8, Appendices B to D.
//!
//! Lenient in length: the standard's own samples are longer than its tables allow (a sequence number of 37 characters where 32 are said, a signature
//! beyond 128). Strict in meaning: every header is there, the interface is the one that was called, the time is a time.

pub mod code;
pub mod identity;
pub mod message;
pub mod product;
pub mod sync;

pub use code::{Code, Module, Outcome};
pub use message::{Headers, Interface, Reply, Rule};

/// Where the interfaces are served.
pub const PATH: &str = "/ndi";
/// The version of the interfaces.
pub const VERSION: &str = "1.0.0";
