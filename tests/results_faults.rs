//! Results and the gate under faults: many writers, killed writers, folders that cannot be written to,
//! and files that are cut or damaged. What is there stays readable, and the gate is never green.
#![cfg(all(feature = "cli", unix))]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::slice::from_ref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use benchlens::judge::baseline;
use benchlens::judge::gate::{self, Side};
use benchlens::measurement::{Lens, Measurement};
use benchlens::report::table::Table;
use benchlens::store::folder::Writer;
use benchlens::store::{self, Error};

const HEADER: &str = "case,lens,metric,value,unit,exact\n";
const SHEET: &str = r#"{"cpu":"","cores":2,"kernel":"","rustc":"1","target":"t","profile":"p",
"cpu_features":"","libc":"2","lenses":{}}"#;

fn row(case: &str, lens: Lens, value: f64) -> Measurement {
    Measurement::new(case, lens, "count", value, "", true)
}

fn rows(lens: Lens, value: f64) -> Vec<Measurement> {
    let cases = ["rewrite/alg_one/seed", "rewrite/alg_two/seed"];
    cases.map(|case| row(case, lens, value)).to_vec()
}

/// Complete results and an equal baseline in `folder`.
fn set_up(folder: &Path) {
    let results = folder.join("results/latest");
    for lens in [Lens::Heap, Lens::Instructions] {
        store::write_rows(&results, lens, &rows(lens, 7.0)).unwrap();
    }
    fs::write(results.join("machine.json"), SHEET).unwrap();
    let side = baseline::read_results(&results).unwrap();
    baseline::write_baseline(&folder.join("results/baseline"), &side, &[]).unwrap();
}

fn benchlens(verb: &str, folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("benchlens"));
    command.arg(verb).current_dir(folder);
    command
}

/// Exit code and all that was said.
fn run(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let code = output.status.code().unwrap();
    (code, String::from_utf8(said).unwrap())
}

#[test]
fn many_writers_at_once_lose_no_row_and_no_reader_sees_half_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let done = AtomicBool::new(false);
    store::write_rows(path, Lens::Heap, &rows(Lens::Heap, 0.0)).unwrap();
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
                    let case = format!("freq/{writer}/{turn}");
                    let fresh = row(&case, Lens::Heap, 1.0);
                    // One that waited for too long says so, and may try again.
                    while let Err(error) =
                        store::replace_rows(path, Lens::Heap, from_ref(&fresh), |it| it == case)
                    {
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
    store::write_rows(path, Lens::Heap, &rows(Lens::Heap, 1.0)).unwrap();
    let writer = Writer::lock(path).unwrap();
    std::mem::forget(writer.stage("heap.csv", b"half a f").unwrap());
    drop(writer);
    assert_eq!(fs::read_dir(path).unwrap().count(), 3);
    let read = store::read_rows(path, Lens::Heap).unwrap();
    assert_eq!(read, rows(Lens::Heap, 1.0));
    store::write_rows(path, Lens::Heap, &rows(Lens::Heap, 2.0)).unwrap();
    assert_eq!(fs::read_dir(path).unwrap().count(), 2);
}

#[test]
fn an_accept_that_is_killed_leaves_a_baseline_that_is_whole_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path());
    for kill in 0..40 {
        let mut child = benchlens("accept", folder.path()).spawn().unwrap();
        thread::sleep(std::time::Duration::from_micros(100 * kill));
        let _ = child.kill();
        child.wait().unwrap();
        let (code, said) = run(&mut benchlens("gate", folder.path()));
        assert!(
            code == 0 || code == 2 && said.contains("key.json"),
            "{said}"
        );
    }
    assert_eq!(run(&mut benchlens("accept", folder.path())).0, 0);
    assert_eq!(run(&mut benchlens("gate", folder.path())).0, 0);
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
        // Modes do not hold for the super-user.
        if fs::metadata(&target).unwrap().uid() == 0 {
            command.uid(65_534).gid(65_534);
        }
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
        (&results, "machine.json"),
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
    let good = "a/b/c,heap,count,7,,true\n";
    for (damaged, reason) in [
        ("a/b/d,heap,count,NaN,,true\n", "NaN"),
        ("a/b/d,heap,count,inf,,true\n", "inf"),
        ("a/b/d,heap,count,-inf,,true\n", "-inf"),
        ("a/b/d,heap,count,1e999,,true\n", "inf"),
        ("a/b/d,heap,count,-1,,true\n", "-1"),
        ("a/b/d,heap,count,,,true\n", "float"),
        ("a/b/d,heap,count,18446744073709551616,,true\n", "too large"),
        ("a/b/d,heap,count,9007199254740994,,true\n", "too large"),
        ("a/b/c,heap,count,7,,true\n", "stands twice"),
        ("a/b/c,heap,count,8,,false\n", "stands twice"),
        (
            "a/b/d,instructions,count,7,,true\n",
            "of the lens instructions",
        ),
        ("a/b/d,weight,count,7,,true\n", "weight"),
        ("a/b/d,heap,count,7,,maybe\n", "not `true`"),
        ("a/b/d,heap,count,7,\n", "fields"),
        ("a/b/d,heap,count,7,,true,more\n", "fields"),
        ("a/b/\u{fffd},heap,count,x,,true\n", "float"),
    ] {
        for side in ["latest", "baseline"] {
            set_up(folder.path());
            let path = folder.path().join("results").join(side).join("heap.csv");
            fs::write(&path, format!("{HEADER}{good}{damaged}{good}")).unwrap();
            let (code, said) = run(&mut benchlens("gate", folder.path()));
            assert_eq!(code, 2, "{damaged}: {said}");
            let place = format!("results/{side}/heap.csv, line 3: ");
            assert!(said.contains(&place) && said.contains(reason), "{said}");
        }
    }
    set_up(folder.path());
    let path = folder.path().join("results/latest/heap.csv");
    fs::write(
        &path,
        [HEADER.as_bytes(), good.as_bytes(), b"\xff\n"].concat(),
    )
    .unwrap();
    let (code, said) = run(&mut benchlens("gate", folder.path()));
    assert_eq!(code, 2);
    assert!(said.contains("heap.csv, line 3: bytes"), "{said}");
}

#[test]
fn nothing_is_green_by_absence() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["heap.csv", "instructions.csv", "key.json", "machine.json"] {
        for side in ["latest", "baseline"] {
            set_up(folder.path());
            let path = folder.path().join("results").join(side).join(name);
            if !path.exists() {
                continue;
            }
            for content in [None, Some(""), Some(HEADER), Some("{}")] {
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
        heap: rows(Lens::Heap, 7.0),
        instructions: rows(Lens::Instructions, 7.0),
        ..Side::default()
    };
    let mut after = before.clone();
    for row in after.heap.iter_mut().chain(&mut after.instructions) {
        row.case.push_str("_renamed");
    }
    let verdict = gate::judge(&before, &after, gate::TOLERANCE).unwrap();
    assert_eq!((verdict.exit_code(), verdict.judged), (1, 0));
    assert_eq!(verdict.findings.len(), 4, "two old names and two new ones");
}
