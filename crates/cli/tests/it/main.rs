//! The whole program, run as its users run it.

mod bad_input;
mod crash;
mod program;
mod story;
mod tamper;
