//! What may be said of an answer.

/// What a verification returns: `bool`, or a `Result` whose error says how the answer is wrong.
pub trait Verdict {
    /// The answer is right, or what is wrong with it.
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
            false => Err("the verification says that the answer is wrong".to_owned()),
        }
    }
}

impl<E: ToString> Verdict for Result<(), E> {
    fn verdict(self) -> Result<(), String> {
        self.map_err(|error| error.to_string())
    }
}
