//! The extension interface of FTS5: a ranking function and the tokenizer of the index. The only
//! unsafe code of `kb`.
//!
//! Only this module calls SQLite's C interface directly; safe code computes the score of a row
//! ([`Scoring`]). Section 7 of <https://sqlite.org/fts5.html> describes the interface.
//! `tests/ranking.rs` compares it with a plain formula, and `.ci/sanitize` runs both under
//! AddressSanitizer. Start reading at [`Database`].
//!
//! Each unsafe block names the points that it relies on:
//!
//! 1. **One thread.** A `Connection` is not `Sync`, and SQLite calls back on the thread that steps
//!    the statement.
//! 2. **Lifetimes.** [`Database`] owns the connection and never moves it out or lends it mutably.
//!    SQLite keeps the interface of FTS5 as long as the connection is open, so the interface
//!    outlives every call. The state of the ranking function is an `Rc`. FTS5 owns one reference
//!    count of it as soon as it accepts the function, and passes it to `drop_state` when the
//!    connection closes.
//! 3. **Aliasing.** Rust sees the state through shared references only. What changes is in a
//!    `RefCell` that is borrowed for one call, and `rank` calls no code that borrows it. The
//!    tokenizer has one buffer, so no code of a caller runs while it tokenizes: tokens are copied
//!    out first.
//! 4. **Pointers from FTS5.** `api` and `fts` are valid for the duration of a call, as the
//!    interface promises. Out parameters are plain integers and an iterator of two pointers that
//!    only FTS5 reads. The text of a token is read inside the callback that receives it, by the
//!    length passed with it.
//! 5. **No unwinding.** An `extern "C"` function that panics aborts the process, so nothing unwinds
//!    into C.
#![expect(unsafe_code, reason = "FTS5 offers its extension interface in C only")]

use std::cell::{OnceCell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ops::Deref;
use std::ptr::{null, null_mut};
use std::rc::Rc;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ffi};

use super::scoring::Scoring;
use crate::store::error::StoreError;

/// The name of the ranking function: `kb_rank(search)`.
pub(crate) const RANK: &str = "kb_rank";
const RANK_C: &CStr = c"kb_rank";

/// Turns off SQLite's memory statistics, which kb never reads and for which every allocation takes
/// a lock. It has an effect only before the first connection is opened.
pub(crate) fn without_statistics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: the option takes one integer, and SQLite refuses it once it is in use.
        let _ = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0 as c_int) };
    });
}

/// A connection with the ranking function and the tokenizer, which are registered on first use.
#[derive(Debug)]
pub(crate) struct Database {
    // Dropped before the connection.
    extension: OnceCell<Extension>,
    connection: Connection,
}

impl Deref for Database {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Database {
    /// Wraps a connection. Nothing is registered yet.
    pub(crate) fn new(connection: Connection) -> Database {
        Database {
            extension: OnceCell::new(),
            connection,
        }
    }

    /// Sets the scoring that the ranking function uses in the next statement.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when SQLite was built without FTS5, or the error with which FTS5
    /// refuses the function.
    pub(crate) fn score_by(&self, scoring: Scoring) -> Result<(), StoreError> {
        *self.extension()?.state.borrow_mut() = scoring;
        Ok(())
    }

    /// The [`Scoring::ceiling`] of the last ranked statement, 0 if it matched no rows, and the idf
    /// of each query word.
    ///
    /// # Errors
    /// As for [`Database::score_by`].
    pub(crate) fn term_statistics(&self) -> Result<(f64, Vec<f64>), StoreError> {
        let scoring = self.extension()?.state.borrow();
        let ceiling = if scoring.has_statistics() {
            scoring.ceiling()
        } else {
            0.0
        };
        Ok((ceiling, scoring.idf().to_vec()))
    }

    /// The tokens of a text, stemmed, as the index stores them.
    ///
    /// # Errors
    /// As for [`Database::score_by`], or when FTS5 lacks the tokenizer or memory.
    pub(crate) fn tokenize(&self, text: &str) -> Result<Vec<String>, StoreError> {
        self.extension()?.tokenize(text)
    }

    /// Registers the ranking function, which must exist before a statement that names it is
    /// prepared.
    #[cfg(test)]
    pub(crate) fn register(&self) -> Result<(), StoreError> {
        self.extension().map(drop)
    }

    /// Calls `visit` with each statement when it ends.
    #[cfg(test)]
    pub(crate) fn trace(
        &mut self,
        visit: impl FnMut(rusqlite::trace::TraceEvent<'_>) + Send + 'static,
    ) -> rusqlite::Result<()> {
        self.connection.trace_v2(
            rusqlite::trace::TraceEventCodes::SQLITE_TRACE_PROFILE,
            Some(visit),
        )
    }

    fn extension(&self) -> Result<&Extension, StoreError> {
        if let Some(extension) = self.extension.get() {
            return Ok(extension);
        }
        let extension = Extension::register(&self.connection)?;
        Ok(self.extension.get_or_init(|| extension))
    }
}

/// The ranking function and the tokenizer of one connection. Only [`Database`] owns one, so it
/// cannot outlive the connection (2).
#[derive(Debug)]
struct Extension {
    state: Rc<RefCell<Scoring>>,
    api: *mut ffi::fts5_api,
    tokenizer: OnceCell<Tokenizer>,
}

impl Extension {
    fn register(db: &Connection) -> Result<Extension, StoreError> {
        let mut api: *mut ffi::fts5_api = null_mut();
        let out = ToSqlOutput::Pointer((
            std::ptr::from_mut(&mut api).cast_const().cast::<c_void>(),
            c"fts5_api_ptr",
            None,
        ));
        db.query_row("SELECT fts5(?1)", [out], |_| Ok(()))?;
        // SAFETY: SQLite has written a pointer to its interface, valid as long as the connection,
        // or left it null (4).
        let create = unsafe { api.as_ref() }
            .and_then(|api| api.xCreateFunction)
            .ok_or_else(missing)?;
        let state = Rc::new(RefCell::new(Scoring::default()));
        let owned = Rc::into_raw(Rc::clone(&state)).cast_mut().cast::<c_void>();
        // SAFETY: `api` is valid (4); FTS5 owns the reference count in `owned` once it accepts the
        // function (2).
        let code = unsafe { create(api, RANK_C.as_ptr(), owned, Some(rank), Some(drop_state)) };
        if code != ffi::SQLITE_OK {
            // SAFETY: FTS5 refused the function (`fts5CreateAux`) and has not stored `owned`, so it
            // will never call `drop_state`; the reference count is still ours.
            unsafe { drop_state(owned) };
        }
        check(code)?;
        Ok(Extension {
            state,
            api,
            tokenizer: OnceCell::new(),
        })
    }

    fn tokenize(&self, text: &str) -> Result<Vec<String>, StoreError> {
        let tokenizer = match self.tokenizer.get() {
            Some(tokenizer) => tokenizer,
            None => {
                let made = Tokenizer::make(self.api)?;
                self.tokenizer.get_or_init(|| made)
            }
        };
        let mut tokens: Vec<String> = Vec::new();
        let length = c_int::try_from(text.len()).unwrap_or(c_int::MAX);
        let context = std::ptr::from_mut(&mut tokens).cast::<c_void>();
        let text = text.as_ptr().cast::<c_char>();
        // SAFETY: the tokenizer lives as long as `self`; `text` holds `length` bytes; `tokens`
        // outlives the call, and only `push_token` touches it meanwhile (3, 4).
        check(unsafe {
            (tokenizer.tokenize)(
                tokenizer.own,
                context,
                ffi::FTS5_TOKENIZE_AUX,
                text,
                length,
                Some(push_token),
            )
        })?;
        Ok(tokens)
    }
}

/// The tokenizer of the index: `porter unicode61 remove_diacritics 2`, as in the migration.
#[derive(Debug)]
struct Tokenizer {
    own: *mut ffi::Fts5Tokenizer,
    tokenize: Tokenize,
    delete: unsafe extern "C" fn(*mut ffi::Fts5Tokenizer),
}

type PushToken =
    unsafe extern "C" fn(*mut c_void, c_int, *const c_char, c_int, c_int, c_int) -> c_int;
type Tokenize = unsafe extern "C" fn(
    *mut ffi::Fts5Tokenizer,
    *mut c_void,
    c_int,
    *const c_char,
    c_int,
    Option<PushToken>,
) -> c_int;

impl Tokenizer {
    fn make(api: *mut ffi::fts5_api) -> Result<Tokenizer, StoreError> {
        let mut user_data: *mut c_void = null_mut();
        let mut functions = ffi::fts5_tokenizer {
            xCreate: None,
            xDelete: None,
            xTokenize: None,
        };
        // SAFETY: `api` was checked in `register` and is valid as long as the connection (2, 4).
        let find = unsafe { (*api).xFindTokenizer }.ok_or_else(missing)?;
        // SAFETY: `api` is valid; both out parameters are ours (4).
        check(unsafe {
            find(
                api,
                c"porter".as_ptr(),
                &raw mut user_data,
                &raw mut functions,
            )
        })?;
        let (Some(create), Some(delete), Some(tokenize)) =
            (functions.xCreate, functions.xDelete, functions.xTokenize)
        else {
            return Err(missing());
        };
        let mut arguments: [*const c_char; 3] = [
            c"unicode61".as_ptr(),
            c"remove_diacritics".as_ptr(),
            c"2".as_ptr(),
        ];
        let mut own: *mut ffi::Fts5Tokenizer = null_mut();
        // SAFETY: `user_data` came with `create`; the arguments are constants that end in NUL (4).
        check(unsafe { create(user_data, arguments.as_mut_ptr(), 3, &raw mut own) })?;
        Ok(Tokenizer {
            own,
            tokenize,
            delete,
        })
    }
}

impl Drop for Tokenizer {
    fn drop(&mut self) {
        // SAFETY: `create`, which comes with `delete`, made the tokenizer; it is deleted once. It
        // holds memory only, and nothing of the connection.
        unsafe { (self.delete)(self.own) };
    }
}

/// Copies one token into the list that [`Extension::tokenize`] passed.
unsafe extern "C" fn push_token(
    context: *mut c_void,
    _flags: c_int,
    token: *const c_char,
    length: c_int,
    _start: c_int,
    _end: c_int,
) -> c_int {
    let length = usize::try_from(length).unwrap_or(0);
    // SAFETY: `context` is the list that `tokenize` passed and borrows for this call alone (3); the
    // token holds `length` bytes (4).
    let (tokens, token) = unsafe {
        (
            &mut *context.cast::<Vec<String>>(),
            std::slice::from_raw_parts(token.cast::<u8>(), length),
        )
    };
    tokens.push(String::from_utf8_lossy(token).into_owned());
    ffi::SQLITE_OK
}

/// Drops the reference count of the state that FTS5 owned.
///
/// # Safety
/// `state` is a reference count made by `Rc::into_raw` in `register`, and nobody uses it afterwards
/// (2).
unsafe extern "C" fn drop_state(state: *mut c_void) {
    // SAFETY: as for this function.
    drop(unsafe { Rc::from_raw(state.cast_const().cast::<RefCell<Scoring>>()) });
}

/// The score of the current row, negated like that of `bm25()`, so that ascending order is best
/// first.
unsafe extern "C" fn rank(
    api: *const ffi::Fts5ExtensionApi,
    fts: *mut ffi::Fts5Context,
    context: *mut ffi::sqlite3_context,
    _count: c_int,
    _values: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: all pointers are valid for this call (4), and the state lives (2).
    unsafe {
        match score(&*api, fts) {
            Ok(score) => ffi::sqlite3_result_double(context, -score),
            Err(code) => ffi::sqlite3_result_error_code(context, code),
        }
    }
}

/// Passes every position of every phrase in the current row to the scoring and returns the score.
///
/// # Safety
/// `fts` is the context that FTS5 gave to `rank`, with `api` (4).
unsafe fn score(api: &ffi::Fts5ExtensionApi, fts: *mut ffi::Fts5Context) -> Result<f64, c_int> {
    let (Some(user_data), Some(row), Some(first), Some(next)) =
        (api.xUserData, api.xRowid, api.xPhraseFirst, api.xPhraseNext)
    else {
        return Err(ffi::SQLITE_MISUSE);
    };
    // SAFETY: the user data is the state passed in `register`, which lives as long as the function
    // (2).
    let state = unsafe { &*user_data(fts).cast_const().cast::<RefCell<Scoring>>() };
    let mut scoring = state.try_borrow_mut().map_err(|_| ffi::SQLITE_MISUSE)?;
    if !scoring.has_statistics() {
        // SAFETY: as for this function.
        unsafe { read_statistics(api, fts, &mut scoring)? };
    }
    scoring.begin();
    for phrase in 0..scoring.phrases() {
        let mut positions = ffi::Fts5PhraseIter {
            a: null(),
            b: null(),
        };
        let (mut column, mut offset): (c_int, c_int) = (-1, -1);
        let number = c_int::try_from(phrase).unwrap_or(c_int::MAX);
        // SAFETY: out parameters are ours, and FTS5 checks the number of the phrase (4).
        let code = unsafe {
            first(
                fts,
                number,
                &raw mut positions,
                &raw mut column,
                &raw mut offset,
            )
        };
        if code != ffi::SQLITE_OK {
            return Err(code);
        }
        while column >= 0 {
            scoring.found(phrase, column.unsigned_abs(), offset.unsigned_abs());
            // SAFETY: the iterator was begun by `first` on this row and has not ended (4).
            unsafe { next(fts, &raw mut positions, &raw mut column, &raw mut offset) };
        }
    }
    // SAFETY: `fts` is positioned on a row (4).
    Ok(scoring.score(unsafe { row(fts) }))
}

/// Reads the number of rows and tokens of the index and the number of rows with each phrase, and
/// passes them to the scoring.
///
/// # Safety
/// `fts` is the context that FTS5 gave to `rank`, with `api` (4).
unsafe fn read_statistics(
    api: &ffi::Fts5ExtensionApi,
    fts: *mut ffi::Fts5Context,
    scoring: &mut Scoring,
) -> Result<(), c_int> {
    let (Some(row_count), Some(total_size), Some(query_phrase)) =
        (api.xRowCount, api.xColumnTotalSize, api.xQueryPhrase)
    else {
        return Err(ffi::SQLITE_MISUSE);
    };
    let known = |code: c_int| {
        if code == ffi::SQLITE_OK {
            Ok(())
        } else {
            Err(code)
        }
    };
    let (mut rows, mut tokens) = (0, 0);
    // SAFETY: out parameters are ours (4).
    known(unsafe { row_count(fts, &raw mut rows) })?;
    // SAFETY: as above; -1 asks for all columns.
    known(unsafe { total_size(fts, -1, &raw mut tokens) })?;
    let mut found = Vec::with_capacity(scoring.phrases());
    for phrase in 0..scoring.phrases() {
        let mut count = Count {
            found: 0,
            most: rows / 2 + 1,
        };
        let number = c_int::try_from(phrase).unwrap_or(c_int::MAX);
        if scoring.needs_count(phrase) {
            // SAFETY: `count` outlives the call, and only `count_row` touches it meanwhile (3).
            known(unsafe {
                query_phrase(
                    fts,
                    number,
                    std::ptr::from_mut(&mut count).cast::<c_void>(),
                    Some(count_row),
                )
            })?;
        }
        found.push(count.found);
    }
    scoring.set_statistics(rows, tokens, &found);
    Ok(())
}

/// The number of rows that have a phrase, counted up to `most`. A phrase in more than half of the
/// rows has the least idf, however many there are.
struct Count {
    found: ffi::sqlite3_int64,
    most: ffi::sqlite3_int64,
}

/// Counts one row for [`read_statistics`].
unsafe extern "C" fn count_row(
    _api: *const ffi::Fts5ExtensionApi,
    _fts: *mut ffi::Fts5Context,
    count: *mut c_void,
) -> c_int {
    // SAFETY: `count` is what `read_statistics` passed and borrows for this call alone (3).
    let count = unsafe { &mut *count.cast::<Count>() };
    count.found += 1;
    if count.found >= count.most {
        ffi::SQLITE_DONE
    } else {
        ffi::SQLITE_OK
    }
}

fn missing() -> StoreError {
    StoreError::Damaged("SQLite was built without FTS5".to_owned())
}

fn check(code: c_int) -> Result<(), StoreError> {
    if code == ffi::SQLITE_OK {
        Ok(())
    } else {
        Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into())
    }
}

#[cfg(test)]
mod tests {
    use super::{Database, RANK};
    use crate::store::fts5::{PackedRows, PackedTable, Pair, Scoring, ScoringPlan};

    fn database() -> Database {
        let db = Database::new(rusqlite::Connection::open_in_memory().unwrap());
        db.execute_batch("CREATE VIRTUAL TABLE search USING fts5 (title, aliases, body, words, tokenize = 'porter unicode61 remove_diacritics 2')").unwrap();
        db
    }

    #[test]
    fn a_text_tokenized_while_the_tokens_of_another_are_in_use_changes_none_of_them() {
        let db = database();
        let outer = db.tokenize("Encoders learning distributions").unwrap();
        let inner: Vec<Vec<String>> = outer
            .iter()
            .map(|token| db.tokenize(&format!("{token} overwrites")).unwrap())
            .collect();
        assert_eq!(outer, ["encod", "learn", "distribut"]);
        for (token, tokens) in outer.iter().zip(&inner) {
            assert_eq!(tokens, &[token.as_str(), "overwrit"]);
        }
    }

    #[test]
    fn a_ranked_statement_may_run_inside_another() {
        let db = database();
        db.execute_batch("INSERT INTO search (title, body) VALUES ('one', 'sparse codes'), ('two', 'sparse sparse codes')").unwrap();
        let scoring = || {
            let plan = ScoringPlan {
                forms: vec![Some((0..1, 1.0))],
                times: vec![1.0],
                pairs: Vec::<Pair>::new(),
                ..ScoringPlan::default()
            };
            Scoring::new(plan, PackedRows::none(PackedTable::Length))
        };
        let sql = format!(
            "SELECT title, {RANK}(search) AS score FROM search WHERE search MATCH 'sparse' ORDER BY score, rowid"
        );
        let ranked = || -> Vec<String> {
            db.score_by(scoring()).unwrap();
            let mut query = db.prepare(&sql).unwrap();
            query
                .query_map([], |row| row.get(0))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap()
        };
        let alone = ranked();
        assert_eq!(alone, ["two", "one"]);
        db.score_by(scoring()).unwrap();
        let mut query = db
            .prepare(&sql.replace("ORDER BY score, rowid", ""))
            .unwrap();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            assert!(row.get::<_, f64>(1).unwrap() < 0.0);
            assert_eq!(ranked(), alone);
            db.score_by(scoring()).unwrap();
        }
    }
}
