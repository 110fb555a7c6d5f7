//! Versions of products as both kinds of node show them.

use xinyu_core::listing::difference::difference;
use xinyu_protocol::api::listing::VersionChange;
use xinyu_protocol::tc609::catalog::ListingRequest;

/// What is otherwise in a version than in the one before.
#[must_use]
pub fn changes(before: &ListingRequest, after: &ListingRequest) -> Vec<VersionChange> {
    let told = difference(before, after).into_iter();
    told.map(|one| VersionChange { pointer: one.pointer, before: one.before, after: one.after }).collect()
}
