//! Decodes text from bytes in a common encoding.

/// The characters of the bytes 0x80 to 0x9f in Windows-1252
/// (<https://encoding.spec.whatwg.org/index-windows-1252.txt>). The other bytes are as in Latin-1.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Decodes bytes as UTF-16 if they begin with its byte order mark, else as UTF-8 (with or without a
/// mark) if they are valid UTF-8, else as Windows-1252.
pub fn decode(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], number: fn([u8; 2]) -> u16| -> String {
        let (pairs, _) = bytes.as_chunks::<2>();
        char::decode_utf16(pairs.iter().map(|pair| number(*pair)))
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => decode(rest),
        bytes => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes
                .iter()
                .map(|byte| {
                    if (0x80..0xa0).contains(byte) {
                        WINDOWS[usize::from(byte - 0x80)]
                    } else {
                        char::from(*byte)
                    }
                })
                .collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn the_same_text_comes_out_of_every_encoding() {
        let text = "Müller – “é”";
        let utf16 = |number: fn(u16) -> [u8; 2], mark: [u8; 2]| -> Vec<u8> {
            mark.into_iter()
                .chain(text.encode_utf16().flat_map(number))
                .collect()
        };
        let marked: Vec<u8> = [0xef, 0xbb, 0xbf].into_iter().chain(text.bytes()).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            marked,
            utf16(u16::to_le_bytes, [0xff, 0xfe]),
            utf16(u16::to_be_bytes, [0xfe, 0xff]),
        ] {
            assert_eq!(decode(&bytes), text);
        }
        assert_eq!(decode(b"M\xfcller \x96 \x93\xe9\x94"), text);
        assert_eq!(decode(b""), "");
    }
}
