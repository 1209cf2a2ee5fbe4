//! The samples: the allocations of each stack, and the live sampled blocks.
//!
//! **Space**: all stacks that allocate, at most [`MOST_STACKS`], and an entry for each live sampled block, about
//! one per 512 KiB of heap.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{InSampler, filter};
use crate::frames;

/// How many stacks are told apart; further ones are counted together as one empty stack.
const MOST_STACKS: usize = 1 << 16;

static RECORD: Mutex<Record> = Mutex::new(Record::new());

/// An estimate: samples, each weighted by the inverse of its probability.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Amount {
    pub(crate) blocks: f64,
    pub(crate) bytes: f64,
}

impl Amount {
    /// The amount for which one sampled block of `size` bytes stands.
    fn of_block(size: usize, interval: u64) -> Self {
        let probability = -(-(size as f64) / interval.max(1) as f64).exp_m1();
        // A block of zero bytes has probability 0.
        let blocks = if probability > 0.0 {
            1.0 / probability
        } else {
            1.0
        };
        let bytes = blocks * size as f64;
        Self { blocks, bytes }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.blocks += other.blocks;
        self.bytes += other.bytes;
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            blocks: self.blocks - other.blocks,
            bytes: self.bytes - other.bytes,
        }
    }
}

/// A live sampled block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    stack: u32,
    amount: Amount,
}

struct Record {
    /// The index of each stack. Created with the first sample.
    numbers: Option<HashMap<Arc<[usize]>, u32>>,
    stacks: Vec<(Arc<[usize]>, Amount)>,
    /// Live blocks by slot and address; sorted, to see whether a slot has another block.
    live: BTreeMap<(u32, usize), Live>,
    samples: u64,
}

/// A copy of the record: for each stack, what it has allocated and how much of that is live.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    /// The stacks, innermost frame first. A stack keeps its index in later snapshots.
    pub(crate) stacks: Vec<(Arc<[usize]>, Amount, Amount)>,
    /// How many samples were taken.
    pub(crate) samples: u64,
}

fn record() -> MutexGuard<'static, Record> {
    RECORD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records a block that was just allocated, with the caller's stack. Call it only within [`InSampler`].
pub(super) fn allocated(block: *mut u8, size: usize, interval: u64) {
    let mut room = [0; frames::DEEPEST];
    let stack = frames::capture_stack(&mut room);
    let amount = Amount::of_block(size, interval);
    let mut record = record();
    let stack = record.number(stack);
    record.stacks[stack as usize].1.add(amount);
    record.samples += 1;
    record.insert(block, Live { stack, amount });
}

/// Removes a block that is about to be freed, if it was sampled. Call it only within [`InSampler`].
pub(super) fn take(block: *mut u8) -> Option<Live> {
    record().remove(block)
}

/// Undoes [`take`] for a block that was not freed after all.
pub(super) fn put_back(block: *mut u8, live: Live) {
    record().insert(block, live);
}

/// Copies the record. Cost: linear in the number of stacks, while holding the lock.
pub(crate) fn snapshot() -> Snapshot {
    let guard = InSampler::enter();
    let record = record();
    let with_none_live =
        |(stack, amount): &(Arc<[usize]>, Amount)| (Arc::clone(stack), *amount, Amount::default());
    let mut stacks: Vec<_> = record.stacks.iter().map(with_none_live).collect();
    for live in record.live.values() {
        stacks[live.stack as usize].2.add(live.amount);
    }
    let samples = record.samples;
    drop((record, guard));
    Snapshot { stacks, samples }
}

impl Record {
    const fn new() -> Self {
        Self {
            numbers: None,
            stacks: Vec::new(),
            live: BTreeMap::new(),
            samples: 0,
        }
    }

    /// The index of a stack; all beyond the limit share index 0.
    fn number(&mut self, stack: &[usize]) -> u32 {
        let numbers = self.numbers.get_or_insert_with(HashMap::new);
        if self.stacks.is_empty() {
            self.stacks.push((Arc::from([]), Amount::default()));
        }
        if let Some(&number) = numbers.get(stack) {
            return number;
        }
        if self.stacks.len() >= MOST_STACKS {
            return 0;
        }
        let number = self.stacks.len() as u32;
        let stack: Arc<[usize]> = stack.into();
        numbers.insert(Arc::clone(&stack), number);
        self.stacks.push((stack, Amount::default()));
        number
    }

    fn insert(&mut self, block: *mut u8, live: Live) {
        let slot = filter::slot(block);
        self.live.insert((slot, block as usize), live);
        filter::mark(slot);
    }

    fn remove(&mut self, block: *mut u8) -> Option<Live> {
        let slot = filter::slot(block);
        let live = self.live.remove(&(slot, block as usize))?;
        let mut others = self.live.range((slot, 0)..=(slot, usize::MAX));
        if others.next().is_none() {
            filter::clear(slot);
        }
        Some(live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_stands_for_as_many_blocks_as_pprof_says() {
        // The values of Go's `scaleHeapSample(1, size, rate)`.
        let small = Amount::of_block(16, 512 << 10);
        assert!((small.blocks - 32_768.5).abs() < 0.01, "{small:?}");
        assert!((small.bytes - 524_296.0).abs() < 0.1, "{small:?}");
        let large = Amount::of_block(64 << 20, 512 << 10);
        assert_eq!((large.blocks, large.bytes), (1.0, f64::from(64 << 20)));
    }

    #[test]
    fn two_blocks_of_one_slot_are_told_apart() {
        let mut record = Record::new();
        let number = record.number(&[1, 2]);
        let live = Live {
            stack: number,
            amount: Amount::default(),
        };
        let one = 0x7f00_0000_1230 as *mut u8;
        // The difference in the upper bits cancels that in the lower bits.
        let other = (0x7f00_0000_1230_usize ^ (1 << 24) ^ (1 << 4)) as *mut u8;
        assert_eq!(filter::slot(one), filter::slot(other));
        record.insert(one, live);
        record.insert(other, live);
        assert!(record.remove(one).is_some());
        assert!(filter::may_hold(one));
        assert!(record.remove(one).is_none());
        assert!(record.remove(other).is_some());
        assert!(!filter::may_hold(other));
    }

    #[test]
    fn a_stack_keeps_its_number_and_those_beyond_the_limit_share_one() {
        let mut record = Record::new();
        let first = record.number(&[7]);
        for address in 0..MOST_STACKS + 10 {
            record.number(&[8, address]);
        }
        assert_eq!(record.number(&[7]), first);
        assert_eq!(record.stacks.len(), MOST_STACKS);
        assert_eq!(record.number(&[9, usize::MAX]), 0);
    }
}
