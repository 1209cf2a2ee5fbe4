//! `doctor`: lists on one screen what prevents figures or makes them doubtful.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use benchlens::store::{Environment, load};

use crate::adopt::manifest;
use crate::bench_profile::Profile;
use crate::scope::WorkspaceArgument;
use crate::workspace::Workspace;
use crate::{Project, Verb, terminal};

/// List what prevents figures here, or makes them doubtful
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} doctor

Exit codes: 0 nothing is missing, whatever is doubtful; 1 a lens cannot look.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    workspace: WorkspaceArgument,
}

/// The severity of a finding.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Fine,
    /// Figures are taken but may mislead.
    Doubtful,
    /// Figures are not taken.
    Missing,
}

/// One line of the screen.
struct Finding {
    name: &'static str,
    state: State,
    words: String,
}

impl Finding {
    fn new(name: &'static str, state: State, words: impl Into<String>) -> Self {
        Self {
            name,
            state,
            words: words.into(),
        }
    }
}

impl Verb for Doctor {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        let workspace = self.workspace.find()?;
        let environment = Environment::describe();
        let findings = [
            drop_in(&workspace, project),
            valgrind(),
            debug_information(&workspace, project),
            optimisation(&workspace),
            allocator(&workspace),
            target_cpu(&workspace),
            governor(&environment),
            busy(&environment),
        ];
        let mut text = String::new();
        for finding in &findings {
            let state = match finding.state {
                State::Fine => "ok",
                State::Doubtful => "doubtful",
                State::Missing => "MISSING",
            };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{state:<9} {:<18} {}", finding.name, finding.words);
        }
        terminal::print(&text)?;
        let is_whole = findings.iter().all(|it| it.state != State::Missing);
        Ok(ExitCode::from(u8::from(!is_whole)))
    }
}

fn drop_in(workspace: &Workspace, project: &Project) -> Finding {
    const NAME: &str = "drop-in";
    let uses = |needle: fn(&str) -> bool| {
        (workspace.manifests().iter())
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .any(|text| needle(&text))
    };
    if uses(|text| manifest::drop_in_of(text, Path::new("")).is_some()) {
        return Finding::new(NAME, State::Fine, "benches use it instead of criterion");
    }
    // A bench may also use the harness directly.
    if uses(|text| text.contains("benchlens")) {
        return Finding::new(NAME, State::Fine, "benches use the harness itself");
    }
    let words = format!(
        "no manifest depends on it: `{} adopt` changes one line",
        project.command
    );
    Finding::new(NAME, State::Missing, words)
}

fn valgrind() -> Finding {
    const NAME: &str = "valgrind";
    let output = Command::new("valgrind").arg("--version").output();
    match output {
        Ok(output) if output.status.success() => {
            let version = String::from_utf8_lossy(&output.stdout);
            Finding::new(NAME, State::Fine, version.trim())
        }
        _ if cfg!(all(target_os = "linux", target_arch = "x86_64")) => Finding::new(
            NAME,
            State::Missing,
            "not found, so instructions are n/a: apt-get install valgrind",
        ),
        _ => Finding::new(
            NAME,
            State::Missing,
            "instructions are counted on Linux x86-64 only, and are n/a here",
        ),
    }
}

fn debug_information(workspace: &Workspace, project: &Project) -> Finding {
    const NAME: &str = "debug information";
    let profile = Profile::of(workspace);
    let debug = profile.setting("debug");
    let is_off = matches!(
        debug.as_deref(),
        None | Some("false" | "0" | "none" | "line-directives-only")
    );
    let strips =
        (profile.setting("strip")).is_some_and(|strip| !matches!(strip.as_str(), "false" | "none"));
    match (is_off, strips) {
        (false, false) => Finding::new(
            NAME,
            State::Fine,
            format!("debug = {} in the bench profile", debug.unwrap_or_default()),
        ),
        (_, true) => Finding::new(
            NAME,
            State::Doubtful,
            "the bench profile strips it, so there are no lines: set strip = false in [profile.bench]",
        ),
        _ => Finding::new(
            NAME,
            State::Doubtful,
            format!(
                "none in the bench profile, so there are no lines: `{} run` enables it, or set debug = 1 in [profile.bench]",
                project.command
            ),
        ),
    }
}

fn optimisation(workspace: &Workspace) -> Finding {
    const NAME: &str = "LTO and units";
    let profile = Profile::of(workspace);
    let lto = profile.setting("lto").unwrap_or_else(|| "false".to_owned());
    let units = profile.setting("codegen-units");
    let words = format!(
        "lto = {lto}, codegen-units = {}",
        units.as_deref().unwrap_or("16")
    );
    let is_whole = matches!(lto.as_str(), "true" | "fat") || units.as_deref() == Some("1");
    match is_whole {
        true => Finding::new(NAME, State::Fine, words),
        false => Finding::new(
            NAME,
            State::Doubtful,
            format!(
                "{words}: unchanged code may be inlined differently; codegen-units = 1 makes counts more stable"
            ),
        ),
    }
}

fn allocator(workspace: &Workspace) -> Finding {
    const NAME: &str = "allocator";
    let declares = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        (text.lines().map(str::trim_start)).any(|line| line.starts_with("#[global_allocator]"))
    };
    match workspace.rust_files().into_iter().find(declares) {
        None => Finding::new(NAME, State::Fine, "no #[global_allocator] of your own"),
        Some(path) => Finding::new(
            NAME,
            State::Doubtful,
            format!(
                "{} declares one, which does not link beside the counting one: see the drop-in's README",
                path.strip_prefix(&workspace.root)
                    .unwrap_or(&path)
                    .display()
            ),
        ),
    }
}

fn target_cpu(workspace: &Workspace) -> Finding {
    const NAME: &str = "target-cpu";
    let (flags, origin) = match std::env::var("RUSTFLAGS") {
        Ok(flags) => (flags, "RUSTFLAGS".to_owned()),
        Err(_) => configured_flags(&workspace.root).unwrap_or_default(),
    };
    match flags.split_once("target-cpu=") {
        None => Finding::new(NAME, State::Fine, "the default"),
        Some((_, rest)) => {
            let cpu: String = (rest.chars())
                .take_while(|letter| letter.is_ascii_alphanumeric() || "-_".contains(*letter))
                .collect();
            let words = format!(
                "{cpu}, by {origin}: counts are valid for such processors only, and valgrind does not support AVX-512"
            );
            Finding::new(NAME, State::Doubtful, words)
        }
    }
}

/// The compiler flags in cargo's configuration, in any table, with the name of the file.
fn configured_flags(root: &Path) -> Option<(String, String)> {
    let homes = root.ancestors().map(|folder| folder.join(".cargo"));
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let files = (homes.chain(home))
        .flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(name)));
    files.into_iter().find_map(|file| {
        let text = std::fs::read_to_string(&file).ok()?;
        let flags = text.lines().find(|line| line.contains("target-cpu"))?;
        Some((flags.to_owned(), file.display().to_string()))
    })
}

fn governor(environment: &Environment) -> Finding {
    const NAME: &str = "frequency";
    match environment.governor.as_str() {
        "performance" => Finding::new(NAME, State::Fine, "governor performance"),
        "unknown" | "" => Finding::new(
            NAME,
            State::Doubtful,
            "no governor is known, as in most virtual machines: times may drift, counts do not",
        ),
        governor => Finding::new(
            NAME,
            State::Doubtful,
            format!("governor {governor} scales it: times drift, counts do not"),
        ),
    }
}

fn busy(environment: &Environment) -> Finding {
    const NAME: &str = "load";
    let cores = environment.cores;
    match load() {
        None => Finding::new(NAME, State::Fine, "not known on this system"),
        Some(load) if load > cores as f64 / 2.0 => Finding::new(
            NAME,
            State::Doubtful,
            format!("{load:.1} on {cores} cores: times are not to be trusted now, counts are"),
        ),
        Some(load) => Finding::new(NAME, State::Fine, format!("{load:.1} on {cores} cores")),
    }
}
