//! The experiment with the system's allocator; see [`benchlens_memory::experiment`].

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    let (output, mut errors) = (std::io::stdout(), std::io::stderr());
    benchlens_memory::experiment::run(&benchlens_memory::SYSTEM, arguments, output, &mut errors)
}
