//! A single pass for substitutions that change only the first byte of a match and whose matches
//! cannot overlap.
//!
//! This is the case when a word is capitalised. No later comparison reads a changed byte, so bytes
//! are compared, counted and changed in one pass, without marks.
//!
//! Everything here is inlined into callers that are compiled once for each instruction set.

use super::marks::LANES;

/// The longest needle that is compared in one pass.
const LONGEST: usize = 8;

/// A text of this length has [`LANES`] positions for every such needle.
pub(super) const ONE_PASS: usize = LANES + LONGEST - 1;

/// Calls with the needle's length, at most [`LONGEST`], as a constant.
macro_rules! with_length {
    ($needle:ident, $K:ident => $call:expr) => {
        match $needle.len() {
            1 => with_length!(@ $K = 1, $call),
            2 => with_length!(@ $K = 2, $call),
            3 => with_length!(@ $K = 3, $call),
            4 => with_length!(@ $K = 4, $call),
            5 => with_length!(@ $K = 5, $call),
            6 => with_length!(@ $K = 6, $call),
            7 => with_length!(@ $K = 7, $call),
            _ => with_length!(@ $K = 8, $call),
        }
    };
    (@ $K:ident = $length:literal, $call:expr) => {{
        const $K: usize = $length;
        $call
    }};
}

/// The parameters of a pass.
#[derive(Clone, Copy)]
pub(super) struct FirstByte {
    /// The bits of the first byte that change.
    change: u8,
}

impl FirstByte {
    /// `None` if one pass is not enough. The needle must not have a border, so that matches cannot
    /// overlap.
    #[inline]
    pub(super) fn new(needle: &[u8], replacement: &[u8]) -> Option<Self> {
        let (&[old, ref rest @ ..], &[new, ref kept @ ..]) = (needle, replacement) else {
            return None;
        };
        // Some positions are compared again after a change, which must not create a match there.
        let makes_a_match = rest.contains(&new);
        let one_pass = needle.len() <= LONGEST && rest == kept && old != new && !makes_a_match;
        one_pass.then_some(Self { change: old ^ new })
    }

    /// Changes every match in the text, which has at least [`LANES`] positions; returns the number
    /// of matches.
    #[inline(always)]
    pub(super) fn change(self, text: &mut [u8], needle: &[u8]) -> u64 {
        with_length!(needle, K => change::<K>(text, needle, self.change))
    }

    /// Like [`change`](Self::change), but writes the bytes at the positions to `output`, whose
    /// length is a multiple of [`LANES`].
    #[inline(always)]
    pub(super) fn copy(self, text: &[u8], needle: &[u8], output: &mut [u8]) -> u64 {
        with_length!(needle, K => copy::<K>(text, needle, self.change, output))
    }

    /// Like [`copy`](Self::copy), for a whole text of at least [`LANES`] positions.
    #[inline(always)]
    pub(super) fn copy_whole(self, text: &[u8], needle: &[u8], output: &mut [u8]) -> u64 {
        with_length!(needle, K => copy_whole::<K>(text, needle, self.change, output))
    }
}

#[inline(always)]
fn change<const K: usize>(text: &mut [u8], needle: &[u8], change: u8) -> u64 {
    let mut pass = Pass::<K>::new(needle, change);
    let mut at = 0;
    while let Some(window) = text.get_mut(at..at + LANES - 1 + K) {
        pass.change(window);
        at += LANES;
    }
    if at + K <= text.len() {
        // The last lanes overlap the previous ones: a changed match no longer matches, and no new
        // match can arise.
        let last = text.len() - (LANES - 1 + K);
        pass.change(&mut text[last..]);
    }
    pass.count()
}

#[inline(always)]
fn copy<const K: usize>(text: &[u8], needle: &[u8], change: u8, output: &mut [u8]) -> u64 {
    let mut pass = Pass::<K>::new(needle, change);
    let (lanes, _) = output.as_chunks_mut();
    for (index, lanes) in lanes.iter_mut().enumerate() {
        *lanes = pass.lanes(&text[index * LANES..][..LANES - 1 + K]);
    }
    pass.count()
}

#[inline(always)]
fn copy_whole<const K: usize>(text: &[u8], needle: &[u8], change: u8, output: &mut [u8]) -> u64 {
    let mut pass = Pass::<K>::new(needle, change);
    let positions = text.len() - K + 1;
    let mut at = 0;
    while at + LANES <= positions {
        let lanes = pass.lanes(&text[at..at + LANES - 1 + K]);
        output[at..at + LANES].copy_from_slice(&lanes);
        at += LANES;
    }
    if at < positions {
        // The last lanes overlap the previous ones, whose matches are counted.
        let last = positions - LANES;
        let (lanes, marks) = pass.compare(&text[last..last + LANES - 1 + K]);
        output[last..positions].copy_from_slice(&lanes);
        let counted = (at - last) as u8;
        for lane in 0..LANES {
            let is_new = 0u8.wrapping_sub(u8::from(NUMBERS[lane] >= counted));
            pass.sums[lane] = pass.sums[lane].wrapping_sub(marks[lane] & is_new);
        }
    }
    pass.count()
}

/// The numbers of the lanes.
static NUMBERS: [u8; LANES] = {
    let mut numbers = [0; LANES];
    let mut lane = 0;
    while lane < LANES {
        numbers[lane] = lane as u8;
        lane += 1;
    }
    numbers
};

/// The bytes to compare, and the number of matches in each lane.
struct Pass<const K: usize> {
    needle: [u8; K],
    change: u8,
    /// A lane counts at most 1024 / 32 + 1 matches, which fits into a byte.
    sums: [u8; LANES],
}

impl<const K: usize> Pass<K> {
    #[inline(always)]
    fn new(needle: &[u8], change: u8) -> Self {
        let mut bytes = [0; K];
        bytes.copy_from_slice(&needle[..K]);
        Self {
            needle: bytes,
            change,
            sums: [0; LANES],
        }
    }

    /// The first bytes of the window, changed where the needle matches; and marks, 255 where it does.
    #[inline(always)]
    fn compare(&self, window: &[u8]) -> ([u8; LANES], [u8; LANES]) {
        let mut changed = [0; LANES];
        let mut marks = [0; LANES];
        for lane in 0..LANES {
            let mut differs = 0;
            for (offset, &byte) in self.needle.iter().enumerate() {
                differs |= window[lane + offset] ^ byte;
            }
            let mark = 0u8.wrapping_sub(u8::from(differs == 0));
            marks[lane] = mark;
            changed[lane] = window[lane] ^ (mark & self.change);
        }
        (changed, marks)
    }

    /// The first bytes of the window, changed where the needle matches; counts the matches.
    #[inline(always)]
    fn lanes(&mut self, window: &[u8]) -> [u8; LANES] {
        let (changed, marks) = self.compare(window);
        for (sum, mark) in self.sums.iter_mut().zip(marks) {
            *sum = sum.wrapping_sub(mark);
        }
        changed
    }

    #[inline(always)]
    fn change(&mut self, window: &mut [u8]) {
        let changed = self.lanes(window);
        window[..LANES].copy_from_slice(&changed);
    }

    #[inline(always)]
    fn count(&self) -> u64 {
        self.sums.iter().map(|&sum| u64::from(sum)).sum()
    }
}
