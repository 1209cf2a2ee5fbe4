//! Instructions by inlined function: callgrind's count at each address, with the chain of functions
//! inlined there.
//!
//! callgrind attributes inlined code to the physical function and keeps only file and line. The
//! executable's debug information has, for each address, the chain of inlined functions, each with
//! the line of its call. The chains are looked up while the measured executable exists, and stored
//! as JSON beside callgrind's file.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use addr2line::Loader;
use serde::{Deserialize, Serialize};

use super::callgrind::InstructionProfile;
use super::{Error, is_standard};
use crate::run::is_harness;

/// The instructions of one call, by chain of inlined functions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InlineProfile {
    /// The sum over all chains, equal to callgrind's total.
    pub total: u64,
    /// The frames that chains refer to, by index.
    pub frames: Vec<Frame>,
    /// Every chain, once.
    pub chains: Vec<Chain>,
    /// Why the chains are only callgrind's own lines, if the executable could not be used.
    #[serde(skip)]
    pub unresolved: Option<String>,
}

/// The debug information of an executable, loaded once for all profiles of its run.
pub struct Symbols {
    executable: PathBuf,
    loader: Loader,
}

impl Symbols {
    /// Loads the debug information of `executable`. Cost: mapping the file; the rest is decoded on
    /// demand.
    ///
    /// # Errors
    ///
    /// [`Error::Symbols`].
    pub fn load(executable: &Path) -> Result<Self, Error> {
        match Loader::new(executable) {
            Ok(loader) => Ok(Self {
                executable: executable.to_owned(),
                loader,
            }),
            Err(error) => Err(Error::Symbols {
                file: executable.to_owned(),
                reason: error.to_string(),
            }),
        }
    }
}

#[cfg(feature = "assembly")]
impl Symbols {
    /// The functions at an address, innermost first; empty if its debug information says nothing or is
    /// damaged.
    pub(crate) fn chain(&self, address: u64) -> Vec<Frame> {
        inlined_at(&self.loader, address).unwrap_or_default()
    }

    /// The start addresses of code whose innermost line is in a wanted file. Cost: reading all line tables.
    pub(crate) fn code_of(&self, is_wanted: &dyn Fn(&str) -> bool) -> Vec<u64> {
        let rows = self.loader.find_location_range(0, u64::MAX);
        let wanted = rows
            .into_iter()
            .flatten()
            .filter_map(|(start, _, location)| is_wanted(location.file?).then_some(start));
        wanted.collect()
    }
}

impl fmt::Debug for Symbols {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Symbols")
            .field(&self.executable)
            .finish()
    }
}

/// A function, and the line in it that ran or made the call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Demangled name.
    pub function: String,
    /// The source file as the compiler named it, or `???`.
    pub file: String,
    /// Line in that file, from 1; 0 if unknown.
    pub line: u32,
}

/// Instructions of one chain of inlined functions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// How many instructions ran there.
    pub instructions: u64,
    /// Indices into [`InlineProfile::frames`], innermost first; the last is the physical
    /// function, all others were inlined into it.
    pub frames: Vec<usize>,
}

impl InlineProfile {
    /// Looks up the addresses of `profile` in the debug information of the executable. Code of other
    /// objects, such as libc, keeps callgrind's function and line.
    ///
    /// # Errors
    ///
    /// [`Error::Symbols`] if the debug information is damaged, and [`Error::Total`] if the profile
    /// has no addresses.
    pub fn resolve(profile: &InstructionProfile, symbols: &Symbols) -> Result<Self, Error> {
        let executable = symbols.executable.as_path();
        let failed = |reason: String| Error::Symbols {
            file: executable.to_owned(),
            reason,
        };
        let mut chains: BTreeMap<Vec<Frame>, u64> = BTreeMap::new();
        for cost in &profile.addresses {
            let mut frames = match Path::new(&cost.object) == executable {
                true => inlined_at(&symbols.loader, cost.address)
                    .map_err(|error| failed(error.to_string()))?,
                false => Vec::new(),
            };
            if frames.is_empty() {
                frames.push(Frame {
                    function: cost.function.clone(),
                    file: cost.file.clone(),
                    line: u32::try_from(cost.line).unwrap_or(0),
                });
            }
            *chains.entry(frames).or_default() += cost.own;
        }
        Self::of_chains(chains).checked(profile.total, executable)
    }

    /// callgrind's own functions and lines, each as a chain of one frame: inlined code keeps its
    /// line, but is attributed to the physical function. `why` is the reason for not using the
    /// executable.
    pub fn of_lines(profile: &InstructionProfile, why: impl Into<String>) -> Self {
        let mut chains: BTreeMap<Vec<Frame>, u64> = BTreeMap::new();
        for line in profile.lines.iter().filter(|line| line.own > 0) {
            let frame = Frame {
                function: line.function.clone(),
                file: line.file.clone(),
                line: u32::try_from(line.line).unwrap_or(0),
            };
            *chains.entry(vec![frame]).or_default() += line.own;
        }
        Self {
            total: profile.total,
            unresolved: Some(why.into()),
            ..Self::of_chains(chains)
        }
    }

    /// The same profile without the harness frames that code of the case was inlined into. Chains
    /// of only harness and standard library frames stay unchanged.
    #[must_use]
    pub fn within_call(mut self) -> Self {
        for chain in &mut self.chains {
            let function = |frame: &usize| self.frames[*frame].function.as_str();
            let is_harness = |frame: &usize| is_harness(function(frame));
            let inner = (chain.frames.iter().position(is_harness)).unwrap_or(0);
            if chain.frames[..inner]
                .iter()
                .any(|frame| !is_standard(function(frame)))
            {
                chain.frames.truncate(inner);
            }
        }
        self
    }

    /// Decodes `json`, which [`to_json`](Self::to_json) wrote; `path` only names it in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Json`], [`Error::Malformed`] if a chain is empty or refers to a missing frame, and
    /// [`Error::Total`].
    pub fn parse(json: &[u8], path: &Path) -> Result<Self, Error> {
        let profile: Self = super::decode(json, path)?;
        let broken = |chain: &Chain| {
            chain.frames.is_empty() || (chain.frames.iter()).any(|&at| at >= profile.frames.len())
        };
        if let Some(index) = profile.chains.iter().position(broken) {
            return Err(Error::Malformed {
                file: path.to_owned(),
                place: format!("chain {index}"),
                reason: "it is empty or refers to a missing frame",
            });
        }
        let stated = profile.total;
        profile.checked(stated, path)
    }

    /// Reads the profile at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], and as [`parse`](Self::parse).
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&super::read(path)?, path)
    }

    /// The profile as JSON.
    ///
    /// # Errors
    ///
    /// What the encoder says.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    fn of_chains(chains: BTreeMap<Vec<Frame>, u64>) -> Self {
        let mut profile = Self::default();
        let mut known: HashMap<Frame, usize> = HashMap::new();
        for (chain, instructions) in chains {
            let frames = (chain.into_iter())
                .map(|frame| {
                    *known.entry(frame).or_insert_with_key(|frame| {
                        profile.frames.push(frame.clone());
                        profile.frames.len() - 1
                    })
                })
                .collect();
            profile.chains.push(Chain {
                instructions,
                frames,
            });
        }
        profile
    }

    /// The profile, after checking that its chains add up to `total`.
    fn checked(mut self, total: u64, path: &Path) -> Result<Self, Error> {
        let sum = (self.chains.iter())
            .try_fold(0_u64, |sum, chain| sum.checked_add(chain.instructions))
            .unwrap_or(u64::MAX);
        if sum != total {
            return Err(Error::Total {
                file: path.to_owned(),
                sum,
                total,
            });
        }
        self.total = total;
        Ok(self)
    }
}

/// The chain at an address, innermost first; empty if unknown.
pub(crate) fn inlined_at(
    symbols: &Loader,
    address: u64,
) -> Result<Vec<Frame>, Box<dyn std::error::Error>> {
    let mut found = symbols.find_frames(address)?;
    let mut frames = Vec::new();
    while let Some(frame) = found.next()? {
        let Some(function) = frame.function else {
            continue;
        };
        let location = frame.location;
        frames.push(Frame {
            function: function.demangle()?.into_owned(),
            file: (location.as_ref())
                .and_then(|location| location.file)
                .unwrap_or("???")
                .to_owned(),
            line: location.and_then(|location| location.line).unwrap_or(0),
        });
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;
    use crate::profile::callgrind::AddressCost;

    #[inline(never)]
    fn measured() -> u32 {
        std::hint::black_box(7)
    }

    fn cost(object: &Path, address: u64) -> AddressCost {
        AddressCost {
            object: object.display().to_string(),
            address,
            function: "malloc".to_owned(),
            file: "malloc.c".to_owned(),
            line: 12,
            own: 5,
        }
    }

    fn symbols() -> Symbols {
        Symbols::load(&env::current_exe().unwrap()).unwrap()
    }

    fn counted(addresses: Vec<AddressCost>, total: u64) -> InstructionProfile {
        InstructionProfile {
            total,
            summary: None,
            command: String::new(),
            lines: Vec::new(),
            calls: Vec::new(),
            call_sites: Vec::new(),
            addresses,
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_of_the_executable_has_its_function_and_line() {
        let executable = env::current_exe().unwrap();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let name = executable.to_str().unwrap();
        let mapped = maps.lines().find(|line| line.ends_with(name)).unwrap();
        let (base, _) = mapped.split_once('-').unwrap();
        let base = u64::from_str_radix(base, 16).unwrap();
        let address = measured as fn() -> u32 as usize as u64 - base;
        let profile = counted(vec![cost(&executable, address)], 5);
        let symbols = Symbols::load(&executable).unwrap();
        let resolved = InlineProfile::resolve(&profile, &symbols).unwrap();
        let frame = &resolved.frames[*resolved.chains[0].frames.last().unwrap()];
        assert!(frame.function.ends_with("tests::measured"), "{frame:?}");
        assert!(frame.file.ends_with("src/profile/inlined.rs"), "{frame:?}");
        assert!(frame.line > 0);
    }

    #[test]
    fn code_of_another_object_keeps_the_names_of_callgrind() {
        let library = Path::new("/lib/libc.so.6");
        let profile = counted(vec![cost(library, 1), cost(library, 2)], 10);
        let resolved = InlineProfile::resolve(&profile, &symbols()).unwrap();
        assert_eq!(resolved.chains.len(), 1);
        assert_eq!(resolved.chains[0].instructions, 10);
        assert_eq!(resolved.frames[0].function, "malloc");
        let json = resolved.to_json().unwrap();
        let again = InlineProfile::parse(&json, Path::new("a.json")).unwrap();
        assert_eq!(again, resolved);
    }

    #[test]
    fn what_does_not_add_up_or_is_cut_is_an_error_that_names_the_file() {
        let library = Path::new("/lib/libc.so.6");
        let short = counted(vec![cost(library, 1)], 6);
        assert!(InlineProfile::resolve(&short, &symbols()).is_err());
        let whole = counted(vec![cost(library, 1)], 5);
        let resolved = InlineProfile::resolve(&whole, &symbols()).unwrap();
        let json = String::from_utf8(resolved.to_json().unwrap()).unwrap();
        let damaged = [
            json[..json.len() - 1].to_owned(),
            json.replace("\"total\":5", "\"total\":6"),
            json.replace("\"frames\":[0]", "\"frames\":[1]"),
            json.replace("\"frames\":[0]", "\"frames\":[]"),
        ];
        for damaged in damaged {
            let error = InlineProfile::parse(damaged.as_bytes(), Path::new("a.json")).unwrap_err();
            assert!(error.to_string().contains("a.json"), "{error}");
        }
        let not_one = Symbols::load(Path::new("/dev/null"));
        assert!(matches!(not_one, Err(Error::Symbols { .. })));
    }

    #[test]
    fn callgrinds_own_lines_add_up_and_say_why() {
        let fixture = include_bytes!("../../fixtures/profiles/callgrind.out");
        let counted = InstructionProfile::parse(fixture, Path::new("callgrind.out")).unwrap();
        let lines = InlineProfile::of_lines(&counted, "the executable is gone");
        let sum: u64 = lines.chains.iter().map(|chain| chain.instructions).sum();
        assert_eq!((sum, lines.total), (counted.total, counted.total));
        assert_eq!(lines.unresolved.as_deref(), Some("the executable is gone"));
    }

    #[test]
    fn the_harness_is_no_part_of_a_chain_but_where_it_stands_alone() {
        let harness = "<benchlens::suite::prepared::Ready<S,I,O,F> as \
                       benchlens::suite::prepared::Prepared>::call";
        let frame = |function: &str| Frame {
            function: function.to_owned(),
            file: "a.rs".to_owned(),
            line: 1,
        };
        let chain = |frames: &[usize]| Chain {
            instructions: 1,
            frames: frames.to_vec(),
        };
        let profile = InlineProfile {
            total: 3,
            frames: vec![
                frame("mine::parse"),
                frame(harness),
                frame("core::mem::drop"),
            ],
            chains: vec![chain(&[2, 0, 1]), chain(&[1]), chain(&[2, 1])],
            unresolved: None,
        };
        let within = profile.within_call();
        assert_eq!(within.chains, [chain(&[2, 0]), chain(&[1]), chain(&[2, 1])]);
    }
}
