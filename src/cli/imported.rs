//! Says what an import did.

use super::context::Context;
use super::dry_run::DryRun;
use super::failure::{Exit, Failure};
use crate::notebook::Located;
use crate::notebook::import::Imported;
use crate::notebook::page::PageImport;
use crate::store::WriteMode;
use crate::text::english::count;

/// Prints the result of importing a page; with a dry run, also how each heading is read.
pub(super) fn page(
    import: &PageImport,
    name: &str,
    dry_run: DryRun,
    context: &mut Context,
) -> Result<(), Failure> {
    // A dry run of `kb sync` prints only the diff.
    let is_outlined = context.mode(dry_run) == WriteMode::DryRun;
    if is_outlined {
        for (place, title, meaning) in &import.sections {
            context.text(&format!(
                "{name}:{}: heading `{title}`: {meaning}\n",
                place.line
            ))?;
        }
        for (place, words) in &import.prose {
            context.text(&format!("{name}:{}: prose: {words}\n", place.line))?;
        }
    }
    for (kind, refs) in &import.added {
        if is_outlined {
            for reference in refs {
                context.text(&format!("add {reference}\n"))?;
            }
        }
        context
            .messages
            .say(&format!("{}: {} added", kind, refs.len()));
    }
    for reference in &import.apart {
        context.messages.say(&format!(
            "`{reference}` has the same name but stands on another page with other text: both are kept"
        ));
    }
    if !import.updated.is_empty() {
        context.messages.say(&format!(
            "{} {}changed: {}",
            count(import.updated.len(), "entry", "entries"),
            if dry_run.is_given() { "would be " } else { "" },
            import.updated.join(", ")
        ));
    }
    if !import.moved.is_empty() {
        context.messages.say(&format!(
            "{} no longer on the page, but on another: {}",
            count(import.moved.len(), "entry", "entries"),
            import.moved.join(", ")
        ));
    }
    if !import.absent.is_empty() {
        context.messages.say(&format!(
            "{} no longer on the page, kept in the notebook: {}",
            count(import.absent.len(), "entry", "entries"),
            import.absent.join(", ")
        ));
    }
    problems(&import.problems, name, context);
    let total: usize = import.added.iter().map(|(_, refs)| refs.len()).sum();
    let prose = count(import.prose.len(), "passage", "passages");
    let mut lines: Vec<String> = import
        .prose
        .iter()
        .map(|(place, _)| place.line.to_string())
        .take(10)
        .collect();
    if import.prose.len() > lines.len() {
        lines.push("…".to_owned());
    }
    match (import.changed, lines.is_empty()) {
        (false, _) => context.messages.say(&format!("`{name}` holds nothing new")),
        (true, true) => context.messages.say(&format!(
            "{} from `{name}`",
            count(total, "new entry", "new entries")
        )),
        (true, false) => context.messages.say(&format!(
            "{} from `{name}`, {prose} kept as prose (line {})",
            count(total, "new entry", "new entries"),
            lines.join(", ")
        )),
    }
    Ok(())
}

/// Prints the problems and the number of entries of an import.
pub(super) fn entries(
    imported: &Imported,
    name: &str,
    dry_run: DryRun,
    context: &Context,
) -> Result<Exit, Failure> {
    problems(&imported.problems, name, context);
    problems(&imported.notes, name, context);
    for (name, reference) in &imported.deleted {
        context.messages.say(&format!(
            "`{name}` is gone, its entry stays\n  kb remove {reference}"
        ));
    }
    let Imported {
        added,
        updated,
        unchanged,
        problems,
        kept,
        removed,
        ..
    } = imported;
    if !kept.is_empty() {
        context.messages.say(&format!(
            "{} changed in the notebook since: kept as in the notebook: {}",
            count(kept.len(), "entry", "entries"),
            kept.join(", ")
        ));
    }
    if !removed.is_empty() {
        context.messages.say(&format!(
            "{} removed in the notebook since: not added again: {}",
            count(removed.len(), "entry", "entries"),
            removed.join(", ")
        ));
    }
    let what = if dry_run.is_given() { "would be " } else { "" };
    context.messages.say(&format!(
        "{} {what}added, {updated} changed, {unchanged} unchanged",
        count(*added, "entry", "entries")
    ));
    Ok(if problems.is_empty() {
        Exit::Done
    } else {
        Exit::Partly
    })
}

/// Prints each problem with its line and column.
fn problems(problems: &[Located], name: &str, context: &Context) {
    for problem in problems {
        context.messages.line(&format!(
            "{name}:{}:{}: {}",
            problem.place.line, problem.place.column, problem.message
        ));
    }
}
