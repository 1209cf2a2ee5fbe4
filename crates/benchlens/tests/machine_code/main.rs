//! Small programs compiled with rustc: their machine code, and what the code and the compiler's remarks say about them.

use std::path::Path;
use std::process::{Command, Output};

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod assembly;
mod witnesses;

/// Allocates once through a function that is called, and once through one that is inlined.
const PAIR: &str = "
#[inline(never)]
fn boxed_called(number: u64) -> Box<u64> { Box::new(number) }

#[inline(always)]
fn boxed_inlined(number: u64) -> Box<u64> { Box::new(number) }

#[inline(never)]
pub fn called(number: u64) -> u64 { *boxed_called(number) + 1 }

#[inline(never)]
pub fn inlined(number: u64) -> u64 { *boxed_inlined(number) + 2 }
";

/// Writes `source` to a file in `folder` and compiles it there, with optimisation and debug information.
fn compile(folder: &Path, file: &str, source: &str, arguments: &[&str]) -> Output {
    std::fs::write(folder.join(file), source).unwrap();
    let output = Command::new("rustc")
        .args(["-O", "--edition=2024", "-C", "debuginfo=1", file])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    output
}
