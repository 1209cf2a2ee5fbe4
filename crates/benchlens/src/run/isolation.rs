//! Runs each case in a process of its own, so that its figures do not depend on earlier cases.
//!
//! On Unix the process forks. A process with several threads cannot fork safely, since the child
//! would lack the other threads and inherit their locks. Such a case is reported, and the main
//! process starts the executable again for that case alone.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitStatus;
use std::sync::Once;

use super::plan::{CountNote, Outcome, Plan, Report};
use super::{count, settle};
use crate::{CaseId, Lens};

/// In a counting process: runs `body`, which counts one case, in a child process and waits for it. In
/// any other process, or if the plan is for another case alone, it does nothing.
///
/// Side effects of `body` on this process are lost, including its output. A panic, an exit, a
/// signal or a timeout is reported as the reason for a missing figure.
pub fn isolated(case: &CaseId, body: impl FnOnce()) {
    isolated_at(case, 1, body);
}

/// Like [`isolated`], on an input `size` times as large as the case's own.
pub(super) fn isolated_at(case: &CaseId, size: u32, body: impl FnOnce()) {
    let Some(plan) = Plan::of_process() else {
        return;
    };
    if !plan.selects(case) {
        return;
    }
    static FIRST: Once = Once::new();
    FIRST.call_once(|| {
        // A repeated case keeps the heap that it would have without a lens.
        if plan.repeat.is_none() {
            system::fix_large_blocks();
            count::read_symbols(plan);
        }
    });
    let whole = || run_and_report(plan, case, size, body);
    if plan.alone.is_some() {
        system::in_this_process(plan, whole);
    } else if system::can_fork() {
        let before = plan.reported();
        let end = system::in_a_fork(plan, whole);
        if plan.reported() == before {
            report(plan, case, size, Outcome::Failed(end), Vec::new());
        }
    } else {
        report(plan, case, size, Outcome::NeedsProcess, Vec::new());
    }
}

/// In a counting process: reports why a case has no figure. In any other process it does nothing.
pub fn absent(case: &CaseId, why: &str) {
    if let Some(plan) = Plan::of_process()
        && plan.selects(case)
    {
        report(plan, case, 1, Outcome::Failed(why.to_owned()), Vec::new());
    }
}

fn run_and_report(plan: &Plan, case: &CaseId, size: u32, body: impl FnOnce()) {
    count::begin(plan, size);
    // The heap is settled last, because the harness's own strings vary in length with the process id, and a
    // block's offset in its page decides how it is compared and copied.
    if plan.lens == Lens::Instructions {
        settle::heap();
    }
    let (outcome, marks) = match catch_unwind(AssertUnwindSafe(body)) {
        Err(panic) => {
            let reason = format!("panicked: {}", panic_message(&*panic));
            (Outcome::Failed(reason), Vec::new())
        }
        Ok(()) => count::outcome(plan),
    };
    report(plan, case, size, outcome, marks);
}

/// Reports on a case. If that fails, the main process misses the report and has no figure.
fn report(plan: &Plan, case: &CaseId, size: u32, outcome: Outcome, marks: Vec<CountNote>) {
    let report = Report {
        case: case.clone(),
        size,
        outcome,
        marks,
    };
    let _ = plan.report(&report);
}

/// Describes the end of a process that reported nothing within its limit of `seconds`.
pub(super) fn ending(status: ExitStatus, seconds: u32) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return match signal {
            libc::SIGALRM => format!("took longer than {seconds} s"),
            libc::SIGILL => "used an instruction that is not known here (SIGILL): valgrind lacks \
                some of what `target-cpu=native` may ask for"
                .to_owned(),
            libc::SIGSEGV => "its process was ended by SIGSEGV".to_owned(),
            libc::SIGABRT => "its process aborted".to_owned(),
            signal => format!("its process was ended by signal {signal}"),
        };
    }
    // Without signals, the waiting process enforces the limit.
    let _ = seconds;
    match status.code() {
        Some(code) => format!("its process exited with {code}"),
        None => "its process was ended".to_owned(),
    }
}

/// The message of a panic, or `without a message`.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

#[cfg(unix)]
mod system {
    use std::io;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::ExitStatus;

    use super::super::plan::Plan;

    /// Whether this process has only one thread. Does not allocate.
    pub(super) fn can_fork() -> bool {
        #[cfg(target_os = "linux")]
        {
            use std::os::unix::fs::MetadataExt as _;
            // The directory has one link per thread, plus the two of any directory.
            std::fs::metadata("/proc/self/task").is_ok_and(|threads| threads.nlink() == 3)
        }
        // Elsewhere threads cannot be counted without another library.
        #[cfg(not(target_os = "linux"))]
        {
            false
        }
    }

    /// Fixes the size from which glibc maps a block at a page boundary. By default glibc adapts this
    /// threshold to what was freed, which changes the alignment of measured buffers.
    pub(super) fn fix_large_blocks() {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: this process has one thread; the call only sets a number.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, 128 << 10);
        }
    }

    /// Runs `body` in a child and returns how the child ended.
    pub(super) fn in_a_fork(plan: &Plan, body: impl FnOnce()) -> String {
        // SAFETY: this process has one thread, so no lock is held by a thread that the child lacks.
        match unsafe { libc::fork() } {
            -1 => format!("cannot fork: {}", io::Error::last_os_error()),
            0 => in_this_process(plan, body),
            child => wait(child, plan.seconds),
        }
    }

    /// Runs `body` and ends the process without running exit handlers.
    pub(super) fn in_this_process(plan: &Plan, body: impl FnOnce()) -> ! {
        // SAFETY: no memory is involved. The signal ends a case that takes too long.
        unsafe { libc::alarm(plan.seconds) };
        body();
        // SAFETY: no memory is involved; this ends the process at once.
        unsafe { libc::_exit(0) }
    }

    fn wait(child: libc::pid_t, seconds: u32) -> String {
        let mut status = 0;
        loop {
            // SAFETY: `status` is valid for the write.
            let ended = unsafe { libc::waitpid(child, &raw mut status, 0) };
            if ended == child {
                break;
            }
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return format!("cannot wait for its process: {error}");
            }
        }
        super::ending(ExitStatus::from_raw(status), seconds)
    }
}

#[cfg(not(unix))]
mod system {
    use super::super::plan::Plan;

    pub(super) fn can_fork() -> bool {
        false
    }

    pub(super) fn fix_large_blocks() {}

    pub(super) fn in_a_fork(_plan: &Plan, _body: impl FnOnce()) -> String {
        "processes cannot fork here".to_owned()
    }

    pub(super) fn in_this_process(_plan: &Plan, body: impl FnOnce()) -> ! {
        body();
        std::process::exit(0)
    }
}
