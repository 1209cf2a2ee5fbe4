//! Words of eight bytes, for any processor.

use super::{BLOCK, LONG, Lanes, ScanFlags, WIDE};

/// The baseline.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Words;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bit of each byte that equals `wanted`.
#[inline(always)]
fn equal(word: u64, wanted: u8) -> u64 {
    let difference = word ^ (ONES * u64::from(wanted));
    !(((difference & !HIGH) + !HIGH) | difference) & HIGH
}

/// Packs the high bits of the eight bytes into one byte.
#[inline(always)]
fn mask(high_bits: u64) -> u64 {
    (high_bits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[inline(always)]
fn word(bytes: &[u8], start: usize) -> u64 {
    u64::from_le_bytes(*bytes[start..].first_chunk().expect("a word"))
}

/// Everything seen, combined by OR: the high bits of control characters, and the bytes themselves.
#[derive(Clone, Copy)]
pub(in super::super) struct FlagBits {
    controls: u64,
    bytes: u64,
}

impl Lanes for Words {
    type FlagBits = FlagBits;

    #[inline(always)]
    fn no_flags(self) -> FlagBits {
        FlagBits {
            controls: 0,
            bytes: 0,
        }
    }

    #[inline(always)]
    fn marks(self, block: &[u8; BLOCK], next: &[u8; BLOCK], flag_bits: &mut FlagBits) -> u64 {
        let mut marks = 0;
        for step in 0..BLOCK / 8 {
            let (here, next) = (word(block, 8 * step), word(next, 8 * step));
            let from_space_on = ((here & !HIGH) + 0x60 * ONES) | here;
            let spaces = equal(here, b'\t') | equal(here, b'\n') | equal(here, b'\r');
            flag_bits.controls |= !from_space_on & !spaces & HIGH;
            flag_bits.bytes |= here;
            let found =
                equal(here, b'<') | equal(here, b'&') | equal(here, b']') & equal(next, b']');
            marks |= mask(found) << (8 * step);
        }
        marks
    }

    #[inline(always)]
    fn flags(self, flag_bits: FlagBits) -> ScanFlags {
        ScanFlags {
            control: flag_bits.controls != 0,
            beyond_ascii: flag_bits.bytes & HIGH != 0,
        }
    }

    #[inline(always)]
    fn name(self, bytes: &[u8; WIDE]) -> (u32, u32) {
        let mut colons = 0;
        for (index, byte) in bytes.iter().enumerate() {
            match byte {
                b':' => colons |= 1 << index,
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => {}
                _ => return (1 << index, colons),
            }
        }
        (0, colons)
    }

    #[inline(always)]
    fn equal(self, bytes: &[u8; LONG], wanted: u8) -> u64 {
        let mut found = 0;
        for step in 0..LONG / 8 {
            found |= mask(equal(word(bytes, 8 * step), wanted)) << (8 * step);
        }
        found
    }

    #[inline(always)]
    fn common(self, left: &[u8; WIDE], right: &[u8; WIDE]) -> usize {
        let mut same = 0;
        while same < WIDE && left[same] == right[same] {
            same += 1;
        }
        same
    }

    #[inline(always)]
    fn agree(self, left: &[u8; LONG], right: &[u8; LONG], mask: u64) -> bool {
        let length = mask.trailing_ones() as usize;
        left[..length] == right[..length]
    }

    #[inline(always)]
    fn agree_short(self, left: &[u8; WIDE], right: &[u8; WIDE], mask: u32) -> bool {
        let length = mask.trailing_ones() as usize;
        left[..length] == right[..length]
    }
}
