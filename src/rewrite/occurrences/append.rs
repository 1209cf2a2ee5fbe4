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
/// Likewise, where so few are enough.
const NARROW: usize = 16;
/// Bytes gathered before they are written.
const STAGE: usize = 2048;
/// What one byte of text becomes at most where it is expanded.
const WORD: usize = 8;
/// Bytes expanded at once.
const STRETCH: usize = 128;

/// Writes what is settled, rewritten, up to the end of the last match.
#[inline(always)]
pub(super) fn append<const SCALAR: bool, W: Write>(
    prepared: &mut Prepared<'_>,
    bytes: &[u8],
    sink: &mut Sink<W>,
) -> Result<Progress, Error> {
    let length = prepared.needle.len();
    let replacement = prepared.replacement;
    let mut wide = [0; WIDE];
    if replacement.len() <= WIDE {
        wide[..replacement.len()].copy_from_slice(replacement);
    }
    let mut stage = [0; STAGE];
    let mut filled = 0;
    let mut marks = [0; BLOCK];
    let mut starts = [0; STARTS];
    let mut replacements = 0;
    let mut copied = 0;
    let mut at = 0;
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
        if length == 1 && replacement.len() <= WORD && matches as usize > positions / 4 {
            sink.write(&stage[..filled])?;
            sink.write(&bytes[copied..at])?;
            let text = &bytes[at..at + positions];
            filled = expand_all(text, marks, &wide, replacement.len(), &mut stage, sink)?;
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
                filled = pass(&bytes[copied..], start - copied, &mut stage, filled, sink)?;
                if replacement.len() > WIDE {
                    sink.write(&stage[..filled])?;
                    sink.write(replacement)?;
                    filled = 0;
                } else {
                    put(&wide, replacement.len(), &mut stage, filled);
                    filled += replacement.len();
                }
                copied = start + length;
            }
        }
        at += positions.max(end_of_last(marks, length));
    }
    sink.write(&stage[..filled])?;
    Ok(Progress {
        replacements,
        settled: at,
        copied,
    })
}

/// How many matches there are, which says how long the output is.
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

/// How many of the next positions have been looked at, and how many matches there are among them: those
/// of a block, which are marked, or of text without a candidate none.
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

/// Consumes `gap` bytes of `text`; a short gap goes to the buffer. Returns its new length; a replacement still fits.
#[inline(always)]
fn pass<W: Write>(
    text: &[u8],
    gap: usize,
    stage: &mut [u8; STAGE],
    mut filled: usize,
    sink: &mut Sink<W>,
) -> Result<usize, Error> {
    if filled > STAGE - GAP - WIDE {
        sink.write(&stage[..filled])?;
        filled = 0;
    }
    match text.first_chunk::<GAP>() {
        Some(text) if gap <= GAP => {
            stage[filled..filled + GAP].copy_from_slice(text);
            Ok(filled + gap)
        }
        _ => {
            sink.write(&stage[..filled])?;
            sink.write(&text[..gap])?;
            Ok(0)
        }
    }
}

/// Expands a block that is dense in one-byte matches into the empty buffer. Returns its length.
#[inline(always)]
fn expand_all<W: Write>(
    text: &[u8],
    marks: &[u8],
    wide: &[u8; WIDE],
    replacement: usize,
    stage: &mut [u8; STAGE],
    sink: &mut Sink<W>,
) -> Result<usize, Error> {
    let mut filled = 0;
    for (text, marks) in text.chunks(STRETCH).zip(marks.chunks(STRETCH)) {
        if filled > STAGE - (STRETCH + 1) * WORD {
            sink.write(&stage[..filled])?;
            filled = 0;
        }
        filled += expand(text, marks, wide, replacement, &mut stage[filled..]);
    }
    Ok(filled)
}

/// Branch-free: copies each byte, or its replacement of up to eight bytes. Returns the length written.
#[inline(always)]
fn expand(
    text: &[u8],
    marks: &[u8],
    wide: &[u8; WIDE],
    replacement: usize,
    stage: &mut [u8],
) -> usize {
    let word = wide
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes));
    // What the loop below relies on: each byte becomes at most `WORD`, and is stored as that many.
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

/// Stores at least the first `length` bytes of `wide`: a store of fixed size instead of a call.
#[inline(always)]
fn put(wide: &[u8; WIDE], length: usize, stage: &mut [u8; STAGE], filled: usize) {
    if length > NARROW {
        stage[filled..filled + WIDE].copy_from_slice(wide);
    } else if length > 0 {
        stage[filled..filled + NARROW].copy_from_slice(&wide[..NARROW]);
    }
}
