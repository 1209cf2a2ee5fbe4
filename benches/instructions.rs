//! The instruction lens: every case under callgrind.

use std::process::ExitCode;

use benchlens::Lens;

mod peers;
mod suite;

fn main() -> ExitCode {
    suite::Bench {
        lens: Lens::Instructions,
        allocator: None,
        observable: None,
        is_last: false,
    }
    .run()
}
