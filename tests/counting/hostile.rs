//! Documents with excessive demands: every counter counts them correctly or fails with a reason.

use std::fs::File;
use std::path::PathBuf;
use std::thread;

use benchlens_suite::feed::Limits;
use benchlens_suite::freq::Job;

use super::{Counted, count, count_by_all, count_with, job, rss};

const ITEM: &str = "<item><title>Elvis</title></item>";

/// The size of one construct, in bytes.
const LARGE: usize = 11 << 20;

fn failure(problem: &str) -> Counted {
    (0, 0, vec![format!("000.xml: {problem}")])
}

#[test]
fn one_construct_over_10_mb_is_as_good_as_a_short_one() {
    let long = "x ".repeat(LARGE / 2);
    let tag = rss(&format!("<a b='{long}'/>{ITEM}"));
    let text = rss(&format!("<item><title>{long}Elvis</title></item>"));
    let comment = rss(&format!("<!--{long}-->{ITEM}"));
    let doctype = format!("<!DOCTYPE rss [<!ENTITY e '{long}'>]>{}", rss(ITEM));
    let documents = [&tag, &text, &comment, &doctype].map(|document| document.as_bytes());
    assert_eq!(count(&documents), (4, 4, vec![]));
}

#[test]
fn a_message_quotes_no_more_than_it_can_bear() {
    let name = "x".repeat(1 << 20);
    let document = rss(&format!("<{name}></{name}>{ITEM}"));
    assert_eq!(count(&[document.as_bytes()]), (1, 1, vec![]));
    let document = rss(&format!("&{name};"));
    let told = format!("unknown reference `&{}…;` at byte 28", &name[..80]);
    assert_eq!(count(&[document.as_bytes()]), failure(&told));
}

#[test]
fn attributes_and_namespaces_to_the_limit_and_beyond() {
    let tag = |count: usize, attribute: &str| {
        let one = |number| format!(" {attribute}{number}='u'");
        rss(&format!(
            "<a{}/>{ITEM}",
            (0..count).map(one).collect::<String>()
        ))
    };
    assert_eq!(count(&[tag(1024, "a").as_bytes()]), (1, 1, vec![]));
    let (.., failures) = count(&[tag(1025, "a").as_bytes()]);
    assert!(
        failures[0].contains("more than 1024 attributes at byte"),
        "{failures:?}"
    );
    assert_eq!(count(&[tag(128, "xmlns:a").as_bytes()]), (1, 1, vec![]));
    let (.., failures) = count(&[tag(129, "xmlns:a").as_bytes()]);
    assert!(
        failures[0].contains("more than 128 namespaces in scope at byte"),
        "{failures:?}"
    );
    // A namespace that is written with references counts as two.
    let escaped = tag(127, "xmlns:a").replace("a9='u'", "a9='&#117;'");
    assert_eq!(count(&[escaped.as_bytes()]), (1, 1, vec![]));
    let escaped = tag(128, "xmlns:a").replace("a9='u'", "a9='&#117;'");
    assert_eq!(count(&[escaped.as_bytes()]).1, 0);
    // Namespaces of enclosing elements count too; those of elements that have ended do not.
    let nested = rss(&("<a xmlns:a='u' xmlns:b='u'>".repeat(65) + &"</a>".repeat(65)));
    assert_eq!(count(&[nested.as_bytes()]).1, 0);
    let beside = rss(&("<a xmlns:a='u' xmlns:b='u'></a>".repeat(200) + ITEM));
    assert_eq!(count(&[beside.as_bytes()]), (1, 1, vec![]));
}

/// Calls every counter and the oracle on a stack of 256 KiB.
#[test]
fn nesting_to_the_limit_and_beyond_needs_no_deeper_stack() {
    let deep = |depth: usize| {
        let inner = depth - 2;
        rss(&("<a>".repeat(inner) + &"</a>".repeat(inner) + ITEM))
    };
    let small = thread::Builder::new().stack_size(256 << 10);
    let run = small.spawn(move || {
        for depth in [256, 5000] {
            let limits = Limits {
                depth,
                ..Limits::default()
            };
            let (enough, more) = (deep(depth), deep(depth + 1));
            assert_eq!(count_with(&[enough.as_bytes()], limits), (1, 1, vec![]));
            let (.., failures) = count_with(&[more.as_bytes()], limits);
            let told = format!("nested deeper than {depth} at byte");
            assert!(failures[0].contains(&told), "{failures:?}");
        }
        let groups = 100_000;
        let model = "(".repeat(groups) + "a" + &")".repeat(groups);
        let document = format!("<!DOCTYPE rss [<!ELEMENT a {model}>]>{}", rss(ITEM));
        assert_eq!(count(&[document.as_bytes()]), (1, 1, vec![]));
    });
    run.unwrap().join().unwrap();
}

#[test]
fn the_longest_document_is_counted_and_a_longer_one_is_not() {
    let document = rss(ITEM);
    let limits = |document_bytes| Limits {
        document_bytes,
        ..Limits::default()
    };
    let length = document.len() as u64;
    assert_eq!(
        count_with(&[document.as_bytes()], limits(length)),
        (1, 1, vec![])
    );
    let short = length - 1;
    let told = format!("document longer than {short} bytes at byte {short}");
    assert_eq!(
        count_with(&[document.as_bytes()], limits(short)),
        failure(&told)
    );
    assert_eq!(
        count_with(&[document.as_bytes()], limits(u64::MAX)),
        (1, 1, vec![])
    );
}

#[test]
fn a_document_over_64_mib_fails_by_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse.xml");
    File::create(&path)
        .unwrap()
        .set_len((64 << 20) + 1)
        .unwrap();
    let (found, documents, failures) = count_by_all(&job(&[path], 3));
    assert_eq!((found, documents), (0, 0));
    assert!(
        failures[0].contains("document longer than 67108864 bytes"),
        "{failures:?}"
    );
}

/// A file with size 0 that never ends: the limit must be enforced while reading.
#[cfg(target_os = "linux")]
#[test]
fn the_limit_holds_while_reading() {
    let paths = [PathBuf::from("/dev/zero")];
    let limits = Limits {
        document_bytes: 1 << 20,
        ..Limits::default()
    };
    let (found, documents, failures) = count_by_all(&Job {
        limits,
        ..job(&paths, 3)
    });
    assert_eq!((found, documents), (0, 0));
    let told = "/dev/zero: document longer than 1048576 bytes at byte 1048576";
    assert_eq!(failures, [told]);
}

#[test]
fn what_is_expanded_would_not_fit_anywhere() {
    // An entity that would expand to 10^300 characters.
    let mut document = "<!DOCTYPE rss [<!ENTITY e0 'Elvis'>".to_owned();
    for number in 1..300 {
        let reference = format!("&e{};", number - 1).repeat(10);
        document += &format!("<!ENTITY e{number} '{reference}'>");
    }
    document += "]>";
    let at = document.len() + "<rss version='2.0'><channel><item><title>".len();
    let bomb = document.clone() + &rss("<item><title>&e299;</title></item>");
    let told = format!("unknown reference `&e299;` at byte {at}");
    assert_eq!(count(&[bomb.as_bytes()]), failure(&told));
    assert_eq!(count(&[(document + &rss(ITEM)).as_bytes()]), (1, 1, vec![]));
}
