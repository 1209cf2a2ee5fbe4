//! A `Box<dyn Read>` read once, from a function that is called or inlined: 1 allocation or none.
//!
//! If the function is inlined, the compiler knows which `read` is behind the vtable, devirtualises
//! and inlines it, and is left with a box that does not escape. A read in a loop is not part of the
//! pair, because there the result depends on several decisions.

use std::hint::black_box;
use std::io::Read;

use super::reader::{self, Reader};
use super::{Pair, side};

/// Bytes to read.
const BUFFER: usize = 64;

/// See the [module](self).
pub const PAIR: Pair = Pair {
    name: "dyn_reader",
    summary: "the function that returns a Box<dyn Read>",
    called: side!(called, open_called, 1),
    inlined: side!(inlined, open_inlined, 0),
    oracle: |text| reader::sum(&text[..text.len().min(BUFFER)]),
};

/// The sum of the first bytes, through a reader of unknown type.
#[inline(never)]
pub fn called(text: &[u8]) -> u64 {
    black_box(sum_of_one_read(open_called(black_box(text))))
}

/// The sum of the first bytes, through a reader whose type is known after inlining.
#[inline(never)]
pub fn inlined(text: &[u8]) -> u64 {
    black_box(sum_of_one_read(open_inlined(black_box(text))))
}

#[inline(never)]
fn open_called(text: &[u8]) -> Box<dyn Read + '_> {
    Box::new(Reader::new(text))
}

#[inline(always)]
fn open_inlined(text: &[u8]) -> Box<dyn Read + '_> {
    Box::new(Reader::new(text))
}

#[inline(always)]
fn sum_of_one_read(mut reader: Box<dyn Read + '_>) -> u64 {
    let mut buffer = [0; BUFFER];
    let count = reader.read(&mut buffer).unwrap_or_default();
    reader::sum(&buffer[..count])
}
