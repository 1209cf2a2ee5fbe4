//! Turns text into namespace-aware events and refuses what is not well-formed.
//!
//! Tags, text, CDATA sections and references are parsed here. Comments, instructions, declarations
//! and malformed constructs go to quick-xml, one at a time. quick-xml alone accepts a document that
//! ends inside an element, two roots, text outside of the root, any character, and any reference, so
//! those checks are made here. Entities declared in a DOCTYPE are never expanded, and nothing is
//! fetched.
//!
//! Time: linear, mostly to find the next construct. Space: the names of the open elements, and the
//! namespaces in scope.

use std::borrow::Cow;

use memchr::memmem::Finder;
use quick_xml::events::BytesText;
use quick_xml::name::{NamespaceError, NamespaceResolver, QName, ResolveResult};

use super::decode::Decoded;
use super::vocabulary::Namespace;
use super::{Error, Limits, Problem, excerpt, markup};

mod rare;
mod tag;

const MARK: char = '\u{FEFF}';

/// One event of a well-formed document.
#[derive(Debug)]
pub enum Event<'a> {
    /// A start tag, or the first half of an empty element.
    Start {
        /// The element's namespace.
        namespace: Namespace,
        /// Whether the name has a prefix; without one it is in the default namespace.
        prefixed: bool,
        /// The name without its prefix.
        local: &'a str,
    },
    /// An end tag, or the second half of an empty element.
    End,
    /// Character data, resolved; adjacent pieces belong together.
    Text(Cow<'a, str>),
    /// The end of the document.
    Eof,
}

/// A pull reader over a decoded document.
pub struct Reader<'a> {
    text: &'a str,
    /// Where the next construct begins.
    at: usize,
    document: &'a Decoded<'a>,
    limits: Limits,
    open: Vec<Open<'a>>,
    /// An empty element has begun; its end comes next.
    in_empty: bool,
    scope: NamespaceResolver,
    /// The default namespace.
    default_namespace: Namespace,
    seen_root: bool,
    seen_doctype: bool,
    invalid: Option<(usize, char)>,
    /// Whether there are line ends to normalise.
    has_returns: bool,
    wants_text: bool,
    section_end: Finder<'static>,
    attribute_names: Vec<(usize, usize)>,
    tag_start: usize,
}

/// An element that has begun.
struct Open<'a> {
    name: &'a str,
    /// The outer default namespace, if its tag binds namespaces.
    outer: Option<Namespace>,
}

/// The offset in the text, and the problem.
type Failure = (usize, Problem);

impl<'a> Reader<'a> {
    /// A reader at the start of the document.
    pub fn new(document: &'a Decoded<'a>, limits: Limits) -> Self {
        let text: &'a str = &document.text;
        let mut scope = NamespaceResolver::default();
        scope.set_max_namespace_bindings(Limits::NAMESPACES);
        // A second byte-order mark is an ordinary character, which is not allowed there.
        let mark = text.starts_with(MARK).then_some((0, MARK));
        Self {
            text,
            at: mark.map_or(0, |(_, mark)| mark.len_utf8()),
            document,
            limits,
            open: Vec::with_capacity(8),
            in_empty: false,
            scope,
            default_namespace: Namespace::None,
            seen_root: false,
            seen_doctype: false,
            invalid: mark.or_else(|| markup::invalid_char(text)),
            has_returns: memchr::memchr(b'\r', text.as_bytes()).is_some(),
            wants_text: true,
            section_end: Finder::new(b"]]>"),
            attribute_names: Vec::new(),
            tag_start: 0,
        }
    }

    /// The next event. Not to be called after [`Event::Eof`] or an error.
    ///
    /// # Errors
    ///
    /// [`Error::Document`] with what is wrong and where.
    #[inline]
    pub fn next_event(&mut self) -> Result<Event<'a>, Error> {
        loop {
            let step = self.step(self.at);
            let end = match &step {
                Ok(_) => self.at,
                Err((offset, _)) => *offset,
            };
            // An invalid character is reported before any later error.
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

    /// Whether text events are returned from here on. Other text is still checked, but not resolved.
    pub(super) fn want_text(&mut self, wanted: bool) {
        self.wants_text = wanted;
    }

    /// The offset after the last event.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The offset of the last start tag.
    pub(super) fn tag_start(&self) -> usize {
        self.tag_start
    }

    /// The name of the innermost open element, with its prefix, and its namespace; empty if none.
    pub(super) fn innermost(&self) -> (&'a str, &str) {
        let name = self.open.last().map_or("", |open| open.name);
        match self.scope.resolve_element(QName(name)).0 {
            ResolveResult::Bound(bound) => (name, bound.into_inner()),
            _ => (name, ""),
        }
    }

    /// Reads the construct at `start`; `None` if it has no event.
    #[inline]
    fn step(&mut self, start: usize) -> Result<Option<Event<'a>>, Failure> {
        if self.in_empty {
            return Ok(Some(self.end_of_element()));
        }
        match self.text.as_bytes()[start..] {
            [b'<', b'/', ..] => self.end(start),
            [b'<', b'!', b'[', ..] => self.section(start),
            [b'<', b'!' | b'?', ..] => self.rare(start),
            [b'<', _, ..] => self.start(start),
            [b'<'] => self.rare(start),
            [b'&', ..] => self.reference(start).map(Some),
            [_, ..] => self.characters(start),
            [] if !self.seen_root => Err((start, self.without_root())),
            [] if !self.open.is_empty() => Err((start, Problem::Truncated)),
            [] => Ok(Some(Event::Eof)),
        }
    }

    #[cold]
    fn without_root(&self) -> Problem {
        match self.text.bytes().all(markup::is_space) {
            true => Problem::Blank,
            false => Problem::NoElement,
        }
    }

    #[inline]
    fn characters(&mut self, start: usize) -> Result<Option<Event<'a>>, Failure> {
        let rest = &self.text[start..];
        let ends = |rest: &str| memchr::memchr2(b'<', b'&', rest.as_bytes()).unwrap_or(rest.len());
        // `]]>` needs a bracket, which is rare.
        let stop = memchr::memchr3(b'<', b'&', b']', rest.as_bytes()).unwrap_or(rest.len());
        let bracket = rest.as_bytes().get(stop) == Some(&b']');
        let length = stop + if bracket { ends(&rest[stop..]) } else { 0 };
        let raw = &rest[..length];
        self.at = start + length;
        if self.open.is_empty() {
            return match raw.bytes().position(|byte| !markup::is_space(byte)) {
                Some(at) => Err((start + at, Problem::OutsideRoot("text"))),
                None => Ok(None),
            };
        }
        if bracket && let Some(at) = self.section_end.find(raw.as_bytes()) {
            return Err((start + at, Problem::Syntax("`]]>` in text".to_owned())));
        }
        Ok(self.wants_text.then(|| Event::Text(self.normalised(raw))))
    }

    #[inline]
    fn section(&mut self, start: usize) -> Result<Option<Event<'a>>, Failure> {
        const OPENING: &str = "<![CDATA[";
        let content = self.text[start..].strip_prefix(OPENING);
        let found = content.and_then(|content| {
            let length = self.section_end.find(content.as_bytes())?;
            Some(&content[..length])
        });
        let Some(data) = found else {
            return self.rare(start);
        };
        self.at = start + OPENING.len() + data.len() + "]]>".len();
        if self.open.is_empty() {
            return Err((start, Problem::OutsideRoot("text")));
        }
        Ok(self.wants_text.then(|| Event::Text(self.normalised(data))))
    }

    /// Character data with normalised line ends.
    #[inline]
    fn normalised(&self, raw: &'a str) -> Cow<'a, str> {
        match self.has_returns {
            true => BytesText::from_escaped(raw).xml10_content(),
            false => Cow::Borrowed(raw),
        }
    }

    #[inline(never)]
    fn reference(&mut self, start: usize) -> Result<Event<'a>, Failure> {
        let rest = &self.text[start + 1..];
        let end = memchr::memchr3(b';', b'&', b'<', rest.as_bytes());
        let Some(end) = end.filter(|&end| rest.as_bytes()[end] == b';') else {
            let problem = Problem::Syntax("`&` without a reference".to_owned());
            return Err((start, problem));
        };
        self.at = start + 1 + end + 1;
        if self.open.is_empty() {
            return Err((start, Problem::OutsideRoot("text")));
        }
        let found = markup::resolve(&rest[..end]).map_err(|problem| (start, problem))?;
        Ok(Event::Text(match markup::ascii(found) {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(found.to_string()),
        }))
    }

    #[inline]
    fn end(&mut self, start: usize) -> Result<Option<Event<'a>>, Failure> {
        let Some(&Open { name: expected, .. }) = self.open.last() else {
            return self.rare(start);
        };
        let rest = &self.text[start + 2..];
        let after = rest.as_bytes().strip_prefix(expected.as_bytes());
        if let Some([b'>', ..]) = after {
            self.at = start + 2 + expected.len() + 1;
            return Ok(Some(self.end_of_element()));
        }
        let Some(length) = markup::tag_length(rest) else {
            return self.rare(start);
        };
        let found = match rest[..length].trim_end_matches([' ', '\t', '\n', '\r']) {
            "" => &rest[..length],
            name => name,
        };
        if found != expected {
            let (expected, found) = (excerpt(expected), excerpt(found));
            let problem = format!("`</{found}>` where `</{expected}>` is due");
            return Err((start, Problem::Syntax(problem)));
        }
        self.at = start + 2 + length + 1;
        Ok(Some(self.end_of_element()))
    }

    #[inline]
    fn end_of_element(&mut self) -> Event<'a> {
        self.in_empty = false;
        if let Some(outer) = self.open.pop().and_then(|open| open.outer) {
            self.scope.pop();
            self.default_namespace = outer;
        }
        Event::End
    }

    #[inline]
    fn start(&mut self, start: usize) -> Result<Option<Event<'a>>, Failure> {
        let rest = &self.text[start + 1..];
        let (name, more) = rest.split_at(markup::ascii_name_length(rest));
        let depth = self.open.len();
        if more.starts_with('>')
            && markup::starts_name(name)
            && (1..self.limits.depth).contains(&depth)
        {
            self.at = start + 1 + name.len() + 1;
            return Ok(Some(self.start_of_element(start, name, None)));
        }
        self.start_with_attributes(start)
    }

    #[inline]
    fn start_of_element(
        &mut self,
        start: usize,
        name: &'a str,
        outer: Option<Namespace>,
    ) -> Event<'a> {
        self.tag_start = start;
        self.open.push(Open { name, outer });
        let prefixed = name.bytes().position(|byte| byte == b':');
        let (namespace, local) = match prefixed {
            Some(at) => (self.namespace(QName(name)), &name[at + 1..]),
            None => (self.default_namespace, name),
        };
        Event::Start {
            namespace,
            prefixed: prefixed.is_some(),
            local,
        }
    }

    /// The namespace of an element's name.
    fn namespace(&self, name: QName<'_>) -> Namespace {
        match self.scope.resolve_element(name).0 {
            ResolveResult::Unbound => Namespace::None,
            ResolveResult::Unknown(_) => Namespace::Other,
            ResolveResult::Bound(bound) => Namespace::named(bound.into_inner().as_bytes()),
        }
    }
}

fn binding_problem(error: &NamespaceError) -> Problem {
    match error {
        NamespaceError::TooManyBindings(limit) => Problem::TooMany("namespaces in scope", *limit),
        _ => Problem::Syntax("a reserved prefix or namespace bound to another".to_owned()),
    }
}
