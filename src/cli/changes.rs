//! Selects the entries that a command applies to, and prints what it changed in them.

use super::consent::Consent;
use super::context::Context;
use super::failure::Failure;
use super::messages::MessageKind;
use super::upkeep::catch_up_for;
use crate::format::rows::cell;
use crate::notebook::Notebook;
use crate::notebook::entries::Changed;
use crate::store::{Stored, WriteMode};
use crate::text::english::count;
use crate::text::shell::command_line;
use crate::text::visible::{cut, visible_line};

/// Splits the words at the first `at`: the words before it, and the words after it if it occurs.
pub(super) fn split<'a>(words: &'a [String], at: &str) -> (&'a [String], Option<&'a [String]>) {
    match words.iter().position(|word| word == at) {
        Some(place) => (&words[..place], Some(&words[place + 1..])),
        None => (words, None),
    }
}

/// How the refs of a command are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refs {
    /// The start of a slug is enough if only one entry has it.
    Forgiving,
    /// Only the slug, the title, an alias or a former slug: for commands that destroy.
    Exact,
}

/// The entries that the refs or the filter select. Prints a message if the filter matches none. The
/// notebook is closed on return, so that the caller can open it for writing.
pub(super) fn targets(
    context: &Context,
    refs: &[String],
    filter: Option<&[String]>,
    consent: &Consent,
    refs_are: Refs,
) -> Result<Vec<Stored>, Failure> {
    let mut notebook = context.open()?;
    let Some(filter) = filter else {
        let find = |text: &String| match refs_are {
            Refs::Forgiving => notebook.find(text),
            Refs::Exact => notebook.find_exactly(text),
        };
        let found: Vec<Stored> = refs.iter().map(find).collect::<Result<_, _>>()?;
        consent.check_expected(found.len())?;
        return Ok(found);
    };
    check_words(&notebook, filter, context)?;
    let (query, has_idle_part) = notebook.strict_filter(filter)?;
    if !consent.every_entry() {
        if query.says_nothing() {
            return Err(Failure::usage("the filter says nothing")
                .hint("`--all` means every entry; `kb help filters` explains filters"));
        }
        if has_idle_part {
            return Err(Failure::usage("a part of the filter says nothing")
                .hint("leave it out, or say what it should be: `kb help filters`"));
        }
    }
    catch_up_for(&query, &mut notebook, context)?;
    let targets = notebook.targets(filter)?;
    consent.check_expected(targets.len())?;
    if targets.is_empty() {
        context.messages.say("no entry matches the filter");
        context
            .messages
            .did_you_mean(&notebook.near_labels(&query)?);
    }
    Ok(targets)
}

/// Refuses a plain word of a filter that no entry has and that is one edit away from the name of a
/// kind, a field or a command: it is more likely a slip than a word to look for.
pub(super) fn check_words(
    notebook: &Notebook,
    filter: &[String],
    context: &Context,
) -> Result<(), Failure> {
    let words: Vec<&str> = filter.iter().flat_map(|word| word.split(' ')).collect();
    let comparison = words
        .windows(3)
        .find(|window| ["<", "<=", "=", ">=", ">", "!="].contains(&window[1]));
    if let Some(comparison) = comparison {
        return Err(Failure::usage(format!(
            "`{}`: a comparison has no spaces",
            comparison.join(" ")
        ))
        .hint(command_line([comparison.concat().as_str()])));
    }
    for word in filter {
        let is_plain = word.chars().count() >= 4 && word.chars().all(char::is_alphabetic);
        if !is_plain || notebook.has_word(word)? {
            continue;
        }
        if let Some(kind) = notebook.kinds().get(word) {
            return Err(Failure::usage(format!("`{word}` is a kind, not a filter"))
                .hint(format!("kind:{}", kind.name)));
        }
        let near = notebook
            .names_of_kinds_and_fields()
            .into_iter()
            .chain((context.verbs)())
            .find(|name| strsim::osa_distance(&word.to_lowercase(), name) == 1);
        if let Some(near) = near {
            return Err(
                Failure::usage(format!("no entry has `{word}`")).hint(format!(
                    "did you mean `{near}`? `'\"{word}\"'` looks for the word"
                )),
            );
        }
    }
    Ok(())
}

/// Prints the ref of each changed entry; with a dry run, the changed fields too. On a terminal,
/// also prints the number of entries.
pub(super) fn report(
    context: &mut Context,
    changed: &[Changed],
    mode: WriteMode,
) -> Result<(), Failure> {
    for change in changed {
        if mode == WriteMode::DryRun {
            context.text(&(describe(change) + "\n"))?;
        } else {
            context.data(&format!("{}\n", change.after.reference()))?;
        }
    }
    let what = if mode == WriteMode::DryRun {
        "would change"
    } else {
        "changed"
    };
    context.messages.chat(&format!(
        "{what} {}",
        count(changed.len(), "entry", "entries")
    ));
    Ok(())
}

/// One line with the ref of an entry and the old and new value of each changed field: `term/vae
/// status: want → learning`.
pub(super) fn describe(changed: &Changed) -> String {
    let (old, new) = (changed.before.logged(), changed.after.logged());
    let mut parts = Vec::new();
    for name in new
        .keys()
        .chain(old.keys().filter(|name| !new.contains_key(*name)))
        .filter(|name| *name != "updated")
    {
        let (before, after) = (old.get(name), new.get(name));
        if before != after {
            let text = |json: Option<&serde_json::Value>| {
                json.map_or_else(|| "nothing".to_owned(), |json| short(&cell(json)))
            };
            parts.push(format!("{name}: {} → {}", text(before), text(after)));
        }
    }
    format!("{}  {}", changed.before.reference(), parts.join(", "))
}

/// A value on one line of at most 60 columns.
fn short(text: &str) -> String {
    cut(&visible_line(text), 60).into_owned()
}

/// Names the saved filters, and the files and folders with a filter, that a change of a kind or of another
/// filter made unreadable.
pub(super) fn say_broken_filters(notebook: &Notebook, context: &Context) -> Result<(), Failure> {
    for (name, why) in notebook.broken_views()? {
        context.messages.label(
            MessageKind::Warning,
            &format!("the saved filter `@{name}` cannot be read any more: {why}"),
        );
        context.messages.label(
            MessageKind::Hint,
            &format!("kb view save {name} \"FILTER\""),
        );
    }
    for (path, why) in notebook.broken_documents()? {
        context.messages.label(
            MessageKind::Warning,
            &format!("what `{path}` takes cannot be read any more: {why}"),
        );
        context.messages.label(
            MessageKind::Hint,
            &format!("kb document set {} FILTER", command_line([path.as_str()])),
        );
    }
    Ok(())
}
