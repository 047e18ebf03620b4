//! A ref: what a user types to mean an entry.

use super::{Kinds, identifier};
use crate::text::{fold::fold, slug::slug};

/// A ref, read: where to look for the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The kind before the slash, if one was named.
    pub kind: Option<String>,
    /// The words as typed, without the kind.
    pub text: String,
    /// The words as a slug.
    pub slug: String,
    /// The words folded, for aliases and titles.
    pub folded: String,
    /// A DOI, if it is one.
    pub doi: Option<String>,
    /// An arXiv id without version, if it is one.
    pub arxiv: Option<String>,
    /// A URL, if it is one.
    pub url: Option<String>,
}

impl Reference {
    /// A ref that is a name of any kind, and no identifier.
    pub fn named(text: &str) -> Reference {
        Reference {
            kind: None,
            text: text.to_owned(),
            slug: slug(text),
            folded: fold(text),
            doi: None,
            arxiv: None,
            url: None,
        }
    }

    /// Reads a ref; every text is one.
    pub fn read(text: &str, kinds: &Kinds) -> Reference {
        let text = text.trim();
        let named = text
            .split_once('/')
            .and_then(|(kind, rest)| kinds.name(kind).map(|kind| (kind.to_owned(), rest)));
        let (kind, rest) = named.map_or((None, text), |(kind, rest)| (Some(kind), rest));
        Reference {
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
