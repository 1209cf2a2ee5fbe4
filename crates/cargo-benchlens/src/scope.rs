//! The benches that a verb reads, and where their files are.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use anyhow::Context;
use benchlens::report::lines::sources::Sources;
use benchlens::report::table::Table;
use benchlens::store;

use crate::project::Home;
use crate::workspace::{Package, Workspace};
use crate::{Project, Usage};

/// Selects results and benches.
#[derive(clap::Args)]
pub(crate) struct Scope {
    /// Folder of the results, if not the benches' own
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// Folder of the project's sources
    #[arg(long, value_name = "DIR", default_value = ".")]
    source: PathBuf,
    /// Only the benches of this package; may be given several times
    #[arg(short, long, value_name = "NAME")]
    package: Vec<String>,
    /// Only this bench target; may be given several times
    #[arg(long, value_name = "NAME")]
    bench: Vec<String>,
    #[arg(skip)]
    workspace: OnceCell<Workspace>,
}

/// Selects the baseline.
#[derive(clap::Args)]
pub(crate) struct BaselineArgument {
    /// Folder of the baseline, if not the project's own
    #[arg(long, value_name = "DIR")]
    baseline: Option<PathBuf>,
}

/// Selects the workspace.
#[derive(clap::Args)]
pub(crate) struct WorkspaceArgument {
    /// A folder in the workspace
    #[arg(long, value_name = "DIR", default_value = ".")]
    source: PathBuf,
}

impl WorkspaceArgument {
    pub(crate) fn find(&self) -> anyhow::Result<Workspace> {
        Workspace::around(&self.source)
    }
}

/// A bench target with results.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Its package and its own name; `None` if there is only one suite.
    pub(crate) of: Option<(String, String)>,
    /// The folder of its rows.
    pub(crate) results: PathBuf,
    /// The relative path of its part of a baseline.
    place: PathBuf,
}

impl Target {
    pub(crate) fn alone(results: PathBuf) -> Self {
        Self {
            of: None,
            results,
            place: PathBuf::new(),
        }
    }

    /// Its part of the baseline in `folder`.
    pub(crate) fn baseline(&self, folder: &Path) -> PathBuf {
        match self.place.as_os_str().is_empty() {
            true => folder.to_owned(),
            false => folder.join(&self.place),
        }
    }

    /// Its figures.
    pub(crate) fn table(&self) -> anyhow::Result<Table> {
        let mut table = Table::read(&self.results)
            .with_context(|| format!("cannot read the results in {}", self.results.display()))?;
        // Cargo's name of the file may differ from the manifest's name.
        if let Some((_, bench)) = &self.of {
            table.suite.clone_from(bench);
        }
        Ok(table)
    }

    /// Whether its folder has any rows.
    pub(crate) fn is_there(&self) -> bool {
        is_results(&self.results)
    }

    /// Its package and its own name, for people; empty if there is only one suite.
    pub(crate) fn name(&self) -> String {
        (self.of.as_ref()).map_or_else(String::new, |(package, bench)| format!("{package}/{bench}"))
    }

    /// A prefix with its name, if there are several targets.
    pub(crate) fn prefix(&self) -> String {
        match &self.of {
            None => String::new(),
            Some(_) => format!("{}: ", self.name()),
        }
    }
}

impl Scope {
    /// The bench targets with results, in the order of the workspace.
    ///
    /// # Errors
    ///
    /// If there are none, with advice.
    pub(crate) fn targets(&self, project: &Project) -> anyhow::Result<Vec<Target>> {
        let (root, mut targets) = match (&self.results, project.home) {
            (Some(folder), _) => (folder.clone(), targets_in(folder)),
            (None, Home::Suite(suite)) => {
                (suite.results.into(), targets_in(suite.results.as_ref()))
            }
            (None, Home::Workspace) => {
                let workspace = self.workspace()?;
                let root = workspace.target.join("benchlens");
                let targets = targets_of(workspace, &root);
                (root, targets)
            }
        };
        let is_empty = targets.is_empty();
        targets.retain(|target| self.selects(target));
        match targets.is_empty() {
            false => Ok(targets),
            true if is_empty => anyhow::bail!(
                "{} holds no results of this project: run `cargo bench` with the drop-in first \
                 (`{} adopt` changes the one line that it needs)",
                root.display(),
                project.command
            ),
            true => Err(Usage(format!(
                "{} has no results of that package and bench",
                root.display()
            ))
            .into()),
        }
    }

    /// The figures of all bench targets.
    pub(crate) fn tables(&self, project: &Project) -> anyhow::Result<Vec<Table>> {
        let targets = self.targets(project)?;
        targets.iter().map(Target::table).collect()
    }

    /// The project's source, for line views.
    pub(crate) fn sources(&self, project: &Project) -> anyhow::Result<Sources> {
        Ok(match project.home {
            Home::Suite(suite) => Sources::read(&self.source, suite.crates, suite.harness)?,
            Home::Workspace => {
                let workspace = self.workspace()?;
                Sources::of_crates(&workspace.root, workspace.crates(), "")?
            }
        })
    }

    /// The folder of the results, if one was named.
    pub(crate) fn results(&self) -> Option<&Path> {
        self.results.as_deref()
    }

    /// The folder of the sources.
    pub(crate) fn source(&self) -> &Path {
        &self.source
    }

    /// The workspace of the sources.
    pub(crate) fn workspace(&self) -> anyhow::Result<&Workspace> {
        if let Some(known) = self.workspace.get() {
            return Ok(known);
        }
        let found = Workspace::around(&self.source)?;
        Ok(self.workspace.get_or_init(|| found))
    }

    /// The same selection as options of `cargo bench`.
    pub(crate) fn as_options(&self) -> Vec<String> {
        let options = |option: &str, names: &[String]| -> Vec<String> {
            (names.iter())
                .flat_map(|name| [option.to_owned(), name.clone()])
                .collect()
        };
        let mut all = options("--package", &self.package);
        all.extend(options("--bench", &self.bench));
        all
    }

    pub(crate) fn selects(&self, target: &Target) -> bool {
        let (package, bench) = match &target.of {
            Some(of) => of.clone(),
            None if self.package.is_empty() && self.bench.is_empty() => return true,
            None => match store::read_cases(&target.results) {
                Ok(suite) => (suite.package, suite.suite),
                Err(_) => return true,
            },
        };
        let is_wanted = |wanted: &[String], name: &str| {
            wanted.is_empty() || wanted.iter().any(|wanted| is_same(wanted, name))
        };
        is_wanted(&self.package, &package) && is_wanted(&self.bench, &bench)
    }
}

impl BaselineArgument {
    /// The folder, by default below the workspace's root.
    pub(crate) fn folder(&self, scope: &Scope, project: &Project) -> anyhow::Result<PathBuf> {
        Ok(match (&self.baseline, project.home) {
            (Some(folder), _) => folder.clone(),
            (None, Home::Suite(suite)) => suite.baseline.into(),
            (None, Home::Workspace) => scope.workspace()?.root.join("benchlens-baseline"),
        })
    }
}

/// The targets of one folder: the folder itself if it has rows, or else `<package>/<bench>` in it.
pub(crate) fn targets_in(folder: &Path) -> Vec<Target> {
    if is_results(folder) {
        return vec![Target::alone(folder.to_owned())];
    }
    let mut targets = Vec::new();
    for package in folders_in(folder) {
        for bench in folders_in(&folder.join(&package)) {
            let place = Path::new(&package).join(&bench);
            let results = folder.join(&place);
            if is_results(&results) {
                targets.push(Target {
                    of: Some((package.clone(), bench)),
                    results,
                    place,
                });
            }
        }
    }
    if targets.is_empty() {
        // Reading it reports which file is missing.
        targets.push(Target::alone(folder.to_owned()));
    }
    targets
}

/// The targets of a workspace. Its target folder may be shared with other workspaces, and may have
/// results of removed benches.
pub(crate) fn targets_of(workspace: &Workspace, folder: &Path) -> Vec<Target> {
    let of = |package: &Package, bench: &String| {
        let name = &package.name;
        // A bench knows only its executable's file name.
        let file = bench.replace('-', "_");
        let results = store::results_of(folder, name, &file, &store::package_at(package.folder()));
        is_results(&results).then(|| Target {
            of: Some((name.clone(), bench.clone())),
            results,
            place: Path::new(name).join(file),
        })
    };
    (workspace.packages.iter())
        .flat_map(|package| (package.benches.iter()).filter_map(|bench| of(package, bench)))
        .collect()
}

fn is_results(folder: &Path) -> bool {
    ["cases.json", "run.json", "key.json", "heap.csv", "time.csv"]
        .iter()
        .any(|file| folder.join(file).is_file())
}

fn folders_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    names
}

/// Whether two names are the same file's: cargo writes `-` as `_` in file names.
fn is_same(left: &str, right: &str) -> bool {
    left.replace('-', "_") == right.replace('-', "_")
}
