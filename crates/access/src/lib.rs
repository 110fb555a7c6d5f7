//! Who may press which button on a node: one list of all operations of the management API, and Cedar policies that an operator can read and that decide
//! over them. TC609-6-2025-13 §7.2.1, §7.6.2; NDI-TR-2025-03 §9.2. Pure. What usage policies say about data is the business of `policy`, not of this crate.

pub mod decision;
pub mod openapi;
pub mod operation;
pub mod role;
pub mod table;

pub use decision::{Access, AccessError, AccountState, Asker, Decision, Denial, Rules, SecondFactor};
pub use operation::{Method, Needs, NodeKind, Operation};
pub use role::Role;
