//! The document type declaration: its grammar is checked, and nothing in it has an effect.
//!
//! Implements productions 28 to 83 of XML 1.0, as far as an internal subset can use them: a
//! parameter entity inside a declaration is an error, conditional sections do not exist, and an
//! external subset is not read. No entity is expanded, no attribute default is applied, and nothing
//! is fetched. A reference in an attribute default is checked like one in a tag. References in an
//! entity value must be well-formed but may name anything, since they are never followed.
//!
//! Time: linear. Space: one byte per nested group of a content model; there is no recursion.

use super::markup;

mod cursor;

use cursor::{Checked, Cursor};

/// Checks a type declaration at the start of `text` and returns its length.
///
/// Errors carry the offset within `text`.
pub(super) fn check(text: &str) -> Checked<usize> {
    let mut cursor = Cursor::new(text);
    cursor.doctype()?;
    Ok(cursor.at)
}

/// Checks a declaration, from after its keyword to before its `>`.
type Declaration = fn(&mut Cursor<'_>) -> Checked;

const DECLARATIONS: [(&str, Declaration); 4] = [
    ("<!ELEMENT", |cursor| cursor.element()),
    ("<!ATTLIST", |cursor| cursor.attributes()),
    ("<!ENTITY", |cursor| cursor.entity()),
    ("<!NOTATION", |cursor| cursor.notation()),
];

const ATTRIBUTE_TYPES: [&str; 8] = [
    "CDATA", "ID", "IDREF", "IDREFS", "ENTITY", "ENTITIES", "NMTOKEN", "NMTOKENS",
];

impl Cursor<'_> {
    fn doctype(&mut self) -> Checked {
        self.expect("<!DOCTYPE")?;
        self.need_space()?;
        self.name()?;
        let before = self.at;
        self.space();
        if matches!(self.peek(), Some(b'S' | b'P')) && self.at > before {
            self.external_id(false)?;
            self.space();
        }
        if self.accept("[") {
            self.internal_subset()?;
            self.space();
        }
        self.expect(">")
    }

    fn internal_subset(&mut self) -> Checked {
        loop {
            self.space();
            let declaration = DECLARATIONS
                .iter()
                .find(|(keyword, _)| self.rest().starts_with(keyword));
            if let Some((keyword, check)) = declaration {
                self.at += keyword.len();
                self.need_space()?;
                check(self)?;
                self.space();
                self.expect(">")?;
            } else if self.accept("]") {
                return Ok(());
            } else if self.accept("%") {
                self.name()?;
                self.expect(";")?;
            } else if self.accept("<!--") {
                self.comment()?;
            } else if self.accept("<?") {
                self.instruction()?;
            } else {
                return self.fail("no declaration");
            }
        }
    }

    fn comment(&mut self) -> Checked {
        let content = self.until("-->", "a comment without an end")?;
        match markup::comment_error(content) {
            Some(at) => {
                self.at -= content.len() + "-->".len() - at;
                self.fail("`--` in a comment")
            }
            None => Ok(()),
        }
    }

    fn instruction(&mut self) -> Checked {
        let start = self.at;
        let content = self.until("?>", "an instruction without an end")?;
        let is_space = |found: char| found.is_ascii() && markup::is_space(found as u8);
        let target = content.split(is_space).next().unwrap_or_default();
        if markup::is_target(target) {
            return Ok(());
        }
        self.at = start;
        self.fail("an instruction without a valid target")
    }

    fn element(&mut self) -> Checked {
        self.name()?;
        self.need_space()?;
        if self.accept("EMPTY") || self.accept("ANY") {
            return Ok(());
        }
        self.expect("(")?;
        self.space();
        if self.accept("#PCDATA") {
            self.mixed_content()
        } else {
            self.content_model()
        }
    }

    /// Production 51, from after `#PCDATA`.
    fn mixed_content(&mut self) -> Checked {
        let mut names = false;
        loop {
            self.space();
            if self.accept(")") {
                let star = self.accept("*");
                return match names && !star {
                    true => self.fail("mixed content without `*`"),
                    false => Ok(()),
                };
            }
            self.expect("|")?;
            self.space();
            self.name()?;
            names = true;
        }
    }

    /// Productions 47 to 50, from after the first parenthesis.
    fn content_model(&mut self) -> Checked {
        // The separator of each open group, once it is known.
        let mut open: Vec<Option<u8>> = vec![None];
        loop {
            self.space();
            if self.accept("(") {
                open.push(None);
                continue;
            }
            self.name()?;
            self.repetition();
            loop {
                self.space();
                match (self.peek(), open.last_mut()) {
                    (Some(found @ (b'|' | b',')), Some(separator)) => {
                        if *separator.get_or_insert(found) != found {
                            return self.fail("`|` and `,` in one group");
                        }
                        self.at += 1;
                        break;
                    }
                    (Some(b')'), _) => {
                        self.at += 1;
                        open.pop();
                        self.repetition();
                        if open.is_empty() {
                            return Ok(());
                        }
                    }
                    _ => return self.fail("a malformed content model"),
                }
            }
        }
    }

    fn repetition(&mut self) {
        if matches!(self.peek(), Some(b'?' | b'*' | b'+')) {
            self.at += 1;
        }
    }

    fn attributes(&mut self) -> Checked {
        self.name()?;
        loop {
            let spaced = self.space();
            if self.peek() == Some(b'>') {
                return Ok(());
            }
            if !spaced {
                return self.fail("no space before an attribute");
            }
            self.name()?;
            self.need_space()?;
            self.attribute_type()?;
            self.need_space()?;
            if self.accept("#REQUIRED") || self.accept("#IMPLIED") {
                continue;
            }
            if self.accept("#FIXED") {
                self.need_space()?;
            }
            let value = self.literal()?;
            let start = self.at - 1 - value.len();
            markup::check_value(value).map_err(|(at, problem)| (start + at, problem))?;
        }
    }

    fn attribute_type(&mut self) -> Checked {
        if self.accept("(") {
            return self.alternatives(Self::token);
        }
        let length = self
            .rest()
            .bytes()
            .take_while(u8::is_ascii_uppercase)
            .count();
        let keyword = &self.rest()[..length];
        if keyword == "NOTATION" {
            self.at += length;
            self.need_space()?;
            self.expect("(")?;
            return self.alternatives(Self::name);
        }
        if !ATTRIBUTE_TYPES.contains(&keyword) {
            return self.fail("an attribute without a type");
        }
        self.at += length;
        Ok(())
    }

    /// Alternatives between parentheses, separated by `|`, up to the closing one.
    fn alternatives(&mut self, one: fn(&mut Self) -> Checked) -> Checked {
        loop {
            self.space();
            one(self)?;
            self.space();
            if self.accept(")") {
                return Ok(());
            }
            self.expect("|")?;
        }
    }

    fn entity(&mut self) -> Checked {
        let parameter = self.accept("%");
        if parameter {
            self.need_space()?;
        }
        self.name()?;
        self.need_space()?;
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            return self.entity_value();
        }
        self.external_id(false)?;
        let before = self.at;
        self.space();
        if !parameter && self.at > before && self.accept("NDATA") {
            self.need_space()?;
            self.name()?;
        }
        Ok(())
    }

    fn entity_value(&mut self) -> Checked {
        let value = self.literal()?;
        let end = self.at;
        let start = end - 1 - value.len();
        for at in memchr::memchr2_iter(b'%', b'&', value.as_bytes()) {
            self.at = start + at;
            if self.peek() == Some(b'%') {
                return self.fail("a parameter entity inside a declaration");
            }
            self.at += 1;
            if self.peek() == Some(b'#') {
                let digits = self.rest()[1..]
                    .bytes()
                    .take_while(u8::is_ascii_alphanumeric);
                let length = 1 + digits.count();
                markup::resolve(&self.rest()[..length]).map_err(|problem| (start + at, problem))?;
                self.at += length;
            } else {
                self.name()?;
            }
            self.expect(";")?;
        }
        self.at = end;
        Ok(())
    }

    fn notation(&mut self) -> Checked {
        self.name()?;
        self.need_space()?;
        self.external_id(true)
    }

    /// Production 75; with `public_only` also production 83.
    fn external_id(&mut self, public_only: bool) -> Checked {
        if self.accept("SYSTEM") {
            self.need_space()?;
            return self.literal().map(drop);
        }
        self.expect("PUBLIC")?;
        self.need_space()?;
        let public = self.literal()?;
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || b" \r\n-'()+,./:=?;!*#@$_%".contains(&byte);
        if let Some(at) = public.bytes().position(|byte| !allowed(byte)) {
            self.at -= 1 + public.len() - at;
            return self.fail("a public identifier with other characters");
        }
        let spaced = self.space();
        match self.peek() {
            Some(b'"' | b'\'') if spaced => self.literal().map(drop),
            Some(b'>') if public_only => Ok(()),
            _ => self.fail("a public identifier without a system one"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Problem;
    use super::*;

    /// A whole DOCTYPE whose internal subset is only this declaration.
    fn subset(declaration: &str) -> String {
        format!("<!DOCTYPE rss [{declaration}]>")
    }

    #[test]
    fn well_formed_declarations_are_passed_to_their_end() {
        for declaration in [
            "<!ELEMENT a EMPTY>",
            "<!ELEMENT a ANY >",
            "<!ELEMENT a (#PCDATA)>",
            "<!ELEMENT a (#PCDATA)*>",
            "<!ELEMENT a ( #PCDATA | b | c )* >",
            "<!ELEMENT a (b)>",
            "<!ELEMENT a (b?,(c|d+)*,( e , f ))+>",
            "<!ATTLIST a>",
            "<!ATTLIST a b CDATA #IMPLIED c ID #REQUIRED>",
            "<!ATTLIST a b (x|1y | -z) 'x' c NOTATION (n|m) #FIXED \"n\">",
            "<!ATTLIST a b NMTOKENS '&#65;&lt;&amp;'>",
            "<!ENTITY a '&b; &#65; <c'>",
            "<!ENTITY % a \"x\">%a; %a;",
            "<!ENTITY a SYSTEM 'file:///etc/passwd'>",
            "<!ENTITY a PUBLIC '-//A//B' \"c\" NDATA n >",
            "<!NOTATION n PUBLIC 'n'>",
            "<!NOTATION n PUBLIC 'n' 'm'>",
            "<!NOTATION n SYSTEM \"n>\">",
            "<!-- ] > \" - ' --><?p ]> ?><?q?>",
        ] {
            let text = subset(declaration);
            assert_eq!(check(&text).ok(), Some(text.len()), "{declaration}");
        }
        for text in [
            "<!DOCTYPE a>",
            "<!DOCTYPE a:b\tSYSTEM\n'x>' >",
            "<!DOCTYPE a PUBLIC 'p' 's'[]>",
            "<!DOCTYPE S[ ] >",
        ] {
            assert_eq!(
                check(&format!("{text}<a/>")).ok(),
                Some(text.len()),
                "{text}"
            );
        }
    }

    #[test]
    fn malformed_declarations_are_refused_where_they_break() {
        for (declaration, at, reason) in [
            ("x", 0, "no declaration"),
            ("<!element a ANY>", 0, "no declaration"),
            ("<![INCLUDE[]]>", 0, "no declaration"),
            ("%a", 2, "no `;`"),
            ("% a;", 1, "no name"),
            ("<!ELEMENT a b>", 12, "no `(`"),
            ("<!ELEMENT a ()>", 13, "no name"),
            ("<!ELEMENT a (b|c,d)>", 16, "`|` and `,` in one group"),
            ("<!ELEMENT a (b ?)>", 15, "a malformed content model"),
            ("<!ELEMENT a (#PCDATA|b)>", 23, "mixed content without `*`"),
            ("<!ELEMENT a (%b;)>", 13, "no name"),
            ("<!ATTLIST a b CDAT 'x'>", 14, "an attribute without a type"),
            ("<!ATTLIST a b CDATA>", 19, "no space"),
            ("<!ATTLIST a b CDATA x>", 20, "no quotes"),
            ("<!ATTLIST a b(c) 'c'>", 13, "no space"),
            (
                "<!ENTITY a '%b;'>",
                12,
                "a parameter entity inside a declaration",
            ),
            ("<!ENTITY a '&b'>", 14, "no `;`"),
            ("<!ENTITY a SYSTEM x>", 18, "no quotes"),
            (
                "<!ENTITY a PUBLIC 'x'>",
                21,
                "a public identifier without a system one",
            ),
            (
                "<!ENTITY a PUBLIC '{' 'x'>",
                19,
                "a public identifier with other characters",
            ),
            ("<!ENTITY % a SYSTEM 'x' NDATA n>", 24, "no `>`"),
            ("<!NOTATION n>", 12, "no space"),
            ("<!-- -- -->", 5, "`--` in a comment"),
            (
                "<?xml version='1.0'?>",
                2,
                "an instruction without a valid target",
            ),
        ] {
            let (offset, problem) = check(&subset(declaration)).unwrap_err();
            let expected = Problem::Syntax(format!("{reason} in the DOCTYPE"));
            assert_eq!((offset, problem), (15 + at, expected), "{declaration}");
        }
        let (offset, problem) = check(&subset("<!ATTLIST a b CDATA '&c;'>")).unwrap_err();
        assert_eq!((offset, problem), (36, Problem::Reference("c".to_owned())));
        let (offset, problem) = check("<!DOCTYPE a [<!ELEMENT ").unwrap_err();
        assert_eq!(offset, 23);
        assert_eq!(
            problem.to_string(),
            "not well-formed: the document ends inside its DOCTYPE"
        );
        assert!(check("<!doctype a>").is_err());
        assert!(check("<!DOCTYPE aSYSTEM 'x'>").is_err());
    }
}
