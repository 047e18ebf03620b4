//! Reads a bibliography: turns its entries into drafts of a kind. Start reading at [`read`].

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::convert::Infallible;

use chrono::NaiveDate;
use serde_json::Value as Json;

use super::bibtex::{self, BibtexItem, RawEntry, ValuePart};
use super::dialect::Dialect;
use super::mapping::{Mapping, Source, draft_of};
use super::stand_in::stand_in;
use super::strings::Strings;
use super::written::{Fault, WrittenWork};
use super::{csl, ris, tagged, tex, zotero};
use crate::model::person::family;
use crate::model::{Draft, FieldType, Kind};
use crate::text::fold;

/// An entry that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadWork {
    /// The byte offset at which it begins in the source.
    pub at: usize,
    /// Its citation key; may be empty.
    pub key: String,
    /// Its values as a draft of the kind, including the entry as it was written.
    pub draft: Draft,
    /// Its date, if that cannot be read, or may mean two days; it is kept as text.
    pub unread_date: Option<String>,
}

/// The default kind for entries of a bibliography.
pub fn kind(dialect: Dialect) -> &'static str {
    &Mapping::of(dialect).kind
}

/// A bibliography that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bibliography {
    /// Its entries.
    pub entries: Vec<ReadWork>,
    /// Broken parts of the source; they were left out.
    pub faults: Vec<Fault>,
    /// Parts that the user should check: an entry inside a comment or with a repeated key, a line
    /// outside of a reference, a CSV row of the wrong width.
    pub notes: Vec<Fault>,
}

/// Reads a whole bibliography into drafts of a kind. `today` is the date that relative dates refer
/// to.
pub fn read(dialect: Dialect, source: &str, kind: &Kind, today: NaiveDate) -> Bibliography {
    let mut entries = Vec::new();
    let read = read_each(dialect, source, kind, today, &mut |read| {
        entries.push(read);
        Ok::<_, Infallible>(())
    });
    let Ok((faults, notes)) = read;
    Bibliography {
        entries,
        faults,
        notes,
    }
}

/// Reads a bibliography and calls `visit` with each entry in order. Returns the faults and the
/// notes of [`Bibliography`].
///
/// # Errors
/// The first error that `visit` returns; reading stops there.
pub fn read_each<E>(
    dialect: Dialect,
    source: &str,
    kind: &Kind,
    today: NaiveDate,
    visit: &mut dyn FnMut(ReadWork) -> Result<(), E>,
) -> Result<(Vec<Fault>, Vec<Fault>), E> {
    let sources = Mapping::of(dialect).sources(dialect, kind);
    let (found, faults) = match dialect {
        Dialect::Bibtex => return read_bibtex(source, kind, &sources, today, visit),
        Dialect::Ris => ris::scan(source),
        Dialect::Csl => csl::scan(source),
        Dialect::Nbib => tagged::nbib(source),
        Dialect::Endnote => tagged::enw(source),
        Dialect::Zotero => zotero::scan(source),
    };
    for (at, written) in found {
        let draft = draft_of(&written, kind, &sources, today);
        visit(taken(dialect, at, written, draft, &sources))?;
    }
    Ok(if dialect == Dialect::Csl {
        (faults, Vec::new())
    } else {
        (Vec::new(), faults)
    })
}

/// The citation keys of the records of a bibliography.
pub fn keys(dialect: Dialect, source: &str, kind: &Kind, today: NaiveDate) -> HashSet<String> {
    let works = read(dialect, source, kind, today).entries;
    works.into_iter().map(|work| work.key).collect()
}

/// The citation keys of the entries of a BibTeX file, by the bytes at which they begin. Those without
/// one get a generated key.
pub(super) fn generated_keys(
    source: &str,
    kind: &Kind,
    today: NaiveDate,
) -> HashMap<usize, String> {
    let works = read(Dialect::Bibtex, source, kind, today).entries;
    works.into_iter().map(|work| (work.at, work.key)).collect()
}

/// Reads BibTeX: expands strings, merges entries with the same key into the first one and gives
/// entries without a key a generated one.
fn read_bibtex<E>(
    source: &str,
    kind: &Kind,
    sources: &[Source<'_>],
    today: NaiveDate,
    visit: &mut dyn FnMut(ReadWork) -> Result<(), E>,
) -> Result<(Vec<Fault>, Vec<Fault>), E> {
    let (items, faults) = bibtex::scan(source);
    let mut notes = Vec::new();
    let mut strings = Strings::default();
    let mut found: Vec<(usize, WrittenWork)> = Vec::new();
    for item in &items {
        match item {
            BibtexItem::String(at, name, value) => notes.extend(strings.define(*at, name, value)),
            BibtexItem::Entry(entry) => {
                let work = written(entry, &mut strings);
                notes.extend(strings.fault(entry.at));
                let deep = work
                    .fields
                    .iter()
                    .find(|(_, value)| tex::is_too_deep(value));
                notes.extend(deep.map(|(name, _)| Fault {
                    at: entry.at,
                    message: format!(
                        "`{name}` has braces nested deeper than {}: it is kept as it is",
                        tex::DEEPEST
                    ),
                }));
                found.push((entry.at, work));
            }
            BibtexItem::Comment(from, text) => {
                let note = |at: usize| Fault {
                    at: from + at,
                    message: "is inside a comment and was left out".to_owned(),
                };
                let inside = bibtex::items_in(text);
                if inside.is_empty() {
                    notes.push(Fault {
                        at: *from,
                        message: "the comment stays in the file alone".to_owned(),
                    });
                }
                notes.extend(inside.into_iter().map(note));
            }
            BibtexItem::Preamble(at, _) => notes.push(Fault {
                at: *at,
                message: "the preamble stays in the file alone".to_owned(),
            }),
        }
    }
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, (_, written)) in found
        .iter()
        .enumerate()
        .filter(|(_, (_, written))| !written.key.is_empty())
    {
        by_key
            .entry(written.key.to_lowercase())
            .or_default()
            .push(number);
    }
    let mut keys: HashSet<String> = by_key.keys().cloned().collect();
    let starts: Vec<usize> = source.match_indices('\n').map(|(at, _)| at + 1).collect();
    for (number, (at, own)) in found.iter().enumerate() {
        let same = by_key
            .get(&own.key.to_lowercase())
            .map_or(&[][..], Vec::as_slice);
        if let Some(first) = same.first().filter(|first| **first != number) {
            let line = starts.partition_point(|start| *start <= found[*first].0) + 1;
            notes.push(Fault {
                at: *at,
                message: format!(
                    "the key `{}` is already used on line {line}: kept with that entry",
                    own.key
                ),
            });
            continue;
        }
        let draft = draft_of(&with_parents(own, &found, &by_key), kind, sources, today);
        let mut written = own.clone();
        if own.raw("crossref").is_some() || own.raw("xdata").is_some() {
            let alone = draft_of(own, kind, sources, today);
            written.inherited = draft
                .texts
                .iter()
                .filter(|(name, texts)| alone.texts.get(*name) != Some(texts))
                .map(|(name, texts)| (name.clone(), texts.clone()))
                .collect();
        }
        written.repeated = same
            .iter()
            .skip(1)
            .map(|other| found[*other].1.clone())
            .collect();
        if written.key.is_empty() {
            let texts = |field: FieldType| {
                kind.first(field)
                    .and_then(|field| draft.texts.get(&field.name))
                    .map_or(&[][..], Vec::as_slice)
            };
            written.key = free(
                &made_key(
                    texts(FieldType::Person),
                    texts(FieldType::Period),
                    draft.text("title").unwrap_or_default(),
                ),
                &mut keys,
            );
        }
        visit(taken(Dialect::Bibtex, *at, written, draft, sources))?;
    }
    Ok((faults, notes))
}

/// Completes the draft of an entry: a substitute if it lacks a title, its citation key as an alias,
/// and the entry as written among the left-over values.
fn taken(
    dialect: Dialect,
    at: usize,
    written: WrittenWork,
    mut draft: Draft,
    sources: &[Source<'_>],
) -> ReadWork {
    let unread_date = sources
        .iter()
        .find_map(|source| source.unread_date(&written, &draft));
    if draft.text("title").is_none() {
        draft.set("title", stand_in(dialect, &written));
    }
    // Outside of BibTeX, a key with at most two letters was generated by a database rather than
    // chosen by the user, and does not become an alias.
    if dialect == Dialect::Bibtex || written.key.chars().filter(|c| c.is_alphabetic()).count() > 2 {
        draft.set_many("aliases", vec![written.key.clone()]);
    }
    draft.extra.insert(
        dialect.kept().to_owned(),
        serde_json::to_value(&written).unwrap_or(Json::Null),
    );
    ReadWork {
        at,
        key: written.key,
        draft,
        unread_date,
    }
}

/// The first unused key among `key`, `key-2`, `key-3` and so on, which is added to `keys`.
fn free(key: &str, keys: &mut HashSet<String>) -> String {
    let base = if key.is_empty() { "entry" } else { key };
    let candidates =
        std::iter::once(base.to_owned()).chain((2..).map(|number| format!("{base}-{number}")));
    candidates
        .into_iter()
        .find(|candidate| keys.insert(candidate.to_lowercase()))
        .unwrap_or_default()
}

/// An entry as it was written, with the strings of the file expanded, because other files lack
/// them.
pub(super) fn written(entry: &RawEntry<'_>, strings: &mut Strings) -> WrittenWork {
    let mut value = |pieces: &[ValuePart<'_>]| match pieces {
        [ValuePart::Name(name)] if !strings.knows(name) => (*name).to_owned(),
        pieces => bibtex::delimited(&strings.spelt_out(pieces)),
    };
    let fields = entry
        .fields
        .iter()
        .map(|field| (field.name.to_lowercase(), value(&field.parts)))
        .collect();
    // A brace in a key would end its entry.
    WrittenWork {
        kind: entry.kind.to_lowercase(),
        key: entry.key.replace(['{', '}'], "").trim().to_owned(),
        fields,
        former: Vec::new(),
        earlier: Vec::new(),
        repeated: Vec::new(),
        inherited: BTreeMap::new(),
    }
}

/// The fields that name the entries from which an entry inherits, and whether the title of those becomes
/// the book title.
const PARENTS: [(&str, bool); 2] = [("xdata", false), ("crossref", true)];

/// Whether an entry of a BibTeX file may inherit fields from another one.
pub fn inherits(source: &str) -> bool {
    let folded = source.to_lowercase();
    PARENTS.iter().any(|(link, _)| folded.contains(link))
}

/// An entry with its missing fields inherited from the entries that its fields `xdata` and
/// `crossref` name. The title of a `crossref` parent becomes the book title.
fn with_parents<'w>(
    own: &'w WrittenWork,
    found: &[(usize, WrittenWork)],
    by_key: &HashMap<String, Vec<usize>>,
) -> Cow<'w, WrittenWork> {
    let mut whole = Cow::Borrowed(own);
    for (link, renames) in PARENTS {
        let Some(named) = own.raw(link) else { continue };
        let parents = tex::text(link, named);
        let parents = parents
            .split(',')
            .filter_map(|key| by_key.get(&key.trim().to_lowercase())?.first());
        for (name, value) in parents.flat_map(|at| &found[*at].1.fields) {
            let name = if renames && name == "title" {
                "booktitle"
            } else {
                name
            };
            if whole.raw(name).is_none() && !(renames && name == "crossref") {
                whole.to_mut().fields.push((name.to_owned(), value.clone()));
            }
        }
    }
    whole
}

/// A citation key from the first author's family name, the year and the first word of more than
/// three letters in the title: `vaswani2017attention`.
fn made_key(authors: &[String], period: &[String], title: &str) -> String {
    let letters = |text: &str| fold::tokens(text).concat();
    let family = authors
        .first()
        .map_or(String::new(), |name| letters(family(name)));
    let year = period
        .first()
        .and_then(|text| {
            text.split(|c: char| !c.is_ascii_digit())
                .find(|run| run.len() == 4)
        })
        .unwrap_or_default();
    let word = fold::tokens(title)
        .into_iter()
        .find(|word| word.chars().count() > 3)
        .unwrap_or_default();
    format!("{family}{year}{word}")
}

/// Reads the CSL-JSON that a registry returns for a work; `None` if it has no title. The registry's
/// id does not become the citation key, and its abstract stays among the left-over values instead
/// of becoming the body.
pub fn of_csl(text: &str, kind: &Kind, today: NaiveDate) -> Option<Draft> {
    let (found, _) = csl::scan(text);
    let (_, mut written) = found.into_iter().next()?;
    written.key.clear();
    let mut draft = draft_of(
        &written,
        kind,
        &Mapping::of(Dialect::Csl).sources(Dialect::Csl, kind),
        today,
    );
    draft.texts.remove("body");
    draft.extra.insert(
        Dialect::Csl.kept().to_owned(),
        serde_json::to_value(&written).unwrap_or(Json::Null),
    );
    draft.text("title").is_some().then_some(draft)
}
