//! The plain obvious way: a document becomes a tree by the grammar of XML, read one character after
//! the other, and the tree is asked. Slow, and right by inspection; it shares the decoding of bytes
//! with the counters, and nothing else. Nesting is kept on the heap, so that the deepest document
//! that [`Limits`] may allow is no deeper for the stack.
//!
//! Used to verify every counter before it is measured, and by the tests.

use super::{Counter, Job, Outcome};
use crate::feed::{self, Error, Limits, Problem, decode};

mod characters;
mod doctype;
mod parser;
mod tree;

use parser::Parser;
use tree::{Element, Tree};

/// Counts as every counter must.
pub fn count(job: &Job<'_>) -> Outcome {
    Oracle::count(job)
}

struct Oracle;

impl Counter for Oracle {
    fn count(job: &Job<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let mut bytes = Vec::new();
        for path in job.paths {
            let read = feed::read_file(path, job.limits, &mut bytes);
            outcome.record(
                path,
                read.and_then(|()| mentions(&bytes, job.topic, job.limits)),
            );
        }
        outcome.sorted()
    }
}

/// How many items of one document mention the topic.
///
/// # Errors
///
/// The same documents fail as with every counter; reason and place may be told differently.
pub fn mentions(bytes: &[u8], topic: &str, limits: Limits) -> Result<u64, Error> {
    let document = decode::decode(bytes)?;
    let mut parser = Parser::new(&document.text, limits);
    let found = parser.document().and_then(|tree| count_items(&tree, topic));
    found.map_err(|reason| Error::Document {
        offset: parser.at as u64,
        problem: Problem::Syntax(reason.to_owned()),
    })
}

fn count_items(tree: &Tree, topic: &str) -> Result<u64, &'static str> {
    const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    const RSS_1: [&str; 2] = [
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
    ];
    const ATOM: &str = "http://www.w3.org/2005/Atom";
    let root = tree.root();
    let (items, own, fields): (Vec<&Element>, &[&str], &[&str]) =
        match (root.namespace.as_str(), root.local.as_str()) {
            ("", "rss") => (
                tree.children(root, &[""], "channel")
                    .flat_map(|channel| tree.children(channel, &[""], "item"))
                    .collect(),
                &[""],
                &["title", "description"],
            ),
            (RDF, "RDF") => (
                tree.children(root, &RSS_1, "item").collect(),
                &RSS_1,
                &["title", "description"],
            ),
            (ATOM, "feed") => (
                tree.children(root, &[ATOM], "entry").collect(),
                &[ATOM],
                &["title", "summary", "content"],
            ),
            _ => return Err("not a feed"),
        };
    let mentioned = |item: &&&Element| {
        fields.iter().any(|field| {
            let first = tree.children(item, own, field).next();
            first.is_some_and(|first| tree.text(first).contains(topic))
        })
    };
    Ok(items.iter().filter(mentioned).count() as u64)
}
