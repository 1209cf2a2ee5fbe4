//! One compiled needle: compared at every position, or searched for if it is too long for that.

use std::io::{Read, Write};

use memchr::memmem::Finder;

use super::super::in_place::overwrite;
use super::super::many::Pair;
use super::super::occurrences::{Plan, Prepared, Progress};
use super::super::partial_match::longest_at_end;
use super::super::sink::Sink;
use super::super::{Error, Step, Substitution, buffers, chunked, vector, vector_copy};

pub(super) struct One {
    pair: Pair,
    way: Way,
}

enum Way {
    /// A needle of up to 64 bytes.
    Compared(Plan),
    Searched(Box<Finder<'static>>),
}

impl One {
    pub(super) fn new(needle: &[u8], replacement: &[u8]) -> Result<Self, Error> {
        let substitution = Substitution::new(needle, replacement)?;
        let searched = || Way::Searched(Box::new(Finder::new(needle).into_owned()));
        Ok(Self {
            way: Plan::complete(substitution).map_or_else(searched, Way::Compared),
            pair: Pair {
                needle: needle.into(),
                replacement: replacement.into(),
            },
        })
    }

    pub(super) const fn pair(&self) -> &Pair {
        &self.pair
    }

    fn substitution(&self) -> Substitution<'_> {
        Substitution {
            needle: &self.pair.needle,
            replacement: &self.pair.replacement,
        }
    }

    /// Appends all of `haystack`, rewritten; returns the number of replacements.
    pub(super) fn append(&self, haystack: &[u8], output: &mut Vec<u8>) -> u64 {
        let substitution = self.substitution();
        match &self.way {
            Way::Compared(plan) => {
                let prepared = Prepared::planned(*plan, substitution);
                vector_copy::rewrite_prepared(prepared, haystack, substitution, output)
                    .expect(TAKES_ALL)
            }
            Way::Searched(_) => self.step(haystack, true, output).count,
        }
    }

    pub(super) fn replace_in_place(&self, bytes: &mut [u8]) -> Result<u64, Error> {
        let substitution = self.substitution();
        substitution.require_equal_lengths()?;
        Ok(match &self.way {
            Way::Compared(plan) => {
                let mut prepared = Prepared::planned(*plan, substitution);
                prepared.in_place(bytes).replacements
            }
            Way::Searched(finder) => overwrite(bytes, finder, substitution).0,
        })
    }

    /// Rewrites `reader` to `writer`. With equal lengths each chunk is written as a whole; otherwise
    /// small pieces are gathered.
    pub(super) fn rewrite<R: Read, W: Write>(
        &self,
        mut reader: R,
        mut writer: W,
    ) -> Result<u64, Error> {
        if self.substitution().has_equal_lengths() {
            return self.rewrite_unbuffered(reader, writer);
        }
        buffers::between(&mut reader, &mut writer, |reader, writer| {
            self.rewrite_unbuffered(reader, writer)
        })
    }

    fn rewrite_unbuffered<R: Read, W: Write>(&self, reader: R, writer: W) -> Result<u64, Error> {
        let substitution = self.substitution();
        match &self.way {
            Way::Compared(plan) => {
                let prepared = Prepared::planned(*plan, substitution);
                vector::rewrite_prepared(prepared, reader, substitution, writer)
            }
            Way::Searched(finder) => chunked::rewrite_found(finder, reader, substitution, writer),
        }
    }

    /// Appends the decided part of `text`, rewritten; all of it if `is_last`.
    pub(super) fn step(&self, text: &[u8], is_last: bool, output: &mut Vec<u8>) -> Step {
        let substitution = self.substitution();
        let Progress {
            replacements,
            decided,
            copied,
        } = match &self.way {
            Way::Compared(plan) => {
                let mut prepared = Prepared::planned(*plan, substitution);
                if substitution.has_equal_lengths() {
                    let start = output.len();
                    output.extend_from_slice(text);
                    let progress = prepared.in_place(&mut output[start..]);
                    output.truncate(start + progress.decided);
                    Progress {
                        copied: progress.decided,
                        ..progress
                    }
                } else {
                    let sink = &mut Sink::new(&mut *output);
                    prepared.append(text, sink).expect(TAKES_ALL)
                }
            }
            Way::Searched(finder) => append_found(finder, text, substitution, output),
        };
        let carried = match is_last {
            true => 0,
            false => longest_at_end(&text[decided..], substitution.needle()),
        };
        let consumed = text.len() - carried;
        output.extend_from_slice(&text[copied..consumed]);
        Step {
            consumed,
            count: replacements,
        }
    }
}

const TAKES_ALL: &str = "a vector takes all that is written to it";

/// Appends `text`, rewritten, up to the end of the last match.
fn append_found(
    finder: &Finder<'_>,
    text: &[u8],
    substitution: Substitution<'_>,
    output: &mut Vec<u8>,
) -> Progress {
    let (mut replacements, mut done) = (0, 0);
    while let Some(distance) = finder.find(&text[done..]) {
        output.extend_from_slice(&text[done..done + distance]);
        output.extend_from_slice(substitution.replacement());
        done += distance + substitution.needle().len();
        replacements += 1;
    }
    Progress {
        replacements,
        decided: done,
        copied: done,
    }
}
