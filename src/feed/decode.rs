//! Decodes bytes to text: by byte-order mark, else by XML declaration, else as UTF-8.
//!
//! Every encoding of the [encoding standard](https://encoding.spec.whatwg.org/) is supported, under
//! all of the standard's labels; UTF-16 is recognised by its first bytes even without a mark or a
//! declaration. As in browsers, ISO-8859-1 is read as windows-1252, and GB2312 as GBK.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use super::{Error, Problem, excerpt, foreign};

/// A decoded document, which maps offsets in the text to offsets in the file.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// The text, without the byte-order mark; borrowed if the file is UTF-8.
    pub text: Cow<'a, str>,
    /// The whole file.
    bytes: &'a [u8],
    encoding: &'static Encoding,
    /// Length of the byte-order mark.
    mark: usize,
}

impl Decoded<'_> {
    /// The byte offset in the file of a byte offset in the text. Cost: linear unless UTF-8.
    pub fn file_offset(&self, offset: usize) -> u64 {
        let mut offset = [offset];
        // Borrowed text has the same bytes as the file.
        if matches!(self.text, Cow::Owned(_)) {
            to_encoded_offsets(self.encoding, &self.bytes[self.mark..], &mut offset);
        }
        (self.mark + offset[0]) as u64
    }

    /// An error at a byte offset in the text. If the document is not XML at all, the error says
    /// what it is instead.
    pub fn error(&self, offset: usize, problem: Problem) -> Error {
        match foreign::problem(self.bytes, &self.text) {
            Some(problem) => Error::Document { offset: 0, problem },
            None => Error::Document {
                offset: self.file_offset(offset),
                problem,
            },
        }
    }
}

/// Decodes a whole document.
///
/// # Errors
///
/// [`Problem::Empty`], [`Problem::Encoding`] or [`Problem::Undecodable`], with the offset; or the
/// actual format, if it is gzip or UTF-32.
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
    let (encoding, mark) = match marked(bytes) {
        Some(found) => found,
        None => (declared(bytes).map_err(|problem| at(0, problem))?, 0),
    };
    let content = &bytes[mark..];
    if content.is_empty() {
        return Err(at(0, Problem::Empty));
    }
    let undecodable = |offset: usize| match foreign::problem(bytes, "") {
        Some(problem) => at(0, problem),
        None => at(mark + offset, Problem::Undecodable(encoding.name())),
    };
    let text = if encoding == UTF_8 {
        let text =
            std::str::from_utf8(content).map_err(|error| undecodable(error.valid_up_to()))?;
        Cow::Borrowed(text)
    } else {
        encoding
            .decode_without_bom_handling_and_without_replacement(content)
            .ok_or_else(|| undecodable(first_undecodable(encoding, content)))?
    };
    Ok(Decoded {
        text,
        bytes,
        encoding,
        mark,
    })
}

/// The encoding that the first bytes show, and the length of the byte-order mark.
pub(super) fn marked(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    match Encoding::for_bom(bytes) {
        None if bytes.starts_with(b"<\0") => Some((UTF_16LE, 0)),
        None if bytes.starts_with(b"\0<") => Some((UTF_16BE, 0)),
        found => found,
    }
}

/// Turns ascending byte offsets in the text into offsets in the encoded bytes. A malformed sequence
/// counts as one replacement character. Cost: linear in the last offset.
pub(super) fn to_encoded_offsets(encoding: &'static Encoding, bytes: &[u8], offsets: &mut [usize]) {
    const FAR: usize = 64;
    const REPLACED: usize = char::REPLACEMENT_CHARACTER.len_utf8();
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut output = [0; 1 << 10];
    let (mut read_in_all, mut written_in_all) = (0, 0);
    for offset in offsets {
        while written_in_all < *offset && read_in_all < bytes.len() {
            // A byte becomes at most three bytes of text, except for those that an earlier call held back.
            let step = match *offset - written_in_all {
                left if left > FAR => ((left - FAR) / 3).clamp(1, output.len() / 4),
                _ => 1,
            };
            let end = bytes.len().min(read_in_all + step);
            let (result, read, written) = decoder.decode_to_utf8_without_replacement(
                &bytes[read_in_all..end],
                &mut output,
                end == bytes.len(),
            );
            read_in_all += read;
            written_in_all += written;
            if matches!(result, DecoderResult::Malformed(..)) {
                written_in_all += REPLACED;
            }
        }
        *offset = read_in_all;
    }
}

/// The offset of the first bytes that are invalid in the encoding.
fn first_undecodable(encoding: &'static Encoding, bytes: &[u8]) -> usize {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut output = [0; 1 << 10];
    let mut at = 0;
    loop {
        let rest = &bytes[at..];
        let (result, read, _) = decoder.decode_to_utf8_without_replacement(rest, &mut output, true);
        at += read;
        match result {
            DecoderResult::OutputFull => {}
            DecoderResult::InputEmpty => return at,
            DecoderResult::Malformed(bad, after) => {
                return at.saturating_sub(usize::from(bad) + usize::from(after));
            }
        }
    }
}

/// The encoding that the declaration names. Without a declaration: UTF-8.
fn declared(bytes: &[u8]) -> Result<&'static Encoding, Problem> {
    let Some(label) = declared_label(bytes) else {
        return Ok(UTF_8);
    };
    let told = || excerpt(&String::from_utf8_lossy(label));
    match Encoding::for_label(label) {
        // UTF-16 would have been recognised by the first bytes.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => {
            Err(Problem::EncodingRefuted(told()))
        }
        Some(encoding) if encoding != REPLACEMENT => Ok(encoding),
        _ => Err(Problem::Encoding(told())),
    }
}
pub(super) fn declared_label(bytes: &[u8]) -> Option<&[u8]> {
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
                "declared as `utf-16`, which the bytes are not at byte 0",
            ),
        ] {
            assert_eq!(decode(bytes).unwrap_err().to_string(), expected);
        }
    }

    /// The text, its encoding's label, and its bytes as other software writes them.
    const ENCODED: [(&str, &str, &[u8]); 14] = [
        ("Элвис", "windows-1251", b"\xDD\xEB\xE2\xE8\xF1"),
        ("Элвис", "KOI8-R", b"\xFC\xCC\xD7\xC9\xD3"),
        ("Элвис", "iso-8859-5", b"\xCD\xDB\xD2\xD8\xE1"),
        ("żółw", "ISO-8859-2", b"\xBF\xF3\xB3w"),
        ("Έλβις", "iso-8859-7", b"\xB8\xEB\xE2\xE9\xF2"),
        ("5 €", "ISO-8859-15", b"5 \xA4"),
        ("猫王", "gb2312", b"\xC3\xA8\xCD\xF5"),
        ("猫ǹ𠀀", "GB18030", b"\xC3\xA8\xA8\xBF\x95\x32\x82\x36"),
        ("貓王", "Big5", b"\xBF\xDF\xA4\xFD"),
        ("表示", "Shift_JIS", b"\x95\x5C\x8E\xA6"),
        ("エルビス", "EUC-JP", b"\xA5\xA8\xA5\xEB\xA5\xD3\xA5\xB9"),
        ("猫a", "ISO-2022-JP", b"\x1B$BG-\x1B(Ba"),
        ("엘비스", "EUC-KR", b"\xBF\xA4\xBA\xF1\xBD\xBA"),
        ("Элвис", "IBM866", b"\x9D\xAB\xA2\xA8\xE1"),
    ];

    #[test]
    fn every_encoding_of_the_standard_is_read_and_its_places_are_bytes_of_the_file() {
        for (text, label, bytes) in ENCODED {
            let declaration = format!("<?xml version='1.0' encoding='{label}'?>");
            // Long enough for offsets that are far apart.
            for times in [1, 50, 400] {
                let long = bytes.repeat(times);
                let file = [declaration.as_bytes(), &long, b"<a/>"].concat();
                let decoded = decode(&file).unwrap();
                let expected = format!("{declaration}{}<a/>", text.repeat(times));
                assert_eq!(decoded.text, expected, "{label}");
                let before = decoded.text.len() - "<a/>".len();
                let place = (file.len() - "<a/>".len()) as u64;
                assert_eq!(decoded.file_offset(before), place, "{label}");
                assert_eq!(decoded.file_offset(before + 1), place + 1, "{label}");
            }
        }
    }

    #[test]
    fn what_an_encoding_does_not_have_is_told_with_its_place() {
        for (label, bytes, before) in [
            ("shift_jis", &b"\x95\x5C\x83<"[..], 2),
            ("gb2312", b"\xC3\xA8\xFF\xFF", 2),
            ("euc-kr", b"ab\xBF", 2),
            ("big5", b"\xBF\xDF\x80", 2),
            ("iso-2022-jp", b"a\x1B!", 1),
        ] {
            let declaration = format!("<?xml version='1.0' encoding='{label}'?>");
            let file = [declaration.as_bytes(), bytes].concat();
            let Error::Document { offset, problem } = decode(&file).unwrap_err() else {
                panic!("{label}");
            };
            assert!(matches!(problem, Problem::Undecodable(_)), "{label}");
            assert_eq!(offset, (declaration.len() + before) as u64, "{label}");
        }
    }
}
