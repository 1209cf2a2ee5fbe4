//! The grammar of XML 1.0 without the type declaration: one function for each production or two.

use std::collections::HashSet;
use std::iter;

use super::characters::{allowed, is_space};
use super::tree::{Element, Tree};
use crate::feed::Limits;

pub(super) type Parsed<T> = Result<T, &'static str>;

pub(super) struct Parser {
    pub(super) text: Vec<char>,
    pub(super) at: usize,
    limits: Limits,
    open: Vec<Open>,
    /// Prefixes and their namespaces; those of inner elements after those of outer ones.
    bindings: Vec<(String, String)>,
}

struct Attribute {
    name: String,
    value: String,
    has_reference: bool,
}

/// An open element.
struct Open {
    name: String,
    /// Its index in the tree.
    element: usize,
    /// How many bindings there were before it.
    bindings: usize,
}

impl Parser {
    pub(super) fn new(text: &str, limits: Limits) -> Self {
        Self {
            text: text.chars().collect(),
            at: 0,
            limits,
            open: Vec::new(),
            bindings: Vec::new(),
        }
    }

    pub(super) fn document(&mut self) -> Parsed<Tree> {
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
        let tree = self.elements()?;
        loop {
            self.space();
            if self.looking_at("<!--") {
                self.comment()?;
            } else if self.looking_at("<?") {
                self.instruction()?;
            } else if self.at == self.text.len() {
                return Ok(tree);
            } else {
                return Err("something after the root element");
            }
        }
    }

    /// The root element and its content.
    fn elements(&mut self) -> Parsed<Tree> {
        let mut tree = Tree::default();
        self.start_tag(&mut tree)?;
        while let Some(open) = self.open.last() {
            let parent = open.element;
            let markup = self
                .text
                .get(self.at)
                .is_none_or(|next| "<&]".contains(*next));
            if !markup {
                tree.text.push(self.character()?);
            } else if self.accept("</") {
                self.end_tag(&mut tree)?;
            } else if self.looking_at("<!--") {
                self.comment()?;
            } else if self.accept("<![CDATA[") {
                let data = self.until("]]>")?;
                tree.text.push_str(&data);
            } else if self.looking_at("<?") {
                self.instruction()?;
            } else if self.looking_at("<") {
                let child = tree.elements.len();
                tree.elements[parent].children.push(child);
                self.start_tag(&mut tree)?;
            } else if self.looking_at("&") {
                tree.text.push(self.reference()?);
            } else if self.looking_at("]]>") {
                return Err("]]> in text");
            } else {
                tree.text.push(self.character()?);
            }
        }
        Ok(tree)
    }

    fn start_tag(&mut self, tree: &mut Tree) -> Parsed<()> {
        if self.open.len() == self.limits.depth {
            return Err("nested too deep");
        }
        self.expect("<")?;
        let name = self.name()?;
        let (attributes, empty) = self.attributes()?;
        if attributes.len() > Limits::ATTRIBUTES {
            return Err("too many attributes");
        }
        self.open.push(Open {
            name: name.clone(),
            element: tree.elements.len(),
            bindings: self.bindings.len(),
        });
        self.bind(&attributes)?;
        self.unique(&attributes)?;
        let (namespace, local) = match name.split_once(':') {
            Some((prefix, local)) => (self.namespace_of(prefix).unwrap_or("unbound"), local),
            None => (self.default_namespace(), name.as_str()),
        };
        tree.elements.push(Element {
            namespace: namespace.to_owned(),
            prefixed: name.contains(':'),
            local: local.to_owned(),
            children: Vec::new(),
            text: tree.text.len()..tree.text.len(),
        });
        if empty {
            self.close(tree);
        }
        Ok(())
    }

    /// What follows the name in a start tag, and whether the element is empty.
    fn attributes(&mut self) -> Parsed<(Vec<Attribute>, bool)> {
        let mut attributes = Vec::new();
        loop {
            let spaced = self.space();
            if self.accept("/>") {
                return Ok((attributes, true));
            }
            if self.accept(">") {
                return Ok((attributes, false));
            }
            if !spaced {
                return Err("no space before an attribute");
            }
            let name = self.name()?;
            self.space();
            self.expect("=")?;
            self.space();
            let start = self.at;
            let value = self.value()?;
            attributes.push(Attribute {
                name,
                value,
                has_reference: self.text[start..self.at].contains(&'&'),
            });
        }
    }

    /// Refuses two attributes of a tag with the same name, or with the same namespace and local name.
    fn unique(&self, attributes: &[Attribute]) -> Parsed<()> {
        let mut seen = HashSet::new();
        for Attribute { name, .. } in attributes {
            let (namespace, local) = match name.split_once(':') {
                Some((prefix, local)) if prefix != "xmlns" => match self.namespace_of(prefix) {
                    Some(namespace) => (namespace, local),
                    None => ("", name.as_str()),
                },
                _ => ("", name.as_str()),
            };
            if !seen.insert((namespace, local)) {
                return Err("duplicate attribute");
            }
        }
        Ok(())
    }

    fn end_tag(&mut self, tree: &mut Tree) -> Parsed<()> {
        let name = self.name()?;
        if self.open.last().is_none_or(|open| open.name != name) {
            return Err("an end tag that does not match");
        }
        self.space();
        self.expect(">")?;
        self.close(tree);
        Ok(())
    }

    /// Closes the innermost element.
    fn close(&mut self, tree: &mut Tree) {
        if let Some(closed) = self.open.pop() {
            tree.elements[closed.element].text.end = tree.text.len();
            self.bindings.truncate(closed.bindings);
        }
    }

    /// Binds the namespaces that the attributes of a tag declare.
    fn bind(&mut self, attributes: &[Attribute]) -> Parsed<()> {
        const XML: &str = "http://www.w3.org/XML/1998/namespace";
        const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
        for Attribute {
            name,
            value,
            has_reference,
        } in attributes
        {
            let prefix = match name.strip_prefix("xmlns:") {
                Some("xml") if value == XML => continue,
                Some("xml" | "xmlns") => {
                    return Err("a reserved prefix bound to another namespace");
                }
                Some(_) if value == XML || value == XMLNS => {
                    return Err("a reserved namespace bound to another prefix");
                }
                Some(prefix) => prefix,
                None if name == "xmlns" => "",
                None => continue,
            };
            let times = if *has_reference { 2 } else { 1 };
            let binding = (prefix.to_owned(), value.clone());
            self.bindings.extend(iter::repeat_n(binding, times));
        }
        if self.bindings.len() > Limits::NAMESPACES {
            return Err("too many namespaces in scope");
        }
        Ok(())
    }

    fn bound(&self, prefix: &str) -> Option<&str> {
        let mut inner_first = self.bindings.iter().rev();
        let binding = inner_first.find(|(known, _)| known == prefix);
        binding.map(|(_, namespace)| namespace.as_str())
    }

    fn default_namespace(&self) -> &str {
        self.bound("").unwrap_or_default()
    }

    /// The namespace of a prefix; `None` if it is unbound.
    fn namespace_of(&self, prefix: &str) -> Option<&str> {
        match prefix {
            "" => None,
            "xml" => Some("http://www.w3.org/XML/1998/namespace"),
            _ => self.bound(prefix).filter(|namespace| !namespace.is_empty()),
        }
    }

    pub(super) fn value(&mut self) -> Parsed<String> {
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

    pub(super) fn reference(&mut self) -> Parsed<char> {
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

    pub(super) fn comment(&mut self) -> Parsed<()> {
        self.expect("<!--")?;
        self.until("--")?;
        self.expect(">")
    }

    pub(super) fn instruction(&mut self) -> Parsed<()> {
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
            let start = self.at + 1;
            self.value()?;
            let value: String = self.text[start..self.at - 1].iter().collect();
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
}
