//! A small run and its project, in which every text that reaches the page comes from the input.
//!
//! Names that the report sorts or splits begin with fixed letters, so that a text changes neither
//! the order nor the number of what is shown.

use std::fs;
use std::path::{Path, PathBuf};

use benchlens::evidence::machine_code::AllocatorCalls;
use benchlens::evidence::remarks::Remark;
use benchlens::evidence::witnesses::{Decision, MachineCode, SideWitness, Witness, Witnesses};
use benchlens::failure::Failure;
use benchlens::judge::gate::Key;
use benchlens::profile::inlined::{Chain, Frame, InlineProfile};
use benchlens::report::lines::sources::Sources;
use benchlens::report::page::{Folders, Project};
use benchlens::store::{self, Environment, LensRun, RowFile, RunRecord, encode_rows};
use benchlens::{
    CaseId, CaseInfo, Dimensions, Figure, Lens, Metric, PairSide, Role, SuiteInfo, Value, Work,
    Worth,
};
use serde_json::json;

/// The run that the rows name.
const RUN: &str = "run";

/// Optional parts, as bits.
const BASELINE: u8 = 1;
const INSTRUCTIONS: u8 = 2;
const PROFILES: u8 = 4;
const SOURCES: u8 = 8;

/// The special characters of HTML, and their harmless replacements.
const MEANING: [(char, char); 5] = [
    ('<', '\u{e000}'),
    ('>', '\u{e001}'),
    ('&', '\u{e002}'),
    ('"', '\u{e003}'),
    ('\'', '\u{e004}'),
];

/// A text with the special characters of HTML replaced.
pub(crate) fn without_meaning(text: &str) -> String {
    let harmless = |letter| {
        let found = MEANING.iter().find(|(meaning, _)| *meaning == letter);
        found.map_or(letter, |(_, harmless)| *harmless)
    };
    text.chars().map(harmless).collect()
}

/// Hands out texts in order, and starts again after the last.
pub(crate) struct Texts {
    texts: Vec<String>,
    taken: usize,
    harmless: bool,
}

impl Texts {
    /// Splits `data` at each 0xFF.
    pub(crate) fn new(data: &[u8], harmless: bool) -> Self {
        let text = |part| {
            let text = String::from_utf8_lossy(part);
            text.replace(|letter| ('\u{e000}'..='\u{e004}').contains(&letter), "x")
        };
        Self {
            texts: data.split(|&byte| byte == 0xff).map(text).collect(),
            taken: 0,
            harmless,
        }
    }

    fn next(&mut self) -> String {
        self.first(usize::MAX)
    }

    /// The first letters of the next text.
    fn first(&mut self, letters: usize) -> String {
        let text: String = (self.texts[self.taken % self.texts.len()].chars())
            .take(letters)
            .collect();
        self.taken += 1;
        match self.harmless {
            true => without_meaning(&text),
            false => text,
        }
    }

    /// The next text on one line.
    fn line(&mut self) -> String {
        self.next().replace('\n', " ")
    }

    /// The next text as a name of a file.
    fn file(&mut self) -> String {
        self.first(48).replace(['/', '\0'], "_")
    }

    /// The next text for a function's name, without `<` and `>`, at which the page shortens names.
    fn function(&mut self) -> String {
        let brackets = ['<', '>', '\u{e000}', '\u{e001}'];
        self.next().replace(brackets, "|")
    }
}

/// A run, on the disk and in memory.
pub(crate) struct Run {
    results: PathBuf,
    baseline: PathBuf,
    sources: Option<Sources>,
    witnesses: Witnesses,
}

impl Run {
    pub(crate) fn folders(&self) -> Folders<'_> {
        Folders {
            results: &self.results,
            baseline: &self.baseline,
        }
    }

    pub(crate) fn project(&self) -> Project<'_> {
        Project {
            sources: self.sources.as_ref(),
            witnesses: Some(&self.witnesses),
        }
    }

    /// Writes a run into `folder`.
    pub(crate) fn write(folder: &Path, mut texts: Texts, left_out: u8) -> Self {
        let has = |part: u8| left_out & part == 0;
        let results = folder.join("results");
        let module = format!("p{}", texts.file().replace(':', "_"));
        let cases = cases(&mut texts, &format!("mine::{module}"));
        let suite = SuiteInfo {
            package: texts.next(),
            suite: texts.next(),
            cases: cases.clone(),
        };
        write(&results.join(store::CASES), json!(suite).to_string());
        let record = record(&mut texts, &cases, has(INSTRUCTIONS));
        write(&results.join(store::RECORD), json!(record).to_string());
        write_rows(&results, &cases, &mut texts);

        let source = folder.join("source");
        let file = format!("src/f{}.rs", texts.file());
        let pair = format!("src/{module}.rs");
        for (path, function) in [(&file, "run"), (&pair, "called")] {
            let [above, within, beside] = [texts.line(), texts.line(), texts.line()];
            let text = format!(
                "//! {above}\npub fn {function}() {{\n    // {within}\n    inner(); // {beside}\n}}\n"
            );
            write(&source.join(path), text);
        }
        if has(PROFILES) {
            for case in [&cases[0].id, &cases[4].id] {
                let path =
                    |lens| store::profile(&results, lens, RUN, case).expect("a lens with one");
                write(&path(Lens::Heap), heap(&mut texts, &file));
                let chains = path(Lens::Instructions).with_extension("json");
                write(&chains, instructions(&mut texts, &file));
            }
        }
        let mut baseline = folder.join("baseline");
        if has(BASELINE) {
            write_baseline(&baseline, &cases, &mut texts, &record.environment);
        } else {
            baseline = folder.join(format!("none {}", texts.file()));
        }
        Self {
            results,
            baseline,
            sources: has(SOURCES).then(|| {
                Sources::read(&source, &["mine"], "mine::harness").expect("what was written")
            }),
            witnesses: Witnesses {
                key: texts.next(),
                sides: cases
                    .iter()
                    .filter_map(|case| witness(&mut texts, case))
                    .collect(),
                inlined: vec![remark(&mut texts, &file)],
            },
        }
    }
}

/// Subjects, a peer and a control of one group, a case of another, and both sides of a pair in
/// `module`.
fn cases(texts: &mut Texts, module: &str) -> Vec<CaseInfo> {
    let subjects = [texts.first(36), texts.first(36), texts.first(36)];
    let [name, other, third] = &subjects;
    let (input, numbers) = (texts.first(20), texts.first(20));
    let mut case = |group: &str, subject: String, input: String, role| CaseInfo {
        role,
        work: vec![Work::new(texts.next(), 1000)],
        summary: Some(texts.next()),
        ..CaseInfo::of(CaseId::new(group, subject, input))
    };
    let input = format!("i{input}");
    let mut cases = vec![
        case("parse", format!("a{name}"), input.clone(), Role::Subject),
        case("parse", format!("b{other}"), input.clone(), Role::Subject),
        case("parse", format!("c{name}"), input.clone(), Role::Peer),
        case("parse", "z".to_owned(), input, Role::Control),
        case(
            "sum",
            format!("d{third}"),
            format!("j{numbers}"),
            Role::Subject,
        ),
    ];
    for side in ["called", "inlined"] {
        let mut pair = case("pairs", format!("e{name}"), side.to_owned(), Role::Subject);
        pair.pair = Some(PairSide {
            function: format!("{module}::{side}"),
            callee: String::new(),
        });
        cases.push(pair);
    }
    for case in cases.iter_mut().filter_map(|case| case.pair.as_mut()) {
        case.callee = format!("mine::pair::{}", texts.function());
    }
    cases
}

fn write(path: &Path, text: impl AsRef<[u8]>) {
    let folder = path.parent().expect("a file in a folder");
    fs::create_dir_all(folder).expect("a folder that can be written to");
    fs::write(path, text).expect("a folder that can be written to");
}

fn record(texts: &mut Texts, cases: &[CaseInfo], has_instructions: bool) -> RunRecord {
    let mut run = |lens| {
        let run = LensRun {
            run: RUN.to_owned(),
            date: format!("{lens} {}", texts.next()),
            commit: texts.next(),
            unavailable: (lens == Lens::Instructions && !has_instructions).then(|| texts.next()),
            failures: match lens {
                // The gate refuses what failed in the lenses that it judges.
                Lens::Time => vec![Failure::of(&cases[0].id, texts.next())],
                _ => Vec::new(),
            },
            features: texts.next(),
            ..LensRun::default()
        };
        (lens, run)
    };
    let lenses = [Lens::Time, Lens::Heap, Lens::Instructions].map(&mut run);
    RunRecord {
        environment: Environment {
            cpu: texts.next(),
            cores: 2,
            kernel: texts.next(),
            rustc: texts.next(),
            target: texts.next(),
            profile: texts.next(),
            libc: texts.next(),
            governor: texts.next(),
        },
        lenses: lenses.into(),
    }
}

/// A metric, and the circumstances of its figures.
type Series = (Metric, fn(u32) -> Dimensions, u32);

fn write_rows(folder: &Path, cases: &[CaseInfo], texts: &mut Texts) {
    let once = |metric| -> Series { (metric, |_| Dimensions::default(), 1) };
    let sizes = |metric| -> Series {
        let at = |n| Dimensions {
            size: Some(1_u32 << n),
            ..Dimensions::default()
        };
        (metric, at, 3)
    };
    let samples = |n| Dimensions {
        sample: Some(n),
        ..Dimensions::default()
    };
    let threads = |n| Dimensions {
        threads: Some(n + 1),
        ..Dimensions::default()
    };
    let files: [(RowFile, Vec<Series>); 6] = [
        (Lens::Time.into(), vec![once(Metric::Time)]),
        (Lens::Heap.into(), HEAP.map(once).to_vec()),
        (Lens::Instructions.into(), vec![once(Metric::Instructions)]),
        (
            RowFile::GROWTH,
            vec![sizes(Metric::Allocations), sizes(Metric::PeakBytes)],
        ),
        (RowFile::SAMPLES, vec![(Metric::Time, samples, 4)]),
        (RowFile::THREADS, vec![(Metric::Time, threads, 2)]),
    ];
    for (file, series) in files {
        // Two cases are enough for rows that only some cases have.
        let is_lens = Lens::ALL
            .into_iter()
            .any(|lens| RowFile::from(lens) == file);
        let cases = if is_lens { cases } else { &cases[3..5] };
        write_file(folder, file, &rows(cases, &series, &texts.next()));
    }
}

fn write_file(folder: &Path, file: RowFile, rows: &[Figure]) {
    let rows = encode_rows(rows).expect("rows in memory");
    write(&folder.join(file.name()), rows);
}

const HEAP: [Metric; 4] = [
    Metric::Allocations,
    Metric::AllocatedBytes,
    Metric::PeakBytes,
    Metric::RuntimeAllocations,
];

/// A row for each case and point of a series, with values far apart; the last case's are not exact.
fn rows(cases: &[CaseInfo], series: &[Series], note: &str) -> Vec<Figure> {
    let mut rows = Vec::new();
    for (number, case) in (1..).zip(cases) {
        for (place, &(metric, at, points)) in (1..).zip(series) {
            for point in 0..points {
                let value = number * (place + u64::from(point));
                let is_last = number as usize == cases.len();
                rows.push(Figure {
                    at: at(point),
                    value: match metric.lens() {
                        Lens::Time => Value::Measured(value as f64),
                        _ => Value::Count(value),
                    },
                    worth: match metric.lens() != Lens::Time && !is_last {
                        true => Worth::Exact,
                        false => Worth::Shown(None),
                    },
                    note: note.to_owned(),
                    run: RUN.to_owned(),
                    ..Figure::exact(case.id.clone(), metric, 0)
                });
            }
        }
    }
    rows
}

/// Writes a baseline that lacks a case, has one that the run lacks, and differs in a figure and in the key.
fn write_baseline(folder: &Path, cases: &[CaseInfo], texts: &mut Texts, environment: &Environment) {
    let key = Key {
        rustc: environment.rustc.clone(),
        target: texts.next(),
        profile: environment.profile.clone(),
        cpu_features: texts.next(),
        libc: texts.next(),
        threads: texts.next(),
    };
    write(&folder.join("key.json"), json!(key).to_string());
    let mut cases = cases.to_vec();
    cases[4].id = CaseId::new("sum", format!("f{}", texts.next()), "");
    let series = |metric| -> [Series; 1] { [(metric, |_| Dimensions::default(), 1)] };
    let mut heap = rows(&cases, &series(Metric::Allocations), &texts.next());
    heap[0].value = Value::Count(2);
    write_file(folder, Lens::Heap.into(), &heap);
    let instructions = rows(&cases, &series(Metric::Instructions), &texts.next());
    write_file(folder, Lens::Instructions.into(), &instructions);
}

/// A dhat profile of a case.
fn heap(texts: &mut Texts, file: &str) -> String {
    let point = |bytes, frames: &[usize]| {
        json!({
            "tb": bytes, "tbk": 1, "tl": 0, "mb": 0, "mbk": 0, "gb": 0, "gbk": 0, "eb": 0, "ebk": 0,
            "fs": frames,
        })
    };
    let profile = json!({
        "dhatFileVersion": 2,
        "mode": "rust-heap",
        "cmd": texts.next(),
        "pps": [point(9, &[1, 2]), point(5, &[3, 2])],
        "ftbl": [
            "[root]",
            format!("0x1: mine::a{} ({file}:4:1)", texts.next()),
            format!("0x2: mine::run ({file}:2:1)"),
            format!("0x3: theirs::{} (t{}.rs:1:1)", texts.next(), texts.next()),
        ],
    });
    profile.to_string()
}

/// A callgrind profile of a case.
fn instructions(texts: &mut Texts, file: &str) -> String {
    let frame = |function: String, line| Frame {
        function,
        file: file.to_owned(),
        line,
    };
    let chain = |instructions, frames: &[usize]| Chain {
        instructions,
        frames: frames.to_vec(),
    };
    let profile = InlineProfile {
        total: 15,
        frames: vec![
            frame(format!("mine::m{}", texts.next()), 3),
            frame("mine::run".to_owned(), 4),
            frame(format!("theirs::{}", texts.next()), 1),
        ],
        chains: vec![chain(10, &[0, 1]), chain(5, &[2])],
        unresolved: None,
    };
    json!(profile).to_string()
}

/// Every kind of evidence on a side of a pair.
fn witness(texts: &mut Texts, case: &CaseInfo) -> Option<SideWitness> {
    let side = case.pair.as_ref()?;
    let file = texts.next();
    Some(SideWitness {
        case: case.id.clone(),
        witness: Witness {
            machine_code: vec![MachineCode {
                function: side.callee.clone(),
                calls: AllocatorCalls::default(),
            }],
            decision: Decision::Direct(remark(texts, &file)),
        },
    })
}

/// A compiler remark on the call in a file.
fn remark(texts: &mut Texts, file: &str) -> Remark {
    Remark {
        file: file.to_owned(),
        line: 4,
        column: 1,
        callee: "run".to_owned(),
        caller: texts.next(),
        inlined: true,
        cost: Some(1),
        threshold: Some(2),
        reason: Some(texts.next()),
        chain: vec![texts.next()],
    }
}
