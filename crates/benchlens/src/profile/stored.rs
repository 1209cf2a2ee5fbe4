//! The stored profiles of a folder of results, by case.
//!
//! A profile belongs to the run that the case's rows name. A callgrind profile is resolved with the
//! executable that its rows name, if that is unchanged. The result is stored beside the profile, so
//! a later build does not affect the view.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Error;
use super::callgrind::InstructionProfile;
use super::dhat::HeapProfile;
use super::inlined::{InlineProfile, Symbols};
use super::samples::SampleProfile;
use crate::run::{COUNTED_CALL, executable_at};
use crate::store::{self, RowFile};
use crate::{CaseId, Lens};

/// The profiles of a folder of results.
#[derive(Debug)]
pub struct Profiles {
    folder: PathBuf,
    /// The run and the executable that a case's rows name.
    rows: HashMap<(Lens, CaseId), (String, String)>,
    executables: HashMap<PathBuf, Executable>,
}

/// An executable that was looked up: its hash if it exists, and its debug information once loaded.
#[derive(Debug)]
struct Executable {
    hash: Option<String>,
    symbols: Option<Result<Symbols, String>>,
}

impl Profiles {
    /// The profiles of the results in `folder`; a lens without rows has none. Cost: reading the
    /// rows.
    ///
    /// # Errors
    ///
    /// Those of [`store::read_current_rows`] for a file that exists.
    pub fn of(folder: &Path) -> Result<Self, store::Error> {
        let mut rows = HashMap::new();
        let files = Lens::ALL.map(|lens| (lens, RowFile::from(lens)));
        for (lens, file) in files.into_iter().chain([(Lens::Time, RowFile::THREADS)]) {
            let figures = match store::read_current_rows(folder, file) {
                Err(store::Error::Missing { .. }) => continue,
                figures => figures?,
            };
            for figure in figures {
                rows.entry((lens, figure.case))
                    .or_insert((figure.run, figure.executable));
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            rows,
            executables: HashMap::new(),
        })
    }

    /// The path of a case's profile from dhat or callgrind, whether it exists or not; `None` if the
    /// lens has no row for the case.
    pub fn path(&self, lens: Lens, case: &CaseId) -> Option<PathBuf> {
        let (run, _) = self.rows.get(&(lens, case.clone()))?;
        store::profile(&self.folder, lens, run, case)
    }

    /// The heap profile of a case, without frames of the harness; `None` if its run left none.
    ///
    /// # Errors
    ///
    /// As [`HeapProfile::read`].
    pub fn heap(&self, case: &CaseId) -> Result<Option<HeapProfile>, Error> {
        let Some(path) = self.path(Lens::Heap, case) else {
            return Ok(None);
        };
        let profile = if_there(HeapProfile::read(&path))?;
        Ok(profile.map(|profile| profile.within_call(COUNTED_CALL)))
    }

    /// The instructions of a case by inlined function, without frames of the harness; `None` if its
    /// run left no profile.
    ///
    /// If the executable is gone or was rebuilt, callgrind's own lines are used, and
    /// [`unresolved`](InlineProfile::unresolved) holds the reason.
    ///
    /// # Errors
    ///
    /// As [`InstructionProfile::read`] and [`InlineProfile::read`].
    pub fn instructions(&mut self, case: &CaseId) -> Result<Option<InlineProfile>, Error> {
        let Some(path) = self.path(Lens::Instructions, case) else {
            return Ok(None);
        };
        let kept = path.with_extension("json");
        if let Some(resolved) = if_there(InlineProfile::read(&kept))? {
            return Ok(Some(resolved.within_call()));
        }
        let Some(counted) = if_there(InstructionProfile::read(&path))? else {
            return Ok(None);
        };
        let (_, hash) = &self.rows[&(Lens::Instructions, case.clone())];
        let hash = hash.clone();
        let profile = match self.resolve(&counted, &hash) {
            Ok(resolved) => {
                if let Ok(json) = resolved.to_json() {
                    // If it cannot be stored, the next view resolves it again.
                    let _ = store::folder::write(&kept, &json);
                }
                resolved
            }
            Err(why) => InlineProfile::of_lines(&counted, why),
        };
        Ok(Some(profile.within_call()))
    }

    /// The path of a case's samples, whether they exist or not, in the folder of the run whose executable is
    /// sampled. `None` if no lens has a row for the case.
    pub fn path_of_samples(&self, case: &CaseId) -> Option<PathBuf> {
        let lenses = [Lens::Time, Lens::Instructions, Lens::Heap].into_iter();
        let mut runs = lenses.filter_map(|lens| self.rows.get(&(lens, case.clone())));
        let (run, _) = runs.next()?;
        store::profile(&self.folder, Lens::Time, run, case)
    }

    /// The samples of a case; `None` if none were taken since it was measured.
    ///
    /// # Errors
    ///
    /// As [`SampleProfile::read`].
    pub fn samples(&self, case: &CaseId) -> Result<Option<SampleProfile>, Error> {
        match self.path_of_samples(case) {
            Some(path) => if_there(SampleProfile::read(&path)),
            None => Ok(None),
        }
    }

    /// Resolves every unresolved profile at the end of a bench, while its executable exists. Debug
    /// information is loaded once. Returns the number of resolved profiles; a failure is reported by
    /// the view that needs the profile.
    pub fn resolve_all(&mut self) -> usize {
        let cases: Vec<CaseId> = (self.rows.keys())
            .filter(|(lens, _)| *lens == Lens::Instructions)
            .map(|(_, case)| case.clone())
            .collect();
        let is_fresh = |case: &CaseId| {
            self.path(Lens::Instructions, case)
                .is_some_and(|path| !path.with_extension("json").exists())
        };
        let fresh: Vec<CaseId> = cases.into_iter().filter(is_fresh).collect();
        (fresh.iter())
            .filter(|case| {
                let profile = self.instructions(case);
                matches!(
                    profile,
                    Ok(Some(InlineProfile {
                        unresolved: None,
                        ..
                    }))
                )
            })
            .count()
    }

    /// The instructions of a case by address, and its executable or the reason why that cannot be used;
    /// `None` if its run left no profile.
    ///
    /// # Errors
    ///
    /// As [`InstructionProfile::read`].
    #[cfg(feature = "assembly")]
    #[allow(clippy::type_complexity)]
    pub fn by_address(
        &mut self,
        case: &CaseId,
    ) -> Result<Option<(InstructionProfile, Result<PathBuf, String>)>, Error> {
        let Some(path) = self.path(Lens::Instructions, case) else {
            return Ok(None);
        };
        let Some(counted) = if_there(InstructionProfile::read(&path))? else {
            return Ok(None);
        };
        let (_, hash) = &self.rows[&(Lens::Instructions, case.clone())];
        let hash = hash.clone();
        let executable = self.verified(&counted, &hash);
        Ok(Some((counted, executable)))
    }

    /// The executable of a profile, if it exists unchanged; an error is the reason why it cannot be used.
    fn verified(&mut self, counted: &InstructionProfile, hash: &str) -> Result<PathBuf, String> {
        if counted.addresses.is_empty() && counted.total > 0 {
            return Err("callgrind recorded no addresses: use --dump-instr=yes".to_owned());
        }
        let path = (counted.executable()).ok_or("its profile names no executable")?;
        let name = path.display();
        let executable = (self.executables.entry(path.to_owned())).or_insert_with(|| Executable {
            hash: executable_at(path).ok(),
            symbols: None,
        });
        match &executable.hash {
            None => Err(format!("the executable {name} is gone")),
            Some(found) if found != hash => {
                Err(format!("the executable {name} was rebuilt since the run"))
            }
            Some(_) => Ok(path.to_owned()),
        }
    }

    /// Resolves a profile to inlined functions; an error is the reason for using callgrind's own lines.
    fn resolve(
        &mut self,
        counted: &InstructionProfile,
        hash: &str,
    ) -> Result<InlineProfile, String> {
        let path = self.verified(counted, hash)?;
        let executable = (self.executables.get_mut(&path)).ok_or("its executable is not known")?;
        let symbols = executable
            .symbols
            .get_or_insert_with(|| Symbols::load(&path).map_err(|error| error.to_string()));
        let symbols = symbols.as_ref().map_err(Clone::clone)?;
        InlineProfile::resolve(counted, symbols).map_err(|error| error.to_string())
    }
}

fn if_there<T>(read: Result<T, Error>) -> Result<Option<T>, Error> {
    match read {
        Err(Error::Read { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}

#[cfg(test)]
mod tests;
