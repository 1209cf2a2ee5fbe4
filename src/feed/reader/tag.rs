//! Start tags with attributes and namespace bindings.

use quick_xml::events::BytesStart;
use quick_xml::name::{QName, ResolveResult};

use super::super::{Limits, Problem, excerpt, markup};
use super::{Event, Failure, Reader, binding_problem};

/// A start tag as it stands in the text.
struct Tag<'a> {
    name: &'a str,
    /// Whether the name was already checked.
    is_named: bool,
    /// The text between the name and the end.
    raw: &'a str,
    attributes: Result<Attributes, Failure>,
    empty: bool,
}

/// Up to this many attributes are compared pairwise.
const FEW: usize = 8;

/// Summary of a tag's attributes.
#[derive(Clone, Copy, Default)]
struct Attributes {
    /// Whether some bind namespaces.
    bind: bool,
    /// Whether some bind a namespace whose name contains references.
    bind_escaped: bool,
    /// How many of the others have a prefix.
    prefixed: usize,
}

impl<'a> Reader<'a> {
    /// Reads any start tag.
    #[inline(never)]
    pub(super) fn start_with_attributes(
        &mut self,
        start: usize,
    ) -> Result<Option<Event<'a>>, Failure> {
        let rest = &self.text[start + 1..];
        let Some(tag) = self.whole_tag(rest).or_else(|| self.any_tag(rest)) else {
            return self.rare(start);
        };
        let Tag { name, raw, .. } = tag;
        // Namespace bindings are checked first, as far as the tag is readable.
        let binds = !matches!(tag.attributes, Ok(Attributes { bind: false, .. }));
        if binds {
            let content = &rest[..name.len() + raw.len()];
            let bound = (self.scope).push(&BytesStart::from_content(content, name.len()));
            bound.map_err(|error| (start, binding_problem(&error)))?;
        }
        if self.open.is_empty() && self.seen_root {
            return Err((start, Problem::OutsideRoot("a second element")));
        }
        self.seen_root = true;
        self.tag_start = start;
        if self.open.len() >= self.limits.depth {
            return Err((start, Problem::TooDeep(self.limits.depth)));
        }
        if !tag.is_named && !markup::is_name(name) {
            let problem = format!("`{}` is no name of an element", excerpt(name));
            return Err((start, Problem::Syntax(problem)));
        }
        if !raw.is_empty() {
            tag.attributes
                .and_then(|attributes| self.check_attributes(raw, attributes))
                .map_err(|(at, problem)| (start + 1 + name.len() + at, problem))?;
        }
        let outer = binds.then_some(self.default_namespace);
        if binds {
            self.default_namespace = self.namespace(QName(""));
        }
        self.at = start + 1 + name.len() + raw.len() + usize::from(tag.empty) + 1;
        self.in_empty = tag.empty;
        Ok(Some(self.start_of_element(start, name, outer)))
    }

    /// The tag at the start of `rest`, if its name is ASCII and it is well-formed.
    #[inline]
    fn whole_tag(&mut self, rest: &'a str) -> Option<Tag<'a>> {
        let (name, more) = rest.split_at(markup::ascii_name_length(rest));
        if !markup::starts_name(name) {
            return None;
        }
        let (attributes, length) = match more.as_bytes() {
            [b'>', ..] => (Attributes::default(), 0),
            _ => self.walk_attributes(more, markup::is_tag_end).ok()?,
        };
        Some(Tag {
            name,
            is_named: true,
            raw: &more[..length],
            attributes: Ok(attributes),
            empty: more.as_bytes()[length] == b'/',
        })
    }

    /// The tag at the start of `rest`, if it has an end.
    #[cold]
    fn any_tag(&mut self, rest: &'a str) -> Option<Tag<'a>> {
        let tag = &rest[..markup::tag_length(rest)?];
        let content = tag.strip_suffix('/').unwrap_or(tag);
        let length = content.bytes().position(markup::is_space);
        let (name, raw) = content.split_at(length.unwrap_or(content.len()));
        let attributes = self.walk_attributes(raw, <[u8]>::is_empty);
        Some(Tag {
            name,
            is_named: false,
            raw,
            attributes: attributes.map(|(attributes, _)| attributes),
            empty: content.len() < tag.len(),
        })
    }

    /// Checks each of a tag's attributes by itself and collects their names; returns the length of
    /// all attributes.
    fn walk_attributes(
        &mut self,
        raw: &str,
        is_end: impl Fn(&[u8]) -> bool,
    ) -> Result<(Attributes, usize), Failure> {
        let names = &mut self.attribute_names;
        names.clear();
        let mut found = Attributes::default();
        let length = markup::attributes(raw, is_end, |(name, value, at)| {
            if names.len() == Limits::ATTRIBUTES {
                return Err((at, Problem::TooMany("attributes", Limits::ATTRIBUTES)));
            }
            names.push((at, at + name.len()));
            if name.starts_with("xmlns") {
                found.bind = true;
                found.bind_escaped |= value.contains('&');
            }
            found.prefixed += usize::from(has_prefix(name));
            Ok(())
        })?;
        Ok((found, length))
    }

    /// Checks the attributes of a tag against each other.
    fn check_attributes(&mut self, raw: &str, found: Attributes) -> Result<(), Failure> {
        if found.bind_escaped {
            markup::attributes(raw, <[u8]>::is_empty, |(name, value, at)| {
                if !name.starts_with("xmlns") || !value.contains('&') {
                    return Ok(());
                }
                self.bind(name, &markup::resolved_value(value))
                    .map_err(|problem| (at, problem))
            })?;
        }
        let names = &mut self.attribute_names;
        let name = |&(start, end): &(usize, usize)| &raw[start..end];
        // Most tags have so few attributes that comparing all pairs is cheaper than sorting.
        let is_new = |(number, found)| !names[..number].iter().any(|it| name(it) == name(found));
        if names.len() <= FEW && found.prefixed < 2 && names.iter().enumerate().all(is_new) {
            return Ok(());
        }
        names.sort_unstable_by(|left, right| name(left).cmp(name(right)).then(left.cmp(right)));
        let same_name = self
            .attribute_names
            .windows(2)
            .filter(|pair| name(&pair[0]) == name(&pair[1]));
        let second = same_name.map(|pair| pair[1]);
        // The first duplicate in document order is reported.
        match second.chain(self.same_by_namespace(raw)).min() {
            Some(found) => Err((found.0, Problem::DuplicateAttribute(excerpt(name(&found))))),
            None => Ok(()),
        }
    }

    /// The second of two attributes with the same local name whose prefixes are bound to the same
    /// namespace.
    fn same_by_namespace(&self, raw: &str) -> Option<(usize, usize)> {
        let resolved = |&(start, end): &(usize, usize)| {
            let (bound, local) = self.scope.resolve_attribute(QName(&raw[start..end]));
            match bound {
                ResolveResult::Bound(bound) => Some((bound.0, local.into_inner(), (start, end))),
                _ => None,
            }
        };
        let is_prefixed = |&&(start, end): &&(usize, usize)| has_prefix(&raw[start..end]);
        let prefixed = self.attribute_names.iter().filter(is_prefixed);
        let mut names: Vec<_> = prefixed.filter_map(resolved).collect();
        names.sort_unstable();
        let same = names
            .windows(2)
            .filter(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1));
        same.map(|pair| pair[1].2).min()
    }

    /// Binds a namespace again with its references resolved: quick-xml has used the raw value.
    fn bind(&mut self, attribute: &str, namespace: &str) -> Result<(), Problem> {
        let Some(prefix) = QName(attribute).as_namespace_binding() else {
            return Ok(());
        };
        let namespace = quick_xml::name::Namespace(namespace);
        let added = self.scope.add(prefix, namespace);
        added.map_err(|error| binding_problem(&error))
    }
}

/// Whether an attribute has a prefix other than `xmlns`.
fn has_prefix(name: &str) -> bool {
    name.bytes().any(|byte| byte == b':') && !name.starts_with("xmlns:")
}
