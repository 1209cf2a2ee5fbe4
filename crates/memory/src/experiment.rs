//! The experiment: load, free, wait, and observe how much memory the allocator returns to the system, and when.
//!
//! A process allocates pieces, as a load of documents does, frees them, is idle, works a little, and at last asks
//! its allocator to return all that it can. A sampler records the resident set all the time. The live bytes are
//! known exactly, since only the experiment allocates.
//!
//! A fraction of the pieces can be kept, as by a cache. A kept block pins its page, and an allocator that cannot
//! return parts of a region keeps all of it.

use std::ffi::OsString;
use std::hint::black_box;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Allocator, Levels, Sampler};

mod settings;

pub use settings::{InvalidSetting, Settings};

/// The phases of the experiment, in order.
pub const PHASES: [&str; 6] = ["start", "load", "free", "idle", "work", "ask"];

/// Bytes that the experiment has allocated and not freed.
static LIVE: AtomicU64 = AtomicU64::new(0);

/// Runs the experiment that `arguments` describe on the allocator of this process, and writes the samples
/// to `output`. Exit codes: 0 for success, 1 if samples could not be taken or written, 2 for wrong arguments.
pub fn run(
    allocator: &'static Allocator,
    arguments: impl IntoIterator<Item = OsString>,
    output: impl Write + Send + 'static,
    errors: &mut dyn Write,
) -> ExitCode {
    let (reason, code) = match Settings::parse(arguments) {
        Ok(settings) => match samples(allocator, &settings, output) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => (format!("cannot sample this process: {error}"), 1),
        },
        Err(invalid) => (invalid.to_string(), 2),
    };
    // Standard error is closed; ignore.
    let _ = writeln!(errors, "{reason}");
    ExitCode::from(code)
}

fn samples(
    allocator: &'static Allocator,
    settings: &Settings,
    output: impl Write + Send + 'static,
) -> io::Result<()> {
    let is_asked = settings.asks_allocator;
    let levels = move || Levels {
        live: Some(LIVE.load(Relaxed)),
        held: is_asked.then(|| (allocator.levels)().held).flatten(),
    };
    let [start, load, free, idle, work, ask] = PHASES;
    let sampler = Sampler::start(output, settings.interval, start, levels)?;
    sampler.enter(load);
    let mut pieces = loaded(settings);
    sampler.enter(free);
    free_all_but(&mut pieces, settings.pinned_every);
    sampler.enter(idle);
    thread::sleep(settings.idle);
    sampler.enter(work);
    work_a_little(settings);
    sampler.enter(ask);
    (allocator.give_back)();
    let result = sampler.stop();
    drop(black_box(pieces));
    result
}

/// Allocates blocks of about [`Settings::piece`] bytes, [`Settings::load`] in total, and writes every byte.
fn loaded(settings: &Settings) -> Vec<Vec<u8>> {
    // Reserved, so that the vector does not grow between the pieces.
    let mut pieces =
        Vec::with_capacity(usize::try_from(settings.load / settings.piece * 2).unwrap_or(0));
    let mut sizes = Sizes::around(settings.piece);
    while LIVE.load(Relaxed) < settings.load {
        pieces.push(piece(sizes.next()));
    }
    pieces
}

fn piece(size: usize) -> Vec<u8> {
    let piece = black_box(vec![b'x'; size]);
    LIVE.fetch_add(size as u64, Relaxed);
    piece
}

fn free(piece: Vec<u8>) {
    LIVE.fetch_sub(piece.len() as u64, Relaxed);
    drop(piece);
}

/// Frees the pieces in order, but keeps one in every `kept`; 0 keeps none.
fn free_all_but(pieces: &mut [Vec<u8>], kept: u64) {
    for (index, piece) in pieces.iter_mut().enumerate() {
        let is_kept = kept > 0 && (index as u64).is_multiple_of(kept);
        if !is_kept {
            free(std::mem::take(piece));
        }
    }
}

/// Handles a hundred requests a second, each of which loads 1 MB in pieces and frees it. Some allocators return
/// memory only while they are called. A request is too large for a thread's cache, so it reaches the allocator.
fn work_a_little(settings: &Settings) {
    const PERIOD: Duration = Duration::from_millis(10);
    const PIECES: usize = 40;
    let mut sizes = Sizes::around(settings.piece);
    let mut pieces = Vec::with_capacity(PIECES);
    let begin = Instant::now();
    while begin.elapsed() < settings.work {
        pieces.extend((0..PIECES).map(|_| piece(sizes.next())));
        pieces.drain(..).for_each(free);
        thread::sleep(PERIOD);
    }
}

/// Pseudorandom sizes within a fifth of the mean, the same in every run.
struct Sizes {
    mean: u64,
    state: u64,
}

impl Sizes {
    fn around(mean: u64) -> Self {
        Self {
            mean,
            state: 0x9e37_79b9_7f4a_7c15,
        }
    }

    fn next(&mut self) -> usize {
        // xorshift64.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let spread = self.mean * 2 / 5;
        let size = self.mean - spread / 2 + self.state % (spread + 1);
        usize::try_from(size.max(1)).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_around_the_mean_and_the_same_each_time() {
        let sizes = |mean| {
            let mut sizes = Sizes::around(mean);
            (0..10_000).map(|_| sizes.next()).collect::<Vec<_>>()
        };
        let found = sizes(25_000);
        assert_eq!(found, sizes(25_000));
        assert!(found.iter().all(|it| (20_000..=30_000).contains(it)));
        let mean = found.iter().sum::<usize>() / found.len();
        assert!((24_500..25_500).contains(&mean), "{mean}");
        assert!(sizes(1).iter().all(|&it| it == 1));
    }

    #[test]
    fn what_is_kept_is_one_in_so_many() {
        let mut pieces: Vec<_> = (0..1000).map(|_| piece(10)).collect();
        free_all_but(&mut pieces, 100);
        let kept = |pieces: &[Vec<u8>]| pieces.iter().filter(|it| !it.is_empty()).count();
        assert_eq!(kept(&pieces), 10);
        free_all_but(&mut pieces, 0);
        assert_eq!(kept(&pieces), 0);
    }
}
