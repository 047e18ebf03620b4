//! `kb search`

use clap::Args;
use serde_json::{Map, Value as Json, json};

use crate::cli::complete;
use crate::cli::config::Key;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::terminal::{FAINT, HEADING, MARK, styled};
use crate::model::Audience;
use crate::notebook::find::{Hit, SearchOptions};
use crate::search::snippet::Snippet;
use crate::text::visible::visible_line;

/// Find entries by their words, best first
///
/// Every word simply searches: `multi-agent`, `C++`, `don't`, `(` are no syntax. Words in quotes are an exact
/// phrase. Filters (`kind:paper 'year>=2020'`) limit what is looked through; see `kb help filters`.
#[derive(Debug, Clone, Args)]
#[command(before_long_help = "Examples:\n  kb search sparse\n  kb search attention kind:paper\n  kb search --prefix transf --json slug,title,score")]
pub struct Arguments {
    /// Words and filters
    #[arg(value_name = "WORD|FILTER", required = true, add = complete::filters())]
    words: Vec<String>,
    /// Of this kind only
    #[arg(long, value_name = "KIND", add = complete::kinds())]
    kind: Option<String>,
    /// At most so many hits
    #[arg(long, short, value_name = "NUMBER")]
    limit: Option<usize>,
    /// The last word may be the start of a word
    #[arg(long, short)]
    prefix: bool,
    /// Say how the words were read
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    output: OutputArguments,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let mut arguments = arguments.clone();
    arguments.output.settle(&mut arguments.words, &notebook)?;
    if arguments.explain {
        context.line(&notebook.search_query(&arguments.words, arguments.kind.as_deref())?.to_string());
    }
    let kept = notebook.setting("limit")?;
    let configured = context.config.value(Key::Limit, &context.environment, kept).and_then(|(value, _)| value.parse().ok());
    let options = SearchOptions { limit: arguments.limit.or(configured).unwrap_or(10), prefix: arguments.prefix };
    let hits = notebook.search(&arguments.words, arguments.kind.as_deref(), &options)?;
    context.through_pager();
    let columns = ["ref", "title", "snippet"].map(str::to_owned);
    let people = context.environment.stdout_terminal && !arguments.output.is_json() && arguments.output.fields().is_empty();
    let mut rows = Rows::begin(&arguments.output, context, &columns, &columns, "hit");
    for hit in &hits {
        let Some(kind) = notebook.kinds().get(&hit.entry.kind).cloned() else { continue };
        if people {
            let text = human(hit, context.colour());
            context.data(&text)?;
        } else {
            let mut more: Map<String, Json> = Map::new();
            more.insert("score".to_owned(), json!((hit.score * 10_000.0).round() / 10_000.0));
            more.insert("snippet".to_owned(), json!(hit.snippet.text));
            rows.entry(context, &hit.entry, &kind, Audience::Owner, &more)?;
        }
    }
    if !people {
        rows.end(context)?;
    }
    if hits.is_empty() {
        context.say("nothing found");
        return Ok(Exit::Nothing);
    }
    Ok(Exit::Done)
}

fn human(hit: &Hit, colour: bool) -> String {
    let title = marked(&hit.title, colour);
    let mut text = format!("{}  {}\n", styled(&title, HEADING, colour && hit.title.marks.is_empty()), styled(&hit.entry.reference(), FAINT, colour));
    if !hit.snippet.text.is_empty() {
        text.push_str(&format!("  {}\n", marked(&hit.snippet, colour)));
    }
    text
}

/// The snippet with its marks coloured.
fn marked(snippet: &Snippet, colour: bool) -> String {
    let mut text = String::new();
    let mut at = 0;
    for mark in &snippet.marks {
        text.push_str(&visible_line(&snippet.text[at..mark.start]));
        text.push_str(&styled(&visible_line(&snippet.text[mark.clone()]), MARK, colour));
        at = mark.end;
    }
    text + &visible_line(&snippet.text[at..])
}
