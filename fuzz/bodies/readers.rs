//! One input of the fuzz target `readers`: any bytes as the output of a tool or an earlier run. A
//! reader must refuse them, or accept them and uphold its invariants.

use std::fs;
use std::path::Path;

use benchlens::assembly::trace::{self, Text};
use benchlens::assembly::{Code, Image, Syntax};
use benchlens::judge::{baseline, gate};
use benchlens::profile::callgrind::InstructionProfile;
use benchlens::profile::dhat::HeapProfile;
use benchlens::profile::inlined::InlineProfile;
use benchlens::report::{folded, pprof};
use benchlens::store::folder::Writer;
use benchlens::{CaseId, Figure, Lens, Metric, store};

/// Checks one input; its first byte names the reader: `d`hat, `c`allgrind, `i`nlined chains, `r`ows, a
/// baseline's `k`ey, a run's record (`s`), the declared cases (`n`), a `b`acktrace, an `e`xecutable.
/// `folder` is for the readers of files.
pub(crate) fn check(data: &[u8], folder: &Path) {
    let Some((&reader, data)) = data.split_first() else {
        return;
    };
    match reader {
        b'd' => dhat(data),
        b'c' => callgrind(data),
        b'i' => inlined(data),
        b'r' => rows(data, folder),
        b'k' => key(data, folder),
        b's' => write_and(folder, store::RECORD, data, |folder| {
            let _ = baseline::read_results(folder);
        }),
        b'n' => cases(data, folder),
        b'b' => backtrace(data),
        b'e' => executable(data),
        _ => {}
    }
}

fn backtrace(data: &[u8]) {
    let text = Text::read(data);
    let explained = trace::explain(&text, None, None);
    let written: usize = explained.frames.iter().map(|it| it.written.len()).sum();
    assert_eq!(written, text.frames.len());
    let shown = benchlens::report::trace::render(&explained, None);
    assert!(!shown.contains(['\r', '\u{9b}', '\u{202e}']));
}

fn executable(data: &[u8]) {
    let Ok(image) = Image::parse(data, Path::new("a.out")) else {
        return;
    };
    for function in image.functions().iter().take(100) {
        let code = Code::decode(&image, function, None, Syntax::Att);
        let length: u64 = code
            .instructions
            .iter()
            .map(|it| u64::from(it.length))
            .sum();
        assert!(length <= function.size);
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
    let _ = folded::heap(&profile, folded::Weight::Bytes);
    let _ = pprof::heap(&profile, pprof::First::Bytes);
}

fn callgrind(data: &[u8]) {
    if let Ok(profile) = InstructionProfile::parse(data, Path::new("callgrind.out")) {
        let sum: u64 = profile.lines.iter().map(|line| line.own).sum();
        assert_eq!(sum, profile.total);
    }
}

fn inlined(data: &[u8]) {
    if let Ok(profile) = InlineProfile::parse(data, Path::new("inlined.json")) {
        let json = profile.to_json().expect("a profile that can be encoded");
        let again = InlineProfile::parse(&json, Path::new("again.json"));
        assert_eq!(again.expect("as written"), profile);
        assert_eq!(profile.clone().within_call().total, profile.total);
    }
}

fn cases(data: &[u8], folder: &Path) {
    write_and(folder, store::CASES, data, |folder| {
        if let Ok(suite) = store::read_cases(folder) {
            let writer = Writer::lock(folder).expect("a folder of one's own");
            store::write_cases(&writer, &suite, |_| true).expect("a file that can be written");
            assert_eq!(store::read_cases(folder).expect("as written"), suite);
        }
    });
}

fn rows(data: &[u8], folder: &Path) {
    write_and(folder, "heap.csv", data, |folder| {
        let Ok(rows) = store::read_rows(folder, Lens::Heap) else {
            return;
        };
        assert!(rows.iter().all(|row| row.value.count().is_some()));
        write_rows(folder, Lens::Heap, &rows);
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

fn write_rows(folder: &Path, lens: Lens, rows: &[Figure]) {
    let writer = Writer::lock(folder).expect("a folder of one's own");
    store::replace_rows(&writer, lens, rows, |_| true).expect("rows that can be written");
}

fn key(data: &[u8], folder: &Path) {
    for metric in [Metric::Allocations, Metric::Instructions] {
        let row = Figure::exact(CaseId::new("a", "b", "c"), metric, 1);
        // An earlier input may have left a file that is not valid rows.
        let _ = fs::remove_file(folder.join(store::RowFile::from(metric.lens()).name()));
        write_rows(folder, metric.lens(), &[row]);
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
