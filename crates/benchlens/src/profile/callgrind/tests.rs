use super::*;

const FIXTURE: &str = include_str!("../../../fixtures/profiles/callgrind.out");

fn parse(text: &str) -> Result<InstructionProfile, Error> {
    InstructionProfile::parse(text.as_bytes(), Path::new("callgrind.out"))
}

#[test]
fn the_total_is_what_callgrind_printed_and_the_sum_of_the_lines() {
    let profile = parse(FIXTURE).unwrap();
    assert_eq!(profile.total, 102_325);
    assert_eq!(
        profile.lines.iter().map(|line| line.own).sum::<u64>(),
        102_325
    );
}

#[test]
fn names_positions_inlined_files_and_calls_are_told_apart() {
    let text = "events: Ir\nfl=(1) a.rs\nfn=(1) outer\n10 5\n+2 7\nfi=(2) b.rs\n3 11\n\
                fe=(1)\n-2 1\ncfi=(2)\ncfn=(2) inner\ncalls=2 30\n* 40\n* 2\n\n\
                fl=(2)\nfn=(2)\n30 40\n\ntotals: 66\n";
    let line = |file: &str, function: &str, line, own, called| LineCost {
        file: file.to_owned(),
        function: function.to_owned(),
        line,
        own,
        called,
    };
    let expected = [
        line("a.rs", "outer", 1, 3, 40),
        line("a.rs", "outer", 10, 5, 0),
        line("a.rs", "outer", 12, 7, 0),
        line("b.rs", "inner", 30, 40, 0),
        line("b.rs", "outer", 3, 11, 0),
    ];
    assert_eq!(parse(text).unwrap().lines, expected);
}

#[test]
fn addresses_are_counted_beside_the_lines() {
    let text = "cmd: ./exe --of mine\npositions: instr line\nevents: Ir\nob=(1) exe\nfl=(1) a.rs\nfn=(1) outer\n\
                0x1f 10 5\n+1 * 7\ncob=(2) lib\ncfn=(2) inner\ncalls=2 0x30 +20\n* * 40\n\
                -1 -1 2\n\ntotals: 14\n";
    let profile = parse(text).unwrap();
    let found: Vec<_> = (profile.addresses.iter())
        .map(|cost| (cost.object.as_str(), cost.address, cost.line, cost.own))
        .collect();
    assert_eq!(found, [("exe", 0x1f, 10, 7), ("exe", 0x20, 10, 7)]);
    let reached: Vec<_> = (profile.call_sites.iter())
        .map(|it| (it.object.as_str(), it.address, it.callee.as_str(), it.calls))
        .collect();
    assert_eq!(reached, [("exe", 0x20, "inner", 2)]);
    assert_eq!(profile.lines.len(), 2);
    assert_eq!(profile.command, "./exe --of mine");
    assert!(parse(FIXTURE).unwrap().addresses.is_empty());
}

#[test]
fn parts_threads_jumps_and_mangled_names_are_read() {
    let part = |thread: u32| {
        format!(
            "part: 1\nthread: {thread}\nevents: Ir Dr\npositions: instr line\n\
             ob=(1) exe\nfl=(1) a.rs\nfn=(1) _ZN4mine3run17h0123456789abcdefE\n\
             0x10 5 3 1\njfi=(2) b.rs\njfn=(2) other\njcnd=2/3 +8 +2\n* *\n+4 +1 4\n\
             jump=1 0x10 5\n* *\nfn=(3) fib'2\n0x30 9 2\ntotals: 9 1\n"
        )
    };
    let profile = parse(&(part(1) + &part(2))).unwrap();
    assert_eq!(profile.total, 18);
    let found: Vec<_> = (profile.lines.iter())
        .map(|line| (line.function.as_str(), line.line, line.own))
        .collect();
    let expected = [("fib", 9, 4), ("mine::run", 5, 6), ("mine::run", 6, 8)];
    assert_eq!(found, expected);
    assert_eq!(profile.addresses.len(), 3);
    let bare = "positions: instr\nevents: Ir\nob=exe\nfn=run\n0x1f 7\n+1 2\nsummary: 9\n";
    let profile = parse(bare).unwrap();
    assert_eq!((profile.total, profile.lines.len()), (9, 1));
    assert_eq!((profile.lines[0].line, profile.addresses.len()), (0, 2));
}

#[test]
fn a_profile_cut_at_any_byte_is_an_error() {
    let whole = FIXTURE.trim_end().as_bytes();
    let tail = whole.len().saturating_sub(400);
    for end in (0..tail).step_by(211).chain(tail..whole.len()) {
        let outcome = InstructionProfile::parse(&whole[..end], Path::new("cut"));
        assert!(outcome.is_err(), "{end}");
    }
}

#[test]
fn a_small_profile_cut_at_every_byte_is_an_error() {
    let text = "events: Ir\nfl=(1) a.rs\nfn=(1) outer\n10 5\n+2 7\ncfn=(2) inner\ncalls=2 30\n\
                * 40\n\nfn=(2)\n30 40\n\ntotals: 52";
    assert!(parse(text).is_ok());
    for end in 0..text.len() {
        assert!(parse(&text[..end]).is_err(), "{end}");
    }
}

#[test]
fn damage_is_named_by_file_and_line() {
    let wrong_sum = FIXTURE.replace("totals: 102325", "totals: 102326");
    assert!(matches!(
        parse(&wrong_sum),
        Err(Error::Total { sum: 102_325, .. })
    ));
    for (text, place) in [
        ("events: Ir\nfl=(9)\ntotals: 0\n", "line 2"),
        ("10 5\nevents: Ir\ntotals: 5\n", "line 1"),
        ("events: Dr\n", "line 1"),
        ("positions: page\n", "line 1"),
        ("events: Ir\ncalls=1 2\nfn=f\n1 2\ntotals: 0\n", "line 3"),
        ("events: Ir\n1 -5\ntotals: 0\n", "line 2"),
        ("events: Ir\n-1 5\ntotals: 5\n", "line 2"),
        (
            "events: Ir\n1 18446744073709551615\n1 1\ntotals: 0\n",
            "line 3",
        ),
        ("", "end"),
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("callgrind.out: {place}:")),
            "{message}"
        );
    }
}
