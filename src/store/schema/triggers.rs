//! The triggers that keep the search index current whoever writes to the file.

use rusqlite::Connection;

use crate::store::error::StoreError;

/// How many triggers [`make_triggers`] makes.
pub(crate) const TRIGGERS: usize = 5;

/// The triggers that keep the search index in step with every writer, the stock shell included. What kb
/// writes has a new hash; an entry that changes without one was written by another program, and is marked.
pub(crate) fn make_triggers(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch(
        "CREATE TRIGGER IF NOT EXISTS search_on_insert AFTER INSERT ON entry BEGIN
           INSERT INTO search (rowid, title, aliases, body, words) VALUES (new.id, new.title, new.aliases, new.body, new.words);
         END;
         CREATE TRIGGER IF NOT EXISTS search_on_delete AFTER DELETE ON entry BEGIN
           INSERT INTO search (search, rowid, title, aliases, body, words) VALUES ('delete', old.id, old.title, old.aliases, old.body, old.words);
         END;
         CREATE TRIGGER IF NOT EXISTS search_on_update AFTER UPDATE OF title, aliases, body, words ON entry BEGIN
           INSERT INTO search (search, rowid, title, aliases, body, words) VALUES ('delete', old.id, old.title, old.aliases, old.body, old.words);
           INSERT INTO search (rowid, title, aliases, body, words) VALUES (new.id, new.title, new.aliases, new.body, new.words);
         END;
         CREATE TRIGGER IF NOT EXISTS stale_on_insert AFTER INSERT ON entry WHEN new.hash = 0 BEGIN
           INSERT OR IGNORE INTO _stale (entry) VALUES (new.id);
         END;
         CREATE TRIGGER IF NOT EXISTS stale_on_update AFTER UPDATE OF title, aliases, body, words ON entry WHEN new.hash = old.hash BEGIN
           INSERT OR IGNORE INTO _stale (entry) VALUES (new.id);
         END;",
    )?;
    Ok(())
}

/// Takes the triggers away for a bulk import, after which the index is rebuilt whole.
pub(crate) fn drop_triggers(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch(
        "DROP TRIGGER IF EXISTS search_on_insert; DROP TRIGGER IF EXISTS search_on_delete; DROP TRIGGER IF EXISTS search_on_update;
                      DROP TRIGGER IF EXISTS stale_on_insert; DROP TRIGGER IF EXISTS stale_on_update",
    )?;
    Ok(())
}
