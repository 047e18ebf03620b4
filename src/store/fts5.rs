//! The extension interface of FTS5: a ranking function and the tokenizer of the index. The only unsafe code of `kb`.
//!
//! Owns the calls into SQLite's C interface and nothing else: what a row is worth is worked out in safe code
//! ([`Weighing`]). Must not know queries or entries. The interface is described in section 7 of
//! <https://sqlite.org/fts5.html>. `tests/ranking.rs` holds the plain form as its oracle, and `.ci/sanitize` runs
//! both under AddressSanitizer.
//!
//! What has to hold for the unsafe blocks, each of which names the points that it needs:
//!
//! 1. **One thread.** A `Connection` is not `Sync`, and SQLite calls back on the thread that steps the statement.
//! 2. **Lifetimes.** The state of the ranking function is an `Rc` of which FTS5 owns one count, given with the function and
//!    taken back by `drop_state`, which SQLite calls once, when the connection is closed. So the state lives
//!    whenever `rank` runs, also after the `Store` let go of it.
//! 3. **Aliasing.** Rust sees the state only by shared references; what changes is in a `RefCell` that is
//!    borrowed for one call, and `rank` never calls back into code that borrows it.
//! 4. **Pointers from FTS5.** `api` and `fts` are valid for the duration of a call, as the interface promises; out parameters are
//!    plain integers and an iterator of two pointers that only FTS5 reads. Token text is read inside the
//!    callback that gives it, by the length that is given with it.
//! 5. **No unwinding.** An `extern "C"` function that panics aborts the process; nothing unwinds into C.
#![expect(unsafe_code, reason = "FTS5 offers its extension interface in C only")]

use std::cell::{OnceCell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ops::Range;
use std::ptr::{null, null_mut};
use std::rc::Rc;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ffi};

use super::StoreError;
use super::weighing::Weighing;

/// The name of the ranking function: `kb_rank(search)`.
pub const RANK: &str = "kb_rank";
const RANK_C: &CStr = c"kb_rank";

/// The ranking function and the tokenizer, registered with one connection.
#[derive(Debug)]
pub struct Extension {
    state: Rc<RefCell<Weighing>>,
    api: *mut ffi::fts5_api,
    tokenizer: OnceCell<Tokenizer>,
}

/// Tells SQLite not to keep statistics of its memory, which nothing here reads: with them every allocation takes a lock.
/// To be called before a connection is opened; later it does nothing.
pub fn without_statistics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // SAFETY: the option takes one integer, and SQLite refuses it once it is in use.
        let _ = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0 as c_int) };
    });
}

impl Extension {
    /// Registers the ranking function with a connection.
    ///
    /// # Errors
    /// SQLite was built without FTS5, or refuses the function.
    pub fn register(db: &Connection) -> Result<Extension, StoreError> {
        let mut api: *mut ffi::fts5_api = null_mut();
        let out = ToSqlOutput::Pointer((std::ptr::from_mut(&mut api).cast_const().cast::<c_void>(), c"fts5_api_ptr", None));
        db.query_row("SELECT fts5(?1)", [out], |_| Ok(()))?;
        let state = Rc::new(RefCell::new(Weighing::default()));
        // SAFETY: SQLite has written a pointer to its interface, valid as long as the connection, or left it null (4).
        let create = unsafe { api.as_ref() }.and_then(|api| api.xCreateFunction).ok_or_else(missing)?;
        let owned = Rc::into_raw(Rc::clone(&state)).cast_mut().cast::<c_void>();
        // SAFETY: `api` is valid (4); the count in `owned` is given to FTS5 (2), which also calls `drop_state` when it refuses.
        let code = unsafe { create(api, RANK_C.as_ptr(), owned, Some(rank), Some(drop_state)) };
        check(code)?;
        Ok(Extension { state, api, tokenizer: OnceCell::new() })
    }

    /// What the rows of the next statement that calls the ranking function are weighed by.
    pub fn weigh(&self, weighing: Weighing) {
        *self.state.borrow_mut() = weighing;
    }

    /// The ceiling of the last statement, and how rare each of the sought was.
    pub fn learnt(&self) -> (f64, Vec<f64>) {
        let weighing = self.state.borrow();
        (if weighing.learnt() { weighing.ceiling() } else { 0.0 }, weighing.idf().to_vec())
    }

    /// Calls back with each token of a text as the index holds it, and its bytes in the text.
    ///
    /// # Errors
    /// FTS5 has no such tokenizer, or no memory.
    pub fn each_token(&self, text: &str, see: &mut dyn FnMut(&str, Range<usize>)) -> Result<(), StoreError> {
        let tokenizer = match self.tokenizer.get() {
            Some(tokenizer) => tokenizer,
            None => {
                let made = Tokenizer::make(self.api)?;
                self.tokenizer.get_or_init(|| made)
            }
        };
        let mut taker = Taker { see };
        let length = c_int::try_from(text.len()).unwrap_or(c_int::MAX);
        let context = std::ptr::from_mut(&mut taker).cast::<c_void>();
        let text = text.as_ptr().cast::<c_char>();
        // SAFETY: the tokenizer lives as long as `self`; `text` holds `length` bytes; `taker` outlives the call, and only `take` touches it meanwhile (3, 4).
        check(unsafe { (tokenizer.tokenize)(tokenizer.own, context, ffi::FTS5_TOKENIZE_AUX, text, length, Some(take)) })
    }
}

/// Who hears of tokens; a pointer to this is thin, as C needs it.
struct Taker<'a> {
    see: &'a mut dyn FnMut(&str, Range<usize>),
}

/// The tokenizer of the index: `porter unicode61 remove_diacritics 2`, as the migration declares it.
#[derive(Debug)]
struct Tokenizer {
    own: *mut ffi::Fts5Tokenizer,
    tokenize: Tokenize,
    delete: unsafe extern "C" fn(*mut ffi::Fts5Tokenizer),
}

type Take = unsafe extern "C" fn(*mut c_void, c_int, *const c_char, c_int, c_int, c_int) -> c_int;
type Tokenize = unsafe extern "C" fn(*mut ffi::Fts5Tokenizer, *mut c_void, c_int, *const c_char, c_int, Option<Take>) -> c_int;

impl Tokenizer {
    fn make(api: *mut ffi::fts5_api) -> Result<Tokenizer, StoreError> {
        let mut user_data: *mut c_void = null_mut();
        let mut functions = ffi::fts5_tokenizer { xCreate: None, xDelete: None, xTokenize: None };
        // SAFETY: `api` was checked in `register` and is valid as long as the connection, which the `Store` holds beside this (4).
        let find = unsafe { (*api).xFindTokenizer }.ok_or_else(missing)?;
        // SAFETY: `api` is valid; both out parameters are ours (4).
        check(unsafe { find(api, c"porter".as_ptr(), &raw mut user_data, &raw mut functions) })?;
        let (Some(create), Some(delete), Some(tokenize)) = (functions.xCreate, functions.xDelete, functions.xTokenize) else { return Err(missing()) };
        let mut arguments: [*const c_char; 3] = [c"unicode61".as_ptr(), c"remove_diacritics".as_ptr(), c"2".as_ptr()];
        let mut own: *mut ffi::Fts5Tokenizer = null_mut();
        // SAFETY: `user_data` came with `create`; the arguments are constants with a NUL at their end (4).
        check(unsafe { create(user_data, arguments.as_mut_ptr(), 3, &raw mut own) })?;
        Ok(Tokenizer { own, tokenize, delete })
    }
}

impl Drop for Tokenizer {
    fn drop(&mut self) {
        // SAFETY: made by `create`, which goes with `delete`; deleted once. It holds memory only and nothing of the connection.
        unsafe { (self.delete)(self.own) };
    }
}

/// Takes one token of [`Extension::each_token`].
unsafe extern "C" fn take(context: *mut c_void, _flags: c_int, token: *const c_char, length: c_int, start: c_int, end: c_int) -> c_int {
    let whole = |n: c_int| usize::try_from(n).unwrap_or(0);
    // SAFETY: `context` is the taker that `each_token` passed and borrows for this call alone (3); the token holds `length` bytes (4).
    let (taker, token) = unsafe { (&mut *context.cast::<Taker<'_>>(), std::slice::from_raw_parts(token.cast::<u8>(), whole(length))) };
    (taker.see)(&String::from_utf8_lossy(token), whole(start)..whole(end));
    ffi::SQLITE_OK
}

/// Gives back the count of the state that FTS5 owns.
unsafe extern "C" fn drop_state(state: *mut c_void) {
    // SAFETY: made by `Rc::into_raw` in `register`; SQLite calls this once (2).
    drop(unsafe { Rc::from_raw(state.cast_const().cast::<RefCell<Weighing>>()) });
}

/// The worth of the current row, negated so that the best comes first in ascending order, as `bm25()` gives it.
unsafe extern "C" fn rank(
    api: *const ffi::Fts5ExtensionApi,
    fts: *mut ffi::Fts5Context,
    context: *mut ffi::sqlite3_context,
    _count: c_int,
    _values: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: all pointers are valid for this call (4), and the state lives (2).
    unsafe {
        match weigh(&*api, fts) {
            Ok(worth) => ffi::sqlite3_result_double(context, -worth),
            Err(code) => ffi::sqlite3_result_error_code(context, code),
        }
    }
}

/// Shows every place of every phrase in the current row to the weighing.
///
/// # Safety
/// `fts` is the context that FTS5 gave to `rank`, with `api` (4).
unsafe fn weigh(api: &ffi::Fts5ExtensionApi, fts: *mut ffi::Fts5Context) -> Result<f64, c_int> {
    let (Some(user_data), Some(row), Some(first), Some(next)) = (api.xUserData, api.xRowid, api.xPhraseFirst, api.xPhraseNext) else {
        return Err(ffi::SQLITE_MISUSE);
    };
    // SAFETY: the user data is the state given in `register`, which lives as long as the function (2).
    let state = unsafe { &*user_data(fts).cast_const().cast::<RefCell<Weighing>>() };
    let mut weighing = state.try_borrow_mut().map_err(|_| ffi::SQLITE_MISUSE)?;
    if !weighing.learnt() {
        // SAFETY: as for this function.
        unsafe { learn(api, fts, &mut weighing)? };
    }
    weighing.begin();
    for phrase in 0..weighing.phrases() {
        let mut places = ffi::Fts5PhraseIter { a: null(), b: null() };
        let (mut column, mut offset): (c_int, c_int) = (-1, -1);
        let number = c_int::try_from(phrase).unwrap_or(c_int::MAX);
        // SAFETY: out parameters are ours, and FTS5 checks the number of the phrase (4).
        let code = unsafe { first(fts, number, &raw mut places, &raw mut column, &raw mut offset) };
        if code != ffi::SQLITE_OK {
            return Err(code);
        }
        while column >= 0 {
            weighing.found(phrase, column.unsigned_abs(), offset.unsigned_abs());
            // SAFETY: the iterator was begun by `first` on this row and has not ended (4).
            unsafe { next(fts, &raw mut places, &raw mut column, &raw mut offset) };
        }
    }
    // SAFETY: `fts` stands on a row (4).
    Ok(weighing.worth(unsafe { row(fts) }))
}

/// Tells the weighing how many rows and tokens the index has, and how many rows have each phrase.
///
/// # Safety
/// `fts` is the context that FTS5 gave to `rank`, with `api` (4).
unsafe fn learn(api: &ffi::Fts5ExtensionApi, fts: *mut ffi::Fts5Context, weighing: &mut Weighing) -> Result<(), c_int> {
    let (Some(row_count), Some(total_size), Some(query_phrase)) = (api.xRowCount, api.xColumnTotalSize, api.xQueryPhrase) else {
        return Err(ffi::SQLITE_MISUSE);
    };
    let known = |code: c_int| if code == ffi::SQLITE_OK { Ok(()) } else { Err(code) };
    let (mut rows, mut tokens) = (0, 0);
    // SAFETY: out parameters are ours (4); -1 asks for all columns.
    known(unsafe { row_count(fts, &raw mut rows) })?;
    // SAFETY: as above.
    known(unsafe { total_size(fts, -1, &raw mut tokens) })?;
    let mut found = Vec::with_capacity(weighing.phrases());
    for phrase in 0..weighing.phrases() {
        let mut count = Count { found: 0, most: rows / 2 + 1 };
        let number = c_int::try_from(phrase).unwrap_or(c_int::MAX);
        if weighing.counts(phrase) {
            // SAFETY: `count` outlives the call, and only `one_more` touches it meanwhile (3).
            known(unsafe { query_phrase(fts, number, std::ptr::from_mut(&mut count).cast::<c_void>(), Some(one_more)) })?;
        }
        found.push(count.found);
    }
    weighing.learn(rows, tokens, &found);
    Ok(())
}

/// Rows that have a phrase; counted no further than matters, since what more than half of them have weighs nothing.
struct Count {
    found: ffi::sqlite3_int64,
    most: ffi::sqlite3_int64,
}

/// Counts one row of [`learn`].
unsafe extern "C" fn one_more(_api: *const ffi::Fts5ExtensionApi, _fts: *mut ffi::Fts5Context, count: *mut c_void) -> c_int {
    // SAFETY: `count` is what `learn` passed and borrows for this call alone (3).
    let count = unsafe { &mut *count.cast::<Count>() };
    count.found += 1;
    if count.found >= count.most { ffi::SQLITE_DONE } else { ffi::SQLITE_OK }
}

fn missing() -> StoreError {
    StoreError::Damaged("SQLite has no full-text search".to_owned())
}

fn check(code: c_int) -> Result<(), StoreError> {
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()) }
}
