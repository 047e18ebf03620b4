//! Decodes text from bytes, by the Encoding Standard (<https://encoding.spec.whatwg.org>).

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The number of bytes at the start of a web page in which it names its encoding
/// (<https://html.spec.whatwg.org>, 13.2.3.2).
const PRESCAN: usize = 1024;

/// Decodes bytes as UTF-16 if they begin with its byte order mark, else as UTF-8 (with or without a
/// mark) if they are valid UTF-8, else as Windows-1252.
pub fn decode(bytes: &[u8]) -> String {
    let encoding = match Encoding::for_bom(bytes) {
        Some((marked, _)) => marked,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => WINDOWS_1252,
    };
    encoding.decode(bytes).0.into_owned()
}

/// Encodes a text as [`decode`] would read these bytes.
///
/// # Errors
/// The first character that their encoding lacks, and the name of the encoding.
pub fn encode_like(text: &str, like: &[u8]) -> Result<Vec<u8>, (char, &'static str)> {
    let utf16 = |number: fn(u16) -> [u8; 2]| {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(number).collect()
    };
    match Encoding::for_bom(like) {
        Some((marked, _)) if marked == UTF_16LE => return Ok(utf16(u16::to_le_bytes)),
        Some((marked, _)) if marked == UTF_16BE => return Ok(utf16(u16::to_be_bytes)),
        Some((_, length)) => return Ok([&like[..length], text.as_bytes()].concat()),
        None if std::str::from_utf8(like).is_ok() => return Ok(text.as_bytes().to_vec()),
        None => {}
    }
    let lacks = |c: &char| WINDOWS_1252.encode(c.encode_utf8(&mut [0; 4])).2;
    match text.chars().find(lacks) {
        Some(lacking) => Err((lacking, WINDOWS_1252.name())),
        None => Ok(WINDOWS_1252.encode(text).0.into_owned()),
    }
}

/// Decodes a document from the web: by its byte order mark, the `charset` that the server named, or
/// the one in a `<meta>` at its start; otherwise as [`decode`] does.
pub fn decode_web(bytes: &[u8], charset: Option<&str>) -> String {
    let named = charset
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .or_else(|| declared(&bytes[..bytes.len().min(PRESCAN)]));
    match named {
        Some(encoding) => encoding.decode(bytes).0.into_owned(),
        None => decode(bytes),
    }
}

/// The encoding that the start of a web page declares: `charset=…` in a `<meta>`.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let meta = text
        .split("<meta")
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap_or_default());
    let labels = meta.filter_map(|meta| {
        let value = meta.split("charset").nth(1)?.trim_start();
        let value = value.strip_prefix('=')?.trim_start();
        value
            .trim_start_matches(['"', '\''])
            .split(['"', '\'', ';', ' ', '/'])
            .next()
    });
    labels
        .filter_map(|label| Encoding::for_label(label.as_bytes()))
        .next()
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_web, encode_like};

    #[test]
    fn a_page_from_the_web_is_read_in_the_encoding_that_it_or_its_server_names() {
        let russian = b"<meta charset=windows-1251><title>\xcf\xf0\xe8\xe2\xe5\xf2</title>";
        assert!(decode_web(russian, None).ends_with("<title>Привет</title>"));
        let japanese = b"\x93\xfa\x96{\x8c\xea";
        assert_eq!(decode_web(japanese, Some("Shift_JIS")), "日本語");
        let typed =
            b"<META http-equiv='Content-Type' content='text/html; charset=shift_jis'>\x93\xfa";
        assert!(decode_web(typed, None).ends_with('日'));
        assert_eq!(decode_web("é".as_bytes(), None), "é");
        assert_eq!(decode_web("é".as_bytes(), Some("nonsense")), "é");
    }

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
            assert_eq!(encode_like(text, &bytes), Ok(bytes));
        }
        assert_eq!(encode_like("é", b"M\xfcller"), Ok(b"\xe9".to_vec()));
        assert_eq!(encode_like("ał", b"M\xfcller"), Err(('ł', "windows-1252")));
        assert_eq!(decode(b"M\xfcller \x96 \x93\xe9\x94"), text);
        assert_eq!(decode(b""), "");
    }
}
