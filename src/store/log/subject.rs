//! The subject of a change: an entry, or a named text of the notebook.

use std::fmt;

/// What a change affects: an entry, or a named text of the notebook.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An entry, by uid.
    Entry(String),
    /// The definition of a kind, by name.
    Kind(String),
    /// The layout of a page, by name.
    Page(String),
    /// A setting, by key.
    Setting(String),
    /// A file that bodies refer to, by name, which is a hash of its content.
    Attachment(String),
    /// The entries that the links of an entry refer to, by the uid of the entry with the links.
    Links(String),
}

impl Subject {
    /// Parses a subject as the log stores it: a uid, or `kind/NAME`, `page/NAME`, `setting/KEY`,
    /// `attachment/NAME`, `links/UID`.
    pub fn read(text: &str) -> Subject {
        match text.split_once('/') {
            Some(("kind", name)) => Subject::Kind(name.to_owned()),
            Some(("page", name)) => Subject::Page(name.to_owned()),
            Some(("setting", key)) => Subject::Setting(key.to_owned()),
            Some(("attachment", name)) => Subject::Attachment(name.to_owned()),
            Some(("links", uid)) => Subject::Links(uid.to_owned()),
            _ => Subject::Entry(text.to_owned()),
        }
    }

    /// The uid, name or key.
    pub fn name(&self) -> &str {
        match self {
            Subject::Entry(name)
            | Subject::Kind(name)
            | Subject::Page(name)
            | Subject::Setting(name)
            | Subject::Attachment(name)
            | Subject::Links(name) => name,
        }
    }
}

/// Formats the subject as the log stores it; [`Subject::read`] is the inverse.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Entry(uid) => f.write_str(uid),
            Subject::Kind(name) => write!(f, "kind/{name}"),
            Subject::Page(name) => write!(f, "page/{name}"),
            Subject::Setting(key) => write!(f, "setting/{key}"),
            Subject::Attachment(name) => write!(f, "attachment/{name}"),
            Subject::Links(uid) => write!(f, "links/{uid}"),
        }
    }
}
