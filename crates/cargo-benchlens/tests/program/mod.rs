//! A small program, what callgrind counted of it, and the command on both.
#![allow(dead_code, reason = "each test uses its own part of it")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The program. `known` is written in assembly, so that its counts are known.
pub(crate) const SOURCE: &str = r#"
use std::hint::black_box;

std::arch::global_asm!(
    ".globl known", ".type known, @function", "known:",
    "xor eax, eax", "2:", "add rax, rdi", "dec rdi", "jne 2b", "ret",
    ".size known, . - known",
);
unsafe extern "C" { safe fn known(number: u64) -> u64; }

#[inline(never)]
fn boxed(number: u64) -> Box<u64> { Box::new(number) }

#[inline(never)]
fn doubled(number: u64) -> u64 { black_box(number) * 2 }

#[inline(never)]
fn through(function: fn(u64) -> u64) -> u64 { function(3) + 1 }

#[inline(never)]
fn outer(values: &[u64], at: usize) -> u64 {
    inner(values, at) + 1
}

#[inline(always)]
fn inner(values: &[u64], at: usize) -> u64 {
    values[at]
}

fn main() {
    let wanted = 3 - std::env::args().count();
    let sum = known(10) + *black_box(boxed(3)) + through(black_box(doubled));
    println!("{sum}");
    println!("{}", black_box(outer(black_box(&[1, 2]), wanted)));
}
"#;

/// A folder with the program and its source.
pub(crate) fn program() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("program.rs"), SOURCE).unwrap();
    let rustc = Command::new("rustc")
        .args(["-O", "--edition=2024", "-C", "debuginfo=1", "program.rs"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(rustc.status.success(), "{rustc:?}");
    folder
}

/// The same folder, with callgrind's profile of the program.
pub(crate) fn profiled() -> TempDir {
    let folder = program();
    let valgrind = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--dump-instr=yes",
            "--callgrind-out-file=profile",
        ])
        .arg(folder.path().join("program"))
        .arg("within")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(valgrind.status.success(), "{valgrind:?}");
    folder
}

/// Runs a verb with this standard input.
pub(crate) fn run(arguments: &str, folder: &Path, input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cargo-benchlens"))
        // The folder's own target folder is used, wherever the tests are built.
        .env_remove("CARGO_TARGET_DIR")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The process may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(both).unwrap()
}

/// What the program prints when it panics.
pub(crate) fn panic(program: &Path, backtrace: &str) -> Vec<u8> {
    let output = Command::new(program)
        .env("RUST_BACKTRACE", backtrace)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(101));
    output.stderr
}
