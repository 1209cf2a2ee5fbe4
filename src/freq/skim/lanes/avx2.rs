//! 256-bit vectors.
//!
//! Uses intrinsics: the compiler vectorises plain Rust, but does not produce bit masks from
//! vectors, and everything else works on masks.

use std::arch::x86_64::*;

use super::{BLOCK, LONG, Lanes, ScanFlags, WIDE};

/// Proof that the processor has AVX2 and its companion extensions: only [`detect`](Self::detect) makes one.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Avx2(());

impl Avx2 {
    /// `Some` if the processor has all required features.
    pub(in super::super) fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt"))
        .then_some(Self(()))
    }
}

/// A class for each ASCII byte: the bits common to its entries in two tables, by its lower and
/// upper nibble. Each table is stored twice, since each half of a vector needs its own copy.
struct Classes {
    lower: [u8; WIDE],
    upper: [u8; WIDE],
}

impl Classes {
    /// The tables for rows of upper nibble, first and last lower nibble, and class.
    const fn new(of: &[(u8, u8, u8, u8)]) -> Self {
        let mut classes = Self {
            lower: [0; WIDE],
            upper: [0; WIDE],
        };
        let mut index = 0;
        while index < of.len() {
            let (upper, first, last, class) = of[index];
            let mut lower = first as usize;
            while lower <= last as usize {
                classes.lower[lower] |= class;
                classes.lower[lower + 16] |= class;
                lower += 1;
            }
            classes.upper[upper as usize] |= class;
            classes.upper[upper as usize + 16] |= class;
            index += 1;
        }
        classes
    }
}

/// At the lower nibble of each of some bytes, that byte: a byte is one of them if it equals the entry at its own lower
/// nibble. The first entry is no byte that has this nibble. Stored twice, like the tables of [`Classes`].
const fn by_lower_nibble(bytes: &[u8]) -> [u8; WIDE] {
    let mut table = [0; WIDE];
    (table[0], table[16]) = (1, 1);
    let mut index = 0;
    while index < bytes.len() {
        let lower = (bytes[index] & 15) as usize;
        assert!(lower != 0 && table[lower] == 0, "one byte for each nibble");
        (table[lower], table[lower + 16]) = (bytes[index], bytes[index]);
        index += 1;
    }
    table
}

static MARKS: [u8; WIDE] = by_lower_nibble(b"<&");
/// The bytes below the space that XML allows.
static ALLOWED_CONTROLS: [u8; WIDE] = by_lower_nibble(b"\t\n\r");

/// The bytes of names: hyphen and point, digits and colon, letters (in two columns), underscore.
static NAMES: Classes = Classes::new(&[
    (2, 13, 14, 1),
    (3, 0, 10, 2),
    (4, 1, 15, 4),
    (5, 0, 10, 8),
    (5, 15, 15, 8),
    (6, 1, 15, 4),
    (7, 0, 10, 16),
]);

/// Everything seen: the smallest bytes apart from the allowed control characters, and all bytes combined by OR.
#[derive(Clone, Copy)]
pub(in super::super) struct FlagBits {
    smallest: __m256i,
    bytes: __m256i,
}

#[inline(always)]
fn half(bytes: &[u8; LONG], start: usize) -> &[u8; WIDE] {
    bytes[start..].first_chunk().expect("half of them")
}

// Methods of the proof, so that none can be called where the processor lacks the instructions.
impl Avx2 {
    #[inline(always)]
    fn load(self, bytes: &[u8; WIDE]) -> __m256i {
        // SAFETY: 32 bytes are there, and no alignment is needed; `self` proves that the instructions are supported.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    /// The class of each byte.
    #[inline(always)]
    fn classify(self, classes: &Classes, bytes: __m256i) -> __m256i {
        // SAFETY: `self` proves that the instructions are supported.
        unsafe {
            let upper = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(15));
            _mm256_and_si256(
                _mm256_shuffle_epi8(self.load(&classes.lower), bytes),
                _mm256_shuffle_epi8(self.load(&classes.upper), upper),
            )
        }
    }

    /// Which bytes are in a table of [`by_lower_nibble`].
    #[inline(always)]
    fn are_in(self, table: &[u8; WIDE], bytes: __m256i) -> __m256i {
        // SAFETY: `self` proves that the instructions are supported.
        unsafe { _mm256_cmpeq_epi8(_mm256_shuffle_epi8(self.load(table), bytes), bytes) }
    }

    /// The marks of half a block.
    #[inline(always)]
    fn marks_of_half(self, here: __m256i, next: __m256i, flag_bits: &mut FlagBits) -> u32 {
        let marks = self.are_in(&MARKS, here);
        let allowed = self.are_in(&ALLOWED_CONTROLS, here);
        // SAFETY: `self` proves that the instructions are supported.
        unsafe {
            let others = _mm256_or_si256(here, allowed);
            flag_bits.smallest = _mm256_min_epu8(flag_bits.smallest, others);
            flag_bits.bytes = _mm256_or_si256(flag_bits.bytes, here);
            let bracket = _mm256_set1_epi8(b']' as i8);
            let brackets = _mm256_and_si256(
                _mm256_cmpeq_epi8(here, bracket),
                _mm256_cmpeq_epi8(next, bracket),
            );
            _mm256_movemask_epi8(_mm256_or_si256(marks, brackets)) as u32
        }
    }

    /// Mask of equal bytes.
    #[inline(always)]
    fn same(self, left: __m256i, right: __m256i) -> u32 {
        // SAFETY: `self` proves that the instructions are supported.
        unsafe { _mm256_movemask_epi8(_mm256_cmpeq_epi8(left, right)) as u32 }
    }
}

impl Lanes for Avx2 {
    type FlagBits = FlagBits;

    #[inline(always)]
    fn no_flags(self) -> FlagBits {
        FlagBits {
            smallest: self.load(&[u8::MAX; WIDE]),
            bytes: self.load(&[0; WIDE]),
        }
    }

    #[inline(always)]
    fn marks(self, block: &[u8; BLOCK], next: &[u8; BLOCK], flag_bits: &mut FlagBits) -> u64 {
        let first = self.marks_of_half(
            self.load(half(block, 0)),
            self.load(half(next, 0)),
            flag_bits,
        );
        let second = self.marks_of_half(
            self.load(half(block, WIDE)),
            self.load(half(next, WIDE)),
            flag_bits,
        );
        u64::from(first) | u64::from(second) << WIDE
    }

    #[inline(always)]
    fn flags(self, flag_bits: FlagBits) -> ScanFlags {
        // SAFETY: `self` proves that the instructions are supported.
        unsafe {
            let space = _mm256_set1_epi8(b' ' as i8);
            let allowed = _mm256_cmpeq_epi8(
                _mm256_max_epu8(flag_bits.smallest, space),
                flag_bits.smallest,
            );
            ScanFlags {
                control: _mm256_movemask_epi8(allowed) != -1,
                beyond_ascii: _mm256_movemask_epi8(flag_bits.bytes) != 0,
            }
        }
    }

    #[inline(always)]
    fn name(self, bytes: &[u8; WIDE]) -> (u32, u32) {
        let bytes = self.load(bytes);
        // SAFETY: `self` proves that the instructions are supported.
        unsafe {
            let non_name = _mm256_cmpeq_epi8(self.classify(&NAMES, bytes), _mm256_setzero_si256());
            let colons = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b':' as i8));
            let non_name = _mm256_movemask_epi8(non_name) as u32;
            // All bits below the lowest of `non_name`.
            let before = !non_name & non_name.wrapping_sub(1);
            (non_name, _mm256_movemask_epi8(colons) as u32 & before)
        }
    }

    #[inline(always)]
    fn equal(self, bytes: &[u8; LONG], wanted: u8) -> u64 {
        // SAFETY: `self` proves that the instructions are supported.
        let wanted = unsafe { _mm256_set1_epi8(wanted as i8) };
        let first = self.same(self.load(half(bytes, 0)), wanted);
        let second = self.same(self.load(half(bytes, WIDE)), wanted);
        u64::from(first) | u64::from(second) << WIDE
    }

    #[inline(always)]
    fn common(self, left: &[u8; WIDE], right: &[u8; WIDE]) -> usize {
        self.same(self.load(left), self.load(right)).trailing_ones() as usize
    }

    #[inline(always)]
    fn agree(self, left: &[u8; LONG], right: &[u8; LONG], mask: u64) -> bool {
        // Most tags are shorter than half.
        let rest = (mask >> WIDE) as u32;
        self.agree_short(half(left, 0), half(right, 0), mask as u32)
            && (rest == 0 || self.agree_short(half(left, WIDE), half(right, WIDE), rest))
    }

    #[inline(always)]
    fn agree_short(self, left: &[u8; WIDE], right: &[u8; WIDE], mask: u32) -> bool {
        !self.same(self.load(left), self.load(right)) & mask == 0
    }
}
