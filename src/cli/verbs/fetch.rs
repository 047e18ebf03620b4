//! `kb fetch`

use std::time::Duration;

use clap::Args;

use crate::cli::complete;
use crate::cli::config::Key;
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::progress::Progress;
use crate::model::{Draft, Kind};
use crate::notebook::Notebook;
use crate::notebook::capture::{Wanted, wanted_for};
use crate::text::encoding::decode;
use crate::text::english::count;
use crate::web::{self, Limits};

/// Ask the web for what entries lack
///
/// By DOI and arXiv id from doi.org, else by address from the head of the page. Only empty fields are filled, and titles that are
/// only an identifier. What cannot be had is named and the rest is done (exit 3). This verb and `kb add --fetch` are the only ones that use a
/// network.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb fetch papers has:doi -has:authors\n  kb fetch papers -has:authors --dry-run")]
pub struct Arguments {
    /// Filters
    #[arg(value_name = "FILTER", required = true, add = complete::filters())]
    filter: Vec<String>,
    #[command(flatten)]
    reach: Reach,
    /// Show what would be asked for, and ask nobody
    #[arg(long, short = 'n')]
    dry_run: bool,
}

/// How far a question to the web may go.
#[derive(Debug, Clone, Args)]
pub struct Reach {
    /// Seconds that an answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Allow addresses of this machine and of private networks
    #[arg(long)]
    pub allow_private: bool,
}

pub fn run(arguments: &Arguments, context: &mut Context) -> Result<Exit, Failure> {
    let mut notebook = context.open_to_write(arguments.dry_run, false)?;
    let targets = notebook.targets(&[], &arguments.filter)?;
    let mut progress = Progress::of_entries("fetching", context);
    let (mut found, mut failed, mut asked) = (Vec::new(), 0, 0);
    let total = targets.len() as u64;
    for (number, target) in (0..).zip(targets) {
        progress.at(number, total);
        let Some(kind) = notebook.kinds().get(&target.entry.kind).cloned() else { continue };
        let wanted = wanted_for(&kind, &target.entry);
        if wanted.is_empty() {
            continue;
        }
        asked += 1;
        let reference = target.entry.reference();
        if arguments.dry_run {
            context.text(&format!("{reference}\t{}\n", wanted[0].address(&resolver(context))))?;
            continue;
        }
        match ask(&wanted, &kind, &notebook, &arguments.reach, context) {
            Ok(draft) => found.push((target, draft)),
            Err(why) => {
                failed += 1;
                context.line(&format!("{reference}: {why}"));
            }
        }
    }
    progress.end();
    if arguments.dry_run {
        context.say(&format!("would ask for {}", count(asked, "entry", "entries")));
        return Ok(Exit::Done);
    }
    let changed = notebook.complete(&found)?;
    for entry in &changed {
        context.text(&format!("{}\t{}\n", entry.reference(), entry.title))?;
    }
    context.say(&format!("{} completed, {} had nothing new, {failed} could not be had", count(changed.len(), "entry", "entries"), found.len() - changed.len()));
    Ok(if failed == 0 { Exit::Done } else { Exit::Partly })
}

/// What the web says about a work: the first answer that says anything, else why there is none.
pub fn ask(wanted: &[Wanted], kind: &Kind, notebook: &Notebook, reach: &Reach, context: &Context) -> Result<Draft, String> {
    let limits = Limits { time: Duration::from_secs(reach.timeout), private: reach.allow_private };
    let mut why = Vec::new();
    for document in wanted {
        let address = document.address(&resolver(context));
        match web::get(&address, document.accept(), &limits) {
            Ok(bytes) => match document.read(&decode(&bytes), kind, notebook.clock().today) {
                Some(draft) => return Ok(draft),
                None => why.push(format!("`{address}` says nothing about a work")),
            },
            Err(error) => why.push(error.to_string()),
        }
    }
    Err(why.join("; "))
}

fn resolver(context: &Context) -> String {
    context.config.value(Key::DoiResolver, &context.environment, None).map(|(value, _)| value).unwrap_or_default()
}
