//! The parts of XML's grammar inside a tag: names, attributes, references.

use super::given_up::{GivenUp, Walked, require};
use super::lanes::{Lanes, WIDE};
use super::scope::UNBINDABLE;
use super::walk::Walk;
use crate::feed::vocabulary::{ENTITIES, Namespace};

#[inline(always)]
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The ASCII bytes that may start a name, except the colon.
pub(super) static NAME_START: [bool; 256] = {
    let mut starts = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        starts[byte as usize] = byte.is_ascii_alphabetic() || byte == b'_';
        byte += 1;
    }
    starts
};

/// A name: its offset, its length, and the length of its prefix; 0 without one.
#[derive(Clone, Copy)]
pub(super) struct Name {
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) prefix: usize,
    /// The byte after it.
    pub(super) after: u8,
}

/// The part of a start tag after its name.
pub(super) struct Rest {
    pub(super) empty: bool,
    /// The offset of the last attribute's value, and its quote.
    pub(super) last: Option<(usize, u8)>,
}

impl<L: Lanes> Walk<'_, L> {
    /// An ASCII name with at most one colon.
    #[inline(always)]
    pub(super) fn name(&self, start: usize) -> Walked<Name> {
        let head = self.document.wide(start)?;
        let (non_name, colons) = self.lanes.name(head);
        // A name that fills the window may continue past it.
        let starts = NAME_START[usize::from(head[0])];
        require(non_name != 0 && starts, GivenUp::Name)?;
        let prefix = if colons == 0 {
            0
        } else {
            let prefix = colons.trailing_zeros() as usize;
            let local = NAME_START[usize::from(head[(prefix + 1) % WIDE])];
            require(colons & (colons - 1) == 0 && local, GivenUp::Name)?;
            prefix
        };
        let length = non_name.trailing_zeros() as usize;
        Ok(Name {
            start,
            length,
            prefix,
            after: head[length % WIDE],
        })
    }

    /// The end of optional white space at `at`.
    #[inline(always)]
    pub(super) fn after_space(&self, mut at: usize) -> Walked<usize> {
        // Every other byte that is allowed here is larger.
        while self.document.byte(at)? <= b' ' {
            require(is_space(self.document.byte(at)?), GivenUp::Tag)?;
            at += 1;
        }
        Ok(at)
    }

    /// Reads the rest of a start tag.
    #[inline(always)]
    pub(super) fn attributes(&mut self, after: usize) -> Walked<Rest> {
        let document = self.document;
        let mut count = 0;
        let mut prefixed = false;
        let mut at = after;
        let mut last = None;
        let empty = loop {
            let mut head = document.wide(at)?;
            if head[0] == b' ' && NAME_START[usize::from(head[1])] {
                at += 1;
            } else {
                let spaced = is_space(head[0]);
                at = self.after_space(at)?;
                head = document.wide(at)?;
                if head[0] == b'>' {
                    at += 1;
                    break false;
                }
                if head[0] == b'/' {
                    require(head[1] == b'>', GivenUp::Tag)?;
                    at += 2;
                    break true;
                }
                require(spaced, GivenUp::Attributes)?;
            }
            let name = self.name(at)?;
            let (open, close) = self.value(name.start + name.length)?;
            at = close + 1;
            last = Some((open, document.byte(close)?));
            for &(start, length) in &self.attributes[..count] {
                let (one, two) = (document.wide(start as usize)?, document.wide(name.start)?);
                if length as usize == name.length && self.lanes.common(one, two) >= name.length {
                    return Err(GivenUp::Attributes);
                }
            }
            let slot = self.attributes.get_mut(count);
            *slot.ok_or(GivenUp::Attributes)? = (name.start as u32, name.length as u32);
            count += 1;
            if name.prefix == 5 && document.wide(name.start)?.starts_with(b"xmlns") {
                let local = (name.start + 6, name.length - 6);
                if matches!(document.part(local.0, local.0 + local.1), b"xml" | b"xmlns") {
                    return Err(GivenUp::Namespace);
                }
                self.bind(local, open, close)?;
            } else if name.prefix > 0 {
                (self.scope).find(self.lanes, document, name.start, name.prefix)?;
                // Two prefixes may be bound to the same namespace, which is left to the strict
                // reader.
                require(!prefixed, GivenUp::Attributes)?;
                prefixed = true;
            } else if name.length == 5 && document.wide(name.start)?.starts_with(b"xmlns") {
                self.bind((0, 0), open, close)?;
            }
        };
        self.check_values(at)?;
        Ok(Rest { empty, last })
    }

    pub(super) fn bind(&mut self, prefix: (usize, usize), open: usize, close: usize) -> Walked<()> {
        let value = self.document.part(open, close);
        require(!value.contains(&b'&'), GivenUp::Namespace)?;
        self.tags.forget();
        require(!UNBINDABLE.contains(&value), GivenUp::Namespace)?;
        self.scope
            .bind(prefix, Namespace::named(value), self.elements.depth)
    }

    /// The start and end of an attribute's value, given the end of its name.
    #[inline(always)]
    pub(super) fn value(&self, after: usize) -> Walked<(usize, usize)> {
        let mut at = after;
        let mut head = self.document.wide(at)?;
        if head[0] != b'=' || head[1] <= b' ' {
            at = self.after_space(at)?;
            require(self.document.byte(at)? == b'=', GivenUp::Attributes)?;
            at = self.after_space(at + 1)? - 1;
            head = self.document.wide(at)?;
        }
        let quote = head[1];
        require(quote == b'"' || quote == b'\'', GivenUp::Attributes)?;
        let open = at + 2;
        let close = self.document.find(self.lanes, open, quote)?;
        Ok((open, close))
    }

    /// Moves past a start tag, and checks the markup characters in its attribute values.
    #[inline(always)]
    pub(super) fn check_values(&mut self, cursor: usize) -> Walked<()> {
        self.cursor = cursor;
        loop {
            let mark = self.peek();
            if mark >= cursor {
                return Ok(());
            }
            match self.document.byte(mark)? {
                b'<' => return Err(GivenUp::Attributes),
                // A reference contains no quote, so it ends in the value that it begins in.
                b'&' => drop(self.resolve(mark)?),
                _ => {}
            }
            self.next += 1;
        }
    }

    /// The end of a reference, and its character.
    #[inline(always)]
    pub(super) fn resolve(&self, mark: usize) -> Walked<(usize, char)> {
        let text = self.document.wide(mark + 1)?;
        for (name, found) in ENTITIES {
            if text.starts_with(name.as_bytes()) && text[name.len()] == b';' {
                return Ok((mark + 2 + name.len(), found));
            }
        }
        let number = text.strip_prefix(b"#");
        let (length, found) = number.and_then(numbered).ok_or(GivenUp::Reference)?;
        Ok((mark + 2 + length, found))
    }
}

/// Parses what follows `&#`: its length, up to and with the `;`, and the character it stands for.
#[inline(always)]
fn numbered(number: &[u8]) -> Option<(usize, char)> {
    let (digits, radix) = match number.strip_prefix(b"x") {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let mut code = 0u32;
    for (index, &byte) in digits.iter().enumerate().take(9) {
        if byte == b';' && index > 0 {
            let found = char::from_u32(code)?;
            let allowed = matches!(found,
                '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
            let length = number.len() - digits.len() + index + 1;
            return allowed.then_some((length, found));
        }
        let digit = (byte as char).to_digit(radix)?;
        code = code.checked_mul(radix)?.checked_add(digit)?;
    }
    None
}
