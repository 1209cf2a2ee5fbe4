use super::*;
use crate::failure::Failure;
use crate::judge::gate::{TOLERANCE, judge};
use crate::store::{Doubt, Environment, LensRun};
use crate::{CaseId, Metric};

const LENSES: [Lens; 2] = [Lens::Heap, Lens::Instructions];

fn row(subject: &str, metric: Metric, run: &str) -> Figure {
    Figure {
        run: run.to_owned(),
        executable: metric.lens().name().to_owned(),
        ..Figure::exact(CaseId::new("a", subject, ""), metric, 2)
    }
}

fn side() -> Side {
    Side {
        heap: vec![row("b", Metric::Allocations, "one")],
        instructions: vec![row("b", Metric::Instructions, "one")],
        ..Side::default()
    }
}

fn lens_run(run: &str) -> LensRun {
    LensRun {
        run: run.to_owned(),
        selected: 2,
        of: 2,
        ..LensRun::default()
    }
}

/// Writes rows and record of both lenses as a complete run does.
fn results() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let writer = Writer::lock(folder.path()).unwrap();
    for (lens, metric) in LENSES
        .into_iter()
        .zip([Metric::Allocations, Metric::Instructions])
    {
        let rows = ["b", "c"].map(|subject| row(subject, metric, "one"));
        store::replace_rows(&writer, lens, &rows, |_| true).unwrap();
        store::write_record(&writer, Environment::default(), lens, lens_run("one")).unwrap();
    }
    folder
}

fn change(folder: &Path, rows: impl Fn(&mut Vec<Figure>), run: impl Fn(Lens, &mut LensRun)) {
    let writer = Writer::lock(folder).unwrap();
    let mut changed = store::read_rows(folder, Lens::Heap).unwrap();
    rows(&mut changed);
    store::replace_rows(&writer, Lens::Heap, &changed, |_| true).unwrap();
    for (lens, mut record) in store::read_record(folder).unwrap().lenses {
        run(lens, &mut record);
        store::write_record(&writer, Environment::default(), lens, record).unwrap();
    }
}

#[test]
fn a_baseline_is_read_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    write_baseline(folder.path(), &side(), &[]).unwrap();
    assert_eq!(read_baseline(folder.path()).unwrap(), side());
}

#[test]
fn a_missing_or_cut_file_is_an_error_that_names_it() {
    for name in [KEY, "heap.csv", "instructions.csv"] {
        let folder = tempfile::tempdir().unwrap();
        write_baseline(folder.path(), &side(), &[]).unwrap();
        let path = folder.path().join(name);
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        let message = read_baseline(folder.path()).unwrap_err().to_string();
        assert!(message.contains(name), "{message}");
        fs::remove_file(&path).unwrap();
        let message = read_baseline(folder.path()).unwrap_err().to_string();
        assert!(message.contains(name), "{message}");
    }
}

#[test]
fn one_whole_run_is_judged() {
    let folder = results();
    let side = read_results(folder.path()).unwrap();
    assert_eq!(side.doubts, []);
    assert_eq!(judge(&side, &side, TOLERANCE).unwrap().judged, 4);
}

/// Results that were changed after they were written give `doubts`, and are neither compared nor accepted.
fn refused(rows: impl Fn(&mut Vec<Figure>), runs: impl Fn(Lens, &mut LensRun), doubts: &[Doubt]) {
    let folder = results();
    change(folder.path(), rows, runs);
    let side = read_results(folder.path()).unwrap();
    assert_eq!(side.doubts, doubts);
    let good = read_results(results().path()).unwrap();
    assert!(judge(&good, &side, TOLERANCE).is_err());
    assert!(side.require_one_whole_run().is_err());
}

#[test]
fn rows_of_two_runs_or_two_builds_are_refused() {
    let lens = Lens::Heap;
    let two = |rows: &mut Vec<Figure>| rows[1].run = "two".to_owned();
    refused(two, |_, _| (), &[Doubt::Runs { lens, runs: 2 }]);
    let new = |rows: &mut Vec<Figure>| rows[1].executable = "new".to_owned();
    let executables = 2;
    refused(new, |_, _| (), &[Doubt::Executables { lens, executables }]);
}

#[test]
fn a_partial_run_and_a_failed_one_are_refused() {
    let partial = |lens| Doubt::Partial {
        lens,
        selected: 1,
        of: 2,
    };
    refused(|_| (), |_, run| run.selected = 1, &LENSES.map(partial));
    let failure = Failure::of(&CaseId::new("a", "b", ""), "wrong answer");
    refused(|_| (), |_, run| run.failures = vec![failure.clone()], &[]);
    let folder = results();
    change(
        folder.path(),
        |_| (),
        |_, run| run.failures = vec![failure.clone()],
    );
    assert_eq!(read_results(folder.path()).unwrap().failures, [failure]);
}

#[test]
fn the_heap_lens_of_yesterday_beside_the_instruction_lens_of_today_is_refused() {
    let lens = Lens::Heap;
    let yesterday = |rows: &mut Vec<Figure>| {
        rows.iter_mut().for_each(|row| row.run = "zero".to_owned());
    };
    let apart = Doubt::DifferentRuns {
        lens: Lens::Instructions,
        other: lens,
    };
    let of_yesterday = |of: Lens, run: &mut LensRun| {
        if of == lens {
            run.run = "zero".to_owned();
        }
    };
    refused(yesterday, of_yesterday, std::slice::from_ref(&apart));
    // The record is of a later run, which could not write rows of its own.
    refused(yesterday, |_, _| (), &[Doubt::Stale { lens }, apart]);
}
