//! The command: see [`cargo_benchlens`].

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_benchlens::main()
}
