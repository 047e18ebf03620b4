//! Mistakes in a command line that the parser finds, in the words of all other errors: the fact,
//! then what to type.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::failure::Failure;
use crate::model::Kinds;
use crate::model::kind::CORE;
use crate::text::english::quoted;
use crate::text::nearest::nearest;
use crate::text::shell::command_line;

/// Verbs of other programs, and what does the same in kb. The words that follow stay.
const SYNONYMS: [(&str, &str); 9] = [
    ("cat", "show"),
    ("del", "remove"),
    ("delete", "remove"),
    ("get", "show"),
    ("grep", "search"),
    ("log", "history"),
    ("open", "show"),
    ("query", "list"),
    ("revert", "undo"),
];
/// Verbs of other programs that kb says in another form.
const ELSEWHERE: [(&str, &str); 7] = [
    ("create", "kb add KIND TITLE"),
    ("dump", "kb export --format jsonl"),
    ("mv", "kb set REF title=NEW"),
    ("new", "kb add KIND TITLE"),
    ("rename", "kb set REF title=NEW"),
    ("tag", "kb set REF tags+=TAG"),
    ("update", "kb set REF FIELD=VALUE"),
];

/// Verbs whose words are filters.
const FILTERED: [&str; 7] = ["list", "ls", "search", "find", "export", "similar", "fetch"];

/// Formats of rows, which are options of their own.
const FORMATS: [&str; 7] = ["json", "jsonl", "csv", "tsv", "toml", "md", "table"];
/// Names for the text of an entry, which `kb add` takes as a word.
const TEXT: [&str; 7] = [
    "body",
    "content",
    "definition",
    "description",
    "note",
    "notes",
    "text",
];

/// The error of the parser for the words of this command line. `kinds` are the kinds of the
/// notebook.
pub(super) fn misuse(error: &clap::Error, words: &[String], kinds: &Kinds) -> Failure {
    let text = |wanted: ContextKind| match error.get(wanted) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::StyledStr(text)) => Some(text.to_string()),
        _ => None,
    };
    let list = |wanted: ContextKind| match error.get(wanted) {
        Some(ContextValue::Strings(list)) => list.clone(),
        Some(ContextValue::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    };
    let usage = text(ContextKind::Usage).unwrap_or_default();
    let usage = usage.trim_start_matches("Usage: ");
    let path = match (path(usage), words.first()) {
        (path, _) if !path.is_empty() => path,
        (_, Some(verb)) if !verb.starts_with('-') => format!("kb {verb}"),
        _ => "kb".to_owned(),
    };
    let help = format!("{path} --help");
    let argument = text(ContextKind::InvalidArg)
        .or_else(|| list(ContextKind::InvalidArg).first().cloned())
        .unwrap_or_default();
    let option = option(&argument);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let typed = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            if path == "kb add" {
                return no_kind(&typed, kinds);
            }
            no_verb(
                &typed,
                &path,
                &list(ContextKind::SuggestedSubcommand),
                words,
                kinds,
            )
        }
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let failure = Failure::usage(format!("`{path}` has no option `{option}`"));
            if let Some(hint) = instead(option, words, kinds) {
                return failure.hint(hint);
            }
            match text(ContextKind::SuggestedArg) {
                Some(near) => failure.hint(format!("did you mean `{}`?", near.trim())),
                None => failure.hint(help),
            }
        }
        ErrorKind::UnknownArgument => Failure::usage(format!(
            "`{path}` takes no further word, and `{argument}` is one"
        ))
        .hint(help),
        ErrorKind::MissingRequiredArgument => {
            let missing = list(ContextKind::InvalidArg);
            Failure::usage(format!("`{path}` needs {}", quoted(&missing, "and"))).hint(usage)
        }
        ErrorKind::MissingSubcommand => {
            Failure::usage(format!("`{path}` needs a verb")).hint(format!("{path} --help"))
        }
        ErrorKind::ArgumentConflict => {
            let other = list(ContextKind::PriorArg);
            let other: Vec<&str> = other.iter().map(|name| self::option(name)).collect();
            Failure::usage(match other.as_slice() {
                [] => format!("`{option}` cannot be used here"),
                [same] if *same == option => format!("`{option}` is given twice"),
                _ => format!(
                    "`{option}` and {} exclude each other",
                    quoted(&other, "and")
                ),
            })
            .hint(help)
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            let valid = list(ContextKind::ValidValue);
            if value.is_empty() {
                return Failure::usage(format!("`{option}` needs a value")).hint(help);
            }
            if valid.is_empty() {
                let why = std::error::Error::source(error)
                    .map_or_else(|| "not a value of it".to_owned(), ToString::to_string);
                // The words of the standard library.
                let why = match why.as_str() {
                    "invalid digit found in string" => "not a whole number of 0 or more",
                    why => why,
                };
                return Failure::usage(format!("`{option}`: `{value}` is {why}")).hint(help);
            }
            let failure = Failure::usage(format!("`{option}`: `{value}` is not one of its values"));
            match nearest(&value, &valid).as_slice() {
                [] => failure.hint(format!("its values are {}", valid.join(", "))),
                near => failure.hint(format!("did you mean {}?", quoted(near, "or"))),
            }
        }
        // Everything else is rare; clap's first line is its fact.
        _ => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            Failure::usage(line.trim_start_matches("error: ")).hint(help)
        }
    }
}

/// The verb of a usage line, such as `kb add paper` of `kb add paper <TITLE> [BODY]`.
fn path(usage: &str) -> String {
    let words = usage.split(' ');
    let verb: Vec<&str> = words
        .take_while(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect();
    verb.join(" ")
}

/// An option without the name of its value, or a placeholder without its brackets.
fn option(argument: &str) -> &str {
    let name = argument.split([' ', '=']).next().unwrap_or(argument);
    name.trim_start_matches(['<', '['])
        .trim_end_matches(['.', '>', ']'])
}

/// The failure of `kb add` with an unknown kind.
fn no_kind(typed: &str, kinds: &Kinds) -> Failure {
    let failure = Failure::usage(format!("no kind `{typed}`"));
    let names = kinds.iter().flat_map(|kind| [&kind.name, &kind.plural]);
    match nearest(typed, names).as_slice() {
        [] => failure.hint("kb kind list"),
        [near, ..] => failure.hint(format!("did you mean `kb add {near}`?")),
    }
}

/// The failure of an unknown verb, with the command that the user most likely wanted.
fn no_verb(typed: &str, path: &str, near: &[String], words: &[String], kinds: &Kinds) -> Failure {
    let failure = Failure::usage(format!("`{path}` has no verb `{typed}`"));
    if let ("kb kind" | "kb view", "delete") = (path, typed) {
        return failure.hint(format!("{path} remove NAME"));
    }
    if path == "kb" {
        if let Some(kind) = kinds.get(typed) {
            return failure
                .hint(format!("kb list {}", kind.plural))
                .hint(format!("kb add {} TITLE", kind.name));
        }
        if let Some((_, verb)) = SYNONYMS.iter().find(|(verb, _)| *verb == typed) {
            let same = words
                .iter()
                .map(|word| if word == typed { verb } else { word.as_str() });
            return failure.hint(command_line(["kb"].into_iter().chain(same)));
        }
        if let Some((_, line)) = ELSEWHERE.iter().find(|(verb, _)| *verb == typed) {
            return failure.hint(*line);
        }
    }
    match nearest(typed, near).first() {
        Some(near) => failure.hint(format!("did you mean `{path} {near}`?")),
        None => failure.hint(format!("{path} --help")),
    }
}

/// What does in this verb what an unknown option is meant to do: a filter, a format, a text.
fn instead(option: &str, words: &[String], kinds: &Kinds) -> Option<String> {
    let verb = words.first()?.as_str();
    let at = words
        .iter()
        .position(|word| self::option(word) == option && word.starts_with("--"))?;
    let (value, after) = match (words[at].split_once('='), words.get(at + 1)) {
        (Some((_, value)), _) => (value, at + 1),
        (None, Some(next)) => (next.as_str(), at + 2),
        (None, None) if option == "--private" => ("yes", at + 1),
        (None, None) => return None,
    };
    let line = |word: &str| {
        let before = words[..at].iter().map(String::as_str);
        let rest = words[after..].iter().map(String::as_str);
        let all = ["kb"].into_iter().chain(before).chain([word]).chain(rest);
        command_line(all)
    };
    let name = option.trim_start_matches('-');
    let is_field = ["topic", "tag", "alias"].contains(&name)
        || CORE.contains(&name)
        || kinds.iter().any(|kind| kind.field(name).is_some());
    match verb {
        "add" if TEXT.contains(&name) => Some(line(value)),
        "set" if is_field => Some(line(&format!("{name}={value}"))),
        verb if FILTERED.contains(&verb) => {
            if ["format", "output"].contains(&name) && FORMATS.contains(&value) {
                return Some(line(&format!("--{value}")));
            }
            is_field.then(|| line(&format!("{name}:{value}")))
        }
        _ => None,
    }
}
