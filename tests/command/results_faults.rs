//! Results and the gate under faults: concurrent writers, killed writers, read-only folders, and
//! truncated or damaged files. Existing results stay readable, and the gate never passes.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use benchlens::judge::baseline;
use benchlens::judge::gate::{self, Side};
use benchlens::report::table::Table;
use benchlens::store::folder::Writer;
use benchlens::store::{self, Error, HEADER};
use benchlens::{CaseId, Figure, Lens, Metric};

use crate::process::{as_nobody, names, process, said};
use crate::results::{self, row};

fn header() -> String {
    HEADER.join(",") + "\n"
}

fn rows(metric: Metric, count: u64) -> Vec<Figure> {
    let subjects = ["alg_one", "alg_two"];
    let case = |subject| CaseId::new("rewrite", subject, "seed");
    subjects.map(|it| row(&case(it), metric, count)).to_vec()
}

fn heap(count: u64) -> Vec<Figure> {
    rows(Metric::Allocations, count)
}

fn write_heap(folder: &Path, rows: &[Figure]) {
    let writer = Writer::lock(folder).unwrap();
    store::replace_rows(&writer, Lens::Heap, rows, |_| true).unwrap();
}

/// Writes complete results and an equal baseline into `folder`.
fn set_up(folder: &Path) {
    let results = folder.join("results/latest");
    results::write(&results, &heap(7), &rows(Metric::Instructions, 7), "2");
    let side = baseline::read_results(&results).unwrap();
    baseline::write_baseline(&folder.join("results/baseline"), &side, &[]).unwrap();
}

fn benchlens(verb: &str, folder: &Path) -> Command {
    let mut command = process();
    command.arg(verb).current_dir(folder);
    command
}

/// Exit code and output.
fn run(command: &mut Command) -> (i32, String) {
    said(&command.output().unwrap())
}

#[test]
fn many_writers_at_once_lose_no_row_and_no_reader_sees_half_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let done = AtomicBool::new(false);
    write_heap(path, &heap(0));
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut read = 0;
            while !done.load(Ordering::Relaxed) {
                let found = store::read_rows(path, Lens::Heap).unwrap();
                assert!(found.len() >= 2, "rows are lost");
                read += 1;
            }
            read
        });
        let writers = [0, 1, 2, 3].map(|writer| {
            scope.spawn(move || {
                for turn in 0..10 {
                    let case = CaseId::new("freq", format!("{writer}"), format!("{turn}"));
                    let fresh = [row(&case, Metric::Allocations, 1)];
                    let replace = || {
                        let writer = Writer::lock(path)?;
                        store::replace_rows(&writer, Lens::Heap, &fresh, |it| *it == case)
                    };
                    // A writer that waited too long reports it and may retry.
                    while let Err(error) = replace() {
                        assert!(matches!(error, Error::Locked { .. }), "{error}");
                    }
                }
            })
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
    assert_eq!(store::read_rows(path, Lens::Heap).unwrap().len(), 2 + 40);
}

#[test]
fn a_lock_that_is_kept_is_named_and_what_is_there_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path());
    let kept = Writer::lock(&folder.path().join("results/baseline")).unwrap();
    let (code, said) = run(&mut benchlens("accept", folder.path()));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("results/baseline/.lock is locked"), "{said}");
    assert_eq!(run(&mut benchlens("gate", folder.path())).0, 0);
    drop(kept);
    assert_eq!(run(&mut benchlens("accept", folder.path())).0, 0);
}

#[test]
fn what_a_killed_writer_left_is_no_data_and_is_removed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write_heap(path, &heap(1));
    let writer = Writer::lock(path).unwrap();
    std::mem::forget(writer.stage("heap.csv", b"half a f").unwrap());
    drop(writer);
    assert_eq!(fs::read_dir(path).unwrap().count(), 3);
    let read = store::read_rows(path, Lens::Heap).unwrap();
    assert_eq!(read, heap(1));
    write_heap(path, &heap(2));
    assert_eq!(fs::read_dir(path).unwrap().count(), 2);
}

/// Writes results of so many cases that accepting them takes a while.
fn many_rows(folder: &Path) {
    let cases = (0..5_000).map(|number| CaseId::new("freq", format!("{number}"), ""));
    let (heap, instructions): (Vec<_>, Vec<_>) = cases
        .map(|case| {
            (
                row(&case, Metric::Allocations, 1),
                row(&case, Metric::Instructions, 1),
            )
        })
        .unzip();
    results::write(&folder.join("results/latest"), &heap, &instructions, "");
}

#[test]
fn an_accept_that_is_killed_leaves_a_baseline_that_is_whole_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path());
    many_rows(folder.path());
    assert_eq!(run(&mut benchlens("accept", folder.path())).0, 0);
    let baseline = folder.path().join("results/baseline");
    let names = || names(&baseline);
    let is_staged = |name: &String| name.starts_with(".benchlens-");
    let staged = || names().iter().filter(|name| is_staged(name)).count();
    let (mut landed, mut left) = (0, 0);
    // Kills once `files` more files are staged, and a little later each time.
    for (kill, files) in (0..30).map(|kill| (kill, 1 + kill % 4)) {
        let before = staged();
        let mut child = benchlens("accept", folder.path()).spawn().unwrap();
        while child.try_wait().unwrap().is_none() && staged().saturating_sub(before) < files {
            thread::yield_now();
        }
        thread::sleep(std::time::Duration::from_micros(200 * (kill as u64 / 4)));
        let _ = child.kill();
        landed += usize::from(!child.wait().unwrap().success());
        left += usize::from(staged() > 0);
        let (code, said) = run(&mut benchlens("gate", folder.path()));
        match names().iter().any(|name| name == "key.json") {
            true => assert_eq!(code, 0, "{said}"),
            false => assert!(code == 2 && said.contains("key.json"), "{said}"),
        }
    }
    assert!(
        landed > 0 && left > 0,
        "{landed} kills landed, {left} within a write"
    );
    assert_eq!(run(&mut benchlens("accept", folder.path())).0, 0);
    assert_eq!(run(&mut benchlens("gate", folder.path())).0, 0);
    assert_eq!(staged(), 0);
}

#[test]
fn a_folder_that_cannot_be_written_to_keeps_its_results() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path());
    let target = folder.path().join("results/baseline");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&target, Permissions::from_mode(0o555)).unwrap();
    let nobody = |verb| {
        let mut command = benchlens(verb, folder.path());
        as_nobody(&mut command);
        command
    };
    fs::remove_file(target.join(".lock")).unwrap();
    let (code, said) = run(&mut nobody("accept"));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("results/baseline/.lock"), "{said}");
    assert_eq!(run(&mut nobody("gate")).0, 0);
    assert!(Table::read(&folder.path().join("results/latest")).is_ok());
    fs::set_permissions(&target, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_file_cut_at_any_byte_is_never_green() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path());
    let results = folder.path().join("results/latest");
    let baseline = folder.path().join("results/baseline");
    let judge = || -> anyhow::Result<u8> {
        let before = baseline::read_baseline(&baseline)?;
        let after = baseline::read_results(&results)?;
        Ok(gate::judge(&before, &after, gate::TOLERANCE)?.exit_code())
    };
    assert_eq!(judge().unwrap(), 0);
    let mut cuts = 0;
    for (place, name) in [
        (&results, "heap.csv"),
        (&results, "instructions.csv"),
        (&results, "run.json"),
        (&baseline, "heap.csv"),
        (&baseline, "instructions.csv"),
        (&baseline, "key.json"),
    ] {
        let path = place.join(name);
        let whole = fs::read(&path).unwrap();
        let length = whole.len() - usize::from(name.ends_with(".json") && whole.ends_with(b"\n"));
        for end in 0..length {
            fs::write(&path, &whole[..end]).unwrap();
            match judge() {
                Ok(code) => assert_eq!(code, 1, "{name} cut at {end}"),
                Err(error) => assert!(error.to_string().contains(name), "{error:#}"),
            }
            cuts += 1;
        }
        fs::write(&path, &whole).unwrap();
    }
    assert!(cuts > 500, "{cuts}");
    assert_eq!(judge().unwrap(), 0);
}

#[test]
fn a_damaged_row_is_refused_with_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let good = "a,b,c,0,allocations,,,,7,blocks,exact,,,,r,x\n";
    let other = good.replace(",c,", ",d,");
    let with = |from: &str, to: &str| other.replace(from, to);
    let value = |value: &str| with(",7,", &format!(",{value},"));
    for (damaged, reason) in [
        (value("NaN"), "NaN"),
        (value("inf"), "inf"),
        (value("1e999"), "1e999"),
        (value("7.0"), "7.0"),
        (value("-1"), "-1"),
        (value(""), "not a whole number"),
        (value("18446744073709551616"), "not a whole number"),
        (good.to_owned(), "appears twice"),
        (good.replace(",7,", ",8,"), "appears twice"),
        (good.replace("exact", "shown"), "appears twice"),
        (with("allocations", "instructions"), "file of the lens heap"),
        (with("allocations", "weight"), "weight"),
        (with("blocks", "bytes"), "not in blocks"),
        (with("exact", "maybe"), "maybe"),
        (with("exact,,,", "shown,,3,"), "high"),
        (with("d,0", "d,first"), "first"),
        (with(",r,x", ""), "fields"),
        (with(",r,x", ",r,x,more"), "fields"),
        (value("x"), "not a whole number"),
    ] {
        for side in ["latest", "baseline"] {
            set_up(folder.path());
            let path = folder.path().join("results").join(side).join("heap.csv");
            fs::write(&path, format!("{}{good}{damaged}{good}", header())).unwrap();
            let (code, said) = run(&mut benchlens("gate", folder.path()));
            assert_eq!(code, 2, "{damaged}: {said}");
            let place = format!("results/{side}/heap.csv, line 3: ");
            assert!(
                said.contains(&place) && said.contains(reason),
                "{damaged}: {said}"
            );
        }
    }
    set_up(folder.path());
    let path = folder.path().join("results/latest/heap.csv");
    let text = [header().as_bytes(), good.as_bytes(), b"\xff\n"].concat();
    fs::write(&path, text).unwrap();
    let (code, said) = run(&mut benchlens("gate", folder.path()));
    assert_eq!(code, 2);
    assert!(said.contains("heap.csv, line 3: bytes"), "{said}");
}

#[test]
fn nothing_is_green_by_absence() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["heap.csv", "instructions.csv", "key.json", "run.json"] {
        for side in ["latest", "baseline"] {
            set_up(folder.path());
            let path = folder.path().join("results").join(side).join(name);
            if !path.exists() {
                continue;
            }
            for content in [None, Some(""), Some(&*header()), Some("{}")] {
                match content {
                    None => fs::remove_file(&path).unwrap(),
                    Some(text) => fs::write(&path, text).unwrap(),
                }
                let (code, said) = run(&mut benchlens("gate", folder.path()));
                assert_eq!(code, 2, "{name} {content:?}: {said}");
                let place = format!("results/{side}/{name}");
                assert!(said.contains(&place), "{place} {content:?}: {said}");
            }
        }
    }
}

#[test]
fn renamed_rows_fail_under_both_names() {
    let before = Side {
        heap: heap(7),
        instructions: rows(Metric::Instructions, 7),
        ..Side::default()
    };
    let mut after = before.clone();
    for row in after.heap.iter_mut().chain(&mut after.instructions) {
        row.case.subject.push_str("_renamed");
    }
    let verdict = gate::judge(&before, &after, gate::TOLERANCE).unwrap();
    assert_eq!((verdict.exit_code(), verdict.judged), (1, 0));
    assert_eq!(verdict.findings.len(), 4, "two old names and two new ones");
}
