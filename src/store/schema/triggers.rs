//! The triggers that keep the search index current, whichever program writes to the file.

use rusqlite::Connection;

use crate::store::error::StoreError;

/// The number of triggers that [`make_triggers`] creates.
pub(crate) const TRIGGERS: usize = 5;

/// Creates the triggers that update the full-text index after every write, also by the `sqlite3`
/// shell.
///
/// kb writes a new hash with every change. An entry that changes without a new hash was written by
/// another program and is recorded in `_stale`.
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

/// Drops the triggers, before a bulk import or a rebuild of the whole index.
pub(crate) fn drop_triggers(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch(
        "DROP TRIGGER IF EXISTS search_on_insert; DROP TRIGGER IF EXISTS search_on_delete; DROP TRIGGER IF EXISTS search_on_update;
                      DROP TRIGGER IF EXISTS stale_on_insert; DROP TRIGGER IF EXISTS stale_on_update",
    )?;
    Ok(())
}

/// The names of kb's own triggers.
const OWN: [&str; TRIGGERS] = [
    "search_on_insert",
    "search_on_delete",
    "search_on_update",
    "stale_on_insert",
    "stale_on_update",
];

/// The names and the SQL of triggers that kb did not make: they would run with every change. One of
/// kb's own names counts too if it acts on another table than kb's trigger.
pub(crate) fn foreign_triggers(db: &Connection) -> Result<Vec<(String, String)>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT name, coalesce(sql, ''), tbl_name FROM sqlite_schema WHERE type = 'trigger'",
    )?;
    let rows = query.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
        ))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (name, sql, table) = row?;
        let is_own = OWN.contains(&name.as_str())
            && table == "entry"
            && !sql.to_lowercase().contains("delete from");
        if !is_own {
            found.push((name, sql));
        }
    }
    Ok(found)
}
