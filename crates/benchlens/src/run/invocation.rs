//! Identifies the run that this process belongs to, and its executable.

use std::env;
use std::fs::File;
use std::hash::Hasher as _;
use std::io::{self, Read as _};
use std::path::Path;

/// Holds the run's name if a parent process chose it, such as a command that starts several benches.
const VARIABLE: &str = "BENCHLENS_RUN";

/// The run that this process belongs to: one `cargo bench` invocation over all its executables and
/// packages.
///
/// The name is `BENCHLENS_RUN` if set. Otherwise it identifies the cargo process that started this one,
/// or else this process.
pub(crate) fn run() -> String {
    match env::var(VARIABLE) {
        Ok(run) if is_name(&run) => run,
        _ => system::run(),
    }
}

/// A run's name is a folder's name, so it has no characters that are special in a path.
fn is_name(run: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !run.is_empty() && run.len() <= 64 && run.bytes().all(is_plain)
}

/// A hash of this executable's file, which differs for any two builds. Cost: reading the file once.
pub(crate) fn executable() -> io::Result<String> {
    executable_at(&env::current_exe()?)
}

/// The hash of the executable at `path`, as in rows. Cost: like [`executable`].
pub(crate) fn executable_at(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = std::hash::DefaultHasher::new();
    let mut chunk = vec![0; 1 << 18];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(format!("{:016x}", hasher.finish())),
            length => hasher.write(&chunk[..length]),
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;
    use std::os::unix::process::parent_id;
    use std::process;

    /// The boot's ID, the process's start time and its number identify a process uniquely, even if
    /// the clock is changed.
    pub(super) fn run() -> String {
        let parent = parent_id();
        let is_cargo = fs::read_to_string(format!("/proc/{parent}/comm"))
            .is_ok_and(|name| name.trim_end() == "cargo");
        let process = if is_cargo { parent } else { process::id() };
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let boot: String = boot.chars().take_while(char::is_ascii_hexdigit).collect();
        format!("{boot}-{}-{process}", started(process).unwrap_or_default())
    }

    /// A process's start time, in ticks since boot.
    fn started(process: u32) -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        // The name in parentheses may contain spaces. The start time is field 22, the 20th after the
        // name.
        let (_, fields) = stat.rsplit_once(") ")?;
        fields.split(' ').nth(19)?.parse().ok()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::process;
    use std::sync::OnceLock;
    use std::time::SystemTime;

    /// The parent's start time is unavailable here, so each executable is a run of its own.
    pub(super) fn run() -> String {
        static BEGUN: OnceLock<u128> = OnceLock::new();
        let begun = BEGUN.get_or_init(|| {
            (SystemTime::now().duration_since(SystemTime::UNIX_EPOCH))
                .map_or(0, |elapsed| elapsed.as_millis())
        });
        format!("{begun}-{}", process::id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_a_plain_name_and_the_same_when_asked_again() {
        let first = system::run();
        assert!(is_name(&first), "{first}");
        assert_eq!(first, system::run());
        assert!(!is_name("../up"));
        assert!(!is_name(""));
    }

    #[test]
    fn an_executable_is_known_by_its_bytes() {
        let hash = executable().unwrap();
        assert_eq!(hash.len(), 16);
        assert_eq!(hash, executable().unwrap());
    }
}
