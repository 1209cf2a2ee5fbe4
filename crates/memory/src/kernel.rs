//! The kernel's statistics on this process's memory.
//!
//! Cost: a `pread` of a one-line file and a `getrusage`; no allocation. In kernels 6.2 to 6.15, the resident set
//! in `/proc` may lag by a few dozen pages per core; it is exact in others.

use std::io;

/// A process's memory, as the kernel counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The resident set in bytes.
    pub resident: u64,
    /// Page faults since the process began that needed no disk.
    pub minor_faults: u64,
    /// Page faults since the process began that waited for a disk.
    pub major_faults: u64,
}

/// The open file from which this process's usage is read.
#[derive(Debug)]
pub struct Kernel {
    #[cfg(target_os = "linux")]
    statm: std::fs::File,
    #[cfg(target_os = "linux")]
    page: u64,
}

#[cfg(target_os = "linux")]
impl Kernel {
    /// Opens the file. After a fork it still describes the process that opened it.
    ///
    /// # Errors
    ///
    /// The system's error, also if there is no `/proc`.
    pub fn open() -> io::Result<Self> {
        // SAFETY: `sysconf` only returns a number.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        Ok(Self {
            statm: std::fs::File::open("/proc/self/statm")?,
            page: u64::try_from(page).map_err(|_| io::Error::last_os_error())?,
        })
    }

    /// The process's usage now. Does not allocate.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub fn read(&self) -> io::Result<Usage> {
        use std::os::unix::fs::FileExt as _;
        let mut line = [0; 128];
        let length = self.statm.read_at(&mut line, 0)?;
        let resident = resident_pages(&line[..length]).ok_or(io::ErrorKind::InvalidData)?;
        let mut used = std::mem::MaybeUninit::<libc::rusage>::uninit();
        // SAFETY: the pointer is valid for writing the structure.
        if unsafe { libc::getrusage(libc::RUSAGE_SELF, used.as_mut_ptr()) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call above succeeded and filled the structure.
        let used = unsafe { used.assume_init() };
        let count = |faults: libc::c_long| u64::try_from(faults).unwrap_or_default();
        Ok(Usage {
            resident: resident * self.page,
            minor_faults: count(used.ru_minflt),
            major_faults: count(used.ru_majflt),
        })
    }
}

#[cfg(not(target_os = "linux"))]
impl Kernel {
    /// Not supported on this system.
    ///
    /// # Errors
    ///
    /// Always [`io::ErrorKind::Unsupported`].
    pub fn open() -> io::Result<Self> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "memory over time is read from Linux's /proc, which is not here",
        ))
    }

    /// Not supported on this system.
    ///
    /// # Errors
    ///
    /// Always [`io::ErrorKind::Unsupported`].
    pub fn read(&self) -> io::Result<Usage> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// The second number of `statm`: the number of resident pages.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn resident_pages(line: &[u8]) -> Option<u64> {
    let field = line.split(|&byte| byte == b' ').nth(1)?;
    std::str::from_utf8(field).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_field_is_the_resident_set() {
        assert_eq!(resident_pages(b"712 256 240 10 0 90 0\n"), Some(256));
        assert_eq!(resident_pages(b"712"), None);
        assert_eq!(resident_pages(b"712 many 3"), None);
    }
}
