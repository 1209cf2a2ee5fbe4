use super::*;

const FIXTURE: &str = include_str!("../../../fixtures/profiles/dhat.json");

fn parse(json: &str) -> Result<HeapProfile, Error> {
    HeapProfile::parse(json.as_bytes(), Path::new("dhat.json"))
}

#[test]
fn the_total_is_what_dhat_printed() {
    let expected = StackCost {
        allocations: 7,
        allocated_bytes: 639,
        peak_blocks: 4,
        peak_bytes: 415,
    };
    assert_eq!(parse(FIXTURE).unwrap().total(), expected);
}

#[test]
fn own_blocks_are_those_under_the_named_function() {
    let profile = parse(FIXTURE).unwrap();
    let (own, runtime) = profile.own_and_runtime("profile_fixture::numbers");
    assert_eq!((own.allocations, own.allocated_bytes), (6, 539));
    assert_eq!((runtime.allocations, runtime.allocated_bytes), (1, 100));
    let (own, _) = profile.own_and_runtime("profile_fixture::doc");
    assert_eq!(own.allocations, 0);
    let (own, _) = profile.own_and_runtime("");
    assert_eq!(own.allocations, 0);
}

#[test]
fn the_frames_of_profiler_and_harness_are_cut_and_no_figure_is_lost() {
    let whole = parse(FIXTURE).unwrap();
    let cut = whole.within_call("benchlens_heap::measure");
    assert_eq!(cut.total(), whole.total());
    for point in &cut.points {
        let name = |frame: Option<&usize>| cut.frames[*frame.unwrap()].function.clone();
        assert_eq!(name(point.stack.first()), "alloc::alloc::alloc");
        assert_eq!(
            name(point.stack.last()),
            "profile_fixture::main::{{closure}}"
        );
    }
    let nothing_left = whole.within_call("backtrace::backtrace::libunwind::trace");
    assert_eq!(nothing_left, whole);
}

#[test]
fn an_inlined_constructor_shares_the_frame_of_its_caller() {
    let profile = parse(FIXTURE).unwrap();
    let boxed = profile
        .points
        .iter()
        .find(|point| point.cost.allocated_bytes == 32)
        .unwrap();
    let physical = profile
        .physical_frames(boxed)
        .map(|frames| {
            frames
                .iter()
                .map(|&frame| profile.frames[frame].function.as_str())
                .collect::<Vec<_>>()
        })
        .find(|names| names.contains(&"profile_fixture::boxed"))
        .unwrap();
    assert_eq!(physical.last(), Some(&"profile_fixture::numbers"));
}

#[test]
fn recursion_through_one_call_site_is_one_frame_a_call() {
    let frame = |address, function: &str| StackFrame {
        address,
        function: function.to_owned(),
        file: "a.rs".to_owned(),
        line: 1,
    };
    let profile = HeapProfile {
        frames: vec![frame(1, "inlined"), frame(1, "walk"), frame(2, "main")],
        points: Vec::new(),
    };
    let frames = |stack: &[usize]| {
        let point = ProgramPoint {
            cost: StackCost::default(),
            stack: stack.to_vec(),
        };
        let frames = profile.physical_frames(&point).map(<[usize]>::to_vec);
        frames.collect::<Vec<_>>()
    };
    assert_eq!(frames(&[0, 1, 0, 1, 2]), [vec![0, 1], vec![0, 1], vec![2]]);
    assert_eq!(frames(&[1, 1, 1, 2]), [vec![1], vec![1], vec![1], vec![2]]);
    assert_eq!(frames(&[0, 1, 2]), [vec![0, 1], vec![2]]);
    assert_eq!(frames(&[0, 0, 1]), [vec![0, 0, 1]]);
}

#[test]
fn parentheses_in_names_and_paths_stay_where_they_are() {
    for (text, function, file) in [
        ("a::b (src/a.rs:1:2)", "a::b", "src/a.rs"),
        ("a::b (my (own)/a.rs:1:2)", "a::b", "my (own)/a.rs"),
        (
            "<fn (u8) as a::B>::c (a (1).rs:1:2)",
            "<fn (u8) as a::B>::c",
            "a (1).rs",
        ),
    ] {
        let frame = parse_frame(&format!("0x1f: {text}"), true).unwrap();
        assert_eq!((&*frame.function, &*frame.file), (function, file));
    }
}

#[test]
fn a_profile_of_valgrinds_own_is_read_and_other_modes_are_refused_by_name() {
    let written = |mode: &str| {
        format!(
            r#"{{"dhatFileVersion":2,"mode":"{mode}","verb":"Allocated","bklt":true,"bkacc":true,
            "cmd":"./a","pid":1,"te":9,"tg":5,"pps":[{{"tb":64,"tbk":2,"tl":1,"mb":32,"mbk":1,
            "gb":32,"gbk":1,"eb":0,"ebk":0,"rb":1,"wb":2,"acc":[-1,0],"fs":[1,2,3,4,5]}}],
            "ftbl":["[root]",
            "0x1: operator new(unsigned long) (vg_replace_malloc.c:422)",
            "0x2: ns::Tree<int>::grow(int const&) (tree (old).hpp:12)",
            "0x3: ??? (in /usr/lib/libx.so)", "0x4: main", "0x5: call(int)"]}}"#
        )
    };
    let profile = parse(&written("heap")).unwrap();
    assert_eq!(profile.total().allocations, 2);
    let frame = |at: usize| {
        let frame = &profile.frames[at];
        (frame.function.as_str(), frame.file.as_str(), frame.line)
    };
    let new = ("operator new(unsigned long)", "vg_replace_malloc.c", 422);
    assert_eq!(frame(1), new);
    let grow = ("ns::Tree<int>::grow(int const&)", "tree (old).hpp", 12);
    assert_eq!(frame(2), grow);
    assert_eq!(frame(3), ("???", "???", 0));
    assert_eq!(frame(4), ("main", "???", 0));
    assert_eq!(frame(5), ("call(int)", "???", 0));
    for (mode, word) in [
        ("ad-hoc", "ad-hoc"),
        ("rust-ad-hoc", "ad-hoc"),
        ("copy", "copy"),
    ] {
        let message = parse(&written(mode)).unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn what_makes_the_call_is_not_shown() {
    let names = [
        "alloc::alloc::alloc",
        "mine::parse",
        "<benchlens::suite::prepared::Ready<S,I,O,F> as benchlens::suite::prepared::Prepared>::call",
        crate::run::COUNTED_CALL,
        "main",
    ];
    let frames = names.iter().map(|name| StackFrame {
        address: 1,
        function: (*name).to_owned(),
        file: "a.rs".to_owned(),
        line: 1,
    });
    let point = ProgramPoint {
        cost: StackCost::default(),
        stack: (0..names.len()).collect(),
    };
    let whole = HeapProfile {
        frames: frames.collect(),
        points: vec![point],
    };
    let within = whole.within_call(crate::run::COUNTED_CALL);
    assert_eq!(within.points[0].stack, [0, 1]);
}

#[test]
fn a_profile_cut_at_any_byte_is_an_error() {
    for end in 0..FIXTURE.trim_end().len() {
        let cut = &FIXTURE.as_bytes()[..end];
        assert!(HeapProfile::parse(cut, Path::new("cut")).is_err(), "{end}");
    }
}

#[test]
fn damage_is_named_by_file_and_place() {
    let missing_frame = FIXTURE.replacen("36\n]", "3600\n]", 1);
    let message = parse(&missing_frame).unwrap_err().to_string();
    assert!(
        message.starts_with("dhat.json: program point 0"),
        "{message}"
    );
    let other_frame = FIXTURE.replacen("0x556444abfecf: backtrace", "backtrace", 1);
    let message = parse(&other_frame).unwrap_err().to_string();
    assert!(message.starts_with("dhat.json: frame 1"), "{message}");
    let huge = FIXTURE.replacen("\"tb\": 480", "\"tb\": 18446744073709551615", 1);
    let message = parse(&huge).unwrap_err().to_string();
    assert!(message.contains("overflows"), "{message}");
    let other_version = FIXTURE.replacen("Version\": 2", "Version\": 3", 1);
    assert!(parse(&other_version).is_err());
    let negative = FIXTURE.replacen("\"tbk\": 4", "\"tbk\": -4", 1);
    assert!(matches!(parse(&negative), Err(Error::Json { .. })));
}
