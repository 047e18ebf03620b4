//! Formats an entry as a one-line reference in the author-date form of the Chicago Manual of Style;
//! pandoc provides other styles.

use crate::model::person::family;
use crate::model::{Audience, Entry, FieldType, Kind, Value};

/// The number of authors from which only the first [`SHOWN`] are named.
const MANY: usize = 11;
const SHOWN: usize = 7;

/// A reference such as `Vaswani, Ashish, and Noam Shazeer. 2017. Attention is all you need.
/// NeurIPS. https://doi.org/…`. Fields that the entry lacks or the audience may not see are left
/// out.
pub fn reference(entry: &Entry, kind: &Kind, audience: Audience) -> String {
    let value = |of: FieldType| {
        kind.first(of)
            .filter(|field| audience.sees_field(field))
            .and_then(|field| entry.value(&field.name))
    };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(value(FieldType::Person).map(|value| authors(&value.texts())));
    if let Some(Value::Period(period)) = value(FieldType::Period) {
        parts.push(
            period
                .year()
                .map_or_else(|| period.text.clone(), |year| year.to_string()),
        );
    }
    parts.push(entry.title.clone());
    // The first field of type line holds the venue.
    parts.extend(value(FieldType::Line).map(Value::text));
    let sentences: Vec<String> = parts
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| {
            if part.ends_with(['.', '?', '!']) {
                part.clone()
            } else {
                format!("{part}.")
            }
        })
        .collect();
    let address = audience
        .identified_at(entry, kind)
        .or_else(|| value(FieldType::Url).map(Value::text));
    sentences
        .into_iter()
        .chain(address)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The first author as `Family, Given`, the others as `Given Family`.
fn authors(names: &[String]) -> String {
    let spoken = |name: &String| match name.split_once(", ") {
        Some((_, rest)) => format!(
            "{} {}",
            rest.rsplit(", ").next().unwrap_or_default(),
            family(name)
        ),
        None => name.clone(),
    };
    let shown = if names.len() >= MANY {
        SHOWN
    } else {
        names.len()
    };
    let mut all: Vec<String> = names
        .iter()
        .take(shown)
        .enumerate()
        .map(|(at, name)| if at == 0 { name.clone() } else { spoken(name) })
        .collect();
    if names.len() > shown {
        return format!("{}, et al.", all.join(", "));
    }
    match all.pop() {
        Some(last) if !all.is_empty() => format!("{}, and {last}", all.join(", ")),
        last => last.unwrap_or_default(),
    }
}
