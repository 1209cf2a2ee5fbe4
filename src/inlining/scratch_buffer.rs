//! A buffer with its length as an argument, in a function that is called or inlined: 1 allocation
//! or none.
//!
//! In the called function the length and the indices are known only at run time, which requires
//! memory. Inlined, the length is a constant, the loops unroll, every index is a constant, and each
//! byte becomes a register.

use std::hint::black_box;

use super::{Pair, side};

/// How many bytes are reversed.
const LENGTH: usize = 4;

/// See the [module](self).
pub const PAIR: Pair = Pair {
    name: "scratch_buffer",
    summary: "the function whose buffer is as long as its argument says",
    called: side!(called, reversed_called, 1),
    inlined: side!(inlined, reversed_inlined, 0),
    oracle: |text| {
        (0..LENGTH).rev().fold(0, |number, index| {
            number * 256 + text.get(index).copied().map_or(0, u64::from)
        })
    },
};

/// The first bytes reversed, as one number, with a buffer of a length known at run time.
#[inline(never)]
pub fn called(text: &[u8]) -> u64 {
    black_box(reversed_called(black_box(text), LENGTH))
}

/// The first bytes reversed, as one number, with a buffer of a constant length.
#[inline(never)]
pub fn inlined(text: &[u8]) -> u64 {
    black_box(reversed_inlined(black_box(text), LENGTH))
}

/// Public, because for a private function the optimiser sees all callers and propagates their
/// constant.
#[doc(hidden)]
#[inline(never)]
pub fn reversed_called(text: &[u8], length: usize) -> u64 {
    reversed(text, length)
}

#[inline(always)]
fn reversed_inlined(text: &[u8], length: usize) -> u64 {
    reversed(text, length)
}

#[inline(always)]
fn reversed(text: &[u8], length: usize) -> u64 {
    let mut scratch = vec![0; length];
    for (index, byte) in scratch.iter_mut().enumerate() {
        *byte = text.get(index).copied().unwrap_or_default();
    }
    scratch
        .iter()
        .rev()
        .fold(0, |number, byte| number * 256 + u64::from(*byte))
}
