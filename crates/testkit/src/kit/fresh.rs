//! Identifiers and the time for messages: the kit's only origins of both.

/// An identifier that no earlier run has used.
#[expect(clippy::disallowed_methods, reason = "the kit stands outside the subject, whose sources are replaceable")]
pub(crate) fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Now, as in a message.
#[expect(clippy::disallowed_methods, reason = "the kit stands outside the subject, whose sources are replaceable")]
pub(crate) fn now() -> String {
    jiff::Timestamp::now().to_string()
}

/// Now, in seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the kit stands outside the subject, whose sources are replaceable")]
pub(crate) fn seconds() -> i64 {
    jiff::Timestamp::now().as_second()
}
