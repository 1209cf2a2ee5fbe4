//! The page: every case is on it, hostile names and source do no harm, and missing parts have a
//! reason.

use std::fs;
use std::path::Path;

use benchlens::assembly::{Code, Instruction, Role as CallRole, Target};
use benchlens::failure::Failure;
use benchlens::memory::About;
use benchlens::profile::inlined::Frame;
use benchlens::profile::samples::{Builder, Facts};
use benchlens::report::lines::sources::Sources;
use benchlens::report::page::{Folders, Project, render};
use benchlens::store::folder::Writer;
use benchlens::store::{self, Environment, LensRun, RowFile};
use benchlens::{
    CaseId, CaseInfo, Dimensions, Figure, Lens, Metric, PairSide, Role, SuiteInfo, Value, Work,
    Worth,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

const HOSTILE: &str = "</script><script>alert(1)</script><!--";
const RUN: &str = "one";

fn cases() -> Vec<CaseInfo> {
    let case = |group: &str, subject: &str, input: &str, role| CaseInfo {
        role,
        work: vec![Work::new("items", 1000)],
        ..CaseInfo::of(CaseId::new(group, subject, input))
    };
    vec![
        case("parse", "plain", "seed", Role::Subject),
        case("parse", "quick", "seed", Role::Subject),
        case("parse", "copy", "seed", Role::Control),
        case("sum", "one", "numbers", Role::Subject),
    ]
}

fn figure(case: &CaseInfo, metric: Metric, value: f64) -> Figure {
    let id = case.id.clone();
    let figure = match metric.lens() {
        Lens::Time => Figure::measured(id, metric, value),
        _ => Figure::exact(id, metric, value as u64),
    };
    Figure {
        run: RUN.to_owned(),
        ..figure
    }
}

fn write_rows(folder: &Path, file: impl Into<RowFile>, rows: &[Figure]) {
    let writer = Writer::lock(folder).unwrap();
    store::replace_rows(&writer, file, rows, |_| true).unwrap();
}

fn write_run(folder: &Path, lens: Lens, run: LensRun) {
    let writer = Writer::lock(folder).unwrap();
    let run = LensRun {
        run: RUN.to_owned(),
        ..run
    };
    store::write_record(&writer, Environment::default(), lens, run).unwrap();
}

/// Results of all lenses except instructions, which could not run.
fn results(cases: &[CaseInfo]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let rows = |lens: Lens, metric, value| {
        let rows: Vec<_> = (cases.iter().enumerate())
            .map(|(index, case)| figure(case, metric, value + index as f64))
            .collect();
        write_rows(folder.path(), lens, &rows);
        write_run(folder.path(), lens, LensRun::default());
    };
    rows(Lens::Time, Metric::Time, 12.5);
    rows(Lens::Heap, Metric::Allocations, 0.0);
    let instructions = LensRun {
        unavailable: Some("valgrind not found: install it".to_owned()),
        ..LensRun::default()
    };
    write_run(folder.path(), Lens::Instructions, instructions);
    let declared = SuiteInfo {
        cases: cases.to_vec(),
        ..SuiteInfo::default()
    };
    let writer = Writer::lock(folder.path()).unwrap();
    store::write_cases(&writer, &declared, |_| true).unwrap();
    folder
}

/// Results of all lenses, including instructions.
fn whole_results(cases: &[CaseInfo]) -> TempDir {
    let folder = results(cases);
    let rows: Vec<_> = (cases.iter())
        .map(|case| figure(case, Metric::Instructions, 1000.0))
        .collect();
    write_rows(folder.path(), Lens::Instructions, &rows);
    write_run(folder.path(), Lens::Instructions, LensRun::default());
    folder
}

/// The baseline that `accept` writes for results.
fn baseline(results: &Path) -> TempDir {
    let baseline = tempfile::tempdir().unwrap();
    let side = benchlens::judge::baseline::read_results(results).unwrap();
    benchlens::judge::baseline::write_baseline(baseline.path(), &side, &[]).unwrap();
    baseline
}

fn page(results: &Path, baseline: &Path, project: Project<'_>) -> String {
    render(Folders { results, baseline }, project).unwrap()
}

fn plain(results: &Path) -> String {
    page(results, Path::new("no such folder"), Project::default())
}

#[test]
fn every_case_is_on_the_page() {
    let results = results(&cases());
    let html = plain(results.path());
    for case in cases() {
        let case = case.id;
        assert!(html.contains(&format!("data-case=\"{case}\"")), "{case}");
    }
    assert!(html.contains("data-v=\"12.5\""));
    assert!(html.contains("class=\"control\"") && html.contains("80 000 000 000 items/s"));
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let results = results(&cases());
    assert_eq!(plain(results.path()), plain(results.path()));
}

#[test]
fn what_is_missing_says_why() {
    let results = results(&cases());
    let html = plain(results.path());
    for words in [
        "The lens instructions has no figures: valgrind not found: install it.",
        "Not measured: valgrind not found: install it.",
        "<li>parse/plain/seed: the run left no profile of it</li>",
        "the project&#39;s source was not available",
        "There is no baseline in no such folder",
        "no case ran with several numbers of threads",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn a_count_beyond_what_a_double_holds_is_written_as_it_is() {
    let cases = cases();
    let results = results(&cases);
    let mut row = figure(&cases[0], Metric::Allocations, 0.0);
    row.value = Value::Count((1 << 53) + 1);
    write_rows(results.path(), Lens::Heap, &[row]);
    assert!(plain(results.path()).contains("data-v=\"9007199254740993\""));
}

#[test]
fn what_mixes_runs_what_failed_and_what_is_not_exact_is_marked() {
    let cases = cases();
    let results = whole_results(&cases);
    let clean = plain(results.path());
    assert!(!clean.contains("id=\"doubts\"") && !clean.contains("class=\"inexact\""));
    let mut rows = store::read_rows(results.path(), Lens::Heap).unwrap();
    rows[0].run = "two".to_owned();
    rows[1].worth = Worth::Shown(Some((1, 3)));
    rows[1].note = "two processes counted 1 and 3".to_owned();
    write_rows(results.path(), Lens::Heap, &rows);
    let failed = LensRun {
        failures: vec![Failure::of(&cases[3].id, "wrong answer")],
        ..LensRun::default()
    };
    let baseline = baseline(results.path());
    write_run(results.path(), Lens::Heap, failed);
    let html = page(results.path(), baseline.path(), Project::default());
    for words in [
        "id=\"doubts\"",
        "<li>heap: rows of 2 different runs</li>",
        "<li>heap: sum/one/numbers: wrong answer</li>",
        "class=\"inexact\" title=\"two processes counted 1 and 3\"",
        "Nothing was judged: these figures are not from one complete run.",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("class=\"verdict passed\"><p>The gate"));
}

#[test]
fn another_machine_is_no_red_verdict() {
    let results = whole_results(&cases());
    let baseline = baseline(results.path());
    let key = baseline.path().join("key.json");
    let other = fs::read_to_string(&key).unwrap();
    fs::write(&key, other.replace("\"libc\": \"\"", "\"libc\": \"9\"")).unwrap();
    let html = page(results.path(), baseline.path(), Project::default());
    assert!(html.contains("instructions are not comparable; the other 4 figures match"));
    assert!(!html.contains("class=\"verdict failed\""));
}

#[test]
fn series_are_drawn_from_their_columns() {
    let mut cases = cases();
    cases[3].work = vec![Work::new("pages", 500)];
    let results = results(&cases);
    let at = |size, threads| Dimensions {
        size,
        threads,
        sample: None,
    };
    let with = |case: usize, metric, value, at| Figure {
        at,
        ..figure(&cases[case], metric, value)
    };
    let threads = [1, 2].map(|n| with(3, Metric::Time, 1e9 / f64::from(n), at(None, Some(n))));
    write_rows(results.path(), RowFile::THREADS, &threads);
    let growth = [1, 2, 4].map(|n| {
        with(
            0,
            Metric::PeakBytes,
            1024.0 * f64::from(n),
            at(Some(n), None),
        )
    });
    write_rows(results.path(), RowFile::GROWTH, &growth);
    let html = plain(results.path());
    for words in [
        "pages a second of sum/one/numbers by threads",
        "2 threads 1 000/s",
        "Throughput of parse/quick by input",
        "a line shows the throughput of the control",
        "1.00 KiB, 2.00 KiB, 4.00 KiB",
        "plain ×4.00",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("Throughput of sum/"), "it has no control");
}

#[test]
fn memory_over_time_is_drawn_and_the_experiment_has_a_table() {
    let results = results(&cases());
    assert!(plain(results.path()).contains("Not recorded: the verb <code>memory</code>"));
    let about = |group: &str, input: &str| About {
        case: CaseId::new(group, HOSTILE, input),
        allocator: "mimalloc".to_owned(),
        settings: vec![format!("A={HOSTILE}")],
        calls: (group == "parse").then_some(7),
        ..About::default()
    };
    let samples = |live: u64| -> String {
        let line = |(time, phase, resident): (u64, &str, u64)| {
            format!("{time}000000000,{phase},{live},,{},7,0\n", resident << 20)
        };
        [
            (1, "load", 64),
            (2, "free", 64),
            (3, "idle", 17),
            (4, "ask", 5),
        ]
        .map(line)
        .concat()
    };
    for (group, input, live) in [("parse", "", 1), ("memory", "", 0), ("memory", "kept", 9)] {
        store::keep_memory(results.path(), &about(group, input), &samples(live)).unwrap();
    }
    let html = plain(results.path());
    assert!(!html.contains("<script>alert"));
    assert_eq!(html.matches("class=\"curve resident\"").count(), 3);
    assert_eq!(
        html.matches("class=\"curve held\" d=\"\"").count(),
        3,
        "n/a"
    );
    for words in [
        "7 calls in 3.00 s, 64.0 MiB resident at most",
        // Resident when loaded, freed and idle, then the time until half was returned; the work was
        // not sampled.
        "<td class=\"figure\">64</td><td class=\"figure\">64</td><td class=\"figure\">17</td>\
         <td class=\"figure\">1.00 s</td><td class=\"figure\">n/a</td>",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let list = results.path().join("memory/recordings.json");
    fs::write(&list, "{").unwrap();
    let html = plain(results.path());
    assert!(html.contains("Cannot be shown:") && html.contains("recordings.json"));
}

#[test]
fn pairs_come_from_what_was_declared() {
    let mut cases = cases();
    for input in ["called", "inlined"] {
        let pair = PairSide {
            function: format!("mine::{input}"),
            callee: "mine::boxed".to_owned(),
        };
        cases.push(CaseInfo {
            pair: Some(pair),
            summary: Some("a box".to_owned()),
            ..CaseInfo::of(CaseId::new("boxes", "one", input))
        });
    }
    let html = plain(results(&cases).path());
    assert!(html.contains("<h3>boxes/one</h3>\n<p class=\"lead\">a box</p>"));
    assert!(html.contains("There is no evidence from machine code and compiler on these pairs"));
    assert!(plain(results(&cases[..4]).path()).contains("This run has no pairs."));
}

/// Asserts that a page has exactly its own scripts, and no external text that would run as code.
fn assert_harmless(html: &str) {
    assert!(!html.contains("<script>alert"));
    assert_eq!(html.matches("<script").count(), 3);
    assert_eq!(html.matches("</script").count(), 3);
    assert_eq!(html.matches("<!--").count(), 0);
}

#[test]
fn a_case_called_script_harms_nothing() {
    let hostile = CaseInfo::of(CaseId::new("parse", HOSTILE, "\"><b>'&"));
    let results = results(&[cases().remove(0), hostile]);
    let html = plain(results.path());
    assert_harmless(&html);
    assert!(html.contains("alert(1)"));
}

#[test]
fn source_with_a_script_in_it_harms_nothing() {
    let results = results(&cases());
    let profile = include_str!("../fixtures/profiles/dhat.json").replace(
        "profile_fixture::boxed",
        &format!("profile_fixture::{HOSTILE}"),
    );
    for case in cases() {
        let path = store::profile(results.path(), Lens::Heap, RUN, &case.id).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &profile).unwrap();
    }
    let project = tempfile::tempdir().unwrap();
    let examples = project.path().join("examples");
    fs::create_dir(&examples).unwrap();
    let line = format!("let text = \"{HOSTILE}\"; // <b>&amp;\n");
    fs::write(examples.join("profile_fixture.rs"), line.repeat(60)).unwrap();
    let sources = Sources::read(project.path(), &["profile_fixture"], "nowhere").unwrap();
    let known = Project {
        sources: Some(&sources),
        ..Project::default()
    };
    let html = page(results.path(), Path::new("no such folder"), known);
    assert_harmless(&html);
    assert!(html.contains("let text ="), "the source is shown");
    // Either way of escaping special characters.
    let escaped = ["&lt;b&gt;&amp;amp;", "&#60;b&#62;&#38;amp;"];
    assert_eq!(escaped.iter().filter(|way| html.contains(**way)).count(), 1);
}

/// The stored machine code of a function that calls the allocator, or does not.
fn code(function: &str, allocates: bool) -> Code {
    let instruction = |address, shape: &str| Instruction {
        address,
        length: 1,
        text: format!("{shape} {HOSTILE}"),
        shape: shape.to_owned(),
        executed: Some(1234),
        target: None,
        reached: Vec::new(),
        is_call: false,
        chain: Vec::new(),
    };
    let mut instructions = vec![instruction(0, "push"), instruction(1, "ret")];
    if allocates {
        let target = Some(Target {
            function: "__rust_alloc".to_owned(),
            role: Some(CallRole::Allocates),
        });
        let call = Instruction {
            target,
            ..instruction(2, "call")
        };
        instructions.push(call);
    }
    Code {
        function: format!("{function}{HOSTILE}"),
        symbol: function.to_owned(),
        aliases: Vec::new(),
        address: 0,
        size: 3,
        instructions,
    }
}

#[test]
fn both_sides_of_a_pair_have_their_machine_code_and_what_differs_is_marked() {
    let side = |input: &str| CaseInfo {
        pair: Some(PairSide {
            function: format!("mine::{input}"),
            callee: "mine::boxed".to_owned(),
        }),
        ..CaseInfo::of(CaseId::new("boxes", "pair", input))
    };
    let cases = [side("called"), side("inlined")];
    let results = whole_results(&cases);
    let html = plain(results.path());
    assert!(
        html.contains("Machine code: called n/a; inlined n/a"),
        "nothing was stored"
    );
    assert!(html.contains("n/a: its run left no instruction profile"));
    for (case, allocates) in cases.iter().zip([true, false]) {
        let path = store::profile(results.path(), Lens::Instructions, RUN, &case.id).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let stored = fs::File::create(path.with_extension("asm.json.gz")).unwrap();
        let mut encoder = GzEncoder::new(stored, Compression::fast());
        serde_json::to_writer(&mut encoder, &[code("mine::f", allocates)]).unwrap();
        encoder.finish().unwrap();
    }
    let html = plain(results.path());
    assert_harmless(&html);
    let summary = "called has 3 instructions, calls that allocate: 1, that free: 0; inlined has 2 \
                   instructions, no call of the allocator";
    assert!(html.contains(summary));
    assert_eq!(html.matches("<b>◂ allocates</b>").count(), 1);
    assert_eq!(html.matches("class=\"step").count(), 5);
    assert_eq!(html.matches("class=\"step allocates differs\"").count(), 1);
    assert_eq!(
        html.matches(" differs\"").count(),
        1,
        "only the call differs"
    );
    assert!(html.contains("1 234"), "how often it was executed");
}

#[test]
fn a_changed_figure_is_marked_and_the_gate_is_quoted() {
    let (before, after) = (whole_results(&cases()), whole_results(&cases()));
    let baseline = baseline(before.path());
    let html = page(after.path(), baseline.path(), Project::default());
    assert!(html.contains("The gate passes"), "equal results");
    assert!(!html.contains("class=\"change"), "equal results");

    let mut rows = store::read_rows(after.path(), Lens::Heap).unwrap();
    rows[0].value = Value::Count(2);
    write_rows(after.path(), Lens::Heap, &rows);
    let html = page(after.path(), baseline.path(), Project::default());
    assert!(html.contains("The gate stops this run: 1 of its cases differ"));
    assert!(html.contains("class=\"change worse\"") && html.contains(">+2<"));
    assert_eq!(html.matches("class=\"change").count(), 1);
}

#[test]
fn sampled_cases_have_their_functions_their_stacks_and_their_calls() {
    let cases = cases();
    let results = results(&cases);
    assert!(!plain(results.path()).contains("id=\"processor\""));
    let frame = |function: &str| Frame {
        function: function.to_owned(),
        file: "???".to_owned(),
        line: 0,
    };
    let mut builder = Builder::default();
    let [hostile, outer] = [HOSTILE, "outer"].map(|name| builder.chain(&[frame(name)]));
    for at in 0..200 {
        builder.sample(at, 1_000_000, 1, vec![hostile, outer]);
    }
    let samples = builder.finish(Facts {
        calls: 100,
        sees_kernel: true,
        ..Facts::default()
    });
    let path = store::profile(results.path(), Lens::Time, RUN, &cases[0].id).unwrap();
    store::folder::write(&path, &samples.to_json().unwrap()).unwrap();
    let broken = store::profile(results.path(), Lens::Time, RUN, &cases[1].id).unwrap();
    store::folder::write(&broken, b"{").unwrap();
    let page = plain(results.path());
    let section = page.split("id=\"processor\"").nth(1).unwrap();
    let section = section.split("</section>").next().unwrap();
    for part in [
        "2.00 ms of processor time a call, from 200 samples in 100 calls",
        "class=\"flame\"",
        "class=\"callgraph\"",
        "1 cases have samples that cannot be read",
        "<td class=\"figure\">200</td><td class=\"figure\">100.0 %</td>",
    ] {
        assert!(section.contains(part), "{part}");
    }
    assert!(!section.contains("<script"), "{section}");
}
