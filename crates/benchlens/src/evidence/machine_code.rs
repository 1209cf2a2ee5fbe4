//! Whether the machine code of a function allocates, read from its relocations.
//!
//! Before linking, relocations name what each function calls. A function without a relocation to
//! the allocator cannot allocate by itself. Calls to other functions are not followed; the caller
//! asks for each function that matters. A linked executable has no such relocations.

use std::collections::BTreeMap;
use std::path::Path;

use object::read::archive::ArchiveFile;
use object::{File, Object, ObjectSection, ObjectSymbol, RelocationTarget, SymbolKind};
use serde::{Deserialize, Serialize};

use crate::profile::{self, Error};

/// The functions that allocate; `__rust_dealloc` only frees.
const ALLOCATORS: [&str; 3] = ["__rust_alloc", "__rust_alloc_zeroed", "__rust_realloc"];
/// Called before each allocation to make sure that an allocator is linked. It does not allocate,
/// and LLVM keeps the call when it deletes the allocation.
const ALLOC_SHIM: &str = "__rust_no_alloc_shim_is_unstable";

/// How a function's machine code refers to the allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AllocatorCalls {
    /// Relocations to the allocator: places that allocate.
    pub kept: u32,
    /// Calls of the shim without an allocation: places where one was deleted.
    pub deleted: u32,
}

/// Reads from the static `library` how each of `functions` refers to the allocator. For a generic
/// function, the instance with the most references counts. A function without machine code of its
/// own is not in the result: all calls to it were inlined.
///
/// # Errors
///
/// [`Error::Read`] and [`Error::Malformed`].
pub fn allocator_calls(
    library: &Path,
    functions: &[&str],
) -> Result<BTreeMap<String, AllocatorCalls>, Error> {
    let bytes = profile::read(library)?;
    let malformed = |place: &str, reason| Error::Malformed {
        file: library.to_owned(),
        place: place.to_owned(),
        reason,
    };
    let archive = ArchiveFile::parse(bytes.as_slice())
        .map_err(|_| malformed("header", "it is not a static library"))?;
    let mut found = BTreeMap::new();
    for member in archive.members() {
        let member = member.map_err(|_| malformed("member", "it is cut or damaged"))?;
        let name = String::from_utf8_lossy(member.name()).into_owned();
        if !name.ends_with(".o") || name.ends_with(".rmeta") {
            continue;
        }
        let file = member
            .data(bytes.as_slice())
            .and_then(File::parse)
            .map_err(|_| malformed(&name, "it is not an object file"))?;
        for symbol in file
            .symbols()
            .filter(|symbol| symbol.kind() == SymbolKind::Text)
        {
            let function = demangled(symbol.name().unwrap_or_default());
            if functions.contains(&function.as_str()) {
                let calls = calls_of(&file, &symbol);
                let most = found.entry(function).or_insert(calls);
                *most = calls.max(*most);
            }
        }
    }
    Ok(found)
}

fn calls_of<'a>(file: &File<'a>, symbol: &impl ObjectSymbol<'a>) -> AllocatorCalls {
    let mut calls = AllocatorCalls::default();
    let section = symbol
        .section_index()
        .and_then(|index| file.section_by_index(index).ok());
    let body = symbol.address()..symbol.address() + symbol.size();
    let mut marks = 0;
    for (at, relocation) in section.iter().flat_map(ObjectSection::relocations) {
        let RelocationTarget::Symbol(index) = relocation.target() else {
            continue;
        };
        let target = file.symbol_by_index(index);
        let target = target.and_then(|target| target.name()).unwrap_or_default();
        let target = demangled(target);
        let target = target.rsplit("::").next().unwrap_or_default();
        if !body.contains(&at) {
            continue;
        }
        calls.kept += u32::from(ALLOCATORS.contains(&target));
        marks += u32::from(target.starts_with(ALLOC_SHIM));
    }
    calls.deleted = marks.saturating_sub(calls.kept);
    calls
}

fn demangled(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol))
}
