//! `kb set`

use clap::Args;

use crate::cli::complete;
use crate::cli::consent::Consent;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::pick;
use crate::notebook::entries::{Assignment, Changed};
use crate::store::Stored;
use crate::text::english::count;

/// Set fields of one entry or of many
///
/// `field=value` replaces, `field+=value` adds to a list, `field-=value` takes from it, `field=` clears. After
/// `where` stands a filter (see `kb help filters`); then the change is shown first and asked for on a
/// terminal, and needs `--yes` elsewhere. One command is one step for `kb undo`.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb set goal/sparse-coding status=learning period=\"Feb-March 2024\"\n  kb set vae aliases+=VAEs\n  kb set status=read where kind:paper topic:transformers"
)]
pub struct Arguments {
    /// Refs and assignments; or assignments, `where` and a filter
    #[arg(value_name = "REF|FIELD=VALUE", required = true, add = complete::refs(), allow_hyphen_values = false)]
    words: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
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
        return Err(Failure::usage("name entries by ref, or `where` and a filter").hint("kb set status=read where kind:paper topic:transformers"));
    }
    if filter.is_none() {
        refs = pick::given_some(&refs, "set REF field=value", context)?;
    }
    let targets = targets(context, &refs, filter)?;
    if targets.is_empty() {
        return Ok(Exit::Nothing);
    }
    if arguments.consent.dry_run || filter.is_some() {
        let preview = context.open_to_write(true, false)?.set(&targets, &assignments)?;
        if arguments.consent.dry_run {
            report(context, &preview, true)?;
            return Ok(Exit::Done);
        }
        let lines: Vec<String> = preview.iter().map(describe).collect();
        if !arguments.consent.given(context, &lines, "change")? {
            return Ok(Exit::Usage);
        }
    }
    let changed = context.open_to_write(false, false)?.set(&targets, &assignments)?;
    report(context, &changed, false)?;
    Ok(Exit::Done)
}

/// The words before and after a word, if it stands there.
pub fn split<'a>(words: &'a [String], at: &str) -> (&'a [String], Option<&'a [String]>) {
    match words.iter().position(|word| word == at) {
        Some(place) => (&words[..place], Some(&words[place + 1..])),
        None => (words, None),
    }
}

/// The entries that refs or a filter mean; says so if the filter means none. The notebook is let go of, so that it can be written.
pub fn targets(context: &Context, refs: &[String], filter: Option<&[String]>) -> Result<Vec<Stored>, Failure> {
    let mut notebook = context.open()?;
    let filter = filter.unwrap_or_default();
    let query = notebook.query(filter, false)?;
    super::search::catch_up_for(&query, &mut notebook, context)?;
    let targets = notebook.targets(refs, filter)?;
    if targets.is_empty() {
        context.say("no entry matches the filter");
        context.did_you_mean(&notebook.near_labels(&query)?);
    }
    Ok(targets)
}

/// Prints the refs that changed, and on a terminal what changed.
pub fn report(context: &mut Context, changed: &[Changed], rehearsed: bool) -> Result<(), Failure> {
    for change in changed {
        if rehearsed {
            context.text(&(describe(change) + "\n"))?;
        } else {
            context.data(&format!("{}\n", change.after.reference()))?;
        }
    }
    let what = if rehearsed { "would change" } else { "changed" };
    context.chat(&format!("{what} {}", count(changed.len(), "entry", "entries")));
    Ok(())
}

/// `term/vae  status: want → learning`
fn describe(changed: &Changed) -> String {
    let (old, new) = (changed.before.logged(), changed.after.logged());
    let mut parts = Vec::new();
    for name in new.keys().chain(old.keys().filter(|name| !new.contains_key(*name))).filter(|name| *name != "updated") {
        let (before, after) = (old.get(name), new.get(name));
        if before != after {
            let text = |json: Option<&serde_json::Value>| json.map_or_else(|| "nothing".to_owned(), |json| short(&crate::format::rows::cell(json)));
            parts.push(format!("{name}: {} → {}", text(before), text(after)));
        }
    }
    format!("{}  {}", changed.before.reference(), parts.join(", "))
}

fn short(text: &str) -> String {
    crate::text::visible::cut(&crate::text::visible::visible_line(text), 60).into_owned()
}
