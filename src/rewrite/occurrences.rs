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

use super::Substitution;
use marks::{BLOCK, Probe, count, end_of_last, keep_leftmost, list, mark, probe};

mod marks;

/// The longest needle for which comparing everything is worth it.
pub(super) const LONGEST_NEEDLE: usize = 64;
/// The longest replacement of another length than the needle, so that the output of one block
/// stays small.
pub(super) const LONGEST_REPLACEMENT: usize = 64;
/// Up to this many changed bytes are written at every position by mark, without a branch.
const BLENDED: usize = 8;
/// Gaps and replacements up to this many bytes are copied as one store of this size.
const WIDE: usize = LONGEST_REPLACEMENT;
/// Likewise, where so few are enough.
const NARROW: usize = 16;
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
            let matches = count(marks);
            replacements += matches;
            let replacement = replacer.replacement.len();
            if length == 1 && replacement <= 8 && matches as usize > positions / 4 {
                output.extend_from_slice(&bytes[copied..at]);
                expand(text, marks, &replacer.wide, replacement, output);
                at += positions;
                copied = at;
                marked = true;
                continue;
            }
            let count = list(marks, &mut starts);
            let mut filled = 0;
            for &start in &starts[..count] {
                let start = at + usize::from(start);
                let gap = start - copied;
                if filled > STAGE - 2 * WIDE {
                    output.extend_from_slice(&stage[..filled]);
                    filled = 0;
                }
                match bytes[copied..].first_chunk() {
                    Some(wide) if gap <= WIDE => {
                        put(wide, gap, &mut stage, filled);
                        filled += gap;
                    }
                    _ => {
                        output.extend_from_slice(&stage[..filled]);
                        output.extend_from_slice(&bytes[copied..start]);
                        filled = 0;
                    }
                }
                put(
                    &replacer.wide,
                    replacer.replacement.len(),
                    &mut stage,
                    filled,
                );
                filled += replacer.replacement.len();
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

/// Byte by byte, without a branch: what stands there or its replacement of at most eight bytes.
#[inline(always)]
fn expand(text: &[u8], marks: &[u8], wide: &[u8; WIDE], replacement: usize, output: &mut Vec<u8>) {
    const WORD: usize = 8;
    const STRETCH: usize = 128;
    let word = wide
        .first_chunk()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes));
    for (text, marks) in text.chunks(STRETCH).zip(marks.chunks(STRETCH)) {
        let mut stage = [0; (STRETCH + 1) * WORD];
        let mut filled = 0;
        for (&byte, &mark) in text.iter().zip(marks) {
            let (store, length) = if mark == 0 {
                (u64::from(byte), 1)
            } else {
                (word, replacement)
            };
            stage[filled..filled + WORD].copy_from_slice(&store.to_le_bytes());
            filled += length;
        }
        output.extend_from_slice(&stage[..filled]);
    }
}

/// Stores at least the first `length` bytes of `wide`: a store of fixed size instead of a call.
#[inline(always)]
fn put(wide: &[u8; WIDE], length: usize, stage: &mut [u8; STAGE], filled: usize) {
    if length > NARROW {
        stage[filled..filled + WIDE].copy_from_slice(wide);
    } else if length > 0 {
        stage[filled..filled + NARROW].copy_from_slice(&wide[..NARROW]);
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
