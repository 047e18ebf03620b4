//! Attachments: files that bodies refer to, stored once per content. The history records their
//! names, which are hashes of the content.

use std::hash::Hasher;

use rusqlite::OptionalExtension;
use siphasher::sip128::{Hasher128, SipHasher24};

use crate::store::error::StoreError;
use crate::store::file::Store;

/// The preferred name of an attachment: SipHash-2-4-128 of its content, in hexadecimal.
fn first_name(content: &[u8]) -> String {
    let mut hasher = SipHasher24::new();
    hasher.write(content);
    format!("{:032x}", hasher.finish128().as_u128())
}

impl Store {
    /// The names of all attachments, sorted.
    pub fn attachments(&self) -> Result<Vec<String>, StoreError> {
        let mut query = self
            .db
            .prepare("SELECT name FROM _attachment ORDER BY name")?;
        let names = query.query_map([], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// The content of an attachment; `None` for an unknown name.
    pub fn attachment(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .db
            .prepare_cached("SELECT content FROM _attachment WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?)
    }

    /// Whether there is an attachment with this name.
    pub(in crate::store) fn has_attachment(&self, name: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM _attachment WHERE name = ?1)";
        Ok(self.db.query_row(sql, [name], |row| row.get(0))?)
    }

    /// Stores an attachment and returns its name, and whether it is new. Equal contents get the same name; a different
    /// content with the same hash gets a number appended, as in `HASH-2`.
    pub(in crate::store) fn insert_attachment(
        &self,
        content: &[u8],
    ) -> Result<(String, bool), StoreError> {
        let first = first_name(content);
        let names = std::iter::once(first.clone())
            .chain((2..).map(|number: u64| format!("{first}-{number}")));
        for name in names {
            match self.attachment(&name)? {
                Some(known) if known == content => return Ok((name, false)),
                Some(_) => {}
                None => {
                    self.db
                        .prepare_cached("INSERT INTO _attachment (name, content) VALUES (?1, ?2)")?
                        .execute((&name, content))?;
                    return Ok((name, true));
                }
            }
        }
        Ok((first, false))
    }
}
