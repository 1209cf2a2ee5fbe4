//! The folder that revisions are checked out into in turn, so that both are built at the same path.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use benchlens::store::folder::Writer;

use crate::Usage;
use crate::workspace::Workspace;

/// The folder for building revisions, below the target folder, used by one comparison at a time.
pub(super) struct Area {
    /// The repository's folder.
    repository: PathBuf,
    /// The workspace's folder, relative to the repository.
    prefix: PathBuf,
    /// The folder for everything that the comparison writes.
    pub(super) folder: PathBuf,
    /// The current workspace, whose manifests give the drop-in's source.
    pub(super) workspace: Workspace,
    _lock: Writer,
}

/// A revision to measure.
pub(super) struct Revision {
    /// Its name for people.
    pub(super) name: String,
    commit: String,
    /// Whether it includes uncommitted changes.
    with_changes: bool,
}

impl Area {
    pub(super) fn new(workspace: &Workspace) -> anyhow::Result<Self> {
        let repository = git(&workspace.root, &["rev-parse", "--show-toplevel"])
            .context("the workspace is in no git repository, so it has no revisions")?;
        let repository = PathBuf::from(repository).canonicalize()?;
        let root = workspace.root.canonicalize()?;
        let prefix = root.strip_prefix(&repository).unwrap_or(Path::new(""));
        let folder = workspace.target.join("benchlens-compare");
        let lock = Writer::lock(&folder)?;
        Ok(Self {
            prefix: prefix.to_owned(),
            repository,
            folder,
            workspace: workspace.clone(),
            _lock: lock,
        })
    }

    /// The commit that `revision` names.
    pub(super) fn commit(&self, revision: &str) -> anyhow::Result<Revision> {
        let wanted = format!("{revision}^{{commit}}");
        let commit = git(
            &self.repository,
            &["rev-parse", "--quiet", "--verify", &wanted],
        );
        let Ok(commit) = commit else {
            let reason = format!("{revision} is no revision of this repository");
            return Err(Usage(reason).into());
        };
        let name = commit.chars().take(12).collect();
        Ok(Revision {
            name,
            commit,
            with_changes: false,
        })
    }

    /// The working tree with every file that is not ignored.
    pub(super) fn working_tree(&self) -> anyhow::Result<Revision> {
        let head = self.commit("HEAD")?;
        let name = match git(&self.repository, &["status", "--porcelain"])?.as_str() {
            "" => head.name,
            _ => format!("{} with changes", head.name),
        };
        Ok(Revision {
            name,
            with_changes: true,
            ..head
        })
    }

    /// Checks a revision out into the common folder.
    pub(super) fn check_out(&self, revision: &Revision) -> anyhow::Result<Tree<'_>> {
        let folder = self.folder.join("tree");
        self.remove(&folder);
        let path = folder.to_str().context("the target folder is not UTF-8")?;
        let add = ["worktree", "add", "--quiet", "--detach", "--force", path];
        git(&self.repository, &[&add[..], &[&revision.commit]].concat())?;
        let tree = Tree { area: self, folder };
        if revision.with_changes {
            tree.overlay()?;
        }
        Ok(tree)
    }

    fn remove(&self, folder: &Path) {
        if let Some(path) = folder.to_str() {
            // A killed comparison may have left a partial worktree.
            let _ = git(&self.repository, &["worktree", "remove", "--force", path]);
        }
        let _ = fs::remove_dir_all(folder);
        let _ = git(&self.repository, &["worktree", "prune"]);
    }
}

/// A checked-out revision, removed when dropped.
pub(super) struct Tree<'a> {
    area: &'a Area,
    folder: PathBuf,
}

impl Tree<'_> {
    /// The workspace in it.
    pub(super) fn root(&self) -> PathBuf {
        self.folder.join(&self.area.prefix)
    }

    /// Copies changed and new files of the working tree, and removes deleted ones.
    fn overlay(&self) -> anyhow::Result<()> {
        let repository = &self.area.repository;
        let list = [
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ];
        let listed = git(repository, &list)?;
        for name in listed.split('\0').filter(|name| !name.is_empty()) {
            let (from, to) = (repository.join(name), self.folder.join(name));
            let Ok(metadata) = fs::symlink_metadata(&from) else {
                let _ = fs::remove_file(&to);
                continue;
            };
            if metadata.is_dir() {
                // A nested repository.
                continue;
            }
            let is_same = !metadata.is_symlink()
                && fs::read(&to).is_ok_and(|old| fs::read(&from).is_ok_and(|new| old == new));
            if !is_same {
                copy(&from, &to, &metadata)
                    .with_context(|| format!("cannot copy {}", from.display()))?;
            }
        }
        self.remove_deleted()
    }

    fn remove_deleted(&self) -> anyhow::Result<()> {
        let staged = [
            "diff",
            "--name-only",
            "--no-renames",
            "--diff-filter=D",
            "-z",
            "HEAD",
        ];
        let deleted = git(&self.area.repository, &staged)?;
        for name in deleted.split('\0').filter(|name| !name.is_empty()) {
            if !self.area.repository.join(name).exists() {
                let _ = fs::remove_file(self.folder.join(name));
            }
        }
        Ok(())
    }
}

impl Drop for Tree<'_> {
    fn drop(&mut self) {
        self.area.remove(&self.folder);
    }
}

fn copy(from: &Path, to: &Path, metadata: &fs::Metadata) -> std::io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::symlink_metadata(to).is_ok() {
        fs::remove_file(to)?;
    }
    #[cfg(unix)]
    if metadata.is_symlink() {
        return std::os::unix::fs::symlink(fs::read_link(from)?, to);
    }
    let _ = metadata;
    fs::copy(from, to).map(drop)
}

/// The output of git, without the final line break.
fn git(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> anyhow::Result<String> {
    let output = (Command::new("git").arg("-C").arg(folder).args(arguments))
        .output()
        .context("cannot start git")?;
    anyhow::ensure!(
        output.status.success(),
        "git: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout)
        .trim_end_matches('\n')
        .to_owned())
}
