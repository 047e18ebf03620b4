//! What a site is made of: public entries, as the notebook hands them over.

use std::collections::BTreeMap;

use serde::Serialize;

/// A public entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SiteEntry {
    /// Its uid.
    pub uid: String,
    /// The name of its kind.
    pub kind: String,
    /// Its slug.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// The slugs that it had before.
    pub former: Vec<String>,
    /// Whether no list, feed or index shows it.
    pub unlisted: bool,
    /// What it is to a search engine.
    pub schema: SchemaType,
    /// Its alternative names.
    pub aliases: Vec<String>,
    /// Its topics.
    pub topics: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its body in Markdown.
    pub body: String,
    /// The bodies that it had while it was public, oldest first, each with its day; none if the site does
    /// not tell.
    pub versions: Vec<(String, String)>,
    /// The day on which it was added.
    pub created: String,
    /// When it was, as its author wrote it, and in a form that sorts.
    pub period: Option<(String, String)>,
    /// The months in which its period begins and ends, twelve times the year plus the number of the month from
    /// 0.
    #[serde(skip)]
    pub months: Option<(i32, i32)>,
    /// Whether entries of its kind are told by when they were, such as goals.
    #[serde(skip)]
    pub is_told_by_period: bool,
    /// Names and texts of its fields, in the order of the kind.
    pub fields: Vec<SiteField>,
    /// `citation_…` names and texts, if it is a work.
    pub citation: Vec<(String, String)>,
    /// The entry as BibTeX and as CSL-JSON, if it is a work.
    pub downloads: Vec<(String, String)>,
    /// The uid of the entry that each link text in it means.
    pub links: BTreeMap<String, String>,
}

/// The type of an entry in the vocabulary of <https://schema.org>.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum SchemaType {
    /// Nothing in particular.
    #[default]
    Thing,
    /// A name with its explanation.
    DefinedTerm,
    /// A work.
    ScholarlyArticle,
}

/// A field of an entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SiteField {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<String>,
}

/// A kind that has public entries.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SiteKind {
    /// Its name, which is the folder of its entries.
    pub name: String,
    /// Its plural.
    pub plural: String,
    /// What it is.
    pub summary: String,
}

/// Everything that a site shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SiteContent {
    /// The title of the site.
    pub title: String,
    /// Who writes it; may be empty.
    pub author: String,
    /// The address of the site with a slash at the end; empty if it is not known.
    pub base_url: String,
    /// Where paths from the root of a site lead, such as `/projects`; may be empty.
    pub origin: String,
    /// The first page of the notebook, in Markdown, without what is private; may be empty.
    pub home: String,
    /// The kinds, in the order of the notebook.
    pub kinds: Vec<SiteKind>,
    /// The entries, each kind in its own order.
    pub entries: Vec<SiteEntry>,
    /// By uid: the day on which the public text of an entry last changed.
    pub updated: BTreeMap<String, String>,
}

impl SiteContent {
    /// The entries that lists, feeds and indexes show.
    pub fn listed(&self) -> impl Iterator<Item = &SiteEntry> {
        self.entries.iter().filter(|entry| !entry.unlisted)
    }
}
