//! Finds the executables of the experiment, one per allocator: built from the workspace that has them, beside
//! this command, or on the path.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context;
use benchlens::evidence::compiler::cargo;

use super::Allocator;
use crate::scope::Scope;
use crate::terminal::warn;

const PACKAGE: &str = "benchlens-memory";

/// Where the executables are.
pub(super) enum Executables {
    /// In the target folder of a workspace.
    Built(PathBuf),
    /// Installed, as this command is.
    Installed,
}

impl Executables {
    /// Builds the executables of `allocators` if the current workspace has their package. Cost: the first time,
    /// compiling the allocators.
    pub(super) fn prepare(scope: &Scope, allocators: &[Allocator]) -> anyhow::Result<Self> {
        let Ok(workspace) = scope.workspace() else {
            return Ok(Self::Installed);
        };
        if !workspace.packages.iter().any(|it| it.name == PACKAGE) {
            return Ok(Self::Installed);
        }
        warn(format_args!(
            "memory: building the experiment, if it is not built"
        ));
        let mut command = cargo();
        command
            .args(["build", "--quiet", "--release", "--package", PACKAGE])
            .current_dir(&workspace.root);
        for allocator in allocators {
            command.args(["--bin", &name(*allocator)]);
            if *allocator != Allocator::System {
                command.args(["--features", allocator.name()]);
            }
        }
        let status = command.status().context("cannot start cargo")?;
        anyhow::ensure!(
            status.success(),
            "cannot build {PACKAGE}: cargo build failed, {status}; mimalloc and jemalloc need a C compiler and make"
        );
        Ok(Self::Built(workspace.target.join("release")))
    }

    /// The executable of an allocator.
    pub(super) fn of(&self, allocator: Allocator) -> anyhow::Result<PathBuf> {
        let file = format!("{}{}", name(allocator), env::consts::EXE_SUFFIX);
        let folders = match self {
            Self::Built(folder) => vec![folder.clone()],
            Self::Installed => installed(),
        };
        let found = folders.iter().map(|folder| folder.join(&file));
        found
            .into_iter()
            .find(|path| path.is_file())
            .with_context(|| {
                format!(
                    "{file} is neither beside this command nor on the path: \
                 `cargo install {PACKAGE} --all-features` installs it, \
                 or `cargo install --path crates/memory --all-features` in a clone"
                )
            })
    }
}

fn name(allocator: Allocator) -> String {
    format!("{PACKAGE}-{}", allocator.name())
}

fn installed() -> Vec<PathBuf> {
    let beside = env::current_exe().ok();
    let beside = beside.as_deref().and_then(Path::parent).map(Path::to_owned);
    let path = env::var_os("PATH").unwrap_or_default();
    beside.into_iter().chain(env::split_paths(&path)).collect()
}
