//! `kb add`: adds an entry.

use std::path::Path;

use clap::{ArgMatches, Args, FromArgMatches};

use super::edit::keep;
use crate::cli::context::Context;
use crate::cli::dry_run::DryRun;
use crate::cli::editor;
use crate::cli::failure::{Exit, Failure};
use crate::cli::hyphens::unguarded;
use crate::cli::reach::{Reach, ask};
use crate::cli::typed;
use crate::format::front_matter;
use crate::model::{Draft, FieldType, Kind, Unknown, person};
use crate::notebook::bibliography::OnDuplicate;
use crate::notebook::capture::{self, Captured};
use crate::notebook::entries::split_list;
use crate::notebook::{IfMissing, Notebook, NotebookError};
use crate::store::WriteMode;

/// Add an entry
///
/// One line adds an entry: its kind, a title, and the fields that you already know. `-` as the body
/// reads standard input. The new ref is printed. The title can also be a DOI, an arXiv id, an
/// address or a citation in BibTeX: the entry is added at once, and `--fetch` asks the web for the
/// missing fields. Without a kind, they tell it: `kb add https://arxiv.org/abs/1706.03762`, also piped
/// into it, and several words go to the inbox (`kb inbox`). A work that already exists is completed, not added again. `kb add KIND --help`
/// lists the fields of a kind.
#[derive(Debug, Args)]
#[command(
    disable_help_subcommand = true,
    before_long_help = "Examples:\n  kb add paper \"Attention is all you need\" --author \"Vaswani, Ashish\" --year 2017 --topic Transformers\n  kb add paper 10.1145/3582099.3582122\n  kb add paper https://arxiv.org/abs/2010.11929v2 --topic Vision\n  kb add paper \"$(cat citation.bib)\"\n  kb add term \"Variational auto-encoder (VAE)\" \"An autoencoder whose encodings are regularised\"\n  kb add goal \"Sparse coding\" --topic Interpretability --status want\n  echo \"long notes\" | kb add meeting \"Meeting with an eval researcher\" -"
)]
// Empty: the arguments depend on the kinds of the notebook. `cli::commands` builds them, and
// `run` reads them from the matches of clap.
pub(crate) struct AddArguments {}

pub(crate) fn run(matches: &ArgMatches, context: &mut Context) -> Result<Exit, Failure> {
    let Some((name, given)) = matches
        .subcommand_matches("add")
        .and_then(ArgMatches::subcommand)
    else {
        return Err(Failure::usage("no kind was named").hint("kb add --help"));
    };
    let mode = DryRun::from_arg_matches(given)
        .map_err(|e| Failure::usage(e.to_string()))?
        .mode();
    let mut notebook = context.open_to_write(mode, IfMissing::Create)?;
    if name == "inbox" && notebook.kinds().get(name).is_none() {
        if mode == WriteMode::DryRun {
            context.messages.say("would be put into the inbox");
            return Ok(Exit::Done);
        }
        notebook.ensure_inbox()?;
    }
    let kind = notebook.kind(name)?.clone();
    let mut draft = draft(&kind, given, context)?;
    if name == "inbox" && draft.text("private").is_none() {
        // Also if the user has a kind of that name.
        draft.set("private", "yes");
    }
    if given.get_flag("edit") {
        drop(notebook);
        return written(&kind, &mut draft, mode, context);
    }
    let title = draft.text("title").unwrap_or_default();
    if capture::is_citation(title) {
        return citation(&kind, &draft, mode, &mut notebook, context);
    }
    // `--fetch` exists only for kinds with an identifier; for others `try_get_one` fails.
    let fetch = given
        .try_get_one::<bool>("fetch")
        .is_ok_and(|flag| flag == Some(&true));
    let recognised = capture::recognised(&kind, title);
    if recognised.is_some() || fetch {
        // The typed fields replace the recognised ones, except the title.
        let mut whole = recognised.unwrap_or_else(|| draft.clone());
        whole
            .texts
            .extend(draft.texts.into_iter().filter(|(name, _)| name != "title"));
        let reach = Reach::from_arg_matches(given).map_err(|e| Failure::usage(e.to_string()))?;
        return captured(
            &kind,
            &whole,
            fetch.then_some(&reach),
            mode,
            &mut notebook,
            context,
        );
    }
    let alike = notebook.alike(&kind, &draft)?;
    let on_duplicate = given
        .try_get_one::<OnDuplicate>("on_duplicate")
        .ok()
        .flatten();
    if let Some(other) = &alike {
        match on_duplicate {
            Some(OnDuplicate::Skip) => {
                context.data(&format!("{}\n", other.reference()))?;
                context.messages.say("already exists: nothing was added");
                return Ok(Exit::Done);
            }
            Some(OnDuplicate::Merge) => {
                return captured(&kind, &draft, None, mode, &mut notebook, context);
            }
            Some(OnDuplicate::Add) => {}
            None if context.interactive() => {
                let question = format!("`{}` has the same name: add another?", other.reference());
                if !context.messages.confirm(&question) {
                    return Ok(Exit::Usage);
                }
            }
            None => {}
        }
    }
    let entry = notebook.add(&kind.name, &draft)?;
    notebook.close_fast();
    if let Some(other) = alike.filter(|_| on_duplicate.is_none() && !context.interactive()) {
        context.messages.say(&format!(
            "`{0}` has the same name; both are kept\n  kb merge {0} {1}",
            other.reference(),
            entry.reference()
        ));
    }
    context.data(&format!("{}\n", entry.reference()))?;
    let what = if mode == WriteMode::DryRun {
        "would add"
    } else {
        "added"
    };
    if name == "inbox" {
        let what = if mode == WriteMode::DryRun {
            "would be"
        } else {
            "is"
        };
        context.messages.say(&format!(
            "`{}` {what} in the inbox\n  kb inbox",
            entry.title
        ));
        return Ok(Exit::Done);
    }
    context
        .messages
        .chat(&format!("{what} the {} `{}`", kind.name, entry.title));
    Ok(Exit::Done)
}

/// Adds an entry that the user writes in the editor, which starts with the fields that were given and the
/// template of the kind.
fn written(
    kind: &Kind,
    draft: &mut Draft,
    mode: WriteMode,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let title = draft.text("title").unwrap_or_default().to_owned();
    if draft.text("body").is_none()
        && let Some(template) = &kind.template
    {
        draft.set("body", template.trim_end().to_owned());
    }
    // An entry needs a title to be one.
    draft.set("title", if title.is_empty() { "title" } else { &title });
    let clock = context.environment.clock();
    let mut entry = kind
        .admit(draft, &clock, Unknown::Refuse)
        .map_err(|problems| NotebookError::Invalid {
            kind: kind.name.clone(),
            problems,
        })?;
    entry.title = title;
    let start = front_matter::write(&entry, kind);
    let mut text = editor::edit(context, &start, ".md")?;
    loop {
        if text == start && entry.title.is_empty() {
            return Err(Failure::usage("nothing was added: the title is empty"));
        }
        let read = front_matter::read(&text, kind).map_err(|(line, column, why)| {
            Failure::usage(format!("entry.md:{line}:{column}: {why}"))
        });
        let added = read.and_then(|mut draft| {
            draft.texts.retain(|_, texts| !texts.is_empty());
            let mut notebook = context.open_to_write(mode, IfMissing::Create)?;
            Ok(notebook.add(&kind.name, &draft)?)
        });
        match added {
            Ok(entry) => {
                context.data(&format!("{}\n", entry.reference()))?;
                return Ok(Exit::Done);
            }
            Err(failure) => {
                if context.interactive() {
                    failure.report(&context.messages);
                    if context.messages.confirm("edit again?") {
                        text = editor::edit(context, &text, ".md")?;
                        continue;
                    }
                }
                return Err(keep(context, &kind.name, &text, failure, None));
            }
        }
    }
}

/// Adds the work that an identifier or an address names; with `reach`, also the data that the web
/// has about it.
fn captured(
    kind: &Kind,
    draft: &Draft,
    reach: Option<&Reach>,
    mode: WriteMode,
    notebook: &mut Notebook,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let (mut found, mut missing) = (None, None);
    if let Some(reach) = reach {
        let wanted = capture::wanted(kind, |field| draft.text(field).map(str::to_owned));
        if wanted.is_empty() {
            return Err(Failure::usage(
                "there is nothing to ask the web for: no DOI, arXiv id or address",
            )
            .hint("kb add paper 10.1145/3582099.3582122 --fetch"));
        }
        // If the web has no answer, the entry is added without it and the exit code is 3.
        match ask(&wanted, kind, notebook, reach, context) {
            Ok((draft, unfit)) => {
                found = Some(draft);
                missing = (!unfit.is_empty()).then(|| unfit.join("; "));
            }
            Err(why) => missing = Some(why),
        }
    }
    let captured = notebook.capture(&kind.name, draft, found.as_ref())?;
    report(&captured, kind, mode, context)?;
    let Some(why) = missing else {
        return Ok(Exit::Done);
    };
    context.messages.line(&format!(
        "`{}` is incomplete: {why}",
        captured.entry.reference()
    ));
    context.messages.line(&format!(
        "hint: kb fetch {} slug:{}",
        kind.plural, captured.entry.slug
    ));
    Ok(Exit::Partly)
}

/// Adds the works of a BibTeX citation. Fails if none of them can be read.
fn citation(
    kind: &Kind,
    draft: &Draft,
    mode: WriteMode,
    notebook: &mut Notebook,
    context: &mut Context,
) -> Result<Exit, Failure> {
    let taken =
        notebook.capture_bibtex(&kind.name, draft.text("title").unwrap_or_default(), draft)?;
    if !taken.iter().any(Result::is_ok) {
        let why: Vec<String> = taken.into_iter().filter_map(Result::err).collect();
        return Err(Failure::usage(format!(
            "the citation cannot be read: {}",
            why.join("; ")
        )));
    }
    let mut exit = Exit::Done;
    for one in &taken {
        match one {
            Ok(captured) => report(captured, kind, mode, context)?,
            Err(why) => {
                context.messages.line(why);
                exit = Exit::Partly;
            }
        }
    }
    Ok(exit)
}

/// Prints the ref of a captured work, and on a terminal whether it was added or completed.
fn report(
    captured: &Captured,
    kind: &Kind,
    mode: WriteMode,
    context: &mut Context,
) -> Result<(), Failure> {
    let Captured { entry, new, filled } = captured;
    context.data(&format!("{}\n", entry.reference()))?;
    let what = match (new, filled, mode) {
        (true, _, WriteMode::Commit) => "added",
        (true, _, WriteMode::DryRun) => "would add",
        (false, true, WriteMode::Commit) => "completed",
        (false, true, WriteMode::DryRun) => "would complete",
        (false, false, _) => "already complete:",
    };
    context
        .messages
        .chat(&format!("{what} the {} `{}`", kind.name, entry.title));
    Ok(())
}

/// The draft that the arguments of `kb add KIND` describe.
fn draft(kind: &Kind, given: &ArgMatches, context: &Context) -> Result<Draft, Failure> {
    let mut draft = Draft::of(&kind.name);
    // `None` if the argument was not given or the kind does not have it.
    let texts = |name: &str| -> Option<Vec<String>> {
        given
            .try_get_many::<String>(name)
            .ok()
            .flatten()
            .map(|texts| texts.map(|text| unguarded(text).to_owned()).collect())
    };
    let own = kind.fields.iter().map(|field| field.name.as_str());
    for name in ["title", "topics", "tags", "aliases", "slug", "position"]
        .into_iter()
        .chain(own)
    {
        if let Some(texts) = texts(name) {
            for text in &texts {
                typed::check(std::iter::once(kind), name, text)?;
            }
            // Only a field with many values is split at `;` and `and` into persons.
            let is_person = kind
                .field(name)
                .is_some_and(|field| field.field_type == FieldType::Person && field.many);
            draft.set_many(
                name,
                if is_person {
                    texts
                        .iter()
                        .flat_map(|text| person::typed_once(text))
                        .collect()
                } else if name == "tags" {
                    // As `kb set tags+=a,b` reads them.
                    texts.iter().flat_map(|text| split_list(text)).collect()
                } else {
                    texts
                },
            );
        }
    }
    if kind.year_field().is_some()
        && let Some(year) = texts("year")
    {
        draft.set_many("year", year);
    }
    if draft.text("title") == Some("-") {
        if given
            .get_one::<String>("body")
            .is_some_and(|body| body == "-")
        {
            return Err(Failure::usage("`-` can be the title or the body, not both"));
        }
        let title = context.read_text(Path::new("-"))?;
        if title.trim().is_empty() {
            return Err(Failure::usage(
                "`-` reads the title from standard input, which is empty",
            ));
        }
        draft.set("title", title.trim());
    }
    if let Some(body) = given.get_one::<String>("body") {
        let body = if body == "-" {
            context.read_text(Path::new("-"))?
        } else {
            unguarded(body).to_owned()
        };
        draft.set("body", body);
    }
    for (flag, private) in [("private", "yes"), ("public", "no")] {
        if given.get_flag(flag) {
            draft.set("private", private);
        }
    }
    Ok(draft)
}
