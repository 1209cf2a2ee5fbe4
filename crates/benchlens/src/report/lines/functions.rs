//! Finds the functions of a source file, by their first and last line.
//!
//! Rust is split into tokens by proc_macro2, as in syn, but not parsed. So functions within macros are found too, and
//! syntax that is newer than a parser does no harm.

use std::iter::Peekable;

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A function with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Function {
    /// Its own name; empty where it is not known.
    pub(super) name: String,
    /// Its first line, including the attributes above it.
    pub(super) first: u32,
    /// The line that declares it.
    pub(super) declared: u32,
    /// The line of its closing brace.
    pub(super) last: u32,
}

/// The functions of a Rust file, in file order; none if it cannot be split into tokens. A nested function belongs to
/// the outer one.
pub(super) fn in_rust(text: &str) -> Vec<Function> {
    let mut found = Vec::new();
    // rustc ignores a byte-order mark and a `#!` line. The empty line in its place keeps the numbering.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_script = text.starts_with("#!") && !text.starts_with("#![");
    let code = match is_script {
        true => text.find('\n').map_or("", |end| &text[end..]),
        false => text,
    };
    // An explicit stack, since the depth of nesting is unbounded.
    let mut streams: Vec<TokenStream> = code.parse().into_iter().collect();
    while let Some(tokens) = streams.pop() {
        collect(tokens, &mut found, &mut streams);
    }
    found.sort_by_key(|function| function.first);
    found
}

/// Adds the functions of a token stream to `found`, and groups that may contain more to `streams`.
fn collect(tokens: TokenStream, found: &mut Vec<Function>, streams: &mut Vec<TokenStream>) {
    let mut tokens = tokens.into_iter().peekable();
    // The line where the current item begins.
    let mut first = None;
    while let Some(token) = tokens.next() {
        if skip(&token, &mut tokens) {
            continue;
        }
        let line = token.span().start().line as u32;
        let begin = *first.get_or_insert(line);
        match &token {
            TokenTree::Ident(word) if word == "fn" => {
                let Some(TokenTree::Ident(name)) = tokens.peek() else {
                    // A function pointer type.
                    continue;
                };
                let name = name.to_string();
                // Its body, or the end of a declaration without one.
                let end = tokens.by_ref().find(ends_item);
                first = None;
                if let Some(TokenTree::Group(body)) = end {
                    found.push(Function {
                        name,
                        first: begin,
                        declared: line,
                        last: body.span_close().end().line as u32,
                    });
                }
            }
            TokenTree::Group(group) => {
                if ends_item(&token) {
                    first = None;
                }
                streams.push(group.stream());
            }
            _ if ends_item(&token) => first = None,
            _ => {}
        }
    }
}

/// Whether an item ends here: with a block or a semicolon.
fn ends_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => is_sign(token, ';'),
    }
}

/// Skips inner attributes and doc comments, which do not begin an item. Returns whether it skipped.
fn skip(token: &TokenTree, rest: &mut Peekable<IntoIter>) -> bool {
    if !is_sign(token, '#') {
        return false;
    }
    let is_doc = |token| matches!(token, TokenTree::Ident(word) if word == "doc");
    match rest.peek() {
        Some(TokenTree::Group(group)) if group.stream().into_iter().next().is_some_and(is_doc) => {
            rest.next();
            true
        }
        Some(sign) if is_sign(sign, '!') => {
            rest.next();
            rest.next();
            true
        }
        _ => false,
    }
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(it) if it.as_char() == sign)
}

/// The functions of a C or C++ file: from an unindented line to an unindented closing brace. Indented
/// functions, such as in a namespace, stay single lines.
pub(super) fn in_c(lines: &[String]) -> Vec<Function> {
    let mut found = Vec::new();
    let mut first = None;
    for (index, line) in lines.iter().enumerate() {
        let number = index as u32 + 1;
        let begins = line.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
        let is_around = ["namespace", "extern \"C\""]
            .iter()
            .any(|it| line.starts_with(it));
        if begins && !is_around && first.is_none() {
            first = Some(number);
        }
        let end = line.trim_end();
        match (first, line.starts_with('}')) {
            (Some(start), true) => {
                found.push(unnamed(start, number));
                first = None;
            }
            // A declaration, or a function on one line.
            (Some(start), false) if start == number && end.ends_with([';', '}', ':']) => {
                if end.ends_with('}') {
                    found.push(unnamed(start, number));
                }
                first = None;
            }
            _ => {}
        }
    }
    found
}

const fn unnamed(first: u32, last: u32) -> Function {
    Function {
        name: String::new(),
        first,
        declared: first,
        last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_c_reaches_to_the_brace_at_the_margin() {
        let text = "#include <a.h>\nint global = 1;\nstatic int one(int n) { return n; }\nint\ntwo(void)\n{\n  \
                    if (one(1)) {\n  }\n}\nnamespace a {\nvoid three() {\n  two();\n}\n}\n";
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let found: Vec<_> = in_c(&lines).iter().map(|it| (it.first, it.last)).collect();
        assert_eq!(found, [(3, 3), (4, 9), (11, 13)]);
    }

    /// Names and lines: the first, the declaration's, the last.
    fn functions(text: &str) -> Vec<(String, [u32; 3])> {
        let found = in_rust(text).into_iter();
        found
            .map(|it| (it.name, [it.first, it.declared, it.last]))
            .collect()
    }

    fn named(name: &str, lines: [u32; 3]) -> (String, [u32; 3]) {
        (name.to_owned(), lines)
    }

    #[test]
    fn a_function_begins_with_its_attributes_and_ends_with_its_brace() {
        let text = "#![allow(a)]\n//! Module.\n\n/// Doc.\n#[inline(never)]\n#[cfg(\n  all()\n)]\n/// More.\npub(crate) const unsafe \
                    extern \"C\" fn one<F>(f: F)\nwhere\n  F: fn(u8) -> u8,\n{\n  fn inner() {}\n}\nfn two() {} fn \
                    three() { let brace = '}'; \"}\"; /* } */ }\n";
        assert_eq!(
            functions(text),
            [
                named("one", [5, 10, 15]),
                named("two", [16, 16, 16]),
                named("three", [16, 16, 16]),
            ]
        );
    }

    #[test]
    fn methods_are_functions_and_declarations_are_not() {
        let text = "trait T {\n  fn bare(&self);\n  fn given(&self) {\n  }\n}\nimpl T for U {\n  type F = fn(u8);\n  \
                    fn bare(&self) -> [u8; { 3 }] { [0; 3] }\n}\nextern \"C\" { fn c(); }\nstatic G: fn() = || ();\n";
        assert_eq!(
            functions(text),
            [named("given", [3, 3, 4]), named("bare", [8, 8, 8])]
        );
    }

    #[test]
    fn what_no_grammar_sees_is_found_and_what_is_no_rust_is_nothing() {
        let within = "macro_rules! m { () => {\n  fn made() {\n  }\n} }\ncfg_if! { if #[cfg(a)] {\n  fn one() {}\n} }\n";
        assert_eq!(
            functions(within),
            [named("made", [2, 2, 3]), named("one", [6, 6, 6])]
        );
        assert_eq!(
            functions("#!/usr/bin/env script\nfn main() {\n}\n"),
            [named("main", [2, 2, 3])]
        );
        assert_eq!(
            functions("\u{feff}fn main() {}"),
            [named("main", [1, 1, 1])]
        );
        assert_eq!(functions("fn r#gen() {}"), [named("r#gen", [1, 1, 1])]);
        let deep = 100_000;
        let text = format!("{}fn a() {{}}{}", "{".repeat(deep), "}".repeat(deep));
        assert_eq!(functions(&text), [named("a", [1, 1, 1])]);
        for text in ["fn a() {", "fn a() { ' }", "\u{0}", "}"] {
            assert!(functions(text).is_empty(), "{text:?}");
        }
    }
}
