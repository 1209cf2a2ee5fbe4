//! Runs an example as cargo runs benches, with a target folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use benchlens::report::table::{Row, Table};
use benchlens::{Lens, Metric, store};

/// A column heading of the joined table.
pub(crate) const TABLE: &str = "instructions/op";

pub(crate) struct Bench {
    pub(crate) executable: PathBuf,
    pub(crate) results: PathBuf,
}

impl Bench {
    pub(crate) fn new(example: &str, test: &str) -> Self {
        // cargo builds the examples with the tests, in the folder beside theirs.
        let built = env::current_exe().unwrap();
        let profile = built.ancestors().nth(2).unwrap();
        // Tests run in parallel, and two of them may use the same name for different examples.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("drop-in")
            .join(format!("{example}-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("CACHEDIR.TAG"), "").unwrap();
        let file = format!("{example}{}", env::consts::EXE_SUFFIX);
        let executable = folder.join(&file);
        fs::hard_link(profile.join("examples").join(&file), &executable).unwrap();
        let results = folder.join("benchlens/benchlens-criterion").join(example);
        Self {
            executable,
            results,
        }
    }

    /// The bench, with the time and heap lenses.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        // Instructions need valgrind, and the heap is enough to see that a lens was started.
        command
            .env("CRITERION_HOME", self.criterion_home())
            .env("BENCHLENS", "time,heap");
        command
    }

    pub(crate) fn criterion_home(&self) -> PathBuf {
        self.executable.with_file_name("criterion")
    }

    /// Runs the bench to its end.
    pub(crate) fn run(&self, arguments: &[&str], lenses: &str) -> Ran {
        let mut command = self.command();
        ran(command.args(arguments).env("BENCHLENS", lenses))
    }

    pub(crate) fn table(&self) -> Table {
        Table::read(&self.results).unwrap()
    }

    pub(crate) fn row(&self, case: &str) -> Row {
        let row = (self.table().rows.into_iter()).find(|row| row.info.id.to_string() == case);
        row.unwrap_or_else(|| panic!("no row of {case}"))
    }

    pub(crate) fn count(&self, case: &str, metric: Metric) -> Option<u64> {
        self.row(case).count(metric)
    }

    pub(crate) fn note(&self, case: &str, metric: Metric) -> String {
        let row = self.row(case);
        row.figure(metric)
            .map_or_else(String::new, |figure| figure.note.clone())
    }

    /// Why a lens has no figure of a case.
    pub(crate) fn reason(&self, lens: Lens, case: &str) -> String {
        let record = store::read_record(&self.results).unwrap();
        let mut failures = record.lenses[&lens].failures.iter();
        let is_it = |id: &benchlens::CaseId| id.to_string() == case;
        let failure = failures.find(|failure| failure.case.as_ref().is_some_and(is_it));
        failure
            .unwrap_or_else(|| panic!("no reason of {case}"))
            .reason
            .clone()
    }
}

/// The output and exit status of a bench.
pub(crate) struct Ran {
    pub(crate) shown: String,
    pub(crate) said: String,
    pub(crate) output: Output,
}

impl Ran {
    /// The line of the joined table that begins with `case`.
    pub(crate) fn line(&self, case: &str) -> &str {
        let (_, table) = self
            .shown
            .rsplit_once(TABLE)
            .unwrap_or_else(|| panic!("{}", self.shown));
        let mut lines = table.lines().map(str::trim_start);
        lines
            .find(|line| line.starts_with(case))
            .unwrap_or_else(|| panic!("no {case}: {table}"))
    }
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran {
        shown: text(&output.stdout),
        said: text(&output.stderr),
        output,
    }
}

pub(crate) fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok()
}
