//! The service's metrics, in Prometheus's default registry, which `/metrics` shows.

use std::sync::LazyLock;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use prometheus::{
    HistogramVec, IntCounter, IntGauge, register_histogram_vec, register_int_counter,
    register_int_gauge,
};

const ONCE: &str = "the names are registered once, and are valid";

pub(crate) static CONNECTIONS: LazyLock<IntGauge> = LazyLock::new(|| {
    register_int_gauge!("http_connections_open", "Connections that are open now.").expect(ONCE)
});

pub(crate) static ACCEPTED: LazyLock<IntCounter> = LazyLock::new(|| {
    register_int_counter!("http_connections_total", "Connections since the start.").expect(ONCE)
});

static REQUESTS: LazyLock<HistogramVec> = LazyLock::new(|| {
    let seconds = vec![0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];
    register_histogram_vec!(
        "http_request_duration_seconds",
        "Time from a request's head to its answer's, by route and status.",
        &["route", "status"],
        seconds
    )
    .expect(ONCE)
});

static RUNNING: LazyLock<IntGauge> = LazyLock::new(|| {
    register_int_gauge!(
        "http_requests_running",
        "Requests that are being answered now."
    )
    .expect(ONCE)
});

/// A running request. Dropping this lowers the gauge, even if the client is gone.
struct Running;

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.dec();
    }
}

/// Counts a request by its route, since the number of paths is unbounded.
pub(crate) async fn count(request: Request, next: Next) -> Response {
    let start = Instant::now();
    RUNNING.inc();
    let _running = Running;
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", |route| route.as_str());
    REQUESTS
        .with_label_values(&[route, response.status().as_str()])
        .observe(start.elapsed().as_secs_f64());
    response
}
