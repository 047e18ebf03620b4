//! `kb config`: prints and sets settings.

use clap::Args;
use serde_json::{Map, Value as Json, json};

use crate::cli::config::{DECLARED, declared};
use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{OutputArguments, Rows};
use crate::notebook::IfMissing;
use crate::notebook::doctor::SILENCE;
use crate::store::WriteMode;
use crate::text::english::quoted;
use crate::text::nearest::nearest;

/// Show or set the configuration
///
/// Without arguments, prints each setting with its value and source. With a key, prints its value.
/// With a key and a value, stores the value in the notebook (an empty value removes it). A setting
/// that names a program or a file is never taken from a notebook; write it in config.toml.
/// `view.NAME` is a saved filter (see `kb view`), `doctor.KIND.FINDING` set to `off` silences a finding of
/// `kb doctor`.
#[derive(Debug, Args)]
#[command(
    before_long_help = "Examples:\n  kb config\n  kb config limit 20\n  kb config limit \"\""
)]
pub(crate) struct ConfigArguments {
    /// The key
    key: Option<String>,
    /// The value
    value: Option<String>,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn run(arguments: &ConfigArguments, context: &mut Context) -> Result<Exit, Failure> {
    match (&arguments.key, &arguments.value) {
        (Some(key), Some(value)) => {
            let view = key.strip_prefix("view.").filter(|name| !name.is_empty());
            match declared(key) {
                Some(declared) if !declared.in_notebook => {
                    let path = context.config.path.as_ref().map_or_else(
                        || "config.toml".to_owned(),
                        |path| path.display().to_string(),
                    );
                    return Err(
                        Failure::usage(format!("`{key}` is never taken from a notebook"))
                            .hint(format!("write `{key} = \"{value}\"` in {path}")),
                    );
                }
                Some(declared) if !value.is_empty() => {
                    declared
                        .key
                        .check(value)
                        .map_err(|why| Failure::usage(format!("`{key}`: {why}")))?;
                }
                None if key.starts_with(SILENCE) => {
                    context.open()?.check_silence(key)?;
                    if !["on", "off", ""].contains(&value.as_str()) {
                        return Err(Failure::usage(format!(
                            "`{key}`: `{value}` is not `on` or `off`"
                        )));
                    }
                }
                // Other than declared settings, only saved filters and findings can be set.
                None if view.is_none() => return Err(unknown(key)),
                _ => {}
            }
            let mut notebook = context.open_to_write(WriteMode::Commit, IfMissing::Fail)?;
            if let Some(name) = view.filter(|_| !value.is_empty()) {
                notebook.save_view(name, std::slice::from_ref(value))?;
                return Ok(Exit::Done);
            }
            // An empty value removes a setting or a saved filter.
            notebook.set_setting(key, Some(value.as_str()).filter(|value| !value.is_empty()))?;
            Ok(Exit::Done)
        }
        (Some(key), None) => {
            // Without a notebook, the environment, config.toml and the defaults still apply.
            let kept = context
                .open()
                .ok()
                .and_then(|notebook| notebook.setting(key).ok())
                .flatten();
            let value = match declared(key) {
                Some(declared) => context
                    .config
                    .value(declared.key, &context.environment, kept)
                    .map(|(value, _)| value),
                // A key that is not declared, such as `view.NAME`, exists only in the notebook.
                None if kept.is_some() => kept,
                None => return Err(unknown(key)),
            };
            match value {
                Some(value) => context.text(&format!("{value}\n")).map(|()| Exit::Done),
                None => Ok(Exit::Nothing),
            }
        }
        (None, _) => show(&arguments.output, context),
    }
}

/// The error for an unknown key.
fn unknown(key: &str) -> Failure {
    let names = DECLARED.map(|declared| declared.name);
    let failure = Failure::usage(format!("unknown key `{key}`"));
    match nearest(key, &names).first() {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!(
            "the keys are {} and `view.NAME`",
            quoted(&names, "and")
        )),
    }
}

/// Prints every setting with its value, source and description.
fn show(output: &OutputArguments, context: &mut Context) -> Result<Exit, Failure> {
    let kept = context
        .open()
        .and_then(|notebook| Ok(notebook.settings()?))
        .unwrap_or_default();
    let columns = ["key", "value", "from", "help"];
    let mut rows = Rows::plain(output, context, &columns, &[], "setting")?;
    let mut put = |context: &mut Context, row: Json| {
        if let Json::Object(map) = row {
            rows.map(context, &map)
        } else {
            rows.map(context, &Map::new())
        }
    };
    for declared in &DECLARED {
        let own = kept
            .iter()
            .find(|(key, _)| key == declared.name)
            .map(|(_, value)| value.clone());
        let (value, from) = context
            .config
            .value(declared.key, &context.environment, own)
            .unwrap_or_default();
        put(
            context,
            json!({"key": declared.name, "value": value, "from": from, "help": declared.help}),
        )?;
    }
    for (key, value) in kept.iter().filter(|(key, _)| declared(key).is_none()) {
        put(
            context,
            json!({"key": key, "value": value, "from": "notebook", "help": match key.starts_with(SILENCE) {
                true => "whether `kb doctor` reports it",
                false => "a saved filter",
            }}),
        )?;
    }
    let path = context.notebook_path().display().to_string();
    put(
        context,
        json!({"key": "notebook in use", "value": path, "from": "", "help": "the notebook that commands here use"}),
    )?;
    rows.end(context)?;
    Ok(Exit::Done)
}
