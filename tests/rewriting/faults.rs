//! Readers and writers that fail at every point: offsets are exact, and the output is a correct
//! prefix.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::rc::Rc;

use benchlens_suite::rewrite::registry::REWRITERS;
use benchlens_suite::rewrite::{Error, Rewriter, Substitution, oracle};

const TEXT: &[u8] = b"elvielvis aab aaab elviselv";

/// The final errors of readers and writers. `WouldBlock` is an error too, since rewriters do not
/// wait.
const KINDS: [io::ErrorKind; 3] = [
    io::ErrorKind::Other,
    io::ErrorKind::WouldBlock,
    io::ErrorKind::UnexpectedEof,
];

/// Reads a byte at a time, is interrupted before each, and fails after `good` bytes.
struct FaultyReader {
    good: usize,
    given: usize,
    interrupted: bool,
    kind: io::ErrorKind,
}

impl FaultyReader {
    fn new(good: usize, kind: io::ErrorKind) -> Self {
        Self {
            good,
            given: 0,
            interrupted: false,
            kind,
        }
    }
}

impl Read for FaultyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted = !self.interrupted;
        if self.interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.given == self.good {
            return Err(io::Error::new(self.kind, "broken disk"));
        }
        let Some(&byte) = TEXT.get(self.given) else {
            return Ok(0);
        };
        buffer[0] = byte;
        self.given += 1;
        Ok(1)
    }
}

/// Takes up to `step` bytes at a time, and is interrupted before each write. After `good` bytes it
/// fails with `kind`, or takes no more if that is `None`.
struct FaultyWriter {
    good: usize,
    step: usize,
    taken: Vec<u8>,
    interrupted: bool,
    kind: Option<io::ErrorKind>,
}

impl FaultyWriter {
    fn new(good: usize, step: usize, kind: Option<io::ErrorKind>) -> Self {
        Self {
            good,
            step,
            taken: Vec::new(),
            interrupted: false,
            kind,
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
            return match self.kind {
                None => Ok(0),
                Some(kind) => Err(io::Error::new(kind, "broken pipe")),
            };
        }
        let count = (bytes.len().min(self.step)).min(self.good - self.taken.len());
        self.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Calls `check` for every rewriter with each of a few substitutions that it supports.
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
            for kind in KINDS {
                let mut reader = FaultyReader::new(good, kind);
                let mut writer = FaultyWriter::new(usize::MAX, 1, None);
                let result = rewriter.rewrite_stream(&mut reader, substitution, &mut writer);
                let Err(Error::Read { offset, source }) = result else {
                    panic!("{} at {good}: {result:?}", rewriter.name);
                };
                assert_eq!(offset, good as u64, "{}", rewriter.name);
                assert_eq!(source.kind(), kind);
                assert_eq!(source.to_string(), "broken disk");
                assert!(expected.starts_with(&writer.taken), "{}", rewriter.name);
            }
        }
    });
}

#[test]
fn a_write_that_fails_says_after_how_many_bytes() {
    each(|rewriter, substitution, expected| {
        for (good, step) in (0..expected.len()).flat_map(|good| [(good, 1), (good, 3)]) {
            for kind in KINDS.map(Some).into_iter().chain([None]) {
                let mut writer = FaultyWriter::new(good, step, kind);
                let result = rewriter.rewrite_stream(&mut { TEXT }, substitution, &mut writer);
                let Err(Error::Write { offset, source }) = result else {
                    panic!("{} at {good}: {result:?}", rewriter.name);
                };
                assert_eq!(offset, good as u64, "{}", rewriter.name);
                assert_eq!(source.kind(), kind.unwrap_or(io::ErrorKind::WriteZero));
                assert_eq!(writer.taken, expected[..good], "{}", rewriter.name);
            }
        }
    });
}

#[test]
fn a_read_and_a_write_that_fail_at_once_leave_a_prefix() {
    each(|rewriter, substitution, expected| {
        for read in 0..TEXT.len() {
            for written in 0..expected.len() {
                let mut reader = FaultyReader::new(read, io::ErrorKind::Other);
                let mut writer = FaultyWriter::new(written, 1, Some(io::ErrorKind::Other));
                let result = rewriter.rewrite_stream(&mut reader, substitution, &mut writer);
                match result {
                    Err(Error::Read { offset, .. }) => assert_eq!(offset, read as u64),
                    Err(Error::Write { offset, .. }) => assert_eq!(offset, written as u64),
                    other => panic!("{} at {read}, {written}: {other:?}", rewriter.name),
                }
                assert!(expected.starts_with(&writer.taken), "{}", rewriter.name);
            }
        }
    });
}

#[test]
fn interrupted_reads_and_short_writes_lose_nothing() {
    each(|rewriter, substitution, expected| {
        for step in 1..=4 {
            let mut reader = FaultyReader::new(usize::MAX, io::ErrorKind::Other);
            let mut writer = FaultyWriter::new(usize::MAX, step, None);
            rewriter
                .rewrite_stream(&mut reader, substitution, &mut writer)
                .unwrap();
            assert_eq!(writer.taken, expected, "{}", rewriter.name);
        }
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

/// Returns one line per read and asserts that everything before it has been written.
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
    // `alg_one` compares only once its window is full, so it always holds some bytes back.
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
