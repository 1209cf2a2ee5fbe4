//! The heap lens: every case under dhat.

use std::process::ExitCode;

use benchlens::Lens;

mod peers;
mod suite;

fn main() -> ExitCode {
    suite::Bench {
        lens: Lens::Heap,
        allocator: Some(benchlens_heap::count),
        observable: Some(benchlens_heap::observe),
        is_last: false,
    }
    .run()
}
