//! A world in one process for tests: nodes with seeds, a network that fails, another maker's connector, a browser, the counterparts that official test kits play.

pub mod authority;
pub mod browser;
pub mod edc;
pub mod fault;
pub mod foreign;
pub mod function_node;
pub mod kit;
pub mod load;
pub mod oidc;
pub mod subject;
pub mod time_authority;
pub mod token_service;
pub mod torture;
pub mod world;
