//! Where a verb's figures come from: the results of benches, or profiles of any program.

use std::path::{Path, PathBuf};

use benchlens::profile::callgrind::InstructionProfile;
use benchlens::report::lines::sources::Sources;

use crate::Project;
use crate::foreign::{Results, as_results, changed};
use crate::project::Home;
use crate::scope::{Scope, Target};

/// Selects results and benches, or profiles to read instead.
#[derive(clap::Args)]
pub(crate) struct Origin {
    /// A profile of any program instead of results: dhat's JSON, valgrind's DHAT file, or callgrind's. A
    /// heap and an instruction profile together make one view
    #[arg(long = "profile", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// With --profile, a crate that belongs to the project; by default those of the workspace
    #[arg(long = "crate", value_name = "NAME", requires = "files")]
    crates: Vec<String>,
    #[command(flatten)]
    pub(crate) scope: Scope,
}

impl Origin {
    /// The targets of the results, or the one target that stands for the profiles, with its temporary folder.
    pub(crate) fn targets(
        &self,
        project: &Project,
    ) -> anyhow::Result<(Vec<Target>, Option<Results>)> {
        if self.files.is_empty() {
            return Ok((self.scope.targets(project)?, None));
        }
        let results = as_results(&self.files)?;
        Ok((vec![results.target()], Some(results)))
    }

    /// The executable of an instruction profile, or why it cannot be used.
    pub(crate) fn executable_of<'a>(
        &self,
        profile: &'a InstructionProfile,
    ) -> Result<&'a Path, String> {
        if profile.addresses.is_empty() {
            return Err("callgrind recorded no addresses: use --dump-instr=yes".to_owned());
        }
        let executable = (profile.executable()).ok_or("the profile names no executable")?;
        let newest = (self.files.iter()).filter_map(|file| changed(file)).max();
        match (changed(executable), newest) {
            (None, _) => Err(format!("the executable {} is gone", executable.display())),
            (Some(built), Some(taken)) if built > taken => Err(format!(
                "the executable {} was rebuilt since the profile",
                executable.display()
            )),
            _ => Ok(executable),
        }
    }

    /// The source of the project's crates or files.
    pub(crate) fn sources(&self, project: &Project) -> anyhow::Result<Sources> {
        if self.files.is_empty() {
            return self.scope.sources(project);
        }
        let folder = self.scope.source();
        if !self.crates.is_empty() {
            let names: Vec<String> = self.crates.iter().map(|it| it.replace('-', "_")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            return Ok(Sources::read(folder, &names, "")?);
        }
        match project.home {
            Home::Workspace if self.scope.workspace().is_err() => Ok(Sources::of_files(folder)?),
            _ => self.scope.sources(project),
        }
    }
}
