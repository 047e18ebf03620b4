//! `kb show`: prints entries in full.

use anstyle::Style;
use clap::Args;
use serde_json::{Map, Value as Json, json};

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::pick;
use crate::cli::rendered::Page;
use crate::cli::terminal::{ADDED, Colour, FAINT, HEADING, REMOVED};
use crate::format::{front_matter, left_over};
use crate::model::{Audience, FieldType, Value};
use crate::notebook::Version;
use crate::notebook::find::EntryDetail;
use crate::store::Link;
use crate::text::ago::ago;
use crate::text::difference::{self, Part};
use crate::text::visible::visible;

/// Show entries: fields, body, links and backlinks
///
/// A terminal shows the Markdown of the body, wrapped at words; a pipe and `--raw` get it as it is stored.
/// `--history` shows how the body changed. `--json` and `--jsonl` add links, backlinks and mentions to the
/// fields. `--markdown` prints the entry as `kb edit` shows it. Without a ref, you pick one on a terminal.
#[derive(Debug, Clone, Args)]
#[command(
    before_long_help = "Examples:\n  kb show vae\n  kb show vae --history\n  kb show term/sparse-coding --json"
)]
pub(crate) struct ShowArguments {
    /// The entries
    #[arg(value_name = "REF", add = complete::refs())]
    references: Vec<String>,
    /// As TOML front matter and Markdown
    #[arg(long)]
    markdown: bool,
    #[command(flatten)]
    output: OutputArguments,
    /// The body alone
    #[arg(long, conflicts_with = "markdown")]
    body: bool,
    /// As it is stored, also on a terminal
    #[arg(long)]
    raw: bool,
    /// The versions of the body, oldest first
    #[arg(long, conflicts_with_all = ["markdown", "body", "raw"])]
    history: bool,
}

pub(crate) fn run(arguments: &ShowArguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let mut arguments = arguments.clone();
    // In `kb show --json vae`, clap takes `vae` as the fields of `--json`: it becomes a ref again.
    // `links`, `backlinks` and `mentions` are fields of `kb show` only.
    let check = |word: &str| match word {
        "links" | "backlinks" | "mentions" => Ok(()),
        _ => notebook.check_field(word, None),
    };
    let taken = arguments
        .output
        .give_back(context, |word| check(word).is_ok());
    arguments.references.extend(taken);
    arguments.references = pick::given_some(&arguments.references, "show REF", context)?;
    let shown: Vec<EntryDetail> = arguments
        .references
        .iter()
        .map(|text| notebook.show(text))
        .collect::<Result<_, _>>()?;
    if arguments.history {
        let versions = shown
            .iter()
            .map(|shown| notebook.versions(&shown.stored.entry, &shown.kind, Audience::Owner))
            .collect::<Result<Vec<_>, _>>()?;
        notebook.close_fast();
        return history(&shown, &versions, &arguments, context);
    }
    for field in arguments.output.fields() {
        // An entry can also have values that its kind does not declare.
        let has = |shown: &EntryDetail| {
            let value = shown.stored.entry.json_field(&shown.kind, &field);
            !value.is_null()
        };
        if !shown.iter().any(has) {
            check(&field)?;
        }
    }
    // Ends the read transaction now, because a pager can stay open for long.
    notebook.close_fast();
    if arguments.output.is_json() || !arguments.output.fields().is_empty() {
        let mut rows = Rows::begin(&arguments.output, context, &[], &[], "entry");
        for shown in &shown {
            rows.entry(
                context,
                &shown.stored.entry,
                &shown.kind,
                Audience::Owner,
                &around(shown),
            )?;
        }
        rows.end(context)?;
        return Ok(Exit::Done);
    }
    context.through_pager();
    let page = page_of(context).filter(|_| !arguments.raw);
    for (at, shown) in shown.iter().enumerate() {
        if at > 0 {
            context.data("\n")?;
        }
        let entry = &shown.stored.entry;
        match page {
            _ if arguments.markdown => context.text(&front_matter::write(entry, &shown.kind))?,
            Some(page) if arguments.body => context.data(&page.markdown(&entry.body))?,
            None if arguments.body => context.text(&format!("{}\n", entry.body))?,
            _ => {
                let text = human(shown, page, context);
                context.data(&text)?;
            }
        }
    }
    Ok(Exit::Done)
}

/// How standard output shows texts, if it is a terminal; a pipe gets them as they are stored.
fn page_of(context: &Context) -> Option<Page> {
    let is_terminal = context.environment.stdout_terminal;
    is_terminal.then(|| context.page())
}

/// Links, backlinks and mentions as JSON.
/// A link has a `text`, a `field` and a `ref`, which is `null` if it leads to no entry. Backlinks
/// and mentions are refs.
fn around(shown: &EntryDetail) -> Map<String, Json> {
    let links: Vec<Json> =
        shown.links.iter().map(|link| json!({"text": link.text, "field": link.field, "ref": link.target.as_ref().map(|(reference, _)| reference)})).collect();
    let backlinks: Vec<&String> = shown.backlinks.iter().map(|link| &link.source).collect();
    let mentions: Vec<&String> = shown
        .mentions
        .iter()
        .map(|(reference, _)| reference)
        .collect();
    let mut map = Map::new();
    map.insert("links".to_owned(), json!(links));
    map.insert("backlinks".to_owned(), json!(backlinks));
    map.insert("mentions".to_owned(), json!(mentions));
    map
}

/// Prints the versions of the bodies of entries: what was removed and what was added since the one before.
fn history(
    shown: &[EntryDetail],
    versions: &[Vec<Version>],
    arguments: &ShowArguments,
    context: &mut Context,
) -> Result<Exit, Failure> {
    if arguments.output.is_given() {
        let columns = ["ref", "at", "body"];
        let mut rows = Rows::plain(&arguments.output, context, &columns, &[], "version")?;
        for (shown, versions) in shown.iter().zip(versions) {
            for version in versions {
                let cells = [
                    ("ref", Json::from(shown.stored.entry.reference())),
                    ("at", Json::from(version.at.clone())),
                    ("body", Json::from(version.body.clone())),
                ];
                rows.named(context, cells)?;
            }
        }
        rows.end(context)?;
        return Ok(Exit::Done);
    }
    context.through_pager();
    let (colour, now) = (context.colour(), context.environment.clock().now);
    let page = page_of(context);
    for (at, (shown, versions)) in shown.iter().zip(versions).enumerate() {
        let gap = if at > 0 { "\n" } else { "" };
        let title = visible(&shown.stored.entry.title);
        context.data(&format!("{gap}{}\n", colour.paint(HEADING, &title)))?;
        if versions.is_empty() {
            context.messages.say(&format!(
                "`{}` has no body yet\n  kb edit {0}",
                shown.stored.entry.reference()
            ));
        }
        let mut before = "";
        for version in versions {
            let changed = with_changes(before, &version.body, colour);
            let (when, text) = match page {
                Some(page) => (ago(&version.at, now), page.styled(&changed)),
                None => {
                    let spans = changed.iter();
                    let painted = spans.map(|(text, style)| colour.paint(*style, &visible(text)));
                    (version.at.clone(), painted.collect::<String>() + "\n")
                }
            };
            context.data(&format!("\n{}\n{text}", colour.paint(FAINT, &when)))?;
            before = &version.body;
        }
    }
    Ok(Exit::Done)
}

/// A text with what was removed from the one before it and what was added to it; without colour, both
/// are in brackets as `git diff --word-diff` has them.
fn with_changes(before: &str, now: &str, colour: Colour) -> Vec<(String, Style)> {
    if before.is_empty() {
        return vec![(now.to_owned(), Style::new())];
    }
    let span = |text: &str, style: Style, [open, close]: [&str; 2]| match colour {
        Colour::On => (text.to_owned(), style),
        Colour::Off => (format!("{open}{text}{close}"), style),
    };
    let parts = difference::parts(before, now).into_iter();
    let spans = parts.map(|part| match part {
        Part::Same(text) => span(text, Style::new(), [""; 2]),
        Part::Removed(text) => span(text, REMOVED, ["[-", "-]"]),
        Part::Added(text) => span(text, ADDED, ["{+", "+}"]),
    });
    spans.collect()
}

/// The entry for people, with control characters made visible. On a page, its texts are wrapped and its
/// Markdown is shown as what it means.
fn human(shown: &EntryDetail, page: Option<Page>, context: &Context) -> String {
    let colour = context.colour();
    let entry = &shown.stored.entry;
    let mut text = format!("{}\n", colour.paint(HEADING, &visible(&entry.title)));
    let mut line = |name: &str, value: &str| {
        if value.is_empty() {
            return;
        }
        let name = format!("{:<10} ", format!("{name}:"));
        let lines = match page {
            Some(page) => page.paragraph(&name, value),
            None => format!("{name}{}\n", visible(value)),
        };
        text.push_str(&colour.paint(FAINT, name.trim_end()));
        text.push_str(&lines[name.trim_end().len()..]);
    };
    line("ref", &entry.reference());
    for field in &shown.kind.fields {
        let texts = entry
            .value(&field.name)
            .map(Value::texts)
            .unwrap_or_default();
        if field.many && field.field_type == FieldType::Line {
            texts.iter().for_each(|text| line(&field.name, text));
        } else {
            line(&field.name, &entry.display(&shown.kind, &field.name));
        }
    }
    for name in ["topics", "tags", "aliases"] {
        line(name, &entry.display(&shown.kind, name));
    }
    for (name, text) in left_over::lines(entry, &shown.kind, context.environment.clock().today) {
        line(&name, &text);
    }
    if entry.private {
        line("private", "yes");
    }
    line("added", &context.environment.local(&entry.created));
    if entry.updated != entry.created {
        line("changed", &context.environment.local(&entry.updated));
    }
    if !entry.body.is_empty() {
        text.push_str(&match page {
            Some(page) => format!("\n{}", page.markdown(&entry.body)),
            None => format!("\n{}\n", visible(&entry.body)),
        });
    }
    let target = |link: &Link| match &link.target {
        Some((reference, title)) => format!("{reference}  {title}"),
        None => format!("{}  (no such entry)", link.text),
    };
    let groups: [(&str, Vec<String>); 3] = [
        ("links", shown.links.iter().map(target).collect()),
        (
            "backlinks",
            shown
                .backlinks
                .iter()
                .map(|link| format!("{}  {}", link.source, link.title))
                .collect(),
        ),
        (
            "mentioned without a link in",
            shown
                .mentions
                .iter()
                .map(|(reference, title)| format!("{reference}  {title}"))
                .collect(),
        ),
    ];
    for (name, lines) in groups.iter().filter(|(_, lines)| !lines.is_empty()) {
        text.push_str(&format!("\n{}\n", colour.paint(HEADING, name)));
        for line in lines {
            text.push_str(&format!("  {}\n", visible(line)));
        }
    }
    text
}
