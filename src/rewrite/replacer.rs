//! A replacement that is compiled once and used from anywhere.

use std::fmt;
use std::io::{Read, Write};
use std::sync::Arc;

use super::many::{Many, Pair};
use super::{Error, Step};
use one::One;

mod one;
mod pieces;
mod reader;
mod writer;

pub use reader::ReplaceReader;
pub use writer::ReplaceWriter;

/// Replaces one needle, or many, in slices, in place, and in streams.
///
/// It is compiled once and then used as often as one likes, from any number of threads; a clone
/// shares what was compiled. Which algorithm it takes is told in the [module](super#which-algorithm).
///
/// # Complexity
///
/// For needles of m bytes altogether and n bytes of input and output: building takes O(m) time and
/// space, a replacement O(n) time, whatever the bytes are. Only a needle that almost repeats itself
/// costs a stream up to O(m²) more at the end of each piece.
///
/// # Panics
///
/// None of its methods panics, on whatever bytes; if memory runs out, the process is aborted.
///
/// # Examples
///
/// ```
/// use benchlens_suite::rewrite::Replacer;
///
/// let replacer = Replacer::new("elvis", "Elvis")?;
/// assert_eq!(replacer.replace(b"an elvis"), b"an Elvis");
///
/// let mut bytes = *b"elvis, elvi";
/// assert_eq!(replacer.replace_in_place(&mut bytes)?, 1);
/// assert_eq!(&bytes, b"Elvis, elvi");
///
/// let mut output = Vec::new();
/// assert_eq!(replacer.replace_stream(&b"elviselvis"[..], &mut output)?, 2);
/// assert_eq!(output, b"ElvisElvis");
/// # Ok::<(), benchlens_suite::rewrite::Error>(())
/// ```
#[derive(Clone)]
pub struct Replacer(Arc<Compiled>);

enum Compiled {
    One(One),
    Many(Box<Many>),
}

impl Replacer {
    /// Compiles the replacement of `find`, which may not be empty, by `with`, which may.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyNeedle`].
    ///
    /// # Examples
    ///
    /// ```
    /// use benchlens_suite::rewrite::Replacer;
    ///
    /// let crlf = Replacer::new(b"\r\n", b"\n")?;
    /// assert_eq!(crlf.replace(b"one\r\ntwo\r\n"), b"one\ntwo\n");
    /// assert!(Replacer::new("", "x").is_err());
    /// # Ok::<(), benchlens_suite::rewrite::Error>(())
    /// ```
    pub fn new(find: impl AsRef<[u8]>, with: impl AsRef<[u8]>) -> Result<Self, Error> {
        let one = One::new(find.as_ref(), with.as_ref())?;
        Ok(Self(Arc::new(Compiled::One(one))))
    }

    /// Compiles the replacement of many needles, each by its own.
    ///
    /// Of all matches the one that begins first is replaced, of those that begin at one place that of
    /// the needle listed first, and the search goes on behind it: what was put in is never searched.
    /// A needle that begins with one listed before it never matches. Without any pair nothing is
    /// replaced.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyNeedle`], if a needle is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use benchlens_suite::rewrite::Replacer;
    ///
    /// let escape = Replacer::many([("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")])?;
    /// assert_eq!(escape.replace(b"a < b && c"), b"a &lt; b &amp;&amp; c");
    ///
    /// let swap = Replacer::many([("one", "two"), ("two", "one")])?;
    /// assert_eq!(swap.replace(b"one two"), b"two one");
    ///
    /// let first = Replacer::many([("sam", "1"), ("samwise", "2")])?;
    /// assert_eq!(first.replace(b"samwise"), b"1wise");
    /// # Ok::<(), benchlens_suite::rewrite::Error>(())
    /// ```
    pub fn many<F, W>(pairs: impl IntoIterator<Item = (F, W)>) -> Result<Self, Error>
    where
        F: AsRef<[u8]>,
        W: AsRef<[u8]>,
    {
        let pairs = pairs.into_iter().map(|(find, with)| Pair {
            needle: find.as_ref().into(),
            replacement: with.as_ref().into(),
        });
        let pairs: Vec<_> = pairs.collect();
        let compiled = match pairs.as_slice() {
            [pair] => Compiled::One(One::new(&pair.needle, &pair.replacement)?),
            _ => Compiled::Many(Box::new(Many::new(pairs)?)),
        };
        Ok(Self(Arc::new(compiled)))
    }

    /// The rewritten `haystack`.
    ///
    /// Allocates the output once where it is not longer than the input. To reuse an allocation, or to
    /// know how many matches there were, take [`replace_into`](Self::replace_into).
    #[must_use]
    pub fn replace(&self, haystack: &[u8]) -> Vec<u8> {
        let mut output = Vec::with_capacity(haystack.len());
        self.replace_into(haystack, &mut output);
        output
    }

    /// Appends the rewritten `haystack` to `output` and returns the number of replacements.
    ///
    /// Allocates only where `output` has to grow. From 16 MiB on, and for one needle as long as its
    /// replacement, the output is written past the cache.
    ///
    /// ```
    /// # use benchlens_suite::rewrite::Replacer;
    /// let replacer = Replacer::new("elvis", "king")?;
    /// let mut output = b"> ".to_vec();
    /// assert_eq!(replacer.replace_into(b"elvis and elvis", &mut output), 2);
    /// assert_eq!(output, b"> king and king");
    /// # Ok::<(), benchlens_suite::rewrite::Error>(())
    /// ```
    pub fn replace_into(&self, haystack: &[u8], output: &mut Vec<u8>) -> u64 {
        match &*self.0 {
            Compiled::One(one) => one.append(haystack, output),
            Compiled::Many(many) => many.step(haystack, true, output).count,
        }
    }

    /// Rewrites `bytes` where they stand and returns the number of replacements. Allocates nothing,
    /// and writes only where a match is.
    ///
    /// # Errors
    ///
    /// [`Error::UnequalLengths`], if a needle and its replacement are not of one length; then
    /// nothing is changed.
    ///
    /// ```
    /// # use benchlens_suite::rewrite::Replacer;
    /// let mut bytes = *b"elvis";
    /// assert!(Replacer::new("elvis", "king")?.replace_in_place(&mut bytes).is_err());
    /// assert_eq!(&bytes, b"elvis");
    /// # Ok::<(), benchlens_suite::rewrite::Error>(())
    /// ```
    pub fn replace_in_place(&self, bytes: &mut [u8]) -> Result<u64, Error> {
        match &*self.0 {
            Compiled::One(one) => one.replace_in_place(bytes),
            Compiled::Many(many) => {
                many.require_equal_lengths()?;
                Ok(many.step_in_place(bytes, true).count)
            }
        }
    }

    /// Rewrites all that `reader` gives to `writer`, flushes it, and returns the number of
    /// replacements.
    ///
    /// A match may go across any number of reads. Memory stays constant: some 64 KiB, or twice the
    /// longest needle where that is more. What a read gives is written before the next read, but for
    /// what may be the beginning of a match. Neither end needs a buffer of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] and [`Error::Write`] with the offset; what was written until then is the
    /// beginning of the right output. An end that is `Interrupted` is tried again.
    ///
    /// ```
    /// # use benchlens_suite::rewrite::Replacer;
    /// use std::io;
    ///
    /// let replacer = Replacer::new("elvis", "king")?;
    /// let input = io::Cursor::new("long live elvis");
    /// let mut output = io::Cursor::new(Vec::new());
    /// assert_eq!(replacer.replace_stream(input, &mut output)?, 1);
    /// assert_eq!(output.into_inner(), b"long live king");
    /// # Ok::<(), benchlens_suite::rewrite::Error>(())
    /// ```
    pub fn replace_stream<R: Read, W: Write>(&self, reader: R, writer: W) -> Result<u64, Error> {
        match &*self.0 {
            Compiled::One(one) => one.rewrite(reader, writer),
            Compiled::Many(many) => many.rewrite(reader, writer),
        }
    }

    /// A reader of what `reader` gives, rewritten: for whoever reads on.
    ///
    /// ```
    /// # use benchlens_suite::rewrite::Replacer;
    /// use std::io::{BufRead, Read};
    ///
    /// let replacer = Replacer::new("elvis", "king")?;
    /// let mut lines = replacer.reader(&b"elvis\nand elvis"[..]).lines();
    /// assert_eq!(lines.next().unwrap().unwrap(), "king");
    /// assert_eq!(lines.next().unwrap().unwrap(), "and king");
    /// # Ok::<(), benchlens_suite::rewrite::Error>(())
    /// ```
    pub fn reader<R: Read>(&self, reader: R) -> ReplaceReader<R> {
        ReplaceReader::new(self.clone(), reader)
    }

    /// A writer that hands on to `writer` what is written to it, rewritten. To be ended by
    /// [`finish`](ReplaceWriter::finish).
    ///
    /// ```
    /// # use benchlens_suite::rewrite::Replacer;
    /// use std::io::Write;
    ///
    /// let mut writer = Replacer::new("elvis", "king")?.writer(Vec::new());
    /// write!(writer, "el")?;
    /// write!(writer, "vis")?;
    /// assert_eq!(writer.finish()?, b"king");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn writer<W: Write>(&self, writer: W) -> ReplaceWriter<W> {
        ReplaceWriter::new(self.clone(), writer)
    }

    /// How many times as long as its needle a replacement is at most, rounded up.
    fn growth(&self) -> usize {
        let pairs = match &*self.0 {
            Compiled::One(one) => std::slice::from_ref(one.pair()),
            Compiled::Many(many) => many.pairs(),
        };
        let growth = |pair: &Pair| pair.replacement.len().div_ceil(pair.needle.len());
        pairs.iter().map(growth).max().unwrap_or(0)
    }

    /// Appends to `output` what is settled of a piece of a stream, rewritten; all of it, where
    /// no more follows.
    fn step(&self, text: &[u8], is_last: bool, output: &mut Vec<u8>) -> Step {
        match &*self.0 {
            Compiled::One(one) => one.step(text, is_last, output),
            Compiled::Many(many) => many.step(text, is_last, output),
        }
    }
}

impl fmt::Debug for Replacer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Replacer")?;
        let mut list = formatter.debug_list();
        match &*self.0 {
            Compiled::One(one) => list.entry(&one.pair()),
            Compiled::Many(many) => list.entries(many.pairs()),
        };
        list.finish()
    }
}

/// The rewritten `haystack`: [`Replacer`] for a single use.
///
/// # Errors
///
/// [`Error::EmptyNeedle`].
///
/// ```
/// let rewritten = benchlens_suite::rewrite::replace(b"an elvis", "elvis", "Elvis")?;
/// assert_eq!(rewritten, b"an Elvis");
/// # Ok::<(), benchlens_suite::rewrite::Error>(())
/// ```
pub fn replace(
    haystack: &[u8],
    find: impl AsRef<[u8]>,
    with: impl AsRef<[u8]>,
) -> Result<Vec<u8>, Error> {
    Ok(Replacer::new(find, with)?.replace(haystack))
}
