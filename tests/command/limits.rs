//! The command under limits on threads or open files: slower, but with the same answers.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use benchlens_suite::freq::registry::COUNTERS;
use benchlens_suite::input::feeds;
use benchlens_suite::rewrite::registry::REWRITERS;
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::tempdir;

use crate::process::{as_nobody, make_fifo, process};

/// The command under a limit, as a user to whom limits apply.
fn limited(limit: &str) -> Command {
    let mut command = Command::new("prlimit");
    command.arg(limit).arg(process().get_program());
    as_nobody(&mut command);
    command
}

fn freq(limit: &str, counter: &str, folder: &Path) -> Output {
    let mut command = limited(limit);
    command
        .args(["freq", "--topic", feeds::TOPIC, "--counter", counter])
        .arg(folder);
    command.output().unwrap()
}

fn folder_of_feeds(count: u32) -> tempfile::TempDir {
    let folder = tempdir().unwrap();
    feeds::write(folder.path(), count).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    folder
}

fn all_mentions(count: u32) -> String {
    let found = count * feeds::MENTIONS;
    let (topic, items) = (feeds::TOPIC, count * feeds::ITEMS);
    format!("{found} items mention \"{topic}\" out of {items} in {count} documents\n")
}

fn assert_counts_all(output: &Output, count: u32, counter: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let answer = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        (&*answer, &*stderr),
        (&*all_mentions(count), ""),
        "{counter}"
    );
    assert_eq!(output.status.code(), Some(0), "{counter}");
}

#[test]
fn every_counter_counts_all_without_a_second_thread() {
    let folder = folder_of_feeds(20);
    for counter in COUNTERS {
        let output = freq("--nproc=1", counter.name, folder.path());
        assert_counts_all(&output, 20, counter.name);
    }
}

#[test]
fn each_document_is_told_and_unpacked_without_a_second_thread() {
    let folder = folder_of_feeds(2);
    let feed = fs::read(folder.path().join(feeds::file_name(0))).unwrap();
    let packed = folder.path().join("packed.xml.gz");
    let mut encoder = GzEncoder::new(File::create(&packed).unwrap(), Compression::fast());
    encoder.write_all(&feed).unwrap();
    encoder.finish().unwrap();
    let mut command = limited("--nproc=1");
    command.args(["freq", "--topic", feeds::TOPIC, "--per-file"]);
    let output = command.arg(folder.path()).arg(&packed).output().unwrap();
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let told = answer.matches(": 7 of 39\n").count();
    assert!(
        told >= 3 && answer.contains("packed.xml.gz: 7 of 39"),
        "{answer}"
    );
}

#[test]
fn every_rewriter_rewrites_all_without_a_second_thread() {
    let text = "an elvis, ".repeat(300_000);
    let folder = folder_of_feeds(0);
    let file = folder.path().join("file");
    fs::write(&file, &text).unwrap();
    for rewriter in REWRITERS {
        let mut command = limited("--nproc=1");
        command
            .args(["rewrite", "--find", "elvis", "--replace", "Elvis"])
            .args(["--algorithm", rewriter.name])
            .arg(&file);
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(stderr, "", "{}", rewriter.name);
        assert!(
            output.stdout == text.replace("elvis", "Elvis").as_bytes(),
            "{}",
            rewriter.name
        );
    }
}

#[test]
fn files_are_replaced_without_a_second_thread() {
    let folder = folder_of_feeds(1);
    let file = folder.path().join("file");
    fs::write(&file, "elvis").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let output = limited("--nproc=1")
        .args(["rewrite", "--find", "elvis", "--replace", "Elvis", "-i"])
        .arg(&file)
        .output();
    let output = output.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(fs::read_to_string(&file).unwrap(), "Elvis");
}

#[test]
fn every_counter_counts_all_with_few_open_files() {
    let folder = folder_of_feeds(300);
    for counter in COUNTERS {
        let output = freq("--nofile=12", counter.name, folder.path());
        assert_counts_all(&output, 300, counter.name);
    }
}

#[test]
fn without_a_single_file_to_open_every_document_is_named() {
    let folder = folder_of_feeds(3);
    let pipe = folder.path().join("0.xml");
    make_fifo(&pipe);
    let child = process()
        .args(["freq", "--topic", feeds::TOPIC, "--counter", "sequential"])
        .arg(&pipe)
        .args((0..3).map(|number| folder.path().join(feeds::file_name(number))))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Once it has opened the pipe, it may open nothing more.
    let mut writer = File::options().write(true).open(&pipe).unwrap();
    let id = child.id().to_string();
    let limit = ["--nofile=3", "--pid", &id];
    assert!(
        Command::new("prlimit")
            .args(limit)
            .status()
            .unwrap()
            .success()
    );
    writer.write_all(b"<rss/>").unwrap();
    drop(writer);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let named = stderr.matches("cannot be opened: Too many open files");
    assert_eq!(
        (output.status.code(), named.count()),
        (Some(1), 3),
        "{stderr}"
    );
}
