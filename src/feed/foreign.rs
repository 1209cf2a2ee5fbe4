//! Recognises documents that are not XML, or not feeds, by their first bytes.
//!
//! Used only for documents that have failed, so that the message names the cause: "an HTML page"
//! says more than "no `<!DOCTYPE` in the DOCTYPE".

use super::Problem;

/// What a failed document is instead of a feed, given its bytes and its decoded text.
pub(super) fn problem(bytes: &[u8], text: &str) -> Option<Problem> {
    const UTF_32: [&[u8]; 4] = [b"\0\0\xFE\xFF", b"\xFF\xFE\0\0", b"\0\0\0<", b"<\0\0\0"];
    if bytes.starts_with(b"\x1F\x8B") {
        return Some(Problem::Foreign("gzip data"));
    }
    if UTF_32.iter().any(|start| bytes.starts_with(start)) {
        return Some(Problem::Encoding("UTF-32".to_owned()));
    }
    let text = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\n', '\r']);
    if text.starts_with(['{', '[']) {
        return Some(Problem::Foreign("JSON"));
    }
    is_html(text).then_some(Problem::Foreign("an HTML page"))
}

/// Whether the first tag or declaration after comments and instructions is HTML's.
fn is_html(mut text: &str) -> bool {
    loop {
        text = text.trim_start();
        let end = match text {
            _ if text.starts_with("<!--") => "-->",
            _ if text.starts_with("<?") => "?>",
            _ => break,
        };
        let Some((_, rest)) = text.split_once(end) else {
            return false;
        };
        text = rest;
    }
    let rest = match strip_prefix(text, "<!doctype") {
        Some(rest) => strip_prefix(rest.trim_start(), "html"),
        None => strip_prefix(text, "<html"),
    };
    rest.is_some_and(|rest| rest.starts_with(|next: char| next == '>' || next.is_whitespace()))
}

/// Like [`str::strip_prefix`], ignoring ASCII case.
fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let start = text.get(..prefix.len())?;
    start
        .eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_is_instead() {
        let told = |text: &str| problem(text.as_bytes(), text).map(|it| it.to_string());
        for text in [
            "<!DOCTYPE html><html>",
            "\u{feff}\n<!doctype HTML >",
            "<?xml version='1.0'?><!-- x --><HTML lang='en'>",
            "<!DOCTYPE\nhtml\nPUBLIC>",
        ] {
            assert_eq!(
                told(text).as_deref(),
                Some("an HTML page, not a feed"),
                "{text}"
            );
        }
        for text in ["{\"version\":1}", " \n[1]"] {
            assert_eq!(told(text).as_deref(), Some("JSON, not a feed"), "{text}");
        }
        for text in [
            "",
            "x",
            "<rss>",
            "<htmlx>",
            "<!DOCTYPE htmlx>",
            "<!DOCTYPE rss>",
            "<!-- ",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
