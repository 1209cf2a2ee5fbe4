//! `benchlens generate`: writes the inputs of the suite to files or to standard output.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use benchlens::report::{amount, plain};
use benchlens_suite::input::feeds;
use benchlens_suite::input::text::{self, Shape};
use indicatif::ProgressBar;

use super::Verb;

/// Generate the inputs of the suite, byte for byte the same everywhere
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  benchlens generate feeds --count 4000 --out feeds
  benchlens generate text --shape dense --bytes 1048576 >dense.txt")]
pub(super) struct Generate {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// News feeds of 39 items, 7 of which mention "president"
    Feeds {
        /// How many
        #[arg(long, default_value_t = 40)]
        count: u32,
        /// The folder to write them to; made if it is missing
        #[arg(long)]
        out: PathBuf,
    },
    /// A text to rewrite, to standard output
    Text {
        /// seed, sparse, dense, near_miss, binary or all_e
        #[arg(long, value_parser = shape)]
        shape: Shape,
        /// How long
        #[arg(long)]
        bytes: u64,
    },
}

fn shape(name: &str) -> Result<Shape, String> {
    Shape::from_name(name).ok_or_else(|| {
        let names = Shape::ALL.map(Shape::name).join(", ");
        format!("the shapes are {names}")
    })
}

impl Verb for Generate {
    fn run(self) -> anyhow::Result<ExitCode> {
        match self.what {
            What::Feeds { count, out } => write_feeds(count, &out)?,
            What::Text { shape, bytes } => {
                let mut output = super::raw_output()?;
                io::copy(
                    &mut io::BufReader::with_capacity(1 << 16, text::stream(shape, bytes)),
                    &mut output,
                )
                .context("cannot write to standard output")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn write_feeds(count: u32, folder: &std::path::Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let progress = ProgressBar::new(count.into());
    let mut xml = String::new();
    for number in 0..count {
        let path = folder.join(feeds::file_name(number));
        xml.clear();
        feeds::append(number, &mut xml);
        fs::write(&path, &xml).with_context(|| format!("cannot write {}", path.display()))?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    let items = u64::from(count) * u64::from(feeds::ITEMS);
    let mentions = u64::from(count) * u64::from(feeds::MENTIONS);
    super::print(&format!(
        "{} in {}: {mentions} of {items} items mention {}\n",
        amount(count.into(), "feed"),
        plain(&folder.display().to_string()),
        feeds::TOPIC
    ))
}
