//! The plain obvious way: a document becomes a tree by the grammar of XML, read one character after
//! the other, and the tree is asked. Slow, and right by inspection; it shares the decoding of bytes
//! with the counters, and nothing else.
//!
//! Used to verify every counter before it is measured, and by the tests.

use std::collections::HashSet;

use super::{Counter, Job, Outcome};
use crate::feed::{self, Error, Limits, Problem, decode};

/// Counts as every counter must.
pub fn count(job: &Job<'_>) -> Outcome {
    Oracle::count(job)
}

struct Oracle;

impl Counter for Oracle {
    fn count(job: &Job<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        let mut bytes = Vec::new();
        for path in job.paths {
            let read = feed::read_file(path, job.limits, &mut bytes);
            outcome.record(
                path,
                read.and_then(|()| mentions(&bytes, job.topic, job.limits)),
            );
        }
        outcome.sorted()
    }
}

/// How many items of one document mention the topic.
///
/// # Errors
///
/// The same documents fail as with every counter; reason and place may be told differently.
pub fn mentions(bytes: &[u8], topic: &str, limits: Limits) -> Result<u64, Error> {
    let document = decode::decode(bytes)?;
    let mut parser = Parser {
        text: document.text.chars().collect(),
        at: 0,
        depth_left: limits.depth,
    };
    let found = parser.document().and_then(|root| count_items(&root, topic));
    found.map_err(|reason| Error::Document {
        offset: parser.at as u64,
        problem: Problem::Syntax(reason.to_owned()),
    })
}

type Parsed<T> = Result<T, &'static str>;

struct Element {
    namespace: String,
    local: String,
    children: Vec<Element>,
    /// The text of the element and of all that is in it.
    text: String,
}

fn count_items(root: &Element, topic: &str) -> Parsed<u64> {
    const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    const RSS_1: [&str; 2] = [
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
    ];
    const ATOM: &str = "http://www.w3.org/2005/Atom";
    let named = |element: &&Element, namespaces: &[&str], local: &str| {
        element.local == local && namespaces.contains(&element.namespace.as_str())
    };
    let (items, own, fields): (Vec<&Element>, &[&str], &[&str]) =
        match (root.namespace.as_str(), root.local.as_str()) {
            ("", "rss") => (
                root.children
                    .iter()
                    .filter(|child| named(child, &[""], "channel"))
                    .flat_map(|channel| &channel.children)
                    .filter(|child| named(child, &[""], "item"))
                    .collect(),
                &[""],
                &["title", "description"],
            ),
            (RDF, "RDF") => (
                root.children
                    .iter()
                    .filter(|child| named(child, &RSS_1, "item"))
                    .collect(),
                &RSS_1,
                &["title", "description"],
            ),
            (ATOM, "feed") => (
                root.children
                    .iter()
                    .filter(|child| named(child, &[ATOM], "entry"))
                    .collect(),
                &[ATOM],
                &["title", "summary", "content"],
            ),
            _ => return Err("not a feed"),
        };
    let mentioned = |item: &&&Element| {
        fields.iter().any(|field| {
            let first = item.children.iter().find(|child| named(child, own, field));
            first.is_some_and(|first| first.text.contains(topic))
        })
    };
    Ok(items.iter().filter(mentioned).count() as u64)
}

/// A parser by recursive descent: one function a production of XML 1.0.
struct Parser {
    text: Vec<char>,
    at: usize,
    depth_left: usize,
}

impl Parser {
    fn document(&mut self) -> Parsed<Element> {
        if self.looking_at("<?xml") && self.text.get(self.at + 5).copied().is_some_and(is_space) {
            self.declaration()?;
        }
        let mut doctype_allowed = true;
        loop {
            self.space();
            if self.looking_at("<!--") {
                self.comment()?;
            } else if self.looking_at("<?") {
                self.instruction()?;
            } else if doctype_allowed && self.looking_at("<!DOCTYPE") {
                self.doctype()?;
                doctype_allowed = false;
            } else {
                break;
            }
        }
        if !self.looking_at("<") {
            return Err("no root element");
        }
        let scope = vec![(
            "xml".to_owned(),
            "http://www.w3.org/XML/1998/namespace".to_owned(),
        )];
        let root = self.element(&scope)?;
        loop {
            self.space();
            if self.looking_at("<!--") {
                self.comment()?;
            } else if self.looking_at("<?") {
                self.instruction()?;
            } else if self.at == self.text.len() {
                return Ok(root);
            } else {
                return Err("something after the root element");
            }
        }
    }

    fn element(&mut self, outer: &[(String, String)]) -> Parsed<Element> {
        self.depth_left = self.depth_left.checked_sub(1).ok_or("nested too deep")?;
        self.expect("<")?;
        let name = self.name()?;
        let mut attributes: Vec<(String, String)> = Vec::new();
        let empty = loop {
            let spaced = self.space();
            if self.accept("/>") {
                break true;
            }
            if self.accept(">") {
                break false;
            }
            if !spaced {
                return Err("no space before an attribute");
            }
            let attribute = self.name()?;
            self.space();
            self.expect("=")?;
            self.space();
            attributes.push((attribute, self.value()?));
        };
        let mut scope = outer.to_vec();
        for (attribute, value) in &attributes {
            if attribute == "xmlns" {
                scope.push((String::new(), value.clone()));
            } else if let Some(prefix) = attribute.strip_prefix("xmlns:") {
                scope.push((prefix.to_owned(), value.clone()));
            }
        }
        let resolve = |prefix: &str| {
            scope
                .iter()
                .rev()
                .find(|(known, _)| known == prefix)
                .map(|(_, uri)| uri.clone())
        };
        let mut seen = HashSet::new();
        for (attribute, _) in &attributes {
            let key = match attribute.split_once(':') {
                Some((prefix, local)) if prefix != "xmlns" => match resolve(prefix) {
                    Some(uri) => (uri, local.to_owned()),
                    None => (String::new(), attribute.clone()),
                },
                _ => (String::new(), attribute.clone()),
            };
            if !seen.insert(key) {
                return Err("duplicate attribute");
            }
        }
        let (namespace, local) = match name.split_once(':') {
            Some((prefix, local)) => (
                resolve(prefix).unwrap_or_else(|| "unbound".to_owned()),
                local.to_owned(),
            ),
            None => (resolve("").unwrap_or_default(), name.clone()),
        };
        let mut element = Element {
            namespace,
            local,
            children: Vec::new(),
            text: String::new(),
        };
        if !empty {
            self.content(&mut element, &scope)?;
            self.expect("</")?;
            if self.name()? != name {
                return Err("an end tag that does not match");
            }
            self.space();
            self.expect(">")?;
        }
        self.depth_left += 1;
        Ok(element)
    }

    fn content(&mut self, element: &mut Element, scope: &[(String, String)]) -> Parsed<()> {
        loop {
            if self.looking_at("</") {
                return Ok(());
            } else if self.looking_at("<!--") {
                self.comment()?;
            } else if self.accept("<![CDATA[") {
                let data = self.until("]]>")?;
                element.text.push_str(&data);
            } else if self.looking_at("<?") {
                self.instruction()?;
            } else if self.looking_at("<") {
                let child = self.element(scope)?;
                element.text.push_str(&child.text);
                element.children.push(child);
            } else if self.looking_at("&") {
                element.text.push(self.reference()?);
            } else if self.looking_at("]]>") {
                return Err("]]> in text");
            } else {
                element.text.push(self.character()?);
            }
        }
    }

    fn value(&mut self) -> Parsed<String> {
        let quote = self.character()?;
        if quote != '"' && quote != '\'' {
            return Err("an attribute value without quotes");
        }
        let mut value = String::new();
        loop {
            match self.text.get(self.at) {
                Some('<') => return Err("< in an attribute value"),
                Some('&') => value.push(self.reference()?),
                _ => match self.character()? {
                    found if found == quote => return Ok(value),
                    found => value.push(found),
                },
            }
        }
    }

    fn reference(&mut self) -> Parsed<char> {
        self.expect("&")?;
        let mut name = String::new();
        loop {
            match self.character()? {
                ';' => break,
                found => name.push(found),
            }
        }
        let number = match name.as_str() {
            "amp" => return Ok('&'),
            "lt" => return Ok('<'),
            "gt" => return Ok('>'),
            "quot" => return Ok('"'),
            "apos" => return Ok('\''),
            _ => name.strip_prefix('#').ok_or("unknown entity")?,
        };
        let (digits, radix) = match number.strip_prefix('x') {
            Some(hexadecimal) => (hexadecimal, 16),
            None => (number, 10),
        };
        let mut code = 0_u32;
        for digit in digits.chars() {
            let digit = digit.to_digit(radix).ok_or("not a number")?;
            code = code
                .checked_mul(radix)
                .and_then(|code| code.checked_add(digit))
                .ok_or("large")?;
        }
        let found = char::from_u32(code).ok_or("no character")?;
        if digits.is_empty() || !allowed(found) {
            return Err("no character");
        }
        Ok(found)
    }

    fn comment(&mut self) -> Parsed<()> {
        self.expect("<!--")?;
        self.until("--")?;
        self.expect(">")
    }

    fn instruction(&mut self) -> Parsed<()> {
        self.expect("<?")?;
        let target = self.name()?;
        if target.to_lowercase() == "xml" {
            return Err("an instruction called xml");
        }
        if !self.looking_at("?>") && !self.space() {
            return Err("no space after a target");
        }
        self.until("?>").map(drop)
    }

    fn declaration(&mut self) -> Parsed<()> {
        self.expect("<?xml")?;
        let mut fields = Vec::new();
        loop {
            let spaced = self.space();
            if self.accept("?>") {
                break;
            }
            if !spaced {
                return Err("a malformed declaration");
            }
            let name = self.name()?;
            self.space();
            self.expect("=")?;
            self.space();
            let value = self.value()?;
            let valid = match name.as_str() {
                "version" => value.strip_prefix("1.").is_some_and(|minor| {
                    !minor.is_empty() && minor.chars().all(|c| c.is_ascii_digit())
                }),
                "encoding" => {
                    value.starts_with(|first: char| first.is_ascii_alphabetic())
                        && value
                            .chars()
                            .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
                }
                "standalone" => value == "yes" || value == "no",
                _ => false,
            };
            if !valid {
                return Err("a malformed declaration");
            }
            fields.push(name);
        }
        let names: Vec<_> = fields.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["version"]
            | ["version", "encoding"]
            | ["version", "standalone"]
            | ["version", "encoding", "standalone"] => Ok(()),
            _ => Err("a malformed declaration"),
        }
    }

    /// The type declaration is passed over: quotes, comments and brackets are respected.
    fn doctype(&mut self) -> Parsed<()> {
        self.expect("<!DOCTYPE")?;
        let mut open = 1;
        while open > 0 {
            if self.looking_at("<!--") {
                self.comment()?;
                continue;
            }
            match self.character()? {
                '<' => open += 1,
                '>' => open -= 1,
                quote @ ('"' | '\'') => while self.character()? != quote {},
                _ => {}
            }
        }
        Ok(())
    }

    fn name(&mut self) -> Parsed<String> {
        let mut name = String::new();
        while let Some(&found) = self.text.get(self.at) {
            if !(name_start(found) || !name.is_empty() && name_rest(found)) {
                break;
            }
            name.push(found);
            self.at += 1;
        }
        if name.is_empty() {
            Err("no name")
        } else {
            Ok(name)
        }
    }

    fn until(&mut self, end: &str) -> Parsed<String> {
        let mut passed = String::new();
        while !self.accept(end) {
            passed.push(self.character()?);
        }
        Ok(passed)
    }

    fn space(&mut self) -> bool {
        let before = self.at;
        while self.text.get(self.at).copied().is_some_and(is_space) {
            self.at += 1;
        }
        self.at > before
    }

    /// The next character, with `\r\n` and `\r` read as `\n`.
    fn character(&mut self) -> Parsed<char> {
        let found = *self
            .text
            .get(self.at)
            .ok_or("the document ends too early")?;
        if !allowed(found) {
            return Err("an invalid character");
        }
        self.at += 1;
        if found == '\r' {
            self.accept("\n");
            return Ok('\n');
        }
        Ok(found)
    }

    fn looking_at(&self, what: &str) -> bool {
        let mut rest = self.text[self.at..].iter();
        what.chars().all(|expected| rest.next() == Some(&expected))
    }

    fn accept(&mut self, what: &str) -> bool {
        let accepted = self.looking_at(what);
        self.at += if accepted { what.chars().count() } else { 0 };
        accepted
    }

    fn expect(&mut self, what: &str) -> Parsed<()> {
        if self.accept(what) {
            Ok(())
        } else {
            Err("something else was expected here")
        }
    }
}

fn is_space(found: char) -> bool {
    matches!(found, ' ' | '\t' | '\n' | '\r')
}

fn allowed(found: char) -> bool {
    let code = u32::from(found);
    matches!(code, 0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x10000..=0x0010_FFFF)
}

fn name_start(found: char) -> bool {
    let code = u32::from(found);
    found == ':'
        || found == '_'
        || found.is_ascii_alphabetic()
        || matches!(code, 0xC0..=0xD6 | 0xD8..=0xF6 | 0xF8..=0x2FF | 0x370..=0x37D
            | 0x37F..=0x1FFF | 0x200C..=0x200D | 0x2070..=0x218F | 0x2C00..=0x2FEF
            | 0x3001..=0xD7FF | 0xF900..=0xFDCF | 0xFDF0..=0xFFFD | 0x10000..=0xEFFFF)
}

fn name_rest(found: char) -> bool {
    let code = u32::from(found);
    name_start(found)
        || found == '-'
        || found == '.'
        || found.is_ascii_digit()
        || matches!(code, 0xB7 | 0x300..=0x36F | 0x203F..=0x2040)
}
