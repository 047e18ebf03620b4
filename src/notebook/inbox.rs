//! The inbox: what was noted in passing, private until it is filed under a kind.
//!
//! What is filed becomes an entry of its own, because an entry never changes its kind: its table, its fields
//! and its place on a page depend on that.

use super::entries::add;
use super::error::NotebookError;
use super::jots::JOTS;
use super::session::Notebook;
use crate::format::attached;
use crate::model::kinds::INBOX;
use crate::model::{Draft, Entry, Query, Value};
use crate::store::Selection;

impl Notebook {
    /// Makes sure that there is an inbox.
    pub fn ensure_inbox(&mut self) -> Result<(), NotebookError> {
        self.ensure_kind(INBOX)
    }

    /// What is in the inbox, oldest first.
    pub fn inbox(&self) -> Result<Vec<Entry>, NotebookError> {
        let kind = Query::Kind(vec!["inbox".to_owned()]);
        let stored = self.store.select(&Selection::of(kind))?;
        Ok(stored.into_iter().map(|stored| stored.entry).collect())
    }

    /// Files an entry of the inbox: an entry of the kind gets its title, body, topics, tags, aliases, jots
    /// and files, and it leaves the inbox, in one operation.
    ///
    /// # Errors
    /// The ref is not one of the inbox, or the kind needs a field that it lacks.
    pub fn file(&mut self, reference: &str, kind: &str) -> Result<Entry, NotebookError> {
        let noted = self.find_exactly(reference)?;
        let entry = &noted.entry;
        let jots = entry.value(JOTS).map(Value::texts).unwrap_or_default();
        if !jots.is_empty() {
            self.ensure_jots(kind)?;
        }
        let kind = self.kind(kind)?.clone();
        let mut draft = Draft::of(&kind.name);
        draft.set("title", entry.title.clone());
        if !entry.body.is_empty() {
            draft.set("body", entry.body.clone());
        }
        for (field, texts) in [
            ("topics", &entry.topics),
            ("tags", &entry.tags),
            ("aliases", &entry.aliases),
        ] {
            draft.set_many(field, texts.clone());
        }
        if !jots.is_empty() {
            draft.set_many(JOTS, jots);
        }
        let files = entry.extra.get(attached::NAME).cloned();
        let clock = self.clock.clone();
        let (stored, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let stored = add(writer, &kind, &draft, &clock)?;
                if let Some(files) = files {
                    let mut after = stored.entry.clone();
                    after.extra.insert(attached::NAME.to_owned(), files);
                    writer.update(&stored, &after)?;
                }
                writer.remove(&noted)?;
                Ok::<_, NotebookError>(stored)
            })?;
        Ok(stored.entry)
    }
}
