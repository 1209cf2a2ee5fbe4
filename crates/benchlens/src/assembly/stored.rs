//! The machine code of a case's functions, stored beside its profile.
//!
//! A profile outlives its executable, which the next build replaces. So the code that the page shows is decoded
//! once, while the executable exists, and stored as compressed JSON.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use super::{CaseCode, Code, Function, Image, Syntax};
use crate::profile::inlined::Symbols;
use crate::profile::stored::Profiles;
use crate::{CaseId, Lens, store};

/// The code of `functions`, with a case's counts; functions without machine code of their own are left out. It comes
/// from storage, or else from the executable that was counted.
///
/// # Errors
///
/// The reason why there is no code, for a person.
pub(crate) fn of_case(
    profiles: &mut Profiles,
    case: &CaseId,
    functions: &[&str],
) -> Result<Vec<Code>, String> {
    let no_profile = || "its run left no instruction profile".to_owned();
    let path = (profiles.path(Lens::Instructions, case)).ok_or_else(no_profile)?;
    let stored = path.with_extension("asm.json.gz");
    if let Some(code) = read(&stored) {
        return Ok(code);
    }
    let found = profiles
        .by_address(case)
        .map_err(|error| error.to_string())?;
    let (counted, executable) = found.ok_or_else(no_profile)?;
    let executable = executable?;
    let words = |error: super::Error| error.to_string();
    let image = Image::load(&executable).map_err(words)?;
    let symbols = Symbols::load(&executable).ok();
    let wanted: Vec<&Function> = functions
        .iter()
        .flat_map(|name| image.named(name))
        .collect();
    let is_wanted = |code: &Code| wanted.iter().any(|it| it.address == code.address);
    let decoded = CaseCode::new(&counted, &image, symbols.as_ref(), Syntax::Att, is_wanted);
    let mut code = decoded.map_err(words)?.functions;
    let place = |code: &Code| wanted.iter().position(|it| it.address == code.address);
    code.sort_by_key(place);
    // If it cannot be stored, the next page decodes it again.
    let _ = write(&stored, &code);
    Ok(code)
}

fn read(stored: &Path) -> Option<Vec<Code>> {
    serde_json::from_reader(GzDecoder::new(File::open(stored).ok()?)).ok()
}

fn write(stored: &Path, code: &[Code]) -> Option<()> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, code).ok()?;
    encoder.flush().ok()?;
    store::folder::write(stored, &encoder.finish().ok()?).ok()
}
