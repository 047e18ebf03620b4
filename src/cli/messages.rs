//! Messages on standard error: labels, colour, and control characters made visible. The only file
//! that prints there.

use std::io::{BufRead, Write};

use super::terminal::{Colour, LABEL_ERROR, LABEL_HINT};
use crate::text::english::quoted;
use crate::text::visible::{visible, visible_line};

/// The label of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageKind {
    /// An error.
    Error,
    /// A possible problem.
    Warning,
    /// What to do next.
    Hint,
}

impl MessageKind {
    /// The label as it is printed.
    fn word(self) -> &'static str {
        match self {
            MessageKind::Error => "error",
            MessageKind::Warning => "warning",
            MessageKind::Hint => "hint",
        }
    }
}

/// Prints messages on standard error.
#[derive(Debug, Clone)]
pub(super) struct Messages {
    /// Whether `--quiet` suppresses informational messages. Errors and warnings are always printed.
    pub quiet: bool,
    /// Whether standard error is a terminal.
    pub terminal: bool,
    /// Whether labels are coloured.
    pub colour: Colour,
}

impl Messages {
    /// Prints a message, unless `--quiet` is given.
    pub(super) fn say(&self, sentence: &str) {
        if !self.quiet {
            self.line(sentence);
        }
    }

    /// Prints a message if standard error is a terminal, unless `--quiet` is given.
    pub(super) fn chat(&self, sentence: &str) {
        if self.terminal {
            self.say(sentence);
        }
    }

    /// Prints a line, with control characters made visible. `--quiet` does not suppress it.
    pub(super) fn line(&self, text: &str) {
        write(&format!("{}\n", visible(text)));
    }

    /// Prints `error: …`, `warning: …` or `hint: …` on one line. `--quiet` does not suppress it.
    pub(super) fn label(&self, label: MessageKind, text: &str) {
        let style = if label == MessageKind::Hint {
            LABEL_HINT
        } else {
            LABEL_ERROR
        };
        write(&format!(
            "{}: {}\n",
            self.colour.paint(style, label.word()),
            visible_line(text)
        ));
    }

    /// Prints a hint with the suggestions for each word that was typed, unless `--quiet` is given.
    pub(super) fn did_you_mean(&self, near: &[(String, Vec<String>)]) {
        if !self.quiet {
            for (typed, near) in near {
                self.label(
                    MessageKind::Hint,
                    &format!("did you mean {} for `{typed}`?", quoted(near, "or")),
                );
            }
        }
    }

    /// Asks a yes-or-no question and reads the answer from standard input. Everything but `y`, `Y`
    /// and `yes` means no. The caller checks that there is a terminal.
    pub(super) fn confirm(&self, question: &str) -> bool {
        write(&format!("{} [y/N] ", visible(question)));
        let mut answer = String::new();
        let _ = std::io::stdin().lock().read_line(&mut answer);
        matches!(answer.trim(), "y" | "Y" | "yes")
    }
}

/// Writes to standard error. A closed or full one changes nothing about what the command does.
fn write(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
