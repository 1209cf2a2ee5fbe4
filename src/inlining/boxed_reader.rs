//! A boxed reader with its constructor called or inlined: 1 allocation or none.
//!
//! A box returned from a call must be allocated. If the constructor is inlined, both calls to the
//! allocator are in one function with every use of the pointer, and LLVM deletes them.

use std::hint::black_box;

use super::reader::{Reader, sum};
use super::{Pair, side};

/// See the [module](self).
pub const PAIR: Pair = Pair {
    name: "boxed_reader",
    summary: "the constructor of a box",
    called: side!(called, boxed_called, 1),
    inlined: side!(inlined, boxed_inlined, 0),
    oracle: sum,
};

/// The sum of the bytes, through a box from a call.
#[inline(never)]
pub fn called(text: &[u8]) -> u64 {
    black_box(sum_of(boxed_called(black_box(text))))
}

/// The sum of the bytes, through a box whose constructor is inlined.
#[inline(never)]
pub fn inlined(text: &[u8]) -> u64 {
    black_box(sum_of(boxed_inlined(black_box(text))))
}

#[inline(never)]
fn boxed_called(text: &[u8]) -> Box<Reader<'_>> {
    Box::new(Reader::new(text))
}

#[inline(always)]
fn boxed_inlined(text: &[u8]) -> Box<Reader<'_>> {
    Box::new(Reader::new(text))
}

#[expect(clippy::boxed_local, reason = "the box is what is measured")]
#[inline(always)]
fn sum_of(mut reader: Box<Reader<'_>>) -> u64 {
    let mut sum = 0;
    while let Some(byte) = reader.byte() {
        sum += u64::from(byte);
    }
    sum
}
