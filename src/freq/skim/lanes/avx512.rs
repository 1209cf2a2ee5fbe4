//! 512-bit vectors, with mask registers and byte compression.

use std::arch::x86_64::*;

use super::{Avx2, BLOCK, LONG, Lanes, ScanFlags, WIDE};

/// Proof that the processor has AVX-512 with its byte instructions, and AVX2.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Avx512(Avx2);

impl Avx512 {
    /// `Some` if the processor has all required features.
    pub(in super::super) fn detect() -> Option<Self> {
        let avx2 = Avx2::detect()?;
        (is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vbmi2"))
        .then_some(Self(avx2))
    }
}

/// Which of the bytes up to the space XML does not allow.
static CONTROLS: [u8; BLOCK] = {
    let mut controls = [0; BLOCK];
    let mut byte = 0;
    while byte < b' ' {
        controls[byte as usize] = !matches!(byte, b'\t' | b'\n' | b'\r') as u8;
        byte += 1;
    }
    controls
};

/// The numbers from 0 on.
static PLACES: [u8; BLOCK] = {
    let mut places = [0; BLOCK];
    let mut place = 0;
    while place < BLOCK {
        places[place] = place as u8;
        place += 1;
    }
    places
};

// Methods of the proof, so that none can be called where the processor lacks the instructions.
impl Avx512 {
    #[inline(always)]
    fn load(self, bytes: &[u8; BLOCK]) -> __m512i {
        // SAFETY: 64 bytes are there, and no alignment is needed; `self` proves that the instructions are supported.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    }

    /// Writes sixteen positions, offset by `start`.
    #[inline(always)]
    fn put(self, places: __m128i, start: u32, slots: &mut [u32; BLOCK], first: usize) {
        let slots: &mut [u32; 16] = slots[first..].first_chunk_mut().expect("sixteen slots");
        // SAFETY: sixteen slots are there; `self` proves that the instructions are supported.
        unsafe {
            let start = _mm512_set1_epi32(start as i32);
            let positions = _mm512_add_epi32(_mm512_cvtepu8_epi32(places), start);
            _mm512_storeu_si512(slots.as_mut_ptr().cast(), positions);
        }
    }

    /// Writes eight positions, offset by `start`.
    #[inline(always)]
    fn put_eight(self, places: __m128i, start: u32, slots: &mut [u32; BLOCK]) {
        // SAFETY: eight slots are there; `self` proves that the instructions are supported.
        unsafe {
            let start = _mm256_set1_epi32(start as i32);
            let positions = _mm256_add_epi32(_mm256_cvtepu8_epi32(places), start);
            _mm256_storeu_si256(slots.as_mut_ptr().cast(), positions);
        }
    }
}

/// Everything seen, combined by OR: forbidden bytes, and the bytes themselves.
#[derive(Clone, Copy)]
pub(in super::super) struct FlagBits {
    controls: __m512i,
    bytes: __m512i,
}

impl Lanes for Avx512 {
    type FlagBits = FlagBits;

    #[inline(always)]
    fn no_flags(self) -> FlagBits {
        let nothing = self.load(&[0; BLOCK]);
        FlagBits {
            controls: nothing,
            bytes: nothing,
        }
    }

    #[inline(always)]
    fn marks(self, block: &[u8; BLOCK], next: &[u8; BLOCK], flag_bits: &mut FlagBits) -> u64 {
        let (here, next) = (self.load(block), self.load(next));
        // SAFETY: `self` proves that the instructions are supported.
        unsafe {
            let small = _mm512_min_epu8(here, _mm512_set1_epi8(b' ' as i8));
            let controls = _mm512_permutexvar_epi8(small, self.load(&CONTROLS));
            flag_bits.controls = _mm512_or_si512(flag_bits.controls, controls);
            flag_bits.bytes = _mm512_or_si512(flag_bits.bytes, here);
            let bracket = _mm512_set1_epi8(b']' as i8);
            let brackets = _mm512_cmpeq_epi8_mask(here, bracket);
            _mm512_mask_cmpeq_epi8_mask(brackets, next, bracket)
                | _mm512_cmpeq_epi8_mask(here, _mm512_set1_epi8(b'<' as i8))
                | _mm512_cmpeq_epi8_mask(here, _mm512_set1_epi8(b'&' as i8))
        }
    }

    #[inline(always)]
    fn flags(self, flag_bits: FlagBits) -> ScanFlags {
        // SAFETY: `self` proves that the instructions are supported.
        unsafe {
            ScanFlags {
                control: _mm512_test_epi8_mask(flag_bits.controls, flag_bits.controls) != 0,
                beyond_ascii: _mm512_movepi8_mask(flag_bits.bytes) != 0,
            }
        }
    }

    #[inline(always)]
    fn name(self, bytes: &[u8; WIDE]) -> (u32, u32) {
        self.0.name(bytes)
    }

    #[inline(always)]
    fn equal(self, bytes: &[u8; LONG], wanted: u8) -> u64 {
        // SAFETY: `self` proves that the instructions are supported.
        unsafe { _mm512_cmpeq_epi8_mask(self.load(bytes), _mm512_set1_epi8(wanted as i8)) }
    }

    #[inline(always)]
    fn common(self, left: &[u8; WIDE], right: &[u8; WIDE]) -> usize {
        self.0.common(left, right)
    }

    #[inline(always)]
    fn positions(self, mask: u64, start: u32, slots: &mut [u32; BLOCK]) {
        // SAFETY: `self` proves that the instructions are supported.
        unsafe {
            let places = _mm512_maskz_compress_epi8(mask, self.load(&PLACES));
            let first = _mm512_castsi512_si128(places);
            // Most blocks have at most eight, and a shorter store crosses a cache line half as
            // often.
            self.put_eight(first, start, slots);
            if mask.count_ones() > 8 {
                self.put(first, start, slots, 0);
                self.put(_mm512_extracti32x4_epi32::<1>(places), start, slots, 16);
                self.put(_mm512_extracti32x4_epi32::<2>(places), start, slots, 32);
                self.put(_mm512_extracti32x4_epi32::<3>(places), start, slots, 48);
            }
        }
    }

    #[inline(always)]
    fn agree(self, left: &[u8; LONG], right: &[u8; LONG], mask: u64) -> bool {
        // SAFETY: `self` proves that the instructions are supported.
        unsafe { _mm512_mask_cmpneq_epi8_mask(mask, self.load(left), self.load(right)) == 0 }
    }

    #[inline(always)]
    fn agree_short(self, left: &[u8; WIDE], right: &[u8; WIDE], mask: u32) -> bool {
        self.0.agree_short(left, right, mask)
    }
}
