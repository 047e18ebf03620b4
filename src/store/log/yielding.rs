//! Private entries yield: a public entry gets the slug that it would have if there were no private
//! entries, so that a slug with a number does not tell of a hidden entry.

use super::writer::Writer;
use crate::model::Entry;
use crate::store::error::StoreError;
use crate::store::rows::Stored;
use crate::text::fold::fold;

impl Writer<'_> {
    /// Makes room for a public entry whose slug a private entry yields: the private entry gets
    /// another slug, and the links to it follow.
    pub(super) fn claim(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let holder = self.store.by_slug(&entry.kind, &entry.slug)?;
        let Some(holder) = holder.filter(|held| held.entry.uid != entry.uid) else {
            return Ok(());
        };
        let (slug, _) = self
            .slugs
            .free(&self.store.db, &holder.entry, &entry.slug)?;
        let [old, new] = [&holder.entry.slug, &slug].map(|slug| format!("{}/{slug}", entry.kind));
        self.relink(&holder, &new)?;
        // An entry that links to itself was rewritten just now.
        let holder = self.store.by_id(holder.id)?.unwrap_or(holder);
        let yielding = Entry {
            slug,
            ..holder.entry.clone()
        };
        self.update(&holder, &yielding)?;
        self.store.effects.say(format!(
            "the private `{old}` is now `{new}`: a public entry took its slug"
        ));
        Ok(())
    }

    /// Makes the links of private entries that name an entry by its slug or ref name it by a new ref.
    fn relink(&mut self, target: &Stored, new: &str) -> Result<(), StoreError> {
        let names = [target.entry.slug.clone(), target.entry.reference()];
        let is_meant = |text: &str| names.contains(&fold(text));
        let sources: Vec<i64> = {
            let mut query = self
                .store
                .db
                .prepare_cached("SELECT DISTINCT source FROM link WHERE target = ?1")?;
            let rows = query.query_map([target.id], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        for source in self.store.by_ids(sources)? {
            // A public entry reads as if there were no private entries: its link is now to the
            // public one.
            if !source.entry.private {
                continue;
            }
            let kind = self.store.kinds.get(&source.entry.kind);
            let after = source.entry.relinked(kind, is_meant, new);
            self.update(&source, &after)?;
        }
        Ok(())
    }
}
