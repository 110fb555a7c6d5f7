//! The use environment (使用环境) in which a consumer's connector lets data be used under one contract: an SQL engine
//! in memory that can do nothing but read the tables it was given. TC609-6-2025-15 §7.1.2.4, §10 (isolation between
//! tasks, destruction of intermediate data).
//!
//! A query is first [planned](Environment::plan): the engine's own parser names every column it would read, whether in
//! the result, a condition or an order, so that the policy decides on what is really used. Only then it runs, under
//! limits of time, memory and output, and stops at once when its [`CancelToken`] says so.
//!
//! Not here: the decision itself (policy), the counting (usage), the checking of results before they leave, and code
//! other than SQL.

mod authorizer;
mod bytecode;
mod cancel;
mod environment;
mod error;
mod limits;
mod query;
#[cfg(test)]
mod tests;
mod watch;

pub use cancel::CancelToken;
pub use environment::Environment;
pub use error::SandboxError;
pub use limits::Limits;
pub use query::{QueryPlan, ResultSet};
