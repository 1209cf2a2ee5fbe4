//! The project's source on disk, and the owner of a function.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use thiserror::Error;

use super::At;
use super::functions::{self, Function};
use crate::profile::is_standard_crate;
use crate::run::is_harness;

/// Why a view cannot be made.
#[derive(Debug, Error)]
pub enum Error {
    /// The folder or a file in it could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A profile names a file of the project that is missing.
    #[error("the source of {function}, {file}, is not below {}", root.display())]
    Missing {
        /// The function.
        function: String,
        /// The file, as the profile names it.
        file: String,
        /// The folder that was searched.
        root: PathBuf,
    },
    /// A profile names a line beyond the end of the file.
    #[error(
        "{file} has {lines} lines, the profile names line {line}: it has changed since the run"
    )]
    Changed {
        /// The file, relative to the project's folder.
        file: String,
        /// How many lines it has.
        lines: usize,
        /// The line in the profile.
        line: u32,
    },
}

/// The owner of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The project.
    Project,
    /// The standard library, or the system below it.
    Standard,
    /// A dependency, or the harness that makes the measured call.
    Other,
}

/// A crate of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crate {
    /// Its name, as the paths of its functions begin with it.
    pub name: String,
    /// The folder of its package. Several crates may have files with equal names, such as
    /// `src/lib.rs`.
    pub folder: PathBuf,
}

/// The Rust files of a project.
#[derive(Debug)]
pub struct Sources {
    root: PathBuf,
    crates: Vec<Crate>,
    harness: String,
    /// Whether every function in a file of the project belongs to it, whatever its crate or language.
    by_file: bool,
    files: Vec<File>,
    by_name: BTreeMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct File {
    /// Relative to the root, with `/`; absolute for a file outside of the root.
    path: String,
    whole: PathBuf,
    lines: Vec<String>,
    /// Found on first use, since a profile refers to few files of a project.
    functions: OnceLock<Vec<Function>>,
}

impl File {
    fn functions(&self) -> &[Function] {
        self.functions.get_or_init(
            || match self.whole.extension().is_some_and(|it| it == "rs") {
                true => functions::in_rust(&self.lines.join("\n")),
                false => functions::in_c(&self.lines),
            },
        )
    }

    /// The outermost function containing a line.
    fn function(&self, line: u32) -> Option<&Function> {
        let mut functions = self.functions().iter();
        functions.find(|it| it.first <= line && line <= it.last)
    }
}

impl Sources {
    /// Reads all Rust files below `root`, except for build output and hidden folders. Links are
    /// followed, and bytes that are not UTF-8 replaced.
    ///
    /// `crates` are the names of the project's crates, as the paths of their functions begin with them. Functions below
    /// `harness`, such as `mine::harness`, make the measured call and are not shown line by line.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn read(root: &Path, crates: &[&str], harness: &str) -> Result<Self, Error> {
        let crates = crates.iter().map(|&name| Crate {
            name: name.to_owned(),
            folder: root.to_owned(),
        });
        Self::of_crates(root, crates.collect(), harness)
    }

    /// Like [`read`](Self::read), for crates whose packages are in different folders, below `root` or
    /// beside it.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn of_crates(root: &Path, mut crates: Vec<Crate>, harness: &str) -> Result<Self, Error> {
        let root = resolved(root)?;
        let mut folders = vec![root.clone()];
        for one in &mut crates {
            one.folder = resolved(&one.folder)?;
            if !folders.iter().any(|known| one.folder.starts_with(known)) {
                folders.push(one.folder.clone());
            }
        }
        let mut sources = Self {
            root,
            crates,
            harness: harness.to_owned(),
            by_file: false,
            files: Vec::new(),
            by_name: BTreeMap::new(),
        };
        for folder in folders {
            sources.add_folder(&folder)?;
        }
        Ok(sources)
    }

    /// The C, C++ and Rust files below `root`, for a program that is not a crate. Every function in one
    /// of them belongs to the project.
    ///
    /// # Errors
    ///
    /// [`Error::Read`].
    pub fn of_files(root: &Path) -> Result<Self, Error> {
        let root = resolved(root)?;
        let mut sources = Self {
            root: root.clone(),
            crates: Vec::new(),
            harness: String::new(),
            by_file: true,
            files: Vec::new(),
            by_name: BTreeMap::new(),
        };
        sources.add_folder(&root)?;
        Ok(sources)
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), Error> {
        let walk = walkdir::WalkDir::new(folder)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter();
        let endings = match self.by_file {
            true => &ENDINGS[..],
            false => &ENDINGS[..1],
        };
        for entry in walk.filter_entry(|entry| is_source(entry, endings)) {
            let entry = match entry {
                Ok(entry) => entry,
                // A link to a parent folder, or a dangling link.
                Err(error) if error.depth() > 0 && is_a_link(error.path()) => continue,
                Err(error) => return Err(failed(folder, error.into())),
            };
            let path = entry.path();
            if !entry.file_type().is_file() {
                continue;
            }
            let text = fs::read(path).map_err(|source| failed(path, source))?;
            self.add(path, &String::from_utf8_lossy(&text));
        }
        Ok(())
    }

    fn add(&mut self, whole: &Path, text: &str) {
        let path = match whole.strip_prefix(&self.root) {
            Ok(relative) => components(relative).join("/"),
            Err(_) => whole.to_string_lossy().into_owned(),
        };
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        let name = whole.file_name().unwrap_or_default().to_string_lossy();
        let index = self.files.len();
        self.by_name
            .entry(name.into_owned())
            .or_default()
            .push(index);
        self.files.push(File {
            path,
            whole: whole.to_owned(),
            functions: OnceLock::new(),
            lines,
        });
    }

    pub(super) fn owner(&self, function: &str, file: &str) -> Owner {
        let mut names = crate_names(function);
        if self.by_file && self.locate(function, file).is_some() {
            Owner::Project
        } else if is_below(function, &self.harness) {
            Owner::Other
        } else if (names.clone()).any(|name| self.crates.iter().any(|own| own.name == name)) {
            Owner::Project
        } else if names.all(is_standard_or_none) {
            Owner::Standard
        } else {
            Owner::Other
        }
    }

    /// The project file that a profile refers to, after checking that the line exists. `None` for a
    /// file of another project and for code without a line. If a shortened path is ambiguous, the file
    /// in the crate of `function` is taken.
    pub(super) fn place(&self, function: &str, file: &str, line: u32) -> Result<Option<At>, Error> {
        let Some(index) = self.locate(function, file).filter(|_| line > 0) else {
            return Ok(None);
        };
        let file = &self.files[index];
        if line as usize <= file.lines.len() {
            return Ok(Some((index, line)));
        }
        Err(Error::Changed {
            file: file.path.clone(),
            lines: file.lines.len(),
            line,
        })
    }

    /// The line that declares the function containing a line.
    pub(super) fn declaration(&self, (file, line): At) -> At {
        let function = self.files[file].function(line);
        (file, function.map_or(line, |it| it.declared))
    }

    /// Path and text of the line of the project that a profile refers to; `None` if the source is not available.
    pub fn text(&self, function: &str, file: &str, line: u32) -> Option<(&str, &str)> {
        let index = self.locate(function, file)?;
        let text = self.files[index]
            .lines
            .get((line as usize).checked_sub(1)?)?;
        Some((self.path(index), text))
    }

    /// Whether a function belongs to the project, and not to the harness that makes the measured call.
    pub fn is_of_project(&self, function: &str, file: &str) -> bool {
        !is_harness(function) && self.owner(function, file) == Owner::Project
    }

    /// The error for a project function in a file that is not part of the project.
    pub(super) fn missing(&self, function: &str, file: &str) -> Error {
        Error::Missing {
            function: function.to_owned(),
            file: file.to_owned(),
            root: self.root.clone(),
        }
    }

    /// The file that a profile refers to. dhat keeps only the last three components of a path, and
    /// the project may have been built in another folder.
    fn locate(&self, function: &str, file: &str) -> Option<usize> {
        let wanted = Path::new(file);
        let name = wanted.file_name()?.to_str()?;
        let names: Vec<&str> = crate_names(function).collect();
        let is_near = |file: &File| {
            (self.crates.iter())
                .filter(|own| names.contains(&&*own.name))
                .any(|own| file.whole.starts_with(&own.folder))
        };
        let may_be = |file: &File| {
            file.whole.ends_with(wanted)
                || (wanted.ends_with(&file.path)
                    && !is_of_std(wanted)
                    && !self.is_of_dependency(wanted))
        };
        (self.by_name.get(name)?.iter().copied())
            .filter(|&index| may_be(&self.files[index]))
            .max_by_key(|&index| {
                let file = &self.files[index];
                (file.whole == wanted, is_near(file), file.path.len())
            })
    }

    /// Whether a file belongs to a dependency that cargo unpacked: one of its folders has a version, such as
    /// `smallvec-1.16.6`, and is not the project's. A dependency can share its name with a crate of the project: with a
    /// bench named after the dependency, or with the crate itself, if std is built with a release of it.
    pub(super) fn is_of_dependency(&self, file: &Path) -> bool {
        let folders = || {
            let packages = self.crates.iter().map(|own| &own.folder);
            packages.chain([&self.root])
        };
        let is_own = |part| folders().any(|folder| folder.components().any(|own| own == part));
        file.components().any(|part| {
            let name = part.as_os_str().to_str();
            name.is_some_and(has_version) && !is_own(part)
        })
    }

    pub(super) fn path(&self, file: usize) -> &str {
        &self.files[file].path
    }

    pub(super) fn line(&self, file: usize, number: u32) -> &str {
        let lines = &self.files[file].lines;
        lines.get(number as usize - 1).map_or("", String::as_str)
    }

    /// First and last line of the outermost function containing a line, or the line alone.
    pub(super) fn region(&self, file: usize, line: u32) -> (u32, u32) {
        let function = self.files[file].function(line);
        function.map_or((line, line), |it| (it.first, it.last))
    }

    /// The file, the first line and all lines of the function with this path, such as
    /// `mine::parser::boxed`; if a module has several, the first.
    pub fn function(&self, function: &str) -> Option<(&str, u32, &[String])> {
        let mut modules: Vec<_> = function.split("::").skip(1).collect();
        let name = modules.pop()?;
        let module = modules.join("/");
        let paths = [format!("src/{module}.rs"), format!("src/{module}/mod.rs")];
        let index = self
            .files
            .iter()
            .position(|file| paths.contains(&file.path))?;
        let file = &self.files[index];
        let function = file.functions().iter().find(|it| it.name == name)?;
        let lines = function.first as usize - 1..function.last as usize;
        Some((&file.path, function.first, file.lines.get(lines)?))
    }

    /// Whether a file contains these consecutive lines.
    pub fn holds(&self, path: &str, lines: &[&str]) -> bool {
        let mut files = self.files.iter().filter(|file| file.path == path);
        files.any(|file| match lines {
            [] => true,
            lines => (file.lines.windows(lines.len())).any(|window| window.iter().eq(lines)),
        })
    }

    /// The name of the outermost function containing a line; empty if there is none.
    pub(super) fn function_name(&self, file: usize, line: u32) -> &str {
        let function = self.files[file].function(line);
        function.map_or("", |it| &it.name)
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Read {
        path: path.to_owned(),
        source,
    }
}

fn resolved(folder: &Path) -> Result<PathBuf, Error> {
    folder
        .canonicalize()
        .map_err(|source| failed(folder, source))
}

/// Whether this is a file of std, where debug information places code from std's macros in functions of the project:
/// `alloc/src/macros.rs`, as a full or shortened path.
fn is_of_std(file: &Path) -> bool {
    let mut parts = file.components().rev().skip(1);
    parts.any(|part| part.as_os_str() == "src")
        && parts.next().is_some_and(|part| {
            ["alloc", "core", "std"]
                .iter()
                .any(|name| part.as_os_str() == *name)
        })
}

/// Whether a folder's name ends with a version, such as `-1.16.6`, possibly followed by a suffix.
fn has_version(name: &str) -> bool {
    name.match_indices('-').any(|(at, _)| {
        let mut numbers = name[at + 1..].splitn(3, '.');
        let is_number = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
        at > 0
            && numbers.next().is_some_and(is_number)
            && numbers.next().is_some_and(is_number)
            && numbers
                .next()
                .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
    })
}

fn is_a_link(path: Option<&Path>) -> bool {
    path.is_some_and(Path::is_symlink)
}

/// The extensions of source files, Rust's first.
const ENDINGS: [&str; 8] = [".rs", ".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp"];

fn is_source(entry: &walkdir::DirEntry, endings: &[&str]) -> bool {
    let name = entry.file_name().to_string_lossy();
    if entry.file_type().is_dir() {
        return entry.depth() == 0 || (name != "target" && !name.starts_with('.'));
    }
    endings.iter().any(|ending| name.ends_with(ending))
}

fn components(path: &Path) -> Vec<String> {
    (path.components())
        .filter(|component| matches!(component, Component::Normal(_)))
        .map(|component| component.as_os_str().to_string_lossy().into_owned())
        .collect()
}

/// The crates that a function's path begins with; two for the method of a trait.
fn crate_names(function: &str) -> impl Iterator<Item = &str> + Clone {
    let path = function.trim_start_matches('<');
    path.splitn(2, " as ").map(|part| {
        let part = part.trim_start_matches(['<', '&', '*', '(', '[']);
        let part = ["mut ", "const ", "dyn "]
            .iter()
            .fold(part, |part, word| part.strip_prefix(word).unwrap_or(part));
        let (name, _) = part.split_once("::").unwrap_or_default();
        // `<[_]>::to_vec` is a method of a slice, which belongs to no crate.
        let is_name = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_name { name } else { "" }
    })
}

/// Names without a path are primitive types and C functions.
fn is_standard_or_none(name: &str) -> bool {
    matches!(name, "" | "__rustc") || is_standard_crate(name)
}

fn is_below(function: &str, module: &str) -> bool {
    let path = function.trim_start_matches('<');
    !module.is_empty()
        && path
            .strip_prefix(module)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests;
