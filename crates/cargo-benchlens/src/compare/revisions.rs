//! Measures a revision: builds and counts its benches, and moves the results aside before the next build.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use benchlens::evidence::compiler::cargo;
use benchlens::profile::stored::Profiles;
use benchlens::report::lines::sources::Sources;

use super::tree::{Area, Revision};
use crate::adopt::{self, manifest::DropIn, manifest::drop_in_of};
use crate::bench_profile::Profile;
use crate::project::Suite;
use crate::scope::{Target, targets_in, targets_of};
use crate::terminal::warn;
use crate::workspace::Workspace;

/// What is run in each revision.
pub(super) struct Bench<'a> {
    /// A suite that stores its results outside of the target folder.
    pub(super) suite: Option<Suite>,
    /// The drop-in's folder, for a revision without it.
    pub(super) drop_in: Option<&'a Path>,
    /// Options of `cargo bench`.
    pub(super) options: Vec<String>,
    /// Arguments of the benches.
    pub(super) arguments: &'a [String],
}

/// The results of a revision.
pub(super) struct Measured {
    pub(super) targets: Vec<Target>,
    pub(super) sources: Sources,
    /// The lock file as cargo left it, with the versions that were built.
    pub(super) lock: String,
}

/// Builds and counts the benches of a revision. The output of cargo and of the benches goes to standard error.
pub(super) fn measure(
    area: &Area,
    revision: &Revision,
    side: &str,
    bench: &Bench<'_>,
) -> anyhow::Result<Measured> {
    warn(format_args!(
        "compare: measuring {} ({side})",
        revision.name
    ));
    let tree = area.check_out(revision)?;
    let root = tree.root();
    anyhow::ensure!(
        root.join("Cargo.toml").is_file(),
        "{} has no Cargo.toml where the workspace is now",
        revision.name
    );
    let workspace = Workspace::around(&root)?;
    if bench.suite.is_none() {
        adopt_where_missing(area, &workspace, bench.drop_in)
            .with_context(|| format!("{} cannot be measured", revision.name))?;
    }
    let built = area.folder.join("target");
    let left = match bench.suite {
        Some(suite) => root.join(suite.results),
        None => built.join("benchlens"),
    };
    let _ = fs::remove_dir_all(&left);
    run(&workspace, &root, &built, bench)
        .with_context(|| format!("the benches of {}", revision.name))?;
    anyhow::ensure!(
        left.is_dir(),
        "the benches of {} left no results: is none of them one with the drop-in, or does the filter match \
         nothing?",
        revision.name
    );
    let kept = area.folder.join(side);
    let _ = fs::remove_dir_all(&kept);
    fs::rename(&left, &kept)
        .with_context(|| format!("cannot move {} to {}", left.display(), kept.display()))?;
    let targets = match bench.suite {
        Some(_) => targets_in(&kept),
        None => targets_of(&workspace, &kept),
    };
    for target in &targets {
        // Now, since the next build replaces the executables.
        Profiles::of(&target.results)?.resolve_all();
    }
    Ok(Measured {
        targets,
        sources: sources(&workspace, bench.suite)?,
        lock: fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default(),
    })
}

fn sources(workspace: &Workspace, suite: Option<Suite>) -> anyhow::Result<Sources> {
    Ok(match suite {
        Some(suite) => Sources::read(&workspace.root, suite.crates, suite.harness)?,
        None => Sources::of_crates(&workspace.root, workspace.crates(), "")?,
    })
}

fn run(workspace: &Workspace, root: &Path, target: &Path, bench: &Bench<'_>) -> anyhow::Result<()> {
    let mut command = cargo();
    command.arg("bench").current_dir(root);
    command.args(&bench.options);
    for target in bench.suite.iter().flat_map(|suite| suite.counting) {
        command.args(["--bench", target]);
    }
    let status = command
        .arg("--")
        .args(bench.arguments)
        .env("CARGO_TARGET_DIR", target)
        .env("BENCHLENS", "heap,instructions")
        .envs(Profile::of(workspace).line_tables_override())
        .stdin(Stdio::null())
        .stdout(Stdio::from(standard_error()?))
        .status()
        .context("cannot start cargo")?;
    anyhow::ensure!(status.success(), "cargo bench failed: {status}");
    Ok(())
}

/// Adopts the drop-in in a revision without it: from the folder `named`, or else the one that the working tree
/// uses, or else the published one.
fn adopt_where_missing(
    area: &Area,
    workspace: &Workspace,
    named: Option<&Path>,
) -> anyhow::Result<()> {
    let drop_in_in = |manifest: &PathBuf| {
        let text = fs::read_to_string(manifest).ok()?;
        drop_in_of(&text, manifest.parent()?)
    };
    if workspace.manifests().iter().find_map(drop_in_in).is_some() {
        return Ok(());
    }
    let drop_in = match named {
        Some(folder) => DropIn::at(folder)?,
        None => (area.workspace.manifests().iter())
            .find_map(drop_in_in)
            .unwrap_or(DropIn::Published),
    };
    let changes = adopt::changes(workspace, &drop_in)?;
    adopt::apply(&changes)
}

#[cfg(unix)]
fn standard_error() -> io::Result<std::os::fd::OwnedFd> {
    use std::os::fd::AsFd;
    io::stderr().as_fd().try_clone_to_owned()
}

#[cfg(not(unix))]
fn standard_error() -> io::Result<Stdio> {
    Ok(Stdio::null())
}
