//! `kb view`: saves, lists and removes named filters.

use clap::{Args, Subcommand};
use serde_json::{Map, Value as Json};

use crate::cli::changes::say_broken_filters;
use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::notebook::IfMissing;
use crate::store::WriteMode;
use crate::text::nearest::nearest;

/// Save a filter under a name, list or remove saved filters
///
/// A saved filter is used as `@NAME` wherever a filter is accepted, also inside another one: `kb
/// list @recent`, `kb search sparse @recent`, `kb export recent.csv @recent`. It is kept in the
/// notebook as the setting `view.NAME`.
#[derive(Debug, Subcommand)]
#[command(
    before_long_help = "Examples:\n  kb view save recent \"added:7d\"\n  kb list @recent\n  kb view remove recent"
)]
pub(crate) enum ViewVerb {
    /// Save a filter
    Save(SaveView),
    /// List the saved filters
    #[command(visible_alias = "ls")]
    List(ListViews),
    /// Remove a saved filter
    #[command(visible_alias = "rm")]
    Remove(RemoveView),
}

#[derive(Debug, Args)]
pub(crate) struct SaveView {
    /// The name of the filter
    name: String,
    /// The filter; see `kb help filters`
    #[arg(value_name = "FILTER", required = true, add = complete::filters())]
    filter: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ListViews {
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RemoveView {
    /// The name of the filter
    #[arg(add = complete::views())]
    name: String,
    /// For good: take it out of the history too, where `kb undo` finds it
    #[arg(long)]
    purge: bool,
}

pub(crate) fn run(verb: ViewVerb, context: &mut Context) -> Result<Exit, Failure> {
    match verb {
        ViewVerb::Save(save) => {
            let name = save.name.trim_start_matches('@');
            if name.is_empty()
                || !name
                    .chars()
                    .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            {
                return Err(
                    Failure::usage(format!("`{name}` is not a valid name for a filter"))
                        .hint("letters, digits, `-` and `_`: kb view save recent \"added:7d\""),
                );
            }
            context
                .open_to_write(WriteMode::Commit, IfMissing::Fail)?
                .save_view(name, &save.filter)?;
            context.messages.chat(&format!("use it as `@{name}`"));
            Ok(Exit::Done)
        }
        ViewVerb::List(list) => {
            let views = context.open()?.views()?;
            let columns = ["name", "filter"];
            let mut rows = Rows::plain(&list.output, context, &columns, &[], "view")?;
            for (name, filter) in views {
                rows.map(
                    context,
                    &Map::from_iter([
                        ("name".to_owned(), Json::from(name)),
                        ("filter".to_owned(), Json::from(filter)),
                    ]),
                )?;
            }
            rows.end(context)?;
            Ok(Exit::Done)
        }
        ViewVerb::Remove(remove) => {
            let name = remove.name.trim_start_matches('@');
            let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
            let is_removed = match remove.purge {
                true => notebook.purge_view(name)?,
                false => notebook.remove_view(name)?,
            };
            if is_removed {
                say_broken_filters(&notebook, context)?;
                return Ok(Exit::Done);
            }
            let names: Vec<String> = notebook
                .views()?
                .into_iter()
                .map(|(name, _)| name)
                .collect();
            let failure = Failure::new(Exit::Nothing, format!("no saved filter `{name}`"));
            Err(match nearest(name, &names).first() {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("kb view list"),
            })
        }
    }
}
