//! `kb open`: opens what an entry is about in the program that the system has for it.
//!
//! The address comes from the notebook, which may come from somebody else. So it is one argument of a
//! program that the user's own configuration names, never part of a command line, and only the web and
//! files that can only be looked at are opened.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;

use crate::cli::complete;
use crate::cli::config::Key;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure, plain};
use crate::format::attached::Attached;
use crate::format::bibliography;
use crate::model::{Audience, Entry, Kind};
use crate::notebook::Notebook;

/// Open the address of an entry, or a file of it
///
/// Opens its URL, else its DOI or arXiv id, else the first file that is attached to it or that its BibTeX
/// names; `--file` opens the file first. Runs the system's opener (`xdg-open`, `open` on macOS), or the
/// program of the setting `opener`, without a shell, and only for `http`, `https`, PDF, images and plain
/// text; anything else is printed.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb open \"Toy Models\" --print")]
pub(crate) struct OpenArguments {
    /// The entry
    #[arg(value_name = "REF", add = complete::refs())]
    reference: String,
    /// Open a file, even if there is an address
    #[arg(long, short)]
    file: bool,
    /// Print the address or the path only
    #[arg(long, short)]
    print: bool,
}

/// What can be opened: an address or a file.
enum Target {
    Address(String),
    File(PathBuf),
}

impl OpenArguments {
    /// Those for one entry.
    pub(super) fn of(reference: String) -> OpenArguments {
        OpenArguments {
            reference,
            file: false,
            print: false,
        }
    }
}

pub(crate) fn run(arguments: &OpenArguments, context: &mut Context) -> Result<Exit, Failure> {
    let notebook = context.open()?;
    let entry = notebook.find(&arguments.reference)?.entry;
    let none = Kind::stand_in(&entry.kind);
    let kind = notebook.kinds().get(&entry.kind).unwrap_or(&none);
    let address = Audience::Owner.address(&entry, kind);
    let file = match arguments.file || address.is_none() {
        true => file_of(&notebook, &entry)?,
        false => None,
    };
    let reference = entry.reference();
    let target = match (file, address) {
        (Some(file), _) => Target::File(file),
        (None, Some(address)) if !arguments.file => Target::Address(address),
        _ => {
            let what = if arguments.file {
                "file"
            } else {
                "address and no file"
            };
            return Err(
                Failure::new(Exit::Nothing, format!("`{reference}` has no {what}"))
                    .hint(format!("kb set {reference} url=https://…"))
                    .hint(format!("kb attach {reference} FILE")),
            );
        }
    };
    let (text, is_safe) = match &target {
        Target::Address(url) => {
            let is_web = url.starts_with("https://") || url.starts_with("http://");
            (url.clone(), is_web)
        }
        Target::File(path) => (path.display().to_string(), is_for_looking(path)),
    };
    if arguments.print || !is_safe {
        context.text(&format!("{text}\n"))?;
        return Ok(Exit::Done);
    }
    open(&text, &reference, context)
}

/// The first file of an entry: an attached one, else one that its BibTeX names and that exists.
fn file_of(notebook: &Notebook, entry: &Entry) -> Result<Option<PathBuf>, Failure> {
    let folder = notebook.folder();
    for (name, attached) in Attached::of(entry) {
        match attached {
            Attached::Linked(path) => return Ok(Some(folder.join(path))),
            Attached::Kept(content) => {
                if let Some(bytes) = notebook.attachment(&content)? {
                    return written(notebook, &name, &bytes).map(Some);
                }
            }
        }
    }
    let named = bibliography::files(&entry.extra).into_iter();
    let mut paths = named.map(|path| folder.join(path));
    Ok(paths.find(|path| path.is_file()))
}

/// Writes the content of an attached file where the opener can read it, for its owner alone: beside the
/// notebook, in place of what was opened before under that name.
fn written(notebook: &Notebook, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
    // The name comes from the notebook: it is one component.
    let name = Path::new(name).file_name().unwrap_or("file".as_ref());
    let folder = notebook.path().with_file_name("opened");
    std::fs::create_dir_all(&folder).map_err(|e| Failure::file(&folder, &e))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let own = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&folder, own).map_err(|e| Failure::file(&folder, &e))?;
    }
    let path = folder.join(name);
    std::fs::write(&path, bytes).map_err(|e| Failure::file(&path, &e))?;
    Ok(path)
}

/// Whether a file is of a type that is only looked at: PDF, images, plain text.
fn is_for_looking(path: &Path) -> bool {
    const TYPES: [&str; 7] = ["pdf", "png", "jpg", "jpeg", "gif", "webp", "txt"];
    let end = path
        .extension()
        .map(|end| end.to_string_lossy().to_lowercase());
    end.is_some_and(|end| TYPES.contains(&end.as_str())) && path.is_file()
}

/// Runs the opener with an address or a path.
fn open(text: &str, reference: &str, context: &Context) -> Result<Exit, Failure> {
    let configured = context
        .config
        .value(Key::Opener, &context.environment, None)
        .map(|(value, _)| value);
    let usual = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let opener = configured.unwrap_or_else(|| usual.to_owned());
    let words = shell_words::split(&opener)
        .map_err(|e| Failure::usage(format!("the opener `{opener}` cannot be read: {e}")))?;
    let Some((program, words)) = words.split_first() else {
        return Err(Failure::usage("the opener is empty").hint("export KB_OPENER=xdg-open"));
    };
    let mut command = Command::new(program);
    command
        .args(words)
        .arg(text)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => {
            context.messages.chat(&format!("opened {text}"));
            Ok(Exit::Done)
        }
        Ok(status) => Err(
            Failure::usage(format!("the opener `{program}` ended with {status}"))
                .hint(format!("kb open {reference} --print")),
        ),
        Err(e) => Err(Failure::usage(format!(
            "the opener `{program}` cannot be run: {}",
            plain(&e)
        ))
        .hint(format!("kb open {reference} --print"))
        .hint("export KB_OPENER=PROGRAM")),
    }
}
