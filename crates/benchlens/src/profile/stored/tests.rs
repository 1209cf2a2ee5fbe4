use std::fs;

use super::*;
use crate::store::folder::Writer;
use crate::{Figure, Metric};

fn case() -> CaseId {
    CaseId::new("parse", "mine", "citm")
}

/// Rows of one case in both counting lenses, from a run that left no profile.
fn results(executable: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::lock(folder.path()).unwrap();
    for metric in [Metric::Allocations, Metric::Instructions] {
        let row = Figure {
            run: "one".to_owned(),
            executable: executable.to_owned(),
            ..Figure::exact(case(), metric, 5)
        };
        store::replace_rows(&writer, metric.lens(), &[row], |_| false).unwrap();
    }
    folder
}

/// A callgrind file with one instruction of this executable, which ran five times.
fn write_profile(folder: &Path, command: &Path) -> PathBuf {
    let path = store::profile(folder, Lens::Instructions, "one", &case()).unwrap();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let executable = command.display();
    let text = format!(
        "version: 1\ncmd: {executable} --bench\npositions: instr line\nevents: Ir\n\
         ob=(1) {executable}\nfl=(1) a.rs\nfn=(1) mine::parse\n0x0 3 5\n\ntotals: 5\n"
    );
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_case_without_a_profile_has_none_and_that_is_no_error() {
    let folder = results("");
    let mut profiles = Profiles::of(folder.path()).unwrap();
    assert_eq!(profiles.heap(&case()).unwrap(), None);
    assert_eq!(profiles.instructions(&case()).unwrap(), None);
    let other = CaseId::new("parse", "other", "citm");
    assert_eq!(profiles.path(Lens::Heap, &other), None);
    assert_eq!(profiles.resolve_all(), 0);
}

#[test]
fn addresses_are_looked_up_once_and_kept_for_the_time_after_the_executable() {
    let executable = std::env::current_exe().unwrap();
    let folder = results(&executable_at(&executable).unwrap());
    let path = write_profile(folder.path(), &executable);
    let mut profiles = Profiles::of(folder.path()).unwrap();
    assert_eq!(profiles.resolve_all(), 1);
    assert_eq!(profiles.resolve_all(), 0);
    fs::remove_file(&path).unwrap();
    let resolved = profiles.instructions(&case()).unwrap().unwrap();
    assert_eq!((resolved.total, resolved.unresolved), (5, None));
}

#[test]
fn an_executable_that_is_gone_or_another_leaves_callgrinds_lines() {
    let here = std::env::current_exe().unwrap();
    for (executable, words) in [
        (here.as_path(), "was rebuilt since the run"),
        (Path::new("/no/such/executable"), "is gone"),
    ] {
        let folder = results("of another build");
        let path = write_profile(folder.path(), executable);
        let mut profiles = Profiles::of(folder.path()).unwrap();
        let lines = profiles.instructions(&case()).unwrap().unwrap();
        assert!(lines.unresolved.unwrap().contains(words));
        let frame = &lines.frames[lines.chains[0].frames[0]];
        assert_eq!((&*frame.file, frame.line), ("a.rs", 3));
        assert!(!path.with_extension("json").exists());
    }
}

#[test]
fn cases_whose_names_read_alike_do_not_share_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::lock(folder.path()).unwrap();
    let cases = [CaseId::new("a", "x_y", ""), CaseId::new("a_x", "y", "")];
    let rows = cases.each_ref().map(|case| Figure {
        run: "one".to_owned(),
        ..Figure::exact(case.clone(), Metric::Allocations, 1)
    });
    store::replace_rows(&writer, Lens::Heap, &rows, |_| false).unwrap();
    let profiles = Profiles::of(folder.path()).unwrap();
    let paths = cases
        .each_ref()
        .map(|case| profiles.path(Lens::Heap, case).unwrap());
    assert_ne!(paths[0], paths[1]);
}
