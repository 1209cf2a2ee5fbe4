//! `benchlens trace`: explains a backtrace or a panic message.

use std::fs;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::Context;
use benchlens::assembly::Image;
use benchlens::assembly::trace::{self, Text};
use benchlens::profile::inlined::Symbols;
use benchlens::report::trace::render;

use crate::asm::from_here;
use crate::scope::Scope;
use crate::{Format, Project, Usage, Verb, terminal};

/// The most bytes of standard input that are read. `Text::read` reports longer input as cut.
const LONGEST: u64 = (16 << 20) + 1;
/// How many of the newest executables in the target folder are tried.
const CANDIDATES: usize = 24;
/// Larger files are not tried.
const LARGEST: u64 = 1 << 30;

/// Explain a backtrace or a panic message on standard input
#[derive(clap::Parser)]
#[command(
    long_about = "Explain a backtrace or a panic message on standard input: the instruction of each frame, \
                  function+0x39, its line, and the functions inlined there.\n\n\
                  It reads what Rust's panics print, short and full, and the frames of the crate backtrace, gdb, \
                  sanitizers, valgrind, glibc, perf and Go. From addresses it finds out where the executable was \
                  loaded. Without addresses it names the one call that fits functions and lines.",
    after_help = "Examples:
  RUST_BACKTRACE=full ./program 2>&1 | {command} trace --executable ./program
  cargo test 2>&1 | {command} trace
  {command} trace --format json <panic.txt

Without --executable, the newest executables in the target folder are searched for the one that has the most
of the trace's functions. It must be the same build: another one has other offsets."
)]
pub(crate) struct Trace {
    /// The executable that the trace is from
    #[arg(long, value_name = "FILE")]
    executable: Option<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    scope: Scope,
}

impl Verb for Trace {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let stdin = io::stdin().lock();
        if stdin.is_terminal() {
            terminal::say(format_args!("paste a backtrace, then press Ctrl-D:"));
        }
        let mut bytes = Vec::new();
        (stdin.take(LONGEST).read_to_end(&mut bytes)).context("cannot read standard input")?;
        let text = Text::read(&bytes);
        if text.frames.is_empty() && text.panics.is_empty() {
            let reason = "standard input has no frame and no panic message";
            return Err(Usage(reason.to_owned()).into());
        }
        let image = match &self.executable {
            Some(file) => {
                let file = fs::canonicalize(file)
                    .with_context(|| format!("cannot read the executable {}", file.display()))?;
                Some(Image::load(&file)?)
            }
            None => self.best(&text),
        };
        match &image {
            Some(image) if image.functions().is_empty() => terminal::warn(format_args!(
                "{} has no symbols: it was stripped",
                image.file().display()
            )),
            Some(_) => {}
            None => terminal::warn(format_args!(
                "no executable in the target folder has these functions: name it with --executable"
            )),
        }
        let symbols = (image.as_ref()).and_then(|image| Symbols::load(image.file()).ok());
        let explained = trace::explain(&text, image.as_ref(), symbols.as_ref());
        match self.format {
            Format::Json => terminal::print_json(&explained)?,
            Format::Text => {
                // Without sources, lines have numbers and no text.
                let sources = self.scope.sources(project).ok();
                let mut explained = explained;
                explained.executable = explained.executable.as_deref().map(from_here);
                terminal::print_styled(&render(&explained, sources.as_ref()))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Trace {
    /// The executable of the workspace that has most of the trace's functions; among equals, the newest.
    fn best(&self, text: &Text) -> Option<Image> {
        let target = &self.scope.workspace().ok()?.target;
        let mut best: Option<(usize, Image)> = None;
        for path in executables(target) {
            let Ok(image) = Image::load(&path) else {
                continue;
            };
            let (found, wanted) = trace::fits(text, &image);
            if found > best.as_ref().map_or(0, |(most, _)| *most) {
                best = Some((found, image));
            }
            if found == wanted && found > 0 {
                break;
            }
        }
        best.map(|(_, image)| image)
    }
}

/// The newest executables below a target folder: programs, tests, benches and examples.
fn executables(target: &Path) -> Vec<PathBuf> {
    let mut found: Vec<(SystemTime, PathBuf)> = Vec::new();
    for profile in folders(target) {
        for folder in ["", "deps", "examples"] {
            for entry in fs::read_dir(profile.join(folder))
                .into_iter()
                .flatten()
                .flatten()
            {
                if let Some(changed) = changed(&entry.path()) {
                    found.push((changed, entry.path()));
                }
            }
        }
    }
    found.sort_by(|left, right| right.cmp(left));
    found.truncate(CANDIDATES);
    found.into_iter().map(|(_, path)| path).collect()
}

/// The folders of cargo's profiles: `debug`, `release` and others.
fn folders(target: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(target).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.join("deps").is_dir()).collect()
}

/// When an executable was built; `None` for any other file.
fn changed(path: &Path) -> Option<SystemTime> {
    let known = path.extension().and_then(|it| it.to_str());
    // Libraries and cargo's own files.
    if matches!(
        known,
        Some("d" | "rlib" | "rmeta" | "o" | "so" | "json" | "lock")
    ) {
        return None;
    }
    let metadata = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let is_executable =
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let is_executable = known == Some("exe");
    (metadata.is_file() && is_executable && metadata.len() < LARGEST)
        .then(|| metadata.modified().ok())?
}
