//! The oracle: parses a document into a tree by the grammar of XML, one character at a time, and queries the
//! tree. Slow, and correct by inspection. It shares only the decoding of bytes with the counters, and has its
//! own repairs. Nesting is on the heap, so the deepest document that [`Limits`] may allow does not overflow the
//! stack.
//!
//! Used to verify every counter before it is measured, and by the tests.

use super::regions::{Regions, Unrecorded};
use super::{Count, Counter, Job, Outcome};
use crate::feed::{self, Error, Limits, Problem, decode};

mod characters;
mod doctype;
mod mending;
mod parser;
mod tree;

use parser::Parser;
use tree::{Element, Tree};

/// The outcome that every counter must give.
pub fn count(job: &Job<'_>) -> Outcome {
    Oracle::count::<Unrecorded>(job)
}

struct Oracle;

impl Counter for Oracle {
    fn count<R: Regions>(job: &Job<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let mut bytes = Vec::new();
        for path in job.paths {
            let read = feed::read_file(path, job.limits, &mut bytes);
            let count = read.and_then(|()| {
                let strict = mentions(&bytes, job.topic, job.limits);
                match strict.is_err() && job.lenient {
                    true => text_mentions(&mending::mended(&bytes), job.topic, job.limits),
                    false => strict,
                }
            });
            outcome.record(path, count.map(Into::into));
        }
        outcome.sorted()
    }
}

/// Counts the items of one document, and those that mention the topic.
///
/// # Errors
///
/// The same documents fail as with every counter; reason and offset may differ.
pub fn mentions(bytes: &[u8], topic: &str, limits: Limits) -> Result<Count, Error> {
    text_mentions(&decode::decode(bytes)?.text, topic, limits)
}

fn text_mentions(text: &str, topic: &str, limits: Limits) -> Result<Count, Error> {
    let mut parser = Parser::new(text, limits);
    let found = parser.document().and_then(|tree| count_items(&tree, topic));
    found.map_err(|reason| Error::Document {
        offset: parser.at as u64,
        problem: Problem::Syntax(reason.to_owned()),
    })
}

/// The element names of a format.
struct Format {
    root: (&'static str, &'static str),
    /// The namespaces of channels and items that feeds have used.
    namespaces: &'static [&'static str],
    /// The element that may be between the root and an item.
    channel: Option<&'static str>,
    item: &'static str,
    fields: &'static [&'static str],
}

const FORMATS: [Format; 3] = [
    Format {
        root: ("", "rss"),
        namespaces: &[
            "",
            "http://backend.userland.com/rss",
            "http://backend.userland.com/rss2",
            "http://backend.userland.com/rss2.1",
            "http://blogs.law.harvard.edu/tech/rss",
        ],
        channel: Some("channel"),
        item: "item",
        fields: &["title", "description"],
    },
    Format {
        root: ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "RDF"),
        namespaces: &[
            "http://purl.org/rss/1.0/",
            "http://purl.org/rss/1.0",
            "http://my.netscape.com/rdf/simple/0.9/",
            "http://channel.netscape.com/rdf/simple/0.9/",
        ],
        channel: Some("channel"),
        item: "item",
        fields: &["title", "description"],
    },
    Format {
        root: ("http://www.w3.org/2005/Atom", "feed"),
        namespaces: &["http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"],
        channel: None,
        item: "entry",
        fields: &["title", "summary", "content"],
    },
];

/// Namespaces that are equivalent for feeds: old and new names, and a common mistake.
const SAME: [&[&str]; 3] = [
    FORMATS[0].namespaces,
    FORMATS[1].namespaces,
    FORMATS[2].namespaces,
];

const CONTENT: &str = "http://purl.org/rss/1.0/modules/content/";

fn count_items(tree: &Tree, topic: &str) -> Result<Count, &'static str> {
    let root = tree.root();
    let format = FORMATS.iter().find(|format| format.root.1 == root.local);
    let format = format.ok_or("not a feed")?;
    let own_root = root.namespace == format.root.0
        || format.root.1 != "RDF" && format.namespaces.contains(&root.namespace.as_str());
    if !own_root && root.prefixed {
        return Err("a root of another namespace");
    }
    // Without a prefix, the name alone decides; with one, the namespace must be the format's.
    let is_own = |element: &Element, name: &str| {
        element.local == name
            && (!element.prefixed || format.namespaces.contains(&element.namespace.as_str()))
    };
    let mut items = Vec::new();
    for child in tree.children(root) {
        if is_own(child, format.item) {
            items.push(child);
        } else if format.channel.is_some_and(|name| is_own(child, name)) {
            let inner = tree.children(child);
            items.extend(inner.filter(|inner| is_own(inner, format.item)));
        }
    }
    if !own_root && items.is_empty() {
        return Err("a root of another namespace, and no item");
    }
    let mentioned = |item: &&&Element| {
        let first = |name: &str| {
            tree.children(item).find(|field| {
                let both = [field.namespace.as_str(), item.namespace.as_str()];
                let same = |names: &&[&str]| both.iter().all(|namespace| names.contains(namespace));
                field.local == name && (both[0] == both[1] || SAME.iter().any(same))
            })
        };
        let encoded = tree.children(item).find(|field| {
            format.channel.is_some() && field.namespace == CONTENT && field.local == "encoded"
        });
        let fields = format.fields.iter().filter_map(|name| first(name));
        fields
            .chain(encoded)
            .any(|field| tree.text(field).contains(topic))
    };
    Ok(Count {
        found: items.iter().filter(mentioned).count() as u64,
        items: items.len() as u64,
    })
}
