//! The feeds that are searched. They are found once, when the service starts; each search reads their contents.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use benchlens_suite::input::feeds;
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
    pub(crate) path: PathBuf,
}

/// All feeds, sorted by name within each folder.
pub(crate) struct Pile {
    pub(crate) feeds: Vec<Feed>,
    /// The folder of generated feeds, removed when this is dropped.
    _own: Option<TempDir>,
}

impl Pile {
    /// The feeds in a folder and its subfolders. Links to folders are not followed.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        let mut feeds = Vec::new();
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
            feeds.push(Feed { name, path });
        }
        if feeds.is_empty() {
            bail!(
                "no feed is in {shown}, that is no file with the extension {}: make some by \
                 `benchlens generate feeds --out {shown}`",
                EXTENSIONS.join(", ")
            );
        }
        Ok(Self { feeds, _own: None })
    }

    /// Generates the suite's feeds, in a folder that is removed when the service ends.
    pub(crate) fn generate() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("benchlens-feeds").tempdir();
        let folder = folder.context("cannot make a folder for generated feeds")?;
        feeds::write(folder.path(), GENERATED)
            .with_context(|| format!("cannot write feeds to {}", folder.path().display()))?;
        let pile = Self::open(folder.path())?;
        Ok(Self {
            _own: Some(folder),
            ..pile
        })
    }
}

fn is_feed(path: &Path) -> bool {
    let is_named = path.extension().is_some_and(|extension| {
        (EXTENSIONS.iter()).any(|wanted| extension.eq_ignore_ascii_case(wanted))
    });
    is_named && path.is_file()
}
