//! Changes of entries as people read them, and the entries that a command is about.

use super::context::Context;
use super::failure::Failure;
use super::upkeep::catch_up_for;
use crate::format::rows::cell;
use crate::notebook::entries::Changed;
use crate::store::{Stored, WriteMode};
use crate::text::english::count;
use crate::text::visible::{cut, visible_line};

/// The words before and after a word, if it stands there.
pub(super) fn split<'a>(words: &'a [String], at: &str) -> (&'a [String], Option<&'a [String]>) {
    match words.iter().position(|word| word == at) {
        Some(place) => (&words[..place], Some(&words[place + 1..])),
        None => (words, None),
    }
}

/// The entries that refs or a filter mean; says so if the filter means none. The notebook is let go of, so that it can be written.
pub(super) fn targets(
    context: &Context,
    refs: &[String],
    filter: Option<&[String]>,
) -> Result<Vec<Stored>, Failure> {
    let mut notebook = context.open()?;
    let filter = filter.unwrap_or_default();
    let query = notebook.query(filter, false)?;
    catch_up_for(&query, &mut notebook, context)?;
    let targets = notebook.targets(refs, filter)?;
    if targets.is_empty() {
        context.messages.say("no entry matches the filter");
        context
            .messages
            .did_you_mean(&notebook.near_labels(&query)?);
    }
    Ok(targets)
}

/// Prints the refs that changed, and on a terminal what changed.
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

/// `term/vae  status: want → learning`
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

fn short(text: &str) -> String {
    cut(&visible_line(text), 60).into_owned()
}
