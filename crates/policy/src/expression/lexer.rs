//! From characters to tokens. Pure.

use super::{ExpressionError, Literal};

/// A token and the character at which it begins, from 1.
pub(super) type Placed = (usize, Token);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a word of the grammar, as written.
    Name(String),
    Literal(Literal),
    /// `(`, `)`, `,`, or a comparison.
    Symbol(&'static str),
}

/// Longer symbols first.
const SYMBOLS: &[&str] = &["<=", ">=", "<>", "!=", "==", "<", ">", "=", "(", ")", ","];

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = place(text, rest);
        let Some(first) = rest.chars().next() else {
            return Ok(tokens);
        };
        let (token, after) = if first == '\'' {
            quoted(rest, at)?
        } else if first.is_ascii_digit() || first == '-' {
            number(rest, at)?
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (Token::Symbol(symbol), rest.get(symbol.len()..).unwrap_or_default())
        } else {
            name(rest, at)?
        };
        tokens.push((at, token));
        rest = after;
    }
}

/// Where `rest` begins in `text`, in characters from 1.
fn place(text: &str, rest: &str) -> usize {
    text.chars().count().saturating_sub(rest.chars().count()).saturating_add(1)
}

fn quoted(text: &str, at: usize) -> Result<(Token, &str), ExpressionError> {
    let mut content = String::new();
    let mut rest = text.get(1..).unwrap_or_default();
    loop {
        let (part, after) = rest.split_once('\'').ok_or(ExpressionError::OpenText(at))?;
        if let Some((offset, c)) = part.chars().enumerate().find(|(_, c)| c.is_control()) {
            return Err(ExpressionError::Character(at.saturating_add(offset).saturating_add(1), c));
        }
        content.push_str(part);
        match after.strip_prefix('\'') {
            Some(next) => {
                content.push('\'');
                rest = next;
            }
            None => return Ok((Token::Literal(Literal::Text(content)), after)),
        }
    }
}

fn number(text: &str, at: usize) -> Result<(Token, &str), ExpressionError> {
    let is_part = |(index, c): (usize, char)| c.is_alphanumeric() || c == '.' || (index == 0 && c == '-');
    let end = text.char_indices().find(|place| !is_part(*place)).map_or(text.len(), |(index, _)| index);
    let (digits, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let refused = || ExpressionError::Number(at, digits.to_owned());
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_decimal = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_decimal(whole) || !is_decimal(fraction) {
        return Err(refused());
    }
    let literal = if unsigned.contains('.') {
        digits.parse().ok().filter(|number: &f64| number.is_finite()).map(Literal::Number)
    } else {
        digits.parse().ok().map(Literal::Integer)
    };
    Ok((Token::Literal(literal.ok_or_else(refused)?), rest))
}

fn name(text: &str, at: usize) -> Result<(Token, &str), ExpressionError> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let end = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let is_word = |part: &str| part.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    if name.is_empty() {
        return Err(ExpressionError::Character(at, text.chars().next().unwrap_or_default()));
    }
    if name.split('.').count() > 2 || !name.split('.').all(is_word) {
        return Err(ExpressionError::Expected(at, "a field, name or table.name"));
    }
    Ok((Token::Name(name.to_owned()), rest))
}
