//! The machine code that a case executed, with the count of each instruction.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Code, Error, Image, Syntax};
use crate::profile::callgrind::{CallSite, InstructionProfile};
use crate::profile::inlined::Symbols;

/// The code that a case executed, by function. The parts add up to the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseCode {
    /// The number of instructions executed.
    pub total: u64,
    /// The executable.
    pub executable: String,
    /// The decoded functions, the costliest first.
    pub functions: Vec<Code>,
    /// The functions that are only named, the costliest first.
    pub external: Vec<External>,
}

/// A function that is not decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {
    /// The function, as the symbols or callgrind name it.
    pub function: String,
    /// The executable or library that holds it.
    pub object: String,
    /// Instructions executed in it.
    pub instructions: u64,
}

/// A case's instruction counts, split by location.
#[derive(Default)]
struct Shares {
    /// In the image, by the address of the instruction.
    executed: BTreeMap<u64, u64>,
    /// In the image, by the address of the function.
    by_function: BTreeMap<u64, u64>,
    /// Outside of the image, by function and object.
    external: HashMap<(String, String), u64>,
}

impl Shares {
    fn of(profile: &InstructionProfile, image: &Image) -> Self {
        let mut shares = Self::default();
        for cost in &profile.addresses {
            let is_own = Path::new(&cost.object) == image.file();
            match image.at(cost.address).filter(|_| is_own) {
                Some(function) => {
                    *shares.executed.entry(cost.address).or_default() += cost.own;
                    *shares.by_function.entry(function.address).or_default() += cost.own;
                }
                None => {
                    let place = (cost.function.clone(), cost.object.clone());
                    *shares.external.entry(place).or_default() += cost.own;
                }
            }
        }
        shares
    }
}

impl CaseCode {
    /// Joins the counts in `profile` with the code in `image`. Functions for which `is_wanted` is false, and those
    /// of other objects, such as libc, are only named.
    ///
    /// # Errors
    ///
    /// [`Error::OtherCode`] if an executed address is not the beginning of an instruction,
    /// [`Error::Total`] if the parts do not add up.
    pub fn new(
        profile: &InstructionProfile,
        image: &Image,
        symbols: Option<&Symbols>,
        syntax: Syntax,
        mut is_wanted: impl FnMut(&Code) -> bool,
    ) -> Result<Self, Error> {
        let Shares {
            executed,
            by_function,
            mut external,
        } = Shares::of(profile, image);
        let mut functions = Vec::new();
        for (address, instructions) in by_function {
            let Some(function) = image.at(address) else {
                continue;
            };
            let mut code = Code::decode(image, function, symbols, syntax);
            if let Some(address) = code.count(&executed) {
                return Err(Error::OtherCode {
                    file: image.file().to_owned(),
                    address,
                    function: code.function,
                });
            }
            let reached: Vec<&CallSite> = (profile.call_sites.iter())
                .filter(|call| function.holds(call.address))
                .filter(|call| Path::new(&call.object) == image.file())
                .collect();
            code.add_reached(&reached);
            if is_wanted(&code) {
                functions.push(code);
            } else {
                let place = (code.function, image.file().display().to_string());
                *external.entry(place).or_default() += instructions;
            }
        }
        Self {
            total: profile.total,
            executable: image.file().display().to_string(),
            functions,
            external: (external.into_iter())
                .map(|((function, object), instructions)| External {
                    function,
                    object,
                    instructions,
                })
                .collect(),
        }
        .checked(image.file())
    }

    /// Keeps the code of the `count` costliest functions; others are only named.
    #[must_use]
    pub fn costliest(mut self, count: usize) -> Self {
        let rest = self.functions.split_off(count.min(self.functions.len()));
        self.external.extend(rest.into_iter().map(|code| External {
            instructions: code.executed().unwrap_or(0),
            function: code.function,
            object: self.executable.clone(),
        }));
        self.sort();
        self
    }

    fn sort(&mut self) {
        let cost = |code: &Code| code.executed().unwrap_or(0);
        self.functions
            .sort_by_key(|code| (std::cmp::Reverse(cost(code)), code.address));
        self.external.sort_by(|left, right| {
            let order = right.instructions.cmp(&left.instructions);
            order
                .then_with(|| (&left.function, &left.object).cmp(&(&right.function, &right.object)))
        });
    }

    /// Sorts the functions, and checks that the parts add up to the total.
    fn checked(mut self, file: &Path) -> Result<Self, Error> {
        self.sort();
        let cost = |code: &Code| code.executed().unwrap_or(0);
        let decoded: u64 = self.functions.iter().map(cost).sum();
        let others: u64 = self.external.iter().map(|it| it.instructions).sum();
        match decoded + others == self.total {
            true => Ok(self),
            false => Err(Error::Total {
                file: file.to_owned(),
                sum: decoded + others,
                total: self.total,
            }),
        }
    }
}
