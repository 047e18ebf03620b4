//! `kb publish`: makes a web site of what is public in the notebook.
//!
//! The manifest in the folder says what kb wrote there: by it, a file of somebody else and a page that
//! was edited by hand are never overwritten or removed, a page that is gone goes from the folder too, and
//! the day on which the public text of an entry changed stays that day. It is written before the pages,
//! with what is to come, and again after them, so that a publication that was killed can be repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use serde::{Deserialize, Serialize};

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::folder;
use crate::cli::locate::session;
use crate::cli::outfile::Overwrite;
use crate::cli::site_server;
use crate::notebook::Notebook;
use crate::site::{SiteContent, TEMPLATES, Theme, build};
use crate::store::{WriteMode, left_behind};
use crate::text::checksum;
use crate::text::english::count;
use crate::text::shell;

/// The file in the folder of a site that says what kb wrote there.
const MANIFEST: &str = ".kb-site.json";

/// Files that may be in a folder before its first publication.
const WELCOME: [&str; 5] = [".git", ".nojekyll", "CNAME", ".domains", ".gitignore"];

/// Make a web site of what is public
///
/// Writes static pages of every public entry, with lists by kind, topic and tag, an A–Z with search,
/// feeds and downloads of citations. All links are relative, so the site works in any folder and from
/// a disk. Private entries, private fields and links to them are left out. Only files that changed are
/// written; files that kb did not write are left alone. The settings `site.title`, `site.author` and
/// `site.base_url` name the site; with an address it gets a sitemap. `--serve` shows the site on this
/// machine, without writing it, and shows each change of the notebook.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb publish site/\n  kb publish site/ --check\n  kb publish --eject theme/ && kb publish site/ --theme theme/"
)]
pub(crate) struct PublishArguments {
    /// The folder of the site
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath, required_unless_present_any = ["eject", "serve"])]
    folder: Option<PathBuf>,
    /// Say what would change, and write nothing
    #[arg(long, visible_alias = "dry-run", short = 'n')]
    check: bool,
    /// Show the site in the browsers of this machine, and write nothing
    #[arg(long, conflicts_with_all = ["check", "folder", "eject"])]
    serve: bool,
    /// The port of `--serve`; 0 takes a free one
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 4000,
        requires = "serve"
    )]
    port: u16,
    /// Overwrite pages that were edited by hand
    #[arg(long)]
    force: bool,
    /// A folder with templates and styles of your own
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    theme: Option<PathBuf>,
    /// Write the templates and styles that come with kb to a folder
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath, conflicts_with_all = ["theme", "check", "folder"])]
    eject: Option<PathBuf>,
}

/// What kb wrote in the folder of a site.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Manifest {
    /// The checksum of each file.
    files: BTreeMap<String, String>,
    /// The checksums that files may have by now, because a publish began to write them; empty once one has
    /// written all.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pending: BTreeMap<String, BTreeSet<String>>,
    /// By uid: the checksum of the public text of an entry, and the day since when it is that.
    entries: BTreeMap<String, (String, String)>,
}

impl Manifest {
    /// The paths of all files that kb wrote, or was writing when it was killed.
    fn paths(&self) -> impl Iterator<Item = &String> {
        let only_pending = |path: &&String| !self.files.contains_key(*path);
        let pending = self.pending.keys().filter(only_pending);
        self.files.keys().chain(pending)
    }

    /// Whether kb wrote a file of this path.
    fn has(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.pending.contains_key(path)
    }

    /// Whether a file with this checksum is as kb wrote it.
    fn wrote(&self, path: &str, sum: &str) -> bool {
        let pending = self.pending.get(path);
        self.files.get(path).is_some_and(|known| known == sum)
            || pending.is_some_and(|known| known.contains(sum))
    }

    /// Writes the manifest, unless the folder has it already.
    fn write(&self, root: &Path, context: &Context) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        context.rewrite_file(&root.join(MANIFEST), text.as_bytes(), Overwrite::Always)
    }
}

/// Builds the site in memory first, so that nothing is written if a page cannot be built or a file of
/// somebody else is in the way.
pub(crate) fn run(arguments: &PublishArguments, context: &mut Context) -> Result<Exit, Failure> {
    if let Some(folder) = &arguments.eject {
        return eject(folder, context);
    }
    if arguments.serve {
        return serve(arguments, context);
    }
    let folder = arguments.folder.as_deref().unwrap_or(Path::new("site"));
    let root = context.environment.path(folder);
    let notebook = context.open()?;
    let published = notebook.published_content()?;
    let mut content = published.content;
    let before = manifest(&root)?;
    if before.is_none() {
        refuse_full(&root, folder)?;
    }
    let before = before.unwrap_or_default();
    // A site of which the notebook never had an entry is that of another notebook.
    let mut uids = before.entries.keys();
    if !arguments.force
        && !before.entries.is_empty()
        && !uids.any(|uid| notebook.has_had(uid).unwrap_or(true))
    {
        let name = folder.display();
        return Err(
            Failure::usage(format!("`{name}` has the site of another notebook")).hint(format!(
                "publish into another folder, or replace it: {}",
                shell::command_line(["kb", "publish", "--force", &name.to_string()])
            )),
        );
    }
    let entries = dates(&mut content, &before, &notebook);
    let theme = theme(arguments, context)?;

    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let (mut changed, mut taken, mut edited) = (Vec::new(), Vec::new(), Vec::new());
    let built = build(&content, &theme, &mut |path, text| {
        files.insert(path.to_owned(), checksum::of_bytes(text.as_bytes()));
        match folder::state(&root, path, text.as_bytes()) {
            Ok(folder::State::Same) => {}
            Ok(folder::State::Other(_)) if !before.has(path) => taken.push(path.to_owned()),
            Ok(folder::State::Other(sum)) if !arguments.force && !before.wrote(path, &sum) => {
                edited.push(path.to_owned());
            }
            Ok(_) => changed.push((path.to_owned(), text.to_owned())),
            Err(failure) => return Err(failure.fact()),
        }
        Ok(())
    });
    built.map_err(|e| Failure::usage(e.to_string()))?;
    if let Some(first) = taken.first() {
        return Err(Failure::usage(format!(
            "`{first}` is a file that kb did not write: nothing was published"
        ))
        .hint("move it away, or publish into another folder"));
    }
    if let Some(first) = edited.first() {
        let more = match edited.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        return Err(Failure::usage(format!(
            "`{first}`{more} was edited by hand: nothing was published"
        ))
        .hint("move the edit into the notebook or a theme, then `kb publish --force`"));
    }
    let gone: Vec<&String> = before
        .paths()
        .filter(|path| !files.contains_key(*path))
        .collect();
    let (written, mut removed) = (changed.len(), gone.len());
    if arguments.check {
        for (path, _) in &changed {
            context.text(&format!("write {path}\n"))?;
        }
        for path in &gone {
            context.text(&format!("remove {path}\n"))?;
        }
    } else {
        std::fs::create_dir_all(&root).map_err(|e| Failure::file(&root, &e))?;
        if written > 0 {
            let mut begun = before.clone();
            for (path, sum) in &files {
                begun
                    .pending
                    .entry(path.clone())
                    .or_default()
                    .insert(sum.clone());
            }
            begun.write(&root, context)?;
        }
        let mut writer = folder::Writer::new(&root);
        for (path, text) in &changed {
            writer.write(path, text.as_bytes())?;
        }
        writer.finish()?;
        for (path, _) in &changed {
            let file = root.join(path);
            readable(&file).map_err(|e| Failure::file(&file, &e))?;
        }
        removed = 0;
        for path in gone {
            removed += usize::from(remove(&root, path, &before, context)?);
        }
        let after = Manifest {
            files,
            entries,
            ..Manifest::default()
        };
        after.write(&root, context)?;
    }
    if published.hidden > 0 {
        let links = count(
            published.hidden,
            "link does not lead to a public entry: its words stay",
            "links do not lead to a public entry: their words stay",
        );
        context.messages.say(&links);
    }
    let would = if arguments.check { "would be " } else { "" };
    context.messages.say(&format!(
        "{} of {}: {} {would}written, {removed} removed",
        folder.display(),
        count(content.entries.len(), "entry", "entries"),
        count(written, "file", "files"),
    ));
    Ok(Exit::Done)
}

/// Serves the site, and builds it again when the notebook has changed.
fn serve(arguments: &PublishArguments, context: &mut Context) -> Result<Exit, Failure> {
    let path = context.trusted_path()?;
    let own = session(&context.environment, &context.config, WriteMode::Commit);
    let theme = theme(arguments, context)?;
    let mut last = None;
    let mut files = || {
        let notebook = Notebook::open(&path, own.clone())?;
        let operation = notebook.last_operation()?;
        if last == Some(operation) {
            return Ok(None);
        }
        let mut content = notebook.published_content()?.content;
        dates(&mut content, &Manifest::default(), &notebook);
        let mut files = BTreeMap::new();
        let built = build(&content, &theme, &mut |path, text| {
            files.insert(path.to_owned(), text.to_owned());
            Ok(())
        });
        built.map_err(|e| Failure::usage(e.to_string()))?;
        last = Some(operation);
        Ok(Some(files))
    };
    site_server::serve(arguments.port, context, &mut files)?;
    Ok(Exit::Done)
}

/// Lets everybody read a page, as a web server must: kb's own files are for their owner alone.
fn readable(file: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// Writes the templates and styles to a folder in which there are none yet.
fn eject(folder: &Path, context: &mut Context) -> Result<Exit, Failure> {
    let root = context.environment.path(folder);
    refuse_full(&root, folder)?;
    std::fs::create_dir_all(&root).map_err(|e| Failure::file(&root, &e))?;
    let mut writer = folder::Writer::new(&root);
    for (name, text) in TEMPLATES {
        writer.write(name, text.as_bytes())?;
    }
    writer.finish()?;
    context.messages.say(&format!(
        "{} in `{}`",
        count(TEMPLATES.len(), "file", "files"),
        folder.display()
    ));
    Ok(Exit::Done)
}

/// The files of a user's theme. A file with another name than those of kb is not read, and named.
fn theme(arguments: &PublishArguments, context: &Context) -> Result<Theme, Failure> {
    let Some(folder) = &arguments.theme else {
        return Ok(Theme::default());
    };
    let root = context.environment.path(folder);
    let mut theme = Theme::default();
    for path in folder::files(&root)? {
        if TEMPLATES.iter().all(|(name, _)| *name != path) {
            context.messages.say(&format!(
                "`{path}` is not a file of a theme and is not read"
            ));
            continue;
        }
        let text = context.read_text(&root.join(&path))?;
        theme.own.push((path, text));
    }
    Ok(theme)
}

/// The manifest of a site; none if the folder has none.
fn manifest(root: &Path) -> Result<Option<Manifest>, Failure> {
    let path = root.join(MANIFEST);
    match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file(&path, &error)),
        Ok(text) => serde_json::from_str(&text).map(Some).map_err(|e| {
            Failure::usage(format!("`{}` cannot be read: {e}", path.display()))
                .hint("publish into another folder")
        }),
    }
}

/// Refuses a folder with other files than those of a version control or a host.
fn refuse_full(root: &Path, folder: &Path) -> Result<(), Failure> {
    let Ok(entries) = std::fs::read_dir(root) else {
        return Ok(());
    };
    let mut names = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    // A publish that was killed leaves files under temporary names, which this one removes.
    let left = left_behind(root);
    let is_welcome = |name: &String| {
        WELCOME.contains(&name.as_str()) || left.iter().any(|path| path.ends_with(name))
    };
    match names.find(|name| !is_welcome(name)) {
        None => Ok(()),
        Some(name) => Err(Failure::usage(format!(
            "`{}` is not empty: it has `{name}`",
            folder.display()
        ))
        .hint("choose an empty folder")),
    }
}

/// Sets since when the public text of each entry is what it is: since it was added, unless the site had
/// another text before.
fn dates(
    content: &mut SiteContent,
    before: &Manifest,
    notebook: &Notebook,
) -> BTreeMap<String, (String, String)> {
    let today = notebook.clock().stamp();
    let today = today.get(..10).unwrap_or(&today);
    let mut entries = BTreeMap::new();
    for entry in &content.entries {
        let text = serde_json::to_vec(entry).unwrap_or_default();
        let sum = checksum::of_bytes(&text);
        let day = match before.entries.get(&entry.uid) {
            Some((old, day)) if *old == sum => day.clone(),
            Some(_) => today.to_owned(),
            None => entry.created.clone(),
        };
        content.updated.insert(entry.uid.clone(), day.clone());
        entries.insert(entry.uid.clone(), (sum, day));
    }
    entries
}

/// Removes a page that the site has no longer, unless somebody edited it; returns whether it did.
fn remove(root: &Path, path: &str, before: &Manifest, context: &Context) -> Result<bool, Failure> {
    let file = root.join(path);
    // The manifest may come from somebody else.
    if let Err(failure) = folder::check(root, path) {
        failure.report(&context.messages);
        return Ok(false);
    }
    let Ok(bytes) = std::fs::read(&file) else {
        return Ok(false);
    };
    if !before.wrote(path, &checksum::of_bytes(&bytes)) {
        context
            .messages
            .say(&format!("`{path}` was edited by hand: it is left alone"));
        return Ok(false);
    }
    std::fs::remove_file(&file).map_err(|e| Failure::file(&file, &e))?;
    // Folders that are empty now go too.
    for folder in file
        .ancestors()
        .skip(1)
        .take_while(|folder| *folder != root)
    {
        if std::fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(true)
}
