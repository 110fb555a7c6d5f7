//! What the platform does with the answers to its messages: those of function nodes about products are taken up, of all others it is enough to know that
//! they arrived. And how its messages to function nodes travel.

use xinyu_shell::Failure;
use xinyu_shell::outbox::{Refused, ReplyHandler, Sent};
use xinyu_shell::peer::Delivery;
use xinyu_store::outbox::OutboxMessage;
use xinyu_store::{BoxFuture, Tx};

use crate::app::Platform;
use crate::listing::registration;
use crate::ndi;

/// The platform's handler of answers.
pub struct Replies(pub Platform);

impl ReplyHandler for Replies {
    fn on_reply<'t>(&'t self, tx: &'t mut Tx, sent: &'t Sent) -> BoxFuture<'t, Result<(), Failure>> {
        Box::pin(registration::answered(&self.0, tx, sent))
    }

    fn on_refused<'t>(&'t self, tx: &'t mut Tx, refused: &'t Refused) -> BoxFuture<'t, Result<(), Failure>> {
        Box::pin(registration::failed(&self.0, tx, refused))
    }

    fn deliver<'m>(&'m self, message: &'m OutboxMessage) -> BoxFuture<'m, Option<Delivery>> {
        Box::pin(ndi::report::deliver(&self.0, message))
    }
}
