//! Runs the user's editor on a private temporary file, without a shell.

use std::io::{Seek, Write};
use std::process::Command;

use super::config::Key;
use super::context::Context;
use super::failure::{Failure, plain};

/// Opens a text in the user's editor and returns the edited text. `suffix` is the extension of the
/// temporary file. Fails if the editor cannot be run, or if it ends with an error and the text is
/// unchanged.
pub(super) fn edit(context: &Context, text: &str, suffix: &str) -> Result<String, Failure> {
    let configured = context
        .config
        .value(Key::Editor, &context.environment, None)
        .map(|(value, _)| value);
    let editor = configured.unwrap_or_else(|| {
        if cfg!(windows) {
            "notepad".to_owned()
        } else {
            "vi".to_owned()
        }
    });
    let words = shell_words::split(&editor)
        .map_err(|e| Failure::usage(format!("the editor `{editor}` cannot be read: {e}")))?;
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| Failure::usage("the editor is empty").hint("export VISUAL=nano"))?;
    let trouble = |e: &std::io::Error| {
        Failure::usage(format!("the editor's file cannot be used: {}", plain(e)))
    };
    let mut file = tempfile::Builder::new()
        .prefix("kb-")
        .suffix(suffix)
        .tempfile()
        .map_err(|e| trouble(&e))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.flush())
        .and_then(|()| file.rewind())
        .map_err(|e| trouble(&e))?;
    let status = Command::new(program)
        .args(arguments)
        .arg(file.path())
        .status();
    let edited = std::fs::read_to_string(file.path()).map_err(|e| trouble(&e))?;
    match status {
        Ok(status) if status.success() => Ok(edited),
        Ok(status) if edited == text => Err(Failure::usage(format!(
            "the editor `{program}` ended with {status}; nothing was changed"
        ))),
        // Keep the edited text even if the editor ended with an error.
        Ok(_) => Ok(edited),
        Err(e) => Err(Failure::usage(format!(
            "the editor `{program}` cannot be run: {}",
            plain(&e)
        ))
        .hint("export VISUAL=nano")),
    }
}
