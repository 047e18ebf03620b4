//! Writes an entry of a bibliography; a field that has not changed since it was read is written as
//! it was. Start reading at [`write()`].

use chrono::NaiveDate;
use serde::Deserialize;

use super::dialect::{Dialect, Flavour};
use super::mapping::{Mapping, Source};
use super::splice::{ComposedWork, IfNew};
use super::stand_in::is_stand_in;
use super::written::WrittenWork;
use super::{bibtex, crosswalk, csl, ris};
use crate::model::{Audience, Entry, Kind};

/// The citation key of an entry: the one that it was imported with, else its slug.
pub fn key(entry: &Entry) -> String {
    imported_key(entry).unwrap_or(&entry.slug).to_owned()
}

/// Whether an entry was imported with a citation key.
pub fn has_key(entry: &Entry) -> bool {
    imported_key(entry).is_some()
}

fn imported_key(entry: &Entry) -> Option<&str> {
    let mut kept = Dialect::ALL
        .iter()
        .filter_map(|dialect| entry.extra.get(dialect.kept())?["key"].as_str());
    kept.find(|key| !key.is_empty())
}

/// A citation key as pandoc reads it: in braces if it contains characters other than letters,
/// digits, `_` and single internal punctuation characters
/// (<https://pandoc.org/MANUAL.html#citation-syntax>).
pub fn pandoc_key(key: &str) -> String {
    let mark = |c: char| ":.#$%&-+?<>~/".contains(c);
    let plain = key
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || mark(c))
        && !key.starts_with(mark)
        && !key.ends_with(mark);
    let doubled = key
        .chars()
        .zip(key.chars().skip(1))
        .any(|(a, b)| mark(a) && mark(b));
    if plain && !doubled {
        key.to_owned()
    } else {
        format!("{{{key}}}")
    }
}

/// Writes an entry under a citation key, which is [`key`] unless another entry already uses it. The
/// text between entries is in [`Dialect::frame`]. For the public, the fields that the kind hides
/// and the fields kept from an imported bibliography are left out.
pub fn write(
    dialect: Dialect,
    flavour: Flavour,
    entry: &Entry,
    key: &str,
    kind: &Kind,
    audience: Audience,
    today: NaiveDate,
) -> String {
    let written = written(dialect, flavour, entry, key, kind, audience, today);
    match dialect {
        Dialect::Bibtex => std::iter::once(&written)
            .chain(&written.repeated)
            .map(bibtex::text)
            .collect::<Vec<_>>()
            .join("\n"),
        Dialect::Csl => csl::text(&written),
        _ => ris::text(&written),
    }
}

/// An entry as it is to be written in a BibTeX file of its owner, under a citation key.
pub fn compose(
    flavour: Flavour,
    entry: &Entry,
    key: &str,
    kind: &Kind,
    today: NaiveDate,
    if_new: IfNew,
) -> ComposedWork {
    let dialect = Dialect::Bibtex;
    ComposedWork {
        known: [self::key(entry), key.to_owned()]
            .into_iter()
            .chain(entry.aliases.iter().chain(&entry.former).cloned())
            .collect(),
        written: written(dialect, flavour, entry, key, kind, Audience::Owner, today),
        if_new,
    }
}

/// The address in an entry as it was written, its own or that of the record that it inherits from.
fn url_of(kept: &WrittenWork, sources: &[Source<'_>], today: NaiveDate) -> Option<String> {
    let source = sources.iter().find(|source| source.is_url())?;
    let own = source.pick(kept, today).map(|(_, texts)| texts);
    let texts = own.or_else(|| kept.inherited.get(source.field).cloned());
    texts?.into_iter().next()
}

/// The entry type, the key and the raw fields that an entry is written with.
fn written(
    dialect: Dialect,
    flavour: Flavour,
    entry: &Entry,
    key: &str,
    kind: &Kind,
    audience: Audience,
    today: NaiveDate,
) -> WrittenWork {
    let mapping = Mapping::of(dialect);
    let kept_as = |dialect: Dialect| {
        let mut kept = entry
            .extra
            .get(dialect.kept())
            .and_then(|json| WrittenWork::deserialize(json).ok())?;
        if audience == Audience::Public {
            kept.fields.clear();
            kept.repeated.clear();
        }
        Some(kept)
    };
    let kept = kept_as(dialect);
    let other = Dialect::ALL
        .into_iter()
        .filter(|_| kept.is_none())
        .find_map(|from| kept_as(from).map(|kept| (from, kept)));
    let mut written = match &other {
        Some((from, kept)) => crosswalk::translated(*from, kept, dialect),
        None => kept.clone().unwrap_or_default(),
    };
    for source in mapping
        .sources(dialect, kind)
        .into_iter()
        .filter(|source| source.is_seen_by(audience))
    {
        // Another dialect's substitutes for a title mean something else here.
        let source = if kept.is_none() && source.field == "title" {
            source.narrowed()
        } else {
            source
        };
        let now = match &other {
            Some((from, kept)) if source.field == "title" => {
                crosswalk::title(*from, kept, &entry.title)
                    .into_iter()
                    .collect()
            }
            _ => source.texts_of(entry),
        };
        if kept
            .as_ref()
            .is_some_and(|kept| kept.inherited.get(source.field) == Some(&now))
        {
            // The value is that of the record that `crossref` or `xdata` names.
            continue;
        }
        let before = source.pick(&written, today);
        let stands_in = || {
            source.field == "title"
                && before.is_none()
                && kept
                    .as_ref()
                    .is_some_and(|kept| now.len() == 1 && is_stand_in(dialect, kept, &now[0]))
        };
        let is_in_url = || {
            let url = kept
                .as_ref()
                .and_then(|kept| url_of(kept, &mapping.sources(dialect, kind), today));
            url.is_some_and(|url| source.identified_by(&url).is_some_and(|id| now == [id]))
        };
        if source.same(
            &now,
            before.as_ref().map(|(_, texts)| texts.as_slice()),
            today,
        ) || stands_in()
            || (before.is_none() && is_in_url())
        {
            continue;
        }
        let names = before
            .map(|(names, _)| names)
            .or_else(|| source.unread(&written));
        source.put(&mut written, names, &now);
    }
    if let Some(title) = written
        .fields
        .iter()
        .position(|(name, _)| other.is_some() && *name == mapping.titles()[0])
    {
        // Title, names and date come first, then the fields translated from another dialect.
        written.fields.rotate_left(title);
    }
    // Without its archive, styles print an arXiv id as a bare number.
    let is_new = |name: &str| kept.as_ref().is_none_or(|kept| kept.raw(name).is_none());
    if dialect == Dialect::Bibtex
        && written.raw("eprint").is_some()
        && is_new("eprint")
        && written.raw("archiveprefix").is_none()
        && written.raw("eprinttype").is_none()
    {
        let at = written.fields.iter().position(|(name, _)| name == "eprint");
        written.fields.insert(
            at.map_or(written.fields.len(), |at| at + 1),
            match flavour {
                Flavour::Bibtex => ("archiveprefix".to_owned(), "{arXiv}".to_owned()),
                Flavour::Biblatex => ("eprinttype".to_owned(), "{arxiv}".to_owned()),
            },
        );
    }
    // A RIS reference that was imported without a key is exported without one.
    if dialect != Dialect::Ris || kept.is_none() || !written.key.is_empty() {
        key.clone_into(&mut written.key);
    }
    if kept.is_none() && written.kind.is_empty() {
        written.kind = mapping.entry_type(&written).to_owned();
    }
    written
}
