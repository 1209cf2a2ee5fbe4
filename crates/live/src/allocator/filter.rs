//! A filter of sampled blocks, one bit for each of a million slots, so that most frees need no lock.
//!
//! Neighbouring blocks have neighbouring bits, so a thread that frees recent blocks finds the bits in its cache.
//! A heap of 1 GiB has about 2000 sampled blocks, so one free in 500 is a false positive.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many bits a slot's index has.
const BITS: u32 = 20;
const WORDS: usize = 1 << (BITS - 6);

static MARKED: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];

/// The slot of a block. Several blocks share a slot.
#[inline(always)]
pub(super) fn slot(block: *mut u8) -> u32 {
    // Blocks are aligned to 16. The upper bits distinguish the arenas of threads.
    let address = block as usize;
    ((address >> 4) ^ (address >> 24)) as u32 & ((1 << BITS) - 1)
}

/// Whether the block may have been sampled.
#[inline(always)]
pub(super) fn may_hold(block: *mut u8) -> bool {
    let slot = slot(block);
    // Relaxed is enough: a thread that frees another's block was synchronised with it to get the block.
    MARKED[(slot >> 6) as usize].load(Relaxed) & (1 << (slot & 63)) != 0
}

/// Sets the bit of a slot. Call it and [`clear`] only under the record's lock.
pub(super) fn mark(slot: u32) {
    MARKED[(slot >> 6) as usize].fetch_or(1 << (slot & 63), Relaxed);
}

/// Clears the bit of a slot that has no sampled block any more.
pub(super) fn clear(slot: u32) {
    MARKED[(slot >> 6) as usize].fetch_and(!(1 << (slot & 63)), Relaxed);
}
