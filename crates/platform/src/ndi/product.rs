//! What a function node's answer about a product comes to: what it says in the form of the interface, or by a return code of NDI-TR-2025-03 Appendix C.
//! TC609-6-2025-11 §7.2.4 a, b.

use serde_json::Value;
use xinyu_protocol::ndi::product::{ProductAnswer, ProductQuery, ProductReason, ProductStanding};
use xinyu_protocol::ndi::{Code, Interface, Outcome};
use xinyu_shell::Failure;
use xinyu_shell::peer::{Delivery, Undelivered};
use xinyu_store::outbox::OutboxMessage;

use super::client::CallError;

/// What is delivered of a message about a product: the answer as it is taken up with it.
pub(super) fn answered(message: &OutboxMessage, answered: Result<Option<Value>, CallError>) -> Delivery {
    let lasting = |text: String| Undelivered { text, status: None, is_transient: false };
    let (code, words) = match answered {
        // No answer at all is not one that can be taken up, and is asked for again.
        Ok(said) => {
            return serde_json::to_vec(&said).map(|body| (200, body)).map_err(|error| lasting(error.to_string()));
        }
        Err(error @ CallError::Unreached { .. }) => {
            return Err(Undelivered { text: error.to_string(), status: None, is_transient: true });
        }
        Err(CallError::Refused { code, message, .. }) => (code, message),
    };
    let standing = standing(code).filter(|_| message.path != Interface::QueryProductRegistration.code());
    let Some(status) = standing else {
        let text = format!("{} answers {code}: {words}", message.destination);
        // A key, a clock or a right that is not in order yet is put in order, and nothing is lost meanwhile.
        let is_transient = code.is_transient() || is_of_the_line(code);
        return Err(Undelivered { text, status: None, is_transient });
    };
    let about = about(message).map_err(|error| lasting(error.to_string()))?;
    let reasons = match status {
        ProductStanding::Refused => {
            vec![ProductReason { member: String::new(), message: format!("{code} {words}") }]
        }
        _ => Vec::new(),
    };
    let answer = ProductAnswer { product_code: about.product_code, status, registration_code: None, reasons };
    serde_json::to_vec(&answer).map(|body| (200, body)).map_err(|error| lasting(error.to_string()))
}

/// Which request a message is, or asks about: all four say it alike.
///
/// # Errors
/// If it is none of them.
pub(crate) fn about(message: &OutboxMessage) -> Result<ProductQuery, Failure> {
    serde_json::from_slice(&message.body).map_err(Failure::broken)
}

/// Whether a code finds fault with who asks and how, not with what is asked.
fn is_of_the_line(code: Code) -> bool {
    use Outcome::{KeyInvalid, SourceAddress, Timestamp, TokenExpired, Unauthorised};
    matches!(code.outcome, Unauthorised | TokenExpired | KeyInvalid | SourceAddress | Timestamp)
}

/// What a return code says of the product; none where it says that the message itself is at fault. The module of these interfaces knows neither what is double nor what
/// is not there, and says `3 00 000` of both; a node that answers in the module of another kind of object is understood.
fn standing(code: Code) -> Option<ProductStanding> {
    match code.outcome {
        // It has this request: what came of it is asked for.
        Outcome::Duplicate => Some(ProductStanding::Reviewing),
        Outcome::NotFound => Some(ProductStanding::Unknown),
        Outcome::ParameterUnknown
        | Outcome::Missing
        | Outcome::Format
        | Outcome::Length
        | Outcome::AllMissing
        | Outcome::BusinessUnknown
        | Outcome::Invalid => Some(ProductStanding::Refused),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use xinyu_protocol::ndi::Module;

    use super::*;

    /// What a return code comes to for an interface: a standing, or whether it is tried again.
    fn check(interface: Interface, (module, outcome): (Module, Outcome), expect: Result<ProductStanding, bool>) {
        let body = br#"{"productCode":"p","requestNo":1}"#.to_vec();
        let message = OutboxMessage::new("s", "node/n", "ndi.product", interface.code(), body);
        // As it is read off the line.
        let code = Code::parse(&Code::new(module, outcome).to_string()).unwrap();
        let refused = CallError::Refused { node: "n".to_owned(), code, message: "words".to_owned() };
        let found = answered(&message, Err(refused)).map_err(|undelivered| undelivered.is_transient);
        let found = found.map(|(_, body)| serde_json::from_slice::<ProductAnswer>(&body).unwrap().status);
        assert_eq!(found, expect, "{interface:?} {outcome:?}");
    }

    #[test]
    fn tc609_11_7_2_4_a_a_return_code_refuses_the_product_or_the_message() {
        let register = Interface::RegisterProduct;
        let own = |outcome| (register.module(), outcome);
        for outcome in [Outcome::Missing, Outcome::BusinessUnknown, Outcome::Duplicate, Outcome::NotFound] {
            check(register, own(outcome), Ok(ProductStanding::Refused));
        }
        for (outcome, is_transient) in [
            (Outcome::Busy, true),
            (Outcome::Timestamp, true),
            (Outcome::KeyInvalid, true),
            (Outcome::MessageName, false),
        ] {
            check(register, own(outcome), Err(is_transient));
        }
        check(Interface::QueryProductRegistration, own(Outcome::Missing), Err(false));
    }

    #[test]
    fn a_node_that_answers_in_another_module_is_understood() {
        let other = |outcome| (Module::Platform, outcome);
        check(Interface::RegisterProduct, other(Outcome::Duplicate), Ok(ProductStanding::Reviewing));
        check(Interface::RevokeProduct, other(Outcome::NotFound), Ok(ProductStanding::Unknown));
    }
}
