//! The action of an operation: new changes, or an undo or redo of another operation.

/// Whether an operation makes new changes, or undoes or redoes another operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It makes new changes.
    Do,
    /// It undoes the operation with this number.
    Undo(i64),
    /// It redoes the operation with this number.
    Redo(i64),
}

impl Action {
    /// The name in the log: `do`, `undo` or `redo`.
    pub fn word(self) -> &'static str {
        match self {
            Action::Do => "do",
            Action::Undo(_) => "undo",
            Action::Redo(_) => "redo",
        }
    }

    /// The number of the operation that is undone or redone; none for new changes.
    pub fn target(self) -> Option<i64> {
        match self {
            Action::Do => None,
            Action::Undo(target) | Action::Redo(target) => Some(target),
        }
    }

    /// Parses a word and a target from the log; none unless [`Action::word`] and [`Action::target`]
    /// can return this pair.
    pub fn read(word: &str, target: Option<i64>) -> Option<Action> {
        match (word, target) {
            ("do", None) => Some(Action::Do),
            ("undo", Some(target)) => Some(Action::Undo(target)),
            ("redo", Some(target)) => Some(Action::Redo(target)),
            _ => None,
        }
    }
}

/// Whether to undo or to redo an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reversal {
    /// Undo an operation.
    Undo,
    /// Redo an undone operation.
    Redo,
}
