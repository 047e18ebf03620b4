//! Fields and their types: how a value is parsed, its canonical form, SQL column type and help.

use std::collections::HashSet;

use chrono::NaiveDate;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Period, Reason, Value, identifier, person};
use crate::text::{english, fold::fold, nearest::nearest};

/// The type of the values of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// One line of text.
    Line,
    /// Markdown of any length.
    Text,
    /// A whole number.
    Integer,
    /// A finite decimal number.
    Number,
    /// Yes or no.
    Flag,
    /// A date of any precision, or a span of dates.
    Period,
    /// A URL, absolute or relative.
    Url,
    /// A digital object identifier.
    Doi,
    /// An arXiv id.
    Arxiv,
    /// A person or group by name.
    Person,
    /// One of the words in [`Field::choices`].
    Choice,
    /// A reference to another entry.
    Ref,
}

/// All field types with their names in the TOML of a kind.
pub const TYPES: [(FieldType, &str); 12] = [
    (FieldType::Line, "line"),
    (FieldType::Text, "text"),
    (FieldType::Integer, "integer"),
    (FieldType::Number, "number"),
    (FieldType::Flag, "flag"),
    (FieldType::Period, "period"),
    (FieldType::Url, "url"),
    (FieldType::Doi, "doi"),
    (FieldType::Arxiv, "arxiv"),
    (FieldType::Person, "person"),
    (FieldType::Choice, "choice"),
    (FieldType::Ref, "ref"),
];

impl FieldType {
    /// The name of the type in the TOML of a kind.
    pub fn name(self) -> &'static str {
        TYPES
            .iter()
            .find(|(t, _)| *t == self)
            .map_or("", |(_, name)| name)
    }

    /// The placeholder in `--help`, such as `CHOICE` in `--status <CHOICE>`.
    pub fn placeholder(self) -> String {
        self.name().to_uppercase()
    }

    /// The SQLite column type for a single value.
    pub fn sql(self) -> &'static str {
        match self {
            FieldType::Integer | FieldType::Flag => "INTEGER",
            FieldType::Number => "REAL",
            _ => "TEXT",
        }
    }
}

/// A field declared by a kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name in every format, in snake_case.
    pub name: String,
    /// Type of its values.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// One sentence for `--help`, without a final full stop.
    pub help: String,
    /// Whether an entry must have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Whether it can have several values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub many: bool,
    /// Whether no two entries of the kind may have the same value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// Whether the field is left out of everything that is published.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// For a period: whether its year is also available as the field `year`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub year: bool,
    /// For a ref: whether a URL is accepted instead of a reference.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub url: bool,
    /// For a choice: the allowed words, in sort order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Value of a new entry that does not set the field.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "written_value"
    )]
    pub default: Option<String>,
    /// The flag of `kb add` if it differs from the name: `author` for `authors`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// Start of a title, such as `Meeting with`. If the field of a new entry is empty, the rest of
    /// the title becomes its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A value of a definition as text: `"3"`, `3`, `true` and `2024-05-01` are all read.
fn written_value<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(Some(match toml::Value::deserialize(input)? {
        toml::Value::String(text) => text,
        toml::Value::Boolean(true) => "yes".to_owned(),
        toml::Value::Boolean(false) => "no".to_owned(),
        value @ (toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Datetime(_)) => {
            value.to_string()
        }
        value => {
            let found = value.type_str();
            return Err(Error::custom(format!(
                "a default is one value, not {found}"
            )));
        }
    }))
}

impl Field {
    /// The flag of `kb add`, without the hyphens.
    pub fn flag(&self) -> String {
        self.flag
            .clone()
            .unwrap_or_else(|| self.name.replace('_', "-"))
    }

    /// Parses the texts of the field. Blank texts and duplicates are ignored; `None` means that no
    /// text is left.
    ///
    /// # Errors
    /// One reason for each invalid text, or one if a field with a single value gets several.
    pub fn read(&self, texts: &[String], today: NaiveDate) -> Result<Option<Value>, Vec<Reason>> {
        let texts: Vec<&String> = texts
            .iter()
            .filter(|text| !text.trim().is_empty())
            .collect();
        if !self.many {
            return match texts.as_slice() {
                [] => Ok(None),
                [one] => self.read_one(one, today).map(Some).map_err(|e| vec![e]),
                several => Err(vec![Reason::new(format!(
                    "takes one value, not {}",
                    several.len()
                ))]),
            };
        }
        let (mut values, mut reasons): (Vec<Value>, Vec<Reason>) = (Vec::new(), Vec::new());
        let mut known = HashSet::new();
        for text in texts {
            match self.read_one(text, today) {
                Ok(value) if !known.insert(value.text()) => {}
                Ok(value) => values.push(value),
                Err(reason) => reasons.push(reason),
            }
        }
        match (reasons.is_empty(), values.is_empty()) {
            (false, _) => Err(reasons),
            (true, true) => Ok(None),
            (true, false) => Ok(Some(Value::Many(values))),
        }
    }

    /// The value that a default means: of a field with several values, one that is the only one.
    ///
    /// # Errors
    /// As [`Field::read_one`].
    pub fn read_default(&self, text: &str, today: NaiveDate) -> Result<Value, Reason> {
        let value = self.read_one(text, today)?;
        Ok(if self.many {
            Value::Many(vec![value])
        } else {
            value
        })
    }

    /// The DOI or the arXiv id in an address, if the field holds one.
    pub fn identified_by(&self, url: &str) -> Option<String> {
        match self.field_type {
            FieldType::Doi => identifier::doi(url).ok(),
            FieldType::Arxiv if url.contains("arxiv.org/") => identifier::arxiv(url).ok(),
            _ => None,
        }
    }

    /// Parses one text as the type of the field and returns the canonical value. `today` resolves
    /// relative dates.
    ///
    /// # Errors
    /// The text is not a valid value; the reason says what is allowed.
    pub fn read_one(&self, text: &str, today: NaiveDate) -> Result<Value, Reason> {
        let trimmed = text.trim();
        match self.field_type {
            FieldType::Line => line(trimmed).map(Value::Text),
            FieldType::Text => Ok(Value::Text(text.trim_end().to_owned())),
            FieldType::Integer => trimmed
                .parse()
                .map(Value::Integer)
                .map_err(|_| Reason::new(format!("`{trimmed}` is not a whole number such as `3`"))),
            FieldType::Number => number(trimmed).map(Value::Number),
            FieldType::Flag => flag(trimmed).map(Value::Flag),
            FieldType::Period => Period::read(trimmed, today).map(Value::Period),
            FieldType::Url => identifier::url(trimmed).map(Value::Text),
            FieldType::Doi => identifier::doi(trimmed).map(Value::Text),
            FieldType::Arxiv => identifier::arxiv(trimmed).map(Value::Text),
            FieldType::Person => line(trimmed)
                .and_then(|text| person::name(&text))
                .map(Value::Text),
            FieldType::Choice => self.choice(trimmed).map(Value::Text),
            FieldType::Ref if self.url && trimmed.contains("://") => {
                identifier::url(trimmed).map(Value::Text)
            }
            FieldType::Ref => {
                line(trimmed.trim_start_matches("[[").trim_end_matches("]]")).map(Value::Text)
            }
        }
    }

    /// Finds the allowed word that equals the text when both are folded.
    fn choice(&self, text: &str) -> Result<String, Reason> {
        let folded = fold(text);
        if let Some(choice) = self.choices.iter().find(|choice| fold(choice) == folded) {
            return Ok(choice.clone());
        }
        let reason = Reason::new(format!(
            "`{text}` is not one of {}",
            english::quoted(&self.choices, "or")
        ));
        Err(match nearest(text, &self.choices).first() {
            Some(near) => reason.hint(format!("did you mean `{near}`?")),
            None => reason,
        })
    }
}

/// Parses a finite decimal number.
///
/// # Errors
/// The text is not a number, or is infinite or NaN.
pub fn number(text: &str) -> Result<f64, Reason> {
    let text = text.trim();
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| Reason::new(format!("`{text}` is not a number such as `2.5`")))
}

/// Parses a flag: `yes`, `true`, `1`, `y` or `on`, and their opposites, in any case.
///
/// # Errors
/// The text is none of these words.
pub fn flag(text: &str) -> Result<bool, Reason> {
    let text = text.trim();
    match fold(text).as_str() {
        "yes" | "true" | "1" | "y" | "on" => Ok(true),
        "no" | "false" | "0" | "n" | "off" => Ok(false),
        _ => Err(Reason::new(format!("`{text}` is neither `yes` nor `no`"))),
    }
}

/// Joins the lines of a text with spaces; fails if the result is longer than 16,000 bytes.
fn line(text: &str) -> Result<String, Reason> {
    let line = text
        .split(['\n', '\r'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if line.len() > 16_000 {
        Err(Reason::new("is longer than 16,000 bytes"))
    } else {
        Ok(line)
    }
}
