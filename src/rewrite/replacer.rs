//! A compiled replacement.

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
/// It is compiled once and can be used any number of times, from any number of threads; clones share
/// the compiled form. The [module](super#which-algorithm) says which algorithm it chooses.
///
/// # Complexity
///
/// For needles of m bytes in total and n bytes of input and output: building takes O(m) time and
/// space, a replacement O(n) time on any bytes. Only a needle that almost repeats itself costs a
/// stream up to O(m²) more at the end of each piece.
///
/// # Panics
///
/// None of its methods panics on any input. If memory runs out, the process is aborted.
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
    /// Compiles the replacement of `find`, which must not be empty, by `with`, which may be.
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

    /// Compiles the replacement of many needles, each by its own replacement.
    ///
    /// Of all matches, the one that begins first is replaced; of those that begin at the same
    /// position, that of the needle listed first. The search continues after the match: replacements
    /// are not searched. A needle with an earlier needle as its prefix never matches. Without any
    /// pair nothing is replaced.
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
    /// Allocates the output once if it is not longer than the input. To reuse an allocation, or to
    /// get the number of matches, use [`replace_into`](Self::replace_into).
    #[must_use]
    pub fn replace(&self, haystack: &[u8]) -> Vec<u8> {
        let mut output = Vec::with_capacity(haystack.len());
        self.replace_into(haystack, &mut output);
        output
    }

    /// Appends the rewritten `haystack` to `output` and returns the number of replacements.
    ///
    /// Allocates only if `output` has to grow. From 16 MiB on, and for one needle with a
    /// replacement of equal length, the output is written with nontemporal stores.
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

    /// Rewrites `bytes` in place and returns the number of replacements. Does not allocate, and
    /// writes only matches.
    ///
    /// # Errors
    ///
    /// [`Error::UnequalLengths`], if a needle and its replacement differ in length; then nothing is
    /// changed.
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

    /// Rewrites everything from `reader` to `writer`, flushes it, and returns the number of
    /// replacements.
    ///
    /// A match may span any number of reads. Memory is constant: about 64 KiB, or twice the longest
    /// needle if that is more. The result of a read is written before the next read, except for a
    /// possible partial match. Neither end needs its own buffer.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] and [`Error::Write`] with the offset; what was written until then is a
    /// prefix of the correct output. `Interrupted` calls are retried.
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

    /// A reader that rewrites the output of `reader`.
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

    /// A writer that rewrites its input and passes it to `writer`. Must be ended by
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

    /// The largest ratio of a replacement's length to its needle's, rounded up.
    fn growth(&self) -> usize {
        let pairs = match &*self.0 {
            Compiled::One(one) => std::slice::from_ref(one.pair()),
            Compiled::Many(many) => many.pairs(),
        };
        let growth = |pair: &Pair| pair.replacement.len().div_ceil(pair.needle.len());
        pairs.iter().map(growth).max().unwrap_or(0)
    }

    /// Appends the decided part of a piece of a stream to `output`, rewritten; all of it if
    /// `is_last`.
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
