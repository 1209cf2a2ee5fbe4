//! iai-callgrind's runner, built with the package, so that its bench needs nothing installed.

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
