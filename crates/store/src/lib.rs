//! The store: all SQL of a Xinyu node, on SQLite inside the process or on PostgreSQL, behind one [`Store`].
//!
//! A change is one named transaction: its state, the messages it sends ([`outbox`]) and the evidence it leaves are committed together or not at
//! all, and acknowledged means durable. SQL is one portable text for both engines and stands in the file of its noun. It deliberately hides no
//! SQL, maps no objects and awaits no network inside a transaction. See docs/adr/0001-one-store-two-engines.md.

// The layer.
pub mod clock;
mod dialect;
pub mod error;
pub mod feed;
mod guard;
pub mod ids;
pub mod migration;
mod pooled;
mod postgres;
pub mod row;
pub mod signal;
mod sqlite;
mod store;
pub mod tx;
pub mod value;

// The nouns of this layer, one file each.
pub mod audit;
pub mod challenge;
pub mod grant;
pub mod inbox;
pub mod lease;
pub mod login_key;
pub mod outbox;
pub mod replay;
pub mod session;
pub mod setting;
pub mod user;

// The nouns of the domain, one file each.
pub mod agreement;
pub mod application;
pub mod attachment;
pub mod breach;
pub mod certificate;
pub mod certification;
pub mod component;
pub mod connector;
pub mod contract;
pub mod countersigning;
pub mod credential;
pub mod data_service;
pub mod dataflow;
pub mod delegation;
pub mod demand;
pub mod derived;
pub mod dispute;
mod document;
pub mod draft;
pub mod evidence;
pub mod exception;
pub mod glossary;
pub mod harvest;
pub mod heartbeat;
pub mod held;
pub mod heterogeneous;
pub mod holding;
pub mod identity;
pub mod issuance;
pub mod lineage;
pub mod listing;
pub mod log;
pub mod member;
pub mod meter;
pub mod metering;
pub mod ndi;
pub mod negotiation;
pub mod notice;
pub mod offering;
pub mod onward;
pub mod partner;
pub mod party;
pub mod payment;
pub mod performance;
pub mod pipeline;
pub mod plane;
pub mod policy_record;
pub mod record;
pub mod registration;
pub mod reputation;
pub mod resource;
pub mod retention;
pub mod round;
pub mod run_log;
pub mod space;
pub mod stamp;
pub mod standing;
pub mod stub;
pub mod subscription;
pub mod template;
pub mod termination;
pub mod transfer;
pub mod usage;
pub mod verification;
pub mod version;
pub mod warning;
pub mod witness;

#[cfg(feature = "testing")]
pub mod testing;

pub use clock::Clock;
pub use dialect::Engine;
pub use error::StoreError;
pub use feed::{Fed, Feed};
pub use futures::future::BoxFuture;
pub use ids::Ids;
pub use jiff::Timestamp;
pub use row::Row;
pub use signal::{Signals, Subscription, Topic};
pub use store::{Store, StoreOptions};
pub use tx::Tx;
pub use value::Value;
