//! Data for the script of a page: compressed JSON in Base64, which needs no escaping in HTML.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Encodes and compresses the data.
pub(super) fn packed(data: &impl serde::Serialize) -> Result<String, serde_json::Error> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    serde_json::to_writer(&mut encoder, data)?;
    let bytes = encoder.finish().map_err(serde_json::Error::io)?;
    Ok(BASE64_STANDARD.encode(bytes))
}
