//! The limits of the tag cache: the longest names, tags and roots, and the depth limit.

use super::*;

/// Checks that the walk and the strict reader give the same count, or both none.
fn same(document: &str, limits: Limits) {
    let strict = pull::mentions(document.as_bytes(), TOPIC, limits, &mut String::new());
    let found = proven(document.as_bytes(), TOPIC, limits);
    assert_eq!(found, strict.ok(), "{document}");
}

#[test]
fn names_and_tags_as_long_as_are_compared() {
    let edits = [
        ("='1'", "='<'"),
        ("='1'", "='&'"),
        ("='1'", "='1"),
        ("='1'", "='1' a='1'"),
        ("='1'", "='1'\n"),
        ("='1'", "='1' c=\"'\""),
        (">", "/>"),
        (">", ">]]>"),
        (">", "x>"),
        ("</", "</x"),
        ("n>", ">"),
        ("n ", " "),
    ];
    for length in (1..12).chain(24..62) {
        let name = "n".repeat(length.min(31));
        let value = "v".repeat(length);
        for element in [
            format!("<{name}></{name}>"),
            format!("<{name} a='1'></{name}>"),
            format!("<{name} a='1'/>"),
            format!("<n a='{value}' b='1'/>"),
            format!("<title a='{value}' b='1'>Elvis</title>"),
        ] {
            let item = |last: &str| rss(&format!("<item>{element}{element}{last}</item>"));
            same(&item(&element), Limits::default());
            for (from, to) in edits {
                same(&item(&element.replacen(from, to, 1)), Limits::default());
            }
        }
    }
}

#[test]
fn the_depth_limit_where_tags_are_known() {
    for element in [
        "<l></l>",
        "<l a='1'></l>",
        "<l a='1'/>",
        "<l/>",
        "<title>Elvis</title>",
        "<title a='1'>Elvis</title>",
        "<title><![CDATA[Elvis]]></title>",
        "<title/>",
        "<title a=''/>",
        "<description>&amp;</description>",
    ] {
        let items = format!("<item>{element}{element}</item>").repeat(3);
        for depth in 0..8 {
            let limits = Limits {
                depth,
                ..Limits::default()
            };
            same(&rss(&items), limits);
            same(&rss(&format!("<l>{items}<l>{element}</l></l>")), limits);
        }
        // The root, the channel and the element add three levels.
        for outer in [252, 253, 254] {
            let (begin, end) = ("<b>".repeat(outer), "</b>".repeat(outer));
            let nested = format!("{element}{begin}{element}{element}{end}");
            same(&rss(&nested), Limits::default());
        }
    }
}

#[test]
fn roots_that_differ_in_their_last_byte() {
    let items =
        "<m:entry><m:title>Elvis</m:title></m:entry><m:item><m:title>Elvis</m:title></m:item>";
    for length in (930..950).chain([1 << 15]) {
        let value = "x".repeat(length);
        for (space, found) in [
            ("Atom", 3),
            ("Aton", 0),
            ("Atom", 3),
            ("Aton", 0),
            ("atom", 0),
        ] {
            let space = format!("http://www.w3.org/2005/{space}");
            let root =
                format!("feed xmlns='http://www.w3.org/2005/Atom' a='{value}' xmlns:m='{space}'");
            let document = format!("<{root}>{}</feed>", items.repeat(3));
            let proven = proven(document.as_bytes(), TOPIC, Limits::default());
            let count = Count {
                found,
                items: found,
            };
            assert_eq!(proven, Some(count));
        }
    }
}
