//! Fields and the types of their values: reading, canonical form, SQL column, help.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Period, Reason, Value, identifier, person};
use crate::text::{english, fold::fold, nearest::nearest};

/// What a field accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// One line of text.
    Line,
    /// Markdown of any length.
    Text,
    /// A whole number.
    Integer,
    /// A number with decimals.
    Number,
    /// Yes or no.
    Flag,
    /// A date of any precision or span.
    Period,
    /// An address.
    Url,
    /// A digital object identifier.
    Doi,
    /// An arXiv id.
    Arxiv,
    /// A person or group by name.
    Person,
    /// One of the words that the kind lists.
    Choice,
    /// Another entry.
    Ref,
}

/// All types with the word that declares them.
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
    /// The word that declares the type.
    pub fn name(self) -> &'static str {
        TYPES
            .iter()
            .find(|(t, _)| *t == self)
            .map_or("", |(_, name)| name)
    }

    /// The placeholder in help: `--status <CHOICE>`.
    pub fn placeholder(self) -> String {
        self.name().to_uppercase()
    }

    /// The SQLite type of a column for one value.
    pub fn sql(self) -> &'static str {
        match self {
            FieldType::Integer | FieldType::Flag => "INTEGER",
            FieldType::Number => "REAL",
            _ => "TEXT",
        }
    }
}

/// A named place in a kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name in every format, snake_case.
    pub name: String,
    /// What it accepts.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// One sentence for `--help`, without a final full stop.
    pub help: String,
    /// Whether an entry must have it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Whether it takes several values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub many: bool,
    /// Whether no two entries of the kind may have the same value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// Whether it is left out of everything that is published.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// For a period: whether the year is offered as a field `year` of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub year: bool,
    /// For a ref: whether a URL may stand in its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub url: bool,
    /// For a choice: the words, in their natural order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The value of an entry that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The flag of `kb add` when it is not the name: `author` for `authors`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// Words at the start of a title after which the value stands when none was given: `Meeting with`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Field {
    /// The flag of `kb add`, without the hyphens.
    pub fn flag(&self) -> String {
        self.flag
            .clone()
            .unwrap_or_else(|| self.name.replace('_', "-"))
    }

    /// Reads the texts typed for the field; an empty list clears it.
    ///
    /// # Errors
    /// One reason a text that does not fit.
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
        for text in texts {
            match self.read_one(text, today) {
                Ok(value) if values.contains(&value) => {}
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

    /// Reads one text as the type of the field, in canonical form.
    ///
    /// # Errors
    /// The reason why it does not fit, with what is allowed.
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

/// A number with decimals, neither infinite nor no number.
///
/// # Errors
/// The text is none.
pub fn number(text: &str) -> Result<f64, Reason> {
    let text = text.trim();
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| Reason::new(format!("`{text}` is not a number such as `2.5`")))
}

/// Yes or no, in the words that people and programs use.
///
/// # Errors
/// The text is neither.
pub fn flag(text: &str) -> Result<bool, Reason> {
    let text = text.trim();
    match fold(text).as_str() {
        "yes" | "true" | "1" | "y" | "on" => Ok(true),
        "no" | "false" | "0" | "n" | "off" => Ok(false),
        _ => Err(Reason::new(format!("`{text}` is neither `yes` nor `no`"))),
    }
}

/// A text of one line without control characters at its ends; line feeds become spaces.
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
