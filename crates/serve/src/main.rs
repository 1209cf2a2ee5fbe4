//! The executable. It contains only the global allocator, so that the service is compiled in another crate.

use std::process::ExitCode;

#[cfg(feature = "sampling")]
#[global_allocator]
static ALLOCATOR: benchlens_live::SamplingAllocator = benchlens_live::SamplingAllocator::system();

fn main() -> ExitCode {
    benchlens_serve::run(std::env::args_os())
}
