//! `benchlens man`: manual pages.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap_mangen::Man;

use super::Verb;

/// Write the manual page to standard output, or a page for each verb to a folder
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  benchlens man | man -l -
  benchlens man -o ~/.local/share/man/man1")]
pub(super) struct Manual {
    /// Where to write benchlens.1, benchlens-rewrite.1 and so on
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

impl Verb for Manual {
    fn run(self) -> anyhow::Result<ExitCode> {
        match self.output {
            None => {
                let mut page = Vec::new();
                Man::new(super::command()).render(&mut page)?;
                super::print(&String::from_utf8(page)?)?;
            }
            Some(folder) => fs::create_dir_all(&folder)
                .and_then(|()| clap_mangen::generate_to(super::command(), &folder))
                .with_context(|| format!("cannot write the pages to {}", folder.display()))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
