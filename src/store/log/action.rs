//! What an operation does: something new, or the undoing or redoing of another.

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It makes changes of its own.
    Do,
    /// It undoes the operation with this number.
    Undo(i64),
    /// It redoes the operation with this number.
    Redo(i64),
}

impl Action {
    /// The word in the log: `do`, `undo` or `redo`.
    pub fn word(self) -> &'static str {
        match self {
            Action::Do => "do",
            Action::Undo(_) => "undo",
            Action::Redo(_) => "redo",
        }
    }

    /// The number of the operation undone or redone.
    pub fn target(self) -> Option<i64> {
        match self {
            Action::Do => None,
            Action::Undo(target) | Action::Redo(target) => Some(target),
        }
    }

    /// Reads a word and a target of the log; none if they are not what [`Action::word`] and
    /// [`Action::target`] give.
    pub fn read(word: &str, target: Option<i64>) -> Option<Action> {
        match (word, target) {
            ("do", None) => Some(Action::Do),
            ("undo", Some(target)) => Some(Action::Undo(target)),
            ("redo", Some(target)) => Some(Action::Redo(target)),
            _ => None,
        }
    }
}
