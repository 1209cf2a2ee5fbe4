//! Every counter against hand-counted documents, the oracle, and each other.

use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use benchlens::feed::Limits;
use benchlens::freq::registry::COUNTERS;
use benchlens::freq::{Job, Outcome, oracle};
use proptest::prelude::*;

const RSS: &str = include_str!("../fixtures/feeds/rss_2.xml");
const RDF: &str = include_str!("../fixtures/feeds/rss_1.rdf");
const ATOM: &str = include_str!("../fixtures/feeds/atom.xml");

fn job<'a>(paths: &'a [PathBuf], threads: usize) -> Job<'a> {
    Job {
        paths,
        topic: "Elvis",
        threads: NonZeroUsize::new(threads).unwrap(),
        limits: Limits::default(),
    }
}

fn failures(outcome: &Outcome) -> Vec<String> {
    let line = |failure: &benchlens::freq::Failure| {
        format!("{}: {}", failure.path.display(), failure.error)
    };
    outcome.failures.iter().map(line).collect()
}

/// Counts the documents with every counter, on one thread and on three, and returns what all of them
/// found, after comparing it with the oracle.
fn count(documents: &[&[u8]]) -> (u64, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..documents.len())
        .map(|number| folder.path().join(format!("{number:03}.xml")))
        .collect();
    for (path, document) in paths.iter().zip(documents) {
        fs::write(path, document).unwrap();
    }
    let expected = oracle::count(&job(&paths, 1));
    let first = (COUNTERS[0].count)(&job(&paths, 1));
    for counter in COUNTERS {
        for threads in [1, 3] {
            let outcome = (counter.count)(&job(&paths, threads));
            let name = counter.name;
            assert_eq!(
                outcome.found,
                expected.found,
                "{name}: {:?}",
                failures(&outcome)
            );
            assert_eq!(
                outcome.documents,
                expected.documents,
                "{name}: {:?}",
                failures(&outcome)
            );
            assert_eq!(failures(&outcome), failures(&first), "{name}");
            let failed = |outcome: &Outcome| -> Vec<_> {
                outcome
                    .failures
                    .iter()
                    .map(|failure| failure.path.clone())
                    .collect()
            };
            assert_eq!(failed(&outcome), failed(&expected), "{name}");
        }
    }
    let prefix = folder.path().display().to_string();
    let reasons = failures(&first)
        .iter()
        .map(|line| line.replace(&prefix, ""))
        .collect();
    (first.found, reasons)
}

fn rss(items: &str) -> String {
    format!("<rss version='2.0'><channel>{items}</channel></rss>")
}

#[test]
fn hand_counted_documents() {
    assert_eq!(count(&[RSS.as_bytes()]), (7, vec![]));
    assert_eq!(count(&[RDF.as_bytes()]), (2, vec![]));
    assert_eq!(count(&[ATOM.as_bytes()]), (4, vec![]));
    assert_eq!(
        count(&[RSS.as_bytes(), RDF.as_bytes(), ATOM.as_bytes()]),
        (13, vec![])
    );
    assert_eq!(count(&[]), (0, vec![]));
}

#[test]
fn what_counts_and_what_does_not() {
    for (item, expected) in [
        ("<title>Elvis</title>", 1),
        ("<title>elvis</title>", 0),
        ("<title>no</title><title>Elvis</title>", 0),
        ("<title>no</title><description>Elvis</description>", 1),
        ("<description>Elvis</description><title>no</title>", 1),
        (
            "<description>no</description><description>Elvis</description>",
            0,
        ),
        ("<title>Elvis</title><description>Elvis</description>", 1),
        (
            "<m:title xmlns:m='urn:m'>Elvis</m:title><title>no</title>",
            0,
        ),
        ("<unbound:title>Elvis</unbound:title>", 0),
        ("<title xmlns='urn:m'>Elvis</title>", 0),
        (
            "<category>Elvis</category><link>Elvis</link><comments>Elvis</comments>",
            0,
        ),
        ("<title>El<!-- not text -->vis</title>", 1),
        ("<title>El<![CDATA[vi]]>s</title>", 1),
        ("<title>El<b>vi</b>s</title>", 1),
        ("<title>&#69;l&#x76;is</title>", 1),
        ("<title><!-- Elvis --></title>", 0),
        ("<title a='Elvis'/>", 0),
        ("<source><title>Elvis</title></source>", 0),
        ("<title>El&amp;vis</title>", 0),
    ] {
        let document = rss(&format!("<item>{item}</item>"));
        assert_eq!(count(&[document.as_bytes()]), (expected, vec![]), "{item}");
    }
    let channel = rss("<title>Elvis</title><image><title>Elvis</title></image>");
    assert_eq!(count(&[channel.as_bytes()]), (0, vec![]));
}

#[test]
fn every_encoding_counts_the_same() {
    let plain = rss("<item><title>Elvis</title></item>");
    let with_mark = [b"\xEF\xBB\xBF", plain.as_bytes()].concat();
    let units = |unit: fn(u16) -> [u8; 2], mark: &[u8]| -> Vec<u8> {
        let bytes: Vec<u8> = plain.encode_utf16().flat_map(unit).collect();
        [mark, &bytes].concat()
    };
    let declared = |label: &str| {
        let declaration = format!("<?xml version='1.0' encoding='{label}'?>");
        let mut bytes = [declaration.as_bytes(), plain.as_bytes()].concat();
        let at = bytes
            .windows(5)
            .position(|window| window == b"Elvis")
            .unwrap();
        bytes.insert(at, 0xE9);
        bytes
    };
    for document in [
        with_mark,
        units(u16::to_le_bytes, b"\xFF\xFE"),
        units(u16::to_be_bytes, b"\xFE\xFF"),
        units(u16::to_le_bytes, b""),
        declared("ISO-8859-1"),
        declared("windows-1252"),
    ] {
        assert_eq!(count(&[&document]), (1, vec![]));
    }
}

#[test]
fn every_way_to_fail_is_told_with_its_place() {
    let item = "<item><title>Elvis</title></item>";
    let good = rss(item);
    for (document, expected) in [
        (String::new(), "empty document at byte 0"),
        ("  \n".to_owned(), "empty document at byte 3"),
        (
            "<html/>".to_owned(),
            "root element `html` is not of a feed (RSS, RDF or Atom) at byte 0",
        ),
        (
            format!("{good}<rss/>"),
            "a second element outside the root element at byte 77",
        ),
        (
            format!("{good}x"),
            "text outside the root element at byte 77",
        ),
        (
            format!("x{good}"),
            "text outside the root element at byte 0",
        ),
        (
            "<rss><channel>".to_owned(),
            "document ends inside an element at byte 14",
        ),
        (
            rss("<a b='1' b='2'/>"),
            "duplicate attribute `b` at byte 37",
        ),
        (
            rss("<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>"),
            "duplicate attribute `q:b` at byte 62",
        ),
        (
            rss("<a b=1/>"),
            "not well-formed: an attribute value without quotes at byte 33",
        ),
        (
            rss("<a b/>"),
            "not well-formed: an attribute without a value at byte 31",
        ),
        (rss("\u{1}"), "invalid character U+0001 at byte 28"),
        (rss("&#0;"), "unknown reference `&#0;` at byte 28"),
        (rss("&nbsp;"), "unknown reference `&nbsp;` at byte 28"),
        (
            rss("<!-- -- -->"),
            "not well-formed: `--` in a comment at byte 33",
        ),
        (rss("]]>"), "not well-formed: `]]>` in text at byte 28"),
    ] {
        let (found, reasons) = count(&[good.as_bytes(), document.as_bytes(), good.as_bytes()]);
        assert_eq!(
            (found, reasons),
            (2, vec![format!("/001.xml: {expected}")]),
            "{document}"
        );
    }
    let (_, reasons) = count(&[rss("<a></b></a>").as_bytes()]);
    assert!(reasons[0].contains("at byte 31"), "{reasons:?}");
    let deep = rss(&("<a>".repeat(255) + &"</a>".repeat(255)));
    assert!(count(&[deep.as_bytes()]).1[0].contains("nested deeper than 256"));
}

#[test]
fn a_missing_file_and_a_folder_are_failures_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("missing.xml"), folder.path().to_owned()];
    for counter in COUNTERS {
        let outcome = (counter.count)(&job(&paths, 2));
        assert_eq!(
            (outcome.documents, outcome.failures.len()),
            (0, 2),
            "{}",
            counter.name
        );
        assert_eq!(outcome.failures[0].path, paths[1], "{}", counter.name);
    }
}

#[test]
fn a_document_cut_anywhere_is_a_failure() {
    for whole in [RSS, RDF, ATOM] {
        let whole = whole.trim_end().as_bytes();
        let cuts: Vec<_> = (0..whole.len()).map(|length| &whole[..length]).collect();
        let (found, reasons) = count(&cuts);
        assert_eq!((found, reasons.len()), (0, cuts.len()));
    }
}

#[test]
fn many_documents_on_many_threads() {
    let one = rss("<item><title>Elvis</title></item>");
    let documents = vec![one.as_bytes(); 600];
    assert_eq!(count(&documents), (600, vec![]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A few edits anywhere: all counters and the oracle agree on whether it failed and on the count.
    #[test]
    fn damaged_documents(
        which in 0..3_usize,
        edits in prop::collection::vec((any::<prop::sample::Index>(), "[<>/&;!\\[\\]\"'= a:\u{1}-]{0,3}"), 1..3),
    ) {
        let mut text = [RSS, RDF, ATOM][which].to_owned();
        for (place, piece) in edits {
            let at = place.index(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
                text.replace_range(at..=at, &piece);
            }
        }
        count(&[text.as_bytes()]);
    }
}
