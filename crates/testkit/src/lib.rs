//! A world in one process for tests: nodes with seeds, another maker's connector, the counterparts that official test kits play.

pub mod edc;
pub mod kit;
pub mod load;
pub mod subject;
pub mod world;
