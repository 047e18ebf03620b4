//! Translates entries from one bibliography format into another, by the table in
//! data/formats/crosswalk.toml. Start reading at [`translated`].

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use super::dialect::Dialect;
use super::mapping::Mapping;
use super::stand_in::is_stand_in;
use super::values::{self, Shape};
use super::written::WrittenWork;

const TABLE: &str = include_str!("../../../data/formats/crosswalk.toml");

#[derive(Debug, Default, Deserialize)]
struct Crosswalk {
    /// The names of each entry type by dialect; the first one is written.
    #[serde(rename = "type")]
    types: Vec<BTreeMap<String, Vec<String>>>,
    #[serde(rename = "field")]
    fields: Vec<CrosswalkField>,
}

#[derive(Debug, Deserialize)]
struct CrosswalkField {
    /// Whether the values are names of persons.
    #[serde(default)]
    names: bool,
    /// The names of the field by dialect; the first one is written.
    #[serde(flatten)]
    called: BTreeMap<String, Vec<String>>,
}

fn table() -> &'static Crosswalk {
    static READ: OnceLock<Crosswalk> = OnceLock::new();
    READ.get_or_init(|| toml::from_str(TABLE).unwrap_or_default())
}

/// An entry of one dialect in another, as far as the table has names in both. The result has no
/// key, and an empty type if the other dialect lacks it.
pub(super) fn translated(from: Dialect, kept: &WrittenWork, to: Dialect) -> WrittenWork {
    let table = table();
    // In .nbib, the first publication type (tag `PT`) is the entry type.
    let own = if from == Dialect::Nbib {
        kept.raw("PT").unwrap_or_default()
    } else {
        &kept.kind
    };
    let same = |names: &BTreeMap<String, Vec<String>>| {
        names
            .get(from.kept())
            .is_some_and(|names| names.iter().any(|name| name == own))
    };
    let kind = table
        .types
        .iter()
        .find(|names| same(names))
        .and_then(|names| names.get(to.kept())?.first())
        .cloned();
    let mut written = WrittenWork {
        kind: kind.unwrap_or_default(),
        ..WrittenWork::default()
    };
    for field in &table.fields {
        let (Some(theirs), Some(ours)) =
            (field.called.get(from.kept()), field.called.get(to.kept()))
        else {
            continue;
        };
        let shape = if field.names {
            Shape::Names
        } else {
            Shape::Line
        };
        let found = theirs
            .iter()
            .map(|name| (name, values::read(from, shape, name, &kept.raws(name))))
            .find(|(_, texts)| !texts.is_empty());
        let Some((name, mut texts)) = found else {
            continue;
        };
        match (name.as_str(), ours[0].as_str()) {
            // RIS has separate tags for the first and the last page.
            ("SP", _) => texts.extend(kept.raw("EP").map(str::to_owned)),
            (_, "SP") => {
                texts = texts[0]
                    .split(['-', '–'])
                    .filter(|page| !page.trim().is_empty())
                    .map(|page| page.trim().to_owned())
                    .collect()
            }
            _ => {}
        }
        match (name.as_str(), ours[0].as_str()) {
            (_, "SP") => {
                let tags = ["SP", "EP"].into_iter().zip(&texts);
                written
                    .fields
                    .extend(tags.map(|(tag, page)| (tag.to_owned(), page.clone())));
                continue;
            }
            // A page range has `--` in BibTeX (`pages`) and `-` in CSL (`page`).
            ("SP", "pages") => texts = vec![texts.join("--")],
            ("SP", _) => texts = vec![texts.join("-")],
            (_, "pages") => texts[0] = texts[0].replace('–', "--"),
            (_, "page") => texts[0] = texts[0].replace('–', "-"),
            _ => {}
        }
        // An entry that is not an article is contained in a book, not in a journal.
        let name = if ours[0] == "journal" && written.kind != "article" {
            "booktitle"
        } else {
            &ours[0]
        };
        written.fields.extend(
            values::raws(to, shape, &texts)
                .into_iter()
                .map(|raw| (name.to_owned(), raw)),
        );
    }
    written
}

/// The title of an entry for dialects without subtitles: title, subtitle and addition joined.
/// `None` if the title is only a substitute for a missing one.
pub(super) fn title(from: Dialect, kept: &WrittenWork, title: &str) -> Option<String> {
    let text = |name: &str| {
        values::read(from, Shape::Line, name, &kept.raws(name))
            .into_iter()
            .next()
    };
    let own = Mapping::of(from)
        .titles()
        .iter()
        .find_map(|name| text(name));
    // A title that the user has edited since is exported.
    if own.is_none() && is_stand_in(from, kept, title) {
        return None;
    }
    let more = |name: &str, sign: &str| {
        text(name)
            .filter(|_| from == Dialect::Bibtex)
            .map_or(String::new(), |more| format!("{sign}{more}"))
    };
    Some(format!(
        "{title}{}{}",
        more("subtitle", ": "),
        more("titleaddon", ". ")
    ))
}
