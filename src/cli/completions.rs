//! `benchlens completions`: shell completions.

use std::process::ExitCode;

use clap_complete::Shell;

use super::Verb;

/// Write completions for a shell to standard output
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  benchlens completions bash >~/.local/share/bash-completion/completions/benchlens
  benchlens completions zsh >~/.zfunc/_benchlens
  benchlens completions fish >~/.config/fish/completions/benchlens.fish")]
pub(super) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Verb for Completions {
    fn run(self) -> anyhow::Result<ExitCode> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "benchlens", &mut text);
        super::print(&String::from_utf8(text)?)?;
        Ok(ExitCode::SUCCESS)
    }
}
