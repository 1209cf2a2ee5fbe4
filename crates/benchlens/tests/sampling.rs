//! Sampling a case of the harness, by perf and by the timer in its process: functions, system calls, threads,
//! and what lies outside of the calls.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use benchlens::CaseId;
use benchlens::profile::samples::{SampleProfile, SamplerKind};
use benchlens::report::functions::{FunctionView, Sort};
use benchlens::run::repeat::Until;
use benchlens::sampling::{self, Error, Plan};

/// The results of the bench; the executable that took them stays in place.
fn results(test: &str) -> PathBuf {
    let built = env::current_exe().unwrap();
    let profile = built.ancestors().nth(2).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("sampling")
        .join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    // The tag makes it a target folder of its own.
    fs::write(folder.join("CACHEDIR.TAG"), "").unwrap();
    let executable = folder.join("busy");
    fs::hard_link(profile.join("examples/busy"), &executable).unwrap();
    let ran = Command::new(&executable)
        .arg("--bench")
        .env("BENCHLENS", "heap")
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    folder.join("benchlens/benchlens/busy")
}

fn busy(subject: &str) -> CaseId {
    CaseId::new("busy", subject, "")
}

fn plan(sampler: SamplerKind) -> Plan {
    Plan {
        sampler: Some(sampler),
        until: Until::Time(Duration::from_millis(1000)),
        ..Plan::default()
    }
}

fn take(results: &Path, subject: &str, plan: &Plan) -> Result<SampleProfile, Error> {
    let folder = tempfile::tempdir().unwrap();
    sampling::take(results, &busy(subject), plan, folder.path())
}

/// The samplers that this machine permits; the timer always is.
fn samplers(results: &Path) -> Vec<SamplerKind> {
    let brief = Plan {
        until: Until::Calls(1),
        ..plan(SamplerKind::Perf)
    };
    match take(results, "nested", &brief) {
        Ok(_) => vec![SamplerKind::Timer, SamplerKind::Perf],
        Err(Error::NotPermitted { reason, .. }) => {
            assert!(!reason.is_empty());
            vec![SamplerKind::Timer]
        }
        Err(error) => panic!("{error}"),
    }
}

fn view(subject: &str, profile: &SampleProfile) -> FunctionView {
    FunctionView::new(&busy(subject), profile, Sort::Own, false)
}

/// The own and the cumulative share of a function; zero if it was not seen.
fn shares(view: &FunctionView, function: &str) -> (f64, f64) {
    let mut rows = view.functions.iter();
    let row = rows.find(|row| row.function.ends_with(function));
    row.map_or((0.0, 0.0), |row| (row.own.share, row.cumulative.share))
}

#[test]
fn the_time_is_where_the_work_is() {
    let results = results("work");
    for sampler in samplers(&results) {
        let profile = take(&results, "nested", &plan(sampler)).unwrap();
        assert_eq!(profile.facts.sampler, sampler);
        assert!(
            profile.total() > 20,
            "{sampler:?}: {} samples",
            profile.total()
        );
        let view = view("nested", &profile);
        assert!(
            shares(&view, "busy::outer").1 > 0.9,
            "{sampler:?}: {view:?}"
        );
        assert!(
            shares(&view, "busy::inner").1 > 0.9,
            "{sampler:?}: {view:?}"
        );
        let own: u64 = view.functions.iter().map(|row| row.own.samples).sum();
        assert_eq!(own, profile.total());
        let inner = (profile.frames.iter()).find(|frame| frame.function.ends_with("busy::inner"));
        let inner = inner.unwrap();
        assert!(
            inner.file.ends_with("examples/busy.rs") && inner.line > 0,
            "{inner:?}"
        );
        // The case's own function is the outermost.
        let last = profile
            .stacks
            .iter()
            .map(|stack| profile.frames_of(stack).last().unwrap());
        let outermost: BTreeSet<_> = last.map(|frame| frame.function.as_str()).collect();
        assert!(
            outermost.iter().all(|it| it.starts_with("busy::")),
            "{outermost:?}"
        );
    }
}

#[test]
fn a_system_call_is_a_frame_of_its_own() {
    let results = results("calls");
    for sampler in samplers(&results) {
        let profile = take(&results, "reads", &plan(sampler)).unwrap();
        let view = view("reads", &profile);
        assert!(view.system.share > 0.3, "{sampler:?}: {view:?}");
        let read = shares(&view, "[system call] read");
        assert!(read.0 > 0.3, "{sampler:?}: {view:?}");
        assert!(
            shares(&view, "busy::reads").1 > 0.3,
            "{sampler:?}: {view:?}"
        );
    }
}

#[test]
fn all_threads_are_sampled_and_the_making_of_inputs_is_not() {
    let results = results("threads");
    for sampler in samplers(&results) {
        let profile = take(&results, "threads", &plan(sampler)).unwrap();
        let threads: BTreeSet<_> = profile.samples.iter().map(|sample| sample.thread).collect();
        assert!(threads.len() > 2, "{sampler:?}: {threads:?}");
        assert!(
            shares(&view("threads", &profile), "busy::outer").1 > 0.5,
            "{sampler:?}"
        );

        let profile = take(&results, "made", &plan(sampler)).unwrap();
        let view = view("made", &profile);
        assert_eq!(
            shares(&view, "busy::made"),
            (0.0, 0.0),
            "{sampler:?}: {view:?}"
        );
        assert!(
            shares(&view, "busy::outer").1 > 0.9,
            "{sampler:?}: {view:?}"
        );
        assert!(
            profile.facts.outside > 10,
            "{sampler:?}: {:?}",
            profile.facts
        );
    }
}

#[test]
fn threads_that_end_within_a_millisecond_are_seen_as_all_of_their_time() {
    let results = results("brief");
    // By default, since perf sees next to nothing of such threads, the timer takes its place.
    let best = Plan {
        sampler: None,
        ..plan(SamplerKind::Timer)
    };
    for plan in [plan(SamplerKind::Timer), best] {
        let profile = take(&results, "brief threads", &plan).unwrap();
        let coverage = profile.facts.coverage().unwrap();
        // On a busy machine the sampler itself has to wait. If the time of ended threads were not added up, the
        // coverage would be near zero.
        assert!((0.25..2.0).contains(&coverage), "{:?}", profile.facts);
        let view = view("brief threads", &profile);
        assert!(shares(&view, "busy::outer").1 > 0.25, "{view:?}");
    }
}

#[test]
fn a_stack_that_is_not_copied_whole_is_reported_as_cut() {
    let results = results("deep");
    for sampler in samplers(&results) {
        let whole = take(&results, "deep", &plan(sampler)).unwrap();
        assert!(
            shares(&view("deep", &whole), "busy::deep").1 > 0.9,
            "{sampler:?}"
        );
        let cut = take(
            &results,
            "deep",
            &Plan {
                stack: 1024,
                ..plan(sampler)
            },
        )
        .unwrap();
        assert!(
            cut.facts.cut > cut.total() / 2,
            "{sampler:?}: {:?}",
            cut.facts
        );
        // Where the time is spent is still known.
        assert!(
            shares(&view("deep", &cut), "busy::inner").1 > 0.9,
            "{sampler:?}"
        );
    }
}
