//! A ref: the text by which a user refers to an entry.

use super::{Kinds, identifier};
use crate::text::{fold::fold, slug::slug};

/// A parsed ref, with the keys to look the entry up by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Name of the kind before the slash, if the ref has one.
    pub kind: Option<String>,
    /// Text as typed, without the kind.
    pub text: String,
    /// The text as a slug.
    pub slug: String,
    /// The folded text, to compare with aliases and titles.
    pub folded: String,
    /// The DOI, if the text is one.
    pub doi: Option<String>,
    /// The arXiv id without its version, if the text is one.
    pub arxiv: Option<String>,
    /// The URL, if the text contains `://` or starts with `/`.
    pub url: Option<String>,
    /// The path of a note in ASCII lower case, if the text, with what looks like a kind, has a slash
    /// or ends in `.md`.
    pub path: Option<String>,
    /// The end of the path of a note in ASCII lower case, if the text may be one.
    pub note: Option<String>,
}

impl Reference {
    /// A ref by slug, alias or title to an entry of any kind. The text is not parsed as a kind,
    /// DOI, arXiv id or URL.
    pub fn named(text: &str) -> Reference {
        Reference {
            kind: None,
            text: text.to_owned(),
            slug: slug(text),
            folded: fold(text),
            doi: None,
            arxiv: None,
            url: None,
            path: None,
            note: None,
        }
    }

    /// Parses a ref. Every text is valid.
    pub fn read(text: &str, kinds: &Kinds) -> Reference {
        let text = text.trim();
        let named = text
            .split_once('/')
            .and_then(|(kind, rest)| kinds.name(kind).map(|kind| (kind.to_owned(), rest)));
        let (kind, rest) = named.map_or((None, text), |(kind, rest)| (Some(kind), rest));
        let note = note_path(text);
        let is_path = text.contains('/') || text.to_ascii_lowercase().ends_with(".md");
        Reference {
            path: note.clone().filter(|_| is_path),
            note: note.filter(|_| kind.is_none()),
            kind,
            text: rest.to_owned(),
            slug: slug(rest),
            folded: fold(rest),
            doi: identifier::doi(rest).ok(),
            arxiv: identifier::arxiv(rest)
                .ok()
                .map(|id| identifier::versionless(&id).to_owned()),
            url: (rest.contains("://") || rest.starts_with('/')).then(|| rest.to_owned()),
        }
    }
}

/// The path of a note that a text may be, in the form in which paths are compared.
fn note_path(text: &str) -> Option<String> {
    let mut path = text.to_ascii_lowercase();
    if path.is_empty() || path.contains("://") || path.starts_with('/') {
        return None;
    }
    if !path.ends_with(".md") {
        path.push_str(".md");
    }
    Some(path)
}
