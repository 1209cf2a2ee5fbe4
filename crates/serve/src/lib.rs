//! The search service that `benchlens serve` starts: a page with a search box over a pile of news feeds, and
//! Go's `/debug/pprof` beside it.
//!
//! `pile` finds the feeds, `search` searches them with the suite's fastest counter and reader, `site` and
//! `page` are what a browser sees, and `server` enforces the limits of connections. The profiles come from
//! [`benchlens_live`].
//!
//! The service is an executable of its own because its global allocator samples, and the command's must not.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

mod address;
mod arguments;
mod figures;
mod files;
mod guard;
mod page;
mod pile;
mod search;
mod server;
mod signals;
mod site;

use address::ProfileAddress;
use arguments::Arguments;
use pile::Pile;
use server::{Limits, Server};
use site::Site;

/// How long the process waits, at its end, for searches whose clients are gone.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Runs the service until a signal ends it. Exit codes: 0 if all requests were finished, 1 if the service could
/// not start or had to cut requests, 2 for wrong usage.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Standard error is closed; ignore.
            let _ = error.print();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    benchlens_live::set_interval(arguments.sample_interval);
    match start(&arguments) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("benchlens-serve: {error:#}"));
            match error.is::<address::Exposed>() {
                true => ExitCode::from(2),
                false => ExitCode::FAILURE,
            }
        }
    }
}

fn start(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let debug = ProfileAddress::place(arguments)?;
    let pile = match &arguments.feeds {
        Some(folder) => Pile::open(folder)?,
        None => Pile::generate()?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let code = runtime.block_on(serve(arguments, &debug, pile));
    runtime.shutdown_timeout(LAST_WAIT);
    code
}

async fn serve(
    arguments: &Arguments,
    debug: &ProfileAddress,
    pile: Pile,
) -> anyhow::Result<ExitCode> {
    let limits = Limits::new(arguments);
    let feeds = pile.feeds.len();
    let site = Site::new(pile, arguments);
    let (mut app, mut apart) = (site.routes(), None);
    match debug {
        ProfileAddress::Beside { is_local } => app = app.merge(guard::debug_routes(*is_local)),
        ProfileAddress::Separate { address, is_local } => {
            let server = Server::bind(address, guard::debug_routes(*is_local), "--debug-listen");
            apart = Some(server.await?);
        }
        ProfileAddress::Nowhere => say(&format!(
            "benchlens-serve: no /debug/pprof/, for {} is not a loopback address: give it one of its own, \
             such as --debug-listen 127.0.0.1:6060",
            arguments.listen
        )),
    }
    let server = Server::bind(&arguments.listen, app, "--listen").await?;
    let at = server.address()?;
    let at_debug = match &apart {
        Some(apart) => Some(apart.address()?),
        None => matches!(debug, ProfileAddress::Beside { .. }).then_some(at),
    };
    let end = signals::end()?;
    match at_debug {
        Some(debug) => print(&format!(
            "{feeds} feeds at http://{at}/\nprofiles at http://{debug}/debug/pprof/"
        )),
        None => print(&format!("{feeds} feeds at http://{at}/ without profiles")),
    }
    let servers = std::iter::once(server).chain(apart);
    let left = server::run(servers.collect(), limits, end).await;
    Ok(match left {
        0 => ExitCode::SUCCESS,
        left => {
            say(&format!(
                "benchlens-serve: {left} connections were cut after {} s (see --grace)",
                arguments.grace
            ));
            ExitCode::FAILURE
        }
    })
}

/// Prints a line and flushes it, as the program that started the service may wait for it.
fn print(line: &str) {
    let mut output = std::io::stdout().lock();
    // Standard output is closed; ignore.
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

fn say(line: &str) {
    // Standard error is closed; ignore.
    let _ = writeln!(std::io::stderr(), "{line}");
}
