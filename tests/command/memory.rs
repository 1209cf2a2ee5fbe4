//! `benchlens memory` as a process: the experiment that it starts, and what was recorded.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::process::{code_and_stderr, process, said};

const RECORD: &str = "results/record/2026-11-26-x86_64-2-cores";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Builds the executable that the experiment starts for the system's allocator; returns its folder.
fn built() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("experiment");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "benchlens-memory"])
        .args(["--bin", "benchlens-memory-system", "--target-dir"])
        .arg(&target)
        .current_dir(root())
        .status();
    assert!(built.unwrap().success());
    target.join("debug")
}

/// Runs `line` in `folder`, with the folder `path` first on `PATH`.
fn run(line: &str, folder: &Path, path: &Path) -> Output {
    let own = std::env::var("PATH").unwrap();
    process()
        .args(line.split(' '))
        .env("PATH", format!("{}:{own}", path.display()))
        .current_dir(folder)
        .output()
        .unwrap()
}

#[test]
fn the_example_in_help_runs_and_leaves_what_the_page_shows() {
    let (folder, path) = (tempfile::tempdir().unwrap(), built());
    let folder = folder.path();
    let help = run("memory --help", folder, &path);
    let help = String::from_utf8(help.stdout).unwrap();
    let example = (help.lines())
        .filter_map(|line| line.trim().strip_prefix("benchlens "))
        .find(|line| line.contains("--allocator system"))
        .unwrap();
    let output = run(example, folder, &path);
    let (code, said) = said(&output);
    assert_eq!(code, 0, "{said}");
    let lines: Vec<_> = said.lines().filter(|it| it.starts_with("mem ")).collect();
    for phase in ["start", "load", "free", "idle", "work", "ask"] {
        let is_of = |line: &&&str| line.contains(&format!("s {phase}: "));
        assert!(lines.iter().filter(is_of).count() >= 2, "{phase}: {said}");
    }
    assert!(said.contains(" allocator  settings"), "{said}");
    let kept = benchlens::store::read_memory(&folder.join("results/latest")).unwrap();
    // Defaults and each block mapped, both with everything freed and with one block in a hundred kept.
    assert_eq!(kept.len(), 4);
    let rows = benchlens::memory::give_backs(&kept);
    assert!(rows.iter().all(|row| row.freed.asked < row.freed.loaded));
    assert_eq!(
        rows[0].pinned.half_after_ns, None,
        "glibc keeps all below a block"
    );
}

#[test]
fn the_recorded_experiment_gives_its_table_again() {
    let folder = tempfile::tempdir().unwrap();
    let latest = folder.path().join("results/latest/memory");
    fs::create_dir_all(&latest).unwrap();
    for entry in fs::read_dir(root().join(RECORD).join("memory")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), latest.join(entry.file_name())).unwrap();
    }
    let kept = |format: &str| {
        let line = format!("memory --experiment --kept --format {format}");
        let output = run(&line, folder.path(), Path::new("/nowhere"));
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let table = fs::read_to_string(root().join(RECORD).join("memory.md")).unwrap();
    assert_eq!(kept("markdown"), table);
    assert!(kept("csv").contains("\nmemory,jemalloc,background_thread + 1 % kept,"));
    assert!(kept("lines").contains("idle: 0 live, "));
    let json: serde_json::Value = serde_json::from_str(&kept("json")).unwrap();
    assert_eq!(json["processes"].as_array().unwrap().len(), 14);
}

#[test]
fn what_cannot_be_done_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    // The command alone in a folder, with nothing beside it.
    let alone = folder.path().join("benchlens");
    fs::copy(process().get_program(), &alone).unwrap();
    let run = |line: &str| {
        let output = Command::new(&alone)
            .args(line.split(' '))
            .env("PATH", "/nowhere")
            .current_dir(folder.path())
            .output()
            .unwrap();
        code_and_stderr(&output)
    };
    for (line, code, words) in [
        ("memory --experiment", 1, "cargo install benchlens-memory"),
        ("memory --experiment --load 99999999", 2, "--load"),
        ("memory --experiment --interval 1ns", 2, "at least 100us"),
        (
            "memory --experiment --kept",
            2,
            "has no recording of the experiment",
        ),
        ("memory", 2, "name a case, or use --experiment"),
        ("memory some/case --experiment", 2, "cannot be used with"),
        ("memory some/case", 1, "results/latest"),
    ] {
        let (found, said) = run(line);
        assert_eq!(found, code, "{line}: {said}");
        assert!(said.contains(words), "{line}: {said}");
    }
}
