//! Output of rows: the format options of every verb that prints rows, and their writer. A field has
//! the same name in every format.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::complete;
use super::context::Context;
use super::failure::Failure;
use super::file_format::FileFormat;
use super::table;
use super::terminal::FAINT;
use crate::format::rows::{cell, csv_safe, exact_cell, into_cell, push_tsv_line, toml};
use crate::model::entry::base_slug;
use crate::model::json::EntryJson;
use crate::model::json::all_names;
use crate::model::{Audience, Entry, FieldRef, Kind};
use crate::notebook::{Notebook, NotebookError};
use crate::store::Reads;
use crate::text::ago::ago;

/// How rows are written. Each format takes the fields to write, separated by commas.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    /// A JSON array, with these fields only if given
    #[arg(long, value_name = "FIELDS", add = complete::fields(), num_args = 0..=1, default_missing_value = "", group = "format")]
    json: Option<String>,
    /// A JSON object a line
    #[arg(long, value_name = "FIELDS", add = complete::fields(), num_args = 0..=1, default_missing_value = "", group = "format")]
    jsonl: Option<String>,
    /// Comma-separated with a header
    #[arg(long, value_name = "FIELDS", add = complete::fields(), num_args = 0..=1, default_missing_value = "", group = "format")]
    csv: Option<String>,
    /// Guard CSV cells that a spreadsheet would take for a formula
    #[arg(long, requires = "csv")]
    csv_safe: bool,
    /// Tab-separated without a header
    #[arg(long, value_name = "FIELDS", add = complete::fields(), num_args = 0..=1, default_missing_value = "", group = "format")]
    tsv: Option<String>,
    /// A TOML table an entry
    #[arg(long, value_name = "FIELDS", add = complete::fields(), num_args = 0..=1, default_missing_value = "", group = "format")]
    toml: Option<String>,
    /// A Markdown table
    #[arg(long, value_name = "FIELDS", add = complete::fields(), num_args = 0..=1, default_missing_value = "", group = "format")]
    md: Option<String>,
    /// A table for people
    #[arg(long, value_name = "FIELDS", add = complete::fields(), num_args = 0..=1, default_missing_value = "", group = "format")]
    table: Option<String>,
    /// Refs only, each ended by a NUL byte
    #[arg(long, short = '0', group = "format")]
    null: bool,
}

impl OutputArguments {
    /// Whether a format was given.
    pub(super) fn is_given(&self) -> bool {
        let formats = [
            &self.json,
            &self.jsonl,
            &self.csv,
            &self.tsv,
            &self.toml,
            &self.md,
            &self.table,
        ];
        self.null || formats.into_iter().any(Option::is_some)
    }
}

/// A format of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Jsonl,
    Csv,
    Tsv,
    Toml,
    Markdown,
    Table,
    Null,
}

impl OutputArguments {
    /// The format that the user chose, with the fields given to it.
    fn chosen(&self) -> Option<(Format, &str)> {
        let formats = [
            (Format::Json, &self.json),
            (Format::Jsonl, &self.jsonl),
            (Format::Csv, &self.csv),
            (Format::Tsv, &self.tsv),
            (Format::Toml, &self.toml),
            (Format::Markdown, &self.md),
            (Format::Table, &self.table),
        ];
        let chosen = formats
            .into_iter()
            .find_map(|(format, fields)| fields.as_deref().map(|fields| (format, fields)));
        chosen.or(self.null.then_some((Format::Null, "")))
    }

    /// Whether the user chose a format.
    pub(super) fn is_chosen(&self) -> bool {
        self.chosen().is_some()
    }

    /// Whether a table for people is written: on a terminal, or by `--table`.
    pub(super) fn is_table(&self, context: &Context) -> bool {
        self.format(context) == Format::Table
    }

    /// The format that the user chose; without one, a table on a terminal, else tab-separated.
    fn format(&self, context: &Context) -> Format {
        match self.chosen() {
            Some((format, _)) => format,
            None if context.environment.stdout_terminal => Format::Table,
            None => Format::Tsv,
        }
    }

    /// Whether the format is CSV, which has all fields unless the user chose some.
    pub(super) fn is_sheet(&self) -> bool {
        self.csv.is_some()
    }

    /// Whether the format is JSON or JSON lines.
    pub(super) fn is_json(&self) -> bool {
        self.json.is_some() || self.jsonl.is_some()
    }

    /// The fields that the user chose; empty if none were chosen.
    pub(super) fn fields(&self) -> Vec<String> {
        let text = self.chosen().map_or("", |(_, fields)| fields);
        text.split(',')
            .map(str::trim)
            .filter(|field| !field.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Moves a word that a format option took as its fields back to the start of `words`, then
    /// checks the fields. Fails if a field is unknown.
    pub(super) fn settle(
        &mut self,
        words: &mut Vec<String>,
        notebook: &Notebook,
        context: &Context,
    ) -> Result<(), Failure> {
        let taken = self.give_back(context, |word| notebook.check_field(word, None).is_ok());
        words.splice(0..0, taken);
        self.fields()
            .iter()
            .try_for_each(|field| Ok(notebook.check_field(field, None)?))
    }

    /// Refuses a misspelt field after a format option, which would otherwise be read as a filter.
    pub(super) fn check_spelling(&self, notebook: &Notebook) -> Result<(), Failure> {
        let fields = self.fields();
        let [word] = fields.as_slice() else {
            return Ok(());
        };
        let is_plain = word.chars().all(|c| c.is_alphanumeric() || c == '_');
        match notebook.check_field(word, None) {
            Err(error @ NotebookError::UnknownField { near: Some(_), .. })
                if is_plain && notebook.kinds().get(word).is_none() =>
            {
                Err(error.into())
            }
            _ => Ok(()),
        }
    }

    /// Removes and returns a word that a format option took as its fields although it is not a
    /// field, such as `papers` in `--json papers`. A word after `=`, as in `--json=papers`, stays.
    pub(super) fn give_back(
        &mut self,
        context: &Context,
        is_field: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let slots = [
            ("json", &mut self.json),
            ("jsonl", &mut self.jsonl),
            ("csv", &mut self.csv),
            ("tsv", &mut self.tsv),
            ("toml", &mut self.toml),
            ("md", &mut self.md),
            ("table", &mut self.table),
        ];
        for (option, slot) in slots {
            let attached = |word: &String| {
                let typed = format!("--{option}={word}");
                let mut arguments = context.environment.arguments().iter();
                arguments.any(|argument| *argument == *typed)
            };
            if let Some(word) = slot.as_mut().filter(|word| {
                !word.is_empty() && !word.contains(',') && !is_field(word) && !attached(word)
            }) {
                return Some(std::mem::take(word));
            }
        }
        None
    }

    /// Checks the fields of rows that are not entries.
    fn check_columns(&self, columns: &[&str]) -> Result<(), Failure> {
        let fields = self.fields();
        let Some(unknown) = fields
            .iter()
            .find(|field| !columns.contains(&field.as_str()))
        else {
            return Ok(());
        };
        let list = columns.join(", ");
        Err(Failure::usage(format!(
            "`{unknown}` is not a field here; the fields are {list}"
        )))
    }
}

/// How far a choice is on the way that the choices of its field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progressed {
    Waiting,
    Begun,
    Done,
}

impl Progressed {
    /// The first choice is that nothing happened, the second that something did.
    fn of(place: usize) -> Progressed {
        match place {
            0 => Progressed::Waiting,
            1 => Progressed::Begun,
            _ => Progressed::Done,
        }
    }

    /// How a table shows it.
    fn style(self) -> Style {
        match self {
            Progressed::Waiting => FAINT,
            Progressed::Begun => AnsiColor::Yellow.on_default(),
            Progressed::Done => AnsiColor::Green.on_default(),
        }
    }
}

/// The most terminal columns of a cell in a table beside its title, and where the user chose the fields.
const CELL: usize = 60;
const CELL_CHOSEN: usize = 400;

/// A cell of a table for people: a slug only where the title does not say it, a time as its distance.
fn in_short(entry: &Entry, kind: &Kind, name: &str, now: DateTime<Utc>) -> String {
    match name {
        "slug" if entry.slug == base_slug(&entry.kind, &entry.title) => String::new(),
        "created" => ago(&entry.created, now),
        "updated" => ago(&entry.updated, now),
        _ => entry.display(kind, name),
    }
}

/// Writes rows in one format.
pub(super) struct Rows {
    format: Format,
    /// Whether CSV cells that a spreadsheet would take for a formula are guarded.
    safe: bool,
    /// Whether TSV starts with a line of field names, as in an exported file.
    header: bool,
    /// The columns of a table or of CSV and TSV, or the chosen fields of objects.
    fields: Vec<String>,
    /// Whether the user chose the fields of objects.
    chosen: bool,
    /// The number of rows written.
    count: usize,
    /// The rows of a table, which is rendered at the end.
    waiting: Vec<Vec<String>>,
    /// How far the choices in a table are: by column and choice.
    choices: HashMap<(usize, String), Progressed>,
    /// A reused buffer for one line of JSON or TSV.
    line: Vec<u8>,
    /// The name of each TOML table.
    heading: String,
    /// The names of all fields, in order, by the name of the kind; filled as kinds occur.
    names: HashMap<String, Rc<[String]>>,
}

impl Rows {
    /// Starts the rows of a verb. If the user chose no fields, CSV has the fields `all`, and the
    /// other tabular formats have `columns`. If the user chose no format, a terminal gets a table
    /// and a pipe gets TSV. `heading` names the tables of TOML.
    pub(super) fn begin(
        arguments: &OutputArguments,
        context: &Context,
        columns: &[String],
        all: &[String],
        heading: &str,
    ) -> Rows {
        let format = arguments.format(context);
        let chosen = arguments.fields();
        let fields = match (chosen.is_empty(), format) {
            (false, _) => chosen.clone(),
            (true, Format::Csv) => all.to_vec(),
            (true, _) => columns.to_vec(),
        };
        Rows {
            format,
            header: false,
            safe: arguments.csv_safe,
            fields,
            chosen: !chosen.is_empty(),
            count: 0,
            waiting: Vec::new(),
            choices: HashMap::new(),
            line: Vec::new(),
            heading: heading.to_owned(),
            names: HashMap::new(),
        }
    }

    /// Starts rows that are not entries. Tabular formats have `columns`, and objects have `more`
    /// fields too.
    ///
    /// # Errors
    /// The user chose a field that is in neither.
    pub(super) fn plain(
        arguments: &OutputArguments,
        context: &Context,
        columns: &[&str],
        more: &[&str],
        heading: &str,
    ) -> Result<Rows, Failure> {
        arguments.check_columns(&[columns, more].concat())?;
        let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        Ok(Rows::begin(arguments, context, &columns, &columns, heading))
    }

    /// Starts a file of entries. `fields` are the columns of CSV and TSV.
    pub(super) fn of(format: FileFormat, fields: Vec<String>) -> Rows {
        let format = match format {
            FileFormat::Json => Format::Json,
            FileFormat::Csv => Format::Csv,
            FileFormat::Tsv => Format::Tsv,
            FileFormat::Toml => Format::Toml,
            _ => Format::Jsonl,
        };
        Rows {
            format,
            header: true,
            safe: false,
            fields,
            chosen: false,
            count: 0,
            waiting: Vec::new(),
            choices: HashMap::new(),
            line: Vec::new(),
            heading: String::new(),
            names: HashMap::new(),
        }
    }

    /// Whether it is a table whose columns kb chose.
    fn is_for_people(&self) -> bool {
        self.format == Format::Table && !self.chosen
    }

    /// The fields of entries that the rows show.
    pub(super) fn reads(&self) -> Reads {
        match self.format {
            Format::Null => Reads::Named(Vec::new()),
            Format::Json | Format::Jsonl | Format::Toml if !self.chosen => Reads::All,
            _ => Reads::Named(self.fields.clone()),
        }
    }

    /// The number of rows written.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Writes an entry. `more` has fields that only this output adds. Private fields are left empty
    /// unless the audience is the owner.
    pub(super) fn entry(
        &mut self,
        context: &mut Context,
        entry: &Entry,
        kind: &Kind,
        audience: Audience,
        more: &Map<String, Json>,
    ) -> Result<(), Failure> {
        if self.format == Format::Null {
            self.count += 1;
            return context.data(&format!("{}\0", entry.reference()));
        }
        let hidden = |name: &str| {
            audience != Audience::Owner
                && kind
                    .field(name)
                    .is_some_and(|field| !audience.sees_field(field))
        };
        let get = |name: &str| -> Json {
            match more.get(name) {
                Some(json) => json.clone(),
                None if hidden(name) => Json::Null,
                None => entry.json_field(kind, name),
            }
        };
        match self.format {
            Format::Json | Format::Jsonl | Format::Toml => {
                if self.format == Format::Toml {
                    self.heading.clone_from(&kind.name);
                }
                if self.chosen {
                    let map: Map<String, Json> = self
                        .fields
                        .iter()
                        .map(|name| (name.clone(), get(name)))
                        .collect();
                    return self.object(context, &map);
                }
                if !self.names.contains_key(&kind.name) {
                    self.names
                        .insert(kind.name.clone(), all_names(kind, audience).into());
                }
                let names = Rc::clone(&self.names[&kind.name]);
                self.object(
                    context,
                    &EntryJson {
                        entry,
                        kind,
                        names: &names,
                        audience,
                        more,
                    },
                )
            }
            Format::Table | Format::Markdown => {
                let is_for_people = self.is_for_people();
                let now = context.environment.clock().now;
                let cells = self
                    .fields
                    .iter()
                    .map(|name| match more.get(name) {
                        Some(json) => cell(json),
                        None if hidden(name) => String::new(),
                        None if !is_for_people => entry.display(kind, name),
                        None => in_short(entry, kind, name, now),
                    })
                    .map(Cow::Owned)
                    .collect::<Vec<Cow<'_, str>>>();
                if self.format == Format::Table {
                    for (at, name) in self.fields.iter().enumerate() {
                        let field = kind.field(name);
                        let place = field.and_then(|field| {
                            field.choices.iter().position(|choice| *choice == cells[at])
                        });
                        if let Some(place) = place {
                            let progressed = Progressed::of(place);
                            self.choices.insert((at, cells[at].to_string()), progressed);
                        }
                    }
                }
                self.cells(context, &cells)
            }
            _ => {
                let cell = |name: &String| -> Cow<'_, str> {
                    match entry.field(kind, name) {
                        // A file has the left-over values too.
                        FieldRef::Json(json) if self.header => exact_cell(json).into(),
                        FieldRef::Text(text) if !more.contains_key(name) && !hidden(name) => {
                            text.into()
                        }
                        _ => into_cell(get(name)).into(),
                    }
                };
                let cells: Vec<_> = self.fields.iter().map(cell).collect();
                self.cells(context, &cells)
            }
        }
    }

    /// Writes a row that is not an entry, from the name and the value of each cell.
    pub(super) fn named<const N: usize>(
        &mut self,
        context: &mut Context,
        cells: [(&str, Json); N],
    ) -> Result<(), Failure> {
        let cells = cells.map(|(name, value)| (name.to_owned(), value));
        self.map(context, &Map::from_iter(cells))
    }

    /// Writes a row that is not an entry.
    pub(super) fn map(
        &mut self,
        context: &mut Context,
        map: &Map<String, Json>,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Json | Format::Jsonl | Format::Toml if self.chosen => {
                let chosen: Map<String, Json> = self
                    .fields
                    .iter()
                    .map(|name| (name.clone(), map.get(name).cloned().unwrap_or(Json::Null)))
                    .collect();
                self.object(context, &chosen)
            }
            Format::Json | Format::Jsonl | Format::Toml => self.object(context, map),
            Format::Null => {
                self.count += 1;
                let first = map.values().next().map(cell).unwrap_or_default();
                context.data(&format!("{first}\0"))
            }
            _ => {
                let cells: Vec<_> = self
                    .fields
                    .iter()
                    .map(|name| map.get(name).map(cell).unwrap_or_default().into())
                    .collect();
                self.cells(context, &cells)
            }
        }
    }

    /// Writes one row of JSON, JSON lines or TOML.
    fn object(&mut self, context: &mut Context, object: &impl Serialize) -> Result<(), Failure> {
        let first = self.count == 0;
        self.count += 1;
        match self.format {
            Format::Jsonl => {
                self.line.clear();
                serde_json::to_writer(&mut self.line, object)
                    .map_err(|e| Failure::usage(e.to_string()))?;
                self.line.push(b'\n');
                context.bytes(&self.line)
            }
            Format::Json => {
                let text = serde_json::to_string_pretty(object)
                    .map_err(|e| Failure::usage(e.to_string()))?;
                let indented = text.replace('\n', "\n  ");
                context.text(&format!("{}\n  {indented}", if first { "[" } else { "," }))
            }
            _ => {
                let item =
                    toml(&self.heading, object).map_err(|e| Failure::usage(e.to_string()))?;
                context.text(&format!("{}{item}", if first { "" } else { "\n" }))
            }
        }
    }

    /// Writes one row of a table, Markdown, CSV or TSV. A table keeps its rows until [`Rows::end`].
    fn cells(&mut self, context: &mut Context, cells: &[Cow<'_, str>]) -> Result<(), Failure> {
        let first = self.count == 0;
        self.count += 1;
        match self.format {
            Format::Table => {
                let cells = cells.iter().map(|cell| cell.to_string()).collect();
                self.waiting.push(cells);
                Ok(())
            }
            Format::Tsv => {
                self.line.clear();
                if first && self.header {
                    push_tsv_line(&mut self.line, &borrowed(&self.fields));
                }
                push_tsv_line(&mut self.line, cells);
                context.bytes(&self.line)
            }
            Format::Markdown => {
                let header = if first {
                    self.markdown_header()
                } else {
                    String::new()
                };
                let line: Vec<String> = cells
                    .iter()
                    .map(|cell| {
                        let cell = cell.replace('|', "\\|");
                        cell.replace(['\n', '\r'], " ")
                    })
                    .collect();
                context.text(&format!("{header}| {} |\n", line.join(" | ")))
            }
            _ => {
                if first {
                    self.csv_line(context, &borrowed(&self.fields))?;
                }
                self.csv_line(context, cells)
            }
        }
    }

    /// The header of a Markdown table with the line of dashes.
    fn markdown_header(&self) -> String {
        let rule: Vec<&str> = self.fields.iter().map(|_| "---").collect();
        format!(
            "| {} |\n| {} |\n",
            self.fields.join(" | "),
            rule.join(" | ")
        )
    }

    /// Writes a row of CSV (RFC 4180) with its line end.
    fn csv_line(&self, context: &mut Context, cells: &[Cow<'_, str>]) -> Result<(), Failure> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let guarded = cells.iter().map(|cell| {
            if self.safe {
                csv_safe(cell)
            } else {
                cell.as_ref().into()
            }
        });
        writer
            .write_record(guarded.map(std::borrow::Cow::into_owned))
            .map_err(|e| Failure::usage(e.to_string()))?;
        let bytes = writer
            .into_inner()
            .map_err(|e| Failure::usage(e.to_string()))?;
        context.text(&String::from_utf8_lossy(&bytes))
    }

    /// Completes the output: renders a table, closes a JSON array, or writes the header of empty
    /// CSV.
    pub(super) fn end(&mut self, context: &mut Context) -> Result<(), Failure> {
        match self.format {
            Format::Json => context.data(if self.count == 0 { "[]\n" } else { "\n]\n" }),
            Format::Csv if self.count == 0 => self.csv_line(context, &borrowed(&self.fields)),
            Format::Tsv if self.count == 0 && self.header => {
                context.text(&(self.fields.join("\t") + "\n"))
            }
            Format::Table if !self.waiting.is_empty() => {
                let (columns, colour) = (context.columns(), context.colour());
                let rows = std::mem::take(&mut self.waiting);
                let is_shown = |at: &usize| {
                    !self.is_for_people() || rows.iter().any(|row| !row[*at].is_empty())
                };
                let shown: Vec<usize> = (0..self.fields.len()).filter(is_shown).collect();
                let fields: Vec<String> = shown.iter().map(|at| self.fields[*at].clone()).collect();
                let rows: Vec<Vec<String>> = rows
                    .iter()
                    .map(|row| shown.iter().map(|at| row[*at].clone()).collect())
                    .collect();
                let style = |at: usize, cell: &str| {
                    let choice = (*shown.get(at)?, cell.to_owned());
                    Some(self.choices.get(&choice)?.style())
                };
                let most = if self.chosen { CELL_CHOSEN } else { CELL };
                let text = table::render(&fields, &rows, columns, most, colour, &style);
                context.data(&text)
            }
            _ => Ok(()),
        }
    }
}

/// Texts as cells.
fn borrowed(texts: &[String]) -> Vec<Cow<'_, str>> {
    texts.iter().map(|text| text.as_str().into()).collect()
}
