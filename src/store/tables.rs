//! The tables, views and triggers that are derived from the kinds.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::StoreError;
use crate::model::{Field, FieldType, Kind, Kinds};

/// A name as an SQL identifier.
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as an SQL literal.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The columns of a field in the order in which they are read and written.
pub fn columns(field: &Field) -> Vec<String> {
    let name = &field.name;
    match field.kind_of {
        FieldType::Period => vec![name.clone(), format!("{name}_text"), format!("{name}_from"), format!("{name}_to")],
        _ => vec![name.clone()],
    }
}

/// How many columns a field has.
pub fn width(field: &Field) -> usize {
    if field.kind_of == FieldType::Period { 4 } else { 1 }
}

/// Reads all kinds in their order; those that cannot be read are named, not dropped.
pub fn load_kinds(db: &Connection) -> Result<Kinds, StoreError> {
    let mut query = db.prepare("SELECT ordinal, name, plural, definition FROM kind")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?))))?;
    let ordered: BTreeMap<i64, (String, String, String)> = rows.collect::<Result<_, _>>()?;
    Ok(Kinds::declared(ordered.into_values()))
}

/// The statement that writes a row of a kind's table.
pub fn insert_row(kind: &Kind) -> String {
    let names: Vec<String> = kind.fields.iter().flat_map(columns).map(|column| quote(&column)).collect();
    let marks: String = (2..names.len() + 2).map(|n| format!(", ?{n}")).collect();
    let list: String = names.iter().map(|name| format!(", {name}")).collect();
    let set: Vec<String> = names.iter().map(|name| format!("{name} = excluded.{name}")).collect();
    let update = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
    format!("INSERT INTO {} (entry{list}) VALUES (?1{marks}) ON CONFLICT (entry) DO {update}", quote(&kind.name))
}

/// Adds a kind with its table. Views are made by [`rebuild_views`].
pub fn insert_kind(db: &Connection, kind: &Kind, definition: &str, builtin: bool) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO kind (name, plural, ordinal, builtin, definition) VALUES (?1, ?2, (SELECT coalesce(max(ordinal), 0) + 1 FROM kind), ?3, ?4)",
        (&kind.name, &kind.plural, builtin, definition),
    )?;
    create_table(db, kind)
}

/// Makes the STRICT table of a kind with its checks and indexes.
pub fn create_table(db: &Connection, kind: &Kind) -> Result<(), StoreError> {
    let table = quote(&kind.name);
    let mut lines = vec!["entry INTEGER PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE".to_owned()];
    let mut indexes = Vec::new();
    for field in &kind.fields {
        let column = quote(&field.name);
        let not_null = if field.required { " NOT NULL" } else { "" };
        let sql = if field.many { "TEXT" } else { field.kind_of.sql() };
        let unique = if field.unique { " UNIQUE" } else { "" };
        lines.push(format!("{column} {sql}{not_null}{unique}{}", check(field)));
        if field.kind_of == FieldType::Period {
            for name in &columns(field)[1..] {
                lines.push(format!("{} TEXT", quote(name)));
            }
        }
        let indexed = match field.kind_of {
            FieldType::Period => Some(format!("{}_from", field.name)),
            FieldType::Choice | FieldType::Integer | FieldType::Number | FieldType::Url | FieldType::Doi | FieldType::Arxiv if !field.many && !field.unique => {
                Some(field.name.clone())
            }
            _ => None,
        };
        if let Some(column) = indexed {
            let name = quote(&format!("{}_by_{column}", kind.name));
            let column = quote(&column);
            indexes.push(format!("CREATE INDEX {name} ON {table} ({column}) WHERE {column} IS NOT NULL"));
        }
    }
    db.execute_batch(&format!("CREATE TABLE {table} (\n  {}\n) STRICT;\n{}", lines.join(",\n  "), indexes.join(";\n")))?;
    Ok(())
}

fn check(field: &Field) -> String {
    let column = quote(&field.name);
    let day = "GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'";
    if field.many {
        return format!(" CHECK ({column} IS NULL OR json_type({column}) = 'array')");
    }
    match field.kind_of {
        FieldType::Choice => {
            let choices: Vec<String> = field.choices.iter().map(|choice| literal(choice)).collect();
            format!(" CHECK ({column} IN ({}))", choices.join(", "))
        }
        FieldType::Flag => format!(" CHECK ({column} IN (0, 1))"),
        FieldType::Period => {
            let (from, to) = (quote(&format!("{}_from", field.name)), quote(&format!("{}_to", field.name)));
            format!(
                " CHECK (({from} IS NULL OR {from} {day}) AND ({to} IS NULL OR {to} {day}) AND ({column} IS NULL) = ({from} IS NULL AND {to} IS NULL) AND coalesce({from} <= {to}, 1))"
            )
        }
        FieldType::Doi => format!(" CHECK ({column} GLOB '10.[0-9]*/?*')"),
        FieldType::Line | FieldType::Url | FieldType::Arxiv | FieldType::Person | FieldType::Ref => format!(" CHECK ({column} <> '')"),
        FieldType::Text | FieldType::Integer | FieldType::Number => String::new(),
    }
}

/// Changes a kind's table to a new definition; values of fields with the same type and choices stay, the rest must have been moved.
pub fn change_table(db: &Connection, old: &Kind, new: &Kind) -> Result<(), StoreError> {
    let kept: Vec<String> = new
        .fields
        .iter()
        .filter(|field| old.fields.iter().any(|o| o.name == field.name && o.kind_of == field.kind_of && o.many == field.many))
        .flat_map(columns)
        .map(|column| quote(&column))
        .collect();
    let kept = std::iter::once("entry".to_owned()).chain(kept).collect::<Vec<_>>().join(", ");
    let (table, aside) = (quote(&old.name), quote(&format!("{}_old", old.name)));
    drop_views(db)?;
    db.execute_batch("PRAGMA legacy_alter_table = ON")?;
    let renamed = db.execute_batch(&format!("ALTER TABLE {table} RENAME TO {aside}"));
    db.execute_batch("PRAGMA legacy_alter_table = OFF")?;
    renamed?;
    let mut indexes = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL")?;
    let names: Vec<String> = indexes.query_map([format!("{}_old", old.name)], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        db.execute_batch(&format!("DROP INDEX {}", quote(&name)))?;
    }
    create_table(db, new)?;
    db.execute_batch(&format!("INSERT INTO {} ({kept}) SELECT {kept} FROM {aside}; DROP TABLE {aside}", quote(&new.name)))?;
    Ok(())
}

/// Drops all views of kinds.
pub fn drop_views(db: &Connection) -> Result<(), StoreError> {
    let mut query = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'view'")?;
    let names: Vec<String> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        db.execute_batch(&format!("DROP VIEW {}", quote(&name)))?;
    }
    Ok(())
}

/// Makes the view of each kind anew: the common and the own columns under their public names.
pub fn rebuild_views(db: &Connection, kinds: &Kinds) -> Result<(), StoreError> {
    drop_views(db)?;
    let list = |column: &str| {
        format!(
            "CASE {column} WHEN '' THEN '[]' ELSE '[\"' || replace(replace(replace({column}, '\\', '\\\\'), '\"', '\\\"'), char(10), '\",\"') || '\"]' END AS {column}"
        )
    };
    db.execute_batch(&format!(
        "CREATE VIEW _common AS SELECT id, uid, kind, slug, title, body,
         CASE topics WHEN '' THEN NULL ELSE substr(topics, 1, instr(topics || char(10), char(10)) - 1) END AS topic,
         {}, {}, {}, private, position, created, updated FROM entry",
        list("topics"),
        list("tags"),
        list("aliases")
    ))?;
    for kind in kinds.iter() {
        let mut columns_sql = vec!["c.*".to_owned()];
        for field in &kind.fields {
            columns_sql.extend(columns(field).iter().filter(|column| !kind_has(kind, field, column)).map(|column| format!("k.{}", quote(column))));
            if field.year {
                let (from, to) = (quote(&format!("{}_from", field.name)), quote(&format!("{}_to", field.name)));
                columns_sql.push(format!("CAST(substr(coalesce(k.{from}, k.{to}), 1, 4) AS INTEGER) AS year"));
            }
        }
        db.execute_batch(&format!(
            "CREATE VIEW {} AS SELECT {} FROM _common AS c JOIN {} AS k ON k.entry = c.id",
            quote(&kind.plural),
            columns_sql.join(", "),
            quote(&kind.name)
        ))?;
    }
    Ok(())
}

/// Whether a derived column would hide a field of the same name.
fn kind_has(kind: &Kind, field: &Field, column: &str) -> bool {
    *column != field.name && kind.fields.iter().any(|other| other.name == column)
}

/// How many triggers [`make_triggers`] makes.
pub const TRIGGERS: usize = 5;

/// The triggers that keep the search index in step with every writer, the stock shell included. What kb
/// writes has a new hash; an entry that changes without one was written by another program, and is marked.
pub fn make_triggers(db: &Connection) -> Result<(), StoreError> {
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
pub fn drop_triggers(db: &Connection) -> Result<(), StoreError> {
    db.execute_batch(
        "DROP TRIGGER IF EXISTS search_on_insert; DROP TRIGGER IF EXISTS search_on_delete; DROP TRIGGER IF EXISTS search_on_update;
                      DROP TRIGGER IF EXISTS stale_on_insert; DROP TRIGGER IF EXISTS stale_on_update",
    )?;
    Ok(())
}
