//! A workspace with several packages and benches: joining, selecting, naming, judging.
#![cfg(unix)]

mod stranger;

use std::fs;

use benchlens::store;
use stranger::Stranger;

#[test]
fn all_benches_of_the_workspace_are_one_table() {
    let stranger = Stranger::measured();
    // A target folder may have results of other workspaces and of removed benches.
    for other in ["elsewhere/parse", "mine/removed"] {
        let target = stranger.results().join(other);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        stranger.succeed(&format!(
            "cp -r target/benchlens/other/parse target/benchlens/{other}"
        ));
    }
    let json = stranger.succeed("cargo benchlens table --format json");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let names: Vec<_> = (rows.iter())
        .map(|row| format!("{} {} {}", row["package"], row["bench"], row["case"]).replace('"', ""))
        .collect();
    let expected = [
        "mine parse parse/split/short",
        "mine parse parse/split/long",
        "mine to-text print",
        "other parse parse/split/short",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        (&rows[3]["allocations"], &rows[3]["time_ns"]),
        (&7.into(), &12.5.into())
    );
    assert_eq!(rows[3]["exact"], true);
    assert!(rows[3]["peak_bytes"].is_null());
    let of = |arguments: &str| {
        let text = stranger.succeed(&format!("cargo benchlens table --format csv {arguments}"));
        text.lines().count() - 1
    };
    assert_eq!(of("--package other"), 1);
    assert_eq!(of("--bench parse"), 3);
    assert_eq!(of("--bench to-text"), 1);
    assert_eq!(of("--bench to_text"), 1);
    assert_eq!(stranger.code("cargo benchlens table --package none").0, 2);
    let text = stranger.succeed("cargo benchlens table");
    assert!(text.contains("mine/to-text  print"), "{text}");
    // Also from a subfolder of the workspace.
    let below = stranger.succeed("cd mine/src && cargo benchlens table");
    assert_eq!(text, below);
}

#[test]
fn what_another_package_of_the_same_name_left_is_not_taken_for_ones_own() {
    let stranger = Stranger::measured();
    let shown = || {
        let text = stranger.succeed("cargo benchlens table --format csv");
        text.lines().any(|line| line.starts_with("other,"))
    };
    assert!(shown(), "a bench that cargo did not start");
    stranger.of_package("other/parse", &stranger.root().join("other"));
    assert!(shown(), "its own");
    stranger.of_package("other/parse", &stranger.root().join("mine"));
    assert!(!shown(), "of a package in another folder");
    let own = store::package_at(&stranger.root().join("other"));
    stranger.succeed(&format!(
        "cp -r target/benchlens/other target/benchlens/other-{own}"
    ));
    stranger.of_package(
        &format!("other-{own}/parse"),
        &stranger.root().join("other"),
    );
    assert!(shown(), "its own, beside the other's");
}

#[test]
fn a_case_is_found_by_its_name_in_whichever_bench() {
    let stranger = Stranger::measured();
    let view = |arguments: &str| -> serde_json::Value {
        let text = stranger.succeed(&format!("cargo benchlens lines {arguments} --format json"));
        serde_json::from_str(&text).unwrap()
    };
    assert_eq!(view("print")["case"]["subject"], "print");
    assert_eq!(view("parse/split")["case"]["input"], "short");
    assert_eq!(view("parse/split --input long")["case"]["input"], "long");
    let shown = view("parse/split/long");
    assert_eq!(shown["files"][0]["path"], "mine/src/lib.rs");
    assert_eq!(shown["total"]["instructions"], 1000);
    assert_eq!(shown["total"]["allocations"], 2);
    let (code, said) = stranger.code("cargo benchlens lines parse/dance");
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("`cargo benchlens table` names them"),
        "{said}"
    );
}

#[test]
fn without_results_the_way_to_them_is_said() {
    let stranger = Stranger::new();
    let (code, said) = stranger.code("cargo benchlens table");
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("cargo bench") && said.contains("cargo benchlens adopt"),
        "{said}"
    );
}

#[test]
fn heap_figures_travel_and_instructions_hold_for_their_key() {
    let stranger = Stranger::measured();
    assert_eq!(stranger.code("cargo benchlens gate").0, 2, "no baseline");
    stranger.succeed("cargo benchlens accept");
    assert!(
        stranger
            .root()
            .join("benchlens-baseline/mine/to_text/key.json")
            .exists()
    );
    assert_eq!(stranger.code("cargo benchlens gate").0, 0);
    // With another C library, instructions are not judged; this is reported and is not a failure.
    stranger.write_results("b", 2);
    let (code, said) = stranger.code("cargo benchlens gate");
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("libc differs") && said.contains("not judged"),
        "{said}"
    );
    stranger.write_results("b", 3);
    let (code, said) = stranger.code("cargo benchlens gate");
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("mine/parse: parse/split/short: allocations 2 -> 3"),
        "{said}"
    );
    assert_eq!(stranger.code("cargo benchlens gate --package other").0, 0);
}

#[test]
fn a_case_that_cannot_be_counted_keeps_no_other_from_being_judged() {
    let stranger = Stranger::measured();
    stranger.fail_case("mine/parse", "long");
    let (code, said) = stranger.code("cargo benchlens accept");
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("mine/parse: no figure: parse/split/long: it panicked"),
        "{said}"
    );
    assert_eq!(stranger.code("cargo benchlens gate").0, 0);
    stranger.fail_case("mine/parse", "short");
    let (code, said) = stranger.code("cargo benchlens gate --package mine");
    assert_ne!(code, 0, "{said}");
    let json = stranger.succeed("cargo benchlens table --format json --package other");
    let rows: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(rows[0]["reason"], serde_json::Value::Null);
}

#[test]
fn profiles_of_other_programs_are_looked_at_by_every_verb() {
    let stranger = Stranger::new();
    stranger.write_profiles();
    let both = "--profile dhat-heap.json --profile callgrind.out.4711";
    let text = stranger.succeed(&format!("cargo benchlens lines {both} --format json"));
    let view: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(view["total"]["instructions"], 1000);
    assert_eq!(view["total"]["allocated_bytes"], 64);
    assert_eq!(view["files"][0]["path"], "mine/src/lib.rs");
    // The project's crates are given by name.
    let text = stranger.succeed(&format!(
        "cargo benchlens lines {both} --crate other --format json"
    ));
    let view: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(view["files"].as_array().unwrap().len(), 0);
    assert_eq!(view["total"]["instructions"], 1000);
    let blocks =
        stranger.succeed("cargo benchlens export --profile dhat-heap.json --to folded --by blocks");
    assert_eq!(blocks, "mine::split;alloc::alloc::alloc 2\n");
    let text =
        stranger.succeed("cargo benchlens compare --profile before.json --profile after.json");
    assert!(
        text.contains("| mine/src/lib.rs:3 | words.collect() | 2 | 5 | +3 |"),
        "{text}"
    );
    fs::write(
        stranger.root().join("events.json"),
        r#"{"dhatFileVersion":2,"mode":"ad-hoc","pps":[],"ftbl":["[root]"]}"#,
    )
    .unwrap();
    let (code, said) = stranger.code("cargo benchlens top --profile events.json");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("ad-hoc"), "{said}");
    let twice = "cargo benchlens lines --profile before.json --profile after.json";
    assert_eq!(stranger.code(twice).0, 2);
}

#[test]
fn the_drop_in_is_adopted_wherever_criterion_stands_and_undone_exactly() {
    let stranger = Stranger::new();
    let manifests = ["Cargo.toml", "mine/Cargo.toml", "other/Cargo.toml"];
    let before = manifests.map(|file| stranger.read(file));
    let lock = "# as it was\nversion = 4\n";
    fs::write(stranger.root().join("Cargo.lock"), lock).unwrap();
    let dry = stranger.succeed("cargo benchlens adopt --dry-run");
    assert_eq!(before, manifests.map(|file| stranger.read(file)));
    let shown = stranger.succeed("cargo benchlens adopt");
    assert_eq!(dry, shown);
    assert!(
        shown.contains("-version = \"0.4\" # old\n+version = \"0.8\" # old"),
        "{shown}"
    );
    let root = stranger.read("Cargo.toml");
    assert!(
        root.contains("criterion = { version = \"0.8\", default-features = false, package = \"benchlens-criterion\" } # no plots"),
        "{root}"
    );
    assert_eq!(before[1], stranger.read("mine/Cargo.toml"), "it inherits");
    assert!(
        stranger
            .read("other/Cargo.toml")
            .contains("package = \"benchlens-criterion\"")
    );
    assert_eq!(stranger.code("cargo benchlens adopt").0, 0, "again");
    fs::write(
        stranger.root().join("Cargo.lock"),
        "version = 4\n# with the drop-in\n",
    )
    .unwrap();
    stranger.succeed("cargo benchlens adopt --undo");
    assert_eq!(before, manifests.map(|file| stranger.read(file)));
    assert_eq!(stranger.read("Cargo.lock"), lock);
    let (code, said) = stranger.code("cargo benchlens adopt --undo");
    assert_eq!(code, 1, "nothing is left to undo");
    assert!(said.contains("no manifest of this workspace"), "{said}");
}

#[test]
fn workspaces_that_share_a_target_folder_are_undone_each_on_its_own() {
    let shared = tempfile::tempdir().unwrap();
    let run = |stranger: &Stranger, arguments: &str| {
        let target = shared.path().display();
        stranger.code(&format!(
            "CARGO_TARGET_DIR={target} cargo benchlens adopt {arguments}"
        ))
    };
    let strangers = [Stranger::new(), Stranger::new(), Stranger::new()];
    let locks = ["version = 4\n# first\n", "version = 4\n# second\n"];
    for (stranger, lock) in strangers.iter().zip(locks) {
        fs::write(stranger.root().join("Cargo.lock"), lock).unwrap();
        assert_eq!(run(stranger, "").0, 0);
        fs::write(stranger.root().join("Cargo.lock"), "benchlens-criterion").unwrap();
    }
    let [first, second, third] = &strangers;
    let manifest = third.read("Cargo.toml");
    assert_eq!(run(third, "--undo").0, 1, "it was not adopted");
    assert_eq!(run(second, "--undo").0, 0);
    assert_eq!(second.read("Cargo.toml"), manifest);
    assert_eq!(second.read("Cargo.lock"), locks[1]);
    assert!(first.read("Cargo.toml").contains("benchlens-criterion"));
    assert_eq!(run(first, "--undo").0, 0);
    assert_eq!(first.read("Cargo.toml"), manifest);
    assert_eq!(first.read("Cargo.lock"), locks[0]);
}

#[test]
fn a_lock_file_that_was_not_there_is_removed_if_it_has_the_drop_in() {
    for (lock, remains) in [
        ("name = \"benchlens-criterion\"\n", false),
        ("version = 4\n", true),
    ] {
        let stranger = Stranger::new();
        stranger.succeed("cargo benchlens adopt");
        let path = stranger.root().join("Cargo.lock");
        assert!(!path.exists());
        fs::write(&path, lock).unwrap();
        stranger.succeed("cargo benchlens adopt --undo");
        assert_eq!(path.exists(), remains, "{lock}");
    }
}

#[test]
fn what_was_restored_by_other_means_is_adopted_anew() {
    let stranger = Stranger::new();
    let manifests = ["Cargo.toml", "other/Cargo.toml"];
    let before = manifests.map(|file| stranger.read(file));
    let lock = stranger.root().join("Cargo.lock");
    fs::write(&lock, "version = 4\n# old\n").unwrap();
    stranger.succeed("cargo benchlens adopt");
    for (file, text) in manifests.iter().zip(&before) {
        fs::write(stranger.root().join(file), text).unwrap();
    }
    fs::write(&lock, "version = 4\n# new\n").unwrap();
    stranger.succeed("cargo benchlens adopt");
    stranger.succeed("cargo benchlens adopt --undo");
    assert_eq!(before, manifests.map(|file| stranger.read(file)));
    assert_eq!(stranger.read("Cargo.lock"), "version = 4\n# new\n");
}

#[test]
fn without_what_was_kept_undo_says_what_to_do() {
    let stranger = Stranger::new();
    stranger.succeed("cargo benchlens adopt");
    stranger.succeed("rm -r target");
    let (code, said) = stranger.code("cargo benchlens adopt --undo");
    assert_eq!(code, 1, "{said}");
    for part in ["cargo clean", "Cargo.toml and 1 more", "version control"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn a_manifest_that_was_changed_since_is_not_overwritten() {
    let stranger = Stranger::new();
    stranger.succeed("cargo benchlens adopt");
    let changed = stranger.read("other/Cargo.toml") + "\n[lints.rust]\n";
    fs::write(stranger.root().join("other/Cargo.toml"), &changed).unwrap();
    let (code, said) = stranger.code("cargo benchlens adopt --undo");
    assert_eq!(code, 1, "{said}");
    assert_eq!(stranger.read("other/Cargo.toml"), changed);
    assert!(
        stranger.read("Cargo.toml").contains("benchlens-criterion"),
        "nothing is half undone"
    );
}
