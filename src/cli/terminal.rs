//! The terminal: width, colour, pager.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use anstyle::{AnsiColor, Style};

use super::environment::Environment;

/// Styles by what they are for.
pub(super) const LABEL_ERROR: Style = AnsiColor::Red.on_default().bold();
/// A hint.
pub(super) const LABEL_HINT: Style = AnsiColor::Cyan.on_default();
/// A word that was looked for.
pub(super) const MARK: Style = AnsiColor::Yellow.on_default().bold();
/// A heading of a table or an entry.
pub(super) const HEADING: Style = Style::new().bold();
/// What is beside the point.
pub(super) const FAINT: Style = Style::new().dimmed();

/// Whether text has colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    /// It has.
    On,
    /// It is plain.
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
    /// Whether colour is wanted on a stream: `--color`, then NO_COLOR, CLICOLOR_FORCE, TERM=dumb, then
    /// whether the stream is a terminal.
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

    /// Text in a style, or plain.
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        match self {
            Colour::On => format!("{style}{text}{style:#}"),
            Colour::Off => text.to_owned(),
        }
    }
}

/// Columns of the terminal: `COLUMNS`, else what the terminal says, else 80.
pub(super) fn columns(environment: &Environment) -> usize {
    let said = environment
        .variable("COLUMNS")
        .and_then(|text| text.parse().ok())
        .filter(|columns| *columns > 0);
    said.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
        .unwrap_or(80)
}

/// Lines of the terminal.
pub(super) fn lines() -> usize {
    terminal_size::terminal_size().map_or(24, |(_, height)| usize::from(height.0))
}

/// The settings of the terminal before it gave key by key, which come back with the end of this.
pub(super) struct KeyByKey(Option<rustix::termios::Termios>);

/// The terminal gives keys one by one and echoes none; Ctrl-C is one of them from here on, also between two that are waited for.
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

/// Shows a long text in the pager; false when there is none, so that it must be printed.
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

fn feed(mut child: Child, text: &str) {
    if let Some(mut input) = child.stdin.take() {
        // The user may leave the pager before the end.
        let _ = input.write_all(text.as_bytes());
    }
    let _ = child.wait();
}
