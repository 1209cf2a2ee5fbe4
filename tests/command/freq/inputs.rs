//! Inputs other than files and folders: standard input, lists of paths, compressed documents; and counts
//! per file.

use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use benchlens_suite::freq::registry::COUNTERS;
use serde_json::json;
use tempfile::tempdir;

use super::{FEED, folder, freq, json_of, text};

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn standard_input_and_compressed_documents_are_counted_under_their_names() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.xml"), FEED).unwrap();
    // Two members, one after the other, are one document.
    let (one, two) = FEED.split_at(20);
    let members = [packed(one.as_bytes()), packed(two.as_bytes())].concat();
    fs::write(path("b.xml.gz"), members).unwrap();
    fs::write(path("c.RSS.GZ"), packed(b"<rss><channel/></rss>")).unwrap();
    fs::write(path("cut.xml.gz"), &packed(FEED.as_bytes())[..30]).unwrap();
    fs::write(path("bad.xml.gz"), packed(b"<rss>&nbsp;</rss>")).unwrap();
    fs::write(path("other.txt.gz"), packed(FEED.as_bytes())).unwrap();
    fs::write(path("bomb.xml.gz"), packed(&vec![b' '; 5 << 20])).unwrap();
    for counter in COUNTERS {
        let mut command = freq("Elvis");
        let limit = ["--max-document-bytes", "1000000"];
        command
            .args(["--counter", counter.name])
            .args(limit)
            .arg("-")
            .arg(folder.path())
            .write_stdin(FEED);
        let (code, value) = json_of(&mut command);
        assert_eq!(code, Some(1));
        assert_eq!(
            (&value["found"], &value["items"], &value["documents"]),
            (&json!(3), &json!(6), &json!(4)),
            "{}: {value}",
            counter.name
        );
        let name = |name: &str| json!(path(name).display().to_string());
        assert_eq!(value["empty"], json!([name("c.RSS.GZ")]));
        let failures = value["failures"].as_array().unwrap();
        let told: Vec<_> = failures.iter().map(|it| it["path"].clone()).collect();
        let expected = ["bad.xml.gz", "bomb.xml.gz", "cut.xml.gz"].map(name);
        assert_eq!(told, expected);
        assert_eq!(failures[0]["offset"], 5);
        let said = |index: usize| failures[index]["error"].as_str().unwrap().to_owned();
        assert!(said(1).contains("longer than 1000000 bytes"), "{}", said(1));
        assert!(said(2).starts_with("it cannot be unpacked"), "{}", said(2));
    }
    let run = freq("Elvis").args(["-", "-"]).write_stdin(FEED).assert();
    assert!(text(&run.code(2).get_output().stderr).contains("once"));
}

#[test]
fn lists_of_paths_by_line_and_by_zero() {
    let folder = tempdir().unwrap();
    let odd = folder.path().join("a\nb \u{e9}.txt");
    let other = folder.path().join("c.xml");
    fs::write(&odd, FEED).unwrap();
    fs::write(&other, FEED).unwrap();
    let list = folder.path().join("list");
    let zero = [odd.as_os_str().as_bytes(), other.as_os_str().as_bytes()].join(&b"\0"[..]);
    fs::write(&list, &zero).unwrap();
    let (code, value) = json_of(freq("Elvis").arg("--files-from").arg(&list).arg("-0"));
    assert_eq!((code, &value["found"]), (Some(0), &json!(2)));
    let mut command = freq("Elvis");
    let from_input = ["--files-from", "-", "--null"];
    command.args(from_input).write_stdin(zero);
    assert_eq!(json_of(&mut command).1["documents"], 2);
    let mut command = freq("Elvis");
    let lines = format!("{}\n\n{}\n", other.display(), folder.path().display());
    command
        .args(["--files-from", "-"])
        .arg(&odd)
        .write_stdin(lines);
    assert_eq!(json_of(&mut command).1["documents"], 3);
    let run = freq("Elvis").args(["--files-from", "missing"]).assert();
    assert!(text(&run.code(1).get_output().stderr).contains("missing"));
    let run = freq("Elvis").args(["-0", "x"]).assert();
    assert!(text(&run.code(2).get_output().stderr).contains("--files-from"));
}

#[test]
fn each_file_is_told_with_what_was_seen_in_it() {
    let folder = folder();
    let (code, value) = json_of(freq("Elvis").arg("--per-file").arg(folder.path()));
    let (plain_code, mut expected) = json_of(freq("Elvis").arg(folder.path()));
    assert_eq!(code, plain_code);
    let files = value["files"].as_array().unwrap();
    let sum = |field: &str| {
        let amounts = files.iter().map(|it| it[field].as_u64().unwrap());
        json!(amounts.sum::<u64>())
    };
    assert_eq!(
        (sum("found"), sum("items")),
        (value["found"].clone(), value["items"].clone())
    );
    assert_eq!(json!(files.len()), value["documents"]);
    expected["files"] = value["files"].clone();
    assert_eq!(value, expected);
    let path = folder.path().join("one.xml");
    fs::write(&path, FEED).unwrap();
    let run = freq("Elvis").arg("--per-file").arg(&path).assert();
    let expected = format!(
        "{}: 1 of 2\n1 item mentions \"Elvis\" out of 2 in 1 document\n",
        path.display()
    );
    assert_eq!(text(&run.success().get_output().stdout), expected);
}
