//! Suggests similar names for a ref, topic, tag or alias that does not exist. Start reading at
//! [`refs`] and [`Notebook::near_labels`].

use super::error::NotebookError;
use super::session::Notebook;
use crate::model::Query;
use crate::model::query::Label;
use crate::model::reference::Reference;
use crate::search::rank::{self, SearchOptions};
use crate::search::reading::MatchMode;
use crate::store::{Labels, Store, StoreError};
use crate::text::fold::fold;
use crate::text::nearest::nearest;

/// Number of characters at the start of a slug that a suggested slug must share.
const START: usize = 3;
/// Least [`rank::Ranked::name`] of a hit whose name begins with the words.
const BEGINS: f64 = 2.0;
/// Most search hits whose names are compared with a ref.
const FOUND: usize = 20;

/// Suggests slugs and aliases for a ref that matches no entry, most similar first. The candidates
/// are the names of entries found by the words of the ref, with spelling corrected, and the slugs
/// that begin with the same characters. If none is similar, suggests up to three entries whose
/// names begin with the corrected words.
pub(super) fn refs(reference: &Reference, store: &Store) -> Result<Vec<String>, StoreError> {
    let among = reference
        .kind
        .as_ref()
        .map_or(Query::All, |kind| Query::Kind(vec![kind.clone()]));
    let words: Vec<&str> = reference
        .text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let options = SearchOptions {
        limit: FOUND,
        mode: MatchMode::default(),
        lexical: true,
    };
    let (mut names, mut called) = (Vec::new(), Vec::new());
    for hit in rank::search(&words, &among, options, store)?.hits {
        if let Some(stored) = store.common_by_id(hit.id)? {
            if hit.name >= BEGINS && called.len() < 3 {
                called.push(stored.entry.reference());
            }
            names.push(stored.entry.slug);
            names.extend(stored.entry.aliases);
        }
    }
    let start: String = reference.slug.chars().take(START).collect();
    names.extend(store.slugs_from(&start, reference.kind.as_deref())?);
    let near = nearest(&reference.text, &names);
    Ok(if near.is_empty() { called } else { near })
}

impl Notebook {
    /// For each topic, tag and alias in a filter that no entry has: the label, folded, and similar
    /// ones.
    pub fn near_labels(&self, query: &Query) -> Result<Vec<(String, Vec<String>)>, NotebookError> {
        let mut found = Vec::new();
        for (labels, wanted) in asked(query) {
            let known = self.store.labels(labels)?;
            // `wanted` is already folded.
            let there = known.iter().any(|name| match labels {
                Labels::Topics => fold(name).contains(wanted),
                Labels::Tags | Labels::Aliases => fold(name) == wanted,
            });
            // A topic may also be given by its last part alone.
            let parts = known.iter().flat_map(|name| {
                name.rsplit('/')
                    .next()
                    .filter(|last| *last != name)
                    .into_iter()
                    .chain([name.as_str()])
            });
            let near = if there {
                Vec::new()
            } else {
                nearest(wanted, parts)
            };
            if !near.is_empty() {
                found.push((wanted.to_owned(), near));
            }
        }
        Ok(found)
    }
}

/// The labels that a query requires, without negated ones.
fn asked(query: &Query) -> Vec<(Labels, &str)> {
    match query {
        Query::And(all) | Query::Or(all) => all.iter().flat_map(asked).collect(),
        Query::Topic(topic) => vec![(Labels::Topics, topic)],
        Query::Label(Label::Tag, tag) => vec![(Labels::Tags, tag)],
        Query::Label(Label::Alias, alias) => vec![(Labels::Aliases, alias)],
        _ => Vec::new(),
    }
}
