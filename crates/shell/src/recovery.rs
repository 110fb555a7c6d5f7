//! The way back for somebody who can no longer log in and whom nobody can help: by whoever runs the machine, on the database of a node that stands
//! still. It gives no role; it leaves its mark in the audit chain and among the alerts. NDI-TR-2025-03 §9.2.1 b.

use xinyu_core::user::password as secrets;
use xinyu_store::Store;
use xinyu_store::audit::Happened;

use crate::failure::Failure;
use crate::user::{hashed, held};

/// Gives an account a new first password, to be changed at the next login. Second factor, keys, lock and sessions are forgotten; an account that was
/// switched off is on again.
///
/// # Errors
/// If there is no such account, the password is too weak, or the store fails.
pub async fn recover(store: &Store, name: &str, secret: String) -> Result<(), Failure> {
    secrets::check(&secret, name)?;
    let (name, hash) = (name.to_owned(), hashed(secret).await?);
    store
        .write("user.recover", move |tx| {
            Box::pin(async move {
                let user = held(tx, &name).await?;
                xinyu_store::user::set_password(tx, &name, &hash).await?;
                let history = secrets::remember(user.password_history, &user.password_hash);
                xinyu_store::user::remember_passwords(tx, &name, &history, true).await?;
                xinyu_store::user::forget_second_factor(tx, &name).await?;
                for key in xinyu_store::login_key::list(tx, &name).await? {
                    xinyu_store::login_key::remove(tx, &name, &key.key_id).await?;
                }
                xinyu_store::user::unlock(tx, &name).await?;
                xinyu_store::user::switch(tx, &name, "").await?;
                let happened = Happened {
                    actor: "-".to_owned(),
                    action: "user.recover".to_owned(),
                    object: name,
                    result: "done".to_owned(),
                    ip: "-".to_owned(),
                    detail: user.role,
                };
                crate::audit::append(tx, happened).await
            })
        })
        .await
}
