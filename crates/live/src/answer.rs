//! Responses: a profile as a file, a text, or a refusal with its reason.

use std::time::Duration;

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use thiserror::Error;

/// Why there is no profile.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error(
        "no such profile: /debug/pprof/ lists those there are; `threads` is what goroutine is in Go"
    )]
    Unknown,
    #[error(
        "seconds={0} is not a whole number from 1 to {longest}",
        longest = crate::LONGEST.as_secs()
    )]
    Seconds(String),
    #[error(
        "the body has {0}, which is not an address: send addresses such as 0x1234, joined by +"
    )]
    Address(String),
    #[error(
        "{} profiles are being made already: try again when one is done",
        crate::AT_ONCE
    )]
    TooMany,
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux has it")
    )]
    #[error("the processor is being profiled already: try again when that is done")]
    Running,
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux has it")
    )]
    #[error("this process has its own handler for SIGPROF, by which stacks are taken")]
    SignalTaken,
    #[cfg_attr(
        target_os = "linux",
        expect(dead_code, reason = "Linux has all profiles")
    )]
    #[error("this profile is made on Linux only")]
    Platform,
    #[error(
        "allocations are not sampled: the service has no `SamplingAllocator`, or its interval is 0"
    )]
    NotSampled,
    #[error("the body is longer than {0} bytes: send fewer addresses at once")]
    TooLong(usize),
    #[error("the body did not come within {} s", .0.as_secs())]
    Slow(Duration),
    #[error("the profile failed: {0}")]
    Failed(String),
}

impl From<benchlens_pprof::Error> for Refusal {
    fn from(error: benchlens_pprof::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Seconds(_) | Self::Address(_) => StatusCode::BAD_REQUEST,
            Self::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Slow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany => StatusCode::SERVICE_UNAVAILABLE,
            Self::Running => StatusCode::CONFLICT,
            Self::SignalTaken | Self::Platform | Self::NotSampled => StatusCode::NOT_IMPLEMENTED,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // With this header, pprof shows the text to its user.
        const OURS: HeaderName = HeaderName::from_static("x-go-pprof");
        (self.status(), [(OURS, "1")], text(format!("{self}\n"))).into_response()
    }
}

/// A profile, which a browser saves under `name`.
pub(crate) fn file(name: &str, profile: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, profile).into_response()
}

/// Plain text, which a browser does not interpret as anything else.
pub(crate) fn text(text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}
