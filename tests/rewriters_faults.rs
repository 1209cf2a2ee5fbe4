//! Readers and writers that fail at every point: exact offsets, and only what is right is out.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::rc::Rc;

use benchlens::rewrite::registry::REWRITERS;
use benchlens::rewrite::{Error, Rewriter, Substitution, oracle};

const TEXT: &[u8] = b"elvielvis aab aaab elviselv";

/// Reads a byte at a time, is interrupted before each, and fails after `good` bytes.
struct FaultyReader {
    good: usize,
    given: usize,
    interrupted: bool,
}

impl Read for FaultyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.given == self.good {
            return Err(io::Error::other("broken disk"));
        }
        let Some(&byte) = TEXT.get(self.given) else {
            return Ok(0);
        };
        buffer[0] = byte;
        self.given += 1;
        Ok(1)
    }
}

/// Takes up to three bytes at a time, is interrupted before each, and fails after `good` bytes.
struct FaultyWriter {
    good: usize,
    taken: Vec<u8>,
    interrupted: bool,
    full: bool,
}

impl FaultyWriter {
    fn new(good: usize, full: bool) -> Self {
        Self {
            good,
            taken: Vec::new(),
            interrupted: false,
            full,
        }
    }
}

impl Write for FaultyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.taken.len() == self.good {
            return if self.full {
                Ok(0)
            } else {
                Err(io::Error::other("broken pipe"))
            };
        }
        let count = bytes.len().min(3).min(self.good - self.taken.len());
        self.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Every rewriter with every substitution of a few that it can do.
fn each(mut check: impl FnMut(&Rewriter, Substitution<'_>, &[u8])) {
    for (needle, replacement) in [("elvis", "Elvis"), ("aab", ""), ("lv", "long")] {
        let substitution = Substitution::new(needle.as_bytes(), replacement.as_bytes()).unwrap();
        let (expected, _) = oracle::rewrite(TEXT, substitution);
        for rewriter in REWRITERS.iter().filter(|row| row.supports(substitution)) {
            check(rewriter, substitution, &expected);
        }
    }
}

#[test]
fn a_read_that_fails_says_after_how_many_bytes() {
    each(|rewriter, substitution, expected| {
        for good in 0..TEXT.len() {
            let mut reader = FaultyReader {
                good,
                given: 0,
                interrupted: false,
            };
            let mut writer = FaultyWriter::new(usize::MAX, false);
            let result = rewriter.rewrite_stream(&mut reader, substitution, &mut writer);
            let Err(Error::Read { offset, source }) = result else {
                panic!("{} at {good}: {result:?}", rewriter.name);
            };
            assert_eq!(offset, good as u64, "{}", rewriter.name);
            assert_eq!(source.to_string(), "broken disk");
            assert!(expected.starts_with(&writer.taken), "{}", rewriter.name);
        }
    });
}

#[test]
fn a_write_that_fails_says_after_how_many_bytes() {
    each(|rewriter, substitution, expected| {
        for good in 0..expected.len() {
            for full in [false, true] {
                let mut writer = FaultyWriter::new(good, full);
                let result = rewriter.rewrite_stream(&mut { TEXT }, substitution, &mut writer);
                let Err(Error::Write { offset, source }) = result else {
                    panic!("{} at {good}: {result:?}", rewriter.name);
                };
                assert_eq!(offset, good as u64, "{}", rewriter.name);
                assert_eq!(source.kind() == io::ErrorKind::WriteZero, full);
                assert_eq!(writer.taken, expected[..good], "{}", rewriter.name);
            }
        }
    });
}

#[test]
fn interrupted_reads_and_short_writes_lose_nothing() {
    each(|rewriter, substitution, expected| {
        let mut reader = FaultyReader {
            good: usize::MAX,
            given: 0,
            interrupted: false,
        };
        let mut writer = FaultyWriter::new(usize::MAX, false);
        rewriter
            .rewrite_stream(&mut reader, substitution, &mut writer)
            .unwrap();
        assert_eq!(writer.taken, expected, "{}", rewriter.name);
    });
}

/// A writer whose flush fails.
struct Unflushable;

impl Write for Unflushable {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::Error::other("no flush"))
    }
}

#[test]
fn a_flush_that_fails_is_a_write_that_fails() {
    each(|rewriter, substitution, _| {
        let result = rewriter.rewrite_stream(&mut { TEXT }, substitution, &mut Unflushable);
        assert!(
            matches!(&result, Err(Error::Write { source, .. }) if source.to_string() == "no flush"),
            "{}: {result:?}",
            rewriter.name
        );
    });
}

/// Gives one line a read and asserts that all before it is out by then.
struct Conversation {
    lines: Vec<&'static [u8]>,
    said: usize,
    heard: Rc<Cell<usize>>,
}

impl Read for Conversation {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert_eq!(self.heard.get(), self.said, "output was held back");
        let Some(line) = self.lines.pop() else {
            return Ok(0);
        };
        buffer[..line.len()].copy_from_slice(line);
        self.said += line.len();
        Ok(line.len())
    }
}

struct Listener(Rc<Cell<usize>>);

impl Write for Listener {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn streams_hold_nothing_back_while_the_reader_waits() {
    let substitution = Substitution::new(b"elvis", b"Elvis").unwrap();
    // The first way looks at bytes only once its window is full, so it always holds some back.
    let streams = REWRITERS
        .iter()
        .filter(|row| !row.needs_whole_input() && row.name != "alg_one");
    for rewriter in streams {
        let heard = Rc::new(Cell::new(0));
        let mut reader = Conversation {
            lines: vec![b"elvis\n", b"who?\n", b"hello\n"],
            said: 0,
            heard: Rc::clone(&heard),
        };
        rewriter
            .rewrite_stream(&mut reader, substitution, &mut Listener(heard))
            .unwrap();
    }
}
