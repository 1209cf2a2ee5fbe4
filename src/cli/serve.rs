//! `benchlens serve`: starts the search service. The service is a separate executable beside this one,
//! since it needs a sampling global allocator, and an executable has only one.

use std::env::{self, consts::EXE_SUFFIX};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};
use benchlens::report::plain;

use super::Verb;

/// The name of the service's package, and of its executable.
const SERVICE: &str = "benchlens-serve";

/// Search a pile of news feeds in the browser, and profile the service as one profiles Go's
///
/// Its profiles are at /debug/pprof/: what is live and what was allocated by stack, where the
/// processor's time goes, the stacks of all threads; and figures for Prometheus at /metrics. They
/// stand beside the page on a loopback address, and nowhere else unless that is asked for by name.
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  benchlens serve --feeds feeds/
  benchlens serve --listen 127.0.0.1:8080 --debug-listen 127.0.0.1:6060
  benchlens serve -- --help
  go tool pprof -top -cum http://127.0.0.1:5000/debug/pprof/allocs
  curl http://127.0.0.1:5000/metrics

The service is an executable of its own: cargo build --release --package benchlens-serve")]
pub(super) struct Serve {
    /// The folder with the feeds; by default 40 generated ones
    #[arg(long, value_name = "DIR")]
    feeds: Option<PathBuf>,
    /// Where to listen; by default 127.0.0.1:5000
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<OsString>,
    /// Where to listen for /debug/pprof/ and /metrics, instead of beside the page
    #[arg(long, value_name = "ADDRESS")]
    debug_listen: Option<OsString>,
    /// Further arguments of the service, such as its limits
    #[arg(last = true, value_name = "ARGUMENT")]
    more: Vec<OsString>,
}

impl Verb for Serve {
    fn run(self) -> anyhow::Result<ExitCode> {
        let own = env::current_exe().context("cannot find the folder of this command")?;
        let service = own.with_file_name(format!("{SERVICE}{EXE_SUFFIX}"));
        if !service.is_file() {
            bail!(
                "the service is not at {}: build it by `{}` in the folder that this command was built in",
                plain(&service.display().to_string()),
                how_to_build(&own)
            );
        }
        let mut command = Command::new(&service);
        let arguments = [
            ("--feeds", self.feeds.map(OsString::from)),
            ("--listen", self.listen),
            ("--debug-listen", self.debug_listen),
        ];
        for (name, value) in arguments {
            command.args(
                value
                    .map(|value| [name.into(), value])
                    .into_iter()
                    .flatten(),
            );
        }
        command.args(self.more);
        become_it(command).with_context(|| {
            let service = service.display().to_string();
            format!("cannot start the service {}", plain(&service))
        })
    }
}

/// The cargo command that puts the service beside this executable.
fn how_to_build(own: &Path) -> String {
    let folder = own.parent().and_then(Path::file_name);
    match folder.and_then(|folder| folder.to_str()) {
        Some("debug") => format!("cargo build --package {SERVICE}"),
        Some("release") => format!("cargo build --release --package {SERVICE}"),
        _ => "cargo install --path crates/serve".to_owned(),
    }
}

/// Replaces this process, so that signals reach the service and the caller gets its exit code.
#[cfg(unix)]
fn become_it(mut command: Command) -> anyhow::Result<ExitCode> {
    use std::os::unix::process::CommandExt;

    Err(command.exec().into())
}

/// Runs the service to its end.
#[cfg(not(unix))]
fn become_it(mut command: Command) -> anyhow::Result<ExitCode> {
    Ok(match command.status()?.success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
