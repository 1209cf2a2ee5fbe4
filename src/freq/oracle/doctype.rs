//! The grammar of the type declaration, from the specification's productions.

use super::characters::name_rest;
use super::parser::{Parsed, Parser};

impl Parser {
    /// Production 28.
    pub(super) fn doctype(&mut self) -> Parsed<()> {
        self.expect("<!DOCTYPE")?;
        self.some_space()?;
        self.name()?;
        if self.space() && (self.looking_at("SYSTEM") || self.looking_at("PUBLIC")) {
            self.external_id()?;
            self.space();
        }
        if self.accept("[") {
            while !self.accept("]") {
                self.part_of_subset()?;
            }
            self.space();
        }
        self.expect(">")
    }

    /// Productions 28a and 29.
    fn part_of_subset(&mut self) -> Parsed<()> {
        if self.space() {
            return Ok(());
        }
        if self.looking_at("<!--") {
            return self.comment();
        }
        if self.looking_at("<?") {
            return self.instruction();
        }
        if self.accept("%") {
            self.name()?;
            return self.expect(";");
        }
        self.expect("<!")?;
        let keyword = self.name()?;
        self.some_space()?;
        match keyword.as_str() {
            "ELEMENT" => self.element_declaration()?,
            "ATTLIST" => self.attribute_list()?,
            "ENTITY" => self.entity_declaration()?,
            "NOTATION" => self.notation_declaration()?,
            _ => return Err("no declaration"),
        }
        self.space();
        self.expect(">")
    }

    /// Productions 45 to 51.
    fn element_declaration(&mut self) -> Parsed<()> {
        self.name()?;
        self.some_space()?;
        if self.accept("EMPTY") || self.accept("ANY") {
            return Ok(());
        }
        // A content model is checked token by token: each token restricts the next.
        let mut groups: Vec<Option<char>> = Vec::new();
        let mut after_particle = false;
        let mut mixed = false;
        loop {
            if !groups.is_empty() {
                self.space();
            }
            let in_mixed = mixed && groups.len() == 1;
            if after_particle && self.accept(")") {
                let group = groups.pop().ok_or("an unbalanced parenthesis")?;
                if in_mixed && group.is_some() {
                    self.expect("*")?;
                } else if in_mixed {
                    self.accept("*");
                } else {
                    self.repetition();
                }
                if groups.is_empty() {
                    return Ok(());
                }
            } else if after_particle {
                let separator = self.character()?;
                let group = groups.last_mut().ok_or("no group")?;
                let fits = separator == '|' || separator == ',' && !mixed;
                if !fits || group.is_some_and(|known| known != separator) {
                    return Err("not the separator of the group");
                }
                *group = Some(separator);
                after_particle = false;
            } else if !mixed && self.accept("(") {
                groups.push(None);
            } else if groups == [None] && self.accept("#PCDATA") {
                mixed = true;
                after_particle = true;
            } else if groups.is_empty() {
                return Err("no content");
            } else {
                self.name()?;
                if !mixed {
                    self.repetition();
                }
                after_particle = true;
            }
        }
    }

    fn repetition(&mut self) {
        let _ = self.accept("?") || self.accept("*") || self.accept("+");
    }

    /// Productions 52 to 60.
    fn attribute_list(&mut self) -> Parsed<()> {
        const KEYWORDS: [&str; 8] = [
            "CDATA", "ID", "IDREF", "IDREFS", "ENTITY", "ENTITIES", "NMTOKEN", "NMTOKENS",
        ];
        self.name()?;
        while self.space() && !self.looking_at(">") {
            self.name()?;
            self.some_space()?;
            if self.looking_at("(") {
                self.choice(Self::name_token)?;
            } else {
                let keyword = self.name()?;
                if keyword == "NOTATION" {
                    self.some_space()?;
                    self.choice(|parser| parser.name().map(drop))?;
                } else if !KEYWORDS.contains(&keyword.as_str()) {
                    return Err("no type of an attribute");
                }
            }
            self.some_space()?;
            if self.accept("#REQUIRED") || self.accept("#IMPLIED") {
                continue;
            }
            if self.accept("#FIXED") {
                self.some_space()?;
            }
            self.value()?;
        }
        Ok(())
    }

    fn choice(&mut self, one: impl Fn(&mut Self) -> Parsed<()>) -> Parsed<()> {
        self.expect("(")?;
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

    fn name_token(&mut self) -> Parsed<()> {
        let start = self.at;
        while self.text.get(self.at).copied().is_some_and(name_rest) {
            self.at += 1;
        }
        if self.at > start {
            Ok(())
        } else {
            Err("no name token")
        }
    }

    /// Productions 70 to 74 and 76.
    fn entity_declaration(&mut self) -> Parsed<()> {
        let parameter = self.accept("%");
        if parameter {
            self.some_space()?;
        }
        self.name()?;
        self.some_space()?;
        if self.looking_at("\"") || self.looking_at("'") {
            return self.entity_value();
        }
        self.external_id()?;
        if !parameter && self.space() && self.accept("NDATA") {
            self.some_space()?;
            self.name()?;
        }
        Ok(())
    }

    /// Production 9. A parameter entity is an error, as everywhere inside a declaration.
    fn entity_value(&mut self) -> Parsed<()> {
        let quote = self.character()?;
        loop {
            if self.looking_at("&#") {
                self.reference()?;
            } else if self.accept("&") {
                self.name()?;
                self.expect(";")?;
            } else {
                match self.character()? {
                    '%' => return Err("a parameter entity inside a declaration"),
                    found if found == quote => return Ok(()),
                    _ => {}
                }
            }
        }
    }

    /// Productions 82 and 83.
    fn notation_declaration(&mut self) -> Parsed<()> {
        self.name()?;
        self.some_space()?;
        let start = self.at;
        if self.external_id().is_ok() {
            return Ok(());
        }
        self.at = start;
        self.expect("PUBLIC")?;
        self.public_literal()?;
        self.space();
        if self.looking_at(">") {
            Ok(())
        } else {
            Err("no end of a notation")
        }
    }

    /// Production 75.
    fn external_id(&mut self) -> Parsed<()> {
        if self.accept("PUBLIC") {
            self.public_literal()?;
        } else {
            self.expect("SYSTEM")?;
        }
        self.some_space()?;
        self.literal().map(drop)
    }

    fn public_literal(&mut self) -> Parsed<()> {
        self.some_space()?;
        let allowed =
            |found: char| found.is_ascii_alphanumeric() || " \n-'()+,./:=?;!*#@$_%".contains(found);
        match self.literal()?.chars().all(allowed) {
            true => Ok(()),
            false => Err("a character that a public identifier does not have"),
        }
    }

    fn literal(&mut self) -> Parsed<String> {
        let quote = self.character()?;
        if quote != '"' && quote != '\'' {
            return Err("no quotes");
        }
        self.until(&quote.to_string())
    }

    fn some_space(&mut self) -> Parsed<()> {
        if self.space() {
            Ok(())
        } else {
            Err("no space")
        }
    }
}
