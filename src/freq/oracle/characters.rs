//! The parser's primitives, one character at a time.

use super::parser::{Parsed, Parser};

impl Parser {
    pub(super) fn name(&mut self) -> Parsed<String> {
        let mut name = String::new();
        while let Some(&found) = self.text.get(self.at) {
            if !(name_start(found) || !name.is_empty() && name_rest(found)) {
                break;
            }
            name.push(found);
            self.at += 1;
        }
        if name.is_empty() {
            Err("no name")
        } else {
            Ok(name)
        }
    }

    pub(super) fn until(&mut self, end: &str) -> Parsed<String> {
        let mut passed = String::new();
        while !self.accept(end) {
            passed.push(self.character()?);
        }
        Ok(passed)
    }

    pub(super) fn space(&mut self) -> bool {
        let before = self.at;
        while self.text.get(self.at).copied().is_some_and(is_space) {
            self.at += 1;
        }
        self.at > before
    }

    /// The next character, with `\r\n` and `\r` read as `\n`.
    pub(super) fn character(&mut self) -> Parsed<char> {
        let found = *self
            .text
            .get(self.at)
            .ok_or("the document ends too early")?;
        if !allowed(found) {
            return Err("an invalid character");
        }
        self.at += 1;
        if found == '\r' {
            self.accept("\n");
            return Ok('\n');
        }
        Ok(found)
    }

    pub(super) fn looking_at(&self, what: &str) -> bool {
        let mut rest = self.text[self.at..].iter();
        what.chars().all(|expected| rest.next() == Some(&expected))
    }

    pub(super) fn accept(&mut self, what: &str) -> bool {
        let accepted = self.looking_at(what);
        self.at += if accepted { what.chars().count() } else { 0 };
        accepted
    }

    pub(super) fn expect(&mut self, what: &str) -> Parsed<()> {
        if self.accept(what) {
            Ok(())
        } else {
            Err("something else was expected here")
        }
    }
}

pub(super) fn is_space(found: char) -> bool {
    matches!(found, ' ' | '\t' | '\n' | '\r')
}

pub(super) fn allowed(found: char) -> bool {
    let code = u32::from(found);
    matches!(code, 0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x10000..=0x0010_FFFF)
}

fn name_start(found: char) -> bool {
    let code = u32::from(found);
    found == ':'
        || found == '_'
        || found.is_ascii_alphabetic()
        || matches!(code, 0xC0..=0xD6 | 0xD8..=0xF6 | 0xF8..=0x2FF | 0x370..=0x37D
            | 0x37F..=0x1FFF | 0x200C..=0x200D | 0x2070..=0x218F | 0x2C00..=0x2FEF
            | 0x3001..=0xD7FF | 0xF900..=0xFDCF | 0xFDF0..=0xFFFD | 0x10000..=0xEFFFF)
}

pub(super) fn name_rest(found: char) -> bool {
    let code = u32::from(found);
    name_start(found)
        || found == '-'
        || found == '.'
        || found.is_ascii_digit()
        || matches!(code, 0xB7 | 0x300..=0x36F | 0x203F..=0x2040)
}
