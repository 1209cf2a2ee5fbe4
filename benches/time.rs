//! The time lens: every case under criterion, in an executable with the system's allocator and no
//! hook; then the joined table of all lenses, and the page.

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use benchlens::Lens;
use benchlens::evidence::witnesses::Witnesses;
use benchlens::failure::chain;
use benchlens::report::lines::sources::Sources;
use benchlens::report::page::{self, Folders, Project};
use benchlens::run::{Request, Task};
use benchlens::store;

mod peers;
mod suite;

fn main() -> ExitCode {
    let code = suite::Bench {
        lens: Lens::Time,
        allocator: None,
        observable: None,
        is_last: true,
    }
    .run();
    let request = Request::parse(std::env::args().skip(1));
    let has_measured = request.is_ok_and(|request| request.task == Task::Measure);
    if !has_measured || code == ExitCode::from(2) {
        return code;
    }
    // Standard output and standard error may be closed.
    match write_page() {
        Ok(page) => {
            let _ = writeln!(std::io::stdout(), "the page: {}", page.display());
            code
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "no page: {}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Writes the page of the last run, with the source and the compiler's remarks.
fn write_page() -> Result<PathBuf, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (results, baseline) = (root.join("results/latest"), root.join("results/baseline"));
    let cases = store::read_cases(&results)?.cases;
    let asking = || {
        let _ = writeln!(
            std::io::stdout(),
            "asking the compiler which calls it inlined"
        );
    };
    let witnesses = Witnesses::of(&cases, root, env!("CARGO_PKG_NAME"), &results, asking);
    if let Err(error) = &witnesses {
        let _ = writeln!(
            std::io::stderr(),
            "compiler evidence unavailable: {}",
            chain(error)
        );
    }
    let sources = Sources::read(root, &["benchlens_suite"], "benchlens_suite::cases").ok();
    let folders = Folders {
        results: &results,
        baseline: &baseline,
    };
    let project = Project {
        sources: sources.as_ref(),
        witnesses: witnesses.as_ref().ok(),
    };
    let output = results.join("report.html");
    store::folder::write(&output, page::render(folders, project)?.as_bytes())?;
    Ok(output)
}
