//! `adopt`: replaces criterion by the drop-in, in every manifest of the workspace.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use similar::TextDiff;

use crate::scope::WorkspaceArgument;
use crate::workspace::Workspace;
use crate::{Project, Verb, output, terminal};

pub(crate) mod manifest;
mod originals;

use manifest::DropIn;
use originals::Originals;

/// Replace criterion by the drop-in: one line of a manifest changes, and no bench
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} adopt --dry-run
  {command} adopt
  {command} adopt --undo

Features, default-features, comments and the order of the manifest stay. What was there before is kept in
the target folder until `cargo clean`, so that --undo restores the manifests, and Cargo.lock, byte for byte.")]
pub(crate) struct Adopt {
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Restore what was there before
    #[arg(long, conflicts_with = "path")]
    undo: bool,
    /// Take the drop-in from this folder instead of the registry
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    #[command(flatten)]
    workspace: WorkspaceArgument,
}

/// A manifest before and after.
pub(crate) struct Change {
    pub(crate) manifest: PathBuf,
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Verb for Adopt {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let workspace = self.workspace.find()?;
        if self.undo {
            return undo(&workspace, self.dry_run);
        }
        let drop_in = match &self.path {
            Some(folder) => DropIn::at(folder)?,
            None => DropIn::Published,
        };
        let changes = changes(&workspace, &drop_in)?;
        if changes.is_empty() {
            anyhow::ensure!(
                !adopted(&workspace).is_empty(),
                "none of {} manifests of the workspace names criterion as a dependency",
                workspace.manifests().len()
            );
            terminal::warn(format_args!("adopt: the drop-in is already there"));
            return Ok(ExitCode::SUCCESS);
        }
        show(&workspace.root, &changes)?;
        if !self.dry_run {
            Originals::keep(&workspace, &changes)?;
            apply(&changes)?;
            terminal::warn(format_args!(
                "adopt: done; the benches have the API of criterion {}; `cargo bench` measures, `{} table` shows, \
                 `{} adopt --undo` restores",
                manifest::VERSION,
                project.command,
                project.command
            ));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The changes to the manifests of `workspace`; empty if none depends on criterion.
pub(crate) fn changes(workspace: &Workspace, drop_in: &DropIn) -> anyhow::Result<Vec<Change>> {
    let mut changes = Vec::new();
    for manifest in workspace.manifests() {
        let before = read(&manifest)?;
        let after = manifest::adopt(&before, drop_in)
            .with_context(|| format!("cannot change {}", manifest.display()))?;
        if let Some(after) = after {
            changes.push(Change {
                manifest,
                before,
                after,
            });
        }
    }
    Ok(changes)
}

/// Writes the changed manifests.
pub(crate) fn apply(changes: &[Change]) -> anyhow::Result<()> {
    changes
        .iter()
        .try_for_each(|change| output::write(&change.manifest, change.after.as_bytes()))
}

fn undo(workspace: &Workspace, is_dry: bool) -> anyhow::Result<ExitCode> {
    let Some(originals) = Originals::read(workspace)? else {
        return Err(nothing_kept(workspace));
    };
    let changes = originals.changes(workspace)?;
    show(&workspace.root, &changes)?;
    if !is_dry {
        apply(&changes)?;
        originals.restore_lock(workspace)?;
        Originals::forget(workspace)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The manifests that have the drop-in.
fn adopted(workspace: &Workspace) -> Vec<PathBuf> {
    let mut manifests = workspace.manifests();
    manifests.retain(|path| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        manifest::drop_in_of(&text, Path::new("")).is_some()
    });
    manifests
}

/// Why an adoption cannot be undone, and what to do instead.
fn nothing_kept(workspace: &Workspace) -> anyhow::Error {
    let adopted = adopted(workspace);
    let Some(first) = adopted.first() else {
        return anyhow::anyhow!("nothing to undo: no manifest of this workspace has the drop-in");
    };
    anyhow::anyhow!(
        "{}, where adoption keeps what it changed, has nothing of this workspace: `cargo clean` removes it, and \
         another target folder has one of its own; restore {}{} from version control, or name criterion there again",
        originals::file(workspace).display(),
        first.display(),
        match adopted.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        }
    )
}

fn show(root: &Path, changes: &[Change]) -> anyhow::Result<()> {
    for change in changes {
        let name = change
            .manifest
            .strip_prefix(root)
            .unwrap_or(&change.manifest);
        let name = name.display().to_string();
        let diff = TextDiff::from_lines(&change.before, &change.after);
        let mut unified = diff.unified_diff();
        let text = unified.context_radius(2).header(&name, &name).to_string();
        terminal::print(&text)?;
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
