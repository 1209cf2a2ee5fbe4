//! The repairs of `--lenient`, implemented from their description, one character at a time. It shares
//! no code with the counters' pass, and records no offsets.

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use super::characters::{allowed, is_space};
use super::parser::Parser;
use crate::feed::Limits;

/// The repaired text of a document.
pub(super) fn mended(bytes: &[u8]) -> String {
    let text: Vec<char> = decoded(bytes).chars().collect();
    let mut mending = Mending {
        at: 0,
        text,
        declared: Vec::new(),
        output: String::new(),
    };
    mending.before_declaration();
    mending.document();
    mending.output
}

/// Decodes a document by byte-order mark, first bytes or declaration, even a misplaced declaration.
fn decoded(bytes: &[u8]) -> String {
    let (encoding, mark) = match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (UTF_8, 3),
        [0xFF, 0xFE, ..] => (UTF_16LE, 2),
        [0xFE, 0xFF, ..] => (UTF_16BE, 2),
        [b'<', 0, ..] => (UTF_16LE, 0),
        [0, b'<', ..] => (UTF_16BE, 0),
        _ => (declared(bytes), 0),
    };
    let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
    text.into_owned()
}

fn declared(bytes: &[u8]) -> &'static Encoding {
    let text = bytes.iter().map(|&byte| char::from(byte));
    let text: String = text.map(|it| if allowed(it) { it } else { '?' }).collect();
    let mut parser = Parser::new(&text, Limits::default());
    loop {
        parser.space();
        let comment = parser.accept("<!--") && parser.until("-->").is_ok();
        // The three bytes of a mark, one character each.
        if !comment && !parser.accept("\u{EF}\u{BB}\u{BF}") {
            break;
        }
    }
    let label = (|| {
        parser.accept("<?xml").then_some(())?;
        let inside = parser.until("?>").ok()?;
        let (_, value) = inside.split_once("encoding")?;
        let value = value.trim_ascii_start().strip_prefix('=')?;
        let value = value.trim_ascii_start();
        let quote = value.chars().next().filter(|it| "'\"".contains(*it))?;
        Some(value[1..].split_once(quote)?.0.to_owned())
    })();
    let known = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    known
        .filter(|it| ![UTF_16LE, UTF_16BE, REPLACEMENT].contains(it))
        .unwrap_or(UTF_8)
}

struct Mending {
    text: Vec<char>,
    at: usize,
    /// Entities that the document declares.
    declared: Vec<String>,
    output: String,
}

impl Mending {
    fn looking_at(&self, what: &str) -> bool {
        let mut rest = self.text[self.at..].iter();
        what.chars().all(|expected| rest.next() == Some(&expected))
    }

    /// The end of the first `what` at `from` or later.
    fn end_of(&self, what: &str, from: usize) -> Option<usize> {
        let what: Vec<char> = what.chars().collect();
        let rest = self.text.get(from..)?;
        let found = rest.windows(what.len()).position(|it| it == what)?;
        Some(from + found + what.len())
    }

    fn copy_to(&mut self, end: usize) {
        for &found in &self.text[self.at..end] {
            self.output
                .push(if allowed(found) { found } else { '\u{FFFD}' });
        }
        self.at = end;
    }

    fn before_declaration(&mut self) {
        let mut last_mark = 0;
        while let Some(&found) = self.text.get(self.at) {
            if self.looking_at("<?xml") && self.text.get(self.at + 5).copied().is_some_and(is_space)
            {
                return;
            }
            if self.looking_at("<!--")
                && let Some(end) = self.end_of("-->", self.at + 4)
            {
                self.at = end;
            } else if found == '\u{FEFF}' || is_space(found) {
                self.at += 1;
                last_mark = if is_space(found) { last_mark } else { self.at };
            } else {
                break;
            }
        }
        self.at = last_mark;
    }

    fn document(&mut self) {
        let mut depth = 0;
        let mut seen_root = false;
        while self.at < self.text.len() {
            if seen_root && depth == 0 {
                if is_space(self.text[self.at]) {
                    self.copy_to(self.at + 1);
                    continue;
                }
                if !self.is_misc() {
                    return;
                }
            }
            let passages = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")];
            let passage = passages.iter().find(|(start, _)| self.looking_at(start));
            let end = if let Some((start, end)) = passage {
                self.end_of(end, self.at + start.len())
            } else if self.looking_at("<!DOCTYPE") {
                self.doctype()
            } else if self.looking_at("</") {
                depth -= 1;
                self.end_of(">", self.at)
            } else if self.looking_at("<") {
                let end = self.end_of_tag();
                let closed = end.is_some_and(|end| self.text[end - 2] == '/');
                seen_root = true;
                depth += i64::from(!closed);
                if let Some(end) = end {
                    self.references_to(end);
                }
                end
            } else {
                let rest = &self.text[self.at..];
                let end = self.at + rest.iter().position(|&it| it == '<').unwrap_or(rest.len());
                self.references_to(end);
                Some(end)
            };
            // After an unterminated construct or a surplus end tag, nothing can be repaired.
            let Some(end) = end.filter(|_| depth >= 0) else {
                return self.copy_to(self.text.len());
            };
            self.copy_to(end);
        }
    }

    /// Whether a well-formed comment or instruction begins here.
    fn is_misc(&self) -> bool {
        let rest: String = self.text[self.at..].iter().collect();
        let mut parser = Parser::new(&rest, Limits::default());
        // Invalid characters are replaced before reading.
        for found in &mut parser.text {
            *found = if allowed(*found) { *found } else { '\u{FFFD}' };
        }
        match rest.starts_with("<!--") {
            true => parser.comment().is_ok(),
            false => rest.starts_with("<?") && parser.instruction().is_ok(),
        }
    }

    fn doctype(&mut self) -> Option<usize> {
        let rest: String = self.text[self.at..].iter().collect();
        let mut parser = Parser::new(&rest, Limits::default());
        parser.doctype().ok()?;
        let declaration: String = parser.text[..parser.at].iter().collect();
        let declared = declaration.split("<!ENTITY").skip(1);
        self.declared = declared
            .filter_map(|it| Some(it.split_ascii_whitespace().next()?.to_owned()))
            .collect();
        Some(self.at + parser.at)
    }

    fn end_of_tag(&self) -> Option<usize> {
        let mut quote = None;
        for (length, &found) in self.text[self.at..].iter().enumerate() {
            match quote {
                Some(open) if found == open => quote = None,
                Some(_) => {}
                None if found == '>' => return Some(self.at + length + 1),
                None if found == '\'' || found == '"' => quote = Some(found),
                None => {}
            }
        }
        None
    }

    fn references_to(&mut self, end: usize) {
        while self.at < end {
            if self.text[self.at] == '&' {
                self.reference();
            } else {
                self.copy_to(self.at + 1);
            }
        }
    }

    fn reference(&mut self) {
        let after = self.text[self.at + 1..].iter();
        let rest: String = after.take_while(|it| !"<&".contains(**it)).collect();
        let rest = format!("&{rest}");
        let mut parser = Parser::new(&rest, Limits::default());
        let resolved = parser.reference();
        let name = rest.split_once(';').map(|(name, _)| name[1..].to_owned());
        let Some(name) = name else {
            return self.put("&amp;", 1);
        };
        let length = name.chars().count() + 2;
        if resolved.is_ok() || self.declared.contains(&name) {
            return self.copy_to(self.at + length);
        }
        if let Some(number) = name.strip_prefix('#') {
            let digits = number.strip_prefix(['x', 'X']);
            let (radix, digits) = digits.map_or((10, number), |digits| (16, digits));
            if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
                return self.put("&amp;", 1);
            }
            let found = u32::from_str_radix(digits, radix)
                .ok()
                .and_then(char::from_u32);
            let found = found.filter(|found| allowed(*found)).unwrap_or('\u{FFFD}');
            return self.put(&escaped(&found.to_string()), length);
        }
        let whole = format!("&{name};");
        let html = entities::ENTITIES.iter().find(|it| it.entity == whole);
        match html {
            Some(html) => self.put(&escaped(html.characters), length),
            None => self.put("&amp;", 1),
        }
    }

    fn put(&mut self, text: &str, length: usize) {
        self.output.push_str(text);
        self.at += length;
    }
}

/// Escapes characters that are special in text or in a value.
fn escaped(text: &str) -> String {
    let written = |found: char| match "<>&\"'".contains(found) {
        true => format!("&#{};", u32::from(found)),
        false => found.to_string(),
    };
    text.chars().map(written).collect()
}
