//! Creates and changes the table of each kind, which is generated from its definition.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rusqlite::Connection;

use super::columns::{columns, literal, quote};
use super::views::drop_views;
use crate::model::{Field, FieldType, Kind, Kinds, Value};
use crate::store::error::StoreError;
use crate::text::checksum;

/// Loads all kinds in order. A kind whose definition is invalid is kept; [`Kinds::broken`] names
/// it.
pub(crate) fn load_kinds(db: &Connection) -> Result<Kinds, StoreError> {
    let mut query = db.prepare("SELECT ordinal, name, plural, definition FROM kind")?;
    let rows = query.query_map([], |row| {
        let declared = (row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(((row.get(0)?, row.get(1)?), declared))
    })?;
    // The map sorts by ordinal. Kinds that were removed and came back may share one.
    let ordered: BTreeMap<(i64, String), (String, String, String)> =
        rows.collect::<Result<_, _>>()?;
    Ok(Kinds::declared(ordered.into_values()))
}

/// The checksum of the definitions of all kinds.
pub(crate) fn kinds_digest(db: &Connection) -> Result<String, StoreError> {
    let mut query = db.prepare_cached("SELECT name, definition FROM kind ORDER BY name")?;
    let rows = query.query_map([], |row| {
        Ok(format!(
            "{}\n{}\n",
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?
        ))
    })?;
    let texts: String = rows.collect::<Result<_, _>>()?;
    Ok(checksum::of_bytes(texts.as_bytes()))
}

/// SQL that inserts or updates an entry's row in the kind's table. Its parameters are the entry's
/// row id and the columns in order.
pub(crate) fn insert_row(kind: &Kind) -> String {
    let names: Vec<String> = kind
        .fields
        .iter()
        .flat_map(columns)
        .map(|column| quote(&column))
        .collect();
    let marks: String = (2..names.len() + 2).map(|n| format!(", ?{n}")).collect();
    let list: String = names.iter().map(|name| format!(", {name}")).collect();
    let set: Vec<String> = names
        .iter()
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    // A kind without fields has no column to update, and `SET` needs at least one.
    let update = if set.is_empty() {
        "NOTHING".to_owned()
    } else {
        format!("UPDATE SET {}", set.join(", "))
    };
    format!(
        "INSERT INTO {} (entry{list}) VALUES (?1{marks}) ON CONFLICT (entry) DO {update}",
        quote(&kind.name)
    )
}

/// Who defined a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is built into kb.
    BuiltIn,
    /// The user defined it.
    User,
}

/// Adds a kind and creates its table. Its view must be created with `rebuild_views`.
pub(crate) fn insert_kind(
    db: &Connection,
    kind: &Kind,
    definition: &str,
    origin: Origin,
) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO kind (name, plural, ordinal, builtin, definition, base) VALUES (?1, ?2, (SELECT coalesce(max(ordinal), 0) + 1 FROM kind), ?3, ?4, iif(?3, ?4, NULL))",
        (&kind.name, &kind.plural, origin == Origin::BuiltIn, definition),
    )?;
    create_table(db, kind)
}

/// Creates the STRICT table of a kind, with its checks and indexes.
fn create_table(db: &Connection, kind: &Kind) -> Result<(), StoreError> {
    let table = quote(&kind.name);
    let mut lines =
        vec!["entry INTEGER PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE".to_owned()];
    let mut indexes = Vec::new();
    for field in &kind.fields {
        let column = quote(&field.name);
        let not_null = if field.required { " NOT NULL" } else { "" };
        let sql = if field.many {
            "TEXT"
        } else {
            field.field_type.sql()
        };
        let unique = if field.unique { " UNIQUE" } else { "" };
        lines.push(format!("{column} {sql}{not_null}{unique}{}", check(field)));
        if field.field_type == FieldType::Period {
            // The check of the first column also covers the two days.
            for name in &columns(field)[1..] {
                lines.push(format!("{} TEXT", quote(name)));
            }
        }
        let indexed = match field.field_type {
            FieldType::Period => Some(format!("{}_from", field.name)),
            FieldType::Choice
            | FieldType::Integer
            | FieldType::Number
            | FieldType::Url
            | FieldType::Doi
            | FieldType::Arxiv
                if !field.many && !field.unique =>
            {
                Some(field.name.clone())
            }
            _ => None,
        };
        if let Some(column) = indexed {
            let name = quote(&format!("{}_by_{column}", kind.name));
            let column = quote(&column);
            indexes.push(format!(
                "CREATE INDEX {name} ON {table} ({column}) WHERE {column} IS NOT NULL"
            ));
        }
    }
    db.execute_batch(&format!(
        "CREATE TABLE {table} (\n  {}\n) STRICT;\n{}",
        lines.join(",\n  "),
        indexes.join(";\n")
    ))?;
    Ok(())
}

/// The default of a field as SQL literals, one for each of its columns; none without a valid default.
fn defaults(field: &Field) -> Option<Vec<String>> {
    let value = field
        .read_one(field.default.as_ref()?, NaiveDate::default())
        .ok()?;
    if field.many {
        return Some(vec![literal(
            &serde_json::json!([value.json()]).to_string(),
        )]);
    }
    let day = |day: &Option<String>| day.as_deref().map_or("NULL".to_owned(), literal);
    Some(match value {
        Value::Period(period) => vec![
            literal(&period.edtf),
            literal(&period.text),
            day(&period.from),
            day(&period.to),
        ],
        Value::Integer(n) => vec![n.to_string()],
        Value::Number(n) => vec![n.to_string()],
        Value::Flag(flag) => vec![u8::from(flag).to_string()],
        other => vec![literal(&other.text())],
    })
}

/// The CHECK constraint of a field, with a leading space; empty for a type without one.
/// SQLite accepts a check that is NULL, so an empty field passes each of them.
fn check(field: &Field) -> String {
    let column = quote(&field.name);
    // A year before 0 begins with a dash; SQLite's dates do not know it. The date of NULL is NULL.
    let day = |column: &str| {
        let day = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]";
        format!("(date({column}) IS {column} OR {column} GLOB '-{day}')")
    };
    if field.many {
        let item = match field.field_type {
            FieldType::Integer => "'integer'",
            FieldType::Number => "'real', 'integer'",
            _ => "'text'",
        };
        // A check cannot look at each item, so that it looks at the first and the last. An empty list
        // is NULL.
        return format!(
            " CHECK (json_valid({column}) AND json_array_length({column}) > 0 AND json_type({column}, '$[0]') IN ({item}) AND json_type({column}, '$[#-1]') IN ({item}))"
        );
    }
    match field.field_type {
        FieldType::Choice => {
            let choices: Vec<String> = field.choices.iter().map(|choice| literal(choice)).collect();
            format!(" CHECK ({column} IN ({}))", choices.join(", "))
        }
        FieldType::Flag => format!(" CHECK ({column} IN (0, 1))"),
        // A period is NULL if and only if both its days are. Years before 0 do not sort as text,
        // so the order of the days is not checked if the first day is before the year 0.
        FieldType::Period => {
            let (from, to) = (
                quote(&format!("{}_from", field.name)),
                quote(&format!("{}_to", field.name)),
            );
            format!(
                " CHECK ({} AND {} AND ({column} IS NULL) = ({from} IS NULL AND {to} IS NULL) AND coalesce({from} <= {to} OR {from} GLOB '-*', 1))",
                day(&from),
                day(&to)
            )
        }
        FieldType::Doi => format!(" CHECK ({column} GLOB '10.[0-9]*/?*')"),
        FieldType::Line
        | FieldType::Url
        | FieldType::Arxiv
        | FieldType::Person
        | FieldType::Ref => format!(" CHECK ({column} <> '')"),
        FieldType::Text | FieldType::Integer | FieldType::Number => String::new(),
    }
}

/// Changes a kind's table to a new definition, and drops all views.
///
/// Fields with the same name, type and number of values keep their values. The caller must have
/// moved all other values, and those that the new definition does not allow.
pub(crate) fn change_table(db: &Connection, old: &Kind, new: &Kind) -> Result<(), StoreError> {
    let is_kept = |field: &Field| {
        old.fields.iter().any(|o| {
            o.name == field.name && o.field_type == field.field_type && o.many == field.many
        })
    };
    // Each column that is copied or filled, and what it gets. A required field without a value gets
    // its default, because the new table refuses rows without one.
    let mut copied = vec![("entry".to_owned(), "entry".to_owned())];
    for field in &new.fields {
        let default = if field.required {
            defaults(field)
        } else {
            None
        };
        for (at, column) in columns(field).iter().enumerate() {
            let column = quote(column);
            match (is_kept(field), &default) {
                (true, Some(default)) => {
                    let first = quote(&field.name);
                    let filled = format!("iif({first} IS NULL, {}, {column})", default[at]);
                    copied.push((column, filled));
                }
                (true, None) => copied.push((column.clone(), column)),
                (false, Some(default)) => copied.push((column, default[at].clone())),
                (false, None) => {}
            }
        }
    }
    let (into, from): (Vec<String>, Vec<String>) = copied.into_iter().unzip();
    let (into, from) = (into.join(", "), from.join(", "));
    let (table, aside) = (quote(&old.name), quote(&format!("{}_old", old.name)));
    drop_views(db)?;
    // The new name is then not written into views and triggers
    // (<https://www.sqlite.org/pragma.html#pragma_legacy_alter_table>).
    db.execute_batch("PRAGMA legacy_alter_table = ON")?;
    let renamed = db.execute_batch(&format!("ALTER TABLE {table} RENAME TO {aside}"));
    db.execute_batch("PRAGMA legacy_alter_table = OFF")?;
    // An error is returned only after the pragma is off again.
    renamed?;
    // The renamed table keeps its indexes, whose names the new table needs. The index of a UNIQUE
    // column has no SQL and cannot be dropped.
    let mut indexes = db.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL",
    )?;
    let names: Vec<String> = indexes
        .query_map([format!("{}_old", old.name)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for name in names {
        db.execute_batch(&format!("DROP INDEX {}", quote(&name)))?;
    }
    create_table(db, new)?;
    db.execute_batch(&format!(
        "INSERT INTO {} ({into}) SELECT {from} FROM {aside}; DROP TABLE {aside}",
        quote(&new.name)
    ))?;
    Ok(())
}
