//! Match marks: one byte per position, 255 where the needle matches and 0 elsewhere.
//!
//! Everything here is inlined into callers that are compiled once for each instruction set.

use memchr::arch::all::packedpair::Pair;

/// How many positions are marked at once.
pub(super) const BLOCK: usize = 1024;
/// Positions compared at once.
pub(super) const LANES: usize = 32;
/// Positions probed at once.
const PROBED: usize = 256;
/// Needle bytes compared before the block's marks are checked.
const GROUP: usize = 8;
/// Up to this many marks of a block are verified one by one.
const FEW: u64 = 64;

/// Three bytes of a needle that are probed first.
#[derive(Clone, Copy)]
pub(super) struct Probe {
    offsets: [usize; 3],
    bytes: [u8; 3],
}

impl Probe {
    /// `None` for a needle of one byte. A needle of two bytes repeats one of them.
    #[inline]
    pub(super) fn new(needle: &[u8]) -> Option<Self> {
        let pair = Pair::new(needle)?;
        let (one, two) = (usize::from(pair.index1()), usize::from(pair.index2()));
        let last = needle.len() - 1;
        let three = [last, 0, 1]
            .into_iter()
            .find(|offset| *offset < needle.len() && ![one, two].contains(offset))
            .unwrap_or(one);
        let offsets = [one, two, three];
        Some(Self {
            offsets,
            bytes: offsets.map(|offset| needle[offset]),
        })
    }
}

/// Whether the needle may match somewhere: whether the first `N` of the three bytes match at their
/// offsets.
#[inline(always)]
pub(super) fn probe<const N: usize>(text: &[u8], probe: Probe, positions: usize) -> bool {
    let Probe { offsets, bytes } = probe;
    if positions < PROBED {
        return true;
    }
    let [one, two, three] = offsets.map(|offset| &text[offset..offset + positions]);
    let mut at = 0;
    loop {
        let mut hits = [0; PROBED];
        let lanes = at..at + PROBED;
        let (one, two, three) = (&one[lanes.clone()], &two[lanes.clone()], &three[lanes]);
        for lane in 0..PROBED {
            let mut hit = (one[lane] == bytes[0]) & (two[lane] == bytes[1]);
            if N > 2 {
                hit &= three[lane] == bytes[2];
            }
            hits[lane] = 0u8.wrapping_sub(u8::from(hit));
        }
        // A comparison of the array with zeros would compile to a call to `memcmp` for every block.
        if any(&hits) {
            return true;
        }
        if at + PROBED == positions {
            return false;
        }
        at = (at + PROBED).min(positions - PROBED);
    }
}

/// Marks each position where the needle matches with 255, all others with 0; returns whether there
/// is a match.
#[inline(always)]
pub(super) fn mark<const SCALAR: bool>(text: &[u8], needle: &[u8], marks: &mut [u8]) -> bool {
    if SCALAR || marks.len() < LANES {
        let mut any = false;
        for (position, mark) in marks.iter_mut().enumerate() {
            let hit = text[position..].starts_with(needle);
            any |= hit;
            *mark = 0u8.wrapping_sub(u8::from(hit));
        }
        return any;
    }
    match needle.len() {
        1 => compare::<1, false>(text, needle, marks),
        2 => compare::<2, false>(text, needle, marks),
        3 => compare::<3, false>(text, needle, marks),
        4 => compare::<4, false>(text, needle, marks),
        5 => compare::<5, false>(text, needle, marks),
        6 => compare::<6, false>(text, needle, marks),
        7 => compare::<7, false>(text, needle, marks),
        length => {
            let mut any = compare::<GROUP, false>(text, &needle[..GROUP], marks);
            let mut compared = GROUP;
            if any && length > 2 * GROUP && count(marks) <= FEW {
                any = keep_whole(text, needle, marks);
                compared = length;
            }
            while any && compared < length {
                // The last group has the same length and compares some bytes again.
                let start = compared.min(length - GROUP);
                any = compare::<GROUP, true>(&text[start..], &needle[start..], marks);
                compared += GROUP;
            }
            any
        }
    }
}

/// Verifies the marks one by one and clears false ones; returns whether any is left.
#[inline(always)]
fn keep_whole(text: &[u8], needle: &[u8], marks: &mut [u8]) -> bool {
    let mut any = false;
    let mut starts = [0; STARTS];
    for (part, marks) in marks.chunks_mut(LISTED).enumerate() {
        let count = list(marks, &mut starts);
        for &start in &starts[..count] {
            let start = usize::from(start);
            let hit = text[part * LISTED + start..].starts_with(needle);
            any |= hit;
            marks[start] = 0u8.wrapping_sub(u8::from(hit));
        }
    }
    any
}

/// Compares `K` bytes of a needle at each position; with `AND`, a mark is combined with the
/// existing one.
#[inline(always)]
fn compare<const K: usize, const AND: bool>(text: &[u8], group: &[u8], marks: &mut [u8]) -> bool {
    let mut bytes = [0; K];
    bytes.copy_from_slice(&group[..K]);
    let mut any = [0; LANES];
    let mut at = 0;
    loop {
        let window = &text[at..at + LANES - 1 + K];
        let lanes = &mut marks[at..at + LANES];
        for lane in 0..LANES {
            let mut hit = true;
            for (offset, &byte) in bytes.iter().enumerate() {
                hit &= window[lane + offset] == byte;
            }
            let mark = 0u8.wrapping_sub(u8::from(hit));
            lanes[lane] = if AND { lanes[lane] & mark } else { mark };
            any[lane] |= lanes[lane];
        }
        // The last lanes may overlap the previous ones: comparing twice gives the same mark.
        if at + LANES == marks.len() {
            return any != [0; LANES];
        }
        at = (at + LANES).min(marks.len() - LANES);
    }
}

/// Clears marks that overlap an earlier match.
#[inline(always)]
pub(super) fn keep_leftmost(marks: &mut [u8], length: usize) {
    let covered = if length < 8 {
        !(u64::MAX << (length * 8))
    } else {
        u64::MAX
    };
    let mut free = 0;
    let (words, rest) = marks.as_chunks_mut::<8>();
    let start_of_rest = words.len() * 8;
    for (index, bytes) in words.iter_mut().enumerate() {
        let start = index * 8;
        let mut word = u64::from_le_bytes(*bytes);
        if free > start {
            word &= u64::MAX.checked_shl((free - start) as u32 * 8).unwrap_or(0);
        }
        let mut kept = 0;
        while word != 0 {
            let bit = word.trailing_zeros();
            kept |= 0xff << bit;
            free = start + bit as usize / 8 + length;
            word &= !(covered << bit);
        }
        *bytes = u64::to_le_bytes(kept);
    }
    for (index, mark) in rest.iter_mut().enumerate() {
        let position = start_of_rest + index;
        if position < free {
            *mark = 0;
        } else if *mark != 0 {
            free = position + length;
        }
    }
}

/// Marks listed at once, so that an offset fits into a byte.
pub(super) const LISTED: usize = 256;
/// Starts stored per word, whether it has that many or not. The trip count of a loop would be
/// unpredictable, and a mispredicted exit costs more than the wasted stores.
const SPECULATED: usize = 4;
/// Space for the starts, and for surplus entries that are overwritten.
pub(super) const STARTS: usize = LISTED + SPECULATED;

/// Lists the offsets of at most [`LISTED`] marks; returns how many there are.
#[inline(always)]
pub(super) fn list(marks: &[u8], starts: &mut [u8; STARTS]) -> usize {
    let mut count = 0;
    for (index, marks) in marks.chunks(64).enumerate() {
        let mut word = bits(marks);
        let start = index * 64;
        let last = count + word.count_ones() as usize;
        while word != 0 {
            for place in &mut starts[count..count + SPECULATED] {
                *place = (start + word.trailing_zeros() as usize) as u8;
                word &= word.wrapping_sub(1);
            }
            count += SPECULATED;
        }
        count = last;
    }
    count
}

/// One bit for each of at most 64 marks.
#[inline(always)]
fn bits(marks: &[u8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Gathers the lowest bit of each byte in the highest byte, in order.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (eights, rest) = marks.as_chunks::<8>();
    let mut bits = 0;
    for (index, eight) in eights.iter().enumerate() {
        let gathered = (u64::from_le_bytes(*eight) & ONES).wrapping_mul(GATHER) >> 56;
        bits |= gathered << (index * 8);
    }
    for (index, &mark) in rest.iter().enumerate() {
        bits |= u64::from(mark & 1) << (eights.len() * 8 + index);
    }
    bits
}

/// Whether there is a mark.
#[inline(always)]
pub(super) fn any(marks: &[u8]) -> bool {
    marks.iter().fold(0, |any, mark| any | mark) != 0
}

#[inline(always)]
pub(super) fn count(marks: &[u8]) -> u64 {
    // A lane counts at most 1024 / 32 marks, which fits into a byte.
    let mut lanes = [0u8; LANES];
    let (chunks, rest) = marks.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &mark) in lanes.iter_mut().zip(chunk) {
            *lane = lane.wrapping_sub(mark);
        }
    }
    let sum: u16 = lanes.iter().map(|&lane| u16::from(lane)).sum();
    let rest: u16 = rest.iter().map(|&mark| u16::from(mark & 1)).sum();
    u64::from(sum + rest)
}

/// The end of the last marked match if it extends past the last position, otherwise 0.
#[inline(always)]
pub(super) fn end_of_last(marks: &[u8], length: usize) -> usize {
    let start = (marks.len() + 1).saturating_sub(length);
    match marks[start..].iter().rposition(|&mark| mark != 0) {
        Some(position) => start + position + length,
        None => 0,
    }
}
