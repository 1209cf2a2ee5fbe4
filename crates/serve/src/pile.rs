//! The feeds that are searched. They are found once, when the service starts; each search reads their contents.
//! Compressed ones are unpacked at the start, into a folder that is removed at the end.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use benchlens_suite::feed::file::{EXTENSIONS, is_named_feed, is_packed, unpacked};
use benchlens_suite::feed::{Error, Limits};
use benchlens_suite::input::feeds;
use tempfile::TempDir;
use walkdir::WalkDir;

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
            if !is_named_feed(&path, &EXTENSIONS) || !path.is_file() {
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

fn unpack(packed: &Path, to: &Path) -> Result<(), Error> {
    let packed = File::open(packed).map_err(Error::Open)?;
    let mut target = File::create(to).map_err(Error::Open)?;
    let copied = io::copy(&mut unpacked(packed, Limits::default()), &mut target);
    copied.map(drop).map_err(|source| Error::Read {
        offset: target.metadata().map_or(0, |metadata| metadata.len()),
        source,
    })
}
