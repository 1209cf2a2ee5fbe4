//! External names, words and errors in every verb of the suite: none may end a line, move the cursor
//! or reorder the text. For verbs that read results see tests/command/reports.rs.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Output;

use tempfile::tempdir;

use crate::process::process;

const HOSTILE: &str = "a\nbenchlens: forged\r\u{1b}[31m\u{9b}\u{202e}\u{2066}\u{2028}.xml";

fn benchlens(arguments: &[&dyn AsRef<OsStr>], folder: &Path) -> Output {
    let mut command = process();
    for argument in arguments {
        command.arg(argument);
    }
    command.current_dir(folder).output().unwrap()
}

fn rewrite(arguments: &[&dyn AsRef<OsStr>], folder: &Path) -> Output {
    let verb: [&dyn AsRef<OsStr>; 5] = [&"rewrite", &"--find", &"elvis", &"--replace", &"Elvis"];
    benchlens(&[&verb, arguments].concat(), folder)
}

/// Checks that the output is harmless and has this many lines.
fn harmless(output: &Output, lines: usize) -> String {
    let said = [&output.stdout[..], &output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    let is_harmful = |letter: char| {
        letter != '\n'
            && benchlens::report::plain(letter.encode_utf8(&mut [0; 4])) != letter.to_string()
    };
    assert!(!said.contains(is_harmful), "{said:?}");
    assert!(
        said.contains("a\\nbenchlens: forged\\r\\u{1b}[31m\\u{9b}\\u{202e}"),
        "{said}"
    );
    assert_eq!(said.lines().count(), lines, "{said}");
    said
}

#[test]
fn names_of_files_and_topics_are_told_in_one_line() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    let file = path.join(HOSTILE);
    fs::write(&file, "<rss>").unwrap();
    harmless(&benchlens(&[&"freq", &"--topic", &"x", &file], path), 2);
    harmless(
        &benchlens(&[&"freq", &"--topic", &HOSTILE, &"nothing"], path),
        2,
    );
    harmless(
        &benchlens(&[&"freq", &"--topic", &"x", &"--trace", &file, &file], path),
        2,
    );
    let document = format!("<rss><{HOSTILE}");
    fs::write(path.join("b.xml"), document).unwrap();
    let output = benchlens(&[&"freq", &"--topic", &"x", &"b.xml"], path);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("\nbenchlens: forged"));
    fs::write(&file, "<rss><channel><item/></channel></rss>").unwrap();
    harmless(
        &benchlens(&[&"freq", &"--per-file", &"--topic", &"x", &file], path),
        2,
    );
    fs::write(&file, "elvis").unwrap();
    harmless(&rewrite(&[&"--dry-run", &file], path), 1);
    harmless(&rewrite(&[&"-i", &"--count", &file], path), 1);
    harmless(&rewrite(&[&path.join(format!("{HOSTILE}no"))], path), 1);
    symlink(path, path.join(format!("{HOSTILE}folder"))).unwrap();
    harmless(&rewrite(&[&"-i", &format!("{HOSTILE}folder")], path), 1);
    let out = path.join(format!("{HOSTILE}out"));
    harmless(
        &benchlens(
            &[&"generate", &"feeds", &"--count", &"1", &"--out", &out],
            path,
        ),
        1,
    );
    harmless(
        &benchlens(&[&"generate", &"feeds", &"--out", &file], path),
        1,
    );
}

#[test]
fn arguments_that_are_wrong_are_repeated_harmlessly() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    let option = format!("--{HOSTILE}");
    for arguments in [
        &[&HOSTILE as &dyn AsRef<OsStr>][..],
        &[&"list", &HOSTILE],
        &[&"list", &option],
        &[&"list", &"--format", &HOSTILE],
        &[&"verify", &HOSTILE],
        &[&"rewrite", &"--algorithm", &HOSTILE],
        &[&"freq", &"--topic", &"x", &"--counter", &HOSTILE, &"y"],
        &[&"freq", &"--topic", &"x", &"--threads", &HOSTILE, &"y"],
        &[&"generate", &HOSTILE],
        &[&"generate", &"text", &"--bytes", &"1", &"--shape", &HOSTILE],
    ] {
        let output = benchlens(arguments, path);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let lines = String::from_utf8_lossy(&output.stderr).lines().count();
        harmless(&output, lines);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("\nbenchlens: forged"));
    }
}

#[test]
fn numbers_of_one_are_told_in_the_singular() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    let feed = "<rss><channel><item><title>हिन्दी</title></item></channel></rss>";
    fs::write(path.join("a.xml"), feed).unwrap();
    let output = benchlens(&[&"freq", &"--topic", &"हिन्दी", &"a.xml"], path);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "1 item mentions \"हिन्दी\" out of 1 in 1 document\n");
    let output = benchlens(
        &[&"freq", &"--topic", &"x", &"--threads", &"0", &"a.xml"],
        path,
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("a whole number from 1 on"), "{said}");
}
