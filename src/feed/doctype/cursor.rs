//! The lexical parts of a declaration: names, literals, white space, and offsets of errors.

use crate::feed::{Problem, markup};

/// The result of a check; errors have the offset within the text.
pub(super) type Checked<T = ()> = Result<T, (usize, Problem)>;

/// A position in a text that starts with a type declaration.
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The text between quotes.
    pub(super) fn literal(&mut self) -> Checked<&'a str> {
        let quote = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => quote,
            _ => return self.fail("no quotes"),
        };
        let open = self.at + 1;
        match memchr::memchr(quote, &self.text.as_bytes()[open..]) {
            Some(length) => {
                self.at = open + length + 1;
                Ok(&self.text[open..open + length])
            }
            None => self.fail("a literal without an end"),
        }
    }

    pub(super) fn name(&mut self) -> Checked {
        match markup::name_length(self.rest()) {
            0 => self.fail("no name"),
            length => {
                self.at += length;
                Ok(())
            }
        }
    }

    /// Production 7.
    pub(super) fn token(&mut self) -> Checked {
        match markup::token_length(self.rest()) {
            0 => self.fail("no name token"),
            length => {
                self.at += length;
                Ok(())
            }
        }
    }

    /// The text before `end`, which is consumed as well.
    pub(super) fn until(&mut self, end: &str, missing: &str) -> Checked<&'a str> {
        match memchr::memmem::find(self.rest().as_bytes(), end.as_bytes()) {
            Some(length) => {
                let content = &self.rest()[..length];
                self.at += length + end.len();
                Ok(content)
            }
            None => self.fail(missing),
        }
    }

    pub(super) fn space(&mut self) -> bool {
        let before = self.at;
        while self.peek().is_some_and(markup::is_space) {
            self.at += 1;
        }
        self.at > before
    }

    pub(super) fn need_space(&mut self) -> Checked {
        match self.space() {
            true => Ok(()),
            false => self.fail("no space"),
        }
    }

    pub(super) fn accept(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    pub(super) fn expect(&mut self, token: &str) -> Checked {
        match self.accept(token) {
            true => Ok(()),
            false => self.fail(&format!("no `{token}`")),
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn fail<T>(&self, what: &str) -> Checked<T> {
        let message = match self.rest().is_empty() {
            true => "the document ends inside its DOCTYPE".to_owned(),
            false => format!("{what} in the DOCTYPE"),
        };
        Err((self.at, Problem::Syntax(message)))
    }
}
