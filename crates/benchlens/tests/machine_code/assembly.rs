//! Machine code and backtraces of a small program, compiled by the real compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use benchlens::assembly::trace::{self, Call, Explained, Found, Text};
use benchlens::assembly::{CaseCode, Code, Error, Image, Role, Syntax};
use benchlens::profile::callgrind::{AddressCost, InstructionProfile};
use benchlens::profile::inlined::Symbols;

use crate::{PAIR, compile};

/// The program's source, followed by [`PAIR`]. `known` is written in assembly, so that its
/// instructions are known.
const SOURCE: &str = r#"
use std::hint::black_box;

std::arch::global_asm!(
    ".globl known", ".type known, @function", "known:",
    "xor eax, eax", "2:", "add rax, rdi", "dec rdi", "jne 2b", "ret",
    ".size known, . - known",
);
unsafe extern "C" { safe fn known(number: u64) -> u64; }

#[inline(never)]
fn outer(values: &[u64], at: usize) -> u64 {
    black_box(values.len());
    middle(values, at) + 1
}

#[inline(always)]
fn middle(values: &[u64], at: usize) -> u64 {
    inner(values, at).wrapping_mul(3)
}

#[inline(always)]
fn inner(values: &[u64], at: usize) -> u64 {
    values[at]
}

#[inline(never)]
fn unwraps(value: Option<u64>) -> u64 {
    value.unwrap() + 7
}

fn main() {
    let at = std::env::args().count();
    println!("{} {}", known(10), called(1) + inlined(2));
    if std::env::args().any(|word| word == "unwrap") {
        println!("{}", black_box(unwraps(black_box(None))) + 1);
    }
    println!("{}", black_box(outer(black_box(&[1, 2]), at + 1)) + 1);
}
"#;

struct Program {
    folder: PathBuf,
    image: Image,
}

static PROGRAM: LazyLock<Program> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("assembly");
    fs::create_dir_all(&folder).unwrap();
    compile(&folder, "program.rs", &[SOURCE, PAIR].concat(), &[]);
    Program {
        image: Image::load(&folder.join("program")).unwrap(),
        folder,
    }
});

impl Program {
    fn path(&self) -> PathBuf {
        self.folder.join("program")
    }

    fn symbols(&self) -> Symbols {
        Symbols::load(&self.path()).unwrap()
    }

    fn code(&self, function: &str, syntax: Syntax) -> Code {
        let found = self.image.named(function);
        assert_eq!(found.len(), 1, "{function}: {found:?}");
        Code::decode(&self.image, found[0], Some(&self.symbols()), syntax)
    }

    /// What the program prints when it panics.
    fn panic(&self, backtrace: &str, argument: &str) -> Vec<u8> {
        let output = Command::new(self.path())
            .arg(argument)
            .env("RUST_BACKTRACE", backtrace)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(101));
        output.stderr
    }

    fn explained(&self, said: &[u8]) -> Explained {
        trace::explain(&Text::read(said), Some(&self.image), Some(&self.symbols()))
    }
}

fn roles(code: &Code) -> Vec<Role> {
    let targets = code.instructions.iter().filter_map(|it| it.target.as_ref());
    targets.filter_map(|target| target.role).collect()
}

#[test]
fn a_known_function_is_shown_as_it_was_written() {
    let text = |syntax| -> Vec<String> {
        let code = PROGRAM.code("known", syntax);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        code.instructions.iter().map(|it| words(&it.text)).collect()
    };
    let intel = ["xor eax, eax", "add rax, rdi", "dec rdi", "jne +0x2", "ret"];
    assert_eq!(text(Syntax::Intel), intel);
    let att = [
        "xor %eax, %eax",
        "add %rdi, %rax",
        "dec %rdi",
        "jne +0x2",
        "ret",
    ];
    assert_eq!(text(Syntax::Att), att);
    let code = PROGRAM.code("known", Syntax::Att);
    assert_eq!(code.size, 11);
    assert_eq!(code.index_of(code.address + 3), Some(1));
    assert_eq!(code.index_of(code.address + 11), None);
}

#[test]
fn the_call_of_the_allocator_is_there_or_is_gone() {
    let of = |function: &str| roles(&PROGRAM.code(function, Syntax::Att));
    assert!(of("program::boxed_called").contains(&Role::Allocates));
    assert_eq!(of("program::called"), [Role::Frees]);
    assert_eq!(of("program::inlined"), []);
    assert!(
        PROGRAM.image.named("boxed_inlined").is_empty(),
        "all its calls are inlined"
    );
    assert_eq!(of("program::outer"), [Role::Panics]);
    let code = PROGRAM.code("program::outer", Syntax::Att);
    let panics = code
        .instructions
        .iter()
        .find(|it| it.target.is_some())
        .unwrap();
    let names: Vec<_> = panics
        .chain
        .iter()
        .map(|frame| frame.function.as_str())
        .collect();
    assert_eq!(
        names,
        ["program::inner", "program::middle", "program::outer"]
    );
}

/// Counts as callgrind would give them: each instruction of `known` for the argument 10.
fn profile(executed: &[u64], shift: u64) -> InstructionProfile {
    let code = PROGRAM.code("known", Syntax::Att);
    let cost = |object: &str, address, own| AddressCost {
        object: object.to_owned(),
        address,
        function: "f".to_owned(),
        file: "???".to_owned(),
        line: 0,
        own,
    };
    let program = PROGRAM.path().display().to_string();
    let addresses = code.instructions.iter().map(|it| it.address + shift);
    let mut addresses: Vec<_> = (addresses.zip(executed))
        .map(|(address, own)| cost(&program, address, *own))
        .collect();
    addresses.push(cost("/lib/libc.so.6", 16, 7));
    InstructionProfile {
        command: program,
        total: addresses.iter().map(|cost| cost.own).sum(),
        addresses,
        ..InstructionProfile::default()
    }
}

#[test]
fn counts_are_joined_with_their_instructions_and_add_up() {
    let case = |profile: &InstructionProfile, wanted: bool| {
        let (image, symbols) = (&PROGRAM.image, PROGRAM.symbols());
        CaseCode::new(profile, image, Some(&symbols), Syntax::Att, |_| wanted)
    };
    let counted = profile(&[1, 10, 10, 10, 1], 0);
    let code = case(&counted, true).unwrap();
    assert_eq!((code.total, code.functions.len()), (39, 1));
    let executed: Vec<_> = (code.functions[0].instructions.iter())
        .map(|it| it.executed.unwrap())
        .collect();
    assert_eq!(executed, [1, 10, 10, 10, 1]);
    assert_eq!(code.external.len(), 1);
    assert_eq!(
        (
            code.external[0].instructions,
            code.external[0].object.as_str()
        ),
        (7, "/lib/libc.so.6")
    );
    // A function that is not wanted is named with its sum.
    let without = case(&counted, false).unwrap();
    assert_eq!(
        (without.functions.len(), without.external[0].instructions),
        (0, 32)
    );
    assert_eq!(without.external[0].function, "known");
    assert_eq!(code.costliest(0).external, without.external);
    // Counts of another build are not shown beside this one's code.
    let other = case(&profile(&[1, 10, 10, 10, 1], 1), true);
    assert!(matches!(other, Err(Error::OtherCode { .. })), "{other:?}");
    let mut short = counted;
    short.total += 1;
    assert!(matches!(case(&short, true), Err(Error::Total { .. })));
}

fn found<'a>(trace: &'a Explained, function: &str) -> &'a Call {
    let calls = trace.frames.iter().filter_map(|frame| match &frame.found {
        Found::Instruction(call) => Some(call),
        _ => None,
    });
    let mut calls = calls.filter(|call| call.function == function);
    calls
        .next()
        .unwrap_or_else(|| panic!("no {function} in {trace:#?}"))
}

#[test]
fn a_full_backtrace_and_a_short_one_lead_to_the_same_instructions() {
    let full = PROGRAM.explained(&PROGRAM.panic("full", ""));
    let short = PROGRAM.explained(&PROGRAM.panic("1", ""));
    assert!(full.base.is_some() && short.base.is_none());
    for function in [
        "program::outer",
        "program::main",
        "core::panicking::panic_bounds_check",
    ] {
        assert_eq!(found(&full, function), found(&short, function));
    }
    let call = found(&full, "program::outer");
    let text = &call.text;
    assert!(text.contains("panic_bounds_check"), "{text}");
    let lines: Vec<_> = call.chain.iter().map(|frame| frame.line).collect();
    let line = |code: &str| 1 + SOURCE.lines().position(|line| line.trim() == code).unwrap() as u32;
    assert_eq!(
        lines,
        [
            line("values[at]"),
            line("inner(values, at).wrapping_mul(3)"),
            line("middle(values, at) + 1")
        ]
    );
    // Frames of libc and the end of the stack are reported with a reason.
    let reasons: Vec<_> = (full.frames.iter())
        .filter_map(|frame| match &frame.found {
            Found::Nothing { reason } => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    assert!(
        reasons.iter().any(|it| it.contains("in a library")),
        "{reasons:?}"
    );
    assert_eq!(reasons.last(), Some(&"the end of the stack"));
}

#[test]
fn a_panic_names_the_code_that_raised_it() {
    for (argument, function) in [("", "program::outer"), ("unwrap", "program::unwraps")] {
        let trace = PROGRAM.explained(&PROGRAM.panic("0", argument));
        assert_eq!(trace.panics.len(), 1);
        let raised: Vec<_> = trace.panics[0]
            .raised_at
            .iter()
            .map(|it| it.function.as_str())
            .collect();
        assert_eq!(raised, [function]);
    }
}

#[test]
fn an_offset_leads_to_the_call_before_it_and_hostile_ones_to_a_reason() {
    let call = found(
        &PROGRAM.explained(&PROGRAM.panic("full", "")),
        "program::outer",
    )
    .clone();
    let of = |line: &str| PROGRAM.explained(line.as_bytes()).frames[0].found.clone();
    assert_eq!(
        of(&format!("program::outer+{:#x}", call.offset)),
        Found::Instruction(call)
    );
    for line in [
        "program::outer+0xffffffffffffffff",
        "program::gone+0x1",
        "0xffffffffffffffff",
        "0x10",
        "  3: program::gone",
    ] {
        assert!(
            matches!(of(line), Found::Nothing { .. }),
            "{line}: {:?}",
            of(line)
        );
    }
    let nothing = trace::explain(&Text::read(b"a::b+0x1"), None, None);
    assert!(matches!(nothing.frames[0].found, Found::Nothing { .. }));
    assert_eq!(
        trace::fits(&Text::read(b"1: program::outer\n2: x::y\n"), &PROGRAM.image),
        (1, 2)
    );
}

#[test]
fn a_stripped_executable_has_no_functions_and_is_no_error() {
    let stripped = PROGRAM.folder.join("stripped");
    let source = [SOURCE, PAIR].concat();
    let arguments = ["-C", "strip=symbols", "-o", "stripped"];
    compile(&PROGRAM.folder, "program.rs", &source, &arguments);
    let image = Image::load(&stripped).unwrap();
    assert!(image.named("program::outer").is_empty());
    let said = PROGRAM.panic("full", "");
    let trace = trace::explain(&Text::read(&said), Some(&image), None);
    assert!((trace.frames.iter()).all(|frame| matches!(frame.found, Found::Nothing { .. })));
}
