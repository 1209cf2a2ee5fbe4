//! The state between two pieces of a stream, shared by the reading and the writing adapter.

use super::Replacer;

/// How many bytes are usually rewritten at once.
const PIECE: usize = 64 * 1024;
/// The shortest piece, for replacements that are much longer than their needles.
const SHORTEST_PIECE: usize = 64;
/// Replacements up to this many times as long as their needles do not shorten a piece.
const COMMON_GROWTH: usize = 16;

/// Bytes in transit through a replacer.
#[derive(Debug)]
pub(super) struct Pieces {
    replacer: Replacer,
    /// Input that is not rewritten yet.
    pub(super) waiting: Vec<u8>,
    /// Rewritten bytes, the first `handed_on` of which were passed on.
    ready: Vec<u8>,
    handed_on: usize,
    /// How many bytes are read at once, and how many (`most`) may wait before they are rewritten.
    piece: usize,
    most: usize,
    count: u64,
}

impl Pieces {
    pub(super) fn new(replacer: Replacer) -> Self {
        // Bounds the output buffer if replacements are long.
        let growth = replacer.growth() / COMMON_GROWTH;
        let piece = (PIECE / growth.max(1)).max(SHORTEST_PIECE);
        Self {
            replacer,
            piece,
            waiting: Vec::new(),
            ready: Vec::new(),
            handed_on: 0,
            most: piece,
            count: 0,
        }
    }

    /// How many replacements there were so far.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Rewrites the decided part of the waiting input; all of it if `is_last`.
    pub(super) fn rewrite(&mut self, is_last: bool) {
        self.ready.drain(..self.handed_on);
        self.handed_on = 0;
        let step = self.replacer.step(&self.waiting, is_last, &mut self.ready);
        self.waiting.drain(..step.consumed);
        // Waiting input is scanned again, so at least as much new input must arrive first, which
        // keeps the total time linear.
        self.most = self.waiting.len() + self.piece.max(self.waiting.len());
        self.count += step.count;
    }

    /// How many bytes to read at once.
    pub(super) const fn piece(&self) -> usize {
        self.piece
    }

    /// Whether enough is waiting to be rewritten.
    pub(super) const fn is_full(&self) -> bool {
        self.waiting.len() >= self.most
    }

    /// The rewritten bytes that were not passed on yet.
    pub(super) fn ready(&self) -> &[u8] {
        &self.ready[self.handed_on..]
    }

    pub(super) fn hand_on(&mut self, count: usize) {
        self.handed_on = (self.handed_on + count).min(self.ready.len());
    }
}
