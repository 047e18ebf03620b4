//! `kb search`

use clap::Args;
use serde_json::{Map, Value as Json, json};

use crate::cli::complete;
use crate::cli::config::Key;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::progress::Progress;
use crate::cli::terminal::{FAINT, HEADING, MARK, styled};
use crate::model::{Audience, Kind, Kinds, Query};
use crate::notebook::find::{Hit, Hits};
use crate::notebook::{Notebook, NotebookError};
use crate::search::question::Manner;
use crate::search::rank::Options;
use crate::search::snippet::Snippet;
use crate::store::StoreError;
use crate::text::english::{count, quoted};
use crate::text::visible::visible_line;

/// Find entries by their words and what they mean, best first
///
/// Every word simply searches: `multi-agent`, `C++`, `don't`, `(` are no syntax. Words in quotes are an exact
/// phrase. Filters (`kind:paper 'year>=2020'`) limit what is looked through; see `kb help filters`. A word that no
/// entry has is taken for the nearest that some have, and standard error says so.
#[derive(Debug, Clone, Args)]
#[command(
    before_long_help = "Examples:\n  kb search sparse\n  kb search attention kind:paper\n  kb search how do transformers attend --since 2024\n  kb search --prefix transf --json slug,title,score"
)]
pub struct Arguments {
    /// Words and filters
    #[arg(value_name = "WORD|FILTER", required = true, add = complete::filters())]
    words: Vec<String>,
    /// Of this kind only
    #[arg(long, value_name = "KIND", add = complete::kinds())]
    kind: Option<String>,
    /// Added since then: an age such as `7d`, or a period
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// At most so many hits
    #[arg(long, short, value_name = "NUMBER")]
    limit: Option<usize>,
    /// All hits
    #[arg(long, short, conflicts_with = "limit")]
    all: bool,
    /// The last word may be the start of a word
    #[arg(long, short)]
    prefix: bool,
    /// The words as they are typed: no corrections, other forms, other names or related entries
    #[arg(long, short = 'x')]
    exact: bool,
    /// By the words alone, not by what they mean
    #[arg(long)]
    lexical: bool,
    /// Say how the words were read, and how each hit got its score
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    output: OutputArguments,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let mut notebook = context.open()?;
    catch_up(&mut notebook, context)?;
    let mut arguments = arguments.clone();
    arguments.output.settle(&mut arguments.words, &notebook)?;
    if let Some(since) = &arguments.since {
        let filter = format!("added>=\"{since}\"");
        notebook.query(std::slice::from_ref(&filter), false)?;
        arguments.words.push(filter);
    }
    let kept = notebook.setting("limit")?;
    let configured = context.config.value(Key::Limit, &context.environment, kept).and_then(|(value, _)| value.parse().ok());
    let limit = if arguments.all { usize::MAX } else { arguments.limit.or(configured).unwrap_or(10) };
    let manner = Manner { open: arguments.prefix, exact: arguments.exact };
    let options = Options { limit, manner, lexical: arguments.lexical };
    // The columns of people and of plain lines need nothing that only a kind knows.
    let whole = arguments.explain || arguments.output.is_chosen();
    let Hits { hits, found } = ask(&mut notebook, context, |notebook| notebook.search(&arguments.words, arguments.kind.as_deref(), options, whole))?;
    for correction in &found.reading.corrections {
        let others = if correction.near.len() > 1 { format!(" (or did you mean {}?)", quoted(&correction.near[1..], "or")) } else { String::new() };
        let (typed, taken) = (&correction.typed, &correction.near[0]);
        context.say(&match correction.entries {
            0 => format!("no entry has `{typed}`: searched for `{taken}`{others}"),
            few => format!("only {} `{typed}`: searched for `{taken}` too{others}", count(few, "entry has", "entries have")),
        });
    }
    if arguments.explain {
        context.line(&format!("read as {}", notebook.search_query(&arguments.words, arguments.kind.as_deref())?));
        context.line(&format!("asked for {}", found.ranking.expression));
        hits.iter().for_each(|hit| context.line(&explained(hit)));
    }
    let mut suggestions = Vec::new();
    if hits.is_empty() {
        suggestions = notebook.suggestions(&found.reading)?;
        suggestions.extend(notebook.near_labels(&notebook.search_query(&arguments.words, arguments.kind.as_deref())?)?);
    }
    let few = hits.iter().filter(|hit| !hit.ranked.related).count() < limit;
    let passages = if few { notebook.prose_with(&notebook.search_query(&arguments.words, arguments.kind.as_deref())?)? } else { Vec::new() };
    // The columns of people and of plain lines look at no definition.
    let kinds = if whole { notebook.kinds().clone() } else { Kinds::default() };
    notebook.leave();
    context.through_pager();
    let columns = ["ref", "title", "snippet"].map(str::to_owned);
    let people = context.environment.stdout_terminal && !arguments.output.is_json() && arguments.output.fields().is_empty();
    let mut rows = Rows::begin(&arguments.output, context, &columns, &columns, "hit");
    let mut tail = false;
    for hit in &hits {
        if people {
            if hit.ranked.related && !std::mem::replace(&mut tail, true) {
                context.data(&format!("{}\n", styled("related, by what they mean:", FAINT, context.colour())))?;
            }
            let text = human(hit, context.colour());
            context.data(&text)?;
        } else {
            let kind = kinds.get(&hit.entry.kind).cloned().unwrap_or_else(|| Kind::stand_in(&hit.entry.kind));
            rows.entry(context, &hit.entry, &kind, Audience::Owner, &more(hit, whole, arguments.explain))?;
        }
    }
    if !people {
        rows.end(context)?;
    }
    for (page, place, words) in passages.iter().take(limit) {
        context.say(&format!("on the page `{page}`, line {}: {words}", place.line));
    }
    if hits.is_empty() {
        context.say(if passages.is_empty() { "nothing found" } else { "no entry found" });
        context.did_you_mean(&suggestions);
        return Ok(Exit::Nothing);
    }
    Ok(Exit::Done)
}

/// Brings the search index in step if a query needs it.
pub fn catch_up_for(query: &Query, notebook: &mut Notebook, context: &Context) -> Result<(), Failure> {
    if query.has_words() { catch_up(notebook, context) } else { Ok(()) }
}

/// Brings the search index in step, with a bar. Where the notebook may not be written, that is said and what is there is searched.
pub fn catch_up(notebook: &mut Notebook, context: &Context) -> Result<(), Failure> {
    match with_bar(context, |progress| notebook.catch_up(progress)) {
        Err(NotebookError::Store(error @ (StoreError::ReadOnly(_) | StoreError::Busy | StoreError::Full))) => {
            context.label("warning", &format!("the search index is out of step and cannot be made anew: {error}"));
            Ok(())
        }
        caught => Ok(caught?),
    }
}

/// Makes the views and the search index anew, with a bar.
pub fn mend(notebook: &mut Notebook, context: &Context) -> Result<(), Failure> {
    Ok(with_bar(context, |progress| notebook.mend(progress))?)
}

fn with_bar<T>(context: &Context, work: impl FnOnce(&mut dyn FnMut(usize, usize)) -> T) -> T {
    let mut progress = Progress::of_entries("indexing", context);
    let done = work(&mut |done, total| progress.at(done as u64, total as u64));
    progress.end();
    done
}

/// What the index is asked; if it turns out to be damaged, it is made anew and asked again.
fn ask<T>(notebook: &mut Notebook, context: &Context, question: impl Fn(&Notebook) -> Result<T, NotebookError>) -> Result<T, Failure> {
    match question(notebook) {
        Err(NotebookError::Store(StoreError::Index)) => {
            mend(notebook, context)?;
            context.say("the search index was damaged and has been made anew");
            Ok(question(notebook)?)
        }
        answer => Ok(answer?),
    }
}

/// What rows of a search have beside the fields of their entry; the snippet alone if no other was asked for.
pub fn more(hit: &Hit, whole: bool, explain: bool) -> Map<String, Json> {
    let rounded = |number: f64| json!((number * 10_000.0).round() / 10_000.0);
    let ranked = &hit.ranked;
    let mut more: Map<String, Json> = Map::new();
    more.insert("snippet".to_owned(), json!(hit.snippet.text));
    if !whole {
        return more;
    }
    more.insert("score".to_owned(), rounded(ranked.score));
    more.insert("matched_fields".to_owned(), json!(hit.matched));
    more.insert("snippet_marks".to_owned(), marks(&hit.snippet));
    more.insert("found_by".to_owned(), json!(if ranked.related { "meaning" } else { "words" }));
    if explain {
        let parts = [("name", ranked.name), ("complete", ranked.complete), ("words", ranked.words), ("meaning", ranked.meaning), ("bm25", ranked.worth)];
        more.insert("score_parts".to_owned(), parts.into_iter().map(|(name, part)| (name.to_owned(), rounded(part))).collect::<Map<_, _>>().into());
    }
    more
}

/// Where the words stand in a snippet: first character and the one behind the last.
fn marks(snippet: &Snippet) -> Json {
    let characters = |byte: usize| snippet.text[..byte].chars().count();
    snippet.marks.iter().map(|mark| json!([characters(mark.start), characters(mark.end)])).collect()
}

/// How a hit got its score, in one line.
fn explained(hit: &Hit) -> String {
    let ranked = &hit.ranked;
    let mut parts = Vec::new();
    match ranked.name as u8 {
        3 => parts.push("3 (is called so)".to_owned()),
        2 => parts.push("2 (its name begins so)".to_owned()),
        1 => parts.push("1 (in its name)".to_owned()),
        _ => {}
    }
    if ranked.complete > 0.0 {
        parts.push(format!("{} (has every word)", ranked.complete));
    }
    if ranked.words > 0.0 {
        parts.push(format!("{:.3} (words, bm25 {:.2}, in {})", ranked.words, ranked.worth, hit.matched.join(", ")));
    }
    if ranked.meaning > 0.0 {
        parts.push(format!("{:.3} (meaning)", ranked.meaning));
    }
    format!("{:.3} {} = {}", ranked.score, hit.entry.reference(), parts.join(" + "))
}

/// A hit as people read it.
pub fn human(hit: &Hit, colour: bool) -> String {
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
    for mark in snippet.marks.iter().filter(|mark| mark.start < mark.end) {
        if mark.start < at {
            continue;
        }
        text.push_str(&visible_line(&snippet.text[at..mark.start]));
        text.push_str(&styled(&visible_line(&snippet.text[mark.clone()]), MARK, colour));
        at = mark.end;
    }
    text + &visible_line(&snippet.text[at..])
}
