//! The routes in a process whose allocations are sampled: what a profile says is compared with what was done.
#![cfg(target_os = "linux")]

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use benchlens_live::SamplingAllocator;
use benchlens_pprof::Profile;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

mod written;

use written::Written as _;

#[global_allocator]
static ALLOCATOR: SamplingAllocator = SamplingAllocator::system();

async fn ask(request: Request<Body>) -> (StatusCode, Vec<u8>) {
    let service: Router = benchlens_live::routes();
    let response = service.oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, body.to_vec())
}

async fn get(path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (status, body) = ask(request).await;
    (status, String::from_utf8_lossy(&body).into_owned())
}

async fn profile(path: &str) -> Profile {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (status, body) = ask(request).await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    Profile::read(&body).unwrap()
}

/// The bytes that each function below allocates in sum: enough for about a thousand samples.
const TOTAL: usize = 512 << 20;

#[inline(never)]
fn in_blocks_of_100_bytes() {
    for _ in 0..TOTAL / 100 {
        black_box(Vec::<u8>::with_capacity(black_box(100)));
    }
}

#[inline(never)]
fn in_blocks_of_a_megabyte() {
    for _ in 0..TOTAL >> 20 {
        black_box(Vec::<u8>::with_capacity(black_box(1 << 20)));
    }
}

/// A separate function, since the tests share one process and its record.
#[inline(never)]
fn for_another_test() {
    for _ in 0..TOTAL >> 20 {
        black_box(Vec::<u8>::with_capacity(black_box(1 << 20)));
    }
}

#[inline(never)]
fn by_growing() {
    for _ in 0..TOTAL / (64 << 10) {
        let mut grows = Vec::<u8>::with_capacity(black_box(32 << 10));
        grows.reserve_exact(black_box(64 << 10));
        black_box(grows);
    }
}

#[inline(never)]
fn kept() -> Vec<Vec<u8>> {
    (0..TOTAL / 4096)
        .map(|_| Vec::with_capacity(black_box(4096)))
        .collect()
}

fn assert_near(found: i64, expected: usize, what: &str) {
    let ratio = found as f64 / expected as f64;
    // At a thousand samples, six standard errors or more.
    assert!(
        (0.8..1.2).contains(&ratio),
        "{what}: {found} for {expected}"
    );
}

#[tokio::test]
async fn the_estimates_are_near_what_was_allocated_and_is_live() {
    thread::spawn(|| {
        in_blocks_of_100_bytes();
        in_blocks_of_a_megabyte();
        by_growing();
    })
    .join()
    .unwrap();
    let held = thread::spawn(kept).join().unwrap();
    let allocs = profile("/debug/pprof/allocs").await;
    assert_eq!(
        allocs.kinds(),
        [
            "alloc_objects",
            "alloc_space",
            "inuse_objects",
            "inuse_space"
        ]
    );
    assert_eq!(allocs.default_kind(), "alloc_space");

    let small = allocs.sum("profiles::in_blocks_of_100_bytes");
    assert_near(small[0], TOTAL / 100, "small blocks");
    assert_near(small[1], TOTAL, "bytes of small blocks");
    assert_eq!(small[2..], [0, 0]);
    let large = allocs.sum("profiles::in_blocks_of_a_megabyte");
    assert_near(large[0], TOTAL >> 20, "large blocks");
    assert_near(large[1], TOTAL, "bytes of large blocks");
    assert_eq!(large[2..], [0, 0]);
    let grown = allocs.sum("profiles::by_growing");
    assert_near(grown[1], TOTAL / 2 * 3, "first and second sizes");
    assert_eq!(grown[2..], [0, 0]);

    let heap = profile("/debug/pprof/heap").await;
    assert_eq!(heap.default_kind(), "inuse_space");
    let live = heap.sum("profiles::kept");
    assert_near(live[2], TOTAL / 4096, "live blocks");
    assert_near(live[3], TOTAL, "live bytes");
    drop(held);
    let left = profile("/debug/pprof/heap").await.sum("profiles::kept");
    assert_eq!(left[2..], [0, 0]);
    assert_near(left[1], TOTAL, "bytes that were live");
}

#[tokio::test]
async fn a_stack_begins_with_the_caller_of_the_allocator_and_names_files_and_lines() {
    thread::spawn(for_another_test).join().unwrap();
    let allocs = profile("/debug/pprof/allocs").await;
    let stack = allocs.stack_with("profiles::for_another_test").unwrap();
    let first = &stack[0];
    assert!(!first.function.contains("benchlens_live"), "{stack:#?}");
    assert!(!first.function.contains("__rust"), "{stack:#?}");
    let ours = stack
        .iter()
        .find(|frame| frame.function.ends_with("for_another_test"))
        .unwrap();
    assert!(
        ours.file.ends_with("tests/profiles.rs") && ours.line > 0,
        "{ours:?}"
    );
    assert_ne!(ours.function, ours.system_name);
    let text = get("/debug/pprof/allocs?debug=1").await.1;
    assert!(text.contains("for_another_test"), "{text}");
}

#[inline(never)]
fn within_a_second(end: &mpsc::Receiver<()>) {
    while end.try_recv().is_err() {
        black_box(vec![0_u8; 64 << 10]);
    }
}

#[inline(never)]
fn before_it() {
    for _ in 0..1 << 12 {
        black_box(Vec::<u8>::with_capacity(black_box(64 << 10)));
    }
}

#[tokio::test]
async fn a_difference_has_only_what_is_within_its_time() {
    thread::spawn(before_it).join().unwrap();
    let (stop, end) = mpsc::channel();
    let running = thread::spawn(move || within_a_second(&end));
    let difference = profile("/debug/pprof/allocs?seconds=1").await;
    stop.send(()).unwrap();
    running.join().unwrap();
    assert!(difference.sum("profiles::within_a_second")[1] > 0);
    assert_eq!(difference.sum("profiles::before_it"), [0; 4]);
    assert_eq!(difference.duration_nanos, 1_000_000_000);
    let whole = profile("/debug/pprof/allocs").await;
    assert!(whole.sum("profiles::before_it")[1] > 0);
}

#[inline(never)]
fn computes(end: &mpsc::Receiver<()>) -> u64 {
    let mut sum = 1_u64;
    while end.try_recv().is_err() {
        for _ in 0..10_000 {
            sum = black_box(sum.wrapping_mul(31) ^ 7);
        }
    }
    sum
}

#[inline(never)]
fn sleeps(end: &mpsc::Receiver<()>) {
    end.recv().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_processors_profile_has_who_computes_and_not_who_sleeps() {
    let (stop, end) = mpsc::channel();
    let (wake, slept) = mpsc::channel();
    let computing = thread::spawn(move || computes(&end));
    let sleeping = thread::spawn(move || sleeps(&slept));
    let asked = tokio::spawn(profile("/debug/pprof/profile?seconds=2"));
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    // A thread started meanwhile is sampled too, and a second profile at the same time is refused.
    let (late_stop, late_end) = mpsc::channel();
    let late = thread::spawn(move || begins_late(&late_end));
    let (status, reason) = get("/debug/pprof/profile?seconds=1").await;
    assert_eq!(status, StatusCode::CONFLICT, "{reason}");
    let profile = asked.await.unwrap();
    stop.send(()).unwrap();
    wake.send(()).unwrap();
    late_stop.send(()).unwrap();
    computing.join().unwrap();
    sleeping.join().unwrap();
    late.join().unwrap();

    assert_eq!(profile.kinds(), ["samples", "cpu"]);
    let busy = profile.sum("profiles::computes");
    assert!(busy[0] >= 5, "{busy:?}");
    assert_eq!(busy[1], busy[0] * 10_000_000);
    assert!(profile.sum("profiles::begins_late")[0] >= 5);
    assert_eq!(profile.sum("profiles::sleeps"), [0, 0]);
    // The whole stack was walked, through to the thread's start.
    let stack = profile.stack_with("profiles::computes").unwrap();
    assert!(
        stack.iter().any(|frame| frame.function.contains("thread")),
        "{stack:#?}"
    );
    assert!(!stack[0].function.contains("benchlens_live"), "{stack:#?}");
}

#[inline(never)]
fn begins_late(end: &mpsc::Receiver<()>) {
    computes(end);
}

#[tokio::test]
async fn every_thread_shows_where_it_is() {
    let (stop, end) = mpsc::channel::<()>();
    let named = thread::Builder::new().name("waits <here>".into());
    let waiting = named.spawn(move || waits_for_a_message(&end)).unwrap();
    let profile = profile("/debug/pprof/threads").await;
    assert_eq!(profile.kinds(), ["threads"]);
    assert_eq!(profile.sum("profiles::waits_for_a_message"), [1]);
    assert_eq!(profile.samples.len() as i64, profile.total(0));
    let (status, text) = get("/debug/pprof/threads?debug=1").await;
    assert_eq!(status, StatusCode::OK);
    let (_, after) = text.split_once("waits <here> (").unwrap();
    let (own, _) = after.split_once("\n\n").unwrap_or((after, ""));
    assert!(own.contains("profiles::waits_for_a_message"), "{text}");
    assert!(own.contains("sleeping"), "{text}");
    stop.send(()).unwrap();
    waiting.join().unwrap();
}

#[inline(never)]
fn waits_for_a_message(end: &mpsc::Receiver<()>) {
    end.recv().unwrap();
    black_box(());
}

#[tokio::test]
async fn small_routes_answer_as_in_go() {
    let (status, page) = get("/debug/pprof/").await;
    assert_eq!(status, StatusCode::OK);
    for link in [
        "allocs?debug=1",
        "heap?debug=1",
        "threads?debug=1",
        "profile?seconds=10",
        "cmdline",
        "symbol",
    ] {
        assert!(page.contains(&format!("href=\"{link}\"")), "{link}");
    }
    assert!(!page.contains("<script"));
    assert_eq!(get("/debug/pprof").await.0, StatusCode::PERMANENT_REDIRECT);
    let (_, line) = get("/debug/pprof/cmdline").await;
    assert!(line.starts_with(&std::env::args().next().unwrap()));

    assert_eq!(get("/debug/pprof/symbol").await.1, "num_symbols: 1\n");
    let address = sleeps as fn(&mpsc::Receiver<()>) as usize;
    let body = format!("{address:#x}+0x10");
    let request = Request::post("/debug/pprof/symbol")
        .body(Body::from(body.clone()))
        .unwrap();
    let (_, named) = ask(request).await;
    let named = String::from_utf8(named).unwrap();
    assert!(
        named.contains(&format!("{address:#x} profiles::sleeps\n")),
        "{named}"
    );
    assert!(named.contains("0x10 0x10\n"), "{named}");
    assert_eq!(get(&format!("/debug/pprof/symbol?{body}")).await.1, named);
}

#[tokio::test]
async fn metrics_have_the_process_and_the_heap() {
    thread::spawn(for_another_test).join().unwrap();
    let value = |text: &str, name: &str| -> f64 {
        let line = text
            .lines()
            .find(|line| line.split(' ').next() == Some(name));
        line.and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .unwrap_or_else(|| panic!("{name}: {text}"))
    };
    let first = get("/metrics").await.1;
    for name in [
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
        "rust_heap_live_bytes",
        "rust_heap_samples_total",
    ] {
        assert!(value(&first, name) >= 0.0);
        assert!(first.contains(&format!("# TYPE {name} ")), "{name}");
    }
    let allocated = value(&first, "rust_heap_allocated_bytes_total");
    assert!(allocated >= 0.8 * TOTAL as f64, "{allocated}");
    thread::spawn(for_another_test).join().unwrap();
    let second = get("/metrics").await.1;
    assert!(value(&second, "rust_heap_allocated_bytes_total") >= allocated + 0.5 * TOTAL as f64);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_a_reason() {
    for seconds in ["0", "-1", "301", "1.5", "x", ""] {
        for route in ["heap", "allocs", "profile"] {
            let (status, reason) = get(&format!("/debug/pprof/{route}?seconds={seconds}")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{route} {seconds}");
            assert!(reason.contains("from 1 to 300"), "{reason}");
        }
    }
    let (status, reason) = get("/debug/pprof/symbol?0x1+nowhere").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(reason.contains("nowhere"), "{reason}");
    let long = Body::from("0x1+".repeat(20_000));
    let (status, _) = ask(Request::post("/debug/pprof/symbol").body(long).unwrap()).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let (status, reason) = get("/debug/pprof/goroutine").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(reason.contains("threads"), "{reason}");
}

#[test]
fn many_threads_allocate_and_free_each_others_blocks() {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..4).map(|_| mpsc::channel::<Vec<u8>>()).unzip();
    let freeing = receivers
        .into_iter()
        .map(|blocks| thread::spawn(move || blocks.iter().count()));
    let freeing: Vec<_> = freeing.collect();
    let making = (0..4).map(|number| {
        let senders = senders.clone();
        thread::spawn(move || {
            for round in 0..20_000 {
                let size = 1 + (round * 37 + number) % 5000;
                senders[(round + number) % 4].send(passed_on(size)).unwrap();
            }
        })
    });
    let making: Vec<_> = making.collect();
    drop(senders);
    making.into_iter().for_each(|it| it.join().unwrap());
    let freed: usize = freeing.into_iter().map(|it| it.join().unwrap()).sum();
    assert_eq!(freed, 80_000);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let heap = runtime
        .block_on(profile("/debug/pprof/heap"))
        .sum("profiles::passed_on");
    assert!(heap[1] > 0);
    assert_eq!(heap[2..], [0, 0]);
}

#[inline(never)]
fn passed_on(size: usize) -> Vec<u8> {
    black_box(vec![7; size])
}
