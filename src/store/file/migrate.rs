//! Migrations: upgrade a file from any earlier schema to the newest, in one transaction.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::connection::prepare_to_write;
use crate::model::{Kind, Kinds, kinds::BUILT_IN};
use crate::store::error::StoreError;
use crate::store::operation_id::computed;
use crate::store::schema::{self, Origin};

/// SQLite's application id in the header of a notebook: `kbnb` in ASCII.
pub(super) const APPLICATION_ID: i32 = 0x6b62_6e62;

/// The migrations in order. The schema version of a file is the number of migrations applied to it.
const MIGRATIONS: [&str; 11] = [
    include_str!("../../../migrations/001_core.sql"),
    include_str!("../../../migrations/002_search.sql"),
    include_str!("../../../migrations/003_attachments.sql"),
    include_str!("../../../migrations/004_word_forms.sql"),
    include_str!("../../../migrations/005_documents.sql"),
    include_str!("../../../migrations/006_slugs.sql"),
    include_str!("../../../migrations/007_document_operation.sql"),
    include_str!("../../../migrations/008_travelling_log.sql"),
    include_str!("../../../migrations/009_document_folder.sql"),
    include_str!("../../../migrations/010_note_path.sql"),
    include_str!("../../../migrations/011_note_name.sql"),
];

/// The schema version that this program writes.
pub(crate) fn schema_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Applies the migrations that a file lacks, in one transaction. In an empty file it also sets the
/// application id and adds the built-in kinds.
pub(super) fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    prepare_to_write(db)?;
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let applied = usize::try_from(version).unwrap_or(0);
    for sql in MIGRATIONS.iter().skip(applied) {
        transaction.execute_batch(sql)?;
    }
    if (1..6).contains(&applied) {
        allow_slugs_in_any_script(&transaction)?;
    }
    if (1..8).contains(&applied) {
        identify_operations(&transaction)?;
    }
    if applied == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        for toml in BUILT_IN {
            let kind =
                Kind::read(toml).map_err(|problems| StoreError::Damaged(problems.join("; ")))?;
            schema::insert_kind(&transaction, &kind, toml, Origin::BuiltIn)?;
        }
    }
    let kinds: Kinds = schema::load_kinds(&transaction)?;
    schema::rebuild_views(&transaction, &kinds)?;
    // An older version may have had other triggers of the same names.
    schema::drop_triggers(&transaction)?;
    schema::make_triggers(&transaction)?;
    transaction.pragma_update(None, "user_version", schema_version())?;
    if applied == 0 {
        // A new notebook has no entries, so its empty index is current.
        schema::stamp(&transaction)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Replaces the check of the column `slug` by that of a new notebook
/// (<https://sqlite.org/lang_altertable.html>, "for removing CHECK constraints").
fn allow_slugs_in_any_script(db: &Connection) -> Result<(), StoreError> {
    const OLD: &str = "slug <> '' AND slug NOT GLOB '*[^a-z0-9-]*' AND slug NOT GLOB '-*'";
    let core = MIGRATIONS[0];
    let new = core
        .split_once("slug     TEXT    NOT NULL CHECK (")
        .and_then(|(_, rest)| rest.split_once("),\n"))
        .map_or(OLD, |(check, _)| check);
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
    db.execute_batch("PRAGMA writable_schema = ON")?;
    db.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, ?1, ?2) WHERE type = 'table' AND name = 'entry'",
        [OLD, new],
    )?;
    db.execute_batch("PRAGMA writable_schema = RESET")?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(())
}

/// Gives the operations of an older history their ids. They have neither nonce nor salt, so that two
/// copies that are migrated separately agree.
fn identify_operations(db: &Connection) -> Result<(), StoreError> {
    let operations: Vec<(i64, String)> = db
        .prepare("SELECT id, uid FROM operation ORDER BY id")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut identify = db.prepare("UPDATE operation SET uid = ?2 WHERE id = ?1")?;
    let mut follow = db.prepare("UPDATE operation SET target = ?2 WHERE target = ?1")?;
    // An id covers that of the target, which is an earlier operation.
    for (number, provisional) in operations {
        let uid = computed(db, number)?;
        identify.execute((number, &uid))?;
        follow.execute((provisional, uid))?;
    }
    Ok(())
}
