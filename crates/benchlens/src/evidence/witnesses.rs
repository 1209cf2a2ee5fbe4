//! Machine code and compiler evidence on both sides of each pair, cached beside the results.
//!
//! Collecting evidence costs a compilation, so it is cached in `witnesses.json` under a key derived
//! from the sources and the compiler. If the key differs, the evidence is collected again.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::compiler::{self, Compiled};
use super::machine_code::{AllocatorCalls, allocator_calls};
use super::remarks::Remark;
use crate::store;
use crate::{CaseId, CaseInfo, PairSide};

/// The cache file in the folder of the results.
const FILE: &str = "witnesses.json";

/// Why there is no evidence.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The compiler gave no evidence.
    #[error(transparent)]
    Compiler(#[from] compiler::Error),
    /// The machine code could not be read.
    #[error(transparent)]
    MachineCode(#[from] crate::profile::Error),
    /// The cache could not be written.
    #[error(transparent)]
    Record(#[from] store::Error),
}

/// The evidence on all pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Witnesses {
    /// A hash of the sources and the compiler.
    pub key: String,
    /// The evidence on each side of a pair.
    pub sides: Vec<SideWitness>,
    /// Every call in the project's files that the compiler reports as inlined, without its chain.
    #[serde(default)]
    pub inlined: Vec<Remark>,
}

/// The evidence on one side of a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideWitness {
    /// The case that is this side.
    pub case: CaseId,
    /// The evidence on it.
    pub witness: Witness,
}

/// The evidence on one side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Witness {
    /// How the side's function allocates; likewise its callee, if that has machine code of its own.
    pub machine_code: Vec<MachineCode>,
    /// The compiler's decision on the call.
    pub decision: Decision,
}

/// How the machine code of one function allocates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MachineCode {
    /// The function's symbol name.
    pub function: String,
    /// Its references to the allocator.
    #[serde(flatten)]
    pub calls: AllocatorCalls,
}

/// The compiler's decision on a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// On the call itself.
    Direct(Remark),
    /// On a call inside the callee, which had been inlined earlier.
    Within(Remark),
    /// No remark: the call was gone before LLVM's inliner ran, or was never considered.
    Unseen,
}

impl Witness {
    /// Whether the machine code of `function` exists.
    pub fn has_own_code(&self, function: &str) -> bool {
        self.machine_code
            .iter()
            .any(|code| code.function == function)
    }
}

impl Witnesses {
    /// The evidence on a case; `None` if none was collected.
    pub fn of_case(&self, case: &CaseId) -> Option<&Witness> {
        let side = self.sides.iter().find(|side| side.case == *case)?;
        Some(&side.witness)
    }

    /// The evidence cached in the folder `results` if it matches the sources in `project`, or else
    /// fresh evidence, which is then cached. It covers those of `cases` that are sides of pairs.
    /// `asking` is called before the compiler runs.
    ///
    /// # Errors
    ///
    /// [`Error`], for example if cargo or the sources are missing.
    pub fn of(
        cases: &[CaseInfo],
        project: &Path,
        package: &str,
        results: &Path,
        asking: impl FnOnce(),
    ) -> Result<Self, Error> {
        let key = key(project);
        let kept = Self::kept(results).filter(|kept| {
            kept.key == key && sides(cases).all(|(case, _)| kept.of_case(case).is_some())
        });
        if let Some(kept) = kept {
            return Ok(kept);
        }
        compiler::require_sources(project, package)?;
        asking();
        let compiled = compiler::compile(project, package)?;
        let fresh = Self::read(cases, &compiled, key)?;
        let json = serde_json::to_vec_pretty(&fresh).unwrap_or_default();
        store::folder::write(&results.join(FILE), &json)?;
        Ok(fresh)
    }

    /// The evidence cached in the folder `results`, whatever sources it was collected from.
    pub fn kept(results: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(results.join(FILE)).ok()?).ok()
    }

    fn read(cases: &[CaseInfo], compiled: &Compiled, key: String) -> Result<Self, Error> {
        let functions: Vec<&str> = sides(cases)
            .flat_map(|(_, side)| [side.function.as_str(), side.callee.as_str()])
            .collect();
        let calls = allocator_calls(&compiled.library, &functions)?;
        let witness = |side: &PairSide| Witness {
            machine_code: [&side.function, &side.callee]
                .into_iter()
                .filter_map(|function| {
                    Some(MachineCode {
                        function: function.clone(),
                        calls: *calls.get(function)?,
                    })
                })
                .collect(),
            decision: decision(&compiled.remarks, side),
        };
        let inlined = (compiled.remarks.iter())
            .filter(|remark| remark.inlined && Path::new(&remark.file).is_relative())
            .map(|remark| Remark {
                chain: Vec::new(),
                ..remark.clone()
            })
            .collect();
        Ok(Self {
            key,
            inlined,
            sides: sides(cases)
                .map(|(case, side)| SideWitness {
                    case: case.clone(),
                    witness: witness(side),
                })
                .collect(),
        })
    }
}

/// The sides of pairs among `cases`.
fn sides(cases: &[CaseInfo]) -> impl Iterator<Item = (&CaseId, &PairSide)> {
    (cases.iter()).filter_map(|case| Some((&case.id, case.pair.as_ref()?)))
}

/// The remark on the call of the callee, or on a call inside of it. Among the latter, one with an
/// estimate and closest to the callee is preferred: a remark about an attribute only repeats the
/// source.
fn decision(remarks: &[Remark], side: &PairSide) -> Decision {
    let own = || {
        remarks
            .iter()
            .filter(|remark| remark.caller == side.function)
    };
    if let Some(remark) = own().find(|remark| remark.callee == side.callee) {
        return Decision::Direct(remark.clone());
    }
    let depth = |remark: &Remark| remark.chain.iter().position(|name| *name == side.callee);
    own()
        .filter(|remark| remark.inlined)
        .filter_map(|remark| Some(((remark.cost.is_none(), depth(remark)?), remark)))
        .min_by_key(|(order, _)| *order)
        .map_or(Decision::Unseen, |(_, remark)| {
            Decision::Within(remark.clone())
        })
}

/// A hash of the sources and the compiler. An unreadable file counts as empty, which changes the
/// key.
fn key(project: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    env!("BENCHLENS_RUSTC").hash(&mut hasher);
    let sources = walkdir::WalkDir::new(project.join("src"))
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path);
    let manifests = ["Cargo.toml", "Cargo.lock"].map(|name| project.join(name));
    for path in sources.chain(manifests) {
        if path.is_file() {
            path.strip_prefix(project)
                .unwrap_or(&path)
                .hash(&mut hasher);
            fs::read(&path).unwrap_or_default().hash(&mut hasher);
        }
    }
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side() -> PairSide {
        PairSide {
            function: "pair::inlined".to_owned(),
            callee: "pair::boxed".to_owned(),
        }
    }

    fn remark(line: u32, said: &str) -> Remark {
        Remark::parse(&format!("src/pair.rs:{line}:1 inline {said}")).unwrap()
    }

    #[test]
    fn the_word_on_the_call_itself_goes_before_all_others() {
        let within = "(success): 'new' inlined into 'pair::inlined' with (cost=1, threshold=2) at \
                      callsite pair::boxed:1:1 @ pair::inlined:1:1;";
        let deeper = within.replace("callsite ", "callsite new:1:1 @ ");
        let by_attribute = within.replace("(cost=1, threshold=2)", "(cost=always): by attribute");
        let elsewhere = within.replace("'pair::inlined'", "'pair::other'");
        let direct = "(missed): 'pair::boxed' not inlined into 'pair::inlined' because too costly \
                      to inline (cost=9, threshold=2)";
        let mut remarks = vec![
            remark(1, &elsewhere),
            remark(2, &by_attribute),
            remark(3, &deeper),
            remark(4, within),
            remark(5, direct),
        ];
        let line = |remarks: &[Remark]| match decision(remarks, &side()) {
            Decision::Direct(remark) | Decision::Within(remark) => remark.line,
            Decision::Unseen => 0,
        };
        for expected in (2..=5).rev() {
            // An estimate is preferred to an attribute, so line 2 comes last although it is
            // closest.
            assert_eq!(line(&remarks), expected);
            remarks.retain(|remark| remark.line != expected);
        }
        assert_eq!(decision(&remarks, &side()), Decision::Unseen);
    }

    #[test]
    fn another_source_is_another_key() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        let mut keys = vec![key(folder.path())];
        for text in ["fn one() {}", "fn two() {}"] {
            fs::write(folder.path().join("src/lib.rs"), text).unwrap();
            keys.push(key(folder.path()));
        }
        fs::rename(
            folder.path().join("src/lib.rs"),
            folder.path().join("src/main.rs"),
        )
        .unwrap();
        keys.push(key(folder.path()));
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }

    #[test]
    fn damaged_witnesses_are_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Witnesses::kept(folder.path()), None);
        fs::write(folder.path().join(FILE), "{\"key\":\"1\",\"sides\":{").unwrap();
        assert_eq!(Witnesses::kept(folder.path()), None);
    }
}
