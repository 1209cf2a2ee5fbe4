//! Where cargo puts what it makes, found from where it put this executable.

use std::env;
use std::path::{Path, PathBuf};

/// Cargo leaves these files at the top of the folder: the first only where it made the folder itself, which
/// a cache or a volume may have done before it.
const MARKS: [&str; 2] = ["CACHEDIR.TAG", ".rustc_info.json"];

/// The target folder that this executable was built in, whether cargo was told of it by
/// `--target-dir`, a variable or its configuration; `target` in the working folder where nothing
/// tells.
pub fn target_folder() -> PathBuf {
    built_in()
        .or_else(|| env::var_os("CARGO_TARGET_DIR").map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("target"))
}

/// The target folder that this executable was built in, if it still stands there.
pub fn built_in() -> Option<PathBuf> {
    let executable = env::current_exe().ok()?;
    above(&executable).map(Path::to_owned)
}

fn above(executable: &Path) -> Option<&Path> {
    (executable.ancestors().skip(1))
        .find(|folder| MARKS.iter().any(|mark| folder.join(mark).is_file()))
}

/// Where criterion keeps its own files: what `CRITERION_HOME` says, or `criterion` in the target folder.
pub fn criterion_folder() -> PathBuf {
    env::var_os("CRITERION_HOME").map_or_else(|| target_folder().join("criterion"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_there_before_cargo_is_found_too() {
        let folder = tempfile::tempdir().unwrap();
        let outer = folder.path();
        let target = outer.join("target");
        std::fs::create_dir_all(target.join("release/deps")).unwrap();
        std::fs::write(outer.join(MARKS[0]), "").unwrap();
        let executable = target.join("release/deps/parse-0123456789abcdef");
        assert_eq!(above(&executable), Some(outer));
        std::fs::write(target.join(MARKS[1]), "").unwrap();
        assert_eq!(above(&executable), Some(target.as_path()));
    }

    #[test]
    fn this_very_test_is_in_the_target_folder() {
        let executable = env::current_exe().unwrap();
        assert!(executable.starts_with(target_folder()));
    }
}
