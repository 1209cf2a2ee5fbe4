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

#[test]
fn rows_of_two_runs_two_builds_a_partial_and_a_failed_run_are_refused() {
    let lens = Lens::Heap;
    let nothing = |_: Lens, _: &mut LensRun| ();
    let refused = |folder: tempfile::TempDir, expected: &[Doubt]| {
        let side = read_results(folder.path()).unwrap();
        assert_eq!(side.doubts, expected);
        let good = read_results(results().path()).unwrap();
        assert!(judge(&good, &side, TOLERANCE).is_err());
        assert!(side.require_one_whole_run().is_err());
    };
    let folder = results();
    change(
        folder.path(),
        |rows| rows[1].run = "two".to_owned(),
        nothing,
    );
    refused(folder, &[Doubt::Runs { lens, runs: 2 }]);

    let folder = results();
    change(
        folder.path(),
        |rows| rows[1].executable = "new".to_owned(),
        nothing,
    );
    let executables = 2;
    refused(folder, &[Doubt::Executables { lens, executables }]);

    let folder = results();
    change(folder.path(), |_| (), |_, run| run.selected = 1);
    let partial = |lens| Doubt::Partial {
        lens,
        selected: 1,
        of: 2,
    };
    refused(folder, &LENSES.map(partial));

    // The heap lens of yesterday beside the instruction lens of today.
    let folder = results();
    let yesterday = |rows: &mut Vec<Figure>| {
        rows.iter_mut().for_each(|row| row.run = "zero".to_owned());
    };
    change(folder.path(), yesterday, |lens, run| {
        if lens == Lens::Heap {
            run.run = "zero".to_owned();
        }
    });
    let apart = Doubt::DifferentRuns {
        lens: Lens::Instructions,
        other: Lens::Heap,
    };
    refused(folder, std::slice::from_ref(&apart));

    // A run that came after the rows and could not write its own.
    let folder = results();
    change(folder.path(), yesterday, |_, _| ());
    refused(folder, &[Doubt::Stale { lens }, apart]);

    let folder = results();
    let failure = Failure::of(&CaseId::new("a", "b", ""), "wrong answer");
    change(
        folder.path(),
        |_| (),
        |_, run| run.failures = vec![failure.clone()],
    );
    assert_eq!(read_results(folder.path()).unwrap().failures, [failure]);
    refused(folder, &[]);
}
