//! The ids of operations: a hash of what an operation did, so that all copies of a notebook agree.
//!
//! An id covers the digests of the changes, not their values: when a value is purged, its digest
//! stays, and the id can still be checked. A random salt keeps a purged value from being guessed.

use rusqlite::{Connection, Row};
use sha2::{Digest as _, Sha256};

use crate::model::edit::Form;

/// The SHA-256 digest of one change, or of the command.
pub(crate) type Digest = [u8; 32];

/// The length of nonces and salts, in bytes.
pub(crate) const RANDOM: usize = 16;

/// The salt of one text of an operation. Each has its own, so that all but one can be kept.
///
/// `place` is the number of a change within its operation, or [`COMMAND`]. The empty salt of an
/// operation that an older kb wrote stays empty: two migrated copies agree on its id.
pub(crate) fn salt_of(salt: &[u8], place: usize) -> Vec<u8> {
    if salt.is_empty() {
        return Vec::new();
    }
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(place.to_be_bytes());
    hash.finalize()[..RANDOM].to_vec()
}

/// The place of the command among the texts of an operation.
const COMMAND: usize = usize::MAX;

/// The digest of the command of an operation with this salt.
pub(crate) fn command_digest(salt: &[u8], command: &str) -> Digest {
    digest(&salt_of(salt, COMMAND), &[Some(command.as_bytes())])
}

/// The digest of texts under their salt. An absent text differs from an empty one.
fn digest(salt: &[u8], texts: &[Option<&[u8]>]) -> Digest {
    let mut hash = Sha256::new();
    put(&mut hash, Some(salt));
    for text in texts {
        put(&mut hash, *text);
    }
    hash.finalize().into()
}

/// The digest of a change.
pub(crate) fn change_digest(
    salt: &[u8],
    subject: &str,
    field: &str,
    form: Form,
    [old, new]: [Option<&str>; 2],
) -> Digest {
    digest(
        salt,
        &[
            Some(subject.as_bytes()),
            Some(field.as_bytes()),
            Some(&[u8::from(form == Form::Pieces)]),
            old.map(str::as_bytes),
            new.map(str::as_bytes),
        ],
    )
}

/// What the id of an operation covers, besides its changes. Its position in a replica is left out:
/// it changes when two copies turn out to have used the same one.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    /// Random bytes, so that two equal commands differ.
    pub nonce: Vec<u8>,
    /// The hybrid logical clock stamp.
    pub stamp: i64,
    /// The time, RFC 3339 in UTC.
    pub at: String,
    /// Who wrote.
    pub actor: String,
    /// The digest of the command as typed.
    pub command: Digest,
    /// `do`, `undo` or `redo`.
    pub action: String,
    /// The id of the operation that is undone or redone.
    pub target: Option<String>,
    /// Whether its changes are those of the target.
    pub inherits: bool,
    /// The highest sequence number of each other replica that the notebook had, as JSON.
    pub seen: String,
    /// The schema version.
    pub schema: i64,
    /// The digest of the kinds.
    pub kinds: String,
}

/// Computes the id of an operation from the digests of its changes, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    /// Adds the digest of the next change.
    pub(crate) fn change(&mut self, digest: &Digest) {
        self.0.update(digest);
    }

    /// The id: the first 32 hexadecimal digits of the SHA-256 hash.
    pub(crate) fn id(self, header: &Header) -> String {
        let mut hash = Sha256::new();
        put(&mut hash, Some(&self.0.finalize()));
        for part in [
            Some(header.nonce.as_slice()),
            Some(header.at.as_bytes()),
            Some(header.actor.as_bytes()),
            Some(&header.command),
            Some(header.action.as_bytes()),
            header.target.as_ref().map(String::as_bytes),
            Some(header.seen.as_bytes()),
            Some(header.kinds.as_bytes()),
            Some(&header.stamp.to_be_bytes()),
            Some(&header.schema.to_be_bytes()),
            Some(&[u8::from(header.inherits)]),
        ] {
            put(&mut hash, part);
        }
        hex(&hash.finalize()[..16])
    }
}

/// The form of a change, from its column `pieces`.
pub(crate) fn form_of(row: &Row<'_>, at: usize) -> rusqlite::Result<Form> {
    Ok(if row.get(at)? {
        Form::Pieces
    } else {
        Form::Values
    })
}

/// Passes the digest of each change of an operation to `each`, in order. `salt` is that of the
/// operation.
pub(crate) fn for_each_digest(
    db: &Connection,
    operation: i64,
    salt: &[u8],
    mut each: impl FnMut(Digest),
) -> rusqlite::Result<()> {
    let mut query = db.prepare_cached(
        "SELECT subject, field, pieces, old, new, salt, digest FROM change WHERE operation = ?1 ORDER BY id",
    )?;
    let mut rows = query.query([operation])?;
    let mut place = 0;
    while let Some(row) = rows.next()? {
        let text = |at: usize| {
            row.get_ref(at)
                .ok()
                .and_then(|cell| cell.as_str_or_null().ok().flatten())
        };
        let kept: Option<Vec<u8>> = row.get(6)?;
        each(match kept.and_then(|kept| Digest::try_from(kept).ok()) {
            Some(digest) => digest,
            None => {
                let own: Option<Vec<u8>> = row.get(5)?;
                let salt = own.unwrap_or_else(|| salt_of(salt, place));
                change_digest(
                    &salt,
                    text(0).unwrap_or_default(),
                    text(1).unwrap_or_default(),
                    form_of(row, 2)?,
                    [text(3), text(4)],
                )
            }
        });
        place += 1;
    }
    Ok(())
}

/// The id of an operation in the log, computed from what the log says of it.
pub(crate) fn computed(db: &Connection, operation: i64) -> rusqlite::Result<String> {
    let mut query = db.prepare_cached(
        "SELECT nonce, salt, stamp, at, actor, command, digest, action, target, inherits, seen, schema, kinds FROM operation WHERE id = ?1",
    )?;
    let (header, salt) = query.query_row([operation], |row| {
        let salt: Vec<u8> = row.get::<_, Option<_>>(1)?.unwrap_or_default();
        let (command, purged): (String, Option<Vec<u8>>) = (row.get(5)?, row.get(6)?);
        let purged = purged.and_then(|digest| Digest::try_from(digest).ok());
        let header = Header {
            nonce: row.get(0)?,
            stamp: row.get(2)?,
            at: row.get(3)?,
            actor: row.get(4)?,
            command: purged.unwrap_or_else(|| command_digest(&salt, &command)),
            action: row.get(7)?,
            target: row.get(8)?,
            inherits: row.get(9)?,
            seen: row.get(10)?,
            schema: row.get(11)?,
            kinds: row.get(12)?,
        };
        Ok((header, salt))
    })?;
    let mut hasher = Hasher::default();
    for_each_digest(db, operation, &salt, |digest| hasher.change(&digest))?;
    Ok(hasher.id(&header))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Adds a text with its length, so that two texts cannot be taken for one.
fn put(hash: &mut Sha256, text: Option<&[u8]>) {
    match text {
        None => hash.update([0]),
        Some(text) => {
            hash.update([1]);
            hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(text);
        }
    }
}
