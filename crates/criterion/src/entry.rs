//! The start and end of the process: the two macros, and the start of the other lenses.

use std::io::{self, Write as _};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::{panic, process, thread};

use benchlens::report::plain;

use crate::{Criterion, arguments, case, engine};

/// The id of the benchmarking process; a fork of it must not run its exit handler.
static PROCESS: AtomicU32 = AtomicU32::new(0);
static FINISHED: AtomicBool = AtomicBool::new(false);
/// Whether a manager was configured from the arguments, so that criterion parses them.
static ARGUMENTS_READ: AtomicBool = AtomicBool::new(false);
static PANICKED: AtomicBool = AtomicBool::new(false);

/// Registers [`finish`] to be called when the process ends.
///
/// A bench with a `main` of its own uses none of the macros and may have several managers, so the
/// end of the process is the only point that is certainly after all of them.
pub(crate) fn enlist() {
    static ENLISTED: Once = Once::new();
    ENLISTED.call_once(|| {
        if arguments::benchmarking() || engine::is_lens() {
            engine::begin();
            PROCESS.store(process::id(), Ordering::Relaxed);
            // SAFETY: the function is valid for the life of the process, and does not unwind.
            unsafe { atexit(at_exit) };
        }
    });
}

/// Records that criterion parses the arguments.
pub(crate) fn criterion_reads_arguments() {
    ARGUMENTS_READ.store(true, Ordering::Relaxed);
}

unsafe extern "C" {
    /// Registers `call` to be run by `exit` at the end of `main`; available in the C library of
    /// every target that criterion supports.
    fn atexit(call: extern "C" fn()) -> std::ffi::c_int;

    /// Ends the process without running handlers registered with [`atexit`].
    fn _exit(code: std::ffi::c_int) -> !;
}

/// Prints why, and ends the process at once, even while it is exiting.
pub(crate) fn end_with(code: i32, why: &str) -> ! {
    // Standard error may be closed; ignore.
    let _ = writeln!(io::stderr(), "{}", plain(why));
    let _ = io::stdout().flush();
    // SAFETY: no memory is involved.
    unsafe { _exit(code) }
}

extern "C" fn at_exit() {
    // A panic must not unwind into the C library, and there is nothing left to handle it.
    drop(panic::catch_unwind(finish));
}

/// Ends the run of this executable, once; called by `criterion_main!`.
///
/// In the benchmarking process, starts the other lenses and prints the joined table. Does nothing if
/// cargo did not request benchmarks, if none ran, or if one has panicked.
#[doc(hidden)]
pub fn finish() {
    let here = PROCESS.load(Ordering::Relaxed) == process::id();
    if here && !PANICKED.load(Ordering::Relaxed) && !FINISHED.swap(true, Ordering::Relaxed) {
        let arguments = arguments::for_lens(ARGUMENTS_READ.load(Ordering::Relaxed));
        let (declared, selected) = case::take();
        engine::finish(declared, selected, arguments);
    }
}

/// Records a panic when it is dropped by unwinding; part of every manager.
pub(crate) struct Unwinding;

impl Drop for Unwinding {
    fn drop(&mut self) {
        if thread::panicking() {
            PANICKED.store(true, Ordering::Relaxed);
        }
    }
}

/// The runner of custom test frameworks. Not to be called directly.
#[doc(hidden)]
pub fn runner(benches: &[&dyn Fn()]) {
    for bench in benches {
        bench();
    }
    Criterion::default().configure_from_args().final_summary();
    finish();
}

/// Defines a function that runs targets with one [`Criterion`].
///
/// # Examples
///
/// ```
/// use criterion::{Criterion, criterion_group};
///
/// fn parse(c: &mut Criterion) {}
/// fn print(c: &mut Criterion) {}
///
/// criterion_group!(plain, parse, print);
/// criterion_group! {
///     name = few_samples;
///     config = Criterion::default().sample_size(10);
///     targets = parse, print
/// }
/// ```
#[macro_export]
macro_rules! criterion_group {
    (name = $name:ident; config = $config:expr; targets = $( $target:path ),+ $(,)*) => {
        #[doc = "The function which runs the benchmarks."]
        pub fn $name() {
            let mut criterion: $crate::Criterion<_> = $config.configure_from_args();
            $(
                $target(&mut criterion);
            )+
        }
    };
    ($name:ident, $( $target:path ),+ $(,)*) => {
        $crate::criterion_group! {
            name = $name;
            config = $crate::Criterion::default();
            targets = $( $target ),+
        }
    }
}

/// Defines the `main` of a bench with `harness = false`, which runs the groups, and then the other
/// lenses.
///
/// # Examples
///
/// ```no_run
/// use criterion::{Criterion, criterion_group, criterion_main};
///
/// fn parse(c: &mut Criterion) {}
///
/// criterion_group!(benches, parse);
/// criterion_main!(benches);
/// ```
#[macro_export]
macro_rules! criterion_main {
    ( $( $group:path ),+ $(,)* ) => {
        fn main() {
            $(
                $group();
            )+
            $crate::Criterion::default().configure_from_args().final_summary();
            $crate::finish();
        }
    }
}
