//! Running the cases under each lens.
//!
//! One executable plays every role. Cargo starts it to measure time. It then starts itself again to
//! count, with a plan in its environment. Counts are taken in two independent processes, each case in
//! a fork of its own, so that a figure does not depend on earlier cases and nondeterminism is
//! detected.

mod chance;
mod client_request;
pub(crate) mod clock;
mod count;
mod counts;
mod dump;
#[cfg(feature = "suite")]
mod estimates;
pub mod guest;
#[cfg(feature = "suite")]
mod harness;
mod heap;
mod instructions;
mod invocation;
mod isolation;
mod lens;
mod measured;
mod plan;
mod processes;
pub mod repeat;
mod request;
mod scratch;
mod selection;
mod settle;
mod stack;
mod target;
mod terminal;
mod threads;
#[cfg(feature = "suite")]
mod time;
#[cfg(feature = "suite")]
mod turns;

pub use count::{COUNTED_CALL, Routine, Switch, close, count, count_windows, open, set_allocator};
#[cfg(feature = "suite")]
pub use harness::{Done, Harness, Target, describe};
pub use isolation::{absent, isolated};
pub use measured::{Error, LensFigures, Measured};
pub use plan::{CountNote, Role, role};
pub use request::{Baseline, InvalidFilter, Request, Task};
pub use scratch::Scratch;
pub use settle::heap as settle_heap;
pub use target::{built_in, criterion_folder, target_folder};
#[cfg(feature = "suite")]
pub use terminal::run;
pub use terminal::{Closing, results_folder};

#[cfg(feature = "assembly")]
pub(crate) use dump::allocator_entry;
#[cfg(feature = "profiles")]
pub(crate) use invocation::executable_at;
#[cfg(feature = "suite")]
pub(crate) use isolation::panic_message;

/// Whether `function`, by its symbol name, belongs to the harness. Frames of the harness are hidden in
/// reports.
pub(crate) fn is_harness(function: &str) -> bool {
    let path = function.trim_start_matches('<');
    // The drop-in for criterion counts as harness.
    ["benchlens::run::", "benchlens::suite::", "criterion::"]
        .iter()
        .any(|module| path.starts_with(module))
}

/// The package and the bench target that are being compiled.
#[cfg(feature = "suite")]
#[macro_export]
macro_rules! target {
    () => {
        $crate::run::Target {
            package: env!("CARGO_PKG_NAME"),
            bench: env!("CARGO_CRATE_NAME"),
        }
    };
}

/// Defines the `main` of a bench from the function that declares its cases.
///
/// ```no_run
/// fn cases(suite: &mut benchlens::Suite) {
///     suite.group("sum").case("plain", "").run(|()| (0..1000).sum::<u64>());
/// }
///
/// benchlens::main!(cases);
/// ```
#[cfg(feature = "suite")]
#[macro_export]
macro_rules! main {
    ($cases:path) => {
        fn main() -> ::std::process::ExitCode {
            let harness = $crate::run::Harness::new($crate::target!())
                .allocator($crate::allocator())
                .observable($crate::observable());
            $crate::run::run(
                &harness,
                $cases,
                &$crate::run::Closing::default(),
                &mut ::std::io::stdout(),
                &mut ::std::io::stderr(),
            )
        }
    };
}
