//! Where cargo puts what it makes, found from where it put this executable.

use std::env;
use std::path::{Path, PathBuf};

/// Cargo leaves this file at the top of the folder.
const TAG: &str = "CACHEDIR.TAG";

/// The target folder that this executable was built in, whether cargo was told of it by
/// `--target-dir`, a variable or its configuration; `target` in the working folder where nothing
/// tells.
pub fn target_folder() -> PathBuf {
    let built = env::current_exe().ok().and_then(|executable| {
        let folder = above(&executable)?;
        Some(folder.to_owned())
    });
    built
        .or_else(|| env::var_os("CARGO_TARGET_DIR").map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("target"))
}

fn above(executable: &Path) -> Option<&Path> {
    (executable.ancestors().skip(1)).find(|folder| folder.join(TAG).is_file())
}

/// Where criterion keeps its own files: what `CRITERION_HOME` says, or `criterion` in the target folder.
pub fn criterion_folder() -> PathBuf {
    env::var_os("CRITERION_HOME").map_or_else(|| target_folder().join("criterion"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_test_is_in_the_target_folder() {
        let executable = env::current_exe().unwrap();
        assert!(executable.starts_with(target_folder()));
    }
}
