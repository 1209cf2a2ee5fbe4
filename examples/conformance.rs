//! Verdicts of three XML readers on documents: ours, quick-xml alone, roxmltree.
//!
//! Reads paths from standard input, one per line, and prints a line for each: the path and three
//! verdicts, separated by tabs. A verdict is `accepted` or the reason. All three get the same decoded
//! text, since quick-xml and roxmltree read only UTF-8, and each has its strictest settings.
//!
//! ```console
//! $ find feeds -name '*.xml' | cargo run --release --example conformance
//! ```

use std::io::{self, BufRead, Write};

use benchlens_suite::feed::decode::{Decoded, decode};
use benchlens_suite::feed::reader::{Event, Reader};
use benchlens_suite::feed::{self, Limits};

fn main() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for path in io::stdin().lock().lines() {
        let path = path?;
        let mut bytes = Vec::new();
        feed::read_file(path.as_ref(), Limits::default(), &mut bytes).map_err(io::Error::other)?;
        let verdicts = match decode(&bytes) {
            Ok(document) => [
                ours(&document),
                quick_xml(&document.text),
                roxmltree(&document.text),
            ],
            Err(error) => [(); 3].map(|()| Err(error.to_string())),
        };
        let verdicts = verdicts.map(|verdict| match verdict {
            Ok(()) => "accepted".to_owned(),
            Err(reason) => reason.replace(['\t', '\n', '\r'], " "),
        });
        writeln!(output, "{path}\t{}", verdicts.join("\t"))?;
    }
    Ok(())
}

fn ours(document: &Decoded<'_>) -> Result<(), String> {
    let mut reader = Reader::new(document, Limits::default());
    loop {
        match reader.next_event() {
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn quick_xml(text: &str) -> Result<(), String> {
    let mut reader = quick_xml::NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return Ok(()),
            // Attributes are only checked when they are read.
            Ok(quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag)) => {
                for attribute in tag.attributes() {
                    attribute.map_err(|error| error.to_string())?;
                }
            }
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn roxmltree(text: &str) -> Result<(), String> {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    match roxmltree::Document::parse_with_options(text, options) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
