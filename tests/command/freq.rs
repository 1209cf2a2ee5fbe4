//! `benchlens freq` as a process.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread;

use assert_cmd::Command;
use benchlens_suite::freq::Threads;
use benchlens_suite::freq::registry::COUNTERS;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

mod inputs;

use crate::process::{benchlens, make_fifo, process, without_reader};

const ONE: &str = "<rss><channel><item><title>Elvis</title></item></channel></rss>";
const NONE: &str = "<rss><channel><item><title>elvis</title></item></channel></rss>";

/// One item of two mentions Elvis.
const FEED: &str = "<rss><channel><item><title>Elvis</title></item><item/></channel></rss>";

fn freq(topic: &str) -> Command {
    let mut command = benchlens();
    command.args(["freq", "--topic", topic]);
    command
}

/// The exit code and the JSON of a run.
fn json_of(command: &mut Command) -> (Option<i32>, Value) {
    let output = command.args(["--format", "json"]).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    let value = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code(), value)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with two valid documents, two malformed ones and files that are not feeds.
fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    write("good.xml", ONE);
    write("below/good.rss", NONE);
    write("z.atom", "");
    write("below/bad.RDF", "<rss>&nbsp;</rss>");
    write("below/good.txt", ONE);
    write("xml", ONE);
    folder
}

fn failures_of(folder: &Path) -> Value {
    let path = |name: &str| folder.join(name).display().to_string();
    json!([
        {
            "path": path("below/bad.RDF"),
            "offset": 5,
            "reason": "unknown reference `&nbsp;`",
            "error": "unknown reference `&nbsp;` at byte 5",
        },
        {
            "path": path("z.atom"),
            "offset": 0,
            "reason": "empty document",
            "error": "empty document at byte 0",
        },
    ])
}

#[test]
fn folders_are_searched_and_every_counter_says_the_same() {
    let folder = folder();
    let expected = json!({
        "topic": "Elvis",
        "found": 1,
        "items": 2,
        "documents": 2,
        "empty": [],
        "failures": failures_of(folder.path()),
    });
    let (code, value) = json_of(freq("Elvis").arg(folder.path()));
    assert_eq!((code, &value), (Some(1), &expected));
    let fields: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields.len(), 6, "{fields:?}");
    for counter in COUNTERS {
        for name in [counter.name.to_owned(), format!("freq/{}", counter.name)] {
            let mut command = freq("Elvis");
            command.arg(folder.path()).args(["--counter", &name]);
            if counter.threads != Threads::One {
                command.args(["--threads", "3"]);
            }
            assert_eq!(json_of(&mut command), (Some(1), expected.clone()), "{name}");
        }
    }
}

#[test]
fn a_file_is_read_whatever_it_is_called_and_as_often_as_it_is_named() {
    let folder = folder();
    let named = folder.path().join("below/good.txt");
    let (code, value) = json_of(freq("Elvis").arg(&named).arg(&named));
    let expected = json!({
        "topic": "Elvis", "found": 2, "items": 2, "documents": 2, "empty": [], "failures": [],
    });
    assert_eq!((code, value), (Some(0), expected));
}

#[test]
fn links_to_folders_are_not_followed_and_links_to_files_are() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("one.xml"), ONE).unwrap();
    symlink(folder.path(), folder.path().join("loop.xml")).unwrap();
    symlink("one.xml", folder.path().join("two.xml")).unwrap();
    symlink("nowhere", folder.path().join("three.xml")).unwrap();
    let (code, value) = json_of(freq("Elvis").arg(folder.path()));
    assert_eq!((code, &value["documents"]), (Some(1), &json!(2)));
    let failures = value["failures"].as_array().unwrap();
    let lost = folder.path().join("three.xml");
    assert_eq!(failures.len(), 1, "a link that leads nowhere");
    assert_eq!(failures[0]["path"], lost.display().to_string());
}

#[test]
fn a_missing_path_is_a_failure_and_the_others_are_counted() {
    let folder = folder();
    let missing = folder.path().join("missing");
    let (code, value) = json_of(
        freq("Elvis")
            .arg(&missing)
            .arg(folder.path().join("good.xml")),
    );
    assert_eq!(
        (code, &value["found"], &value["documents"]),
        (Some(1), &json!(1), &json!(1))
    );
    let failures = value["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0]["path"], missing.display().to_string());
    assert!(
        failures[0]["error"]
            .as_str()
            .unwrap()
            .starts_with("cannot be opened: "),
        "{value}"
    );
}

#[test]
fn a_folder_without_a_feed_says_what_was_passed_over() {
    let folder = tempdir().unwrap();
    let said = |more: &[&str]| {
        let (code, value) = json_of(freq("Elvis").args(more).arg(folder.path()));
        assert_eq!((code, &value["documents"]), (Some(1), &json!(0)));
        value["failures"][0]["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(said(&[]), "no file is in it");
    for name in ["a.txt", "b.txt", "c.html", "README"] {
        fs::write(folder.path().join(name), FEED).unwrap();
    }
    let expected =
        "no feed is in it, only 1 .html, 2 .txt, 1 without an extension: choose with --extension";
    assert_eq!(said(&[]), expected);
    assert!(said(&["--extension", "xml"]).starts_with("no feed"));
    for wanted in [["--extension", "txt"], ["--extension", ".TXT"]] {
        let (code, value) = json_of(freq("Elvis").args(wanted).arg(folder.path()));
        assert_eq!((code, &value["documents"]), (Some(0), &json!(2)));
    }
    let both = ["--extension", "txt", "--extension", "html"];
    let (_, value) = json_of(freq("Elvis").args(both).arg(folder.path()));
    assert_eq!(value["documents"], 3);
}

#[test]
fn the_text_is_on_standard_output_and_failures_on_standard_error() {
    let folder = folder();
    let output = freq("Elvis").arg(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected = "1 item mentions \"Elvis\" out of 2 in 2 documents; 2 failed\n";
    assert_eq!(text(&output.stdout), expected);
    let lines = failures_of(folder.path());
    let lines: String = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let (path, error) = (it["path"].as_str().unwrap(), it["error"].as_str().unwrap());
            format!("benchlens: freq: {path}: {error}\n")
        })
        .collect();
    assert_eq!(text(&output.stderr), lines);
    freq("Elvis")
        .arg(folder.path().join("good.xml"))
        .assert()
        .success()
        .stdout("1 item mentions \"Elvis\" out of 1 in 1 document\n")
        .stderr("");
}

/// "No item mentions it" differs from "there was no item".
#[test]
fn a_document_without_items_is_told_from_one_that_mentions_nothing() {
    let folder = tempdir().unwrap();
    let (none, empty) = (folder.path().join("a.xml"), folder.path().join("b.xml"));
    fs::write(&none, NONE).unwrap();
    fs::write(&empty, "<rss><channel><title>Elvis</title></channel></rss>").unwrap();
    let told = format!("benchlens: freq: {}: no item in it\n", empty.display());
    for (paths, code, output, stderr) in [
        (
            vec![&none],
            0,
            "0 items mention \"Elvis\" out of 1 in 1 document\n",
            "",
        ),
        (
            vec![&empty],
            1,
            "0 items mention \"Elvis\" out of 0 in 1 document; 1 without any item\n",
            told.as_str(),
        ),
        (
            vec![&none, &empty],
            0,
            "0 items mention \"Elvis\" out of 1 in 2 documents; 1 without any item\n",
            told.as_str(),
        ),
    ] {
        let run = freq("Elvis").args(paths).assert();
        run.code(code).stdout(output).stderr(stderr.to_owned());
    }
    let (code, value) = json_of(freq("Elvis").arg(&empty));
    let path = empty.display().to_string();
    assert_eq!(
        (code, value),
        (
            Some(1),
            json!({
                "topic": "Elvis", "found": 0, "items": 0, "documents": 1, "empty": [path],
                "failures": [],
            })
        )
    );
}

#[test]
fn repairs_are_told_one_by_one_in_json_and_by_kind_in_text() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.xml");
    fs::write(
        &path,
        "\n<?xml version='1.0'?><rss><item><title>R&D & Elvis</title></item></rss>",
    )
    .unwrap();
    freq("Elvis").arg(&path).assert().code(1);
    let shown = path.display();
    let mut lenient = freq("Elvis");
    lenient
        .arg("--lenient")
        .arg(&path)
        .assert()
        .success()
        .stdout("1 item mentions \"Elvis\" out of 1 in 1 document; 1 repaired\n")
        .stderr(format!(
            "benchlens: freq: {shown}: 3 repairs: something before the XML declaration at byte 0, \
             `&` without a reference at byte 41 and 1 more\n"
        ));
    let (code, value) = json_of(&mut lenient);
    let repair = |offset: u64, repair: &str| json!({ "offset": offset, "repair": repair });
    let expected = json!([{
        "path": shown.to_string(),
        "repairs": [
            repair(0, "something before the XML declaration"),
            repair(41, "`&` without a reference"),
            repair(44, "`&` without a reference"),
        ],
    }]);
    assert_eq!((code, &value["repaired"]), (Some(0), &expected));
}

#[test]
fn wrong_usage_exits_2_and_says_what_to_do() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    let cases: [(&[&str], &str); 8] = [
        (&["--topic", "", path], "--topic is empty"),
        (&["--topic", "Elvis"], "PATH"),
        (&[path], "--topic"),
        (
            &["--topic", "Elvis", "--counter", "dance", path],
            "the counters are sequential, ",
        ),
        (&["--topic", "Elvis", "--threads", "0", path], "--threads"),
        (
            &["--topic", "Elvis", "--max-depth", "5001", path],
            "--max-depth",
        ),
        (
            &["--topic", "Elvis", "--max-depth", "0", path],
            "--max-depth",
        ),
        (&["--topic", "Elvis", "--format", "xml", path], "--format"),
    ];
    for (arguments, told) in cases {
        let output = process().arg("freq").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(
            text(&output.stderr).contains(told),
            "{}",
            text(&output.stderr)
        );
    }
    for counter in COUNTERS
        .iter()
        .filter(|counter| counter.threads == Threads::One)
    {
        let mut command = freq("Elvis");
        command.args(["--threads", "2", "--counter", counter.name, path]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", counter.name);
        assert!(text(&output.stderr).contains("works on one thread"));
    }
}

#[test]
fn a_closed_pipe_ends_it_with_0_and_no_word() {
    let folder = folder();
    for format in ["text", "json"] {
        let mut command = process();
        command.args(["freq", "--topic", "Elvis", "--format", format]);
        let ended = without_reader(command.arg(folder.path().join("good.xml")));
        assert_eq!(ended, (Some(0), String::new()), "{format}");
    }
}

#[test]
fn a_path_that_is_not_utf_8_is_read_and_told() {
    let folder = tempdir().unwrap();
    let path = folder.path().join(OsStr::from_bytes(b"caf\xE9.xml"));
    fs::write(&path, ONE).unwrap();
    let (code, value) = json_of(freq("Elvis").arg(folder.path()));
    assert_eq!((code, &value["found"]), (Some(0), &json!(1)));
    fs::write(&path, "").unwrap();
    let (code, value) = json_of(freq("Elvis").arg(folder.path()));
    assert_eq!(code, Some(1));
    let told = value["failures"][0]["path"].as_str().unwrap();
    assert!(told.ends_with("caf\u{FFFD}.xml"), "{told}");
    let told = value["failures"][0]["path_bytes"].as_array().unwrap();
    let told: Vec<u8> = told.iter().map(|it| it.as_u64().unwrap() as u8).collect();
    assert_eq!(told, path.as_os_str().as_bytes());
}

#[test]
fn topics_are_any_text() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("one.xml");
    fs::write(
        &path,
        "<rss><channel><item><title>-x &lt;é&gt; \"</title></item></channel></rss>",
    )
    .unwrap();
    for (topic, found) in [("-x", 1), ("<é>", 1), ("\"", 1), ("É", 0), ("&lt;", 0)] {
        let (_, value) = json_of(freq(topic).arg(&path));
        assert_eq!(
            (&value["topic"], &value["found"]),
            (&json!(topic), &json!(found))
        );
    }
}

#[test]
fn nesting_goes_as_deep_as_it_is_told() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("deep.xml");
    // The root and its channel add two levels.
    let document = |inner: usize| {
        let item = "<item><title>Elvis</title></item>";
        let (open, close) = ("<a>".repeat(inner), "</a>".repeat(inner));
        format!("<rss><channel>{item}{open}{close}</channel></rss>")
    };
    for (depth, inner, code) in [
        ("256", 254, 0),
        ("256", 255, 1),
        ("5000", 4998, 0),
        ("5000", 4999, 1),
    ] {
        fs::write(&path, document(inner)).unwrap();
        let mut command = freq("Elvis");
        command.args(["--max-depth", depth]).arg(&path);
        let (exit, value) = json_of(&mut command);
        assert_eq!(exit, Some(code), "{depth} {inner}");
        if code == 1 {
            let told = value["failures"][0]["error"].as_str().unwrap();
            assert!(
                told.starts_with(&format!("elements nested deeper than {depth} ")),
                "{told}"
            );
        }
    }
}

/// An endless pipe: no counter may read much more than its limit.
#[test]
fn the_limit_holds_while_a_pipe_is_read() {
    const LIMIT: usize = 300_000;
    let folder = tempdir().unwrap();
    let path = folder.path().join("endless.xml");
    make_fifo(&path);
    for counter in COUNTERS {
        let writer = thread::spawn({
            let path = path.clone();
            move || {
                let mut pipe = OpenOptions::new().write(true).open(path).unwrap();
                let piece = [b' '; 4096];
                let mut written = 0;
                while let Ok(length) = pipe.write(&piece) {
                    written += length;
                }
                written
            }
        });
        let mut command = freq("Elvis");
        command.args(["--max-document-bytes", "300000", "--counter", counter.name]);
        let (code, value) = json_of(command.arg(&path));
        assert_eq!(code, Some(1));
        let told = "document longer than 300000 bytes at byte 300000 (see --max-document-bytes)";
        assert_eq!(value["failures"][0]["error"], told, "{}", counter.name);
        let written = writer.join().unwrap();
        // The capacity of a pipe, and a page in transit when the reader closed it.
        const PAGE: usize = 4096;
        let most = LIMIT + 1 + (1 << 16) + PAGE;
        assert!(
            (LIMIT - PAGE..=most).contains(&written),
            "{}: {written}",
            counter.name
        );
    }
}
