//! Long runs that must neither fail nor grow in memory: `soak stream SECONDS BENCHLENS`, `soak count
//! SECONDS`.
//!
//! `stream` sends text through `benchlens rewrite` at full speed, in chunks of random sizes, and
//! checks every byte of the output. `count` runs every counter on 4000 feeds repeatedly. Both print
//! CSV rows, and fail if an answer is wrong or if memory or open files grow. scripts/soak runs both.

#![allow(clippy::print_stdout, reason = "the rows are its result")]

use std::fs;
use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use benchlens_suite::feed::Limits;
use benchlens_suite::freq::registry::COUNTERS;
use benchlens_suite::freq::{self, Job};
use benchlens_suite::input::{feeds, text};
use benchlens_suite::rewrite::{self, Substitution};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// The length of the text that is sent repeatedly.
const TEXT: usize = 4 << 20;
const LONGEST_CHUNK: usize = 512 << 10;
const FEEDS: u32 = 4000;
/// The allowed growth of memory from the first to the last samples, in KiB.
const GROWTH: u64 = 2048;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["stream", seconds, benchlens] => {
            let half = Duration::from_secs_f64(seconds.parse::<f64>()? / 2.0);
            stream(half, benchlens, b"Elvis")?;
            stream(half, benchlens, b"presley")
        }
        ["count", seconds] => count(Duration::from_secs(seconds.parse()?)),
        _ => bail!("soak stream SECONDS BENCHLENS | soak count SECONDS"),
    }
}

fn stream(time: Duration, benchlens: &str, replacement: &[u8]) -> Result<()> {
    let text = text::generate(text::Shape::Dense, TEXT);
    let substitution = Substitution::new(b"elvis", replacement)?;
    let (expected, _) = rewrite::oracle::rewrite(&text, substitution);
    let twice = rewrite::oracle::rewrite(&text.repeat(2), substitution).0;
    ensure!(twice == expected.repeat(2), "a match goes over the seam");

    let mut child = Command::new(benchlens)
        .args(["rewrite", "--find", "elvis", "--replace"])
        .arg(std::str::from_utf8(replacement)?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{benchlens} cannot be started"))?;
    let input = child.stdin.take().context("no input")?;
    let output = child.stdout.take().context("no output")?;
    let status = format!("/proc/{}/status", child.id());
    let begin = Instant::now();
    let received = AtomicU64::new(0);
    let (sent, samples) = thread::scope(|scope| -> Result<_> {
        let writer = scope.spawn(|| send(input, &text, begin, time));
        let reader = scope.spawn(|| receive(output, &expected, &received));
        let mut samples = Vec::new();
        while !reader.is_finished() && !writer.is_finished() {
            thread::sleep(Duration::from_millis(100));
            samples.extend(resident(&status));
        }
        let sent = writer.join().expect("no panic")?;
        reader.join().expect("no panic")?;
        Ok((sent, samples))
    })?;
    ensure!(child.wait()?.success(), "benchlens rewrite failed");
    let rounds = sent / TEXT as u64;
    let received = received.into_inner();
    ensure!(
        received == rounds * expected.len() as u64,
        "{received} came"
    );
    let (first, last) = ends(&samples)?;
    println!(
        "rewrite elvis to {},{:.0},{rounds},{sent},{first},{last},,",
        String::from_utf8_lossy(replacement),
        begin.elapsed().as_secs_f64(),
    );
    ensure!(
        last <= first + GROWTH,
        "memory grew from {first} to {last} KiB"
    );
    Ok(())
}

/// Sends the text repeatedly until the time is up, and returns the number of bytes: whole texts
/// only, so that the end of the output is known too.
fn send(mut input: ChildStdin, text: &[u8], begin: Instant, time: Duration) -> Result<u64> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut sent = 0;
    while begin.elapsed() < time {
        let mut rest = text;
        while !rest.is_empty() {
            let (chunk, behind) = rest.split_at(up_to(LONGEST_CHUNK, &mut random).min(rest.len()));
            input.write_all(chunk)?;
            rest = behind;
        }
        sent += text.len() as u64;
    }
    Ok(sent)
}

/// Reads to the end, and compares every byte with the expected text, which repeats.
fn receive(mut output: ChildStdout, expected: &[u8], received: &AtomicU64) -> Result<()> {
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    loop {
        let read = output.read(&mut buffer)?;
        if read == 0 {
            ensure!(at == 0, "the output ends too early");
            return Ok(());
        }
        let mut rest = &buffer[..read];
        while !rest.is_empty() {
            let length = rest.len().min(expected.len() - at);
            let total = received.fetch_add(length as u64, Ordering::Relaxed);
            ensure!(
                rest[..length] == expected[at..at + length],
                "wrong output after {total} bytes"
            );
            at = (at + length) % expected.len();
            rest = &rest[length..];
        }
    }
}

fn count(time: Duration) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let paths = feeds::write(folder.path(), FEEDS)?;
    let bytes: u64 = (paths.iter())
        .map(|path| Ok(fs::metadata(path)?.len()))
        .sum::<Result<_>>()?;
    let job = Job {
        paths: &paths,
        topic: "president",
        threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        limits: Limits::default(),
        lenient: false,
    };
    let expected = freq::oracle::count(&job).found;
    let each = time / COUNTERS.len() as u32;
    for counter in COUNTERS {
        let begin = Instant::now();
        let (mut memory, mut files) = (Vec::new(), Vec::new());
        while begin.elapsed() < each || memory.len() < 4 {
            let outcome = (counter.count)(&job);
            ensure!(
                (outcome.found, outcome.documents) == (expected, u64::from(FEEDS)),
                "{}: {outcome:?}, not {expected}",
                counter.name
            );
            memory.extend(resident("/proc/self/status"));
            files.push(fs::read_dir("/proc/self/fd")?.count());
        }
        let rounds = memory.len() as u64;
        let (first, last) = ends(&memory)?;
        let (fewest, most) = (files.iter().min(), files.iter().max());
        println!(
            "freq/{},{:.0},{rounds},{},{first},{last},{},{}",
            counter.name,
            begin.elapsed().as_secs_f64(),
            rounds * bytes,
            fewest.context("no round")?,
            most.context("no round")?,
        );
        ensure!(fewest == most, "{}: open files grew", counter.name);
        ensure!(
            last <= first + GROWTH + first / 4,
            "{}: memory grew from {first} to {last} KiB",
            counter.name
        );
    }
    Ok(())
}

/// Resident memory in KiB.
fn resident(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The largest sample of the first half, and of the second half.
fn ends(samples: &[u64]) -> Result<(u64, u64)> {
    let (first, last) = samples.split_at(samples.len().div_ceil(2));
    let most = |samples: &[u64]| samples.iter().copied().max();
    most(first).zip(most(last)).context("too short for samples")
}

/// A number from 1 to `most`, uniform in magnitude.
fn up_to(most: usize, random: &mut ChaCha8Rng) -> usize {
    let bits = 1 + random.next_u32() % most.ilog2();
    1 + (random.next_u32() as usize & ((1 << bits) - 1)).min(most - 1)
}
