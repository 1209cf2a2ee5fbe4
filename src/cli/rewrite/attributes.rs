//! A file's metadata: owner, group, mode, access control list, extended attributes.
//!
//! An access control list may deny what the mode grants, so a new file without it could expose its
//! content.

use std::fs::{File, Metadata};

use anyhow::Context;

/// Copies all metadata to the file that replaces the original.
pub(super) fn take_over(new: &File, original: &File, metadata: &Metadata) -> anyhow::Result<()> {
    let mut permissions = metadata.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
        let own = new.metadata()?;
        let (uid, gid) = (metadata.uid(), metadata.gid());
        let kept =
            (own.uid(), own.gid()) == (uid, gid) || fchown(new, Some(uid), Some(gid)).is_ok();
        if !kept {
            let _ = fchown(new, None, Some(gid));
            // A set-user-id bit must not apply to another owner.
            permissions.set_mode(permissions.mode() & 0o777);
        }
        // After the owner, because changing the owner drops capabilities.
        extended::take_over(new, original)?;
    }
    #[cfg(not(unix))]
    {
        let _ = original;
        permissions.set_readonly(false);
    }
    new.set_permissions(permissions)
        .context("its mode cannot be given to its new content")
}

#[cfg(unix)]
mod extended {
    use std::ffi::{OsStr, OsString};
    use std::fs::File;
    use std::io;

    use anyhow::Context;
    use xattr::FileExt;

    /// Replaces the attributes of `new`, some of which may be inherited from the folder, with those
    /// of `original`. An access control list is one of them.
    pub(super) fn take_over(new: &File, original: &File) -> anyhow::Result<()> {
        let wanted = names(original).context("its extended attributes cannot be read")?;
        let given =
            names(new).context("the extended attributes of its new content cannot be read")?;
        let context = |name: &OsStr| {
            let name = name.to_string_lossy();
            format!(
                "its attribute {name} cannot be given to its new content, so it is left as it is"
            )
        };
        for name in given.iter().filter(|name| !wanted.contains(name)) {
            new.remove_xattr(name).with_context(|| context(name))?;
        }
        for name in &wanted {
            let value = original.get_xattr(name).with_context(|| context(name))?;
            let has = new.get_xattr(name).ok().flatten();
            if let Some(value) = value.filter(|value| has.as_ref() != Some(value)) {
                new.set_xattr(name, &value).with_context(|| context(name))?;
            }
        }
        Ok(())
    }

    /// The names of a file's attributes; none if the file system does not support attributes.
    fn names(file: &File) -> io::Result<Vec<OsString>> {
        match file.list_xattr() {
            Ok(names) => Ok(names.collect()),
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
