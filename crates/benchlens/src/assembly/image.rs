//! An executable or library on disk: its functions, its code, and the callees of indirect calls.
//!
//! Calls into other objects go through the global offset table. The dynamic linker fills each slot, either
//! with the address of a named symbol, or with an address in the object itself, which is the relocation's
//! addend. Stubs of the procedure linkage table jump through such a slot.
//!
//! Cost: reading the file once. Names are demangled on demand.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use object::{
    Architecture, Object, ObjectSection, ObjectSymbol, ObjectSymbolTable, RelocationTarget,
    SectionKind, SymbolKind,
};

use super::Error;
use super::decode;

/// The longest function that is decoded, in bytes; longer ones come from damaged symbol tables.
const LONGEST: u64 = 1 << 24;

/// An executable or library.
#[derive(Debug)]
pub struct Image {
    file: PathBuf,
    sections: Vec<Section>,
    functions: Vec<Function>,
    /// The slots of the global offset table, by address.
    slots: HashMap<u64, Slot>,
}

#[derive(Debug)]
struct Section {
    address: u64,
    bytes: Vec<u8>,
}

/// What the dynamic linker writes to a slot.
#[derive(Clone, Debug)]
enum Slot {
    Named(String),
    Address(u64),
}

/// A function with machine code of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The symbol's name, mangled.
    pub symbol: String,
    /// Other symbols of the same code: the linker or the compiler merged equal functions.
    pub aliases: Vec<String>,
    /// The address in the file.
    pub address: u64,
    /// Length in bytes.
    pub size: u64,
}

impl Function {
    /// The demangled name without a hash.
    pub fn name(&self) -> String {
        demangled(&self.symbol)
    }

    /// All names of the function, demangled.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let all = std::iter::once(&self.symbol).chain(&self.aliases);
        all.map(|symbol| demangled(symbol))
    }

    /// Whether an address is in the function.
    pub const fn holds(&self, address: u64) -> bool {
        self.address <= address && address - self.address < self.size
    }
}

impl Image {
    /// Reads the functions of the executable or library at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Profile`], [`Error::NotCode`] and [`Error::Processor`].
    pub fn load(path: &Path) -> Result<Self, Error> {
        Self::parse(&crate::profile::read(path)?, path)
    }

    /// Reads the functions in `bytes`; `path` only names the image.
    ///
    /// # Errors
    ///
    /// [`Error::NotCode`] and [`Error::Processor`].
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let file = object::File::parse(bytes).map_err(|error| Error::NotCode {
            file: path.to_owned(),
            reason: error.to_string(),
        })?;
        if file.architecture() != Architecture::X86_64 {
            return Err(Error::Processor {
                file: path.to_owned(),
                found: format!("{:?}", file.architecture()),
            });
        }
        let sections: Vec<Section> = (file.sections())
            .filter(|section| section.kind() == SectionKind::Text)
            .filter_map(|section| {
                Some(Section {
                    address: section.address(),
                    bytes: section.data().ok()?.to_owned(),
                })
            })
            .collect();
        let mut image = Self {
            file: path.to_owned(),
            functions: functions(&file, &sections),
            sections,
            slots: HashMap::new(),
        };
        image.add_slots(&file);
        Ok(image)
    }

    fn add_slots(&mut self, file: &object::File<'_>) {
        let symbols = file.dynamic_symbol_table();
        for (at, relocation) in file.dynamic_relocations().into_iter().flatten() {
            let slot = match relocation.target() {
                RelocationTarget::Symbol(index) => {
                    let symbol =
                        (symbols.as_ref()).and_then(|symbols| symbols.symbol_by_index(index).ok());
                    let name = symbol.and_then(|symbol| symbol.name().map(str::to_owned).ok());
                    name.map(Slot::Named)
                }
                RelocationTarget::Absolute => Some(Slot::Address(relocation.addend() as u64)),
                _ => None,
            };
            self.slots.extend(slot.map(|slot| (at, slot)));
        }
    }

    /// The file's path.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The functions, by address.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The function that contains an address.
    pub fn at(&self, address: u64) -> Option<&Function> {
        let after = (self.functions).partition_point(|function| function.address <= address);
        let function = self.functions.get(after.checked_sub(1)?)?;
        function.holds(address).then_some(function)
    }

    /// The functions with exactly this name, or else those whose path ends with it. Generic arguments and hashes
    /// may be left out.
    pub fn named(&self, wanted: &str) -> Vec<&Function> {
        let wanted = demangled(wanted.trim());
        let find = |is: &dyn Fn(&str) -> bool| -> Vec<&Function> {
            (self.functions.iter())
                .filter(|function| function.names().any(|name| is(&name)))
                .collect()
        };
        let exact = find(&|name| name == wanted);
        if !exact.is_empty() || wanted.is_empty() {
            return exact;
        }
        let plain = without_arguments(&wanted);
        find(&|name| {
            let name = without_arguments(name);
            name.strip_suffix(plain.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
        })
    }

    /// The bytes of a function.
    pub(super) fn code(&self, function: &Function) -> &[u8] {
        let length = usize::try_from(function.size.min(LONGEST)).unwrap_or(0);
        let code = self.bytes_at(function.address);
        &code[..length.min(code.len())]
    }

    /// The code from an address to the end of its section; empty outside of code.
    fn bytes_at(&self, address: u64) -> &[u8] {
        let within = |section: &&Section| {
            section.address <= address && address - section.address < section.bytes.len() as u64
        };
        (self.sections.iter().find(within)).map_or(&[], |section| {
            &section.bytes[(address - section.address) as usize..]
        })
    }

    /// The callee at this address: a name, with an offset if it is inside of a function.
    pub(super) fn callee_at(&self, address: u64) -> Option<(String, u64)> {
        if let Some(function) = self.at(address) {
            return Some((function.name(), address - function.address));
        }
        // A stub of the procedure linkage table.
        let slot = decode::slot_of_stub(self.bytes_at(address), address)?;
        self.callee_through_slot(slot)
    }

    /// The callee of a call through the slot at this address.
    pub(super) fn callee_through_slot(&self, slot: u64) -> Option<(String, u64)> {
        match self.slots.get(&slot)? {
            Slot::Named(name) => Some((demangled(name), 0)),
            Slot::Address(address) => {
                let function = self.at(*address)?;
                Some((function.name(), address - function.address))
            }
        }
    }
}

/// The functions of a file, sorted by address and deduplicated. A function without a size extends to the next one.
fn functions(file: &object::File<'_>, sections: &[Section]) -> Vec<Function> {
    let mut found: Vec<(u64, u64, &str)> = (file.symbols().chain(file.dynamic_symbols()))
        .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.is_definition())
        .filter_map(|symbol| Some((symbol.address(), symbol.size(), symbol.name().ok()?)))
        .filter(|(_, _, name)| !name.is_empty())
        .collect();
    // Of several names at one address, a name with a size is preferred, and then the longest name.
    found.sort_by_key(|&(address, size, name)| {
        (address, size == 0, std::cmp::Reverse(name.len()), name)
    });
    let mut functions: Vec<Function> = Vec::new();
    for (address, size, name) in found {
        match functions.last_mut() {
            Some(last) if last.address == address => {
                let is_known = last.symbol == name || last.aliases.iter().any(|it| it == name);
                if !is_known {
                    last.aliases.push(name.to_owned());
                }
            }
            _ => functions.push(Function {
                symbol: name.to_owned(),
                aliases: Vec::new(),
                address,
                size,
            }),
        }
    }
    let starts: Vec<u64> = functions.iter().map(|function| function.address).collect();
    for (index, function) in functions.iter_mut().enumerate() {
        let section = sections.iter().find(|section| {
            section.address <= function.address
                && function.address - section.address < section.bytes.len() as u64
        });
        let end = section.map_or(function.address, |section| {
            section.address + section.bytes.len() as u64
        });
        let next = starts.get(index + 1).map_or(end, |next| end.min(*next));
        function.size = match function.size {
            0 => next - function.address,
            size => size.min(end - function.address),
        };
    }
    functions.retain(|function| function.size > 0);
    functions
}

/// A symbol's demangled name, without its hash.
pub(super) fn demangled(symbol: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(symbol));
    match name.rsplit_once("::h") {
        Some((path, hash))
            if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            path.to_owned()
        }
        _ => name,
    }
}

/// A path without generic arguments, but with the type and trait of an implementation.
pub(super) fn without_arguments(function: &str) -> String {
    let mut plain = String::with_capacity(function.len());
    let mut depth = 0_usize;
    for (at, letter) in function.char_indices() {
        match letter {
            '<' => {
                let begins_path = at == 0 || function[..at].ends_with(['<', '&', '[', ' ', '(']);
                if depth > 0 || !begins_path {
                    depth += 1;
                } else {
                    plain.push(letter);
                }
            }
            '>' if depth > 0 => depth -= 1,
            _ if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    // `name::<T>` leaves its colons.
    plain.replace("::::", "::").trim_end_matches(':').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_without_arguments_and_hashes() {
        for (name, plain) in [
            ("a::b::<c::D>", "a::b"),
            ("a::B<c::D>::e", "a::B::e"),
            ("<a::B<u8> as c::D<T>>::e::<F>", "<a::B as c::D>::e"),
            ("main", "main"),
            ("", ""),
        ] {
            assert_eq!(without_arguments(name), plain);
        }
        assert_eq!(demangled("a::b::h0123456789abcdef"), "a::b");
        assert_eq!(demangled("a::hello"), "a::hello");
    }

    #[test]
    fn what_is_no_executable_is_an_error_that_names_the_file() {
        let path = Path::new("a.out");
        let whole = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let damaged = [&b""[..], b"\x7fELF", b"text", &whole[..200]];
        for bytes in damaged {
            let error = Image::parse(bytes, path).unwrap_err().to_string();
            assert!(error.contains("a.out"), "{error}");
        }
        assert!(Image::load(Path::new("/dev/null/none")).is_err());
        // A truncated file may keep its header. Then it has functions without code, or is refused.
        for part in 1..8 {
            let cut = &whole[..whole.len() * part / 8];
            if let Ok(image) = Image::parse(cut, path) {
                for function in image.functions().iter().take(100) {
                    assert!(image.code(function).len() as u64 <= function.size);
                }
            }
        }
    }
}
