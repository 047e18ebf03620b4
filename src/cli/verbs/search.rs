//! `kb search`: finds entries by words and meaning.

use clap::Args;

use crate::cli::complete;
use crate::cli::config::Key;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::hits::{HitDetail, explained, human, row};
use crate::cli::messages::MessageKind;
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::terminal::FAINT;
use crate::cli::upkeep::{ask, catch_up};
use crate::model::Kinds;
use crate::model::query_text::QueryMode;
use crate::notebook::find::Hits;
use crate::notebook::find::Loaded;
use crate::search::rank::SearchOptions;
use crate::search::reading::MatchMode;
use crate::text::english::{count, quoted};
use crate::text::shell::command_line;

/// Find entries by words and meaning, best first
///
/// Every word is searched as it is: `multi-agent`, `C++`, `don't`, `(` are not syntax. Words in
/// quotes are an exact phrase. Filters (`kind:paper 'year>=2020'`) limit the entries that are
/// searched; see `kb help filters`. A word that no entry has is replaced by the nearest known word,
/// and standard error says so.
#[derive(Debug, Clone, Args)]
#[command(
    before_long_help = "Examples:\n  kb search sparse\n  kb search attention kind:paper\n  kb search how do transformers attend --since 2024\n  kb search --prefix transf --json slug,title,score"
)]
pub(crate) struct SearchArguments {
    /// Words and filters
    #[arg(value_name = "WORD|FILTER", required = true, add = complete::filters())]
    words: Vec<String>,
    /// Of this kind only
    #[arg(long, value_name = "KIND", add = complete::kinds())]
    kind: Option<String>,
    /// Added since then: an age such as `7d`, or a period
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// At most this many hits
    #[arg(long, short, value_name = "NUMBER")]
    limit: Option<usize>,
    /// All hits
    #[arg(long, short, conflicts_with = "limit")]
    all: bool,
    /// Match the last word as a prefix
    #[arg(long, short)]
    prefix: bool,
    /// Match the words as typed: no corrections, other forms, other names or related entries
    #[arg(long, short = 'x')]
    exact: bool,
    /// Match words only, not meaning
    #[arg(long)]
    lexical: bool,
    /// Say how the words were read, and how each hit got its score
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &SearchArguments, context: &mut Context) -> Result<Exit, Failure> {
    let mut notebook = context.open()?;
    catch_up(&mut notebook, context)?;
    let mut arguments = arguments.clone();
    if !arguments.words.is_empty() {
        arguments.output.check_spelling(&notebook)?;
    }
    arguments
        .output
        .settle(&mut arguments.words, &notebook, context)?;
    if let Some(since) = &arguments.since {
        let filter = format!("added>=\"{since}\"");
        // A search would take an invalid period for words, so it is refused here.
        notebook.query(std::slice::from_ref(&filter), QueryMode::Filter)?;
        arguments.words.push(filter);
    }
    let kept = notebook.setting("limit")?;
    let configured = context
        .config
        .value(Key::Limit, &context.environment, kept)
        .and_then(|(value, _)| value.parse().ok());
    let limit = if arguments.all {
        usize::MAX
    } else {
        arguments.limit.or(configured).unwrap_or(10)
    };
    let mode = MatchMode {
        open: arguments.prefix,
        exact: arguments.exact,
    };
    let options = SearchOptions {
        limit,
        mode,
        lexical: arguments.lexical,
    };
    // The default columns need no fields of a kind.
    let (loaded, detail) = match (arguments.output.is_chosen(), arguments.explain) {
        (_, true) => (Loaded::Whole, HitDetail::Explained),
        (true, false) => (Loaded::Whole, HitDetail::Score),
        (false, false) => (Loaded::Common, HitDetail::Snippet),
    };
    let Hits { hits, found } = ask(&mut notebook, context, |notebook| {
        notebook.search(&arguments.words, arguments.kind.as_deref(), options, loaded)
    })?;
    for correction in &found.reading.corrections {
        let others = if correction.near.len() > 1 {
            format!(
                " (or did you mean {}?)",
                quoted(&correction.near[1..], "or")
            )
        } else {
            String::new()
        };
        let (typed, taken) = (&correction.typed, &correction.near[0]);
        context.messages.say(&match correction.entries {
            0 => format!("no entry has `{typed}`: searched for `{taken}`{others}"),
            few => format!(
                "only {} `{typed}`: searched for `{taken}` too{others}",
                count(few, "entry has", "entries have")
            ),
        });
    }
    if found.reading.phrases_alone {
        context
            .messages
            .say("no entry has the phrase and the other words: searched for the phrase");
    }
    for phrase in &found.reading.loosened {
        context.messages.say(&format!(
            "no entry has the phrase `{phrase}`: searched for its words"
        ));
    }
    for word in &found.reading.unknown {
        context.messages.say(&format!("no entry has `{word}`"));
    }
    if arguments.explain {
        context.messages.line(&format!(
            "read as {}",
            notebook.search_query(&arguments.words, arguments.kind.as_deref())?
        ));
        context
            .messages
            .line(&format!("full-text query: {}", found.ranking.expression));
        hits.iter()
            .for_each(|hit| context.messages.line(&explained(hit)));
    }
    let mut suggestions = Vec::new();
    if hits.is_empty() {
        suggestions = notebook.suggestions(&found.reading)?;
        suggestions.extend(
            notebook.near_labels(
                &notebook.search_query(&arguments.words, arguments.kind.as_deref())?,
            )?,
        );
    }
    // Passages of pages fill up a list that has fewer hits than the limit. Hits that are only
    // related by meaning do not count.
    let few = hits.iter().filter(|hit| !hit.ranked.related).count() < limit;
    let passages = if few {
        notebook.prose_with(&notebook.search_query(&arguments.words, arguments.kind.as_deref())?)?
    } else {
        Vec::new()
    };
    // The default columns do not use the definitions of the kinds.
    let kinds = if loaded == Loaded::Whole {
        notebook.kinds().clone()
    } else {
        Kinds::default()
    };
    notebook.close_fast();
    context.through_pager();
    let columns = ["ref", "title", "snippet"].map(str::to_owned);
    // Whether a person reads the output in its default form.
    let people = context.environment.stdout_terminal
        && !arguments.output.is_json()
        && arguments.output.fields().is_empty();
    let mut rows = Rows::begin(&arguments.output, context, &columns, &columns, "hit");
    let mut tail = false;
    for hit in &hits {
        if people {
            // The heading is printed once, before the first hit that is only related by meaning.
            if hit.ranked.related && !std::mem::replace(&mut tail, true) {
                context.data(&format!(
                    "{}\n",
                    context.colour().paint(FAINT, "related by meaning:")
                ))?;
            }
            let text = human(hit, context.colour());
            context.data(&text)?;
        } else {
            row(&mut rows, context, hit, &kinds, detail)?;
        }
    }
    if !people {
        rows.end(context)?;
    }
    for (page, place, words) in passages.iter().take(limit) {
        context.messages.say(&format!(
            "on the page `{page}`, line {}: {words}",
            place.line
        ));
    }
    if hits.is_empty() {
        context.messages.say(if passages.is_empty() {
            "nothing found"
        } else {
            "no entry found"
        });
        context.messages.did_you_mean(&suggestions);
        let typed = arguments.words.join(" ");
        if !found.reading.question.required.is_empty() {
            let plain = typed.replace('"', "");
            context.messages.label(
                MessageKind::Hint,
                &format!(
                    "without quotes: kb search {}",
                    if plain == typed {
                        command_line(plain.split_whitespace())
                    } else {
                        shell_words::quote(plain.trim()).into_owned()
                    }
                ),
            );
        } else if let Some(word) = arguments.words.iter().find(|word| word.contains(':')) {
            // A field term that matched nothing may have been meant as words, or have words after it.
            let words = arguments
                .words
                .iter()
                .flat_map(|word| word.split_whitespace());
            let line = if word.contains(' ') {
                command_line(words)
            } else {
                command_line([format!("\"{word}\"")].iter().map(String::as_str))
            };
            context
                .messages
                .label(MessageKind::Hint, &format!("kb search {line}"));
        } else if let Some(start) = typed.strip_suffix('*') {
            context.messages.label(
                MessageKind::Hint,
                &format!("kb search --prefix {}", shell_words::quote(start)),
            );
        }
        return Ok(Exit::Nothing);
    }
    Ok(Exit::Done)
}
