//! Replaces many needles at once, with leftmost-first semantics.
//!
//! Of all matches, the one that begins first is replaced; of those that begin at the same position,
//! that of the needle listed first, as in an alternation of a regular expression. A needle with an
//! earlier needle as its prefix never matches, and is dropped.
//!
//! **Idea**: three stages. A filter finds, for 64 positions at once, where a needle may begin.
//! [`lookup`] finds which needle begins there. If a text has so many false candidates that lookups
//! cost more than they save, an automaton processes the next stretch, so that no text is slow.
//!
//! **Time**: O(n) on any text.
//! **Space**: 4 to 64 KiB for the filter and the lists, and a few words per needle. The automaton
//! is built for the first text that needs it.
//!
//! **From**: the filter for few needles is Teddy (from Hyperscan, by way of memchr and
//! aho-corasick). The filter for many is a table of grams, sampled as in Wu–Manber and in q-gram
//! filters. The automaton is aho-corasick's.

use std::convert::Infallible;
use std::fmt;
use std::io::{Read, Write};
use std::sync::OnceLock;

use super::sink::Sink;
use super::source::Source;
use super::{Error, Step};
use automaton::Automaton;
use filter::Filter;
use lookup::Lookup;
use scan::{Found, Scan};

mod automaton;
mod filter;
mod lookup;
mod open;
mod scan;

/// Bytes read at once; more if the longest needle requires it.
const CHUNK: usize = 64 * 1024;
/// Bytes gathered before they are written.
const GATHERED: usize = 32 * 1024;
/// A gap of at least this many bytes is written without copying.
const LONG_GAP: usize = 4 * 1024;

/// Needles and their replacements, compiled.
pub(super) struct Many {
    /// In list order, without those that never match.
    pairs: Vec<Pair>,
    filter: Filter,
    lookup: Lookup,
    /// Indices of the pairs, sorted by needle.
    sorted: Vec<u32>,
    longest: usize,
    has_equal_lengths: bool,
    automaton: OnceLock<Option<Automaton>>,
}

#[derive(Clone)]
pub(super) struct Pair {
    pub(super) needle: Box<[u8]>,
    pub(super) replacement: Box<[u8]>,
}

impl Many {
    /// # Errors
    ///
    /// [`Error::EmptyNeedle`].
    pub(super) fn new(mut pairs: Vec<Pair>) -> Result<Self, Error> {
        if pairs.iter().any(|pair| pair.needle.is_empty()) {
            return Err(Error::EmptyNeedle);
        }
        open::retain_reachable(&mut pairs);
        let needles: Vec<&[u8]> = pairs.iter().map(|pair| &*pair.needle).collect();
        Ok(Self {
            filter: Filter::new(&needles),
            lookup: Lookup::new(&needles),
            sorted: open::sorted(&needles),
            longest: needles.iter().map(|needle| needle.len()).max().unwrap_or(0),
            has_equal_lengths: pairs
                .iter()
                .all(|pair| pair.needle.len() == pair.replacement.len()),
            automaton: OnceLock::new(),
            pairs,
        })
    }

    /// Uses the given filter instead.
    #[cfg(test)]
    fn filtered_by(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    pub(super) fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Refuses pairs of unequal lengths.
    pub(super) fn require_equal_lengths(&self) -> Result<(), Error> {
        let unequal = |pair: &&Pair| pair.needle.len() != pair.replacement.len();
        match self.pairs.iter().find(unequal) {
            None => Ok(()),
            Some(pair) => Err(Error::UnequalLengths {
                needle: pair.needle.len(),
                replacement: pair.replacement.len(),
            }),
        }
    }

    /// Appends the decided part of `text` to `output`, rewritten; all of it if `is_last`.
    pub(super) fn step(&self, text: &[u8], is_last: bool, output: &mut Vec<u8>) -> Step {
        let result = self.write(text, is_last, &mut |bytes: &[u8]| {
            output.extend_from_slice(bytes);
            Ok(())
        });
        result.unwrap_or_else(|never: Infallible| match never {})
    }

    /// Rewrites the decided part of `text` in place; pairs of equal lengths only.
    pub(super) fn step_in_place(&self, text: &mut [u8], is_last: bool) -> Step {
        let mut count = 0;
        let mut scan = Scan::new(self, text, is_last);
        let mut found = Found::default();
        loop {
            let is_done = scan.fill(text, &mut found);
            for &(start, pair) in found.matches() {
                let replacement = &self.pairs[pair as usize].replacement;
                text[start..start + replacement.len()].copy_from_slice(replacement);
            }
            count += found.matches().len() as u64;
            if is_done {
                return Step {
                    consumed: scan.decided(),
                    count,
                };
            }
        }
    }

    /// Passes the decided part of `text` to `put`, piece by piece.
    fn write<E>(
        &self,
        text: &[u8],
        is_last: bool,
        put: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Step, E> {
        let (mut count, mut copied) = (0, 0);
        let mut scan = Scan::new(self, text, is_last);
        let mut found = Found::default();
        loop {
            let is_done = scan.fill(text, &mut found);
            for &(start, pair) in found.matches() {
                let Pair {
                    needle,
                    replacement,
                } = &self.pairs[pair as usize];
                put(&text[copied..start])?;
                put(replacement)?;
                copied = start + needle.len();
            }
            count += found.matches().len() as u64;
            if is_done {
                let consumed = scan.decided();
                put(&text[copied..consumed])?;
                return Ok(Step { consumed, count });
            }
        }
    }

    /// Rewrites `reader` to `writer`.
    pub(super) fn rewrite<R: Read, W: Write>(&self, reader: R, writer: W) -> Result<u64, Error> {
        let mut source = Source::new(reader);
        let mut sink = Sink::new(writer);
        let mut buffer = vec![0; CHUNK.max(2 * self.longest)];
        let mut gathered = Vec::new();
        let (mut carried, mut count) = (0, 0);
        loop {
            let read = source.read(&mut buffer[carried..])?;
            let text = &mut buffer[..carried + read];
            let is_last = read == 0;
            let step = if self.has_equal_lengths {
                let step = self.step_in_place(text, is_last);
                sink.write(&text[..step.consumed])?;
                step
            } else {
                let step = self.write(text, is_last, &mut |bytes: &[u8]| {
                    if gathered.len() + bytes.len() > GATHERED || bytes.len() >= LONG_GAP {
                        sink.write(&gathered)?;
                        gathered.clear();
                    }
                    if bytes.len() >= LONG_GAP {
                        return sink.write(bytes);
                    }
                    gathered.extend_from_slice(bytes);
                    Ok(())
                })?;
                sink.write(&gathered)?;
                gathered.clear();
                step
            };
            count += step.count;
            if is_last {
                sink.finish()?;
                return Ok(count);
            }
            let end = text.len();
            buffer.copy_within(step.consumed..end, 0);
            carried = end - step.consumed;
        }
    }

    /// The automaton; `None` if there are too many needles for its states.
    fn automaton(&self) -> Option<&Automaton> {
        let needles = || {
            self.pairs
                .iter()
                .map(|pair| &*pair.needle)
                .collect::<Vec<_>>()
        };
        let built = self.automaton.get_or_init(|| Automaton::new(&needles()));
        built.as_ref()
    }
}

impl fmt::Debug for Many {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.pairs).finish()
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            needle,
            replacement,
        } = self;
        let (needle, replacement) = (needle.escape_ascii(), replacement.escape_ascii());
        write!(formatter, "\"{needle}\" -> \"{replacement}\"")
    }
}

#[cfg(test)]
mod tests;
