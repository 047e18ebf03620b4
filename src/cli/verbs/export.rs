//! `kb export`: exports a page, entries or a folder of notes.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::Path;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueHint};
use serde_json::Map;

use crate::cli::changes::check_words;
use crate::cli::complete;
use crate::cli::consent::check_expected;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::file_format::FileFormat;
use crate::cli::named;
use crate::cli::notes::{self, Edited};
use crate::cli::outfile::Replace;
use crate::cli::output::Rows;
use crate::cli::tracked::{Tracked, refuse_to_drop};
use crate::cli::upkeep::catch_up_for;
use crate::cli::written::{leave_alone, say_left_out, say_unplaced, track, written};
use crate::format::anki;
use crate::format::bibliography::{self, Dialect, Flavour, IfNew};
use crate::format::vault::Style;
use crate::model::json::all_names;
use crate::model::{Audience, Kind, Query};
use crate::notebook::Notebook;
use crate::notebook::citation_keys::CitationKeys;
use crate::notebook::page::PageExport;
use crate::store::{Reads, Selection};
use crate::text::english::{count, quoted};

/// Export the page or the entries
///
/// The file name or `--format` determines the format; without a file, the output goes to standard
/// output. A folder gets one note per entry, for Obsidian or, with `--format zola`, for Zola. A
/// page and a folder for Zola are for the public: private entries are left out unless `--private` is
/// given. Other formats contain everything unless `--public` is given. A file that was changed
/// outside kb is not overwritten without `--force`.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb export notebook.md\n  kb export entries.jsonl\n  kb export --format jsonl kind:paper 'year>=2020'\n  kb export papers.bib --if-changed\n  kb export notes/ --format obsidian"
)]
pub(crate) struct ExportArguments {
    /// A file, then filters
    #[arg(value_name = "FILE|FILTER", value_hint = ValueHint::FilePath, add = complete::filters())]
    words: Vec<String>,
    /// The format, if the file name does not determine it
    #[arg(long, value_name = "FORMAT")]
    format: Option<FileFormat>,
    /// Which page, if there are several
    #[arg(long, value_name = "NAME")]
    page: Option<String>,
    /// Leave a file with the same content unchanged, with its modification time
    #[arg(long)]
    if_changed: bool,
    /// Leave out what is private
    #[arg(long)]
    public: bool,
    /// Include what is private on a page or a web site
    #[arg(long, conflicts_with = "public")]
    private: bool,
    /// Overwrite a file that was changed outside kb
    #[arg(long, short = 'f')]
    force: bool,
    /// Fail unless exactly this many entries match
    #[arg(long, value_name = "NUMBER")]
    expect: Option<usize>,
    /// Which language of `.bib` a new file is in
    #[arg(long, value_name = "LANGUAGE", value_parser = flavour(), default_value = "bibtex")]
    dialect: Flavour,
}

/// The values of `--dialect`.
fn flavour() -> impl TypedValueParser<Value = Flavour> {
    let values = [
        ("bibtex", "An arXiv id has an `archiveprefix`"),
        ("biblatex", "An arXiv id has an `eprinttype`"),
    ];
    let values = values.map(|(name, help)| PossibleValue::new(name).help(help));
    PossibleValuesParser::new(values).map(|name| match name.as_str() {
        "biblatex" => Flavour::Biblatex,
        _ => Flavour::Bibtex,
    })
}

pub(crate) fn run(arguments: &ExportArguments, context: &mut Context) -> Result<Exit, Failure> {
    if arguments.words.first().is_some_and(String::is_empty) {
        return Err(Failure::usage("the name of the file is empty").hint("kb export notes/"));
    }
    let exit = export(arguments, context)?;
    let file = arguments.words.first().map(Path::new);
    if let Some(file) = file.filter(|file| context.environment.path(file).exists()) {
        named::remember(file, context);
    }
    Ok(exit)
}

/// Writes the file, the folder, or to standard output.
fn export(arguments: &ExportArguments, context: &mut Context) -> Result<Exit, Failure> {
    let replace = if arguments.if_changed {
        Replace::IfChanged
    } else {
        Replace::Always
    };
    let is_folder =
        |word: &String| word.ends_with('/') || context.environment.path(Path::new(word)).is_dir();
    let given = arguments.format.or_else(|| {
        arguments
            .words
            .first()
            .filter(|word| is_folder(word))
            .map(|_| FileFormat::Obsidian)
    });
    if let Some((format, style)) = given.and_then(|format| Some((format, format.style()?))) {
        return vault(format, style, arguments, context);
    }
    let named = arguments.words.first().filter(|word| {
        FileFormat::by_name(Path::new(word)).is_some()
            || *word == "-"
            || arguments.format.is_some() && word.contains('.')
    });
    let filter = if named.is_some() {
        &arguments.words[1..]
    } else {
        &arguments.words[..]
    };
    let Some(format) = arguments
        .format
        .or_else(|| named.and_then(|name| FileFormat::by_name(Path::new(name))))
    else {
        return Err(Failure::usage("which format?")
            .hint("kb export notebook.md")
            .hint("kb export --format jsonl"));
    };
    let file = named.filter(|name| *name != "-").map(Path::new);
    let mut notebook = context.open()?;
    let Some(name) = file else {
        return write(format, None, filter, arguments, &mut notebook, context)
            .map(|(exit, _)| exit);
    };
    let path = context.environment.path(name);
    let tracked = Tracked::of(&notebook);
    let key = tracked.key(&path);
    // A change that another process makes meanwhile counts as newer than the file.
    let operation = notebook.last_operation()?;
    let overwrite = Tracked::overwrite(&notebook, &key, arguments.force)?;
    // With `--force`, nothing of the file is left alone.
    let mut known = notebook.document(&key)?;
    if let Some(state) = known.as_mut().and_then(|known| known.state.as_mut())
        && arguments.force
    {
        state.settle();
    }
    if let Some(known) = known.as_ref().filter(|_| !arguments.force) {
        refuse_to_drop(known, format, arguments.public, name)?;
    }
    context.redirect(name, replace, overwrite)?;
    let (exit, page) = write(
        format,
        Some(&key),
        filter,
        arguments,
        &mut notebook,
        context,
    )?;
    context.finish()?;
    if path.is_file() {
        // A public file may lack values: links to private entries are taken out.
        let mut document = written(&tracked, &path, format, page, !arguments.public, operation)?;
        if let Some(known) = known {
            let before = known.base.as_deref().unwrap_or_default();
            leave_alone(&mut document, &known, before, &notebook)?;
        }
        if let Some(state) = document.state.as_mut() {
            state.public = arguments.public;
        }
        track(notebook, &[document], &[], context);
    }
    Ok(exit)
}

/// Writes a page or entries to where the context sends its data. `key` is the stored path of the
/// file, if it is one. Returns the page that was written.
fn write(
    format: FileFormat,
    key: Option<&str>,
    filter: &[String],
    arguments: &ExportArguments,
    notebook: &mut Notebook,
    context: &mut Context,
) -> Result<(Exit, Option<PageExport>), Failure> {
    if format == FileFormat::Page {
        if !filter.is_empty() {
            return Err(Failure::usage("a page is written whole, without a filter")
                .hint("kb export notebook.md"));
        }
        let audience = if arguments.private {
            Audience::Owner
        } else {
            Audience::Public
        };
        let pages = notebook.pages()?;
        if let Some(page) = arguments.page.as_ref().filter(|page| !pages.contains(page)) {
            return Err(Failure::usage(format!("no page `{page}`"))
                .hint(format!("the pages are {}", quoted(&pages, "and"))));
        }
        let wanted = match (&arguments.page, key) {
            (Some(page), _) => Some(page.clone()),
            (None, Some(key)) => notebook.page_of_file(key)?,
            (None, None) => None,
        };
        let page = notebook.export_page(wanted.as_deref(), audience)?;
        match key {
            Some(_) => context.bytes(page.text.as_bytes())?,
            None => context.text(&page.text)?,
        }
        say_unplaced(&page.unplaced, context);
        if key.is_some() {
            say_left_out(notebook, notebook.new_entries()?, context)?;
        }
        return Ok((Exit::Done, Some(page)));
    }
    let audience = if arguments.public {
        Audience::Public
    } else {
        Audience::Owner
    };
    let mut selection = notebook.selection(None, filter, &[], None)?;
    let all_matches = selection.query.clone();
    let dialect = format.dialect();
    let cards = format == FileFormat::Anki;
    if dialect.is_some_and(|dialect| !dialect.is_written()) {
        return Err(
            Failure::usage("this format can be imported but not exported")
                .hint("kb export papers.ris"),
        );
    }
    let usual = dialect
        .map(|dialect| bibliography::kind(dialect).to_owned())
        .or_else(|| cards.then(anki::kind));
    if let Some(kind) = usual.filter(|_| selection.query.kinds().is_none()) {
        selection.query = Query::Kind(vec![kind]).and(selection.query);
    }
    let [all, written] = [&all_matches, &selection.query].map(|query| seen(query, audience));
    check_matches(&written, filter, arguments, notebook, context)?;
    say_other_kinds(&all, &written, notebook, context)?;
    let sole = selection
        .query
        .kinds()
        .filter(|kinds| kinds.len() == 1)
        .and_then(|kinds| notebook.kinds().get(&kinds[0]));
    let all = match audience {
        Audience::Owner if matches!(format, FileFormat::Csv | FileFormat::Tsv) => {
            let mut all = super::list::all_fields(notebook, sole);
            add_left_over(&mut all, notebook, &selection)?;
            all
        }
        Audience::Owner => super::list::all_fields(notebook, sole),
        Audience::Public => public_fields(notebook, &selection)?,
    };
    show_order(&mut selection, sole, audience);
    let mut outcome = Ok(());
    if cards {
        context.data(anki::HEADER)?;
        let hidden = notebook.for_each(&selection, audience, |entry, _| {
            outcome = context.text(&anki::row(entry, audience));
            if outcome.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        say_hidden(hidden, context);
        return outcome.map(|()| (Exit::Done, None));
    }
    if let Some(dialect) = dialect {
        let today = notebook.clock().today;
        let [begin, between, end] = dialect.frame();
        let mut before = begin;
        let mut known = CitationKeys::new(notebook, audience);
        let file = match key {
            Some(key) if dialect == Dialect::Bibtex && audience == Audience::Owner => {
                let base = notebook.bibtex_base(key)?;
                base.filter(|base| filter.is_empty() || base.path == key)
            }
            _ => None,
        };
        if let (Some(mut file), Some(kind)) = (file, sole) {
            if let Some(state) = file.state.as_mut().filter(|_| arguments.force) {
                state.settle();
            }
            let base = file.base.as_deref().unwrap_or_default();
            let bytes = notebook.bibtex_file(&file, base, &selection, kind, |_| IfNew::Add)?;
            context.bytes(&bytes)?;
            return Ok((Exit::Done, None));
        }
        let hidden = notebook.for_each(&selection, audience, |entry, kind| {
            outcome = known.of(entry).map_err(Failure::from).and_then(|key| {
                if key != bibliography::key(entry) {
                    context.messages.say(&format!(
                        "`{}` is exported as `{key}`: an older entry has its key",
                        entry.reference()
                    ));
                }
                let flavour = arguments.dialect;
                let text =
                    bibliography::write(dialect, flavour, entry, &key, kind, audience, today);
                context.text(&format!(
                    "{}{text}",
                    std::mem::replace(&mut before, between)
                ))
            });
            if outcome.is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        outcome?;
        say_hidden(hidden, context);
        // Without entries, the file still gets its start and its end.
        let last = if before == begin {
            format!("{}{}", begin.trim_end(), end.trim_start())
        } else {
            end.to_owned()
        };
        context.data(&last)?;
        return Ok((Exit::Done, None));
    }
    let mut rows = Rows::of(format, all);
    let hidden = notebook.for_each(&selection, audience, |entry, kind| {
        outcome = rows.entry(context, entry, kind, audience, &Map::new());
        if outcome.is_ok() {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    })?;
    outcome?;
    say_hidden(hidden, context);
    rows.end(context)?;
    let kept = if matches!(format, FileFormat::Json | FileFormat::Jsonl) {
        notebook.attachments()?
    } else {
        0
    };
    if kept > 0 {
        let [files, them] = if kept == 1 {
            ["file that notes refer to stays", "it"]
        } else {
            ["files that notes refer to stay", "them"]
        };
        context.messages.say(&format!("{kept} {files} in the notebook: a folder or a backup includes {them}\n  kb export notes/"));
    }
    Ok((Exit::Done, None))
}

/// Checks a filter before anything is written: its words, and the number of entries that it finds. A
/// file is left alone if the filter finds nothing for it.
fn check_matches(
    query: &Query,
    filter: &[String],
    arguments: &ExportArguments,
    notebook: &mut Notebook,
    context: &Context,
) -> Result<(), Failure> {
    check_words(notebook, filter, context)?;
    catch_up_for(query, notebook, context)?;
    if arguments.expect.is_none() && filter.is_empty() {
        return Ok(());
    }
    let found = notebook.count(query)?;
    check_expected(arguments.expect, found)?;
    if found == 0 {
        return Err(nothing_matches(filter, context));
    }
    Ok(())
}

/// The entries of a query that the audience may see. A private one must not even be counted.
fn seen(query: &Query, audience: Audience) -> Query {
    match audience {
        Audience::Owner => query.clone(),
        Audience::Public => query.clone().and(Query::Private(false)),
    }
}

/// Says how many entries match but are of a kind that the format does not hold.
fn say_other_kinds(
    all: &Query,
    written: &Query,
    notebook: &Notebook,
    context: &Context,
) -> Result<(), Failure> {
    if all == written {
        return Ok(());
    }
    let others = notebook.count(all)? - notebook.count(written)?;
    if others > 0 {
        let mut kinds = Vec::new();
        for kind in notebook.kinds().iter() {
            let of_kind = Query::Kind(vec![kind.name.clone()]);
            if notebook.count(&all.clone().and(of_kind))? > 0 {
                kinds.push(kind.name.as_str());
            }
        }
        context.messages.say(&format!(
            "{} left out; to write them too, name their kinds: `kind:{}`",
            count(
                others,
                "entry of another kind was",
                "entries of other kinds were"
            ),
            kinds.join(",")
        ));
    }
    Ok(())
}

/// The failure of an export whose filter matches nothing. A word that looks like a file is named: it
/// was read as part of the filter.
fn nothing_matches(filter: &[String], context: &Context) -> Failure {
    let failure = Failure::new(Exit::Nothing, "no entry matches: nothing was exported");
    match filter.first() {
        Some(word)
            if word
                .chars()
                .all(|c| c.is_alphanumeric() || "-_".contains(c)) =>
        {
            context
                .messages
                .say(&format!("`{word}` was read as part of the filter"));
            failure.hint(format!("kb export {word}.jsonl"))
        }
        _ => failure.hint("`kb list --explain` with the same filter says how it was read"),
    }
}

/// Adds the columns of former slugs and left-over values that an entry of the selection has.
fn add_left_over(
    all: &mut Vec<String>,
    notebook: &Notebook,
    selection: &Selection,
) -> Result<(), Failure> {
    let common = Selection {
        reads: Reads::Common,
        ..selection.clone()
    };
    let mut known: HashSet<String> = all.iter().cloned().collect();
    notebook.for_each(&common, Audience::Owner, |entry, _| {
        let former = (!entry.former.is_empty()).then_some("former");
        for name in former
            .into_iter()
            .chain(entry.extra.keys().map(String::as_str))
        {
            if known.insert(name.to_owned()) {
                all.push(name.to_owned());
            }
        }
        ControlFlow::Continue(())
    })?;
    Ok(())
}

/// The columns of a public table: the fields that the public sees of the kinds that have a public
/// entry in it.
fn public_fields(notebook: &Notebook, selection: &Selection) -> Result<Vec<String>, Failure> {
    let common = Selection {
        reads: Reads::Common,
        ..selection.clone()
    };
    let mut used = HashSet::new();
    notebook.for_each(&common, Audience::Public, |entry, _| {
        used.insert(entry.kind.clone());
        ControlFlow::Continue(())
    })?;
    let none = Kind::stand_in("");
    let kinds = notebook.kinds().iter();
    let mut all = all_names(&none, Audience::Public);
    for kind in kinds.filter(|kind| used.contains(&kind.name)) {
        for name in all_names(kind, Audience::Public) {
            if !all.contains(&name) {
                all.push(name);
            }
        }
    }
    Ok(all)
}

/// Leaves fields that the audience may not see out of the order of a selection.
fn show_order(selection: &mut Selection, sole: Option<&Kind>, audience: Audience) {
    if let Some(kind) = sole {
        let seen = all_names(kind, audience);
        selection.order.retain(|key| seen.contains(&key.field));
    }
}

/// Says how many links to entries that are not public were left out.
fn say_hidden(hidden: usize, context: &Context) {
    if hidden > 0 {
        let links = count(
            hidden,
            "link to an entry that is not public was",
            "links to entries that are not public were",
        );
        context.messages.say(&format!("{links} left out"));
    }
}

/// Exports a folder of notes.
fn vault(
    format: FileFormat,
    style: Style,
    arguments: &ExportArguments,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let Some((name, filter)) = arguments
        .words
        .split_first()
        .filter(|(name, _)| *name != "-")
    else {
        return Err(Failure::usage("which folder?").hint("kb export notes/ --format obsidian"));
    };
    let audience = match (arguments.public, arguments.private) {
        (true, _) => Audience::Public,
        (_, true) => Audience::Owner,
        _ => style.audience(),
    };
    let mut notebook = context.open()?;
    let selection = notebook.selection(None, filter, &[], None)?;
    let written = seen(&selection.query, audience);
    check_matches(&written, filter, arguments, &mut notebook, context)?;
    let export = notes::Export {
        folder: name,
        format,
        style,
        audience,
        selection,
        is_whole: filter.is_empty(),
        force: arguments.force,
        edited: Edited::Refuse,
        renamed: Vec::new(),
        is_shown: false,
    };
    notes::export(&export, notebook, context)
}
