//! The documents: their links lead somewhere, their figures stand in the records they name, and the list of
//! scripts is complete.

use std::fs;
use std::path::{Path, PathBuf};

mod promises;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The documents that a reader of the repository opens.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "DESIGN.md",
    "SECURITY.md",
    "docs/guide.md",
    "docs/suite.md",
    "results/README.md",
    "crates/cargo-benchlens/README.md",
    "crates/criterion/README.md",
    "crates/live/README.md",
];

/// The lines outside of fenced blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The targets of a document's links and pictures.
fn links(text: &str) -> Vec<String> {
    let lines: Vec<_> = prose(text).collect();
    (lines.join("\n").split("](").skip(1))
        .filter_map(|after| Some(after.split_once(')')?.0.to_owned()))
        .collect()
}

/// The anchor that a heading has on the usual hosts.
fn anchor(heading: &str) -> String {
    let kept = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|letter| kept(*letter))
        .collect::<String>()
        .replace(' ', "-")
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    for document in DOCUMENTS {
        let text = read(document);
        for link in links(&text).iter().filter(|link| !link.contains("://")) {
            let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
            let folder = Path::new(document).parent().unwrap();
            let target: PathBuf = match path {
                "" => root().join(document),
                path => root().join(folder).join(path),
            };
            assert!(target.exists(), "{document}: no {link}");
            if !fragment.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                let is_there = prose(&text)
                    .filter(|line| line.starts_with('#'))
                    .any(|heading| anchor(heading) == fragment);
                assert!(is_there, "{document}: no heading for {link}");
            }
            followed += 1;
        }
    }
    assert!(followed > 50, "{followed}");
}

/// The lines of the block, or of the table, after a comment that names a record.
fn quoted(after: &str) -> Vec<&str> {
    let lines = after.lines().map(str::trim_end);
    let mut lines = lines.skip_while(|line| line.is_empty()).peekable();
    if lines.peek().is_some_and(|line| line.starts_with("```")) {
        lines
            .skip(1)
            .take_while(|line| !line.starts_with("```"))
            .collect()
    } else {
        lines.take_while(|line| line.starts_with('|')).collect()
    }
}

#[test]
fn every_quoted_figure_stands_in_the_record_it_names() {
    let mut compared = 0;
    for document in DOCUMENTS {
        let text = read(document);
        for block in text.split("<!-- from ").skip(1) {
            let (path, after) = block.split_once(" -->").unwrap();
            let record = read(path);
            let record: Vec<_> = record.lines().map(str::trim_end).collect();
            // `…` stands for lines left out; a prompt is not a part of the output.
            let is_output = |line: &&str| !line.starts_with("$ ") && *line != "…";
            for line in quoted(after).into_iter().filter(is_output) {
                assert!(record.contains(&line), "{document}: not in {path}: {line}");
                compared += 1;
            }
        }
    }
    assert!(compared > 50, "{compared}");
}

#[test]
fn contributing_has_a_line_for_every_script() {
    let text = read("CONTRIBUTING.md");
    let rows: Vec<_> = text.lines().filter(|it| it.starts_with("| `")).collect();
    let mut scripts = 0;
    for entry in fs::read_dir(root().join("scripts")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with('.') || name == "__pycache__" {
            continue;
        }
        let row = format!("| `{name}` |");
        let found = rows.iter().filter(|line| line.starts_with(&row)).count();
        assert_eq!(found, 1, "scripts/{name} in CONTRIBUTING.md");
        scripts += 1;
    }
    assert!(scripts > 30, "{scripts}");
}

#[test]
fn the_readme_stays_short() {
    assert!(read("README.md").lines().count() < 300);
}
