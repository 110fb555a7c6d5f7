//! Wire types shared by everyone who talks to a Xinyu node: identifiers, strict and canonical JSON, YAML within bounds, the Dataspace Protocol, the TC609/NDI
//! interfaces and the management API. Pure: no IO, no clock, no randomness. Holds no behaviour beyond parsing and printing.

pub mod api;
pub mod dcp;
pub mod dps;
pub mod dsp;
pub mod id;
pub mod json;
pub mod ndi;
pub mod problem;
pub mod review;
pub mod tc609;
pub mod text;
pub mod time;
pub mod yaml;
