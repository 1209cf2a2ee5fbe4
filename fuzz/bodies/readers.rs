//! One input of the fuzz target `readers`: any bytes as what a tool or an earlier run wrote. A reader
//! must refuse them, or take them and then hold what it promises.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use benchlens::judge::{baseline, gate};
use benchlens::measurement::Lens;
use benchlens::profile::callgrind::InstructionProfile;
use benchlens::profile::criterion;
use benchlens::profile::dhat::HeapProfile;
use benchlens::report::{folded, pprof};
use benchlens::store;

const ROWS: &str = "case,lens,metric,value,unit,exact\n";

/// Checks one input; its first byte names the reader: `d`hat, `c`allgrind, criterion's `e`stimates,
/// `r`ows, a baseline's `k`ey, a machine's `s`heet. `folder` is for those that read files.
pub(crate) fn check(data: &[u8], folder: &Path) {
    let Some((&reader, data)) = data.split_first() else {
        return;
    };
    match reader {
        b'd' => dhat(data),
        b'c' => callgrind(data),
        b'e' => estimates(data, folder),
        b'r' => rows(data, folder),
        b'k' => key(data, folder),
        b's' => write_and(folder, "machine.json", data, |folder| {
            let _ = baseline::read_results(folder);
        }),
        _ => {}
    }
}

fn dhat(data: &[u8]) {
    let Ok(profile) = HeapProfile::parse(data, Path::new("dhat.json")) else {
        return;
    };
    let total = profile.total();
    assert_eq!(
        profile.within_call("benchlens_heap::measure").total(),
        total
    );
    let (own, runtime) = profile.own_and_runtime("benchlens");
    assert_eq!(own.allocations + runtime.allocations, total.allocations);
    assert_eq!(
        own.allocated_bytes + runtime.allocated_bytes,
        total.allocated_bytes
    );
    let _ = folded::encode(&profile);
    let _ = pprof::encode(&profile);
}

fn callgrind(data: &[u8]) {
    if let Ok(profile) = InstructionProfile::parse(data, Path::new("callgrind.out")) {
        let sum: u64 = profile.lines.iter().map(|line| line.own).sum();
        assert_eq!(sum, profile.total);
        assert!(
            profile
                .lines
                .iter()
                .all(|line| line.inclusive() >= line.own)
        );
    }
}

fn estimates(data: &[u8], folder: &Path) {
    let new = folder.join("case/new");
    fs::create_dir_all(&new).expect("a folder that can be written to");
    let end = data.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    write_and(&new, "benchmark.json", &data[..end], |_| {});
    write_and(&new, "estimates.json", &data[end..], |_| {});
    for estimate in criterion::estimates(folder, SystemTime::UNIX_EPOCH).values() {
        assert!(estimate.time > 0.0 && estimate.low.is_finite() && estimate.high.is_finite());
    }
}

fn rows(data: &[u8], folder: &Path) {
    write_and(folder, "heap.csv", data, |folder| {
        let Ok(rows) = store::read_rows(folder, Lens::Heap) else {
            return;
        };
        assert!(
            rows.iter()
                .all(|row| row.value.is_finite() && row.value >= 0.0)
        );
        store::write_rows(folder, Lens::Heap, &rows).expect("rows that can be written");
        let again = store::read_rows(folder, Lens::Heap).expect("rows that were written");
        assert_eq!(again, rows);
        let side = gate::Side {
            instructions: rows.clone(),
            heap: rows,
            ..gate::Side::default()
        };
        if let Ok(verdict) = gate::judge(&side, &side, gate::TOLERANCE) {
            assert_eq!(verdict.exit_code(), 0);
        }
    });
}

fn key(data: &[u8], folder: &Path) {
    for lens in [Lens::Heap, Lens::Instructions] {
        let row = format!("{ROWS}a/b/c,{lens},m,1,,true\n");
        write_and(folder, &format!("{lens}.csv"), row.as_bytes(), |_| {});
    }
    write_and(folder, "key.json", data, |folder| {
        if let Ok(side) = baseline::read_baseline(folder) {
            baseline::write_baseline(folder, &side, &[]).expect("a baseline that can be written");
            assert_eq!(baseline::read_baseline(folder).expect("as written"), side);
        }
    });
}

fn write_and(folder: &Path, name: &str, data: &[u8], then: impl FnOnce(&Path)) {
    fs::write(folder.join(name), data).expect("a folder that can be written to");
    then(folder);
}
