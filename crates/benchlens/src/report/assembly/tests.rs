use std::path::Path;

use super::*;
use crate::assembly::{Instruction, Role};

fn frame(function: &str, file: &str, line: u32) -> Frame {
    Frame {
        function: function.to_owned(),
        file: file.to_owned(),
        line,
    }
}

fn instruction(address: u64, executed: u64, chain: Vec<Frame>) -> Instruction {
    Instruction {
        address,
        length: 2,
        text: "nop".to_owned(),
        shape: "nop".to_owned(),
        executed: Some(executed),
        target: None,
        reached: Vec::new(),
        is_call: false,
        chain,
    }
}

/// Line 5, code inlined at line 5, the same without a line, line 5 again, and line 4.
fn code() -> Code {
    let own = |line| frame("mine::f", "src/a.rs", line);
    let inner = |line| frame("core::g", "/rustc/1/library/core/src/g.rs", line);
    let chains = [
        vec![own(5)],
        vec![inner(7), own(5)],
        vec![inner(0), own(5)],
        vec![own(5)],
        vec![own(4)],
    ];
    let mut instructions: Vec<_> = (chains.into_iter().zip(0..))
        .map(|(chain, index)| instruction(0x100 + 2 * index, 10 * (index + 1), chain))
        .collect();
    instructions[3].is_call = true;
    instructions[3].target = Some(Target {
        function: "__rustc::__rust_alloc".to_owned(),
        role: Some(Role::Allocates),
    });
    Code {
        function: "mine::f".to_owned(),
        symbol: "f".to_owned(),
        aliases: vec!["mine::same".to_owned()],
        address: 0x100,
        size: 10,
        instructions,
    }
}

fn shown(rows: &[Row]) -> Vec<String> {
    (rows.iter())
        .map(|row| match row {
            Row::Source(line) => format!("{}:{}/{}", line.file, line.line, line.depth),
            Row::Instruction(step) => format!("+{}", step.offset),
        })
        .collect()
}

#[test]
fn a_line_stands_where_it_changes() {
    let view = FunctionView::new(&code(), None, Order::Address);
    let rows = [
        "src/a.rs:5/0",
        "+0",
        "core/src/g.rs:7/1",
        "+2",
        "+4",
        "src/a.rs:5/0",
        "+6",
        "src/a.rs:4/0",
        "+8",
    ];
    assert_eq!(shown(&view.rows), rows);
    assert_eq!((view.executed, view.instructions), (Some(150), 5));
}

#[test]
fn of_a_chain_without_source_the_innermost_remains() {
    let mut code = code();
    let through = |line| frame("core::h", "/rustc/1/library/core/src/h.rs", line);
    code.instructions[1].chain.insert(1, through(1));
    code.instructions[2].chain.insert(1, through(1));
    let view = FunctionView::new(&code, None, Order::Address);
    let condensed: Vec<_> = view.condensed().collect();
    assert_eq!(condensed.len(), view.rows.len() - 1);
    let inner = condensed.iter().find(|shown| shown.skipped > 0).unwrap();
    assert_eq!((inner.skipped, inner.depth), (1, 1));
    assert!(matches!(inner.row, Row::Source(line) if line.function == "core::g"));
}

#[test]
fn the_order_of_the_source_gathers_a_lines_instructions() {
    let view = FunctionView::new(&code(), None, Order::Source);
    let rows = [
        "src/a.rs:4/0",
        "+8",
        "src/a.rs:5/0",
        "+0",
        "core/src/g.rs:7/1",
        "+2",
        "+4",
        "src/a.rs:5/0",
        "+6",
    ];
    assert_eq!(shown(&view.rows), rows);
    let sums: Vec<_> = (view.rows.iter())
        .filter_map(|row| match row {
            Row::Source(line) => line.executed,
            Row::Instruction(_) => None,
        })
        .collect();
    assert_eq!(sums, [50, 100]);
}

#[test]
fn the_place_of_a_return_is_its_call() {
    let code = code();
    let (asked, index) = Asked::at(&code, 0x108, None).unwrap();
    assert_eq!((asked.offset, index), (8, 3));
    assert_eq!(asked.returns_from.unwrap().offset, 6);
    let (asked, index) = Asked::at(&code, 0x103, None).unwrap();
    assert_eq!((asked.lines.len(), index), (2, 1));
    assert_eq!(asked.returns_from, None);
    assert!(Asked::at(&code, 0x10a, None).is_none());
    assert!(Asked::at(&code, 0, None).is_none());
    let near = FunctionView::near(&code, 3, 1, None);
    let wanted: Vec<_> = near
        .steps()
        .map(|step| (step.offset, step.is_wanted))
        .collect();
    assert_eq!(wanted, [(4, false), (6, true), (8, false)]);
    assert_eq!((near.executed, near.instructions), (Some(150), 5));
}

#[test]
fn nothing_from_a_file_moves_the_cursor() {
    let mut code = code();
    code.function = "mine::\u{1b}[2Jf".to_owned();
    code.aliases = vec!["a\nb".to_owned()];
    code.instructions[0].chain[0].file = "src/\u{202e}a.rs".to_owned();
    let view = AssemblyView {
        case: Some(CaseId::new("a", "b\r", "c")),
        executable: "/bin/\u{7}".to_owned(),
        total: Some(151),
        asked: vec![Asked::at(&code, 0x108, None).unwrap().0],
        functions: vec![FunctionView::new(&code, None, Order::Address)],
        external: vec![External {
            function: "m\u{8}alloc".to_owned(),
            object: "/lib/libc\u{9b}.so".to_owned(),
            instructions: 1,
        }],
    };
    let text = anstream::adapter::strip_str(&text::render(&view, true)).to_string();
    let is_harmless = |letter: char| letter == '\n' || !letter.is_control();
    assert!(text.chars().all(is_harmless), "{text:?}");
    assert!(!text.contains('\u{202e}'));
    assert!(
        text.contains("◂ allocates") && text.contains("the same code as"),
        "{text}"
    );
    assert!(text.contains("external"), "{text}");
}

#[test]
fn paths_of_other_machines_are_shortened() {
    for (path, short) in [
        ("/rustc/5980/library/core/src/a.rs", "core/src/a.rs"),
        (
            "/home/a/.cargo/registry/src/index-1/dhat-0.3.3/src/lib.rs",
            "dhat-0.3.3/src/lib.rs",
        ),
        ("/home/a/library/src/lib.rs", "/home/a/library/src/lib.rs"),
        ("src/lib.rs", "src/lib.rs"),
    ] {
        assert_eq!(short_path(path), short);
        assert!(Path::new(path).ends_with(short));
    }
}
