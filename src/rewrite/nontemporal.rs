//! Nontemporal stores, which bypass the cache: for an output too large to stay in it.
//!
//! Idea: an ordinary store first reads the cache line that it changes. A nontemporal store does
//! not, so a copy transfers two bytes per byte instead of three.
//! Wins from about 16 MiB (the rows `source to destination` in
//! results/record/2026-11-24-x86_64-2-cores/limits.csv). Below that, the next reader of the output
//! pays for its absence from the cache.

use super::share::Share;

/// The size from which nontemporal stores pay off.
pub(super) const FROM: usize = 16 << 20;

/// Bytes written at once: a cache line.
pub(super) const LINE: usize = 64;

/// A share of the output, filled with nontemporal stores.
pub(super) struct Nontemporal<'a, 'b>(&'a mut Share<'b>);

impl<'a, 'b> Nontemporal<'a, 'b> {
    pub(super) const fn new(output: &'a mut Share<'b>) -> Self {
        Self(output)
    }

    /// How many bytes, fewer than [`LINE`], until the next one is aligned to a cache line.
    pub(super) fn until_line(&mut self) -> usize {
        self.0.rest().as_ptr().addr().wrapping_neg() % LINE
    }

    /// Appends `bytes`, with nontemporal stores if the next byte is aligned.
    ///
    /// # Panics
    ///
    /// If there is no room.
    #[inline]
    pub(super) fn append(&mut self, bytes: &[u8]) {
        let (lines, rest) = bytes.as_chunks();
        self.append_lines(lines);
        self.0.append(rest);
    }

    #[inline]
    fn append_lines(&mut self, lines: &[[u8; LINE]]) {
        #[cfg(target_arch = "x86_64")]
        if self.until_line() == 0 {
            use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_stream_si128};
            const PART: usize = size_of::<__m128i>();
            let start = self.0.rest()[..lines.len() * LINE].as_mut_ptr();
            for (index, line) in lines.iter().enumerate() {
                for part in (0..LINE).step_by(PART) {
                    // SAFETY: the source is within a line. The destination is within the rest, which is as
                    // long as the lines and aligned like its start. SSE2 is part of x86-64. Gain: see
                    // the module.
                    unsafe {
                        let bytes = _mm_loadu_si128(line.as_ptr().add(part).cast());
                        _mm_stream_si128(start.add(index * LINE + part).cast(), bytes);
                    }
                }
            }
            // SAFETY: these bytes were just written. Before the fence in `drop` only this thread is
            // guaranteed to see them, and the share is borrowed until then.
            unsafe { self.0.advance(lines.len() * LINE) };
            return;
        }
        self.0.append(lines.as_flattened());
    }
}

impl Drop for Nontemporal<'_, '_> {
    /// Makes the stores visible to all threads. Done once, since a fence waits for all of them.
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE is part of x86-64.
        unsafe {
            std::arch::x86_64::_mm_sfence();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_wherever_the_next_byte_is() {
        let lines: Vec<[u8; LINE]> = (0..5).map(|line| [line; LINE]).collect();
        for before in 0..=LINE {
            let mut output = Vec::<u8>::with_capacity(before + 6 * LINE);
            let mut share = Share::new(output.spare_capacity_mut());
            share.append(&vec![7; before]);
            let mut end = Nontemporal::new(&mut share);
            let until_line = end.until_line() * (before % 2);
            end.append(&vec![8; until_line]);
            end.append_lines(&lines);
            drop(end);
            let expected = [vec![7; before], vec![8; until_line], lines.concat()].concat();
            assert_eq!(share.filled_mut(), expected);
        }
    }
}
