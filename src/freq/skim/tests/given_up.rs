//! The reason with which a walk gives up.

use super::super::given_up::GivenUp::{self, *};
use super::*;

fn reason(document: &str) -> Option<GivenUp> {
    walked(document.as_bytes(), TOPIC, Limits::default())?.err()
}

#[test]
fn the_first_thing_that_is_wrong_or_rare_is_the_reason() {
    for (content, expected) in [
        ("<a b='1' b='2'/>", Attributes),
        ("<a p:b=''/>", Namespace),
        ("\u{1}", Characters),
        ("\u{ffff}", Characters),
        ("<a></b>", EndTag),
        ("<item xmlns='urn:x'/>", Item),
        ("<!DOCTYPE rss>", Markup),
        ("<?xml version='1.0'?>", Markup),
        ("<\u{e9}/>", Name),
        ("<a xmlns:p=''/>", Namespace),
        ("&nbsp;", Reference),
        ("<a/ >", Tag),
        ("]]>", Text),
    ] {
        assert_eq!(reason(&rss(content)), Some(expected), "{content}");
    }
    for (document, expected) in [
        ("<?xml version='1.0' encoding='latin1'?><rss/>", Declaration),
        ("<html/>", Root),
        ("<rss><channel>", End),
        ("x<rss/>", Text),
    ] {
        assert_eq!(reason(document), Some(expected), "{document}");
    }
    assert_eq!(reason(&rss(&"<a>".repeat(300))), Some(Depth));
}
