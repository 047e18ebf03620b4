//! What goes wrong with a command, apart from its words and its output.

use crate::model::query_text::QueryError;
use crate::model::{Problem, Reason};
use crate::store::{Reversal, StoreError};
use crate::text::english::{count, quoted};
use crate::text::place::Place;

/// A reason with its place in an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Line and column.
    pub place: Place,
    /// The fact.
    pub message: String,
}

/// What goes wrong with a command.
#[derive(Debug, thiserror::Error)]
pub enum NotebookError {
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The filter.
    #[error("{}", .0.message)]
    Query(QueryError),
    /// No entry of that ref.
    #[error("no {} matches `{text}`", .kind.as_deref().unwrap_or("entry"))]
    NoSuch {
        /// As typed.
        text: String,
        /// The kind that was named.
        kind: Option<String>,
        /// Near slugs and aliases.
        near: Vec<String>,
    },
    /// Several entries of that ref.
    #[error("`{text}` could be any of {}", .candidates.len())]
    Ambiguous {
        /// As typed.
        text: String,
        /// Ref and title of each.
        candidates: Vec<(String, String)>,
    },
    /// No kind of that name.
    #[error("no kind `{name}`")]
    NoKind {
        /// As typed.
        name: String,
        /// Near names.
        near: Vec<String>,
        /// All plurals.
        known: Vec<String>,
    },
    /// Values that do not fit.
    #[error("{}", describe(.problems))]
    Invalid {
        /// The kind.
        kind: String,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// Input that cannot be read at all.
    #[error("{}:{}:{}: {}", .name, .place.line, .place.column, .reason.fact)]
    Input {
        /// The file.
        name: String,
        /// Where.
        place: Place,
        /// Why.
        reason: Reason,
    },
    /// Something that a kind's definition must not do.
    #[error("{}", .problems.join("; "))]
    Definition {
        /// The kind or file.
        name: String,
        /// All of them.
        problems: Vec<String>,
    },
    /// The entry was changed by another command meanwhile.
    #[error("`{reference}` was changed by another command meanwhile")]
    Changed {
        /// The entry.
        reference: String,
    },
    /// There is nothing to undo or redo.
    #[error("nothing to {}", if *.0 == Reversal::Undo { "undo" } else { "redo" })]
    NothingTo(Reversal),
    /// No kind has a field of that name.
    #[error("no field `{name}`")]
    UnknownField {
        /// As typed.
        name: String,
        /// The nearest field.
        near: Option<String>,
    },
    /// There are several pages and none was named.
    #[error("the notebook has the pages {}", quoted(.pages, "and"))]
    WhichPage {
        /// Their names.
        pages: Vec<String>,
    },
    /// The layout of a page cannot be read or stored.
    #[error("page `{name}` cannot be read: {why}")]
    PageLayout {
        /// The page.
        name: String,
        /// Why.
        why: String,
    },
    /// A kind with entries is not removed without them.
    #[error("kind `{name}` has {}", count(*.entries, "entry", "entries"))]
    KindHasEntries {
        /// The kind.
        name: String,
        /// How many.
        entries: usize,
    },
    /// Two refs mean one entry.
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

fn describe(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|problem| format!("{}: {}", problem.field, problem.reason))
        .collect::<Vec<_>>()
        .join("\n")
}
