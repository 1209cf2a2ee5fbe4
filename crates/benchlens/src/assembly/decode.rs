//! A decoded function: its instructions as text, with their callees and the functions inlined there.

use std::collections::{BTreeMap, HashMap};

use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Formatter, FormatterOutput, FormatterTextKind,
    GasFormatter, IntelFormatter, Mnemonic, OpKind, Register, SymbolResolver, SymbolResult,
};
use serde::{Deserialize, Serialize};

use super::image::{Function, Image};
use super::role::Role;
use crate::profile::callgrind::CallSite;
use crate::profile::inlined::{Frame, Symbols};

const BITS: u32 = 64;

/// How instructions are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// AT&T syntax, the default of GNU's tools: source before destination.
    #[default]
    Att,
    /// Intel syntax: destination first.
    Intel,
}

/// The machine code of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The demangled name.
    pub function: String,
    /// The symbol.
    pub symbol: String,
    /// Other names of the same code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The address in the file.
    pub address: u64,
    /// Length in bytes.
    pub size: u64,
    /// The instructions, by address.
    pub instructions: Vec<Instruction>,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instruction {
    /// The address in the file.
    pub address: u64,
    /// Length in bytes.
    pub length: u8,
    /// The instruction as text, with names instead of addresses.
    pub text: String,
    /// The text without addresses, registers and stack offsets, for comparison with another function.
    pub shape: String,
    /// How often it was executed; `None` if that was not counted.
    pub executed: Option<u64>,
    /// The target of a call or jump, if it is outside of the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The callees that callgrind saw, if the operand does not name one; the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<ObservedCall>,
    /// Whether it is a call, which returns to the next instruction.
    pub is_call: bool,
    /// The functions there, innermost first. The last is the physical one; all others are inlined.
    pub chain: Vec<Frame>,
}

/// The target of a call or jump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The demangled name of the function.
    pub function: String,
    /// The function's role, if its name reveals one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// A callee that callgrind saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedCall {
    /// The function.
    #[serde(flatten)]
    pub target: Target,
    /// How many times it was called.
    pub calls: u64,
}

impl Instruction {
    /// The callee: that of the operand, or else the most frequent one that was seen.
    pub fn callee(&self) -> Option<&Target> {
        let seen = self.reached.first().map(|seen| &seen.target);
        self.target.as_ref().or(seen)
    }
}

/// Resolves what the instructions of `function` refer to. Returns the names by the address referred to, and the targets
/// of calls and jumps out of the function by the address of the instruction.
fn named(
    decoded: &[iced_x86::Instruction],
    image: &Image,
    function: &Function,
) -> (HashMap<u64, String>, BTreeMap<u64, Target>) {
    let mut names = HashMap::new();
    let mut targets = BTreeMap::new();
    for instruction in decoded {
        let Some((address, is_slot)) = refers_to(instruction) else {
            continue;
        };
        if !is_slot && function.holds(address) {
            names.insert(address, format!("+{:#x}", address - function.address));
            continue;
        }
        let reached = match is_slot {
            true => image.callee_through_slot(address),
            false => image.callee_at(address),
        };
        let Some((name, offset)) = reached else {
            continue;
        };
        let written = match offset {
            0 => name.clone(),
            _ => format!("{name}+{offset:#x}"),
        };
        names.insert(address, written);
        if is_transfer(instruction) {
            let role = Role::of(&name);
            let function = name;
            targets.insert(instruction.ip(), Target { function, role });
        }
    }
    (names, targets)
}

impl Code {
    /// Decodes `function` of `image`. Without debug information, instructions have no source. Cost: a lookup in the
    /// debug information for each instruction.
    pub fn decode(
        image: &Image,
        function: &Function,
        symbols: Option<&Symbols>,
        syntax: Syntax,
    ) -> Self {
        let decoded = decode(image.code(function), function.address);
        let (names, mut targets) = named(&decoded, image, function);
        let mut text = writer(syntax, Names::of(names.clone()));
        let mut shape = writer(Syntax::Intel, Names::of_shape(names));
        let write = |to: &mut Box<dyn Formatter>, instruction: &_| {
            let mut text = String::new();
            to.format(instruction, &mut text);
            text
        };
        let instructions = decoded.iter().map(|instruction| Instruction {
            address: instruction.ip(),
            length: instruction.len() as u8,
            text: write(&mut text, instruction),
            shape: {
                let mut text = Shape(String::new());
                shape.format(&without_place(*instruction), &mut text);
                text.0
            },
            executed: None,
            target: targets.remove(&instruction.ip()),
            reached: Vec::new(),
            is_call: is_call(instruction),
            chain: symbols.map_or_else(Vec::new, |symbols| symbols.chain(instruction.ip())),
        });
        Self {
            function: function.name(),
            symbol: function.symbol.clone(),
            aliases: function.names().skip(1).collect(),
            address: function.address,
            size: function.size,
            instructions: instructions.collect(),
        }
    }

    /// Adds the execution counts by address; an instruction without an entry was not executed. Returns the first
    /// address that is not the beginning of an instruction.
    pub(super) fn count(&mut self, executed: &BTreeMap<u64, u64>) -> Option<u64> {
        let own = executed.range(self.address..self.address.saturating_add(self.size));
        let mut stray = None;
        for (address, times) in own {
            let at = |it: &Instruction| it.address;
            match self.instructions.binary_search_by_key(address, at) {
                Ok(index) => self.instructions[index].executed = Some(*times),
                Err(_) => stray = stray.or(Some(*address)),
            }
        }
        for instruction in &mut self.instructions {
            instruction.executed.get_or_insert(0);
        }
        stray
    }

    /// Adds the observed callees of calls through a pointer.
    pub(super) fn add_reached(&mut self, reached: &[&CallSite]) {
        let at = |it: &Instruction| it.address;
        for call in reached {
            let Ok(index) = self.instructions.binary_search_by_key(&call.address, at) else {
                continue;
            };
            let instruction = &mut self.instructions[index];
            if instruction.target.is_none() {
                instruction.reached.push(ObservedCall {
                    target: Target {
                        role: Role::of(&call.callee),
                        function: call.callee.clone(),
                    },
                    calls: call.calls,
                });
                let calls = |seen: &ObservedCall| std::cmp::Reverse(seen.calls);
                instruction.reached.sort_by_key(calls);
            }
        }
    }

    /// The number of instructions executed in the function; `None` if that was not counted.
    pub fn executed(&self) -> Option<u64> {
        let counts = self.instructions.iter().map(|it| it.executed);
        counts.sum()
    }

    /// The index of the instruction that contains an address.
    pub fn index_of(&self, address: u64) -> Option<usize> {
        let after = (self.instructions).partition_point(|it| it.address <= address);
        let index = after.checked_sub(1)?;
        let found = &self.instructions[index];
        (address - found.address < u64::from(found.length)).then_some(index)
    }

    /// The index of the call that returns to an address, if the instruction before it is one.
    pub(crate) fn call_before(&self, address: u64) -> Option<usize> {
        let index = self.index_of(address.checked_sub(1)?)?;
        let found = &self.instructions[index];
        let ends_there = found.address + u64::from(found.length) == address;
        (found.is_call && ends_there).then_some(index)
    }
}

fn decode(code: &[u8], address: u64) -> Vec<iced_x86::Instruction> {
    Decoder::with_ip(BITS, code, address, DecoderOptions::NONE)
        .into_iter()
        .collect()
}

/// The slot that a stub of the procedure linkage table jumps through.
pub(super) fn slot_of_stub(code: &[u8], address: u64) -> Option<u64> {
    let code = &code[..code.len().min(16)];
    let mut jump = decode(code, address).into_iter();
    let jump = jump.find(|it| it.mnemonic() != Mnemonic::Endbr64)?;
    let is_jump = jump.flow_control() == FlowControl::IndirectBranch;
    (is_jump && jump.is_ip_rel_memory_operand()).then(|| jump.ip_rel_memory_address())
}

fn is_call(instruction: &iced_x86::Instruction) -> bool {
    matches!(
        instruction.flow_control(),
        FlowControl::Call | FlowControl::IndirectCall
    )
}

/// Whether an instruction is a call or a jump.
fn is_transfer(instruction: &iced_x86::Instruction) -> bool {
    is_call(instruction)
        || matches!(
            instruction.flow_control(),
            FlowControl::UnconditionalBranch
                | FlowControl::ConditionalBranch
                | FlowControl::IndirectBranch
        )
}

/// The address to which an instruction refers, and whether that is a slot that contains the target.
fn refers_to(instruction: &iced_x86::Instruction) -> Option<(u64, bool)> {
    let is_near = matches!(
        instruction.op0_kind(),
        OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64
    );
    if is_near {
        return Some((instruction.near_branch_target(), false));
    }
    if !instruction.is_ip_rel_memory_operand() {
        return None;
    }
    // `lea` takes the address itself; other instructions take the value stored there.
    let is_slot = instruction.mnemonic() != Mnemonic::Lea;
    Some((instruction.ip_rel_memory_address(), is_slot))
}

/// The instruction with a stack offset of zero, if it refers to the stack.
fn without_place(mut instruction: iced_x86::Instruction) -> iced_x86::Instruction {
    if matches!(instruction.memory_base(), Register::RSP | Register::RBP) {
        instruction.set_memory_displacement64(0);
    }
    instruction
}

/// The text of an instruction without its registers.
struct Shape(String);

impl FormatterOutput for Shape {
    fn write(&mut self, text: &str, kind: FormatterTextKind) {
        match kind {
            FormatterTextKind::Register => self.0.push('r'),
            _ => self.0.push_str(text),
        }
    }
}

/// Resolves addresses to names.
struct Names {
    names: HashMap<u64, String>,
    /// The text for addresses without a name.
    other: Option<&'static str>,
}

impl Names {
    const fn of(names: HashMap<u64, String>) -> Self {
        Self { names, other: None }
    }

    /// Names that do not depend on the layout of code and data.
    fn of_shape(mut names: HashMap<u64, String>) -> Self {
        for name in names.values_mut() {
            if let Some((function, _)) = name.split_once("+0x") {
                *name = format!("{function}+…");
            }
        }
        Self {
            names,
            other: Some("…"),
        }
    }
}

impl SymbolResolver for Names {
    fn symbol(
        &mut self,
        instruction: &iced_x86::Instruction,
        _operand: u32,
        instruction_operand: Option<u32>,
        address: u64,
        _address_size: u32,
    ) -> Option<SymbolResult<'_>> {
        // A displacement or an immediate operand may equal an address by chance.
        let kind = instruction.op_kind(instruction_operand?);
        let is_address = match kind {
            OpKind::Memory => instruction.is_ip_rel_memory_operand(),
            OpKind::NearBranch16 | OpKind::NearBranch32 | OpKind::NearBranch64 => true,
            _ => false,
        };
        let name = self.names.get(&address).map(String::as_str);
        let name = name.or(self.other).filter(|_| is_address)?;
        Some(SymbolResult::with_str(address, name))
    }
}

fn writer(syntax: Syntax, names: Names) -> Box<dyn Formatter> {
    let names = Some(Box::new(names) as Box<dyn SymbolResolver>);
    let mut formatter: Box<dyn Formatter> = match syntax {
        Syntax::Att => Box::new(GasFormatter::with_options(names, None)),
        Syntax::Intel => Box::new(IntelFormatter::with_options(names, None)),
    };
    let options = formatter.options_mut();
    options.set_uppercase_hex(false);
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_space_after_operand_separator(true);
    options.set_branch_leading_zeros(false);
    options.set_show_branch_size(false);
    options.set_rip_relative_addresses(true);
    options.set_small_hex_numbers_in_decimal(true);
    options.set_first_operand_char_index(8);
    formatter
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `lea rdi, [rip+7]; cmp qword ptr [rip+1], 5; jmp -2; ret`.
    const CODE: [u8; 18] = [
        0x48, 0x8d, 0x3d, 7, 0, 0, 0, 0x48, 0x83, 0x3d, 1, 0, 0, 0, 5, 0xeb, 0xfe, 0xc3,
    ];

    #[test]
    fn names_stand_for_addresses_and_for_nothing_else() {
        let decoded = decode(&CODE, 0x1000);
        let text = |names: Names| {
            let mut writer = writer(Syntax::Intel, names);
            let write = |it: &_| {
                let mut text = String::new();
                writer.format(it, &mut text);
                text
            };
            decoded.iter().map(write).collect::<Vec<_>>()
        };
        let names: HashMap<u64, String> = [(0x100e, "data".into()), (0x100f, "+0xf".into())].into();
        let named = text(Names::of(names.clone()));
        assert!(named[0].contains("data"), "{named:?}");
        assert!(named[1].ends_with(", 5"), "{named:?}");
        assert!(named[2].ends_with("+0xf"), "{named:?}");
        let shape = text(Names::of_shape(names));
        assert!(
            shape[1].contains('…') && shape[1].ends_with(", 5"),
            "{shape:?}"
        );
        assert!(shape[2].ends_with("+…"), "{shape:?}");
        assert_eq!(refers_to(&decoded[0]), Some((0x100e, false)));
        assert_eq!(refers_to(&decoded[1]), Some((0x1010, true)));
        assert_eq!(refers_to(&decoded[2]), Some((0x100f, false)));
        assert_eq!(refers_to(&decoded[3]), None);
    }

    #[test]
    fn a_stub_is_followed_to_its_slot() {
        // `endbr64; jmp [rip+0x20]`.
        let stub = [0xf3, 0x0f, 0x1e, 0xfa, 0xff, 0x25, 0x20, 0, 0, 0];
        assert_eq!(slot_of_stub(&stub, 0x2000), Some(0x202a));
        assert_eq!(slot_of_stub(&CODE, 0x1000), None);
        assert_eq!(slot_of_stub(&[], 0), None);
    }
}
