//! Builds a bench with another allocator behind the counting allocator.
//!
//! The feature is set on cargo's command line, so no manifest changes. The executable's name differs from that of
//! the original, which is kept.

use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::Context;
use benchlens::evidence::compiler::cargo;
use benchlens::report::plain;
use cargo_metadata::{Message, TargetKind};

use super::Allocator;
use crate::Usage;
use crate::bench_profile::Profile;
use crate::terminal::warn;
use crate::workspace::{Package, Workspace};

/// The packages that have the feature; it is enabled in the first on which the bench depends.
const HARNESSES: [&str; 2] = ["benchlens-criterion", "benchlens"];

/// Builds the bench of `package` whose executable is `executable` with `allocator`. Cost: compiling the bench and
/// the crates between it and the allocator, once.
pub(super) fn with(
    allocator: Allocator,
    executable: &Path,
    package: &str,
    workspace: &Workspace,
) -> anyhow::Result<PathBuf> {
    let bench = name_of(executable);
    let unknown = || {
        Usage(format!(
            "the workspace has no bench {} of {}: run `cargo bench` to measure it again",
            plain(&bench),
            plain(package)
        ))
    };
    let package = (workspace.packages.iter())
        .find(|it| it.name == package)
        .ok_or_else(unknown)?;
    let bench = (package.benches.iter())
        .find(|name| name.replace('-', "_") == bench)
        .ok_or_else(unknown)?;
    let features = features(allocator, package)?;
    warn(format_args!(
        "memory: building {bench} with {}, if it is not built",
        allocator.name()
    ));
    let mut command = cargo();
    command
        .args(["bench", "--no-run", "--quiet", "--package", &package.name])
        .args(["--bench", bench, "--features", &features])
        .arg("--message-format=json-render-diagnostics")
        .envs(Profile::of(workspace).line_tables_override())
        .current_dir(&workspace.root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let child = command.spawn().context("cannot start cargo")?;
    let found = built(child, bench)?;
    found.with_context(|| {
        format!(
            "cannot build {bench} with the features {features}: cargo says why above; \
             {} needs a C compiler{}",
            allocator.name(),
            if allocator == Allocator::Jemalloc {
                " and make"
            } else {
                ""
            }
        )
    })
}

/// Waits for cargo, and returns the executable of `bench`; `None` if cargo fails.
fn built(mut child: Child, bench: &str) -> anyhow::Result<Option<PathBuf>> {
    let output = child.stdout.take().context("cargo has no output")?;
    let mut found = None;
    for message in Message::parse_stream(BufReader::new(output)) {
        if let Message::CompilerArtifact(artifact) =
            message.context("cannot read cargo's output")?
            && artifact.target.kind.contains(&TargetKind::Bench)
            && artifact.target.name == bench
        {
            found = artifact.executable.map(PathBuf::from);
        }
    }
    let status = child.wait().context("cannot wait for cargo")?;
    Ok(found.filter(|_| status.success()))
}

/// The features that select `allocator` for the benches of `package`.
fn features(allocator: Allocator, package: &Package) -> anyhow::Result<String> {
    let harness = HARNESSES.into_iter().find_map(|harness| {
        let name = package.name_of(harness)?;
        Some((harness, name))
    });
    let allocator = allocator.name();
    match harness {
        Some(("benchlens", name)) => Ok(format!("{name}/heap,{name}/{allocator}")),
        Some((_, name)) => Ok(format!("{name}/{allocator}")),
        None => Err(Usage(format!(
            "{} depends neither on {} nor on {}, so its allocator cannot be chosen",
            plain(&package.name),
            HARNESSES[0],
            HARNESSES[1]
        ))
        .into()),
    }
}

/// The bench's name: that of its executable without the hash that cargo appends.
fn name_of(executable: &Path) -> String {
    let name = executable.file_stem().unwrap_or_default().to_string_lossy();
    match name.rsplit_once('-') {
        Some((name, _)) => name.to_owned(),
        None => name.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bench_is_known_by_its_executable() {
        for (path, name) in [
            ("target/release/deps/heap-0123456789abcdef", "heap"),
            ("my_bench-0123", "my_bench"),
            ("alone", "alone"),
        ] {
            assert_eq!(name_of(Path::new(path)), name);
        }
    }
}
