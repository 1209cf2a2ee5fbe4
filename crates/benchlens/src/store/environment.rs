//! The machine and the compiler of a record.

use std::fs;
use std::process::Command;

use serde::{Deserialize, Serialize};

const UNKNOWN: &str = "unknown";

/// What figures depend on besides the source. What cannot be determined is `unknown`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// The processor's name.
    pub cpu: String,
    /// Logical cores that the process may use.
    pub cores: usize,
    /// Kernel name and release.
    pub kernel: String,
    /// The compiler's version.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// The flags of the profile.
    pub profile: String,
    /// The C library's version.
    pub libc: String,
    /// How the kernel chooses the processor's frequency.
    #[serde(default)]
    pub governor: String,
}

impl Environment {
    /// The environment of this process. Cost: reading a few files.
    pub fn describe() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = (cpuinfo.lines())
            .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
            .map_or_else(|| UNKNOWN.to_owned(), |(_, value)| value.trim().to_owned());
        let kernel = ["ostype", "osrelease"].map(|name| line(&format!("/proc/sys/kernel/{name}")));
        Self {
            cpu: model,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: kernel.join(" "),
            rustc: env!("BENCHLENS_RUSTC").to_owned(),
            target: env!("BENCHLENS_TARGET").to_owned(),
            profile: env!("BENCHLENS_PROFILE").to_owned(),
            libc: libc_version(),
            governor: line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        }
    }
}

/// The C library that this process runs with, if it is glibc.
fn libc_version() -> String {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: it returns a C string that lives as long as the process.
        let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
        format!("glibc {}", version.to_string_lossy())
    }
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    UNKNOWN.to_owned()
}

/// The load average of the last minute; `None` if the kernel does not provide it.
pub fn load() -> Option<f64> {
    let averages = fs::read_to_string("/proc/loadavg").ok()?;
    averages.split_whitespace().next()?.parse().ok()
}

/// The commit of the working folder, with `+` where the tree has changes.
pub(super) fn commit() -> String {
    let commit = output("git", &["rev-parse", "--short=12", "HEAD"]);
    match output("git", &["status", "--porcelain"]).as_str() {
        "" | UNKNOWN => commit,
        _ => format!("{commit}+"),
    }
}

/// The processor features that code commonly dispatches on, as this process sees them. Under valgrind
/// there are fewer.
pub fn processor_features() -> String {
    let mut features: Vec<&str> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        macro_rules! detect {
            ($($feature:tt)*) => {
                $(if std::is_x86_feature_detected!($feature) {
                    features.push($feature);
                })*
            };
        }
        detect!("sse2" "ssse3" "sse4.1" "sse4.2" "popcnt" "avx" "avx2" "fma" "bmi1" "bmi2" "lzcnt" "aes" "pclmulqdq" "sha");
        detect!("avx512f" "avx512bw" "avx512vl" "avx512vbmi");
    }
    #[cfg(target_arch = "aarch64")]
    {
        macro_rules! detect {
            ($($feature:tt)*) => {
                $(if std::arch::is_aarch64_feature_detected!($feature) {
                    features.push($feature);
                })*
            };
        }
        detect!("neon" "aes" "sha2" "crc" "lse" "sve" "sve2");
    }
    features.shrink_to_fit();
    features.join(" ")
}

fn line(path: &str) -> String {
    fs::read_to_string(path).map_or_else(|_| UNKNOWN.to_owned(), |text| text.trim().to_owned())
}

fn output(program: &str, arguments: &[&str]) -> String {
    Command::new(program)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| UNKNOWN.to_owned(), |text| text.trim().to_owned())
}
