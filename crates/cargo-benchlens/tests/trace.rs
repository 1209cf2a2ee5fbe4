//! `trace` as a process: real backtraces, cut ones, and hostile text.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

mod program;
mod stranger;

use std::fs;

use program::{panic, program, run, said};
use serde_json::Value;
use stranger::Stranger;

#[test]
fn a_panic_on_standard_input_is_explained() {
    let folder = program();
    let path = folder.path().join("program");
    for backtrace in ["1", "full"] {
        let output = run(
            "trace --executable program",
            folder.path(),
            &panic(&path, backtrace),
        );
        let text = said(&output);
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(
            text.contains("index out of bounds: the len is 2 but the index is 2"),
            "{text}"
        );
        let outer = text
            .lines()
            .find(|line| line.contains("program::outer+0x"))
            .unwrap();
        assert!(text.contains("raised by program::outer+0x"), "{text}");
        assert!(outer.contains("panic_bounds_check"), "{outer}");
        assert!(text.contains("↳ inlined program::inner, "), "{text}");
        assert_eq!(text.contains("loaded at 0x"), backtrace == "full");
        assert!(text.contains(" not found"), "{text}");
    }
    // A backtrace that is cut anywhere around a frame is accepted, too.
    let whole = panic(&path, "full");
    let middle = whole.len() / 2;
    for end in (middle..middle + 400).step_by(40) {
        let output = run("trace --executable program", folder.path(), &whole[..end]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
}

#[test]
fn hostile_text_does_no_harm() {
    let folder = program();
    let mut hostile =
        b"   0: mine::\x1b[2J\x07evil\xff\n             at src/\x1b]0;title\x07.rs:1:1\n\
        thread '\x9b31m' panicked at \xe2\x80\xae.rs:1:1:\n\x1b[H\x00\n"
            .to_vec();
    let mut state = 1_u32;
    for _ in 0..20_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        hostile.push((state >> 24) as u8);
    }
    hostile.extend(b"\n0xffffffffffffffff\nmain+0xffffffffffffffff\n".repeat(20_000));
    let output = run("trace --executable program", folder.path(), &hostile);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let is_harmless = |letter: char| letter == '\n' || !letter.is_control();
    assert!(
        text.chars().all(is_harmless),
        "a control character on the terminal"
    );
    assert!(!text.contains('\u{202e}'));
    assert!(text.contains("only the first 10000 frames were read"));
    let output = run(
        "trace --executable program --format json",
        folder.path(),
        &hostile,
    );
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        json["frames"].as_array().unwrap().len() + json["panics"].as_array().unwrap().len(),
        10_000
    );
}

#[test]
fn the_executable_of_a_trace_is_found_in_the_target_folder() {
    let stranger = Stranger::new();
    let folder = program();
    let path = folder.path().join("program");
    let deps = stranger.root().join("target/release/deps");
    fs::create_dir_all(&deps).unwrap();
    fs::copy(&path, deps.join("parse-0123456789abcdef")).unwrap();
    fs::copy("/bin/sh", deps.join("other-0123456789abcdef")).unwrap();
    let output = run("trace", stranger.root(), &panic(&path, "1"));
    let text = said(&output);
    assert!(text.contains("deps/parse-0123456789abcdef"), "{text}");
    assert!(text.contains("program::outer+0x"), "{text}");
    // For another program's backtrace no executable is found, and its frames are shown as they are.
    let output = run(
        "trace",
        stranger.root(),
        b"   3: theirs::parse\n             at src/a.rs:4:5\n",
    );
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("name it with --executable"), "{text}");
    assert!(
        text.contains("theirs::parse") && text.contains("src/a.rs:4"),
        "{text}"
    );
}
