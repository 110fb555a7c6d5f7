//! The console's pages, asked for as a browser asks for them.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_arguments,
    reason = "a test that goes wrong shall stop"
)]

mod browser;
mod catalogue;
mod fixture;
mod forms;
mod login;
mod pages;
mod passkey;
mod policy_record;
mod processes;
mod simulator;
mod states;
mod templates;
