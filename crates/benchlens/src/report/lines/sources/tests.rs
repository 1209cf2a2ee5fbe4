use super::*;

fn sources() -> Sources {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("src/job");
    fs::create_dir_all(&source).unwrap();
    fs::write(
        source.join("one.rs"),
        "//! One.\n\n#[inline(never)]\npub fn run() {\n    let f = || 1;\n}\n\ntrait T {\n    \
         fn declared(\n        &self,\n    );\n    fn short() {}\n}\n",
    )
    .unwrap();
    Sources::read(folder.path(), &["mine"], "mine::harness").unwrap()
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_bytes_that_are_no_text_end_nothing() {
    use std::os::unix::fs::symlink;
    let (project, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(
        elsewhere.path().join("one.rs"),
        b"fn run() {\n    // \xff\n}\n",
    )
    .unwrap();
    symlink(elsewhere.path(), project.path().join("src")).unwrap();
    symlink(project.path(), elsewhere.path().join("around")).unwrap();
    symlink("nothing", project.path().join("two.rs")).unwrap();
    let sources = Sources::read(project.path(), &["mine"], "").unwrap();
    assert_eq!(sources.path(0), "src/one.rs");
    assert_eq!(sources.line(0, 2), "    // \u{fffd}");
    assert_eq!(sources.files.len(), 1);
}

#[test]
fn a_function_reaches_from_its_attributes_to_its_brace() {
    let sources = sources();
    assert_eq!(sources.region(0, 5), (3, 6));
    assert_eq!(sources.region(0, 12), (12, 12));
    assert_eq!(sources.region(0, 1), (1, 1));
    assert_eq!(sources.function_name(0, 3), "run");
    assert_eq!(sources.function_name(0, 12), "short");
}

#[test]
fn a_function_is_told_by_its_crate() {
    let sources = sources();
    for (function, owner) in [
        ("mine::job::run", Owner::Project),
        ("<mine::One as mine::Job>::run", Owner::Project),
        ("<alloc::vec::Vec<T> as mine::Job>::run", Owner::Project),
        (
            "<&mut mine::One as core::iter::Iterator>::next",
            Owner::Project,
        ),
        ("mine::harness::call", Owner::Other),
        ("theirs::run", Owner::Other),
        ("miner::run", Owner::Other),
        ("alloc::vec::Vec<mine::One>::push", Owner::Standard),
        ("<u8 as core::clone::Clone>::clone", Owner::Standard),
        ("malloc", Owner::Standard),
        (
            "<u8 as <[_]>::to_vec_in::ConvertVec>::to_vec::<alloc::alloc::Global>",
            Owner::Standard,
        ),
        ("<[u8]>::to_vec_in::<alloc::alloc::Global>", Owner::Standard),
        ("<[mine::One] as mine::Job>::run", Owner::Project),
    ] {
        assert_eq!(sources.owner(function, ""), owner, "{function}");
    }
}

#[test]
fn of_files_with_one_name_it_is_that_of_the_functions_crate() {
    let folder = tempfile::tempdir().unwrap();
    let mut crates = Vec::new();
    for (name, package) in [("root", ""), ("one", "crates/one"), ("two", "crates/two")] {
        let package = folder.path().join(package);
        fs::create_dir_all(package.join("src")).unwrap();
        for file in ["src/lib.rs", "src/macros.rs"] {
            fs::write(package.join(file), "fn run() {}\n").unwrap();
        }
        crates.push(Crate {
            name: name.to_owned(),
            folder: package,
        });
    }
    let sources = Sources::of_crates(folder.path(), crates, "").unwrap();
    let found = |function: &str, file: &str| {
        let at = sources.place(function, file, 1).unwrap();
        at.map(|(file, _)| sources.path(file))
    };
    assert_eq!(
        found("one::run", "src/lib.rs"),
        Some("crates/one/src/lib.rs")
    );
    assert_eq!(
        found("<two::A as root::B>::run", "two/src/lib.rs"),
        Some("crates/two/src/lib.rs")
    );
    let of_root = folder.path().canonicalize().unwrap().join("src/lib.rs");
    assert_eq!(
        found("root::run", of_root.to_str().unwrap()),
        Some("src/lib.rs")
    );
    assert_eq!(found("root::run", "alloc/src/macros.rs"), None);
    let macros = "/rustc/8a1b/library/alloc/src/macros.rs";
    assert_eq!(found("root::run", macros), None);
}

#[test]
fn a_dependency_may_have_the_name_of_a_crate_of_the_project() {
    let folder = tempfile::tempdir().unwrap();
    // The project's own folder has a version in its name.
    let package = folder.path().join("mine-0.2.1");
    fs::create_dir_all(package.join("src")).unwrap();
    fs::write(package.join("src/lib.rs"), "fn run() {}\n").unwrap();
    let sources = Sources::read(&package, &["mine", "smallvec"], "").unwrap();
    let unpacked = "/home/a/.cargo/registry/src/index-1949cf8c6b5b557f/smallvec-1.16.6/src/lib.rs";
    for file in [
        unpacked,
        "smallvec-1.16.6/src/lib.rs",
        "mine-0.2.2-rc.1/src/lib.rs",
    ] {
        assert_eq!(
            sources.place("smallvec::run", file, 2321).unwrap(),
            None,
            "{file}"
        );
    }
    for file in [
        "mine-0.2.1/src/lib.rs",
        "/built/there/mine-0.2.1/src/lib.rs",
        "my-crate/src/lib.rs",
    ] {
        let place = sources.place("mine::run", file, 1).unwrap();
        assert_eq!(place, Some((0, 1)), "{file}");
    }
}

#[test]
fn a_file_is_found_by_the_end_of_its_path() {
    let sources = sources();
    for file in [
        "src/job/one.rs",
        "job/one.rs",
        "/built/there/src/job/one.rs",
    ] {
        assert_eq!(
            sources.place("mine::run", file, 5).unwrap(),
            Some((0, 5)),
            "{file}"
        );
        assert_eq!(sources.place("mine::run", file, 0).unwrap(), None, "{file}");
    }
    for file in ["job/two.rs", "other/one.rs", "???", ""] {
        assert_eq!(sources.place("mine::run", file, 5).unwrap(), None, "{file}");
    }
    assert_eq!(sources.declaration((0, 5)), (0, 4));
    let changed = sources
        .place("mine::run", "src/job/one.rs", 99)
        .unwrap_err();
    assert!(changed.to_string().contains("has changed"), "{changed}");
}
