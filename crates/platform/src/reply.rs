//! What the platform does with the answers to its messages: nothing more than to know that they arrived. And how its messages to function nodes travel.

use xinyu_shell::Failure;
use xinyu_shell::outbox::{ReplyHandler, Sent};
use xinyu_shell::peer::Delivery;
use xinyu_store::outbox::OutboxMessage;
use xinyu_store::{BoxFuture, Tx};

use crate::app::Platform;
use crate::ndi;

/// The platform's handler of answers.
pub struct Replies(pub Platform);

impl ReplyHandler for Replies {
    fn on_reply<'t>(&'t self, _: &'t mut Tx, _: &'t Sent) -> BoxFuture<'t, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }

    fn deliver<'m>(&'m self, message: &'m OutboxMessage) -> BoxFuture<'m, Option<Delivery>> {
        Box::pin(ndi::report::deliver(&self.0, message))
    }
}
