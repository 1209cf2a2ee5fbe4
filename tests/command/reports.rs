//! The verbs that read results, as a process: the examples in their help and in the documents, names of
//! cases, missing profiles, and names that would do harm on a terminal.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use benchlens::memory::About;
use benchlens::report::timeline::Timeline;
use benchlens::store;
use benchlens::store::folder::Writer;
use benchlens::{CaseId, CaseInfo, Lens, Metric, PairSide, Role, SuiteInfo};

use crate::process::{process, said};
use crate::results::{self, RUN, row};

const RECORD: &str = "results/record/2026-11-26-x86_64-2-cores";
/// A profile with one stack, in a function of another project.
const PROFILE: &str = r#"{"dhatFileVersion":2,"mode":"rust-heap","ftbl":["[root]",
    "0x1: theirs::FUNCTION (theirs/src/lib.rs:1:1)"],
    "pps":[{"tb":64,"tbk":1,"tl":0,"mb":0,"mbk":0,"gb":64,"gbk":1,"eb":0,"ebk":0,"fs":[1]}]}"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a shell command in `folder`, with the command on `PATH`.
fn shell(line: &str, folder: &Path) -> Output {
    let command = PathBuf::from(process().get_program());
    let path = std::env::var("PATH").unwrap();
    Command::new("sh")
        .args(["-c", line])
        .env(
            "PATH",
            format!("{}:{path}", command.parent().unwrap().display()),
        )
        .current_dir(folder)
        .output()
        .unwrap()
}

fn succeed(line: &str, folder: &Path) -> String {
    let output = shell(line, folder);
    let (code, said) = said(&output);
    assert_eq!(code, 0, "{line}: {said}");
    said
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

fn write_profile(results: &Path, run: &str, case: &CaseId, function: &str) {
    let path = store::profile(results, Lens::Heap, run, case).unwrap();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, PROFILE.replace("FUNCTION", function)).unwrap();
}

/// The project's folder after a run, with the recorded run as the last one.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    symlink(root().join("src"), folder.path().join("src")).unwrap();
    for kept in [RECORD, "results/baseline"] {
        copy(&root().join(kept), &folder.path().join(kept));
    }
    let latest = folder.path().join("results/latest");
    copy(&root().join(RECORD), &latest);
    for figure in store::read_rows(&latest, Lens::Heap).unwrap() {
        write_profile(&latest, &figure.run, &figure.case, "allocate");
    }
    folder
}

/// Stores a timeline of a case, as `timeline` does.
fn keep_timeline(results: &Path, case: CaseId) {
    let (_, recording) = benchlens::region::record(|| drop(benchlens::region!("work")));
    let timeline = Timeline {
        case,
        executable: String::new(),
        recording,
        overhead: None,
    };
    store::keep_timeline(results, &timeline).unwrap();
}

/// Writes the files that the examples name, and the instruction profiles.
fn write_examples(folder: &Path) {
    let fixtures = root().join("crates/benchlens/fixtures/profiles");
    for (name, file) in [
        ("dhat-heap.json", "dhat.json"),
        ("before.json", "dhat.json"),
        ("after.json", "dhat.json"),
        ("callgrind.out.4711", "callgrind.out"),
    ] {
        fs::copy(fixtures.join(file), folder.join(name)).unwrap();
    }
    let latest = folder.join("results/latest");
    keep_timeline(&latest, CaseId::new("rewrite", "alg_one", "dense"));
    for figure in store::read_rows(&latest, Lens::Instructions).unwrap() {
        let path = store::profile(&latest, Lens::Instructions, &figure.run, &figure.case).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::copy(fixtures.join("callgrind.out"), path).unwrap();
    }
}

/// The lines of the examples in a verb's help.
fn examples(verb: &str, folder: &Path) -> Vec<String> {
    let help = succeed(&format!("benchlens {verb} --help"), folder);
    let examples = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    (examples.take_while(|line| line.starts_with("  ")))
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn every_example_in_help_works_as_it_stands() {
    let folder = project();
    write_examples(folder.path());
    let mut run = 0;
    for verb in [
        "table", "lines", "top", "graph", "export", "page", "compare", "accept", "gate",
        "inlining", "timeline",
    ] {
        let examples = examples(verb, folder.path());
        assert!(!examples.is_empty(), "{verb} has no example");
        for line in examples {
            // Commands that measure, and other tools, are not run in a test.
            let line = line.strip_prefix("cargo bench && ").unwrap_or(&line);
            let measures = [
                "benchlens compare main",
                "benchlens compare v1.0",
                "benchlens profile",
            ];
            let measures = measures.iter().any(|it| line.starts_with(it))
                || line.starts_with("benchlens timeline") && !line.contains("--kept")
                || line.contains("--by samples");
            if line.starts_with("benchlens ") && !measures {
                succeed(line, folder.path());
                run += 1;
            }
        }
    }
    assert!(run >= 15, "{run}");
}

/// Writes the input files of the jobs' examples.
fn inputs(folder: &Path) {
    for name in [
        "in",
        "in.txt",
        "a.rs",
        "notes.txt",
        "licence.old",
        "licence.new",
    ] {
        fs::write(folder.join(name), "foo and elvis").unwrap();
    }
    let feed = "<rss><channel><item><title>the president</title></item></channel></rss>";
    for name in ["feeds/a.xml", "feeds/a.html", "more/b.rss", "newsfeed.xml"] {
        fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        fs::write(folder.join(name), feed).unwrap();
    }
    let packed = fs::File::create(folder.join("more/c.xml.gz")).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    encoder.write_all(feed.as_bytes()).unwrap();
    encoder.finish().unwrap();
}

#[test]
fn every_example_of_the_jobs_works_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    inputs(folder.path());
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/a.rs"), "// TODO").unwrap();
    let mut run = 0;
    for verb in ["", "list", "rewrite", "freq", "generate"] {
        let examples = examples(verb, folder.path());
        assert!(!examples.is_empty(), "{verb} has no example");
        for line in examples {
            // In the command's own help, a description follows each example.
            let line = line.split("   ").next().unwrap_or(&line);
            if line.contains("benchlens ") && !line.contains("https://") {
                succeed(line, folder.path());
                run += 1;
            }
        }
    }
    assert!(run >= 15, "{run}");
    assert_eq!(
        fs::read_to_string(folder.path().join("src/a.rs")).unwrap(),
        "// "
    );
}

#[test]
fn every_example_of_the_documents_works_as_it_stands() {
    let folder = project();
    inputs(folder.path());
    let documents = ["README.md", "docs/suite.md"];
    let text = documents.map(|path| fs::read_to_string(root().join(path)).unwrap());
    let text = text.concat();
    let mut run = 0;
    for line in text.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let line = line.split("   #").next().unwrap_or(line).trim();
        let line = line.replace("cargo run --release -- ", "benchlens ");
        // A test does not run what measures and compiles.
        let line = line.strip_prefix("cargo bench && ").unwrap_or(&line);
        // It reads the machine code of a bench, which is not built here.
        let needs_bench = line.starts_with("benchlens asm");
        if line.starts_with("benchlens ") && !needs_bench {
            succeed(line, folder.path());
            run += 1;
        }
    }
    assert!(run >= 12, "{run}");
}

#[test]
fn a_case_is_named_as_the_table_names_it() {
    let folder = project();
    let exported = |case: &str| {
        succeed(
            &format!("benchlens export {case} --to folded"),
            folder.path(),
        )
    };
    for case in [
        "rewrite/alg_one/dense",
        "rewrite/alg_one",
        "rewrite/alg_one --input sparse",
        "freq/sequential",
        "inlining/alg_one",
        "'rewrite/copy (control)' --input seed",
    ] {
        assert_eq!(exported(case), "theirs::allocate 64\n", "{case}");
    }
    for (case, words) in [
        (
            "rewrite/dance",
            "has no case rewrite/dance: `benchlens table` names them",
        ),
        (
            "rewrite/alg_one --input dance",
            "has no case rewrite/alg_one on dance",
        ),
        ("freq/sequential/feeds_4000", "was only timed"),
    ] {
        let output = shell(
            &format!("benchlens export {case} --to pprof"),
            folder.path(),
        );
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_profile_that_is_not_there_is_n_a_and_not_zero() {
    let folder = project();
    let said = succeed("benchlens lines rewrite/alg_one/seed", folder.path());
    assert!(
        said.contains("1 allocations, 64 bytes, n/a instructions"),
        "{said}"
    );
    assert!(
        said.contains("no profile of the lens instructions"),
        "{said}"
    );
    fs::remove_dir_all(folder.path().join("results/latest/dhat")).unwrap();
    for verb in [
        "lines rewrite/alg_one",
        "top",
        "export rewrite/alg_one --to folded",
    ] {
        let output = shell(&format!("benchlens {verb}"), folder.path());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("profile") && said.contains("cargo bench"),
            "{said}"
        );
    }
}

#[test]
fn stacks_of_a_case_that_allocates_nothing_say_so() {
    let folder = project();
    let latest = folder.path().join("results/latest");
    let figures = store::read_rows(&latest, Lens::Heap).unwrap();
    let none = figures
        .iter()
        .find(|it| it.case.subject == "vector")
        .unwrap();
    let path = store::profile(&latest, Lens::Heap, &none.run, &none.case).unwrap();
    let empty = r#"{"dhatFileVersion":2,"mode":"rust-heap","ftbl":["[root]"],"pps":[]}"#;
    fs::write(path, empty).unwrap();
    let said = succeed("benchlens export rewrite/vector --to folded", folder.path());
    assert!(said.contains("allocates nothing: no stacks"), "{said}");
}

const HOSTILE: &str = "a|b\nforged: 0\r\u{1b}[31m\u{9b}\u{202e}\u{2066}";

/// Writes results in which every name is hostile.
fn hostile_results(folder: &Path) {
    let latest = folder.join("results/latest");
    let case = |input: &str| CaseId::new(format!("g{HOSTILE}"), format!("s{HOSTILE}"), input);
    let cases = [case("called"), case("inlined"), case(HOSTILE)];
    let rows = |metric| cases.each_ref().map(|case| row(case, metric, 7));
    let (heap, instructions) = (rows(Metric::Allocations), rows(Metric::Instructions));
    results::write(&latest, &heap, &instructions, HOSTILE);
    let pair = PairSide {
        function: format!("mine::{HOSTILE}"),
        callee: format!("mine::{HOSTILE}"),
    };
    let mut declared = cases.each_ref().map(|id| CaseInfo {
        pair: Some(pair.clone()),
        summary: Some(HOSTILE.to_owned()),
        ..CaseInfo::of(id.clone())
    });
    declared[2].pair = None;
    declared[2].role = Role::Peer;
    let suite = SuiteInfo {
        package: HOSTILE.to_owned(),
        suite: HOSTILE.to_owned(),
        cases: declared.to_vec(),
    };
    let writer = Writer::lock(&latest).unwrap();
    store::write_cases(&writer, &suite, |_| false).unwrap();
    let function = serde_json::to_string(HOSTILE).unwrap();
    let function = function.trim_matches('"');
    drop(writer);
    for case in &cases {
        write_profile(&latest, RUN, case, function);
        let about = About {
            case: case.clone(),
            allocator: HOSTILE.to_owned(),
            settings: vec![HOSTILE.to_owned()],
            ..About::default()
        };
        let samples = "1000,calls\u{1b}[31m,1,,4096,1,0\n".repeat(2);
        store::keep_memory(&latest, &about, &samples).unwrap();
    }
}

#[test]
fn no_name_reaches_a_terminal_unescaped() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    hostile_results(folder.path());
    let case = format!("'g{HOSTILE}/s{HOSTILE}/called'");
    let mut seen = String::new();
    for line in [
        "table".to_owned(),
        "table --format markdown".to_owned(),
        "accept".to_owned(),
        "gate".to_owned(),
        "compare results/baseline results/latest".to_owned(),
        "inlining".to_owned(),
        "top".to_owned(),
        format!("lines {case}"),
        format!("memory --kept {case}"),
        format!("memory '{HOSTILE}'"),
        format!("export {case} --to folded"),
        format!("lines '{HOSTILE}'"),
        format!("inlining '{HOSTILE}dance'"),
    ] {
        let output = shell(&format!("benchlens {line}"), folder.path());
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.is_empty(), "{line}");
        let is_harmful = |letter: char| {
            letter != '\n' && (letter.is_control() || "\u{202e}\u{2066}".contains(letter))
        };
        assert!(!said.contains(is_harmful), "{line}: {said:?}");
        assert!(
            !said.lines().any(|line| line.starts_with("forged")),
            "{line}: {said}"
        );
        seen.push_str(&said);
    }
    assert!(seen.matches("a|b\\nforged").count() > 10, "{seen}");
    assert!(seen.contains("a\\|b\\nforged"), "in Markdown: {seen}");
}

#[test]
fn a_changed_figure_with_such_a_name_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    hostile_results(folder.path());
    assert!(shell("benchlens accept", folder.path()).status.success());
    let latest = folder.path().join("results/latest");
    let mut rows = store::read_rows(&latest, Lens::Heap).unwrap();
    rows[0].value = benchlens::Value::Count(8);
    let writer = Writer::lock(&latest).unwrap();
    store::replace_rows(&writer, Lens::Heap, &rows, |_| true).unwrap();
    drop(writer);
    let output = shell("benchlens gate", folder.path());
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.lines().count(), 2, "{said}");
    let compared = succeed(
        "benchlens compare results/baseline results/latest",
        folder.path(),
    );
    let columns: Vec<_> = (compared.lines().filter(|line| line.contains("forged")))
        .map(|line| line.replace("\\|", "").matches('|').count())
        .collect();
    assert_eq!(columns, [6], "{compared}");
}

#[test]
fn a_timeline_is_a_page_a_trace_or_text() {
    let folder = project();
    let latest = folder.path().join("results/latest");
    keep_timeline(&latest, CaseId::new("rewrite", "alg_one", "dense"));
    keep_timeline(&latest, CaseId::new("rewrite", "alg_two", "dense"));
    let read = |file: &str| fs::read(folder.path().join(file)).unwrap();
    let both = "benchlens timeline --kept rewrite/alg_one/dense rewrite/alg_two/dense";
    let said = succeed(&format!("{both} -o both.html"), folder.path());
    assert!(said.contains("rewrite/alg_two/dense: 1 call in "), "{said}");
    assert!(said.contains("wrote both.html"), "{said}");
    assert!(read("both.html").starts_with(b"<!doctype html>"));
    let one = "benchlens timeline --kept rewrite/alg_one/dense";
    succeed(&format!("{one} -o one.pftrace"), folder.path());
    // The first packet, as field 1 of the message.
    assert_eq!(read("one.pftrace")[0], 0x0a);
    let json = succeed(&format!("{one} --format json"), folder.path());
    let shown: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(shown[0]["sums"][0]["name"], "call", "{json}");
    // The page of the run has both timelines, too.
    succeed("benchlens page -o page.html", folder.path());
    let page = String::from_utf8(read("page.html")).unwrap();
    assert!(page.contains("id=\"timelines\"") && page.contains("<h3>rewrite/alg_two/dense</h3>"));
}

#[test]
fn a_timeline_that_cannot_be_shown_is_said_to_be_so() {
    let folder = project();
    let fail = |line: &str, expected: (i32, &str)| {
        let output = shell(line, folder.path());
        let (code, said) = said(&output);
        assert_eq!(code, expected.0, "{line}: {said}");
        assert!(said.contains(expected.1), "{line}: {said}");
    };
    let none = "has no timeline of rewrite/alg_one/dense: `benchlens timeline rewrite/alg_one/dense` takes one";
    fail("benchlens timeline --kept rewrite/alg_one/dense", (1, none));
    fail(
        "benchlens timeline rewrite/no_such",
        (2, "has no case rewrite/no_such"),
    );
    fail("benchlens timeline", (2, "<CASE>"));
    fail(
        "benchlens timeline rewrite/alg_one --rounds 0",
        (2, "rounds"),
    );
    let two = "benchlens timeline --kept rewrite/alg_one rewrite/alg_two -o it.pftrace";
    fail(two, (2, "a trace holds one case"));
    // A record that was taken elsewhere names no executable.
    fail(
        "benchlens timeline rewrite/alg_one/dense",
        (1, "run `cargo bench` to measure it again"),
    );
    let latest = folder.path().join("results/latest");
    let path = store::timeline(&latest, &CaseId::new("rewrite", "alg_one", "dense"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "not compressed").unwrap();
    fail(
        "benchlens timeline --kept rewrite/alg_one/dense",
        (1, "json.gz: invalid gzip header: `benchlens timeline"),
    );
    // The page names what is broken, and shows the rest.
    succeed("benchlens page -o page.html", folder.path());
    let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("1 could not be read"));
}
