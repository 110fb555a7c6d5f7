//! The harness; see below.
