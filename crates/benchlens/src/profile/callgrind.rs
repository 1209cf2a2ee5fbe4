//! An instruction profile, read from callgrind's `.out` file.
//!
//! The file is a list of blocks. `fn=` opens a function. `fl=`, `fi=` and `fe=` set the file of the
//! next lines, so that inlined code keeps its file. A line that starts with a position is `line
//! instructions`, or `address line instructions` with `--dump-instr=yes`. The line after `calls=` is
//! the inclusive cost of the callee, and the one after `jump=` or `jcnd=` is the source of a jump.
//! Names are written once as `(7) name` and then as `(7)`; positions may be relative to the previous
//! one. `totals:` ends each part, and the lines must add up to the sum of the totals; a file without
//! `totals:` has `summary:` instead.
//!
//! Files of arbitrary programs are accepted: with several parts and threads, with mangled names, or
//! without lines.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::Path;

use super::Error;

/// Every line of source that cost instructions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstructionProfile {
    /// The profiled command, as callgrind writes it: the executable and its arguments.
    pub command: String,
    /// The sum of [`LineCost::own`] over all lines.
    pub total: u64,
    /// The `summary:`, if there is one. It can exceed the total: with cache simulation, callgrind
    /// attributes a few instructions to no line, and callgrind_annotate includes them.
    pub summary: Option<u64>,
    /// Sorted by file, function and line; each once.
    pub lines: Vec<LineCost>,
    /// The same instructions by address, sorted and each once; empty if callgrind did not record
    /// addresses.
    pub addresses: Vec<AddressCost>,
    /// The calls between physical functions, sorted and each pair once.
    pub calls: Vec<CallCost>,
    /// What each calling instruction reached, sorted; empty if callgrind did not record addresses.
    pub call_sites: Vec<CallSite>,
}

/// What an instruction called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallSite {
    /// The executable or library that holds the instruction.
    pub object: String,
    /// Its address in that object's file.
    pub address: u64,
    /// The function that it called.
    pub callee: String,
    /// How often.
    pub calls: u64,
}

/// What one function cost on behalf of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallCost {
    /// The function that calls.
    pub caller: String,
    /// The called function; equal to the caller in direct recursion.
    pub callee: String,
    /// How often.
    pub calls: u64,
    /// Inclusive instructions of the callee; a recursive call counts at each level.
    pub instructions: u64,
}

/// What one machine instruction cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressCost {
    /// The executable or library that holds it.
    pub object: String,
    /// Its address in that object's file.
    pub address: u64,
    /// The physical function.
    pub function: String,
    /// The source file as callgrind names it, or `???`.
    pub file: String,
    /// Line in that file, from 1; 0 if unknown.
    pub line: u64,
    /// How often it ran.
    pub own: u64,
}

/// What one line of source cost inside of one function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineCost {
    /// The source file as the compiler named it, or `???`.
    pub file: String,
    /// The physical function; inlined code is attributed to the function that contains it.
    pub function: String,
    /// Line in the file, from 1; 0 if unknown.
    pub line: u64,
    /// Instructions of the line itself.
    pub own: u64,
    /// Instructions of the functions it called; a recursive call counts at each level.
    pub called: u64,
}

impl InstructionProfile {
    /// Reads the profile at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], [`Error::Malformed`] and [`Error::Total`]; see
    /// [`InstructionProfile::parse`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&super::read(path)?, path)
    }

    /// Decodes `text`; `path` only names it in errors. Linear in time, and in space by the
    /// number of distinct lines.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] with the number of the invalid line, [`Error::Total`] if the lines do
    /// not add up to `totals:`, which a truncated file lacks.
    pub fn parse(text: &[u8], path: &Path) -> Result<Self, Error> {
        let text = String::from_utf8_lossy(text);
        let mut parser = Parser::default();
        for (index, line) in text.lines().enumerate() {
            parser
                .line(line.trim())
                .map_err(|reason| Error::Malformed {
                    file: path.to_owned(),
                    place: format!("line {}", index + 1),
                    reason,
                })?;
        }
        let total = parser
            .stated
            .or(parser.closing)
            .ok_or_else(|| Error::Malformed {
                file: path.to_owned(),
                place: "end".to_owned(),
                reason: "no totals: the file is truncated or not callgrind's",
            })?;
        if parser.sum != total {
            return Err(Error::Total {
                file: path.to_owned(),
                sum: parser.sum,
                total,
            });
        }
        let addresses = parser.take_addresses();
        let calls = parser.take_calls();
        let call_sites = parser.take_call_sites();
        Ok(Self {
            command: std::mem::take(&mut parser.command),
            total,
            summary: parser.summary,
            lines: parser.into_lines(),
            addresses,
            calls,
            call_sites,
        })
    }
}

impl InstructionProfile {
    /// The main executable: the object that the command begins with. `None` if callgrind did not record
    /// addresses.
    pub fn executable(&self) -> Option<&Path> {
        let is_started = |object: &&str| {
            let rest = self.command.strip_prefix(object);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let objects = self.addresses.iter().map(|cost| cost.object.as_str());
        let started = objects.clone().filter(is_started);
        if let Some(object) = started.max_by_key(|object| object.len()) {
            return Some(Path::new(object));
        }
        // The command may be relative to `PATH` or to the working folder.
        let program = Path::new(self.command.split(' ').next()?).file_name()?;
        objects
            .map(Path::new)
            .find(|object| object.file_name() == Some(program))
    }
}

type Key = (String, String, u64);

/// The positions at the start of a cost line.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Positions {
    #[default]
    Line,
    Address,
    Both,
}

#[derive(Default)]
struct Parser {
    command: String,
    column: Option<usize>,
    positions: Positions,
    object: String,
    file: String,
    function: String,
    address: u64,
    position: u64,
    after_calls: bool,
    /// The callee and the count of the call whose cost follows.
    callee: String,
    count: u64,
    calls: BTreeMap<(String, String), (u64, u64)>,
    call_sites: BTreeMap<(String, u64, String), u64>,
    objects: HashMap<String, String>,
    files: HashMap<String, String>,
    functions: HashMap<String, String>,
    costs: BTreeMap<Key, (u64, u64)>,
    addresses: BTreeMap<(String, u64), AddressCost>,
    sum: u64,
    stated: Option<u64>,
    summary: Option<u64>,
    /// The final sum in a file without totals, such as cachegrind's.
    closing: Option<u64>,
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let Some(&first) = line.as_bytes().first() else {
            return Ok(());
        };
        if matches!(first, b'0'..=b'9' | b'+' | b'-' | b'*') {
            return self.cost(line);
        }
        if self.after_calls {
            return Err("a call without its cost");
        }
        if let Some((key, value)) = line.split_once('=')
            && key.bytes().all(|byte| byte.is_ascii_lowercase())
        {
            return self.assignment(key, value);
        }
        if let Some((key, value)) = line.split_once(':') {
            return self.header(key, value.trim());
        }
        match first {
            b'#' => Ok(()),
            _ => Err("neither a cost, a name nor a header"),
        }
    }

    fn header(&mut self, key: &str, value: &str) -> Result<(), &'static str> {
        match key {
            "cmd" => {
                value.clone_into(&mut self.command);
                Ok(())
            }
            "positions" => match value {
                "line" => self.set_positions(Positions::Line),
                "instr" => self.set_positions(Positions::Address),
                "instr line" => self.set_positions(Positions::Both),
                _ => Err("only positions by line, by instruction, and by both are supported"),
            },
            "events" => {
                let column = value.split_whitespace().position(|event| event == "Ir");
                self.column = Some(column.ok_or("no event Ir")?);
                Ok(())
            }
            "totals" => {
                let total = self.event(value.split_whitespace())?;
                // A file with several parts has one total per part.
                let before = self.stated.unwrap_or(0);
                self.stated = Some(before.checked_add(total).ok_or("the total overflows")?);
                Ok(())
            }
            "summary" => {
                let total = self.event(value.split_whitespace())?;
                let before = self.summary.unwrap_or(0);
                let sum = before.checked_add(total).ok_or("the total overflows")?;
                self.summary = Some(sum);
                // In the header, `summary:` precedes the costs and does not close them.
                self.closing = (self.sum > 0).then_some(sum);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn set_positions(&mut self, positions: Positions) -> Result<(), &'static str> {
        self.positions = positions;
        Ok(())
    }

    fn assignment(&mut self, key: &str, value: &str) -> Result<(), &'static str> {
        match key {
            "fl" | "fi" | "fe" => self.file = resolve(&mut self.files, value)?,
            "cfi" | "cfl" | "jfi" => drop(resolve(&mut self.files, value)?),
            "cfn" => self.callee = demangled(&resolve(&mut self.functions, value)?),
            "fn" => self.function = demangled(&resolve(&mut self.functions, value)?),
            "jfn" => drop(resolve(&mut self.functions, value)?),
            "calls" | "rcalls" => {
                let count = value.split_whitespace().next().unwrap_or_default();
                self.count = count.parse().map_err(|_| "not a number of calls")?;
                self.after_calls = true;
            }
            "ob" => self.object = resolve(&mut self.objects, value)?,
            "cob" => drop(resolve(&mut self.objects, value)?),
            // The line after it is a position without a cost.
            "jump" | "jcnd" => {}
            _ => return Err("an unknown assignment"),
        }
        Ok(())
    }

    fn cost(&mut self, line: &str) -> Result<(), &'static str> {
        let mut fields = line.split_whitespace();
        if self.positions != Positions::Line {
            self.address = parse_position(self.address, fields.next().unwrap_or_default())?;
        }
        if self.positions != Positions::Address {
            self.position = parse_position(self.position, fields.next().unwrap_or_default())?;
        }
        let cost = self.event(fields)?;
        let key = (self.file.clone(), self.function.clone(), self.position);
        let (own, called) = self.costs.entry(key).or_default();
        if self.after_calls {
            self.after_calls = false;
            *called = called.checked_add(cost).ok_or("the cost overflows")?;
            let call = (self.function.clone(), self.callee.clone());
            let (calls, sum) = self.calls.entry(call).or_default();
            *calls = calls.saturating_add(self.count);
            *sum = sum.saturating_add(cost);
            if self.positions != Positions::Line {
                let call = (self.object.clone(), self.address, self.callee.clone());
                let calls = self.call_sites.entry(call).or_default();
                *calls = calls.saturating_add(self.count);
            }
        } else {
            *own = own.checked_add(cost).ok_or("the cost overflows")?;
            self.sum = self.sum.checked_add(cost).ok_or("the cost overflows")?;
            self.count_address(cost);
        }
        Ok(())
    }

    /// Adds `cost` to the current address. Cannot overflow: the sum over all lines is checked.
    fn count_address(&mut self, cost: u64) {
        if self.positions == Positions::Line || cost == 0 {
            return;
        }
        let place = (self.object.clone(), self.address);
        let counted = self.addresses.entry(place).or_insert_with(|| AddressCost {
            object: self.object.clone(),
            address: self.address,
            function: self.function.clone(),
            file: self.file.clone(),
            line: self.position,
            own: 0,
        });
        counted.own = counted.own.saturating_add(cost);
    }

    fn take_calls(&mut self) -> Vec<CallCost> {
        (std::mem::take(&mut self.calls).into_iter())
            .map(|((caller, callee), (calls, instructions))| CallCost {
                caller,
                callee,
                calls,
                instructions,
            })
            .collect()
    }

    fn take_call_sites(&mut self) -> Vec<CallSite> {
        (std::mem::take(&mut self.call_sites).into_iter())
            .map(|((object, address, callee), calls)| CallSite {
                object,
                address,
                callee,
                calls,
            })
            .collect()
    }

    fn take_addresses(&mut self) -> Vec<AddressCost> {
        std::mem::take(&mut self.addresses).into_values().collect()
    }

    /// The count of `Ir` among the costs of a line; trailing zeros may be omitted.
    fn event<'a>(&self, mut costs: impl Iterator<Item = &'a str>) -> Result<u64, &'static str> {
        let column = self.column.ok_or("a cost before the events are named")?;
        match costs.nth(column) {
            Some(cost) => cost.parse().map_err(|_| "not a number of instructions"),
            None => Ok(0),
        }
    }

    fn into_lines(self) -> Vec<LineCost> {
        self.costs
            .into_iter()
            .filter(|(_, costs)| *costs != (0, 0))
            .map(|((file, function, line), (own, called))| LineCost {
                file,
                function,
                line,
                own,
                called,
            })
            .collect()
    }
}

/// Demangles a name that callgrind left mangled, and removes its recursion suffix, as in `run'2`.
fn demangled(name: &str) -> String {
    let (name, _) = match name.rsplit_once('\'') {
        Some((name, level)) if level.bytes().all(|byte| byte.is_ascii_digit()) => (name, level),
        _ => (name, ""),
    };
    match rustc_demangle::try_demangle(name) {
        Ok(demangled) => format!("{demangled:#}"),
        Err(_) => name.to_owned(),
    }
}

/// A position, absolute or relative to the one before; addresses are written as `0x1f`.
fn parse_position(from: u64, position: &str) -> Result<u64, &'static str> {
    let number = |digits: &str| {
        match digits.strip_prefix("0x") {
            Some(hexadecimal) => u64::from_str_radix(hexadecimal, 16),
            None => digits.parse::<u64>(),
        }
        .map_err(|_| "not a position")
    };
    let moved = match position.as_bytes() {
        b"*" => Some(from),
        [b'+', ..] => from.checked_add(number(&position[1..])?),
        [b'-', ..] => from.checked_sub(number(&position[1..])?),
        _ => Some(number(position)?),
    };
    moved.ok_or("a position out of range")
}

/// `(7) name` defines name 7, `(7)` refers to it, anything else is the name itself.
fn resolve(names: &mut HashMap<String, String>, value: &str) -> Result<String, &'static str> {
    let Some((id, name)) = value
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .filter(|(id, _)| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
    else {
        return Ok(value.to_owned());
    };
    let name = name.trim_start();
    if name.is_empty() {
        return names.get(id).cloned().ok_or("an undefined name");
    }
    names.insert(id.to_owned(), name.to_owned());
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests;
