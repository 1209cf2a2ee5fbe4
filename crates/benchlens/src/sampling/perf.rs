//! Sampling by the kernel: the `perf record` command, and a reader of its file.
//!
//! The event is `cpu-clock`, a timer of the kernel that every machine has. Virtual machines often have no cycle
//! counter.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use linux_perf_data::linux_perf_event_reader::constants::{
    PERF_CONTEXT_KERNEL, PERF_CONTEXT_MAX, PERF_REG_X86_BP, PERF_REG_X86_IP, PERF_REG_X86_SP,
};
use linux_perf_data::linux_perf_event_reader::{AttrFlags, EventRecord, RawDataU64, SampleRecord};
use linux_perf_data::{PerfFileReader, PerfFileRecord};

use super::raw::{Raw, RawSamples};

/// The file that perf writes.
pub(super) const FILE: &str = "perf.data";

/// What is not permitted.
pub(super) enum Refusal {
    /// Any sampling.
    Whole(String),
    /// Sampling in the kernel: system calls would not be seen.
    Kernel(String),
}

/// The command to put before the executable; perf's file goes to `folder`.
pub(super) fn words(folder: &Path, frequency: u32, stack: u32) -> Vec<OsString> {
    let mut words: Vec<OsString> = (["perf", "record", "--quiet", "--no-buildid"].iter())
        .map(OsString::from)
        .collect();
    // The size must be a multiple of 8 below 64 KiB.
    let stack = stack.min(65_528) & !7;
    words.extend(
        [
            "--no-buildid-cache".to_owned(),
            "--event=cpu-clock".to_owned(),
            format!("--freq={frequency}"),
            format!("--call-graph=dwarf,{stack}"),
            "--clockid=CLOCK_MONOTONIC".to_owned(),
            "--output".to_owned(),
        ]
        .map(OsString::from),
    );
    words.push(folder.join(FILE).into_os_string());
    if is_root() {
        // Samples with stacks fill the default buffer of 512 KiB in milliseconds. Only root may lock more.
        words.push("--mmap-pages=16M".into());
    }
    words.push("--".into());
    words
}

/// Whether perf may sample on this machine, including in the kernel.
pub(super) fn permitted() -> Result<(), Refusal> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(Refusal::Whole(
            "perf is used on Linux on x86-64 only".to_owned(),
        ));
    }
    let tried = Command::new("perf")
        .args(["record", "--event=cpu-clock", "--output=/dev/null", "true"])
        .stdin(Stdio::null())
        .output();
    match tried {
        Err(_) => Err(Refusal::Whole(
            "perf not found: install it (`apt-get install linux-perf`)".to_owned(),
        )),
        Ok(tried) if !tried.status.success() => {
            let said = String::from_utf8_lossy(&tried.stderr);
            let first = said.lines().find(|line| !line.trim().is_empty());
            let first = first.unwrap_or("it ended with an error").trim();
            Err(Refusal::Whole(format!("the kernel refuses perf: {first}")))
        }
        Ok(_) => look_into_kernel(),
    }
}

/// Whether perf may sample in the kernel. Without permission, perf silently samples user code only.
fn look_into_kernel() -> Result<(), Refusal> {
    const LEVEL: &str = "/proc/sys/kernel/perf_event_paranoid";
    let level = std::fs::read_to_string(LEVEL).ok();
    let level = level.and_then(|text| text.trim().parse::<i32>().ok());
    match level {
        Some(level) if level > 1 && !is_root() => Err(Refusal::Kernel(format!(
            "{LEVEL} is {level}, so perf would see no system call: 1 permits it"
        ))),
        _ => Ok(()),
    }
}

fn is_root() -> bool {
    #[cfg(unix)]
    // SAFETY: `geteuid` only returns a number.
    let is_root = unsafe { libc::geteuid() } == 0;
    #[cfg(not(unix))]
    let is_root = false;
    is_root
}

/// Reads the samples in `folder`.
pub(super) fn read(folder: &Path) -> io::Result<RawSamples> {
    let file = BufReader::new(File::open(folder.join(FILE))?);
    parse(file).map_err(io::Error::other)
}

fn parse(
    file: impl io::Read + io::Seek,
) -> Result<RawSamples, Box<dyn std::error::Error + Send + Sync>> {
    let PerfFileReader {
        mut perf_file,
        mut record_iter,
    } = PerfFileReader::parse_file(file)?;
    let mut taken = RawSamples {
        sees_kernel: (perf_file.event_attributes().iter())
            .all(|event| !event.attributes().flags.contains(AttrFlags::EXCLUDE_KERNEL)),
        ..RawSamples::default()
    };
    while let Some(record) = record_iter.next_record(&mut perf_file)? {
        let PerfFileRecord::EventRecord { record, .. } = record else {
            continue;
        };
        match record.parse()? {
            EventRecord::Sample(sample) => taken.samples.extend(raw(&sample)),
            EventRecord::Lost(lost) => taken.lost += lost.count,
            _ => {}
        }
    }
    Ok(taken)
}

/// Converts a sample; `None` if it has no registers, as in a process that is exiting.
fn raw(sample: &SampleRecord<'_>) -> Option<Raw> {
    let registers = sample.user_regs.as_ref()?;
    let (stack, length) = sample.user_stack.as_ref()?;
    let mut stack = stack.as_slice().into_owned();
    stack.truncate(usize::try_from(*length).unwrap_or(usize::MAX));
    Some(Raw {
        time: sample.timestamp?,
        thread: u32::try_from(sample.tid?).ok()?,
        nanoseconds: sample.period.unwrap_or(0),
        ip: registers.get(PERF_REG_X86_IP)?,
        sp: registers.get(PERF_REG_X86_SP)?,
        bp: registers.get(PERF_REG_X86_BP)?,
        stack,
        kernel: sample.callchain.as_ref().map(in_kernel).unwrap_or_default(),
    })
}

/// The kernel's part of a call chain: the addresses between the kernel's context marker and the next marker.
fn in_kernel(chain: &RawDataU64<'_>) -> Vec<u64> {
    let words = (0..chain.len()).filter_map(|at| chain.get(at));
    words
        .skip_while(|&word| word != PERF_CONTEXT_KERNEL)
        .skip(1)
        .take_while(|&word| word < PERF_CONTEXT_MAX)
        .collect()
}
