//! The console: server-rendered pages of a node, platform or connector, Chinese first. It is a user of the management API like any other: whatever a page
//! shows or does goes through the typed client, with the session of the person who looks at it. No state, no store, no clock of its own.

mod app;
mod chart;
mod clause;
mod fault;
mod form;
mod graph;
mod guard;
mod life;
mod page;
mod pages;
mod process;
mod profile;
mod reputation;
mod router;
mod session;
mod sheet;
mod timeline;
mod upload;
mod visitor;

pub use app::{ConsoleError, ConsoleOptions};
pub use router::router;
