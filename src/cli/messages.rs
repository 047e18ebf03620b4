//! Sentences on standard error: labelled, coloured, with control characters shown. The only file that
//! writes there.

use std::io::BufRead;

use super::terminal::{Colour, LABEL_ERROR, LABEL_HINT};
use crate::text::english::quoted;
use crate::text::visible::{visible, visible_line};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageKind {
    /// What went wrong.
    Error,
    /// What looks wrong.
    Warning,
    /// What to type next.
    Hint,
}

impl MessageKind {
    fn word(self) -> &'static str {
        match self {
            MessageKind::Error => "error",
            MessageKind::Warning => "warning",
            MessageKind::Hint => "hint",
        }
    }
}

/// Says things on standard error.
#[derive(Debug, Clone)]
pub(super) struct Messages {
    /// Whether sentences are left out (`--quiet`); errors and warnings never are.
    pub quiet: bool,
    /// Whether standard error is a terminal.
    pub terminal: bool,
    /// Whether it has colour.
    pub colour: Colour,
}

impl Messages {
    /// Says a sentence, unless `--quiet`.
    pub(super) fn say(&self, sentence: &str) {
        if !self.quiet {
            self.line(sentence);
        }
    }

    /// Says a sentence on a terminal, unless `--quiet`.
    pub(super) fn chat(&self, sentence: &str) {
        if self.terminal {
            self.say(sentence);
        }
    }

    /// A line, with control characters shown.
    pub(super) fn line(&self, text: &str) {
        write(&format!("{}\n", visible(text)));
    }

    /// `error: …`, `warning: …`, `hint: …`.
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

    /// Suggests other words for each word that nothing matches, unless `--quiet`.
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

    /// Asks for a yes. Only for a terminal.
    pub(super) fn confirm(&self, question: &str) -> bool {
        write(&format!("{} [y/N] ", visible(question)));
        let mut answer = String::new();
        let _ = std::io::stdin().lock().read_line(&mut answer);
        matches!(answer.trim(), "y" | "Y" | "yes")
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the one place that writes to standard error"
)]
fn write(text: &str) {
    eprint!("{text}");
}
