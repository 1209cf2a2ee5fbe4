//! iai-callgrind's runner, built with this package, so that the `iai` bench needs no installed runner.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match iai_callgrind_runner::runner::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed.
            let _ = writeln!(std::io::stderr(), "iai-callgrind-runner: {error:#}");
            ExitCode::FAILURE
        }
    }
}
