use super::*;

fn text(lines: &str) -> Text {
    Text::read(lines.as_bytes())
}

fn place(file: &str, line: u32, column: Option<u32>) -> Option<Location> {
    Some(Location {
        file: file.to_owned(),
        line,
        column,
    })
}

#[test]
fn a_short_backtrace_has_names_and_lines() {
    let text = text(
        "\nthread 'main' (27814) panicked at p.rs:11:5:\n\
         index out of bounds: the len is 3 but the index is 7\n\
         stack backtrace:\n   0: __rustc::rust_begin_unwind\n             \
         at /rustc/5980/library/std/src/panicking.rs:689:5\n   3: p::inner\n             \
         at ./p.rs:11:5\n   4: <p::A<T> as p::B>::middle\n\
         note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.\n",
    );
    assert_eq!(text.panics.len(), 1);
    let panic = &text.panics[0];
    assert_eq!(panic.thread.as_deref(), Some("main"));
    assert_eq!(panic.place, place("p.rs", 11, Some(5)));
    assert_eq!(
        panic.message,
        "index out of bounds: the len is 3 but the index is 7"
    );
    let names: Vec<_> = text
        .frames
        .iter()
        .map(|it| it.function.clone().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "__rustc::rust_begin_unwind",
            "p::inner",
            "<p::A<T> as p::B>::middle"
        ]
    );
    assert_eq!(text.frames[1].place, place("./p.rs", 11, Some(5)));
    assert_eq!(text.frames[1].number, Some(3));
    assert_eq!(text.frames[2].place, None);
    assert!(
        text.frames
            .iter()
            .all(|frame| !frame.is_inlined && frame.address.is_none())
    );
}

#[test]
fn frames_of_one_address_belong_together() {
    let text = text(
        "  16:     0x5634a618cc8c - core[c1f1a4ba060b9bfa]::panicking::panic_bounds_check\n\
         \x20 17:     0x5634a61522d5 - p::inner::hdc29c5491fa8d1eb\n                               \
         at /tmp/t/p.rs:11:5\n\
         \x20 18:     0x5634a61522d5 - _ZN1p5outer17h297401ce9b349330E\n\
         \x20 37:                0x0 - <unknown>\n",
    );
    let frames = &text.frames;
    assert_eq!(
        frames[0].function.as_deref(),
        Some("core::panicking::panic_bounds_check")
    );
    assert_eq!(frames[1].function.as_deref(), Some("p::inner"));
    assert_eq!(frames[2].function.as_deref(), Some("p::outer"));
    assert_eq!((&frames[3].function, frames[3].address), (&None, Some(0)));
    let inlined: Vec<_> = frames.iter().map(|frame| frame.is_inlined).collect();
    assert_eq!(inlined, [false, true, false, false]);
}

#[test]
fn an_old_message_and_a_line_without_a_number_are_read() {
    let text = text(
        "thread '<unnamed>' panicked at 'it's, wrong', src/a.rs:3:4\n\
         \x20  1: mine::inner\n             at src/a.rs:3\n      mine::outer\n             at src/a.rs:9\n",
    );
    assert_eq!(text.panics[0].message, "it's, wrong");
    assert_eq!(text.panics[0].place, place("src/a.rs", 3, Some(4)));
    assert_eq!(text.frames.len(), 2);
    assert_eq!(text.frames[1].function.as_deref(), Some("mine::outer"));
    assert_eq!(text.frames[1].place, place("src/a.rs", 9, None));
}

/// A line, and what it says: address, function, offset, line.
type Written = (
    &'static str,
    Option<u64>,
    &'static str,
    Option<u64>,
    Option<u32>,
);

const OF_OTHER_TOOLS: &[Written] = &[
    (
        "#1  0x00005555555551 in mine::parse (text=...) at src/lib.rs:12",
        Some(0x5555555551),
        "mine::parse",
        None,
        Some(12),
    ),
    (
        "#0  mine::parse (text=...) at src/lib.rs:12",
        None,
        "mine::parse",
        None,
        Some(12),
    ),
    (
        "    #3 0x55cf9b in mine::parse /p/src/lib.rs:12:5",
        Some(0x55cf9b),
        "mine::parse",
        None,
        Some(12),
    ),
    (
        "    #4 0x7f1fea (/lib/libc.so.6+0x2724a)",
        Some(0x7f1fea),
        "",
        None,
        None,
    ),
    (
        "==4711==    by 0x10953A: mine::parse (lib.rs:12)",
        Some(0x10953a),
        "mine::parse",
        None,
        Some(12),
    ),
    (
        "==4711==    at 0x4848899: malloc (in /usr/lib/vgpreload.so)",
        Some(0x4848899),
        "malloc",
        None,
        None,
    ),
    (
        "./program(_ZN4mine5parseE+0x39) [0x55d5]",
        Some(0x55d5),
        "mine::parse",
        Some(0x39),
        None,
    ),
    ("./program(+0x1139) [0x55d5]", Some(0x55d5), "", None, None),
    ("mine::parse+0x39", None, "mine::parse", Some(0x39), None),
    ("<main+57>", None, "main", Some(57), None),
    (
        "  55d5f8 mine::parse+0x39 (/bin/program)",
        Some(0x55d5f8),
        "mine::parse",
        Some(0x39),
        None,
    ),
    ("0x55d5f8", Some(0x55d5f8), "", None, None),
    (
        "main.parse(0xc00001, 0x3)\n\t/src/main.go:12 +0x39",
        None,
        "main.parse",
        Some(0x39),
        Some(12),
    ),
];

#[test]
fn frames_of_other_tools_are_read() {
    for &(line, address, function, offset, line_number) in OF_OTHER_TOOLS {
        let text = text(line);
        assert_eq!(text.frames.len(), 1, "{line}: {text:?}");
        let frame = &text.frames[0];
        assert_eq!(frame.address, address, "{line}");
        assert_eq!(
            frame.function.as_deref().unwrap_or_default(),
            function,
            "{line}"
        );
        assert_eq!(frame.offset, offset, "{line}");
        let found = frame.place.as_ref().map(|place| place.line);
        assert_eq!(found, line_number, "{line}");
    }
}

#[test]
fn other_text_is_no_frame() {
    let other = text(
        "   Compiling mine v0.1.0 (/work/mine)\nerror: 3: no\nrunning 12 tests\n1 + 2\n\
         test a::b ... ok\n12:30:01 started\nwarning: x panicked at nothing\n",
    );
    assert_eq!(other.panics, []);
    // `error: 3:` and `12:30:01` resemble the number of a frame.
    assert!(other.frames.is_empty(), "{:?}", other.frames);
}

#[test]
fn colours_are_ignored_and_control_characters_do_no_harm() {
    let text = text(
        "\u{1b}[1m   3: \u{1b}[31mmine::parse\u{1b}[0m\n   4: mine::\u{7}bell\n\u{1b}[\n\u{1b}",
    );
    assert_eq!(text.frames[0].function.as_deref(), Some("mine::parse"));
    assert_eq!(text.frames.len(), 2);
}

/// A real trace, truncated anywhere or with any byte replaced, is read without a panic.
#[test]
fn any_cut_or_damaged_text_is_read() {
    let whole = include_bytes!("../../../../fixtures/traces/full.txt");
    for end in 0..whole.len() {
        let text = Text::read(&whole[..end]);
        assert!(text.frames.len() <= 38);
    }
    let mut damaged = whole.to_vec();
    for at in 0..damaged.len() {
        let kept = damaged[at];
        for byte in [0, 0xff, b'[', b'+', b'(', b'9', b':', 0x1b, b'\n'] {
            damaged[at] = byte;
            let from = at.saturating_sub(200);
            Text::read(&damaged[from..(at + 200).min(whole.len())]);
        }
        damaged[at] = kept;
    }
}

#[test]
fn too_much_is_cut_and_said() {
    let many = "   0: a::b\n".repeat(MOST + 5);
    let text = Text::read(many.as_bytes());
    assert_eq!(text.frames.len(), MOST);
    assert!(text.cut.unwrap().contains("10000"));
    let long = format!("   0: {}\n   1: a::b\n", "x".repeat(LONGEST_LINE));
    let text = Text::read(long.as_bytes());
    assert_eq!(text.frames.len(), 1);
    assert!(text.cut.is_some());
    let numbers = "99999999999999999999: a::b\n#99999999999 0x1 in f\n0x1ffffffffffffffffff\na+0xfffffffffffffffff\n";
    for frame in Text::read(numbers.as_bytes()).frames {
        assert_eq!(frame.number, None);
    }
}
