//! The terminal: size, colour, single keys and the pager.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use anstyle::{AnsiColor, Style};

use super::environment::Environment;

/// The style of the labels `error` and `warning`.
pub(super) const LABEL_ERROR: Style = AnsiColor::Red.on_default().bold();
/// The style of the label `hint`.
pub(super) const LABEL_HINT: Style = AnsiColor::Cyan.on_default();
/// The style of a match.
pub(super) const MARK: Style = AnsiColor::Yellow.on_default().bold();
/// The style of a heading of a table or an entry.
pub(super) const HEADING: Style = Style::new().bold();
/// The style of text that was removed.
pub(super) const REMOVED: Style = AnsiColor::Red.on_default().strikethrough();
/// The style of text that was added.
pub(super) const ADDED: Style = AnsiColor::Green.on_default();
/// The style of secondary text.
pub(super) const FAINT: Style = Style::new().dimmed();

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    /// Coloured.
    On,
    /// Plain.
    Off,
}

/// A stream that text is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

impl Colour {
    /// Whether to colour a stream. The first that decides wins: `always` or `never` in `wanted`,
    /// `NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb`, and whether the stream is a terminal.
    pub(super) fn of(environment: &Environment, wanted: Option<&str>, stream: Stream) -> Colour {
        let terminal = match stream {
            Stream::Out => environment.stdout_terminal,
            Stream::Err => environment.stderr_terminal,
        };
        let on = match wanted {
            Some("always") => true,
            Some("never") => false,
            _ if environment.variable("NO_COLOR").is_some() => false,
            _ if environment
                .variable("CLICOLOR_FORCE")
                .is_some_and(|value| value != "0") =>
            {
                true
            }
            _ => {
                terminal
                    && environment
                        .variable("TERM")
                        .is_none_or(|term| term != "dumb")
            }
        };
        if on { Colour::On } else { Colour::Off }
    }

    /// The text in a style, or unchanged without colour.
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        match self {
            Colour::On => format!("{style}{text}{style:#}"),
            Colour::Off => text.to_owned(),
        }
    }
}

/// The width of the terminal in columns: `COLUMNS`, else the size of the terminal, else 80.
pub(super) fn columns(environment: &Environment) -> usize {
    let said = environment
        .variable("COLUMNS")
        .and_then(|text| text.parse().ok())
        .filter(|columns| *columns > 0);
    said.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
        .unwrap_or(80)
}

/// The height of the terminal in lines; 24 if it is unknown.
pub(super) fn lines() -> usize {
    terminal_size::terminal_size().map_or(24, |(_, height)| usize::from(height.0))
}

/// The settings of the terminal before [`key_by_key`]; dropping the value restores them.
pub(super) struct KeyByKey(Option<rustix::termios::Termios>);

/// Makes the terminal deliver each key at once, without echo. Ctrl-C becomes a key too, even if it
/// is pressed between two reads.
pub(super) fn key_by_key() -> KeyByKey {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let before = tcgetattr(rustix::stdio::stdin()).ok();
    if let Some(mut changed) = before.clone() {
        changed
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &changed);
    }
    KeyByKey(before)
}

impl Drop for KeyByKey {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = rustix::termios::tcsetattr(
                rustix::stdio::stdin(),
                rustix::termios::OptionalActions::Now,
                before,
            );
        }
    }
}

/// Shows a text in the pager and waits until the pager ends. Returns false if the pager cannot be
/// started; the caller then prints the text.
pub(super) fn page(text: &str, pager: &str) -> bool {
    let Ok(words) = shell_words::split(pager) else {
        return false;
    };
    let Some((program, arguments)) = words.split_first() else {
        return false;
    };
    let Ok(child) = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .spawn()
    else {
        return false;
    };
    feed(child, text);
    true
}

/// Writes a text to the pager and waits until the pager ends.
fn feed(mut child: Child, text: &str) {
    if let Some(mut input) = child.stdin.take() {
        // The user can quit the pager before it has read everything.
        let _ = input.write_all(text.as_bytes());
    }
    let _ = child.wait();
}
