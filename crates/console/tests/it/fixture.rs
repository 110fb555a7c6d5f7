//! The API that the pages are shown: bodies as both kinds of node answer them, and a reader of the pages.

pub(crate) mod bodies;
pub(crate) mod processes;
pub(crate) mod reader;
pub(crate) mod world;
