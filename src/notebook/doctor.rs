//! The doctor: is the file sound, and what do the entries lack.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::duplicates::Likeness;
use super::error::NotebookError;
use super::session::Notebook;
use crate::model::{Clock, Entry};
use crate::store::{self, Finding, Salvaged};
use crate::text::fold::fold;

/// One thing that the doctor has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// Name of the check.
    pub check: &'static str,
    /// Whether the file itself is at fault.
    pub fault: bool,
    /// What was found.
    pub message: String,
}

/// The checks with what they mean, for `--explain`.
pub const CHECKS: [(&str, &str); 9] = [
    (
        "file",
        "SQLite's own check of the file, and every row pointing at something; a fault here is damage: `kb doctor --salvage FILE` copies what can be read",
    ),
    (
        "entry",
        "each entry is exactly what kb last wrote, by its hash; an entry that another program changed or that rotted on disk is named",
    ),
    (
        "history",
        "each operation in the history is exactly what kb wrote, by its hash",
    ),
    ("page", "each page is exactly what kb wrote, by its hash"),
    (
        "index",
        "the search index, with the words, vectors and lengths beside it, fits the entries; `kb doctor --fix` makes it anew",
    ),
    ("kind", "each definition of a kind can be read"),
    ("links", "each [[link]] and each ref leads to an entry"),
    (
        "twice",
        "no two entries of a kind share a DOI, an arXiv id, an address, or title and year; `kb merge A B` makes two one",
    ),
    (
        "gaps",
        "fields that a kind wants are filled (`wanted` in its definition), and acronyms used in several entries have an entry of their own",
    ),
];

/// An acronym that so many entries use deserves an entry.
const OFTEN: usize = 2;

impl Notebook {
    /// Checks the file and what the entries say.
    ///
    /// # Errors
    /// The file cannot be read through.
    pub fn check(&self) -> Result<Vec<Advice>, NotebookError> {
        let mut advice: Vec<Advice> = self.store.check()?.into_iter().map(of_finding).collect();
        if advice.iter().any(|found| found.check == "file") {
            return Ok(advice);
        }
        let mut say = |check, message| {
            advice.push(Advice {
                check,
                fault: false,
                message,
            })
        };
        for link in self.store.dangling()? {
            say(
                "links",
                format!(
                    "`{}` links to `{}` in its {}, which is no entry",
                    link.source, link.text, link.field
                ),
            );
        }
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut likeness = Likeness::default();
        let mut used: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
        for stored in self.store.everything()? {
            let entry = &stored.entry;
            let Some(kind) = self.kinds().get(&entry.kind) else {
                continue;
            };
            likeness.visit(entry, kind);
            for field in &kind.wanted {
                let missing = if field == "body" {
                    entry.body.is_empty()
                } else {
                    entry.value(field).is_none()
                };
                if missing {
                    say(
                        "gaps",
                        format!(
                            "`{}` has no {}",
                            entry.reference(),
                            if field == "body" { "notes" } else { field }
                        ),
                    );
                }
            }
            names.extend(
                entry
                    .aliases
                    .iter()
                    .chain([&entry.title])
                    .map(|name| fold(name)),
            );
            for acronym in acronyms(entry) {
                let known = used
                    .entry(fold(&acronym))
                    .or_insert_with(|| (acronym, BTreeSet::new()));
                known.1.insert(entry.reference());
            }
        }
        for likely in likeness.found() {
            say(
                "twice",
                format!(
                    "`{}` and `{}` have the same {}: `kb merge {0} {1}`",
                    likely.first, likely.second, likely.why
                ),
            );
        }
        for (folded, (acronym, users)) in used {
            if users.len() >= OFTEN && !names.contains(&folded) {
                let users: Vec<String> = users.into_iter().take(3).collect();
                say(
                    "gaps",
                    format!(
                        "`{acronym}` is used in {} but defined nowhere",
                        crate::text::english::quoted(&users, "and")
                    ),
                );
            }
        }
        Ok(advice)
    }

    /// Mends what can be mended without loss, the views and the search index; `progress` hears how many entries of how many are done.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn mend(&mut self, progress: &mut dyn FnMut(usize, usize)) -> Result<(), NotebookError> {
        Ok(self.store.mend(progress)?)
    }
}

/// Copies what can be read of a damaged notebook to a new one.
///
/// # Errors
/// Nothing can be read, or the new file cannot be written.
pub fn salvage(damaged: &Path, to: &Path, clock: &Clock) -> Result<Salvaged, NotebookError> {
    Ok(store::salvage(damaged, to, clock)?)
}

fn of_finding(finding: Finding) -> Advice {
    let (check, message) = match finding {
        Finding::File(text) => ("file", text),
        Finding::Entry(reference) => ("entry", format!("`{reference}` is not what kb wrote")),
        Finding::History(id) => ("history", format!("operation {id} is not what kb wrote")),
        Finding::Page(name) => ("page", format!("page `{name}` is not what kb wrote")),
        Finding::Index => (
            "index",
            "the search index does not fit the entries".to_owned(),
        ),
        Finding::Kind(name, why) => ("kind", format!("kind `{name}`: {why}")),
    };
    Advice {
        check,
        fault: true,
        message,
    }
}

/// The words of a body that look like acronyms: two to six capitals, perhaps a small `s` behind.
fn acronyms(entry: &Entry) -> BTreeSet<String> {
    entry
        .body
        .split(|c: char| !c.is_alphanumeric())
        .map(|word| word.strip_suffix('s').unwrap_or(word))
        .filter(|word| {
            (2..=6).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase())
        })
        .map(str::to_owned)
        .collect()
}
