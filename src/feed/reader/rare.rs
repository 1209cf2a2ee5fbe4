//! Comments, instructions, declarations and malformed constructs, each read by quick-xml.

use quick_xml::errors::SyntaxError;
use quick_xml::events::Event as Xml;

use super::super::{Problem, doctype, excerpt, markup};
use super::{Event, Failure, Reader};

impl<'a> Reader<'a> {
    /// Reads one rare or malformed construct.
    #[cold]
    pub(super) fn rare(&mut self, start: usize) -> Result<Option<Event<'a>>, Failure> {
        let syntax = |what: &str| (start, Problem::Syntax(what.to_owned()));
        let mut xml = quick_xml::Reader::from_str(&self.text[start..]);
        xml.config_mut().check_comments = false;
        let event = xml
            .read_event()
            .map_err(|error| self.broken(start, &error))?;
        self.at = start + xml.buffer_position() as usize;
        match event {
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
            Xml::PI(instruction) if markup::is_target(instruction.target()) => Ok(None),
            Xml::PI(_) => Err(syntax("an instruction without a valid target")),
            Xml::DocType(_) => {
                self.misplaced_doctype(start)?;
                self.seen_doctype = true;
                self.check_doctype(start).map(|()| None)
            }
            _ => Err(syntax("markup that is neither whole nor broken")),
        }
    }

    /// Checks the type declaration that quick-xml has skipped or failed in.
    fn check_doctype(&self, start: usize) -> Result<(), Failure> {
        let length =
            doctype::check(&self.text[start..]).map_err(|(at, problem)| (start + at, problem))?;
        if start + length == self.at {
            return Ok(());
        }
        Err((start, Problem::Syntax("a malformed DOCTYPE".to_owned())))
    }

    /// The failure for a quick-xml error. An unterminated construct means that the document is
    /// truncated there.
    fn broken(&self, start: usize, error: &quick_xml::Error) -> Failure {
        let rest = &self.text[start..];
        let syntax = |what: String| (start, Problem::Syntax(what));
        match error {
            quick_xml::Error::Syntax(SyntaxError::UnclosedDoctype) => self
                .misplaced_doctype(start)
                .and_then(|()| self.check_doctype(start))
                .err()
                .unwrap_or((start, Problem::Truncated)),
            quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup) if !is_cut(rest) => {
                syntax(excerpt(&error.to_string()))
            }
            quick_xml::Error::Syntax(_) if !self.open.is_empty() => {
                (self.text.len(), Problem::Truncated)
            }
            _ => syntax(excerpt(&error.to_string())),
        }
    }

    fn misplaced_doctype(&self, start: usize) -> Result<(), Failure> {
        if !self.seen_root && !self.seen_doctype {
            return Ok(());
        }
        let problem = "a DOCTYPE after the root or another DOCTYPE".to_owned();
        Err((start, Problem::Syntax(problem)))
    }
}

/// Whether the text ends before the construct can be identified.
fn is_cut(rest: &str) -> bool {
    ["<!--", "<![CDATA[", "<!DOCTYPE"]
        .iter()
        .any(|opening| opening.starts_with(rest))
}
