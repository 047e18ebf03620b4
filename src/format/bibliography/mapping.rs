//! Maps the fields of a bibliography to the fields of an entry, by the tables in data/formats.
//! Start reading at [`Source::pick`].

use std::sync::OnceLock;

use chrono::NaiveDate;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::dates;
use super::dialect::Dialect;
use super::values::{self, Shape};
use super::written::WrittenWork;
use crate::model::{Audience, Draft, Entry, Field, FieldType, Kind, LONGEST_TITLE, Period};

/// The tables in the order of [`Dialect`].
const TABLES: [&str; 6] = [
    include_str!("../../../data/formats/bibtex.toml"),
    include_str!("../../../data/formats/ris.toml"),
    include_str!("../../../data/formats/csl.toml"),
    include_str!("../../../data/formats/nbib.toml"),
    include_str!("../../../data/formats/enw.toml"),
    include_str!("../../../data/formats/zotero.toml"),
];

/// The table of one dialect.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Mapping {
    /// The default kind of an entry.
    pub kind: String,
    /// The names of the fields that may hold a date, best first.
    dates: Vec<String>,
    /// Fields that are read but never written over.
    #[serde(default)]
    pub printed: Vec<String>,
    /// Further fields of the dialect, which no field of an entry holds.
    #[serde(default)]
    pub others: Vec<String>,
    /// Each field of an entry with the names of the fields that may fill it, best first.
    #[serde(deserialize_with = "in_order")]
    fields: Vec<(String, Vec<String>)>,
    /// Entry types for entries from elsewhere, each with the field that it needs (empty: none).
    /// The order is that of the file, because `toml` has the feature `preserve_order`.
    #[serde(default)]
    types: toml::Table,
}

/// Reads a TOML table as a list that keeps the order of its keys.
fn in_order<'de, D: Deserializer<'de>>(table: D) -> Result<Vec<(String, Vec<String>)>, D::Error> {
    let list = |(field, names): (String, toml::Value)| {
        names
            .try_into()
            .map(|names| (field, names))
            .map_err(D::Error::custom)
    };
    toml::Table::deserialize(table)?
        .into_iter()
        .map(list)
        .collect()
}

/// How one field of an entry is represented in a bibliography.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'k> {
    dialect: Dialect,
    /// The field of the entry.
    pub field: &'k str,
    /// Its definition; `None` for `title`, `body` and `tags`, which every kind has.
    own: Option<&'k Field>,
    /// The names of the bibliography fields that may fill it, best first.
    names: &'k [String],
}

impl Mapping {
    /// The table of a dialect, parsed on first use.
    pub(super) fn of(dialect: Dialect) -> &'static Mapping {
        static READ: OnceLock<[Mapping; 6]> = OnceLock::new();
        &READ.get_or_init(|| TABLES.map(|table| toml::from_str(table).unwrap_or_default()))
            [dialect as usize]
    }

    /// The sources of the fields of a kind, including its first date.
    pub(super) fn sources<'k>(&'k self, dialect: Dialect, kind: &'k Kind) -> Vec<Source<'k>> {
        let mut sources: Vec<Source<'k>> = self
            .fields
            .iter()
            .map(|(field, names)| Source {
                dialect,
                field,
                own: kind.field(field),
                names,
            })
            .filter(|source| {
                source.own.is_some() || ["title", "body", "tags"].contains(&source.field)
            })
            .collect();
        // The tables name no date field of an entry: `dates` fills the kind's first period.
        let date = kind.first(FieldType::Period);
        sources.extend(date.map(|date| Source {
            dialect,
            field: &date.name,
            own: Some(date),
            names: &self.dates,
        }));
        sources
    }

    /// The names of the fields that may hold a title, best first.
    pub(super) fn titles(&self) -> &[String] {
        self.names_of("title")
    }

    fn names_of(&self, field: &str) -> &[String] {
        self.fields
            .iter()
            .find(|(known, _)| known == field)
            .map_or(&[], |(_, names)| names)
    }

    /// The type for an entry that was not imported from this dialect: the first one whose field the
    /// entry has or that needs none, else `misc`.
    pub(super) fn entry_type(&self, written: &WrittenWork) -> &str {
        let has = |field: &str| {
            self.names_of(field)
                .iter()
                .any(|name| written.raw(name).is_some())
        };
        let fits = |(_, field): &(&String, &toml::Value)| {
            field
                .as_str()
                .is_some_and(|field| field.is_empty() || has(field))
        };
        self.types
            .iter()
            .find(fits)
            .map_or("misc", |(name, _)| name)
    }
}

impl Source<'_> {
    /// Whether it is the date of a work.
    fn is_date(&self) -> bool {
        self.own
            .is_some_and(|field| field.field_type == FieldType::Period)
    }

    /// How the raw texts of the field are read and written.
    fn shape(&self) -> Shape {
        match (self.own.map(|field| field.field_type), self.field) {
            (Some(FieldType::Person), _) => Shape::Names,
            (Some(FieldType::Url | FieldType::Doi | FieldType::Arxiv), _) => Shape::Address,
            (_, "tags") => Shape::Tags,
            (_, "body") => Shape::Body,
            _ => Shape::Line,
        }
    }

    /// Whether it is the address of a work.
    pub(super) fn is_url(&self) -> bool {
        self.own
            .is_some_and(|field| field.field_type == FieldType::Url)
    }

    /// The value of the field that an address has in it.
    pub(super) fn identified_by(&self, url: &str) -> Option<String> {
        self.own.and_then(|field| field.identified_by(url))
    }

    /// This source with its best name only.
    pub(super) fn narrowed(mut self) -> Self {
        self.names = &self.names[..1];
        self
    }

    /// Whether an audience may see the field.
    pub(super) fn is_seen_by(&self, audience: Audience) -> bool {
        self.own.is_none_or(|field| audience.sees_field(field))
    }

    /// The first bibliography field that exists and is valid for the field of the entry: the names
    /// that it consists of, and its texts.
    pub(super) fn pick(
        &self,
        written: &WrittenWork,
        today: NaiveDate,
    ) -> Option<(Vec<String>, Vec<String>)> {
        let fits = |text: &String| match self.own {
            Some(field) => field.read_one(text, today).is_ok(),
            None => self.field != "title" || text.chars().count() <= LONGEST_TITLE,
        };
        if self.is_date() {
            return self.names.iter().find_map(|name| {
                let (names, texts) = dates::candidates(self.dialect, written, name);
                texts
                    .into_iter()
                    // Without a digit, a word such as `now` would be read as today's date.
                    .find(|text| text.contains(|c: char| c.is_ascii_digit()) && fits(text))
                    .map(|text| (names, vec![text]))
            });
        }
        self.names.iter().find_map(|name| {
            let texts = values::read(self.dialect, self.shape(), name, &written.raws(name));
            // If one text is not valid, the next name is tried.
            (!texts.is_empty() && texts.iter().all(fits)).then(|| (vec![name.clone()], texts))
        })
    }

    /// The names of the fields that have a date which cannot be read: a new date takes their place.
    pub(super) fn unread(&self, written: &WrittenWork) -> Option<Vec<String>> {
        let name = self.names.iter().find(|name| written.raw(name).is_some());
        let name = name.filter(|_| self.is_date())?;
        Some(dates::candidates(self.dialect, written, name).0)
    }

    /// The date of an entry as written, if the draft did not get it, or if it may be two days.
    pub(super) fn unread_date(&self, written: &WrittenWork, draft: &Draft) -> Option<String> {
        let field = self.own.filter(|_| self.is_date())?;
        let raw = self.names.iter().find_map(|name| written.raw(name))?;
        let text = dates::plain(self.dialect, raw);
        let is_read = draft
            .texts
            .get(&field.name)
            .is_some_and(|texts| !texts.is_empty());
        let is_unread =
            !is_read || Period::two_readings(&text).is_some_and(|_| self.dialect != Dialect::Csl);
        (is_unread && !text.trim().is_empty()).then_some(text)
    }

    /// The texts of this field in an entry.
    pub(super) fn texts_of(&self, entry: &Entry) -> Vec<String> {
        match (self.field, self.own) {
            (_, Some(field)) => entry
                .value(&field.name)
                .map(crate::model::Value::texts)
                .unwrap_or_default(),
            ("title", _) => vec![entry.title.clone()],
            ("tags", _) => entry.tags.clone(),
            ("body", _) if !entry.body.is_empty() => vec![entry.body.clone()],
            _ => Vec::new(),
        }
    }

    /// Whether the texts of an entry equal those that were read, in canonical form.
    /// `before` is the result of [`Source::pick`], `None` if no field was valid.
    pub(super) fn same(&self, now: &[String], before: Option<&[String]>, today: NaiveDate) -> bool {
        let canonical = |texts: &[String]| -> Vec<String> {
            texts
                .iter()
                .map(|text| {
                    self.own
                        .and_then(|field| field.read_one(text, today).ok())
                        .map_or_else(|| text.clone(), |value| value.text())
                })
                .collect()
        };
        // An entry holds each value once; tags are compared by their folded form, other values
        // exactly.
        let form = |text: &String| {
            if self.field == "tags" {
                crate::text::fold::fold(text)
            } else {
                text.clone()
            }
        };
        let unique = |texts: Vec<String>| {
            let mut seen = std::collections::HashSet::new();
            texts
                .into_iter()
                .filter(|text| seen.insert(form(text)))
                .collect::<Vec<_>>()
        };
        unique(canonical(now)) == unique(canonical(before.unwrap_or_default()))
    }

    /// Replaces the fields `names` by fields with these texts, or appends them if there are none to
    /// replace. Empty `texts` only remove.
    pub(super) fn put(
        &self,
        written: &mut WrittenWork,
        names: Option<Vec<String>>,
        texts: &[String],
    ) {
        let mut old = names.unwrap_or_default();
        let printed = &Mapping::of(self.dialect).printed;
        if old.iter().any(|name| printed.contains(name)) {
            if texts.is_empty() {
                return;
            }
            old.clear();
        }
        // The new fields take the position of the first old one.
        let has_others = self.shape() == Shape::Names
            && old.iter().any(|name| {
                let raw = written
                    .raw(name)
                    .filter(|_| self.dialect == Dialect::Bibtex);
                raw.is_some_and(super::tex::has_others)
            });
        let place = written
            .fields
            .iter()
            .position(|(name, _)| old.contains(name))
            .unwrap_or(written.fields.len());
        written.fields.retain(|(name, _)| !old.contains(name));
        let place = place.min(written.fields.len());
        if texts.is_empty() {
            return;
        }
        let fields = if self.is_date() {
            dates::fields(self.dialect, &texts[0], &old)
        } else {
            // What is part of a book names the book, not a journal.
            let is_part = ["inproceedings", "incollection", "inbook", "conference"]
                .contains(&written.kind.as_str());
            let of_book = self
                .names
                .iter()
                .find(|name| is_part && self.field != "title" && *name == "booktitle");
            let name = old
                .first()
                .or(of_book)
                .or(self.names.first())
                .cloned()
                .unwrap_or_default();
            values::raws(self.dialect, self.shape(), texts)
                .into_iter()
                .map(|raw| match raw.strip_suffix('}').filter(|_| has_others) {
                    Some(names) => (name.clone(), format!("{names} and others}}")),
                    None => (name.clone(), raw),
                })
                .collect()
        };
        written.fields.splice(place..place, fields);
    }
}

/// The draft of an entry as written: the fields of the kind that its sources fill.
pub(super) fn draft_of(
    written: &WrittenWork,
    kind: &Kind,
    sources: &[Source<'_>],
    today: NaiveDate,
) -> Draft {
    let mut draft = Draft::of(&kind.name);
    for source in sources {
        if let Some((_, texts)) = source.pick(written, today) {
            draft.set_many(source.field, texts);
        }
    }
    draft
}
