//! From a text far larger than the cache to an output past the cache, on the way through a stage.
//!
//! The text is compared where it is, not on a stage: a copy that is read again at once, at other
//! places than it was written at, has to wait for its own stores (256 MiB: 10 GB/s instead of 25).
//! Nothing is probed for first, because memory is slower than a whole comparison.

use super::marks::{BLOCK, count, end_of_last, keep_leftmost, mark};
use super::{LONGEST_NEEDLE, Prepared, apply};
use crate::rewrite::past_cache::PastCache;

/// Appends the rewritten bytes, of which no more follow; the number of matches.
#[inline(always)]
pub(super) fn copy<const SCALAR: bool>(
    prepared: &mut Prepared<'_>,
    bytes: &[u8],
    mut output: PastCache<'_>,
) -> u64 {
    let length = prepared.needle.len();
    let mut marks = [0; BLOCK];
    let mut stage = [0; BLOCK + LONGEST_NEEDLE];
    // So many bytes of a match reach over its block; on the stage they stand behind it.
    let mut over = 0;
    let mut staged = 0;
    let mut replacements = 0;
    let mut at = 0;
    // After a shorter first block, all others begin at the beginning of a line.
    let mut block = match output.until_line() {
        0 => BLOCK,
        short => short,
    };
    while bytes.len() - at >= length {
        let positions = (bytes.len() - at - length + 1).min(block);
        block = BLOCK;
        let text = &bytes[at..at + positions + length - 1];
        at += positions;
        if let (Some(first_byte), BLOCK, false) = (prepared.plan.first_byte, positions, SCALAR) {
            replacements += first_byte.copy(text, prepared.needle, &mut stage[..BLOCK]);
            over = 0;
        } else {
            let marks = &mut marks[..positions];
            if !mark::<SCALAR>(text, prepared.needle, marks) && over == 0 {
                output.append(&text[..positions]);
                continue;
            }
            marks[..over.min(positions)].fill(0);
            if prepared.plan.overlaps {
                keep_leftmost(marks, length);
            }
            replacements += count(marks);
            stage.copy_within(staged..staged + over, 0);
            stage[over..text.len()].copy_from_slice(&text[over..]);
            over = end_of_last(marks, length)
                .max(over)
                .saturating_sub(positions);
            apply(prepared, &mut stage[..text.len()], marks);
        }
        staged = positions;
        output.append(&stage[..positions]);
    }
    output.append(&stage[staged..staged + over]);
    output.append(&bytes[at + over..]);
    replacements
}
