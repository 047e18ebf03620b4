//! Which field of a bibliography fills which field of an entry; the table is data/formats/bibtex.toml. Start reading at [`Source::pick`].

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::NaiveDate;
use serde::Deserialize;

use super::{Written, tex};
use crate::model::{Audience, Entry, Field, FieldType, Kind, LONGEST_TITLE};

const TABLE: &str = include_str!("../../../data/formats/bibtex.toml");
/// The fields of a date in BibTeX, when there is no `date`.
const DATE: [&str; 3] = ["year", "month", "day"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The table.
#[derive(Debug, Default, Deserialize)]
pub struct Mapping {
    /// The kind of an entry when none is named.
    pub kind: String,
    fields: BTreeMap<String, Vec<String>>,
    types: toml::Table,
}

/// How one field of an entry stands in a bibliography.
#[derive(Debug, Clone)]
pub struct Source {
    /// The field of the entry.
    pub field: String,
    /// Its definition; none for the fields that every kind has.
    own: Option<Field>,
    /// The fields of the bibliography, the best first; none for a date.
    names: Vec<String>,
}

impl Mapping {
    /// The table, read once.
    pub fn get() -> &'static Mapping {
        static TABLE_READ: OnceLock<Mapping> = OnceLock::new();
        TABLE_READ.get_or_init(|| toml::from_str(TABLE).unwrap_or_default())
    }

    /// How the fields of a kind stand in a bibliography, its first date included.
    pub fn sources(&self, kind: &Kind) -> Vec<Source> {
        let mut sources: Vec<Source> = self
            .fields
            .iter()
            .map(|(field, names)| Source { field: field.clone(), own: kind.field(field).cloned(), names: names.clone() })
            .filter(|source| source.own.is_some() || ["title", "body", "tags"].contains(&source.field.as_str()))
            .collect();
        if let Some(date) = kind.fields.iter().find(|field| field.kind_of == FieldType::Period) {
            sources.push(Source { field: date.name.clone(), own: Some(date.clone()), names: Vec::new() });
        }
        sources
    }

    /// The type of an entry that is new to bibliographies.
    pub fn entry_type(&self, written: &Written) -> &str {
        let has = |field: &str| self.fields.get(field).into_iter().flatten().any(|name| written.value(name).is_some());
        let fits = |(_, field): &(&String, &toml::Value)| field.as_str().is_some_and(|field| field.is_empty() || has(field));
        self.types.iter().find(fits).map_or("misc", |(name, _)| name)
    }
}

impl Source {
    fn is_date(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether an audience may see the field.
    pub fn is_seen_by(&self, audience: Audience) -> bool {
        self.own.as_ref().is_none_or(|field| audience.sees_field(field))
    }

    fn kind_of(&self) -> Option<FieldType> {
        self.own.as_ref().map(|field| field.kind_of)
    }

    /// The first field of a bibliography that is there and fits: its name (or names), and its texts.
    pub fn pick(&self, written: &Written, today: NaiveDate) -> Option<(Vec<String>, Vec<String>)> {
        if self.is_date() {
            return self.date(written, today);
        }
        self.names.iter().find_map(|name| {
            let raw = written.value(name)?;
            let texts = self.read(name, &raw);
            let fits = |text: &String| match &self.own {
                Some(field) => field.read_one(text, today).is_ok(),
                None => self.field != "title" || text.chars().count() <= LONGEST_TITLE,
            };
            (!texts.is_empty() && texts.iter().all(fits)).then(|| (vec![name.clone()], texts))
        })
    }

    fn read(&self, name: &str, raw: &str) -> Vec<String> {
        let texts = match (self.kind_of(), self.field.as_str()) {
            (Some(FieldType::Person), _) => tex::persons(raw),
            (_, "tags") => tex::text(name, raw).split([',', ';']).map(|tag| tag.trim().to_owned()).collect(),
            _ => vec![tex::text(name, raw)],
        };
        texts.into_iter().filter(|text| !text.trim().is_empty()).collect()
    }

    /// `date`, or the year with month and day as far as they are there.
    fn date(&self, written: &Written, today: NaiveDate) -> Option<(Vec<String>, Vec<String>)> {
        let fits = |text: &String| self.own.as_ref().is_some_and(|field| field.read_one(text, today).is_ok());
        let whole = written.value("date").map(|raw| tex::text("date", &raw)).filter(fits);
        if let Some(text) = whole {
            return Some((vec!["date".to_owned()], vec![text]));
        }
        let text = |name: &str| written.value(name).map(|raw| tex::text(name, &raw));
        let year = text("year")?;
        let month = text("month").and_then(|month| number_of_month(&month));
        let day = text("day").and_then(|day| day.parse::<u32>().ok()).filter(|day| (1..=31).contains(day));
        let full = match (month, day) {
            (Some(month), Some(day)) => vec![format!("{year}-{month:02}-{day:02}"), format!("{year}-{month:02}")],
            (Some(month), None) => vec![format!("{year}-{month:02}")],
            (None, _) => Vec::new(),
        };
        let found = full.into_iter().chain([year]).find(fits)?;
        Some((DATE.map(str::to_owned).to_vec(), vec![found]))
    }

    /// What an entry says in this field.
    pub fn texts_of(&self, entry: &Entry, kind: &Kind) -> Vec<String> {
        match (self.field.as_str(), &self.own) {
            (_, Some(field)) if kind.field(&field.name).is_some() => entry.value(&field.name).map(crate::model::Value::texts).unwrap_or_default(),
            ("title", _) => vec![entry.title.clone()],
            ("tags", _) => entry.tags.clone(),
            ("body", _) if !entry.body.is_empty() => vec![entry.body.clone()],
            _ => Vec::new(),
        }
    }

    /// Whether texts of an entry are what was read.
    pub fn same(&self, now: &[String], before: Option<&[String]>, today: NaiveDate) -> bool {
        let canonical = |texts: &[String]| -> Vec<String> {
            texts
                .iter()
                .map(|text| self.own.as_ref().and_then(|field| field.read_one(text, today).ok()).map_or_else(|| text.clone(), |value| value.text()))
                .collect()
        };
        let unique = |texts: Vec<String>| {
            let mut kept: Vec<String> = Vec::new();
            for text in texts {
                if self.field != "tags" || !kept.iter().any(|known| crate::text::fold::fold(known) == crate::text::fold::fold(&text)) {
                    kept.push(text);
                }
            }
            kept
        };
        unique(canonical(now)) == unique(canonical(before.unwrap_or_default()))
    }

    /// Writes texts in the place of the fields that were read, or behind the others.
    pub fn put(&self, written: &mut Written, names: Option<Vec<String>>, texts: &[String]) {
        let old = names.unwrap_or_default();
        let place = written.fields.iter().position(|(name, _)| old.contains(name)).unwrap_or(written.fields.len());
        written.fields.retain(|(name, _)| !old.contains(name));
        let place = place.min(written.fields.len());
        if texts.is_empty() {
            return;
        }
        let fields: Vec<(String, String)> = if self.is_date() {
            self.dated(&texts[0], old.first().is_some_and(|name| name == "date"))
        } else {
            let name = old.first().or(self.names.first()).cloned().unwrap_or_default();
            let value = match (self.kind_of(), self.field.as_str()) {
                (Some(FieldType::Person), _) => tex::authors(texts),
                (Some(FieldType::Url | FieldType::Doi | FieldType::Arxiv), _) => tex::verbatim(&texts[0]),
                (_, "tags") => tex::braced(&texts.join(", ")),
                _ => tex::braced(&texts[0]),
            };
            vec![(name, value)]
        };
        written.fields.splice(place..place, fields);
    }

    /// A date as BibTeX has it if it is a day, a month or a year, and as BibLaTeX has it else.
    fn dated(&self, text: &str, biblatex: bool) -> Vec<(String, String)> {
        let edtf = crate::model::Period::read_fixed(text).map_or_else(|_| text.to_owned(), |period| period.edtf);
        let parts: Vec<&str> = edtf.split('-').collect();
        let plain = (1..=3).contains(&parts.len()) && parts[0].len() == 4 && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit()));
        let month = parts.get(1).and_then(|month| month.parse::<usize>().ok()).map(|month| MONTHS.get(month.wrapping_sub(1)));
        if biblatex || !plain || month == Some(None) {
            return vec![("date".to_owned(), format!("{{{edtf}}}"))];
        }
        let mut fields = vec![("year".to_owned(), format!("{{{}}}", parts[0]))];
        fields.extend(month.flatten().map(|month| ("month".to_owned(), (*month).to_owned())));
        fields.extend(parts.get(2).map(|day| ("day".to_owned(), format!("{{{}}}", day.trim_start_matches('0')))));
        fields
    }
}

/// The number of a month that is given by number or by its English name, whole or in part.
fn number_of_month(text: &str) -> Option<usize> {
    let lower = text.trim().to_lowercase();
    if let Ok(number) = lower.parse::<usize>() {
        return Some(number).filter(|number| (1..=12).contains(number));
    }
    let start: String = lower.chars().take(3).collect();
    MONTHS.iter().position(|month| *month == start).map(|at| at + 1)
}
