//! The errors of a command, without hints and formatting.

use crate::model::query_text::QueryError;
use crate::model::{Problem, Reason};
use crate::store::{Reversal, StoreError};
use crate::text::english::{count, quoted};
use crate::text::place::Place;

/// A message about a place in an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Line and column.
    pub place: Place,
    /// What is wrong there.
    pub message: String,
}

/// Why a command failed.
///
/// Every method that returns it can fail with [`NotebookError::Store`] if the notebook file cannot
/// be read or written. The `# Errors` section of a method lists the other causes.
#[derive(Debug, thiserror::Error)]
pub enum NotebookError {
    /// The notebook file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A filter is malformed.
    #[error("{}", .0.message)]
    Query(QueryError),
    /// A ref matches no entry.
    #[error("no {} matches `{text}`", .kind.as_deref().unwrap_or("entry"))]
    NoSuch {
        /// As typed.
        text: String,
        /// The kind that the ref names.
        kind: Option<String>,
        /// Similar slugs and aliases, most similar first.
        near: Vec<String>,
    },
    /// A ref matches several entries.
    #[error("`{text}` matches {} entries", .candidates.len())]
    Ambiguous {
        /// As typed.
        text: String,
        /// Ref and title of each match.
        candidates: Vec<(String, String)>,
    },
    /// A name is not that of a kind.
    #[error("no kind `{name}`")]
    NoKind {
        /// As typed.
        name: String,
        /// Similar names of kinds, most similar first.
        near: Vec<String>,
        /// The plurals of all kinds.
        known: Vec<String>,
    },
    /// Values do not fit their fields.
    #[error("{}", describe(.problems))]
    Invalid {
        /// The kind.
        kind: String,
        /// Every problem that was found.
        problems: Vec<Problem>,
    },
    /// An input cannot be read at all.
    #[error("{}:{}:{}: {}", .name, .place.line, .place.column, .reason.fact)]
    Input {
        /// The name of the input.
        name: String,
        /// Where.
        place: Place,
        /// Why.
        reason: Reason,
    },
    /// A kind definition, or a change of one, is invalid.
    #[error("{}", .problems.join("; "))]
    Definition {
        /// The kind or file.
        name: String,
        /// Every problem that was found.
        problems: Vec<String>,
    },
    /// Another command changed the entry in the meantime.
    #[error("`{reference}` was changed by another command meanwhile")]
    Changed {
        /// The ref or uid of the entry.
        reference: String,
    },
    /// There is nothing to undo or redo.
    #[error("nothing to {}{}", if *.reversal == Reversal::Undo { "undo" } else { "redo" }, beside(.others))]
    NothingTo {
        /// Whether to undo or to redo.
        reversal: Reversal,
        /// Who else wrote something that can be.
        others: Vec<String>,
    },
    /// An operation cannot be undone or redone: its number or id as typed, and the reason.
    #[error("operation {0} {1}")]
    NotReversible(String, &'static str),
    /// A name is not that of a field, in one kind or in any.
    #[error("no field `{name}`")]
    UnknownField {
        /// As typed.
        name: String,
        /// The most similar field name.
        near: Option<String>,
    },
    /// No kind has a status of this name.
    #[error("`{status}` is not a status of any kind that is counted")]
    NoStatus {
        /// What was asked for.
        status: String,
    },
    /// Several pages exist, and none of them was named.
    #[error("the notebook has the pages {}", quoted(.pages, "and"))]
    WhichPage {
        /// The names of the pages.
        pages: Vec<String>,
    },
    /// The filter that says what a file or folder takes cannot be read.
    #[error("`{path}` takes what `{filter}` finds: {why}")]
    DocumentFilter {
        /// The stored path of the file, or of the folder of notes.
        path: String,
        /// The filter.
        filter: String,
        /// Why it cannot be read.
        why: String,
    },
    /// The layout of a page cannot be read or written.
    #[error("page `{name}` cannot be read: {why}")]
    PageLayout {
        /// The name of the page.
        name: String,
        /// Why.
        why: String,
    },
    /// A kind with entries is removed only together with them.
    #[error("kind `{name}` has {}", count(*.entries, "entry", "entries"))]
    KindHasEntries {
        /// The kind.
        name: String,
        /// The number of entries.
        entries: usize,
    },
    /// `kb doctor` has no such finding about entries of a kind.
    #[error("`{finding}` is not a finding about a {kind}")]
    NoFinding {
        /// The kind.
        kind: String,
        /// What was named.
        finding: String,
        /// The findings that there are.
        known: Vec<String>,
    },
    /// Entries of a page changed both in the file and in the notebook.
    #[error(
        "{} both in the file and in the notebook: {}",
        if .refs.len() == 1 { "1 entry changed".to_owned() } else { format!("{} entries changed", .refs.len()) },
        .refs.join(", ")
    )]
    BothChanged {
        /// The refs of the entries.
        refs: Vec<String>,
    },
    /// A file lacks so much of its page that it may not be that page.
    #[error("this would take {absent} of {before} entries off the page `{path}`: {refs}")]
    TakesOff {
        /// The path of the file.
        path: String,
        /// The refs of the first entries that the file lacks.
        refs: String,
        /// The number of entries that the file lacks.
        absent: usize,
        /// The number of entries on the page before.
        before: usize,
    },
    /// A file cannot hold a character of its new text.
    #[error("`{path}` is in {encoding}, which has no `{lacking}`")]
    NotInEncoding {
        /// The stored path of the file.
        path: String,
        /// The name of the encoding.
        encoding: &'static str,
        /// The character.
        lacking: char,
    },
    /// Two refs resolve to the same entry.
    #[error("`{first}` and `{second}` are the same entry")]
    SameEntry {
        /// As typed.
        first: String,
        /// As typed.
        second: String,
    },
    /// Entries of different kinds cannot be merged.
    #[error("`{first}` and `{second}` are of different kinds")]
    DifferentKinds {
        /// One entry.
        first: String,
        /// The other.
        second: String,
    },
}

impl From<QueryError> for NotebookError {
    fn from(error: QueryError) -> NotebookError {
        NotebookError::Query(error)
    }
}

/// The problems, one a line.
fn describe(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("{}: {}", problem.field, problem.reason))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A clause that names other actors.
fn beside(actors: &[String]) -> String {
    if actors.is_empty() {
        String::new()
    } else {
        format!(" of yours; {} wrote last", quoted(actors, "and"))
    }
}
