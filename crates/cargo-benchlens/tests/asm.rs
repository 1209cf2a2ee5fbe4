//! `asm` as a process, on a small program that callgrind counts.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod program;
mod stranger;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use benchlens::Lens;
use benchlens::store::folder::Writer;
use benchlens::store::{self, RowFile};
use program::{SOURCE, panic, profiled, run, said};
use serde_json::Value;
use stranger::Stranger;

fn succeed(arguments: &str, folder: &Path) -> String {
    let output = run(arguments, folder, b"");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{arguments}: {}",
        said(&output)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn fail(arguments: &str, folder: &Path, code: i32) -> String {
    let output = run(arguments, folder, b"");
    assert_eq!(
        output.status.code(),
        Some(code),
        "{arguments}: {}",
        said(&output)
    );
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

fn json(arguments: &str, folder: &Path) -> Value {
    serde_json::from_str(&succeed(&format!("{arguments} --format json"), folder)).unwrap()
}

/// Counts of instructions in a function, by offset.
fn steps(function: &Value) -> Vec<(u64, u64)> {
    let rows = function["rows"].as_array().unwrap().iter();
    rows.filter(|row| row["row"] == "instruction")
        .map(|row| {
            (
                row["offset"].as_u64().unwrap(),
                row["executed"].as_u64().unwrap(),
            )
        })
        .collect()
}

/// Instructions by function as `callgrind_annotate` gives them, and their total.
fn annotated(folder: &Path) -> (u64, BTreeMap<String, u64>) {
    let output = Command::new("callgrind_annotate")
        .args(["--threshold=100", "--auto=no", "profile"])
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let count = |line: &str| -> Option<u64> {
        line.split_whitespace()
            .next()?
            .replace(',', "")
            .parse()
            .ok()
    };
    let total = text.lines().find(|line| line.contains("PROGRAM TOTALS"));
    let mut functions = BTreeMap::new();
    for line in text.lines() {
        // `32 ( 0.01%)  file:function [object]`, and without the object where the line is long.
        let name = line.split_once("%)  ").map(|(_, rest)| rest);
        let name = name.map(|rest| rest.split_once(" [").map_or(rest, |(name, _)| name));
        if let Some((name, count)) = name.zip(count(line)) {
            let name = name.trim().split_once(':').map_or(name, |(_, name)| name);
            *functions.entry(name.to_owned()).or_default() += count;
        }
    }
    (total.and_then(count).unwrap(), functions)
}

#[test]
fn every_instruction_has_the_count_of_callgrind() {
    let folder = profiled();
    let folder = folder.path();
    let view = json("asm --profile profile --count 1000", folder);
    let (total, functions) = annotated(folder);
    assert_eq!(view["total"], total);
    let sum = |name: &str, field: &str| -> u64 {
        let parts = view[name].as_array().unwrap().iter();
        parts.map(|part| part[field].as_u64().unwrap()).sum()
    };
    assert_eq!(
        sum("functions", "executed") + sum("external", "instructions"),
        total
    );
    // Code in libc is listed separately, with its object.
    let external = view["external"].as_array().unwrap();
    let is_libc = |part: &&Value| part["object"].as_str().unwrap().contains("libc");
    assert!(external.iter().any(|part| is_libc(&part)));
    let known = json("asm known --profile profile", folder);
    let function = &known["functions"][0];
    assert_eq!(
        steps(function),
        [(0, 1), (2, 10), (5, 10), (8, 10), (10, 1)]
    );
    assert_eq!(
        (function["executed"].as_u64(), functions["known"]),
        (Some(32), 32)
    );
    for (name, annotated) in functions
        .iter()
        .filter(|(name, _)| name.starts_with("program::"))
    {
        let view = json(&format!("asm {name} --profile profile"), folder);
        let executed = view["functions"].as_array().unwrap().iter();
        let executed: u64 = executed.map(|it| it["executed"].as_u64().unwrap()).sum();
        assert_eq!(executed, *annotated, "{name}");
    }
}

#[test]
fn the_code_is_shown_with_its_source_and_its_marks() {
    let folder = profiled();
    let folder = folder.path();
    let text = succeed("asm --profile profile", folder);
    let line = |part: &str| {
        let found = text.lines().find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("no {part} in {text}"))
    };
    assert!(line("◂ allocates").contains("__rust_alloc"));
    // The target of an indirect call is the function that callgrind saw it reach.
    assert!(line("→ program::doubled").contains("call    *%"));
    assert!(line("◂ frees").contains("__rust_dealloc"));
    assert!(
        line("◂ panics").trim_start().starts_with(". "),
        "not executed"
    );
    let number = 1 + SOURCE
        .lines()
        .position(|line| line.contains("fn boxed"))
        .unwrap();
    assert!(line("fn boxed(number: u64)").contains(&format!("program.rs:{number} ")));
    assert!(line("↳ inlined program::inner").contains("values[at]"));
    let known = succeed("asm known --profile profile --intel", folder);
    let words: Vec<_> = known.split_whitespace().collect();
    assert!(words.join(" ").contains("10 +0x2 add rax, rdi"), "{known}");
    assert!(succeed("asm known --profile profile", folder).contains("add     %rdi, %rax"));
    let lines = succeed("asm program::outer --profile profile --lines", folder);
    let order: Vec<_> = (lines.lines())
        .filter_map(|line| {
            line.split("program.rs:")
                .nth(1)?
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .collect::<Vec<u32>>();
    let outer = SOURCE.lines().position(|line| line.contains("fn outer"));
    let first = 1 + outer.unwrap() as u32;
    let own = order
        .iter()
        .filter(|line| (first..first + 3).contains(*line));
    let own: Vec<_> = own.collect();
    assert!(own.is_sorted() && own.len() >= 2, "{lines}");
}

#[test]
fn an_offset_and_an_address_lead_to_their_instruction() {
    let folder = profiled();
    let folder = folder.path();
    let known = json("asm known --executable program", folder);
    assert!(known["total"].is_null() && known["functions"][0]["executed"].is_null());
    let address = known["functions"][0]["address"].as_u64().unwrap();
    for place in [
        "known+0x6".to_owned(),
        "known+6".to_owned(),
        format!("{:#x}", address + 6),
    ] {
        let view = json(&format!("asm {place} --profile profile"), folder);
        assert_eq!(view["asked"][0]["offset"], 6, "{place}");
        let rows = view["functions"][0]["rows"].as_array().unwrap().iter();
        let wanted: Vec<_> = rows.filter(|row| row["is_wanted"] == true).collect();
        assert_eq!(wanted.len(), 1);
        assert_eq!(
            (wanted[0]["offset"].as_u64(), wanted[0]["executed"].as_u64()),
            (Some(5), Some(10))
        );
    }
    // The instruction after a call is shown as the place where that call returns.
    let outer = json("asm program::boxed --executable program --intel", folder);
    let rows = outer["functions"][0]["rows"].as_array().unwrap();
    let call = rows
        .iter()
        .position(|row| row["target"]["role"] == "allocates")
        .unwrap();
    let next = rows[call + 1..]
        .iter()
        .find(|row| row["row"] == "instruction")
        .unwrap();
    let text = succeed(
        &format!("asm program::boxed+{} --executable program", next["offset"]),
        folder,
    );
    let at = format!(
        "where the call at +{:#x} returns",
        rows[call]["offset"].as_u64().unwrap()
    );
    assert!(text.contains(&at), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with('→')).count(), 1);
}

#[test]
fn what_cannot_be_shown_is_said() {
    let folder = profiled();
    let folder = folder.path();
    for (arguments, code, reason) in [
        ("asm", 2, "NAME"),
        (
            "asm gone --profile profile",
            2,
            "no function of the counted executables is called gone",
        ),
        (
            "asm gone --executable program",
            2,
            "has no function called gone",
        ),
        (
            "asm known+0xfff --executable program",
            2,
            "no function that reaches to",
        ),
        (
            "asm 0x7fffffffffff --executable program",
            2,
            "moved to where it was loaded",
        ),
        (
            "asm known --executable program.rs",
            1,
            "is no executable or library",
        ),
        (
            "asm known --executable none",
            1,
            "cannot read the executable none",
        ),
        (
            "asm known --executable program --profile profile",
            2,
            "cannot be used with",
        ),
        (
            "asm known --profile profile --function gone --case x",
            2,
            "cannot be used with",
        ),
        (
            "trace --executable program",
            2,
            "has no frame and no panic message",
        ),
    ] {
        let said = fail(arguments, folder, code);
        assert!(said.contains(reason), "{arguments}: {said}");
    }
    // The case exists, but did not execute the function.
    let said = fail("asm profile --profile profile --function gone", folder, 2);
    assert!(said.contains("executed no function called gone"), "{said}");
}

#[test]
fn another_executable_than_the_counted_one_is_not_shown() {
    let folder = profiled();
    let folder = folder.path();
    // Another build has other code.
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    let file = fs::File::options()
        .append(true)
        .open(folder.join("program"))
        .unwrap();
    file.set_modified(later).unwrap();
    let said = fail("asm known --profile profile", folder, 1);
    assert!(said.contains("was rebuilt since the profile"), "{said}");
    fs::remove_file(folder.join("program")).unwrap();
    let said = fail("asm --profile profile", folder, 1);
    assert!(said.contains("is gone"), "{said}");
    // Without addresses there are no instructions.
    let fixture = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../benchlens/fixtures/profiles/callgrind.out"
    );
    let text = fs::read_to_string(fixture).unwrap();
    if text.contains("positions: line") {
        fs::write(folder.join("by-line"), text).unwrap();
        let said = fail("asm --profile by-line", folder, 1);
        assert!(said.contains("--dump-instr=yes"), "{said}");
    }
}

/// A workspace whose case was counted with this program as its bench.
fn measured(program: &Path) -> Stranger {
    let stranger = Stranger::measured();
    let results = stranger.results().join("mine/parse");
    let profile = fs::read(program.join("profile")).unwrap();
    let mut hasher = std::hash::DefaultHasher::new();
    std::hash::Hasher::write(&mut hasher, &fs::read(program.join("program")).unwrap());
    let hash = format!("{:016x}", std::hash::Hasher::finish(&hasher));
    let mut rows = store::read_rows(&results, Lens::Instructions).unwrap();
    for row in &mut rows {
        row.executable.clone_from(&hash);
        let path = store::profile(&results, Lens::Instructions, &row.run, &row.case).unwrap();
        fs::write(path, &profile).unwrap();
    }
    let writer = Writer::lock(&results).unwrap();
    let encoded = store::encode_rows(&rows).unwrap();
    writer
        .replace(RowFile::from(Lens::Instructions).name(), &encoded)
        .unwrap();
    fs::copy(program.join("program"), stranger.root().join("program")).unwrap();
    fs::write(
        stranger.root().join("panic.txt"),
        panic(&program.join("program"), "1"),
    )
    .unwrap();
    stranger
}

#[test]
fn every_example_works_in_any_crate() {
    let folder = profiled();
    let stranger = measured(folder.path());
    let mut tried = 0;
    for verb in ["asm", "trace"] {
        let help = stranger.succeed(&format!("cargo benchlens {verb} --help"));
        let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
        for line in lines.take_while(|line| line.starts_with("  ")) {
            // The workspace has no tests.
            if !line.contains("cargo test") {
                assert!(!stranger.succeed(line).is_empty(), "{line}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 7, "{tried}");
    let (code, said) = stranger.code("cargo benchlens asm parse/gone");
    assert_eq!(code, 2, "{said}");
    // The executable of the other bench is gone.
    let (code, said) = stranger.code("cargo benchlens asm print --bench to-text");
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("is gone") && said.contains("`cargo bench`"),
        "{said}"
    );
}
