//! The command's general behaviour, and the verbs `list`, `freq` and `generate`, as a process.

use std::fs::{self, File};
use std::process::Stdio;

use benchlens::store::folder::Writer;
use benchlens::{Metric, SuiteInfo, store};
use benchlens_suite::input::{feeds, text};
use tempfile::tempdir;

use crate::process::{benchlens, process, without_reader};
use crate::results;

#[test]
fn help_has_examples_and_wrong_usage_exits_2() {
    for verb in [
        "list",
        "rewrite",
        "freq",
        "serve",
        "table",
        "inlining",
        "verify",
        "generate",
        "completions",
        "man",
    ] {
        let run = benchlens().args([verb, "--help"]).assert().success();
        let help = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
        assert!(help.contains("Examples:"), "{help}");
    }
    benchlens().assert().code(2);
    benchlens().arg("dance").assert().code(2);
    benchlens().args(["freq", "--topic", ""]).assert().code(2);
    benchlens().args(["inlining", "dance"]).assert().code(2);
    benchlens()
        .args(["freq", "--topic", "", "."])
        .assert()
        .code(2);
    benchlens()
        .args(["generate", "text", "--shape", "x", "--bytes", "1"])
        .assert()
        .code(2);
}

#[test]
fn list_names_each_subject_first_on_its_line() {
    let run = benchlens().arg("list").assert().success();
    let lines = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    for name in [
        "rewrite/chunked ",
        "rewrite/alg_two ",
        "rewrite/copy ",
        "inlining/alg_one ",
    ] {
        assert!(lines.lines().any(|line| line.starts_with(name)), "{lines}");
    }
    let run = benchlens()
        .args(["list", "--format", "json"])
        .assert()
        .success();
    let subjects: Vec<serde_json::Value> =
        serde_json::from_slice(&run.get_output().stdout).unwrap();
    assert_eq!(subjects.len(), lines.lines().count());
}

#[test]
fn texts_and_feeds_are_generated() {
    let expected = text::generate(text::Shape::Dense, 70_000);
    benchlens()
        .args(["generate", "text", "--shape", "dense", "--bytes", "70000"])
        .assert()
        .success()
        .stdout(expected);
    let folder = tempdir().unwrap();
    let out = folder.path().join("new");
    benchlens()
        .args(["generate", "feeds", "--count", "3", "--out"])
        .arg(&out)
        .assert()
        .success();
    let second = fs::read_to_string(out.join(feeds::file_name(2))).unwrap();
    assert_eq!(second, feeds::generate(2));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 3);
}

#[test]
fn a_full_disk_exits_1_and_a_closed_pipe_0() {
    let status = process()
        .arg("list")
        .stdout(File::create("/dev/full").unwrap())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
    for arguments in [
        &["list"][..],
        &[
            "generate", "text", "--shape", "sparse", "--bytes", "9999999",
        ],
    ] {
        let ended = without_reader(process().args(arguments));
        assert_eq!(ended, (Some(0), String::new()));
    }
}

#[test]
fn nobody_listening_to_errors_is_no_panic() {
    let status = process()
        .arg("dance")
        .stderr(File::create("/dev/full").unwrap())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_table_without_results_says_what_to_run() {
    let folder = tempdir().unwrap();
    let run = benchlens()
        .arg("table")
        .current_dir(&folder)
        .assert()
        .code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(
        message.contains("results/latest") && message.contains("cargo bench"),
        "{message}"
    );
}

#[test]
fn a_trace_has_a_bar_for_each_stage_of_each_document() {
    let folder = tempdir().unwrap();
    feeds::write(folder.path(), 3).unwrap();
    let trace = folder.path().join("trace.json");
    let freq = |counter: &[&str]| {
        let mut command = benchlens();
        command
            .args(["freq", "--topic", feeds::TOPIC, "--trace"])
            .arg(&trace)
            .args(counter)
            .arg(folder.path());
        command
    };
    freq(&["--threads", "2"]).assert().success();
    let written: serde_json::Value = serde_json::from_slice(&fs::read(&trace).unwrap()).unwrap();
    let events = written["traceEvents"].as_array().unwrap();
    for stage in ["open", "read", "parse", "search"] {
        let bars = events.iter().filter(|event| event["name"] == stage);
        assert_eq!(bars.count(), 3, "{stage}");
    }
    let ends = events
        .iter()
        .all(|event| event["dur"].as_f64() >= Some(0.0));
    assert!(ends && events.iter().all(|event| event["ph"] == "X"));
    freq(&["--counter", "pull"]).assert().code(2);
}

#[test]
fn a_trace_of_any_counter_is_a_page_or_for_perfetto() {
    let folder = tempdir().unwrap();
    feeds::write(folder.path(), 3).unwrap();
    for (counter, file) in [("skim", "it.html"), ("actor", "it.pftrace")] {
        let trace = folder.path().join(file);
        let mut command = benchlens();
        command.args([
            "freq",
            "--topic",
            feeds::TOPIC,
            "--counter",
            counter,
            "--trace",
        ]);
        command.arg(&trace).arg(folder.path()).assert().success();
        let written = fs::read(&trace).unwrap();
        let has = |text: &str| {
            let text = text.as_bytes();
            written.windows(text.len()).any(|window| window == text)
        };
        let expected = ["freq/skim/3 files", "next document"];
        assert!(has(expected[usize::from(counter == "actor")]), "{counter}");
    }
}

#[test]
fn pairs_without_sources_and_results_say_what_to_do() {
    let folder = tempdir().unwrap();
    let run = benchlens()
        .arg("inlining")
        .current_dir(&folder)
        .assert()
        .code(1);
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(
        message.contains("in the project's folder") && message.contains("cargo bench"),
        "{message}"
    );
    assert_eq!(message.lines().count(), 2, "{message}");
}

#[test]
fn pairs_without_sources_are_shown_without_witnesses() {
    let folder = tempdir().unwrap();
    let results = folder.path().join("results/latest");
    let cases = benchlens::run::describe(benchlens_suite::cases::inlining::declare);
    let rows: Vec<_> = (cases.iter())
        .map(|case| results::row(&case.id, Metric::Allocations, 1))
        .collect();
    results::write(&results, &rows, &[], "");
    let writer = Writer::lock(&results).unwrap();
    let declared = SuiteInfo {
        cases,
        ..SuiteInfo::default()
    };
    store::write_cases(&writer, &declared, |_| false).unwrap();
    drop(writer);
    let run = benchlens()
        .args(["inlining", "--format", "json"])
        .current_dir(&folder)
        .assert()
        .success();
    let pairs: serde_json::Value = serde_json::from_slice(&run.get_output().stdout).unwrap();
    assert_eq!(pairs.as_array().unwrap().len(), 6);
    assert_eq!(pairs[0]["called"]["allocations"], 1);
    assert!(pairs[0]["called"]["instructions"].is_null());
    assert!(pairs[0]["inlined"]["witness"].is_null());
    let message = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert_eq!(message.lines().count(), 1, "{message}");
    benchlens()
        .args(["inlining", "dance"])
        .current_dir(&folder)
        .assert()
        .code(2);
}

/// The command, hard-linked into a folder with nothing else in it.
fn moved() -> (tempfile::TempDir, std::process::Command) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let command = folder.path().join("benchlens");
    fs::hard_link(process().get_program(), &command).unwrap();
    (folder, std::process::Command::new(command))
}

#[test]
fn the_service_is_started_beside_the_command_with_its_arguments_and_its_exit_code() {
    use std::os::unix::fs::PermissionsExt;

    let (folder, mut command) = moved();
    let service = folder.path().join("benchlens-serve");
    fs::write(&service, "#!/bin/sh\necho \"$$ $*\"\nexit 7\n").unwrap();
    fs::set_permissions(&service, fs::Permissions::from_mode(0o755)).unwrap();
    command.args([
        "serve", "--listen", "[::1]:0", "--feeds", "a b", "--", "--grace", "0",
    ]);
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    let process = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(7));
    let said = String::from_utf8(output.stdout).unwrap();
    // The same process, so that a signal to the command ends the service.
    assert_eq!(
        said,
        format!("{process} --feeds a b --listen [::1]:0 --grace 0\n")
    );
}

#[test]
fn without_the_service_it_says_how_to_build_it() {
    let (_folder, mut command) = moved();
    let output = command.arg("serve").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("benchlens-serve: build it by `cargo install --path crates/serve`"),
        "{said}"
    );
}
