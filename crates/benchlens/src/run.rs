//! Running the cases under each lens.
//!
//! One executable has all roles: cargo starts it to take times; it starts itself again to count, with
//! a plan in its environment. Counts are taken in two processes that are started apart, each case in
//! a fork of its own, so that a figure depends neither on the cases before it nor on chance that was
//! not seen.

mod client_request;
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
pub use plan::{Mark, Role, role};
pub use request::{Baseline, InvalidFilter, Request, Task};
pub use scratch::Scratch;
pub use target::{built_in, criterion_folder, target_folder};
#[cfg(feature = "suite")]
pub use terminal::run;
pub use terminal::{Closing, results_folder};

#[cfg(feature = "profiles")]
pub(crate) use invocation::executable_at;
#[cfg(feature = "suite")]
pub(crate) use isolation::panic_message;

/// Whether `function`, as symbols name it, stands between the counted call and the work of a case: what
/// makes the call is no part of what is shown.
pub(crate) fn is_harness(function: &str) -> bool {
    let path = function.trim_start_matches('<');
    // criterion's interface over the harness is a part of it.
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

/// The `main` of a bench, from the function that declares its cases: one executable in all roles.
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
            let harness =
                $crate::run::Harness::new($crate::target!()).allocator($crate::allocator());
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
