//! Repeating a case of the harness in its own executable: for a number of calls, for a time, and what goes
//! wrong.
//!
//! Needs the counting allocator: `cargo test --package benchlens --features heap,profiles`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use benchlens::memory::{About, Recording};
use benchlens::run::repeat::{self, Launch, Observe, Repeat, Repeated, Repeating, Until, memory};
use benchlens::{CaseId, Lens};

/// The results of some cases, and the executable that took them.
struct Measured {
    executable: PathBuf,
    results: PathBuf,
}

impl Measured {
    fn new(name: &str, filter: &str) -> Self {
        let test = env::current_exe().unwrap();
        let profile = test.ancestors().nth(2).unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("repeat")
            .join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        // The tag makes it a target folder of its own.
        fs::write(folder.join("CACHEDIR.TAG"), "").unwrap();
        let file = format!("troubled{}", env::consts::EXE_SUFFIX);
        let executable = folder.join(&file);
        fs::hard_link(profile.join("examples").join(file), &executable).unwrap();
        let ran = Command::new(&executable)
            .args(["--bench", filter])
            .env("BENCHLENS", "heap")
            .env_remove("CARGO_MANIFEST_DIR")
            .output()
            .unwrap();
        assert!(ran.status.success(), "{ran:?}");
        Self {
            executable,
            results: folder.join("benchlens/benchlens/troubled"),
        }
    }

    fn launch(&self, case: &CaseId, repeat: Repeat) -> Result<Launch, repeat::Error> {
        Launch::find(&self.results, case, &[Lens::Time, Lens::Heap], repeat)
    }

    fn repeated(&self, case: &CaseId, repeat: Repeat) -> Result<Repeated, repeat::Error> {
        Repeating::start(&self.launch(case, repeat)?, &self.files())?.wait()
    }

    fn files(&self) -> PathBuf {
        self.executable.with_file_name("files")
    }
}

fn sound(subject: &str) -> CaseId {
    CaseId::new("sound", subject, "")
}

fn briefly(until: Until) -> Repeat {
    Repeat {
        warm_up: Duration::from_millis(10),
        ..Repeat::new(until)
    }
}

#[test]
fn a_case_runs_for_a_number_of_calls_or_for_a_time() {
    let measured = Measured::new("both", "sound/(vector|threads)");
    let calls = Repeat {
        windows: Some(Duration::ZERO),
        ..briefly(Until::Calls(50))
    };
    let repeated = measured.repeated(&sound("vector"), calls).unwrap();
    assert_eq!(repeated.calls, 50);
    let windows = repeat::read_windows(&measured.files()).unwrap();
    assert_eq!(windows.len(), 50);
    let (first, last) = (windows[0], windows[49]);
    assert!(repeated.begin <= first.begin && first.end <= last.begin && last.end <= repeated.end);

    let time = Duration::from_millis(50);
    for subject in ["vector", "threads"] {
        let repeated = measured.repeated(&sound(subject), briefly(Until::Time(time)));
        let repeated = repeated.unwrap();
        assert!(repeated.time() >= time, "{subject}: {repeated:?}");
        // How many depends on what else the machine does.
        assert!(repeated.calls > 0, "{subject}: {repeated:?}");
    }
}

#[test]
fn a_command_may_stand_before_the_executable_and_the_process_has_a_number() {
    let measured = Measured::new("below", "sound/vector");
    let launch = measured.launch(&sound("vector"), briefly(Until::Calls(1)));
    let launch = launch.unwrap().below(["env", "BENCHLENS_TEST=1"]);
    let repeating = Repeating::start(&launch, &measured.files()).unwrap();
    let process = repeating.process();
    // `env` runs the executable in its own process.
    assert_eq!(repeating.wait().unwrap().process, process);
}

#[test]
fn memory_is_sampled_from_the_first_call_on() {
    let measured = Measured::new("memory", "sound/vector");
    const CALLS: u64 = 100_000;
    let repeat = Repeat {
        warm_up: Duration::ZERO,
        observe: Observe::Memory {
            interval: Duration::from_millis(1),
        },
        ..Repeat::new(Until::Calls(CALLS))
    };
    let launch = measured.launch(&sound("vector"), repeat).unwrap();
    // Each call keeps one more number.
    let launch = launch.of(&sound("grows"));
    let files = measured.files();
    let repeated = Repeating::start(&launch, &files).unwrap().wait().unwrap();
    assert_eq!(memory::allocator(&files).as_deref(), Some("system"));
    let text = fs::read_to_string(memory::samples(&files)).unwrap();
    let recording = Recording::parse(About::default(), &text).unwrap();
    let phases: Vec<_> = recording.phases().map(|(phase, _)| phase).collect();
    assert_eq!(phases, ["warm-up", "calls"]);
    let (first, last) = (&recording.samples[0], recording.samples.last().unwrap());
    assert!(first.time_ns <= repeated.begin && repeated.end <= last.time_ns);
    assert_eq!(first.levels.live, Some(0));
    let live = last.levels.live.unwrap();
    assert!((8 * CALLS..32 * CALLS).contains(&live), "{live}");
    assert!(last.levels.held.unwrap() > live);
    assert!(last.usage.resident > 8 * CALLS);
}

#[test]
fn what_cannot_be_repeated_is_told_apart() {
    let measured = Measured::new("wrong", "sound/vector");
    let one = || briefly(Until::Calls(1));
    let reason = |subject: &str| {
        let case = CaseId::new("troubled", subject, "");
        // These cases have no figure, so the executable is found through another case.
        let launch = measured.launch(&sound("vector"), one()).unwrap();
        let launch = launch.of(&case).limit(Duration::from_secs(1));
        let end = Repeating::start(&launch, &measured.files()).unwrap().wait();
        end.unwrap_err().to_string()
    };
    for (subject, expected) in [
        (
            "panics",
            "troubled/panics could not be repeated: panicked: not while it is counted",
        ),
        ("hangs", "took longer than 1 s"),
        ("exits", "its process exited before the end"),
        ("gone", "its bench no longer has that case"),
    ] {
        let said = reason(subject);
        assert!(said.contains(expected), "{said}");
    }
    let unmeasured = measured.launch(&CaseId::new("sound", "grows", ""), one());
    assert!(matches!(unmeasured, Err(repeat::Error::Unmeasured { .. })));

    fs::remove_file(&measured.executable).unwrap();
    fs::write(&measured.executable, "another build").unwrap();
    let changed = measured.launch(&sound("vector"), one()).unwrap_err();
    assert!(
        changed.to_string().contains("was rebuilt since"),
        "{changed}"
    );
    fs::remove_file(&measured.executable).unwrap();
    let gone = measured.launch(&sound("vector"), one()).unwrap_err();
    assert!(gone.to_string().contains("is gone since"), "{gone}");
    fs::remove_file(measured.results.join("programs.json")).unwrap();
    let unknown = measured.launch(&sound("vector"), one());
    assert!(matches!(unknown, Err(repeat::Error::Unknown { .. })));
}
