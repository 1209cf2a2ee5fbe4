//! Feeds as files: recognises feeds by their file names, and unpacks compressed ones.

use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::Limits;

/// The extensions of feeds, without a dot.
pub const EXTENSIONS: [&str; 4] = ["xml", "rss", "atom", "rdf"];

/// Whether the name ends in one of the extensions, ignoring ASCII case and a `.gz` after it. An extension may
/// be given with its dot. The file itself is not touched.
///
/// ```
/// use std::path::Path;
/// use benchlens_suite::feed::file::{EXTENSIONS, is_named_feed};
///
/// assert!(is_named_feed(Path::new("news/today.RSS.gz"), &EXTENSIONS));
/// assert!(!is_named_feed(Path::new("today.gz"), &EXTENSIONS));
/// ```
#[must_use]
pub fn is_named_feed(path: &Path, extensions: &[impl AsRef<str>]) -> bool {
    let name = match is_packed(path) {
        true => &path.with_extension(""),
        false => path,
    };
    name.extension().is_some_and(|extension| {
        let mut wanted = extensions.iter().map(AsRef::as_ref);
        wanted.any(|wanted| extension.eq_ignore_ascii_case(wanted.trim_start_matches('.')))
    })
}

/// Whether the file is compressed, by its extension `.gz`.
#[must_use]
pub fn is_packed(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
}

/// The document in a compressed file, cut off one byte beyond the document limit: a small file cannot fill
/// the disk, and the reader still notices that the document is too long.
pub fn unpacked(packed: impl Read, limits: Limits) -> impl Read {
    let most = limits.document_bytes.saturating_add(1);
    MultiGzDecoder::new(BufReader::new(packed)).take(most)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn feeds_are_recognised_by_their_names() {
        let is = |name: &str, extensions: &[&str]| is_named_feed(Path::new(name), extensions);
        for name in ["a.xml", "a.ATOM", "b/a.rdf.GZ", "a.b.rss"] {
            assert!(is(name, &EXTENSIONS), "{name}");
        }
        for name in ["xml", ".xml", "a.xml.zip", "a.gz", "a.gz.gz", "a.html", ""] {
            assert!(!is(name, &EXTENSIONS), "{name}");
        }
        assert!(is("a.html.gz", &[".html"]));
    }

    #[test]
    fn all_members_are_unpacked_and_one_byte_beyond_the_limit() {
        let mut packed = Vec::new();
        for member in ["one,", "two,", "three"] {
            let mut encoder = GzEncoder::new(&mut packed, Compression::fast());
            encoder.write_all(member.as_bytes()).unwrap();
            encoder.finish().unwrap();
        }
        let with = |document_bytes| {
            let mut document = String::new();
            let limits = Limits {
                document_bytes,
                ..Limits::default()
            };
            let read = unpacked(packed.as_slice(), limits).read_to_string(&mut document);
            read.unwrap();
            document
        };
        assert_eq!(with(u64::MAX), "one,two,three");
        assert_eq!(with(5), "one,tw");
    }
}
