//! From tokens to a condition, by recursive descent with a bounded depth. Pure.

use super::lexer::{Placed, Token};
use super::{Comparison, ExpressionError, Literal, Node};

const MAX_DEPTH: usize = 16;
const WORDS: &[&str] = &["and", "or", "not", "in", "like", "is", "null", "true", "false"];

/// `end` is the place after the last character.
pub(super) fn parse(tokens: &[Placed], end: usize) -> Result<Node, ExpressionError> {
    let mut parser = Parser { end, tokens, next: 0, depth: 0 };
    let node = parser.condition()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.expected("the end, \"and\" or \"or\"")),
    }
}

struct Parser<'t> {
    tokens: &'t [Placed],
    end: usize,
    next: usize,
    depth: usize,
}

impl Parser<'_> {
    fn condition(&mut self) -> Result<Node, ExpressionError> {
        let mut parts = vec![self.conjunction()?];
        while self.take_word("or") {
            parts.push(self.conjunction()?);
        }
        Ok(one_or(parts, Node::Or))
    }

    fn conjunction(&mut self) -> Result<Node, ExpressionError> {
        let mut parts = vec![self.negation()?];
        while self.take_word("and") {
            parts.push(self.negation()?);
        }
        Ok(one_or(parts, Node::And))
    }

    fn negation(&mut self) -> Result<Node, ExpressionError> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > MAX_DEPTH {
            return Err(ExpressionError::TooDeep(self.place()));
        }
        let node = if self.take_word("not") {
            Node::Not(Box::new(self.negation()?))
        } else if self.take_symbol("(") {
            let inner = self.condition()?;
            if !self.take_symbol(")") {
                return Err(self.expected("\")\""));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth = self.depth.saturating_sub(1);
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Node, ExpressionError> {
        let field = self.field()?;
        if let Some(Token::Symbol(symbol)) = self.peek()
            && let Some(comparison) = comparison(symbol)
        {
            self.next = self.next.saturating_add(1);
            return Ok(Node::Compare { field, comparison, literal: self.literal()? });
        }
        if self.take_word("is") {
            let negated = self.take_word("not");
            return if self.take_word("null") {
                Ok(Node::IsNull { field, negated })
            } else {
                Err(self.expected("\"null\""))
            };
        }
        let negated = self.take_word("not");
        if self.take_word("in") {
            return Ok(Node::In { field, literals: self.list()?, negated });
        }
        if self.take_word("like") {
            return Ok(Node::Prefix { field, prefix: self.prefix()?, negated });
        }
        Err(self.expected("a comparison, \"in\", \"like\" or \"is null\""))
    }

    fn field(&mut self) -> Result<String, ExpressionError> {
        match self.peek() {
            Some(Token::Name(name)) if !is_reserved(name) => {
                let name = name.clone();
                self.next = self.next.saturating_add(1);
                Ok(name)
            }
            _ => Err(self.expected("a field, name or table.name")),
        }
    }

    fn list(&mut self) -> Result<Vec<Literal>, ExpressionError> {
        if !self.take_symbol("(") {
            return Err(self.expected("\"(\""));
        }
        let mut literals = vec![self.literal()?];
        while self.take_symbol(",") {
            literals.push(self.literal()?);
        }
        if self.take_symbol(")") { Ok(literals) } else { Err(self.expected("\",\" or \")\"")) }
    }

    fn prefix(&mut self) -> Result<String, ExpressionError> {
        let place = self.place();
        let refused = ExpressionError::Expected(place, "a text that ends in its only %");
        match self.literal()? {
            Literal::Text(pattern) => match pattern.strip_suffix('%') {
                Some(prefix) if !prefix.contains(['%', '_']) => Ok(prefix.to_owned()),
                _ => Err(refused),
            },
            _ => Err(refused),
        }
    }

    fn literal(&mut self) -> Result<Literal, ExpressionError> {
        let literal = match self.peek() {
            Some(Token::Literal(literal)) => literal.clone(),
            Some(Token::Name(word)) if word.eq_ignore_ascii_case("true") => Literal::Bool(true),
            Some(Token::Name(word)) if word.eq_ignore_ascii_case("false") => Literal::Bool(false),
            _ => return Err(self.expected("a text in single quotes, a number, true or false")),
        };
        self.next = self.next.saturating_add(1);
        Ok(literal)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Name(name)) if name.eq_ignore_ascii_case(word));
        self.next = self.next.saturating_add(usize::from(is_it));
        is_it
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let is_it = matches!(self.peek(), Some(Token::Symbol(own)) if *own == symbol);
        self.next = self.next.saturating_add(usize::from(is_it));
        is_it
    }

    fn place(&self) -> usize {
        self.tokens.get(self.next).map_or(self.end, |(place, _)| *place)
    }

    fn expected(&self, what: &'static str) -> ExpressionError {
        ExpressionError::Expected(self.place(), what)
    }
}

fn comparison(symbol: &str) -> Option<Comparison> {
    Some(match symbol {
        "=" | "==" => Comparison::Equal,
        "<>" | "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn is_reserved(name: &str) -> bool {
    WORDS.iter().any(|word| name.eq_ignore_ascii_case(word))
}

/// The only part itself, or all of them together.
fn one_or(mut parts: Vec<Node>, whole: fn(Vec<Node>) -> Node) -> Node {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            whole(parts)
        }
        None => whole(parts),
    }
}
