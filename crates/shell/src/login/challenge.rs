//! Challenges: what a method gives out before it is shown anything. Each is taken once, within minutes; what it holds stays here.

use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xinyu_core::fault::Rejection;
use xinyu_protocol::text::Text;

use crate::failure::Failure;
use crate::node::Node;

/// How long an answer may take.
const PATIENCE: SignedDuration = SignedDuration::from_mins(5);

/// Gives one out: its id, which is its secret.
///
/// # Errors
/// If too many wait for their answer, or the store fails.
pub(crate) async fn give<T: Serialize + Sync>(node: &Node, purpose: &'static str, data: &T) -> Result<String, Failure> {
    let data = serde_json::to_vec(data).map_err(Failure::broken)?;
    let given = node.store.write("challenge.give", move |tx| {
        Box::pin(async move {
            let expires_at = tx.now().checked_add(PATIENCE).map_err(Failure::broken)?;
            xinyu_store::challenge::insert(tx, purpose, &data, expires_at).await.map_err(Failure::from)
        })
    });
    given.await?.ok_or_else(|| {
        let mut rejection = Rejection::forbidden("too-many-logins", "登录请求过多", "too many logins are under way")
            .next(Text::new("请几分钟后再试", "try again in a few minutes"));
        rejection.status = 429;
        rejection.into()
    })
}

/// Takes one, in a transaction of its own: it is gone whatever the answer is worth.
///
/// # Errors
/// If there is none for this purpose, it was taken or has expired.
pub(crate) async fn take<T: DeserializeOwned>(node: &Node, purpose: &'static str, id: String) -> Result<T, Failure> {
    let taken = node.store.write("challenge.take", move |tx| {
        Box::pin(async move { xinyu_store::challenge::take(tx, purpose, &id).await.map_err(Failure::from) })
    });
    let data = taken.await?.ok_or_else(unknown)?;
    serde_json::from_slice(&data).map_err(Failure::broken)
}

/// There is no such challenge, or not for who answers it.
pub(crate) fn unknown() -> Rejection {
    let mut rejection = Rejection::forbidden(
        "unknown-challenge",
        "登录挑战不存在、已使用或已过期",
        "the challenge is unknown, was used or has expired",
    )
    .next(Text::new("请重新发起", "begin again"));
    rejection.status = 401;
    rejection
}
