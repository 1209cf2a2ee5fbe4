//! `benchlens rewrite` as a process.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use tempfile::tempdir;

mod in_place;

use crate::process::{self, benchlens, names, without_reader};

/// The course's pair.
const PAIR: [&str; 4] = ["--find", "elvis", "--replace", "Elvis"];

/// `benchlens rewrite` without a pair.
fn bare() -> Command {
    let mut command = benchlens();
    command.arg("rewrite");
    command
}

fn rewrite() -> Command {
    let mut command = bare();
    command.args(PAIR);
    command
}

fn process() -> Process {
    let mut process = process::process();
    process.arg("rewrite").args(PAIR);
    process
}

fn message(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

#[test]
fn a_stream_is_rewritten() {
    rewrite()
        .write_stdin("an elvis, elvi")
        .assert()
        .success()
        .stdout("an Elvis, elvi")
        .stderr("");
    rewrite()
        .write_stdin("")
        .assert()
        .success()
        .stdout("")
        .stderr("");
}

#[test]
fn needles_of_any_bytes_and_empty_replacements() {
    bare()
        .arg("--find")
        .arg(OsStr::from_bytes(b"\xff\xfe"))
        .args(["--replace", ""])
        .write_stdin(&b"a\xff\xfeb\xff"[..])
        .assert()
        .success()
        .stdout(&b"ab\xff"[..]);
}

#[test]
fn wrong_usage_exits_2() {
    let empty = bare()
        .args(["--find", "", "--replace", "x"])
        .assert()
        .code(2);
    assert!(message(&empty).contains("--find"), "{}", message(&empty));
    let unequal = bare()
        .args([
            "--algorithm",
            "in_place",
            "--find",
            "elvis",
            "--replace",
            "E",
        ])
        .assert()
        .code(2);
    assert!(
        message(&unequal).contains("in_place"),
        "{}",
        message(&unequal)
    );
    let unknown = rewrite().args(["--algorithm", "copy"]).assert().code(2);
    assert!(
        message(&unknown).contains("chunked"),
        "{}",
        message(&unknown)
    );
    rewrite().arg("-i").assert().code(2);
}

#[test]
fn nothing_is_written_unless_both_sides_of_the_pair_are_named() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "foo, elvis").unwrap();
    for (given, missing) in [("--find", "--replace"), ("--replace", "--find")] {
        let run = bare()
            .args([given, "foo", "-i"])
            .arg(&file)
            .assert()
            .code(2);
        assert!(message(&run).contains(missing), "{}", message(&run));
        let run = bare().args([given, "foo"]).assert().code(2).stdout("");
        assert!(message(&run).contains(missing), "{}", message(&run));
    }
    bare().write_stdin("elvis").assert().code(2).stdout("");
    assert_eq!(fs::read_to_string(&file).unwrap(), "foo, elvis");
}

#[test]
fn files_are_streams_of_their_own_and_counted() {
    let folder = tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    fs::write(&one, "elvis el").unwrap();
    fs::write(&two, "vis elvis").unwrap();
    rewrite()
        .arg("--count")
        .args([&one, &two])
        .assert()
        .success()
        .stdout("Elvis elvis Elvis")
        .stderr("2\n");
}

#[test]
fn long_files_are_whole_in_order_and_counted() {
    let folder = tempdir().unwrap();
    let paths = ["one", "two"].map(|name| folder.path().join(name));
    let texts = [3_000_000, 5_000_011].map(|length| {
        let lines = (0..).flat_map(|n: u32| format!("{n} elvis ").into_bytes());
        lines.take(length).collect::<Vec<_>>()
    });
    for (path, text) in paths.iter().zip(&texts) {
        fs::write(path, text).unwrap();
    }
    let text = texts.map(|text| String::from_utf8(text).unwrap());
    for with in ["Elvis", "", "the king of rock and roll"] {
        let expected: String = (text.iter()).map(|it| it.replace("elvis", with)).collect();
        let count = (text.iter()).map(|it| it.matches("elvis").count());
        let mut command = bare();
        command.args(["--find", "elvis", "--replace", with, "--count"]);
        let output = command.args(&paths).output().unwrap();
        assert!(output.status.success());
        assert!(output.stdout == expected.as_bytes(), "{with}");
        let counted = String::from_utf8(output.stderr).unwrap();
        assert_eq!(counted.trim(), count.sum::<usize>().to_string());
    }
}

#[test]
fn a_missing_file_is_reported_and_the_others_are_rewritten() {
    let folder = tempdir().unwrap();
    let (missing, there) = (folder.path().join("missing"), folder.path().join("there"));
    fs::write(&there, "elvis").unwrap();
    let run = rewrite()
        .args([&missing, &there])
        .assert()
        .code(1)
        .stdout("Elvis");
    assert!(message(&run).contains("missing"), "{}", message(&run));
    let run = rewrite().arg(folder.path()).assert().code(1);
    assert!(message(&run).contains("folder"), "{}", message(&run));
}

#[test]
fn a_full_disk_exits_1() {
    let output = process()
        .stdin(File::open("/proc/self/exe").unwrap())
        .stdout(File::create("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("write failed after 0 bytes"));
}

#[test]
fn a_closed_pipe_ends_it_silently() {
    let ended = without_reader(process().stdin(File::open("/proc/self/exe").unwrap()));
    assert_eq!(ended, (Some(0), String::new()));
}

#[test]
fn output_comes_before_the_input_ends_and_memory_stays_small() {
    let mut child = process()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    input.write_all(b"an elvis.").unwrap();
    let mut seen = [0; 8];
    output.read_exact(&mut seen).unwrap();
    assert_eq!(&seen, b"an Elvis");
    let drain =
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()).unwrap());
    let chunk = vec![b'x'; 1 << 20];
    for _ in 0..32 {
        input.write_all(&chunk).unwrap();
    }
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kilobytes: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kilobytes < 16 << 10, "{peak}");
    drop(input);
    assert_eq!(drain.join().unwrap(), (32 << 20) + 1);
    assert!(child.wait().unwrap().success());
}

#[test]
fn many_needles_at_once_leftmost_and_then_first() {
    let swap = [
        "--find",
        "one",
        "--replace",
        "two",
        "--find",
        "two",
        "--replace",
        "one",
    ];
    bare()
        .args(swap)
        .arg("--count")
        .write_stdin("one two, onetwo")
        .assert()
        .success()
        .stdout("two one, twoone")
        .stderr("4\n");
    bare()
        .args([
            "--find",
            "sam",
            "--find",
            "samwise",
            "--replace",
            "1",
            "--replace",
            "2",
        ])
        .write_stdin("samwise")
        .assert()
        .success()
        .stdout("1wise");
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "one two").unwrap();
    bare().args(swap).arg("-i").arg(&file).assert().success();
    assert_eq!(fs::read_to_string(&file).unwrap(), "two one");
}

#[test]
fn many_needles_want_as_many_replacements_and_an_algorithm_for_them() {
    let run = bare()
        .args(["--find", "a", "--find", "b", "--replace", "c"])
        .assert()
        .code(2)
        .stdout("");
    assert!(
        message(&run).contains("2 to find and 1"),
        "{}",
        message(&run)
    );
    let run = bare()
        .args(["--find", "a", "--find", "b", "--replace", "c"])
        .args(["--replace", "d", "--algorithm", "vector"])
        .assert()
        .code(2);
    assert!(
        message(&run).contains("vector replaces one needle"),
        "{}",
        message(&run)
    );
}

#[test]
fn bytes_that_an_argument_cannot_hold() {
    bare()
        .args([
            "--escapes",
            "--find",
            r"\0\xff\r\n",
            "--replace",
            r"\u{20ac}\\",
        ])
        .write_stdin(&b"a\0\xff\r\nb\\n"[..])
        .assert()
        .success()
        .stdout("a\u{20ac}\\b\\n");
    // Without the flag, escapes are ordinary bytes.
    bare()
        .args(["--find", r"\n", "--replace", r"\t"])
        .write_stdin("a\\nb\n")
        .assert()
        .success()
        .stdout("a\\tb\n");
    let run = bare()
        .args(["--escapes", "--find", r"ab\q", "--replace", ""])
        .assert()
        .code(2);
    assert!(
        message(&run).contains(r"--find: \q at byte 2"),
        "{}",
        message(&run)
    );
}

#[test]
fn needle_and_replacement_from_files() {
    let folder = tempdir().unwrap();
    let (needle, long) = (folder.path().join("needle"), folder.path().join("long"));
    fs::write(&needle, b"n\0l\n").unwrap();
    let replacement = b"0123456789abcdef".repeat(3 << 16);
    fs::write(&long, &replacement).unwrap();
    let output = bare()
        .arg("--find-file")
        .arg(&needle)
        .args(["--replace", "-"])
        .args(["--find", "x", "--replace-file"])
        .arg(&long)
        .write_stdin(&b"xn\0l\nn\0l."[..])
        .output()
        .unwrap();
    assert!(output.stdout == [&replacement[..], b"-n\0l."].concat());
    let run = bare()
        .arg("--find-file")
        .arg(folder.path().join("missing"))
        .args(["--replace", ""])
        .assert()
        .code(1);
    assert!(message(&run).contains("missing"), "{}", message(&run));
    fs::write(&needle, b"").unwrap();
    let run = bare()
        .arg("--find-file")
        .arg(&needle)
        .args(["--replace", ""])
        .assert()
        .code(2);
    assert!(message(&run).contains("empty"), "{}", message(&run));
}

#[test]
fn a_dry_run_counts_and_writes_nothing() {
    let folder = tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    fs::write(&one, "elvis, elvis").unwrap();
    fs::write(&two, "nobody").unwrap();
    let expected = format!("{}: 2\n{}: 0\n", one.display(), two.display());
    for in_place in [&["--dry-run"][..], &["--dry-run", "-i"]] {
        rewrite()
            .args(in_place)
            .args([&one, &two])
            .assert()
            .success()
            .stdout(expected.clone())
            .stderr("");
        assert_eq!(fs::read_to_string(&one).unwrap(), "elvis, elvis");
    }
    rewrite()
        .arg("--dry-run")
        .write_stdin("elvis")
        .assert()
        .success()
        .stdout("standard input: 1\n");
    fs::hard_link(&one, folder.path().join("other")).unwrap();
    let run = rewrite()
        .args(["--dry-run", "-i"])
        .args([&one, &two])
        .assert()
        .code(1)
        .stdout(format!("{}: 0\n", two.display()));
    assert!(message(&run).contains("hard links"), "{}", message(&run));
}

#[test]
fn a_note_where_utf16_cannot_match() {
    let utf16 =
        |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, utf16("\u{feff}an elvis\r\n")).unwrap();
    for arguments in [&["-i"][..], &["--dry-run"], &[]] {
        let run = rewrite().args(arguments).arg(&file).assert().success();
        assert!(message(&run).contains("it is UTF-16"), "{}", message(&run));
    }
    bare()
        .args(["--escapes", "--find", r"e\0l\0", "--replace", r"E\0l\0"])
        .arg(&file)
        .assert()
        .success()
        .stdout(utf16("\u{feff}an Elvis\r\n"))
        .stderr("");
    rewrite()
        .write_stdin("nobody")
        .assert()
        .success()
        .stderr("");
}

#[test]
fn completions_pages_and_versions() {
    for shell in ["bash", "zsh", "fish"] {
        let output = benchlens().args(["completions", shell]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.contains("dry-run") && text.contains("freq"),
            "{shell}: {text}"
        );
    }
    let output = benchlens().arg("man").output().unwrap();
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains(".TH benchlens 1")
    );
    let folder = tempdir().unwrap();
    let pages = folder.path().join("man1");
    benchlens()
        .args(["man", "-o"])
        .arg(&pages)
        .assert()
        .success();
    let page = fs::read_to_string(pages.join("benchlens-rewrite.1")).unwrap();
    assert!(page.contains("find\\-file"), "{page}");
    for name in names(&pages) {
        if let Some(verb) = name
            .strip_prefix("benchlens-")
            .and_then(|it| it.strip_suffix(".1"))
        {
            // `generate feeds`, a verb within another, has its own page.
            let words = verb.split('-');
            let run = benchlens().args(words).arg("--version").assert().success();
            let said = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
            assert!(
                said.ends_with(&format!("{}\n", env!("CARGO_PKG_VERSION"))),
                "{verb}: {said}"
            );
        }
    }
}
