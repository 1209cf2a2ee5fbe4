//! `benchlens map` as a process: the filter that an engine runs.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::process::{benchlens, make_fifo, process};

const ONE: &str = "<rss><channel><item><title>Elvis</title></item><item/></channel></rss>";

fn map(topic: &str) -> Command {
    let mut command = benchlens();
    command.args(["map", "--topic", topic]);
    command
}

fn lines(output: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(output).unwrap();
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().unwrap()
}

/// Writes a document for each kind of failure, one that is counted, and a named pipe.
fn write_documents(folder: &Path) {
    for (name, content) in [
        ("one.xml", ONE.as_bytes()),
        ("cut.xml", b"<rss>"),
        ("gzip.xml", b"\x1F\x8B\x08"),
        ("html.xml", b"<!doctype html>"),
        ("deep.xml", "<a>".repeat(300).as_bytes()),
        (
            "not_well_formed.xml",
            b"<rss><item><title>R&D</title></item></rss>",
        ),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
    make_fifo(&folder.join("pipe.xml"));
}

#[test]
fn a_line_for_each_path_whatever_becomes_of_the_document() {
    let folder = tempdir().unwrap();
    write_documents(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let counted = |name: &str| json!({ "path": path(name), "found": 1, "items": 2 });
    let unread = |name: &str, error: &str| json!({ "path": path(name), "error": error });
    let failed = |name: &str, error: &str, offset: u64| json!({ "path": path(name), "error": error, "offset": offset });
    let of_no_feed =
        "root element `a` in no namespace is not of a feed (RSS, RDF or Atom) at byte 0";
    let expected = [
        counted("one.xml"),
        failed("cut.xml", "document ends inside an element at byte 5", 5),
        unread(
            "missing.xml",
            "cannot be opened: No such file or directory (os error 2)",
        ),
        failed("gzip.xml", "gzip data, not a feed at byte 0", 0),
        unread("pipe.xml", "not a file"),
        unread("", "not a file"),
        failed("deep.xml", of_no_feed, 0),
        failed("html.xml", "an HTML page, not a feed at byte 0", 0),
        failed(
            "not_well_formed.xml",
            "not well-formed: `&` without a reference at byte 19",
            19,
        ),
        counted("one.xml"),
    ];
    let paths = expected.iter().map(|line| line["path"].as_str().unwrap());
    let input: String = paths.map(|path| format!("{path}\n")).collect();
    // The last line needs no newline.
    let output = map("Elvis")
        .write_stdin(input.trim_end())
        .assert()
        .success();
    let output = output.stderr("").get_output().stdout.clone();
    assert_eq!(lines(&output), expected);
    // The same again: the filter keeps no state, and writes nothing else.
    let again = map("Elvis").write_stdin(input).assert().success();
    assert_eq!(lines(&again.get_output().stdout), expected);
}

#[test]
fn repairs_stand_in_the_line() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.xml");
    fs::write(&path, "<rss><item><title>R&D</title></item></rss>").unwrap();
    let mut command = map("R&D");
    let output = command
        .arg("--lenient")
        .write_stdin(path.as_os_str().as_bytes());
    let output = output.assert().success().get_output().stdout.clone();
    let repairs = json!([{ "offset": 19, "repair": "`&` without a reference" }]);
    let expected = json!({ "path": path, "found": 1, "items": 1, "repairs": repairs });
    assert_eq!(lines(&output), [expected]);
}

#[test]
fn a_path_that_is_not_utf_8_comes_back_without_loss() {
    let folder = tempdir().unwrap();
    let path = [folder.path().as_os_str().as_bytes(), b"/caf\xE9.xml"].concat();
    fs::write(Path::new(std::ffi::OsStr::from_bytes(&path)), ONE).unwrap();
    let output = map("Elvis").write_stdin(path.clone()).assert().success();
    let line = lines(&output.get_output().stdout).remove(0);
    assert_eq!(
        (&line["found"], &line["path_bytes"]),
        (&json!(1), &json!(path))
    );
    assert!(line["path"].as_str().unwrap().ends_with("/caf\u{FFFD}.xml"));
}

/// A client that waits for each answer before the next question must not block forever.
#[test]
fn each_line_is_written_at_once() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.xml");
    fs::write(&path, ONE).unwrap();
    let mut child = process()
        .args(["map", "--topic", "Elvis"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        writeln!(input, "{}", path.display()).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.ends_with("\"found\":1,\"items\":2}\n"), "{line}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn no_path_no_line_and_no_topic_no_run() {
    map("Elvis").write_stdin("").assert().success().stdout("");
    map("").write_stdin("a").assert().code(2).stdout("");
}

#[test]
fn compressed_documents_are_unpacked() {
    let folder = tempdir().unwrap();
    let packed = folder.path().join("one.xml.gz");
    let mut encoder = GzEncoder::new(fs::File::create(&packed).unwrap(), Compression::default());
    encoder.write_all(ONE.as_bytes()).unwrap();
    encoder.finish().unwrap();
    let whole = fs::read(&packed).unwrap();
    let cut = folder.path().join("cut.xml.gz");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let missing = folder.path().join("missing.xml.gz");
    let paths = [&packed, &cut, &missing].map(|path| path.display().to_string());
    let output = map("Elvis").write_stdin(paths.join("\n")).assert();
    let found = lines(&output.success().get_output().stdout);
    assert_eq!(
        found[0],
        json!({ "path": paths[0], "found": 1, "items": 2 })
    );
    for (line, reason) in found[1..].iter().zip(["unpacked", "opened"]) {
        let error = line["error"].as_str().unwrap();
        assert!(error.contains(reason), "{error}");
        assert!(line.get("found").is_none());
    }
    let output = map("Elvis")
        .args(["--max-document-bytes", "16"])
        .write_stdin(paths[0].as_str())
        .assert();
    let found = lines(&output.success().get_output().stdout);
    assert!(
        found[0]["error"].as_str().unwrap().contains("16"),
        "{found:?}"
    );
}
