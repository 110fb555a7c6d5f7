//! One page, or one kind of form, per file.

pub(crate) mod account;
pub(crate) mod agreement;
pub(crate) mod application;
pub(crate) mod asset;
pub(crate) mod audit;
pub(crate) mod catalog;
pub(crate) mod contract;
pub(crate) mod dataflow;
pub(crate) mod decision;
pub(crate) mod evidence;
pub(crate) mod live;
pub(crate) mod missing;
pub(crate) mod negotiation;
pub(crate) mod overview;
pub(crate) mod participant;
pub(crate) mod partner;
pub(crate) mod permission;
pub(crate) mod product;
pub(crate) mod resource;
pub(crate) mod review;
pub(crate) mod space;
pub(crate) mod transfer;
pub(crate) mod user;
