//! News feeds for the counters: RSS 2.0, about 25 KB and 39 items each, in several styles.
//!
//! Feed number n does not depend on the number of feeds. Most have their text in CDATA, like real
//! feeds; every eighth has plain text with entities, every eighth splits it with comments and
//! character references, every eighth adds elements of other namespaces. Items that do not mention
//! the topic have it where it does not count: in links, categories, comments and `media:title`.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

use super::words::WORDS;

/// The word that [`MENTIONS`] items of every feed mention.
pub const TOPIC: &str = "president";

/// Items of a feed.
pub const ITEMS: u32 = 39;

/// How many items of a feed mention [`TOPIC`] in their title or description.
pub const MENTIONS: u32 = 7;

/// Streams of the generator below this one belong to the texts.
const FIRST_STREAM: u64 = 1 << 32;

/// How a feed writes its text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TextStyle {
    Cdata,
    Entities,
    Split,
    Namespaces,
}

/// The file name of feed `number`: `feed_00007.xml`.
pub fn file_name(number: u32) -> String {
    format!("feed_{number:05}.xml")
}

/// Writes feeds 0 to `count` - 1 into `folder`, which must exist, and returns their paths.
///
/// # Errors
///
/// The system's error for the first file that could not be written.
pub fn write(folder: &Path, count: u32) -> io::Result<Vec<PathBuf>> {
    let mut xml = String::with_capacity(32 << 10);
    (0..count)
        .map(|number| {
            let path = folder.join(file_name(number));
            xml.clear();
            append(number, &mut xml);
            fs::write(&path, &xml)?;
            Ok(path)
        })
        .collect()
}

/// The XML of feed `number`.
///
/// ```
/// use benchlens_suite::input::feeds;
/// let xml = feeds::generate(0);
/// assert_eq!(xml.matches("<item>").count(), feeds::ITEMS as usize);
/// ```
pub fn generate(number: u32) -> String {
    let mut xml = String::with_capacity(32 << 10);
    append(number, &mut xml);
    xml
}

/// Appends the XML of feed `number` to `xml`.
pub fn append(number: u32, xml: &mut String) {
    let style = match number % 8 {
        3 => TextStyle::Entities,
        5 => TextStyle::Split,
        7 => TextStyle::Namespaces,
        _ => TextStyle::Cdata,
    };
    let mut writer = FeedWriter {
        generator: super::generator(FIRST_STREAM + u64::from(number)),
        style,
        xml,
        words: String::new(),
    };
    writer.feed(number);
}

struct FeedWriter<'a> {
    generator: ChaCha8Rng,
    style: TextStyle,
    xml: &'a mut String,
    words: String,
}

impl FeedWriter<'_> {
    fn below(&mut self, bound: u32) -> u32 {
        self.generator.next_u32() % bound
    }

    fn feed(&mut self, number: u32) {
        self.xml.push_str(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet title="formatting" type="text/xsl" href="/style/feed.xsl"?>
<rss xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" version="2.0" xmlns:media="http://search.yahoo.com/mrss/">
    <channel>
"#,
        );
        self.put(format_args!(
            "        <title><![CDATA[Example News {number} - {TOPIC} & people]]></title>
        <description><![CDATA[Example News, section {number}]]></description>
        <link>https://news.example/{number}</link>
        <image>
            <url>https://images.example/{number}/logo_120x60.gif</url>
            <title>Example News &amp; Views</title>
            <link>https://news.example/{number}</link>
        </image>
        <generator>benchlens</generator>
        <lastBuildDate>Thu, 09 Nov 2017 15:38:45 GMT</lastBuildDate>
        <language><![CDATA[en-gb]]></language>
        <ttl>15</ttl>
"
        ));
        let mut mentions_left = MENTIONS;
        for item in 0..ITEMS {
            // Each choice of MENTIONS items out of ITEMS is equally likely.
            let mentions = self.below(ITEMS - item) < mentions_left;
            mentions_left -= u32::from(mentions);
            self.item(number, item, mentions);
        }
        self.xml.push_str("    </channel>\n</rss>\n");
    }

    fn item(&mut self, number: u32, item: u32, mentions: bool) {
        let in_title = mentions && self.below(3) == 0;
        self.xml.push_str("        <item>\n            <title>");
        self.text(8, in_title);
        self.xml.push_str("</title>\n            <description>");
        self.text(14, mentions && !in_title);
        self.xml.push_str("</description>\n");
        let id = 40_000_000 + u64::from(number) * 100 + u64::from(item);
        let section = WORDS[self.below(64) as usize];
        let (hour, minute) = (self.below(24), self.below(60));
        self.put(format_args!(
            "            <link>https://news.example/articles/{section}-{TOPIC}-{id}</link>
            <guid isPermaLink=\"true\">https://news.example/articles/{section}-{TOPIC}-{id}</guid>
            <pubDate>Thu, 09 Nov 2017 {hour:02}:{minute:02}:10 GMT</pubDate>
"
        ));
        if self.style == TextStyle::Namespaces {
            self.put(format_args!(
                "            <media:title>The {TOPIC} in a picture</media:title>
            <dc:creator>A. Writer</dc:creator>
            <category>{TOPIC}</category>
"
            ));
        }
        if self.style == TextStyle::Split && self.below(4) == 0 {
            self.put(format_args!("            <!-- no {TOPIC} here -->\n"));
        }
        self.put(format_args!(
            "            <media:thumbnail width=\"976\" height=\"549\" \
url=\"https://images.example/{number}/production/_{id}_{section}.jpg\"/>
        </item>
"
        ));
    }

    fn put(&mut self, arguments: std::fmt::Arguments<'_>) {
        self.xml
            .write_fmt(arguments)
            .expect("writing to a string cannot fail");
    }

    /// About `length` words, including the topic if it should be mentioned, in the feed's style.
    fn text(&mut self, length: u32, mentions: bool) {
        let length = length + self.below(4);
        let place = self.below(length);
        let ampersand = self.below(8) == 0;
        let mut words = std::mem::take(&mut self.words);
        words.clear();
        for position in 0..length {
            if position > 0 {
                words.push(' ');
            }
            match position == place {
                true if mentions => words.push_str(TOPIC),
                true if ampersand => words.push_str("R&D"),
                _ => words.push_str(WORDS[self.below(128) as usize]),
            }
        }
        match self.style {
            TextStyle::Cdata | TextStyle::Namespaces => {
                self.xml.push_str("<![CDATA[");
                self.xml.push_str(&words);
                self.xml.push_str("]]>");
            }
            TextStyle::Entities => escape(&words, self.xml),
            TextStyle::Split => {
                // Splits the topic too, if it is mentioned: a counter must join the pieces.
                let cut = words.find(TOPIC).map_or(words.len() / 2, |start| start + 5);
                let (start, rest) = words.split_at(cut);
                escape(start, self.xml);
                let split = ["<!-- more -->", "<![CDATA[]]>", ""][self.below(3) as usize];
                self.xml.push_str(split);
                let first = rest.as_bytes()[0];
                self.put(format_args!("&#{first};"));
                escape(&rest[1..], self.xml);
            }
        }
        self.words = words;
    }
}

fn escape(text: &str, xml: &mut String) {
    for (index, part) in text.split('&').enumerate() {
        if index > 0 {
            xml.push_str("&amp;");
        }
        xml.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::checksum;
    use super::*;

    #[test]
    fn the_bytes_are_pinned() {
        let feeds: String = (0..40).map(generate).collect();
        let (size, sum) = (feeds.len(), checksum(feeds.as_bytes()));
        assert_eq!((size, sum), (1_067_879, 0x4a66_f8b5_5ced_dd71), "{sum:#x}");
    }

    #[test]
    fn a_feed_in_cdata_has_the_mentions_it_promises() {
        let xml = generate(0);
        let items = xml.split("<item>").skip(1);
        let mentions = items
            .filter(|item| {
                let text = &item[..item.find("<link>").unwrap()];
                text.contains(TOPIC)
            })
            .count();
        assert_eq!(mentions, MENTIONS as usize);
        assert!((22_000..28_000).contains(&xml.len()), "{}", xml.len());
    }

    #[test]
    fn feeds_are_written_as_generated() {
        let folder = tempfile::tempdir().unwrap();
        let paths = write(folder.path(), 8).unwrap();
        for (number, path) in (0..).zip(&paths) {
            assert_eq!(fs::read_to_string(path).unwrap(), generate(number));
        }
        assert_eq!(paths.len(), 8);
    }
}
