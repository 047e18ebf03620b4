//! Which field of a bibliography fills which field of an entry; the tables are in data/formats. Start reading at [`Source::pick`].

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::NaiveDate;
use serde::Deserialize;

use super::{Dialect, Written, ris, tex};
use crate::model::{Audience, Entry, Field, FieldType, Kind, LONGEST_TITLE};

const TABLES: [&str; 2] = [include_str!("../../../data/formats/bibtex.toml"), include_str!("../../../data/formats/ris.toml")];
/// The fields of a date in BibTeX, when there is no `date`.
const DATE: [&str; 3] = ["year", "month", "day"];
/// The tags of a date in RIS.
const RIS_DATES: [&str; 3] = ["DA", "PY", "Y1"];
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
#[derive(Debug, Clone, Copy)]
pub struct Source<'k> {
    dialect: Dialect,
    /// The field of the entry.
    pub field: &'k str,
    /// Its definition; none for the fields that every kind has.
    own: Option<&'k Field>,
    /// The fields of the bibliography, the best first; none for a date.
    names: &'k [String],
}

impl Mapping {
    /// The table of a dialect, read once.
    pub fn of(dialect: Dialect) -> &'static Mapping {
        static READ: OnceLock<[Mapping; 2]> = OnceLock::new();
        let read = READ.get_or_init(|| TABLES.map(|table| toml::from_str(table).unwrap_or_default()));
        match dialect {
            Dialect::Bibtex => &read[0],
            Dialect::Ris => &read[1],
        }
    }

    /// How the fields of a kind stand in a bibliography, its first date included.
    pub fn sources<'k>(&'k self, dialect: Dialect, kind: &'k Kind) -> Vec<Source<'k>> {
        let mut sources: Vec<Source<'k>> = self
            .fields
            .iter()
            .map(|(field, names)| Source { dialect, field, own: kind.field(field), names })
            .filter(|source| source.own.is_some() || ["title", "body", "tags"].contains(&source.field))
            .collect();
        let date = kind.first(FieldType::Period);
        sources.extend(date.map(|date| Source { dialect, field: &date.name, own: Some(date), names: &[] }));
        sources
    }

    /// The type of an entry that is new to bibliographies.
    pub fn entry_type(&self, written: &Written) -> &str {
        let has = |field: &str| self.fields.get(field).into_iter().flatten().any(|name| written.value(name).is_some());
        let fits = |(_, field): &(&String, &toml::Value)| field.as_str().is_some_and(|field| field.is_empty() || has(field));
        self.types.iter().find(fits).map_or("misc", |(name, _)| name)
    }
}

impl Source<'_> {
    fn is_date(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether an audience may see the field.
    pub fn is_seen_by(&self, audience: Audience) -> bool {
        self.own.is_none_or(|field| audience.sees_field(field))
    }

    fn kind_of(&self) -> Option<FieldType> {
        self.own.map(|field| field.kind_of)
    }

    /// The first field of a bibliography that is there and fits: its name (or names), and its texts.
    pub fn pick(&self, written: &Written, today: NaiveDate) -> Option<(Vec<String>, Vec<String>)> {
        if self.is_date() {
            return self.date(written, today);
        }
        self.names.iter().find_map(|name| {
            let raws = written.values(name);
            let texts = match self.dialect {
                Dialect::Bibtex => self.read(name, raws.first()?),
                Dialect::Ris => self.read_ris(raws),
            };
            let fits = |text: &String| match self.own {
                Some(field) => field.read_one(text, today).is_ok(),
                None => self.field != "title" || text.chars().count() <= LONGEST_TITLE,
            };
            (!texts.is_empty() && texts.iter().all(fits)).then(|| (vec![name.clone()], texts))
        })
    }

    fn read(&self, name: &str, raw: &str) -> Vec<String> {
        let texts = match (self.kind_of(), self.field) {
            (Some(FieldType::Person), _) => tex::persons(raw),
            (_, "tags") => tex::text(name, raw).split([',', ';']).map(|tag| tag.trim().to_owned()).collect(),
            _ => vec![tex::text(name, raw)],
        };
        texts.into_iter().filter(|text| !text.trim().is_empty()).collect()
    }

    /// The values of a tag: each a text of its own where a field takes many, else one text.
    fn read_ris(&self, values: Vec<String>) -> Vec<String> {
        let values = values.into_iter().filter(|value| !value.is_empty());
        match (self.kind_of(), self.field) {
            (Some(FieldType::Person), _) => values.map(|name| ris::turned(&name)).collect(),
            (_, "tags") => values.collect(),
            (_, "body") => Some(values.collect::<Vec<_>>().join("\n\n")).filter(|text| !text.is_empty()).into_iter().collect(),
            _ => values.take(1).collect(),
        }
    }

    /// `date`, or the year with month and day as far as they are there.
    fn date(&self, written: &Written, today: NaiveDate) -> Option<(Vec<String>, Vec<String>)> {
        let fits = |text: &String| self.own.is_some_and(|field| field.read_one(text, today).is_ok());
        if self.dialect == Dialect::Ris {
            return RIS_DATES.iter().find_map(|tag| {
                let text = ris::date(written.values(tag).first()?);
                (text.starts_with(|c: char| c.is_ascii_digit()) && fits(&text)).then(|| (vec![(*tag).to_owned()], vec![text]))
            });
        }
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
    pub fn texts_of(&self, entry: &Entry) -> Vec<String> {
        match (self.field, self.own) {
            (_, Some(field)) => entry.value(&field.name).map(crate::model::Value::texts).unwrap_or_default(),
            ("title", _) => vec![entry.title.clone()],
            ("tags", _) => entry.tags.clone(),
            ("body", _) if !entry.body.is_empty() => vec![entry.body.clone()],
            _ => Vec::new(),
        }
    }

    /// Whether texts of an entry are what was read.
    pub fn same(&self, now: &[String], before: Option<&[String]>, today: NaiveDate) -> bool {
        let canonical = |texts: &[String]| -> Vec<String> {
            texts.iter().map(|text| self.own.and_then(|field| field.read_one(text, today).ok()).map_or_else(|| text.clone(), |value| value.text())).collect()
        };
        // An entry has each value once: a tag by its folded form, others as they stand.
        let form = |text: &String| if self.field == "tags" { crate::text::fold::fold(text) } else { text.clone() };
        let unique = |texts: Vec<String>| {
            let mut seen = std::collections::HashSet::new();
            texts.into_iter().filter(|text| seen.insert(form(text))).collect::<Vec<_>>()
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
        let fields: Vec<(String, String)> = if self.dialect == Dialect::Ris {
            self.lines(old.first(), texts)
        } else if self.is_date() {
            self.dated(&texts[0], old.first().is_some_and(|name| name == "date"))
        } else {
            let name = old.first().or(self.names.first()).cloned().unwrap_or_default();
            let value = match (self.kind_of(), self.field) {
                (Some(FieldType::Person), _) => tex::authors(texts),
                (Some(FieldType::Url | FieldType::Doi | FieldType::Arxiv), _) => tex::verbatim(&texts[0]),
                (_, "tags") => tex::braced(&texts.join(", ")),
                _ => tex::braced(&texts[0]),
            };
            vec![(name, value)]
        };
        written.fields.splice(place..place, fields);
    }

    /// The lines of RIS for texts.
    fn lines(&self, old: Option<&String>, texts: &[String]) -> Vec<(String, String)> {
        let tag = old.or(self.names.first()).cloned().unwrap_or_else(|| "PY".to_owned());
        let value = |text: &String| match self.kind_of() {
            Some(FieldType::Person) => ris::turned(text),
            Some(FieldType::Period) => crate::model::Period::read_fixed(text).map_or_else(|_| text.clone(), |period| period.edtf.replace('-', "/")),
            _ => text.replace("\n\n", "\n"),
        };
        texts.iter().map(|text| (tag.clone(), value(text))).collect()
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
