//! The Rust part of `scripts/peers`: peers that are libraries, and the limits of the machine.
//!
//! - `peers loop <in >out` only reads and writes; `peers aho_corasick` and `peers regex` rewrite
//!   elvis to Elvis.
//! - `peers memcpy ROUNDS <in` prints the median of the seconds that a copy in memory takes.
//! - `peers read THREADS FOLDER` reads every file into a buffer that is reused, does nothing with
//!   it, and prints how many bytes there were.

#![allow(clippy::print_stdout)]

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufWriter, Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

const NEEDLE: &str = "elvis";
const REPLACEMENT: &[u8] = b"Elvis";
/// The chunk of `vector`.
const CHUNK: usize = 64 << 10;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["loop"] => read_and_write(),
        ["aho_corasick"] => aho_corasick(),
        ["regex"] => regex(),
        ["memcpy", rounds] => memcpy(number(rounds)?),
        ["read", threads, folder] => read_files(number(threads)?, folder),
        _ => Err(io::Error::other("see the head of examples/peers.rs")),
    }
}

fn number(text: &str) -> io::Result<usize> {
    let number = text.parse().ok().filter(|&number| number > 0);
    number.ok_or_else(|| io::Error::other(format!("{text} is not a number above 0")))
}

fn input() -> io::Result<File> {
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

/// Standard output without its line buffer.
fn output() -> io::Result<File> {
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

/// All of standard input, in a buffer of the right size if it is a file.
fn whole_input() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input()?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_and_write() -> io::Result<()> {
    let (mut input, mut output) = (input()?, output()?);
    let mut buffer = vec![0; CHUNK];
    loop {
        match input.read(&mut buffer)? {
            0 => return Ok(()),
            count => output.write_all(&buffer[..count])?,
        }
    }
}

fn aho_corasick() -> io::Result<()> {
    let searcher = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .build([NEEDLE])
        .map_err(io::Error::other)?;
    // Buffered, because it writes each match and each gap separately.
    let mut output = BufWriter::with_capacity(CHUNK, output()?);
    searcher.try_stream_replace_all(input()?, &mut output, &[REPLACEMENT])?;
    output.flush()
}

fn regex() -> io::Result<()> {
    let regex = regex::bytes::Regex::new(&regex::escape(NEEDLE)).map_err(io::Error::other)?;
    let haystack = whole_input()?;
    output()?.write_all(&regex.replace_all(&haystack, regex::bytes::NoExpand(REPLACEMENT)))
}

fn memcpy(rounds: usize) -> io::Result<()> {
    let source = whole_input()?;
    // A copy, so that all pages of the target are already mapped below.
    let mut target = source.clone();
    let mut seconds: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            black_box(&mut target).copy_from_slice(black_box(&source));
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    println!("{}", seconds[rounds / 2]);
    Ok(())
}

fn read_files(threads: usize, folder: &str) -> io::Result<()> {
    let paths = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    let (next, total) = (AtomicUsize::new(0), AtomicU64::new(0));
    let work = || -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut file = File::open(path)?;
            loop {
                match file.read(&mut buffer)? {
                    0 => break,
                    count => total.fetch_add(count as u64, Ordering::Relaxed),
                };
            }
            black_box(&buffer);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        work()?;
        others
            .into_iter()
            .try_for_each(|other| other.join().expect("reading does not panic"))
    })?;
    println!("{}", total.into_inner());
    Ok(())
}
