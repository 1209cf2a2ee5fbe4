//! A small run and its project in which every text that reaches the page is a given one.
//!
//! What the report sorts or takes apart begins with letters of ours, so that the letters of a text
//! change neither the order nor the number of what is shown.

use std::fs;
use std::path::{Path, PathBuf};

use benchlens::evidence::machine_code::AllocatorCalls;
use benchlens::evidence::remarks::Remark;
use benchlens::evidence::witnesses::{Decision, MachineCode, Witness};
use benchlens::judge::gate::Key;
use benchlens::measurement::{Lens, Measurement};
use benchlens::profile::inlined::{Chain, Frame, InlineProfile};
use benchlens::report::inlining::{PairView, SideView};
use benchlens::report::lines::sources::Sources;
use benchlens::report::page::{Folders, Project};
use benchlens::store::{LensRun, RowFile, Sheet, encode_rows};
use serde_json::json;

/// What may be left out, as bits.
const BASELINE: u8 = 1;
const INSTRUCTIONS: u8 = 2;
const PROFILES: u8 = 4;
const SOURCES: u8 = 8;

/// The letters that mean something in HTML, and those that stand for them.
const MEANING: [(char, char); 5] = [
    ('<', '\u{e000}'),
    ('>', '\u{e001}'),
    ('&', '\u{e002}'),
    ('"', '\u{e003}'),
    ('\'', '\u{e004}'),
];

/// A text with other letters for those that mean something in HTML.
pub(crate) fn without_meaning(text: &str) -> String {
    let harmless = |letter| {
        let found = MEANING.iter().find(|(meaning, _)| *meaning == letter);
        found.map_or(letter, |(_, harmless)| *harmless)
    };
    text.chars().map(harmless).collect()
}

/// Texts, one after the other and then again from the first.
pub(crate) struct Texts {
    texts: Vec<String>,
    taken: usize,
    harmless: bool,
}

impl Texts {
    /// Takes `data` apart at each 0xFF.
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

    /// The next text in a function's name: the page shortens those at `<` and `>`.
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
    pairs: Vec<PairView>,
    remarks: Vec<Remark>,
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
            heap_harness: "mine_heap::measure",
            pairs: &self.pairs,
            remarks: Some(&self.remarks),
        }
    }

    /// Writes a run into `folder`.
    pub(crate) fn write(folder: &Path, mut texts: Texts, left_out: u8) -> Self {
        let has = |part: u8| left_out & part == 0;
        let results = folder.join("results");
        // A case's name is the name of a file, and as UTF-8 no longer than that may be.
        let subjects = [texts.first(36), texts.first(36), texts.first(36)];
        let [name, other, counter] = &subjects;
        let (input, feeds) = (texts.first(20), texts.first(20));
        let cases = [
            format!("rewrite/a{name}/i{input}"),
            format!("rewrite/b{other}/i{input}"),
            format!("peer/c{name}/i{input}"),
            format!("control/copy/i{input}"),
            format!("freq/d{counter}/j{feeds}"),
            format!("inlining/e{name}/called"),
            format!("inlining/e{name}/inlined"),
        ];
        let sheet = sheet(&mut texts, has(INSTRUCTIONS));
        write(&results.join("machine.json"), json!(sheet).to_string());
        write_rows(&results, &cases, &mut texts);

        let source = folder.join("source");
        let file = format!("src/f{}.rs", texts.file());
        let module = format!("p{}", texts.file().replace(':', "_"));
        let pair = format!("src/{module}.rs");
        for (path, function) in [(&file, "run"), (&pair, "called")] {
            let [above, within, beside] = [texts.line(), texts.line(), texts.line()];
            let text = format!(
                "//! {above}\npub fn {function}() {{\n    // {within}\n    inner(); // {beside}\n}}\n"
            );
            write(&source.join(path), text);
        }
        if has(PROFILES) {
            for case in [&cases[0], &cases[4]].map(|case| case.replace('/', "_")) {
                let path = |lens| results.join(lens).join(format!("{case}.json"));
                let heap = heap(&mut texts, &file);
                let instructions = instructions(&mut texts, &file, &case);
                if !case.contains('\0') {
                    write(&path("dhat"), heap);
                    write(&path("callgrind"), instructions);
                }
            }
        }
        let mut baseline = folder.join("baseline");
        if has(BASELINE) {
            write_baseline(&baseline, &cases, &mut texts, &sheet);
        } else {
            baseline = folder.join(format!("none {}", texts.file()));
        }
        Self {
            results,
            baseline,
            sources: has(SOURCES).then(|| {
                Sources::read(&source, &["mine"], "mine::harness").expect("what was written")
            }),
            pairs: vec![PairView {
                subject: format!("inlining/{name}"),
                summary: texts.next(),
                called: side(&mut texts, &format!("mine::{module}::called")),
                inlined: side(&mut texts, &format!("mine::{module}::inlined")),
            }],
            remarks: vec![remark(&mut texts, &file)],
        }
    }
}

fn write(path: &Path, text: impl AsRef<[u8]>) {
    let folder = path.parent().expect("a file in a folder");
    fs::create_dir_all(folder).expect("a folder that can be written to");
    fs::write(path, text).expect("a folder that can be written to");
}

fn sheet(texts: &mut Texts, has_instructions: bool) -> Sheet {
    let mut run = |lens| {
        let run = LensRun {
            run_id: texts.next(),
            date: format!("{lens} {}", texts.next()),
            commit: texts.next(),
            unavailable: (lens == Lens::Instructions && !has_instructions).then(|| texts.next()),
            failures: vec![texts.next()],
            skipped: vec![texts.next()],
            ..LensRun::default()
        };
        (lens, run)
    };
    let lenses = [Lens::Time, Lens::Heap, Lens::Instructions].map(&mut run);
    Sheet {
        cpu: texts.next(),
        cores: 2,
        kernel: texts.next(),
        rustc: texts.next(),
        target: texts.next(),
        profile: texts.next(),
        cpu_features: texts.next(),
        libc: texts.next(),
        governor: texts.next(),
        lenses: lenses.into(),
    }
}

fn write_rows(folder: &Path, cases: &[String], texts: &mut Texts) {
    let [time, heap, instructions] = [Lens::Time, Lens::Heap, Lens::Instructions];
    let own = format!("m{}", texts.next());
    let files: [(RowFile, Lens, &[&str]); 6] = [
        (time.into(), time, &["time_ns", "bytes_per_second", &own]),
        (heap.into(), heap, &HEAP),
        (instructions.into(), instructions, &["instructions", &own]),
        (RowFile::GROWTH, heap, &GROWTH),
        (RowFile::SAMPLES, time, &SAMPLES),
        (RowFile::THREADS, time, &THREADS),
    ];
    for (file, lens, metrics) in files {
        // Two of the cases are enough for what only some have.
        let cases = match RowFile::from(lens) == file {
            true => cases,
            false => &cases[3..5],
        };
        let rows = rows(cases, lens, metrics, &texts.next());
        write_file(folder, file, &rows);
    }
}

fn write_file(folder: &Path, file: RowFile, rows: &[Measurement]) {
    let rows = encode_rows(rows).expect("rows in memory");
    write(&folder.join(file.name()), rows);
}

const HEAP: [&str; 4] = [
    "allocations",
    "allocated_bytes",
    "peak_bytes",
    "runtime_allocations",
];
const GROWTH: [&str; 6] = [
    "allocations_1n",
    "allocations_2n",
    "allocations_4n",
    "peak_bytes_1n",
    "peak_bytes_2n",
    "peak_bytes_4n",
];
const SAMPLES: [&str; 4] = ["sample_0_ns", "sample_1_ns", "sample_2_ns", "sample_3_ns"];
const THREADS: [&str; 2] = [
    "documents_per_second_1_threads",
    "documents_per_second_2_threads",
];

/// A row for each case and metric, with values far apart.
fn rows(cases: &[String], lens: Lens, metrics: &[&str], unit: &str) -> Vec<Measurement> {
    let row = |case: usize, metric: usize| {
        let value = ((case + 1) * (metric + 1)) as f64;
        Measurement::new(&cases[case], lens, metrics[metric], value, unit, true)
    };
    (0..cases.len())
        .flat_map(|case| (0..metrics.len()).map(move |metric| row(case, metric)))
        .collect()
}

/// A baseline in which a case is missing, one is another's, a figure differs and so does the key.
fn write_baseline(folder: &Path, cases: &[String], texts: &mut Texts, sheet: &Sheet) {
    let key = Key {
        rustc: sheet.rustc.clone(),
        target: texts.next(),
        profile: sheet.profile.clone(),
        cpu_features: texts.next(),
        libc: texts.next(),
        threads: texts.next(),
    };
    write(&folder.join("key.json"), json!(key).to_string());
    let mut cases = cases.to_vec();
    cases[4] = format!("freq/f{}", texts.next());
    let own = format!("m{}", texts.next());
    let mut heap = rows(&cases, Lens::Heap, &["allocations", &own], &texts.next());
    heap[0].value += 1.0;
    write_file(folder, Lens::Heap.into(), &heap);
    let instructions = rows(&cases, Lens::Instructions, &["instructions"], &texts.next());
    write_file(folder, Lens::Instructions.into(), &instructions);
}

/// What dhat wrote of a case.
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

/// What callgrind counted in a case.
fn instructions(texts: &mut Texts, file: &str, case: &str) -> String {
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
            frame(format!("mine::{case}{}", texts.next()), 3),
            frame("mine::run".to_owned(), 4),
            frame(format!("theirs::{}", texts.next()), 1),
        ],
        chains: vec![chain(10, &[0, 1]), chain(5, &[2])],
    };
    json!(profile).to_string()
}

/// One side of a pair, with all that its witnesses can say.
fn side(texts: &mut Texts, function: &str) -> SideView {
    let callee = format!("mine::pair::{}", texts.function());
    let file = texts.next();
    SideView {
        function: function.to_owned(),
        callee: callee.clone(),
        allocations: Some(1),
        allocated_bytes: Some(8),
        instructions: Some(100),
        witness: Some(Witness {
            machine_code: vec![MachineCode {
                function: callee,
                calls: AllocatorCalls::default(),
            }],
            decision: Decision::Direct(remark(texts, &file)),
        }),
    }
}

/// The compiler's word on the call in a file.
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
