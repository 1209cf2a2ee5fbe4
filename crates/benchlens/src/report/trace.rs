//! An explained backtrace for a terminal: each frame with its instruction, its line and its inlined functions.
//!
//! The text contains colour sequences, which a writer such as `anstream`'s removes where colours are not supported.
//! A trace is untrusted text, so its control characters are escaped.

use std::fmt::Write as _;

use super::assembly::{line_of, short_path};
use super::lines::sources::Sources;
use super::plain;
use super::style::{ACCENT, FAINT, HOT, TITLE};
use crate::assembly::trace::{
    Call, Explained, ExplainedFrame, ExplainedPanic, Found, Location, RawFrame,
};
use crate::profile::inlined::Frame;

/// How many places of one panic are listed.
const PLACES: usize = 10;

/// The trace as text.
pub fn render(trace: &Explained, sources: Option<&Sources>) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    match (&trace.executable, trace.base) {
        (Some(executable), Some(base)) => {
            let _ = writeln!(text, "by {}, loaded at {base:#x}", plain(executable));
        }
        (Some(executable), None) => {
            let _ = writeln!(text, "by {}", plain(executable));
        }
        (None, _) => text.push_str("without an executable\n"),
    }
    let mut panics = trace.panics.iter().peekable();
    let mut written = 0;
    for frame in &trace.frames {
        while let Some(panic) = panics.next_if(|it| it.panic.before <= written) {
            one_panic(&mut text, panic, sources);
        }
        one(&mut text, frame, sources);
        written += frame.written.len();
    }
    for panic in panics {
        one_panic(&mut text, panic, sources);
    }
    ending(&mut text, trace);
    text
}

fn one_panic(text: &mut String, panic: &ExplainedPanic, sources: Option<&Sources>) {
    let said = &panic.panic;
    let thread = match &said.thread {
        Some(name) => format!("thread {} ", plain(name)),
        None => String::new(),
    };
    let _ = write!(text, "\n{HOT}{thread}panicked{HOT:#}");
    for (index, line) in said.message.lines().enumerate() {
        let before = if index == 0 { ": " } else { "\n  " };
        let _ = write!(text, "{before}{}", plain(line));
    }
    text.push('\n');
    if let Some(place) = &said.place {
        text.push_str("  ");
        source(text, "", place, sources);
    }
    for call in panic.raised_at.iter().take(PLACES) {
        let _ = writeln!(
            text,
            "  {FAINT}raised by{FAINT:#} {}+{:#x}  {}",
            plain(&call.function),
            call.at,
            plain(&call.text)
        );
    }
    if let Some(more) = panic
        .raised_at
        .len()
        .checked_sub(PLACES)
        .filter(|it| *it > 0)
    {
        let _ = writeln!(text, "  {FAINT}and {more} more places{FAINT:#}");
    }
}

fn one(text: &mut String, frame: &ExplainedFrame, sources: Option<&Sources>) {
    let first = frame.written.first();
    let number = match first.and_then(|frame| frame.number) {
        Some(number) => format!("{number:>4}"),
        None => "   –".to_owned(),
    };
    let _ = write!(text, "\n{FAINT}{number}{FAINT:#}  ");
    match &frame.found {
        Found::Instruction(call) => instruction(text, call, sources),
        Found::Function {
            function, calls, ..
        } => {
            let _ = write!(text, "{TITLE}{}{TITLE:#}", plain(function));
            let _ = match calls {
                0 => writeln!(text, "  {FAINT}no call in it fits the line{FAINT:#}"),
                calls => writeln!(text, "  {FAINT}one of {calls} calls in it{FAINT:#}"),
            };
            as_written(text, frame, sources);
        }
        Found::Nothing { reason } => {
            let _ = match frame.written.last() {
                Some(RawFrame {
                    function: Some(name),
                    ..
                }) => write!(text, "{TITLE}{}{TITLE:#}", plain(name)),
                Some(RawFrame {
                    address: Some(address),
                    ..
                }) => write!(text, "{address:#x}"),
                _ => write!(text, "?"),
            };
            let _ = writeln!(text, "  {FAINT}not found: {}{FAINT:#}", plain(reason));
            as_written(text, frame, sources);
        }
    }
}

fn instruction(text: &mut String, call: &Call, sources: Option<&Sources>) {
    let _ = writeln!(
        text,
        "{TITLE}{}+{:#x}{TITLE:#}  {FAINT}at +{:#x}:{FAINT:#} {}",
        plain(&call.function),
        call.offset,
        call.at,
        plain(&call.text)
    );
    for (depth, frame) in call.chain.iter().rev().enumerate() {
        let _ = write!(text, "      {:1$}", "", 2 * depth);
        chained(text, depth, frame, sources);
    }
}

fn chained(text: &mut String, depth: usize, frame: &Frame, sources: Option<&Sources>) {
    let line = line_of(frame, depth, sources);
    let place = match line.line {
        0 => line.file.clone(),
        number => format!("{}:{number}", line.file),
    };
    let _ = match depth {
        0 => write!(text, "{ACCENT}{}{ACCENT:#}", plain(&place)),
        _ => write!(
            text,
            "{ACCENT}↳ inlined {}, {}{ACCENT:#}",
            plain(&line.function),
            plain(&place)
        ),
    };
    let _ = match &line.text {
        Some(source) => writeln!(text, "  {}", plain(&source.replace('\t', "    "))),
        None => writeln!(text),
    };
}

/// The frames with the lines that the text gives, outermost first.
fn as_written(text: &mut String, frame: &ExplainedFrame, sources: Option<&Sources>) {
    for (depth, written) in frame.written.iter().rev().enumerate() {
        let Some(place) = &written.place else {
            continue;
        };
        let _ = write!(text, "      {:1$}", "", 2 * depth);
        if depth > 0 {
            let name = written.function.as_deref().unwrap_or("?");
            let _ = write!(text, "{ACCENT}↳ inlined {}, {ACCENT:#}", plain(name));
        }
        let function = written.function.as_deref().unwrap_or_default();
        source(text, function, place, sources);
    }
}

/// A place and its line of source.
fn source(text: &mut String, function: &str, place: &Location, sources: Option<&Sources>) {
    let found = sources.and_then(|it| {
        let file = place.file.trim_start_matches("./");
        it.text(function, file, place.line)
    });
    let file = found.map_or_else(|| short_path(&place.file), |(path, _)| path.to_owned());
    let _ = write!(text, "{ACCENT}{}:{}{ACCENT:#}", plain(&file), place.line);
    let _ = match found {
        Some((_, line)) => writeln!(text, "  {}", plain(&line.trim().replace('\t', "    "))),
        None => writeln!(text),
    };
}

/// How many frames were explained, and what was left out.
fn ending(text: &mut String, trace: &Explained) {
    let of = |is: fn(&Found) -> bool| trace.frames.iter().filter(|it| is(&it.found)).count();
    let exact = of(|found| matches!(found, Found::Instruction(_)));
    let unknown = of(|found| matches!(found, Found::Nothing { .. }));
    let written: usize = trace.frames.iter().map(|frame| frame.written.len()).sum();
    let _ = writeln!(
        text,
        "\n{written} frames are {} calls: {exact} with their instruction, {} with their function, \
         {unknown} not found",
        trace.frames.len(),
        trace.frames.len() - exact - unknown
    );
    if let Some(cut) = &trace.cut {
        let _ = writeln!(text, "{HOT}not all of it: {}{HOT:#}", plain(cut));
    }
}
