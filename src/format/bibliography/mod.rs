//! Bibliographies in BibTeX, BibLaTeX, RIS and CSL-JSON, in and out, and in PubMed's .nbib, EndNote's .enw and Zotero's CSV, in, without losing a field.
//!
//! An entry that came from a bibliography keeps its type, key and fields as they were written (under the name of the dialect among what
//! is left over). Going out, a field whose value is still what was read is written as it was; what changed is written anew. So a
//! bibliography that comes in and goes out says the same, and a second time nothing changes. Must not know the store.
//! Start reading at [`read()`] and [`write()`].

mod across;
mod bibtex;
mod csl;
mod dates;
mod mapping;
mod ris;
mod tagged;
mod tex;
mod values;
mod zotero;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::model::{Audience, Draft, Entry, FieldType, Kind, LONGEST_TITLE};
pub use csl::looks_like_csl;
pub use zotero::looks_like_zotero;

use bibtex::{Item, Piece, RawEntry};
use mapping::{Mapping, Source};
use values::Shape;

/// How a bibliography is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// BibTeX and BibLaTeX.
    Bibtex,
    /// RIS.
    Ris,
    /// CSL-JSON.
    Csl,
    /// PubMed's .nbib, which is read and not written.
    Nbib,
    /// EndNote's .enw, which is read and not written.
    Endnote,
    /// Zotero's CSV, which is read and not written.
    Zotero,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 6] = [Dialect::Bibtex, Dialect::Ris, Dialect::Csl, Dialect::Nbib, Dialect::Endnote, Dialect::Zotero];

    /// Whether it is written, too.
    pub fn is_written(self) -> bool {
        matches!(self, Dialect::Bibtex | Dialect::Ris | Dialect::Csl)
    }

    /// What stands before the first entry, between two, and behind the last.
    pub fn frame(self) -> [&'static str; 3] {
        match self {
            Dialect::Csl => ["[\n  ", ",\n  ", "\n]\n"],
            Dialect::Bibtex => ["", "\n", ""],
            _ => ["", "", ""],
        }
    }

    /// The name under which an entry keeps how it was written.
    pub fn kept(self) -> &'static str {
        match self {
            Dialect::Bibtex => "bibtex",
            Dialect::Ris => "ris",
            Dialect::Csl => "csl",
            Dialect::Nbib => "nbib",
            Dialect::Endnote => "enw",
            Dialect::Zotero => "zotero",
        }
    }
}

/// What is broken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The byte.
    pub at: usize,
    /// The fact.
    pub message: String,
}

/// How an entry of a bibliography was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// `article`, as RIS has it or in lower case.
    #[serde(rename = "type")]
    pub kind: String,
    /// The citation key.
    pub key: String,
    /// Names (those of BibTeX in lower case) and values as they are written, in order.
    pub fields: Vec<(String, String)>,
    /// Entries further down that have the same key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repeated: Vec<Written>,
}

/// An entry that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The byte at which it begins.
    pub at: usize,
    /// Its citation key; may be empty.
    pub key: String,
    /// What an entry of a kind would say.
    pub draft: Draft,
}

/// The kind that an entry of a bibliography becomes if none is named.
pub fn kind(dialect: Dialect) -> &'static str {
    &Mapping::of(dialect).kind
}

/// A bibliography that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bibliography {
    /// Its entries.
    pub entries: Vec<Read>,
    /// What is broken, and was left out.
    pub faults: Vec<Fault>,
    /// What looks like an entry and became none.
    pub notes: Vec<Fault>,
}

/// Reads a bibliography for a kind.
pub fn read(dialect: Dialect, source: &str, kind: &Kind, today: NaiveDate) -> Bibliography {
    let mut entries = Vec::new();
    let read = read_each(dialect, source, kind, today, &mut |read| {
        entries.push(read);
        Ok::<_, Infallible>(())
    });
    let Ok((faults, notes)) = read;
    Bibliography { entries, faults, notes }
}

/// Reads a bibliography for a kind and hands over one entry after the other; gives the faults and the notes of [`Bibliography`].
///
/// # Errors
/// That of the first entry that was not taken.
pub fn read_each<E>(
    dialect: Dialect,
    source: &str,
    kind: &Kind,
    today: NaiveDate,
    see: &mut dyn FnMut(Read) -> Result<(), E>,
) -> Result<(Vec<Fault>, Vec<Fault>), E> {
    let sources = Mapping::of(dialect).sources(dialect, kind);
    let (found, faults) = match dialect {
        Dialect::Bibtex => return read_bibtex(source, kind, &sources, today, see),
        Dialect::Ris => ris::scan(source),
        Dialect::Csl => csl::scan(source),
        Dialect::Nbib => tagged::nbib(source),
        Dialect::Endnote => tagged::enw(source),
        Dialect::Zotero => zotero::scan(source),
    };
    for (at, written) in found {
        let draft = said(&written, kind, &sources, today);
        see(taken(dialect, at, written, draft))?;
    }
    Ok(if dialect == Dialect::Csl { (faults, Vec::new()) } else { (Vec::new(), faults) })
}

fn read_bibtex<E>(
    source: &str,
    kind: &Kind,
    sources: &[Source<'_>],
    today: NaiveDate,
    see: &mut dyn FnMut(Read) -> Result<(), E>,
) -> Result<(Vec<Fault>, Vec<Fault>), E> {
    let (items, faults) = bibtex::scan(source);
    let mut notes = Vec::new();
    let mut strings: HashMap<String, String> = HashMap::new();
    let mut found: Vec<(usize, Written)> = Vec::new();
    for item in &items {
        match item {
            Item::String(name, value) => {
                let text = spelt_out(value, &strings);
                strings.insert(name.to_lowercase(), text);
            }
            Item::Entry(entry) => found.push((entry.at, written(entry, &strings))),
            Item::Comment(from, text) => {
                let note = |at: usize| Fault { at: from + at, message: "stands in a comment and was left out".to_owned() };
                notes.extend(bibtex::items_in(text).into_iter().map(note));
            }
            // TeX for a document says nothing about an entry.
            Item::Preamble(_) => {}
        }
    }
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, (_, written)) in found.iter().enumerate().filter(|(_, (_, written))| !written.key.is_empty()) {
        by_key.entry(written.key.to_lowercase()).or_default().push(number);
    }
    let mut keys: HashSet<String> = by_key.keys().cloned().collect();
    let starts: Vec<usize> = source.match_indices('\n').map(|(at, _)| at + 1).collect();
    for (number, (at, own)) in found.iter().enumerate() {
        let same = by_key.get(&own.key.to_lowercase()).map_or(&[][..], Vec::as_slice);
        if let Some(first) = same.first().filter(|first| **first != number) {
            let line = starts.partition_point(|start| *start <= found[*first].0) + 1;
            notes.push(Fault { at: *at, message: format!("the key `{}` is that of line {line}: kept with it, as no entry of its own", own.key) });
            continue;
        }
        let draft = said(&with_parents(own, &found, &by_key), kind, sources, today);
        let mut written = own.clone();
        written.repeated = same.iter().skip(1).map(|other| found[*other].1.clone()).collect();
        if written.key.is_empty() {
            let texts = |field: FieldType| kind.first(field).and_then(|field| draft.texts.get(&field.name)).map_or(&[][..], Vec::as_slice);
            written.key = free(&made_key(texts(FieldType::Person), texts(FieldType::Period), draft.text("title").unwrap_or_default()), &mut keys);
        }
        see(taken(Dialect::Bibtex, *at, written, draft))?;
    }
    Ok((faults, notes))
}

/// An entry as it was written, and the draft of what it says.
fn taken(dialect: Dialect, at: usize, written: Written, mut draft: Draft) -> Read {
    if draft.text("title").is_none() {
        draft.set("title", stand_in(dialect, &written));
    }
    // A number that a database gave is no name.
    if dialect == Dialect::Bibtex || written.key.chars().filter(|c| c.is_alphabetic()).count() > 2 {
        draft.set_many("aliases", vec![written.key.clone()]);
    }
    draft.extra.insert(dialect.kept().to_owned(), serde_json::to_value(&written).unwrap_or(Json::Null));
    Read { at, key: written.key, draft }
}

/// What stands for a title that is missing or too long for one.
fn stand_in(dialect: Dialect, written: &Written) -> String {
    let names = Mapping::of(dialect).titles();
    // A table that is not what it claims to be has no titles at all.
    let first = written.fields.first().map(|(name, _)| name.clone()).filter(|_| dialect == Dialect::Zotero);
    let long = names.iter().chain(&first).find_map(|name| values::read(dialect, Shape::Line, name, &written.raws(name)).into_iter().next());
    match long {
        Some(short) if !short.is_empty() && short.chars().count() <= LONGEST_TITLE => short,
        Some(long) if !long.is_empty() => long.chars().take(LONGEST_TITLE - 1).chain(['…']).collect(),
        _ if !written.key.is_empty() => written.key.clone(),
        _ if !written.kind.is_empty() => written.kind.clone(),
        _ => "untitled".to_owned(),
    }
}

/// A key that is not taken yet: with a number behind it if need be.
fn free(key: &str, keys: &mut HashSet<String>) -> String {
    let base = if key.is_empty() { "entry" } else { key };
    let candidates = std::iter::once(base.to_owned()).chain((2..).map(|number| format!("{base}-{number}")));
    candidates.into_iter().find(|candidate| keys.insert(candidate.to_lowercase())).unwrap_or_default()
}

/// How an entry was written, with strings of the file spelt out, which other files do not have.
fn written(entry: &RawEntry<'_>, strings: &HashMap<String, String>) -> Written {
    let value = |pieces: &[Piece<'_>]| match pieces {
        [Piece::Name(name)] if !strings.contains_key(&name.to_lowercase()) => (*name).to_owned(),
        pieces => bibtex::delimited(&spelt_out(pieces, strings)),
    };
    let fields = entry.fields.iter().map(|(name, pieces)| (name.to_lowercase(), value(pieces))).collect();
    // A bracket in a key would end its entry.
    Written { kind: entry.kind.to_lowercase(), key: entry.key.replace(['{', '}'], "").trim().to_owned(), fields, repeated: Vec::new() }
}

/// The parts of a value in one.
fn spelt_out(pieces: &[Piece<'_>], strings: &HashMap<String, String>) -> String {
    let one = |piece: &Piece<'_>| match piece {
        Piece::Text(text) => (*text).to_owned(),
        Piece::Name(name) => strings.get(&name.to_lowercase()).cloned().unwrap_or_else(|| (*name).to_owned()),
    };
    pieces.iter().map(one).collect()
}

/// An entry with what it lacks taken from those that it names as `crossref` and `xdata`; the title of a parent is its book's.
fn with_parents<'w>(own: &'w Written, found: &[(usize, Written)], by_key: &HashMap<String, Vec<usize>>) -> Cow<'w, Written> {
    let mut whole = Cow::Borrowed(own);
    for (link, renames) in [("xdata", false), ("crossref", true)] {
        let Some(named) = own.raw(link) else { continue };
        let parents = tex::text(link, named);
        let parents = parents.split(',').filter_map(|key| by_key.get(&key.trim().to_lowercase())?.first());
        for (name, value) in parents.flat_map(|at| &found[*at].1.fields) {
            let name = if renames && name == "title" { "booktitle" } else { name };
            if whole.raw(name).is_none() && !(renames && name == "crossref") {
                whole.to_mut().fields.push((name.to_owned(), value.clone()));
            }
        }
    }
    whole
}

impl Written {
    /// The value of a field as it is written; of a field that is there twice the first.
    fn raw(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, raw)| raw.as_str())
    }

    /// The values of a field that may come more than once.
    fn raws(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(known, _)| known == name).map(|(_, raw)| raw.as_str()).collect()
    }
}

/// What an entry says, in the fields of a kind.
fn said(written: &Written, kind: &Kind, sources: &[Source<'_>], today: NaiveDate) -> Draft {
    let mut draft = Draft::of(&kind.name);
    for source in sources {
        if let Some((_, texts)) = source.pick(written, today) {
            draft.set_many(source.field, texts);
        }
    }
    draft
}

/// How a work was written, with the fields that another text about it has besides: those that say nothing which an entry has a field for.
/// None when it lacks no such field.
pub fn widened(dialect: Dialect, own: &Json, other: &Json, kind: &Kind, today: NaiveDate) -> Option<Json> {
    let (mut own, other) = (Written::deserialize(own).ok()?, Written::deserialize(other).ok()?);
    let sources = Mapping::of(dialect).sources(dialect, kind);
    let said = |written: &Written| said(written, kind, &sources, today);
    let (own_says, other_says) = (said(&own), said(&other));
    let mut lacking: Vec<&(String, String)> = other.fields.iter().filter(|(name, _)| own.raw(name).is_none()).collect();
    lacking.retain(|(name, value)| {
        let (mut more, mut less) = (own.clone(), other.clone());
        more.fields.push((name.clone(), value.clone()));
        less.fields.retain(|(known, _)| known != name);
        said(&more) == own_says && said(&less) == other_says
    });
    if lacking.is_empty() {
        return None;
    }
    own.fields.extend(lacking.into_iter().cloned());
    serde_json::to_value(own).ok()
}

/// What an entry of a bibliography says beyond the fields of a kind: its type, and names and texts of its fields. None when it is not what
/// [`Written`] is.
pub fn unsaid(dialect: Dialect, kept: &Json, kind: &Kind, today: NaiveDate) -> Option<Vec<(String, String)>> {
    let written = Written::deserialize(kept).ok()?;
    let picked = |source: &Source<'_>| source.pick(&written, today).map(|(names, _)| names);
    let said: HashSet<String> = Mapping::of(dialect).sources(dialect, kind).iter().filter_map(picked).flatten().collect();
    let text = |name: &str, raw: &String| (name.to_owned(), values::read(dialect, Shape::Line, name, &[raw]).pop().unwrap_or_else(|| raw.clone()));
    let mut lines = vec![("type".to_owned(), written.kind.clone())];
    lines.extend(written.fields.iter().filter(|(name, _)| !said.contains(name)).map(|(name, raw)| text(name, raw)));
    for again in &written.repeated {
        let fields = again.fields.iter().map(|(name, raw)| format!("{name} = {}", text(name, raw).1));
        lines.push(("again".to_owned(), std::iter::once(again.kind.clone()).chain(fields).collect::<Vec<_>>().join("; ")));
    }
    Some(lines)
}

/// A citation key from the first author's family name, the year and the first long word of the title: `vaswani2017attention`.
fn made_key(authors: &[String], period: &[String], title: &str) -> String {
    let letters = |text: &str| crate::text::fold::tokens(text).concat();
    let family = authors.first().map_or(String::new(), |name| letters(crate::model::person::family(name)));
    let year = period.first().and_then(|text| text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 4)).unwrap_or_default();
    let word = crate::text::fold::tokens(title).into_iter().find(|word| word.chars().count() > 3).unwrap_or_default();
    format!("{family}{year}{word}")
}

/// What a registry says about a work in CSL-JSON. Its key is the registry's and no name, and its abstract is not the user's notes: both stay in
/// what is kept.
pub fn of_csl(text: &str, kind: &Kind, today: NaiveDate) -> Option<Draft> {
    let (found, _) = csl::scan(text);
    let (_, mut written) = found.into_iter().next()?;
    written.key.clear();
    let mut draft = said(&written, kind, &Mapping::of(Dialect::Csl).sources(Dialect::Csl, kind), today);
    draft.texts.remove("body");
    draft.extra.insert(Dialect::Csl.kept().to_owned(), serde_json::to_value(&written).unwrap_or(Json::Null));
    draft.text("title").is_some().then_some(draft)
}

/// The citation key of an entry: the one that it came with, else its slug, which no edit changes.
pub fn key(entry: &Entry) -> String {
    let kept = Dialect::ALL.iter().filter_map(|dialect| entry.extra.get(dialect.kept())?["key"].as_str());
    kept.into_iter().find(|key| !key.is_empty()).unwrap_or(&entry.slug).to_owned()
}

/// A citation key as pandoc reads it: in braces when it has other signs than letters, digits and single marks within
/// (<https://pandoc.org/MANUAL.html#citation-syntax>).
pub fn pandoc_key(key: &str) -> String {
    let mark = |c: char| ":.#$%&-+?<>~/".contains(c);
    let plain = key.chars().all(|c| c.is_alphanumeric() || c == '_' || mark(c)) && !key.starts_with(mark) && !key.ends_with(mark);
    let doubled = key.chars().zip(key.chars().skip(1)).any(|(a, b)| mark(a) && mark(b));
    if plain && !doubled { key.to_owned() } else { format!("{{{key}}}") }
}

/// An entry in a bibliography, under a citation key ([`key`], unless another entry has it); what stands between entries is in
/// [`Dialect::frame`]. The public sees what the kind shows it, and nothing that is left over.
pub fn write(dialect: Dialect, entry: &Entry, key: &str, kind: &Kind, audience: Audience, today: NaiveDate) -> String {
    let mapping = Mapping::of(dialect);
    let kept_as = |dialect: Dialect| {
        let mut kept = entry.extra.get(dialect.kept()).and_then(|json| Written::deserialize(json).ok())?;
        if audience == Audience::Public {
            kept.fields.clear();
            kept.repeated.clear();
        }
        Some(kept)
    };
    let kept = kept_as(dialect);
    let other = Dialect::ALL.into_iter().filter(|_| kept.is_none()).find_map(|from| kept_as(from).map(|kept| (from, kept)));
    let mut written = match &other {
        Some((from, kept)) => across::translated(*from, kept, dialect),
        None => kept.clone().unwrap_or_default(),
    };
    for source in mapping.sources(dialect, kind).into_iter().filter(|source| source.is_seen_by(audience)) {
        // What stands in for a title elsewhere is something else here.
        let source = if kept.is_none() && source.field == "title" { source.narrowed() } else { source };
        let now = match &other {
            Some((from, kept)) if source.field == "title" => across::title(*from, kept, &entry.title).into_iter().collect(),
            _ => source.texts_of(entry),
        };
        let before = source.pick(&written, today);
        let stands_in = || source.field == "title" && before.is_none() && kept.as_ref().is_some_and(|kept| now == [stand_in(dialect, kept)]);
        if source.same(&now, before.as_ref().map(|(_, texts)| texts.as_slice()), today) || stands_in() {
            continue;
        }
        source.put(&mut written, before.map(|(names, _)| names), &now);
    }
    if let Some(title) = written.fields.iter().position(|(name, _)| other.is_some() && *name == mapping.titles()[0]) {
        // What was taken along stands behind title, names and date.
        written.fields.rotate_left(title);
    }
    // References in RIS may do without.
    if dialect != Dialect::Ris || kept.is_none() || !written.key.is_empty() {
        key.clone_into(&mut written.key);
    }
    if kept.is_none() && written.kind.is_empty() {
        written.kind = mapping.entry_type(&written).to_owned();
    }
    match dialect {
        Dialect::Bibtex => std::iter::once(&written).chain(&written.repeated).map(bibtex::text).collect::<Vec<_>>().join("\n"),
        Dialect::Csl => csl::text(&written),
        _ => ris::text(&written),
    }
}

#[cfg(test)]
mod tests;
