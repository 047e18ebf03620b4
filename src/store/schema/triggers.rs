//! The full-text table, and the triggers that keep it current, whichever program writes to the file.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::store::error::StoreError;

/// The number of triggers that [`make_triggers`] creates.
pub(crate) const TRIGGERS: usize = OWN.len();

/// The name of each trigger, and its SQL after `CREATE TRIGGER`, as SQLite keeps it.
///
/// They update the full-text index after every write, also by the `sqlite3` shell. kb writes a new
/// hash with every change. An entry that changes without a new hash was written by another program
/// and is recorded in `_stale`.
const OWN: [(&str, &str); 5] = [
    (
        "search_on_insert",
        "search_on_insert AFTER INSERT ON entry BEGIN
           INSERT INTO search (rowid, title, aliases, body, words) VALUES (new.id, new.title, new.aliases, new.body, new.words);
         END",
    ),
    (
        "search_on_delete",
        "search_on_delete AFTER DELETE ON entry BEGIN
           INSERT INTO search (search, rowid, title, aliases, body, words) VALUES ('delete', old.id, old.title, old.aliases, old.body, old.words);
         END",
    ),
    (
        "search_on_update",
        "search_on_update AFTER UPDATE OF title, aliases, body, words ON entry BEGIN
           INSERT INTO search (search, rowid, title, aliases, body, words) VALUES ('delete', old.id, old.title, old.aliases, old.body, old.words);
           INSERT INTO search (rowid, title, aliases, body, words) VALUES (new.id, new.title, new.aliases, new.body, new.words);
         END",
    ),
    (
        "stale_on_insert",
        "stale_on_insert AFTER INSERT ON entry WHEN new.hash = 0 BEGIN
           INSERT OR IGNORE INTO _stale (entry) VALUES (new.id);
         END",
    ),
    (
        "stale_on_update",
        "stale_on_update AFTER UPDATE OF title, topics, tags, aliases, former, body, words ON entry WHEN new.hash = old.hash BEGIN
           INSERT OR IGNORE INTO _stale (entry) VALUES (new.id);
         END",
    ),
];

/// Creates the triggers that are missing.
pub(crate) fn make_triggers(db: &Connection) -> Result<(), StoreError> {
    for (_, sql) in OWN {
        db.execute_batch(&format!("CREATE TRIGGER IF NOT EXISTS {sql}"))?;
    }
    Ok(())
}

/// Drops the full-text table and creates an empty one, as migrations/001_core.sql does. This also
/// replaces one whose own tables are damaged, which `rebuild` cannot read.
pub(crate) fn remake_search(db: &Connection) -> Result<(), StoreError> {
    drop_triggers(db)?;
    if db.execute_batch("DROP TABLE IF EXISTS search").is_err() {
        // FTS5 cannot open its table, not even to drop it. The table is taken apart by hand, which
        // defensive mode does not allow.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
        for part in ["data", "idx", "docsize", "config"] {
            db.execute_batch(&format!("DROP TABLE IF EXISTS search_{part}"))?;
        }
        db.execute_batch(
            "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'search'; PRAGMA writable_schema = RESET",
        )?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    }
    db.execute_batch(
        "CREATE VIRTUAL TABLE search USING fts5 (
           title, aliases, body, words,
           content = 'entry', content_rowid = 'id', tokenize = 'porter unicode61 remove_diacritics 2'
         );
         INSERT INTO search (search, rank) VALUES ('secure-delete', 1)",
    )?;
    make_triggers(db)
}

/// Drops the triggers, before a bulk import or a rebuild of the whole index.
pub(crate) fn drop_triggers(db: &Connection) -> Result<(), StoreError> {
    for (name, _) in OWN {
        db.execute_batch(&format!("DROP TRIGGER IF EXISTS {name}"))?;
    }
    Ok(())
}

/// From now on, keeps the indexed text of each entry as it was before its first change, in the temporary
/// table `_before`, instead of updating the index; `title` is NULL for a new entry. Nothing of it is
/// written to a file.
pub(crate) fn record_changes(db: &Connection) -> Result<(), StoreError> {
    drop_triggers(db)?;
    db.execute_batch(
        "PRAGMA temp_store = MEMORY;
         CREATE TEMP TABLE _before (id INTEGER PRIMARY KEY, title, aliases, body, words);
         CREATE TEMP TRIGGER before_insert AFTER INSERT ON main.entry BEGIN
           INSERT OR IGNORE INTO _before (id) VALUES (new.id);
         END;
         CREATE TEMP TRIGGER before_delete AFTER DELETE ON main.entry BEGIN
           INSERT OR IGNORE INTO _before VALUES (old.id, old.title, old.aliases, old.body, old.words);
         END;
         CREATE TEMP TRIGGER before_update AFTER UPDATE OF title, aliases, body, words ON main.entry
         WHEN (old.title, old.aliases, old.body, old.words) IS NOT (new.title, new.aliases, new.body, new.words) BEGIN
           INSERT OR IGNORE INTO _before VALUES (old.id, old.title, old.aliases, old.body, old.words);
         END",
    )?;
    Ok(())
}

/// Ends [`record_changes`].
pub(crate) fn forget_changes(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch(
        "DROP TRIGGER temp.before_insert; DROP TRIGGER temp.before_delete; DROP TRIGGER temp.before_update;
         DROP TABLE temp._before",
    )?;
    make_triggers(db)
}

/// The names and the SQL of triggers that kb did not make: they would run with every change. One
/// with a name of kb counts too if its SQL is not exactly that of kb.
pub(crate) fn foreign_triggers(db: &Connection) -> Result<Vec<(String, String)>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE type = 'trigger'",
    )?;
    let rows = query.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (name, sql) = row?;
        let own = sql.strip_prefix("CREATE TRIGGER ");
        if !OWN.iter().any(|(_, known)| own == Some(known)) {
            found.push((name, sql));
        }
    }
    Ok(found)
}
