//! Finds entries: lists, search, and the details of one entry.

use std::collections::HashSet;

use super::error::NotebookError;
use super::session::Notebook;
use crate::model::query_text::QueryMode;
use crate::model::{Entry, Kind, Query, Value, kind};
use crate::search::marks::QueryStems;
use crate::search::rank::{self, Found, Ranked, SearchOptions};
use crate::search::reading::Reading;
use crate::search::snippet::{self, Snippet};
use crate::search::spelling;
pub use crate::store::Name;
use crate::store::{IndexState, Labels, Link, Order, Reads, Selection, Stored};
use crate::text::fold::{each_token, fold};
use crate::text::nearest::nearest;

/// How many times more hits than wanted an exact search looks at.
const EXACT_DEPTH: usize = 50;

/// Most names that are offered for selection.
const NAMES: usize = 100_000;

/// How much of an entry a search loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// What every kind has: enough for a list of hits.
    Common,
    /// The fields of the kind too.
    Whole,
}

/// A search hit with the passage that matched.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The entry.
    pub entry: Entry,
    /// Its score and how it was computed.
    pub ranked: Ranked,
    /// The best passage of the body, with the matches marked.
    pub snippet: Snippet,
    /// The title, with the matches marked.
    pub title: Snippet,
    /// The names of the fields that contain matches; empty unless the search loads whole entries.
    pub matched: Vec<String>,
}

impl Hit {
    /// A hit for an entry that a filter selected, without words.
    fn of(entry: Entry) -> Hit {
        let (snippet, title) = (
            snippet::of(&entry.body, &[]),
            snippet::of(&entry.title, &[]),
        );
        Hit {
            entry,
            ranked: Ranked::default(),
            snippet,
            title,
            matched: Vec::new(),
        }
    }
}

/// The result of a search.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hits {
    /// The hits, best first; hits by meaning alone come last.
    pub hits: Vec<Hit>,
    /// How the words were read and ranked.
    pub found: Found,
}

/// One entry with its kind, links, backlinks and mentions.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryDetail {
    /// The entry.
    pub stored: Stored,
    /// Its kind.
    pub kind: Kind,
    /// The links from the entry to others.
    pub links: Vec<Link>,
    /// The links from other entries to it.
    pub backlinks: Vec<Link>,
    /// Ref and title of the entries that mention it by name without a link.
    pub mentions: Vec<(String, String)>,
}

impl Notebook {
    /// The selection of a list. If `order` is empty, the default order of the kind applies if there
    /// is only one kind, else the order of creation.
    ///
    /// # Errors
    /// The kind or the filter is invalid, or `order` names an unknown field.
    pub fn selection(
        &self,
        kind: Option<&str>,
        filter: &[String],
        order: &[String],
        limit: Option<usize>,
    ) -> Result<Selection, NotebookError> {
        let kind = kind.map(|name| self.kind(name)).transpose()?;
        let mut query = self.query(filter, QueryMode::Filter)?;
        if let Some(kind) = kind {
            query = Query::Kind(vec![kind.name.clone()]).and(query);
        }
        let sole = match query.kinds() {
            Some([one]) => self.kinds().get(one),
            _ => None,
        };
        let mut order: Vec<Order> = match (order.is_empty(), sole) {
            (false, _) => order.iter().map(|key| Order::read(key)).collect(),
            (true, Some(kind)) => kind.order.iter().map(|key| Order::read(key)).collect(),
            // Without an order, entries come by uid: this is the order of creation, and it is
            // indexed.
            (true, None) => Vec::new(),
        };
        for key in &mut order {
            // As the filters `added:` and `changed:` are called.
            let time = match key.field.as_str() {
                "added" => "created",
                "changed" => "updated",
                _ => "",
            };
            if !time.is_empty() && self.kinds().with_field(&key.field).is_empty() {
                time.clone_into(&mut key.field);
            }
            self.check_field(&key.field, sole)?;
        }
        Ok(Selection {
            query,
            order,
            limit,
            reads: Reads::All,
        })
    }

    /// Checks that a name is a field of `kind`, or of any kind if `kind` is `None`.
    ///
    /// # Errors
    /// [`NotebookError::UnknownField`] with the most similar field name.
    pub fn check_field(&self, name: &str, kind: Option<&Kind>) -> Result<(), NotebookError> {
        if kind::CORE.contains(&name) && name != "year" && name != "word" {
            return Ok(());
        }
        let kinds: Vec<&Kind> =
            kind.map_or_else(|| self.kinds().iter().collect(), |kind| vec![kind]);
        let mut names: Vec<String> = kind::CORE
            .iter()
            .filter(|name| !matches!(**name, "year" | "word"))
            .map(|name| (*name).to_owned())
            .collect();
        for kind in kinds {
            names.extend(kind.names().into_iter().map(str::to_owned));
            names.extend(crate::model::json::all_names(
                kind,
                crate::model::Audience::Owner,
            ));
        }
        if names.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(NotebookError::UnknownField {
            name: name.to_owned(),
            near: nearest(name, &names).into_iter().next(),
        })
    }

    /// Whether another program changed entries that kb has not looked at since.
    pub fn is_stale(&self) -> Result<bool, NotebookError> {
        Ok(self.store.is_stale()?)
    }

    /// Whether any entry has a word, or one with the same stem.
    pub fn has_word(&self, word: &str) -> Result<bool, NotebookError> {
        Ok(self.store.knows(word, &fold(word))?)
    }

    /// The singular and plural names of the kinds, and the names of their fields.
    pub fn names_of_kinds_and_fields(&self) -> Vec<String> {
        let kinds = self.kinds().iter();
        kinds
            .flat_map(|kind| {
                let fields = kind.fields.iter().map(|field| field.name.clone());
                [kind.name.clone(), kind.plural.clone()]
                    .into_iter()
                    .chain(fields)
            })
            .collect()
    }

    /// Updates the search index if it is out of date; `progress` gets the number of entries done
    /// and the total.
    ///
    /// # Errors
    /// The index is out of date and the file cannot be written.
    pub fn catch_up(
        &mut self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), NotebookError> {
        if self.store.index_state()? != IndexState::Current {
            self.store.catch_up(progress)?;
        }
        Ok(())
    }

    /// Searches for entries, best first. With [`Loaded::Common`], hits lack the fields of their kind and the
    /// list of matched fields. A query of filters alone returns the entries they select, newest
    /// first.
    ///
    /// # Errors
    /// The kind is unknown. Words alone never cause an error.
    pub fn search(
        &self,
        words: &[String],
        kind: Option<&str>,
        options: SearchOptions,
        loaded: Loaded,
    ) -> Result<Hits, NotebookError> {
        let query = self.search_query(words, kind)?;
        let terms = query.words();
        let rest = query.without_words();
        let limit = options.limit;
        let mut found = if options.mode.exact {
            // The index compares stems, so more hits are looked at than are wanted.
            let limit = limit.saturating_mul(EXACT_DEPTH).min(NAMES);
            rank::search(
                &terms,
                &rest,
                SearchOptions { limit, ..options },
                &self.store,
            )?
        } else {
            rank::search(&terms, &rest, options, &self.store)?
        };
        if options.mode.exact {
            let mut kept = Vec::new();
            for ranked in std::mem::take(&mut found.hits) {
                if kept.len() < limit
                    && let Some(stored) = self.store.by_id(ranked.id)?
                    && has_words(&stored.entry, &found.reading, options.mode.open)
                {
                    kept.push(ranked);
                }
            }
            found.hits = kept;
        }
        if found.hits.is_empty() && terms.is_empty() && rest != Query::All {
            // Filters alone: everything that they select, newest first.
            let selection = Selection {
                query: rest,
                order: vec![Order::read("-created")],
                limit: Some(options.limit),
                reads: match loaded {
                    Loaded::Common => Reads::Common,
                    Loaded::Whole => Reads::All,
                },
            };
            let hits = self
                .store
                .select(&selection)?
                .into_iter()
                .map(|stored| Hit::of(stored.entry))
                .collect();
            return Ok(Hits { hits, found });
        }
        let wanted = QueryStems::of(&found.reading, &self.store)?;
        let mut hits = Vec::with_capacity(found.hits.len());
        for ranked in &found.hits {
            let stored = if loaded == Loaded::Whole {
                self.store.by_id(ranked.id)?
            } else {
                self.store.common_by_id(ranked.id)?
            };
            if let Some(stored) = stored {
                hits.push(hit(stored.entry, ranked.clone(), &wanted, loaded)?);
            }
        }
        Ok(Hits { hits, found })
    }

    /// For each query word that occurs in no entry, the known words with a similar spelling.
    pub fn suggestions(
        &self,
        reading: &Reading,
    ) -> Result<Vec<(String, Vec<String>)>, NotebookError> {
        let mut found = Vec::new();
        for token in &reading.words {
            if !self.store.knows(&token.raw, &token.folded)? {
                let near = spelling::suggest(&token.folded, &self.store)?;
                if !near.is_empty() {
                    found.push((token.raw.clone(), near));
                }
            }
        }
        Ok(found)
    }

    /// The entries most similar in meaning to the entry that the ref `text` names, most similar
    /// first. `filter` restricts the result.
    ///
    /// # Errors
    /// The ref matches no entry or several, or the filter is malformed.
    pub fn similar(
        &self,
        text: &str,
        filter: &[String],
        limit: usize,
    ) -> Result<Vec<Hit>, NotebookError> {
        let stored = self.find(text)?;
        let among = self.query(filter, QueryMode::Filter)?;
        let mut hits = Vec::new();
        for ranked in rank::similar(stored.id, &among, limit, &self.store)? {
            if let Some(stored) = self.store.by_id(ranked.id)? {
                hits.push(Hit {
                    ranked,
                    ..Hit::of(stored.entry)
                });
            }
        }
        Ok(hits)
    }

    /// The names of the entries that the filters in `words` select, newest first (at most 100,000),
    /// and the remaining words. Words alone never cause an error.
    pub fn names(&self, words: &[String]) -> Result<(Vec<Name>, String), NotebookError> {
        let query = self.search_query(words, None)?;
        Ok((
            self.store.names(&query.without_words(), NAMES)?,
            query.words().join(" "),
        ))
    }

    /// Parses the words of a search: strictly if they combine filters with `or` or `not`, else
    /// forgivingly.
    ///
    /// # Errors
    /// The kind is unknown.
    pub fn search_query(
        &self,
        words: &[String],
        kind: Option<&str>,
    ) -> Result<Query, NotebookError> {
        let strict = self.query(words, QueryMode::Filter).ok().filter(has_groups);
        let query = match strict {
            Some(query) => query,
            None => self.query(words, QueryMode::Search)?,
        };
        let kind = kind
            .map(|name| self.kind(name).map(|kind| kind.name.clone()))
            .transpose()?;
        Ok(kind.map_or(query.clone(), |kind| Query::Kind(vec![kind]).and(query)))
    }

    /// One entry with its links, backlinks and at most 20 unlinked mentions.
    ///
    /// # Errors
    /// The ref matches no entry, or several.
    pub fn show(&self, text: &str) -> Result<EntryDetail, NotebookError> {
        let stored = self.find(text)?;
        let kind = self
            .kinds()
            .get(&stored.entry.kind)
            .cloned()
            .unwrap_or_else(|| Kind::stand_in(&stored.entry.kind));
        let mut names = vec![stored.entry.title.clone()];
        names.extend(stored.entry.aliases.iter().cloned());
        if let Some((before, _)) = crate::text::acronym::split(&stored.entry.title) {
            names[0] = before.to_owned();
        }
        let mentions = self.store.mentions(stored.id, &names, 20)?;
        Ok(EntryDetail {
            links: self.store.links(stored.id)?,
            backlinks: self.store.backlinks(stored.id)?,
            mentions,
            kind,
            stored,
        })
    }

    /// Refs and titles of at most 200 entries whose ref begins with `start`, for completion.
    pub fn refs_from(&self, start: &str) -> Result<Vec<(String, String)>, NotebookError> {
        Ok(self.store.refs_from(start, 200)?)
    }

    /// All topics, tags or aliases, for completion.
    pub fn labels(&self, labels: Labels) -> Result<Vec<String>, NotebookError> {
        Ok(self.store.labels(labels)?)
    }

    /// Runs one read-only SQL statement. Calls `visit` with the column names alone, then with each
    /// row, until it breaks.
    ///
    /// # Errors
    /// The statement is invalid, would write, or takes longer than five seconds.
    pub fn sql(
        &self,
        text: &str,
        visit: impl FnMut(&[String], Option<Vec<serde_json::Value>>) -> std::ops::ControlFlow<()>,
    ) -> Result<(), NotebookError> {
        Ok(self.store.sql(text, visit)?)
    }
}

/// Whether an entry has each word of a query as it was typed, but for case and accents. With `open`,
/// the last word may be the start of a word.
fn has_words(entry: &Entry, reading: &Reading, open: bool) -> bool {
    let mut text = vec![entry.title.clone(), entry.body.clone()];
    for list in [&entry.aliases, &entry.topics, &entry.tags] {
        text.extend(list.iter().cloned());
    }
    text.extend(entry.values.values().map(Value::text));
    let mut own = HashSet::new();
    each_token(&text.join("\n"), |token| {
        own.insert(token.to_owned());
    });
    let last = reading.words.len().saturating_sub(1);
    reading.words.iter().enumerate().all(|(at, word)| {
        let mut has = true;
        each_token(&word.raw, |token| {
            has &= own.contains(token)
                || (open && at == last && own.iter().any(|own| own.starts_with(token)));
        });
        has
    })
}

/// Whether a query combines field terms, and nothing else, with `or` or `not`, so that these words
/// and the brackets are operators.
fn has_groups(query: &Query) -> bool {
    fn is_filter(query: &Query) -> bool {
        match query {
            Query::Words(_) | Query::All => false,
            Query::And(all) | Query::Or(all) => all.iter().all(is_filter),
            Query::Not(inner) => is_filter(inner),
            _ => true,
        }
    }
    match query {
        Query::Or(any) => any.iter().all(is_filter),
        Query::Not(inner) => is_filter(inner),
        Query::And(all) => {
            all.iter().any(has_groups)
                && all
                    .iter()
                    .all(|part| !matches!(part, Query::Or(_)) || has_groups(part))
        }
        _ => false,
    }
}

/// Builds a hit with the matches marked; a whole entry also lists the fields that matched.
fn hit(
    entry: Entry,
    ranked: Ranked,
    wanted: &QueryStems<'_>,
    loaded: Loaded,
) -> Result<Hit, NotebookError> {
    let (in_title, in_body) = (wanted.places(&entry.title)?, wanted.places(&entry.body)?);
    let mut matched = Vec::new();
    if loaded == Loaded::Whole {
        let mut say = |name: &str, found: bool| {
            if found {
                matched.push(name.to_owned());
            }
        };
        say("title", !in_title.is_empty());
        say("body", !in_body.is_empty());
        for (name, list) in [
            ("aliases", &entry.aliases),
            ("topics", &entry.topics),
            ("tags", &entry.tags),
        ] {
            say(name, !wanted.places(&list.join("\n"))?.is_empty());
        }
        for (name, value) in &entry.values {
            say(name, !wanted.places(&value.text())?.is_empty());
        }
    }
    let (title, snippet) = (
        snippet::of(&entry.title, &in_title),
        snippet::of(&entry.body, &in_body),
    );
    Ok(Hit {
        entry,
        ranked,
        snippet,
        title,
        matched,
    })
}
