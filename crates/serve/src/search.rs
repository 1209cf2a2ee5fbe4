//! A search counts the items of the chosen feeds that mention a topic, and reads those that a page shows.
//!
//! Time: that of the fastest counter on one thread, and that of the strict reader for the feeds of one page of
//! results. Space: the largest feed twice, and the results of a page.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use benchlens_suite::feed::entries::{self, Entry};
use benchlens_suite::feed::{self, Limits, decode};
use benchlens_suite::freq::Session;

use crate::pile::{Feed, Pile};

/// How many results a page has.
pub(crate) const SHOWN: u64 = 50;

/// How many failures are described; further ones are only counted.
const TOLD: usize = 20;

/// A question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Question {
    /// The topic: case-sensitive, and not empty.
    pub(crate) topic: String,
    /// The names of the chosen feeds; all feeds if empty.
    pub(crate) feeds: Vec<String>,
    /// A text that a feed's name must contain.
    pub(crate) matching: String,
    /// The page of results, from 1.
    pub(crate) page: u64,
}

impl Question {
    /// How many results are on the pages before this one.
    pub(crate) fn skipped(&self) -> u64 {
        self.page.saturating_sub(1).saturating_mul(SHOWN)
    }
}

/// An item that mentions the topic.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) feed: String,
    pub(crate) title: String,
    /// A web address; `None` if the feed gives none, or another kind of address.
    pub(crate) link: Option<String>,
    /// The text around the first mention.
    pub(crate) excerpt: Excerpt,
}

/// A text around the topic.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Excerpt {
    pub(crate) before: String,
    pub(crate) mention: String,
    pub(crate) after: String,
}

/// The answer to a question.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// How many items mention the topic.
    pub(crate) found: u64,
    /// How many items there are.
    pub(crate) items: u64,
    /// How many feeds did not fail.
    pub(crate) feeds: u64,
    /// The results of the page.
    pub(crate) hits: Vec<Hit>,
    /// The first feeds that failed, with the reasons.
    pub(crate) failures: Vec<(String, String)>,
    /// How many feeds failed.
    pub(crate) failed: u64,
}

/// Searches a pile; `None` if the search was cancelled.
pub(crate) fn search(
    pile: &Pile,
    question: &Question,
    is_cancelled: &AtomicBool,
) -> Option<Answer> {
    let mut answer = Answer::default();
    let limits = Limits::default();
    let mut session = Session::new(&question.topic, limits, false);
    let mut skipped = question.skipped();
    for feed in pile.feeds.iter().filter(|feed| is_chosen(feed, question)) {
        if is_cancelled.load(Relaxed) {
            return None;
        }
        let file = match &feed.file {
            Ok(file) => file,
            Err(error) => {
                answer.fail(feed, error);
                continue;
            }
        };
        let count = match session.count(file) {
            Ok(counted) => counted.count,
            Err(error) => {
                answer.fail(feed, &error);
                continue;
            }
        };
        answer.feeds += 1;
        answer.found += count.found;
        answer.items += count.items;
        if count.found <= skipped {
            skipped -= count.found;
        } else if (answer.hits.len() as u64) < SHOWN {
            // Fails if another process has changed the file meanwhile.
            if let Err(error) = answer.read(feed, &question.topic, skipped, limits) {
                answer.fail(feed, &error);
            }
            skipped = 0;
        }
    }
    Some(answer)
}

fn is_chosen(feed: &Feed, question: &Question) -> bool {
    let is_named = question.feeds.is_empty() || question.feeds.contains(&feed.name);
    is_named && feed.name.contains(&question.matching)
}

impl Answer {
    fn fail(&mut self, feed: &Feed, error: &feed::Error) {
        self.failed += 1;
        if self.failures.len() < TOLD {
            let mut reason = error.to_string();
            let mut cause = std::error::Error::source(error);
            while let Some(error) = cause {
                reason.push_str(": ");
                reason.push_str(&error.to_string());
                cause = error.source();
            }
            self.failures.push((feed.name.clone(), reason));
        }
    }

    /// Reads the items of a feed that mention the topic, skipping the first `skipped`, until the page is full.
    fn read(
        &mut self,
        feed: &Feed,
        topic: &str,
        skipped: u64,
        limits: Limits,
    ) -> Result<(), feed::Error> {
        let Ok(file) = &feed.file else {
            return Ok(());
        };
        let bytes = bytes(file, limits)?;
        let document = decode::decode(&bytes)?;
        let mut left = skipped;
        entries::visit(&document, limits, |entry| {
            if !entry.mentions(topic) {
                return ControlFlow::Continue(());
            }
            if left > 0 {
                left -= 1;
                return ControlFlow::Continue(());
            }
            self.hits.push(Hit::new(feed, entry, topic));
            match (self.hits.len() as u64) < SHOWN {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        })
    }
}

fn bytes(path: &Path, limits: Limits) -> Result<Vec<u8>, feed::Error> {
    let mut bytes = Vec::new();
    feed::read_file(path, limits, &mut bytes)?;
    Ok(bytes)
}

impl Hit {
    fn new(feed: &Feed, entry: Entry, topic: &str) -> Self {
        let texts = [&entry.description, &entry.content, &entry.title];
        let text = texts.into_iter().find(|text| text.contains(topic));
        let excerpt = text.map_or_else(Excerpt::default, |text| Excerpt::new(text, topic));
        Self {
            feed: feed.name.clone(),
            link: entry.link.filter(|link| is_of_web(link)),
            title: shortened(&entry.title),
            excerpt,
        }
    }
}

/// Whether an address may become a link. Schemes such as `javascript:` may not.
fn is_of_web(link: &str) -> bool {
    let begins = |scheme: &str| {
        let start = link.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    begins("http://") || begins("https://")
}

/// A title on one line, truncated if it is very long.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 200;
    let text = text.trim();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Excerpt {
    fn new(text: &str, topic: &str) -> Self {
        const BEFORE: usize = 80;
        const AFTER: usize = 160;
        let Some((before, after)) = text.split_once(topic) else {
            return Self::default();
        };
        let start = before.char_indices().rev().nth(BEFORE);
        let end = after.char_indices().nth(AFTER);
        Self {
            before: match start {
                Some((start, _)) => format!("…{}", &before[start..]),
                None => before.to_owned(),
            },
            mention: topic.to_owned(),
            after: match end {
                Some((end, _)) => format!("{}…", &after[..end]),
                None => after.to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn asked(topic: &str) -> Question {
        Question {
            topic: topic.to_owned(),
            page: 1,
            ..Question::default()
        }
    }

    fn answer(pile: &Pile, question: &Question) -> Answer {
        search(pile, question, &AtomicBool::new(false)).unwrap()
    }

    #[test]
    fn the_pages_together_show_every_item_that_is_counted_and_none_twice() {
        let pile = Pile::generate().unwrap();
        let mut question = asked("president");
        let mut links = Vec::new();
        loop {
            let page = answer(&pile, &question);
            assert_eq!(
                (page.found, page.items, page.feeds, page.failed),
                (280, 1560, 40, 0)
            );
            if page.hits.is_empty() {
                break;
            }
            assert!(page.hits.len() as u64 <= SHOWN);
            links.extend(page.hits.into_iter().map(|hit| hit.link.unwrap()));
            question.page += 1;
        }
        assert_eq!(links.len(), 280);
        links.sort();
        links.dedup();
        assert_eq!(links.len(), 280);
    }

    #[test]
    fn feeds_are_chosen_by_name_and_by_a_part_of_it() {
        let pile = Pile::generate().unwrap();
        let mut question = asked("president");
        question.feeds = vec!["feed_00003.xml".to_owned(), "missing".to_owned()];
        assert_eq!(answer(&pile, &question).found, 7);
        question.matching = "0004".to_owned();
        assert_eq!(answer(&pile, &question).feeds, 0);
        question.feeds.clear();
        assert_eq!(answer(&pile, &question).feeds, 1);
    }

    #[test]
    fn a_feed_that_fails_is_told_and_the_others_are_searched() {
        let folder = tempfile::tempdir().unwrap();
        let feed = "<rss><channel><item><title>Elvis</title><link>javascript:alert(1)</link></item></channel></rss>";
        fs::write(folder.path().join("a.xml"), feed).unwrap();
        fs::write(folder.path().join("b.xml"), "<rss>").unwrap();
        let pile = Pile::open(folder.path()).unwrap();
        let found = answer(&pile, &asked("Elvis"));
        assert_eq!((found.found, found.failed), (1, 1));
        assert_eq!(found.failures[0].0, "b.xml");
        assert_eq!(found.hits[0].link, None);
    }

    #[test]
    fn a_compressed_feed_is_searched_and_a_damaged_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let feed = "<rss><channel><item><title>Elvis</title></item></channel></rss>";
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(feed.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        fs::write(folder.path().join("a.xml.gz"), &packed).unwrap();
        fs::write(folder.path().join("b.rss.GZ"), &packed[..packed.len() - 9]).unwrap();
        fs::write(folder.path().join("c.tar.gz"), &packed).unwrap();
        let pile = Pile::open(folder.path()).unwrap();
        let found = answer(&pile, &asked("Elvis"));
        assert_eq!((found.found, found.feeds, found.failed), (1, 1, 1));
        assert_eq!(found.hits[0].feed, "a.xml.gz");
        assert_eq!(found.failures[0].0, "b.rss.GZ");
    }

    #[test]
    fn a_cancelled_search_ends() {
        let pile = Pile::generate().unwrap();
        assert!(search(&pile, &asked("x"), &AtomicBool::new(true)).is_none());
    }

    #[test]
    fn an_excerpt_is_cut_between_characters() {
        let text = format!("{}Elvis{}", "é".repeat(300), "ü".repeat(300));
        let excerpt = Excerpt::new(&text, "Elvis");
        assert_eq!(excerpt.before.chars().count(), 82);
        assert_eq!(excerpt.after.chars().count(), 161);
        assert_eq!(Excerpt::new("an Elvis", "Elvis").before, "an ");
    }
}
