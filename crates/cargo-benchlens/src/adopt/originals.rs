//! The originals of adopted files, stored in the target folder until adoption is undone.

use std::path::PathBuf;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::Change;
use crate::workspace::Workspace;

/// The manifests before and after adoption, and the original lock file.
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

impl Originals {
    /// Stores the originals of the files in `changes`. Originals from an earlier adoption are kept for
    /// manifests that this one does not change.
    pub(super) fn keep(workspace: &Workspace, changes: &[Change]) -> anyhow::Result<()> {
        let mut originals = Self::read(workspace).unwrap_or(Self {
            manifests: Vec::new(),
            lock: std::fs::read_to_string(lock(workspace)).ok(),
        });
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
        let file = file(workspace);
        benchlens::store::folder::write(&file, &serde_json::to_vec_pretty(&originals)?)?;
        Ok(())
    }

    pub(super) fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let file = file(workspace);
        let json = std::fs::read(&file).with_context(|| {
            format!(
                "nothing to undo: {} holds what adoption changed, and is not there",
                file.display()
            )
        })?;
        serde_json::from_slice(&json)
            .with_context(|| format!("{} is not what adoption wrote", file.display()))
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
        match &self.lock {
            Some(before) if path.exists() => crate::output::write(&path, before.as_bytes()),
            _ => Ok(()),
        }
    }

    pub(super) fn forget(&self, workspace: &Workspace) -> anyhow::Result<()> {
        let file = file(workspace);
        std::fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))
    }
}

fn file(workspace: &Workspace) -> PathBuf {
    workspace.target.join("benchlens/adopted.json")
}

fn lock(workspace: &Workspace) -> PathBuf {
    workspace.root.join("Cargo.lock")
}
