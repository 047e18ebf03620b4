//! `kb help`: prints the help of a verb or the text of a topic.

use clap::{Args, Command};

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::topics::TOPICS;
use crate::text::nearest::nearest;

/// Explain a verb or a topic
///
/// Without arguments, prints all verbs and topics.
#[derive(Debug, Args)]
#[command(before_long_help = "Examples:\n  kb help filters\n  kb help add paper")]
pub(crate) struct HelpArguments {
    /// A topic, or a verb
    words: Vec<String>,
}

pub(crate) fn run(
    arguments: &HelpArguments,
    mut root: Command,
    context: &mut Context,
) -> Result<Exit, Failure> {
    context.through_pager();
    root.build();
    let Some(first) = arguments.words.first() else {
        let help = root.render_long_help().to_string();
        context.data(&help)?;
        context.data("\nTopics:\n")?;
        for (name, summary, _) in TOPICS {
            context.data(&format!("  {name:12} {summary}\n"))?;
        }
        return Ok(Exit::Done);
    };
    if let Some((_, _, text)) = TOPICS.iter().find(|(name, _, _)| name == first) {
        let text = match context.environment.stdout_terminal {
            true => context.page().markdown(text),
            false => (*text).to_owned(),
        };
        context.data(&text)?;
        return Ok(Exit::Done);
    }
    let mut found = &root;
    for word in &arguments.words {
        match found.find_subcommand(word) {
            Some(inner) => found = inner,
            None => {
                let names: Vec<&str> = TOPICS
                    .iter()
                    .map(|(name, _, _)| *name)
                    .chain(found.get_subcommands().map(Command::get_name))
                    .collect();
                let failure = Failure::usage(format!("no topic or verb `{word}`"));
                return Err(match nearest(word, &names).first() {
                    Some(near) => failure.hint(format!("did you mean `{near}`?")),
                    None => failure.hint("kb help"),
                });
            }
        }
    }
    let help = found.clone().render_long_help().to_string();
    context.data(&help)?;
    Ok(Exit::Done)
}
