//! Whole nodes, started in this process and spoken to as their peers speak to them. One program: each test program of its own would link
//! the whole of both nodes once more.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that goes wrong shall stop; how soon is worth reading"
)]

mod access;
mod catalog;
mod certificate;
mod certification;
mod clock;
mod component;
mod connector;
mod convergence;
mod countersigning;
mod data_service;
mod dataplane;
mod dcp;
mod delivery;
mod demand;
mod dispute;
mod draft;
mod enforcement;
mod evidence;
mod filing;
mod glossary;
mod harvest;
mod health;
mod heterogeneous;
mod identity;
mod kit;
mod lineage;
mod metadata;
mod metering;
mod ndi;
mod onward;
mod outbox;
mod performance;
mod pipeline;
mod policy;
mod policy_record;
mod product;
mod protocols;
mod reading;
mod refusal;
mod registration;
mod relay;
mod resource;
mod retention;
mod rounds;
mod run_log;
mod standing;
mod subscription;
mod technique;
mod template;
mod termination;
mod torture;
mod trusted_time;
mod version;
mod warning;
mod witness;
