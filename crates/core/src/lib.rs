//! The domain: what a negotiation, a contract, a use, a settlement *is*, and how each may change. Pure: no async, no IO, no clock, no randomness;
//! time, identifiers and entropy are arguments. Every change returns the new value and its effects; the shell commits both at once.

pub mod agreement;
pub mod application;
pub mod audit;
pub mod clause;
pub mod clearing;
pub mod contract;
pub mod crossing;
pub mod data;
pub mod dataflow;
pub mod effect;
pub mod event;
pub mod fault;
pub mod listing;
pub mod metering;
pub mod negotiation;
pub mod offering;
pub mod participant;
pub mod partner;
pub mod regulator;
pub mod space;
pub mod transfer;
pub mod usage;
pub mod user;
