//! Compiler remarks on a call: inlined or not, at what cost, and why.
//!
//! LLVM prints a remark for each decision of its inliner (`-C remark=inline`). Calls that rustc
//! inlined earlier have no remark, but appear in the inlining chain of calls inside of them.

use serde::{Deserialize, Serialize};

/// One decision on one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The source file of the call, as the compiler names it.
    pub file: String,
    /// The line of the call, from 1.
    pub line: u32,
    /// The column of the call, from 1.
    pub column: u32,
    /// The function that is called, without its hash.
    pub callee: String,
    /// The function whose machine code contains the call, without its hash.
    pub caller: String,
    /// Whether the call was inlined.
    pub inlined: bool,
    /// The estimated cost of inlining, if an estimate decided; negative is a gain.
    pub cost: Option<i64>,
    /// The cost up to which the call would be inlined.
    pub threshold: Option<i64>,
    /// In the compiler's words: `too costly to inline`, `noinline function attribute`, ….
    pub reason: Option<String>,
    /// The functions whose inlining brought the call to its caller, innermost first, the caller last.
    pub chain: Vec<String>,
}

impl Remark {
    /// Parses one compiler message; `None` if it is not a remark of the inliner.
    ///
    /// ```
    /// use benchlens::evidence::remarks::Remark;
    /// let remark = Remark::parse(
    ///     "src/a.rs:7:5 inline (missed): 'f' not inlined into 'g' \
    ///      because too costly to inline (cost=385, threshold=325)",
    /// );
    /// let remark = remark.unwrap();
    /// assert_eq!((remark.line, remark.cost, remark.inlined), (7, Some(385), false));
    /// assert_eq!(remark.reason.as_deref(), Some("too costly to inline"));
    /// ```
    pub fn parse(message: &str) -> Option<Self> {
        let message = message.trim().trim_start_matches("note: ");
        let (place, rest) = message.split_once(" inline (")?;
        let (verdict, said) = rest.split_once("): ")?;
        let mut place = place.trim_end_matches(':').rsplitn(3, ':');
        let column = place.next()?.parse().ok()?;
        let line = place.next()?.parse().ok()?;
        let file = place.next()?.to_owned();
        let inlined = match verdict {
            "success" => true,
            "missed" => false,
            _ => return None,
        };
        let (callee, rest) = split_at_any(
            said,
            &[
                " not inlined into ",
                " will not be inlined into ",
                " inlined into ",
            ],
        )?;
        let (caller, why) = split_at_any(rest, &[" with ", " because "])?;
        let (why, chain) = why.split_once(" at callsite ").unwrap_or((why, ""));
        Some(Self {
            file,
            line,
            column,
            callee: function(callee),
            caller: function(caller),
            inlined,
            cost: number_after(why, "cost="),
            threshold: number_after(why, "threshold="),
            reason: reason(why),
            chain: chain
                .trim_end_matches(';')
                .split(" @ ")
                .filter(|site| !site.is_empty())
                .map(|site| function(site.rsplitn(3, ':').last().unwrap_or(site)))
                .collect(),
        })
    }
}

fn split_at_any<'a>(text: &'a str, separators: &[&str]) -> Option<(&'a str, &'a str)> {
    separators
        .iter()
        .find_map(|separator| text.split_once(separator))
}

/// A symbol, quoted or not, demangled.
fn function(symbol: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(symbol.trim_matches('\'')))
}

fn number_after(text: &str, label: &str) -> Option<i64> {
    let (_, digits) = text.split_once(label)?;
    let end = digits.find([',', ')']).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

/// `too costly to inline (cost=1, threshold=0)` and `(cost=never): noinline function attribute`:
/// the words before the figures or, if present, those after them, which are more specific.
fn reason(why: &str) -> Option<String> {
    let (before, after) = match why.split_once(" (cost=").or(why.split_once("(cost=")) {
        Some((before, rest)) => (
            before,
            rest.split_once("): ").map_or("", |(_, after)| after),
        ),
        None => (why, ""),
    };
    let words = if after.is_empty() { before } else { after };
    let words = words.trim();
    (!words.is_empty()).then(|| words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inlined_call_has_its_chain() {
        let remark = Remark::parse(
            "note: /rustc/0/library/alloc/src/boxed.rs:286:19 inline (success): \
             '_RNvNtCslNYArtu3iFV_5alloc5boxed14box_new_uninit' inlined into \
             '_ZN4mine12boxed_reader7inlined17hc2ba325c54ba0facE' with \
             (cost=-14920, threshold=325) at callsite \
             _ZN5alloc5boxed12Box$LT$T$GT$3new17h6345d13a52207c61E:2:19 @ \
             _ZN4mine12boxed_reader7inlined17hc2ba325c54ba0facE:1:22;",
        )
        .unwrap();
        assert_eq!(remark.file, "/rustc/0/library/alloc/src/boxed.rs");
        assert_eq!((remark.line, remark.column), (286, 19));
        assert_eq!(remark.callee, "alloc::boxed::box_new_uninit");
        assert_eq!(remark.caller, "mine::boxed_reader::inlined");
        assert!(remark.inlined);
        assert_eq!((remark.cost, remark.threshold), (Some(-14920), Some(325)));
        assert_eq!(remark.reason, None);
        assert_eq!(
            remark.chain,
            ["alloc::boxed::Box<T>::new", "mine::boxed_reader::inlined"]
        );
    }

    #[test]
    fn attributes_and_missing_bodies_are_reasons() {
        let reason = |said: &str| {
            let remark = Remark::parse(&format!("src/a.rs:1:2 inline {said}")).unwrap();
            assert_eq!((remark.callee.as_str(), remark.caller.as_str()), ("f", "g"));
            assert_eq!((remark.cost, remark.threshold), (None, None));
            (remark.inlined, remark.reason.unwrap())
        };
        assert_eq!(
            reason(
                "(success): 'f' inlined into 'g' with (cost=always): always inline attribute at callsite g:1:2;"
            ),
            (true, "always inline attribute".to_owned())
        );
        assert_eq!(
            reason(
                "(missed): 'f' not inlined into 'g' because it should never be inlined (cost=never): recursive"
            ),
            (false, "recursive".to_owned())
        );
        assert_eq!(
            reason("(missed): f will not be inlined into g because its definition is unavailable"),
            (false, "its definition is unavailable".to_owned())
        );
    }

    #[test]
    fn other_messages_are_no_remarks() {
        for message in [
            "",
            "unused variable: `x`",
            "a.rs:1:2 inline (success): ",
            "a inline (missed): 'f' inlined into 'g' with x",
        ] {
            assert_eq!(Remark::parse(message), None, "{message}");
        }
    }
}
