//! The dataspace protocol's official sequences (DSP 2025-1), played from the other side.

pub mod script;
