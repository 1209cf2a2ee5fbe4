//! The routes: their parameters, and how many profiles are made at once.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Query, RawQuery};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::answer::{self, Refusal};
use crate::heap::{self, View};
use crate::symbols::Symbols;
use crate::{AT_ONCE, LONGEST, index, metrics, processor, threads, worker};

/// The longest request body of `symbol`.
const LONGEST_BODY: usize = 64 << 10;

/// How long that body may take to arrive.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// The time that `profile` covers by default: Go's value.
const PROFILED: Duration = Duration::from_secs(30);

static PERMITS: Semaphore = Semaphore::const_new(AT_ONCE);

/// `/debug/pprof/` with all routes below it, and `/metrics`.
///
/// Merge them into the router of a service, or serve them alone on another address. The [crate](crate) describes
/// each route, and who may see it.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    heap::begin();
    Router::new()
        .route(
            "/debug/pprof",
            get(async || Redirect::permanent("/debug/pprof/")),
        )
        .route("/debug/pprof/", get(async || index::answer()))
        .route(
            "/debug/pprof/heap",
            get(async |asked| of_heap(View::Heap, asked).await),
        )
        .route(
            "/debug/pprof/allocs",
            get(async |asked| of_heap(View::Allocs, asked).await),
        )
        .route("/debug/pprof/profile", get(of_processor))
        .route("/debug/pprof/threads", get(of_threads))
        .route("/debug/pprof/cmdline", get(async || command_line()))
        .route("/debug/pprof/symbol", get(of_query).post(of_body))
        .route(
            "/debug/pprof/{profile}",
            get(async || Refusal::Unknown.into_response()),
        )
        .route("/metrics", get(async || metrics::answer()))
}

/// The query. Unknown parameters are ignored, such as Go's `gc`.
#[derive(Deserialize)]
struct Asked {
    seconds: Option<String>,
    debug: Option<String>,
}

impl Asked {
    fn span(&self) -> Result<Option<Duration>, Refusal> {
        let Some(text) = &self.seconds else {
            return Ok(None);
        };
        let seconds = text.parse().ok().map(Duration::from_secs);
        let seconds = seconds.filter(|it| !it.is_zero() && *it <= LONGEST);
        match seconds {
            Some(seconds) => Ok(Some(seconds)),
            None => Err(Refusal::Seconds(text.chars().take(40).collect())),
        }
    }

    fn as_text(&self) -> bool {
        self.debug.as_deref().is_some_and(|debug| debug != "0")
    }
}

fn permit() -> Result<SemaphorePermit<'static>, Refusal> {
    PERMITS.try_acquire().map_err(|_| Refusal::TooMany)
}

async fn of_heap(view: View, Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    let _permit = permit()?;
    let span = asked.span()?;
    let samples = heap::samples(span).await?;
    worker::run(move || heap::answer(view, &samples, span, asked.as_text())).await
}

async fn of_processor(Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    let _permit = permit()?;
    let span = asked.span()?.unwrap_or(PROFILED);
    let samples = processor::samples(span).await?;
    worker::run(move || Ok(answer::file("profile", samples.encode(span)?))).await
}

async fn of_threads(Query(asked): Query<Asked>) -> Result<Response, Refusal> {
    let _permit = permit()?;
    worker::run(move || threads::answer(asked.as_text())).await
}

fn command_line() -> Response {
    let arguments: Vec<_> = std::env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    answer::text(arguments.join("\0"))
}

async fn of_query(RawQuery(query): RawQuery) -> Result<Response, Refusal> {
    match query {
        // How pprof asks whether there are symbols.
        None => Ok(answer::text("num_symbols: 1\n".to_owned())),
        Some(query) => named(query).await,
    }
}

async fn of_body(body: Body) -> Result<Response, Refusal> {
    let too_long = Refusal::TooLong(LONGEST_BODY);
    // Refuse a body that is announced as too long before it is sent.
    if body.size_hint().lower() > LONGEST_BODY as u64 {
        return Err(too_long);
    }
    let read = timeout(BODY_WAIT, to_bytes(body, LONGEST_BODY)).await;
    let bytes = read.map_err(|_| Refusal::Slow(BODY_WAIT))?;
    let bytes = bytes.map_err(|_| too_long)?;
    named(String::from_utf8_lossy(&bytes).into_owned()).await
}

/// A line for each address, with its function.
async fn named(addresses: String) -> Result<Response, Refusal> {
    let _permit = permit()?;
    worker::run(move || {
        let mut symbols = Symbols::default();
        let mut text = "num_symbols: 1\n".to_owned();
        for word in addresses
            .split(['+', ' ', '\n'])
            .filter(|word| !word.is_empty())
        {
            let digits = word.trim_start_matches("0x");
            let address = usize::from_str_radix(digits, 16);
            let address = address.map_err(|_| Refusal::Address(word.chars().take(40).collect()))?;
            let lines = symbols.at(address);
            // Never empty; the last line is the physical function's.
            let name = lines.last().map_or("", |line| &line.name);
            text.push_str(&format!("{address:#x} {name}\n"));
        }
        Ok(answer::text(text))
    })
    .await
}
