//! The service platform (可信数据空间服务平台). TC609-6-2025-01 §5.2.2: identity, connectors, catalogue, digital contracts, spaces, market, evidence and
//! supervision. It signs for itself only: the keys of the participants are in their connectors.

pub mod app;
pub mod application;
pub mod bundle;
pub mod certificate;
pub mod certification;
pub mod component;
pub mod connector;
pub mod contract;
pub mod countersigning;
pub mod delegation;
pub mod dispute;
pub mod draft;
pub mod event;
pub mod evidence;
pub mod filing;
pub mod heartbeat;
pub mod heterogeneous;
pub mod identifier;
pub mod identity;
pub mod issuance;
pub mod listing;
pub mod metering;
pub mod ndi;
pub mod onward;
pub mod overview;
pub mod participant;
pub mod partner;
pub mod payment;
pub mod performance;
pub mod policy_record;
pub mod regulator;
pub mod relay;
pub mod reply;
pub mod reputation;
pub mod router;
pub mod smart_clause;
pub mod space;
pub mod template;
pub mod termination;
pub mod verification;
pub mod version;
pub mod warning;

pub use app::{Platform, PlatformOptions};
pub use router::router;
