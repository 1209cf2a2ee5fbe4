//! The feeds that are searched. They are found once, when the service starts; each search reads their contents.
//! Compressed ones are unpacked at the start, into a folder that is removed at the end.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use benchlens_suite::feed::{Error, Limits};
use benchlens_suite::input::feeds;
use flate2::read::MultiGzDecoder;
use tempfile::TempDir;
use walkdir::WalkDir;

/// The same extensions as in `benchlens freq`.
const EXTENSIONS: [&str; 4] = ["xml", "rss", "atom", "rdf"];

/// How many feeds are generated if no folder is given.
const GENERATED: u32 = 40;

/// A feed.
pub(crate) struct Feed {
    /// The path below the folder, which identifies the feed on the page.
    pub(crate) name: String,
    /// The file to read, or why it could not be unpacked.
    pub(crate) file: Result<PathBuf, Error>,
}

/// All feeds, sorted by name within each folder.
pub(crate) struct Pile {
    pub(crate) feeds: Vec<Feed>,
    /// The folder of generated or unpacked feeds, removed when this is dropped.
    _own: Option<TempDir>,
}

impl Pile {
    /// The feeds in a folder and its subfolders. Links to folders are not followed.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        let mut feeds = Vec::new();
        let mut own = None;
        for entry in WalkDir::new(folder).sort_by_file_name() {
            // The error's text has the path and the cause.
            let entry = entry.map_err(|error| {
                anyhow!("cannot read the feeds in {shown}: {error}: name another folder by --feeds")
            })?;
            let path = entry.into_path();
            if !is_feed(&path) {
                continue;
            }
            let below = path.strip_prefix(folder).unwrap_or(&path);
            let name = below.to_string_lossy().into_owned();
            let file = match is_packed(&path) {
                false => Ok(path),
                true => {
                    let unpacked = folder_of(&mut own)?.join(feeds.len().to_string());
                    unpack(&path, &unpacked).map(|()| unpacked)
                }
            };
            feeds.push(Feed { name, file });
        }
        if feeds.is_empty() {
            bail!(
                "no feed is in {shown}, that is no file that ends in .{}, also with .gz behind it: make some by \
                 `benchlens generate feeds --out {shown}`",
                EXTENSIONS.join(", .")
            );
        }
        Ok(Self { feeds, _own: own })
    }

    /// Generates the suite's feeds, in a folder that is removed when the service ends.
    pub(crate) fn generate() -> anyhow::Result<Self> {
        let folder = temporary()?;
        feeds::write(folder.path(), GENERATED)
            .with_context(|| format!("cannot write feeds to {}", folder.path().display()))?;
        let pile = Self::open(folder.path())?;
        Ok(Self {
            _own: Some(folder),
            ..pile
        })
    }
}

fn temporary() -> anyhow::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("benchlens-feeds").tempdir();
    folder.context("cannot make a temporary folder for feeds")
}

/// The folder, made when it is first needed.
fn folder_of(own: &mut Option<TempDir>) -> anyhow::Result<&Path> {
    let folder = match own.take() {
        Some(folder) => folder,
        None => temporary()?,
    };
    Ok(own.insert(folder).path())
}

/// Decided by the extension, optionally followed by .gz.
fn is_feed(path: &Path) -> bool {
    let name = match is_packed(path) {
        true => path.with_extension(""),
        false => path.to_owned(),
    };
    let is_named = name.extension().is_some_and(|extension| {
        (EXTENSIONS.iter()).any(|wanted| extension.eq_ignore_ascii_case(wanted))
    });
    is_named && path.is_file()
}

fn is_packed(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

/// Unpacks a file up to the limit of a document and one byte more, so that a small file cannot fill the disk
/// and the reader tells what is too long.
fn unpack(packed: &Path, to: &Path) -> Result<(), Error> {
    let source = BufReader::new(File::open(packed).map_err(Error::Open)?);
    let most = Limits::default().document_bytes.saturating_add(1);
    let mut target = File::create(to).map_err(Error::Open)?;
    let unpacked = io::copy(&mut MultiGzDecoder::new(source).take(most), &mut target);
    unpacked.map(drop).map_err(|source| Error::Read {
        offset: target.metadata().map_or(0, |metadata| metadata.len()),
        source,
    })
}
