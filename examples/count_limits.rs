//! How close the counters come to their limit, the time of only reading the files, in one run.
//!
//! `cargo run --release --example count_limits -- [FILES] [ROUNDS] [--csv] [COUNTER]...`
//!
//! The limit opens each file, reads it into a reused buffer, and does nothing else; with several
//! threads, each has a buffer and takes the next file. Each figure is the median over interleaved
//! rounds on the same 25 KB feeds, so that load on the machine affects all alike. Prints documents
//! per second and the share of the limit on as many threads; with `--csv`, the rows
//! `target,limit,measured,met` for the fastest counter.

#![allow(clippy::print_stdout)]

use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use benchlens_suite::feed::Limits;
use benchlens_suite::freq::registry::{COUNTERS, default_counter};
use benchlens_suite::freq::{CounterRow, Job, Threads};
use benchlens_suite::input::feeds::{self, ITEMS, MENTIONS, TOPIC};

/// The share of the limit that the fastest counter should reach, on one thread and on several.
const TARGETS: [f64; 2] = [0.6, 0.7];

fn main() {
    let (mut numbers, mut names, mut csv) = (Vec::new(), Vec::new(), false);
    for argument in std::env::args().skip(1) {
        match argument.parse() {
            _ if argument == "--csv" => csv = true,
            Ok(number) => numbers.push(number),
            Err(_) => names.push(argument),
        }
    }
    let files = numbers.first().copied().unwrap_or(4000_u32);
    let rounds = numbers.get(1).copied().unwrap_or(11);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let paths = feeds::write(folder.path(), files).expect("room for the feeds");
    let many = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let chosen = |row: &&CounterRow| match csv {
        true => row.name == default_counter().name,
        false => names.is_empty() || names.iter().any(|name| name == row.name),
    };
    let rows: Vec<_> = COUNTERS.iter().filter(chosen).collect();
    let mut ways = Vec::new();
    for threads in [NonZeroUsize::MIN, many] {
        ways.push(Way::new(None, threads));
        for row in &rows {
            if threads.get() == 1 || row.threads != Threads::One {
                ways.push(Way::new(Some(row), threads));
            }
        }
        if many.get() == 1 {
            break;
        }
    }
    // The first round is a warm-up.
    for round in 0..=rounds {
        for way in &mut ways {
            let seconds = way.run(&paths);
            if round > 0 {
                way.seconds.push(seconds);
            }
        }
    }
    report(&mut ways, files, csv);
}

/// One way to process the files: a counter, or the limit.
struct Way {
    counter: Option<&'static CounterRow>,
    threads: NonZeroUsize,
    seconds: Vec<f64>,
}

impl Way {
    fn new(counter: Option<&'static CounterRow>, threads: NonZeroUsize) -> Self {
        Self {
            counter,
            threads,
            seconds: Vec::new(),
        }
    }

    fn run(&self, paths: &[PathBuf]) -> f64 {
        let start = Instant::now();
        match self.counter {
            None => {
                black_box(read_only(paths, self.threads.get()));
            }
            Some(counter) => {
                let outcome = (counter.count)(&Job {
                    paths,
                    topic: TOPIC,
                    threads: self.threads,
                    limits: Limits::default(),
                    lenient: false,
                });
                let documents = paths.len() as u64;
                let expected = (u64::from(MENTIONS) * documents, documents);
                assert_eq!((outcome.found, outcome.documents), expected);
            }
        }
        start.elapsed().as_secs_f64()
    }

    fn median(&mut self) -> f64 {
        self.seconds.sort_by(f64::total_cmp);
        self.seconds[self.seconds.len() / 2]
    }
}

/// Reads every file to its end; returns the number of bytes.
fn read_only(paths: &[PathBuf], threads: usize) -> usize {
    let next = AtomicUsize::new(0);
    let work = || {
        const PAGE: usize = 4096;
        // At the beginning of a page: elsewhere, some processors copy at a fraction of their speed.
        let mut buffer = vec![0; PAGE + (256 << 10)];
        let start = buffer.as_ptr().align_offset(PAGE);
        let mut bytes = 0;
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            bytes += read_file(path, &mut buffer[start..]);
        }
        bytes
    };
    thread::scope(|scope| {
        let running: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let own = work();
        let others = running
            .into_iter()
            .map(|handle| handle.join().expect("bytes"));
        own + others.sum::<usize>()
    })
}

fn read_file(path: &Path, buffer: &mut [u8]) -> usize {
    let mut file = File::open(path).expect("a feed");
    let mut length = 0;
    loop {
        match file.read(&mut buffer[length..]).expect("a feed") {
            0 => return black_box(length),
            read => length += read,
        }
    }
}

fn report(ways: &mut [Way], files: u32, csv: bool) {
    if csv {
        println!("target,limit,measured,met");
    } else {
        println!("{files} feeds of {ITEMS} items: documents a second, and share of the limit");
    }
    let mut limit = f64::NAN;
    for way in ways {
        let (median, threads) = (way.median(), way.threads);
        let Some(counter) = way.counter else {
            limit = median;
            if !csv {
                println!(
                    "{:24} {threads:2} {:9.0}  1.00",
                    "limit",
                    f64::from(files) / median
                );
            }
            continue;
        };
        let share = limit / median;
        if csv {
            let target = TARGETS[usize::from(threads.get() > 1)];
            let name = counter.name;
            println!(
                "count/{name}/threads_{threads},{target},{share:.3},{}",
                share >= target
            );
        } else {
            let speed = f64::from(files) / median;
            println!("{:24} {threads:2} {speed:9.0}  {share:.2}", counter.name);
        }
    }
}
