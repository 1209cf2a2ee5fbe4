//! The cargo workspace around a folder.

use std::path::{Path, PathBuf};

use anyhow::Context;
use benchlens::report::lines::sources::Crate;
use cargo_metadata::{MetadataCommand, TargetKind};

/// A workspace.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// The folder of its root manifest.
    pub(crate) root: PathBuf,
    /// The target folder.
    pub(crate) target: PathBuf,
    /// Its members.
    pub(crate) packages: Vec<Package>,
}

/// A member of a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest: PathBuf,
    /// The crate names of its targets, as at the beginning of a function's path.
    crates: Vec<String>,
    /// The root file of each target.
    files: Vec<PathBuf>,
    /// Its bench targets, by their names in the manifest.
    pub(crate) benches: Vec<String>,
    /// The packages that it depends on, each with its name in the manifest.
    dependencies: Vec<(String, String)>,
}

/// Cargo's error message in one line.
fn in_one_line(error: cargo_metadata::Error) -> anyhow::Error {
    match error {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            let words: Vec<_> = stderr.split_whitespace().collect();
            anyhow::Error::msg(words.join(" "))
        }
        error => error.into(),
    }
}

impl Workspace {
    /// The workspace that contains `folder`. Cost: one `cargo metadata`, offline.
    pub(crate) fn around(folder: &Path) -> anyhow::Result<Self> {
        let metadata = (MetadataCommand::new().current_dir(folder).no_deps().exec())
            .map_err(in_one_line)
            .with_context(|| format!("cargo finds no workspace around {}", folder.display()))?;
        let package = |package: &cargo_metadata::Package| {
            let targets = || package.targets.iter();
            Package {
                name: package.name.to_string(),
                manifest: package.manifest_path.clone().into(),
                crates: (targets())
                    .filter(|target| !target.is_custom_build())
                    .map(|target| target.name.replace('-', "_"))
                    .collect(),
                files: (targets())
                    .map(|target| target.src_path.clone().into())
                    .collect(),
                benches: (targets())
                    .filter(|target| target.kind.contains(&TargetKind::Bench))
                    .map(|target| target.name.clone())
                    .collect(),
                dependencies: (package.dependencies.iter())
                    .map(|it| {
                        let name = it.rename.as_ref().unwrap_or(&it.name);
                        (it.name.clone(), name.clone())
                    })
                    .collect(),
            }
        };
        Ok(Self {
            packages: metadata
                .workspace_packages()
                .into_iter()
                .map(package)
                .collect(),
            root: metadata.workspace_root.into(),
            target: metadata.target_directory.into(),
        })
    }

    /// Every manifest, the root manifest first.
    pub(crate) fn manifests(&self) -> Vec<PathBuf> {
        let mut manifests = vec![self.root.join("Cargo.toml")];
        for package in &self.packages {
            if !manifests.contains(&package.manifest) {
                manifests.push(package.manifest.clone());
            }
        }
        manifests
    }

    /// The root files of its targets.
    pub(crate) fn rust_files(&self) -> Vec<PathBuf> {
        (self.packages.iter())
            .flat_map(|package| package.files.clone())
            .collect()
    }

    /// Its crates, each with the folder of its package.
    pub(crate) fn crates(&self) -> Vec<Crate> {
        let of = |package: &Package| {
            let folder = package.folder().to_owned();
            (package.crates.clone().into_iter())
                .map(move |name| Crate {
                    name,
                    folder: folder.clone(),
                })
                .collect::<Vec<_>>()
        };
        self.packages.iter().flat_map(of).collect()
    }
}

impl Package {
    pub(crate) fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(&self.manifest)
    }

    /// The name that its manifest gives to `dependency`; `None` if it does not depend on it.
    pub(crate) fn name_of(&self, dependency: &str) -> Option<&str> {
        let found = (self.dependencies.iter()).find(|(package, _)| package == dependency);
        found.map(|(_, name)| name.as_str())
    }
}
