//! The command on files that are missing, unreadable, special, or changed while it reads them.
//! Tests that need mounts and root are in scripts/check-faults.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use benchlens_suite::freq::Threads;
use benchlens_suite::freq::registry::COUNTERS;
use benchlens_suite::rewrite::registry::REWRITERS;
use tempfile::tempdir;

use crate::process::{as_nobody, code_and_stderr, make_fifo, names, process};

const FEED: &str = "<rss><channel><item><title>the president</title></item></channel></rss>";

fn benchlens(verb: &str) -> Command {
    let mut command = process();
    command.arg(verb);
    command
}

/// `benchlens rewrite` with the course's substitution.
fn rewrite() -> Command {
    let mut command = benchlens("rewrite");
    command.args(["--find", "elvis", "--replace", "Elvis"]);
    command
}

#[test]
fn an_unreadable_file_is_named_and_the_others_are_done() {
    let folder = tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let paths = ["one.xml", "two.xml", "three.xml"].map(|name| folder.path().join(name));
    for path in &paths {
        fs::write(path, FEED).unwrap();
    }
    fs::set_permissions(&paths[1], fs::Permissions::from_mode(0o000)).unwrap();
    let run = |command: &mut Command| as_nobody(command).output().unwrap();
    for counter in COUNTERS {
        let output = run(benchlens("freq")
            .args(["--topic", "president", "--counter", counter.name])
            .arg(folder.path()));
        let (code, stderr) = code_and_stderr(&output);
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("two.xml: cannot be opened"), "{stderr}");
        let found = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(found.starts_with("2 items"), "{found}");
    }
    let (code, stderr) = code_and_stderr(&run(benchlens("rewrite")
        .args(["--find", "the", "--replace", "a", "-i"])
        .args(&paths)));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("two.xml"), "{stderr}");
    fs::set_permissions(&paths[1], fs::Permissions::from_mode(0o600)).unwrap();
    let replaced = paths.map(|path| fs::read_to_string(path).unwrap().contains("a president"));
    assert_eq!(replaced, [true, false, true]);
    assert_eq!(names(folder.path()).len(), 3);
}

#[test]
fn files_that_vanish_meanwhile_are_failures_and_no_more() {
    for counter in COUNTERS {
        let folder = tempdir().unwrap();
        let paths: Vec<_> = (0..200)
            .map(|number| folder.path().join(format!("{number:03}.xml")))
            .collect();
        // A pipe without a writer: until there is one, no thread gets beyond the first documents.
        let pipe = folder.path().join("pipe.xml");
        make_fifo(&pipe);
        for path in &paths {
            fs::write(path, FEED).unwrap();
        }
        let child = benchlens("freq")
            .args(["--topic", "president", "--format", "json"])
            .args(["--counter", counter.name])
            .arg(&pipe)
            .args(&paths)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Opening the pipe blocks until the counter opens it too, so the command is at work by then.
        let mut writer = File::options().write(true).open(&pipe).unwrap();
        for path in paths.iter().rev() {
            fs::remove_file(path).unwrap();
        }
        writer.write_all(FEED.as_bytes()).unwrap();
        drop(writer);
        let output = child.wait_with_output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let failures = report["failures"].as_array().unwrap();
        let documents = report["documents"].as_u64().unwrap();
        assert_eq!(documents + failures.len() as u64, 201, "{}", counter.name);
        let found = report["found"].as_u64();
        assert_eq!(found, Some(documents), "{}", counter.name);
        if counter.threads == Threads::One {
            assert_eq!(failures.len(), 200, "{}", counter.name);
        }
        for failure in failures {
            let reason = failure["error"].as_str().unwrap();
            assert!(reason.starts_with("cannot be opened"), "{reason}");
        }
    }
}

#[test]
fn a_loop_of_links_is_gone_through_once_and_a_link_to_nothing_is_named() {
    let folder = tempdir().unwrap();
    let below = folder.path().join("below");
    fs::create_dir(&below).unwrap();
    fs::write(below.join("feed.xml"), FEED).unwrap();
    symlink("..", below.join("up")).unwrap();
    symlink(".", below.join("here.xml")).unwrap();
    let freq = || {
        let mut command = benchlens("freq");
        command.args(["--topic", "president"]).arg(folder.path());
        command.output().unwrap()
    };
    let output = freq();
    assert_eq!(code_and_stderr(&output), (0, String::new()));
    assert!(output.stdout.starts_with(b"1 item "));
    symlink("nothing", below.join("gone.xml")).unwrap();
    symlink("nothing", below.join("gone.txt")).unwrap();
    symlink("other.xml", below.join("one.xml")).unwrap();
    symlink("one.xml", below.join("other.xml")).unwrap();
    let output = freq();
    let (code, stderr) = code_and_stderr(&output);
    assert_eq!((code, stderr.lines().count()), (1, 3), "{stderr}");
    for name in ["gone.xml", "one.xml", "other.xml"] {
        let told = format!("{name}: cannot be opened");
        assert!(stderr.contains(&told), "{stderr}");
    }
    assert!(output.stdout.starts_with(b"1 item "));
    for path in [below.join("one.xml"), below.join("here.xml")] {
        let output = rewrite().arg("-i").arg(&path).output().unwrap();
        assert_eq!(
            code_and_stderr(&output).0,
            1,
            "{}",
            code_and_stderr(&output).1
        );
    }
}

#[test]
fn a_folder_that_cannot_be_searched_is_said_once() {
    let folder = tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = benchlens("freq");
    command.args(["--topic", "president"]).arg(folder.path());
    let (code, stderr) = code_and_stderr(&as_nobody(&mut command).output().unwrap());
    assert_eq!(code, 1, "{stderr}");
    assert_eq!(stderr.matches("Permission denied").count(), 1, "{stderr}");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_path_that_is_not_utf8_is_a_path_like_any_other() {
    let folder = tempdir().unwrap();
    let path = folder.path().join(OsStr::from_bytes(b"\xff\xfe elvis.xml"));
    fs::write(&path, FEED).unwrap();
    for counter in COUNTERS {
        let output = benchlens("freq")
            .args(["--topic", "president", "--counter", counter.name])
            .arg(folder.path())
            .output()
            .unwrap();
        assert_eq!(
            code_and_stderr(&output).0,
            0,
            "{}",
            code_and_stderr(&output).1
        );
        assert!(output.stdout.starts_with(b"1 item "));
    }
    let output = benchlens("rewrite")
        .args(["--find", "president", "--replace", "king", "--count", "-i"])
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(
        code_and_stderr(&output).0,
        0,
        "{}",
        code_and_stderr(&output).1
    );
    assert!(fs::read_to_string(&path).unwrap().contains("the king"));
    assert_eq!(names(folder.path()).len(), 1);
}

#[test]
fn pipes_and_devices_are_inputs() {
    let folder = tempdir().unwrap();
    let fifo = folder.path().join("fifo.xml");
    make_fifo(&fifo);
    let feed = |text: &'static str| {
        let fifo = fifo.clone();
        std::thread::spawn(move || {
            File::options()
                .write(true)
                .open(fifo)?
                .write_all(text.as_bytes())
        })
    };
    for rewriter in REWRITERS {
        let writer = feed("elvis and elvis");
        let output = rewrite()
            .args(["--algorithm", rewriter.name])
            .arg(&fifo)
            .output()
            .unwrap();
        assert_eq!(output.stdout, b"Elvis and Elvis", "{}", rewriter.name);
        writer.join().unwrap().unwrap();
    }
    for counter in COUNTERS {
        let count = |path: &Path| {
            benchlens("freq")
                .args(["--topic", "president", "--max-document-bytes", "100000"])
                .args(["--counter", counter.name])
                .arg(path)
                .output()
                .unwrap()
        };
        let writer = feed(FEED);
        assert!(count(&fifo).stdout.starts_with(b"1 item "));
        writer.join().unwrap().unwrap();
        for (device, reason) in [
            ("/dev/null", "empty document"),
            ("/dev/zero", "longer than 100000 bytes"),
        ] {
            let (code, stderr) = code_and_stderr(&count(Path::new(device)));
            assert_eq!(code, 1, "{stderr}");
            assert!(stderr.contains(reason), "{}: {stderr}", counter.name);
        }
        // In a folder a pipe is skipped, since it may have no writer.
        assert!(count(folder.path()).stdout.starts_with(b"0 items"));
    }
}

#[test]
fn a_file_that_changes_while_it_is_rewritten_is_left_as_it_is() {
    for change in ["append", "same length", "replace"] {
        let folder = tempdir().unwrap();
        let file = folder.path().join("file");
        let text = "elvis ".repeat(1 << 20);
        fs::write(&file, &text).unwrap();
        let child = rewrite()
            .args(["--algorithm", "alg_one", "-i"])
            .arg(&file)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while names(folder.path()).len() < 2 {
            std::thread::yield_now();
        }
        let write = |options: &mut OpenOptions| {
            options.open(&file).unwrap().write_all(b"changed").unwrap();
        };
        match change {
            "append" => write(File::options().append(true)),
            "same length" => write(File::options().write(true)),
            _ => {
                let other = folder.path().join("other");
                fs::write(&other, "changed").unwrap();
                fs::rename(other, &file).unwrap();
            }
        }
        let changed = fs::read(&file).unwrap();
        let (code, stderr) = code_and_stderr(&child.wait_with_output().unwrap());
        assert_eq!(code, 1, "{change}: {stderr}");
        assert!(stderr.contains("changed by somebody"), "{stderr}");
        assert!(fs::read(&file).unwrap() == changed, "{change}");
        assert_eq!(names(folder.path()), ["file"]);
    }
}

#[test]
fn a_limit_on_the_size_of_files_is_a_failed_write() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    let text = "elvis ".repeat(500_000);
    fs::write(&file, &text).unwrap();
    for in_place in [true, false] {
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -f 100; exec \"$@\"", "sh"])
            .arg(assert_cmd::cargo::cargo_bin("benchlens"))
            .args(["rewrite", "--find", "elvis", "--replace", "Elvis"]);
        if in_place {
            command.arg("-i");
        } else {
            command.stdout(File::create(folder.path().join("out")).unwrap());
        }
        let (code, stderr) = code_and_stderr(&command.arg(&file).output().unwrap());
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("write failed after"), "{stderr}");
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    let written = fs::read_to_string(folder.path().join("out")).unwrap();
    assert!(text.replace("elvis", "Elvis").starts_with(&written));
    assert_eq!(names(folder.path()), ["file", "out"]);
}

#[test]
fn what_a_killed_run_left_is_never_taken_for_data() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("feed.xml"), FEED).unwrap();
    fs::write(folder.path().join(".benchlens-0123456789ab.tmp"), FEED).unwrap();
    let output = benchlens("freq")
        .args(["--topic", "president"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.stdout.starts_with(b"1 item "));
    let output = benchlens("rewrite")
        .args(["--find", "the", "--replace", "a", "-i"])
        .arg(folder.path().join("feed.xml"))
        .output()
        .unwrap();
    assert_eq!(
        code_and_stderr(&output).0,
        0,
        "{}",
        code_and_stderr(&output).1
    );
    assert_eq!(names(folder.path()).len(), 2);
}
