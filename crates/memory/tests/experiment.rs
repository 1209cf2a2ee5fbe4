//! The experiment as a process: what it writes, and what the kernel says of it meanwhile.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::process::{Command, Stdio};

use benchlens_memory::experiment::{PHASES, Settings};
use benchlens_memory::{HEADER, Sample};

const LOAD: u64 = 64 << 20;

fn experiment(executable: &str) -> Command {
    let mut command = Command::new(executable);
    for (name, _) in std::env::vars().filter(|(name, _)| name.contains("MALLOC")) {
        command.env_remove(name);
    }
    command
}

/// The samples of a small experiment; every block freed, or one in `pinned_every` kept.
fn samples(executable: &str, pinned_every: u64) -> Vec<Sample> {
    let settings = Settings {
        load: LOAD,
        pinned_every,
        idle: std::time::Duration::from_millis(50),
        work: std::time::Duration::from_millis(50),
        ..Settings::default()
    };
    let output = experiment(executable).args(settings.arguments()).output();
    let output = output.unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    let text = String::from_utf8(output.stdout).unwrap();
    let (header, lines) = text.split_once('\n').unwrap();
    assert_eq!(header, HEADER);
    lines
        .lines()
        .map(|line| Sample::parse(line).unwrap())
        .collect()
}

fn end_of<'a>(samples: &'a [Sample], phase: &str) -> &'a Sample {
    samples.iter().rfind(|it| it.phase == phase).unwrap()
}

#[test]
fn what_is_loaded_is_resident_and_is_given_back_when_asked() {
    let executable = env!("CARGO_BIN_EXE_benchlens-memory-system");
    for pinned_every in [0, 100] {
        let samples = samples(executable, pinned_every);
        let mut phases: Vec<_> = samples.iter().map(|it| it.phase.as_str()).collect();
        phases.dedup();
        assert_eq!(phases, PHASES);
        let [loaded, freed, asked] = ["load", "free", "ask"].map(|it| end_of(&samples, it));
        let live = |sample: &Sample| sample.levels.live.unwrap();
        assert!((LOAD..LOAD + 30_000).contains(&live(loaded)));
        assert!(loaded.usage.resident > LOAD);
        assert!(loaded.levels.held.unwrap() > LOAD);
        match pinned_every {
            0 => assert_eq!(live(freed), 0),
            // The kept pieces are few, so their mean size deviates a little.
            _ => assert!((LOAD / 120..LOAD / 80).contains(&live(freed))),
        }
        assert_eq!(live(asked), live(freed), "the work freed all of its own");
        assert!(asked.usage.resident < LOAD / 4, "{asked:?}");
    }
}

#[cfg(feature = "mimalloc")]
#[test]
fn mimalloc_holds_what_is_loaded_and_gives_it_back() {
    holds_and_gives_back(env!("CARGO_BIN_EXE_benchlens-memory-mimalloc"));
}

#[cfg(feature = "jemalloc")]
#[test]
fn jemalloc_holds_what_is_loaded_and_gives_it_back() {
    holds_and_gives_back(env!("CARGO_BIN_EXE_benchlens-memory-jemalloc"));
}

#[cfg(any(feature = "mimalloc", feature = "jemalloc"))]
fn holds_and_gives_back(executable: &str) {
    let samples = samples(executable, 0);
    let [start, loaded, asked] = ["start", "load", "ask"].map(|it| end_of(&samples, it));
    assert!(start.levels.held.unwrap() > 0);
    assert!(loaded.levels.held.unwrap() > LOAD);
    assert!(asked.usage.resident < LOAD / 2, "{asked:?}");
}

#[test]
fn what_is_wrong_is_told_by_the_exit_code() {
    let executable = env!("CARGO_BIN_EXE_benchlens-memory-system");
    let wrong = experiment(executable).arg("lode=1").output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.contains("\"lode=1\""), "{said}");
    let full = experiment(executable)
        .args(["load=1000", "idle_ms=1", "work_ms=1"])
        .stdout(std::fs::File::create("/dev/full").unwrap())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(1));
    let said = String::from_utf8(full.stderr).unwrap();
    assert!(
        said.contains("cannot sample this process: No space"),
        "{said}"
    );
}
