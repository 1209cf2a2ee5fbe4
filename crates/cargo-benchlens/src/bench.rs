//! `run`: `cargo bench` as a verb beside the others.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::evidence::compiler::cargo;

use crate::bench_profile::Profile;
use crate::workspace::Workspace;
use crate::{Project, Verb};

/// Measure: `cargo bench` with all arguments passed on, and with line information
///
/// If the bench profile does not set debug information, line tables are enabled. They change no figure.
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} run
  {command} run --bench parse -- --quick
  {command} run --bench parse -- {subject}

Without `--bench`, what follows `--` also reaches the unit tests, which know no option of
criterion's. The exit code is cargo's.")]
pub(crate) struct Run {
    /// Arguments of `cargo bench` and, after `--`, of its benches
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "ARGUMENT"
    )]
    arguments: Vec<OsString>,
}

impl Verb for Run {
    fn run(self, _: &Project) -> anyhow::Result<ExitCode> {
        let workspace = Workspace::around(Path::new("."))?;
        // Taken unparsed, because clap consumes the first `--`.
        let arguments: Vec<_> = std::env::args_os()
            .skip_while(|it| it != "run")
            .skip(1)
            .collect();
        debug_assert!(arguments.len() >= self.arguments.len());
        let status = cargo()
            .arg("bench")
            .args(arguments)
            .envs(Profile::of(&workspace).line_tables_override())
            .status()
            .context("cannot start cargo")?;
        // A process killed by a signal has no exit code.
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Ok(ExitCode::from(code.unwrap_or(1)))
    }
}
