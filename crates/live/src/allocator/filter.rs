//! Which blocks may be sampled ones: a bit for each of a million places, so that a free needs no lock.
//!
//! Neighbouring blocks have neighbouring bits, so a thread that frees what it has just allocated finds
//! them in its cache. A heap of 1 GiB has some 2000 sampled blocks: one free in 500 is looked up in vain.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Bits of a slot's number.
const BITS: u32 = 20;
const WORDS: usize = 1 << (BITS - 6);

static MARKED: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];

/// The place of a block; several blocks share one.
#[inline(always)]
pub(super) fn slot(block: *mut u8) -> u32 {
    // Blocks begin at multiples of 16. The upper bits tell the heaps of threads apart.
    let address = block as usize;
    ((address >> 4) ^ (address >> 24)) as u32 & ((1 << BITS) - 1)
}

/// Whether the block may be a sampled one.
#[inline(always)]
pub(super) fn may_hold(block: *mut u8) -> bool {
    let slot = slot(block);
    // Whoever frees a block has been told of it by the thread that allocated it, and so of its bit.
    MARKED[(slot >> 6) as usize].load(Relaxed) & (1 << (slot & 63)) != 0
}

/// Marks a slot. Only under the record's lock, like [`clear`].
pub(super) fn mark(slot: u32) {
    MARKED[(slot >> 6) as usize].fetch_or(1 << (slot & 63), Relaxed);
}

/// Clears a slot that no sampled block has any more.
pub(super) fn clear(slot: u32) {
    MARKED[(slot >> 6) as usize].fetch_and(!(1 << (slot & 63)), Relaxed);
}
