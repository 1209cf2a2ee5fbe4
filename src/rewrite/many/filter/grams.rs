//! A table of the needles' grams, a few bytes in a row each, looked for at every second or eighth
//! position.
//!
//! Where every needle has at least `q + s - 1` bytes, one of `s` positions in a row begins a gram of
//! `q` of its bytes, so only every `s`-th position is looked up. Each gram says by a bit how far
//! before it a needle began. Lookups do not wait for each other, so the processor does several at
//! once; the time does not depend on the text.

use super::super::scan::Candidates;
use super::{BLOCK, Blocks, WINDOW};

/// Bytes of a gram, where the needles have as many.
const LONGEST_GRAM: usize = 4;
/// Grams are looked for at every so many positions at most; one bit each has to fit into a byte.
const LONGEST_STRIDE: usize = 8;
/// Room in the table for each gram, so that few others fall on it.
const ROOM: usize = 64;

/// Which grams the needles have, by a hash.
pub(in super::super) struct Grams {
    table: Box<[u8]>,
    shift: u32,
    /// Which of four bytes make the gram.
    mask: u32,
    stride: usize,
}

impl Grams {
    /// Of at least one needle; none is empty.
    pub(super) fn new(needles: &[&[u8]]) -> Self {
        let shortest = needles.iter().map(|needle| needle.len()).min().unwrap_or(1);
        let gram = shortest.clamp(2, LONGEST_GRAM);
        let stride = match (shortest + 1).saturating_sub(gram) {
            0 | 1 => 1,
            2 | 3 => 2,
            4..LONGEST_STRIDE => 4,
            _ => LONGEST_STRIDE,
        };
        let bits = (needles.len() * stride * ROOM)
            .next_power_of_two()
            .ilog2()
            .clamp(12, 16);
        let mut grams = Self {
            table: vec![0; 1 << bits].into(),
            shift: u32::BITS - bits,
            mask: u32::MAX >> (u32::BITS - 8 * gram as u32),
            stride,
        };
        for needle in needles {
            for offset in 0..stride {
                // Where the needle begins, counted from the first position that the sample is for.
                let start = 1 << (stride - 1 - offset);
                match &needle[offset..] {
                    // A gram of two bytes, of which the needle has one.
                    [only] => (0..=255).for_each(|next| grams.add(&[*only, next], start)),
                    rest => grams.add(&rest[..gram], start),
                }
            }
        }
        grams
    }

    fn add(&mut self, gram: &[u8], start: u8) {
        let mut word = [0; 4];
        word[..gram.len()].copy_from_slice(gram);
        let slot = self.slot(u32::from_le_bytes(word));
        self.table[slot] |= start;
    }

    #[inline(always)]
    fn slot(&self, word: u32) -> usize {
        ((word & self.mask).wrapping_mul(0x9e37_79b1) >> self.shift) as usize
    }

    pub(super) fn look_up(&self, candidates: Candidates<'_, '_, '_>) {
        match self.stride {
            1 => candidates.look_up(&Sampled::<1>(self)),
            2 => candidates.look_up(&Sampled::<2>(self)),
            4 => candidates.look_up(&Sampled::<4>(self)),
            _ => candidates.look_up(&Sampled::<LONGEST_STRIDE>(self)),
        }
    }
}

/// The grams, looked for at every `S`-th position.
struct Sampled<'a, const S: usize>(&'a Grams);

impl<const S: usize> Blocks for Sampled<'_, S> {
    #[inline(always)]
    fn candidates(&self, window: &[u8; WINDOW]) -> u64 {
        let mut candidates = 0;
        for first in (0..BLOCK).step_by(S) {
            let sample = first + S - 1;
            let mut word = [0; 4];
            word.copy_from_slice(&window[sample..sample + 4]);
            let starts = self.0.table[self.0.slot(u32::from_le_bytes(word))];
            candidates |= u64::from(starts) << first;
        }
        candidates
    }
}
