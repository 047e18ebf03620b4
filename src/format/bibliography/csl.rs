//! Reads and writes CSL-JSON (<https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html>,
//! csl-data.json of the Citation Style Language 1.0.2), in which names and dates are objects. A
//! value is kept as JSON text. Must not know what a variable means. Start reading at [`scan`].

use serde_json::{Deserializer, Map, Value as Json, json};

use super::written::{Fault, WrittenWork};

/// The parts that make up a family name, in order.
const PARTICLES: [&str; 3] = ["non-dropping-particle", "dropping-particle", "family"];

/// The types of CSL 1.0.2, and the names that Crossref uses instead of some of them.
/// Each name is between spaces, so that a search for ` name ` finds whole names only.
const TYPES: &str = " article article-journal article-magazine article-newspaper bill book broadcast chapter classic collection dataset document entry \
    entry-dictionary entry-encyclopedia event figure graphic hearing interview legal_case legislation manuscript map motion_picture musical_score \
    pamphlet paper-conference patent performance periodical personal_communication post post-weblog regulation report review review-book software song \
    speech standard thesis treaty webpage journal-article book-chapter proceedings-article posted-content ";

/// Whether the start of a JSON file looks like CSL-JSON items rather than kb entries.
pub fn looks_like_csl(start: &str) -> bool {
    let typed = |rest: &str| {
        let value = rest
            .trim_start()
            .strip_prefix(':')
            .and_then(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
        value.is_some_and(|value| !value.is_empty() && TYPES.contains(&format!(" {value} ")))
    };
    !start.contains("\"kind\"") && start.split("\"type\"").skip(1).any(typed)
}

/// Reads a whole file, which is an array of items or a single item: items with their byte offsets,
/// and a fault for each value that is not an object. A syntax error ends the reading.
pub(super) fn scan(source: &str) -> (Vec<(usize, WrittenWork)>, Vec<Fault>) {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let skip = |at: usize, signs: &[char]| {
        source.len()
            - source[at..]
                .trim_start_matches(|c: char| c.is_whitespace() || signs.contains(&c))
                .len()
    };
    let mut at = skip(0, &['\u{feff}']);
    let array = source[at..].starts_with('[');
    at = if array { skip(at + 1, &[]) } else { at };
    // Items are parsed one by one, which gives the offset of each and keeps those before a fault.
    while at < source.len() && !source[at..].starts_with(']') {
        let mut items = Deserializer::from_str(&source[at..]).into_iter::<Json>();
        match items.next() {
            Some(Ok(Json::Object(item))) => found.push((at, written(item))),
            Some(Ok(_)) => faults.push(Fault {
                at,
                message: "is not an item: expected a JSON object".to_owned(),
            }),
            Some(Err(e)) => {
                // serde_json counts lines and columns from 1. `line` is a length in bytes.
                let line: usize = source[at..]
                    .split_inclusive('\n')
                    .take(e.line().saturating_sub(1))
                    .map(str::len)
                    .sum();
                let place = (at + line + e.column().saturating_sub(1)).min(source.len());
                faults.push(Fault {
                    at: place,
                    message: format!(
                        "{}; the rest of the file was left out",
                        crate::format::json::reason(&e)
                    ),
                });
                break;
            }
            None => break,
        }
        at = skip(at + items.byte_offset(), &[',']);
    }
    (found, faults)
}

fn written(item: Map<String, Json>) -> WrittenWork {
    let mut written = WrittenWork::default();
    for (name, value) in item {
        match (name.as_str(), &value) {
            ("type", Json::String(text)) => written.kind.clone_from(text),
            ("id", Json::String(text)) => written.key.clone_from(text),
            // Also kept as a field, which replaces the key in `text`: `id` stays a number.
            ("id", Json::Number(number)) => {
                written.key = number.to_string();
                written.fields.push((name, value.to_string()));
            }
            _ => written.fields.push((name, value.to_string())),
        }
    }
    written
}

/// An item as JSON on one line, without a line end.
pub(super) fn text(written: &WrittenWork) -> String {
    let mut item = Map::new();
    item.insert("id".to_owned(), Json::from(written.key.as_str()));
    item.insert("type".to_owned(), Json::from(written.kind.as_str()));
    for (name, raw) in &written.fields {
        item.insert(
            name.clone(),
            serde_json::from_str(raw).unwrap_or_else(|_| Json::from(raw.as_str())),
        );
    }
    Json::Object(item).to_string()
}

/// The text of a value: a string, a number, or the first element of a list; else `None`.
pub(super) fn plain(raw: &str) -> Option<String> {
    let json = serde_json::from_str::<Json>(raw).ok()?;
    match json
        .as_array()
        .and_then(|items| items.first())
        .unwrap_or(&json)
    {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text without the markup that CSL allows, such as `<i>…</i>`. An element that is not closed
/// stays.
pub(super) fn without_markup(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    let mut open: Vec<&str> = Vec::new();
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let tag = rest.find('>').map_or("", |end| &rest[..=end]);
        let name = tag
            .trim_matches(['<', '>', '/'])
            .split(' ')
            .next()
            .unwrap_or_default();
        let known = ["i", "b", "sub", "sup", "sc", "span"].contains(&name);
        let taken = match tag.starts_with("</") {
            true => {
                known
                    && open
                        .iter()
                        .rposition(|begun| *begun == name)
                        .map(|at| open.remove(at))
                        .is_some()
            }
            false => known && rest.contains(&format!("</{name}>")),
        };
        if !taken {
            plain.push('<');
            rest = &rest[1..];
            continue;
        }
        if !tag.starts_with("</") {
            open.push(name);
        }
        rest = &rest[tag.len()..];
    }
    plain + rest
}

/// The names in a variable, each as `Family, Given` or `Family, Junior, Given`.
pub(super) fn persons(raw: &str) -> Vec<String> {
    let Ok(Json::Array(names)) = serde_json::from_str::<Json>(raw) else {
        return Vec::new();
    };
    let text = |name: &Json, part: &str| {
        name[part]
            .as_str()
            .map(without_markup)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let one = |name: &Json| {
        let literal = text(name, "literal");
        if !literal.is_empty() {
            return literal;
        }
        let family: Vec<String> = PARTICLES
            .iter()
            .map(|part| text(name, part))
            .filter(|part| !part.is_empty())
            .collect();
        let parts = [family.join(" "), text(name, "suffix"), text(name, "given")];
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    };
    names
        .iter()
        .map(one)
        .filter(|name| !name.is_empty())
        .collect()
}

/// Names as the value of a variable. A name of several words without a comma belongs to a group and
/// is written as `literal`.
pub(super) fn names(texts: &[String]) -> String {
    let one = |text: &String| {
        let mut name = Map::new();
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let mut put = |part: &str, value: &str| {
            drop((!value.is_empty()).then(|| name.insert(part.to_owned(), Json::from(value))))
        };
        match parts.as_slice() {
            [whole] if whole.contains(char::is_whitespace) => put("literal", whole),
            [whole] => put("family", whole),
            [family, rest @ ..] => {
                // The particle of `van den Berg` is `van den`; `d'Alembert` has none.
                let first = family
                    .find(|c: char| !c.is_lowercase() && !c.is_whitespace() && !"'’-".contains(c))
                    .unwrap_or(0);
                let particle = family[..first].rfind(char::is_whitespace).unwrap_or(0);
                put("family", family[particle..].trim());
                put("given", rest[rest.len() - 1]);
                put("dropping-particle", &family[..particle]);
                put("suffix", &rest[..rest.len() - 1].join(", "));
            }
            [] => {}
        }
        Json::Object(name)
    };
    Json::Array(texts.iter().map(one).collect()).to_string()
}

/// The possible readings of a date, best first: EDTF from its parts, its words, its year.
pub(super) fn dates(raw: &str) -> Vec<String> {
    let Ok(date) = serde_json::from_str::<Json>(raw) else {
        return Vec::new();
    };
    let number = |json: &Json| json.as_i64().or_else(|| json.as_str()?.trim().parse().ok());
    let one = |parts: &Json| -> Option<String> {
        let parts: Vec<i64> = parts.as_array()?.iter().map_while(number).collect();
        let season = number(&date["season"]).filter(|season| (1..=4).contains(season));
        // CSL has no year 0: -1 is the year before 1, which is 0000 in EDTF.
        let mut text = match parts.first()? {
            year @ 0.. => format!("{year:04}"),
            -1 => "0000".to_owned(),
            year => format!("-{:04}", -year - 1),
        };
        match (parts.get(1), season) {
            // With month 0, only the year is used.
            (Some(month), _) => parts[1..]
                .iter()
                .take(2)
                .filter(|_| *month > 0)
                .map(|part| match part {
                    // Pseudo-months for the seasons, of citeproc-js.
                    13..=20 => 21 + (part - 13) % 4,
                    other => *other,
                })
                .for_each(|part| text.push_str(&format!("-{part:02}"))),
            // EDTF numbers the seasons 21 to 24 in place of a month.
            (None, Some(season)) => text.push_str(&format!("-{}", 20 + season)),
            (None, None) => {}
        }
        let circa = !matches!(date["circa"], Json::Null | Json::Bool(false));
        Some(text + if circa { "~" } else { "" })
    };
    let ends: Vec<String> = date["date-parts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(one)
        .collect();
    let words = ["raw", "literal"]
        .into_iter()
        .filter_map(|name| date[name].as_str().map(str::to_owned));
    // The year alone is the last resort, if the reader rejects the more exact readings.
    let year = ends.first().map(|first| first.chars().take(4).collect());
    let parts = (!ends.is_empty()).then(|| ends.join("/"));
    parts
        .into_iter()
        .chain(words)
        .chain(year)
        .chain(date.as_str().map(str::to_owned))
        .collect()
}

/// An EDTF date as a CSL date: in `date-parts` if CSL can express it, else as `literal`.
pub(super) fn date(edtf: &str) -> String {
    let bare = edtf.trim_end_matches('~');
    let mut season = None;
    // `None` for anything that is not plain numbers, such as `-0043`, `..` or `2020?`.
    let mut one = |end: &str| -> Option<Vec<i64>> {
        let parts = end
            .split('-')
            .map(|part| part.parse().ok())
            .collect::<Option<Vec<i64>>>()?;
        match parts.as_slice() {
            // A CSL date has one season, so a season in a range cannot be expressed.
            [year, code @ 21..=24] if bare == end => {
                season = Some(code - 20);
                Some(vec![*year])
            }
            [_] | [_, 1..=12] | [_, 1..=12, _] => Some(parts),
            _ => None,
        }
    };
    let ends = bare.split('/').map(&mut one).collect::<Option<Vec<_>>>();
    let Some(ends) = ends.filter(|ends| ends.len() <= 2) else {
        return json!({ "literal": edtf }).to_string();
    };
    let mut date = json!({ "date-parts": ends });
    if let Some(season) = season {
        date["season"] = Json::from(season);
    }
    if bare != edtf {
        date["circa"] = Json::from(true);
    }
    date.to_string()
}
