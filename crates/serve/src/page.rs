//! The page that a browser sees. The template escapes all text.

use askama::Template;
use form_urlencoded::Serializer;

use crate::pile::Pile;
use crate::search::{Answer, Question, SHOWN};

/// Piles up to this size have a checkbox for each feed. Larger ones can only be filtered by name.
const MOST_BOXES: usize = 100;

#[derive(Template)]
#[template(path = "page.html")]
pub(crate) struct Page<'a> {
    question: &'a Question,
    /// The checkboxes: a feed's name, and whether it is chosen.
    boxes: Vec<(&'a str, bool)>,
    feeds: usize,
    /// The answer; `None` before a question is asked.
    answer: Option<&'a Answer>,
    /// Why there is no answer.
    complaint: Option<&'a str>,
    earlier: Option<String>,
    later: Option<String>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(pile: &'a Pile, question: &'a Question) -> Self {
        let boxes = match pile.feeds.len() <= MOST_BOXES {
            true => pile.feeds.as_slice(),
            false => &[],
        };
        let boxes = boxes
            .iter()
            .map(|feed| (feed.name.as_str(), question.feeds.contains(&feed.name)));
        Self {
            question,
            boxes: boxes.collect(),
            feeds: pile.feeds.len(),
            answer: None,
            complaint: None,
            earlier: None,
            later: None,
        }
    }

    pub(crate) fn with_answer(mut self, answer: &'a Answer) -> Self {
        let page = self.question.page;
        // From a page past the last one, the earlier page is the last one.
        let last = answer.found.div_ceil(SHOWN).max(1);
        self.earlier = (page > 1).then(|| link(self.question, last.min(page - 1)));
        let is_last = self.question.skipped().saturating_add(SHOWN) >= answer.found;
        self.later = (!is_last).then(|| link(self.question, page + 1));
        self.answer = Some(answer);
        self
    }

    pub(crate) fn with_complaint(mut self, complaint: &'a str) -> Self {
        self.complaint = Some(complaint);
        self
    }
}

/// The URL of another page of results of the same question.
fn link(question: &Question, page: u64) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("topic", &question.topic);
    for feed in &question.feeds {
        query.append_pair("feed", feed);
    }
    if !question.matching.is_empty() {
        query.append_pair("matching", &question.matching);
    }
    query.append_pair("page", &page.to_string());
    format!("/?{}", query.finish())
}
