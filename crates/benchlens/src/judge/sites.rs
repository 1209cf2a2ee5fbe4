//! Where each case allocates: one row per source line, stored in a baseline so that the gate can
//! name the line of a new allocation.
//!
//! The file `sites.csv` does not affect the verdict. Without it the gate names the line that
//! allocates most.

use std::collections::HashMap;
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::CaseId;
use crate::report::lines::{Costs, LineView};
use crate::report::plain;
use crate::store::Error;

/// The file's name in a baseline.
pub const FILE: &str = "sites.csv";

/// A line of source that allocates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The case.
    pub case: CaseId,
    /// The file, relative to the project's folder; for a function of another project, its name.
    pub path: String,
    /// The line, from 1; 0 for a function of another project.
    pub line: u32,
    /// Blocks allocated.
    pub allocations: u64,
    /// Bytes allocated.
    pub allocated_bytes: u64,
    /// The source.
    pub source: String,
}

impl fmt::Display for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = plain(&self.path);
        match self.line {
            0 => formatter.write_str(&path),
            line => write!(formatter, "{path}:{line}: `{}`", plain(&self.source)),
        }
    }
}

/// A row of the file.
#[derive(Serialize, Deserialize)]
struct Written {
    group: String,
    subject: String,
    input: String,
    ordinal: u32,
    path: String,
    line: u32,
    allocations: u64,
    allocated_bytes: u64,
    source: String,
}

impl From<Site> for Written {
    fn from(site: Site) -> Self {
        Self {
            group: site.case.group,
            subject: site.case.subject,
            input: site.case.input,
            ordinal: site.case.ordinal,
            path: site.path,
            line: site.line,
            allocations: site.allocations,
            allocated_bytes: site.allocated_bytes,
            source: site.source,
        }
    }
}

impl From<Written> for Site {
    fn from(row: Written) -> Self {
        Self {
            case: CaseId {
                group: row.group,
                subject: row.subject,
                input: row.input,
                ordinal: row.ordinal,
            },
            path: row.path,
            line: row.line,
            allocations: row.allocations,
            allocated_bytes: row.allocated_bytes,
            source: row.source,
        }
    }
}

/// The lines that allocate in a view, and the functions outside of the project that do.
pub fn of_view(view: &LineView) -> Vec<Site> {
    let site = |path: &str, line, costs: Costs, source: &str| {
        Some(Site {
            case: view.case.clone(),
            path: path.to_owned(),
            line,
            allocations: costs.allocations?,
            allocated_bytes: costs.allocated_bytes?,
            source: source.to_owned(),
        })
    };
    let lines = (view.lines())
        .filter_map(|(file, line)| site(&file.path, line.number, line.flat, line.text.trim()));
    let external = (view.external.iter()).filter_map(|row| site(&row.function, 0, row.flat, ""));
    lines
        .chain(external)
        .filter(|site| site.allocations > 0)
        .collect()
}

/// The site that grew most, by allocations and then by bytes; `None` if none did. A site is
/// identified by its source, because its line number may shift.
pub fn largest_increase<'a>(before: &[Site], after: &'a [Site]) -> Option<&'a Site> {
    let mut known: HashMap<(&CaseId, &str, &str), (u64, u64)> = HashMap::new();
    for site in before {
        let (allocations, bytes) = known.entry(place(site)).or_default();
        *allocations += site.allocations;
        *bytes += site.allocated_bytes;
    }
    let rise = |site: &Site| {
        let (allocations, bytes) = known.get(&place(site)).copied().unwrap_or_default();
        (
            site.allocations.saturating_sub(allocations),
            site.allocated_bytes.saturating_sub(bytes),
        )
    };
    (after.iter())
        .filter(|site| rise(site) != (0, 0))
        .max_by_key(|site| rise(site))
}

fn place(site: &Site) -> (&CaseId, &str, &str) {
    (&site.case, &site.path, &site.source)
}

/// The rows as CSV with a header.
///
/// # Errors
///
/// The encoder's error.
pub fn encode(sites: &[Site]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for site in sites {
        writer.serialize(Written::from(site.clone()))?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// The sites in the baseline `folder`; empty if it has none.
///
/// # Errors
///
/// [`Error::Access`] and [`Error::Malformed`].
pub fn read(folder: &Path) -> Result<Vec<Site>, Error> {
    let path = folder.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Err(source) if source.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|source| Error::Access {
            path: path.clone(),
            source,
        })?,
    };
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    rows.enumerate()
        .map(|(index, row)| {
            let row: Result<Written, csv::Error> = row;
            row.map(Site::from).map_err(|error| Error::Malformed {
                path: path.clone(),
                line: index as u64 + 2,
                reason: error.to_string(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(source: &str, line: u32, allocations: u64, allocated_bytes: u64) -> Site {
        Site {
            case: CaseId::new("a", "b", "c"),
            path: "src/a.rs".to_owned(),
            line,
            allocations,
            allocated_bytes,
            source: source.to_owned(),
        }
    }

    #[test]
    fn the_site_that_rose_is_found_although_it_moved() {
        let before = [
            site("let a = vec![1];", 4, 9, 9),
            site("let b = vec![2];", 5, 1, 1),
        ];
        let after = [
            site("let a = vec![1];", 6, 9, 9),
            site("let b = vec![2];", 7, 3, 3),
        ];
        assert_eq!(largest_increase(&before, &after).unwrap().line, 7);
        let new = [after[0].clone(), site("let c = vec![3];", 9, 1, 64)];
        let found = largest_increase(&before, &new).unwrap();
        assert_eq!(found.to_string(), "src/a.rs:9: `let c = vec![3];`");
        assert_eq!(largest_increase(&before, &before), None);
        let larger = [before[0].clone(), site("let b = vec![2];", 5, 1, 8)];
        assert_eq!(
            largest_increase(&before, &larger).unwrap().allocated_bytes,
            8
        );
        assert_eq!(largest_increase(&[], &after).unwrap().line, 6);
    }

    #[test]
    fn sites_are_read_as_they_were_written_and_damage_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
        std::fs::create_dir(folder.path().join(FILE)).unwrap();
        assert!(matches!(read(folder.path()), Err(Error::Access { .. })));
        std::fs::remove_dir(folder.path().join(FILE)).unwrap();
        let sites = [site("let a = \"x,\\\"y\";", 4, 9, 9), site("b", 5, 1, 1)];
        let path = folder.path().join(FILE);
        std::fs::write(&path, encode(&sites).unwrap()).unwrap();
        assert_eq!(read(folder.path()).unwrap(), sites);
        std::fs::write(&path, "case,path\na,b\n").unwrap();
        let message = read(folder.path()).unwrap_err().to_string();
        assert!(message.contains("sites.csv, line 2"), "{message}");
    }
}
