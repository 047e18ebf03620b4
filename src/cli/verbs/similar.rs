//! `kb similar`: finds entries of similar meaning.

use clap::Args;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::hits::{HitDetail, human, row};
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::pick;
use crate::cli::upkeep::catch_up;

/// Find the entries that are most similar to an entry in meaning
///
/// Most similar first, by the meaning of all words of their titles and bodies, even if they share
/// no word. The score is a cosine similarity: 1 is the same meaning, 0 is unrelated. Filters limit
/// the entries that are compared. Without a ref, you pick one on a terminal.
#[derive(Debug, Clone, Args)]
#[command(
    before_long_help = "Examples:\n  kb similar vae\n  kb similar paper/attention-is-all-you-need kind:term --limit 3"
)]
pub(crate) struct SimilarArguments {
    /// The entry, then filters
    #[arg(value_name = "REF|FILTER", add = complete::refs())]
    words: Vec<String>,
    /// At most this many entries
    #[arg(long, short, value_name = "NUMBER", default_value_t = 10)]
    limit: usize,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &SimilarArguments, context: &mut Context) -> Result<Exit, Failure> {
    let mut notebook = context.open()?;
    catch_up(&mut notebook, context)?;
    let mut arguments = arguments.clone();
    arguments
        .output
        .settle(&mut arguments.words, &notebook, context)?;
    let mut words = arguments.words.into_iter();
    let reference = pick::given(words.next().as_deref(), "similar REF", context)?;
    let hits = notebook.similar(&reference, &words.collect::<Vec<_>>(), arguments.limit)?;
    let kinds = notebook.kinds().clone();
    notebook.close_fast();
    context.through_pager();
    if context.environment.stdout_terminal && !arguments.output.is_chosen() {
        for hit in &hits {
            let text = human(hit, context.colour());
            context.data(&text)?;
        }
    } else {
        let columns = ["ref", "title", "score"].map(str::to_owned);
        let mut rows = Rows::begin(&arguments.output, context, &columns, &columns, "hit");
        for hit in &hits {
            row(&mut rows, context, hit, &kinds, HitDetail::Score)?;
        }
        rows.end(context)?;
    }
    if hits.is_empty() {
        context.messages.say("no similar entry found");
        return Ok(Exit::Nothing);
    }
    Ok(Exit::Done)
}
