//! Validation errors: the reason why a text is invalid, and a hint how to correct it.

use std::fmt;

/// The reason why a text is invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What is wrong, in lower case without a final full stop.
    pub fact: String,
    /// What to type instead, if known.
    pub hint: Option<String>,
}

impl Reason {
    /// A reason without a hint.
    pub fn new(fact: impl Into<String>) -> Reason {
        Reason {
            fact: fact.into(),
            hint: None,
        }
    }

    /// Sets the hint.
    pub fn hint(self, hint: impl Into<String>) -> Reason {
        Reason {
            hint: Some(hint.into()),
            ..self
        }
    }
}

/// Writes the fact and the hint on one line, separated by `; `.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fact)?;
        self.hint.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

/// A problem with one field of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Name of the field.
    pub field: String,
    /// What is wrong with the value.
    pub reason: Reason,
}

impl Problem {
    /// A problem with the field of that name.
    pub fn new(field: &str, reason: Reason) -> Problem {
        Problem {
            field: field.to_owned(),
            reason,
        }
    }
}
