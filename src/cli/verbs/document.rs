//! `kb document`: lists the files that kb tracks, and stops tracking one.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};
use serde_json::{Map, Value as Json};

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::cli::tracked::Tracked;
use crate::notebook::IfMissing;
use crate::store::{Document, WriteMode};
use crate::text::checksum;

/// List the files that kb tracks, or stop tracking one
///
/// kb tracks each file that it imported or exported, so that an export does not overwrite what was
/// changed by hand. The state of a file is `same` if it has the bytes that kb last read or wrote,
/// `changed` if not, and `missing` if it does not exist. A file that is forgotten stays on disk, and
/// its entries stay in the notebook.
#[derive(Debug, Subcommand)]
#[command(
    before_long_help = "Examples:\n  kb document list\n  kb document list --json path,state\n  kb document forget notebook.md"
)]
pub(crate) enum DocumentVerb {
    /// List the files
    #[command(visible_alias = "ls")]
    List(ListDocuments),
    /// Stop tracking a file or a folder
    Forget(ForgetDocument),
}

#[derive(Debug, Args)]
pub(crate) struct ListDocuments {
    #[command(flatten)]
    output: OutputArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ForgetDocument {
    /// The file, or the folder of notes
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

pub(crate) fn run(verb: DocumentVerb, context: &mut Context) -> Result<Exit, Failure> {
    match verb {
        DocumentVerb::List(list) => {
            let notebook = context.open()?;
            let tracked = Tracked::of(&notebook);
            let columns = ["path", "format", "page", "state"];
            let mut rows = Rows::plain(&list.output, context, &columns, &[], "document")?;
            for file in notebook.documents("")? {
                let cells = [
                    ("path", Json::from(file.path.clone())),
                    ("format", Json::from(file.format.clone())),
                    ("page", Json::from(file.page.clone())),
                    ("state", Json::from(state(&file, &tracked.path(&file.path)))),
                ];
                let cells = cells.map(|(name, value)| (name.to_owned(), value));
                rows.map(context, &Map::from_iter(cells))?;
            }
            rows.end(context)?;
            Ok(Exit::Done)
        }
        DocumentVerb::Forget(forget) => {
            let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
            let tracked = Tracked::of(&notebook);
            let key = tracked.key(&context.environment.path(&forget.file));
            let folder = format!("{key}/");
            let own = |file: &Document| file.path == key || file.path.starts_with(&folder);
            let paths: Vec<String> = notebook
                .documents(&key)?
                .into_iter()
                .filter(own)
                .map(|file| file.path)
                .collect();
            if paths.is_empty() {
                return Err(Failure::new(
                    Exit::Nothing,
                    format!("`{}` is not tracked", forget.file.display()),
                )
                .hint("kb document list"));
            }
            notebook.track(&[], &paths)?;
            Ok(Exit::Done)
        }
    }
}

/// Whether a file is as kb last read or wrote it.
fn state(file: &Document, path: &Path) -> &'static str {
    match std::fs::File::open(path).and_then(checksum::of_reader) {
        Err(_) => "missing",
        Ok(sum) if file.checksum.as_ref() == Some(&sum) => "same",
        Ok(_) => "changed",
    }
}
