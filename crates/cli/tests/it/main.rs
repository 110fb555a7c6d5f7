//! The whole program, run as its users run it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that goes wrong shall stop")]

mod bad_input;
mod browser;
mod command;
mod crash;
mod delegation;
mod disk;
mod draft;
mod exception;
mod freeze;
mod lineage;
mod login;
mod metadata;
mod metering;
mod payment;
mod people;
mod person;
mod policy;
mod program;
mod push;
mod recover;
mod standing;
mod story;
mod tamper;
mod template;
mod up;
mod witness;
