//! The arguments.

use std::path::PathBuf;

/// Search a pile of news feeds in the browser, and profile the service while it runs
#[derive(clap::Parser)]
#[command(
    name = "benchlens-serve",
    version,
    max_term_width = 100,
    after_help = "Examples:
  benchlens-serve --feeds feeds/
  benchlens-serve --feeds feeds/ --listen 127.0.0.1:0 --debug-listen 127.0.0.1:6060
  go tool pprof -top -cum http://127.0.0.1:5000/debug/pprof/allocs
  go tool pprof -http : http://127.0.0.1:5000/debug/pprof/profile?seconds=10
  curl http://127.0.0.1:5000/metrics

SIGTERM or SIGINT ends it: requests that run are finished, new ones are not taken."
)]
pub(crate) struct Arguments {
    /// The folder with the feeds: .xml, .rss, .atom and .rdf, also as .gz; by default 40 generated ones
    #[arg(long, value_name = "DIR")]
    pub(crate) feeds: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:5000")]
    pub(crate) listen: String,
    /// Where to listen for /debug/pprof/ and /metrics, instead of beside the page
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) debug_listen: Option<String>,
    /// Allow /debug/pprof/ on an address that is not a loopback one: it has no password
    #[arg(long)]
    pub(crate) debug_public: bool,
    /// Connections at once; more wait until one ends
    #[arg(long, value_name = "N", default_value_t = 12_000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) max_connections: u32,
    /// Searches at once; by default one for each core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) max_searches: Option<u32>,
    /// The longest time that a search may wait and run
    #[arg(long, value_name = "SECONDS", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) time_limit: u64,
    /// The longest time that a client may be idle, take to send the head of a request, or leave a response unread
    #[arg(long, value_name = "SECONDS", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) idle_limit: u64,
    /// How long requests that run may take when the service ends
    #[arg(long, value_name = "SECONDS", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) grace: u64,
    /// Bytes between two sampled allocations, on average; 0 samples none
    #[arg(long, value_name = "BYTES", default_value_t = benchlens_live::DEFAULT_INTERVAL)]
    pub(crate) sample_interval: u64,
}
