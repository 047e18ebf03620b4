//! Completion candidates for the shell, read from the notebook, which is opened read-only and never
//! created.

use std::ffi::OsStr;

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

use super::config::Config;
use super::environment::Environment;
use super::locate::{is_of_another_user, locate, session};
use crate::model::Kinds;
use crate::notebook::Notebook;
use crate::store::{Labels, WriteMode};

/// The notebook of this process, or `None` if it cannot be opened.
/// It does not know the option `--notebook` of the line that is being completed.
fn open() -> Option<Notebook> {
    let environment = Environment::read();
    let path = locate(&environment, &Config::read(&environment));
    if is_of_another_user(&environment, &path) {
        return None;
    }
    Notebook::open(&path, session(&environment, WriteMode::DryRun)).ok()
}

/// The names that begin with `start`, ignoring case.
fn starting(names: impl IntoIterator<Item = String>, start: &OsStr) -> Vec<CompletionCandidate> {
    let start = start.to_string_lossy().to_lowercase();
    names
        .into_iter()
        .filter(|name| name.to_lowercase().starts_with(&start))
        .map(CompletionCandidate::new)
        .collect()
}

/// Completes the names of saved filters.
pub(super) fn views() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| {
        starting(
            open()
                .and_then(|notebook| notebook.views().ok())
                .unwrap_or_default()
                .into_iter()
                .map(|(name, _)| name),
            start,
        )
    })
}

/// Completes refs of entries, with their titles as help.
pub(super) fn refs() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| {
        let found = open()
            .and_then(|notebook| notebook.refs_from(&start.to_string_lossy()).ok())
            .unwrap_or_default();
        found
            .into_iter()
            .map(|(reference, title)| CompletionCandidate::new(reference).help(Some(title.into())))
            .collect()
    })
}

/// Completes topics.
pub(super) fn topics() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| starting(labels(Labels::Topics), start))
}

/// Completes tags.
pub(super) fn tags() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| starting(labels(Labels::Tags), start))
}

/// Completes the choices of a field.
pub(super) fn choices(choices: Vec<String>) -> ArgValueCompleter {
    ArgValueCompleter::new(move |start: &OsStr| starting(choices.clone(), start))
}

/// Completes the plural names of the kinds.
pub(super) fn kinds() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| {
        starting(known().iter().map(|kind| kind.plural.clone()), start)
    })
}

/// Completes a filter: first the names of kinds, tests and fields, then the values after the `:`.
pub(super) fn filters() -> ArgValueCompleter {
    ArgValueCompleter::new(|start: &OsStr| {
        let kinds = known();
        let text = start.to_string_lossy();
        if let Some((name, value)) = text.split_once(':') {
            // A candidate replaces the whole word, so each of them repeats `NAME:`.
            let values: Vec<String> = match name {
                "kind" => kinds.iter().map(|kind| kind.name.clone()).collect(),
                "topic" => labels(Labels::Topics),
                "tag" => labels(Labels::Tags),
                "is" => vec!["private".to_owned(), "public".to_owned()],
                // The choices of the fields with this name, of all kinds.
                name => kinds
                    .with_field(name)
                    .into_iter()
                    .flat_map(|(_, field)| field.choices.clone())
                    .collect(),
            };
            let value = value.to_lowercase();
            return values
                .into_iter()
                .filter(|known| known.to_lowercase().starts_with(&value))
                .map(|known| CompletionCandidate::new(format!("{name}:{known}")))
                .collect();
        }
        let mut names: Vec<String> = [
            "kind", "topic", "tag", "alias", "has", "is", "added", "changed",
        ]
        .map(|name| format!("{name}:"))
        .to_vec();
        for kind in kinds.iter() {
            names.push(kind.plural.clone());
            names.extend(kind.fields.iter().map(|field| format!("{}:", field.name)));
        }
        names.sort();
        names.dedup();
        starting(names, start)
    })
}

/// All topics or all tags; empty if the notebook cannot be read.
fn labels(labels: Labels) -> Vec<String> {
    open()
        .and_then(|notebook| notebook.labels(labels).ok())
        .unwrap_or_default()
}

/// The kinds of the notebook, or the built-in kinds if it cannot be opened.
fn known() -> Kinds {
    open().map_or_else(Kinds::built_in, |notebook| notebook.kinds().clone())
}
