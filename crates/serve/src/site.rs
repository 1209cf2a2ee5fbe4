//! The routes of the page, and the limits of a search.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{from_fn, map_response};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::arguments::Arguments;
use crate::figures;
use crate::page::Page;
use crate::pile::Pile;
use crate::search::{Answer, Question, search};

/// The longest topic, in characters.
const LONGEST_TOPIC: usize = 200;

/// How many searches may wait for a place; further ones are refused at once.
const MOST_WAITING: usize = 4096;

/// The longest request body in bytes; no route needs one.
const LONGEST_BODY: usize = 16 << 10;

/// The state that requests share.
pub(crate) struct Site {
    pile: Pile,
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    time_limit: Duration,
}

impl Site {
    pub(crate) fn new(pile: Pile, arguments: &Arguments) -> Arc<Self> {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let searches = arguments.max_searches.map_or_else(cores, |it| it as usize);
        Arc::new(Self {
            pile,
            places: Arc::new(Semaphore::new(searches)),
            waiting: AtomicUsize::new(0),
            time_limit: Duration::from_secs(arguments.time_limit),
        })
    }

    pub(crate) fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/", get(show))
            .route("/style.css", get(async || style()))
            .layer(DefaultBodyLimit::max(LONGEST_BODY))
            .layer(map_response(secured))
            .layer(from_fn(figures::count))
            .with_state(Arc::clone(self))
    }

    /// Searches on a blocking thread, once there is a place.
    async fn answer(self: &Arc<Self>, question: Arc<Question>) -> Result<Answer, Refusal> {
        let waiting = Waiting::new(self)?;
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Refusal::Failed)?;
        drop(waiting);
        let cancel = Cancel::default();
        let (site, is_cancelled) = (Arc::clone(self), Arc::clone(&cancel.0));
        let searched = spawn_blocking(move || {
            // The place becomes free when the work has ended, not when its client is gone.
            let _place = place;
            search(&site.pile, &question, &is_cancelled)
        });
        searched.await.ok().flatten().ok_or(Refusal::Failed)
    }
}

/// A search that waits for a place.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(site: &'a Site) -> Result<Self, Refusal> {
        let before = site.waiting.fetch_add(1, Relaxed);
        let waiting = Self(&site.waiting);
        match before < MOST_WAITING {
            true => Ok(waiting),
            false => Err(Refusal::Busy),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Cancels a search when dropped, because its client is gone or it took too long. The search ends before its
/// next feed.
#[derive(Default)]
struct Cancel(Arc<AtomicBool>);

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Why a question has no answer.
enum Refusal {
    Busy,
    Late,
    Failed,
}

async fn show(State(site): State<Arc<Site>>, RawQuery(query): RawQuery) -> Response {
    let question = Arc::new(asked(query.as_deref().unwrap_or("")));
    let page = Page::new(&site.pile, &question);
    if question.topic.is_empty() {
        return rendered(StatusCode::OK, &page);
    }
    if question.topic.chars().count() > LONGEST_TOPIC {
        let complaint = format!("A topic has at most {LONGEST_TOPIC} characters.");
        return rendered(StatusCode::BAD_REQUEST, &page.with_complaint(&complaint));
    }
    let answer = timeout(site.time_limit, site.answer(Arc::clone(&question))).await;
    match answer.unwrap_or(Err(Refusal::Late)) {
        Ok(answer) => rendered(StatusCode::OK, &page.with_answer(&answer)),
        Err(refusal) => refused(&refusal, page),
    }
}

fn refused(refusal: &Refusal, page: Page<'_>) -> Response {
    let complaint = match refusal {
        Refusal::Busy => "Too many searches are waiting. Try again in a moment.",
        Refusal::Late => "The search took too long. Choose fewer feeds, or try again.",
        Refusal::Failed => "The search failed. Try again.",
    };
    let status = match refusal {
        Refusal::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut response = rendered(status, &page.with_complaint(complaint));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let again = HeaderValue::from_static("1");
        response.headers_mut().insert(header::RETRY_AFTER, again);
    }
    response
}

fn rendered(status: StatusCode, page: &Page<'_>) -> Response {
    match page.render() {
        Ok(page) => (status, Html(page)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The question in a URL's query. Unknown parameters are ignored; a page that is not a number is the first.
fn asked(query: &str) -> Question {
    let mut question = Question {
        page: 1,
        ..Question::default()
    };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "topic" => question.topic = value.into_owned(),
            "feed" => question.feeds.push(value.into_owned()),
            "matching" => question.matching = value.into_owned(),
            "page" => question.page = value.parse::<u32>().map_or(1, u64::from).max(1),
            _ => {}
        }
    }
    question
}

fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, include_str!("../templates/style.css")).into_response()
}

/// Adds headers that let a browser load only our style sheet, whatever text of a feed is in the page.
async fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_as_forms_write_it() {
        let question = asked("topic=a+b%26&feed=x&feed=y%2F&matching=m&page=3&other=1");
        assert_eq!(question.topic, "a b&");
        assert_eq!(question.feeds, ["x", "y/"]);
        assert_eq!((&*question.matching, question.page), ("m", 3));
        assert_eq!(asked("page=0").page, 1);
        assert_eq!(asked("page=-1").page, 1);
        assert_eq!(asked("page=18446744073709551615").page, 1);
    }
}
