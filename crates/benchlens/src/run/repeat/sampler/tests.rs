//! The samples of a process stand for its processor time.

use std::sync::{Mutex, PoisonError};

use super::*;

/// A process can have only one sampler.
static ONE: Mutex<()> = Mutex::new(());

/// Ends the other threads, even if an assertion fails.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Written {
    thread: u32,
    spent: u64,
}

fn written(bytes: &[u8]) -> Vec<Written> {
    let mut rest = bytes;
    let mut samples = Vec::new();
    while !rest.is_empty() {
        let word = |at: usize| u64::from_le_bytes(rest[at * 8..][..8].try_into().unwrap());
        let (ip, length) = (word(3), word(6) as usize);
        assert_ne!(ip, 0);
        assert!(length > 0 && length <= 8 << 10, "{length}");
        samples.push(Written {
            thread: word(1) as u32,
            spent: word(2),
        });
        rest = &rest[56 + length..];
    }
    samples
}

/// Computes for `time` nanoseconds of processor time.
fn work(time: u64) {
    let begin = used(own()).unwrap();
    while used(own()).unwrap() - begin < time {
        std::hint::black_box(begin);
    }
}

#[test]
fn threads_that_end_within_a_period_have_samples_for_their_time() {
    const PERIOD: Duration = Duration::from_millis(5);
    const SHORT: u64 = 1_000_000;
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    listen().unwrap();
    SLOT.wanted.store(8 << 10, Ordering::Relaxed);
    let (ends, short) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let mut bytes = Vec::new();
    let mut account = Account::begin(own());
    let before = account.process;
    let share = thread::scope(|scope| {
        let _end = End(&ends);
        scope.spawn(|| {
            while !ends.load(Ordering::Relaxed) {
                let one = thread::spawn(|| {
                    work(SHORT);
                    own()
                });
                let one = one.join().unwrap();
                short.lock().unwrap().push(one);
            }
        });
        // On two cores this thread competes with the others for a processor, and answers late.
        scope.spawn(|| {
            while !ends.load(Ordering::Relaxed) {
                work(SHORT);
            }
        });
        // While other tests use the processors, it can take a while until a thread is found running.
        let begin = Instant::now();
        loop {
            thread::sleep(PERIOD);
            account
                .sample(PERIOD.as_nanos() as u64, &mut bytes)
                .unwrap();
            let short = short.lock().unwrap();
            let spent = short.len() as u64 * SHORT;
            let seen: u64 = (written(&bytes).iter())
                .filter(|sample| short.contains(&sample.thread))
                .map(|sample| sample.spent)
                .sum();
            let share = seen as f64 / spent.max(1) as f64;
            let is_enough = spent >= 300 * SHORT && share > 0.5;
            if is_enough || begin.elapsed() > Duration::from_secs(20) {
                return share;
            }
        }
    });
    assert!(share > 0.5, "{share} of their time");
    // All of the process's time is in a sample or will be.
    let taken: u64 = written(&bytes).iter().map(|sample| sample.spent).sum();
    let living: u64 = account.living.values().map(|used| used.since()).sum();
    let known = taken as i64 + living as i64 + account.unseen;
    let spent = (account.process - before) as i64;
    assert!(
        (known - spent).abs() < spent / 50,
        "{known} of {spent} ns, {taken} of them in samples"
    );
}

#[test]
fn a_busy_thread_is_sampled_with_its_stack_and_an_idle_one_is_not() {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let idle = thread::spawn(move || {
        let own = own();
        let _ = ended.recv();
        own
    });
    let sampler = begin(folder.path(), 1000, 8 << 10).unwrap();
    work(100_000_000);
    sampler.end().unwrap();
    drop(end);
    let idle = idle.join().unwrap();
    let taken = written(&fs::read(folder.path().join(SAMPLES)).unwrap());
    assert!(taken.iter().all(|sample| sample.thread != idle));
    let own: Vec<_> = (taken.iter())
        .filter(|sample| sample.thread == own())
        .collect();
    let (samples, seen) = (
        own.len(),
        own.iter().map(|sample| sample.spent).sum::<u64>(),
    );
    // The samples stand for the thread's processor time.
    assert!(
        samples > 1 && seen > 50_000_000,
        "{samples} samples, {seen} ns"
    );
    let maps = fs::read_to_string(folder.path().join(MAPS)).unwrap();
    assert!(maps.contains("r-xp"));
}
