//! The positions where markup may begin (`<`, `&` and `]]`), found one window at a time.
//!
//! **Idea**: simdjson's first stage. A mask of 64 positions becomes a list of offsets without a
//! branch that depends on the text, so the walk follows a list and never searches. Bytes between
//! two positions are text without markup and are not read again.
//!
//! **Space**: one window's positions, whatever the length of the document.

use super::document::Document;
use super::lanes::{BLOCK, Lanes, ScanFlags};

/// Bytes per window; small enough for its list of positions to stay in the first-level cache.
const WINDOW: usize = 8192;
/// How many marks the walk looks ahead.
pub(super) const AHEAD: usize = 4;
/// Space for the marks ahead, for all positions of a window, and for surplus stores.
const LIST: usize = AHEAD + WINDOW + BLOCK;

/// The markup positions of a document; reused for the next one.
pub(super) struct Marks {
    list: [u32; LIST],
    count: usize,
    /// Where the next window begins.
    scanned: usize,
    /// Length of the document.
    end: usize,
    flags: ScanFlags,
}

impl Marks {
    pub(super) fn new() -> Self {
        Self {
            list: [0; LIST],
            count: 0,
            scanned: 0,
            end: 0,
            flags: ScanFlags::default(),
        }
    }

    /// Starts a document of `end` bytes, whose markup begins at `start`.
    pub(super) fn begin(&mut self, start: usize, end: usize) {
        (self.count, self.scanned, self.end) = (0, start, end);
        self.flags = ScanFlags::default();
    }

    /// What has been seen in all windows so far.
    pub(super) fn flags(&self) -> ScanFlags {
        self.flags
    }

    /// The markup positions from index `next` on; after the last one, the end of the document. May
    /// refill the list and change `next`.
    ///
    /// The caller holds `next`, so that a loop over elements keeps it in a register.
    #[inline(always)]
    pub(super) fn ahead<L: Lanes>(
        &mut self,
        next: &mut usize,
        lanes: L,
        document: Document<'_>,
    ) -> [usize; AHEAD] {
        let seen = match self.list[..self.count].get(*next..) {
            Some(&[first, second, third, fourth, ..]) => [first, second, third, fourth],
            _ => {
                let passed = *next;
                *next = 0;
                lanes.refill(self, passed, document.padded())
            }
        };
        let [first, second, third, fourth] = seen;
        [
            first as usize,
            second as usize,
            third as usize,
            fourth as usize,
        ]
    }

    /// Scans windows until enough positions are ahead of the consumed ones.
    #[inline(always)]
    pub(super) fn fill<L: Lanes>(
        &mut self,
        lanes: L,
        passed: usize,
        padded: &[u8],
    ) -> [u32; AHEAD] {
        let list = &mut self.list;
        // Copies the whole lookahead, valid or not: `copy_within` would cost a call.
        let kept: [u32; AHEAD] = *list[passed..]
            .first_chunk()
            .expect("room behind the positions");
        list[..AHEAD].copy_from_slice(&kept);
        let mut flag_bits = lanes.no_flags();
        let mut count = self.count - passed;
        let mut start = self.scanned;
        while count < AHEAD && start < self.end {
            let window = (self.end - start).min(WINDOW).div_ceil(BLOCK) * BLOCK;
            for block in (start..start + window).step_by(BLOCK) {
                let bytes = padded[block..].first_chunk().expect("padding to be there");
                let mask = lanes.marks(bytes, &mut flag_bits);
                let slots = list[count..]
                    .first_chunk_mut()
                    .expect("room for a window's positions");
                lanes.positions(mask, block as u32, slots);
                count += mask.count_ones() as usize;
            }
            start += window;
        }
        while count < AHEAD {
            list[count] = self.end as u32;
            count += 1;
        }
        (self.count, self.scanned) = (count, start);
        let flags = lanes.flags(flag_bits);
        self.flags.control |= flags.control;
        self.flags.beyond_ascii |= flags.beyond_ascii;
        *self.list.first_chunk().expect("room for what is ahead")
    }
}
