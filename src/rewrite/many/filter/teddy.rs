//! Teddy: the first bytes of a few needles, compared at 32 positions at once.
//!
//! The needles are divided into eight buckets, one bit each. For each of the first bytes, two tables
//! map its lower and upper nibble to the buckets that allow it; a shuffle looks up 32 nibbles at
//! once. A position whose bits are set in all tables is a candidate.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8,
    _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_srli_epi16,
};

use super::super::super::avx2::Avx2;
use super::super::scan::Candidates;
use super::{BLOCK, Blocks, WINDOW};

/// How many bytes of each needle are compared.
const BYTES: usize = 3;
const BUCKETS: usize = 8;
const LANES: usize = 32;

/// For each of the first bytes, the buckets by lower and upper nibble.
pub(in super::super) struct Teddy {
    lower: [[u8; 16]; BYTES],
    upper: [[u8; 16]; BYTES],
}

impl Teddy {
    /// For at least one needle.
    pub(super) fn new(needles: &[&[u8]]) -> Self {
        let mut teddy = Self {
            lower: [[0; 16]; BYTES],
            upper: [[0; 16]; BYTES],
        };
        // Needles with a common prefix share a bucket.
        let mut sorted = needles.to_vec();
        sorted.sort_unstable();
        for (index, needle) in sorted.iter().enumerate() {
            let bucket = 1 << (index * BUCKETS / sorted.len());
            for place in 0..BYTES {
                let (lower, upper) = (&mut teddy.lower[place], &mut teddy.upper[place]);
                match needle.get(place) {
                    Some(byte) => {
                        lower[usize::from(byte & 15)] |= bucket;
                        upper[usize::from(byte >> 4)] |= bucket;
                    }
                    // After a short needle, any byte is allowed.
                    None => (lower.iter_mut().chain(upper)).for_each(|it| *it |= bucket),
                }
            }
        }
        teddy
    }
}

/// Looks up the candidates.
#[target_feature(enable = "avx2")]
pub(super) fn look_up(teddy: &Teddy, avx2: Avx2, candidates: Candidates<'_, '_, '_>) {
    let twice = |table: [u8; 16]| {
        // SAFETY: the table has 16 bytes.
        _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
    };
    candidates.look_up(&Tables {
        lower: teddy.lower.map(twice),
        upper: teddy.upper.map(twice),
        _avx2: avx2,
    });
}

/// The tables, each twice in a register.
struct Tables {
    lower: [__m256i; BYTES],
    upper: [__m256i; BYTES],
    _avx2: Avx2,
}

impl Tables {
    /// A bit for each of 32 positions.
    #[inline(always)]
    fn half(&self, window: &[u8]) -> u64 {
        let window = &window[..LANES + BYTES - 1];
        // SAFETY: the loads are within the window, and the tables hold the proof of AVX2.
        // Gain: one shuffle looks up 32 nibbles, which portable code does not compile to.
        unsafe {
            let nibble = _mm256_set1_epi8(15);
            let mut buckets = _mm256_set1_epi8(-1);
            for place in 0..BYTES {
                let bytes = _mm256_loadu_si256(window.as_ptr().add(place).cast());
                let lower = _mm256_and_si256(bytes, nibble);
                let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble);
                buckets = _mm256_and_si256(buckets, _mm256_shuffle_epi8(self.lower[place], lower));
                buckets = _mm256_and_si256(buckets, _mm256_shuffle_epi8(self.upper[place], upper));
            }
            let none = _mm256_cmpeq_epi8(buckets, _mm256_setzero_si256());
            u64::from(!_mm256_movemask_epi8(none).cast_unsigned())
        }
    }
}

impl Blocks for Tables {
    #[inline(always)]
    fn candidates(&self, window: &[u8; WINDOW]) -> u64 {
        let (lower, upper) = (self.half(window), self.half(&window[BLOCK - LANES..]));
        lower | upper << LANES
    }
}
