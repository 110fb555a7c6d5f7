//! 脱敏样例: a value as it may be shown: what tells one from another is hidden, what tells what it is stays.

use super::Kind;

/// A value with most of its characters as asterisks; as many as before, so that its form can be judged.
#[must_use]
pub fn mask(kind: Kind, value: &str) -> String {
    let count = value.chars().count();
    let (first, last) = match kind {
        Kind::CitizenId => (3, 1),
        Kind::Mobile => (3, 2),
        Kind::Landline | Kind::Passport | Kind::TravelPermit | Kind::VehiclePlate => (2, 0),
        Kind::BankCard => (0, 4),
        Kind::CreditCode => (8, 0),
        Kind::Name => (1, 0),
        Kind::Address => (6, 0),
        Kind::Email => return email(value),
        Kind::IpAddress => (2, 0),
        Kind::MedicalRecord | Kind::Diagnosis | Kind::Location => (0, 0),
    };
    // Of what is too short, nothing: the rest would tell it.
    let (first, last) = if count >= (first + last) * 2 { (first, last) } else { (0, 0) };
    hide(value, |place| place < first || place + last >= count)
}

fn email(value: &str) -> String {
    let sign = value.chars().position(|c| matches!(c, '@' | '＠')).unwrap_or(usize::MAX);
    hide(value, |place| place == 0 && sign > 1 || place >= sign)
}

fn hide(value: &str, is_shown: impl Fn(usize) -> bool) -> String {
    value.chars().enumerate().map(|(place, c)| if is_shown(place) { c } else { '*' }).collect()
}
