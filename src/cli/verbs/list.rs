//! `kb list`: lists entries.

use std::ops::ControlFlow;

use clap::Args;
use serde_json::Map;

use crate::cli::changes::check_words;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::upkeep::catch_up_for;
use crate::model::json::all_names;
use crate::model::{Audience, Kind};
use crate::notebook::Notebook;
use crate::store::Selection;

/// List entries
///
/// Lists the entries of a kind, those that match a filter, or all. A terminal gets a table, a pipe
/// gets tab-separated lines.
#[derive(Debug, Clone, Args)]
#[command(
    before_long_help = "Examples:\n  kb list terms\n  kb list papers topic:transformers 'year>=2020' --sort -year,title --json slug,title,year\n  kb list kind:goal,paper added:7d"
)]
pub(crate) struct ListArguments {
    /// A kind and filters
    #[arg(value_name = "KIND|FILTER", add = complete::filters())]
    words: Vec<String>,
    /// Order by these fields; `-` before one for descending
    #[arg(
        long,
        short,
        value_name = "FIELDS",
        value_delimiter = ',',
        allow_hyphen_values = true,
        add = complete::fields()
    )]
    sort: Vec<String>,
    /// At most this many entries
    #[arg(long, short, value_name = "NUMBER")]
    limit: Option<usize>,
    /// Say how the filter was read
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &ListArguments, context: &mut Context) -> Result<Exit, Failure> {
    let mut notebook = context.open()?;
    let mut arguments = arguments.clone();
    arguments.output.check_spelling(&notebook)?;
    // In `kb list --json papers`, clap takes `papers` as the fields of `--json`: it becomes the
    // first word again.
    arguments
        .output
        .settle(&mut arguments.words, &notebook, context)?;
    let (kind, filter) = split_kind(&notebook, &arguments.words);
    if let Some((first, second)) = kind.zip(
        filter
            .iter()
            .find(|word| notebook.kinds().get(word).is_some()),
    ) {
        return Err(
            Failure::usage(format!("`{first}` and `{second}` are two kinds"))
                .hint(format!("kb list kind:{first},{second}")),
        );
    }
    check_words(&notebook, filter, context)?;
    let selection = notebook.selection(kind, filter, &arguments.sort, arguments.limit)?;
    catch_up_for(&selection.query, &mut notebook, context)?;
    if arguments.explain {
        context.messages.line(&selection.query.to_string());
    }
    let sole = selection
        .query
        .kinds()
        .filter(|kinds| kinds.len() == 1)
        .and_then(|kinds| notebook.kinds().get(&kinds[0]));
    for field in arguments.output.fields() {
        notebook.check_field(&field, sole)?;
    }
    let is_table = arguments.output.is_table(context);
    let columns = columns(sole, is_table);
    let all = if arguments.output.is_sheet() {
        all_fields(&notebook, sole)
    } else {
        Vec::new()
    };
    context.through_pager();
    let heading = sole.map_or("entry", |kind| kind.name.as_str()).to_owned();
    let mut rows = Rows::begin(&arguments.output, context, &columns, &all, &heading);
    let selection = Selection {
        reads: rows.reads(),
        ..selection
    };
    // The callback cannot return an error of the output, so it stores the error and stops.
    let mut outcome = Ok(());
    notebook.for_each(&selection, Audience::Owner, |entry, kind| {
        outcome = rows.entry(context, entry, kind, Audience::Owner, &Map::new());
        if outcome.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    // Read while the notebook is still open; the suggestions are printed at the end.
    let near = if rows.count() == 0 {
        notebook.near_labels(&selection.query)?
    } else {
        Vec::new()
    };
    notebook.close_fast();
    outcome?;
    rows.end(context)?;
    if rows.count() == 0 {
        context.messages.chat("no entry matches");
        context.messages.did_you_mean(&near);
    }
    Ok(Exit::Done)
}

/// Splits the words into a kind, if the first word names one, and a filter.
fn split_kind<'a>(notebook: &Notebook, words: &'a [String]) -> (Option<&'a str>, &'a [String]) {
    match words.split_first() {
        Some((first, rest)) if notebook.kinds().get(first).is_some() => {
            (Some(first.as_str()), rest)
        }
        _ => (None, words),
    }
}

/// The default columns for entries of one kind, or of several: in a table for people, the title comes
/// first.
fn columns(sole: Option<&Kind>, is_table: bool) -> Vec<String> {
    let slug = || std::iter::once("slug".to_owned());
    match (sole, is_table) {
        (Some(kind), true) => kind.columns.iter().cloned().chain(slug()).collect(),
        (Some(kind), false) => slug().chain(kind.columns.iter().cloned()).collect(),
        (None, true) => ["title", "kind", "status", "period", "topics", "slug"]
            .map(str::to_owned)
            .to_vec(),
        (None, false) => ["ref", "title", "topics"].map(str::to_owned).to_vec(),
    }
}

/// The names of all fields of one kind, or of all kinds without duplicates. These are the columns
/// of CSV.
pub(crate) fn all_fields(notebook: &Notebook, sole: Option<&Kind>) -> Vec<String> {
    if let Some(kind) = sole {
        return all_names(kind, Audience::Owner);
    }
    let mut all: Vec<String> = Vec::new();
    for name in notebook
        .kinds()
        .iter()
        .flat_map(|kind| all_names(kind, Audience::Owner))
    {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}
