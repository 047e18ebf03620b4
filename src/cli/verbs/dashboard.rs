//! `kb` alone: one screen that says where one is, or how to start.
//!
//! Its sections are data (`data/screen/dashboard.toml`). Each part has at most five lines, so that the
//! screen fits 24 lines, and what needs attention ends in the command that settles it.

use std::ops::ControlFlow;

use serde::Deserialize;

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::known::{Known, Outside};
use crate::model::{Audience, Query};
use crate::notebook::Notebook;
use crate::store::OperationFilter;
use crate::text::ago::ago;
use crate::text::english::count;
use crate::text::visible::{cut, visible_line};

const SECTIONS: &str = include_str!("../../../data/screen/dashboard.toml");

/// The most entries of a section, operations and lines of advice.
const MOST: usize = 5;

#[derive(Debug, Default, Deserialize)]
struct Screen {
    section: Vec<Section>,
}

#[derive(Debug, Deserialize)]
struct Section {
    title: String,
    filter: Vec<String>,
    #[serde(default)]
    sort: Vec<String>,
    period: Option<String>,
}

/// Prints the screen. Without a notebook, prints how to start (exit 1).
pub(crate) fn run(context: &mut Context) -> Result<Exit, Failure> {
    if !context.trusted_path()?.exists() {
        context.messages.say(
            "no notebook here yet\n  kb init                     makes one in this folder\n  kb import notebook.md       brings a page, a .bib or a folder of notes\n  kb add paper \"A title\"      adds the first entry",
        );
        return Ok(Exit::Nothing);
    }
    let notebook = context.open()?;
    let width = context.columns().max(20);
    let mut screen = totals(&notebook)?;
    let sections: Screen = toml::from_str(SECTIONS).unwrap_or_default();
    for section in &sections.section {
        screen.push_str(&entries(&notebook, section)?);
    }
    screen.push_str(&changes(&notebook)?);
    screen.push_str(&advice(&notebook, context)?);
    for line in screen.lines() {
        let line = visible_line(line);
        let line = cut(&line, width);
        context.text(&format!("{}\n", line.trim_end()))?;
    }
    Ok(Exit::Done)
}

/// How many entries of each kind there are.
fn totals(notebook: &Notebook) -> Result<String, Failure> {
    let mut counts = Vec::new();
    for kind in notebook.kinds().iter() {
        let found = notebook.count(&Query::Kind(vec![kind.name.clone()]))?;
        if found > 0 {
            counts.push(count(found, &kind.name, &kind.plural));
        }
    }
    Ok(match counts.is_empty() {
        true => "no entries yet\n  kb add paper \"A title\"\n".to_owned(),
        false => format!("{}\n", counts.join(", ")),
    })
}

/// The first entries of a section, each with its period.
fn entries(notebook: &Notebook, section: &Section) -> Result<String, Failure> {
    let Ok(mut selection) = notebook.selection(None, &section.filter, &section.sort, None) else {
        return Ok(String::new());
    };
    let total = notebook.count(&selection.query)?;
    if total == 0 {
        return Ok(String::new());
    }
    selection.limit = Some(MOST);
    let mut lines = String::new();
    notebook.for_each(&selection, Audience::Owner, |entry, kind| {
        let usual = kind.first(crate::model::FieldType::Period);
        let usual = usual.map(|field| field.name.as_str());
        let period = section.period.as_deref().or(usual);
        let period = period
            .and_then(|name| entry.value(name))
            .map(|value| format!("  ({})", value.text()));
        lines.push_str(&format!(
            "  {}{}\n",
            entry.title,
            period.unwrap_or_default()
        ));
        ControlFlow::Continue(())
    })?;
    if total > MOST {
        let filter = section.filter.join(" ");
        lines.push_str(&format!(
            "  … and {} more: kb list {filter}\n",
            total - MOST
        ));
    }
    Ok(format!("\n{}\n{lines}", section.title))
}

/// What changed last.
fn changes(notebook: &Notebook) -> Result<String, Failure> {
    let operations = notebook.operations(&OperationFilter::default(), MOST)?;
    let lines: String = operations
        .iter()
        .filter(|operation| !operation.undone)
        .map(|operation| {
            let when = ago(&operation.at, notebook.clock().now);
            format!("  {when:<14} {}\n", operation.command)
        })
        .collect();
    Ok(match lines.is_empty() {
        true => lines,
        false => format!("\nLast changes\n{lines}"),
    })
}

/// What needs attention, each with a command.
fn advice(notebook: &Notebook, context: &Context) -> Result<String, Failure> {
    let mut lines = Vec::new();
    for known in Known::all(notebook, context)? {
        let name = &known.name;
        match known.outside(notebook) {
            Err(_) => lines.push(format!("  `{name}` cannot be read: kb status")),
            Ok(Outside::Same) => {}
            Ok(Outside::Changed) => lines.push(format!("  `{name}` was edited: kb sync {name}")),
            Ok(Outside::Gone) => {
                lines.push(format!("  `{name}` is gone: kb document forget {name}"))
            }
        }
        if lines.len() == MOST {
            break;
        }
    }
    Ok(match lines.is_empty() {
        true => String::new(),
        false => format!("\nTo do\n{}\n", lines.join("\n")),
    })
}
