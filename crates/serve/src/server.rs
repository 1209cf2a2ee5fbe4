//! Connections and their limits: how many there may be, how long they may be silent, and how they end.
//!
//! A connection that has not sent a byte costs a small task and no buffer. The head of each request must arrive
//! within a time limit, so slow and idle clients are disconnected. A client that does not read its answer is
//! disconnected when a write has waited for as long. A client that has closed its sending side is still answered.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use crate::arguments::Arguments;
use crate::figures::{ACCEPTED, CONNECTIONS};
use crate::{files, say};

/// Open files other than connections: feeds, listeners, and those of the runtime.
const OTHER_FILES: u64 = 256;

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 16 << 10;

/// How long to wait after a connection could not be accepted, for instance because files have run out.
const PAUSE: Duration = Duration::from_millis(50);

/// The limits of connections.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    connections: usize,
    idle: Duration,
    grace: Duration,
}

impl Limits {
    /// The limits from the arguments, reduced to the number of files that the process may open.
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let wanted = u64::from(arguments.max_connections);
        let possible =
            files::raise_limit().map_or(wanted, |files| files.saturating_sub(OTHER_FILES));
        if possible < wanted {
            say(&format!(
                "benchlens-serve: at most {possible} connections, for that is what the limit on open files leaves"
            ));
        }
        Self {
            connections: wanted.min(possible).max(1) as usize,
            idle: Duration::from_secs(arguments.idle_limit),
            grace: Duration::from_secs(arguments.grace),
        }
    }
}

/// A listener and what it serves.
pub(crate) struct Server {
    listener: TcpListener,
    app: Router,
}

impl Server {
    pub(crate) async fn bind(address: &str, app: Router, argument: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("cannot listen on {address}: choose another address by {argument}")
        })?;
        Ok(Self { listener, app })
    }

    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.listener.local_addr()?)
    }
}

/// Serves until `end` is true, and then until running requests are finished. Returns how many connections were
/// cut.
pub(crate) async fn run(servers: Vec<Server>, limits: Limits, end: watch::Receiver<bool>) -> usize {
    let places = Arc::new(Semaphore::new(limits.connections));
    let accepting = servers
        .into_iter()
        .map(|server| tokio::spawn(accept(server, limits, Arc::clone(&places), end.clone())));
    let finish = async {
        for server in accepting.collect::<Vec<_>>() {
            // The task returns nothing.
            let _ = server.await;
        }
    };
    let mut is_over = end.clone();
    let late = async {
        // The sender lives as long as the process.
        let _ = is_over.wait_for(|is_over| *is_over).await;
        sleep(limits.grace).await;
    };
    tokio::select! {
        biased;
        () = finish => 0,
        () = late => limits.connections - places.available_permits(),
    }
}

/// Accepts connections until the end, closes the listener, and returns when they are finished.
async fn accept(
    server: Server,
    limits: Limits,
    places: Arc<Semaphore>,
    mut end: watch::Receiver<bool>,
) {
    let connections = GracefulShutdown::new();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.ok()?;
            Some((place, server.listener.accept().await))
        };
        let next = tokio::select! {
            next = next => next,
            _ = end.wait_for(|is_over| *is_over) => None,
        };
        let Some((place, accepted)) = next else {
            drop(server);
            return connections.shutdown().await;
        };
        let Ok((stream, _)) = accepted else {
            // The client is already gone, or files have run out.
            sleep(PAUSE).await;
            continue;
        };
        let (app, watcher, end) = (server.app.clone(), connections.watcher(), end.clone());
        tokio::spawn(async move {
            let _place = place;
            let _open = Open::new();
            connection(stream, app, limits, watcher, end).await;
        });
    }
}

/// An open connection in the metrics. Dropping this lowers the gauge.
struct Open;

impl Open {
    fn new() -> Self {
        ACCEPTED.inc();
        CONNECTIONS.inc();
        Self
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        CONNECTIONS.dec();
    }
}

async fn connection(
    stream: TcpStream,
    app: Router,
    limits: Limits,
    watcher: Watcher,
    mut end: watch::Receiver<bool>,
) {
    // Answers are written as a whole, so waiting for more data would only delay them.
    let _ = stream.set_nodelay(true);
    tokio::select! {
        biased;
        first = timeout(limits.idle, stream.readable()) => match first {
            Ok(Ok(())) => {}
            _ => return,
        },
        _ = end.wait_for(|is_over| *is_over) => return,
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.idle));
    let stream: Pin<Box<_>> = Box::pin(stream);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.idle)
        .max_buf_size(LONGEST_HEAD)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    // An error affects only this connection, and its client sees it.
    let _ = watcher.watch(connection).await;
}
