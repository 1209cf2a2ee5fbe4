//! A vector of two, from a function that is called or inlined: 1 allocation or none.
//!
//! With a constant capacity and both pushes visible, no push can grow the vector; the values stay
//! in registers, and the allocation is deleted.

use std::hint::black_box;

use super::{Pair, side};

/// See the [module](self).
pub const PAIR: Pair = Pair {
    name: "small_vec_of_two",
    summary: "the function that returns a vector of two",
    called: side!(called, ends_called, 1),
    inlined: side!(inlined, ends_inlined, 0),
    oracle: |text| match text {
        [] => 0,
        [first, .., last] => u64::from(*first) * 256 + u64::from(*last),
        [only] => u64::from(*only) * 257,
    },
};

/// First and last byte as one number, through a vector from a call.
#[inline(never)]
pub fn called(text: &[u8]) -> u64 {
    black_box(number_of(&ends_called(black_box(text))))
}

/// First and last byte as one number, through a vector that is built in place.
#[inline(never)]
pub fn inlined(text: &[u8]) -> u64 {
    black_box(number_of(&ends_inlined(black_box(text))))
}

#[inline(never)]
fn ends_called(text: &[u8]) -> Vec<u8> {
    ends(text)
}

#[inline(always)]
fn ends_inlined(text: &[u8]) -> Vec<u8> {
    ends(text)
}

#[inline(always)]
fn ends(text: &[u8]) -> Vec<u8> {
    let mut ends = Vec::with_capacity(4);
    ends.push(text.first().copied().unwrap_or_default());
    ends.push(text.last().copied().unwrap_or_default());
    ends
}

#[inline(always)]
fn number_of(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number * 256 + u64::from(*byte))
}
