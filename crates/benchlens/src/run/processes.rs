//! The processes of a counting lens: two independent ones, and two more for each case that cannot
//! be counted in a fork.
//!
//! What two processes agree on does not depend on hash seeds, addresses or thread schedules, unless they agree by
//! [`chance`](super::chance). A count that both give is exact; any other is shown with its spread.

use std::collections::{HashMap, HashSet};
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::isolation::ending;
use super::plan::{CountNote, Outcome, Plan, Report};
use crate::{CaseId, Lens};

/// The outcomes at one size, in the first and the second process; `None` if a process reported nothing.
pub(super) type AtSize = (u32, [Option<Outcome>; 2]);

/// What to count, and how.
pub(super) struct Job<'a> {
    pub(super) lens: Lens,
    /// The cases to count.
    pub(super) cases: Vec<CaseId>,
    /// The command before the executable, such as valgrind with its options, given the process
    /// number (0 or 1) and the folder for its files.
    pub(super) prefix: &'a dyn Fn(usize, &Path) -> Vec<OsString>,
    /// The executable's arguments.
    pub(super) arguments: Vec<OsString>,
    /// The time limit of a case, in seconds.
    pub(super) seconds: u32,
    /// Called with the number of reports from both processes together.
    pub(super) progress: &'a mut dyn FnMut(usize),
}

/// What two processes report on each case.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// The outcomes of each case by size, the smallest first.
    pub(super) cases: HashMap<CaseId, Vec<AtSize>>,
    /// The notes of either process on a case's counts.
    pub(super) marks: HashSet<(CaseId, CountNote)>,
    /// How the processes that did not finish ended.
    pub(super) ends: Vec<String>,
    /// The processor's features, as the first process saw them.
    pub(super) features: String,
}

/// A process could not be started, or its files could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("cannot write the plan of the lens {lens} to {folder}")]
    Plan {
        lens: Lens,
        folder: PathBuf,
        source: io::Error,
    },
    #[error("cannot start {program} for the lens {lens}")]
    Start {
        lens: Lens,
        program: String,
        source: io::Error,
    },
}

/// Counts in two parallel processes, which leave their files in `folder`. Cases that need a process
/// of their own are counted afterwards.
pub(super) fn count(mut job: Job<'_>, folder: &Path) -> Result<Counted, Error> {
    let mut counted = Counted::default();
    let mut both = [
        Running::start(&job, folder, 0, None)?,
        Running::start(&job, folder, 1, None)?,
    ];
    wait(&mut both, &mut job);
    for (number, process) in both.iter().enumerate() {
        counted.add(number, process);
    }
    counted.features = fs::read_to_string(both[0].plan.features()).unwrap_or_default();
    let needs = |(_, outcomes): &AtSize| outcomes.contains(&Some(Outcome::NeedsProcess));
    let alone: Vec<CaseId> = (job.cases.iter())
        .filter(|case| counted.of(case).iter().any(needs))
        .cloned()
        .collect();
    for case in alone {
        let mut both = [
            Running::start(&job, folder, 0, Some(&case))?,
            Running::start(&job, folder, 1, Some(&case))?,
        ];
        wait(&mut both, &mut job);
        for (number, process) in both.iter().enumerate() {
            counted.add(number, process);
        }
    }
    Ok(counted)
}

/// glibc settings that make similar processors choose the same `memcpy`, followed by the user's own.
/// Only instruction counts depend on them.
fn libc_choices(lens: Lens) -> Option<(&'static str, OsString)> {
    const VARIABLE: &str = "GLIBC_TUNABLES";
    const PINNED: &str = "glibc.cpu.x86_data_cache_size=32768\
        :glibc.cpu.x86_shared_cache_size=1048576\
        :glibc.cpu.x86_non_temporal_threshold=786432\
        :glibc.cpu.x86_rep_movsb_threshold=2048\
        :glibc.cpu.x86_rep_stosb_threshold=2048";
    if lens != Lens::Instructions {
        return None;
    }
    let mut tunables = OsString::from(PINNED);
    if let Some(own) = env::var_os(VARIABLE) {
        tunables.push(":");
        tunables.push(own);
    }
    Some((VARIABLE, tunables))
}

/// A running counting process.
struct Running {
    child: Child,
    plan: Plan,
    stderr: PathBuf,
    status: Option<ExitStatus>,
    overdue: bool,
}

impl Running {
    fn start(
        job: &Job<'_>,
        folder: &Path,
        number: usize,
        alone: Option<&CaseId>,
    ) -> Result<Self, Error> {
        let lens = job.lens;
        let folder = folder.join(number.to_string());
        let failed = |source| Error::Plan {
            lens,
            folder: folder.clone(),
            source,
        };
        fs::create_dir_all(&folder).map_err(failed)?;
        let plan = Plan::write(&folder, lens, alone, &job.cases, job.seconds);
        let plan = plan.map_err(failed)?;
        let _ = fs::remove_file(plan.reports());
        let stderr = folder.join("said");
        let executable = env::current_exe().map_err(failed)?;
        let mut words = (job.prefix)(number, &folder);
        words.push(executable.into_os_string());
        let program = words.remove(0);
        let mut command = Command::new(&program);
        command
            .args(words)
            .args(&job.arguments)
            .envs([plan.variable()])
            // Moves the second process's stack, to expose counts that depend on addresses.
            .env("BENCHLENS_APART", "-".repeat(number * 1234))
            .envs(libc_choices(lens))
            // dhat counts in front of the system allocator, whichever one the bench uses otherwise.
            .envs((lens == Lens::Heap).then_some(("BENCHLENS_ALLOCATOR", "system")))
            // Without it, criterion would ask cargo for the target folder.
            .env("CRITERION_HOME", &folder)
            // cargo-criterion listens to the main process only.
            .env_remove("CARGO_CRITERION_PORT")
            .stdin(Stdio::null())
            // The main process has already shown the bench's output.
            .stdout(Stdio::null())
            .stderr(File::create(&stderr).map_err(failed)?);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(|source| Error::Start {
            lens,
            program: program.to_string_lossy().into_owned(),
            source,
        })?;
        Ok(Self {
            child,
            plan,
            stderr,
            status: None,
            overdue: false,
        })
    }

    fn has_ended(&mut self) -> bool {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status.is_some()
    }

    fn reports(&self) -> Vec<Report> {
        let text = fs::read(self.plan.reports()).unwrap_or_default();
        // A partial line is from a process that was killed while writing.
        text.split(|&byte| byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect()
    }

    /// Why the process ended early, if it did.
    fn early_end(&self) -> Option<String> {
        let status = self.status?;
        if status.success() && !self.overdue {
            return None;
        }
        Some(match self.overdue {
            true => "was stopped, since no case finished in time".to_owned(),
            false => format!("ended early, {status}{}", self.last_words()),
        })
    }

    /// The last line of the process's standard error, after a colon.
    fn last_words(&self) -> String {
        let said = fs::read(&self.stderr).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let last = (said.lines().rev()).find(|line| !line.trim().is_empty());
        last.map_or(String::new(), |line| format!(": {}", line.trim()))
    }

    /// How the process of a single case ended without a report.
    fn end_of_case(&self) -> String {
        match self.status {
            Some(status) if !self.overdue => {
                let words = match status.code() {
                    Some(0) | None => String::new(),
                    Some(_) => self.last_words(),
                };
                ending(status, self.plan.seconds) + &words
            }
            _ => format!("took longer than {} s", self.plan.seconds),
        }
    }

    fn stop(&mut self) {
        self.overdue = true;
        #[cfg(unix)]
        // SAFETY: no memory is involved. The group is the process's own and holds its forks.
        unsafe {
            libc::kill(-(self.child.id() as libc::pid_t), libc::SIGKILL);
        }
        // It may have exited already.
        let _ = self.child.kill();
        self.status = self.child.wait().ok();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.has_ended() {
            self.stop();
        }
    }
}

/// Waits for both processes, and kills one that reports nothing for longer than the time limit.
fn wait(both: &mut [Running; 2], job: &mut Job<'_>) {
    let patience = Duration::from_secs(u64::from(job.seconds)) + Duration::from_secs(30);
    let mut heard = (0, Instant::now());
    while !both.iter_mut().all(Running::has_ended) {
        let lines: u64 = both.iter().map(|process| process.plan.reported()).sum();
        if lines != heard.0 {
            heard = (lines, Instant::now());
            (job.progress)(both.iter().map(|process| process.reports().len()).sum());
        }
        if heard.1.elapsed() > patience {
            (both.iter_mut())
                .filter(|process| process.status.is_none())
                .for_each(Running::stop);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

impl Counted {
    /// The outcomes of a case by size, the smallest first.
    pub(super) fn of(&self, case: &CaseId) -> &[AtSize] {
        self.cases.get(case).map_or(&[], Vec::as_slice)
    }

    fn at(&mut self, case: CaseId, size: u32) -> &mut [Option<Outcome>; 2] {
        let sizes = self.cases.entry(case).or_default();
        let place = sizes.partition_point(|(other, _)| *other < size);
        if sizes.get(place).is_none_or(|(other, _)| *other != size) {
            sizes.insert(place, (size, [None, None]));
        }
        &mut sizes[place].1
    }

    fn add(&mut self, number: usize, process: &Running) {
        for report in process.reports() {
            for mark in report.marks {
                self.marks.insert((report.case.clone(), mark));
            }
            self.at(report.case, report.size)[number] = Some(report.outcome);
        }
        match &process.plan.alone {
            None => {
                let end = process.early_end();
                self.ends
                    .extend(end.map(|end| format!("the process of the lens {end}")));
            }
            Some(case) => {
                let outcomes = self.at(case.clone(), 1);
                if matches!(outcomes[number], None | Some(Outcome::NeedsProcess)) {
                    outcomes[number] = Some(Outcome::Failed(process.end_of_case()));
                }
            }
        }
    }
}
