//! Finds criterion in a manifest, in any table, and replaces it by the drop-in.

use std::path::{Path, PathBuf};

use anyhow::Context;
use toml_edit::{DocumentMut, InlineTable, Item, TableLike, Value};

/// The package of the drop-in.
pub(super) const PACKAGE: &str = "benchlens-criterion";
const CRITERION: &str = "criterion";
/// The criterion version whose API the drop-in has.
pub(super) const VERSION: &str = "0.8";

/// Keys for the source of a package, which are replaced by those of the drop-in.
const ORIGINS: [&str; 8] = [
    "version",
    "path",
    "git",
    "branch",
    "tag",
    "rev",
    "registry",
    "registry-index",
];
/// The tables of dependencies that a bench can use.
const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "dev_dependencies"];

/// Where the drop-in comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DropIn {
    /// The registry.
    Published,
    /// A folder with the package.
    Folder(PathBuf),
}

impl DropIn {
    /// The drop-in in `folder`, which is its package's folder or the root of its repository.
    pub(crate) fn at(folder: &Path) -> anyhow::Result<Self> {
        let is_it = |folder: &PathBuf| {
            let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
            let manifest: DocumentMut = manifest.parse().unwrap_or_default();
            let name = manifest
                .get("package")
                .and_then(|package| package.get("name"));
            name.and_then(Item::as_str) == Some(PACKAGE)
        };
        let places = [folder.to_owned(), folder.join("crates/criterion")];
        let found = places
            .into_iter()
            .find(is_it)
            .with_context(|| format!("{} does not hold the package {PACKAGE}", folder.display()))?;
        let found = found.canonicalize();
        Ok(Self::Folder(found.with_context(|| {
            format!("cannot find {}", folder.display())
        })?))
    }

    fn origin(&self) -> (&'static str, String) {
        match self {
            Self::Published => ("version", VERSION.to_owned()),
            Self::Folder(path) => ("path", path.display().to_string()),
        }
    }
}

/// The manifest with criterion replaced by the drop-in; `None` if it does not depend on criterion.
pub(crate) fn adopt(text: &str, drop_in: &DropIn) -> anyhow::Result<Option<String>> {
    let mut manifest: DocumentMut = text.parse()?;
    let mut has_changed = false;
    each_dependency(manifest.as_table_mut(), &mut |name, dependency| {
        if is_criterion(name, dependency) {
            exchange(dependency, drop_in);
            has_changed = true;
        }
    });
    Ok(has_changed.then(|| manifest.to_string()))
}

/// Where a manifest in `folder` takes the drop-in from; `None` if it does not depend on the drop-in.
pub(crate) fn drop_in_of(text: &str, folder: &Path) -> Option<DropIn> {
    let mut manifest: DocumentMut = text.parse().ok()?;
    let mut found = None;
    each_dependency(manifest.as_table_mut(), &mut |_, dependency| {
        if field(dependency, "package") == Some(PACKAGE) {
            found = Some(match field(dependency, "path") {
                Some(path) => DropIn::Folder(folder.join(path)),
                None => DropIn::Published,
            });
        }
    });
    found
}

/// Calls `seen` with each dependency: of the package, of a target, and of the workspace.
fn each_dependency(manifest: &mut dyn TableLike, seen: &mut dyn FnMut(&str, &mut Item)) {
    each_in(manifest, seen);
    for (_, target) in entries(manifest, "target") {
        if let Some(target) = target.as_table_like_mut() {
            each_in(target, seen);
        }
    }
    if let Some(workspace) = manifest
        .get_mut("workspace")
        .and_then(Item::as_table_like_mut)
    {
        each_in(workspace, seen);
    }
}

fn each_in(table: &mut dyn TableLike, seen: &mut dyn FnMut(&str, &mut Item)) {
    for name in TABLES {
        for (name, dependency) in entries(table, name) {
            seen(&name, dependency);
        }
    }
}

fn entries<'a>(
    table: &'a mut dyn TableLike,
    name: &str,
) -> impl Iterator<Item = (String, &'a mut Item)> {
    let inner = table.get_mut(name).and_then(Item::as_table_like_mut);
    inner
        .into_iter()
        .flat_map(|table| table.iter_mut())
        .map(|(key, item)| (key.get().to_owned(), item))
}

/// Whether a dependency is criterion itself, under any name. Inherited dependencies are changed in the
/// workspace's table.
fn is_criterion(name: &str, dependency: &Item) -> bool {
    let is_inherited = (dependency.as_table_like())
        .and_then(|table| table.get("workspace"))
        .and_then(Item::as_bool)
        .unwrap_or(false);
    !is_inherited && field(dependency, "package").unwrap_or(name) == CRITERION
}

fn field<'a>(dependency: &'a Item, name: &str) -> Option<&'a str> {
    dependency.as_table_like()?.get(name)?.as_str()
}

fn exchange(dependency: &mut Item, drop_in: &DropIn) {
    let (key, origin) = drop_in.origin();
    match dependency {
        Item::Value(Value::InlineTable(table)) => exchange_inline(table, key, origin),
        Item::Value(version) => {
            let decor = version.decor().clone();
            let mut table = InlineTable::new();
            table.insert("package", PACKAGE.into());
            table.insert(key, origin.into());
            *version = Value::InlineTable(table);
            *version.decor_mut() = decor;
        }
        Item::Table(table) => {
            replace_origin(table, key, origin);
        }
        _ => {}
    }
}

/// Replaces the first key for the source, so that its position and comments stay, and removes the
/// others.
fn replace_origin(table: &mut toml_edit::Table, key: &str, origin: String) {
    let first = ORIGINS.into_iter().find(|name| table.contains_key(name));
    for name in ORIGINS.iter().filter(|name| Some(**name) != first) {
        table.remove(name);
    }
    match first {
        Some(first) if first == key => set(table, key, origin),
        Some(first) => {
            table.remove(first);
            table.insert(key, toml_edit::value(origin));
        }
        None => {
            table.insert(key, toml_edit::value(origin));
        }
    }
    match table.contains_key("package") {
        true => set(table, "package", PACKAGE.to_owned()),
        false => {
            table.insert("package", toml_edit::value(PACKAGE));
        }
    }
}

/// Sets a value, keeping the space and comment of the old one.
fn set(table: &mut dyn TableLike, key: &str, text: String) {
    if let Some(value) = table.get_mut(key).and_then(Item::as_value_mut) {
        let decor = value.decor().clone();
        *value = text.into();
        *value.decor_mut() = decor;
    }
}

fn exchange_inline(table: &mut InlineTable, key: &str, origin: String) {
    let end = take_end(table);
    for name in ORIGINS.iter().filter(|name| **name != key) {
        table.remove(name);
    }
    for (key, text) in [(key, origin), ("package", PACKAGE.to_owned())] {
        match table.contains_key(key) {
            true => set(table, key, text),
            false => {
                table.insert(key, text.into());
            }
        }
    }
    if let Some((_, last)) = table.iter_mut().last() {
        last.decor_mut().set_suffix(end);
    }
}

/// Takes the text between the last value and the closing brace, to be put back before the brace.
fn take_end(table: &mut InlineTable) -> String {
    let Some((_, last)) = table.iter_mut().last() else {
        return String::new();
    };
    let suffix = last.decor().suffix().and_then(|suffix| suffix.as_str());
    let suffix = suffix.unwrap_or_default().to_owned();
    last.decor_mut().set_suffix("");
    suffix
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adopted(text: &str) -> String {
        adopt(text, &DropIn::Published).unwrap().unwrap()
    }

    #[test]
    fn the_line_changes_wherever_it_stands_and_nothing_else_does() {
        for (before, after) in [
            (
                "[dev-dependencies]\n# timing\ncriterion = \"0.5\" # why\nrand = \"0.8\"\n",
                "[dev-dependencies]\n# timing\ncriterion = { package = \"benchlens-criterion\", version = \"0.8\" } # why\nrand = \"0.8\"\n",
            ),
            (
                "[dev-dependencies]\ncriterion = { version = \"0.5\", default-features = false, features = [\"rayon\"] }\n",
                "[dev-dependencies]\ncriterion = { version = \"0.8\", default-features = false, features = [\"rayon\"], package = \"benchlens-criterion\" }\n",
            ),
            (
                "[dev-dependencies.criterion]\nversion = \"0.5\" # old\nfeatures = [\"html_reports\"]\n\n[profile.bench]\nlto = true\n",
                "[dev-dependencies.criterion]\nversion = \"0.8\" # old\nfeatures = [\"html_reports\"]\npackage = \"benchlens-criterion\"\n\n[profile.bench]\nlto = true\n",
            ),
            (
                "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\ncriterion = \"0.7\"\n",
                "[workspace]\nmembers = [\"a\"]\n[workspace.dependencies]\ncriterion = { package = \"benchlens-criterion\", version = \"0.8\" }\n",
            ),
            (
                "[target.'cfg(unix)'.dev-dependencies]\nbench = { package = \"criterion\", version = \"0.5\" }\n",
                "[target.'cfg(unix)'.dev-dependencies]\nbench = { package = \"benchlens-criterion\", version = \"0.8\" }\n",
            ),
            (
                "[dev-dependencies]\ncriterion.version = \"0.5\"\ncriterion.default-features = false\n",
                "[dev-dependencies]\ncriterion.version = \"0.8\"\ncriterion.default-features = false\ncriterion.package = \"benchlens-criterion\"\n",
            ),
            (
                "[dev-dependencies]\ncriterion = {git = \"https://example.org/c\", rev = \"1\"}\n",
                "[dev-dependencies]\ncriterion = { version = \"0.8\", package = \"benchlens-criterion\"}\n",
            ),
        ] {
            let found = adopted(before);
            assert_eq!(found, after);
            assert_eq!(adopt(&found, &DropIn::Published).unwrap(), None);
            assert_eq!(drop_in_of(&found, Path::new("")), Some(DropIn::Published));
        }
    }

    #[test]
    fn what_is_inherited_or_another_package_stays() {
        for text in [
            "[dev-dependencies]\ncriterion = { workspace = true }\n",
            "[dev-dependencies]\ncriterion.workspace = true\n",
            "[dev-dependencies]\ncriterion = { package = \"codspeed-criterion-compat\", version = \"2\" }\n",
            "[package]\nname = \"criterion\"\n",
        ] {
            assert_eq!(adopt(text, &DropIn::Published).unwrap(), None, "{text}");
        }
        assert!(adopt("[dev-dependencies", &DropIn::Published).is_err());
    }

    #[test]
    fn a_folder_takes_the_place_of_a_version() {
        let folder = DropIn::Folder("/there".into());
        let text =
            "[dev-dependencies]\ncriterion = { version = \"0.5\", features = [\"rayon\"] }\n";
        let found = adopt(text, &folder).unwrap().unwrap();
        assert!(!found.contains("version"), "{found}");
        assert!(found.contains("path = \"/there\""), "{found}");
        assert_eq!(drop_in_of(&found, Path::new("/m")), Some(folder));
    }
}
