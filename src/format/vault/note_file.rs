//! What an entry keeps of the file that it came from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::model::{Audience, Entry};

/// The name under which an entry keeps its file.
pub const KEPT: &str = "file";

/// The folder's own: what an entry keeps of its file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteFile {
    /// The name of the folder that it came from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// Where it stands in its folder, with `/` between names.
    pub path: String,
    /// The front matter with its fences.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub front: String,
    /// White space behind the body.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tail: String,
    /// Files that the body refers to: their path in the folder, and the name under which they are kept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attachments: BTreeMap<String, String>,
}

impl NoteFile {
    /// What an entry keeps.
    pub fn of(extra: &Map<String, Json>) -> Option<NoteFile> {
        extra
            .get(KEPT)
            .and_then(|json| NoteFile::deserialize(json).ok())
            .filter(|file| is_safe(&file.path))
    }
}

/// Whether a path stays below the folder that it is seen from, on any system.
pub fn is_safe(path: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0'])
    };
    !path.is_empty() && path.split('/').all(part)
}

/// The path of an entry's file: the one that it had, else one after its ref, as it is for the public.
pub fn path_of(entry: &Entry, audience: Audience) -> String {
    NoteFile::of(&entry.extra)
        .filter(|_| audience == Audience::Owner)
        .map_or_else(|| format!("{}.md", entry.reference()), |file| file.path)
}
