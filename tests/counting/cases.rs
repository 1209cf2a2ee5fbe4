//! Documents of a line or two, each with its expected count.

use benchlens_suite::freq::registry::COUNTERS;

use super::{count, job, rss};

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
        ("<m:title xmlns:m=''>Elvis</m:title>", 0),
        ("<:title>Elvis</:title>", 0),
        ("<title xmlns='&#32;'>Elvis</title>", 0),
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
        assert_eq!(
            count(&[document.as_bytes()]),
            (expected, 1, vec![]),
            "{item}"
        );
    }
    // References in a namespace name are resolved.
    let atom =
        "<feed xmlns='http://www.w3.org/2005/&#x41;tom'><entry><title>Elvis</title></entry></feed>";
    assert_eq!(count(&[atom.as_bytes()]), (1, 1, vec![]));
    let channel = rss("<title>Elvis</title><image><title>Elvis</title></image>");
    assert_eq!(count(&[channel.as_bytes()]), (0, 1, vec![]));
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
fn many_documents_on_many_threads() {
    let one = rss("<item><title>Elvis</title></item>");
    let documents = vec![one.as_bytes(); 600];
    assert_eq!(count(&documents), (600, 600, vec![]));
}

#[test]
fn a_construct_without_its_end_fails_alike_whatever_it_holds() {
    for opening in ["<![CDATA[", "<!--", "<?a", "<a b='", "<a b=\""] {
        for content in ["", "a", "a > b", "a < b ] - ? "] {
            let document = format!("<rss>{opening} {content}");
            let told = format!(
                "000.xml: document ends inside an element at byte {}",
                document.len()
            );
            assert_eq!(
                count(&[document.as_bytes()]),
                (0, 0, vec![told]),
                "{document}"
            );
        }
    }
    for cut in ["<", "<!", "<!-", "<![", "<![CDATA", "</", "<a"] {
        let document = format!("<rss>{cut}");
        let told = format!(
            "000.xml: document ends inside an element at byte {}",
            document.len()
        );
        assert_eq!(
            count(&[document.as_bytes()]),
            (0, 0, vec![told]),
            "{document}"
        );
    }
    let whole = "<rss/>";
    for document in ["<!DOCTYPE a", "<!DOCTYPE a [ <b> ", "<!DOCTYPE a>"] {
        let document = format!("{whole}{document}");
        let told =
            "000.xml: not well-formed: a DOCTYPE after the root or another DOCTYPE at byte 6";
        assert_eq!(
            count(&[document.as_bytes()]),
            (0, 0, vec![told.to_owned()]),
            "{document}"
        );
    }
}
