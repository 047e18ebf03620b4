//! The interactive picker of entries. It draws on standard error, so that standard output has only
//! the ref. Start reading at [`picked`].

use console::{Key, Term};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::context::Context;
use super::failure::{Exit, Failure};
use super::terminal::{self, Colour, FAINT, HEADING, MARK};
use crate::notebook::Notebook;
use crate::notebook::find::Loaded;
use crate::notebook::find::Name;
use crate::search::rank::SearchOptions;
use crate::search::reading::MatchMode;
use crate::text::english::count;
use crate::text::visible::{cut, visible_line};

/// The number of names shown at once.
const SHOWN: usize = 10;

/// The given ref, or one that the user picks. Fails without a ref and a terminal; `usage` is the
/// command line in the hint.
pub(super) fn given(
    reference: Option<&str>,
    usage: &str,
    context: &Context,
) -> Result<String, Failure> {
    match reference {
        Some(reference) => Ok(reference.to_owned()),
        None if context.interactive() => picked(&context.open()?, &[], context),
        None => Err(Failure::usage("which entry?").hint(format!("kb {usage}"))),
    }
}

/// The given refs, or one that the user picks, as in [`given`].
pub(super) fn given_some(
    references: &[String],
    usage: &str,
    context: &Context,
) -> Result<Vec<String>, Failure> {
    match references {
        [] => Ok(vec![given(None, usage, context)?]),
        some => Ok(some.to_vec()),
    }
}

/// The ref that the user picks. Filters in `words` limit the entries; the other words are the
/// initial query. Fails if nothing matches the filters or the user picks nothing.
pub(super) fn picked(
    notebook: &Notebook,
    words: &[String],
    context: &Context,
) -> Result<String, Failure> {
    let (names, question) = notebook.names(words)?;
    if names.is_empty() {
        return Err(Failure::new(Exit::Nothing, "no entry to pick").hint("kb add --help"));
    }
    Picker::new(notebook, names, question, context).run()
}

/// The state of the picker.
struct Picker<'a> {
    notebook: &'a Notebook,
    /// The entries to pick from, newest first.
    names: Vec<Name>,
    /// The text of each name, in the same order, as it is matched and shown.
    lines: Vec<String>,
    /// The query that the user types.
    question: String,
    /// Indices in `names` of the matches, best first.
    matching: Vec<usize>,
    /// The index in `matching` of the selected entry.
    at: usize,
    matcher: Matcher,
    colour: Colour,
    columns: usize,
}

impl<'a> Picker<'a> {
    fn new(
        notebook: &'a Notebook,
        names: Vec<Name>,
        question: String,
        context: &Context,
    ) -> Picker<'a> {
        let lines = names.iter().map(line).collect();
        let (colour, columns) = (context.messages.colour, context.columns());
        Picker {
            notebook,
            names,
            lines,
            question,
            matching: Vec::new(),
            at: 0,
            matcher: Matcher::new(Config::DEFAULT),
            colour,
            columns,
        }
    }

    /// Reads keys until the user picks an entry or cancels.
    fn run(mut self) -> Result<String, Failure> {
        let term = Term::stderr();
        // Dropping it restores the settings of the terminal.
        let _settings = terminal::key_by_key();
        self.find()?;
        let picked = loop {
            let drawn = self.draw(&term)?;
            let key = term.read_key_raw();
            // Clear the drawing also if the key could not be read.
            term.clear_last_lines(drawn)?;
            match key? {
                Key::Enter if !self.matching.is_empty() => break Some(self.matching[self.at]),
                // The control characters are Ctrl-D here, then Ctrl-P, Ctrl-N and Ctrl-U.
                Key::Escape | Key::CtrlC | Key::Char('\u{4}') => break None,
                Key::ArrowUp | Key::Char('\u{10}') => self.at = self.at.saturating_sub(1),
                Key::ArrowDown | Key::Tab | Key::Char('\u{e}') => {
                    self.at = (self.at + 1).min(self.matching.len().saturating_sub(1))
                }
                Key::Backspace => {
                    self.question.pop();
                    self.find()?;
                }
                Key::Char('\u{15}') => {
                    self.question.clear();
                    self.find()?;
                }
                Key::Char(c) if !c.is_control() => {
                    self.question.push(c);
                    self.find()?;
                }
                _ => {}
            }
        };
        match picked {
            Some(at) => Ok(self.names.swap_remove(at).reference),
            None => Err(Failure::new(Exit::Nothing, "nothing was picked")),
        }
    }

    /// Finds the names that match the query. If none match, runs a search, which tolerates typos.
    fn find(&mut self) -> Result<(), Failure> {
        self.at = 0;
        let pattern = Pattern::parse(&self.question, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            if let Some(score) = pattern.score(Utf32Str::new(line, &mut buffer), &mut self.matcher)
            {
                scored.push((score, at));
            }
        }
        // Names with equal scores stay in the order of `names`: newest first.
        scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        self.matching = scored.into_iter().map(|(_, at)| at).collect();
        if self.matching.is_empty() {
            let words: Vec<String> = self
                .question
                .split_whitespace()
                .map(str::to_owned)
                .collect();
            let options = SearchOptions {
                limit: SHOWN,
                mode: MatchMode {
                    open: true,
                    exact: false,
                },
                lexical: true,
            };
            let found = self
                .notebook
                .search(&words, None, options, Loaded::Common)?;
            let refs: Vec<String> = found.hits.iter().map(|hit| hit.entry.reference()).collect();
            // A hit that the filters exclude is not in `names`.
            self.matching = refs
                .iter()
                .filter_map(|reference| {
                    self.names
                        .iter()
                        .position(|name| name.reference == *reference)
                })
                .collect();
        }
        Ok(())
    }

    /// Draws the query and the best matches, and returns the number of lines drawn.
    fn draw(&mut self, term: &Term) -> Result<usize, Failure> {
        // Three lines are not for matches: the query, the count, and the line of the cursor.
        let room = SHOWN.min(terminal::lines().saturating_sub(3)).max(1);
        // Scrolls only as far as needed to show the selected entry.
        let first = self.at.saturating_sub(room - 1);
        let pattern = Pattern::parse(&self.question, CaseMatching::Ignore, Normalization::Smart);
        let number = format!(
            "{} of {}",
            self.matching.len(),
            count(self.names.len(), "entry", "entries")
        );
        let mut text = format!(
            "{} {}\n",
            self.colour.paint(HEADING, "pick>"),
            visible_line(&self.question)
        );
        let shown = &self.matching[first..self.matching.len().min(first + room)];
        for (place, at) in shown.iter().enumerate() {
            let sign = if first + place == self.at {
                self.colour.paint(MARK, "> ")
            } else {
                "  ".to_owned()
            };
            let line = cut(&self.lines[*at], self.columns.saturating_sub(3)).into_owned();
            let (mut buffer, mut marks) = (Vec::new(), Vec::new());
            pattern.indices(
                Utf32Str::new(&line, &mut buffer),
                &mut self.matcher,
                &mut marks,
            );
            text.push_str(&format!("{sign}{}\n", marked(&line, &marks, self.colour)));
        }
        text.push_str(&format!(
            "{}\n",
            self.colour
                .paint(FAINT, &cut(&number, self.columns.saturating_sub(1)))
        ));
        term.write_str(&text)?;
        Ok(shown.len() + 2)
    }
}

/// The text of a name: title, aliases, ref.
fn line(name: &Name) -> String {
    let aliases: Vec<&str> = name
        .aliases
        .iter()
        .map(String::as_str)
        .filter(|alias| !name.title.contains(alias))
        .collect();
    let aliases = if aliases.is_empty() {
        String::new()
    } else {
        format!(" ({})", aliases.join(", "))
    };
    visible_line(&format!("{}{aliases}  {}", name.title, name.reference)).into_owned()
}

/// Colours the matched characters of a line; `marks` are their indices.
/// Without its feature `unicode-segmentation`, `nucleo-matcher` counts `char`s, as this does.
fn marked(line: &str, marks: &[u32], colour: Colour) -> String {
    let characters: Vec<(bool, char)> = line
        .chars()
        .enumerate()
        .map(|(at, c)| (marks.iter().any(|mark| *mark as usize == at), c))
        .collect();
    let runs = characters.chunk_by(|a, b| a.0 == b.0);
    runs.map(|run| {
        let text: String = run.iter().map(|(_, c)| c).collect();
        if run[0].0 {
            colour.paint(MARK, &text)
        } else {
            text
        }
    })
    .collect()
}
