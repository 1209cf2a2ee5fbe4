//! Replaces a file with its rewritten content, atomically.
//!
//! The new content goes to an exclusive file with an unpredictable name in the same folder. The
//! file is synced, receives the old file's metadata, and is renamed onto it; then the folder is
//! synced. Until the rename the old file is unchanged. SIGINT and SIGTERM remove the temporary
//! file; SIGKILL leaves it, named `.benchlens-….tmp`.

use std::fs::{self, File, Metadata};
use std::io::Seek as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use tempfile::TempPath;

use super::attributes;
use super::interrupt::Interrupt;
use super::job::{Done, Job};

/// Rewrites the file at `path`, or the target if it is a symbolic link, and returns the number of
/// replacements. If there are none, nothing is written.
pub(super) fn rewrite(path: &Path, job: &Job, interrupt: &Interrupt) -> anyhow::Result<Done> {
    let (target, mut original) = open(path)?;
    let before = original.metadata()?;
    let folder = target.parent().context("it has no folder")?;
    interrupt.check()?;
    if let Some(done) = job.without_match(&mut interrupt.watching(&original))? {
        return Ok(done);
    }
    original.rewind()?;
    let (temporary, path) = create(folder)?;
    let done = job.rewrite(
        &mut interrupt.watching(&original),
        &mut interrupt.watching(&temporary),
    )?;
    if done.count == 0 {
        // The file was changed meanwhile.
        return Ok(done);
    }
    attributes::take_over(&temporary, &original, &before)?;
    temporary
        .sync_all()
        .context("its new content cannot be synced to the disk")?;
    refuse_if_changed(&before, &original.metadata()?)?;
    refuse_if_changed(&before, &fs::symlink_metadata(&target)?)?;
    interrupt.check()?;
    path.persist(&target)
        .map_err(|error| error.error)
        .context("its new content cannot be renamed onto it")?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .context("it is replaced, but its folder cannot be synced to the disk")?;
    Ok(done)
}

/// Resolves and opens the file at a path; refuses one that could not be replaced.
pub(super) fn open(path: &Path) -> anyhow::Result<(PathBuf, File)> {
    let target = fs::canonicalize(path).context("it cannot be found")?;
    refuse_unless_plain(&fs::symlink_metadata(&target)?)?;
    let file = File::open(&target).context("it cannot be opened")?;
    refuse_unless_plain(&file.metadata()?)?;
    Ok((target, file))
}

/// A temporary file, which is removed unless it is renamed.
fn create(folder: &Path) -> anyhow::Result<(File, TempPath)> {
    let made = tempfile::Builder::new()
        .prefix(".benchlens-")
        .suffix(".tmp")
        .rand_bytes(12)
        .tempfile_in(folder)
        .with_context(|| format!("no temporary file can be made in {}", folder.display()))?;
    Ok(made.into_parts())
}

fn refuse_unless_plain(metadata: &Metadata) -> anyhow::Result<()> {
    if metadata.is_dir() {
        bail!("it is a folder: name the files in it");
    }
    ensure!(
        metadata.is_file(),
        "it is no regular file (a pipe, a socket or a device): rewrite it as a stream, without -i"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        ensure!(
            metadata.nlink() == 1,
            "it has {} hard links, and replacing it would cut it off from the others: rewrite it \
             as a stream, without -i",
            metadata.nlink()
        );
    }
    Ok(())
}

/// Refuses if another process has changed the file since, so that its change is not lost.
fn refuse_if_changed(before: &Metadata, after: &Metadata) -> anyhow::Result<()> {
    #[cfg(unix)]
    let same = {
        use std::os::unix::fs::MetadataExt;
        let state = |it: &Metadata| (it.dev(), it.ino(), it.size(), it.mtime(), it.mtime_nsec());
        state(before) == state(after)
    };
    #[cfg(not(unix))]
    let same = before.len() == after.len() && before.modified().ok() == after.modified().ok();
    ensure!(
        same,
        "it was changed by somebody else meanwhile and is left as it is: try again"
    );
    Ok(())
}
