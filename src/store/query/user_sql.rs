//! Runs the user's own SQL: read-only, limited to five seconds, and restricted by an authorizer
//! that permits only reading.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use serde_json::Value as Json;

use crate::store::error::{StoreError, reason};
use crate::store::file::Store;

/// The time limit of one statement.
const LONGEST: Duration = Duration::from_secs(5);

/// The most bytes of text and blobs in a result.
const LARGEST: usize = 256 << 20;
/// The bytes after which the time to print a result counts too.
const UNTIMED: usize = 16 << 20;

/// The message after [`LONGEST`].
const TOO_LONG: &str = "the query took over 5 seconds and was stopped";

impl Store {
    /// Runs one statement. Calls `visit` with the column names and no row first, then with the
    /// column names and each row, until it returns [`ControlFlow::Break`].
    ///
    /// # Errors
    /// The statement is invalid, is not read-only, returns no columns, or runs for more than five
    /// seconds.
    pub fn sql(
        &self,
        text: &str,
        mut visit: impl FnMut(&[String], Option<Vec<Json>>) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        // A separate connection, because the restrictions must not apply to the one of the store.
        let mut db = self.second_connection()?;
        db.pragma_update(None, "query_only", true)?;
        // At most 16 MiB for a value or row, at most 1 MiB of SQL, and no attached databases.
        db.set_limit(Limit::SQLITE_LIMIT_LENGTH, 16 << 20)?;
        db.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20)?;
        db.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        let end = Instant::now() + LONGEST;
        // SQLite calls this every 100 instructions, one of which can fill 16 MiB; `true` interrupts
        // the statement.
        db.progress_handler(100, Some(move || Instant::now() > end))?;
        db.authorizer(Some(|context: AuthContext<'_>| match context.action {
            AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => {
                Authorization::Allow
            }
            AuthAction::Function { function_name }
                if !function_name.eq_ignore_ascii_case("load_extension") =>
            {
                Authorization::Allow
            }
            // These pragmas only describe the schema.
            AuthAction::Pragma {
                pragma_name:
                    "table_info" | "table_list" | "table_xinfo" | "index_list" | "index_info"
                    | "foreign_key_list",
                ..
            } => Authorization::Allow,
            _ => Authorization::Deny,
        }))?;
        run_sql(&db, text, end, &mut visit)
    }
}

/// Runs a statement on a connection that is already restricted.
fn run_sql(
    db: &Connection,
    text: &str,
    end: Instant,
    visit: &mut impl FnMut(&[String], Option<Vec<Json>>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut query = db.prepare(text).map_err(refused)?;
    if !query.readonly() {
        return Err(StoreError::Sql(
            "only a read-only statement is allowed".to_owned(),
        ));
    }
    let mut names: Vec<String> = Vec::new();
    for name in query.column_names() {
        // Two columns of one name are two values.
        let mut numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut free = name.to_owned();
        while names.contains(&free) {
            free = numbered.next().unwrap_or_default();
        }
        names.push(free);
    }
    if names.is_empty() {
        return Err(StoreError::Sql("the statement returns no rows".to_owned()));
    }
    // The names come first, so that a result without rows still has a header.
    if visit(&names, None).is_break() {
        return Ok(());
    }
    let mut rows = query.query([]).map_err(refused)?;
    let mut bytes = 0;
    while let Some(row) = rows.next().map_err(refused)? {
        for at in 0..names.len() {
            if let ValueRef::Text(held) | ValueRef::Blob(held) = row.get_ref(at)? {
                bytes += held.len();
            }
        }
        if bytes > LARGEST {
            return Err(StoreError::Sql(
                "the result is larger than 256 MB and was stopped".to_owned(),
            ));
        }
        if bytes > UNTIMED && Instant::now() > end {
            return Err(StoreError::Sql(TOO_LONG.to_owned()));
        }
        let cells = (0..names.len())
            .map(|at| row.get_ref(at).map(json))
            .collect::<Result<Vec<_>, _>>()?;
        if visit(&names, Some(cells)).is_break() {
            break;
        }
    }
    Ok(())
}

/// A cell as JSON; a blob becomes a string of hexadecimal digits.
fn json(cell: ValueRef<'_>) -> Json {
    match cell {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(n) => Json::from(n),
        ValueRef::Real(n) => Json::from(n),
        ValueRef::Text(text) => Json::from(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Json::from(
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>(),
        ),
    }
}

/// Turns an SQLite error into the error that the user sees.
fn refused(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => StoreError::Sql(TOO_LONG.to_owned()),
        Some(rusqlite::ErrorCode::AuthorizationForStatementDenied) => {
            StoreError::Sql("only reading is allowed in `kb sql`".to_owned())
        }
        Some(
            // The fault is in the file or in another process, not in the statement.
            rusqlite::ErrorCode::DatabaseCorrupt
            | rusqlite::ErrorCode::DatabaseBusy
            | rusqlite::ErrorCode::DatabaseLocked,
        ) => error.into(),
        _ => StoreError::Sql(reason(&error)),
    }
}
