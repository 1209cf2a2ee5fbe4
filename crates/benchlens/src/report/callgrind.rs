//! A heap profile in callgrind's format, for KCachegrind and callgrind_annotate. The events are blocks,
//! bytes and peak bytes, with their call graph.
//!
//! A function's own allocations are at its line; those of its callees are at the line of the call. The
//! lines add up to the profile's total.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::profile::dhat::{HeapProfile, StackCost, StackFrame};

/// The events, in the order of a line's figures.
const EVENTS: &str = "Allocations AllocatedBytes PeakBytes";

/// A function: its name and its file.
type Function<'a> = (&'a str, &'a str);

/// The costs of one function.
#[derive(Default)]
struct Spent<'a> {
    own: BTreeMap<u32, [u64; 3]>,
    /// By the line of the call and the callee.
    called: BTreeMap<(u32, Function<'a>), ([u64; 3], u32)>,
}

/// Encodes the profile. Linear in the frames of its stacks.
pub fn encode(profile: &HeapProfile) -> String {
    let mut functions: BTreeMap<Function<'_>, Spent<'_>> = BTreeMap::new();
    let mut total = [0; 3];
    for point in &profile.points {
        let figures = figures(point.cost);
        add(&mut total, figures);
        let frames: Vec<&StackFrame> = point.stack.iter().map(|&at| &profile.frames[at]).collect();
        let Some(innermost) = frames.first() else {
            continue;
        };
        let spent = functions.entry(function(innermost)).or_default();
        add(spent.own.entry(innermost.line).or_default(), figures);
        // A recursive call is counted once.
        let mut seen = BTreeSet::new();
        for pair in frames.windows(2) {
            let (callee, caller) = (pair[0], pair[1]);
            let call = (caller.line, function(callee));
            if !seen.insert((function(caller), call)) {
                continue;
            }
            let spent = functions.entry(function(caller)).or_default();
            let (sum, line) = spent.called.entry(call).or_default();
            add(sum, figures);
            *line = callee.line;
        }
    }
    written(&functions, total)
}

fn written(functions: &BTreeMap<Function<'_>, Spent<'_>>, total: [u64; 3]) -> String {
    let mut text = format!(
        "# callgrind format\nversion: 1\ncreator: benchlens\npositions: line\nevents: {EVENTS}\n"
    );
    // Writing to a string cannot fail.
    for ((name, file), spent) in functions {
        let _ = writeln!(text, "\nfl={}\nfn={}", one_line(file), one_line(name));
        for (line, own) in &spent.own {
            let _ = writeln!(text, "{line} {}", joined(*own));
        }
        for ((line, (callee, file)), (sum, at)) in &spent.called {
            let _ = writeln!(text, "cfi={}\ncfn={}", one_line(file), one_line(callee));
            let _ = writeln!(text, "calls={} {at}\n{line} {}", sum[0], joined(*sum));
        }
    }
    let _ = writeln!(text, "\ntotals: {}", joined(total));
    text
}

fn function(frame: &StackFrame) -> Function<'_> {
    (&frame.function, &frame.file)
}

fn figures(cost: StackCost) -> [u64; 3] {
    [cost.allocations, cost.allocated_bytes, cost.peak_bytes]
}

fn add(sum: &mut [u64; 3], figures: [u64; 3]) {
    for (sum, figure) in sum.iter_mut().zip(figures) {
        *sum = sum.saturating_add(figure);
    }
}

fn joined(figures: [u64; 3]) -> String {
    figures.map(|figure| figure.to_string()).join(" ")
}

/// A name that begins with a number in parentheses would be read as a compressed name.
fn one_line(name: &str) -> String {
    let name = super::plain(name);
    match name.starts_with('(') {
        true => format!(" {name}"),
        false => name.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_lines_add_up_and_the_calls_lead_to_them() {
        let json = include_bytes!("../../fixtures/profiles/dhat.json");
        let profile = HeapProfile::parse(json, Path::new("dhat.json")).unwrap();
        let text = encode(&profile);
        assert!(text.ends_with("totals: 7 639 415\n"), "{text}");
        let mut is_call = false;
        let mut sum = 0;
        for line in text.lines() {
            if line.starts_with(|letter: char| letter.is_ascii_digit()) && !is_call {
                sum += line.split(' ').nth(1).unwrap().parse::<u64>().unwrap();
            }
            is_call = line.starts_with("calls=");
        }
        assert_eq!(sum, 7);
        // Read back with the reader for callgrind's own files.
        let as_instructions = text.replace("AllocatedBytes", "Ir");
        let path = Path::new("heap.out");
        let read =
            crate::profile::callgrind::InstructionProfile::parse(as_instructions.as_bytes(), path);
        assert_eq!(read.unwrap().total, 639);
    }
}
