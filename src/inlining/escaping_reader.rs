//! A reader in a box that a function borrows, which is called or inlined: 1 allocation or none.
//!
//! The constructor is inlined in both. The borrow ends before the box does, and yet the call alone
//! is enough to keep the memory: what another function reads through a pointer must stand in
//! memory, and LLVM has no way to move it from the heap to the stack.

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

/// Not the sum, or the machine code would equal that of another pair and be shared with it.
#[inline]
const fn mixed(mix: u64, byte: u8) -> u64 {
    mix.rotate_left(5) ^ byte as u64
}
