//! A benchmark's id within its group.

use std::fmt::Display;

/// The id of a benchmark, unique within its group: a function, a parameter, or both.
///
/// Its parts are those of [criterion's id](real::BenchmarkId), which hides them.
///
/// # Examples
///
/// ```
/// use criterion::BenchmarkId;
///
/// assert!(BenchmarkId::new("parse", 5) == BenchmarkId::new(String::from("parse"), "5"));
/// assert!(BenchmarkId::new("parse", 5) != BenchmarkId::from_parameter(5));
/// ```
#[derive(Clone, Debug, Eq, PartialEq, Hash)]
pub struct BenchmarkId {
    pub(crate) function: Option<String>,
    pub(crate) parameter: Option<String>,
}

impl BenchmarkId {
    /// The id of a function on a parameter, which may be any short description of the input.
    pub fn new<S: Into<String>, P: Display>(function_name: S, parameter: P) -> Self {
        Self {
            function: Some(function_name.into()),
            parameter: Some(parameter.to_string()),
        }
    }

    /// The id of the group's only function on a parameter.
    pub fn from_parameter<P: Display>(parameter: P) -> Self {
        Self {
            function: None,
            parameter: Some(parameter.to_string()),
        }
    }
}

mod private {
    pub trait Sealed {}
    impl Sealed for super::BenchmarkId {}
    impl<S: Into<String>> Sealed for S {}
}

/// The name of a benchmark in a group: an id, or a string for the function's name alone.
pub trait IntoBenchmarkId: private::Sealed {
    /// The id itself.
    ///
    /// # Panics
    ///
    /// If the string is empty.
    fn into_benchmark_id(self) -> BenchmarkId;
}

impl IntoBenchmarkId for BenchmarkId {
    fn into_benchmark_id(self) -> BenchmarkId {
        self
    }
}

impl<S: Into<String>> IntoBenchmarkId for S {
    fn into_benchmark_id(self) -> BenchmarkId {
        let function = self.into();
        assert!(!function.is_empty(), "Function name must not be empty.");
        BenchmarkId {
            function: Some(function),
            parameter: None,
        }
    }
}
