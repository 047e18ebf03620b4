//! Generates the command reference in Markdown from the parser; a test checks that
//! `docs/commands.md` equals it.

use clap::Command;

use super::commands::command;
use crate::model::Kinds;

/// The command reference in Markdown: the long help of each verb, 160 columns wide.
pub fn markdown() -> String {
    let mut root = command(&Kinds::built_in());
    root.build();
    let mut text = String::from(
        "# Commands\n\nGenerated from the definitions of the command line; a test keeps it true.\n",
    );
    for verb in root.get_subcommands() {
        section(verb, "kb", 2, &mut text);
    }
    text
}

/// Appends the help of a command and of its subcommands.
fn section(command: &Command, parent: &str, level: usize, text: &mut String) {
    let name = format!("{parent} {}", command.get_name());
    let help = command
        .clone()
        .bin_name(&name)
        .term_width(160)
        .render_long_help()
        .to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    text.push_str(&format!(
        "\n{} `{name}`\n\n```text\n{}\n```\n",
        "#".repeat(level),
        help.join("\n").trim_end()
    ));
    for inner in command
        .get_subcommands()
        .filter(|inner| inner.get_name() != "help")
    {
        section(inner, &name, level + 1, text);
    }
}
