//! Copies a text much larger than the cache with nontemporal stores, through a staging buffer.
//!
//! The text is compared at its source and not in the staging buffer. Loads from the staging buffer
//! at other offsets than its stores would stall on store forwarding (see results/README.md, "What
//! did not help"). Nothing is probed first, because memory is slower than a full comparison.

use super::marks::{BLOCK, count, end_of_last, keep_leftmost, mark};
use super::{LONGEST_NEEDLE, Prepared, apply};
use crate::rewrite::nontemporal::Nontemporal;

/// Appends all of `bytes`, rewritten; returns the number of matches.
#[inline(always)]
pub(super) fn copy<const SCALAR: bool>(
    prepared: &mut Prepared<'_>,
    bytes: &[u8],
    mut output: Nontemporal<'_, '_>,
) -> u64 {
    let length = prepared.needle.len();
    let mut marks = [0; BLOCK];
    let mut stage = [0; BLOCK + LONGEST_NEEDLE];
    // How many bytes of a match extend past its block; in the staging buffer they follow it.
    let mut over = 0;
    let mut staged = 0;
    let mut replacements = 0;
    let mut at = 0;
    // After a shorter first block, all others are aligned to a cache line.
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
