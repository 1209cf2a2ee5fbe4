//! Turns candidates into matches, in batches.

use super::Many;
use super::filter::{BLOCK, Blocks, WINDOW};

/// Matches per batch.
const BATCH: usize = 64;
/// The minimum cost of a lookup, in bytes that the automaton would process in that time.
const LOOKUP: usize = 2;
/// The automaton's extra cost of a match compared with a lookup, in the same unit.
const MATCH: usize = 8;
/// How much more lookups may cost than they save before the automaton takes over.
const CREDIT: usize = 1024;
/// How many bytes the automaton then processes; doubled each time it is needed again immediately.
const STRETCH: usize = 16 * 1024;
const LONGEST_STRETCH: usize = 1 << 20;

/// Matches, sorted by start, each with the index of its pair.
pub(super) struct Found {
    matches: [(usize, u32); BATCH],
    count: usize,
}

impl Default for Found {
    fn default() -> Self {
        Self {
            matches: [(0, 0); BATCH],
            count: 0,
        }
    }
}

impl Found {
    pub(super) fn matches(&self) -> &[(usize, u32)] {
        &self.matches[..self.count]
    }

    #[inline(always)]
    fn push(&mut self, start: usize, pair: u32) {
        self.matches[self.count] = (start, pair);
        self.count += 1;
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        self.count == BATCH
    }
}

/// The state of a scan.
pub(super) struct Scan<'a> {
    many: &'a Many,
    /// All matches that begin before here have been found.
    at: usize,
    /// From here on, a match may depend on bytes after the text.
    open: usize,
    is_last: bool,
    /// Candidates from `block` on that are not looked up yet, one bit per position.
    candidates: u64,
    block: usize,
    /// The end of the block that `candidates` covers.
    block_end: usize,
    /// The remaining budget for lookups.
    credit: usize,
    /// The automaton searches up to here; `stretch` is the length of its last stretch.
    automaton_until: usize,
    stretch: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(many: &'a Many, text: &[u8], is_last: bool) -> Self {
        let mut scan = Self {
            many,
            at: 0,
            open: 0,
            is_last,
            candidates: 0,
            block: 0,
            block_end: 0,
            credit: CREDIT,
            automaton_until: 0,
            stretch: STRETCH,
        };
        scan.update_undecided(text);
        scan
    }

    /// How many bytes of the text are decided, once [`fill`](Self::fill) is done.
    pub(super) fn decided(&self) -> usize {
        self.at
    }

    /// Finds the next batch of matches; returns whether it is the last. Earlier matches may have
    /// been overwritten since.
    pub(super) fn fill(&mut self, text: &[u8], found: &mut Found) -> bool {
        found.count = 0;
        while !found.is_full() {
            if self.at >= self.open && !self.update_undecided(text) {
                return true;
            }
            if self.at < self.automaton_until {
                self.search(text, found);
            } else {
                self.many.filter.run(Candidates {
                    scan: self,
                    text,
                    found,
                });
            }
        }
        false
    }

    /// Recomputes the first undecided position; false if nothing is left before it.
    fn update_undecided(&mut self, text: &[u8]) -> bool {
        self.candidates = 0;
        self.block_end = 0;
        self.open = match self.is_last {
            true => text.len(),
            false => self.many.first_undecided(text, self.at),
        };
        self.at < self.open
    }

    /// Finds the matches in a stretch with the automaton.
    fn search(&mut self, text: &[u8], found: &mut Found) {
        let Some(automaton) = self.many.automaton() else {
            self.automaton_until = 0;
            return;
        };
        let until = self.automaton_until.min(self.open);
        // Every match that begins before `until` ends by here.
        let end = text.len().min(until + self.many.longest - 1);
        while self.at < until && !found.is_full() {
            match automaton.find(text, self.at..end) {
                Some(one) if one.range.start < until => {
                    found.push(one.range.start, one.needle);
                    self.at = one.range.end;
                }
                _ => self.at = until,
            }
        }
    }

    /// Switches to the automaton for the next stretch.
    #[cold]
    fn use_automaton(&mut self) {
        let is_again = self.automaton_until > 0 && self.at - self.automaton_until < self.stretch;
        self.stretch = match is_again {
            true => LONGEST_STRETCH.min(2 * self.stretch),
            false => STRETCH,
        };
        self.automaton_until = self.at + self.stretch;
        self.candidates = 0;
        self.block_end = 0;
        self.credit = CREDIT;
    }
}

/// Processes the candidates of any filter.
pub(super) struct Candidates<'s, 'a, 't> {
    scan: &'s mut Scan<'a>,
    text: &'t [u8],
    found: &'s mut Found,
}

impl Candidates<'_, '_, '_> {
    /// Skips the text: there are no candidates.
    pub(super) fn pass_over(self) {
        self.scan.at = self.scan.open;
    }

    /// Looks up candidates until the batch is full, the text is done, or the automaton is needed.
    #[inline(always)]
    pub(super) fn look_up(self, blocks: &impl Blocks) {
        let Self { scan, text, found } = self;
        let many = scan.many;
        let mut credit = scan.credit;
        loop {
            while scan.candidates != 0 {
                let start = scan.block + scan.candidates.trailing_zeros() as usize;
                scan.candidates &= scan.candidates - 1;
                let answer = many.lookup.at(&text[start..]);
                let mut spared = 0;
                if let Some(pair) = answer.needle {
                    found.push(start, pair);
                    scan.at = start + many.pairs[pair as usize].needle.len();
                    let covered = (scan.at - scan.block) as u32;
                    scan.candidates &= u64::MAX.checked_shl(covered).unwrap_or(0);
                    spared = MATCH;
                } else {
                    scan.at = start + 1;
                }
                credit = (credit + spared).saturating_sub(LOOKUP + answer.compared as usize);
                if credit == 0 {
                    return scan.use_automaton();
                }
                if found.is_full() {
                    scan.credit = credit;
                    return;
                }
            }
            scan.at = scan.at.max(scan.block_end.min(scan.open));
            if scan.at >= scan.open {
                scan.credit = credit;
                return;
            }
            let from = scan.at;
            scan.next_block(text, blocks);
            credit = CREDIT.min(credit + scan.block_end - from);
        }
    }
}

impl Scan<'_> {
    /// Skips blocks until one has a candidate, or to the first undecided position.
    #[inline(always)]
    fn next_block(&mut self, text: &[u8], blocks: &impl Blocks) {
        let mut at = self.at;
        self.candidates = 0;
        while at < self.open && self.candidates == 0 {
            self.block = at;
            self.candidates = match text[at..].first_chunk() {
                Some(window) => blocks.candidates(window),
                None => {
                    let mut window = [0; WINDOW];
                    window[..text.len() - at].copy_from_slice(&text[at..]);
                    blocks.candidates(&window)
                }
            };
            at += BLOCK;
        }
        if self.open < at {
            self.candidates &= !(u64::MAX << (self.open - self.block));
        }
        self.block_end = at;
    }
}
