//! The machine code of a pair, in this very executable: the called side calls the allocator, the
//! inlined side does not.

use benchlens::assembly::{Code, Image, Role, Syntax};
use benchlens_suite::inlining::boxed_reader::{called, inlined};

fn roles(image: &Image, function: &str) -> Vec<Role> {
    let path = format!("benchlens_suite::inlining::boxed_reader::{function}");
    let found = image.named(&path);
    assert_eq!(found.len(), 1, "{path}");
    let code = Code::decode(image, found[0], None, Syntax::Att);
    let targets = code.instructions.iter().filter_map(|it| it.target.as_ref());
    targets.filter_map(|target| target.role).collect()
}

#[test]
fn the_call_of_the_allocator_disappears_when_it_is_inlined() {
    assert_eq!(called(b"ab"), inlined(b"ab"));
    let image = Image::load(&std::env::current_exe().unwrap()).unwrap();
    let with_call = [roles(&image, "boxed_called"), roles(&image, "called")].concat();
    assert!(with_call.contains(&Role::Allocates), "{with_call:?}");
    assert!(with_call.contains(&Role::Frees), "{with_call:?}");
    let without = roles(&image, "inlined");
    assert!(!without.contains(&Role::Allocates), "{without:?}");
    assert!(!without.contains(&Role::Frees), "{without:?}");
    let own = image.named("benchlens_suite::inlining::boxed_reader::boxed_inlined");
    assert!(own.is_empty(), "it has no code of its own");
}
