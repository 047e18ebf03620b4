//! Decodes text from bytes, by the Encoding Standard (<https://encoding.spec.whatwg.org>).

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::{Deserialize, Serialize};

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

/// An encoding that [`decode`] reads, with or without a byte order mark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextEncoding {
    /// UTF-8 without a mark.
    #[default]
    Utf8,
    /// UTF-8 after a mark.
    MarkedUtf8,
    /// UTF-16 with the lower byte first.
    Utf16le,
    /// UTF-16 with the higher byte first.
    Utf16be,
    /// Windows-1252, which includes Latin-1.
    Windows1252,
}

impl TextEncoding {
    /// The encoding in which [`decode`] reads these bytes.
    pub fn of(bytes: &[u8]) -> TextEncoding {
        match Encoding::for_bom(bytes) {
            Some((marked, _)) if marked == UTF_16LE => TextEncoding::Utf16le,
            Some((marked, _)) if marked == UTF_16BE => TextEncoding::Utf16be,
            Some(_) => TextEncoding::MarkedUtf8,
            None if std::str::from_utf8(bytes).is_ok() => TextEncoding::Utf8,
            None => TextEncoding::Windows1252,
        }
    }

    /// Whether it is UTF-8 without a mark.
    pub fn is_utf8(&self) -> bool {
        *self == TextEncoding::Utf8
    }

    /// A text in this encoding.
    ///
    /// # Errors
    /// The first character that the encoding lacks, and the name of the encoding.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, (char, &'static str)> {
        let utf16 = |number: fn(u16) -> [u8; 2]| {
            let units = std::iter::once(0xfeff).chain(text.encode_utf16());
            units.flat_map(number).collect()
        };
        match self {
            TextEncoding::Utf8 => return Ok(text.as_bytes().to_vec()),
            TextEncoding::MarkedUtf8 => return Ok(["\u{feff}", text].concat().into_bytes()),
            TextEncoding::Utf16le => return Ok(utf16(u16::to_le_bytes)),
            TextEncoding::Utf16be => return Ok(utf16(u16::to_be_bytes)),
            TextEncoding::Windows1252 => {}
        }
        let lacks = |c: &char| WINDOWS_1252.encode(c.encode_utf8(&mut [0; 4])).2;
        match text.chars().find(lacks) {
            Some(lacking) => Err((lacking, WINDOWS_1252.name())),
            None => Ok(WINDOWS_1252.encode(text).0.into_owned()),
        }
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
    use super::{TextEncoding, decode, decode_web};

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
            assert_eq!(TextEncoding::of(&bytes).encode(text), Ok(bytes));
        }
        let latin = TextEncoding::of(b"M\xfcller");
        assert_eq!(latin.encode("é"), Ok(b"\xe9".to_vec()));
        assert_eq!(latin.encode("ał"), Err(('ł', "windows-1252")));
        assert_eq!(decode(b"M\xfcller \x96 \x93\xe9\x94"), text);
        assert_eq!(decode(b""), "");
    }
}
