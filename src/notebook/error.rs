//! What goes wrong with a command, apart from its words and its output.

use crate::model::Problem;
use crate::model::query_text::QueryError;
use crate::store::StoreError;
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
    #[error("{}:{}:{}: {}", .name, .at.place.line, .at.place.column, .at.message)]
    Input {
        /// The file.
        name: String,
        /// Where and why.
        at: Located,
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
    #[error("nothing to {0}")]
    NothingTo(&'static str),
    /// There is no page of that name, or several.
    #[error("{0}")]
    NoPage(String),
    /// An entry of the same name and address is there already.
    #[error("{0}")]
    Refused(String),
}

impl From<QueryError> for NotebookError {
    fn from(error: QueryError) -> NotebookError {
        NotebookError::Query(error)
    }
}

fn describe(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect::<Vec<_>>().join("\n")
}
