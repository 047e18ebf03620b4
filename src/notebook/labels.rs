//! Counts, renames and merges topics and tags in all entries at once.
//!
//! Labels are compared folded, as filters do: `ML` and `ml` are one topic, and renaming one renames both.

use super::entries::{kind_of, revise};
use super::error::NotebookError;
use super::session::Notebook;
use crate::model::{Draft, Entry, Query};
use crate::store::{Labels, Selection};
use crate::text::fold::fold;

impl Notebook {
    /// The topics or tags, each with the number of entries that have it, in alphabetical order.
    pub fn label_counts(&self, labels: Labels) -> Result<Vec<(String, usize)>, NotebookError> {
        Ok(self.store.label_counts(labels)?)
    }

    /// Replaces topics or tags by `new` in every entry; a topic takes those below it along. Returns the
    /// entries that were changed, as one step of the history.
    ///
    /// # Errors
    /// `new` is not a valid topic or tag.
    pub fn relabel(
        &mut self,
        labels: Labels,
        old: &[String],
        new: &str,
    ) -> Result<Vec<Entry>, NotebookError> {
        let old: Vec<String> = old.iter().map(|label| fold(label)).collect();
        let replaced = |label: &String| -> Option<String> {
            let folded = fold(label);
            if old.contains(&folded) {
                return Some(new.to_owned());
            }
            // The part below is written with as many slashes as the folded one has.
            let below = old
                .iter()
                .find(|old| folded.starts_with(&format!("{old}/")))?;
            let levels = below.matches('/').count() + 1;
            let rest: Vec<&str> = label.split('/').skip(levels).collect();
            (labels == Labels::Topics).then(|| format!("{new}/{}", rest.join("/")))
        };
        let (changed, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                type TextsOf = fn(&Entry) -> &Vec<String>;
                let (field, texts_of): (&str, TextsOf) = match labels {
                    Labels::Tags => ("tags", |entry| &entry.tags),
                    _ => ("topics", |entry| &entry.topics),
                };
                let mut targets = writer.store().select(&Selection::of(Query::All))?;
                targets.retain(|stored| {
                    let mut texts = texts_of(&stored.entry).iter();
                    texts.any(|text| replaced(text).is_some())
                });
                writer.expect_changes(targets.len())?;
                let mut changed = Vec::new();
                for before in targets {
                    let after: Vec<String> = texts_of(&before.entry)
                        .iter()
                        .map(|text| replaced(text).unwrap_or_else(|| text.clone()))
                        .collect();
                    let kind = kind_of(writer.store(), &before.entry)?;
                    let mut draft = Draft::of(&kind.name);
                    draft.set_many(field, after);
                    let after = revise(writer.store(), &kind, &before, &draft, &self.clock)?;
                    if writer.update(&before, &after)? {
                        changed.push(after);
                    }
                }
                Ok::<_, NotebookError>(changed)
            })?;
        Ok(changed)
    }
}
