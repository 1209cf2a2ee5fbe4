//! Every occurrence of a needle in a block of bytes, at a cost that does not depend on the bytes.
//!
//! **Idea**: no search. All bytes of the needle are compared at all positions of the block, 32
//! positions at once, and each position gets a mark. A search that skips, such as `memmem`, pays
//! for each restart and each false candidate, so there is always an input against it; this has
//! none. Groups of eight needle bytes are compared in a register; a block without a mark after
//! a group is done.
//!
//! **Time**: `min(m, 8)` comparisons of 32 bytes for 32 positions where matches are rare, `m` at
//! worst. **Space**: one kibibyte of marks.
//!
//! **Paths**: one portable body. It is compiled once with AVX2, chosen at run time, and once for
//! the target's baseline (SSE2 on x86-64); positions too few for 32 lanes are compared one by one.

use memchr::arch::all::packedpair::Pair;

use super::Substitution;

/// How many positions are marked at once.
const BLOCK: usize = 1024;
/// The longest needle for which comparing everything is worth it.
pub(super) const LONGEST_NEEDLE: usize = 64;
/// The longest replacement of another length than the needle, so that the output of one block
/// stays small.
pub(super) const LONGEST_REPLACEMENT: usize = 64;
/// Positions compared at once.
const LANES: usize = 32;
/// Positions probed at once.
const PROBED: usize = 128;
/// Needle bytes compared before the block's marks are looked at.
const GROUP: usize = 8;
/// Up to this many changed bytes are written at every position by mark, without a branch.
const BLENDED: usize = 8;
/// Gaps and replacements up to this many bytes are copied as one store of this size.
const WIDE: usize = 64;
/// Bytes gathered before they go to the output.
const STAGE: usize = 2048;

/// Which instructions the body was compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What every processor of the target has: SSE2 on x86-64.
    Baseline,
    /// One position after the other.
    Scalar,
}

impl Path {
    /// The fastest one of this machine.
    #[inline]
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Self::Avx2;
        }
        Self::Baseline
    }

    /// All that this machine can run.
    pub fn available() -> Vec<Self> {
        let mut paths = vec![Self::best(), Self::Baseline, Self::Scalar];
        paths.dedup();
        paths
    }
}

/// A substitution made ready to be applied block by block.
pub(super) struct Replacer<'a> {
    path: Path,
    needle: &'a [u8],
    replacement: &'a [u8],
    /// Whether two occurrences can overlap.
    overlaps: bool,
    /// How many bytes of a match the replacement changes.
    changed: usize,
    /// Where the three rarest bytes of the needle stand in it, and what they are.
    probe: Option<Probe>,
    /// The first bytes of the replacement, to be stored whole.
    wide: [u8; WIDE],
    marks: [u8; BLOCK],
}

/// Three bytes of a needle that are looked for before all others.
#[derive(Clone, Copy)]
struct Probe {
    offsets: [usize; 3],
    bytes: [u8; 3],
}

impl Probe {
    /// Of a needle long enough for it to be worth it.
    #[inline]
    fn new(needle: &[u8]) -> Option<Self> {
        if needle.len() < 4 {
            return None;
        }
        let pair = Pair::new(needle)?;
        let (one, two) = (usize::from(pair.index1()), usize::from(pair.index2()));
        let last = needle.len() - 1;
        let three = [last, 0, 1]
            .into_iter()
            .find(|offset| ![one, two].contains(offset))?;
        let offsets = [one, two, three];
        Some(Self {
            offsets,
            bytes: offsets.map(|offset| needle[offset]),
        })
    }
}

/// What became of a run of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// How many matches were replaced.
    pub(super) replacements: u64,
    /// How many bytes are settled. The rest, shorter than the needle, may begin a match.
    pub(super) settled: usize,
    /// How many of them have gone to the output, where there is one.
    pub(super) copied: usize,
}

impl<'a> Replacer<'a> {
    /// `None` for a pair that is too long for this way.
    #[inline]
    pub(super) fn new(path: Path, substitution: Substitution<'a>) -> Option<Self> {
        let (needle, replacement) = (substitution.needle(), substitution.replacement());
        let long = !substitution.has_equal_lengths() && replacement.len() > LONGEST_REPLACEMENT;
        if needle.len() > LONGEST_NEEDLE || long {
            return None;
        }
        let mut wide = [0; WIDE];
        let length = replacement.len().min(WIDE);
        wide[..length].copy_from_slice(&replacement[..length]);
        Some(Self {
            path,
            needle,
            replacement,
            overlaps: has_border(needle),
            changed: needle
                .iter()
                .zip(replacement)
                .filter(|(old, new)| old != new)
                .count(),
            probe: Probe::new(needle),
            wide,
            marks: [0; BLOCK],
        })
    }

    /// Replaces matches where they stand; needle and replacement are of one length.
    #[inline]
    pub(super) fn in_place(&mut self, bytes: &mut [u8]) -> Progress {
        debug_assert_eq!(self.needle.len(), self.replacement.len());
        match self.path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: this path is only chosen where the processor has AVX2.
            Path::Avx2 => unsafe { in_place_avx2(self, bytes) },
            Path::Baseline => in_place::<false>(self, bytes),
            Path::Scalar => in_place::<true>(self, bytes),
        }
    }

    /// Appends to `output` what is settled, rewritten, up to the end of the last match.
    #[inline]
    pub(super) fn append(&mut self, bytes: &[u8], output: &mut Vec<u8>) -> Progress {
        match self.path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: this path is only chosen where the processor has AVX2.
            Path::Avx2 => unsafe { append_avx2(self, bytes, output) },
            Path::Baseline => append::<false>(self, bytes, output),
            Path::Scalar => append::<true>(self, bytes, output),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn in_place_avx2(replacer: &mut Replacer<'_>, bytes: &mut [u8]) -> Progress {
    in_place::<false>(replacer, bytes)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn append_avx2(replacer: &mut Replacer<'_>, bytes: &[u8], output: &mut Vec<u8>) -> Progress {
    append::<false>(replacer, bytes, output)
}

#[inline(always)]
fn in_place<const SCALAR: bool>(replacer: &mut Replacer<'_>, bytes: &mut [u8]) -> Progress {
    let length = replacer.needle.len();
    let mut replacements = 0;
    let mut at = 0;
    // Where the last block had a match, the next one is likely to: it is not probed first.
    let mut marked = false;
    while bytes.len() - at >= length {
        let positions = (bytes.len() - at - length + 1).min(BLOCK);
        let text = &mut bytes[at..at + positions + length - 1];
        let marks = &mut replacer.marks[..positions];
        let mut advance = positions;
        if (marked || probe::<SCALAR>(text, replacer.probe, positions))
            && mark::<SCALAR>(text, replacer.needle, marks)
        {
            if replacer.overlaps {
                keep_leftmost(marks, length);
            }
            replacements += count(marks);
            if replacer.changed <= BLENDED {
                blend(text, marks, replacer.needle, replacer.replacement);
            } else {
                overwrite(text, marks, replacer.replacement);
            }
            advance = advance.max(end_of_last(marks, length));
            marked = true;
        } else {
            marked = false;
        }
        at += advance;
    }
    Progress {
        replacements,
        settled: at,
        copied: 0,
    }
}

#[inline(always)]
fn append<const SCALAR: bool>(
    replacer: &mut Replacer<'_>,
    bytes: &[u8],
    output: &mut Vec<u8>,
) -> Progress {
    let length = replacer.needle.len();
    let mut stage = [0; STAGE];
    let mut starts = [0; BLOCK];
    let mut replacements = 0;
    let mut copied = 0;
    let mut at = 0;
    let mut marked = false;
    while bytes.len() - at >= length {
        let positions = (bytes.len() - at - length + 1).min(BLOCK);
        let text = &bytes[at..at + positions + length - 1];
        let marks = &mut replacer.marks[..positions];
        let mut advance = positions;
        if (marked || probe::<SCALAR>(text, replacer.probe, positions))
            && mark::<SCALAR>(text, replacer.needle, marks)
        {
            if replacer.overlaps {
                keep_leftmost(marks, length);
            }
            advance = advance.max(end_of_last(marks, length));
            let count = list(marks, &mut starts);
            replacements += count as u64;
            let mut filled = 0;
            for &start in &starts[..count] {
                let start = at + usize::from(start);
                let gap = start - copied;
                if filled > STAGE - 2 * WIDE {
                    output.extend_from_slice(&stage[..filled]);
                    filled = 0;
                }
                match bytes[copied..].first_chunk::<WIDE>() {
                    Some(wide) if gap <= WIDE => {
                        stage[filled..filled + WIDE].copy_from_slice(wide);
                        filled += gap;
                    }
                    _ => {
                        output.extend_from_slice(&stage[..filled]);
                        output.extend_from_slice(&bytes[copied..start]);
                        filled = 0;
                    }
                }
                if replacer.replacement.len() <= WIDE {
                    stage[filled..filled + WIDE].copy_from_slice(&replacer.wide);
                    filled += replacer.replacement.len();
                } else {
                    output.extend_from_slice(&stage[..filled]);
                    output.extend_from_slice(replacer.replacement);
                    filled = 0;
                }
                copied = start + length;
            }
            output.extend_from_slice(&stage[..filled]);
            marked = true;
        } else {
            marked = false;
        }
        at += advance;
    }
    Progress {
        replacements,
        settled: at,
        copied,
    }
}

/// Whether the needle may stand somewhere: three of its bytes do, each in its place.
#[inline(always)]
fn probe<const SCALAR: bool>(text: &[u8], probe: Option<Probe>, positions: usize) -> bool {
    let Some(Probe { offsets, bytes }) = probe else {
        return true;
    };
    if SCALAR || positions < PROBED {
        return true;
    }
    let [one, two, three] = offsets.map(|offset| &text[offset..offset + positions]);
    let mut any = [0; PROBED];
    let mut at = 0;
    loop {
        let lanes = at..at + PROBED;
        let (one, two, three) = (&one[lanes.clone()], &two[lanes.clone()], &three[lanes]);
        for lane in 0..PROBED {
            let hit = (one[lane] == bytes[0]) & (two[lane] == bytes[1]) & (three[lane] == bytes[2]);
            any[lane] |= 0u8.wrapping_sub(u8::from(hit));
        }
        if at + PROBED == positions {
            return any != [0; PROBED];
        }
        at = (at + PROBED).min(positions - PROBED);
    }
}

/// Marks each position where the needle stands with 255, all others with 0; whether there is one.
#[inline(always)]
fn mark<const SCALAR: bool>(text: &[u8], needle: &[u8], marks: &mut [u8]) -> bool {
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
            while any && compared < length {
                // The last group is as long as the others: it compares some bytes again.
                let start = compared.min(length - GROUP);
                any = compare::<GROUP, true>(&text[start..], &needle[start..], marks);
                compared += GROUP;
            }
            any
        }
    }
}

/// Compares `K` bytes of a needle at each position; with `AND` a mark also needs the one before.
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
        // The last lanes may overlap the ones before: comparing twice gives the same mark.
        if at + LANES == marks.len() {
            return any != [0; LANES];
        }
        at = (at + LANES).min(marks.len() - LANES);
    }
}

/// Takes the marks away that overlap a kept one before them.
#[inline(always)]
fn keep_leftmost(marks: &mut [u8], length: usize) {
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

/// Writes down where the marks are; how many there are.
#[inline(always)]
fn list(marks: &[u8], starts: &mut [u16; BLOCK]) -> usize {
    let mut count = 0;
    let (words, rest) = marks.as_chunks::<8>();
    for (index, bytes) in words.iter().enumerate() {
        let mut word = u64::from_le_bytes(*bytes) & 0x0101_0101_0101_0101;
        while word != 0 {
            starts[count] = (index * 8 + word.trailing_zeros() as usize / 8) as u16;
            count += 1;
            word &= word - 1;
        }
    }
    for (index, &mark) in rest.iter().enumerate() {
        if mark != 0 {
            starts[count] = (words.len() * 8 + index) as u16;
            count += 1;
        }
    }
    count
}

#[inline(always)]
fn count(marks: &[u8]) -> u64 {
    // A lane sums at most 1024 / 32 marks, so a byte is enough.
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

/// Where the last marked match ends, if it is one that reaches over the last position.
#[inline(always)]
fn end_of_last(marks: &[u8], length: usize) -> usize {
    let start = (marks.len() + 1).saturating_sub(length);
    match marks[start..].iter().rposition(|&mark| mark != 0) {
        Some(position) => start + position + length,
        None => 0,
    }
}

/// Writes the replacement over each marked match, one after the other.
#[inline(always)]
fn overwrite(text: &mut [u8], marks: &[u8], replacement: &[u8]) {
    let mut starts = [0; BLOCK];
    let count = list(marks, &mut starts);
    for &start in &starts[..count] {
        let start = usize::from(start);
        text[start..start + replacement.len()].copy_from_slice(replacement);
    }
}

/// Writes what the replacement changes over all marked matches at once.
#[inline(always)]
fn blend(text: &mut [u8], marks: &[u8], needle: &[u8], replacement: &[u8]) {
    for (offset, (&old, &new)) in needle.iter().zip(replacement).enumerate() {
        if old != new {
            let text = &mut text[offset..offset + marks.len()];
            for (byte, &mark) in text.iter_mut().zip(marks) {
                *byte = (*byte & !mark) | (new & mark);
            }
        }
    }
}

/// Whether a proper prefix of the needle is also its suffix, so that occurrences can overlap.
fn has_border(needle: &[u8]) -> bool {
    (1..needle.len()).any(|length| needle.ends_with(&needle[..length]))
}

#[cfg(test)]
mod tests;
