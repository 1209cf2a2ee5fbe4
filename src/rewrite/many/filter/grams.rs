//! A hash table of the needles' grams (short byte sequences), sampled at every second to eighth
//! position.
//!
//! If every needle has at least `q + s - 1` bytes, one of any `s` consecutive positions in it begins
//! a gram of `q` bytes, so only every `s`-th position is looked up. Each gram has bits for the
//! distances back to where a needle begins. Lookups are independent, so the processor overlaps them,
//! and the time does not depend on the text.

use super::super::scan::Candidates;
use super::{BLOCK, Blocks, WINDOW};

/// The length of a gram, if the needles are long enough.
const LONGEST_GRAM: usize = 4;
/// The largest distance between samples; the bits for all distances must fit into a byte.
const LONGEST_STRIDE: usize = 8;
/// Table entries per gram, to keep collisions rare.
const ROOM: usize = 64;

/// The grams of the needles, by hash.
pub(in super::super) struct Grams {
    table: Box<[u8]>,
    shift: u32,
    /// Selects the gram's bytes in a 32-bit word.
    mask: u32,
    stride: usize,
}

impl Grams {
    /// For at least one needle, none of which is empty.
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
                // The bit for the needle's start, relative to the first position of the sample.
                let start = 1 << (stride - 1 - offset);
                match &needle[offset..] {
                    // A needle of one byte has a gram for each second byte.
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

/// The grams, sampled at every `S`-th position.
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
