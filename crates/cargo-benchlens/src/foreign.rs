//! Converts profiles of any program to a folder of results with one case, so that every verb can read them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use benchlens::profile::callgrind::InstructionProfile;
use benchlens::profile::dhat::HeapProfile;
use benchlens::profile::inlined::{InlineProfile, Symbols};
use benchlens::store::folder::Writer;
use benchlens::store::{self, Environment, LensRun, RowFile};
use benchlens::{CaseId, CaseInfo, Figure, Lens, Metric, SuiteInfo, Value, Worth};
use tempfile::TempDir;

use crate::Usage;
use crate::scope::Target;

const RUN: &str = "profile";
const NOTE: &str = "of one process";

/// Temporary results made from profiles.
pub(crate) struct Results {
    folder: TempDir,
}

impl Results {
    /// The bench target that they represent.
    pub(crate) fn target(&self) -> Target {
        Target::alone(self.folder.path().to_owned())
    }
}

/// One or two profiles as the results of one case, which is named after the first file.
///
/// # Errors
///
/// [`Usage`] if two are of the same kind, and errors of the readers.
pub(crate) fn as_results(files: &[PathBuf]) -> anyhow::Result<Results> {
    let name = files.first().and_then(|file| file.file_name());
    as_results_called(files, &name.unwrap_or_default().to_string_lossy())
}

/// The same with a given name, since a comparison needs equal names on both sides.
pub(crate) fn as_results_called(files: &[PathBuf], name: &str) -> anyhow::Result<Results> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let case = CaseId::new("", name, "");
    let mut rows: [Option<Vec<Figure>>; 2] = [None, None];
    for file in files {
        let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let place = usize::from(!is_json);
        if rows[place].is_some() {
            let kind = ["the heap", "instructions"][place];
            let reason = format!("two profiles of {kind}: give one, or use compare");
            return Err(Usage(reason).into());
        }
        rows[place] = Some(match is_json {
            true => keep_heap(folder.path(), &case, &bytes, file)?,
            false => keep_instructions(folder.path(), &case, &bytes, file)?,
        });
    }
    write(folder.path(), &case, rows)?;
    Ok(Results { folder })
}

fn keep_heap(
    folder: &Path,
    case: &CaseId,
    json: &[u8],
    file: &Path,
) -> anyhow::Result<Vec<Figure>> {
    let total = HeapProfile::parse(json, file)?.total();
    place(folder, Lens::Heap, case, |path| fs::write(path, json))?;
    Ok(vec![
        figure(case, Metric::Allocations, total.allocations),
        figure(case, Metric::AllocatedBytes, total.allocated_bytes),
        figure(case, Metric::PeakBytes, total.peak_bytes),
    ])
}

fn keep_instructions(
    folder: &Path,
    case: &CaseId,
    text: &[u8],
    file: &Path,
) -> anyhow::Result<Vec<Figure>> {
    let mut profile = InstructionProfile::parse(text, file)?;
    let mut text = text.to_owned();
    if let Some(lost) = profile.summary.and_then(|it| it.checked_sub(profile.total))
        && lost > 0
    {
        text.extend(lost_part(&profile, lost).into_bytes());
        profile = InstructionProfile::parse(&text, file)?;
    }
    place(folder, Lens::Instructions, case, |path| {
        fs::write(path, &text)?;
        match resolved(&profile, file) {
            Some(json) => fs::write(path.with_extension("json"), json),
            None => Ok(()),
        }
    })?;
    Ok(vec![figure(case, Metric::Instructions, profile.total)])
}

/// The instructions that callgrind attributed to no line, as one more part, so that the total equals
/// the summary.
fn lost_part(profile: &InstructionProfile, lost: u64) -> String {
    let (positions, at) = match profile.addresses.is_empty() {
        true => ("line", "0"),
        false => ("instr line", "0x0 0"),
    };
    format!(
        "\npart: 0\npositions: {positions}\nevents: Ir\nob=???\nfl=???\nfn=of no line, says callgrind\n\
         {at} {lost}\n\ntotals: {lost}\n"
    )
}

/// The profile by inlined function, if the executable exists and is older than the profile. Otherwise the
/// view gives the reason.
fn resolved(profile: &InstructionProfile, file: &Path) -> Option<Vec<u8>> {
    let executable = profile.executable()?;
    if changed(executable)? > changed(file)? {
        return None;
    }
    let symbols = Symbols::load(executable).ok()?;
    InlineProfile::resolve(profile, &symbols)
        .ok()?
        .to_json()
        .ok()
}

/// When a file was written.
pub(crate) fn changed(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|it| it.modified()).ok()
}

fn place(
    folder: &Path,
    lens: Lens,
    case: &CaseId,
    write: impl FnOnce(&Path) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let path = store::profile(folder, lens, RUN, case).context("a lens without profiles")?;
    fs::create_dir_all(path.parent().unwrap_or(folder))?;
    write(&path).with_context(|| format!("cannot write {}", path.display()))
}

/// A count of a single process is not exact, since it was not confirmed by another.
fn figure(case: &CaseId, metric: Metric, count: u64) -> Figure {
    Figure {
        worth: Worth::Shown(None),
        note: NOTE.to_owned(),
        run: RUN.to_owned(),
        value: Value::Count(count),
        ..Figure::exact(case.clone(), metric, count)
    }
}

fn write(folder: &Path, case: &CaseId, rows: [Option<Vec<Figure>>; 2]) -> anyhow::Result<()> {
    let writer = Writer::lock(folder)?;
    for (lens, rows) in [Lens::Heap, Lens::Instructions].into_iter().zip(rows) {
        let encoded = store::encode_rows(rows.as_deref().unwrap_or_default())?;
        writer.replace(RowFile::from(lens).name(), &encoded)?;
        let run = LensRun {
            run: RUN.to_owned(),
            selected: 1,
            of: 1,
            unavailable: rows
                .is_none()
                .then(|| format!("no profile of the lens {lens}")),
            ..LensRun::default()
        };
        store::write_record(&writer, Environment::default(), lens, run)?;
    }
    let declared = SuiteInfo {
        cases: vec![CaseInfo::of(case.clone())],
        ..SuiteInfo::default()
    };
    store::write_cases(&writer, &declared, |_| false)?;
    Ok(())
}
