//! Finds every occurrence of a needle in a block of bytes with SIMD, at a cost that does not depend
//! on the bytes.
//!
//! **Idea**: no search. All bytes of the needle are compared at all positions of the block, 32
//! positions at once, and each position gets a mark. A search that skips, such as `memmem`, pays
//! for each restart and each false candidate, so it has adversarial inputs; this has none. Needle
//! bytes are compared in groups of eight; a block without a mark after a group is done. Two rare
//! bytes are probed first, a stretch at a time, as long as that saves work. If only the first byte
//! of a match changes, one pass is enough (`first_byte`). Output much larger than the cache is
//! written with nontemporal stores (`copy`). Unequal lengths go to a writer (`append`).
//!
//! **Time**: 2 comparisons of 32 bytes per 32 positions if matches are rare, `m` at worst.
//! **Space**: one kibibyte of marks on the stack; two more for unequal lengths.
//!
//! **Measured**: the rows `in place` and `source to destination` in
//! results/record/2026-11-24-x86_64-2-cores/limits.csv.
//!
//! **Paths**: one portable body, compiled once with AVX2, which is selected at run time, and once
//! for the target's baseline (SSE2 on x86-64). Fewer than 32 remaining positions are compared one
//! by one.

use std::io::Write;

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
use super::nontemporal::{LINE, Nontemporal};
use super::sink::Sink;
use super::{Error, Substitution};
use append::{append, count_all};
use copy::copy;
use first_byte::{FirstByte, ONE_PASS};
use marks::{BLOCK, LANES, LISTED, Probe, STARTS, count, end_of_last, keep_leftmost, list, mark};
use prefilter::Prefilter;

mod append;
mod copy;
mod first_byte;
mod marks;
mod prefilter;

/// The longest needle for which comparing every position is worth it.
pub(super) const LONGEST_NEEDLE: usize = 64;
/// A text up to this long is compared at its source, and copied as a whole.
pub(super) const SHORT: usize = 256;
/// Up to this many changed bytes are blended at every position by its mark, without a branch.
const BLENDED: usize = 8;
/// A text longer than this is not in the cache, and is prefetched.
const CACHED: usize = 1 << 20;
/// The prefetch distance; the fastest of 512 bytes to 8 KiB.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 8 * 1024;
/// The instruction set that the body was compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// 256-bit vectors.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// The target's baseline: SSE2 on x86-64.
    Baseline,
    /// One position at a time: the reference for tests of the SIMD paths.
    #[cfg_attr(not(test), allow(dead_code, reason = "only forced by the tests"))]
    Scalar,
}

impl Path {
    /// The fastest one on this machine.
    #[inline]
    pub(super) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Avx2::detect() {
            return Self::Avx2(avx2);
        }
        Self::Baseline
    }

    /// All paths that this machine supports.
    #[cfg(test)]
    pub(super) fn available() -> Vec<Self> {
        let mut paths = vec![Self::best(), Self::Baseline, Self::Scalar];
        paths.dedup();
        paths
    }
}

/// A prepared substitution, to be applied block by block.
pub(super) struct Prepared<'a> {
    needle: &'a [u8],
    replacement: &'a [u8],
    plan: Plan,
}

/// Properties of a substitution, computed once.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    path: Path,
    /// Whether two occurrences can overlap.
    overlaps: bool,
    /// How many bytes of a match the replacement changes.
    changed: usize,
    /// Set if one pass over the bytes is enough.
    first_byte: Option<FirstByte>,
    /// The three rarest bytes of the needle; computed for the first text that is long enough.
    probe: Option<Probe>,
}

/// The result of processing a run of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// How many matches were replaced.
    pub(super) replacements: u64,
    /// How many bytes are decided. The rest, shorter than the needle, may begin a match.
    pub(super) decided: usize,
    /// How many of them were written to the output, if there is one.
    pub(super) copied: usize,
}

impl Plan {
    /// `None` for a needle of more than [`LONGEST_NEEDLE`] bytes.
    #[inline]
    pub(super) fn new(path: Path, substitution: Substitution<'_>) -> Option<Self> {
        let (needle, replacement) = (substitution.needle(), substitution.replacement());
        if needle.len() > LONGEST_NEEDLE {
            return None;
        }
        let overlaps = has_border(needle);
        Some(Self {
            path,
            overlaps,
            first_byte: if overlaps {
                None
            } else {
                FirstByte::new(needle, replacement)
            },
            changed: needle
                .iter()
                .zip(replacement)
                .filter(|(old, new)| old != new)
                .count(),
            probe: None,
        })
    }

    /// Like `new`, but prepares everything that a long text needs, for a plan that is used more
    /// than once.
    pub(super) fn complete(substitution: Substitution<'_>) -> Option<Self> {
        Some(Self {
            probe: Probe::new(substitution.needle()),
            ..Self::new(Path::best(), substitution)?
        })
    }
}

impl<'a> Prepared<'a> {
    /// `None` for a needle of more than [`LONGEST_NEEDLE`] bytes.
    #[inline]
    pub(super) fn new(path: Path, substitution: Substitution<'a>) -> Option<Self> {
        Some(Self::planned(Plan::new(path, substitution)?, substitution))
    }

    /// From a plan made for this substitution.
    #[inline]
    pub(super) const fn planned(plan: Plan, substitution: Substitution<'a>) -> Self {
        Self {
            needle: substitution.needle(),
            replacement: substitution.replacement(),
            plan,
        }
    }

    /// Prepares for a text of that length.
    #[inline]
    fn prepare(&mut self, text: usize) {
        if text > BLOCK && self.plan.probe.is_none() {
            self.plan.probe = Probe::new(self.needle);
        }
    }

    /// Replaces matches in place; lengths must be equal.
    #[inline]
    pub(super) fn in_place(&mut self, bytes: &mut [u8]) -> Progress {
        debug_assert_eq!(self.needle.len(), self.replacement.len());
        self.prepare(bytes.len());
        match self.plan.path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the path holds the proof that the processor has AVX2.
            Path::Avx2(_) => unsafe { in_place_avx2(self, bytes) },
            Path::Baseline => in_place::<false>(self, bytes),
            Path::Scalar => in_place::<true>(self, bytes),
        }
    }

    /// Fills `output` with all of `bytes`, rewritten; lengths must be equal.
    pub(super) fn copy(&mut self, bytes: &[u8], output: Nontemporal<'_, '_>) -> u64 {
        debug_assert_eq!(self.needle.len(), self.replacement.len());
        match self.plan.path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the path holds the proof that the processor has AVX2.
            Path::Avx2(_) => unsafe { copy_avx2(self, bytes, output) },
            Path::Baseline => copy::<false>(self, bytes, output),
            Path::Scalar => copy::<true>(self, bytes, output),
        }
    }

    /// Appends all of a text of at most [`SHORT`] bytes, rewritten, to `output`; lengths must be equal.
    ///
    /// The text is compared at its source: loads from what was just written would wait for the stores.
    #[inline]
    pub(super) fn copy_short(&self, bytes: &[u8], output: &mut Vec<u8>) -> u64 {
        debug_assert_eq!(self.needle.len(), self.replacement.len());
        let start = output.len();
        output.extend_from_slice(bytes);
        let output = &mut output[start..];
        let Some(first_byte) = self.plan.first_byte.filter(|_| bytes.len() >= ONE_PASS) else {
            return self.copy_short_marked(bytes, output);
        };
        match self.plan.path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the path holds the proof that the processor has AVX2.
            Path::Avx2(_) => unsafe { copy_whole_avx2(first_byte, self.needle, bytes, output) },
            Path::Baseline => first_byte.copy_whole(bytes, self.needle, output),
            Path::Scalar => self.copy_short_marked(bytes, output),
        }
    }

    #[inline(never)]
    fn copy_short_marked(&self, bytes: &[u8], output: &mut [u8]) -> u64 {
        match self.plan.path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the path holds the proof that the processor has AVX2.
            Path::Avx2(_) => unsafe { copy_marked_avx2(self, bytes, output) },
            Path::Baseline => copy_marked::<false>(self, bytes, output),
            Path::Scalar => copy_marked::<true>(self, bytes, output),
        }
    }

    /// How many matches there are.
    pub(super) fn count(&mut self, bytes: &[u8]) -> u64 {
        self.prepare(bytes.len());
        match self.plan.path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the path holds the proof that the processor has AVX2.
            Path::Avx2(_) => unsafe { count_avx2(self, bytes) },
            Path::Baseline => count_all::<false>(self, bytes),
            Path::Scalar => count_all::<true>(self, bytes),
        }
    }

    /// Writes the decided bytes, rewritten, up to the end of the last match.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    #[inline]
    pub(super) fn append<W: Write>(
        &mut self,
        bytes: &[u8],
        sink: &mut Sink<W>,
    ) -> Result<Progress, Error> {
        self.prepare(bytes.len());
        match self.plan.path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the path holds the proof that the processor has AVX2.
            Path::Avx2(_) => unsafe { append_avx2(self, bytes, sink) },
            Path::Baseline => append::<false, W>(self, bytes, sink),
            Path::Scalar => append::<true, W>(self, bytes, sink),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn in_place_avx2(prepared: &mut Prepared<'_>, bytes: &mut [u8]) -> Progress {
    in_place::<false>(prepared, bytes)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn copy_whole_avx2(first_byte: FirstByte, needle: &[u8], bytes: &[u8], output: &mut [u8]) -> u64 {
    first_byte.copy_whole(bytes, needle, output)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn copy_marked_avx2(prepared: &Prepared<'_>, bytes: &[u8], output: &mut [u8]) -> u64 {
    copy_marked::<false>(prepared, bytes, output)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn copy_avx2(prepared: &mut Prepared<'_>, bytes: &[u8], output: Nontemporal<'_, '_>) -> u64 {
    copy::<false>(prepared, bytes, output)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn count_avx2(prepared: &mut Prepared<'_>, bytes: &[u8]) -> u64 {
    count_all::<false>(prepared, bytes)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn append_avx2<W: Write>(
    prepared: &mut Prepared<'_>,
    bytes: &[u8],
    sink: &mut Sink<W>,
) -> Result<Progress, Error> {
    append::<false, W>(prepared, bytes, sink)
}

/// Prefetches the `length` bytes that lie [`AHEAD`] bytes after `at`.
#[inline(always)]
fn prefetch(bytes: &[u8], at: usize, length: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(block) = bytes.get(at + AHEAD..at + AHEAD + length) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        for line in block.chunks(LINE) {
            // SAFETY: the address is that of a byte of the slice. Gain: faster in-place replacement
            // of texts beyond the cache, see "What did not help" in results/README.md.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (bytes, at, length);
}

#[inline(always)]
fn in_place<const SCALAR: bool>(prepared: &mut Prepared<'_>, bytes: &mut [u8]) -> Progress {
    let length = prepared.needle.len();
    let mut replacements = 0;
    let mut at = 0;
    let mut prefilter = Prefilter::default();
    let far = bytes.len() > CACHED;
    // After a shorter first block, all others are aligned to a cache line.
    let mut block = BLOCK - bytes.as_ptr().addr() % LINE;
    while bytes.len() - at >= length {
        let clear = prefilter.clear_prefix::<SCALAR>(&bytes[at..], prepared);
        if far {
            prefetch(bytes, at, clear.max(BLOCK));
        }
        if clear > 0 {
            at += clear;
            continue;
        }
        let positions = (bytes.len() - at - length + 1).min(block);
        block = BLOCK;
        let text = &mut bytes[at..at + positions + length - 1];
        let mut advance = positions;
        let found = match prepared.plan.first_byte {
            Some(first_byte) if !SCALAR && positions >= LANES => {
                first_byte.change(text, prepared.needle)
            }
            _ => {
                let mut marks = [0; BLOCK];
                let marks = &mut marks[..positions];
                if mark::<SCALAR>(text, prepared.needle, marks) {
                    if prepared.plan.overlaps {
                        keep_leftmost(marks, length);
                    }
                    advance = advance.max(end_of_last(marks, length));
                    let found = count(marks);
                    apply(prepared, text, marks);
                    found
                } else {
                    0
                }
            }
        };
        prefilter.saw(found);
        replacements += found;
        at += advance;
    }
    Progress {
        replacements,
        decided: at,
        copied: 0,
    }
}

/// Rewrites `output`, which is a copy of `bytes`; returns the number of matches.
#[inline(always)]
fn copy_marked<const SCALAR: bool>(
    prepared: &Prepared<'_>,
    bytes: &[u8],
    output: &mut [u8],
) -> u64 {
    let length = prepared.needle.len();
    let Some(positions) = (bytes.len() + 1).checked_sub(length).filter(|&it| it > 0) else {
        return 0;
    };
    let mut marks = [0; SHORT];
    let marks = &mut marks[..positions];
    if !mark::<SCALAR>(bytes, prepared.needle, marks) {
        return 0;
    }
    if prepared.plan.overlaps {
        keep_leftmost(marks, length);
    }
    apply(prepared, output, marks);
    count(marks)
}

/// Writes the replacement over all marked matches.
#[inline(always)]
fn apply(prepared: &Prepared<'_>, text: &mut [u8], marks: &[u8]) {
    if prepared.plan.changed <= BLENDED {
        blend(text, marks, prepared.needle, prepared.replacement);
    } else {
        overwrite(text, marks, prepared.replacement);
    }
}

/// Writes the replacement over each marked match, one after the other.
#[inline(always)]
fn overwrite(text: &mut [u8], marks: &[u8], replacement: &[u8]) {
    let mut starts = [0; STARTS];
    for (part, marks) in marks.chunks(LISTED).enumerate() {
        let count = list(marks, &mut starts);
        for &start in &starts[..count] {
            let start = part * LISTED + usize::from(start);
            text[start..start + replacement.len()].copy_from_slice(replacement);
        }
    }
}

/// Blends the bytes that the replacement changes into all marked matches at once.
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

/// Whether a proper prefix of the needle is also a suffix, so that occurrences can overlap.
fn has_border(needle: &[u8]) -> bool {
    let starts = (1..needle.len()).filter(|&start| needle[start] == needle[0]);
    starts
        .into_iter()
        .any(|start| needle.starts_with(&needle[start..]))
}

#[cfg(test)]
mod tests;
