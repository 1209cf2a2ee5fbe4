//! The machine and the compiler that made a record.

use std::fs;
use std::process::Command;

use super::{LensRun, Sheet};

/// This machine; what cannot be found out is `unknown`.
pub fn describe() -> Sheet {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        cpuinfo
            .lines()
            .find_map(|line| line.strip_prefix(name)?.split_once(':'))
            .map_or_else(
                || "unknown".to_owned(),
                |(_, value)| value.trim().to_owned(),
            )
    };
    Sheet {
        cpu: field("model name"),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        kernel: output("uname", &["-sr"]),
        rustc: env!("BENCHLENS_RUSTC").to_owned(),
        target: env!("BENCHLENS_TARGET").to_owned(),
        profile: env!("BENCHLENS_PROFILE").to_owned(),
        cpu_features: detected_features(&field("flags")),
        libc: output("getconf", &["GNU_LIBC_VERSION"]),
        governor: fs::read_to_string("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
            .map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned()),
        lenses: std::collections::BTreeMap::new(),
    }
}

/// A run that begins now.
pub fn begin_run() -> LensRun {
    let commit = output("git", &["rev-parse", "--short=12", "HEAD"]);
    let dirty = !matches!(
        output("git", &["status", "--porcelain"]).as_str(),
        "" | "unknown"
    );
    LensRun {
        run_id: format!(
            "{}-{}",
            output("date", &["-u", "+%Y%m%dT%H%M%SZ"]),
            std::process::id()
        ),
        date: output("date", &["-u", "+%Y-%m-%d %H:%M:%S"]),
        commit: if dirty { format!("{commit}+") } else { commit },
        load_before: load(),
        ..LensRun::default()
    }
}

/// How many threads wanted to run, over the last minute; `None` where the kernel does not say.
pub fn load() -> Option<f64> {
    let averages = fs::read_to_string("/proc/loadavg").ok()?;
    averages.split_whitespace().next()?.parse().ok()
}

/// The features that our code and libc choose a path by, of all that the processor has.
fn detected_features(flags: &str) -> String {
    const CHOSEN_BY: [&str; 8] = [
        "sse2", "ssse3", "sse4_2", "avx", "avx2", "bmi2", "erms", "avx512bw",
    ];
    let present: Vec<_> = CHOSEN_BY
        .into_iter()
        .filter(|feature| flags.split_whitespace().any(|flag| flag == *feature))
        .collect();
    present.join(" ")
}

fn output(program: &str, arguments: &[&str]) -> String {
    Command::new(program)
        .args(arguments)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}
