//! Packed tables: the token counts and vectors of many entries in the blob of one row.
//!
//! A common word occurs in most entries, and one look-up per match would cost more than the rest of
//! the ranking (docs/design/004-search.md). So the numbers of entries with neighbouring row ids are
//! stored together, in blobs that fill one page of the file.
//!
//! Must not know what the numbers are used for. Start reading at [`PackedTable`].

use rusqlite::{Connection, OptionalExtension};

use crate::store::error::StoreError;
use crate::text::meaning::{DIMENSIONS, Vector};

/// A table that stores a fixed number of bytes per entry, many entries a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PackedTable {
    /// Token count of an entry: two bytes, little-endian.
    Length,
    /// Vector of an entry: 128 signed bytes.
    Vector,
}

impl PackedTable {
    /// Entries per row, so that the blob fits one page of 4,096 bytes.
    const fn entries(self) -> i64 {
        match self {
            PackedTable::Length => 2_000,
            PackedTable::Vector => 31,
        }
    }

    /// Bytes per entry.
    const fn bytes(self) -> usize {
        match self {
            PackedTable::Length => 2,
            PackedTable::Vector => DIMENSIONS,
        }
    }

    /// SQL that reads all rows in order.
    const fn all(self) -> &'static str {
        match self {
            PackedTable::Length => "SELECT chunk, lengths FROM _length ORDER BY chunk",
            PackedTable::Vector => "SELECT chunk, vectors FROM _vector ORDER BY chunk",
        }
    }

    /// SQL that reads the blob of a row.
    const fn one(self) -> &'static str {
        match self {
            PackedTable::Length => "SELECT lengths FROM _length WHERE chunk = ?1",
            PackedTable::Vector => "SELECT vectors FROM _vector WHERE chunk = ?1",
        }
    }

    /// SQL that inserts or replaces a row.
    const fn put(self) -> &'static str {
        match self {
            PackedTable::Length => {
                "INSERT INTO _length (chunk, lengths) VALUES (?1, ?2) ON CONFLICT (chunk) DO UPDATE SET lengths = ?2"
            }
            PackedTable::Vector => {
                "INSERT INTO _vector (chunk, vectors) VALUES (?1, ?2) ON CONFLICT (chunk) DO UPDATE SET vectors = ?2"
            }
        }
    }

    /// The row that holds an entry, and the byte offset of the entry in its blob.
    fn place(self, entry: i64) -> (i64, usize) {
        (
            entry.div_euclid(self.entries()),
            usize::try_from(entry.rem_euclid(self.entries())).unwrap_or(0) * self.bytes(),
        )
    }
}

/// Rows of a packed table, loaded into memory.
#[derive(Debug)]
pub(crate) struct PackedRows {
    table: PackedTable,
    /// Chunk number and blob, in ascending order of the chunk number.
    rows: Vec<(i64, Vec<u8>)>,
    /// Index in `rows` of the row used last.
    last: usize,
}

impl PackedRows {
    /// Without any rows: every look-up returns `None`.
    pub(crate) fn none(table: PackedTable) -> PackedRows {
        PackedRows {
            table,
            rows: Vec::new(),
            last: 0,
        }
    }

    /// Loads the rows that hold `entries`, or all rows if it is `None`.
    pub(crate) fn load(
        db: &Connection,
        table: PackedTable,
        entries: Option<&[i64]>,
    ) -> Result<PackedRows, StoreError> {
        let mut loaded = PackedRows::none(table);
        let Some(entries) = entries else {
            let mut query = db.prepare_cached(table.all())?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            loaded.rows = rows.collect::<Result<_, _>>()?;
            return Ok(loaded);
        };
        let mut chunks: Vec<i64> = entries.iter().map(|entry| table.place(*entry).0).collect();
        chunks.sort_unstable();
        chunks.dedup();
        let mut query = db.prepare_cached(table.one())?;
        for chunk in chunks {
            if let Some(blob) = query.query_row([chunk], |row| row.get(0)).optional()? {
                loaded.rows.push((chunk, blob));
            }
        }
        Ok(loaded)
    }

    /// The bytes of an entry; `None` when they are not stored or not loaded.
    pub(crate) fn of(&mut self, entry: i64) -> Option<&[u8]> {
        let (chunk, at) = self.table.place(entry);
        if self
            .rows
            .get(self.last)
            .is_none_or(|(number, _)| *number != chunk)
        {
            self.last = self
                .rows
                .binary_search_by_key(&chunk, |(number, _)| *number)
                .ok()?;
        }
        self.rows[self.last].1.get(at..at + self.table.bytes())
    }

    /// The token count of an entry, capped at 65,535. Only for [`PackedTable::Length`].
    pub(crate) fn length(&mut self, entry: i64) -> Option<u16> {
        self.of(entry)
            .map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }
}

/// Calls `visit` with the row id and the vector of every entry that has one.
pub(crate) fn each_vector(
    db: &Connection,
    mut visit: impl FnMut(i64, &[u8]),
) -> Result<(), StoreError> {
    let mut query = db.prepare_cached(PackedTable::Vector.all())?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let first = row.get::<_, i64>(0)? * PackedTable::Vector.entries();
        let blob = row.get_ref(1)?.as_blob().unwrap_or(&[]);
        for (entry, vector) in (first..).zip(blob.chunks_exact(DIMENSIONS)) {
            if vector.iter().any(|byte| *byte != 0) {
                visit(entry, vector);
            }
        }
    }
    Ok(())
}

/// Writes a packed table. It buffers one row, so that entries of the same row are written together.
#[derive(Debug)]
pub(crate) struct PackedWriter {
    table: PackedTable,
    /// Number and blob of the row in the buffer.
    open: Option<(i64, Vec<u8>)>,
}

impl PackedWriter {
    /// A writer with an empty buffer.
    pub(crate) fn new(table: PackedTable) -> PackedWriter {
        PackedWriter { table, open: None }
    }

    /// Sets the bytes of an entry. They are written with an entry of another row or by
    /// [`PackedWriter::finish`].
    pub(crate) fn put(
        &mut self,
        db: &Connection,
        entry: i64,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let (chunk, at) = self.table.place(entry);
        if self
            .open
            .as_ref()
            .is_none_or(|(number, _)| *number != chunk)
        {
            self.finish(db)?;
            let blob = db
                .prepare_cached(self.table.one())?
                .query_row([chunk], |row| row.get(0))
                .optional()?;
            self.open = Some((chunk, blob.unwrap_or_default()));
        }
        if let Some((_, blob)) = &mut self.open {
            if blob.len() < at + bytes.len() {
                blob.resize(at + bytes.len(), 0);
            }
            blob[at..at + bytes.len()].copy_from_slice(bytes);
        }
        Ok(())
    }

    /// Sets the token count of an entry, capped at 65,535.
    pub(crate) fn put_length(
        &mut self,
        db: &Connection,
        entry: i64,
        tokens: u64,
    ) -> Result<(), StoreError> {
        self.put(
            db,
            entry,
            &u16::try_from(tokens).unwrap_or(u16::MAX).to_le_bytes(),
        )
    }

    /// Sets the vector of an entry; `None` is stored as zeros.
    pub(crate) fn put_vector(
        &mut self,
        db: &Connection,
        entry: i64,
        vector: Option<Vector>,
    ) -> Result<(), StoreError> {
        self.put(
            db,
            entry,
            &vector.unwrap_or([0; DIMENSIONS]).map(i8::cast_unsigned),
        )
    }

    /// Writes the buffered row.
    pub(crate) fn finish(&mut self, db: &Connection) -> Result<(), StoreError> {
        if let Some((chunk, blob)) = self.open.take() {
            db.prepare_cached(self.table.put())?
                .execute((chunk, blob))?;
        }
        Ok(())
    }
}
