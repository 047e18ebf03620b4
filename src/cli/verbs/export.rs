//! `kb export`

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};
use serde_json::Map;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::format::rows;
use crate::model::{Audience, Entry, Kind};
use crate::text::english::count;

/// Write out the page or the entries
///
/// The format is told from the file's name or by `--format`; without a file it goes to standard output. A page
/// is for the public: private entries are left out, as they are with `--public`. Other formats are yours and
/// hold everything.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb export notebook.md\n  kb export entries.jsonl\n  kb export --format jsonl kind:paper 'year>=2020'")]
pub struct Arguments {
    /// A file, then filters
    #[arg(value_name = "FILE|FILTER", value_hint = ValueHint::FilePath, add = complete::filters())]
    words: Vec<String>,
    /// The format, when the name does not tell it
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Which page, when there are several
    #[arg(long, value_name = "NAME")]
    page: Option<String>,
    /// Leave out what is private
    #[arg(long)]
    public: bool,
    /// Keep what is private on a page, for your own eyes
    #[arg(long, conflicts_with = "public")]
    private: bool,
}

/// A format to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The Markdown page
    #[value(alias = "md", alias = "markdown")]
    Page,
    /// A JSON array
    Json,
    /// JSON lines
    #[value(alias = "ndjson")]
    Jsonl,
    /// Comma-separated
    Csv,
    /// Tab-separated
    Tsv,
    /// TOML tables
    Toml,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let named = arguments.words.first().filter(|word| by_name(word).is_some() || *word == "-" || arguments.format.is_some() && word.contains('.'));
    let filter = if named.is_some() { &arguments.words[1..] } else { &arguments.words[..] };
    let Some(format) = arguments.format.or_else(|| named.and_then(|name| by_name(name))) else {
        return Err(Failure::usage("which format?").hint("kb export notebook.md").hint("kb export --format jsonl"));
    };
    let notebook = context.open()?;
    if format == Format::Page {
        if !filter.is_empty() {
            return Err(Failure::usage("a page is written whole, without a filter").hint("kb export notebook.md"));
        }
        let audience = if arguments.private { Audience::Owner } else { Audience::Public };
        let own = named.and_then(|name| Path::new(name).file_name()).map(|name| name.to_string_lossy().into_owned());
        let wanted = arguments.page.clone().or(own.filter(|name| notebook.pages().is_ok_and(|pages| pages.contains(name))));
        let (text, unplaced) = notebook.export_page(wanted.as_deref(), audience)?;
        write(context, named, text.as_bytes())?;
        if !unplaced.is_empty() {
            let shown: Vec<String> = unplaced.iter().take(10).cloned().collect();
            context.say(&format!("{} no place on the page: {}", count(unplaced.len(), "entry has", "entries have"), shown.join(", ")));
        }
        return Ok(Exit::Done);
    }
    let audience = if arguments.public { Audience::Public } else { Audience::Owner };
    let selection = notebook.selection(None, filter, &[], None)?;
    let sole = selection.query.kinds().filter(|kinds| kinds.len() == 1).and_then(|kinds| notebook.kinds().get(&kinds[0]));
    let (_, all) = super::list::columns(&notebook, sole);
    let hidden = |name: &String| notebook.kinds().with_field(name).iter().any(|(_, field)| !audience.sees_field(field));
    let all: Vec<String> = all.into_iter().filter(|name| !hidden(name)).collect();
    let mut sink = Sink { path: named.filter(|name| *name != "-").map(PathBuf::from), buffer: Vec::new(), format, all, count: 0 };
    let mut outcome = sink.begin(context);
    notebook.for_each(&selection, audience, |entry, kind| {
        outcome = sink.entry(context, entry, kind, audience);
        if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    outcome?;
    sink.end(context)?;
    Ok(Exit::Done)
}

fn by_name(name: &str) -> Option<Format> {
    match Path::new(name).extension()?.to_str()?.to_lowercase().as_str() {
        "md" | "markdown" => Some(Format::Page),
        "json" => Some(Format::Json),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        "csv" => Some(Format::Csv),
        "tsv" => Some(Format::Tsv),
        "toml" => Some(Format::Toml),
        _ => None,
    }
}

fn write(context: &mut Context, named: Option<&String>, bytes: &[u8]) -> Result<(), Failure> {
    match named.filter(|name| *name != "-") {
        Some(name) => context.write_file(Path::new(name), bytes),
        None => context.text(&String::from_utf8_lossy(bytes)),
    }
}

/// Entries on their way to a file or to standard output.
struct Sink {
    path: Option<PathBuf>,
    buffer: Vec<u8>,
    format: Format,
    all: Vec<String>,
    count: usize,
}

impl Sink {
    fn put(&mut self, context: &mut Context, text: &str) -> Result<(), Failure> {
        match self.path {
            Some(_) => self.buffer.extend_from_slice(text.as_bytes()),
            None => context.text(text)?,
        }
        Ok(())
    }

    fn begin(&mut self, context: &mut Context) -> Result<(), Failure> {
        match self.format {
            Format::Csv => {
                let header = csv_line(&self.all)?;
                self.put(context, &header)
            }
            Format::Json => self.put(context, "["),
            _ => Ok(()),
        }
    }

    fn entry(&mut self, context: &mut Context, entry: &Entry, kind: &Kind, audience: Audience) -> Result<(), Failure> {
        let first = self.count == 0;
        self.count += 1;
        let json = |map: &Map<String, serde_json::Value>| serde_json::to_string(map).map_err(|e| Failure::usage(e.to_string()));
        let cells = || self.all.iter().map(|name| rows::cell(&entry.json_field(kind, name))).collect::<Vec<_>>();
        let text = match self.format {
            Format::Jsonl => json(&entry.json(kind, audience))? + "\n",
            Format::Json => format!("{}\n{}", if first { "" } else { "," }, json(&entry.json(kind, audience))?),
            Format::Csv => csv_line(&cells())?,
            Format::Tsv => cells().iter().map(|cell| rows::tsv(cell).into_owned()).collect::<Vec<_>>().join("\t") + "\n",
            Format::Toml | Format::Page => {
                let body = rows::toml(&entry.json(kind, audience)).map_err(|e| Failure::usage(e.to_string()))?;
                format!("{}[[{}]]\n{body}", if first { "" } else { "\n" }, kind.name)
            }
        };
        self.put(context, &text)
    }

    fn end(mut self, context: &mut Context) -> Result<(), Failure> {
        if self.format == Format::Json {
            self.put(context, "\n]\n")?;
        }
        match &self.path {
            Some(path) => context.write_file(path, &self.buffer),
            None => Ok(()),
        }
    }
}

fn csv_line(cells: &[String]) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(|e| Failure::usage(e.to_string()))?;
    let bytes = writer.into_inner().map_err(|e| Failure::usage(e.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
