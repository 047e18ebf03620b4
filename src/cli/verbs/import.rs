//! `kb import`

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum, ValueHint};

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, plain};
use crate::cli::file_format::FileFormat;
use crate::cli::folder;
use crate::cli::progress::Progress;
use crate::format::bibliography::{Dialect, looks_like_csl, looks_like_zotero};
use crate::notebook::import::Imported;
use crate::notebook::page::{PageImport, PageOptions};
use crate::notebook::{Located, bibliography};
use crate::text::encoding::decode;
use crate::text::english::count;

/// Take in a page, a bibliography, a table, JSON or JSON lines
///
/// A hand-written Markdown page becomes entries and is kept, so that `kb export` gives it back byte for byte;
/// importing it again takes in what changed. A bibliography (`.bib`, `.ris`, `.csl.json`, `.nbib`, `.enw`) becomes papers that keep every field as it is
/// written; a work that is there already, by its key, DOI, arXiv id, address, or title and year, has its empty fields filled. A table (`.csv`,
/// `.tsv`) has the names of fields in its first row, or `--map` says what they are. In a folder (a vault of Obsidian, a site of Zola or Hugo) each Markdown file is an entry; its front matter says its kind and
/// its fields. `--dry-run` shows how each heading is read. What does not fit is
/// named by line and the rest is taken in (exit 3).
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb import notebook.md\n  kb import notebook.md --section \"Reading=papers\" --dry-run\n  kb import papers.bib\n  kb import glossary.csv --kind terms --map \"Term=title,Definition=body\"\n  kb import entries.jsonl\n  kb import vault/ --kind terms"
)]
pub struct Arguments {
    /// The file or folder; `-` is standard input
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// The format, when neither name nor content tells it
    #[arg(long, value_name = "FORMAT")]
    format: Option<FileFormat>,
    /// The kind of what does not say it; for a page, of everything on it
    #[arg(long, value_name = "KIND", add = crate::cli::complete::kinds())]
    kind: Option<String>,
    /// Read a heading of the page as a kind
    #[arg(long, value_name = "HEADING=KIND")]
    section: Vec<String>,
    /// Keep the page under this name instead of the file's
    #[arg(long, value_name = "NAME")]
    page: Option<String>,
    /// Which column of a table is which field
    #[arg(long, value_name = "COLUMN=FIELD,…")]
    map: Vec<String>,
    /// What becomes of a work of a bibliography that is there already
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnDuplicate::Merge)]
    on_duplicate: OnDuplicate,
    /// Show what would be done
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// What becomes of a work that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnDuplicate {
    /// Fill its empty fields
    Merge,
    /// Leave it as it is
    Skip,
    /// Add the new one beside it
    Add,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    if arguments.file != Path::new("-") && context.environment.path(&arguments.file).is_dir() {
        return vault(arguments, context);
    }
    let format = match arguments.format {
        Some(format) => format,
        None => match FileFormat::by_name(&arguments.file) {
            Some(named) if named != FileFormat::Json && named != FileFormat::Csv => named,
            // Programs for references call their files so, too.
            _ => sniff(&arguments.file, context)?,
        },
    };
    if let Some(dialect) = format.dialect() {
        return bibliography(dialect, arguments, context);
    }
    match format {
        FileFormat::Json | FileFormat::Jsonl => json(arguments, context),
        FileFormat::Anki => cards(arguments, context),
        FileFormat::Csv | FileFormat::Tsv => table(format == FileFormat::Tsv, arguments, context),
        FileFormat::Toml => Err(Failure::usage("TOML is written but not taken in").hint("kb import entries.jsonl\n  kb import vault/ --kind terms")),
        _ => page(arguments, context),
    }
}

/// Tells the format from the first character.
fn sniff(file: &Path, context: &Context) -> Result<FileFormat, Failure> {
    if file == Path::new("-") {
        let mut input = std::io::stdin().lock();
        let start = input.fill_buf().map_err(|e| Failure::file(file, &e))?;
        return Ok(of_content(start));
    }
    let path = context.environment.path(file);
    let mut start = Vec::new();
    let opened = std::fs::File::open(&path).map_err(|e| Failure::file(&path, &e))?;
    std::io::Read::read_to_end(&mut std::io::Read::take(opened, 4096), &mut start).map_err(|e| Failure::file(&path, &e))?;
    Ok(match FileFormat::by_name(&path) {
        Some(FileFormat::Csv) if looks_like_zotero(&String::from_utf8_lossy(&start)) => FileFormat::Zotero,
        Some(FileFormat::Csv) => FileFormat::Csv,
        _ => of_content(&start),
    })
}

fn of_content(start: &[u8]) -> FileFormat {
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match text.chars().next() {
        Some('{' | '[') if looks_like_csl(text) => FileFormat::Csl,
        Some('{' | '[') => FileFormat::Jsonl,
        Some('@') => FileFormat::Bibtex,
        Some('T') if text.starts_with("TY  -") => FileFormat::Ris,
        Some('P') if text.starts_with("PMID-") => FileFormat::Nbib,
        Some('#') if ["#separator:", "#html:"].iter().any(|line| text.starts_with(line)) => FileFormat::Anki,
        Some('%') if text.starts_with("%0 ") => FileFormat::Enw,
        _ => FileFormat::Page,
    }
}

fn page(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let source = context.read_text(&arguments.file)?;
    let mut sections = Vec::new();
    for section in &arguments.section {
        let pair =
            section.split_once('=').ok_or_else(|| Failure::usage(format!("`{section}` is not a heading and a kind")).hint("--section \"Reading=papers\""))?;
        sections.push((pair.0.to_owned(), pair.1.to_owned()));
    }
    let file_name = arguments.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = arguments.page.clone().or(file_name.filter(|name| name != "-")).unwrap_or_else(|| "notebook.md".to_owned());
    let mut notebook = context.open_to_write(arguments.dry_run, true)?;
    let import = notebook.import_page(&name, &source, &PageOptions { sections, kind: arguments.kind.clone() })?;
    report_page(&import, &name, arguments.dry_run, context)?;
    Ok(if import.problems.is_empty() { Exit::Done } else { Exit::Partly })
}

fn report_page(import: &PageImport, name: &str, rehearsed: bool, context: &mut Context) -> Result<(), Failure> {
    if rehearsed {
        for (place, title, meaning) in &import.sections {
            context.text(&format!("{name}:{}: heading `{title}`: {meaning}\n", place.line))?;
        }
        for (place, words) in &import.prose {
            context.text(&format!("{name}:{}: prose: {words}\n", place.line))?;
        }
    }
    for (kind, refs) in &import.added {
        if rehearsed {
            for reference in refs {
                context.text(&format!("add {reference}\n"))?;
            }
        }
        context.say(&format!("{}: {} added", kind, refs.len()));
    }
    if !import.updated.is_empty() {
        context.say(&format!("{} changed: {}", count(import.updated.len(), "entry", "entries"), import.updated.join(", ")));
    }
    if !import.absent.is_empty() {
        context.say(&format!("{} no longer on the page, kept in the notebook: {}", count(import.absent.len(), "entry", "entries"), import.absent.join(", ")));
    }
    problems(&import.problems, name, context);
    let total: usize = import.added.iter().map(|(_, refs)| refs.len()).sum();
    let prose = count(import.prose.len(), "passage", "passages");
    let lines: Vec<String> = import.prose.iter().map(|(place, _)| place.line.to_string()).collect();
    match (import.changed, lines.is_empty()) {
        (false, _) => context.say(&format!("`{name}` holds nothing new")),
        (true, true) => context.say(&format!("{} from `{name}`", count(total, "new entry", "new entries"))),
        (true, false) => context.say(&format!("{} from `{name}`, {prose} kept as prose (line {})", count(total, "new entry", "new entries"), lines.join(", "))),
    }
    Ok(())
}

fn json(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let name = arguments.file.display().to_string();
    let (mut input, bytes): (Box<dyn BufRead>, Option<u64>) = if arguments.file == Path::new("-") {
        (Box::new(BufReader::new(std::io::stdin())), None)
    } else {
        let path = context.environment.path(&arguments.file);
        let file = std::fs::File::open(&path).map_err(|e| Failure::usage(format!("`{}`: {}", path.display(), plain(&e))))?;
        let bytes = file.metadata().map_err(|e| Failure::file(&path, &e))?.len();
        (Box::new(BufReader::with_capacity(1 << 20, file)), Some(bytes))
    };
    let mut progress = Progress::of_bytes(context);
    let mut notebook = context.open_to_write(arguments.dry_run, true)?;
    let imported = notebook.import_json(&mut input, bytes, arguments.kind.as_deref(), &mut |read| progress.at(read, bytes.unwrap_or(read)))?;
    progress.end();
    report(&imported, &name, arguments.dry_run, context)
}

fn bibliography(dialect: Dialect, arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let name = arguments.file.display().to_string();
    let source = decode(&context.read_bytes(&arguments.file)?);
    let mut notebook = context.open_to_write(arguments.dry_run, true)?;
    let on_duplicate = match arguments.on_duplicate {
        OnDuplicate::Merge => bibliography::OnDuplicate::Merge,
        OnDuplicate::Skip => bibliography::OnDuplicate::Skip,
        OnDuplicate::Add => bibliography::OnDuplicate::Add,
    };
    let mut progress = Progress::of_bytes(context);
    let imported = notebook.import_bibliography(dialect, &source, arguments.kind.as_deref(), on_duplicate, &mut |at, of| progress.at(at, of))?;
    progress.end();
    report(&imported, &name, arguments.dry_run, context)
}

fn vault(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let root = context.environment.path(&arguments.file);
    let name = root.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned())).unwrap_or_default();
    let files = folder::files(&root)?;
    let mut progress = Progress::of_entries("importing", context);
    let mut notebook = context.open_to_write(arguments.dry_run, true)?;
    let read = &mut |path: &str| folder::read(&root, path);
    let done = notebook.import_vault(&name, &files, arguments.kind.as_deref(), read, &mut |at, of| progress.at(at, of))?;
    progress.end();
    for (path, at) in &done.named {
        context.line(&format!("{}:{}:{}: {}", arguments.file.join(path).display(), at.place.line, at.place.column, at.message));
    }
    if done.attachments + done.others > 0 {
        context.say(&format!("{} kept for notes that refer to them, {} left out", count(done.attachments, "other file", "other files"), done.others));
    }
    report(&done.imported, &name, arguments.dry_run, context)?;
    Ok(if done.left_out { Exit::Partly } else { Exit::Done })
}

fn cards(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let name = arguments.file.display().to_string();
    let source = decode(&context.read_bytes(&arguments.file)?);
    let mut notebook = context.open_to_write(arguments.dry_run, true)?;
    let mut progress = Progress::of_entries("importing", context);
    let imported = notebook.import_cards(&source, arguments.kind.as_deref(), &mut |at, of| progress.at(at, of))?;
    progress.end();
    report(&imported, &name, arguments.dry_run, context)
}

fn table(tabs: bool, arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let name = arguments.file.display().to_string();
    let source = decode(&context.read_bytes(&arguments.file)?);
    let mut map = Vec::new();
    for pair in arguments.map.iter().flat_map(|pairs| pairs.split(',')) {
        let (column, field) =
            pair.split_once('=').ok_or_else(|| Failure::usage(format!("`{pair}` is not a column and a field")).hint("--map \"Term=title,Definition=body\""))?;
        map.push((column.trim().to_owned(), field.trim().to_owned()));
    }
    let mut notebook = context.open_to_write(arguments.dry_run, true)?;
    let mut progress = Progress::of_entries("importing", context);
    let imported = notebook.import_table(&name, &source, tabs, &map, arguments.kind.as_deref(), &mut |at, of| progress.at(at, of))?;
    progress.end();
    report(&imported, &name, arguments.dry_run, context)
}

fn report(imported: &Imported, name: &str, rehearsed: bool, context: &Context) -> Result<Exit, Failure> {
    problems(&imported.problems, name, context);
    problems(&imported.notes, name, context);
    let Imported { added, updated, unchanged, problems, .. } = imported;
    let what = if rehearsed { "would be " } else { "" };
    context.say(&format!("{} {what}added, {updated} changed, {unchanged} unchanged", count(*added, "entry", "entries")));
    Ok(if problems.is_empty() { Exit::Done } else { Exit::Partly })
}

fn problems(problems: &[Located], name: &str, context: &Context) {
    for problem in problems {
        context.line(&format!("{name}:{}:{}: {}", problem.place.line, problem.place.column, problem.message));
    }
}
