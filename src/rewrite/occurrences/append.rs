//! Appends rewritten text to a writer where match and replacement differ in length.
//!
//! Long gaps are written straight from the text; short pieces are first gathered in a buffer on the stack, with copies
//! of a fixed size instead of calls.

use std::io::Write;

use super::marks::{BLOCK, LISTED, STARTS, any, count, end_of_last, keep_leftmost, list, mark};
use super::prefilter::Prefilter;
use super::{Error, Prepared, Progress};
use crate::rewrite::sink::Sink;

/// Gaps up to this many bytes are copied as one copy of this size.
const GAP: usize = 128;
/// Replacements up to this many bytes are copied as one store of this size.
const WIDE: usize = 64;
/// Replacements up to this many bytes are copied as a store of this smaller size.
const NARROW: usize = 16;
/// Bytes gathered before they are written.
const STAGE: usize = 2048;
/// The most bytes that one byte of text becomes when it is expanded.
const WORD: usize = 8;
/// Bytes expanded at once.
const STRETCH: usize = 128;

/// Writes the decided bytes, rewritten, up to the end of the last match.
#[inline(always)]
pub(super) fn append<const SCALAR: bool, W: Write>(
    prepared: &mut Prepared<'_>,
    bytes: &[u8],
    sink: &mut Sink<W>,
) -> Result<Progress, Error> {
    let length = prepared.needle.len();
    let replacement = Replacement::new(prepared.replacement);
    let mut stage = Stage::new();
    let mut marks = [0; BLOCK];
    let mut starts = [0; STARTS];
    let (mut at, mut copied, mut replacements) = (0, 0, 0);
    let mut prefilter = Prefilter::default();
    while bytes.len() - at >= length {
        let (positions, matches) =
            search::<SCALAR>(&mut prefilter, prepared, &bytes[at..], &mut marks);
        if matches == 0 {
            at += positions;
            continue;
        }
        replacements += matches;
        let marks = &marks[..positions];
        if length == 1 && replacement.bytes.len() <= WORD && matches as usize > positions / 4 {
            stage.flush(sink)?;
            sink.write(&bytes[copied..at])?;
            stage.expand(&bytes[at..at + positions], marks, &replacement, sink)?;
            at += positions;
            copied = at;
            continue;
        }
        for (part, marks) in marks.chunks(LISTED).enumerate() {
            if !any(marks) {
                continue;
            }
            let listed = list(marks, &mut starts);
            for &start in &starts[..listed] {
                let start = at + part * LISTED + usize::from(start);
                stage.put_gap(&bytes[copied..], start - copied, sink)?;
                stage.put_replacement(&replacement, sink)?;
                copied = start + length;
            }
        }
        at += positions.max(end_of_last(marks, length));
    }
    stage.flush(sink)?;
    Ok(Progress {
        replacements,
        decided: at,
        copied,
    })
}

/// Counts the matches, from which the length of the output follows.
#[inline(always)]
pub(super) fn count_all<const SCALAR: bool>(prepared: &Prepared<'_>, bytes: &[u8]) -> u64 {
    let length = prepared.needle.len();
    let mut marks = [0; BLOCK];
    let mut prefilter = Prefilter::default();
    let (mut at, mut found) = (0, 0);
    while bytes.len() - at >= length {
        let (positions, matches) =
            search::<SCALAR>(&mut prefilter, prepared, &bytes[at..], &mut marks);
        at += match matches {
            0 => positions,
            _ => positions.max(end_of_last(&marks[..positions], length)),
        };
        found += matches;
    }
    found
}

/// Searches the next positions: either skips positions without a candidate, or marks the matches of one
/// block. Returns the number of positions, and of matches among them.
#[inline(always)]
fn search<const SCALAR: bool>(
    prefilter: &mut Prefilter,
    prepared: &Prepared<'_>,
    bytes: &[u8],
    marks: &mut [u8; BLOCK],
) -> (usize, u64) {
    let clear = prefilter.clear_prefix::<SCALAR>(bytes, prepared);
    if clear > 0 {
        return (clear, 0);
    }
    let length = prepared.needle.len();
    let positions = (bytes.len() - length + 1).min(BLOCK);
    let text = &bytes[..positions + length - 1];
    let marks = &mut marks[..positions];
    if !mark::<SCALAR>(text, prepared.needle, marks) {
        prefilter.saw(0);
        return (positions, 0);
    }
    if prepared.plan.overlaps {
        keep_leftmost(marks, length);
    }
    let matches = count(marks);
    prefilter.saw(matches);
    (positions, matches)
}

/// The replacement, and a padded copy of it if it is short, for copies of a fixed size.
struct Replacement<'a> {
    bytes: &'a [u8],
    padded: [u8; WIDE],
}

impl<'a> Replacement<'a> {
    #[inline(always)]
    fn new(bytes: &'a [u8]) -> Self {
        let mut padded = [0; WIDE];
        if bytes.len() <= WIDE {
            padded[..bytes.len()].copy_from_slice(bytes);
        }
        Self { bytes, padded }
    }
}

/// Short pieces of the output, gathered before they are written.
struct Stage {
    bytes: [u8; STAGE],
    filled: usize,
}

impl Stage {
    #[inline(always)]
    fn new() -> Self {
        Self {
            bytes: [0; STAGE],
            filled: 0,
        }
    }

    /// Writes the gathered bytes.
    #[inline(always)]
    fn flush<W: Write>(&mut self, sink: &mut Sink<W>) -> Result<(), Error> {
        sink.write(&self.bytes[..self.filled])?;
        self.filled = 0;
        Ok(())
    }

    /// Gathers the first `gap` bytes of `text`, or writes them if they are many; leaves room for a replacement.
    #[inline(always)]
    fn put_gap<W: Write>(
        &mut self,
        text: &[u8],
        gap: usize,
        sink: &mut Sink<W>,
    ) -> Result<(), Error> {
        if self.filled > STAGE - GAP - WIDE {
            self.flush(sink)?;
        }
        match text.first_chunk::<GAP>() {
            Some(text) if gap <= GAP => {
                self.bytes[self.filled..self.filled + GAP].copy_from_slice(text);
                self.filled += gap;
            }
            _ => {
                self.flush(sink)?;
                sink.write(&text[..gap])?;
            }
        }
        Ok(())
    }

    /// Adds a replacement after a gap. Up to `WIDE` bytes take a store of a fixed size instead of a call.
    #[inline(always)]
    fn put_replacement<W: Write>(
        &mut self,
        replacement: &Replacement<'_>,
        sink: &mut Sink<W>,
    ) -> Result<(), Error> {
        let (length, at) = (replacement.bytes.len(), self.filled);
        if length > WIDE {
            self.flush(sink)?;
            sink.write(replacement.bytes)?;
            return Ok(());
        }
        if length > NARROW {
            self.bytes[at..at + WIDE].copy_from_slice(&replacement.padded);
        } else if length > 0 {
            self.bytes[at..at + NARROW].copy_from_slice(&replacement.padded[..NARROW]);
        }
        self.filled += length;
        Ok(())
    }

    /// Adds a block that is dense in one-byte matches; all text before it must be written.
    #[inline(always)]
    fn expand<W: Write>(
        &mut self,
        text: &[u8],
        marks: &[u8],
        replacement: &Replacement<'_>,
        sink: &mut Sink<W>,
    ) -> Result<(), Error> {
        for (text, marks) in text.chunks(STRETCH).zip(marks.chunks(STRETCH)) {
            if self.filled > STAGE - (STRETCH + 1) * WORD {
                self.flush(sink)?;
            }
            self.filled += expand(text, marks, replacement, &mut self.bytes[self.filled..]);
        }
        Ok(())
    }
}

/// Copies each byte, or its replacement of up to eight bytes, branch-free. Returns the length written.
#[inline(always)]
fn expand(text: &[u8], marks: &[u8], replacement: &Replacement<'_>, stage: &mut [u8]) -> usize {
    let word = (replacement.padded.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let replacement = replacement.bytes.len();
    // The loop below relies on this: each byte becomes at most `WORD` bytes, and is stored as `WORD` bytes.
    assert!(replacement <= WORD && text.len() < stage.len() / WORD);
    let mut filled = 0;
    for (&byte, &mark) in text.iter().zip(marks) {
        let (store, length) = if mark == 0 {
            (u64::from(byte), 1)
        } else {
            (word, replacement)
        };
        // There is always room, as asserted. A branch out of the loop costs 5 % fewer instructions than a range
        // that may panic.
        let Some(room) = stage.get_mut(filled..).and_then(<[u8]>::first_chunk_mut) else {
            break;
        };
        *room = store.to_le_bytes();
        filled += length;
    }
    filled
}
