//! Which samples are of the calls: by the time of the sample, and by its stack.
//!
//! A bench makes an input before each call and reads a clock around it. What was seen at such a time is told
//! apart by the recorded windows; what was seen in a short pause, by the harness's functions on the stack.

use crate::profile::inlined::Frame;
use crate::run::is_harness;
use crate::run::repeat::{Repeated, Window};

/// When calls were made, and by whom.
pub(super) struct Within<'a> {
    windows: &'a [Window],
    repeated: Repeated,
}

impl<'a> Within<'a> {
    pub(super) const fn new(windows: &'a [Window], repeated: Repeated) -> Self {
        Self { windows, repeated }
    }

    /// The time since the first call; `None` outside of all calls.
    pub(super) fn since_begin(&self, time: u64) -> Option<u64> {
        let after = self.windows.partition_point(|it| it.begin <= time);
        let window = self.windows.get(after.checked_sub(1)?)?;
        (time <= window.end).then(|| time.saturating_sub(self.repeated.begin))
    }

    /// Whether it is later than the first call's begin, and earlier than the last call's end.
    pub(super) const fn is_between(&self, time: u64) -> bool {
        self.repeated.begin <= time && time <= self.repeated.end
    }

    /// The thread that makes the calls: a process's first has the process's number.
    pub(super) const fn thread(&self) -> u32 {
        self.repeated.process
    }
}

/// Removes what is outside of the call from a stack, innermost chain and frame first, and says whether the
/// rest is of the call. The stack of another thread than the calling one is kept whole: it was busy during
/// calls.
pub(super) fn cut_to_call(chains: &mut Vec<Vec<Frame>>, is_calling: bool) -> bool {
    let is_set_up = |frame: &Frame| frame.function.ends_with("Prepared>::set_up");
    if chains.iter().flatten().any(is_set_up) {
        chains.clear();
        return false;
    }
    let found = chains.iter().enumerate().find_map(|(at, chain)| {
        let inner = chain.iter().position(|frame| is_around(&frame.function))?;
        Some((at, inner))
    });
    let Some((at, inner)) = found else {
        return !is_calling;
    };
    let calls = is_entry(&chains[at][inner].function);
    chains.truncate(at + 1);
    if let Some(last) = chains.last_mut() {
        last.truncate(inner);
    }
    chains.retain(|chain| !chain.is_empty());
    let outermost = chains.last().and_then(|chain| chain.last());
    if !calls || outermost.is_none_or(is_of_harness) {
        chains.clear();
    }
    !chains.is_empty()
}

/// Whether a function stands around the case; `black_box` stands within it.
fn is_around(function: &str) -> bool {
    is_harness(function) && !function.ends_with("black_box")
}

/// Whether a function that the harness calls directly is no part of the case: criterion reads its own clock
/// around the routine, and passes the output through `black_box`.
fn is_of_harness(outermost: &Frame) -> bool {
    outermost.function.starts_with("std::time::") || outermost.function.ends_with("black_box")
}

/// Whether a function of the harness calls the case's own code.
fn is_entry(function: &str) -> bool {
    let path = function.trim_start_matches('<');
    [
        "benchlens::suite::",
        "benchlens::run::count::counted_call",
        "criterion::bencher::",
        "criterion::async_bencher::",
        "criterion::async_executor::",
    ]
    .iter()
    .any(|module| path.starts_with(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stack of physical frames, innermost first; `a<b` is `a` inlined into `b`.
    fn stack(frames: &[&str]) -> Vec<Vec<Frame>> {
        let frame = |name: &str| Frame {
            function: name.to_owned(),
            file: "a.rs".to_owned(),
            line: 1,
        };
        (frames.iter())
            .map(|chain| chain.split(" < ").map(frame).collect())
            .collect()
    }

    const READY: &str = "<benchlens::suite::prepared::Ready<S,I,O,F> as \
                         benchlens::suite::prepared::Prepared>::call";

    #[test]
    fn the_stack_of_a_call_begins_with_the_cases_own_function() {
        let inlined = format!("mine::parse < {READY}");
        let mut declared = stack(&["memcpy", &inlined, "benchlens::run::count::counted_call"]);
        assert!(cut_to_call(&mut declared, true));
        assert_eq!(declared, stack(&["memcpy", "mine::parse"]));

        let mut boxed = stack(&[
            "core::hint::black_box < criterion::black_box < mine::parse",
            "mine::bench::{{closure}} < criterion::bencher::Bencher<M>::iter",
            "main",
        ]);
        assert!(cut_to_call(&mut boxed, true));
        assert_eq!(boxed.len(), 2);
        assert_eq!(boxed[1], stack(&["mine::bench::{{closure}}"])[0]);
    }

    #[test]
    fn what_the_harness_does_itself_is_no_call() {
        let set_up = "<benchlens::suite::prepared::Ready<S,I,O,F> as \
                      benchlens::suite::prepared::Prepared>::set_up";
        for outside in [
            &["clock_gettime", "benchlens::run::repeat::clock::now", READY][..],
            &["std::time::Instant::now < criterion::bencher::Bencher<M>::iter"],
            &["core::hint::black_box < criterion::bencher::Bencher<M>::iter"],
            &["criterion::bencher::Bencher<M>::iter", "main"],
            &[
                "memcpy",
                "mine::input::{{closure}} < benchlens::suite::case::input",
                set_up,
            ],
            &["mine::declare", "main"],
        ] {
            assert!(!cut_to_call(&mut stack(outside), true), "{outside:?}");
        }
    }

    #[test]
    fn another_thread_is_kept_whole() {
        let mut worker = stack(&["mine::work", "std::thread::spawn", "clone"]);
        assert!(cut_to_call(&mut worker, false));
        assert_eq!(worker.len(), 3);
    }

    #[test]
    fn a_sample_belongs_to_the_window_that_it_falls_into() {
        let windows = [Window { begin: 10, end: 20 }, Window { begin: 30, end: 40 }];
        let repeated = Repeated {
            calls: 2,
            begin: 9,
            end: 41,
            process: 1,
            processor: None,
        };
        let within = Within::new(&windows, repeated);
        for (time, expected) in [
            (9, None),
            (10, Some(1)),
            (20, Some(11)),
            (25, None),
            (41, None),
        ] {
            assert_eq!(within.since_begin(time), expected, "{time}");
        }
        assert!(within.is_between(25) && !within.is_between(42));
    }
}
