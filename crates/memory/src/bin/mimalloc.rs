//! The experiment with mimalloc; see [`benchlens_memory::experiment`].

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    let (output, mut errors) = (std::io::stdout(), std::io::stderr());
    benchlens_memory::experiment::run(&benchlens_memory::MIMALLOC, arguments, output, &mut errors)
}
