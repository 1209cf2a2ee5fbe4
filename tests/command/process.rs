//! The command as a process: how tests start it, and what they look at afterwards.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The command without a verb, as the standard library's [`Command`].
pub(crate) fn process() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin("benchlens"))
}

/// The same as an `assert_cmd` command, which takes input and is asserted on.
pub(crate) fn benchlens() -> assert_cmd::Command {
    process().into()
}

/// The exit code and standard error of a run whose standard output is a closed pipe.
pub(crate) fn without_reader(command: &mut Command) -> (Option<i32>, String) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), stderr)
}

/// The exit code, and standard output followed by standard error.
pub(crate) fn said(output: &Output) -> (i32, String) {
    let said = [&output.stdout[..], &output.stderr].concat();
    let code = output.status.code().expect("no signal");
    (code, String::from_utf8(said).unwrap())
}

/// The exit code and standard error.
pub(crate) fn code_and_stderr(output: &Output) -> (i32, String) {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().expect("no signal"), stderr)
}

/// The names in a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

pub(crate) fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Drops root's privileges, because modes and limits do not apply to root.
#[cfg(unix)]
pub(crate) fn as_nobody(command: &mut Command) -> &mut Command {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65_534;
    let own = tempfile::tempfile().unwrap();
    if own.metadata().unwrap().uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
