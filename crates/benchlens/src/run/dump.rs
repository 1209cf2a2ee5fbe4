//! The sums of a callgrind dump. Its lines are read by [`profile::callgrind`](crate::profile).
//!
//! Instructions inside the allocator are summed separately, because they depend on the free lists that
//! earlier calls left. Calls into the allocator give the number of allocations.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The sums of one dump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Dump {
    /// Instructions, as callgrind states their total.
    pub(super) total: u64,
    /// Instructions inside the allocator and its callees.
    pub(super) in_allocator: u64,
    /// How many calls requested a block or resized one.
    pub(super) allocations: u64,
}

impl Dump {
    /// Reads a file with one event, as the lens configures callgrind. Cost: one pass over the text.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read(path)
            .map_err(|error| format!("callgrind left no {}: {error}", path.display()))?;
        Self::parse(&String::from_utf8_lossy(&text))
            .ok_or_else(|| format!("callgrind counted nothing in {}", path.display()))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut names = Names::default();
        let mut calls = Vec::new();
        let mut dump = Self::default();
        let (mut caller, mut callee) = (0, 0);
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(name) = line.strip_prefix("fn=") {
                caller = names.number(name);
            } else if let Some(name) = line.strip_prefix("cfn=") {
                callee = names.number(name);
            } else if let Some(call) = line.strip_prefix("calls=") {
                calls.push(Call {
                    caller,
                    callee,
                    times: call.split(' ').next()?.parse().ok()?,
                    cost: lines.next()?.split(' ').next_back()?.parse().ok()?,
                });
            } else if let Some(total) = line.strip_prefix("totals: ") {
                dump.total = total.trim().parse().ok()?;
            }
        }
        dump.add_allocator(&names.entries, &calls);
        (dump.total > 0).then_some(dump)
    }

    /// Adds the inclusive cost of the calls that enter the allocator.
    fn add_allocator(&mut self, entries: &[Entry], calls: &[Call]) {
        let mut within: Vec<bool> = (entries.iter())
            .map(|entry| *entry != Entry::Other)
            .collect();
        // Everything that an allocator function calls is a part of the allocator.
        let reached = |within: &[bool]| {
            let mut calls = calls.iter();
            calls
                .find(|call| within[call.caller] && !within[call.callee])
                .map(|call| call.callee)
        };
        while let Some(function) = reached(&within) {
            within[function] = true;
        }
        let mut by_rust = None;
        for call in calls.iter().filter(|call| !within[call.caller]) {
            match entries[call.callee] {
                Entry::Other => continue,
                Entry::Rust { asks } => {
                    *by_rust.get_or_insert(0) += if asks { call.times } else { 0 };
                }
                Entry::Foreign { asks } => self.allocations += if asks { call.times } else { 0 },
            }
            self.in_allocator += call.cost;
        }
        // If Rust's entry points have symbols, only calls through them are Rust's allocations.
        self.allocations = by_rust.unwrap_or(self.allocations);
    }

    /// The instructions outside of the allocator.
    pub(super) const fn outside(self) -> u64 {
        self.total.saturating_sub(self.in_allocator)
    }
}

/// A function's role in the allocator, and whether it requests memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Rust { asks: bool },
    Foreign { asks: bool },
    Other,
}

/// A `calls=` line: how often, and the inclusive cost.
struct Call {
    caller: usize,
    callee: usize,
    times: u64,
    cost: u64,
}

/// Function names by their compressed numbers.
#[derive(Default)]
struct Names<'a> {
    numbers: HashMap<&'a str, usize>,
    entries: Vec<Entry>,
}

impl<'a> Names<'a> {
    /// The index of the function in `(7) name`, or in `(7)` if the name was defined before.
    fn number(&mut self, field: &'a str) -> usize {
        let (number, name) = field.split_once(' ').unwrap_or((field, ""));
        *self.numbers.entry(number).or_insert_with(|| {
            self.entries.push(classify(name));
            self.entries.len() - 1
        })
    }
}

/// Whether a function of this name is an entry point of the allocator, and if so, whether it requests
/// memory rather than frees it.
#[cfg(feature = "assembly")]
pub(crate) fn allocator_entry(name: &str) -> Option<bool> {
    match classify(name) {
        Entry::Rust { asks } | Entry::Foreign { asks } => Some(asks),
        Entry::Other => None,
    }
}

fn classify(name: &str) -> Entry {
    // `'2` marks the second level of a recursion, `.part.0` a part that the compiler split off.
    let name = name.split(['\'', '.']).next().unwrap_or_default();
    for prefix in ["__rust_", "__rdl_", "__rg_"] {
        match name.rfind(prefix).map(|at| &name[at + prefix.len()..]) {
            Some("alloc" | "alloc_zeroed" | "realloc") => return Entry::Rust { asks: true },
            Some("dealloc") => return Entry::Rust { asks: false },
            _ => {}
        }
    }
    let foreign = ["_rjem_", "mi_", "je_"];
    let plain = foreign.iter().find_map(|prefix| name.strip_prefix(prefix));
    match plain.unwrap_or(name) {
        "malloc" | "calloc" | "zalloc" | "realloc" | "memalign" | "aligned_alloc"
        | "posix_memalign" | "malloc_aligned" | "zalloc_aligned" | "realloc_aligned"
        | "mallocx" | "rallocx" => Entry::Foreign { asks: true },
        "free" | "cfree" | "sdallocx" | "dallocx" | "free_size_aligned" | "free_size" => {
            Entry::Foreign { asks: false }
        }
        // Internal functions of the C library that are entered by a jump.
        name if name.starts_with("_int_") || plain.is_some() => Entry::Foreign { asks: false },
        _ => Entry::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `main` allocates once through Rust, `helper` allocates again and frees; `malloc` itself
    /// calls `sbrk`.
    const TEXT: &str = "positions: line\nevents: Ir\n\
        fn=(1) main\n1 10\n\
        cfn=(2) __rustc::__rust_alloc\ncalls=1 5\n1 100\n\
        cfn=(3) helper\ncalls=1 5\n1 300\n\
        fn=(2)\n5 2\ncfn=(7) <Switch as GlobalAlloc>::alloc\ncalls=2 5\n5 198\n\
        fn=(7)\n5 2\ncfn=(4) malloc\ncalls=2 5\n5 196\n\
        fn=(4)\n5 150\ncfn=(5) sbrk\ncalls=1 9\n5 46\n\
        fn=(3)\n7 50\n\
        cfn=(2)\ncalls=1 5\n7 100\n\
        cfn=(6) _RNvCs1_7___rustc14___rust_dealloc\ncalls=1 5\n7 150\n\
        totals: 410\n";

    #[test]
    fn the_allocator_is_counted_where_it_is_entered() {
        let dump = Dump::parse(TEXT).unwrap();
        assert_eq!((dump.total, dump.allocations), (410, 2));
        assert_eq!((dump.in_allocator, dump.outside()), (350, 60));
    }

    #[test]
    fn inlined_entries_are_seen_by_what_they_call() {
        let text = "fn=(1) main\n1 10\ncfn=(2) realloc\ncalls=3 5\n1 90\n\
            cfn=(3) mi_free\ncalls=3 5\n1 30\ncfn=(4) allocate\ncalls=9 1\n1 9\ntotals: 139\n";
        let dump = Dump::parse(text).unwrap();
        assert_eq!((dump.allocations, dump.in_allocator), (3, 120));
        assert_eq!(Dump::parse("events: Ir\ntotals: 0\n"), None);
        assert_eq!(Dump::parse(""), None);
    }
}
