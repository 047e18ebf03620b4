//! Jots: dated lines on an entry or on a day, in a private field apart from the body.
//!
//! A kind gets the field `jots` with its first jot, and the kind `day` exists from the first jot on a day. So
//! a notebook without jots is as it was, and the rules for private fields hold for jots without more.

use super::entries::{kind_of, revise};
use super::error::NotebookError;
use super::resolve::find_in;
use super::session::Notebook;
use crate::model::kinds::{self, DAY};
use crate::model::{Draft, Entry, Query, Value};
use crate::store::Selection;

/// The field that holds jots, each as its date (`2026-11-26`), a space and its text.
pub(super) const JOTS: &str = "jots";

/// A jot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jot {
    /// The date, as `2026-11-26`; empty if the line has none.
    pub date: String,
    /// The ref of its entry.
    pub reference: String,
    /// Its text.
    pub text: String,
}

impl Notebook {
    /// Adds a line with the date of today to an entry, or to the entry of today.
    ///
    /// # Errors
    /// The ref does not resolve, or the kind has a field `jots` of its own that holds no lines.
    pub fn jot(&mut self, reference: Option<&str>, text: &str) -> Result<Entry, NotebookError> {
        let today = self.clock.today.to_string();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = format!("{today} {text}");
        let target = match reference {
            Some(reference) => self.find(reference)?,
            None => {
                self.ensure_kind(DAY)?;
                self.ensure_jots("day")?;
                let Some(day) = self.store.by_slug("day", &today)? else {
                    let mut draft = Draft::of("day");
                    draft.set("title", today.clone());
                    draft.set("period", today);
                    draft.set(JOTS, line);
                    // Also if the user has a kind of that name.
                    draft.set("private", "yes");
                    return self.add("day", &draft);
                };
                day
            }
        };
        self.ensure_jots(&target.entry.kind)?;
        let clock = self.clock.clone();
        let (entry, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                // It may have changed since it was found.
                let target = find_in(writer.store(), &target.entry.reference())?;
                let kind = kind_of(writer.store(), &target.entry)?;
                let mut lines = target
                    .entry
                    .value(JOTS)
                    .map(Value::texts)
                    .unwrap_or_default();
                lines.push(line);
                let mut draft = Draft::of(&kind.name);
                draft.set_many(JOTS, lines);
                let after = revise(writer.store(), &kind, &target, &draft, &clock)?;
                writer.update(&target, &after)?;
                Ok::<_, NotebookError>(after)
            })?;
        Ok(entry)
    }

    /// Makes sure that a kind has the field for jots, and says so if it gets it.
    pub(super) fn ensure_jots(&mut self, kind: &str) -> Result<(), NotebookError> {
        let kind = self.kind(kind)?;
        if kind.field(JOTS).is_none() {
            let name = kind.name.clone();
            let definition = self.definition(&name)?;
            self.edit_kind(&name, &with_jots(&definition))?;
            let said = format!("kind `{name}` has a private field `{JOTS}` now");
            self.store.effects.say(said);
        }
        Ok(())
    }

    /// The jots on an entry, or on all entries, since a date (`2026-11-26`), newest first.
    ///
    /// # Errors
    /// The ref does not resolve.
    pub fn jots(
        &self,
        reference: Option<&str>,
        since: Option<&str>,
    ) -> Result<Vec<Jot>, NotebookError> {
        let entries = match reference {
            Some(reference) => vec![self.find(reference)?],
            None => {
                let query = Query::Has(JOTS.to_owned());
                self.store.select(&Selection::of(query))?
            }
        };
        let mut jots = Vec::new();
        for stored in entries {
            let lines = stored.entry.value(JOTS).map(Value::texts);
            for line in lines.unwrap_or_default() {
                let (date, text) = match line.split_once(' ') {
                    Some((date, text)) if is_date(date) => (date, text),
                    _ => ("", line.as_str()),
                };
                if since.is_none_or(|since| date >= since) {
                    jots.push(Jot {
                        date: date.to_owned(),
                        reference: stored.entry.reference(),
                        text: text.to_owned(),
                    });
                }
            }
        }
        // Of one day, the order of an entry stays.
        jots.sort_by(|one, other| other.date.cmp(&one.date));
        Ok(jots)
    }
}

/// A definition of a kind with the field for jots.
pub(super) fn with_jots(definition: &str) -> String {
    format!("{}\n{}", definition.trim_end(), kinds::JOTS)
}

/// Whether a text is a date such as `2026-11-26`.
fn is_date(text: &str) -> bool {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}
