//! Names and lines of addresses, from the debug information of the running executable.
//!
//! The `backtrace` crate caches what it has parsed, tens of megabytes for `benchlens serve`, until the profile
//! is made; see [`worker`](crate::worker).

use std::collections::HashMap;
use std::ffi::c_void;
use std::rc::Rc;

/// One of the functions at an address, which are inlined into each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The readable name.
    pub(crate) name: String,
    /// The linker's name, by which pprof recognises equal functions.
    pub(crate) system_name: String,
    /// The file; empty if unknown.
    pub(crate) file: String,
    /// The line; 0 if unknown.
    pub(crate) line: u32,
}

/// The functions at the addresses of one profile, each looked up once.
#[derive(Default)]
pub(crate) struct Symbols {
    known: HashMap<usize, Rc<[Line]>>,
}

impl Symbols {
    /// The functions at an address, the innermost inlined one first; the last one is the physical function.
    /// Never empty.
    pub(crate) fn at(&mut self, address: usize) -> Rc<[Line]> {
        let lines = self.known.entry(address);
        Rc::clone(lines.or_insert_with(|| resolve(address)))
    }
}

fn resolve(address: usize) -> Rc<[Line]> {
    let mut lines = Vec::new();
    // `resolve` expects a return address, and looks up the byte before it.
    backtrace::resolve((address + 1) as *mut c_void, |symbol| {
        let Some(name) = symbol.name() else {
            return;
        };
        let file = symbol.filename().map(|file| file.to_string_lossy());
        lines.push(Line {
            // Without the hash at the end.
            name: format!("{name:#}"),
            system_name: String::from_utf8_lossy(name.as_bytes()).into_owned(),
            file: file.map_or(String::new(), |file| file.into_owned()),
            line: symbol.lineno().unwrap_or(0),
        });
    });
    if lines.is_empty() {
        lines.push(exported(address).unwrap_or_else(|| nameless(address)));
    }
    lines.into()
}

/// The exported function of a library without debug information, such as the C library's `write`.
#[cfg(unix)]
fn exported(address: usize) -> Option<Line> {
    use std::ffi::CStr;
    use std::mem::MaybeUninit;

    let mut found = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: `dladdr` takes any address and writes to `found`, for which all-zero is valid too.
    let found = unsafe {
        libc::dladdr(address as *const c_void, found.as_mut_ptr());
        found.assume_init()
    };
    let text = |text: *const libc::c_char| {
        // SAFETY: the dynamic linker's names end with a zero and live as long as the library.
        let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })?;
        Some(text.to_string_lossy().into_owned())
    };
    let library = text(found.dli_fname)?;
    let name = text(found.dli_sname).unwrap_or_else(|| {
        let (_, name) = library.rsplit_once('/').unwrap_or(("", &library));
        format!("{name}+{:#x}", address - found.dli_fbase as usize)
    });
    Some(Line {
        system_name: name.clone(),
        name,
        file: library,
        line: 0,
    })
}

#[cfg(not(unix))]
fn exported(_: usize) -> Option<Line> {
    None
}

fn nameless(address: usize) -> Line {
    Line {
        name: format!("{address:#x}"),
        system_name: format!("{address:#x}"),
        file: String::new(),
        line: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[inline(never)]
    fn known() -> u32 {
        std::hint::black_box(7)
    }

    #[test]
    fn a_function_of_ours_has_its_name_file_and_line() {
        let lines = Symbols::default().at(known as fn() -> u32 as usize);
        let line = lines.last().unwrap();
        assert_eq!(line.name, "benchlens_live::symbols::tests::known");
        assert!(line.file.ends_with("src/symbols.rs"), "{line:?}");
        assert!(line.line > 0);
        assert_ne!(line.system_name, line.name);
        assert_eq!(known(), 7);
    }

    #[test]
    fn a_function_of_the_c_library_has_its_exported_name() {
        let lines = Symbols::default().at(libc::getpid as *const () as usize);
        assert!(lines[0].name.contains("getpid"), "{lines:?}");
    }

    #[test]
    fn an_address_without_code_is_its_own_name() {
        assert_eq!(Symbols::default().at(0x10)[0].name, "0x10");
    }
}
