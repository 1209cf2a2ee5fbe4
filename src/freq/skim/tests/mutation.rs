//! Damaged documents: each one that the walk proves is accepted by the strict reader and the
//! oracle, with the same count.
//!
//! `BENCHLENS_MUTATIONS=5000000 cargo test --release mutation` sets the number of documents; the
//! seed is fixed.

use super::*;

/// Items with equal tags, so that their tags are cached from the first item on.
const ALIKE: &str = r#"<rss version="2.0" xmlns:m="urn:m"><channel><title>Elvis</title>
<item><title><![CDATA[Elvis]]></title><link>Elvis</link><m:t w="9" url="/a?b"/><guid is="true">1</guid></item>
<item><title><![CDATA[El]]></title><link>Elvis</link><m:t w="9" url="/c"/><guid is="true">2</guid></item>
<item><title>&amp; Elvis</title><link>x</link><m:t w="9" url="/a&amp;b"/><guid is="false">3</guid></item>
<item><title>Elvis</title><title>El</title><link/><m:t w="9" url="/"></m:t><guid is='true'>4</guid></item>
<a xmlns:m="urn:n" xmlns="urn:o"><i><title>Elvis</title><m:t w="9" url="/c"/></i></a>
<item><title>El</title><link>x</link><m:t w="9" url="/c"/><description>Elvis</description></item>
</channel></rss>
"#;

/// Items inside and outside of a channel, as in either kind of RSS, and `content:encoded`.
const SPREAD: &str = r#"<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:c="http://purl.org/rss/1.0/modules/content/"><item r:about="0"><title>Elvis</title><c:encoded>x</c:encoded></item>
<channel r:about="c"><title>Elvis</title><items/><item r:about="1"><title>x</title><c:encoded>Elvis</c:encoded></item>
<item r:about="2"><title>x</title><description>x</description><c:encoded><![CDATA[Elvis]]></c:encoded></item></channel>
<item r:about="3"><c:encoded>El</c:encoded><c:encoded>Elvis</c:encoded></item><channel/><item><item/></item>
</r:RDF>
"#;

pub(super) const FIXTURES: [&str; 5] = [
    ALIKE,
    SPREAD,
    include_str!("../../../../fixtures/feeds/rss_2.xml"),
    include_str!("../../../../fixtures/feeds/rss_1.rdf"),
    include_str!("../../../../fixtures/feeds/atom.xml"),
];

/// Every kind of construct, to assemble documents from.
const FRAGMENTS: [&str; 92] = [
    "<",
    ">",
    "</",
    "/>",
    "&",
    ";",
    "=",
    "'",
    "\"",
    " ",
    "\n",
    "\t",
    "\r\n",
    "]",
    "]]",
    "]]>",
    "[",
    "!",
    "?",
    "-",
    "--",
    "-->",
    "<!--",
    "<!---->",
    "<!-- x -->",
    "<![CDATA[",
    "<![CDATA[Elvis]]>",
    "<![CDATA[]]]>",
    "<?",
    "?>",
    "<?pi x?>",
    "<?xml version='1.0'?>",
    "<?xml",
    "<!DOCTYPE rss>",
    "&amp;",
    "&lt;",
    "&#69;",
    "&#x45;",
    "&#xD;",
    "&#0;",
    "&nbsp;",
    "Elvis",
    "El",
    "vis",
    "<a>",
    "</a>",
    "<a/>",
    "<title>",
    "</title>",
    "<title/>",
    "<description>",
    "</description>",
    "<item>",
    "</item>",
    "<channel>",
    "</channel>",
    "<rss>",
    "</rss>",
    "<entry>",
    "</entry>",
    "<summary>",
    "</summary>",
    "<content>",
    "</content>",
    " a='1'",
    " a=\"1\"",
    " b='>'",
    " xmlns='urn:x'",
    " xmlns:p='urn:x'",
    " p:a=''",
    "<p:title>",
    "</p:title>",
    ":",
    " xmlns=''",
    " xmlns='http://www.w3.org/2005/Atom'",
    " xmlns='http://purl.org/rss/1.0/'",
    " xmlns='http://purl.org/atom/ns#'",
    " xmlns:p='http://purl.org/rss/1.0/modules/content/'",
    "<p:encoded>Elvis</p:encoded>",
    "<encoded>",
    "<item xmlns='urn:x'>",
    "<p:item>",
    "</p:item>",
    "<item><title>Elvis</title></item>",
    "</item></channel>",
    "</channel><item>",
    "<channel><item>",
    "<feed>",
    "</feed>",
    "\u{e9}",
    "\u{ffff}",
    "\u{feff}",
];

/// A random number generator (xorshift).
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }
}

/// One edit: changes or removes a byte, inserts a fragment, or duplicates or removes a part.
fn edit(bytes: &mut Vec<u8>, numbers: &mut Numbers) {
    let at = numbers.below(bytes.len() + 1);
    let stretch = (at + 1 + numbers.below(24)).min(bytes.len());
    match numbers.below(8) {
        0 if at < bytes.len() => bytes[at] = numbers.below(256) as u8,
        1 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
        2 if at < bytes.len() => drop(bytes.drain(at..stretch)),
        3 => {
            let part = bytes[at..stretch.max(at)].to_vec();
            let to = numbers.below(bytes.len() + 1);
            bytes.splice(to..to, part);
        }
        4 if numbers.below(16) == 0 => bytes.truncate(at),
        _ => {
            let fragment = FRAGMENTS[numbers.below(FRAGMENTS.len())];
            bytes.splice(at..at, fragment.bytes());
        }
    }
}

/// A document assembled from fragments, inside a channel, an item, or a title.
fn assembled(numbers: &mut Numbers) -> Vec<u8> {
    let (before, after) = [
        (
            "<rss><channel><item/>",
            "<item><title>Elvis</title></item></channel></rss>",
        ),
        (
            "<rss><channel><item><title>",
            "</title></item></channel></rss>",
        ),
        ("<rss><channel><item>", "</item></channel></rss>"),
        ("<rss><channel>", "</channel></rss>"),
        ("<rss>", "</rss>"),
        (
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry>",
            "</entry></feed>",
        ),
        ("", ""),
    ][numbers.below(7)];
    let mut document = before.to_owned();
    for _ in 0..1 + numbers.below(5) {
        document.push_str(FRAGMENTS[numbers.below(FRAGMENTS.len())]);
    }
    document.push_str(after);
    document.into_bytes()
}

/// How many documents are tried.
pub(super) fn wanted() -> u64 {
    let wanted = std::env::var("BENCHLENS_MUTATIONS");
    wanted.map_or(20_000, |count| count.parse().unwrap())
}

#[test]
fn damaged_documents() {
    let wanted = wanted();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut proven = 0;
    for _ in 0..wanted {
        let mut document = match numbers.below(2 * FIXTURES.len()) {
            which if which < FIXTURES.len() => FIXTURES[which].as_bytes().to_vec(),
            _ => assembled(&mut numbers),
        };
        for _ in 0..numbers.below(4) {
            edit(&mut document, &mut numbers);
        }
        proven += u64::from(check(&document));
    }
    // Otherwise the test has tried too little.
    assert!(
        proven > wanted / 10 && proven < wanted,
        "{proven} of {wanted}"
    );
}

#[test]
fn every_document_cut_or_changed_at_every_byte() {
    for fixture in FIXTURES {
        let whole = fixture.trim_end().as_bytes();
        for at in 0..whole.len() {
            assert!(!check(&whole[..at]), "cut at {at}");
            for byte in *b"<>&]'\"=/ x\x00\x1F\xFF\xEF" {
                let mut changed = whole.to_vec();
                changed[at] = byte;
                check(&changed);
                changed.insert(at, whole[at]);
                check(&changed);
            }
        }
    }
}
