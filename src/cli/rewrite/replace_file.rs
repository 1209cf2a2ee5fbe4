//! Replaces a file by its rewritten self, wholly or not at all.
//!
//! The new content goes to an exclusive file with an unpredictable name in the same folder, is
//! synced, takes over mode, owner and group, and is renamed onto the old file; then the folder is
//! synced. Until the rename the old file is untouched. SIGINT and SIGTERM remove the temporary
//! file; SIGKILL leaves it, named `.benchlens-….tmp`.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, bail, ensure};
use benchlens_suite::rewrite::{Rewriter, Substitution};
use tempfile::TempPath;

/// The temporary file that a signal has to remove. Locked while the file is made and renamed, so
/// that a signal comes before or after, never between.
static TEMPORARY: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Rewrites the file at `path`, through a symbolic link its target, and returns the number of
/// replacements. Without any the file is not touched.
pub(super) fn rewrite(
    path: &Path,
    rewriter: &Rewriter,
    substitution: Substitution<'_>,
) -> anyhow::Result<u64> {
    let target = fs::canonicalize(path).context("it cannot be found")?;
    refuse_unless_plain(&fs::symlink_metadata(&target)?)?;
    let mut original = File::open(&target).context("it cannot be opened")?;
    let before = original.metadata()?;
    refuse_unless_plain(&before)?;
    let folder = target.parent().context("it has no folder")?;
    let (mut temporary, guard) = create(folder)?;
    let count = rewriter.rewrite_stream(&mut original, substitution, &mut temporary)?;
    if count == 0 {
        return Ok(0);
    }
    take_over_ownership(&temporary, &before)?;
    temporary
        .sync_all()
        .context("its new content cannot be synced to the disk")?;
    refuse_if_changed(&before, &original.metadata()?)?;
    refuse_if_changed(&before, &fs::symlink_metadata(&target)?)?;
    guard
        .rename_to(&target)
        .context("its new content cannot be renamed onto it")?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .context("it is replaced, but its folder cannot be synced to the disk")?;
    Ok(count)
}

/// Removes the temporary file and ends the process when SIGINT or SIGTERM comes.
pub(super) fn clean_up_on_signals() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGINT, SIGTERM};
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let temporary = TEMPORARY.lock().unwrap_or_else(|error| error.into_inner());
                if let Some(path) = &*temporary {
                    let _ = fs::remove_file(path);
                }
                // Ends the process, as the signal would have; the lock is held until then.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
    }
    Ok(())
}

/// A temporary file that is removed unless it is renamed.
struct Guard(Option<TempPath>);

fn create(folder: &Path) -> anyhow::Result<(File, Guard)> {
    let mut registered = lock();
    let (file, path) = tempfile::Builder::new()
        .prefix(".benchlens-")
        .suffix(".tmp")
        .rand_bytes(12)
        .tempfile_in(folder)
        .with_context(|| format!("no temporary file can be made in {}", folder.display()))?
        .into_parts();
    *registered = Some(path.to_path_buf());
    Ok((file, Guard(Some(path))))
}

impl Guard {
    fn rename_to(mut self, target: &Path) -> io::Result<()> {
        let mut registered = lock();
        let path = self.0.take().expect("a guard is renamed once");
        let result = path.persist(target).map_err(|error| error.error);
        *registered = None;
        result
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let mut registered = lock();
            drop(path);
            *registered = None;
        }
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<PathBuf>> {
    TEMPORARY.lock().unwrap_or_else(|error| error.into_inner())
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

/// Another writer's change would be lost if the old content's rewrite took its place.
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

fn take_over_ownership(temporary: &File, original: &Metadata) -> anyhow::Result<()> {
    let mut permissions = original.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
        let own = temporary.metadata()?;
        let (uid, gid) = (original.uid(), original.gid());
        let kept =
            (own.uid(), own.gid()) == (uid, gid) || fchown(temporary, Some(uid), Some(gid)).is_ok();
        if !kept {
            let _ = fchown(temporary, None, Some(gid));
            // A set-user-id bit must not go to another owner.
            permissions.set_mode(permissions.mode() & 0o777);
        }
    }
    #[cfg(not(unix))]
    permissions.set_readonly(false);
    temporary
        .set_permissions(permissions)
        .context("its mode cannot be given to its new content")
}
