//! The executable mappings of the sampled process, and the unwinding of its stacks.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;

use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64, UnwinderX86_64};
use framehop::{ExplicitModuleSectionInfo, FrameAddress, Module, Unwinder as _};
use object::{Object as _, ObjectSection as _, ObjectSegment as _, SegmentFlags};

use super::raw::Raw;

/// Deeper stacks are cut, so endless recursion is not unwound endlessly.
const DEEPEST: usize = 4096;
/// The vDSO: kernel code that is mapped into every process without a file.
const VDSO: &str = "[vdso]";

/// The executable mappings of a process.
pub(super) struct Memory {
    /// Sorted by address.
    codes: Vec<Code>,
}

/// An executable mapping.
pub(super) struct Code {
    pub(super) range: Range<u64>,
    /// The mapped file, or the kernel's name for the mapping.
    pub(super) path: String,
    /// The offset in the file at which the mapping begins.
    offset: u64,
    /// The load bias: subtracted from an address in memory, it gives the address in the file's symbol table.
    pub(super) load_bias: u64,
    bytes: Vec<u8>,
}

impl Memory {
    /// Reads a memory map in the format of `/proc/PID/maps`, and the files that it names. If a file is missing, its
    /// code has no symbols, and stacks through it are cut.
    pub(super) fn read(maps: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(maps)?;
        let mut codes: Vec<Code> = text.lines().filter_map(code).collect();
        codes.sort_by_key(|code| code.range.start);
        Ok(Self { codes })
    }

    /// The mapping that contains an address.
    pub(super) fn at(&self, address: u64) -> Option<&Code> {
        let after = self
            .codes
            .partition_point(|code| code.range.start <= address);
        let code = &self.codes[after.checked_sub(1)?];
        code.range.contains(&address).then_some(code)
    }

    /// Whether a thread with this instruction pointer was in a system call: the pointer is after a `syscall`, or
    /// at one that will be restarted.
    pub(super) fn is_system_call(&self, ip: u64) -> bool {
        const SYSCALL: [u8; 2] = [0x0f, 0x05];
        let is_at = |address: u64| {
            let code = self.at(address)?;
            let at = usize::try_from(address - code.range.start + code.offset).ok()?;
            Some(code.bytes.get(at..at + 2)? == SYSCALL)
        };
        is_at(ip.wrapping_sub(2)) == Some(true) || is_at(ip) == Some(true)
    }

    /// An unwinder for stacks in this memory.
    pub(super) fn unwinder(&self) -> Unwinder {
        let mut unwinder = UnwinderX86_64::new();
        for code in &self.codes {
            if let Some(module) = module(code) {
                unwinder.add_module(module);
            }
        }
        Unwinder {
            unwinder,
            cache: CacheX86_64::new(),
        }
    }
}

/// Parses `start-end permissions offset device inode path`; `None` if the mapping is not executable or has no
/// name.
fn code(line: &str) -> Option<Code> {
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let permissions = fields.next()?;
    let offset = u64::from_str_radix(fields.next()?, 16).ok()?;
    let path = fields.nth(2)?.trim_start();
    if !permissions.contains('x') || path.is_empty() {
        return None;
    }
    let hexadecimal = |text| u64::from_str_radix(text, 16).ok();
    let range = hexadecimal(start)?..hexadecimal(end)?;
    let bytes = match path {
        VDSO => own_vdso().unwrap_or_default(),
        path => fs::read(path).unwrap_or_default(),
    };
    let load_bias = load_bias(&bytes, range.start, offset).unwrap_or(range.start);
    Some(Code {
        range,
        path: path.to_owned(),
        offset,
        load_bias,
        bytes,
    })
}

/// The load bias of a file whose mapping begins at `start` in memory and at `offset` in the file.
fn load_bias(bytes: &[u8], start: u64, offset: u64) -> Option<u64> {
    let file = object::File::parse(bytes).ok()?;
    let segment = file.segments().find(|segment| {
        let (from, size) = segment.file_range();
        let is_code = matches!(
            segment.flags(),
            SegmentFlags::Elf { p_flags, .. } if p_flags.0 & object::elf::PF_X.0 != 0
        );
        // Mappings begin at page boundaries.
        is_code && from & !0xfff <= offset && offset < from + size
    })?;
    let (from, _) = segment.file_range();
    Some(
        (start + from)
            .wrapping_sub(offset)
            .wrapping_sub(segment.address()),
    )
}

/// This process's vDSO. All processes have the same one, at different addresses.
fn own_vdso() -> Option<Vec<u8>> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| line.ends_with(VDSO))?;
    let (start, rest) = line.split_once('-')?;
    let (end, _) = rest.split_once(' ')?;
    let hexadecimal = |text| u64::from_str_radix(text, 16).ok();
    let (start, end) = (hexadecimal(start)?, hexadecimal(end)?);
    let mut memory = File::open("/proc/self/mem").ok()?;
    memory.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = vec![0; usize::try_from(end - start).ok()?];
    memory.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn module(code: &Code) -> Option<Module<Vec<u8>>> {
    let file = object::File::parse(&*code.bytes).ok()?;
    let range = |name: &str| {
        let section = file.section_by_name(name)?;
        Some(section.address()..section.address() + section.size())
    };
    let data = |name: &str| {
        let data = file.section_by_name(name)?.uncompressed_data().ok()?;
        Some(data.into_owned())
    };
    Some(Module::new(
        code.path.clone(),
        code.range.clone(),
        code.load_bias,
        ExplicitModuleSectionInfo {
            base_svma: 0,
            text_svma: range(".text"),
            text: data(".text"),
            got_svma: range(".got"),
            eh_frame_svma: range(".eh_frame"),
            eh_frame: data(".eh_frame"),
            eh_frame_hdr_svma: range(".eh_frame_hdr"),
            eh_frame_hdr: data(".eh_frame_hdr"),
            debug_frame: data(".debug_frame"),
            ..ExplicitModuleSectionInfo::default()
        },
    ))
}

/// Unwinds stacks.
pub(super) struct Unwinder {
    unwinder: UnwinderX86_64<Vec<u8>>,
    cache: CacheX86_64,
}

/// An unwound stack.
pub(super) struct Unwound {
    /// Code addresses, innermost first. A caller's address lies inside its call instruction, so it maps to the line of
    /// the call.
    pub(super) addresses: Vec<u64>,
    /// Whether outer frames are missing because they could not be unwound.
    pub(super) is_cut: bool,
}

impl Unwinder {
    /// Unwinds the stack of a sample.
    pub(super) fn frames(&mut self, sample: &Raw) -> Unwound {
        let registers = UnwindRegsX86_64::new(sample.ip, sample.sp, sample.bp);
        let mut read = |address| sample.word(address).ok_or(());
        let mut frames =
            self.unwinder
                .iter_frames(sample.ip, registers, &mut self.cache, &mut read);
        let mut addresses = Vec::new();
        let is_cut = loop {
            match frames.next() {
                Ok(Some(frame)) if addresses.len() < DEEPEST => {
                    addresses.push(FrameAddress::address_for_lookup(frame));
                }
                Ok(None) => break false,
                _ => break true,
            }
        };
        Unwound { addresses, is_cut }
    }
}

#[cfg(all(test, target_os = "linux", target_arch = "x86_64"))]
mod tests {
    use super::*;

    #[test]
    fn this_very_test_is_in_its_memory() {
        let memory = Memory::read(Path::new("/proc/self/maps")).unwrap();
        let address = Memory::at as *const () as u64;
        let code = memory.at(address).unwrap();
        let own = std::env::current_exe().unwrap();
        assert_eq!(Path::new(&code.path), own);
        assert!(memory.at(8).is_none());
        assert!(!memory.is_system_call(address));
        let vdso = memory.codes.iter().find(|code| code.path == VDSO).unwrap();
        assert!(vdso.bytes.starts_with(b"\x7fELF"));
        assert_eq!(vdso.load_bias, vdso.range.start);
    }
}
