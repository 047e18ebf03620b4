//! `kb set`: sets fields of entries.

use clap::Args;

use crate::cli::changes::{Refs, describe, report, split, targets};
use crate::cli::complete;
use crate::cli::consent::Consent;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pick;
use crate::cli::typed;
use crate::format::bibliography;
use crate::model::Period;
use crate::notebook::IfMissing;
use crate::notebook::entries::{Assignment, Changed};
use crate::store::WriteMode;
use crate::text::shell::command_line;

/// Set fields of one entry or of many
///
/// `field=value` replaces, `field+=value` adds to a list, `field-=value` removes from it, `field=`
/// clears. `where` is followed by a filter (see `kb help filters`): kb then shows the change first
/// and asks on a terminal; elsewhere it needs `--yes`. One command is one step for `kb undo`.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb set goal/sparse-coding status=learning period=\"Feb-March 2024\"\n  kb set vae aliases+=VAEs\n  kb set status=read where kind:paper topic:transformers"
)]
pub(crate) struct SetArguments {
    /// Refs and assignments; or assignments, `where` and a filter
    #[arg(value_name = "REF|FIELD=VALUE", required = true, add = complete::assignments(), allow_hyphen_values = false)]
    words: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

impl SetArguments {
    /// Refs and assignments.
    pub(super) fn of(words: Vec<String>) -> SetArguments {
        SetArguments {
            words,
            consent: Consent::default(),
        }
    }
}

/// Adds the line with `where`, if a word that is not a ref looks like a filter.
fn with_where(failure: Failure, words: &[String], refs: &[String]) -> Failure {
    if !refs.iter().any(|word| word.contains([':', '<', '>'])) {
        return failure;
    }
    let assignments = words.iter().filter(|word| !refs.contains(word));
    let line = ["kb", "set"]
        .into_iter()
        .chain(assignments.map(String::as_str))
        .chain(["where"])
        .chain(refs.iter().map(String::as_str));
    failure.hint(command_line(line))
}

pub(crate) fn run(arguments: &SetArguments, context: &mut Context) -> Result<Exit, Failure> {
    let (before, filter) = split(&arguments.words, "where");
    let mut refs = Vec::new();
    let mut assignments = Vec::new();
    for word in before {
        match Assignment::read(word) {
            Some(mut assignment) => {
                if assignment.texts == ["-"] {
                    assignment.texts = vec![context.read_text(std::path::Path::new("-"))?];
                }
                assignments.push(assignment);
            }
            None => refs.push(word.clone()),
        }
    }
    if assignments.is_empty() {
        return Err(Failure::usage("nothing to set").hint("kb set REF field=value"));
    }
    if !refs.is_empty() && filter.is_some() {
        return Err(
            Failure::usage("name entries by ref, or `where` and a filter")
                .hint("kb set status=read where kind:paper topic:transformers"),
        );
    }
    if filter.is_none() {
        refs = pick::given_some(&refs, "set REF field=value", context)?;
    }
    let targets = targets(context, &refs, filter, &arguments.consent, Refs::Forgiving)
        .map_err(|failure| with_where(failure, &arguments.words, &refs))?;
    if targets.is_empty() {
        return Ok(Exit::Nothing);
    }
    let is_doubtful = |text: &String| Period::two_readings(text).is_some();
    if assignments
        .iter()
        .any(|one| one.texts.iter().any(is_doubtful))
    {
        let notebook = context.open()?;
        for assignment in &assignments {
            for text in &assignment.texts {
                typed::check(notebook.kinds().iter(), &assignment.field, text)?;
            }
        }
    }
    if arguments.consent.dry_run.is_given() {
        let preview = context
            .open_to_write(WriteMode::DryRun, IfMissing::Fail)?
            .set(&targets, &assignments)?;
        report(context, &preview, WriteMode::DryRun)?;
        return Ok(Exit::Done);
    }
    if filter.is_some() && !arguments.consent.is_given() {
        let preview = context.open()?.preview(&targets, &assignments)?;
        let lines: Vec<String> = preview.iter().map(describe).collect();
        if !arguments.consent.given(context, &lines, "change")? {
            return Ok(Exit::Usage);
        }
    }
    let changed = context
        .open_to_write(WriteMode::Commit, IfMissing::Fail)?
        .set(&targets, &assignments)?;
    report(context, &changed, WriteMode::Commit)?;
    if assignments
        .iter()
        .any(|assignment| assignment.field == "key")
    {
        say_citations(&changed, context);
    }
    Ok(Exit::Done)
}

/// Names the citation keys that changed: documents cite the former ones.
fn say_citations(changed: &[Changed], context: &Context) {
    for Changed { before, after } in changed {
        let [old, new] = [before, after].map(bibliography::key);
        if old == new {
            continue;
        }
        let still = match bibliography::is_in_ids(&after.extra, &old) {
            true => "; BibLaTeX still finds the old one by `ids`",
            false => "",
        };
        context.messages.say(&format!(
            "`\\cite{{{old}}}` is `\\cite{{{new}}}` now{still}"
        ));
    }
}
