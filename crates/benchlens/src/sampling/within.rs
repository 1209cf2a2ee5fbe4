//! Which samples belong to the calls, by their time and by their stack.
//!
//! Between calls a bench makes inputs and reads clocks. Most samples of that work lie outside of the recorded windows.
//! Those in short pauses, which the windows include, are recognised by the harness's functions on the stack.

use crate::profile::inlined::Frame;
use crate::run::is_harness;
use crate::run::repeat::{Repeated, Window};

/// When calls were made, and on which thread.
pub(super) struct Within<'a> {
    windows: &'a [Window],
    repeated: Repeated,
}

impl<'a> Within<'a> {
    pub(super) const fn new(windows: &'a [Window], repeated: Repeated) -> Self {
        Self { windows, repeated }
    }

    /// The time since the first call began; `None` outside of all windows.
    pub(super) fn since_begin(&self, time: u64) -> Option<u64> {
        let after = self.windows.partition_point(|it| it.begin <= time);
        let window = self.windows.get(after.checked_sub(1)?)?;
        (time <= window.end).then(|| time.saturating_sub(self.repeated.begin))
    }

    /// Whether a time is between the beginning of the first call and the end of the last.
    pub(super) const fn is_between(&self, time: u64) -> bool {
        self.repeated.begin <= time && time <= self.repeated.end
    }

    /// The thread that makes the calls. It is the process's first, whose id is that of the process.
    pub(super) const fn thread(&self) -> u32 {
        self.repeated.process
    }
}

/// Removes the frames around the call from a stack, which is innermost first. Returns whether the sample belongs
/// to a call. The stack of a thread other than the calling one is kept whole.
pub(super) fn cut_to_call(chains: &mut Vec<Vec<Frame>>, is_calling: bool) -> bool {
    let is_set_up = |frame: &Frame| frame.function.ends_with("Prepared>::set_up");
    if chains.iter().flatten().any(is_set_up) {
        chains.clear();
        return false;
    }
    let found = chains.iter().enumerate().find_map(|(at, chain)| {
        let inner = chain
            .iter()
            .position(|frame| is_harness_frame(&frame.function))?;
        Some((at, inner))
    });
    let Some((at, inner)) = found else {
        return !is_calling;
    };
    let is_call = is_entry(&chains[at][inner].function);
    chains.truncate(at + 1);
    if let Some(last) = chains.last_mut() {
        last.truncate(inner);
    }
    chains.retain(|chain| !chain.is_empty());
    let outermost = chains.last().and_then(|chain| chain.last());
    if !is_call || outermost.is_none_or(is_harness_helper) {
        chains.clear();
    }
    !chains.is_empty()
}

/// Whether a function belongs to the harness code around the case. `black_box` does not, since cases call it too.
fn is_harness_frame(function: &str) -> bool {
    is_harness(function) && !function.ends_with("black_box")
}

/// Whether a function that the harness calls directly belongs to the harness: it takes the input out of its slot,
/// counts the calls of a loop, reads a clock around the routine, and passes its output through `black_box`. Without
/// optimisation, none of these is inlined.
fn is_harness_helper(outermost: &Frame) -> bool {
    let function = outermost.function.as_str();
    function.starts_with("std::time::")
        || function.starts_with("core::option::Option<T>::take")
        || function.contains("core::iter::range::")
        || function.ends_with("black_box")
}

/// Whether a function of the harness is one that calls the case.
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
            &["clock_gettime", "benchlens::run::clock::now", READY][..],
            &["std::time::Instant::now < criterion::bencher::Bencher<M>::iter"],
            &["core::hint::black_box < criterion::bencher::Bencher<M>::iter"],
            &["core::option::Option<T>::take", READY],
            &[
                "<core::ops::range::Range<T> as core::iter::range::RangeIteratorImpl>::spec_next",
                "core::iter::range::<impl core::iter::traits::iterator::Iterator for core::ops::range::Range<A>>::next",
                "criterion::bencher::Bencher<M>::iter",
            ],
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
