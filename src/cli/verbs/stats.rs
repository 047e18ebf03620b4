//! `kb stats`: counts as charts.
//!
//! Each chart is a list of names and numbers. With an output format such as `--json` it is those rows,
//! with `--svg` an image, else a drawing that fits the terminal.

use std::path::{Path, PathBuf};

use chrono::{Datelike, Days, NaiveDate};
use clap::{Args, ValueEnum, ValueHint};
use serde_json::Value as Json;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::notebook::Notebook;
use crate::text::chart::{self, Glyphs};
use crate::text::english::count;
use crate::text::visible::visible_line;

/// The most bars of months and topics that a terminal gets.
const MOST: usize = 24;

/// The weeks of a year of activity.
const WEEKS: u64 = 53;

/// Draw what the notebook holds: by kind and status, by month, by topic, a year of activity, a timeline
///
/// Months are those in which the periods of entries begin; entries without one are counted apart. With
/// `--status learnt`, they are those in which entries got that status: the month of the period of a
/// goal or of another kind that is told by its periods, else the month in which a command set it, but
/// for imports. The
/// activity is the number of commands that changed something. `--json` has the numbers, `--svg` writes the
/// chart as an image.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb stats\n  kb stats months --kind achievements\n  kb stats months --status learnt\n  kb stats topics --json\n  kb stats activity\n  kb stats timeline --since 2023\n  kb stats --svg kinds.svg"
)]
pub(crate) struct StatsArguments {
    /// What to draw
    #[arg(value_name = "CHART", default_value = "kinds")]
    chart: Chart,
    /// Only entries of this kind
    #[arg(long, value_name = "KIND", add = complete::kinds())]
    kind: Option<String>,
    /// Only entries of this topic and those below it
    #[arg(long, value_name = "TOPIC", add = complete::topics())]
    topic: Option<String>,
    /// Only entries with this status, by the month in which they got it
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only from this month or day on
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Write the chart as an SVG image
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    svg: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Chart {
    Kinds,
    Months,
    Topics,
    Activity,
    /// Goals and achievements, and other kinds that are told by their periods, over months
    Timeline,
}

/// Counts, then writes rows, an image, or a drawing for a terminal.
pub(crate) fn run(arguments: &StatsArguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let topic = arguments.topic.iter().map(|topic| format!("topic:{topic}"));
    let filter: Vec<String> = topic.collect();
    let kind = arguments.kind.as_deref();
    let is_chosen = kind.is_some() || !filter.is_empty();
    if is_chosen && arguments.chart == Chart::Activity {
        return Err(
            Failure::usage("the activity is that of the whole notebook").hint("kb stats activity")
        );
    }
    if !filter.is_empty() && arguments.status.is_some() {
        return Err(
            Failure::usage("`--topic` and `--status` do not go together")
                .hint("kb stats months --status learnt"),
        );
    }
    if arguments.status.is_some() && arguments.chart != Chart::Months {
        return Err(
            Failure::usage("`--status` is for months").hint("kb stats months --status learnt")
        );
    }
    let (what, title, mut rows) = match arguments.chart {
        Chart::Kinds => (
            "kind",
            "Entries by kind and status",
            match is_chosen {
                true => notebook.chosen_by_kind(kind, &filter)?,
                false => notebook.counts_by_kind()?,
            },
        ),
        Chart::Timeline => return timeline(arguments, &filter, &notebook, context),
        Chart::Topics => (
            "topic",
            "Entries by topic",
            match is_chosen {
                true => notebook.chosen_by_topic(kind, &filter)?,
                false => notebook.counts_by_topic()?,
            },
        ),
        Chart::Activity => ("day", "Changes by day", notebook.counts_by_day()?),
        Chart::Months => {
            let (months, undated) = match filter.is_empty() {
                true => notebook.counts_by_month(kind, arguments.status.as_deref())?,
                false => notebook.chosen_by_month(kind, &filter)?,
            };
            say_undated(undated, context);
            ("month", "Entries by month", months)
        }
    };
    if let Some(since) = &arguments.since {
        let is_dated = matches!(arguments.chart, Chart::Months | Chart::Activity);
        let is_start = since.len() >= 4 && since.chars().all(|c| c.is_ascii_digit() || c == '-');
        if !is_dated || !is_start {
            return Err(Failure::usage(format!(
                "`--since {since}`: months and activity start at a year, a month or a day"
            ))
            .hint("kb stats months --since 2024-01"));
        }
        rows.retain(|(day, _)| day.as_str() >= since.as_str());
    }
    if let Some(file) = &arguments.svg {
        if arguments.chart == Chart::Activity {
            rows = by_month(&rows);
        }
        return image_out(file, &chart::svg(title, &rows), context);
    }
    if arguments.output.is_given() {
        let mut out = Rows::plain(&arguments.output, context, &[what, "count"], &[], what)?;
        for (name, number) in rows {
            let cells = [(what, Json::from(name)), ("count", Json::from(number))];
            out.named(context, cells)?;
        }
        out.end(context)?;
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        context
            .messages
            .say("nothing to count yet\n  kb add paper \"A title\"");
        return Ok(Exit::Nothing);
    }
    let glyphs = glyphs(context);
    let drawn = match arguments.chart {
        Chart::Activity => activity(&rows, notebook.clock().today, glyphs),
        chart => {
            let left_out = rows.len().saturating_sub(MOST);
            let shown = match chart {
                Chart::Months => &rows[left_out..],
                Chart::Topics => &rows[..rows.len() - left_out],
                _ => &rows[..],
            };
            chart::bars(shown, context.columns(), glyphs)
        }
    };
    context.text(&drawn)?;
    Ok(Exit::Done)
}

/// Entries as bars over the months of their periods.
fn timeline(
    arguments: &StatsArguments,
    filter: &[String],
    notebook: &Notebook,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let (mut spans, undated) = notebook.timeline(arguments.kind.as_deref(), filter)?;
    if let Some(since) = &arguments.since {
        spans.retain(|span| chart::month_name(span.to).as_str() >= since.as_str());
    }
    say_undated(undated, context);
    if let Some(file) = &arguments.svg {
        let image = chart::timeline_svg("Timeline", &spans);
        return image_out(file, &image, context);
    }
    if arguments.output.is_given() {
        let columns = ["title", "from", "to"];
        let mut out = Rows::plain(&arguments.output, context, &columns, &[], "entry")?;
        for span in spans {
            let [from, to] = [span.from, span.to].map(|month| Json::from(chart::month_name(month)));
            let cells = [
                ("title", Json::from(span.label)),
                ("from", from),
                ("to", to),
            ];
            out.named(context, cells)?;
        }
        out.end(context)?;
        return Ok(Exit::Done);
    }
    if spans.is_empty() {
        context
            .messages
            .say("nothing has a period yet\n  kb add goal \"A title\" --period \"Feb-March 2024\"");
        return Ok(Exit::Nothing);
    }
    for span in &mut spans {
        span.label = visible_line(&span.label).into_owned();
    }
    let drawn = chart::timeline(&spans, context.columns(), glyphs(context));
    context.text(&drawn)?;
    Ok(Exit::Done)
}

/// Says how many entries no chart of months has.
fn say_undated(undated: usize, context: &Context) {
    if undated > 0 {
        let entries = count(undated, "entry has", "entries have");
        context.messages.say(&format!("{entries} no date"));
    }
}

/// Writes an image, in place of an earlier chart but of no other file.
fn image_out(file: &Path, image: &str, context: &Context) -> Result<Exit, Failure> {
    let path = context.environment.path(file);
    let name = file.display();
    match std::fs::read(&path) {
        Ok(bytes) if !chart::is_svg(&bytes) => {
            return Err(
                Failure::usage(format!("`{name}` exists and is not a chart"))
                    .hint("kb stats --svg chart.svg"),
            );
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Failure::file(&path, &error));
        }
        _ => {}
    }
    context.write_file(&path, image.as_bytes())?;
    context.messages.say(&format!("`{name}` has the chart"));
    Ok(Exit::Done)
}

/// Blocks where the locale is UTF-8, else ASCII.
fn glyphs(context: &Context) -> Glyphs {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| {
            context
                .environment
                .variable(name)
                .filter(|value| !value.is_empty())
        })
        .unwrap_or_default();
    let folded = locale.to_lowercase().replace('-', "");
    match folded.contains("utf8") {
        true => Glyphs::Blocks,
        false => Glyphs::Ascii,
    }
}

/// The last year of days, from a Monday to today.
fn activity(rows: &[(String, usize)], today: NaiveDate, glyphs: Glyphs) -> String {
    let monday = today - Days::new(today.weekday().num_days_from_monday().into());
    let first = monday - Days::new(7 * (WEEKS - 1));
    let days: Vec<usize> = first
        .iter_days()
        .take_while(|day| *day <= today)
        .map(|day| {
            let name = day.format("%Y-%m-%d").to_string();
            // The rows are in the order of their days.
            let found = rows.binary_search_by(|(other, _)| other.cmp(&name));
            found.map_or(0, |at| rows[at].1)
        })
        .collect();
    let total: usize = days.iter().sum();
    format!(
        "{}{} since {}\n",
        chart::year(&days, glyphs),
        count(total, "change", "changes"),
        first.format("%Y-%m-%d")
    )
}

/// The days of each month together.
fn by_month(rows: &[(String, usize)]) -> Vec<(String, usize)> {
    let mut months: Vec<(String, usize)> = Vec::new();
    for (day, number) in rows {
        let month = day.get(..7).unwrap_or(day);
        match months.last_mut() {
            Some((last, sum)) if last == month => *sum += number,
            _ => months.push((month.to_owned(), *number)),
        }
    }
    months
}
