//! The experiment with jemalloc; see [`benchlens_memory::experiment`].

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    let (output, mut errors) = (std::io::stdout(), std::io::stderr());
    benchlens_memory::experiment::run(&benchlens_memory::JEMALLOC, arguments, output, &mut errors)
}
