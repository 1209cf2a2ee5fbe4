//! Evidence of inlining, on a small library compiled by the real compiler.

use std::path::Path;

use benchlens::evidence::machine_code::{AllocatorCalls, allocator_calls};
use benchlens::evidence::remarks::Remark;
use tempfile::tempdir;

use crate::{PAIR, compile};

/// Follows [`PAIR`] in the source.
const BOTH: &str = "
#[inline(never)]
pub fn both(number: u64) -> Vec<u64> { vec![*boxed_inlined(number), 3] }
";

fn remarks(folder: &Path) -> Vec<Remark> {
    let arguments = ["--crate-type", "lib", "-C", "remark=inline"];
    let output = compile(folder, "pair.rs", &[PAIR, BOTH].concat(), &arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    said.lines().filter_map(Remark::parse).collect()
}

#[test]
fn code_and_compiler_tell_a_kept_allocation_from_a_deleted_one() {
    let folder = tempdir().unwrap();
    let remarks = remarks(folder.path());
    let functions = [
        "pair::called",
        "pair::boxed_called",
        "pair::inlined",
        "pair::boxed_inlined",
        "pair::both",
    ];
    let calls = allocator_calls(&folder.path().join("libpair.rlib"), &functions).unwrap();
    let code = |kept, deleted| Some(AllocatorCalls { kept, deleted });
    let of = |name: &str| calls.get(&format!("pair::{name}")).copied();
    assert_eq!(of("called"), code(0, 0));
    assert_eq!(of("boxed_called"), code(1, 0));
    assert_eq!(of("inlined"), code(0, 1));
    assert_eq!(of("boxed_inlined"), None, "all its calls are inlined");
    assert_eq!(of("both"), code(1, 1));

    let kept = remarks
        .iter()
        .find(|remark| remark.callee == "pair::boxed_called" && remark.caller == "pair::called")
        .unwrap();
    assert!(!kept.inlined && kept.file.ends_with("pair.rs"));
    assert_eq!(kept.line, 9);
    assert_eq!(kept.reason.as_deref(), Some("noinline function attribute"));
    assert!(remarks.iter().any(|remark| {
        remark.inlined
            && remark.caller == "pair::inlined"
            && remark
                .chain
                .iter()
                .any(|name| name == "pair::boxed_inlined")
    }));
}

#[test]
fn a_damaged_library_is_named() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("lib.rlib");
    for bytes in [&b""[..], b"not an archive", b"!<arch>\nshort"] {
        std::fs::write(&path, bytes).unwrap();
        let error = allocator_calls(&path, &[]).unwrap_err().to_string();
        assert!(error.contains("lib.rlib"), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
    let error = allocator_calls(&path, &[]).unwrap_err().to_string();
    assert!(error.contains("lib.rlib"), "{error}");
}
