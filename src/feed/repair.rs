//! Repairs documents that are not well-formed, if the intent is clear.
//!
//! A pass over a document that the strict reader has refused. It produces UTF-8 for the same reader to
//! try again, so there is one reader, and counts in well-formed documents cannot change. Every repair
//! is reported with its kind and its offset in the file. An invalid character becomes U+FFFD and is
//! never removed, so that no repair joins two halves of a word.
//!
//! **Time**: linear. **Space**: the text twice, and 16 bytes per repair, of which there are at most
//! [`MOST`]. Source: the leniency of HTML parsers and of lenient feed readers.

use encoding_rs::{DecoderResult, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};
use thiserror::Error as Named;

use super::{Error, Problem, decode, foreign};

mod mend;

/// The most repairs of one document; one that needs more fails.
pub const MOST: usize = 1 << 16;

/// A place where a document was repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The offset from the start of the file, in bytes of its own encoding.
    pub offset: u64,
    /// What was wrong there.
    pub fault: Fault,
}

/// What can be repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Named)]
#[non_exhaustive]
pub enum Fault {
    /// White space, comments or byte-order marks before the declaration, or a second mark: removed.
    #[error("something before the XML declaration")]
    BeforeDeclaration,
    /// A declared encoding that is unknown, or UTF-16 although the bytes are not: read as UTF-8.
    #[error("an encoding that the bytes are not in")]
    Encoding,
    /// Bytes that are invalid in the encoding: replaced by U+FFFD.
    #[error("undecodable bytes")]
    Undecodable,
    /// A character that XML does not allow, or a reference to one: replaced by U+FFFD.
    #[error("an invalid character")]
    Character,
    /// An HTML entity, by name or with `X` before its number: replaced by its character.
    #[error("an entity of HTML")]
    Entity,
    /// A `&` that begins no reference: replaced by `&amp;`.
    #[error("`&` without a reference")]
    Ampersand,
    /// Something other than comments and instructions after the root: all of it is removed.
    #[error("something after the root element")]
    AfterRoot,
}

/// A repaired document.
#[derive(Debug)]
pub struct Repaired<'a> {
    /// UTF-8 with a byte-order mark, which takes precedence over the declaration.
    pub document: Vec<u8>,
    /// The repairs, in file order.
    pub repairs: Vec<Repair>,
    source: Source<'a>,
    /// The starts of each unchanged stretch in the repaired and in the original text.
    stretches: Vec<(usize, usize)>,
}

/// The bytes that the text was decoded from.
#[derive(Clone, Copy, Debug)]
struct Source<'a> {
    content: &'a [u8],
    encoding: &'static Encoding,
    /// Length of the byte-order mark before the content.
    mark: usize,
    /// Whether the text is byte for byte the content.
    same: bool,
}

const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Repairs a document that has failed; `None` if nothing can be repaired.
///
/// # Errors
///
/// [`Problem::TooMany`] if there are more than [`MOST`] repairs.
///
/// ```
/// use benchlens_suite::feed::repair::{Fault, repair};
///
/// let repaired = repair(b"<rss>R&D</rss>")?.unwrap();
/// assert_eq!(&repaired.document[3..], b"<rss>R&amp;D</rss>");
/// assert_eq!((repaired.repairs[0].offset, repaired.repairs[0].fault), (6, Fault::Ampersand));
/// assert!(repair(b"<rss>R&amp;D</rss>")?.is_none());
/// # Ok::<(), benchlens_suite::feed::Error>(())
/// ```
pub fn repair(bytes: &[u8]) -> Result<Option<Repaired<'_>>, Error> {
    if foreign::problem(bytes, "").is_some() {
        return Ok(None);
    }
    let (encoding, mark, refuted) = encoding_of(bytes);
    let content = &bytes[mark..];
    let (text, undecodable) = decoded(encoding, content);
    let source = Source {
        content,
        encoding,
        mark,
        same: encoding == UTF_8 && undecodable.is_empty(),
    };
    let mended = mend::mend(&text);
    let mut offsets: Vec<_> = mended.repairs.iter().map(|&(at, _)| at).collect();
    source.to_file(&mut offsets);
    let in_text = mended.repairs.iter().zip(offsets);
    let mut repairs: Vec<_> = in_text
        .map(|(&(_, fault), offset)| Repair {
            offset: offset as u64,
            fault,
        })
        .chain(undecodable.iter().map(|&at| Repair {
            offset: (mark + at) as u64,
            fault: Fault::Undecodable,
        }))
        .chain(refuted.map(|at| Repair {
            offset: at as u64,
            fault: Fault::Encoding,
        }))
        .collect();
    repairs.sort_by_key(|repair| repair.offset);
    if let Some(beyond) = repairs.get(MOST) {
        return Err(Error::Document {
            offset: beyond.offset,
            problem: Problem::TooMany("repairs", MOST),
        });
    }
    if repairs.is_empty() {
        return Ok(None);
    }
    Ok(Some(Repaired {
        document: [MARK, mended.text.as_bytes()].concat(),
        repairs,
        source,
        stretches: mended.stretches,
    }))
}

impl Repaired<'_> {
    /// An error of the repaired document, with its offset in the original file.
    pub fn in_file(&self, error: Error) -> Error {
        let Error::Document { offset, problem } = error else {
            return error;
        };
        let at = (offset as usize).saturating_sub(MARK.len());
        let behind = self.stretches.partition_point(|&(start, _)| start <= at);
        let original = match behind.checked_sub(1).map(|last| self.stretches[last]) {
            Some((start, original)) => original + (at - start),
            None => at,
        };
        let mut place = [original];
        self.source.to_file(&mut place);
        Error::Document {
            offset: place[0] as u64,
            problem,
        }
    }
}

impl Source<'_> {
    /// Turns ascending offsets in the text into those in the file.
    fn to_file(self, offsets: &mut [usize]) {
        if !self.same {
            decode::to_encoded_offsets(self.encoding, self.content, offsets);
        }
        for offset in offsets {
            *offset += self.mark;
        }
    }
}

/// The encoding of a document, the length of its mark, and the offset of a declaration that names an
/// impossible encoding.
fn encoding_of(bytes: &[u8]) -> (&'static Encoding, usize, Option<usize>) {
    if let Some((encoding, mark)) = decode::marked(bytes) {
        return (encoding, mark, None);
    }
    let text = &bytes[mend::before_declaration(bytes).unwrap_or(0)..];
    let Some(label) = decode::declared_label(text) else {
        return (UTF_8, 0, None);
    };
    match Encoding::for_label(label) {
        Some(encoding) if ![UTF_16LE, UTF_16BE, REPLACEMENT].contains(&encoding) => {
            (encoding, 0, None)
        }
        _ => {
            let at = label.as_ptr() as usize - bytes.as_ptr() as usize;
            (UTF_8, 0, Some(at))
        }
    }
}

/// The text, with U+FFFD for each invalid sequence, and the offsets of those sequences in the bytes.
fn decoded(encoding: &'static Encoding, content: &[u8]) -> (String, Vec<usize>) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(content.len());
    let mut undecodable = Vec::new();
    let mut at = 0;
    loop {
        text.reserve((content.len() - at).clamp(64, 1 << 16));
        let rest = &content[at..];
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        at += read;
        match result {
            DecoderResult::OutputFull => {}
            DecoderResult::InputEmpty => return (text, undecodable),
            DecoderResult::Malformed(bad, after) => {
                undecodable.push(at.saturating_sub(usize::from(bad) + usize::from(after)));
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }
}
