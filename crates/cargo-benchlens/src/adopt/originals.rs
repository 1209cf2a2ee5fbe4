//! The originals of adopted files, stored in the target folder until adoption is undone.
//!
//! Several workspaces may share a target folder, so each has an entry of its own.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::Change;
use super::manifest::PACKAGE;
use crate::workspace::Workspace;

/// The manifests before and after adoption, and the original lock file, if there was one.
#[derive(Serialize, Deserialize)]
pub(super) struct Originals {
    manifests: Vec<Manifest>,
    lock: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    path: PathBuf,
    before: String,
    after: String,
}

/// The originals of each workspace, by its root folder.
type Workspaces = BTreeMap<PathBuf, Originals>;

impl Originals {
    /// Stores the originals of the files in `changes`. Originals from an earlier adoption are kept for
    /// manifests that this one does not change.
    pub(super) fn keep(workspace: &Workspace, changes: &[Change]) -> anyhow::Result<()> {
        let mut workspaces = workspaces(workspace)?;
        // Restored by other means, such as version control: its lock file is of another time.
        if workspaces.get(&workspace.root).is_some_and(Self::is_over) {
            workspaces.remove(&workspace.root);
        }
        let originals = match workspaces.entry(workspace.root.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(entry) => entry.insert(Self {
                manifests: Vec::new(),
                lock: if_there(&lock(workspace))?,
            }),
        };
        for change in changes {
            originals
                .manifests
                .retain(|known| known.path != change.manifest);
            originals.manifests.push(Manifest {
                path: change.manifest.clone(),
                before: change.before.clone(),
                after: change.after.clone(),
            });
        }
        write(workspace, &workspaces)
    }

    /// Whether no manifest is any more as adoption left it.
    fn is_over(&self) -> bool {
        let is_adopted = |known: &Manifest| {
            std::fs::read_to_string(&known.path).is_ok_and(|now| now == known.after)
        };
        !self.manifests.iter().any(is_adopted)
    }

    /// The originals of this workspace; `None` if there are none.
    pub(super) fn read(workspace: &Workspace) -> anyhow::Result<Option<Self>> {
        Ok(workspaces(workspace)?.remove(&workspace.root))
    }

    /// The changes that undo the adoption.
    ///
    /// # Errors
    ///
    /// If a manifest has changed since, so that no edit is lost.
    pub(super) fn changes(&self, workspace: &Workspace) -> anyhow::Result<Vec<Change>> {
        let mut changes = Vec::new();
        for known in &self.manifests {
            let now = super::read(&known.path)?;
            if now == known.before {
                continue;
            }
            anyhow::ensure!(
                now == known.after,
                "{} has changed since it was adopted; what adoption changed is kept in {}",
                known.path.display(),
                file(workspace).display()
            );
            changes.push(Change {
                manifest: known.path.clone(),
                before: now,
                after: known.before.clone(),
            });
        }
        Ok(changes)
    }

    /// Restores the lock file, in which cargo would otherwise leave the drop-in.
    pub(super) fn restore_lock(&self, workspace: &Workspace) -> anyhow::Result<()> {
        let path = lock(workspace);
        let Some(now) = if_there(&path)? else {
            return Ok(());
        };
        match &self.lock {
            Some(before) => crate::output::write(&path, before.as_bytes()),
            // There was none, and this one was made for the drop-in.
            None if now.contains(PACKAGE) => std::fs::remove_file(&path)
                .with_context(|| format!("cannot remove {}", path.display())),
            None => Ok(()),
        }
    }

    /// Removes the entry of this workspace, and the file if it was the last one.
    pub(super) fn forget(workspace: &Workspace) -> anyhow::Result<()> {
        let mut workspaces = workspaces(workspace)?;
        workspaces.remove(&workspace.root);
        if !workspaces.is_empty() {
            return write(workspace, &workspaces);
        }
        let file = file(workspace);
        std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))
    }
}

/// Where the originals are.
pub(super) fn file(workspace: &Workspace) -> PathBuf {
    workspace.target.join("benchlens/adopted.json")
}

fn workspaces(workspace: &Workspace) -> anyhow::Result<Workspaces> {
    let file = file(workspace);
    match if_there(&file)? {
        Some(json) => serde_json::from_str(&json)
            .with_context(|| format!("{} is not what adoption wrote", file.display())),
        None => Ok(Workspaces::new()),
    }
}

fn write(workspace: &Workspace, workspaces: &Workspaces) -> anyhow::Result<()> {
    let json = serde_json::to_vec_pretty(workspaces)?;
    benchlens::store::folder::write(&file(workspace), &json)?;
    Ok(())
}

fn lock(workspace: &Workspace) -> PathBuf {
    workspace.root.join("Cargo.lock")
}

/// The text of a file; `None` if there is none.
fn if_there(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}
