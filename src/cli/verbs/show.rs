//! `kb show`: prints entries in full.

use clap::Args;
use serde_json::{Map, Value as Json, json};

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::pick;
use crate::cli::terminal::{FAINT, HEADING};
use crate::format::{front_matter, left_over};
use crate::model::{Audience, FieldType, Value};
use crate::notebook::find::EntryDetail;
use crate::store::Link;
use crate::text::visible::visible;

/// Show entries: fields, body, links and backlinks
///
/// `--json` and `--jsonl` add links, backlinks and mentions to the fields. `--markdown` prints the
/// entry as `kb edit` shows it. Without a ref, you pick one on a terminal.
#[derive(Debug, Clone, Args)]
#[command(before_long_help = "Examples:\n  kb show vae\n  kb show term/sparse-coding --json")]
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
    for (at, shown) in shown.iter().enumerate() {
        if at > 0 {
            context.data("\n")?;
        }
        if arguments.markdown {
            context.text(&front_matter::write(&shown.stored.entry, &shown.kind))?;
        } else if arguments.body {
            context.text(&format!("{}\n", shown.stored.entry.body))?;
        } else {
            let text = human(shown, context);
            context.data(&text)?;
        }
    }
    Ok(Exit::Done)
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

/// The entry for people, with control characters made visible.
fn human(shown: &EntryDetail, context: &Context) -> String {
    let colour = context.colour();
    let entry = &shown.stored.entry;
    let mut text = format!("{}\n", colour.paint(HEADING, &visible(&entry.title)));
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!(
                "{} {}\n",
                colour.paint(FAINT, &format!("{:<10}", format!("{name}:"))),
                visible(value)
            ));
        }
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
        text.push_str(&format!("\n{}\n", visible(&entry.body)));
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
                .map(|link| link.source.clone())
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
