//! Finds the instruction of each frame of a trace.

use std::collections::HashSet;

use super::super::Image;
use super::super::image::without_arguments;
use super::calls::{Calls, Fit};
use super::{Explained, ExplainedFrame, ExplainedPanic, Found, RawFrame, Text, base};
use crate::profile::inlined::Symbols;
use crate::profile::is_standard;

pub(super) fn explain(text: &Text, image: Option<&Image>, symbols: Option<&Symbols>) -> Explained {
    let mut calls = image.map(|image| Calls::new(image, symbols));
    let base = (calls.as_ref()).and_then(|calls| base::of(&text.frames, calls));
    let mut frames: Vec<ExplainedFrame> = Vec::new();
    let mut rest = text.frames.as_slice();
    while !rest.is_empty() {
        let above = frames.last().and_then(|frame| match &frame.found {
            Found::Instruction(call) => Some(call.function.as_str()),
            Found::Function { function, .. } => Some(function.as_str()),
            Found::Nothing { .. } => None,
        });
        let (length, found) = one(rest, calls.as_mut(), base, above);
        let (written, after) = rest.split_at(length.clamp(1, rest.len()));
        frames.push(ExplainedFrame {
            written: written.to_vec(),
            found,
        });
        rest = after;
    }
    let panics = (text.panics.iter()).map(|panic| ExplainedPanic {
        raised_at: match (&mut calls, &panic.place) {
            (Some(calls), Some(place)) => calls.raised_at(place),
            _ => Vec::new(),
        },
        panic: panic.clone(),
    });
    Explained {
        panics: panics.collect(),
        executable: image.map(|image| image.file().display().to_string()),
        base,
        frames,
        cut: text.cut.clone(),
    }
}

/// Explains the first frames: how many belong together, and what was found.
fn one(
    frames: &[RawFrame],
    calls: Option<&mut Calls<'_>>,
    base: Option<u64>,
    above: Option<&str>,
) -> (usize, Found) {
    let together = 1 + frames.iter().take_while(|frame| frame.is_inlined).count();
    let together = together.min(frames.len());
    let physical = &frames[together - 1];
    let Some(calls) = calls else {
        return (together, nothing("no executable was found that fits"));
    };
    if let Some((address, base)) = physical.address.zip(base)
        && let Some(call) = address.checked_sub(base).and_then(|at| calls.at(at))
    {
        return (together, Found::Instruction(call));
    }
    let Some(name) = &physical.function else {
        return (together, nothing(why_nameless(physical, base)));
    };
    if let Some(offset) = physical.offset {
        return (together, at_offset(calls, name, offset));
    }
    // If the load address is known, a frame whose address does not fit is in another object.
    if physical.address.is_some() && base.is_some() {
        return (
            together,
            nothing("its address is outside of the executable: in a library"),
        );
    }
    if let Some(fit) = calls.fitting(frames) {
        return (fit.frames, of_fit(&fit, above));
    }
    let found = match calls.functions_named(name).as_slice() {
        [] => nothing(
            "the executable has no function of that name: it is inlined into a frame that the trace \
             leaves out, is in a library, or the trace is of another build",
        ),
        [only] => Found::Function {
            function: only.name(),
            address: only.address,
            calls: 0,
        },
        several => nothing(&format!(
            "{} functions of the executable have that name, and no call of them fits the line",
            several.len()
        )),
    };
    (together, found)
}

/// The only call that fits, or the only one that calls the function of the frame above.
fn of_fit(fit: &Fit, above: Option<&str>) -> Found {
    let of_callee = |target: &Option<String>| {
        let pair = target.as_deref().zip(above);
        pair.is_some_and(|(a, b)| without_arguments(a) == without_arguments(b))
    };
    let narrowed: Vec<_> = (fit.calls.iter().zip(&fit.targets))
        .filter(|(_, target)| of_callee(target))
        .map(|(call, _)| call)
        .collect();
    match (narrowed.as_slice(), fit.calls.as_slice()) {
        ([one], _) => Found::Instruction((*one).clone()),
        (_, [one]) => Found::Instruction(one.clone()),
        (_, several) => Found::Function {
            function: several[0].function.clone(),
            address: several[0].address - several[0].at,
            calls: several.len(),
        },
    }
}

/// Explains `function+0x39`.
fn at_offset(calls: &mut Calls<'_>, name: &str, offset: u64) -> Found {
    let functions = calls.functions_named(name);
    let within: Vec<_> = (functions.iter())
        .filter(|function| offset <= function.size)
        .collect();
    match (within.as_slice(), functions.as_slice()) {
        (_, []) => nothing("the executable has no function of that name"),
        ([], [..]) => {
            nothing("the offset is past the end of the function: the trace is of another build")
        }
        ([one], _) => match one.address.checked_add(offset).and_then(|at| calls.at(at)) {
            Some(call) => Found::Instruction(call),
            None => nothing("there is no instruction"),
        },
        (several, _) => nothing(&format!(
            "{} functions of the executable have that name",
            several.len()
        )),
    }
}

fn why_nameless(frame: &RawFrame, base: Option<u64>) -> &'static str {
    match (frame.address, base) {
        (Some(0), _) => "the end of the stack",
        (Some(_), Some(_)) => "its address is outside of the executable: in a library",
        (Some(_), None) => {
            "an address alone: no frame with a name says where the executable was loaded"
        }
        (None, _) => "neither a name nor an address",
    }
}

fn nothing(reason: &str) -> Found {
    Found::Nothing {
        reason: reason.to_owned(),
    }
}

pub(super) fn fits(text: &Text, image: &Image) -> (usize, usize) {
    let names = (text.frames.iter()).filter_map(|frame| frame.function.as_deref());
    let own = names.filter(|name| !is_standard(name) && name.contains("::"));
    let wanted: HashSet<String> = own.map(without_arguments).collect();
    let mut found: HashSet<String> = HashSet::new();
    for function in image.functions() {
        for name in function.names() {
            let name = without_arguments(&name);
            if wanted.contains(&name) {
                found.insert(name);
            }
        }
    }
    (found.len(), wanted.len())
}
