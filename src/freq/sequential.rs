//! Reads the whole file, decodes it into a tree of owned structs, then searches the tree.
//!
//! Time: linear; every byte is processed four times.
//! Space: the file, its text and its items.
//! Heap: some allocations per item.
//! Wins: never, but it is the simplest to read, and the items are available for other queries.
//! Source: `freq` of the Go course.

use std::path::Path;

use super::pull::FIELD;
use super::regions::{self, Regions};
use super::{Count, Counter, DocumentCount, Job, Outcome};
use crate::feed::items::{Items, Part};
use crate::feed::vocabulary::Field;
use crate::feed::{Error, Limits, decode};

pub(super) struct Sequential;

/// An item with the text of its fields.
#[derive(Default)]
pub(super) struct Item {
    title: String,
    description: String,
    content: String,
}

impl Counter for Sequential {
    fn count<R: Regions>(job: &Job<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        for path in job.paths {
            outcome.record(path, document::<R>(path, job));
        }
        outcome.sorted()
    }
}

#[inline(never)]
fn document<R: Regions>(path: &Path, job: &Job<'_>) -> Result<DocumentCount, Error> {
    let _document = R::enter(regions::DOCUMENT);
    let mut bytes = Vec::new();
    regions::read_file::<R>(path, job.limits, &mut bytes)?;
    let (items, repairs) = {
        let _parse = R::enter(regions::PARSE);
        job.read(&bytes, |bytes| parse(bytes, job.limits))?
    };
    let _search = R::enter(regions::SEARCH);
    Ok((search(&items, job.topic), repairs).into())
}

/// All items of a document.
///
/// Inlined, so that a tail call cannot drop the frame used for attribution.
#[inline(always)]
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Vec<Item>, Error> {
    let document = decode::decode(bytes)?;
    let mut parts = Items::new(&document, limits);
    let mut items = Vec::new();
    let mut item = Item::default();
    let mut text = String::with_capacity(FIELD);
    loop {
        match parts.next_part()? {
            Part::ItemStart => item = Item::default(),
            Part::Text(piece) => text.push_str(&piece),
            Part::FieldEnd(field) => {
                let slot = match field {
                    Field::Title => &mut item.title,
                    Field::Description => &mut item.description,
                    Field::Content => &mut item.content,
                };
                slot.clone_from(&text);
                text.clear();
            }
            Part::ItemEnd => items.push(std::mem::take(&mut item)),
            Part::End => return Ok(items),
        }
    }
}

/// Counts the items, and those that mention the topic.
pub(super) fn search(items: &[Item], topic: &str) -> Count {
    let mentions = |item: &&Item| {
        item.title.contains(topic)
            || item.description.contains(topic)
            || item.content.contains(topic)
    };
    Count {
        found: items.iter().filter(mentions).count() as u64,
        items: items.len() as u64,
    }
}
