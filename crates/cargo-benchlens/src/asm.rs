//! `benchlens asm`: the machine code of a case or a function, with its source and its counts.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use benchlens::assembly::{CaseCode, Code, Function, Image, Place, Syntax};
use benchlens::profile::callgrind::InstructionProfile;
use benchlens::profile::inlined::Symbols;
use benchlens::profile::stored::Profiles;
use benchlens::report::assembly::{Asked, AssemblyView, FunctionView, Order, text};
use benchlens::report::lines::sources::Sources;
use benchlens::report::plain;
use benchlens::{CaseId, Metric};

use crate::named::Named;
use crate::origin::Origin;
use crate::scope::Target;
use crate::{Format, Project, Usage, Verb, terminal};

/// How many instructions are shown on each side of a requested place.
const AROUND: usize = 12;

/// Show machine code with its source, and how often each instruction was executed
#[derive(clap::Parser)]
#[command(after_help = "Examples:
  {command} asm {subject}/{input}
  {command} asm {subject} --lines --intel
  {command} asm {subject} --function main --format json
  {command} asm main+0x9
  {command} asm main --executable ./program

NAME is a case, as `{command} table` names it: its functions are shown that hold code of the project, the
costliest first, and all else that it executed is named, so that the figures add up to those of the
table. Or it is a function, by its path or the end of it: it is shown as the case counted it that executed
most of it. `function+0x39` and an address, as a backtrace has them, are shown with their surroundings.

Calls are marked that allocate, free or panic. Instructions are those of x86-64.")]
pub(crate) struct Asm {
    /// A case; or a function, function+0x39, or an address
    #[arg(value_name = "NAME", required_unless_present = "files")]
    name: Option<String>,
    /// Show a function as this case executed it
    #[arg(long, value_name = "CASE")]
    case: Option<String>,
    /// Of a case, only the functions whose path ends with this, of the project or not
    #[arg(long, value_name = "FUNCTION", conflicts_with = "case")]
    function: Option<String>,
    /// The executable or library to search for a function, without counts
    #[arg(long, value_name = "FILE", conflicts_with_all = ["case", "function", "files"])]
    executable: Option<PathBuf>,
    /// How many functions
    #[arg(long, value_name = "N", default_value_t = 10)]
    count: usize,
    /// Write instructions as Intel does, destination first
    #[arg(long)]
    intel: bool,
    /// Line by line in the order of the source, all instructions of a line together
    #[arg(long)]
    lines: bool,
    /// Show every function of a chain of inlined ones, also those between whose source is not at hand
    #[arg(long)]
    chains: bool,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    origin: Origin,
}

impl Verb for Asm {
    fn run(self, project: &Project) -> anyhow::Result<ExitCode> {
        // Without sources, lines have numbers and no text.
        let sources = self.origin.sources(project).ok();
        let view = match &self.executable {
            Some(file) => self.view_of_file(file, sources.as_ref())?,
            None => self.view_of_results(project, sources.as_ref())?,
        };
        let has_source = |function: &FunctionView| {
            let mut rows = function.rows.iter();
            rows.any(|row| matches!(row, benchlens::report::assembly::Row::Source(_)))
        };
        if !view.functions.is_empty() && !view.functions.iter().any(has_source) {
            // A case can be measured again with debug information; an arbitrary file cannot.
            let how = match &self.executable {
                Some(_) => String::new(),
                None => format!("; `{} run` measures with it", project.command),
            };
            terminal::warn(format_args!(
                "{} has no debug information on these functions: only instructions are shown{how}",
                view.executable
            ));
        }
        match self.format {
            Format::Json => terminal::print_json(&view)?,
            Format::Text => {
                let executable = from_here(&view.executable);
                let view = AssemblyView { executable, ..view };
                terminal::print_styled(&text::render(&view, self.chains))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The path relative to the working folder if it is below that folder.
pub(crate) fn from_here(path: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = Path::new(path);
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// A function's executable, and the case that executed most of it.
struct Found {
    image: Image,
    counted: Option<(CaseId, InstructionProfile)>,
}

impl Asm {
    fn syntax(&self) -> Syntax {
        match self.intel {
            true => Syntax::Intel,
            false => Syntax::Att,
        }
    }

    fn order(&self) -> Order {
        match self.lines {
            true => Order::Source,
            false => Order::Address,
        }
    }

    /// The view of the case of this name if there is one, or else of the function.
    fn view_of_results(
        &self,
        project: &Project,
        sources: Option<&Sources>,
    ) -> anyhow::Result<AssemblyView> {
        let (targets, _kept) = self.origin.targets(project)?;
        let is_fit =
            |row: &benchlens::report::table::Row| row.count(Metric::Instructions).is_some();
        let named = Named::of(self.name.clone()).find(&targets, project, is_fit);
        let no_case = match named {
            Ok((target, case)) if self.case.is_none() => {
                return self.view_of_case(&target, &case, sources);
            }
            Ok(_) => String::new(),
            Err(error) => match error.downcast::<Usage>() {
                Ok(usage) => usage.to_string(),
                Err(other) => return Err(other),
            },
        };
        let only = match &self.case {
            Some(case) => {
                let (target, case) =
                    Named::of(Some(case.clone())).find(&targets, project, is_fit)?;
                vec![(target, vec![case])]
            }
            None => all_cases(targets, is_fit)?,
        };
        let place = Place::parse(self.name.as_deref().unwrap_or_default());
        let Some(found) = self.find(&place, &only)? else {
            let name = self.name.as_deref().unwrap_or_default();
            let reason = format!(
                "no function of the counted executables is called {}, and {no_case}",
                plain(name)
            );
            return Err(Usage(reason).into());
        };
        if found.counted.is_none() {
            terminal::warn(format_args!("no case executed it: its counts are n/a"));
        }
        self.view_of_place(&place, &found, sources)
    }

    /// The view of the machine code that a case executed.
    fn view_of_case(
        &self,
        target: &Target,
        case: &CaseId,
        sources: Option<&Sources>,
    ) -> anyhow::Result<AssemblyView> {
        let mut profiles = Profiles::of(&target.results)?;
        let (profile, executable) = self.counted(&mut profiles, case)?.with_context(|| {
            let results = target.results.display();
            format!("{results} has no instruction profile of {case}: run `cargo bench` to measure it again")
        })?;
        let executable = executable.map_err(|why| cannot_show(case, &why))?;
        let image = Image::load(&executable)?;
        let symbols = Symbols::load(&executable).ok();
        let wanted = self.function.as_ref().map(|name| image.named(name));
        let is_wanted = |code: &Code| match &wanted {
            Some(functions) => functions.iter().any(|it| it.address == code.address),
            None => sources.is_none_or(|sources| holds_code_of(code, sources)),
        };
        let code = CaseCode::new(&profile, &image, symbols.as_ref(), self.syntax(), is_wanted)
            .with_context(|| format!("cannot show the machine code of {case}"))?
            .costliest(self.count);
        if let Some(name) = &self.function
            && code.functions.is_empty()
        {
            let (name, case) = (plain(name), case.to_string());
            let reason = format!("{} executed no function called {name}", plain(&case));
            return Err(Usage(reason).into());
        }
        Ok(AssemblyView::of_case(case, &code, sources, self.order()))
    }

    /// The instruction profile of a case, and its executable. With `--profile`, an executable that is newer than
    /// the profile is not used.
    fn counted(
        &self,
        profiles: &mut Profiles,
        case: &CaseId,
    ) -> anyhow::Result<Option<(InstructionProfile, Result<PathBuf, String>)>> {
        let Some((profile, executable)) = profiles.by_address(case)? else {
            return Ok(None);
        };
        let executable = match self.origin.files.is_empty() {
            true => executable,
            false => (self.origin.executable_of(&profile)).map(Path::to_owned),
        };
        Ok(Some((profile, executable)))
    }

    /// The executable that holds a place, and the case that executed most of it.
    fn find(
        &self,
        place: &Place,
        targets: &[(Target, Vec<CaseId>)],
    ) -> anyhow::Result<Option<Found>> {
        let mut images: HashMap<PathBuf, Image> = HashMap::new();
        let mut best: Option<(u64, PathBuf, CaseId, InstructionProfile)> = None;
        let mut holder = None;
        let mut unusable = None;
        for (target, cases) in targets {
            let mut profiles = Profiles::of(&target.results)?;
            for case in cases {
                let Some((profile, executable)) = self.counted(&mut profiles, case)? else {
                    continue;
                };
                let path = match executable {
                    Ok(path) => path,
                    Err(why) => {
                        unusable.get_or_insert_with(|| cannot_show(case, &why));
                        continue;
                    }
                };
                if !images.contains_key(&path) {
                    images.insert(path.clone(), Image::load(&path)?);
                }
                let functions = functions_at(&images[&path], place);
                if functions.is_empty() {
                    continue;
                }
                let own = (profile.addresses.iter())
                    .filter(|cost| Path::new(&cost.object) == path)
                    .filter(|cost| functions.iter().any(|it| it.holds(cost.address)));
                let executed: u64 = own.map(|cost| cost.own).sum();
                holder.get_or_insert_with(|| path.clone());
                if executed > best.as_ref().map_or(0, |(most, ..)| *most) {
                    best = Some((executed, path, case.clone(), profile));
                }
            }
        }
        let found = match (best, holder, unusable) {
            (Some((_, path, case, profile)), ..) => (path, Some((case, profile))),
            (None, Some(path), _) => (path, None),
            (None, None, Some(why)) if images.is_empty() => return Err(why),
            (None, None, _) => return Ok(None),
        };
        Ok(images.remove(&found.0).map(|image| Found {
            image,
            counted: found.1,
        }))
    }

    /// A function or a place in it, with the counts of one case.
    fn view_of_place(
        &self,
        place: &Place,
        found: &Found,
        sources: Option<&Sources>,
    ) -> anyhow::Result<AssemblyView> {
        let image = &found.image;
        let symbols = Symbols::load(image.file()).ok();
        let wanted = functions_at(image, place);
        let executed = match &found.counted {
            Some((case, profile)) => {
                let is_wanted = |code: &Code| wanted.iter().any(|it| it.address == code.address);
                let code =
                    CaseCode::new(profile, image, symbols.as_ref(), self.syntax(), is_wanted);
                code.with_context(|| format!("cannot show the machine code of {case}"))?
                    .functions
            }
            None => Vec::new(),
        };
        let codes: Vec<Code> = match executed.is_empty() {
            false => executed,
            true => (wanted.iter())
                .map(|function| Code::decode(image, function, symbols.as_ref(), self.syntax()))
                .collect(),
        };
        if codes.len() > self.count {
            terminal::warn(format_args!(
                "{} functions have that name: the first {} are shown, others with --count",
                codes.len(),
                self.count
            ));
        }
        let mut view = AssemblyView {
            case: found.counted.as_ref().map(|(case, _)| case.clone()),
            executable: image.file().display().to_string(),
            total: found.counted.as_ref().map(|(_, profile)| profile.total),
            asked: Vec::new(),
            functions: Vec::new(),
            external: Vec::new(),
        };
        for code in codes.iter().take(self.count) {
            let address = match place {
                Place::Function(_) => None,
                Place::Offset { offset, .. } => code.address.checked_add(*offset),
                Place::Address(address) => Some(*address),
            };
            match address.and_then(|address| Asked::at(code, address, sources)) {
                Some((asked, index)) => {
                    view.asked.push(asked);
                    let near = FunctionView::near(code, index, AROUND, sources);
                    view.functions.push(near);
                }
                None => (view.functions).push(FunctionView::new(code, sources, self.order())),
            }
        }
        Ok(view)
    }

    /// A place in any executable or library.
    fn view_of_file(&self, file: &Path, sources: Option<&Sources>) -> anyhow::Result<AssemblyView> {
        let file = fs::canonicalize(file)
            .with_context(|| format!("cannot read the executable {}", file.display()))?;
        let name = self.name.as_deref().unwrap_or_default();
        let place = Place::parse(name);
        let image = Image::load(&file)?;
        if functions_at(&image, &place).is_empty() {
            return Err(Usage(no_function(&image, &place, name)).into());
        }
        let found = Found {
            image,
            counted: None,
        };
        self.view_of_place(&place, &found, sources)
    }
}

/// The functions that a place may be in.
fn functions_at<'a>(image: &'a Image, place: &Place) -> Vec<&'a Function> {
    match place {
        Place::Function(name) => image.named(name),
        Place::Offset { function, offset } => {
            let mut functions = image.named(function);
            // If a function ends with a call, the return address is just past its end.
            functions.retain(|function| *offset <= function.size);
            functions
        }
        // Likewise, an address may be just past the end of its function.
        Place::Address(address) => (image.at(*address))
            .or_else(|| image.at(address.checked_sub(1)?))
            .into_iter()
            .collect(),
    }
}

/// Every case with instructions, by target.
fn all_cases(
    targets: Vec<Target>,
    is_fit: impl Fn(&benchlens::report::table::Row) -> bool,
) -> anyhow::Result<Vec<(Target, Vec<CaseId>)>> {
    (targets.into_iter())
        .map(|target| {
            let rows = target.table()?.rows.into_iter();
            let cases = rows.filter(&is_fit).map(|row| row.info.id).collect();
            Ok((target, cases))
        })
        .collect()
}

/// Whether a function is the project's, or executed an instruction that was inlined from the project.
fn holds_code_of(code: &Code, sources: &Sources) -> bool {
    let executed = (code.instructions.iter()).filter(|it| it.executed.unwrap_or(0) > 0);
    let mut frames = executed.flat_map(|it| &it.chain);
    sources.is_of_project(&code.function, "")
        || frames.any(|frame| sources.is_of_project(&frame.function, &frame.file))
}

fn cannot_show(case: &CaseId, why: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "cannot show the machine code of {case}: {why}; `cargo bench` with this case measures it again"
    )
}

fn no_function(image: &Image, place: &Place, name: &str) -> String {
    let (file, name) = (image.file().display(), plain(name));
    match place {
        Place::Address(_) => format!(
            "{file} has no function at {name}: a running program's addresses are moved to where it was \
             loaded, which `trace` finds out from a whole backtrace"
        ),
        _ if image.functions().is_empty() => format!("{file} has no symbols: it was stripped"),
        Place::Offset { .. } => format!("{file} has no function that reaches to {name}"),
        Place::Function(_) => format!("{file} has no function called {name}"),
    }
}
