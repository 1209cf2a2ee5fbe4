//! The results of a verification.

/// What a verification returns: `bool`, or a `Result` whose error says how the answer is wrong.
pub trait Verdict {
    /// Whether the answer is right, or what is wrong with it.
    ///
    /// # Errors
    ///
    /// How the answer differs from the right one.
    fn verdict(self) -> Result<(), String>;
}

impl Verdict for bool {
    fn verdict(self) -> Result<(), String> {
        match self {
            true => Ok(()),
            false => Err("the verification failed".to_owned()),
        }
    }
}

impl<E: ToString> Verdict for Result<(), E> {
    fn verdict(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}
