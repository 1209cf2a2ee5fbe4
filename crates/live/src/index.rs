//! The index page, with links to all routes.

use askama::Template;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::answer::Refusal;

#[derive(Template)]
#[template(path = "index.html")]
struct Index {
    executable: String,
    interval: u64,
    samples: u64,
    stacks: usize,
    threads: Option<usize>,
}

pub(crate) fn answer() -> Result<Response, Refusal> {
    let samples = crate::allocator::snapshot();
    let executable = std::env::current_exe().unwrap_or_default();
    let index = Index {
        executable: executable.to_string_lossy().into_owned(),
        interval: crate::allocator::interval(),
        samples: samples.samples,
        stacks: samples.stacks.len().saturating_sub(1),
        threads: crate::threads::count(),
    };
    let page = index.render();
    let page = page.map_err(|error| Refusal::Failed(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ];
    Ok((headers, page).into_response())
}
