//! Compiles a library as the benches do, and collects the compiler's remarks and the static
//! library.

use std::env;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;
use thiserror::Error;

use super::remarks::Remark;

/// Why the compiler gave no evidence.
#[derive(Debug, Error)]
pub enum Error {
    /// The sources are not in this folder.
    #[error("the sources of {package} are not in the folder `{}`: run it in the project's folder", folder.display())]
    Sources {
        /// The package whose sources were looked for.
        package: String,
        /// Where they were looked for.
        folder: PathBuf,
    },
    /// Cargo is not installed or cannot be started.
    #[error("cargo cannot be started ({source}): install Rust to ask the compiler")]
    Cargo {
        /// What the system said.
        source: io::Error,
    },
    /// What cargo wrote could not be read.
    #[error("cannot read what cargo wrote")]
    Output {
        /// What the system said.
        #[from]
        source: io::Error,
    },
    /// Cargo ran and produced no library.
    #[error("cargo made no library: {reason}")]
    Failed {
        /// The end of its output.
        reason: String,
    },
}

/// A library and the decisions that made it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The static library.
    pub library: PathBuf,
    /// Every decision of the inliner. Paths of the project's files are relative to its folder.
    pub remarks: Vec<Remark>,
}

/// Compiles the library of `package` in the folder `project` with optimisation and collects the
/// inliner's remarks. Cost: compiling the library, or a second if nothing has changed.
///
/// # Errors
///
/// [`enum@Error`].
pub fn compile(project: &Path, package: &str) -> Result<Compiled, Error> {
    require_sources(project, package)?;
    let mut cargo = start(project, package)?;
    // Read concurrently, since a full pipe would block cargo.
    let errors = cargo.stderr.take().map(|mut stderr| {
        std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).map(|_| text)
        })
    });
    let root = project.canonicalize()?;
    let target_name = package.replace('-', "_");
    let mut library = None;
    let mut remarks = Vec::new();
    if let Some(messages) = cargo.stdout.take() {
        for line in BufReader::new(messages).lines() {
            match serde_json::from_str(&line?) {
                Ok(Message::Compiler { message }) => {
                    remarks.extend(Remark::parse(&message.message).map(|remark| Remark {
                        file: relative(&remark.file, &root),
                        ..remark
                    }));
                }
                Ok(Message::Artifact { target, filenames }) if target.name == target_name => {
                    let is_library = |file: &PathBuf| file.extension().is_some_and(|e| e == "rlib");
                    library = filenames.into_iter().find(is_library).or(library);
                }
                // Other messages, including those of later cargo versions.
                _ => {}
            }
        }
    }
    let errors = match errors.map(std::thread::JoinHandle::join) {
        Some(Ok(text)) => text?,
        _ => String::new(),
    };
    let status = cargo.wait()?;
    match library {
        Some(library) if status.success() => Ok(Compiled { library, remarks }),
        _ => Err(Error::Failed {
            reason: errors
                .trim_end()
                .lines()
                .last()
                .unwrap_or_default()
                .to_owned(),
        }),
    }
}

/// Cargo, at work.
fn start(project: &Path, package: &str) -> Result<Child, Error> {
    cargo()
        .args(["rustc", "--release", "--lib", "--message-format", "json"])
        .args(["--package", package, "--config"])
        // Debug information changes no machine code. It gives this build its own files, so neither
        // build invalidates the other.
        .arg(format!("profile.release.package.{package}.debug=2"))
        .args(["--", "-C", "remark=inline"])
        .current_dir(project)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| Error::Cargo { source })
}

/// Whether `project` is the folder of `package`.
///
/// # Errors
///
/// [`Error::Sources`].
pub fn require_sources(project: &Path, package: &str) -> Result<(), Error> {
    let manifest = std::fs::read_to_string(project.join("Cargo.toml")).unwrap_or_default();
    if manifest.contains(&format!("name = \"{package}\"")) {
        return Ok(());
    }
    Err(Error::Sources {
        package: package.to_owned(),
        folder: project.to_owned(),
    })
}

/// The cargo that started this process, or else the one on the path.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn relative(file: &str, root: &Path) -> String {
    let path = Path::new(file);
    path.strip_prefix(root)
        .unwrap_or(path)
        .display()
        .to_string()
}

#[derive(Deserialize)]
#[serde(tag = "reason")]
enum Message {
    #[serde(rename = "compiler-message")]
    Compiler { message: Diagnostic },
    #[serde(rename = "compiler-artifact")]
    Artifact {
        target: Target,
        filenames: Vec<PathBuf>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Diagnostic {
    message: String,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}
