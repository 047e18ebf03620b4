//! Words that begin with a hyphen but are not options: `-tag:old` in a filter, `-word` in a search,
//! a text such as `- a list item`. They are rewritten before clap parses the command line.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

/// Marks a text that begins with a hyphen, so that clap does not take it for an option. A Unicode
/// noncharacter, so that it cannot occur in a text.
const GUARD: char = '\u{ffff}';

/// A text without the mark that [`guard`] put in front of it.
pub(super) fn unguarded(text: &str) -> &str {
    text.strip_prefix(GUARD).unwrap_or(text)
}

/// What the words of a verb that begin with a hyphen can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordKind {
    /// Words to search for, or filters.
    Search,
    /// Filters.
    Filter,
    /// Texts.
    Text,
    /// Options only.
    Plain,
}

/// The options of a verb, read from its parser.
#[derive(Debug, Default)]
struct VerbOptions {
    /// The letters of short options.
    short: Vec<char>,
    /// Options, as typed, that take the next word as their value.
    with_value: Vec<String>,
}

impl VerbOptions {
    /// The options of a verb, of its subcommands, and of the root command.
    fn of(root: &Command, verb: &Command) -> VerbOptions {
        let mut options = VerbOptions {
            short: vec!['h', 'V'],
            with_value: Vec::new(),
        };
        options.add(root);
        options.add_all(verb);
        options
    }

    fn add_all(&mut self, command: &Command) {
        self.add(command);
        command
            .get_subcommands()
            .for_each(|inner| self.add_all(inner));
    }

    fn add(&mut self, command: &Command) {
        for option in command
            .get_arguments()
            .filter(|argument| !argument.is_positional())
        {
            self.short.extend(option.get_short());
            if takes_next_word(option) {
                self.with_value
                    .extend(option.get_short().map(|letter| format!("-{letter}")));
                self.with_value
                    .extend(option.get_long().map(|name| format!("--{name}")));
            }
        }
    }
}

/// Whether an option takes the next word as its value.
fn takes_next_word(option: &Arg) -> bool {
    let takes = matches!(option.get_action(), ArgAction::Set | ArgAction::Append);
    takes
        && option
            .get_num_args()
            .is_none_or(|count| count.min_values() > 0)
}

/// Rewrites `-tag:old` to `!tag:old`, so that clap does not take it for an option, and returns all
/// words. In a search, every word with one hyphen is rewritten unless it is an option of the verb.
pub(super) fn guard(
    words: &[OsString],
    kind: WordKind,
    root: &Command,
    verb: &Command,
) -> Vec<OsString> {
    let options = VerbOptions::of(root, verb);
    let mut is_value = false;
    let guarded = |word: &OsString| -> OsString {
        if std::mem::take(&mut is_value) {
            return word.clone();
        }
        let Some(text) = word.to_str() else {
            return word.clone();
        };
        is_value = options.with_value.iter().any(|option| option == text);
        let Some(rest) = text
            .strip_prefix('-')
            .filter(|rest| !rest.is_empty() && !rest.starts_with('-'))
        else {
            return word.clone();
        };
        let plain = rest.chars().skip(1).all(|c| c.is_ascii_digit());
        let option =
            rest.starts_with(options.short.as_slice()) && (kind != WordKind::Search || plain);
        let mut letters = rest.chars();
        let first = letters.next().unwrap_or(' ');
        let more = letters.as_str();
        // `-l=3` gives an option its value. A single letter that no option has is a slip, which the
        // parser names.
        let is_set = options.short.contains(&first) && more.starts_with('=');
        let is_slip = more.is_empty() && first.is_ascii_alphabetic();
        if kind != WordKind::Text && (is_set || is_slip) {
            return word.clone();
        }
        let filter = rest.contains([':', '=', '<', '>', '"', '@', '('])
            || !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        match kind {
            WordKind::Text if rest.contains(char::is_whitespace) => {
                OsString::from(format!("{GUARD}-{rest}"))
            }
            WordKind::Search if filter || !option => OsString::from(format!("!{rest}")),
            WordKind::Filter if filter || !option => OsString::from(format!("!{rest}")),
            _ => word.clone(),
        }
    };
    words.iter().map(guarded).collect()
}
