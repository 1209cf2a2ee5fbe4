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

const LESS: u8 = 0x80;
const AMPERSAND: u8 = 0x40;
const CONTROL: u8 = 1 | 2;
static MARKS: Classes = Classes::new(&[
    (0, 0, 8, 1),
    (0, 11, 12, 1),
    (0, 14, 15, 1),
    (1, 0, 15, 2),
    (2, 6, 6, AMPERSAND),
    (3, 12, 12, LESS),
]);

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

/// Everything seen, combined by OR: classes, and the bytes themselves.
#[derive(Clone, Copy)]
pub(in super::super) struct FlagBits {
    classes: __m256i,
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

    #[inline(always)]
    fn part(self, bytes: &[u8; BLOCK + 1], start: usize) -> __m256i {
        self.load(bytes[start..].first_chunk().expect("a part of a block"))
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

    /// The marks of half a block.
    #[inline(always)]
    fn marks_of_half(self, here: __m256i, next: __m256i, flag_bits: &mut FlagBits) -> u32 {
        let class = self.classify(&MARKS, here);
        // SAFETY: `self` proves that the instructions are supported.
        unsafe {
            flag_bits.classes = _mm256_or_si256(flag_bits.classes, class);
            flag_bits.bytes = _mm256_or_si256(flag_bits.bytes, here);
            let bracket = _mm256_set1_epi8(b']' as i8);
            let brackets = _mm256_and_si256(
                _mm256_cmpeq_epi8(here, bracket),
                _mm256_cmpeq_epi8(next, bracket),
            );
            // The addition moves the class bit of `&` to the high bit, which forms the mask.
            let found = _mm256_or_si256(class, _mm256_add_epi8(class, class));
            _mm256_movemask_epi8(_mm256_or_si256(found, brackets)) as u32
        }
    }

    /// Mask of equal bytes.
    #[inline(always)]
    fn same(self, left: &[u8; WIDE], right: &[u8; WIDE]) -> u32 {
        let (left, right) = (self.load(left), self.load(right));
        // SAFETY: `self` proves that the instructions are supported.
        unsafe { _mm256_movemask_epi8(_mm256_cmpeq_epi8(left, right)) as u32 }
    }
}

impl Lanes for Avx2 {
    type FlagBits = FlagBits;

    #[inline(always)]
    fn no_flags(self) -> FlagBits {
        let nothing = self.load(&[0; WIDE]);
        FlagBits {
            classes: nothing,
            bytes: nothing,
        }
    }

    #[inline(always)]
    fn marks(self, block: &[u8; BLOCK + 1], flag_bits: &mut FlagBits) -> u64 {
        let first = self.marks_of_half(self.part(block, 0), self.part(block, 1), flag_bits);
        let second = self.marks_of_half(
            self.part(block, WIDE),
            self.part(block, WIDE + 1),
            flag_bits,
        );
        u64::from(first) | u64::from(second) << WIDE
    }

    #[inline(always)]
    fn flags(self, flag_bits: FlagBits) -> ScanFlags {
        // SAFETY: `self` proves that the instructions are supported.
        unsafe {
            let control = _mm256_set1_epi8(CONTROL as i8);
            ScanFlags {
                control: _mm256_testz_si256(flag_bits.classes, control) == 0,
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
            // All bits below the lowest of `none`.
            let before = !non_name & non_name.wrapping_sub(1);
            (non_name, _mm256_movemask_epi8(colons) as u32 & before)
        }
    }

    #[inline(always)]
    fn equal(self, bytes: &[u8; LONG], wanted: u8) -> u64 {
        let wanted = [wanted; WIDE];
        let (first, second) = (half(bytes, 0), half(bytes, WIDE));
        u64::from(self.same(first, &wanted)) | u64::from(self.same(second, &wanted)) << WIDE
    }

    #[inline(always)]
    fn common(self, left: &[u8; WIDE], right: &[u8; WIDE]) -> usize {
        self.same(left, right).trailing_ones() as usize
    }

    #[inline(always)]
    fn agree(self, left: &[u8; LONG], right: &[u8; LONG], mask: u64) -> bool {
        let first = self.same(half(left, 0), half(right, 0));
        let second = self.same(half(left, WIDE), half(right, WIDE));
        !(u64::from(first) | u64::from(second) << WIDE) & mask == 0
    }

    #[inline(always)]
    fn agree_short(self, left: &[u8; WIDE], right: &[u8; WIDE], mask: u32) -> bool {
        !self.same(left, right) & mask == 0
    }
}
