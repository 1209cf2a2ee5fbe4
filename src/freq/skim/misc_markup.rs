//! Markup other than tags: comments, CDATA sections, instructions, and the XML declaration.

use super::given_up::{GivenUp, Walked, require};
use super::grammar::is_space;
use super::lanes::Lanes;
use super::walk::Walk;

impl<L: Lanes> Walk<'_, L> {
    /// A comment or a CDATA section.
    #[inline(always)]
    pub(super) fn declaration(&mut self, mark: usize) -> Walked<()> {
        let rest = self.document.wide(mark)?;
        if rest.starts_with(b"<![CDATA[") && self.elements.depth > 0 {
            let start = mark + 9;
            loop {
                let next = self.take();
                let head = self.document.wide(next)?;
                if head[0] == b']' && head[2] == b'>' {
                    if self.capture.is_on {
                        self.piece(start, next);
                    }
                    self.cursor = next + 3;
                    return Ok(());
                }
                require(next < self.document.end(), GivenUp::End)?;
            }
        }
        if !rest.starts_with(b"<!--") || rest.starts_with(b"<!-->") || rest.starts_with(b"<!--->") {
            return Err(GivenUp::Markup);
        }
        let dashes = self.document.find_pair(self.lanes, mark + 4, *b"--")?;
        require(self.document.byte(dashes + 2)? == b'>', GivenUp::Markup)?;
        self.go_to(dashes + 3);
        Ok(())
    }

    /// An instruction that is not the XML declaration.
    #[inline(always)]
    pub(super) fn instruction(&mut self, mark: usize) -> Walked<()> {
        let target = self.name(mark + 2)?;
        let after = target.start + target.length;
        let name = self.document.part(target.start, after);
        let ended =
            is_space(self.document.byte(after)?) || self.document.wide(after)?.starts_with(b"?>");
        if !ended || target.prefix > 0 || name.eq_ignore_ascii_case(b"xml") {
            return Err(GivenUp::Markup);
        }
        let end = self.document.find_pair(self.lanes, after, *b"?>")?;
        self.go_to(end + 2);
        Ok(())
    }

    /// The XML declaration, if there is one; it must not name an encoding other than UTF-8.
    #[inline(always)]
    pub(super) fn prolog(&mut self, start: usize) -> Walked<()> {
        let Some(rest) = self.document.whole()[start..].strip_prefix(b"<?xml") else {
            return Ok(());
        };
        const FIELDS: [&[u8]; 3] = [b"version", b"encoding", b"standalone"];
        let mut at = start + 5;
        let mut next = 0;
        require(
            rest.first().copied().is_some_and(is_space),
            GivenUp::Declaration,
        )?;
        loop {
            let before = at;
            at = self.after_space(at)?;
            if self.document.wide(at)?.starts_with(b"?>") {
                self.go_to(at + 2);
                return require(next > 0, GivenUp::Declaration);
            }
            let name = self.name(at)?;
            let (open, close) = self.value(name.start + name.length)?;
            let (found, value) = (
                self.document.part(name.start, name.start + name.length),
                self.document.part(open, close),
            );
            let field = FIELDS.iter().position(|field| *field == found);
            let field = field.ok_or(GivenUp::Declaration)?;
            let valid = match field {
                0 => value == b"1.0" || value == b"1.1",
                1 => value.eq_ignore_ascii_case(b"utf-8"),
                _ => value == b"yes" || value == b"no",
            };
            // Version first, then the others in the prescribed order.
            let ordered = field >= next && (field == 0) == (next == 0);
            require(valid && ordered && at > before, GivenUp::Declaration)?;
            next = field + 1;
            at = close + 1;
        }
    }
}
