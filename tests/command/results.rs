//! Folders of results as after a complete run, made by hand.

use std::path::Path;

use benchlens::store::folder::Writer;
use benchlens::store::{self, Environment, LensRun, RowFile};
use benchlens::{CaseId, CaseInfo, Figure, Lens, Metric, SuiteInfo};

/// The run that all rows name.
pub(crate) const RUN: &str = "one";

/// An exact count of that run.
pub(crate) fn row(case: &CaseId, metric: Metric, count: u64) -> Figure {
    Figure {
        run: RUN.to_owned(),
        executable: metric.lens().name().to_owned(),
        ..Figure::exact(case.clone(), metric, count)
    }
}

/// Replaces the results in `folder` with rows of both counting lenses, their record and their cases.
pub(crate) fn write(folder: &Path, heap: &[Figure], instructions: &[Figure], libc: &str) {
    let writer = Writer::lock(folder).unwrap();
    let environment = Environment {
        cores: 2,
        rustc: "1".to_owned(),
        target: "t".to_owned(),
        profile: "p".to_owned(),
        libc: libc.to_owned(),
        ..Environment::default()
    };
    let mut declared = SuiteInfo::default();
    for (lens, rows) in [(Lens::Heap, heap), (Lens::Instructions, instructions)] {
        let name = RowFile::from(lens).name();
        let encoded = store::encode_rows(rows).unwrap();
        writer.replace(name, &encoded).unwrap();
        let run = LensRun {
            run: RUN.to_owned(),
            selected: rows.len(),
            of: rows.len(),
            ..LensRun::default()
        };
        store::write_record(&writer, environment.clone(), lens, run).unwrap();
        let cases = rows.iter().map(|row| CaseInfo::of(row.case.clone()));
        declared.cases.extend(cases);
    }
    store::write_cases(&writer, &declared, |_| false).unwrap();
}
