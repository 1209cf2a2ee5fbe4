//! The parts of XML's grammar that concern the inside of a tag, a reference or a declaration.

use super::vocabulary::ENTITIES;
use super::{Problem, excerpt};

/// Whether XML 1.0 allows the character at all (production 2).
pub(super) fn is_char(found: char) -> bool {
    matches!(found, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// The offset of the first character that XML does not allow, and the character.
pub(super) fn invalid_char(text: &str) -> Option<(usize, char)> {
    // No branch inside a block, so that the loop is vectorised; nearly every document passes.
    let suspicious = |byte: u8| {
        (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r') | (byte == 0xEF)
    };
    let block = text.as_bytes().chunks(BLOCK).position(|block| {
        block
            .iter()
            .fold(false, |found, &byte| found | suspicious(byte))
    })?;
    let mut start = block * BLOCK;
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    text[start..]
        .char_indices()
        .find(|(_, found)| !is_char(*found))
        .map(|(at, found)| (start + at, found))
}

/// Bytes that are checked at once.
const BLOCK: usize = 256;

/// Whether the text is a name (production 5).
pub(super) fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(is_name_start) && characters.all(is_name_char)
}

/// The length of the ASCII name token at the start of the text; 0 if there is none.
#[inline]
pub(super) fn ascii_name_length(text: &str) -> usize {
    let is_name = |byte: &u8| ASCII_NAME[usize::from(*byte)];
    let length = text.bytes().position(|byte| !is_name(&byte));
    length.unwrap_or(text.len())
}

/// Whether the text begins with an ASCII character that may start a name.
#[inline]
pub(super) fn starts_name(text: &str) -> bool {
    let first = text.as_bytes().first();
    first.is_some_and(|&byte| matches!(byte, b':' | b'_' | b'A'..=b'Z' | b'a'..=b'z'))
}

/// Which bytes are ASCII name characters.
static ASCII_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = is_name_char(byte as u8 as char);
        byte += 1;
    }
    table
};

/// Whether the text is a target of an instruction (production 17).
pub(super) fn is_target(text: &str) -> bool {
    is_name(text) && !text.eq_ignore_ascii_case("xml")
}

/// The length of the name at the start of the text; 0 if there is none.
pub(super) fn name_length(text: &str) -> usize {
    match text.chars().next() {
        Some(first) if is_name_start(first) => token_length(text),
        _ => 0,
    }
}

/// The length of the name token at the start of the text (production 7); 0 if there is none.
pub(super) fn token_length(text: &str) -> usize {
    text.find(|found| !is_name_char(found))
        .unwrap_or(text.len())
}

const fn is_name_start(found: char) -> bool {
    matches!(found,
        ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}'
        | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

const fn is_name_char(found: char) -> bool {
    is_name_start(found)
        || matches!(found,
            '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// What a reference stands for: one of the five entities, or a character by its number.
///
/// `name` is what stands between `&` and `;`.
pub(super) fn resolve(name: &str) -> Result<char, Problem> {
    let unknown = || Problem::Reference(excerpt(name));
    if let Some((_, named)) = ENTITIES.iter().find(|(entity, _)| *entity == name) {
        return Ok(*named);
    }
    let number = name.strip_prefix('#').ok_or_else(unknown)?;
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // from_str_radix would accept a sign.
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(unknown());
    }
    u32::from_str_radix(digits, radix)
        .ok()
        .and_then(char::from_u32)
        .filter(|found| is_char(*found))
        .ok_or_else(unknown)
}

/// An ASCII character as text.
pub(super) fn ascii(found: char) -> Option<&'static str> {
    const ALL: [u8; 128] = {
        let mut all = [0; 128];
        let mut byte = 0;
        while byte < all.len() {
            all[byte] = byte as u8;
            byte += 1;
        }
        all
    };
    static TEXT: &str = match str::from_utf8(&ALL) {
        Ok(text) => text,
        Err(_) => "",
    };
    let at = found as usize;
    TEXT.get(at..=at)
}

/// Whether a start tag ends here, after its name and attributes.
#[inline]
pub(super) fn is_tag_end(rest: &[u8]) -> bool {
    matches!(rest, [b'>', ..] | [b'/', b'>', ..])
}

/// The length of a tag up to the `>` that ends it; a `>` in quotes does not end it.
#[inline]
pub(super) fn tag_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        match *bytes.get(at)? {
            b'>' => return Some(at),
            quote @ (b'"' | b'\'') => at += memchr::memchr(quote, &bytes[at + 1..])? + 2,
            _ => at += 1,
        }
    }
}

/// One attribute: name and value as they stand in the tag, with the offset of the name.
pub(super) type Attribute<'a> = (&'a str, &'a str, usize);

/// Hands each attribute of a tag to `visit`, and returns the length of all of them. `text` is what
/// follows the tag's name; `is_end` says whether the attributes end before the given bytes.
///
/// Errors carry the offset within `text`.
#[inline]
pub(super) fn attributes<'a>(
    text: &'a str,
    is_end: impl Fn(&[u8]) -> bool,
    mut visit: impl FnMut(Attribute<'a>) -> Result<(), (usize, Problem)>,
) -> Result<usize, (usize, Problem)> {
    let bytes = text.as_bytes();
    let syntax = |offset, what: &str| (offset, Problem::Syntax(what.to_owned()));
    let skip = |mut at: usize| {
        while bytes.get(at).is_some_and(|&byte| is_space(byte)) {
            at += 1;
        }
        at
    };
    let mut at = 0;
    loop {
        let start = skip(at);
        if is_end(&bytes[start..]) {
            return Ok(start);
        }
        if start == at {
            return Err(syntax(at, "no space before an attribute"));
        }
        let ends_name = |byte: u8| byte == b'=' || is_space(byte);
        let mut end = start + ascii_name_length(&text[start..]);
        let is_ascii = bytes.get(end).is_some_and(|&byte| ends_name(byte));
        while bytes.get(end).is_some_and(|&byte| !ends_name(byte)) {
            end += 1;
        }
        let name = &text[start..end];
        if !(is_ascii && starts_name(name) || is_name(name)) {
            return Err(syntax(start, "an attribute without a valid name"));
        }
        let equals = skip(end);
        if bytes.get(equals) != Some(&b'=') {
            return Err(syntax(start, "an attribute without a value"));
        }
        let open = skip(equals + 1);
        let quote = match bytes.get(open) {
            Some(&quote @ (b'"' | b'\'')) => quote,
            _ => return Err(syntax(open, "an attribute value without quotes")),
        };
        let content = &text[open + 1..];
        let plain = memchr::memchr3(quote, b'<', b'&', content.as_bytes()).unwrap_or(0);
        let length = memchr::memchr(quote, &content.as_bytes()[plain..])
            .ok_or_else(|| syntax(open, "an attribute value without an end"))?;
        let value = &content[..plain + length];
        if length > 0 {
            check_value(value).map_err(|(offset, problem)| (open + 1 + offset, problem))?;
        }
        visit((name, value, start))?;
        at = open + 1 + value.len() + 1;
    }
}

/// Checks the value of an attribute (production 10).
pub(super) fn check_value(value: &str) -> Result<(), (usize, Problem)> {
    for at in memchr::memchr2_iter(b'<', b'&', value.as_bytes()) {
        if value.as_bytes()[at] == b'<' {
            return Err((at, Problem::Syntax("`<` in an attribute value".to_owned())));
        }
        let rest = &value[at + 1..];
        let end = rest
            .find(';')
            .ok_or_else(|| (at, Problem::Syntax("`&` without a reference".to_owned())))?;
        resolve(&rest[..end]).map_err(|problem| (at, problem))?;
    }
    Ok(())
}

/// The value with its references resolved; [`check_value`] must have accepted it.
pub(super) fn resolved_value(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, (name, after))) = rest
        .split_once('&')
        .and_then(|(before, after)| Some((before, after.split_once(';')?)))
    {
        text.push_str(before);
        text.extend(resolve(name));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Checks what stands between `<?xml` and `?>` (production 23).
pub(super) fn check_declaration(text: &str) -> Result<(), (usize, Problem)> {
    let syntax = |offset, what: &str| (offset, Problem::Syntax(what.to_owned()));
    const ORDER: [&str; 3] = ["version", "encoding", "standalone"];
    let mut next = 0;
    attributes(text, <[u8]>::is_empty, |(name, value, at)| {
        let position = ORDER.iter().position(|known| *known == name);
        let valid = match position {
            Some(0) => value.strip_prefix("1.").is_some_and(|minor| {
                !minor.is_empty() && minor.bytes().all(|digit| digit.is_ascii_digit())
            }),
            Some(1) => {
                value.starts_with(|first: char| first.is_ascii_alphabetic())
                    && value.bytes().all(|byte| {
                        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
                    })
            }
            Some(_) => matches!(value, "yes" | "no"),
            None => false,
        };
        match position {
            Some(position) if valid && position >= next && (position == 0) == (next == 0) => {
                next = position + 1;
                Ok(())
            }
            _ => Err(syntax(at, "a malformed XML declaration")),
        }
    })?;
    match next {
        0 => Err(syntax(0, "an XML declaration without a version")),
        _ => Ok(()),
    }
}

/// The offset of a breach of the rules for comments: `--` inside, or `-` at the end.
pub(super) fn comment_error(content: &str) -> Option<usize> {
    let dashes = memchr::memmem::find(content.as_bytes(), b"--");
    dashes.or_else(|| content.ends_with('-').then(|| content.len() - 1))
}
