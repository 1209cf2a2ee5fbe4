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
const WINDOW: usize = 8128;
/// How many marks the walk looks ahead.
const AHEAD: usize = 2;
/// At most as many marks are in the list: all positions of a window, what is left of the one before it, and the ends
/// of the document after the last one.
const MOST: usize = 8192;
/// Space for them, and for surplus stores.
const LIST: usize = MOST + BLOCK;
const _: () = {
    assert!(WINDOW + 2 * AHEAD <= MOST && WINDOW.is_multiple_of(BLOCK));
    // So that a remainder costs one instruction.
    assert!(MOST.is_power_of_two());
};

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
    /// The caller holds `next`, so that a loop over elements keeps it in a register, and passes the document by
    /// reference, so that the loop does not copy it for a refill.
    #[inline(always)]
    pub(super) fn ahead<L: Lanes>(
        &mut self,
        next: &mut usize,
        lanes: L,
        document: &Document<'_>,
    ) -> [usize; AHEAD] {
        if *next + AHEAD > self.count {
            let passed = std::mem::take(next);
            lanes.refill(self, passed, document);
        }
        // The remainder saves the bounds check.
        let seen: &[u32; AHEAD] = self.list[*next % MOST..]
            .first_chunk()
            .expect("room after the marks");
        [seen[0] as usize, seen[1] as usize]
    }

    /// The first `]]>` among the marks from index `next` on, and how many marks there are up to and with it. `None` if
    /// it or the mark after it is in none of the windows so far.
    #[inline(always)]
    pub(super) fn section_end(
        &self,
        next: usize,
        document: Document<'_>,
    ) -> Option<(usize, usize)> {
        let marks = self.list[..self.count].get(next..)?;
        for (index, &mark) in marks.iter().enumerate() {
            let mark = mark as usize;
            if document.wide(mark).ok()?.starts_with(b"]]>") {
                return (index + 1 < marks.len()).then_some((mark, index + 1));
            }
        }
        None
    }

    /// Scans windows until enough positions are ahead of the consumed ones.
    #[inline(always)]
    pub(super) fn fill<L: Lanes>(&mut self, lanes: L, passed: usize, document: &Document<'_>) {
        let list = &mut self.list;
        // Copies the whole lookahead, valid or not: `copy_within` would cost a call.
        let kept: [u32; AHEAD] = *list[passed..].first_chunk().expect("room after the marks");
        list[..AHEAD].copy_from_slice(&kept);
        let mut flag_bits = lanes.no_flags();
        let mut count = self.count - passed;
        let mut start = self.scanned;
        while count < AHEAD && start < self.end {
            let window = (self.end - start).min(WINDOW).div_ceil(BLOCK) * BLOCK;
            let stop = start + window;
            let bytes = document.below(stop).expect("padding to be there");
            while start < stop {
                let [block, next] = bytes.block(start);
                let mask = lanes.marks(block, next, &mut flag_bits);
                // The remainder saves the bounds check.
                let slots = list[count % MOST..]
                    .first_chunk_mut()
                    .expect("room for a block's positions");
                lanes.positions(mask, start as u32, slots);
                count += mask.count_ones() as usize;
                start += BLOCK;
            }
        }
        if start >= self.end {
            // As many as the walk looks ahead, so that it comes here no more.
            let ends = list[count % MOST..].first_chunk_mut();
            *ends.expect("room after the marks") = [self.end as u32; AHEAD];
            count += AHEAD;
        }
        (self.count, self.scanned) = (count, start);
        let flags = lanes.flags(flag_bits);
        self.flags.control |= flags.control;
        self.flags.beyond_ascii |= flags.beyond_ascii;
    }
}
