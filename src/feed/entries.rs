//! Whole items with their links, for callers that show items; the counters need only their text.
//!
//! Title and text are those of [`items`](super::items). The link is looked for in the item's own markup,
//! which the strict reader has just accepted: RSS's `link`, Atom's `link` with `rel="alternate"` or without
//! `rel`, else RSS's `guid` unless it says that it is not a link.
//!
//! Time: linear; an item's markup is read twice. Space: one item.

use std::ops::ControlFlow;

use quick_xml::Reader as Xml;
use quick_xml::events::{BytesStart, Event};

use super::decode::Decoded;
use super::items::{Items, Part};
use super::vocabulary::Field;
use super::{Error, Limits, markup};

/// An item of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The title; may be empty.
    pub title: String,
    /// The description, or Atom's summary.
    pub description: String,
    /// Atom's content, or RSS's `content:encoded`.
    pub content: String,
    /// The address of the item as the feed gives it. Not checked: it may be relative, or a `javascript:` URL.
    pub link: Option<String>,
}

impl Entry {
    /// Whether the counters would count the item for `topic`.
    pub fn mentions(&self, topic: &str) -> bool {
        [&self.title, &self.description, &self.content]
            .iter()
            .any(|text| text.contains(topic))
    }
}

/// Hands the items of a document to `visit` in document order, until it breaks or the document ends.
///
/// # Errors
///
/// [`Error::Document`] if the document fails before `visit` breaks. Entries visited before that stay
/// valid.
///
/// ```
/// use std::ops::ControlFlow;
/// use benchlens_suite::feed::{Limits, decode, entries};
///
/// let feed = b"<rss><channel><item><title>Elvis</title><link>https://example.org/</link></item></channel></rss>";
/// let document = decode::decode(feed)?;
/// let mut links = Vec::new();
/// entries::visit(&document, Limits::default(), |entry| {
///     links.push(entry.link);
///     ControlFlow::Continue(())
/// })?;
/// assert_eq!(links, [Some("https://example.org/".to_owned())]);
/// # Ok::<(), benchlens_suite::feed::Error>(())
/// ```
pub fn visit(
    document: &Decoded<'_>,
    limits: Limits,
    mut on_entry: impl FnMut(Entry) -> ControlFlow<()>,
) -> Result<(), Error> {
    let mut items = Items::new(document, limits);
    let mut entry = Entry::default();
    let mut text = String::new();
    let mut start = 0;
    loop {
        match items.next_part()? {
            Part::ItemStart => {
                entry = Entry::default();
                start = items.offset();
            }
            Part::Text(piece) => text.push_str(&piece),
            Part::FieldEnd(field) => {
                let whole = std::mem::take(&mut text);
                match field {
                    Field::Title => entry.title = whole,
                    Field::Description => entry.description = whole,
                    Field::Content => entry.content = whole,
                }
            }
            Part::ItemEnd => {
                entry.link = link(&document.text[start..items.offset()]);
                if on_entry(std::mem::take(&mut entry)).is_break() {
                    return Ok(());
                }
            }
            Part::End => return Ok(()),
        }
    }
}

/// The link within the markup of an item; it ends with the item's own end tag.
fn link(markup: &str) -> Option<String> {
    let mut xml = Xml::from_str(markup);
    // The item's start tag is not part of `markup`.
    xml.config_mut().check_end_names = false;
    xml.config_mut().allow_unmatched_ends = true;
    let (mut depth, mut found) = (0_usize, Found::default());
    let mut open = None;
    let mut text = String::new();
    loop {
        match xml.read_event().ok()? {
            Event::Start(tag) => {
                if depth == 0 {
                    open = found.tag(&tag);
                    text.clear();
                }
                depth += 1;
            }
            Event::Empty(tag) if depth == 0 => drop(found.tag(&tag)),
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.text(open.take(), text.trim());
                }
            }
            Event::Text(piece) if open.is_some() => text.push_str(&piece),
            Event::CData(piece) if open.is_some() => text.push_str(&piece),
            Event::GeneralRef(name) if open.is_some() => text.extend(markup::resolve(&name)),
            Event::Eof => return found.best(),
            _ => {}
        }
    }
}

/// An element whose text is a link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Link,
    Guid,
}

/// The first link of each kind in an item.
#[derive(Default)]
struct Found {
    rss: Option<String>,
    atom: Option<String>,
    guid: Option<String>,
}

impl Found {
    /// Handles a child's start tag; returns what the child's text is, if it may be a link.
    fn tag(&mut self, tag: &BytesStart<'_>) -> Option<Kind> {
        let value = |name: &str| {
            let attribute = tag.try_get_attribute(name).ok()??;
            Some(markup::resolved_value(&attribute.value))
        };
        match tag.local_name().as_ref() {
            "link" => match value("href") {
                Some(href) => {
                    let is_alternate = value("rel").is_none_or(|rel| rel == "alternate");
                    if is_alternate && self.atom.is_none() {
                        self.atom = Some(href);
                    }
                    None
                }
                None => Some(Kind::Link),
            },
            "guid" if value("isPermaLink").is_none_or(|is| is != "false") => Some(Kind::Guid),
            _ => None,
        }
    }

    /// Handles the end of a child, with its text.
    fn text(&mut self, kind: Option<Kind>, text: &str) {
        let place = match kind {
            Some(Kind::Link) => &mut self.rss,
            Some(Kind::Guid) => &mut self.guid,
            None => return,
        };
        if place.is_none() && !text.is_empty() {
            *place = Some(text.to_owned());
        }
    }

    fn best(self) -> Option<String> {
        self.rss.or(self.atom).or(self.guid)
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::*;

    fn entries(feed: &str) -> Vec<Entry> {
        let document = decode::decode(feed.as_bytes()).unwrap();
        let mut found = Vec::new();
        visit(&document, Limits::default(), |entry| {
            found.push(entry);
            ControlFlow::Continue(())
        })
        .unwrap();
        found
    }

    fn link_of(item: &str) -> Option<String> {
        let feed = format!("<rss><channel><item>{item}</item></channel></rss>");
        entries(&feed).remove(0).link
    }

    #[test]
    fn an_item_has_its_fields() {
        let found = entries(
            "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>no</title>\
             <item><title>a<![CDATA[b]]>&amp;</title><description>c</description>\
             <content:encoded>d</content:encoded></item><item/></channel></rss>",
        );
        assert_eq!(found.len(), 2);
        assert_eq!(
            (&*found[0].title, &*found[0].description, &*found[0].content),
            ("ab&", "c", "d")
        );
        assert!(found[0].mentions("b&") && !found[0].mentions("no"));
        assert_eq!(found[1], Entry::default());
    }

    #[test]
    fn the_link_of_rss_is_text_and_its_guid_stands_in() {
        assert_eq!(
            link_of("<link> https://a/?b=1&amp;c </link>").unwrap(),
            "https://a/?b=1&c"
        );
        assert_eq!(
            link_of("<link><![CDATA[https://a/]]></link>").unwrap(),
            "https://a/"
        );
        assert_eq!(link_of("<guid>https://g/</guid>").unwrap(), "https://g/");
        assert_eq!(link_of("<guid isPermaLink='false'>g</guid>"), None);
        assert_eq!(link_of("<source><link>https://no/</link></source>"), None);
        assert_eq!(
            link_of("<a:link xmlns:a='x' rel='self' href='https://self/'/><link>https://a/</link>"),
            Some("https://a/".to_owned())
        );
    }

    #[test]
    fn the_link_of_atom_is_the_alternate_one() {
        let found = entries(
            "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link rel='enclosure' href='https://e/'/>\
             <link rel='alternate' href='https://a/?b=1&amp;c'/><link href='https://late/'/></entry></feed>",
        );
        assert_eq!(found[0].link.as_deref(), Some("https://a/?b=1&c"));
    }

    #[test]
    fn every_fixture_has_as_many_items_as_counters_see() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/feeds");
        let expected = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
        let mut compared = 0;
        for line in expected.lines().filter(|line| !line.starts_with('#')) {
            let columns: Vec<_> = line.split('\t').collect();
            let [file, found, items, ..] = columns[..] else {
                continue;
            };
            // The other documents fail; their rows say where.
            let Ok(items) = items.parse::<usize>() else {
                continue;
            };
            let bytes = std::fs::read(folder.join(file)).unwrap();
            let document = decode::decode(&bytes).unwrap();
            let (mut seen, mut mentions) = (0, 0);
            visit(&document, Limits::default(), |entry| {
                seen += 1;
                mentions += usize::from(entry.mentions("Elvis"));
                ControlFlow::Continue(())
            })
            .unwrap();
            assert_eq!(
                (mentions.to_string(), seen),
                (found.to_owned(), items),
                "{file}"
            );
            compared += 1;
        }
        assert!(compared > 20, "{compared}");
    }
}
