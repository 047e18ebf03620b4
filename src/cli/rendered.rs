//! Shows texts on a terminal: Markdown as what it means, wrapped at words, with colours and links that the
//! terminal can follow. Without colour the marks of emphasis and code stay, so that nothing is lost.

use anstyle::{AnsiColor, Style};

use super::environment::Environment;
use super::table;
use super::terminal::{Colour, FAINT};
use crate::text::rendered::{self, Look, Sheet};
use crate::text::visible::{visible, width};
use crate::text::wrap::{Span, wrap};

/// The most columns of a line: longer ones are hard to read.
const MOST: usize = 100;

/// What a link looks like.
const LINK: Style = AnsiColor::Cyan.on_default().underline();
/// What code looks like.
const CODE: Style = AnsiColor::Green.on_default();

/// How wide a text is shown, and what the terminal can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    columns: usize,
    colour: Colour,
    /// Whether a word can lead to an address.
    links: bool,
}

impl Page {
    /// A page for a terminal of so many columns.
    pub(super) fn new(environment: &Environment, columns: usize, colour: Colour) -> Page {
        Page {
            columns: columns.min(MOST),
            colour,
            links: colour == Colour::On && has_links(environment),
        }
    }

    /// A text in Markdown as lines.
    pub(super) fn markdown(self, source: &str) -> String {
        let table = |header: &[String], rows: &[Vec<String>], columns: usize| {
            table::render(header, rows, columns, usize::MAX, Colour::Off, &|_, _| None)
        };
        let sheet = Sheet {
            columns: self.columns,
            marks: self.colour == Colour::Off,
            links: self.links,
            table: &table,
        };
        let lines = rendered::lines(source, &sheet);
        let painted = lines.iter().map(|line| {
            let painted = line.iter().map(|(text, look)| self.paint(text, look));
            painted.collect::<String>().trim_end().to_owned() + "\n"
        });
        painted.collect()
    }

    /// Text in styles as lines.
    pub(super) fn styled(self, spans: &[Span<Style>]) -> String {
        let spans: Vec<Span<Style>> = spans
            .iter()
            .map(|(text, style)| (visible(text).into_owned(), *style))
            .collect();
        let lines = wrap(&spans, self.columns);
        let painted = lines.iter().map(|line| {
            let painted = line
                .iter()
                .map(|(text, style)| self.colour.paint(*style, text));
            painted.collect::<String>() + "\n"
        });
        painted.collect()
    }

    /// One paragraph: `first` is before its first line, and as much room is before the others.
    pub(super) fn paragraph(self, first: &str, text: &str) -> String {
        let indent = width(first);
        let room = self.columns.saturating_sub(indent).max(20);
        let mut out = String::new();
        for (at, line) in wrap(&[(visible(text).into_owned(), ())], room)
            .iter()
            .enumerate()
        {
            let gap = " ".repeat(indent);
            let text: String = line.iter().map(|(text, ())| text.as_str()).collect();
            let start = if at == 0 { first } else { &gap };
            out.push_str(&format!("{start}{text}\n"));
        }
        out
    }

    /// A piece of text with its look.
    fn paint(self, text: &str, look: &Look) -> String {
        let base = match look {
            Look { link: true, .. } => LINK,
            Look { code: true, .. } => CODE,
            Look { faint: true, .. } => FAINT,
            _ => Style::new(),
        };
        let effects = [
            (look.bold, Style::bold as fn(Style) -> Style),
            (look.italic, Style::italic),
            (look.struck, Style::strikethrough),
        ];
        let set = effects.iter().filter(|(is_set, _)| *is_set);
        let style = set.fold(base, |style, (_, add)| add(style));
        let text = self.colour.paint(style, text);
        match &look.address {
            // <https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda>
            Some(address) => format!("\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"),
            None => text,
        }
    }
}

/// Whether the terminal is one that follows addresses, as far as its variables tell.
fn has_links(environment: &Environment) -> bool {
    let is = |name: &str, known: &[&str]| {
        let value = environment
            .variable(name)
            .unwrap_or_default()
            .to_lowercase();
        known.iter().any(|known| value.contains(known))
    };
    let vte = environment.variable("VTE_VERSION");
    environment.stdout_terminal
        && ([
            "KITTY_WINDOW_ID",
            "WT_SESSION",
            "DOMTERM",
            "KONSOLE_VERSION",
        ]
        .iter()
        .any(|name| environment.variable(name).is_some())
            || vte
                .is_some_and(|version| version.parse::<u32>().is_ok_and(|version| version >= 5000))
            || is(
                "TERM_PROGRAM",
                &["iterm", "wezterm", "vscode", "ghostty", "hyper", "tabby"],
            )
            || is(
                "TERM",
                &["kitty", "alacritty", "foot", "ghostty", "wezterm"],
            ))
}
