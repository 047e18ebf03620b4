//! Why a text is refused, and what to type instead.

use std::fmt;

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The fact, in lower case without a final full stop.
    pub fact: String,
    /// What to type instead, if that is known.
    pub hint: Option<String>,
}

impl Reason {
    /// A fact without a hint.
    pub fn new(fact: impl Into<String>) -> Reason {
        Reason {
            fact: fact.into(),
            hint: None,
        }
    }

    /// Adds what to type instead.
    pub fn hint(self, hint: impl Into<String>) -> Reason {
        Reason {
            hint: Some(hint.into()),
            ..self
        }
    }
}

/// Fact and hint in one line.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fact)?;
        self.hint.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

/// One reason why a draft does not fit its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field.
    pub field: String,
    /// Why.
    pub reason: Reason,
}

impl Problem {
    /// A problem of a field.
    pub fn new(field: &str, reason: Reason) -> Problem {
        Problem {
            field: field.to_owned(),
            reason,
        }
    }
}
