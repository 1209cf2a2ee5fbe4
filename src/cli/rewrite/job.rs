//! The rewriting of each file: one pair by an algorithm of the registry, or many pairs at once.

use std::io::{BufRead as _, Read, Write};

use benchlens_suite::rewrite::registry::default_for;
use benchlens_suite::rewrite::{Error, Replacer, Rewriter, Substitution};

use super::super::Usage;
use super::encoding::Headed;

/// A needle and its replacement.
type Pair = (Vec<u8>, Vec<u8>);

pub(super) enum Job {
    One(Pair, &'static Rewriter),
    Many(Vec<Pair>, Replacer),
}

/// The result of rewriting a file.
pub(super) struct Done {
    /// How many replacements there were.
    pub(super) count: u64,
    /// Whether there were none and the file is UTF-16, in which the needles cannot occur.
    pub(super) is_utf16: bool,
}

impl Job {
    /// A job with the requested algorithm, or the fastest that fits.
    pub(super) fn new(
        mut pairs: Vec<Pair>,
        algorithm: Option<&'static Rewriter>,
    ) -> anyhow::Result<Self> {
        if pairs.len() > 1 {
            if let Some(algorithm) = algorithm {
                return Err(Usage(format!(
                    "{} replaces one needle: leave --algorithm out, or give one --find",
                    algorithm.name
                ))
                .into());
            }
            let replacer = Replacer::many(pairs.iter().map(|(find, with)| (find, with)))?;
            return Ok(Self::Many(pairs, replacer));
        }
        let (needle, replacement) = pairs.pop().unwrap_or_default();
        let substitution = Substitution::new(&needle, &replacement)?;
        let rewriter = algorithm.unwrap_or_else(|| default_for(substitution));
        if !rewriter.supports(substitution) {
            return Err(Usage(format!(
                "{} needs a replacement as long as the needle, not {} bytes for {}: choose \
                 another --algorithm or leave it out",
                rewriter.name,
                replacement.len(),
                needle.len(),
            ))
            .into());
        }
        Ok(Self::One((needle, replacement), rewriter))
    }

    /// Rewrites a stream.
    pub(super) fn rewrite(
        &self,
        reader: &mut dyn Read,
        writer: &mut dyn Write,
    ) -> Result<Done, Error> {
        let mut reader = Headed::new(reader);
        let count = match self {
            Self::One((needle, replacement), rewriter) => {
                let substitution = Substitution::new(needle, replacement)?;
                rewriter.rewrite_stream(&mut reader, substitution, writer)?
            }
            Self::Many(_, replacer) => replacer.replace_stream(&mut reader, writer)?,
        };
        Ok(Done {
            count,
            is_utf16: count == 0 && self.is_plain() && reader.is_utf16(),
        })
    }

    /// Reads until the first match. If there is none in the whole stream, returns the result of
    /// rewriting it. A failed read is left to the rewriting, which says where it failed.
    pub(super) fn without_match(&self, reader: &mut dyn Read) -> Result<Option<Done>, Error> {
        let replacer = match self {
            Self::One((needle, replacement), _) => Replacer::new(needle, replacement)?,
            Self::Many(_, replacer) => replacer.clone(),
        };
        let mut rewritten = replacer.reader(Headed::new(reader));
        while let Ok(piece) = rewritten.fill_buf() {
            let length = piece.len();
            if rewritten.replacements() > 0 {
                break;
            }
            if length == 0 {
                return Ok(Some(Done {
                    count: 0,
                    is_utf16: self.is_plain() && rewritten.get_ref().is_utf16(),
                }));
            }
            rewritten.consume(length);
        }
        Ok(None)
    }

    /// Whether no needle has a zero byte; a needle meant for UTF-16 usually has one.
    fn is_plain(&self) -> bool {
        let pairs = match self {
            Self::One(pair, _) => std::slice::from_ref(pair),
            Self::Many(pairs, _) => pairs,
        };
        pairs.iter().all(|(needle, _)| !needle.contains(&0))
    }
}
