//! Escapes for bytes that an argument cannot contain, or that are hard to write in a shell.

/// Decodes escapes; an error says what is wrong and where.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let at = text.len() - rest.len() - 1;
        let (&kind, after) = (rest.split_first())
            .ok_or_else(|| format!(r"the \ at byte {at} ends it: \\ stands for a \"))?;
        rest = after;
        match kind {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'0' => bytes.push(0),
            b'\\' => bytes.push(b'\\'),
            b'x' => {
                let (digits, after) = rest.split_at(rest.len().min(2));
                let value = hexadecimal(digits).filter(|_| digits.len() == 2);
                let value = value
                    .ok_or_else(|| format!(r"\x at byte {at} needs two hexadecimal digits"))?;
                bytes.push(value as u8);
                rest = after;
            }
            b'u' => {
                let wrong =
                    || format!(r"\u at byte {at} needs a character's number, as in \u{{20ac}}");
                let inside = rest.strip_prefix(b"{").ok_or_else(wrong)?;
                let end = inside
                    .iter()
                    .position(|&byte| byte == b'}')
                    .ok_or_else(wrong)?;
                let value = hexadecimal(&inside[..end]).and_then(char::from_u32);
                let character = value.ok_or_else(wrong)?;
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &inside[end + 1..];
            }
            other => {
                let other = char::from(other).escape_default();
                return Err(format!(
                    r"\{other} at byte {at} is none of \n, \r, \t, \0, \\, \xff and \u{{20ac}}"
                ));
            }
        }
    }
    Ok(bytes)
}

/// The value of one or more hexadecimal digits, if it fits in 32 bits.
fn hexadecimal(digits: &[u8]) -> Option<u32> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn every_escape() {
        let cases: [(&[u8], &[u8]); 6] = [
            (b"", b""),
            (b"plain", b"plain"),
            (br"\n\r\t\0\\", b"\n\r\t\0\\"),
            (br"a\x00\xfF\x41", b"a\x00\xffA"),
            (
                br"\u{20ac}\u{0}\u{1F600}",
                "\u{20ac}\u{0}\u{1F600}".as_bytes(),
            ),
            (b"\xff\\n", b"\xff\n"),
        ];
        for (text, bytes) in cases {
            assert_eq!(decode(text).unwrap(), bytes);
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let cases: [(&[u8], &str); 11] = [
            (br"ab\", r"the \ at byte 2"),
            (br"\q", r"\q at byte 0"),
            (br"a\x1", r"\x at byte 1"),
            (br"\xg0", r"\x at byte 0"),
            (br"\x+1", r"\x at byte 0"),
            (br"\u20ac", r"\u at byte 0"),
            (br"\u{20ac", r"\u at byte 0"),
            (br"\u{}", r"\u at byte 0"),
            (br"\u{d800}", r"\u at byte 0"),
            (br"\u{110000}", r"\u at byte 0"),
            (b"\\\xff", r"\\u{ff} at byte 0"),
        ];
        for (text, reason) in cases {
            let error = decode(text).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
