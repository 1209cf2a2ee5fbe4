//! The manifest's profile for benches.

use toml_edit::{DocumentMut, Item};

use crate::workspace::Workspace;

/// The profile of `cargo bench`, which inherits from the release profile.
pub(crate) struct Profile(DocumentMut);

impl Profile {
    pub(crate) fn of(workspace: &Workspace) -> Self {
        let text = std::fs::read_to_string(workspace.root.join("Cargo.toml"));
        Self(text.unwrap_or_default().parse().unwrap_or_default())
    }

    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        let variable = |profile: &str| {
            let name = name.to_uppercase().replace('-', "_");
            std::env::var(format!("CARGO_PROFILE_{profile}_{name}")).ok()
        };
        let written = |profile: &str| {
            let value = self.0.get("profile")?.get(profile)?.get(name)?;
            Some(match value {
                Item::Value(toml_edit::Value::String(text)) => text.value().clone(),
                other => other.to_string().trim().to_owned(),
            })
        };
        variable("BENCH")
            .or_else(|| written("bench"))
            .or_else(|| variable("RELEASE"))
            .or_else(|| written("release"))
    }

    /// The environment variable that enables line tables, if no setting exists.
    pub(crate) fn line_tables_override(&self) -> Option<(&'static str, &'static str)> {
        let is_said = self.setting("debug").is_some();
        (!is_said).then_some(("CARGO_PROFILE_BENCH_DEBUG", "1"))
    }
}
