//! Compares the walk with the strict reader, on every instruction set of this machine.

use std::cell::RefCell;

use super::document::{FILLING, PADDING};
use super::*;
use crate::freq::oracle;

mod cached_tags;
mod given_up;
mod lanes;
mod mutation;
mod repetition;

const TOPIC: &str = "Elvis";

thread_local! {
    static USED: RefCell<Option<Scratch>> = const { RefCell::new(None) };
}

/// The walk's count of a document, unless it gives up.
fn proven(bytes: &[u8], topic: &str, limits: Limits) -> Option<Count> {
    walked(bytes, topic, limits)?.ok()
}

/// The result of a walk over a document, the same for every instruction set; `None` for topics that only
/// the strict reader can search for.
fn walked(bytes: &[u8], topic: &str, limits: Limits) -> Option<Walked<Count>> {
    let padded = [bytes, &[FILLING; PADDING]].concat();
    let document = Document::new(&padded, bytes.len()).unwrap();
    let topic = Topic::new(topic)?;
    let mut best = None;
    for instructions in Instructions::all().into_iter().flatten() {
        let fresh = prove(instructions, document, &topic, limits, &mut Scratch::new());
        // The answer does not depend on earlier documents.
        let used = USED.with_borrow_mut(|used| {
            let scratch = used.get_or_insert_with(Scratch::new);
            prove(instructions, document, &topic, limits, scratch)
        });
        assert_eq!(fresh, used, "{instructions:?}: {}", bytes.escape_ascii());
        assert_eq!(fresh, *best.get_or_insert(fresh), "{instructions:?}");
    }
    best
}

/// Checks that the strict reader confirms what is proven; returns whether it was proven.
fn check(bytes: &[u8]) -> bool {
    check_topic(bytes, TOPIC)
}

fn check_topic(bytes: &[u8], topic: &str) -> bool {
    check_limits(bytes, topic, Limits::default())
}

fn check_limits(bytes: &[u8], topic: &str, limits: Limits) -> bool {
    let Some(found) = proven(bytes, topic, limits) else {
        return false;
    };
    let strict = pull::mentions(bytes, topic, limits, &mut String::new());
    let shown = bytes.escape_ascii();
    match strict {
        Ok(strict) => assert_eq!(found, strict, "{shown}"),
        Err(error) => panic!("{error}, but proven: {shown}"),
    }
    assert_eq!(
        oracle::mentions(bytes, topic, limits).ok(),
        Some(found),
        "{shown}"
    );
    true
}

fn rss(items: &str) -> String {
    format!("<rss version='2.0'><channel>{items}</channel></rss>")
}

#[test]
fn items_as_feeds_have_them_are_proven() {
    for item in [
        "<title>Elvis</title>",
        "<title>El<!-- not text -->vis</title>",
        "<title>El<![CDATA[vi]]>s]] ></title>",
        "<title>El<b>vi</b>s</title>",
        "<title>&#69;l&#x76;is &amp;&lt;&gt;&quot;&apos;</title>",
        "<title a = 'Elvis' b=\"'>\"/>",
        "<title\n>x</title\t>",
        "<m:title xmlns:m='urn:m' m:a=''>Elvis</m:title>",
        "<div xmlns='http://www.w3.org/1999/xhtml'><p>Elvis</p></div>",
        "<a><?pi x?><?pi?></a>",
        "<title>\u{e9}\u{fffd}\u{1f600}</title>",
        "<description><![CDATA[]]]]></description>",
        "<guid isPermaLink='false'>a?b=1&amp;c</guid>",
        "<rss version='2.0'><item><title>Elvis</title></item></rss>",
        "<a b='1'/><a b='2'/><a b='&lt;'/><a b=']]>'/><a b='3'></a><a b='4' ><c/></a>",
        "<title>a</title><title>Elvis</title><title><![CDATA[Elvis]]></title>",
        "<b></b><b><![CDATA[x]]></b><b><b></b></b><b\n></b><b></b ><b>&amp;</b>",
        "<title></title><description><![CDATA[El]]><![CDATA[vis]]></description>",
        "<title>x</title></item><item><title><![CDATA[El]]>vis</title>",
    ] {
        let document = rss(&format!("<item>{item}</item>"));
        assert!(check(document.as_bytes()), "{item}");
    }
}

#[test]
fn what_may_stand_before_and_behind_the_root_is_proven() {
    for prolog in [
        "\u{feff}",
        "\n",
        "<?xml version='1.0'?>",
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone='yes' ?>\r\n<!-- x -->",
        "<?pi x?>",
    ] {
        let document = format!("{prolog}{}<!-- x -->\n", rss(""));
        assert!(check(document.as_bytes()), "{prolog}");
    }
}

#[test]
fn items_are_counted_where_each_format_has_them() {
    for (document, count) in [
        ("<rss><item><title>Elvis</title></item></rss>", (1, 1)),
        (
            "<rss><item><item><title>Elvis</title></item></item><channel><item/></channel><item/></rss>",
            (0, 3),
        ),
        (
            "<rss><channel><channel><item/></channel><item/></channel><channel><item/></channel></rss>",
            (0, 2),
        ),
        (
            "<rss><channel xmlns:c='http://purl.org/rss/1.0/modules/content/'><item>\
             <c:encoded>Elvis</c:encoded></item></channel></rss>",
            (1, 1),
        ),
        (
            "<feed xmlns='http://purl.org/atom/ns#'><entry><content>Elvis</content></entry></feed>",
            (1, 1),
        ),
        (
            "<rss><channel><item/><x:item xmlns:x='urn:x'/></channel></rss>",
            (0, 1),
        ),
    ] {
        assert!(check(document.as_bytes()), "{document}");
        let (found, items) = count;
        assert_eq!(
            proven(document.as_bytes(), TOPIC, Limits::default()),
            Some(Count { found, items }),
            "{document}"
        );
    }
}

#[test]
fn whole_feeds_are_proven() {
    for fixture in mutation::FIXTURES {
        assert!(check(fixture.as_bytes()));
    }
    #[cfg(feature = "cli")]
    for number in 0..16 {
        let feed = crate::input::feeds::generate(number);
        assert!(check_topic(feed.as_bytes(), "president"), "{number}");
    }
}

/// Checks that the walk gives up on a feed with each of these contents.
fn check_left_to_the_strict_reader(items: &[&str]) {
    for item in items {
        let document = rss(item);
        assert!(!check(document.as_bytes()), "{item}");
    }
}

#[test]
fn tags_that_differ_from_a_known_one_are_left_to_the_strict_reader() {
    check_left_to_the_strict_reader(&[
        "<a></a><a></b>",
        "<a></a><a></aa>",
        "<a></a><a></a",
        "<a b='1'></a><a b='2'></b>",
        "<a b='1'/><a b='2'/ >",
        "<a b='1'/><a b='<'/>",
        "<a b='1'/><a b='&x;'/>",
        "<a b='1'/><a b='2'b='3'/>",
        "<a b='1'/><a b='2' b='3'/>",
        "<a b='1'/><a b='2",
        "<title><![CDATA[a]]></title><title><![CDATA[a]]></titles>",
        "<title><![CDATA[a]]></title><title>]]></title>",
        "<b xmlns:p='u'><p:a b='1'></p:a><p:a b='1'></p:a></b><p:a b='1'></p:a>",
        "<b xmlns:p='u'><c xmlns:q='u'></c><p:a></p:a></b><p:a></p:a>",
        "<b xmlns:p='u'><b xmlns:p=''></b></b>",
    ]);
}

#[test]
fn wrong_or_rare_tags_are_left_to_the_strict_reader() {
    check_left_to_the_strict_reader(&[
        "<a></b>",
        "<a>",
        "</a>",
        "<a b='1' b='2'/>",
        "<a b='1'c='2'/>",
        "<a b=1/>",
        "<a b='<'/>",
        "<a b='&x;'/>",
        "<a b='&'/>",
        "<a b/>",
        "< a/>",
        "<>pi x?>",
        "<a/ >",
        "<1/>",
        "<a:b/>",
        "<a:b:c/>",
        "<a p:b=''/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>",
        "<a xmlns:xml='u'/>",
        "<a xmlns:p=''/>",
        "<a xmlns='&#33;'/>",
        "<\u{e9}/>",
    ]);
}

#[test]
fn wrong_or_rare_content_is_left_to_the_strict_reader() {
    check_left_to_the_strict_reader(&[
        "&nbsp;",
        "&#0;",
        "&#xD800;",
        "&#x110000;",
        "&#99999999999;",
        "&;",
        "&#;",
        "&#x;",
        "&amp",
        "]]>",
        "<!-- -- -->",
        "<!--->",
        "<!-->",
        "<![CDATA[]]",
        "<![cdata[]]>",
        "<!DOCTYPE rss>",
        "<?xml version='1.0'?>",
        "<?XML x?>",
        "<??>",
        "<?a",
        "\u{1}",
        "\u{fffe}",
        "\u{ffff}",
    ]);
    for bytes in [&b"\xFF"[..], b"\xC0\x80", b"\xED\xA0\x80", b"\xE2\x82"] {
        let document = [b"<rss>", bytes, b"</rss>"].concat();
        assert!(!check(&document));
    }
}

#[test]
fn wrong_or_rare_documents_are_left_to_the_strict_reader() {
    let whole = rss("");
    for document in [
        String::new(),
        " ".to_owned(),
        "<html/>".to_owned(),
        format!("x{whole}"),
        format!("{whole}x"),
        format!("{whole}{whole}"),
        format!("{whole}&amp;"),
        format!("{whole}<![CDATA[]]>"),
        format!(" <?xml version='1.0'?>{whole}"),
        format!("<?xml?>{whole}"),
        format!("<?xml version='1.0' encoding='latin1'?>{whole}"),
        format!("<?xml encoding='utf-8'?>{whole}"),
        format!("<?xml-a encoding='latin1'?>{whole}"),
        format!("<!DOCTYPE rss>{whole}"),
        format!("\u{feff}\u{feff}{whole}"),
        "<rss xmlns='urn:x'><channel><item/></channel></rss>".to_owned(),
        "<rss><channel xmlns='urn:x'><item/></channel></rss>".to_owned(),
        "<feed><entry/></feed>".to_owned(),
        rss("<item xmlns='urn:x'/>"),
    ] {
        assert!(!check(document.as_bytes()), "{document}");
    }
}

#[test]
fn windows_full_of_marks() {
    for (text, proven) in [
        ("]", true),
        ("&lt;", true),
        ("<a/>", true),
        ("<a></a>", true),
        ("<![CDATA[]]]]>", true),
        ("<title><![CDATA[]]></title>", true),
        ("<title>]]</title>", true),
        ("]]>", false),
        ("<", false),
        ("&", false),
    ] {
        let document = rss(&text.repeat(20_000));
        assert_eq!(check(document.as_bytes()), proven, "{text}");
        let document = rss(&format!("{}>", text.repeat(20_000)));
        assert_eq!(check(document.as_bytes()), proven && text != "]", "{text}");
    }
}

#[test]
fn a_construct_at_every_place_of_a_block_and_a_window() {
    for construct in [
        "<title>Elvis</title>",
        "<title><![CDATA[Elvis]]></title>",
        "<title>El&#118;is]]</title>",
        "<title a='1'/><description>Elvis</description>",
        "<description><![CDATA[<b>x</b> &c]]x]] > Elvis]]]></description>",
    ] {
        for length in (0..140).chain(3950..4100).chain(8000..8200) {
            // Its tags are cached before.
            let item = format!(
                "<item><title></title><description></description></item><!--{}-->\
                 <item>{construct}</item>",
                "x".repeat(length)
            );
            let document = rss(&item);
            assert_eq!(
                proven(document.as_bytes(), TOPIC, Limits::default()),
                Some(Count { found: 1, items: 2 })
            );
            for byte in ["\u{1}", "]]>", "\u{ffff}", "<", "&"] {
                let broken = rss(&format!("<!--{}-->{byte}", "x".repeat(length)));
                assert_eq!(proven(broken.as_bytes(), TOPIC, Limits::default()), None);
            }
        }
    }
}

#[test]
fn a_topic_at_every_place_of_a_text() {
    for topic in [
        "E",
        "El",
        "Elvis",
        "Elvis has left the building, say all the papers",
    ] {
        for before in 0..70 {
            for after in [0, 1, 31, 32, 33] {
                let (before, after) = (" ".repeat(before), "E".repeat(after));
                let item = |text: &str| {
                    rss(&format!(
                        "<item><title>{before}{text}{after}</title></item>"
                    ))
                };
                assert!(check_topic(item(topic).as_bytes(), topic));
                assert!(check_topic(
                    item(&topic[..topic.len() - 1]).as_bytes(),
                    topic
                ));
            }
        }
    }
}

#[test]
fn topics_that_only_the_strict_reader_can_look_for() {
    for topic in ["", "a\nb", "a\rb"] {
        assert!(Topic::new(topic).is_none());
    }
}

#[test]
fn deep_nesting_and_many_attributes() {
    let nested = |depth: usize| rss(&("<a>".repeat(depth) + &"</a>".repeat(depth)));
    assert!(check(nested(254).as_bytes()));
    assert!(!check(nested(255).as_bytes()));
    let shallow = Limits {
        depth: 3,
        ..Limits::default()
    };
    assert_eq!(
        proven(nested(1).as_bytes(), TOPIC, shallow),
        Some(Count::default())
    );
    assert_eq!(proven(nested(2).as_bytes(), TOPIC, shallow), None);
    let attributes = |count: usize| -> String { (0..count).map(|n| format!(" a{n}=''")).collect() };
    assert!(check(rss(&format!("<a{}/>", attributes(16))).as_bytes()));
    assert!(!check(rss(&format!("<a{}/>", attributes(17))).as_bytes()));
    let bindings: String = (0..33).map(|n| format!("<a xmlns:p{n}='u'>")).collect();
    assert!(!check(rss(&(bindings + &"</a>".repeat(33))).as_bytes()));
}
