//! Nontemporal stores, which bypass the cache: for an output too large to stay in it.
//!
//! Idea: an ordinary store first reads the cache line that it changes. A nontemporal store does
//! not, so a copy transfers two bytes per byte instead of three.
//! Wins from about 16 MiB (the rows `source to destination` in
//! results/record/2026-11-24-x86_64-2-cores/limits.csv). Below that, the next reader of the output
//! pays for its absence from the cache.

/// The size from which it pays off.
pub(super) const FROM: usize = 16 << 20;

/// Bytes written at once: a cache line.
pub(super) const LINE: usize = 64;

/// The end of a vector, to which lines are appended with nontemporal stores.
pub(super) struct Nontemporal<'a>(&'a mut Vec<u8>);

impl<'a> Nontemporal<'a> {
    /// The end of `output`. Reserve first; otherwise ordinary stores are used.
    pub(super) fn new(output: &'a mut Vec<u8>) -> Self {
        Self(output)
    }

    /// How many bytes, fewer than [`LINE`], until the end is aligned to a cache line.
    pub(super) fn until_line(&self) -> usize {
        self.0.as_ptr_range().end.addr().wrapping_neg() % LINE
    }

    /// Appends; with nontemporal stores if the end is aligned and there is capacity.
    #[inline]
    pub(super) fn append(&mut self, bytes: &[u8]) {
        let (lines, rest) = bytes.as_chunks();
        self.append_lines(lines);
        self.0.extend_from_slice(rest);
    }

    #[inline]
    fn append_lines(&mut self, lines: &[[u8; LINE]]) {
        #[cfg(target_arch = "x86_64")]
        if self.until_line() == 0 && self.0.capacity() - self.0.len() >= lines.len() * LINE {
            use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_stream_si128};
            const PART: usize = size_of::<__m128i>();
            let start = self.0.spare_capacity_mut().as_mut_ptr();
            for (index, line) in lines.iter().enumerate() {
                for part in (0..LINE).step_by(PART) {
                    // SAFETY: the source is within a line. The destination is within the spare
                    // capacity, which is as long as the lines and aligned like its start. SSE2 is
                    // part of x86-64. Gain: see the module.
                    unsafe {
                        let bytes = _mm_loadu_si128(line.as_ptr().add(part).cast());
                        _mm_stream_si128(start.add(index * LINE + part).cast(), bytes);
                    }
                }
            }
            // SAFETY: these bytes were just written. Before the fence in `drop` only this thread is
            // guaranteed to see them, and the vector is borrowed until then.
            unsafe { self.0.set_len(self.0.len() + lines.len() * LINE) };
            return;
        }
        self.0.extend_from_slice(lines.as_flattened());
    }
}

impl Drop for Nontemporal<'_> {
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
    fn lines_are_appended_wherever_the_end_is() {
        let lines: Vec<[u8; LINE]> = (0..5).map(|line| [line; LINE]).collect();
        for before in 0..=LINE {
            for room in [0, 1000] {
                let mut output = Vec::with_capacity(before + room);
                output.resize(before, 7);
                let mut end = Nontemporal::new(&mut output);
                end.append(&vec![8; end.until_line() * (before % 2)]);
                let kept = end.0.clone();
                end.append_lines(&lines);
                drop(end);
                assert_eq!(output, [kept.as_slice(), lines.as_flattened()].concat());
            }
        }
    }
}
