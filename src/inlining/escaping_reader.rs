//! A boxed reader borrowed by a function that is called or inlined: 1 allocation or none.
//!
//! The constructor is inlined in both. The borrow ends before the box is dropped, and yet the call
//! alone is enough to keep the allocation: another function reads through the pointer, so the value
//! must be in memory, and LLVM cannot move it from the heap to the stack.

use std::hint::black_box;

use super::reader::Reader;
use super::{Pair, side};

/// See the [module](self).
pub const PAIR: Pair = Pair {
    name: "escaping_reader",
    summary: "a function that borrows what is in the box",
    called: side!(called, mix_called, 1),
    inlined: side!(inlined, mix_inlined, 0),
    oracle: |text| text.iter().fold(0, |mix, byte| mixed(mix, *byte)),
};

/// The bytes mixed into one number, by a call that takes the reader.
#[inline(never)]
pub fn called(text: &[u8]) -> u64 {
    let mut reader = boxed(black_box(text));
    black_box(mix_called(&mut reader))
}

/// The bytes mixed into one number, by a function that takes the reader and is inlined.
#[inline(never)]
pub fn inlined(text: &[u8]) -> u64 {
    let mut reader = boxed(black_box(text));
    black_box(mix_inlined(&mut reader))
}

#[inline(always)]
fn boxed(text: &[u8]) -> Box<Reader<'_>> {
    Box::new(Reader::new(text))
}

#[inline(never)]
fn mix_called(reader: &mut Reader<'_>) -> u64 {
    mix_of(reader)
}

#[inline(always)]
fn mix_inlined(reader: &mut Reader<'_>) -> u64 {
    mix_of(reader)
}

#[inline(always)]
fn mix_of(reader: &mut Reader<'_>) -> u64 {
    let mut mix = 0;
    while let Some(byte) = reader.byte() {
        mix = mixed(mix, byte);
    }
    mix
}

/// Not a sum: with the same machine code as in another pair, the function would be merged with that
/// pair's.
#[inline]
const fn mixed(mix: u64, byte: u8) -> u64 {
    mix.rotate_left(5) ^ byte as u64
}
