//! An ordinary workspace after a run, made by hand: two packages, three benches, and their results.
#![allow(dead_code, reason = "each test uses its own part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use benchlens::failure::Failure;
use benchlens::store::folder::Writer;
use benchlens::store::{self, Environment, LensRun, RowFile};
use benchlens::{CaseId, CaseInfo, Figure, Lens, Metric, SuiteInfo};

const RUN: &str = "one";

const MANIFEST: &str = r#"# The members come first.
[workspace]
members = ["mine", "other"]
resolver = "2"

[workspace.dependencies]
criterion = { version = "0.5", default-features = false } # no plots
"#;

const MINE: &str = r#"[package]
name = "mine"
version = "0.1.0"
edition = "2021"

[dev-dependencies]
# What times it.
criterion = { workspace = true, features = ["cargo_bench_support"] }

[[bench]]
name = "parse"
harness = false

[[bench]]
name = "to-text"
harness = false
"#;

const OTHER: &str = r#"[package]
name = "other"
version = "0.1.0"
edition = "2021"

[dev-dependencies.criterion]
version = "0.4" # old
features = ["html_reports"]

[[bench]]
name = "parse"
harness = false
"#;

/// Profiles of two functions of the package `mine`, by callgrind and by dhat.
const CALLGRIND: &str = "version: 1\ncreator: callgrind-3.19.0\ncmd: /gone/parse --bench\npart: 1\n\
    positions: instr line\nevents: Ir\nob=(1) /gone/parse\nfl=(1) mine/src/lib.rs\nfn=(1) mine::split\n\
    0x10 2 700\n0x14 3 200\nfn=(2) memcpy\nfl=(2) ???\n0x40 0 100\ntotals: 1000\n";
const DHAT: &str = r#"{"dhatFileVersion":2,"mode":"rust-heap","verb":"Allocated","bklt":true,"bkacc":false,
    "tu":"µs","Mtu":"s","cmd":"/gone/parse","pid":1,"tg":1,"te":2,
    "ftbl":["[root]","0x1: alloc::alloc::alloc (alloc/src/alloc.rs:1:1)",
    "0x2: mine::split (mine/src/lib.rs:3:5)"],
    "pps":[{"tb":64,"tbk":2,"tl":0,"mb":0,"mbk":0,"gb":32,"gbk":1,"eb":0,"ebk":0,"fs":[1,2]}]}"#;

pub(crate) struct Stranger {
    folder: tempfile::TempDir,
}

impl Stranger {
    /// Only sources and manifests.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("Cargo.toml", MANIFEST);
        write("mine/Cargo.toml", MINE);
        write("other/Cargo.toml", OTHER);
        write(
            "mine/src/lib.rs",
            "pub fn split(text: &str) -> Vec<&str> {\n    let words = text.split(' ');\n    words.collect()\n}\n",
        );
        write("other/src/lib.rs", "pub fn other() {}\n\n\n");
        for bench in [
            "mine/benches/parse",
            "mine/benches/to-text",
            "other/benches/parse",
        ] {
            write(&format!("{bench}.rs"), "fn main() {}\n");
        }
        Self { folder }
    }

    /// A workspace with the results of all benches.
    pub(crate) fn measured() -> Self {
        let stranger = Self::new();
        stranger.write_results("a", 2);
        stranger
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn results(&self) -> PathBuf {
        self.root().join("target/benchlens")
    }

    /// Replaces the results, with this C library and this many blocks in the first case.
    pub(crate) fn write_results(&self, libc: &str, allocations: u64) {
        let split = |input: &str| CaseId::new("parse", "split", input);
        let results = self.results();
        write(
            &results.join("mine/parse"),
            &[split("short"), split("long")],
            libc,
            allocations,
        );
        write(
            &results.join("mine/to_text"),
            &[CaseId::new("", "print", "")],
            libc,
            0,
        );
        write(&results.join("other/parse"), &[split("short")], libc, 7);
    }

    /// Records that a case could not be counted, and removes its figures.
    pub(crate) fn fail_case(&self, bench: &str, input: &str) {
        let folder = self.results().join(bench);
        let writer = Writer::lock(&folder).unwrap();
        let case = CaseId::new("parse", "split", input);
        for lens in [Lens::Heap, Lens::Instructions] {
            let mut rows = store::read_rows(&folder, lens).unwrap();
            rows.retain(|row| row.case != case);
            let encoded = store::encode_rows(&rows).unwrap();
            writer
                .replace(RowFile::from(lens).name(), &encoded)
                .unwrap();
            let record = store::read_record(&folder).unwrap();
            let mut run = record.lenses[&lens].clone();
            run.failures = vec![Failure::of(&case, "it panicked")];
            store::write_record(&writer, record.environment, lens, run).unwrap();
        }
    }

    /// Records which package the runs of a bench were of.
    pub(crate) fn of_package(&self, bench: &str, package: &Path) {
        let folder = self.results().join(bench);
        let writer = Writer::lock(&folder).unwrap();
        for (lens, run) in store::read_record(&folder).unwrap().lenses {
            let run = LensRun {
                package: store::package_at(package),
                ..run
            };
            store::write_record(&writer, Environment::default(), lens, run).unwrap();
        }
    }

    /// Runs a shell line in the workspace, where `cargo benchlens` is this command.
    pub(crate) fn shell(&self, line: &str) -> Output {
        let line = line.replace("cargo benchlens", "\"$COMMAND\" benchlens");
        Command::new("sh")
            .args(["-c", &line])
            .env("COMMAND", env!("CARGO_BIN_EXE_cargo-benchlens"))
            .current_dir(self.root())
            .env_remove("CARGO_TARGET_DIR")
            .env("CARGO_NET_OFFLINE", "true")
            .output()
            .unwrap()
    }

    /// The output of a line that must succeed.
    pub(crate) fn succeed(&self, line: &str) -> String {
        let output = self.shell(line);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The exit code and the output of a line.
    pub(crate) fn code(&self, line: &str) -> (i32, String) {
        let output = self.shell(line);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        (output.status.code().unwrap(), said)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.root().join(file)).unwrap()
    }

    /// The files that the examples in the help name.
    pub(crate) fn write_profiles(&self) {
        for (name, text) in [
            ("dhat-heap.json", DHAT.to_owned()),
            ("before.json", DHAT.to_owned()),
            ("after.json", DHAT.replace("\"tbk\":2", "\"tbk\":5")),
            ("callgrind.out.4711", CALLGRIND.to_owned()),
        ] {
            fs::write(self.root().join(name), text).unwrap();
        }
    }
}

fn write(folder: &Path, cases: &[CaseId], libc: &str, allocations: u64) {
    let writer = Writer::lock(folder).unwrap();
    let environment = Environment {
        cores: 2,
        rustc: "1".to_owned(),
        profile: "p".to_owned(),
        libc: libc.to_owned(),
        ..Environment::default()
    };
    let of_lens = |lens| -> Vec<Figure> {
        (cases.iter())
            .map(|case| match lens {
                Lens::Heap => Figure::exact(case.clone(), Metric::Allocations, allocations),
                Lens::Instructions => Figure::exact(case.clone(), Metric::Instructions, 1000),
                Lens::Time => Figure::measured(case.clone(), Metric::Time, 12.5),
            })
            .map(|figure| Figure {
                run: RUN.to_owned(),
                executable: "x".to_owned(),
                ..figure
            })
            .collect()
    };
    for lens in Lens::ALL {
        let encoded = store::encode_rows(&of_lens(lens)).unwrap();
        writer
            .replace(RowFile::from(lens).name(), &encoded)
            .unwrap();
        let run = LensRun {
            run: RUN.to_owned(),
            selected: cases.len(),
            of: cases.len(),
            ..LensRun::default()
        };
        store::write_record(&writer, environment.clone(), lens, run).unwrap();
        // The time lens writes no profile: samples are taken only on request.
        let text = match lens {
            Lens::Time => continue,
            Lens::Heap => DHAT,
            Lens::Instructions => CALLGRIND,
        };
        for path in (cases.iter()).filter_map(|case| store::profile(folder, lens, RUN, case)) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    let (package, suite) = (folder.parent().unwrap(), folder.file_name().unwrap());
    let declared = SuiteInfo {
        package: package.file_name().unwrap().to_string_lossy().into_owned(),
        suite: suite.to_string_lossy().into_owned(),
        cases: cases.iter().cloned().map(CaseInfo::of).collect(),
    };
    store::write_cases(&writer, &declared, |_| false).unwrap();
}
