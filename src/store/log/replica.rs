//! Which copy of a notebook a file is. A file that was copied, moved to another disk or restored
//! is another replica, so that no two files number their operations alike.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rusqlite::OptionalExtension;
use serde_json::{Map, Value as Json};

use crate::store::error::StoreError;
use crate::store::file::Store;
use crate::store::operation_id::hex;

/// The position of the next operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Position {
    /// The replica.
    pub replica: String,
    /// The number of the operation there, from 1.
    pub sequence: i64,
    /// The highest sequence number of each other replica that the log has, as JSON.
    pub seen: String,
}

/// Condition on an operation `o`: this copy, or one that it was made from, wrote it.
pub(super) const IS_OWN: &str = "EXISTS (SELECT 1 FROM _replica AS r WHERE r.id = o.replica AND (r.until IS NULL OR o.sequence <= r.until))";

impl Store {
    /// The position of the next operation. If the file is a copy, it becomes a replica of its own
    /// first.
    pub(super) fn next_position(&self) -> Result<Position, StoreError> {
        let file = file_identity(&self.path);
        let known: Option<(String, Option<String>)> = self
            .db
            .prepare_cached("SELECT id, file FROM _replica WHERE until IS NULL")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let replica = match known {
            Some((id, known)) if known == file && file.is_some() && !self.went_back(&id)? => id,
            former => {
                if let Some((former, _)) = former {
                    let last = self.last_sequence(&former)?;
                    self.db.execute(
                        "UPDATE _replica SET until = ?2 WHERE id = ?1",
                        (former, last),
                    )?;
                }
                let mut id = [0; 6];
                getrandom::fill(&mut id).map_err(|e| StoreError::Random(e.to_string()))?;
                let id = hex(&id);
                self.db.execute(
                    "INSERT INTO _replica (id, file) VALUES (?1, ?2)",
                    (&id, &file),
                )?;
                id
            }
        };
        Ok(Position {
            sequence: self.last_sequence(&replica)? + 1,
            seen: self.seen(&replica)?,
            replica,
        })
    }

    /// The highest sequence number of a replica; 0 if it has no operation.
    fn last_sequence(&self, replica: &str) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(sequence), 0) FROM operation WHERE replica = ?1";
        Ok(self
            .db
            .prepare_cached(sql)?
            .query_row([replica], |row| row.get(0))?)
    }

    /// The highest sequence number of each replica but one, as a JSON object.
    fn seen(&self, but: &str) -> Result<String, StoreError> {
        // Steps from replica to replica in the index, without a scan of the operations.
        let mut query = self.db.prepare_cached(
            "WITH RECURSIVE known (name) AS (
               SELECT min(replica) FROM operation
               UNION ALL SELECT (SELECT min(replica) FROM operation WHERE replica > name) FROM known WHERE name IS NOT NULL)
             SELECT name, (SELECT max(sequence) FROM operation WHERE replica = name) FROM known WHERE name <> ?1",
        )?;
        let mut rows = query.query([but])?;
        let mut seen = Map::new();
        while let Some(row) = rows.next()? {
            seen.insert(row.get(0)?, Json::from(row.get::<_, i64>(1)?));
        }
        Ok(Json::Object(seen).to_string())
    }

    /// Whether the file lacks the operation that this replica wrote last: an older content of the
    /// file was put back.
    fn went_back(&self, replica: &str) -> Result<bool, StoreError> {
        let Some(witness) = self.witness() else {
            return Ok(false);
        };
        let Ok(text) = fs::read_to_string(witness) else {
            return Ok(false);
        };
        let last = text
            .lines()
            .find_map(|line| line.strip_prefix(replica)?.strip_prefix(' '));
        let Some(last) = last else { return Ok(false) };
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM operation WHERE uid = ?1)";
        Ok(self.db.query_row(sql, [last], |row| row.get(0))?)
    }

    /// Notes beside the notebook which operation this replica wrote last. Without the note, an older
    /// content of the same file is not noticed until its log meets another.
    pub(super) fn bear_witness(&self, replica: &str, operation: &str) {
        if let Some(witness) = self.witness() {
            let _ = fs::write(witness, format!("{replica} {operation}\n"));
        }
    }

    /// The file that names the last operation: `replica` beside a notebook in a folder `.kb`, which
    /// belongs to kb. There is none beside other files.
    fn witness(&self) -> Option<PathBuf> {
        let folder = self.path.parent()?;
        let is_ours = folder.file_name().is_some_and(|name| name == ".kb");
        is_ours.then(|| folder.join("replica"))
    }
}

/// What tells a file from its copies: inode and time of creation, as far as the file system knows
/// them.
fn file_identity(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let created = metadata
        .created()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |time| time.as_nanos());
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Some(format!("{inode}:{created}"))
}
