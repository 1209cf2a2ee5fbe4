//! The calls in an executable that fit frames without addresses.

use std::collections::HashMap;

use super::super::image::without_arguments;
use super::super::{Code, Function, Image, Instruction, Role, Syntax};
use super::{Call, Location, RawFrame};
use crate::profile::inlined::{Frame, Symbols};

/// The most instructions that are decoded for one trace.
const MOST: usize = 2_000_000;
/// The most functions of one name that are examined.
const INSTANCES: usize = 50;
/// The most frames that are inlined into each other.
const DEEPEST: usize = 64;

/// An executable with its decoded functions.
pub(super) struct Calls<'a> {
    image: &'a Image,
    symbols: Option<&'a Symbols>,
    decoded: HashMap<u64, Code>,
    instructions: usize,
    by_name: HashMap<String, Vec<usize>>,
}

/// The frames of the text that one call explains.
pub(super) struct Fit {
    /// How many frames.
    pub(super) frames: usize,
    /// The calls that fit.
    pub(super) calls: Vec<Call>,
    /// The callee of each.
    pub(super) targets: Vec<Option<String>>,
}

impl<'a> Calls<'a> {
    pub(super) fn new(image: &'a Image, symbols: Option<&'a Symbols>) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, function) in image.functions().iter().enumerate() {
            for name in function.names() {
                let named = by_name.entry(without_arguments(&name)).or_default();
                named.push(index);
            }
        }
        Self {
            image,
            symbols,
            decoded: HashMap::new(),
            instructions: 0,
            by_name,
        }
    }

    /// The functions with this name, ignoring generic arguments.
    pub(super) fn functions_named(&self, name: &str) -> Vec<&'a Function> {
        let image = self.image;
        (self
            .by_name
            .get(&without_arguments(name))
            .into_iter()
            .flatten())
        .filter_map(|&index| image.functions().get(index))
        .collect()
    }

    /// The decoded function; `None` beyond [`MOST`] instructions.
    fn code(&mut self, function: &Function) -> Option<&Code> {
        if !self.decoded.contains_key(&function.address) {
            if self.instructions > MOST {
                return None;
            }
            let code = Code::decode(self.image, function, self.symbols, Syntax::Att);
            self.instructions += code.instructions.len();
            self.decoded.insert(function.address, code);
        }
        self.decoded.get(&function.address)
    }

    /// The call that returns to an address of the file, or else the instruction there.
    pub(super) fn at(&mut self, address: u64) -> Option<Call> {
        let image = self.image;
        // A call at the end of a function returns to the address after it.
        let before = (address.checked_sub(1)).and_then(|before| image.at(before));
        let here = image.at(address);
        for function in before.into_iter().chain(here) {
            let code = self.code(function)?;
            let index = match code.call_before(address) {
                Some(index) => Some(index),
                None if function.holds(address) => code.index_of(address),
                None => None,
            };
            if let Some(index) = index {
                return Some(call(code, &code.instructions[index]));
            }
        }
        None
    }

    /// The calls whose inlining chain has the functions and lines of the first of `frames`, up to and including a
    /// function with machine code of its own.
    pub(super) fn fitting(&mut self, frames: &[RawFrame]) -> Option<Fit> {
        for depth in 1..=frames.len().min(DEEPEST) {
            let (inlined, physical) = (&frames[..depth], frames[depth - 1].function.as_ref()?);
            let mut calls = Vec::new();
            let mut targets = Vec::new();
            for function in self.functions_named(physical).into_iter().take(INSTANCES) {
                let Some(code) = self.code(function) else {
                    continue;
                };
                let is_fit = |it: &&Instruction| it.is_call && is_chain(&it.chain, inlined);
                for instruction in code.instructions.iter().filter(is_fit) {
                    calls.push(call(code, instruction));
                    let target = instruction.target.as_ref();
                    targets.push(target.map(|target| target.function.clone()));
                }
            }
            if !calls.is_empty() {
                return Some(Fit {
                    frames: depth,
                    calls,
                    targets,
                });
            }
        }
        None
    }

    /// The calls that panic at a line of source, inlined ones included, such as a check in the standard library.
    /// Cost: decoding every function with code of that file.
    pub(super) fn raised_at(&mut self, place: &Location) -> Vec<Call> {
        let Some(symbols) = self.symbols else {
            return Vec::new();
        };
        let image = self.image;
        let starts = symbols.code_of(&|file| is_same_file(file, &place.file));
        let mut functions: Vec<&Function> =
            starts.into_iter().filter_map(|at| image.at(at)).collect();
        functions.sort_by_key(|function| function.address);
        functions.dedup();
        let is_there =
            |frame: &Frame| frame.line == place.line && is_same_file(&frame.file, &place.file);
        let raises = |it: &&Instruction| {
            let role = it.target.as_ref().and_then(|target| target.role);
            role == Some(Role::Panics) && it.chain.iter().any(is_there)
        };
        let mut found = Vec::new();
        for function in functions {
            let Some(code) = self.code(function) else {
                break;
            };
            let calls = code.instructions.iter().filter(raises);
            found.extend(calls.map(|instruction| call(code, instruction)));
        }
        found
    }
}

fn call(code: &Code, instruction: &Instruction) -> Call {
    let at = instruction.address - code.address;
    let length = match instruction.is_call {
        true => u64::from(instruction.length),
        false => 0,
    };
    Call {
        function: code.function.clone(),
        offset: at + length,
        at,
        address: instruction.address,
        text: instruction.text.clone(),
        chain: instruction.chain.clone(),
    }
}

/// Whether the functions at an instruction are these frames.
fn is_chain(chain: &[Frame], frames: &[RawFrame]) -> bool {
    let is_same = |(own, frame): (&Frame, &RawFrame)| {
        let named = (frame.function.as_deref())
            .is_some_and(|name| without_arguments(name) == without_arguments(&own.function));
        let placed = (frame.place.as_ref())
            .is_none_or(|place| place.line == own.line && is_same_file(&own.file, &place.file));
        named && placed
    };
    chain.len() == frames.len() && chain.iter().zip(frames).all(is_same)
}

/// Whether one path is a suffix of the other, component by component.
fn is_same_file(left: &str, right: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split(['/', '\\']);
        let real = parts.filter(|part| !part.is_empty() && *part != "." && *part != "..");
        real.map(str::to_owned).collect()
    };
    let (left, right) = (parts(left), parts(right));
    let mut both = left.iter().rev().zip(right.iter().rev());
    !left.is_empty() && !right.is_empty() && both.all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_same_in_another_folder_of_the_machine() {
        for (left, right, is_same) in [
            ("/home/a/p/src/lib.rs", "src/lib.rs", true),
            ("/tmp/t/p.rs", "./p.rs", true),
            ("/a/src/lib.rs", "/b/src/lib.rs", false),
            ("src/lib.rs", "src/main.rs", false),
            ("", "", false),
            ("a.rs", "", false),
        ] {
            assert_eq!(is_same_file(left, right), is_same, "{left} {right}");
        }
    }
}
