//! A second authentication of somebody who is logged in already (二次认证), for an act that demands it: a code of the authenticator, or a recovery code, of that
//! very person, which counts once. TC609-6-2025-15 §7.1.2.4 e. Wrong ones count like failed logins, and lock.

use xinyu_core::fault::Rejection;
use xinyu_protocol::text::Text;
use xinyu_store::Tx;

use super::locked;
use crate::failure::Failure;
use crate::node::Node;
use crate::second_factor;
use crate::user::Person;

/// What came of it.
#[derive(Debug)]
pub enum StepUp {
    /// It is that person.
    Done,
    /// It is not, or nobody can tell. What was counted has to be committed.
    Refused(Rejection),
}

/// Checks a code, and uses it up.
///
/// # Errors
/// If the store fails.
pub async fn check(node: &Node, tx: &mut Tx, person: &Person, code: &str, object: &str) -> Result<StepUp, Failure> {
    let Some(user) = xinyu_store::user::hold(tx, &person.name).await? else {
        return Ok(StepUp::Refused(no_second_factor()));
    };
    if user.locked_until.is_some_and(|until| until > tx.now()) {
        return Ok(StepUp::Refused(locked()));
    }
    let Some(sealed) = user.totp_secret.clone() else {
        return Ok(StepUp::Refused(no_second_factor()));
    };
    if second_factor::is_good(node, tx, &user, &sealed, code.trim()).await? {
        crate::audit::append(tx, person.happened("step-up", object, "done")).await?;
        return Ok(StepUp::Done);
    }
    crate::audit::append(tx, person.happened("usage.step-up", object, "wrong-code")).await?;
    let failures = xinyu_store::user::count_failure(tx, &user.name).await?.unwrap_or_default();
    if let Some(until) = node.access.rules.lock_until(failures, tx.now()) {
        xinyu_store::user::lock(tx, &user.name, until).await?;
        crate::audit::append(tx, person.happened("login.locked", &user.name, "done")).await?;
    }
    Ok(StepUp::Refused(
        Rejection::forbidden(
            "step-up-wrong",
            "二次认证失败：动态口令不正确、已用过或不属于本人",
            "the second authentication failed: the code is wrong, was used, or is somebody else's",
        )
        .clause("TC609-6-2025-15 §7.1.2.4 e")
        .next(Text::new(
            "使用请求已保留，请以同一使用编号和新的口令再次提交",
            "the use is kept: ask again with the same id and another code",
        )),
    ))
}

fn no_second_factor() -> Rejection {
    Rejection::forbidden(
        "no-second-factor",
        "合约要求使用前二次认证，而您尚未设置第二因素",
        "the contract demands a second authentication, and you have no second factor",
    )
    .clause("TC609-6-2025-15 §7.1.2.4 e")
    .next(Text::new("请先在「我的账号」中设置验证器", "set up an authenticator on the page of your account first"))
}
