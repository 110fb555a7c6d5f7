//! The shell that platform and connector share: a node with its keys and its store, the outbox driver, the log of evidence, people who log in, peers
//! who call. It obeys: what a change of state sends and records was decided by the core, and is committed here with the change.

pub mod access;
pub mod alert;
pub mod arranged;
pub mod audit;
pub mod combine;
pub mod dcp;
pub mod delegation;
pub mod dispute;
pub mod draft;
pub mod dsp;
pub mod effect;
pub mod evidence;
pub mod exception;
pub mod failure;
pub mod grant;
pub mod housekeeping;
pub mod keys;
pub mod live;
pub mod lock;
pub mod log;
pub mod login;
pub mod metering;
pub mod node;
pub mod onward;
pub mod operation;
pub mod outbox;
pub mod payment;
pub mod peer;
pub mod performance;
pub mod policy;
pub mod pseudonym;
pub mod recovery;
pub mod router;
pub mod sealed;
pub mod second_factor;
pub mod session;
pub mod standing;
pub mod termination;
pub mod timer;
pub mod user;
pub mod version;
pub mod warning;
pub mod witness;

pub use failure::Failure;
pub use node::{Node, NodeKind, NodeOptions, SpaceRules};
