//! `benchlens rewrite`: replaces a needle in streams and in files.

use std::ffi::OsString;
#[cfg(unix)]
use std::fs;
use std::fs::File;
use std::io;
#[cfg(unix)]
use std::io::Seek as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchlens_suite::rewrite::registry::{REWRITERS, default_for};
use benchlens_suite::rewrite::{Error, Rewriter, Substitution};

use super::{Usage, Verb};
use interrupt::Interrupt;

mod attributes;
mod interrupt;
mod replace_file;

/// Replace every occurrence of some bytes, in a stream or in files
///
/// Without FILE, standard input goes to standard output; FILE may be - for standard input.
/// Several files are several streams: no match goes from one to the next. A file that fails is
/// reported, the others are still rewritten, and the exit code is 1.
#[derive(clap::Parser)]
#[command(
    name = "rewrite",
    after_help = "Examples:
  benchlens rewrite --find elvis --replace Elvis <in.txt >out.txt
  benchlens rewrite --find foo --replace bar --count in.txt >out.txt
  benchlens rewrite --find TODO --replace '' -i src/*.rs
  benchlens rewrite --algorithm alg_one --find elvis --replace Elvis <in.txt >out.txt

With -i a file is replaced at once, when its new content is complete and on the disk; on any
failure it stays as it was. A file without a match is left alone. What a killed run may leave
behind is named .benchlens-*.tmp and can be removed."
)]
pub(super) struct Rewrite {
    /// The bytes to look for; not empty
    #[arg(long, value_name = "BYTES", allow_hyphen_values = true)]
    find: OsString,
    /// The bytes to put in their place; may be empty
    #[arg(long, value_name = "BYTES", allow_hyphen_values = true)]
    replace: OsString,
    /// How; see `benchlens list`. Otherwise the fastest that fits
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    algorithm: Option<&'static Rewriter>,
    /// Replace the files themselves
    #[arg(short, long, requires = "files")]
    in_place: bool,
    /// Write the number of replacements to standard error; with -i, one line a file
    #[arg(long)]
    count: bool,
    /// What to rewrite
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

fn algorithm(name: &str) -> Result<&'static Rewriter, String> {
    let short = name.strip_prefix("rewrite/").unwrap_or(name);
    REWRITERS
        .iter()
        .find(|row| row.name == short)
        .ok_or_else(|| {
            let names: Vec<_> = REWRITERS.iter().map(|row| row.name).collect();
            format!("the algorithms are {}", names.join(", "))
        })
}

impl Verb for Rewrite {
    fn run(self) -> anyhow::Result<ExitCode> {
        let substitution = Substitution::new(
            self.find.as_encoded_bytes(),
            self.replace.as_encoded_bytes(),
        )
        .map_err(|_| Usage("--find is empty: name at least one byte to look for".into()))?;
        let rewriter = self.algorithm.unwrap_or_else(|| default_for(substitution));
        if !rewriter.supports(substitution) {
            return Err(Usage(format!(
                "{} needs a replacement as long as the needle, not {} bytes for {}: choose \
                 another --algorithm or leave it out",
                rewriter.name,
                substitution.replacement().len(),
                substitution.needle().len(),
            ))
            .into());
        }
        report_size_limits()?;
        if self.in_place {
            let interrupt = Interrupt::catch()?;
            return Ok(self
                .each_file(|path| {
                    let done = replace_file::rewrite(path, rewriter, substitution, &interrupt);
                    interrupt.end_process();
                    let count = done?;
                    if self.count {
                        super::say(format_args!("{}: {count}", path.display()));
                    }
                    Ok(count)
                })?
                .1);
        }
        let mut output = super::raw_output()?;
        #[cfg(unix)]
        let written_to = output.metadata()?;
        let (count, code) = self.each_file(|path| {
            let mut input = open(path)?;
            #[cfg(unix)]
            refuse_own_output(&mut input, &written_to)?;
            Ok(rewriter.rewrite_stream(&mut input, substitution, &mut output)?)
        })?;
        if self.count {
            super::say(format_args!("{count}"));
        }
        Ok(code)
    }
}

impl Rewrite {
    /// Calls `rewrite` for each file and adds up what it returns. Only an output that takes no
    /// more ends this before the last file.
    fn each_file(
        &self,
        mut rewrite: impl FnMut(&Path) -> anyhow::Result<u64>,
    ) -> anyhow::Result<(u64, ExitCode)> {
        let standard_input = [PathBuf::from("-")];
        let files = match self.files.as_slice() {
            [] => &standard_input,
            files => files,
        };
        let (mut total, mut code) = (0, ExitCode::SUCCESS);
        for path in files {
            match rewrite(path) {
                Ok(count) => total += count,
                Err(error) => {
                    let output_failed = matches!(error.downcast_ref(), Some(Error::Write { .. }));
                    let error = error.context(format!("cannot rewrite {}", name(path)));
                    if output_failed && !self.in_place {
                        return Err(error);
                    }
                    let error = benchlens::failure::chain(error.as_ref());
                    super::complain(format_args!("rewrite: {error}"));
                    code = ExitCode::FAILURE;
                }
            }
        }
        Ok((total, code))
    }
}

/// Turns the signal of a file-size limit into an error of the write that met it.
fn report_size_limits() -> io::Result<()> {
    #[cfg(unix)]
    {
        use signal_hook::consts::SIGXFSZ;
        signal_hook::flag::register(SIGXFSZ, std::sync::Arc::default())?;
    }
    Ok(())
}

fn name(path: &Path) -> String {
    match path.to_str() {
        Some("-") => "standard input".into(),
        _ => path.display().to_string(),
    }
}

#[cfg(unix)]
fn open(path: &Path) -> anyhow::Result<File> {
    if path == Path::new("-") {
        use std::os::fd::AsFd;
        return Ok(io::stdin().as_fd().try_clone_to_owned()?.into());
    }
    let file = File::open(path).context("it cannot be opened")?;
    if file.metadata()?.is_dir() {
        anyhow::bail!("it is a folder: name the files in it");
    }
    Ok(file)
}

#[cfg(not(unix))]
fn open(path: &Path) -> anyhow::Result<Box<dyn io::Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(File::open(path).context("it cannot be opened")?))
}

/// A file that grows by what is read from it would have no end.
#[cfg(unix)]
fn refuse_own_output(input: &mut File, output: &fs::Metadata) -> anyhow::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = input.metadata()?;
    let is_same = (metadata.dev(), metadata.ino()) == (output.dev(), output.ino());
    if metadata.is_file() && is_same && input.stream_position()? < metadata.len() {
        anyhow::bail!("it is the output, too: write to another file, or replace it with -i");
    }
    Ok(())
}
