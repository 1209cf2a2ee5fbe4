//! The functions and lines at the addresses of a stack.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use addr2line::Loader;
use object::Object as _;

use super::kernel::Kernel;
use super::memory::{Code, Memory};
use super::raw::Raw;
use crate::profile::inlined::{Frame, inlined_at};
use crate::profile::samples::{SYSTEM_CALL, SamplerKind};

/// Looks up addresses, each only once.
pub(super) struct Symbols<'a> {
    memory: &'a Memory,
    sampler: SamplerKind,
    kernel: Kernel,
    /// Debug information by file; `None` if the file cannot be read.
    loaders: HashMap<&'a str, Option<Loader>>,
    frame_cache: HashMap<u64, Vec<Frame>>,
}

impl<'a> Symbols<'a> {
    pub(super) fn new(memory: &'a Memory, sampler: SamplerKind) -> Self {
        Self {
            memory,
            sampler,
            kernel: Kernel::read(),
            loaders: HashMap::new(),
            frame_cache: HashMap::new(),
        }
    }

    /// The physical frame at an address: the functions inlined there, innermost first. Never empty.
    pub(super) fn chain(&mut self, address: u64) -> Vec<Frame> {
        if let Some(frames) = self.frame_cache.get(&address) {
            return frames.clone();
        }
        let found = match self.memory.at(address) {
            None => vec![named("[unknown code]".to_owned())],
            Some(code) => self.in_code(code, address),
        };
        self.frame_cache.insert(address, found.clone());
        found
    }

    fn in_code(&mut self, code: &'a Code, address: u64) -> Vec<Frame> {
        let loader = (self.loaders.entry(&code.path)).or_insert_with(|| load(&code.path));
        let own = address.wrapping_sub(code.load_bias);
        let found = (loader.as_ref()).map(|loader| inlined_at(loader, own).unwrap_or_default());
        if let Some(frames) = found.filter(|frames| !frames.is_empty()) {
            return frames;
        }
        let symbol = loader.as_ref().and_then(|loader| loader.find_symbol(own));
        vec![named(match symbol {
            Some(symbol) => format!("{:#}", rustc_demangle::demangle(symbol)),
            None => {
                let file = Path::new(&code.path).file_name();
                let file = file.map_or(code.path.as_str().into(), |it| it.to_string_lossy());
                format!("[{}]", file.trim_matches(['[', ']']))
            }
        })]
    }

    /// A frame for the system call or other work of the kernel; `None` if the thread was not in the kernel.
    /// `caller` is the function that called the sample's innermost one.
    pub(super) fn of_kernel(&mut self, sample: &Raw, caller: Option<&Frame>) -> Option<Vec<Frame>> {
        // The timer's signal is handled after the kernel's work, so only the instruction pointer shows a system call.
        // perf records whether the thread was in the kernel.
        let may_be = self.sampler == SamplerKind::Timer || !sample.kernel.is_empty();
        if may_be && self.memory.is_system_call(sample.ip) {
            let name = match self.kernel.system_call(&sample.kernel) {
                Some(name) => name,
                // A libc wrapper is named after its system call.
                None => {
                    let chain = self.chain(sample.ip);
                    let wrapper = chain.last().map_or("", |frame| &frame.function);
                    let caller = caller.map_or("", |frame| &frame.function);
                    call_name(wrapper, caller).to_owned()
                }
            };
            return Some(vec![named(format!("{SYSTEM_CALL}{name}"))]);
        }
        match sample.kernel.is_empty() {
            true => None,
            false => Some(vec![named(format!(
                "[kernel] {}",
                self.kernel.reason(&sample.kernel)
            ))]),
        }
    }
}

/// The system call that a function of the C library makes. `syscall` can make any, so the caller's name decides.
fn call_name<'a>(wrapper: &'a str, caller: &str) -> &'a str {
    // A substring of the deciding name, and the system call that it implies.
    const KNOWN: [(&str, &str); 7] = [
        ("futex", "futex"),
        ("getrandom", "getrandom"),
        ("statx", "statx"),
        ("copy_file_range", "copy_file_range"),
        ("io_uring", "io_uring_enter"),
        ("pthread_create", "clone3"),
        ("open64", "openat"),
    ];
    let name = plain_name(wrapper);
    let telling = if name == "syscall" { caller } else { name };
    let known = KNOWN.into_iter().find(|(part, _)| telling.contains(part));
    known.map_or(name, |(_, call)| call)
}

/// Reduces names such as `__GI___libc_read` and `__read_nocancel` to `read`.
fn plain_name(wrapper: &str) -> &str {
    let name = wrapper.trim_start_matches("__GI_").trim_start_matches('_');
    let name = name.strip_prefix("libc_").unwrap_or(name);
    let name = name.strip_suffix("_nocancel").unwrap_or(name);
    name.split(['@', '(']).next().unwrap_or(name)
}

/// Loads debug information, from the separate file that distributions install, or else from the file itself.
fn load(path: &str) -> Option<Loader> {
    let apart = separate(Path::new(path)).and_then(|path| Loader::new(path).ok());
    apart.or_else(|| Loader::new(path).ok())
}

/// The path of separate debug information: `/usr/lib/debug/.build-id/ab/cdef.debug`.
fn separate(path: &Path) -> Option<PathBuf> {
    let bytes = std::fs::read(path).ok()?;
    let file = object::File::parse(&*bytes).ok()?;
    if file.has_debug_symbols() {
        return None;
    }
    let digits: String = (file.build_id().ok()??.iter())
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let (folder, rest) = digits.split_at_checked(2)?;
    let path = format!("/usr/lib/debug/.build-id/{folder}/{rest}.debug");
    Some(PathBuf::from(path)).filter(|path| path.is_file())
}

fn named(function: String) -> Frame {
    Frame {
        function,
        file: "???".to_owned(),
        line: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapper_is_named_as_its_system_call() {
        for (wrapper, name) in [
            ("read", "read"),
            ("__GI___libc_read", "read"),
            ("__libc_write", "write"),
            ("__open64_nocancel", "openat"),
            ("__GI_munmap", "munmap"),
            ("syscall", "syscall"),
        ] {
            assert_eq!(call_name(wrapper, "std::fs::read"), name);
        }
        let futex = "std::sys::pal::unix::futex::futex_wait";
        assert_eq!(call_name("syscall", futex), "futex");
        assert_eq!(call_name("__futex_abstimed_wait_common", ""), "futex");
    }
}
