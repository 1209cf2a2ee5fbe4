//! `benchlens rewrite`: replaces a needle in streams and in files.

#[cfg(unix)]
use std::fs;
use std::fs::File;
use std::io;
#[cfg(unix)]
use std::io::Seek as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchlens::report::plain;
#[cfg(unix)]
use benchlens_suite::rewrite::overlapped;
use benchlens_suite::rewrite::registry::REWRITERS;
use benchlens_suite::rewrite::{Error, Rewriter};

use super::Verb;
use interrupt::Interrupt;
use job::{Done, Job};
use pairs::Pairs;

mod attributes;
mod encoding;
mod escapes;
mod interrupt;
mod job;
mod pairs;
mod replace_file;

/// Replace every occurrence of some bytes, in a stream or in files
///
/// Without FILE, standard input goes to standard output; FILE may be - for standard input. Several
/// files are separate streams: no match spans two files. A file that fails is reported, the others
/// are still rewritten, and the exit code is 1.
///
/// With several needles, the match that begins first is replaced; of those that begin at the same
/// position, that of the needle named first.
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  benchlens rewrite --find elvis --replace Elvis <in.txt >out.txt
  benchlens rewrite --find foo --replace bar --count in.txt >out.txt
  benchlens rewrite --find TODO --replace '' -i src/*.rs
  benchlens rewrite --find TODO --replace DONE --dry-run src/*.rs
  benchlens rewrite --find '&' --replace '&amp;' --find '<' --replace '&lt;' <in >out
  benchlens rewrite --escapes --find '\\r\\n' --replace '\\n' -i notes.txt
  benchlens rewrite --find-file licence.old --replace-file licence.new -i src/*.rs
  benchlens rewrite --algorithm alg_one --find elvis --replace Elvis <in.txt >out.txt

With -i a file is replaced at once, when its new content is complete and on the disk; on any
failure it stays as it was. For a file without a match nothing is written. What a killed run may leave
behind is named .benchlens-*.tmp and can be removed.")]
pub(super) struct Rewrite {
    #[command(flatten)]
    pairs: Pairs,
    /// The algorithm, see `benchlens list`; by default the fastest that fits
    #[arg(long, value_name = "NAME", value_parser = algorithm)]
    algorithm: Option<&'static Rewriter>,
    /// Replace in the files themselves
    #[arg(short, long, requires = "files")]
    in_place: bool,
    /// Only print the number of replacements, one line per file
    #[arg(long, conflicts_with = "count")]
    dry_run: bool,
    /// Write the number of replacements to standard error; with -i, one line per file
    #[arg(long)]
    count: bool,
    /// The files to rewrite
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
        let job = Job::new(self.pairs.read()?, self.algorithm)?;
        report_size_limits()?;
        if self.dry_run {
            return self.try_all(&job);
        }
        if self.in_place {
            return self.replace_all(&job);
        }
        let mut output = super::raw_output()?;
        #[cfg(unix)]
        let written_to = output.metadata()?;
        let (count, code) = self.each_file(|path| {
            let mut input = open(path)?;
            #[cfg(unix)]
            {
                refuse_own_output(&mut input, &written_to)?;
                if overlapped::is_worth_it(&input) {
                    let rewrite = |output: &mut dyn io::Write| job.rewrite(&mut input, output);
                    return Ok(overlapped::write_beside(&mut output, rewrite)?);
                }
            }
            Ok(job.rewrite(&mut input, &mut output)?)
        })?;
        if self.count {
            super::say(format_args!("{count}"));
        }
        Ok(code)
    }
}

impl Rewrite {
    /// Replaces in the files themselves.
    fn replace_all(&self, job: &Job) -> anyhow::Result<ExitCode> {
        let interrupt = Interrupt::catch()?;
        let (_, code) = self.each_file(|path| {
            let done = replace_file::rewrite(path, job, &interrupt);
            interrupt.end_process();
            let done = done?;
            if self.count {
                super::say(format_args!("{}: {}", path.display(), done.count));
            }
            Ok(done)
        })?;
        Ok(code)
    }

    /// Prints how many replacements would be made, and refuses the same files.
    fn try_all(&self, job: &Job) -> anyhow::Result<ExitCode> {
        let mut lines = String::new();
        let (_, code) = self.each_file(|path| {
            let done = if self.in_place {
                job.rewrite(&mut replace_file::open(path)?.1, &mut io::sink())?
            } else {
                job.rewrite(&mut open(path)?, &mut io::sink())?
            };
            lines += &format!("{}: {}\n", plain(&name(path)), done.count);
            Ok(done)
        })?;
        super::print(&lines)?;
        Ok(code)
    }

    /// Calls `rewrite` for each file and adds up the results. Only a closed output ends this early.
    fn each_file(
        &self,
        mut rewrite: impl FnMut(&Path) -> anyhow::Result<Done>,
    ) -> anyhow::Result<(u64, ExitCode)> {
        let standard_input = [PathBuf::from("-")];
        let files = match self.files.as_slice() {
            [] => &standard_input,
            files => files,
        };
        let (mut total, mut code) = (0, ExitCode::SUCCESS);
        for path in files {
            match rewrite(path) {
                Ok(done) => {
                    total += done.count;
                    if done.is_utf16 {
                        super::warn(format_args!(
                            "rewrite: {}: nothing matched, as it is UTF-16 and the needle is not: \
                             convert it first, or write the zeros with --escapes",
                            name(path)
                        ));
                    }
                }
                Err(error) => {
                    let output_failed = matches!(error.downcast_ref(), Some(Error::Write { .. }));
                    let error = error.context(format!("cannot rewrite {}", name(path)));
                    if output_failed && !self.in_place {
                        return Err(error);
                    }
                    let error = benchlens::failure::chain(error.as_ref());
                    super::warn(format_args!("rewrite: {error}"));
                    code = ExitCode::FAILURE;
                }
            }
        }
        Ok((total, code))
    }
}

/// Turns the signal for a file-size limit into an error of the write.
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

/// Refuses an input file that is also the output: it would grow forever.
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
