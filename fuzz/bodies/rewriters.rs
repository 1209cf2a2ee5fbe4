//! One input of the fuzz target `rewriters`: needle, replacement, text, and the sizes of reads and
//! writes are derived from any bytes. Every rewriter, and the replacement of many needles, must
//! agree with the oracle.

use std::io::{self, Read, Write};

use benchlens_suite::rewrite::registry::REWRITERS;
use benchlens_suite::rewrite::{Replacer, Substitution, oracle};

/// How many bytes come before the text.
const HEAD: usize = 8;
/// Lengths of padding before the text, so that short inputs also cross the borders of vectors,
/// blocks and buffers; and the number of inputs of which one is padded, since long texts are slow.
const PADDING: [(usize, usize); 8] = [
    (0, 1),
    (0, 1),
    (0, 1),
    (0, 1),
    (0, 1),
    (27, 1),
    (1019, 16),
    (65_530, 2048),
];

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Some(case) = Case::new(data) else { return };
    let substitution = Substitution::new(&case.needle, &case.replacement).expect("never empty");
    let (expected, count) = oracle::rewrite(&case.text, substitution);
    for rewriter in REWRITERS.iter().filter(|row| row.supports(substitution)) {
        let (output, replaced) = (rewriter.rewrite_to_vec(&case.text, substitution))
            .unwrap_or_else(|error| panic!("{}: {error}", rewriter.name));
        let name = rewriter.name;
        assert!(output == expected, "{name} in memory: other output");
        assert_eq!(replaced, count, "{name} in memory: other count");
        let mut reader = Steps::new(case.text.as_slice(), case.reads);
        let mut writer = Steps::new(Vec::new(), case.writes);
        let replaced = rewriter
            .rewrite_stream(&mut reader, substitution, &mut writer)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(writer.end == expected, "{name} as a stream: other output");
        assert_eq!(replaced, count, "{name} as a stream: other count");
    }
    check_many(&case);
}

/// Checks the needle with its halves, its end and its mirror image, through every entry point.
fn check_many(case: &Case) {
    let (needle, replacement) = (case.needle.as_slice(), case.replacement.as_slice());
    let (front, back) = needle.split_at(needle.len().div_ceil(2));
    let mirrored: Vec<u8> = needle.iter().rev().copied().collect();
    let mut pairs: Vec<(&[u8], &[u8])> = vec![
        (needle, replacement),
        (&needle[needle.len() - 1..], b"-"),
        (&mirrored, needle),
        (front, b""),
    ];
    if !back.is_empty() {
        pairs.push((back, front));
    }
    // Any of them may be listed first.
    let first = case.text.len() % pairs.len();
    pairs.rotate_left(first);
    let (expected, count) = oracle::rewrite_many(&case.text, &pairs);
    let replacer = Replacer::many(pairs).expect("never empty");
    let mut output = Vec::new();
    assert_eq!(replacer.replace_into(&case.text, &mut output), count);
    assert!(output == expected, "many in memory: other output");
    let mut reader = Steps::new(case.text.as_slice(), case.reads);
    let mut writer = Steps::new(Vec::new(), case.writes);
    let replaced = replacer.replace_stream(&mut reader, &mut writer);
    assert_eq!(replaced.expect("nothing fails"), count);
    assert!(writer.end == expected, "many as a stream: other output");
    let mut output = Vec::new();
    let mut reader = replacer.reader(Steps::new(case.text.as_slice(), case.reads));
    reader.read_to_end(&mut output).expect("nothing fails");
    assert!(output == expected, "many through a reader: other output");
    let mut writer = replacer.writer(Steps::new(Vec::new(), case.writes));
    writer.write_all(&case.text).expect("nothing fails");
    let writer = writer.finish().expect("nothing fails");
    assert!(
        writer.end == expected,
        "many through a writer: other output"
    );
}

/// A decoded input.
struct Case {
    needle: Vec<u8>,
    replacement: Vec<u8>,
    text: Vec<u8>,
    reads: [u8; 2],
    writes: [u8; 2],
}

impl Case {
    fn new(data: &[u8]) -> Option<Self> {
        let (&[alphabet, place, needle, replacement, r1, r2, w1, w2], rest) =
            data.split_first_chunk::<HEAD>()?;
        // Few different bytes make matches and near misses frequent.
        let mask = [0xff, 0x01, 0x03, 0x00][usize::from(alphabet % 4)];
        let mut text: Vec<u8> = rest
            .iter()
            .map(|byte| byte & mask | (b'a' & !mask))
            .collect();
        if text.is_empty() {
            return None;
        }
        let start = usize::from(place) % text.len();
        let length = (1 + usize::from(needle % 80)).min(text.len() - start);
        let needle = text[start..start + length].to_vec();
        if alphabet & 4 != 0 {
            text.drain(start..start + length);
        }
        let length = match replacement % 3 {
            0 => length,
            _ => usize::from(replacement / 3),
        };
        let change = if alphabet & 8 == 0 { 0x20 } else { 0 };
        let replacement = (needle.iter().rev().cycle())
            .map(|byte| byte ^ change)
            .take(length)
            .collect();
        let (padding, spared) = PADDING[usize::from(alphabet >> 5)];
        let sum: usize = (data.iter().zip(1..))
            .map(|(&byte, n)| n * usize::from(byte))
            .sum();
        let padding = match sum % spared {
            0 => padding + usize::from(place % 8),
            _ => 0,
        };
        let filler = needle.first().copied().unwrap_or_default();
        text.splice(0..0, std::iter::repeat_n(filler, padding));
        Some(Self {
            needle,
            replacement,
            text,
            reads: [r1, r2],
            writes: [w1, w2],
        })
    }
}

/// One end of a stream with short reads or writes, by two alternating steps: the low seven bits are
/// the size, the high bit is an interruption before it; a size of 127 means everything.
struct Steps<T> {
    end: T,
    steps: [u8; 2],
    turn: usize,
    interrupted: bool,
}

impl<T> Steps<T> {
    fn new(end: T, steps: [u8; 2]) -> Self {
        Self {
            end,
            steps,
            turn: 0,
            interrupted: false,
        }
    }

    /// How many bytes pass now, at most `most`.
    fn next(&mut self, most: usize) -> io::Result<usize> {
        let step = self.steps[self.turn % 2];
        self.interrupted = !self.interrupted && step & 0x80 != 0;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        self.turn += 1;
        Ok(match step & 0x7f {
            127 => most,
            step => most.min(1 + usize::from(step)),
        })
    }
}

impl Read for Steps<&[u8]> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.next(buffer.len())?;
        self.end.read(&mut buffer[..most])
    }
}

impl Write for Steps<Vec<u8>> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = self.next(bytes.len())?;
        self.end.write(&bytes[..most])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
