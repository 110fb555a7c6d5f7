//! The random code (随机码) of an identifier. NDI-TR-2025-04 4.2: eight digits or capital letters. The randomness itself is an argument.

/// The remainder of `entropy` by 36^8 in base 36, capital letters, eight characters.
pub(super) fn eight(entropy: u64) -> String {
    let mut rest = entropy;
    let mut code: Vec<char> = Vec::with_capacity(8);
    for _ in 0..8 {
        let digit = u32::try_from(rest % 36).unwrap_or(0);
        code.push(char::from_digit(digit, 36).unwrap_or('0').to_ascii_uppercase());
        rest /= 36;
    }
    code.into_iter().rev().collect()
}
