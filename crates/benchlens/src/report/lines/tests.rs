//! Views of the fixture's profile, whose source is an example of the workspace.

use std::path::Path;

use super::top::{Sort, Top};
use super::*;
use crate::profile::inlined::{Chain, Frame};

const CALLS: &str = "profile_fixture::main";

fn heap() -> HeapProfile {
    let json = include_bytes!("../../../fixtures/profiles/dhat.json");
    let profile = HeapProfile::parse(json, Path::new("dhat.json")).unwrap();
    profile.within_call("benchlens_heap::measure")
}

fn sources() -> Sources {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    Sources::read(root, &["profile_fixture"], CALLS).unwrap()
}

/// `boxed` inlined into `numbers`, with code of std in it; and a function of libc.
fn instructions() -> InlineProfile {
    let frame = |function: &str, file: &str, line| Frame {
        function: function.to_owned(),
        file: file.to_owned(),
        line,
    };
    let here = "/built/crates/heap/examples/profile_fixture.rs";
    let chain = |instructions, frames: &[usize]| Chain {
        instructions,
        frames: frames.to_vec(),
    };
    InlineProfile {
        total: 1111,
        frames: vec![
            frame(
                "alloc::slice::<impl [T]>::to_vec",
                "/rustc/1/library/alloc/src/slice.rs",
                376,
            ),
            frame("profile_fixture::boxed", here, 18),
            frame("profile_fixture::numbers", here, 35),
            frame("malloc", "./malloc/malloc.c", 3281),
            frame(
                "profile_fixture::numbers",
                "/rustc/1/library/core/src/macros.rs",
                9,
            ),
        ],
        chains: vec![
            chain(1000, &[0, 1, 2]),
            chain(100, &[2]),
            chain(10, &[3]),
            chain(1, &[4]),
        ],
        unresolved: None,
    }
}

fn case() -> CaseId {
    CaseId::new("a", "b", "c")
}

fn view(folded: bool) -> LineView {
    LineView::new(
        &case(),
        Some(&heap()),
        Some(&instructions()),
        &sources(),
        folded,
    )
    .unwrap()
}

fn line(view: &LineView, number: u32) -> Option<&Line> {
    let mut lines = view.lines().map(|(_, line)| line);
    lines.find(|line| line.number == number)
}

/// All three costs of a place that both lenses measured.
fn measured(costs: Costs) -> (u64, u64, u64) {
    (
        costs.allocations.unwrap(),
        costs.allocated_bytes.unwrap(),
        costs.instructions.unwrap(),
    )
}

fn flat(view: &LineView, number: u32) -> (u64, u64, u64) {
    line(view, number).map_or((0, 0, 0), |line| measured(line.flat))
}

fn cumulative(view: &LineView, number: u32) -> (u64, u64, u64) {
    line(view, number).map_or((0, 0, 0), |line| measured(line.cumulative))
}

fn sum_of_flat(view: &LineView) -> Costs {
    let lines = view.lines().map(|(_, line)| line.flat);
    let mut sum = Costs::default();
    (lines.chain(view.external.iter().map(|row| row.flat))).for_each(|flat| sum += flat);
    sum
}

#[test]
fn both_views_add_up_to_what_the_lenses_counted() {
    for folded in [false, true] {
        let view = view(folded);
        assert_eq!(measured(view.total), (7, 639, 1111), "{folded}");
        assert_eq!(sum_of_flat(&view), view.total, "{folded}");
    }
}

#[test]
fn a_cost_stands_where_it_was_written() {
    let view = view(false);
    assert_eq!(flat(&view, 17), (1, 32, 0));
    assert_eq!(flat(&view, 18), (1, 27, 1000));
    assert_eq!(flat(&view, 27), (4, 480, 0));
    assert_eq!(flat(&view, 35), (0, 0, 100));
    assert_eq!(cumulative(&view, 35), (2, 59, 1100));
    assert_eq!(cumulative(&view, 36), (4, 480, 0));
    // Code from a std macro is attributed to the declaration of the function that uses it.
    assert_eq!(flat(&view, 34), (0, 0, 1));
}

#[test]
fn folded_it_stands_in_the_function_whose_machine_code_it_is() {
    let view = view(true);
    assert_eq!(flat(&view, 17), (0, 0, 0));
    assert_eq!(flat(&view, 18), (0, 0, 0));
    assert_eq!(flat(&view, 27), (4, 480, 0));
    assert_eq!(flat(&view, 35), (2, 59, 1100));
    assert!(view.lines().all(|(_, line)| line.inlined.is_empty()));
}

#[test]
fn an_inlined_call_is_marked_with_its_callee() {
    let view = view(false);
    let marks = |number| {
        let calls = &line(&view, number).unwrap().inlined;
        let calls = calls
            .iter()
            .map(|call| (call.callee.as_str(), call.of_the_project));
        calls.collect::<Vec<_>>()
    };
    assert_eq!(marks(35), [("profile_fixture::boxed", true)]);
    assert_eq!(marks(18), [("alloc::slice::<impl [T]>::to_vec", false)]);
    assert_eq!(
        measured(line(&view, 18).unwrap().inlined[0].cost),
        (1, 27, 1000)
    );
    assert!(line(&view, 36).unwrap().inlined.is_empty());
}

#[test]
fn what_is_outside_of_the_project_is_one_row_a_function() {
    let view = view(false);
    let rows: Vec<_> = (view.external.iter())
        .map(|row| (row.function.as_str(), measured(row.flat)))
        .collect();
    assert_eq!(
        rows,
        [
            ("profile_fixture::main::{{closure}}", (1, 100, 0)),
            ("malloc", (0, 0, 10))
        ]
    );
}

#[test]
fn a_function_is_shown_whole_and_the_text_has_the_hot_line() {
    let view = view(false);
    let boxed = &view.files[0].functions[0];
    assert_eq!((boxed.name.as_str(), boxed.lines.len()), ("boxed", 7));
    assert_eq!(boxed.lines[0].text, "#[inline(always)]");
    let text = anstream::adapter::strip_str(&text::render(&view)).to_string();
    let hot = text
        .lines()
        .find(|line| line.contains("text: text.to_vec(),"))
        .unwrap();
    let words: Vec<_> = hot.split_whitespace().collect();
    assert_eq!(
        words[..8],
        ["1", "1", "27", "27", "1", "000", "18", "text:"],
        "{text}"
    );
    assert!(text.contains("from malloc"), "{text}");
}

#[test]
fn a_lens_that_left_no_profile_has_no_figure_rather_than_zero() {
    let heap = heap();
    let view = LineView::new(&case(), Some(&heap), None, &sources(), false).unwrap();
    assert_eq!(view.total.instructions, None);
    assert!(
        view.lines()
            .all(|(_, line)| line.flat.instructions.is_none())
    );
    assert!(
        view.lines()
            .any(|(_, line)| line.flat.allocations == Some(0))
    );
    let text = anstream::adapter::strip_str(&text::render(&view)).to_string();
    assert!(
        text.starts_with("a/b/c: 7 allocations, 639 bytes, n/a instructions\n"),
        "{text}"
    );
    let json = serde_json::to_value(&view).unwrap();
    assert!(json["total"]["instructions"].is_null() && json["total"]["allocations"] == 7);
}

#[test]
fn names_and_source_forge_no_line_and_no_colour() {
    let name = "a\nb\u{1b}[31m\u{202e}";
    let mut heap = heap();
    for frame in &mut heap.frames {
        frame.function = frame.function.replace("boxed", name);
    }
    let mut profile = instructions();
    profile.unresolved = Some(name.to_owned());
    let case = CaseId::new(name, "b", "c");
    let view = LineView::new(&case, Some(&heap), Some(&profile), &sources(), false).unwrap();
    let text = anstream::adapter::strip_str(&text::render(&view)).to_string();
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    assert!(text.starts_with("a\\nb"), "{text}");
}

#[test]
fn the_top_adds_up_over_cases() {
    let views = [view(false), view(false)];
    let top = Top::new(&views, Sort::Flat, 2);
    assert_eq!(top.cases, 2);
    let numbers: Vec<_> = top.lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [27, 17]);
    assert_eq!(measured(top.lines[0].flat), (8, 960, 0));
    assert_eq!(top.lines[0].subjects, ["a/b"]);
    assert_eq!(Top::new(&views, Sort::Cum, 1).lines[0].number, 27);
}

#[test]
fn another_folder_is_an_error_that_names_it() {
    let empty = tempfile::tempdir().unwrap();
    let sources = Sources::read(empty.path(), &["profile_fixture"], CALLS).unwrap();
    let error = LineView::new(&case(), Some(&heap()), None, &sources, false).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    let folder = empty.path().canonicalize().unwrap();
    assert!(error.to_string().ends_with(folder.to_str().unwrap()));
}

#[test]
fn without_debug_information_there_are_functions_and_no_error() {
    let frame = Frame {
        function: "profile_fixture::numbers".to_owned(),
        file: "???".to_owned(),
        line: 0,
    };
    let profile = InlineProfile {
        total: 7,
        frames: vec![frame],
        chains: vec![Chain {
            instructions: 7,
            frames: vec![0],
        }],
        unresolved: None,
    };
    let view = LineView::new(&case(), None, Some(&profile), &sources(), false).unwrap();
    assert!(view.files.is_empty());
    assert_eq!(view.external[0].function, "profile_fixture::numbers");
    assert_eq!(view.total.instructions, Some(7));
}

#[test]
fn in_a_program_of_c_the_file_says_whose_a_function_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("tree.c"),
        "int grow(void) {\n  return 1;\n}\n",
    )
    .unwrap();
    let sources = Sources::of_files(folder.path()).unwrap();
    let json = r#"{"dhatFileVersion":2,"mode":"heap","pps":[{"tb":64,"tbk":2,"gb":32,"gbk":1,
        "fs":[1,2]}],"ftbl":["[root]","0x1: malloc (vg_replace_malloc.c:422)","0x2: grow (tree.c:2)"]}"#;
    let profile = HeapProfile::parse(json.as_bytes(), Path::new("dhat.out")).unwrap();
    let view = LineView::new(&case(), Some(&profile), None, &sources, false).unwrap();
    let (file, line) = view.lines().next().unwrap();
    assert_eq!((file.path.as_str(), line.number), ("tree.c", 2));
    assert_eq!(line.flat.allocations, Some(2));
    assert_eq!(view.total.allocated_bytes, Some(64));
}
