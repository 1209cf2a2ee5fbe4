//! Finds cargo's target folder from the path of this executable.

use std::env;
use std::path::{Path, PathBuf};

/// Files that cargo leaves at the top of a target folder. The first is missing if cargo did not create the
/// folder itself.
const TARGET_MARKERS: [&str; 2] = ["CACHEDIR.TAG", ".rustc_info.json"];

/// The target folder that this executable was built in, however it was configured; `target` in the
/// working folder if it cannot be found.
pub fn target_folder() -> PathBuf {
    built_in()
        .or_else(|| env::var_os("CARGO_TARGET_DIR").map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("target"))
}

/// The target folder that this executable was built in, if it is still there.
pub fn built_in() -> Option<PathBuf> {
    let executable = env::current_exe().ok()?;
    above(&executable).map(Path::to_owned)
}

fn above(executable: &Path) -> Option<&Path> {
    (executable.ancestors().skip(1)).find(|folder| {
        TARGET_MARKERS
            .iter()
            .any(|mark| folder.join(mark).is_file())
    })
}

/// criterion's own folder: `CRITERION_HOME`, or `criterion` in the target folder.
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
        std::fs::write(outer.join(TARGET_MARKERS[0]), "").unwrap();
        let executable = target.join("release/deps/parse-0123456789abcdef");
        assert_eq!(above(&executable), Some(outer));
        std::fs::write(target.join(TARGET_MARKERS[1]), "").unwrap();
        assert_eq!(above(&executable), Some(target.as_path()));
    }

    #[test]
    fn this_very_test_is_in_the_target_folder() {
        let executable = env::current_exe().unwrap();
        assert!(executable.starts_with(target_folder()));
    }
}
