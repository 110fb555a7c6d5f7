//! The counterpart of a connector under test: plays the part that the official test kits play, over HTTP, in seconds.

pub mod dsp;
