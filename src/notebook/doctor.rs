//! Checks the notebook file for damage and the entries for gaps.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use super::duplicates::Likeness;
use super::error::NotebookError;
use super::session::Notebook;
use crate::model::{Audience, Clock, Entry, Query};
use crate::store::{self, Finding, Salvaged, Selection};
use crate::text::fold::fold;

/// One finding of the doctor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// The check that found it.
    pub check: Check,
    /// Whether the file is damaged; otherwise an entry should be improved.
    pub fault: bool,
    /// What was found.
    pub message: String,
}

/// What the doctor checks, in the order of `kb doctor --explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// The SQLite file, and what its tables refer to.
    File,
    /// Each entry against its checksum.
    Entry,
    /// Each operation of the history against its checksum.
    History,
    /// Each page against its checksum.
    Page,
    /// The search index against the entries.
    Index,
    /// The definitions of the kinds.
    Kind,
    /// Links and refs that lead nowhere.
    Links,
    /// Entries that look like the same thing.
    Twice,
    /// What an entry should say and does not.
    Gaps,
}

impl Check {
    /// All checks.
    pub const ALL: [Check; 9] = [
        Check::File,
        Check::Entry,
        Check::History,
        Check::Page,
        Check::Index,
        Check::Kind,
        Check::Links,
        Check::Twice,
        Check::Gaps,
    ];

    /// The name at the start of a finding.
    pub fn name(self) -> &'static str {
        match self {
            Check::File => "file",
            Check::Entry => "entry",
            Check::History => "history",
            Check::Page => "page",
            Check::Index => "index",
            Check::Kind => "kind",
            Check::Links => "links",
            Check::Twice => "twice",
            Check::Gaps => "gaps",
        }
    }

    /// What holds if the check finds nothing, and what to do otherwise.
    pub fn meaning(self) -> &'static str {
        match self {
            Check::File => {
                "SQLite's integrity check passes and every reference between rows is valid; otherwise the file is damaged: `kb doctor --salvage FILE` copies what can be read"
            }
            Check::Entry => {
                "each entry matches its checksum; an entry that was changed outside kb or damaged on disk is named"
            }
            Check::History => "each operation in the history matches its checksum",
            Check::Page => "each page matches its checksum",
            Check::Index => {
                "the search index, with its words, vectors and lengths, matches the entries; `kb doctor --fix` rebuilds it"
            }
            Check::Kind => "each definition of a kind can be read",
            Check::Links => "each [[link]] and each ref leads to an entry",
            Check::Twice => {
                "no two entries of a kind share a DOI, an arXiv id, an address, or title and year; `kb merge A B` merges two entries"
            }
            Check::Gaps => {
                "the fields that a kind lists as `wanted` are filled, and acronyms used in several entries have an entry of their own"
            }
        }
    }
}

/// The prefix of the settings that silence a finding for a kind.
pub const SILENCE: &str = "doctor.";

/// Least number of entries using an acronym for which it should have an entry.
const MIN_ACRONYM_USES: usize = 2;

impl Notebook {
    /// Checks the file, then the entries. If the file is damaged, the entries are not checked.
    ///
    /// # Errors
    /// The file is too damaged to be read through.
    pub fn check(&self) -> Result<Vec<Advice>, NotebookError> {
        let mut advice: Vec<Advice> = self.store.check()?.into_iter().map(of_finding).collect();
        if advice
            .iter()
            .any(|found| found.fault && found.check == Check::File)
        {
            return Ok(advice);
        }
        let mut say = |check, message| {
            advice.push(Advice {
                check,
                fault: false,
                message,
            })
        };
        let silenced = self.silenced()?;
        let is_silent = |reference: &str, finding: &str| {
            let kind = reference.split('/').next().unwrap_or_default();
            silenced.contains(&format!("{SILENCE}{kind}.{finding}"))
        };
        for link in self.store.dangling()? {
            if is_silent(&link.source, "links") {
                continue;
            }
            say(
                Check::Links,
                format!(
                    "`{}` links to `{}` in its {}, which is not an entry",
                    link.source, link.text, link.field
                ),
            );
        }
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut similarity = Likeness::default();
        let mut used: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
        self.for_each(
            &Selection::of(Query::All),
            Audience::Owner,
            |entry, kind| {
                similarity.visit(entry, kind);
                for field in &kind.wanted {
                    let missing = if field == "body" {
                        entry.body.is_empty()
                    } else {
                        entry.value(field).is_none()
                    };
                    if missing && !is_silent(&entry.reference(), field) {
                        say(
                            Check::Gaps,
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
                ControlFlow::Continue(())
            },
        )?;
        for likely in similarity.found() {
            if is_silent(&likely.first, "twice") {
                continue;
            }
            say(
                Check::Twice,
                format!(
                    "`{}` and `{}` have the same {}: `kb merge {0} {1}`",
                    likely.first, likely.second, likely.why
                ),
            );
        }
        for (folded, (acronym, users)) in used {
            if users.len() >= MIN_ACRONYM_USES && !names.contains(&folded) {
                let users: Vec<String> = users.into_iter().take(3).collect();
                say(
                    Check::Gaps,
                    format!(
                        "`{acronym}` is used in {} but defined nowhere",
                        crate::text::english::quoted(&users, "and")
                    ),
                );
            }
        }
        Ok(advice)
    }

    /// The settings that silence a finding for a kind, such as `doctor.term.source`.
    fn silenced(&self) -> Result<BTreeSet<String>, NotebookError> {
        let kept = self.store.settings(SILENCE)?.into_iter();
        let off = kept.filter(|(_, value)| value == "off");
        Ok(off.map(|(key, _)| key).collect())
    }

    /// What the setting that silences a finding is about: `doctor.KIND.FINDING`, where the finding is
    /// `links`, `twice` or a field that the kind wants.
    ///
    /// # Errors
    /// The kind does not exist, or has no such finding; the error names those that it has.
    pub fn check_silence(&self, key: &str) -> Result<(), NotebookError> {
        let Some((kind, finding)) = key
            .strip_prefix(SILENCE)
            .and_then(|rest| rest.split_once('.'))
        else {
            return Ok(());
        };
        let known = self.kind(kind)?;
        if known.name != kind {
            let key = format!("{SILENCE}{}.{finding}", known.name);
            return Err(NotebookError::NoFinding {
                kind: known.name.clone(),
                finding: format!("{kind}.{finding}"),
                known: vec![key],
            });
        }
        let kind = known;
        let wanted = kind.wanted.iter().map(String::as_str);
        let findings: Vec<&str> = wanted.chain(["links", "twice"]).collect();
        match findings.contains(&finding) {
            true => Ok(()),
            false => Err(NotebookError::NoFinding {
                kind: kind.name.clone(),
                finding: finding.to_owned(),
                known: findings.into_iter().map(str::to_owned).collect(),
            }),
        }
    }

    /// The names and the SQL of the triggers that kb did not make.
    pub fn foreign_triggers(&self) -> Result<Vec<(String, String)>, NotebookError> {
        Ok(self.store.foreign_triggers()?)
    }

    /// Drops triggers by name.
    pub fn drop_triggers(&mut self, triggers: &[(String, String)]) -> Result<(), NotebookError> {
        Ok(self.store.drop_foreign(triggers)?)
    }

    /// Repairs what can be repaired without loss: the views and the search index. `progress` gets
    /// the number of entries done and the total.
    pub fn mend(&mut self, progress: &mut dyn FnMut(usize, usize)) -> Result<(), NotebookError> {
        Ok(self.store.mend(progress)?)
    }
}

/// The name and the SQL of each view that stands in place of one of kb's tables. Such a file cannot
/// be opened as a notebook.
pub fn shadows(path: &Path) -> Result<Vec<(String, String)>, NotebookError> {
    Ok(store::shadows(path)?)
}

/// Drops views in place of kb's tables.
pub fn drop_shadows(path: &Path, views: &[(String, String)]) -> Result<(), NotebookError> {
    Ok(store::drop_shadows(path, views)?)
}

/// Copies what can be read of a damaged notebook to the new file `to`; `actor` is who does it.
///
/// # Errors
/// Nothing can be read, or the new file already exists or cannot be written.
pub fn salvage(
    damaged: &Path,
    to: &Path,
    clock: &Clock,
    actor: &str,
) -> Result<Salvaged, NotebookError> {
    Ok(store::salvage(damaged, to, clock, actor)?)
}

fn of_finding(finding: Finding) -> Advice {
    let (check, message) = match finding {
        Finding::File(text) => (Check::File, text),
        Finding::Entry(reference) => (
            Check::Entry,
            format!("`{reference}` was changed outside kb (checksum mismatch)"),
        ),
        Finding::History(id) => (
            Check::History,
            format!("operation {id} was changed outside kb (checksum mismatch)"),
        ),
        Finding::Page(name) => (
            Check::Page,
            format!("page `{name}` was changed outside kb (checksum mismatch)"),
        ),
        Finding::Index => (
            Check::Index,
            "the search index does not match the entries".to_owned(),
        ),
        Finding::OldIndex => {
            return Advice {
                check: Check::Index,
                fault: false,
                message: "another version of kb made the search index; the next search rebuilds it"
                    .to_owned(),
            };
        }
        Finding::Foreign(object, name) => {
            return Advice {
                check: Check::File,
                fault: false,
                message: format!("kb did not make the {object} `{name}`; it is left alone"),
            };
        }
        Finding::Trigger(name) => (
            Check::File,
            format!("kb did not make the trigger `{name}`, which would run with every change"),
        ),
        Finding::Kind(name, why) => (Check::Kind, format!("kind `{name}`: {why}")),
    };
    Advice {
        check,
        fault: true,
        message,
    }
}

/// The words of a body that look like acronyms: two to six capital letters, without a plural `s`.
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
