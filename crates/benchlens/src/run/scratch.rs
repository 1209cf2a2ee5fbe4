//! A temporary folder for the files of a run's processes.
//!
//! No crate for temporary files is used, because every bench would have to compile it and its dependencies for
//! this one folder.

use std::collections::hash_map::RandomState;
use std::fs::{self, DirBuilder};
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, io};

/// How many names are tried.
const TRIES: usize = 16;

/// A folder that only this user may enter; removed with its content when dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Creates a folder in the system's folder for temporary files.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub fn new() -> io::Result<Self> {
        #[cfg_attr(not(unix), expect(unused_mut, reason = "a mode is Unix's"))]
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // An existing name is never reused, since it may belong to somebody else.
        let mut made = Err(io::ErrorKind::AlreadyExists.into());
        for _ in 0..TRIES {
            let number = RandomState::new().build_hasher().finish();
            let path = env::temp_dir().join(format!("benchlens-{number:016x}"));
            made = builder.create(&path).map(|()| Self(path));
            match &made {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                _ => break,
            }
        }
        made
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover is cleaned up by the system.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_new_and_goes_with_all_that_is_in_it() {
        let (one, other) = (Scratch::new().unwrap(), Scratch::new().unwrap());
        assert_ne!(one.path(), other.path());
        fs::create_dir(one.path().join("in")).unwrap();
        fs::write(one.path().join("in/file"), "").unwrap();
        let path = one.path().to_owned();
        drop(one);
        assert!(!path.exists() && other.path().is_dir());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_enter() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = Scratch::new().unwrap();
        let mode = fs::metadata(scratch.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
