//! The interactive picker of entries. It draws on standard error, so that standard output has only
//! the ref. Start reading at [`picked`].

use console::{Key, Term};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::context::Context;
use super::failure::{Exit, Failure};
use super::rendered::Page;
use super::terminal::{self, Colour, FAINT, HEADING, MARK};
use crate::notebook::Notebook;
use crate::notebook::find::Loaded;
use crate::notebook::find::Name;
use crate::search::rank::SearchOptions;
use crate::search::reading::MatchMode;
use crate::text::english::count;
use crate::text::visible::{cut, visible_line, width};

/// The number of names shown at once.
const SHOWN: usize = 10;
/// The fewest names for which a thread of its own is worth while.
const LEAST_SHARE: usize = 4_000;
/// The columns from which the selected entry is shown beside the names.
const WIDE: usize = 100;
/// The lines of the entry beside the names.
const PREVIEWED: usize = 16;

/// What the user wants of the picked entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// Their refs.
    Refs,
    /// To open their addresses or files.
    Open,
    /// To edit them.
    Edit,
    /// To set their status.
    SetStatus,
}

/// What the user may do in a picker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Pick one entry.
    One,
    /// Pick several with marks.
    Several,
    /// Pick several, and say what is wanted of them.
    Anything,
}

/// The given ref, or one that the user picks. Fails without a ref and a terminal; `usage` is the
/// command line in the hint.
pub(super) fn given(
    reference: Option<&str>,
    usage: &str,
    context: &Context,
) -> Result<String, Failure> {
    match reference {
        Some(reference) => Ok(reference.to_owned()),
        None if context.interactive() => {
            let (mut refs, _) = choose(&context.open()?, &[], Reach::One, context)?;
            Ok(refs.swap_remove(0))
        }
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
        [] if context.interactive() => {
            Ok(choose(&context.open()?, &[], Reach::Several, context)?.0)
        }
        [] => Ok(vec![given(None, usage, context)?]),
        some => Ok(some.to_vec()),
    }
}

/// The refs that the user picks, and what is wanted of them. Filters in `words` limit the entries; the other
/// words are the initial query. Fails if nothing matches the filters or the user picks nothing.
pub(super) fn picked(
    notebook: &Notebook,
    words: &[String],
    context: &Context,
) -> Result<(Vec<String>, Wish), Failure> {
    choose(notebook, words, Reach::Anything, context)
}

fn choose(
    notebook: &Notebook,
    words: &[String],
    reach: Reach,
    context: &Context,
) -> Result<(Vec<String>, Wish), Failure> {
    let (names, question) = notebook.names(words)?;
    if names.is_empty() {
        return Err(Failure::new(Exit::Nothing, "no entry to pick").hint("kb add --help"));
    }
    Picker::new(notebook, names, question, reach, context).run()
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
    /// The query that found `matching` by letters in order; `None` if a search found it.
    fuzzy: Option<String>,
    /// Indices in `names` of the marked entries, in the order of the marks.
    marks: Vec<usize>,
    reach: Reach,
    /// How the selected entry is shown beside the names; `None` where the terminal is too narrow.
    preview: Option<Page>,
    colour: Colour,
    /// The columns of the names.
    columns: usize,
}

impl<'a> Picker<'a> {
    fn new(
        notebook: &'a Notebook,
        names: Vec<Name>,
        question: String,
        reach: Reach,
        context: &Context,
    ) -> Picker<'a> {
        let lines = names.iter().map(line).collect();
        let (colour, whole) = (context.messages.colour, context.columns());
        let columns = if whole < WIDE { whole } else { whole / 2 };
        let preview =
            (whole >= WIDE).then(|| Page::new(&context.environment, whole - columns - 4, colour));
        Picker {
            notebook,
            names,
            lines,
            question,
            matching: Vec::new(),
            at: 0,
            matcher: Matcher::new(Config::DEFAULT),
            fuzzy: None,
            marks: Vec::new(),
            reach,
            preview,
            colour,
            columns,
        }
    }

    /// Reads keys until the user picks entries or cancels.
    fn run(mut self) -> Result<(Vec<String>, Wish), Failure> {
        let term = Term::stderr();
        // Dropping it restores the settings of the terminal.
        let _settings = terminal::key_by_key();
        self.find()?;
        let mut drawn = self.draw(&term, 0)?;
        let wish = loop {
            let key = match term.read_key_raw() {
                Ok(key) => key,
                Err(error) => {
                    term.clear_last_lines(drawn)?;
                    return Err(error.into());
                }
            };
            let is_found = !self.matching.is_empty();
            match key {
                Key::Enter if is_found => break Some(Wish::Refs),
                // The control characters are Ctrl-O here, then Ctrl-X, Ctrl-T, Ctrl-D, Ctrl-P, Ctrl-N and Ctrl-U.
                Key::Char('\u{f}') if is_found && self.reach == Reach::Anything => {
                    break Some(Wish::Open);
                }
                Key::Char('\u{18}') if is_found && self.reach == Reach::Anything => {
                    break Some(Wish::Edit);
                }
                Key::Char('\u{14}') if is_found && self.reach == Reach::Anything => {
                    break Some(Wish::SetStatus);
                }
                Key::Escape | Key::CtrlC | Key::Char('\u{4}') => break None,
                Key::Tab if is_found && self.reach != Reach::One => {
                    let at = self.matching[self.at];
                    match self.marks.iter().position(|mark| *mark == at) {
                        Some(mark) => drop(self.marks.remove(mark)),
                        None => self.marks.push(at),
                    }
                    self.down();
                }
                Key::ArrowUp | Key::Char('\u{10}') => self.at = self.at.saturating_sub(1),
                Key::ArrowDown | Key::Tab | Key::Char('\u{e}') => self.down(),
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
            // The former drawing stays until the new one is ready.
            drawn = self.draw(&term, drawn)?;
        };
        term.clear_last_lines(drawn)?;
        let Some(wish) = wish else {
            return Err(Failure::new(Exit::Nothing, "nothing was picked"));
        };
        if self.marks.is_empty() {
            self.marks.push(self.matching[self.at]);
        }
        let references = self
            .marks
            .iter()
            .map(|at| self.names[*at].reference.clone());
        Ok((references.collect(), wish))
    }

    fn down(&mut self) {
        self.at = (self.at + 1).min(self.matching.len().saturating_sub(1));
    }

    /// Finds the names that match the query. If none match, runs a search, which tolerates typos.
    fn find(&mut self) -> Result<(), Failure> {
        self.at = 0;
        let pattern = Pattern::parse(&self.question, CaseMatching::Ignore, Normalization::Smart);
        let mut scored: Vec<(u32, usize)> = Vec::new();
        // A longer query matches only what the shorter one did, unless a sign of it has a meaning of its own.
        let is_plain = !self.question.contains(['!', '^', '$', '\'', '\\']);
        let narrows = is_plain
            && (self.fuzzy.as_ref()).is_some_and(|former| self.question.starts_with(former));
        let candidates = match narrows {
            true => std::mem::take(&mut self.matching),
            false => (0..self.lines.len()).collect(),
        };
        // One share of the names for each processor.
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let share = candidates.len().div_ceil(processors).max(LEAST_SHARE);
        let (lines, pattern) = (&self.lines, &pattern);
        std::thread::scope(|scope| {
            let shares: Vec<_> = candidates
                .chunks(share)
                .map(|share| scope.spawn(move || scores(share, lines, pattern)))
                .collect();
            for share in shares {
                scored.extend(share.join().unwrap_or_default());
            }
        });
        // Names with equal scores stay in the order of `names`: newest first.
        scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        self.matching = scored.into_iter().map(|(_, at)| at).collect();
        let is_fuzzy = is_plain && !self.matching.is_empty();
        self.fuzzy = is_fuzzy.then(|| self.question.clone());
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

    /// Draws the query and the best matches in the place of a drawing of `before` lines, and returns the number
    /// of lines drawn.
    fn draw(&mut self, term: &Term, before: usize) -> Result<usize, Failure> {
        // Three lines are not for matches: the query, the count, and the line of the cursor.
        let lines = terminal::lines();
        let room = SHOWN.min(lines.saturating_sub(3)).max(1);
        // Scrolls only as far as needed to show the selected entry.
        let first = self.at.saturating_sub(room - 1);
        let pattern = Pattern::parse(&self.question, CaseMatching::Ignore, Normalization::Smart);
        // Each line with its width.
        let question = visible_line(&self.question);
        let mut drawn = vec![(
            format!("{} {question}", self.colour.paint(HEADING, "pick>")),
            width(&question) + 6,
        )];
        let shown = &self.matching[first..self.matching.len().min(first + room)];
        for (place, at) in shown.iter().enumerate() {
            let sign = if first + place == self.at {
                self.colour.paint(MARK, ">")
            } else {
                " ".to_owned()
            };
            let mark = match self.marks.contains(at) {
                true => self.colour.paint(MARK, "*"),
                false => " ".to_owned(),
            };
            let line = cut(&self.lines[*at], self.columns.saturating_sub(3)).into_owned();
            let (mut buffer, mut marks) = (Vec::new(), Vec::new());
            pattern.indices(
                Utf32Str::new(&line, &mut buffer),
                &mut self.matcher,
                &mut marks,
            );
            let marked = marked(&line, &marks, self.colour);
            drawn.push((format!("{sign}{mark}{marked}"), width(&line) + 2));
        }
        let number = cut(&self.status(), self.columns.saturating_sub(1)).into_owned();
        drawn.push((self.colour.paint(FAINT, &number), width(&number)));
        let beside = self.preview(PREVIEWED.min(lines.saturating_sub(1)))?;
        let mut text = String::new();
        for at in 0..drawn.len().max(beside.len()) {
            let (own, used) = drawn
                .get(at)
                .map_or(("", 0), |(line, width)| (line, *width));
            text.push_str(own);
            if !beside.is_empty() {
                let line = beside.get(at).map_or("", String::as_str);
                let gap = " ".repeat(self.columns.saturating_sub(used));
                text.push_str(&format!("{gap} {} {line}", self.colour.paint(FAINT, "│")));
            }
            text.push('\n');
        }
        term.clear_last_lines(before)?;
        term.write_str(&text)?;
        Ok(drawn.len().max(beside.len()))
    }

    /// How many entries match and are marked, and what the keys do.
    fn status(&self) -> String {
        let mut said = format!(
            "{} of {}",
            self.matching.len(),
            count(self.names.len(), "entry", "entries")
        );
        if !self.marks.is_empty() {
            said.push_str(&format!(", {} marked", self.marks.len()));
        }
        match self.reach {
            Reach::One => {}
            Reach::Several => said.push_str("  TAB marks"),
            Reach::Anything => said.push_str("  TAB marks  ^O opens  ^X edits  ^T sets the status"),
        }
        said
    }

    /// The first lines of the selected entry.
    fn preview(&self, most: usize) -> Result<Vec<String>, Failure> {
        let (Some(page), Some(at)) = (self.preview, self.matching.get(self.at)) else {
            return Ok(Vec::new());
        };
        let entry = self
            .notebook
            .find_exactly(&self.names[*at].reference)?
            .entry;
        let mut text = self
            .colour
            .paint(HEADING, &page.paragraph("", &entry.title));
        for (name, value) in &entry.values {
            let line = page.paragraph(&format!("{name}: "), &value.texts().join("; "));
            text.push_str(&self.colour.paint(FAINT, &line));
        }
        text.push('\n');
        text.push_str(&page.markdown(&entry.body));
        Ok(text.lines().take(most).map(str::to_owned).collect())
    }
}

/// The score of each of the lines at `at` that matches, and its index.
fn scores(at: &[usize], lines: &[String], pattern: &Pattern) -> Vec<(u32, usize)> {
    let (mut matcher, mut buffer) = (Matcher::new(Config::DEFAULT), Vec::new());
    let matches = at.iter().filter_map(|at| {
        let line = Utf32Str::new(&lines[*at], &mut buffer);
        Some((pattern.score(line, &mut matcher)?, *at))
    });
    matches.collect()
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
