//! Text to namespace-aware events, refusing what is not well-formed.
//!
//! Over quick-xml, which by itself accepts a document that ends inside an element, two roots, text
//! around the root, any character, and references to anything: those checks are made here.
//! Entities that a DOCTYPE declares are never expanded and nothing is ever fetched.
//!
//! Time: linear. Space: quick-xml's stack of open names, and the namespaces in scope.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::errors::IllFormedError;
use quick_xml::events::{BytesStart, Event as Xml};
use quick_xml::name::{NamespaceError, QName, ResolveResult};

use super::decode::Decoded;
use super::{Error, Limits, Problem, doctype, excerpt, markup};

const MARK: char = '\u{FEFF}';

/// The namespaces that matter to feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// No namespace: RSS 0.91 to 2.0.
    None,
    /// The syntax of RDF, which the root of RSS 1.0 is in.
    Rdf,
    /// RSS 1.0, and RSS 0.90 before it.
    Rss1,
    /// Atom 1.0.
    Atom,
    /// Any other, and prefixes that are bound to none.
    Other,
}

/// One event of a well-formed document.
#[derive(Debug)]
pub enum Event<'a> {
    /// A start tag, or the first half of an empty element.
    Start {
        /// The element's namespace.
        namespace: Namespace,
        /// The name without its prefix.
        local: LocalName<'a>,
    },
    /// An end tag, or the second half of an empty element.
    End,
    /// Character data, resolved; adjacent pieces belong together.
    Text(Cow<'a, str>),
    /// The end of the document.
    Eof,
}

/// A local name together with the tag that it is a part of.
#[derive(Debug)]
pub struct LocalName<'a>(BytesStart<'a>);

impl LocalName<'_> {
    /// The name.
    pub fn as_str(&self) -> &str {
        let name = self.0.name().into_inner();
        name.split_once(':').map_or(name, |(_, local)| local)
    }
}

/// A pull reader over a decoded document.
pub struct Reader<'a> {
    xml: NsReader<&'a [u8]>,
    document: &'a Decoded<'a>,
    limits: Limits,
    depth: usize,
    seen_root: bool,
    seen_doctype: bool,
    invalid: Option<(usize, char)>,
    attribute_names: Vec<(usize, usize)>,
    tag_start: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of the document.
    pub fn new(document: &'a Decoded<'a>, limits: Limits) -> Self {
        let text: &'a str = &document.text;
        let mut xml = NsReader::from_str(text);
        let config = xml.config_mut();
        config.expand_empty_elements = true;
        config.check_comments = false;
        xml.resolver_mut()
            .set_max_namespace_bindings(Limits::NAMESPACES);
        // quick-xml would pass over a second byte-order mark, which is a character like any other.
        let mark = text.starts_with(MARK).then_some((0, MARK));
        Self {
            xml,
            document,
            limits,
            depth: 0,
            seen_root: false,
            seen_doctype: false,
            invalid: mark.or_else(|| markup::invalid_char(text)),
            attribute_names: Vec::new(),
            tag_start: 0,
        }
    }

    /// The next event. After [`Event::Eof`] or an error there is nothing more to read.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] with what is wrong and where.
    pub fn next_event(&mut self) -> Result<Event<'a>, Error> {
        loop {
            let start = self.xml.buffer_position() as usize;
            let step = self.step(start);
            let end = match &step {
                Ok(_) => self.xml.buffer_position() as usize,
                Err((offset, _)) => *offset,
            };
            // An invalid character is reported where it stands, before what comes after it.
            if let Some((at, found)) = self.invalid.filter(|(at, _)| *at < end) {
                return Err(self.document.error(at, Problem::Character(found.into())));
            }
            match step {
                Ok(Some(event)) => return Ok(event),
                Ok(None) => {}
                Err((offset, problem)) => return Err(self.document.error(offset, problem)),
            }
        }
    }

    /// Where in the text the last start tag begins.
    pub(super) fn tag_start(&self) -> usize {
        self.tag_start
    }

    /// One event of quick-xml; `None` for one that says nothing about the text.
    fn step(&mut self, start: usize) -> Result<Option<Event<'a>>, (usize, Problem)> {
        let syntax = |what: &str| (start, Problem::Syntax(what.to_owned()));
        let event = match self.xml.read_event() {
            Ok(event) => event,
            Err(error) => return Err(self.broken(start, &error)),
        };
        match event {
            Xml::Start(tag) | Xml::Empty(tag) => self.start(start, tag).map(Some),
            Xml::End(_) => {
                self.depth -= 1;
                Ok(Some(Event::End))
            }
            Xml::Text(text) => {
                let raw: &str = &text;
                if self.depth == 0 {
                    return match raw.bytes().position(|byte| !markup::is_space(byte)) {
                        Some(at) => Err((start + at, Problem::OutsideRoot("text"))),
                        None => Ok(None),
                    };
                }
                match memchr::memmem::find(raw.as_bytes(), b"]]>") {
                    Some(at) => Err((start + at, Problem::Syntax("`]]>` in text".to_owned()))),
                    None => Ok(Some(Event::Text(text.xml10_content()))),
                }
            }
            Xml::CData(_) | Xml::GeneralRef(_) if self.depth == 0 => {
                Err((start, Problem::OutsideRoot("text")))
            }
            Xml::CData(data) => Ok(Some(Event::Text(data.xml10_content()))),
            Xml::GeneralRef(reference) => {
                let found = markup::resolve(&reference).map_err(|problem| (start, problem))?;
                let text = match found {
                    '&' => Cow::Borrowed("&"),
                    '<' => Cow::Borrowed("<"),
                    '>' => Cow::Borrowed(">"),
                    '"' => Cow::Borrowed("\""),
                    '\'' => Cow::Borrowed("'"),
                    _ => Cow::Owned(found.to_string()),
                };
                Ok(Some(Event::Text(text)))
            }
            Xml::Comment(comment) => match markup::comment_error(&comment) {
                Some(at) => Err((
                    start + "<!--".len() + at,
                    Problem::Syntax("`--` in a comment".to_owned()),
                )),
                None => Ok(None),
            },
            Xml::Decl(_) if start != 0 => Err(syntax("an XML declaration after the start")),
            Xml::Decl(declaration) => {
                let raw: &str = &declaration;
                let inside = raw.strip_prefix("xml").unwrap_or(raw);
                markup::check_declaration(inside)
                    .map(|()| None)
                    .map_err(|(offset, problem)| (start + "<?xml".len() + offset, problem))
            }
            Xml::PI(instruction) => {
                if markup::is_target(instruction.target()) {
                    Ok(None)
                } else {
                    Err(syntax("an instruction without a valid target"))
                }
            }
            Xml::DocType(_) if self.seen_root || self.seen_doctype => {
                Err(syntax("a DOCTYPE after the root or another DOCTYPE"))
            }
            Xml::DocType(_) => {
                self.seen_doctype = true;
                self.check_doctype(start).map(|()| None)
            }
            Xml::Eof if !self.seen_root => Err((start, Problem::Empty)),
            Xml::Eof if self.depth > 0 => Err((start, Problem::Truncated)),
            Xml::Eof => Ok(Some(Event::Eof)),
        }
    }

    /// Checks the type declaration that quick-xml has passed over or stopped in.
    fn check_doctype(&self, start: usize) -> Result<(), (usize, Problem)> {
        let length = doctype::check(&self.document.text[start..])
            .map_err(|(at, problem)| (start + at, problem))?;
        if start + length == self.xml.buffer_position() as usize {
            return Ok(());
        }
        Err((start, Problem::Syntax("a malformed DOCTYPE".to_owned())))
    }

    fn start(&mut self, start: usize, tag: BytesStart<'a>) -> Result<Event<'a>, (usize, Problem)> {
        if self.depth == 0 && self.seen_root {
            return Err((start, Problem::OutsideRoot("a second element")));
        }
        self.seen_root = true;
        self.tag_start = start;
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err((start, Problem::TooDeep(self.limits.depth)));
        }
        let name = tag.name().into_inner();
        if !markup::is_name(name) {
            return Err((
                start,
                Problem::Syntax(format!("`{}` is no name of an element", excerpt(name))),
            ));
        }
        let raw = tag.attributes_raw();
        if !raw.is_empty() {
            let offset = start + 1 + name.len();
            self.check_attributes(raw)
                .map_err(|(at, problem)| (offset + at, problem))?;
        }
        let namespace = match self.xml.resolver().resolve_element(tag.name()).0 {
            ResolveResult::Unbound => Namespace::None,
            ResolveResult::Unknown(_) => Namespace::Other,
            ResolveResult::Bound(bound) => namespace_of(bound.into_inner()),
        };
        Ok(Event::Start {
            namespace,
            local: LocalName(tag),
        })
    }

    fn check_attributes(&mut self, raw: &str) -> Result<(), (usize, Problem)> {
        let names = &mut self.attribute_names;
        names.clear();
        let mut escaped_bindings = Vec::new();
        markup::attributes(raw, |(name, value, at)| {
            if names.len() == Limits::ATTRIBUTES {
                return Err((at, Problem::TooMany("attributes", Limits::ATTRIBUTES)));
            }
            names.push((at, at + name.len()));
            if name.starts_with("xmlns") && value.contains('&') {
                escaped_bindings.push((name, value, at));
            }
            Ok(())
        })?;
        for (name, value, at) in escaped_bindings {
            self.bind(name, &markup::resolved_value(value))
                .map_err(|problem| (at, problem))?;
        }
        let names = &mut self.attribute_names;
        if names.len() < 2 {
            return Ok(());
        }
        let name = |&(start, end): &(usize, usize)| &raw[start..end];
        names.sort_unstable_by(|left, right| name(left).cmp(name(right)).then(left.cmp(right)));
        let same_name = self
            .attribute_names
            .windows(2)
            .filter(|pair| name(&pair[0]) == name(&pair[1]));
        let second = same_name.map(|pair| pair[1]);
        // Of several duplicates the first one in the document is reported.
        match second.chain(self.same_by_namespace(raw)).min() {
            Some(found) => Err((found.0, Problem::DuplicateAttribute(excerpt(name(&found))))),
            None => Ok(()),
        }
    }

    /// The second of two attributes whose prefixes differ and are bound to one namespace.
    fn same_by_namespace(&self, raw: &str) -> Option<(usize, usize)> {
        let has_prefix = |&&(start, end): &&(usize, usize)| {
            let name = &raw[start..end];
            name.contains(':') && !name.starts_with("xmlns:")
        };
        let prefixed = || self.attribute_names.iter().filter(has_prefix);
        if prefixed().count() < 2 {
            return None;
        }
        let resolver = self.xml.resolver();
        let resolved = |&(start, end): &(usize, usize)| {
            let (bound, local) = resolver.resolve_attribute(QName(&raw[start..end]));
            match bound {
                ResolveResult::Bound(bound) => Some((bound.0, local.into_inner(), (start, end))),
                _ => None,
            }
        };
        let mut names: Vec<_> = prefixed().filter_map(resolved).collect();
        names.sort_unstable();
        let same = names
            .windows(2)
            .filter(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1));
        same.map(|pair| pair[1].2).min()
    }

    /// Binds a namespace once more: quick-xml has taken the value as it stands in the tag.
    fn bind(&mut self, attribute: &str, namespace: &str) -> Result<(), Problem> {
        let Some(prefix) = QName(attribute).as_namespace_binding() else {
            return Ok(());
        };
        let resolver = self.xml.resolver_mut();
        let added = resolver.add(prefix, quick_xml::name::Namespace(namespace));
        added.map_err(|error| binding_problem(&error))
    }

    /// What quick-xml stopped at.
    fn broken(&self, start: usize, error: &quick_xml::Error) -> (usize, Problem) {
        let text = &self.document.text;
        let rest = text.get(start..).unwrap_or_default();
        let problem = match error {
            // A construct without an end: the document was cut inside it.
            quick_xml::Error::Syntax(_) if self.depth > 0 && is_cut(rest) => {
                return (text.len(), Problem::Truncated);
            }
            quick_xml::Error::Syntax(_) if rest.starts_with("<!DOCTYPE") => {
                return self
                    .check_doctype(start)
                    .err()
                    .unwrap_or((start, Problem::Truncated));
            }
            quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                let (expected, found) = (excerpt(expected), excerpt(found));
                Problem::Syntax(format!("`</{found}>` where `</{expected}>` is due"))
            }
            quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => {
                Problem::Syntax("`&` without a reference".to_owned())
            }
            quick_xml::Error::Namespace(error) => binding_problem(error),
            _ => Problem::Syntax(excerpt(&error.to_string())),
        };
        (start, problem)
    }
}

fn binding_problem(error: &NamespaceError) -> Problem {
    match error {
        NamespaceError::TooManyBindings(limit) => Problem::TooMany("namespaces in scope", *limit),
        _ => Problem::Syntax("a reserved prefix or namespace bound to another".to_owned()),
    }
}

fn is_cut(rest: &str) -> bool {
    !rest.contains('>')
}

fn namespace_of(name: &str) -> Namespace {
    match name {
        "" => Namespace::None,
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Namespace::Rdf,
        "http://purl.org/rss/1.0/" | "http://my.netscape.com/rdf/simple/0.9/" => Namespace::Rss1,
        "http://www.w3.org/2005/Atom" => Namespace::Atom,
        _ => Namespace::Other,
    }
}
