//! Repeats a case by starting the executable that took its figures.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::super::executable_at;
use super::super::isolation::ending;
use super::super::plan::{Outcome, Plan, Report};
use super::{BEGUN, Repeat, Repeated, Until};
use crate::store::{self, Program};
use crate::{CaseId, Lens};

/// How much longer than requested a process may take: to declare its cases, make an input, and make one call.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why a case could not be repeated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The results could not be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// No lens has a figure of the case.
    #[error("{} has no figure of {case}: run `cargo bench` to measure it", folder.display())]
    Unmeasured {
        /// The results.
        folder: PathBuf,
        /// The case.
        case: CaseId,
    },
    /// The results do not name the executable.
    #[error(
        "{} does not say how {case} was started: run `cargo bench` to measure it again",
        folder.display()
    )]
    Unknown {
        /// The results.
        folder: PathBuf,
        /// The case.
        case: CaseId,
    },
    /// The executable was removed or rebuilt.
    #[error(
        "the executable {} {what} since {case} was measured: run `cargo bench` to measure it again",
        path.display()
    )]
    Changed {
        /// The executable.
        path: PathBuf,
        /// What happened to it.
        what: &'static str,
        /// The case.
        case: CaseId,
    },
    /// The plan could not be written.
    #[error("cannot write the plan of repeating {case} to {}", folder.display())]
    Plan {
        /// The case.
        case: CaseId,
        /// The plan's folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The process could not be started.
    #[error("cannot start {program} to repeat {case}")]
    Start {
        /// The program.
        program: String,
        /// The case.
        case: CaseId,
        /// What the system said.
        source: io::Error,
    },
    /// The case could not be repeated to the end.
    #[error("{case} could not be repeated: {reason}")]
    Failed {
        /// The case.
        case: CaseId,
        /// What happened.
        reason: String,
    },
}

/// What to repeat, and how.
#[derive(Clone, Debug)]
pub struct Launch {
    case: CaseId,
    program: Program,
    hash: String,
    repeat: Repeat,
    prefix: Vec<OsString>,
    limit: Option<Duration>,
}

impl Launch {
    /// Finds the executable that took a case's figures, from the results in `folder`: that of the first of
    /// `lenses` that has a figure. A bench may have one executable for all lenses, or one per lens. Only that
    /// of the heap lens always has the counting allocator.
    ///
    /// # Errors
    ///
    /// [`Error::Unmeasured`], [`Error::Unknown`], [`Error::Changed`], [`Error::Store`].
    pub fn find(
        folder: &Path,
        case: &CaseId,
        lenses: &[Lens],
        repeat: Repeat,
    ) -> Result<Self, Error> {
        let hash = hash_of(folder, case, lenses)?.ok_or_else(|| Error::Unmeasured {
            folder: folder.to_owned(),
            case: case.clone(),
        })?;
        let unknown = || Error::Unknown {
            folder: folder.to_owned(),
            case: case.clone(),
        };
        let program = store::read_program(folder, &hash)?.ok_or_else(unknown)?;
        let changed = |what| Error::Changed {
            path: program.path.clone(),
            what,
            case: case.clone(),
        };
        match executable_at(&program.path) {
            Err(_) => return Err(changed("is gone")),
            Ok(found) if found != hash => return Err(changed("was rebuilt")),
            Ok(_) => {}
        }
        Ok(Self {
            case: case.clone(),
            program,
            hash,
            repeat,
            prefix: Vec::new(),
            limit: None,
        })
    }

    /// Repeats another case of the same bench.
    #[must_use]
    pub fn of(mut self, case: &CaseId) -> Self {
        self.case.clone_from(case);
        self
    }

    /// Puts a command before the executable, such as a tool that runs it. An empty list changes nothing.
    #[must_use]
    pub fn below(mut self, words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.prefix = words.into_iter().map(Into::into).collect();
        self
    }

    /// Sets an environment variable of the process.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.program.environment.insert(name.into(), value.into());
        self
    }

    /// Starts `executable` instead: the same bench, built differently.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`] if it cannot be read.
    pub fn built_as(mut self, executable: &Path) -> Result<Self, Error> {
        self.hash = executable_at(executable).map_err(|_| Error::Changed {
            path: executable.to_owned(),
            what: "is gone",
            case: self.case.clone(),
        })?;
        executable.clone_into(&mut self.program.path);
        Ok(self)
    }

    /// Limits the time of the whole process. The default is a minute more than the calls are to take, or ten
    /// minutes for a number of calls.
    #[must_use]
    pub const fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The executable.
    pub fn executable(&self) -> &Path {
        &self.program.path
    }

    /// The package of the bench; `None` if cargo did not start it.
    pub fn package(&self) -> Option<&str> {
        let name = self.program.environment.get("CARGO_PKG_NAME");
        name.map(String::as_str)
    }

    /// The executable's hash, as in rows.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    fn seconds(&self) -> u32 {
        let limit = self.limit.unwrap_or(match self.repeat.until {
            Until::Time(time) => (self.repeat.warm_up + PATIENCE).saturating_add(time),
            Until::Calls(_) => self.repeat.warm_up + PATIENCE * 10,
        });
        u32::try_from(limit.as_secs()).unwrap_or(u32::MAX).max(1)
    }
}

/// The hash of the executable that took a case's rows.
fn hash_of(folder: &Path, case: &CaseId, lenses: &[Lens]) -> Result<Option<String>, store::Error> {
    for lens in lenses {
        let files = match lens {
            Lens::Time => vec![store::RowFile::from(*lens), store::RowFile::THREADS],
            _ => vec![(*lens).into()],
        };
        for file in files {
            let rows = match store::read_current_rows(folder, file) {
                Err(store::Error::Missing { .. }) => continue,
                rows => rows?,
            };
            if let Some(row) = rows.into_iter().find(|row| row.case == *case) {
                return Ok(Some(row.executable));
            }
        }
    }
    Ok(None)
}

/// A process that repeats a case. Dropping the value kills the process.
#[derive(Debug)]
pub struct Repeating {
    child: Child,
    plan: Plan,
    case: CaseId,
    stderr: PathBuf,
    status: Option<ExitStatus>,
}

impl Repeating {
    /// Starts the process. Its files and its observer's go to `folder`, which is created.
    ///
    /// # Errors
    ///
    /// [`Error::Plan`] and [`Error::Start`].
    pub fn start(launch: &Launch, folder: &Path) -> Result<Self, Error> {
        let case = &launch.case;
        let failed = |source| Error::Plan {
            case: case.clone(),
            folder: folder.to_owned(),
            source,
        };
        fs::create_dir_all(folder).map_err(failed)?;
        // The process has another working directory, so the path must be absolute.
        let folder = fs::canonicalize(folder).map_err(failed)?;
        let plan = Plan::write_repeat(&folder, case, &launch.repeat, launch.seconds());
        let plan = plan.map_err(failed)?;
        let _ = fs::remove_file(plan.reports());
        let _ = fs::remove_file(folder.join(BEGUN));
        let stderr = folder.join("said");
        let program = &launch.program;
        let mut words = launch.prefix.clone();
        words.push(program.path.clone().into_os_string());
        let first = words.remove(0);
        let mut command = Command::new(&first);
        command
            .args(words)
            .args(&program.arguments)
            .envs(&program.environment)
            .envs([plan.variable()])
            // Otherwise criterion asks cargo for the target folder.
            .env("CRITERION_HOME", &folder)
            .env_remove("CARGO_CRITERION_PORT")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&stderr).map_err(failed)?);
        if program.folder.is_dir() {
            command.current_dir(&program.folder);
        }
        let child = command.spawn().map_err(|source| Error::Start {
            program: first.to_string_lossy().into_owned(),
            case: case.clone(),
            source,
        })?;
        Ok(Self {
            child,
            plan,
            case: case.clone(),
            stderr,
            status: None,
        })
    }

    /// The process id; that of the command before the executable, if there is one.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process has ended.
    pub fn has_ended(&mut self) -> bool {
        if self.status.is_none() {
            self.status = self.child.try_wait().ok().flatten();
        }
        self.status.is_some()
    }

    /// Waits for the process to end.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] with the reason that the process or its case reports.
    pub fn wait(mut self) -> Result<Repeated, Error> {
        // The process itself ends a case that takes too long. This limit is for one that never reaches its case.
        let patience = Duration::from_secs(u64::from(self.plan.seconds)) + PATIENCE;
        let begin = Instant::now();
        while !self.has_ended() && begin.elapsed() < patience {
            thread::sleep(Duration::from_millis(2));
        }
        let failed = |reason| Error::Failed {
            case: self.case.clone(),
            reason,
        };
        match self.outcome() {
            Some(Outcome::Repeated(repeated)) => Ok(repeated),
            Some(Outcome::Failed(reason)) => Err(failed(reason)),
            _ => Err(failed(self.end())),
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        let text = fs::read(self.plan.reports()).ok()?;
        let mut reports = text
            .split(|&byte| byte == b'\n')
            .filter_map(|line| serde_json::from_slice::<Report>(line).ok());
        (reports.find(|report| report.case == self.case)).map(|report| report.outcome)
    }

    /// How the process ended without a report.
    fn end(&self) -> String {
        let has_begun = self.plan.folder().join(BEGUN).exists();
        if has_begun && self.status.is_some_and(|status| status.success()) {
            return "its process exited before the end".to_owned();
        }
        let said = fs::read(&self.stderr).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let last = (said.lines().rev()).find(|line| !line.trim().is_empty());
        let words = last.map_or(String::new(), |line| format!(": {}", line.trim()));
        match self.status {
            None => format!("took longer than {} s", self.plan.seconds),
            Some(status) if status.success() => {
                format!("its bench no longer has that case{words}")
            }
            Some(status) => ending(status, self.plan.seconds) + &words,
        }
    }
}

impl Drop for Repeating {
    fn drop(&mut self) {
        if !self.has_ended() {
            // Fails if the process has ended meanwhile.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
