//! Documents that repeat a few tags with small variations, so that cached tags, their successors
//! and the cached root are used as often as possible.
//!
//! `BENCHLENS_MUTATIONS=5000000 cargo test --release repeated` sets the number of documents; the
//! seed is fixed.

use super::mutation::{Numbers, wanted};
use super::*;

/// The start and end of a document, and of its items; an `@` becomes a text.
const FRAMES: [&str; 7] = [
    "<rss xmlns:m='urn:m'><channel>|<item>|</item>|</channel></rss>",
    "<rss xmlns:m='http://www.w3.org/2005/Atom'><channel>|<item a='@'>|</item>|</channel></rss>",
    "<rss><a xmlns:m='u'/><channel>|<item xmlns:m=\"urn:m\">|</item>|</channel><item/></rss>",
    "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:m='urn:m'>|<entry>|</entry>|</feed>",
    "<m:feed xmlns:m='http://www.w3.org/2005/Atom'>|<m:entry m:a='@'>|</m:entry>|</m:feed>",
    "<m:RDF xmlns:m='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>\
    |<item m:about=\"@\">|</item>|</m:RDF>",
    "<RDF xmlns='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:m='http://purl.org/rss/1.0/'>\
    |<m:item a='@' b=\"@\">|</m:item>|</RDF>",
];
/// The parts of items.
const PARTS: &str = "<title>@</title>|<title><![CDATA[@]]></title>|<title a='@'>@</title>|<title/>|\
    <title>@@</title>|<title a='@'/>|<m:title>@</m:title>|<m:title><![CDATA[@]]></m:title>|<description>@</description>|\
    <m:summary>@</m:summary>|<summary b='1' a=\"@\">@</summary>|<content>@</content>|<l>@</l>|<l a='@'/>|\
    <l a='@' b=\"@\"/>|<l a='&amp;' b=\"@\"></l>|<l a='@'>@</l >|<li><l>@</l></li>|<channel>@</channel>|\
    <m:l w='9' m:a=\"@\">@</m:l>|<item>@<title>@</title></item>|<a><title>@</title><item/></a>|@@|\
    <b><b><b>@</b></b></b>|<b ><c\n></c></b >|<d xmlns='urn:o'><title>@</title></d>|\
    <d xmlns:m='urn:n'><m:title>@</m:title><l a='@'/></d>|\
    <m:d xmlns:m='http://www.w3.org/2005/Atom' xmlns = 'urn:m'><title>@</title><m:title>@</m:title></m:d>";
/// Strings that are valid in a value and in text; then only in text; then nowhere.
const TEXTS: &str = "|Elvis|El|vis|a?b|]|]]|&amp;|\n|\u{e9}|/>|\
    <l></l>|<![CDATA[El]]>|<!--<-->|<?a '?>|<l>x</l>|]]>|&x;|<l>|\x01";
const BYTES: &[u8] = b"<>/='\"&;]: \n!aEm\x01\xFF";

fn repeated(numbers: &mut Numbers) -> Vec<u8> {
    let texts: Vec<&str> = TEXTS.split('|').collect();
    let most = [4, 11, 11, 11, 16, texts.len()][numbers.below(6)];
    let all: Vec<&str> = PARTS.split('|').collect();
    let frame: Vec<&str> = FRAMES[numbers.below(FRAMES.len())].split('|').collect();
    let mut item = vec![frame[1]];
    item.extend((0..1 + numbers.below(5)).map(|_| all[numbers.below(all.len())]));
    item.push(frame[2]);
    // Sometimes the items are at the end of a window.
    let far = (numbers.below(32) == 0).then(|| numbers.below(600) + 7600);
    let mut document = frame[0].to_owned() + &" ".repeat(far.unwrap_or(0));
    for _ in 0..3 + numbers.below(4) {
        for part in &item {
            let most = most.min(if part.contains("a=") { 11 } else { most });
            let mut pieces = part.split('@');
            document.extend(pieces.next());
            for piece in pieces {
                document.extend([texts[numbers.below(most)], piece]);
            }
        }
    }
    let mut bytes = (document + frame[3]).into_bytes();
    for _ in 0..numbers.below(6).saturating_sub(3) {
        // Near the ends of tags and values.
        let from = numbers.below(bytes.len());
        let border = (bytes[from..].iter()).position(|byte| BYTES[..9].contains(byte));
        let at = (from + border.unwrap_or(0) + numbers.below(3)).clamp(1, bytes.len()) - 1;
        match numbers.below(4) {
            0 => bytes[at] = BYTES[numbers.below(BYTES.len())],
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, BYTES[numbers.below(BYTES.len())]),
            _ => bytes.insert(at, bytes[at]),
        }
    }
    bytes
}

#[test]
fn repeated_tags() {
    let wanted = wanted();
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut proven = 0;
    for _ in 0..wanted {
        let document = repeated(&mut numbers);
        let depth = [256, 256, 256, 3, 4, 5, 6, 7][numbers.below(8)];
        let limits = Limits {
            depth,
            ..Limits::default()
        };
        let topic = ["Elvis", "vis", "s", "s]]"][numbers.below(4)];
        proven += u64::from(check_limits(&document, topic, limits));
    }
    // Otherwise the test has tried too little.
    assert!(
        proven > wanted / 3 && proven < wanted,
        "{proven} of {wanted}"
    );
}
