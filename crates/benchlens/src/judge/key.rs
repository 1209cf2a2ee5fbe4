//! What a baseline is valid for.

use serde::{Deserialize, Serialize};

use crate::Lens;
use crate::store::RunRecord;

/// What a baseline is valid for: `key.json`, one flat object of strings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The compiler's version.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// The flags of the profile.
    pub profile: String,
    /// The processor features that code may dispatch on, as the instruction lens saw them; valgrind
    /// hides some.
    pub cpu_features: String,
    /// The C library's version.
    pub libc: String,
    /// How many threads the processor offers.
    pub threads: String,
}

impl Key {
    /// The key of the results that `record` describes.
    pub fn of(record: &RunRecord) -> Self {
        let environment = &record.environment;
        let counted = record.lenses.get(&Lens::Instructions);
        Self {
            rustc: environment.rustc.clone(),
            target: environment.target.clone(),
            profile: environment.profile.clone(),
            cpu_features: counted.map_or_else(String::new, |run| run.features.clone()),
            libc: environment.libc.clone(),
            threads: environment.cores.to_string(),
        }
    }

    /// Each field with its name in the file.
    pub fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("rustc", &self.rustc),
            ("target", &self.target),
            ("profile", self.flags()),
            ("cpu_features", &self.cpu_features),
            ("libc", &self.libc),
            ("threads", &self.threads),
        ]
    }

    /// Whether heap figures under both keys are comparable. Heap figures depend on the compiled
    /// code, not on the processor.
    pub(super) fn allows_heap(&self, other: &Self) -> bool {
        let compiled = |key: &Self| {
            (
                key.rustc.clone(),
                key.target.clone(),
                key.flags().to_owned(),
            )
        };
        compiled(self) == compiled(other)
    }

    /// The profile's flags that affect a count. Debug information, the last flag, does not.
    fn flags(&self) -> &str {
        match self.profile.split_once(" debug=") {
            Some((flags, _)) => flags,
            None => &self.profile,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Environment, LensRun};

    #[test]
    fn a_key_is_exactly_its_six_strings() {
        let json = serde_json::to_string(&Key::default()).unwrap();
        assert!(serde_json::from_str::<Key>(&json).is_ok());
        assert!(serde_json::from_str::<Key>("{}").is_err());
        assert!(serde_json::from_str::<Key>(&json.replace("libc", "glibc")).is_err());
    }

    #[test]
    fn debug_information_is_no_difference() {
        let key = |profile: &str| Key {
            profile: profile.to_owned(),
            ..Key::default()
        };
        let (with, without) = (
            key("opt-level=3 debug=true"),
            key("opt-level=3 debug=false"),
        );
        assert_eq!(with.fields(), without.fields());
        assert!(with.allows_heap(&without));
        assert!(!with.allows_heap(&key("opt-level=2 debug=true")));
    }

    #[test]
    fn the_features_are_those_that_the_instruction_lens_saw() {
        let run = |features: &str| LensRun {
            features: features.to_owned(),
            ..LensRun::default()
        };
        let record = RunRecord {
            environment: Environment {
                cores: 2,
                ..Environment::default()
            },
            lenses: [
                (Lens::Heap, run("avx2 avx512f")),
                (Lens::Instructions, run("avx2")),
            ]
            .into(),
        };
        let key = Key::of(&record);
        assert_eq!((&*key.cpu_features, &*key.threads), ("avx2", "2"));
    }
}
