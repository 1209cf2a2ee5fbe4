//! An allocation that is deleted and one that is kept, each as generic, `#[inline]` and plain code,
//! to test counting allocators.
//!
//! Generic and `#[inline]` code is compiled in the crate that calls it. If that crate also contains
//! the `#[global_allocator]`, the allocator's body is inlined before LLVM looks for allocations to
//! delete, so it finds none, and the counter reports allocations that production does not make. The
//! tests of crates/heap show both the true and the false count.

use std::io::Read;

/// Compiled for every caller: the box of `reader` is deleted, since the optimiser sees all of its uses.
#[inline]
pub fn generic_deleted<R: Read>(reader: R) -> u64 {
    let mut reader = Box::new(reader);
    let mut sum = 0;
    while let Some(byte) = next(&mut *reader) {
        sum += u64::from(byte);
    }
    sum
}

/// Compiled for every caller: the box of `reader` is kept, since a call borrows it.
#[inline]
pub fn generic_kept<R: Read>(reader: R) -> u64 {
    sum_called(&mut *Box::new(reader))
}

/// Compiled in each calling crate: the box is deleted.
#[inline]
pub fn inline_deleted(text: &[u8]) -> u64 {
    generic_deleted(text)
}

/// Compiled in each calling crate: the box is kept.
#[inline]
pub fn inline_kept(text: &[u8]) -> u64 {
    generic_kept(text)
}

/// Compiled in this crate: the box is deleted.
#[inline(never)]
pub fn plain_deleted(text: &[u8]) -> u64 {
    generic_deleted(text)
}

/// Compiled in this crate: the box is kept.
#[inline(never)]
pub fn plain_kept(text: &[u8]) -> u64 {
    generic_kept(text)
}

#[inline(never)]
fn sum_called<R: Read>(reader: &mut R) -> u64 {
    let mut sum = 0;
    while let Some(byte) = next(reader) {
        sum += u64::from(byte);
    }
    sum
}

#[inline(always)]
fn next<R: Read>(reader: &mut R) -> Option<u8> {
    let mut byte = [0];
    match reader.read(&mut byte) {
        Ok(1) => Some(byte[0]),
        _ => None,
    }
}
