//! Compares every instruction set with a bytewise reference.

use super::super::lanes::{self, BLOCK, LONG, Lanes, WIDE, Words};
use super::mutation::Numbers;

const BYTES: &[u8] = b"<&]]]az09AZ_-.:/= \t\n\r\x00\x08\x0b\x1f\x20\x7f@[`{\x80\xbc\xff";

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte)
}

/// A bit for each position where the predicate is true.
fn mask(length: usize, mut is_so: impl FnMut(usize) -> bool) -> u64 {
    (0..length).fold(0, |mask, at| mask | u64::from(is_so(at)) << at)
}

/// Every byte alone: its mark before itself and before another byte, and its flags.
fn every_byte<L: Lanes>(lanes: L) {
    for byte in 0..=u8::MAX {
        for next in [byte, b'x'] {
            let mut flag_bits = lanes.no_flags();
            let marks = lanes.marks(&[byte; BLOCK], &[next; BLOCK], &mut flag_bits);
            let is_mark = b"<&".contains(&byte) || [byte, next] == *b"]]";
            assert_eq!(marks, mask(BLOCK, |_| is_mark), "{byte:#x}");
            let flags = lanes.flags(flag_bits);
            let is_control = byte < b' ' && !b"\t\n\r".contains(&byte);
            assert_eq!(
                (flags.control, flags.beyond_ascii),
                (is_control, !byte.is_ascii()),
                "{byte:#x}"
            );
        }
    }
}

fn same_as_byte_by_byte<L: Lanes>(lanes: L) {
    every_byte(lanes);
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..2000 {
        let kinds = BYTES.len() >> numbers.below(3);
        let bytes: [u8; BLOCK + 1] = std::array::from_fn(|_| BYTES[numbers.below(kinds)]);
        let mut flag_bits = lanes.no_flags();
        let [block, next] = [0, 1].map(|start| bytes[start..].first_chunk().unwrap());
        let marks = lanes.marks(block, next, &mut flag_bits);
        let is_mark = |at: usize| b"<&".contains(&bytes[at]) || bytes[at..].starts_with(b"]]");
        assert_eq!(marks, mask(BLOCK, is_mark));
        let is_control = |byte: &u8| *byte < b' ' && !b"\t\n\r".contains(byte);
        let flags = lanes.flags(flag_bits);
        assert_eq!(flags.control, block.iter().any(is_control));
        assert_eq!(flags.beyond_ascii, !block.is_ascii());
        let wanted = BYTES[numbers.below(BYTES.len())];
        let equal = mask(LONG, |at| bytes[at] == wanted);
        assert_eq!(lanes.equal(block, wanted), equal);

        let start: &[u8; WIDE] = bytes.first_chunk().unwrap();
        let name = start.iter().take_while(|&&byte| is_name(byte)).count();
        let (non_name, colons) = lanes.name(start);
        assert_eq!(non_name.trailing_zeros() as usize, name);
        assert_eq!(u64::from(colons), mask(name, |at| bytes[at] == b':'));
    }
    for length in 0..=LONG {
        // `length` bits: the lowest, the highest, and about as many at random.
        let low = u64::MAX.checked_shr((LONG - length) as u32).unwrap_or(0);
        let any = mask(LONG, |_| numbers.below(LONG) < length);
        for mask in [low, low.rotate_right(length as u32), any] {
            let mut slots = [0; BLOCK];
            lanes.positions(mask, 1000, &mut slots);
            let expected: Vec<u32> = (0..64).filter(|at| mask >> at & 1 == 1).collect();
            let written = slots.iter().map(|slot| slot.wrapping_sub(1000));
            assert!(written.take(expected.len()).eq(expected));
        }
        let left = [b'a'; LONG];
        for other in 0..=LONG {
            let right = std::array::from_fn(|at| b'a' + u8::from(at == other));
            assert_eq!(lanes.agree(&left, &right, low), other >= length);
            let (left, right) = (left.first_chunk().unwrap(), right.first_chunk().unwrap());
            assert_eq!(lanes.common(left, right), other.min(WIDE));
            if length <= WIDE {
                let same = lanes.agree_short(left, right, low as u32);
                assert_eq!(same, other >= length);
            }
        }
    }
}

#[test]
fn all_instructions_find_the_same() {
    same_as_byte_by_byte(Words);
    #[cfg(target_arch = "x86_64")]
    {
        lanes::Avx2::detect()
            .into_iter()
            .for_each(same_as_byte_by_byte);
        lanes::Avx512::detect()
            .into_iter()
            .for_each(same_as_byte_by_byte);
    }
}
