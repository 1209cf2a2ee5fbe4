//! Sends requests to a service on this machine, checks every answer, and prints what came of it as JSON.
//!
//! ```console
//! $ cargo run --release -p benchlens-serve --example load -- \
//!       --at 127.0.0.1:5000 --path '/?topic=president' --expect '280 of 1560 items' --clients 16 --seconds 10
//! ```
//!
//! Each client sends its next request when it has the last answer (a closed loop), on one connection. With
//! `--rate` the requests begin at fixed times instead, and their latency counts from then, however late a
//! client gets to send them. `--half-closed` clients close their side after each request, `--slow` ones send
//! a few bytes at a time and read as slowly, `--idle` connections send nothing. An answer that is missing, not
//! 200, cut short or without the expected text counts as lost, by reason.

#![expect(clippy::print_stdout, reason = "a program for scripts")]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, sleep_until, timeout};

/// Longer than any answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Parser)]
struct Load {
    /// A loopback address
    #[arg(long)]
    at: SocketAddr,
    #[arg(long, default_value = "/")]
    path: String,
    /// What each answer must contain
    #[arg(long, default_value = "")]
    expect: String,
    #[arg(long, default_value_t = 16)]
    clients: usize,
    #[arg(long, default_value_t = 0)]
    half_closed: usize,
    #[arg(long, default_value_t = 0)]
    slow: usize,
    /// Connections that send nothing, opened first and held to the end
    #[arg(long, default_value_t = 0)]
    idle: usize,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Requests per second of the ordinary clients together
    #[arg(long)]
    rate: Option<f64>,
}

/// How a client treats its connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Ordinary,
    HalfClosed,
    Slow,
}

struct Tally {
    /// Microseconds.
    latency: Histogram<u64>,
    answered: BTreeMap<&'static str, u64>,
    lost: BTreeMap<String, u64>,
    bytes: u64,
}

type Shared = Arc<Mutex<Tally>>;

fn main() {
    let load = Load::parse();
    assert!(load.at.ip().is_loopback(), "{} is another machine", load.at);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(run(&load));
}

async fn run(load: &Load) {
    let tally = Arc::new(Mutex::new(Tally {
        latency: Histogram::new(3).expect("three digits are allowed"),
        answered: BTreeMap::new(),
        lost: BTreeMap::new(),
        bytes: 0,
    }));
    let mut idle = Vec::new();
    for _ in 0..load.idle {
        idle.push(
            TcpStream::connect(load.at)
                .await
                .expect("an idle connection"),
        );
    }
    let start = Instant::now();
    let end = start + Duration::from_secs(load.seconds);
    let ordinary = (0..load.clients).map(|number| {
        let pace = load.rate.map(|rate| {
            let between = Duration::from_secs_f64(load.clients as f64 / rate);
            (
                start + between.mul_f64(number as f64 / load.clients as f64),
                between,
            )
        });
        (Manner::Ordinary, pace)
    });
    let others = [
        (Manner::HalfClosed, load.half_closed),
        (Manner::Slow, load.slow),
    ];
    let others = others
        .into_iter()
        .flat_map(|(manner, count)| vec![(manner, None); count]);
    let clients: Vec<_> = ordinary
        .chain(others)
        .map(|(manner, pace)| {
            let client = Client {
                at: load.at,
                request: request(load, manner),
                expect: load.expect.clone().into_bytes(),
                manner,
                tally: Arc::clone(&tally),
                stream: None,
            };
            tokio::spawn(client.run(pace, end))
        })
        .collect();
    for client in clients {
        client.await.expect("no client panics");
    }
    let seconds = start.elapsed().as_secs_f64();
    let open = idle.iter().filter(|stream| is_open(stream)).count();
    print(
        &tally.lock().unwrap_or_else(PoisonError::into_inner),
        seconds,
        open,
    );
}

fn request(load: &Load, manner: Manner) -> Vec<u8> {
    let end = match manner {
        Manner::HalfClosed => "Connection: close\r\n",
        _ => "",
    };
    format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\n{end}\r\n",
        load.path, load.at
    )
    .into_bytes()
}

fn is_open(stream: &TcpStream) -> bool {
    let nothing_yet = stream.try_read(&mut [0; 1]);
    nothing_yet.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

struct Client {
    at: SocketAddr,
    request: Vec<u8>,
    expect: Vec<u8>,
    manner: Manner,
    tally: Shared,
    stream: Option<TcpStream>,
}

impl Client {
    async fn run(mut self, pace: Option<(Instant, Duration)>, end: Instant) {
        let mut number = 0;
        loop {
            let mut begin = Instant::now();
            if let Some((first, between)) = pace {
                begin = first + between * number;
                number += 1;
                if begin < end {
                    sleep_until(begin.into()).await;
                }
            }
            if begin >= end {
                return;
            }
            let answer = timeout(PATIENCE, self.ask()).await;
            let answer = answer.unwrap_or_else(|_| Err("no answer in a minute".to_owned()));
            if answer.is_err() || self.manner == Manner::HalfClosed {
                self.stream = None;
            }
            self.count(answer, begin.elapsed());
        }
    }

    fn count(&self, answer: Result<u64, String>, latency: Duration) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(bytes) => {
                let (name, is_timed) = match self.manner {
                    Manner::Ordinary => ("ordinary", true),
                    Manner::HalfClosed => ("half_closed", false),
                    Manner::Slow => ("slow", false),
                };
                *tally.answered.entry(name).or_default() += 1;
                tally.bytes += bytes;
                if is_timed {
                    // The histogram grows as needed, so this cannot fail.
                    let _ = tally.latency.record(latency.as_micros() as u64);
                }
            }
            Err(reason) => *tally.lost.entry(reason).or_default() += 1,
        }
    }

    /// Sends a request and reads its answer, whose length it returns.
    async fn ask(&mut self) -> Result<u64, String> {
        let failed_to =
            |what: &'static str| move |error: std::io::Error| format!("{what}: {}", error.kind());
        let stream = match &mut self.stream {
            Some(stream) => stream,
            empty => empty.insert(
                TcpStream::connect(self.at)
                    .await
                    .map_err(failed_to("connect"))?,
            ),
        };
        if self.manner == Manner::Slow {
            for piece in self.request.chunks(8) {
                stream.write_all(piece).await.map_err(failed_to("write"))?;
                sleep(Duration::from_millis(100)).await;
            }
        } else {
            stream
                .write_all(&self.request)
                .await
                .map_err(failed_to("write"))?;
        }
        if self.manner == Manner::HalfClosed {
            stream.shutdown().await.map_err(failed_to("shutdown"))?;
        }
        let room = if self.manner == Manner::Slow {
            4096
        } else {
            64 << 10
        };
        let (mut answer, mut whole) = (Vec::with_capacity(64 << 10), None);
        let mut piece = vec![0; room];
        while whole.is_none_or(|whole| answer.len() < whole) {
            let read = stream.read(&mut piece).await.map_err(failed_to("read"))?;
            if read == 0 {
                let place = if answer.is_empty() {
                    "before"
                } else {
                    "within"
                };
                return Err(format!("closed {place} an answer"));
            }
            answer.extend_from_slice(&piece[..read]);
            whole = whole.or_else(|| length(&answer));
            if self.manner == Manner::Slow {
                sleep(Duration::from_millis(50)).await;
            }
        }
        check(&answer, &self.expect)
    }
}

/// The length of an answer, once its head has arrived.
fn length(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    Some(head + length.unwrap_or(0))
}

fn check(answer: &[u8], expect: &[u8]) -> Result<u64, String> {
    let status = String::from_utf8_lossy(answer.get(9..12).unwrap_or_default()).into_owned();
    if status != "200" {
        return Err(format!("status {status}"));
    }
    let is_there = expect.is_empty() || answer.windows(expect.len()).any(|part| part == expect);
    match is_there {
        true => Ok(answer.len() as u64),
        false => Err("another answer than expected".to_owned()),
    }
}

fn print(tally: &Tally, seconds: f64, idle: usize) {
    let answered: u64 = tally.answered.values().sum();
    let lost: u64 = tally.lost.values().sum();
    let at = |quantile: f64| tally.latency.value_at_quantile(quantile) as f64 / 1000.0;
    let counts = |name: &str, counts: Vec<(String, u64)>| {
        let counts = counts
            .iter()
            .map(|(key, count)| format!("{key:?}: {count}"));
        format!("{name:?}: {{{}}}", counts.collect::<Vec<_>>().join(", "))
    };
    let kinds = tally
        .answered
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count));
    let reasons = tally
        .lost
        .iter()
        .map(|(name, count)| (name.clone(), *count));
    println!(
        "{{\"seconds\": {seconds:.3}, \"answered\": {answered}, \"lost\": {lost}, \"per_second\": {:.1}, \
         \"p50_ms\": {:.2}, \"p99_ms\": {:.2}, \"p999_ms\": {:.2}, \"max_ms\": {:.2}, \"bytes\": {}, \
         \"idle_open\": {idle}, {}, {}}}",
        answered as f64 / seconds,
        at(0.5),
        at(0.99),
        at(0.999),
        tally.latency.max() as f64 / 1000.0,
        tally.bytes,
        counts("by_manner", kinds.collect()),
        counts("reasons", reasons.collect()),
    );
}
