//! Owns what an entry keeps of the note that it was imported from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::model::NOTE;
use crate::text::encoding::TextEncoding;

/// The name among an entry's left-over values that holds its [`NoteFile`].
pub const KEPT: &str = NOTE;

/// The note that an entry was imported from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteFile {
    /// The name of the imported folder.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// The path within the folder, with `/` between names.
    pub path: String,
    /// The front matter with its fences.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub front: String,
    /// The white space after the body.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tail: String,
    /// The encoding of the note.
    #[serde(default, skip_serializing_if = "TextEncoding::is_utf8")]
    pub encoding: TextEncoding,
    /// Whether all its lines end with CR LF; the entry has them with LF.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crlf: bool,
    /// The files that the body refers to: the path in the folder, and the name under which kb keeps
    /// the file.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attachments: BTreeMap<String, String>,
}

/// A text of which all lines end with CR LF, with LF instead; and whether it is one. Another text stays.
pub fn with_lf(text: String) -> (String, bool) {
    let lines = text.matches('\n').count();
    let is_crlf = lines > 0 && text.matches("\r\n").count() == lines;
    match is_crlf {
        true => (text.replace("\r\n", "\n"), true),
        false => (text, false),
    }
}

/// Whether a file in a folder of notes is a note.
pub fn is_note(path: &str) -> bool {
    path.to_lowercase().ends_with(".md")
}

impl NoteFile {
    /// The bytes of the note with this text; in UTF-8 if its encoding lacks a character.
    pub fn bytes(&self, text: String) -> Vec<u8> {
        let text = match self.crlf {
            true => text.replace("\r\n", "\n").replace('\n', "\r\n"),
            false => text,
        };
        let encoded = self.encoding.encode(&text);
        encoded.unwrap_or_else(|_| text.into_bytes())
    }

    /// Reads it from the left-over values of an entry; `None` if it is missing or its path is not
    /// safe.
    pub fn of(extra: &Map<String, Json>) -> Option<NoteFile> {
        extra
            .get(KEPT)
            .and_then(|json| NoteFile::deserialize(json).ok())
            .filter(|file| is_safe(&file.path))
    }
}

/// Whether kb writes a file with this relative path: it stays inside its folder on any operating
/// system, names no device of Windows, and has no hidden folder or file, such as `.git/config`, in
/// which other programs keep what they run.
pub fn is_safe(path: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let is_device = |part: &str| {
        let stem = part
            .split('.')
            .next()
            .unwrap_or(part)
            .trim_end()
            .to_lowercase();
        let port = stem
            .strip_prefix("com")
            .or_else(|| stem.strip_prefix("lpt"));
        DEVICES.contains(&stem.as_str())
            || port.is_some_and(|rest| {
                rest.chars().count() == 1 && !rest.starts_with(char::is_alphabetic)
            })
    };
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with(['.', ' '])
            && !part.contains(|c: char| c.is_control() || "\\:".contains(c))
            && !is_device(part)
    };
    !path.is_empty() && path.split('/').all(part)
}
