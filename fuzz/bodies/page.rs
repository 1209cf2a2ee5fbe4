//! One input of the fuzz target `page`: any bytes as the texts of a run and its project. They must
//! appear on the page as text only.
//!
//! The page is rendered twice: with the original texts, and with every special character of HTML
//! replaced by a harmless one. Both pages must have the same tags and attributes, and equal texts
//! except for those characters.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use benchlens::report::page::render;
use flate2::read::GzDecoder;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Error, Span, Tokenizer};
use percent_encoding::percent_decode_str;
use serde_json::Value;

#[path = "run_of_texts.rs"]
mod run_of_texts;

use run_of_texts::{Run, Texts, without_meaning};

/// Checks one input: a byte whose bits say what the run leaves out, and its texts, separated by 0xFF.
/// The run is written to `folder`.
pub(crate) fn check(data: &[u8], folder: &Path) {
    let Some((&left_out, data)) = data.split_first() else {
        return;
    };
    let page = |harmless| {
        let folder = folder.join("run");
        let run = Run::write(&folder, Texts::new(data, harmless), left_out);
        let page = render(run.folders(), run.project()).expect("rows that were written are read");
        fs::remove_dir_all(&folder).expect("a folder that can be removed");
        page
    };
    let (page, harmless) = (page(false), page(true));
    let ((page, ours), (harmless, same)) = (apart(&page), apart(&harmless));
    assert_eq!(ours, same, "style and script");
    // Each tag and each comment begins with `<`, and no text may bring one that is not escaped.
    let begins = |page: &str| page.bytes().filter(|&byte| byte == b'<').count();
    assert_eq!(begins(page), begins(harmless));
    let (read, expected) = (Reading::of(page), Reading::of(harmless));
    for (part, expected) in read
        .normalised
        .split('\n')
        .zip(expected.normalised.split('\n'))
    {
        assert_eq!(part, expected);
    }
    assert_eq!(read.normalised.len(), expected.normalised.len());
    if let Some(id) = read.wanted.iter().find(|id| !read.ids.contains(*id)) {
        panic!("nothing on the page is called {id:?}");
    }
}

/// Splits the page into the part between style and script, and the rest.
fn apart(page: &str) -> (&str, [&str; 2]) {
    let (head, rest) = page.split_once("<body>").expect("a body");
    let (body, tail) = rest
        .split_once("<script type=\"module\">")
        .expect("a script");
    (body, [head, tail])
}

/// A parsed page.
#[derive(Default)]
struct Reading {
    /// The page rewritten with special characters only where they are markup.
    normalised: String,
    /// The attribute that is being read.
    attribute: String,
    /// Whether what follows is data for the page's script.
    is_data: bool,
    /// The ids of elements, each of which is unique.
    ids: BTreeSet<String>,
    /// The ids that elements refer to.
    wanted: Vec<String>,
}

impl Reading {
    fn of(page: &str) -> Self {
        let mut reading = Self::default();
        let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| {
            reading.take(event);
            None::<()>
        });
        emitter.naively_switch_states(true);
        Tokenizer::new_with_emitter(page, emitter).for_each(drop);
        reading
    }

    fn take(&mut self, event: CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.is_data = false;
                self.normalised += "\n<";
                self.normalised += text(name);
            }
            CallbackEvent::AttributeName { name } => {
                text(name).clone_into(&mut self.attribute);
                self.normalised += " ";
                self.normalised += text(name);
            }
            CallbackEvent::AttributeValue { value } => self.value(text(value)),
            CallbackEvent::CloseStartTag { self_closing } => {
                self.normalised += if self_closing { "/>" } else { ">" };
            }
            CallbackEvent::EndTag { name } => {
                self.is_data = false;
                self.normalised += "</";
                self.normalised += text(name);
            }
            CallbackEvent::String { value } if self.is_data => {
                self.normalised += &unpacked(text(value))
            }
            CallbackEvent::String { value } => self.normalised += &without_meaning(text(value)),
            CallbackEvent::Comment { .. } | CallbackEvent::Doctype { .. } => {
                panic!("a comment or a declaration")
            }
            CallbackEvent::Error(error) => assert_ne!(error, Error::DuplicateAttribute),
        }
    }

    fn value(&mut self, value: &str) {
        let mut words = value.split_ascii_whitespace().map(str::to_owned);
        match self.attribute.as_str() {
            "id" => assert!(self.ids.insert(value.to_owned()), "{value:?} stands twice"),
            "aria-labelledby" | "aria-describedby" => self.wanted.extend(&mut words),
            "href" => {
                let place = value.strip_prefix('#').expect("a place on the page");
                let view = place.split_once('?').map_or(place, |(view, _)| view);
                self.wanted.push(view.to_owned());
            }
            "type" => self.is_data = value == "text/plain",
            _ => {}
        }
        let value = match self.attribute.as_str() {
            "href" => percent_decode_str(value).decode_utf8().expect("UTF-8"),
            _ => value.into(),
        };
        self.normalised += "=\"";
        self.normalised += &without_meaning(&value);
        self.normalised += "\"";
    }
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("a page is UTF-8")
}

/// Unpacks data for the page's script into JSON. Packed, it has no character that could end a script.
fn unpacked(packed: &str) -> String {
    let bytes = BASE64_STANDARD.decode(packed).expect("base64");
    let mut json = String::new();
    (GzDecoder::new(&*bytes).read_to_string(&mut json)).expect("compressed text");
    let data = serde_json::from_str(&json).expect("JSON");
    data_without_meaning(data).to_string()
}

fn data_without_meaning(data: Value) -> Value {
    match data {
        Value::String(text) => without_meaning(&text).into(),
        Value::Array(values) => values.into_iter().map(data_without_meaning).collect(),
        Value::Object(fields) => (fields.into_iter())
            .map(|(name, value)| (without_meaning(&name), data_without_meaning(value)))
            .collect(),
        other => other,
    }
}
