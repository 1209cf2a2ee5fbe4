//! The heap profiles as embedded in the page: dhat's data, with frames and stacks shared by all
//! cases, so that a hundred files take the space of a few.
//!
//! The page draws a case's charts from this data, and can restore the file for dh_view.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::fs;

use crate::profile::dhat::HeapProfile;
use crate::profile::{is_standard, stored};
use crate::run::COUNTED_CALL;
use crate::{CaseId, Lens};

/// All profiles; its JSON is what the page's script reads.
#[derive(Serialize)]
pub(super) struct Profiles {
    /// Frames as dhat wrote them; the first is `[root]`.
    frames: Vec<String>,
    /// The indices of frames of the standard library.
    standard: Vec<usize>,
    /// Stacks as a tree, with the outermost frames below the root: for each node, its frame and the distance back to
    /// its parent.
    nodes: Vec<usize>,
    /// By the case's index in the table.
    cases: BTreeMap<usize, Profile>,
    #[serde(skip)]
    frame_of: HashMap<String, usize>,
    #[serde(skip)]
    node_of: HashMap<(usize, usize), usize>,
}

#[derive(Serialize)]
struct Profile {
    /// All keys of the file except frames and points.
    head: Map<String, Value>,
    /// `tb, tbk, tl, mb, mbk, gb, gbk, eb, ebk`, the innermost node, the number of inner frames that belong to the
    /// profiler, and that of outer frames that belong to the harness.
    points: Vec<[u64; 12]>,
}

/// The file with every key, to restore it; [`HeapProfile`] decodes only the keys that it needs, so that it also
/// reads files with fewer or more.
#[derive(Deserialize)]
struct Written {
    pps: Vec<Point>,
    ftbl: Vec<String>,
    #[serde(flatten)]
    head: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    tb: u64,
    tbk: u64,
    tl: u64,
    mb: u64,
    mbk: u64,
    gb: u64,
    gbk: u64,
    eb: u64,
    ebk: u64,
    fs: Vec<usize>,
}

impl Default for Profiles {
    fn default() -> Self {
        Self {
            frames: vec!["[root]".to_owned()],
            standard: Vec::new(),
            nodes: vec![0, 0],
            cases: BTreeMap::new(),
            frame_of: HashMap::new(),
            node_of: HashMap::new(),
        }
    }
}

impl Profiles {
    /// Adds the profile of `case`, which has index `place` in the table, and returns it decoded,
    /// without the frames of harness and profiler. The error says why there is none.
    pub(super) fn add(
        &mut self,
        place: usize,
        case: &CaseId,
        stored: &stored::Profiles,
    ) -> Result<HeapProfile, String> {
        const NONE: &str = "the run left no profile of it";
        let path = stored.path(Lens::Heap, case).ok_or(NONE)?;
        let json = fs::read(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => NONE.to_owned(),
            _ => format!("its profile cannot be read: {error}"),
        })?;
        let profile = HeapProfile::parse(&json, &path).map_err(|error| error.to_string())?;
        let written: Written =
            serde_json::from_slice(&json).map_err(|error| format!("its profile: {error}"))?;
        let within = profile.within_call(COUNTED_CALL);
        let mut points = Vec::with_capacity(written.pps.len());
        for (point, within) in written.pps.iter().zip(&within.points) {
            let inner = offset(&point.fs, &within.stack);
            let outer = point.fs.len() - inner - within.stack.len();
            let frames = point
                .fs
                .iter()
                .rev()
                .map(|&frame| written.ftbl[frame].as_str());
            let node = frames.fold(0, |parent, frame| self.node(frame, parent));
            points.push([
                point.tb,
                point.tbk,
                point.tl,
                point.mb,
                point.mbk,
                point.gb,
                point.gbk,
                point.eb,
                point.ebk,
                node as u64,
                inner as u64,
                outer as u64,
            ]);
        }
        let head = written.head;
        self.cases.insert(place, Profile { head, points });
        Ok(within)
    }

    fn node(&mut self, frame: &str, parent: usize) -> usize {
        let frame = self.frame_of.get(frame).copied().unwrap_or_else(|| {
            self.frame_of.insert(frame.to_owned(), self.frames.len());
            let function = frame
                .split_once(": ")
                .map_or(frame, |(_, function)| function);
            if is_standard(function) {
                self.standard.push(self.frames.len());
            }
            self.frames.push(frame.to_owned());
            self.frames.len() - 1
        });
        let next = self.nodes.len() / 2;
        let node = *self.node_of.entry((frame, parent)).or_insert(next);
        if node == next {
            self.nodes.extend([frame, next - parent]);
        }
        node
    }
}

/// The offset of `part`, a subslice of `whole`.
fn offset(whole: &[usize], part: &[usize]) -> usize {
    whole
        .windows(part.len().max(1))
        .position(|window| window == part)
        .unwrap_or(0)
}
