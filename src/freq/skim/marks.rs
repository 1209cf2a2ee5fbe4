//! Where markup may begin: the positions of `<`, `&` and `]]`, found a window at a time.
//!
//! **Idea**: simdjson's first stage. A mask of 64 positions becomes a list of numbers without a
//! branch that depends on the text, so that what comes after follows a list and never searches.
//! Bytes between two marks are text without markup and are not looked at again.
//!
//! **Space**: one window's positions, whatever the length of the document.

use super::document::Document;
use super::lanes::{BLOCK, Doubts, Lanes};

/// Bytes of a window: the list of its positions stays in the first level of cache.
const WINDOW: usize = 4096;
/// Room for all positions of a window: a power of two, so that no index needs a check.
const LIST: usize = 2 * WINDOW;
/// Positions written down at once, needed or not.
const AT_ONCE: usize = 4;
/// The marks of one document after the other.
pub(super) struct Marks {
    list: [u32; LIST],
    next: usize,
    count: usize,
    /// Where the next window begins.
    scanned: usize,
    /// Length of the document.
    end: usize,
    doubts: Doubts,
}

impl Marks {
    pub(super) fn new() -> Self {
        Self {
            list: [0; LIST],
            next: 0,
            count: 0,
            scanned: 0,
            end: 0,
            doubts: Doubts::default(),
        }
    }

    /// Starts a document of `end` bytes.
    pub(super) fn begin(&mut self, start: usize, end: usize) {
        (self.next, self.count) = (0, 0);
        (self.scanned, self.end) = (start, end);
        self.doubts = Doubts::default();
    }

    /// What has been seen in all windows so far.
    pub(super) fn doubts(&self) -> Doubts {
        self.doubts
    }

    /// The position of the next mark, or the end of the document.
    #[inline(always)]
    pub(super) fn peek<L: Lanes>(&mut self, lanes: L, document: Document<'_>) -> usize {
        if self.next == self.count {
            lanes.refill(self, document.padded());
        }
        self.list[self.next % LIST] as usize
    }

    /// Goes beyond the mark that was peeked at.
    #[inline(always)]
    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    /// The marks of the next window that has some; the end counts as one, also when asked again.
    #[inline(always)]
    pub(super) fn fill<L: Lanes>(&mut self, lanes: L, padded: &[u8]) {
        let list = &mut self.list;
        let mut seen = lanes.nothing_seen();
        let mut count = 0;
        let mut start = self.scanned;
        while count == 0 && start < self.end {
            let window = (self.end - start).min(WINDOW).div_ceil(BLOCK) * BLOCK;
            for block in (start..start + window).step_by(BLOCK) {
                let bytes = padded[block..].first_chunk().expect("padding to be there");
                let mut mask = lanes.marks(bytes, &mut seen);
                let after = count + mask.count_ones() as usize;
                while {
                    let slots: &mut [u32; AT_ONCE] = list[count..]
                        .first_chunk_mut()
                        .expect("room for a window's positions");
                    for slot in slots {
                        *slot = block as u32 + mask.trailing_zeros();
                        mask &= mask.wrapping_sub(1);
                    }
                    count += AT_ONCE;
                    count < after
                } {}
                count = after;
            }
            start += window;
        }
        if count == 0 {
            list[0] = self.end as u32;
            count = 1;
        }
        (self.next, self.count, self.scanned) = (0, count, start);
        let doubts = lanes.doubts(seen);
        self.doubts.control |= doubts.control;
        self.doubts.beyond_ascii |= doubts.beyond_ascii;
    }
}
