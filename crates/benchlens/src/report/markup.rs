//! Escaping and settings of SVG pictures.

/// Whether a picture is a file of its own, with style and script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A file of its own.
    Alone,
    /// A part of a page that has style and script.
    InPage,
}

/// Escapes `text` for text or an attribute of SVG or HTML, on one line.
pub(super) fn escaped(text: &str) -> String {
    let plain = super::plain(text);
    let mut safe = String::with_capacity(plain.len() + 8);
    for letter in plain.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_opens_an_element_or_an_attribute() {
        assert_eq!(
            escaped("<Vec<T> as \"A\">::b&'\n"),
            "&lt;Vec&lt;T&gt; as &quot;A&quot;&gt;::b&amp;&#39;\\n"
        );
    }
}
