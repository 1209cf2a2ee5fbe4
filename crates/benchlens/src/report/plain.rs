//! Makes external text safe to print on one line of a terminal.

/// Escapes `text` so that it is safe as part of one line. Names of cases, files and functions are
/// external: a line break in one could forge a line of output, an escape sequence could recolour the
/// terminal, and a bidirectional control could reorder what follows. Each such character becomes its
/// escape, `\n` or `\u{202e}`. All others stay, including letters of any script. Borrowed if nothing
/// changes.
///
/// ```
/// use benchlens::report::plain;
///
/// assert_eq!(plain("हिन्दी/ok"), "हिन्दी/ok");
/// assert_eq!(plain("a\nb\u{1b}[31m"), "a\\nb\\u{1b}[31m");
/// ```
pub fn plain(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match is_unsafe(letter) {
            true => safe.extend(letter.escape_default()),
            false => safe.push(letter),
        }
    }
    safe.into()
}

/// [`plain`] text for a cell of a Markdown table, with `|` escaped.
///
/// ```
/// assert_eq!(benchlens::report::markdown("a|b\n"), "a\\|b\\n");
/// ```
pub fn markdown(text: &str) -> String {
    plain(text).replace('|', "\\|")
}

fn is_unsafe(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2028}' | '\u{2029}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_the_cursor_or_turns_the_line_is_left() {
        let hostile = "\r\t\n\u{7f}\u{9b}\u{202e}\u{2066}\u{2028}\u{feff}\0";
        assert!(plain(hostile).is_ascii(), "{}", plain(hostile));
        assert!(!plain(hostile).contains(is_unsafe));
    }
}
