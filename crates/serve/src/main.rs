//! The executable: the global allocator, and nothing else, so that the service's own code is compiled apart
//! from it.

use std::process::ExitCode;

#[cfg(feature = "sampling")]
#[global_allocator]
static ALLOCATOR: benchlens_live::SamplingAllocator = benchlens_live::SamplingAllocator::system();

fn main() -> ExitCode {
    benchlens_serve::run(std::env::args_os())
}
