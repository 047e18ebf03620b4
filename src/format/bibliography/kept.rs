//! Uses what an entry keeps of its source bibliography beyond the fields of its kind.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::bibtex::is_of_biblatex;
use super::dialect::Dialect;
use super::mapping::{Mapping, Source, draft_of};
use super::values::{self, Shape};
use super::written::WrittenWork;
use crate::model::Kind;

/// The entry `own` as written, extended by fields that only `other` has and that do not affect any
/// field of the kind. `None` if `other` adds no such field, or either value is not an entry as
/// written.
pub fn widened(
    dialect: Dialect,
    own: &Json,
    other: &Json,
    kind: &Kind,
    today: NaiveDate,
) -> Option<Json> {
    let (mut own, other) = (
        WrittenWork::deserialize(own).ok()?,
        WrittenWork::deserialize(other).ok()?,
    );
    let sources = Mapping::of(dialect).sources(dialect, kind);
    let said = |written: &WrittenWork| draft_of(written, kind, &sources, today);
    let (own_says, other_says) = (said(&own), said(&other));
    let mut lacking: Vec<&(String, String)> = other
        .fields
        .iter()
        .filter(|(name, _)| own.raw(name).is_none())
        .collect();
    // A field is added only if `own` reads the same with it, and `other` the same without it.
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

/// The left-over values of an entry with a field of its bibliography set to these texts, or removed if
/// there are none. The name may have that of the dialect before it, as `bibtex.pages`; without it, it
/// must be a field of the dialect, or one that the entry has; otherwise `None`.
///
/// The name and the value returned are those of the left-over value that changes.
pub fn with_field(
    extra: &Map<String, Json>,
    name: &str,
    texts: &[String],
) -> Option<(&'static str, Json)> {
    Dialect::ALL.into_iter().find_map(|dialect| {
        let kept = extra.get(dialect.kept())?;
        let mut written = WrittenWork::deserialize(kept).ok()?;
        let full = name
            .strip_prefix(dialect.kept())
            .and_then(|rest| rest.strip_prefix('.'));
        let name = full.unwrap_or(name);
        let is_known = Mapping::of(dialect)
            .others
            .iter()
            .any(|other| other == name);
        if full.is_none() && !is_known && written.raw(name).is_none() {
            return None;
        }
        let raws = match texts {
            [] => Vec::new(),
            // TeX may be typed as such: `13--25`, `{\"o}`.
            [text] if dialect == Dialect::Bibtex && is_balanced(text) => {
                vec![format!("{{{text}}}")]
            }
            texts => values::raws(dialect, Shape::Line, texts),
        };
        let at = written.fields.iter().position(|(known, _)| known == name);
        written.fields.retain(|(known, _)| known != name);
        let at = at.unwrap_or(written.fields.len());
        let new = raws.into_iter().map(|raw| (name.to_owned(), raw));
        written.fields.splice(at..at, new);
        Some((dialect.kept(), serde_json::to_value(written).ok()?))
    })
}

/// Settles a field that was edited in a record: gets its name, and its raw values before, in the entry and in
/// the record; returns its new ones, or none in a conflict.
pub type Settle<'s> = dyn FnMut(&str, [&[String]; 3]) -> Option<Vec<String>> + 's;

/// What an entry keeps of a bibliography (`own`) with the edits of a record of it that a file had as
/// `base` and has as `now`; `None` in a conflict. `settle` is asked about each edited field that fills no
/// field of the kind; what fills one of the fields in `refused` stays. A value that is not an entry as
/// written gives way to `now`.
pub fn with_edits(
    dialect: Dialect,
    [own, base, now]: [&Json; 3],
    kind: &Kind,
    today: NaiveDate,
    refused: &[&str],
    settle: &mut Settle<'_>,
) -> Option<Json> {
    let read = |json: &Json| WrittenWork::deserialize(json).ok();
    let (Some(mut merged), Some(base), Some(new)) = (read(own), read(base), read(now)) else {
        return Some(now.clone());
    };
    let sources = Mapping::of(dialect).sources(dialect, kind);
    let mut filling: HashMap<String, &str> = HashMap::new();
    for work in [&base, &new] {
        for source in &sources {
            let (names, _) = source.pick(work, today).unwrap_or_default();
            filling.extend(names.into_iter().map(|name| (name, source.field)));
        }
    }
    let names: BTreeSet<&String> = [&base, &new]
        .into_iter()
        .flat_map(|work| work.fields.iter().map(|(name, _)| name))
        .collect();
    for name in names {
        let values = |work: &WrittenWork| -> Vec<String> {
            work.raws(name).into_iter().map(str::to_owned).collect()
        };
        let (before, ours, theirs) = (values(&base), values(&merged), values(&new));
        if before == theirs || ours == theirs {
            continue;
        }
        let values = match filling.get(name) {
            Some(field) if refused.contains(field) => continue,
            Some(_) => theirs,
            None => settle(name, [&before, &ours, &theirs])?,
        };
        let at = merged.fields.iter().position(|(known, _)| known == name);
        merged.fields.retain(|(known, _)| known != name);
        let at = at.unwrap_or(merged.fields.len());
        let values = values.into_iter().map(|raw| (name.clone(), raw));
        merged.fields.splice(at..at, values);
    }
    if base.kind != new.kind {
        merged.kind = new.kind;
    }
    // The key of another file stays when this one gets another.
    let is_own = merged.key == base.key || merged.former.contains(&base.key);
    if base.key != new.key && merged.key != new.key && is_own {
        let keys = [&base.key, &merged.key, &new.key].map(|key| [key.clone()]);
        let settled = settle("key", [&keys[0], &keys[1], &keys[2]])?;
        match settled.into_iter().find(|key| *key != merged.key) {
            // Another file may still have the former one.
            Some(key) => merged.earlier.push(std::mem::replace(&mut merged.key, key)),
            // The key of the entry wins: the file gets it.
            None => merged.former.push(new.key),
        }
    }
    if base.repeated != new.repeated {
        merged.repeated = new.repeated;
    }
    if base.inherited != new.inherited {
        merged.inherited = new.inherited;
    }
    serde_json::to_value(merged).ok()
}

/// The name and the value of the left-over value that changes if its entry gets another citation key;
/// `None` if none is an entry as written. BibLaTeX finds the former key by the field `ids`.
pub fn with_key(extra: &Map<String, Json>, key: &str) -> Option<(&'static str, Json)> {
    let mut kept = Dialect::ALL.into_iter();
    let (dialect, mut written) = kept.find_map(|dialect| {
        let written = WrittenWork::deserialize(extra.get(dialect.kept())?).ok()?;
        (!written.key.is_empty()).then_some((dialect, written))
    })?;
    let former = std::mem::replace(&mut written.key, key.to_owned());
    let earlier = std::mem::take(&mut written.earlier);
    written.former.extend(earlier);
    written.former.retain(|other| other != key);
    if former != key {
        written.former.push(former.clone());
    }
    if written.fields.iter().any(|(name, _)| is_of_biblatex(name)) {
        let at = written.fields.iter().position(|(name, _)| name == "ids");
        let at = at.unwrap_or_else(|| {
            written.fields.push(("ids".to_owned(), "{}".to_owned()));
            written.fields.len() - 1
        });
        let before = written.fields[at].1.trim_matches(['{', '}', '"']);
        let mut ids: Vec<&str> = before.split(',').map(str::trim).collect();
        ids.retain(|id| !id.is_empty() && *id != key && *id != former);
        ids.push(&former);
        written.fields[at].1 = format!("{{{}}}", ids.join(","));
    }
    Some((dialect.kept(), serde_json::to_value(written).ok()?))
}

/// The fields in which a record names others by their citation keys, with commas between them.
const LINKS: [&str; 5] = ["crossref", "xref", "xdata", "related", "entryset"];

/// The name and the value of the left-over value that changes if a work that the entry's record names, such
/// as in `crossref`, gets the citation key `new`, and the names of the fields that do. `None` if the record
/// does not name it.
pub fn with_link(
    extra: &Map<String, Json>,
    old: &str,
    new: &str,
) -> Option<(&'static str, Json, Vec<String>)> {
    let kept = Dialect::Bibtex.kept();
    let json = extra.get(kept)?;
    let is_link = |field: &Json| field[0].as_str().is_some_and(|name| LINKS.contains(&name));
    if !json["fields"].as_array()?.iter().any(is_link) {
        return None;
    }
    let mut written = WrittenWork::deserialize(json).ok()?;
    let mut names = Vec::new();
    for (name, raw) in &mut written.fields {
        if !LINKS.contains(&name.as_str()) {
            continue;
        }
        let keys = raw.split_inclusive([',', '{', '}', '"']).map(|part| {
            let key = part.trim_end_matches([',', '{', '}', '"']).trim();
            // BibTeX does not tell keys of different case apart.
            match key.eq_ignore_ascii_case(old) {
                true => part.replacen(key, new, 1),
                false => part.to_owned(),
            }
        });
        let renamed: String = keys.collect();
        if renamed != *raw {
            *raw = renamed;
            names.push(name.clone());
        }
    }
    let written = serde_json::to_value(written).ok()?;
    (!names.is_empty()).then_some((kept, written, names))
}

/// The paths in the field `file` of an entry from BibTeX: those of JabRef (`:a.pdf:PDF`), of Zotero
/// (`Title:a.pdf:application/pdf`), or bare ones, several with `;` between them.
pub fn files(extra: &Map<String, Json>) -> Vec<String> {
    let kept = extra.get(Dialect::Bibtex.kept());
    let written = kept.and_then(|kept| WrittenWork::deserialize(kept).ok());
    let raw = written.as_ref().and_then(|written| written.raw("file"));
    let text = raw.unwrap_or_default().trim_matches(['{', '}', '"']);
    let path = |part: &str| {
        let parts: Vec<&str> = part.split(':').collect();
        match parts.as_slice() {
            [_, path, _] => (*path).to_owned(),
            _ => part.to_owned(),
        }
    };
    text.split(';')
        .map(|part| path(part.trim()))
        .filter(|path| !path.is_empty())
        .collect()
}

/// Whether BibLaTeX still finds a work under a former citation key.
pub fn is_in_ids(extra: &Map<String, Json>, key: &str) -> bool {
    let kept = extra.get(Dialect::Bibtex.kept());
    let written = kept.and_then(|kept| WrittenWork::deserialize(kept).ok());
    written.is_some_and(|written| written.has_id(key))
}

/// Whether each brace of a text has its other one.
fn is_balanced(text: &str) -> bool {
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return false,
            '}' => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

/// The type of an entry as written, and the names and texts of its fields that do not fill a field
/// of the kind. `None` if `kept` is not an entry as written.
pub fn unsaid(
    dialect: Dialect,
    kept: &Json,
    kind: &Kind,
    today: NaiveDate,
) -> Option<Vec<(String, String)>> {
    let written = WrittenWork::deserialize(kept).ok()?;
    let picked = |source: &Source<'_>| source.pick(&written, today).map(|(names, _)| names);
    let said: HashSet<String> = Mapping::of(dialect)
        .sources(dialect, kind)
        .iter()
        .filter_map(picked)
        .flatten()
        .collect();
    let text = |name: &str, raw: &String| {
        (
            name.to_owned(),
            values::read(dialect, Shape::Line, name, &[raw])
                .pop()
                .unwrap_or_else(|| raw.clone()),
        )
    };
    let mut lines = vec![("type".to_owned(), written.kind.clone())];
    lines.extend(
        written
            .fields
            .iter()
            .filter(|(name, _)| !said.contains(name))
            .map(|(name, raw)| text(name, raw)),
    );
    // A later entry with the same key becomes one line: `again`, then its type and fields.
    for again in &written.repeated {
        let fields = again
            .fields
            .iter()
            .map(|(name, raw)| format!("{name} = {}", text(name, raw).1));
        lines.push((
            "again".to_owned(),
            std::iter::once(again.kind.clone())
                .chain(fields)
                .collect::<Vec<_>>()
                .join("; "),
        ));
    }
    Some(lines)
}
