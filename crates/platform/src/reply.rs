//! What the platform does with the answers to its messages: nothing more than to know that they arrived.

use xinyu_shell::Failure;
use xinyu_shell::outbox::{ReplyHandler, Sent};
use xinyu_store::{BoxFuture, Tx};

/// The platform's handler of answers.
pub struct Replies;

impl ReplyHandler for Replies {
    fn on_reply<'t>(&'t self, _: &'t mut Tx, _: &'t Sent) -> BoxFuture<'t, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }
}
