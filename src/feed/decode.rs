//! Bytes to text: by byte-order mark, else by the XML declaration, else UTF-8.
//!
//! Supported: UTF-8, UTF-16 in both orders (also without a mark, where the first bytes show it),
//! ISO-8859-1 and windows-1252, under all labels that the encoding standard gives them; a byte
//! that ISO-8859-1 leaves to control characters is read as windows-1252 does, as browsers do.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Error, Problem, excerpt};

/// A document as text that can tell where in the file a place of the text stands.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// The text, without the byte-order mark; borrowed if the file is UTF-8.
    pub text: Cow<'a, str>,
    encoding: &'static Encoding,
    mark: usize,
}

impl Decoded<'_> {
    /// The byte offset in the file of a byte offset in the text. Cost: linear unless UTF-8.
    pub fn file_offset(&self, offset: usize) -> u64 {
        let before = || self.text.get(..offset).unwrap_or(&self.text);
        let bytes = if self.encoding == UTF_8 {
            offset
        } else if self.encoding == WINDOWS_1252 {
            before().chars().count()
        } else {
            2 * before().encode_utf16().count()
        };
        (self.mark + bytes) as u64
    }

    /// An error at a byte offset in the text.
    pub fn error(&self, offset: usize, problem: Problem) -> Error {
        Error::Document {
            offset: self.file_offset(offset),
            problem,
        }
    }
}

/// Decodes a whole document.
///
/// # Errors
///
/// [`Problem::Empty`], [`Problem::Encoding`] or [`Problem::Undecodable`], with the offset.
///
/// ```
/// let decoded = benchlens_suite::feed::decode::decode(b"\xFF\xFE<\0a\0/\0>\0").unwrap();
/// assert_eq!(decoded.text, "<a/>");
/// assert_eq!(decoded.file_offset(1), 4);
/// ```
pub fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Error> {
    let at = |offset: usize, problem| Error::Document {
        offset: offset as u64,
        problem,
    };
    let (encoding, mark) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        None if bytes.starts_with(b"<\0") => (UTF_16LE, 0),
        None if bytes.starts_with(b"\0<") => (UTF_16BE, 0),
        None => (
            declared(bytes).map_err(|label| at(0, Problem::Encoding(label)))?,
            0,
        ),
    };
    let content = &bytes[mark..];
    if content.is_empty() {
        return Err(at(0, Problem::Empty));
    }
    let text = if encoding == UTF_8 {
        let text = std::str::from_utf8(content)
            .map_err(|error| at(mark + error.valid_up_to(), Problem::Undecodable("UTF-8")))?;
        Cow::Borrowed(text)
    } else {
        decode_whole(encoding, content)
            .map_err(|offset| at(mark + offset, Problem::Undecodable(encoding.name())))?
    };
    Ok(Decoded {
        text,
        encoding,
        mark,
    })
}

/// The text, or the offset of the first bytes that are none.
fn decode_whole<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Result<Cow<'a, str>, usize> {
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok(text);
    }
    // Only UTF-16 gets here: every byte of windows-1252 is a character.
    let unit = |pair: &[u8]| match encoding == UTF_16LE {
        true => u16::from_le_bytes([pair[0], pair[1]]),
        false => u16::from_be_bytes([pair[0], pair[1]]),
    };
    let units = bytes.chunks_exact(2).map(unit);
    let valid: usize = char::decode_utf16(units)
        .map_while(Result::ok)
        .map(|found| 2 * found.len_utf16())
        .sum();
    Err(valid)
}

/// The encoding that the declaration names, or its label if it is none of ours. Without a
/// declaration: UTF-8.
fn declared(bytes: &[u8]) -> Result<&'static Encoding, String> {
    let Some(label) = declared_label(bytes) else {
        return Ok(UTF_8);
    };
    match Encoding::for_label(label) {
        Some(encoding) if encoding == UTF_8 || encoding == WINDOWS_1252 => Ok(encoding),
        // Two bytes a character would have shown in the first ones.
        _ => Err(excerpt(&String::from_utf8_lossy(label))),
    }
}

fn declared_label(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"<?xml")?;
    let declaration = &rest[..memchr::memmem::find(rest, b"?>")?];
    let after = &declaration[memchr::memmem::find(declaration, b"encoding")? + b"encoding".len()..];
    let value = after
        .trim_ascii_start()
        .strip_prefix(b"=")?
        .trim_ascii_start();
    let (&quote, value) = value.split_first()?;
    matches!(quote, b'"' | b'\'').then_some(())?;
    Some(&value[..memchr::memchr(quote, value)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "<?xml version='1.0'?><t>é</t>";
        let utf16 =
            |unit: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(unit).collect() };
        let little = utf16(u16::to_le_bytes);
        let with_mark = [&b"\xFE\xFF"[..], &utf16(u16::to_be_bytes)].concat();
        for bytes in [
            text.as_bytes(),
            &little,
            &with_mark,
            &utf16(u16::to_be_bytes),
        ] {
            assert_eq!(decode(bytes).unwrap().text, text);
        }
        for label in ["ISO-8859-1", "windows-1252"] {
            let bytes = [
                b"<?xml version='1.0' encoding='",
                label.as_bytes(),
                b"'?>\xE9",
            ]
            .concat();
            assert!(decode(&bytes).unwrap().text.ends_with('é'), "{label}");
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_named_with_its_offset() {
        for (bytes, expected) in [
            (&b""[..], "empty document at byte 0"),
            (b"\xEF\xBB\xBF", "empty document at byte 0"),
            (b"<a>\xFF</a>", "bytes that are not UTF-8 at byte 3"),
            (
                b"\xFF\xFEa\0\0\xD8b\0",
                "bytes that are not UTF-16LE at byte 4",
            ),
            (b"\xFF\xFEa\0b", "bytes that are not UTF-16LE at byte 4"),
            (
                b"<?xml version='1.0' encoding='x-no'?>",
                "unsupported encoding `x-no` at byte 0",
            ),
            (
                b"<?xml version='1.0' encoding='utf-16'?>",
                "unsupported encoding `utf-16` at byte 0",
            ),
        ] {
            assert_eq!(decode(bytes).unwrap_err().to_string(), expected);
        }
    }
}
