//! Numbers of many entries in one row: how many tokens each has, and what each is about.
//!
//! A common word stands in most entries, and a look-up for each would cost more than the rest of the ranking
//! (search.md); so the numbers of neighbours stand side by side, in blobs that fill one page of the file. Must not know
//! what the numbers are used for. Start reading at [`PackedTable`].

use rusqlite::{Connection, OptionalExtension};

use crate::store::error::StoreError;
use crate::text::meaning::{DIMENSIONS, Vector};

/// A table of numbers of entries, many entries a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PackedTable {
    /// How many tokens: two little-endian bytes.
    Length,
    /// What it is about: 128 bytes.
    Vector,
}

impl PackedTable {
    /// Entries in a row; the blob of a row fills one page of 4,096 bytes.
    const fn entries(self) -> i64 {
        match self {
            PackedTable::Length => 2_000,
            PackedTable::Vector => 31,
        }
    }

    const fn bytes(self) -> usize {
        match self {
            PackedTable::Length => 2,
            PackedTable::Vector => DIMENSIONS,
        }
    }

    const fn all(self) -> &'static str {
        match self {
            PackedTable::Length => "SELECT chunk, lengths FROM _length ORDER BY chunk",
            PackedTable::Vector => "SELECT chunk, vectors FROM _vector ORDER BY chunk",
        }
    }

    const fn one(self) -> &'static str {
        match self {
            PackedTable::Length => "SELECT lengths FROM _length WHERE chunk = ?1",
            PackedTable::Vector => "SELECT vectors FROM _vector WHERE chunk = ?1",
        }
    }

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

    /// The row of an entry, and where in its blob the entry begins.
    fn place(self, entry: i64) -> (i64, usize) {
        (
            entry.div_euclid(self.entries()),
            usize::try_from(entry.rem_euclid(self.entries())).unwrap_or(0) * self.bytes(),
        )
    }
}

/// The numbers of entries, as far as they were loaded.
#[derive(Debug)]
pub(crate) struct PackedRows {
    table: PackedTable,
    /// Rows in ascending order of their chunk.
    rows: Vec<(i64, Vec<u8>)>,
    /// The row that was used last.
    last: usize,
}

impl PackedRows {
    /// Nothing.
    pub(crate) fn none(table: PackedTable) -> PackedRows {
        PackedRows {
            table,
            rows: Vec::new(),
            last: 0,
        }
    }

    /// Loads the numbers of these entries, or of all.
    ///
    /// # Errors
    /// The file cannot be read.
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

    /// The bytes of an entry; none when they were not loaded.
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

    /// How many tokens an entry has.
    pub(crate) fn length(&mut self, entry: i64) -> Option<u16> {
        self.of(entry)
            .map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }
}

/// Calls back with the vector of every entry that has one.
///
/// # Errors
/// The file cannot be read.
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

/// Writes numbers of entries; what belongs to one row of the table is written at once.
#[derive(Debug)]
pub(crate) struct PackedWriter {
    table: PackedTable,
    /// The row that is being filled.
    open: Option<(i64, Vec<u8>)>,
}

impl PackedWriter {
    /// Nothing is written yet.
    pub(crate) fn new(table: PackedTable) -> PackedWriter {
        PackedWriter { table, open: None }
    }

    /// Sets the numbers of an entry.
    ///
    /// # Errors
    /// The file cannot be written.
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

    /// Sets how many tokens an entry has.
    ///
    /// # Errors
    /// The file cannot be written.
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

    /// Sets what an entry is about.
    ///
    /// # Errors
    /// The file cannot be written.
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

    /// Writes the row that is being filled.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn finish(&mut self, db: &Connection) -> Result<(), StoreError> {
        if let Some((chunk, blob)) = self.open.take() {
            db.prepare_cached(self.table.put())?
                .execute((chunk, blob))?;
        }
        Ok(())
    }
}
