//! Reads the frames and panic messages in a text, line by line.
//!
//! The text can be anything that a person pasted. Other lines are skipped. Lengths and numbers are limited, and
//! input beyond a limit is reported as cut.

use super::super::image::demangled;
use super::super::place::{hexadecimal, offset_in};
use super::{Location, Panic, RawFrame, Text};

/// The most bytes that are read.
const LONGEST: usize = 16 << 20;
/// The most frames and panics.
const MOST: usize = 10_000;
/// The longest line; a mangled name is rarely longer than a thousand bytes.
const LONGEST_LINE: usize = 16 << 10;
/// The most lines of a panic message.
const MESSAGE: usize = 20;

impl Text {
    /// Reads a text. Cost: one pass over it.
    ///
    /// ```
    /// use benchlens::assembly::trace::Text;
    ///
    /// let text = Text::read(b"   3: mine::parse\n             at src/lib.rs:12:5\n");
    /// assert_eq!(text.frames[0].function.as_deref(), Some("mine::parse"));
    /// assert_eq!(text.frames[0].place.as_ref().unwrap().line, 12);
    /// ```
    pub fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader::default();
        let kept = &bytes[..bytes.len().min(LONGEST)];
        if kept.len() < bytes.len() {
            reader.text.cut = Some(format!("only the first {LONGEST} bytes were read"));
        }
        for line in String::from_utf8_lossy(kept).lines() {
            if line.len() > LONGEST_LINE {
                reader.cut(format!(
                    "lines of more than {LONGEST_LINE} bytes were skipped"
                ));
            } else if reader.text.frames.len() + reader.text.panics.len() >= MOST {
                reader.cut(format!("only the first {MOST} frames were read"));
                break;
            } else {
                reader.line(&without_colours(line));
            }
        }
        reader.text
    }
}

#[derive(Default)]
struct Reader {
    text: Text,
    /// How many lines of a panic message may follow.
    message: usize,
    /// The previous line. In Go's traces it names the function whose location is on the next line.
    before: String,
}

impl Reader {
    fn cut(&mut self, why: String) {
        self.text.cut.get_or_insert(why);
    }

    fn line(&mut self, line: &str) {
        let trimmed = without_process(line.trim());
        if let Some(mut panic) = panic(trimmed) {
            self.message = if panic.message.is_empty() { MESSAGE } else { 0 };
            panic.before = self.text.frames.len();
            self.text.panics.push(panic);
            return;
        }
        if self.location(trimmed) {
            return;
        }
        let frame = numbered(trimmed)
            .or_else(|| hashed(trimmed))
            .or_else(|| valgrinds(trimmed))
            .or_else(|| glibcs(trimmed))
            .or_else(|| bare(trimmed))
            .or_else(|| self.continued(line, trimmed));
        match frame {
            Some(frame) => {
                self.message = 0;
                self.add(frame);
            }
            None => self.message(trimmed),
        }
        trimmed.clone_into(&mut self.before);
    }

    /// Adds a frame. A previous frame with the same address is inlined into it.
    fn add(&mut self, frame: RawFrame) {
        if let Some(last) = self.text.frames.last_mut() {
            let is_same = last.address.is_some() && last.address == frame.address;
            let follows = match (last.number, frame.number) {
                (Some(last), Some(own)) => last.checked_add(1) == Some(own),
                (_, own) => own.is_none(),
            };
            last.is_inlined |= is_same && follows;
        }
        self.text.frames.push(frame);
    }

    fn message(&mut self, line: &str) {
        let is_end =
            line.is_empty() || line.starts_with("stack backtrace") || line.starts_with("note: ");
        if is_end {
            self.message = 0;
        }
        if self.message > 0
            && let Some(panic) = self.text.panics.last_mut()
        {
            self.message -= 1;
            if !panic.message.is_empty() {
                panic.message.push('\n');
            }
            panic.message.push_str(line);
        }
    }

    /// `at src/lib.rs:12:5` below a frame, and Go's `/src/a.go:12 +0x39` below a function.
    fn location(&mut self, line: &str) -> bool {
        if let Some(place) = line.strip_prefix("at ").and_then(location) {
            if let Some(frame) = self.text.frames.last_mut() {
                frame.place.get_or_insert(place);
                return true;
            }
            return false;
        }
        let Some((place, offset)) = line.rsplit_once(" +0x") else {
            return false;
        };
        let (Some(place), Some(offset)) = (location(place), hexadecimal(offset)) else {
            return false;
        };
        let Some((function, _)) = self.before.rsplit_once('(') else {
            return false;
        };
        let function = name(function.strip_prefix("created by ").unwrap_or(function));
        self.message = 0;
        self.add(RawFrame {
            function,
            offset: Some(offset),
            place: Some(place),
            ..RawFrame::default()
        });
        true
    }

    /// A name without a number, after a frame that already has its line: the function into which that frame is inlined.
    fn continued(&self, line: &str, trimmed: &str) -> Option<RawFrame> {
        let last = self.text.frames.last()?;
        let is_deep = line.starts_with("      ") || line.starts_with('\t');
        let is_path = trimmed.contains("::") || trimmed.starts_with('<');
        if !is_deep || !is_path || last.place.is_none() || last.number.is_none() {
            return None;
        }
        Some(RawFrame {
            number: last.number,
            address: last.address,
            function: Some(name(trimmed)?),
            ..RawFrame::default()
        })
    }
}

/// `thread 'main' (4711) panicked at src/lib.rs:12:5:`, and `panicked at 'message', src/lib.rs:12:5`.
fn panic(line: &str) -> Option<Panic> {
    let (before, after) = line.split_once("panicked at ")?;
    let thread = before
        .split_once("thread '")
        .and_then(|(_, rest)| rest.rsplit_once('\''))
        .map(|(name, _)| name.to_owned());
    if thread.is_none() && !before.trim().is_empty() {
        return None;
    }
    let (message, place) = match after.strip_prefix('\'') {
        Some(quoted) => match quoted.rsplit_once("', ") {
            Some((message, place)) => (message, location(place)),
            None => (quoted.trim_end_matches('\''), None),
        },
        None => match location(after.trim_end_matches(':')) {
            Some(place) => ("", Some(place)),
            None => (after, None),
        },
    };
    Some(Panic {
        thread,
        message: message.to_owned(),
        place,
        before: 0,
    })
}

/// `3: mine::parse`, and `3:     0x5634a61522d5 - mine::parse`.
fn numbered(line: &str) -> Option<RawFrame> {
    let (number, rest) = line.split_once(':')?;
    let number = number.trim().parse().ok()?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim();
    let (address, function) = match rest.split_once(" - ") {
        Some((address, function)) if address.starts_with("0x") => {
            (hexadecimal(address.strip_prefix("0x")?), function)
        }
        _ => match rest.strip_prefix("0x").and_then(hexadecimal) {
            Some(address) => (Some(address), ""),
            None => (None, rest),
        },
    };
    if address.is_none() && function.is_empty() {
        return None;
    }
    Some(named(function, address).numbered(number))
}

/// `#3  0x5634a61522d5 in mine::parse (text=...) at src/lib.rs:12` of gdb, and `#3 0x563 in parse src/a.c:12:5`
/// of sanitizers, which may name an object instead: `(/lib/libc.so.6+0x2724a)`.
fn hashed(line: &str) -> Option<RawFrame> {
    let line = line.strip_prefix("frame ").unwrap_or(line);
    let (number, rest) = line.strip_prefix('#')?.split_once([' ', ':'])?;
    let number = number.parse().ok()?;
    let mut rest = rest.trim();
    let mut address = None;
    if let Some(digits) = rest.strip_prefix("0x") {
        let (digits, after) = digits.split_once(' ').unwrap_or((digits, ""));
        address = Some(hexadecimal(digits)?);
        rest = after.trim();
        rest = rest.strip_prefix("in ").unwrap_or(rest);
    }
    let (text, place) = placed(rest);
    // The arguments, or the object.
    let spaced = format!(" {text}");
    let (function, object) = match spaced.rsplit_once(" (") {
        Some((function, inner)) => {
            let inner = inner.trim_end_matches(')');
            let object = inner
                .rsplit_once("+0x")
                .map(|(object, _)| object.to_owned());
            (function, object)
        }
        None => (spaced.as_str(), None),
    };
    let frame = named(function, address).numbered(number);
    (frame.address.is_some() || frame.function.is_some()).then_some(RawFrame {
        place,
        object,
        ..frame
    })
}

/// `by 0x10953A: mine::parse (lib.rs:12)` of valgrind.
fn valgrinds(line: &str) -> Option<RawFrame> {
    let rest = line
        .strip_prefix("at 0x")
        .or_else(|| line.strip_prefix("by 0x"))?;
    let (address, rest) = rest.split_once(": ")?;
    let address = hexadecimal(address)?;
    let (function, inner) = rest.rsplit_once(" (")?;
    let inner = inner.strip_suffix(')')?;
    let frame = named(function, Some(address));
    Some(match inner.strip_prefix("in ") {
        Some(object) => RawFrame {
            object: Some(object.to_owned()),
            ..frame
        },
        None => RawFrame {
            place: location(inner),
            ..frame
        },
    })
}

/// `./program(main+0x39) [0x5634a61522d5]` of glibc's `backtrace_symbols`.
fn glibcs(line: &str) -> Option<RawFrame> {
    let (rest, address) = line.strip_suffix(']')?.rsplit_once(" [0x")?;
    let address = hexadecimal(address)?;
    let (object, inner) = rest.strip_suffix(')')?.rsplit_once('(')?;
    let frame = match inner.strip_prefix('+') {
        Some(_) => named("", Some(address)),
        None => named(inner, Some(address)),
    };
    Some(RawFrame {
        object: Some(object.to_owned()),
        ..frame
    })
}

/// `mine::parse+0x39` or an address, alone on a line; perf's `563abc mine::parse+0x39 (/bin/program)`.
fn bare(line: &str) -> Option<RawFrame> {
    if let Some(address) = line.strip_prefix("0x").and_then(hexadecimal) {
        return Some(named("", Some(address)));
    }
    if let Some((rest, object)) = line.strip_suffix(')').and_then(|it| it.rsplit_once(" ("))
        && let Some((address, function)) = rest.split_once(' ')
        && let Some(address) = hexadecimal(address)
        && offset_in(function).is_some()
    {
        return Some(RawFrame {
            object: Some(object.to_owned()),
            ..named(function, Some(address))
        });
    }
    let bare = line.strip_prefix('<').and_then(|it| it.strip_suffix('>'));
    let line = bare
        .filter(|inner| offset_in(inner).is_some())
        .unwrap_or(line);
    let (function, _) = offset_in(line)?;
    let is_name = |letter: char| !letter.is_whitespace() && letter != '"';
    let is_path = function.contains("::") || function.chars().all(is_name);
    let begins =
        function.starts_with(|letter: char| letter.is_alphabetic() || "_<".contains(letter));
    (is_path && begins).then(|| named(line, None))
}

impl RawFrame {
    fn numbered(self, number: u32) -> Self {
        Self {
            number: Some(number),
            ..self
        }
    }
}

/// A frame with a name that may end in an offset.
fn named(text: &str, address: Option<u64>) -> RawFrame {
    let text = text.trim();
    let (function, offset) = match offset_in(text) {
        Some((function, offset)) => (function, Some(offset)),
        None => (text, None),
    };
    RawFrame {
        address,
        function: name(function),
        offset,
        ..RawFrame::default()
    }
}

/// A function's name, demangled, without hashes and crate disambiguators.
fn name(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || matches!(text, "<unknown>" | "??" | "???" | "...") {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (before, after) = rest.split_at(at);
        plain.push_str(before);
        let hash = after.get(1..18).filter(|it| it.ends_with(']'));
        let is_hash = hash.is_some_and(|it| hexadecimal(&it[..16]).is_some());
        let length = if is_hash { 18 } else { 1 };
        if !is_hash {
            plain.push('[');
        }
        rest = &after[length..];
    }
    plain.push_str(rest);
    Some(demangled(&plain))
}

/// Splits off a location at the end of a line, after `at` or alone.
fn placed(text: &str) -> (&str, Option<Location>) {
    if let Some((before, place)) = text.rsplit_once(" at ")
        && let Some(place) = location(place)
    {
        return (before, Some(place));
    }
    match text.rsplit_once(' ') {
        Some((before, place)) => match location(place) {
            Some(place) => (before, Some(place)),
            None => (text, None),
        },
        None => (text, None),
    }
}

/// `src/lib.rs:12:5`, or without a column.
fn location(text: &str) -> Option<Location> {
    let text = text.trim();
    let (rest, last) = text.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    let (file, line, column) = match rest.rsplit_once(':') {
        Some((file, line)) if !file.is_empty() => match line.parse() {
            Ok(line) => (file, line, Some(last)),
            Err(_) => (rest, last, None),
        },
        _ => (rest, last, None),
    };
    (!file.is_empty() && line > 0).then(|| Location {
        file: file.to_owned(),
        line,
        column,
    })
}

/// A line of valgrind without its process id: `==4711==    at …`.
fn without_process(line: &str) -> &str {
    let rest = line.strip_prefix("==").and_then(|rest| {
        let (process, rest) = rest.split_once("==")?;
        process
            .bytes()
            .all(|it| it.is_ascii_digit())
            .then(|| rest.trim())
    });
    rest.unwrap_or(line)
}

/// A line without the escape sequences that colour text on a terminal.
fn without_colours(line: &str) -> std::borrow::Cow<'_, str> {
    if !line.contains('\u{1b}') {
        return line.into();
    }
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        let end = match after.strip_prefix('[') {
            Some(sequence) => sequence
                .find(|letter: char| letter.is_ascii_alphabetic())
                .map(|at| at + 2),
            None => None,
        };
        rest = &after[end.unwrap_or(0)..];
    }
    plain.push_str(rest);
    plain.into()
}

#[cfg(test)]
mod tests;
