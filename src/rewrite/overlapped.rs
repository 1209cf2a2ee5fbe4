//! Writes on a second thread, so that reading and rewriting go on meanwhile.
//!
//! Writing a file costs more than reading and rewriting it. With an idle second core, a stream takes
//! little longer than its writing alone. The output passes through a few blocks, which costs one more
//! copy within the cache.

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::thread;

use super::Error;
use super::sink::Sink;

/// Small enough for all blocks to stay in the second-level cache.
const BLOCK: usize = 256 * 1024;
const BLOCKS: usize = 4;
/// Below this many bytes, starting the thread costs more than it saves.
const WORTH_IT: u64 = 2 * 1024 * 1024;

/// Whether a second thread would shorten the rewriting of `input`: if it is a long file and a core is
/// idle. A pipe's bytes are passed on as they arrive.
pub fn is_worth_it(input: &File) -> bool {
    let is_long = (input.metadata()).is_ok_and(|it| it.is_file() && it.len() >= WORTH_IT);
    is_long && has_idle_core()
}

/// Whether a core is idle. In a container, threads of the whole machine count, so this errs towards no.
fn has_idle_core() -> bool {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg");
    load.ok().and_then(|load| running(&load)).unwrap_or(1) < cores
}

/// The number of runnable threads, this one included, from Linux's `/proc/loadavg`.
fn running(load: &str) -> Option<usize> {
    let (running, _) = load.split_ascii_whitespace().nth(3)?.split_once('/')?;
    running.parse().ok()
}

/// Calls `rewrite` with an output whose bytes a second thread writes to `output`. If no thread can
/// be started, `rewrite` gets `output` itself.
///
/// # Errors
///
/// That of the first failed write, with the bytes accepted before it; else that of `rewrite`.
pub fn write_beside<T>(
    output: &mut (dyn Write + Send),
    rewrite: impl FnOnce(&mut dyn Write) -> Result<T, Error>,
) -> Result<T, Error> {
    let (full, blocks) = mpsc::sync_channel(BLOCKS);
    let (emptied, empty) = mpsc::channel();
    let written = &mut *output;
    let done = thread::scope(|scope| {
        let thread = thread::Builder::new().name("writer".into());
        match thread.spawn_scoped(scope, move || write_all(&blocks, &emptied, written)) {
            Ok(writer) => {
                let mut gathered = BlockBuffer::new(full, empty);
                let done = rewrite(&mut gathered);
                // This fails only if the writer failed. What precedes a failed read is written too.
                let _ = gathered.flush();
                drop(gathered);
                let written = writer.join();
                let written = written.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                Ok(written.and(done))
            }
            Err(_) => Err(rewrite),
        }
    });
    done.unwrap_or_else(|rewrite| rewrite(output))
}

/// Gathers output in blocks and hands them to the writer.
struct BlockBuffer {
    block: Vec<u8>,
    /// How many blocks there are.
    made: usize,
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
}

impl BlockBuffer {
    fn new(full: SyncSender<Vec<u8>>, empty: Receiver<Vec<u8>>) -> Self {
        Self {
            block: Vec::with_capacity(BLOCK),
            made: 1,
            full,
            empty,
        }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        let next = if self.made < BLOCKS {
            self.made += 1;
            Vec::with_capacity(BLOCK)
        } else {
            self.empty.recv().map_err(ended)?
        };
        let block = std::mem::replace(&mut self.block, next);
        self.full.send(block).map_err(ended)
    }
}

/// The error if the writer ended early; the writer's own error says why.
fn ended<E>(_: E) -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

impl Write for BlockBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.block.len() == BLOCK {
            self.hand_on()?;
        }
        let count = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        self.hand_on()
    }
}

/// Writes blocks until there are no more, and returns them for reuse.
fn write_all(
    blocks: &Receiver<Vec<u8>>,
    emptied: &Sender<Vec<u8>>,
    output: &mut (dyn Write + Send),
) -> Result<(), Error> {
    let mut sink = Sink::new(output);
    for mut block in blocks {
        sink.write(&block)?;
        block.clear();
        // The receiver of the last ones may be gone.
        let _ = emptied.send(block);
    }
    sink.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer that accepts a few bytes at a time, up to a limit.
    struct Slow {
        taken: Vec<u8>,
        limit: usize,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(100_000).min(self.limit - self.taken.len());
            if count == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.taken.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(
        limit: usize,
        pieces: impl Iterator<Item = Vec<u8>>,
        end: Result<u64, Error>,
    ) -> (Result<u64, Error>, Vec<u8>) {
        let mut output = Slow {
            taken: Vec::new(),
            limit,
        };
        let done = write_beside(&mut output, |gathered| {
            for piece in pieces {
                let failed = |source| Error::Write { offset: 0, source };
                gathered.write_all(&piece).map_err(failed)?;
            }
            end
        });
        (done, output.taken)
    }

    fn pieces() -> impl Iterator<Item = Vec<u8>> {
        (0_usize..300).map(|n| vec![n as u8; n * n % 60_000])
    }

    #[test]
    fn the_running_threads_are_read() {
        assert_eq!(running("0.52 0.61 0.80 3/211 4711\n"), Some(3));
        for other in ["", "0.52 0.61 0.80", "0.52 0.61 0.80 3 211", "a b c d/e"] {
            assert_eq!(running(other), None, "{other}");
        }
    }

    #[test]
    fn every_byte_arrives_in_order() {
        let (done, taken) = written(usize::MAX, pieces(), Ok(7));
        assert_eq!(done.unwrap(), 7);
        assert!(taken == pieces().collect::<Vec<_>>().concat());
        let (done, taken) = written(0, std::iter::empty(), Ok(0));
        assert_eq!((done.unwrap(), taken.len()), (0, 0));
    }

    #[test]
    fn a_failed_write_says_how_many_bytes_were_taken() {
        for limit in [0, 1, BLOCK, 3 * BLOCK + 5, 8 * BLOCK] {
            let (done, taken) = written(limit, pieces(), Ok(7));
            let Err(Error::Write { offset, source }) = done else {
                panic!("{limit}: {done:?}");
            };
            assert_eq!((offset, taken.len()), (limit as u64, limit));
            assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        }
    }

    #[test]
    fn what_was_rewritten_before_a_failed_read_is_written() {
        let broken = Error::Read {
            offset: 5,
            source: io::ErrorKind::Other.into(),
        };
        let (done, taken) = written(usize::MAX, pieces(), Err(broken));
        assert!(matches!(done, Err(Error::Read { offset: 5, .. })));
        assert!(taken == pieces().collect::<Vec<_>>().concat());
    }
}
