//! Objects in the file that kb did not make: what takes the place of kb's tables is refused, what is
//! beside them is named and left alone.

use rusqlite::Connection;

use crate::model::Kinds;
use crate::store::error::StoreError;

/// The tables of every notebook, apart from those of the kinds.
const TABLES: [&str; 20] = [
    "entry",
    "topic",
    "tag",
    "alias",
    "link",
    "kind",
    "page",
    "setting",
    "operation",
    "change",
    "search",
    "_length",
    "_vector",
    "_word",
    "_name",
    "_stale",
    "_state",
    "_attachment",
    "_document",
    "_replica",
];

/// The names of views that stand where a table of kb should be: a query would run what somebody else
/// wrote.
pub(crate) fn shadowed(db: &Connection) -> Result<Vec<String>, StoreError> {
    let views = names(db, "type = 'view'")?;
    let mut found: Vec<String> = views
        .iter()
        .filter(|view| TABLES.contains(&view.as_str()))
        .cloned()
        .collect();
    // The table of kinds is safe to read only if it is a table.
    if !views.is_empty() && !found.iter().any(|view| view == "kind") {
        let mut query = db.prepare("SELECT name FROM kind")?;
        let kinds = query.query_map([], |row| row.get::<_, String>(0))?;
        for kind in kinds {
            let kind = kind?;
            found.extend(views.iter().filter(|view| **view == kind).cloned());
        }
    }
    Ok(found)
}

/// The type and the name of each table, view and index that is neither kb's nor SQLite's.
pub(crate) fn others(db: &Connection, kinds: &Kinds) -> Result<Vec<(String, String)>, StoreError> {
    let is_own_table = |name: &str| {
        TABLES.contains(&name)
            || name.starts_with("sqlite_")
            || name.starts_with("search_")
            || kinds.iter().any(|kind| kind.name == name)
    };
    let is_own_view =
        |name: &str| name == "_common" || kinds.iter().any(|kind| kind.plural == name);
    let mut found = Vec::new();
    let mut query = db.prepare(
        "SELECT type, name, tbl_name FROM sqlite_schema WHERE type <> 'trigger' ORDER BY rowid",
    )?;
    let rows = query.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
        ))
    })?;
    for row in rows {
        let (object, name, table) = row?;
        let is_own = match object.as_str() {
            "table" => is_own_table(&name),
            "view" => is_own_view(&name),
            // kb names an index `TABLE_by_…` or `TABLE_without_…`; SQLite makes the others.
            _ => {
                is_own_table(&table)
                    && (name.starts_with("sqlite_")
                        || name.starts_with(&format!("{table}_by_"))
                        || name == "link_without_target")
            }
        };
        if !is_own {
            found.push((object, name));
        }
    }
    Ok(found)
}

/// The names of the objects that a condition on `sqlite_schema` selects.
fn names(db: &Connection, condition: &str) -> Result<Vec<String>, StoreError> {
    let sql = format!("SELECT name FROM sqlite_schema WHERE {condition}");
    let mut query = db.prepare_cached(&sql)?;
    let rows = query.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
