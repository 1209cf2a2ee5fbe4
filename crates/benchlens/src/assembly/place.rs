//! A place in machine code, as a person types it: a function, `function+0x39`, or an address.

/// A place in machine code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A function, by its path or the end of it.
    Function(String),
    /// An offset in a function, as in a backtrace.
    Offset {
        /// The function.
        function: String,
        /// Bytes after its beginning.
        offset: u64,
    },
    /// An address.
    Address(u64),
}

impl Place {
    /// Parses a place. An offset may be hexadecimal or decimal, and angle brackets may enclose it all, as debuggers
    /// write it. An address begins with `0x`.
    ///
    /// ```
    /// use benchlens::assembly::Place;
    ///
    /// let place = Place::parse("<mine::parse+57>");
    /// assert_eq!(place, Place::parse("mine::parse + 0x39"));
    /// assert_eq!(Place::parse("0x4f2a"), Place::Address(0x4f2a));
    /// assert_eq!(Place::parse("+0x39"), Place::Function("+0x39".to_owned()));
    /// ```
    pub fn parse(typed: &str) -> Self {
        let typed = typed.trim();
        let bare = typed.strip_prefix('<').and_then(|rest| {
            let inner = rest.strip_suffix('>')?;
            // `<a::B as c::D>` is a path.
            offset_in(inner).is_some().then_some(inner)
        });
        let typed = bare.unwrap_or(typed);
        if let Some(address) = typed.strip_prefix("0x").and_then(hexadecimal) {
            return Self::Address(address);
        }
        match offset_in(typed) {
            Some((function, offset)) => Self::Offset {
                function: function.to_owned(),
                offset,
            },
            None => Self::Function(typed.to_owned()),
        }
    }
}

/// The function and the number in `function+0x39` or `function+57`.
pub(super) fn offset_in(text: &str) -> Option<(&str, u64)> {
    let (function, digits) = text.rsplit_once('+')?;
    let (function, digits) = (function.trim_end(), digits.trim());
    let offset = match digits.strip_prefix("0x") {
        Some(digits) => hexadecimal(digits)?,
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
        None => return None,
    };
    (!function.is_empty()).then_some((function, offset))
}

/// A hexadecimal number without prefix and sign.
pub(super) fn hexadecimal(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_number.then(|| u64::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_is_a_part_of_a_name() {
        let offset = |function: &str, offset| Place::Offset {
            function: function.to_owned(),
            offset,
        };
        for (typed, place) in [
            ("a::b+0x39", offset("a::b", 0x39)),
            ("a::b+57", offset("a::b", 57)),
            (
                "<u8 as core::ops::Add>::add+0x1",
                offset("<u8 as core::ops::Add>::add", 1),
            ),
            ("<main+1>", offset("main", 1)),
            ("0xff", Place::Address(255)),
        ] {
            assert_eq!(Place::parse(typed), place, "{typed}");
        }
        for name in [
            "a::b",
            "<a as b>::c",
            "a+",
            "+1",
            "a+b",
            "a+0x",
            "a+-1",
            "0x",
            "0xg",
            "",
            "a+99999999999999999999",
            "0x1ffffffffffffffff",
            "<a::b>",
        ] {
            assert_eq!(Place::parse(name), Place::Function(name.to_owned()));
        }
    }
}
