//! The role of a called function, by its name: it allocates, frees or panics.

use serde::{Deserialize, Serialize};

use crate::run::allocator_entry;

/// The role of a called function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It requests or resizes a heap block.
    Allocates,
    /// It frees a heap block.
    Frees,
    /// It panics, unwinds or aborts.
    Panics,
}

/// The modules of the standard library whose functions grow a container.
const GROWING: [&str; 2] = ["alloc::raw_vec::", "hashbrown::raw::"];

/// Last segments of functions that only panic.
const PANICKING: [&str; 13] = [
    "begin_panic",
    "begin_panic_handler",
    "begin_unwind",
    "abort",
    "abort_internal",
    "capacity_overflow",
    "handle_alloc_error",
    "handle_error",
    "rust_oom",
    "unreachable_display",
    "slice_error_fail",
    "resume_unwind",
    "rust_panic",
];

impl Role {
    /// The role of the function with this demangled name, if it has one.
    ///
    /// ```
    /// use benchlens::assembly::Role;
    ///
    /// assert_eq!(Role::of("__rustc::__rust_alloc"), Some(Role::Allocates));
    /// assert_eq!(Role::of("core::panicking::panic_bounds_check"), Some(Role::Panics));
    /// assert_eq!(Role::of("mine::panicking::parse"), None);
    /// ```
    pub fn of(function: &str) -> Option<Self> {
        let is_path = function.contains("::");
        let is_entry = ["__rust_", "__rdl_", "__rg_"]
            .iter()
            .any(|prefix| function.contains(prefix));
        if (!is_path || is_entry)
            && let Some(asks) = allocator_entry(function)
        {
            return Some(if asks { Self::Allocates } else { Self::Frees });
        }
        if matches!(
            function,
            "_Unwind_Resume" | "__stack_chk_fail" | "abort" | "rust_begin_unwind"
        ) {
            return Some(Self::Panics);
        }
        let path = function.trim_start_matches('<');
        let last = last_segment(function);
        if GROWING.iter().any(|module| path.starts_with(module))
            && ["grow", "reserve", "allocate", "with_capacity", "shrink"]
                .iter()
                .any(|word| last.contains(word))
        {
            return Some(Self::Allocates);
        }
        if last == "exchange_malloc" && path.starts_with("alloc::") {
            return Some(Self::Allocates);
        }
        let is_standard = ["core::", "alloc::", "std::", "__rustc::"]
            .iter()
            .any(|root| path.starts_with(root));
        let panics = path.starts_with("core::panicking::")
            || last.ends_with("_fail")
            || last.ends_with("_failed")
            || last.starts_with("panic_")
            || PANICKING.contains(&last);
        (is_standard && panics).then_some(Self::Panics)
    }

    /// The role as a word for a person.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allocates => "allocates",
            Self::Frees => "frees",
            Self::Panics => "panics",
        }
    }
}

/// The last segment of a path, without generic arguments.
pub(super) fn last_segment(function: &str) -> &str {
    let (mut depth, mut start) = (0_usize, 0);
    let mut end = function.len();
    for (at, letter) in function.char_indices() {
        match letter {
            '<' => {
                if depth == 0 && at > start {
                    end = at;
                }
                depth += 1;
            }
            '>' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                // `name::<T>` ends before its arguments.
                let rest = &function[at + 1..];
                if !rest.starts_with(['<', ':']) {
                    start = at + 1;
                    end = function.len();
                } else if rest.starts_with('<') {
                    end = end.min(at.saturating_sub(1));
                }
            }
            _ => {}
        }
    }
    match end > start {
        true => function[start..end].trim_end_matches(':'),
        false => &function[start..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_known_by_the_name_of_what_it_calls() {
        for (name, role) in [
            ("_RNvCs1_7___rustc12___rust_alloc", Some(Role::Allocates)),
            ("__rust_realloc", Some(Role::Allocates)),
            ("__rustc::__rust_dealloc", Some(Role::Frees)),
            ("malloc", Some(Role::Allocates)),
            ("free", Some(Role::Frees)),
            (
                "alloc::raw_vec::RawVec<T,A>::grow_one",
                Some(Role::Allocates),
            ),
            (
                "<alloc::raw_vec::RawVecInner>::reserve::do_reserve_and_handle::<alloc::alloc::Global>",
                Some(Role::Allocates),
            ),
            ("core::option::unwrap_failed", Some(Role::Panics)),
            ("core::slice::index::slice_index_fail", Some(Role::Panics)),
            ("core::panicking::panic", Some(Role::Panics)),
            ("alloc::alloc::handle_alloc_error", Some(Role::Panics)),
            ("_Unwind_Resume", Some(Role::Panics)),
            ("std::panicking::begin_panic", Some(Role::Panics)),
            ("std::panicking::panic_count::is_zero_slow_path", None),
            ("mine::alloc::grow", None),
            ("mine::validate_failed", None),
            ("mi_parser::parse", None),
            ("__rustc::__rust_no_alloc_shim_is_unstable_v2", None),
            ("memcpy", None),
            ("", None),
        ] {
            assert_eq!(Role::of(name), role, "{name}");
        }
    }

    #[test]
    fn the_last_segment_has_no_arguments() {
        for (name, last) in [
            ("a::b::<c::D>", "b"),
            ("<a::B as c::D>::e", "e"),
            ("a::B<c::D>::e", "e"),
            ("main", "main"),
            ("core::slice::<impl [T]>::iter", "iter"),
            ("", ""),
            (":::", ""),
        ] {
            assert_eq!(last_segment(name), last, "{name}");
        }
    }
}
