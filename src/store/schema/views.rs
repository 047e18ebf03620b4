//! Creates the view of each kind, which has the common fields and the kind's own fields. The view
//! is named after the plural of the kind.

use rusqlite::Connection;

use super::columns::{columns, quote};
use crate::model::{Field, Kind, Kinds};
use crate::store::error::StoreError;

/// Drops the views of kb. Views of somebody else stay.
pub(crate) fn drop_views(db: &Connection) -> Result<(), StoreError> {
    let mut query = db.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'view' AND (name = '_common' OR name IN (SELECT plural FROM kind))",
    )?;
    let names: Vec<String> = query
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for name in names {
        db.execute_batch(&format!("DROP VIEW {}", quote(&name)))?;
    }
    Ok(())
}

/// Drops the views of kb, then creates `_common` and one view per kind, with the common columns and the
/// kind's own.
pub(crate) fn rebuild_views(db: &Connection, kinds: &Kinds) -> Result<(), StoreError> {
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
            columns_sql.extend(
                columns(field)
                    .iter()
                    .filter(|column| !kind_has(kind, field, column))
                    .map(|column| format!("k.{}", quote(column))),
            );
            if field.year {
                let (from, to) = (
                    quote(&format!("{}_from", field.name)),
                    quote(&format!("{}_to", field.name)),
                );
                columns_sql.push(format!(
                    "CAST(substr(coalesce(k.{from}, k.{to}), 1, 4) AS INTEGER) AS year"
                ));
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

/// Whether a derived column of `field`, such as `NAME_from`, has the name of another field of the
/// kind.
fn kind_has(kind: &Kind, field: &Field, column: &str) -> bool {
    *column != field.name && kind.fields.iter().any(|other| other.name == column)
}
