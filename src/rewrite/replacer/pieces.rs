//! What comes of a stream piece by piece: the state between two pieces, shared by reader and writer.

use super::Replacer;

/// How many bytes are rewritten at once as a rule.
const PIECE: usize = 64 * 1024;
/// How many at least.
const SHORTEST_PIECE: usize = 64;
/// Up to so many times as long as their needles, replacements are not worth a shorter piece.
const COMMON_GROWTH: usize = 16;

/// Bytes on their way through a replacer.
#[derive(Debug)]
pub(super) struct Pieces {
    replacer: Replacer,
    /// Not rewritten yet.
    pub(super) waiting: Vec<u8>,
    /// Rewritten, of which `handed_on` bytes are gone.
    ready: Vec<u8>,
    handed_on: usize,
    /// How many bytes are rewritten at once, and how many may wait until then.
    piece: usize,
    most: usize,
    count: u64,
}

impl Pieces {
    pub(super) fn new(replacer: Replacer) -> Self {
        // So that what is ready does not grow out of bounds where replacements are long.
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

    /// Rewrites what is settled of what is waiting; all of it, where no more comes.
    pub(super) fn rewrite(&mut self, is_last: bool) {
        self.ready.drain(..self.handed_on);
        self.handed_on = 0;
        let step = self.replacer.step(&self.waiting, is_last, &mut self.ready);
        self.waiting.drain(..step.consumed);
        // What still waits is gone through again, so at least as much has to come first.
        self.most = self.waiting.len() + self.piece.max(self.waiting.len());
        self.count += step.count;
    }

    /// How many bytes to take at once.
    pub(super) const fn piece(&self) -> usize {
        self.piece
    }

    /// Whether enough is waiting to be rewritten.
    pub(super) const fn is_full(&self) -> bool {
        self.waiting.len() >= self.most
    }

    /// What is rewritten and not handed on.
    pub(super) fn ready(&self) -> &[u8] {
        &self.ready[self.handed_on..]
    }

    pub(super) fn hand_on(&mut self, count: usize) {
        self.handed_on = (self.handed_on + count).min(self.ready.len());
    }
}
