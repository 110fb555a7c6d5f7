//! The access connector (接入连接器) of a participant, in extended mode: identity, resources, products, contracts, delivery, use environment, usage
//! control; and the seat of a regulator. NDI-TR-2025-05; TC609-6-2025-01 §5.2.3. Its private keys never leave it.

pub mod agreement;
pub mod app;
pub mod application;
pub mod catalog;
pub mod certificate;
pub mod certification;
pub mod component;
pub mod contract;
pub mod dataflow;
pub mod delegation;
pub mod delivery;
pub mod derived;
pub mod destruction;
pub mod device;
pub mod dispute;
pub mod feedback;
pub mod heterogeneous;
pub mod identity;
pub mod issuance;
pub mod negotiation;
pub mod onward;
pub mod overview;
pub mod partner;
pub mod party;
pub mod payment;
pub mod plane;
pub mod platform;
pub mod presentation;
pub mod product;
pub mod registration;
pub mod regulator;
pub mod reply;
pub mod resource;
pub mod router;
mod signal;
pub mod standing;
pub mod stop;
pub mod template;
pub mod termination;
pub mod transfer;
pub mod usage;
pub mod version;

pub use app::{Connector, ConnectorOptions};
pub use router::router;
