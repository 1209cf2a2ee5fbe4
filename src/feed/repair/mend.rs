//! Finds and repairs faults in a decoded text, in one pass that follows its markup.
//!
//! It recognises tags, comments, sections and instructions well enough to know where a `&` is text and
//! where the root ends. Markup that it cannot follow stays unchanged; the strict reader reports it.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::super::{doctype, markup};
use super::{Fault, MOST};

/// A repaired text.
pub(super) struct Mended {
    pub(super) text: String,
    /// The offsets of the faults in the original text, ascending.
    pub(super) repairs: Vec<(usize, Fault)>,
    /// The starts of each unchanged stretch in the repaired and in the original text.
    pub(super) stretches: Vec<(usize, usize)>,
}

/// Repairs a text.
pub(super) fn mend(text: &str) -> Mended {
    let mut pass = Pass {
        text,
        at: 0,
        invalid: markup::invalid_char(text).map(|(at, _)| at),
        declared: HashSet::new(),
        mended: Mended {
            text: String::with_capacity(text.len() + text.len() / 16),
            repairs: Vec::new(),
            stretches: Vec::new(),
        },
    };
    if let Some(length) = before_declaration(text.as_bytes()) {
        pass.replace(length, "", Fault::BeforeDeclaration);
    }
    let whole = pass.document();
    if whole.is_none() || pass.at < text.len() {
        pass.keep(text.len());
    }
    pass.mended
}

/// The length of what precedes an XML declaration illegally; `None` if nothing does.
///
/// It is white space, comments and byte-order marks. Without a declaration, it ends with the last mark.
pub(super) fn before_declaration(bytes: &[u8]) -> Option<usize> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    let mut at = 0;
    let mut behind_mark = 0;
    loop {
        let rest = &bytes[at..];
        if rest.starts_with(b"<?xml") && rest.get(5).copied().is_some_and(markup::is_space) {
            return (at > 0).then_some(at);
        } else if rest.first().copied().is_some_and(markup::is_space) {
            at += 1;
        } else if rest.starts_with(MARK) {
            at += MARK.len();
            behind_mark = at;
        } else if rest.starts_with(b"<!--") {
            match memchr::memmem::find(&rest["<!--".len()..], b"-->") {
                Some(length) => at += "<!---->".len() + length,
                None => break,
            }
        } else {
            break;
        }
    }
    (behind_mark > 0).then_some(behind_mark)
}

struct Pass<'t> {
    text: &'t str,
    /// The text is processed up to here.
    at: usize,
    /// The next character that XML does not allow.
    invalid: Option<usize>,
    /// Entities that the document declares itself, which take precedence over HTML's.
    declared: HashSet<&'t str>,
    mended: Mended,
}

impl<'t> Pass<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Copies the text up to `end`, replacing invalid characters.
    fn keep(&mut self, end: usize) {
        while let Some(invalid) = self.invalid.filter(|&invalid| invalid < end) {
            if self.mended.repairs.len() > MOST {
                break;
            }
            self.copy(invalid);
            let length = self.rest().chars().next().map_or(1, char::len_utf8);
            self.replace(length, "\u{FFFD}", Fault::Character);
        }
        self.copy(end);
    }

    fn copy(&mut self, end: usize) {
        self.mended.text.push_str(&self.text[self.at..end]);
        self.at = end;
    }

    /// Replaces the next `length` bytes.
    fn replace(&mut self, length: usize, with: &str, fault: Fault) {
        let start = self.at;
        self.mended.repairs.push((start, fault));
        self.mended.text.push_str(with);
        self.at += length;
        (self.mended.stretches).push((self.mended.text.len(), self.at));
        if self.invalid.is_some_and(|invalid| invalid < self.at) {
            let next = markup::invalid_char(self.rest());
            self.invalid = next.map(|(at, _)| self.at + at);
        }
    }

    /// Processes the whole document; `None` if its markup cannot be followed.
    fn document(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            let rest = self.rest();
            if self.mended.repairs.len() > MOST {
                return None;
            } else if let Some(end) = passage(rest) {
                self.keep(self.at + end?);
            } else if rest.starts_with("<!DOCTYPE") {
                let length = doctype::check(rest).ok()?;
                self.declared = declared_entities(&rest[..length]);
                self.keep(self.at + length);
            } else if rest.starts_with("</") {
                self.keep(self.at + rest.find('>')? + 1);
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return self.behind_root();
                }
            } else if rest.starts_with('<') {
                let end = self.at + markup::tag_length(rest)? + 1;
                let empty = self.text[..end].ends_with("/>");
                self.text_to(end);
                match (empty, depth) {
                    (true, 0) => return self.behind_root(),
                    (true, _) => {}
                    (false, _) => depth += 1,
                }
            } else if rest.is_empty() {
                return None;
            } else {
                self.text_to(self.at + rest.find('<').unwrap_or(rest.len()));
            }
        }
    }

    /// Processes text or a tag, in which every `&` must begin a reference.
    fn text_to(&mut self, end: usize) {
        while let Some(length) = memchr::memchr(b'&', &self.text.as_bytes()[self.at..end]) {
            if self.mended.repairs.len() > MOST {
                return;
            }
            self.keep(self.at + length);
            self.reference();
        }
        self.keep(end.max(self.at));
    }

    /// Processes a `&` and its reference.
    fn reference(&mut self) {
        let rest = &self.rest()[1..];
        let hash = usize::from(rest.starts_with('#'));
        let name_length = hash + markup::token_length(&rest[hash..]);
        let name = &rest[..name_length];
        let length = 1 + name_length + 1;
        if !rest[name_length..].starts_with(';') {
            self.replace(1, "&amp;", Fault::Ampersand);
        } else if markup::resolve(name).is_ok() || self.declared.contains(name) {
            self.keep(self.at + length);
        } else if let Some(number) = name.strip_prefix('#') {
            match by_number(number) {
                Some(found) => self.replace(length, &escaped(&found.to_string()), Fault::Entity),
                None if is_number(number) => self.replace(length, "\u{FFFD}", Fault::Character),
                None => self.replace(1, "&amp;", Fault::Ampersand),
            }
        } else if let Some(found) = NAMED.get(name) {
            self.replace(length, &escaped(found), Fault::Entity);
        } else {
            self.replace(1, "&amp;", Fault::Ampersand);
        }
    }

    /// Keeps comments and instructions after the root; removes anything else and all that follows.
    fn behind_root(&mut self) -> Option<()> {
        loop {
            let rest = self.rest();
            let spaces = rest.bytes().take_while(|&byte| markup::is_space(byte));
            match rest.bytes().next() {
                None => return Some(()),
                Some(byte) if markup::is_space(byte) => self.keep(self.at + spaces.count()),
                Some(_) => match passage(rest).flatten() {
                    Some(length) if is_misc(&rest[..length]) => self.keep(self.at + length),
                    _ => self.replace(rest.len(), "", Fault::AfterRoot),
                },
            }
        }
    }
}

/// The length of a comment, a CDATA section or an instruction at the start of the text;
/// `Some(None)` if it has no end.
fn passage(text: &str) -> Option<Option<usize>> {
    let (start, end) = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")]
        .into_iter()
        .find(|(start, _)| text.starts_with(start))?;
    let inside = &text.as_bytes()[start.len()..];
    let length = memchr::memmem::find(inside, end.as_bytes());
    Some(length.map(|length| start.len() + length + end.len()))
}

/// Whether a construct is allowed after the root.
fn is_misc(passage: &str) -> bool {
    let comment = passage.strip_prefix("<!--");
    if let Some(content) = comment.and_then(|rest| rest.strip_suffix("-->")) {
        return markup::comment_error(content).is_none();
    }
    let instruction = passage.strip_prefix("<?");
    instruction
        .and_then(|rest| rest.strip_suffix("?>"))
        .is_some_and(|content| {
            let is_space = |found: char| found.is_ascii() && markup::is_space(found as u8);
            markup::is_target(content.split(is_space).next().unwrap_or_default())
        })
}

/// The character for a hexadecimal number after an upper-case `X`, which HTML allows.
fn by_number(number: &str) -> Option<char> {
    let digits = number.strip_prefix('X')?;
    markup::resolve(&format!("#x{digits}")).ok()
}

/// Whether it is a number, even if no character has it.
fn is_number(number: &str) -> bool {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
}

/// A text, escaped for an element or an attribute.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for found in text.chars() {
        match found {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The names of the general entities that a type declaration declares.
fn declared_entities(declaration: &str) -> HashSet<&str> {
    let parts = declaration.split("<!ENTITY").skip(1);
    parts
        .filter_map(|part| part.split_ascii_whitespace().next())
        .collect()
}

/// HTML's entity names, without `&` and `;`, and their values.
static NAMED: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let named = entities::ENTITIES.iter();
    named
        .filter_map(|it| {
            Some((
                it.entity.strip_prefix('&')?.strip_suffix(';')?,
                it.characters,
            ))
        })
        .collect()
});
