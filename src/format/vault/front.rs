//! Reads and writes the front matter of a note: YAML between `---` lines or TOML between `+++`
//! lines. It is read as JSON. Start reading at [`split`].

use serde_json::{Map, Value as Json};

use crate::format::json::from_toml;

/// The largest front matter that is read, in bytes.
const MOST: usize = 1_000_000;

/// The deepest brackets of YAML that is read: its parser takes the square of the depth.
const DEEPEST: usize = 100;

/// The format of front matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `---`
    Yaml,
    /// `+++`
    Toml,
}

impl Form {
    /// The line before and after the front matter.
    pub fn fence(self) -> &'static str {
        match self {
            Form::Yaml => "---",
            Form::Toml => "+++",
        }
    }
}

/// A note split in two: `front` and `body` joined are the note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// The format of the front matter; `None` if the note has none.
    pub form: Option<Form>,
    /// The front matter with its fences and the line end after them.
    pub front: &'a str,
    /// The text between the fences.
    pub inner: &'a str,
    /// The text after the front matter.
    pub body: &'a str,
}

/// The line of YAML, from 1, at which more brackets are open than [`DEEPEST`].
fn too_deep(yaml: &str) -> Option<usize> {
    let mut open = 0usize;
    let found = yaml.bytes().position(|byte| {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > DEEPEST
    })?;
    Some(yaml[..found].matches('\n').count() + 1)
}

/// Splits a note into front matter and body.
/// Without a line that closes the front matter, the whole text is body.
pub(super) fn split(text: &str) -> Parts<'_> {
    let none = Parts {
        form: None,
        front: "",
        inner: "",
        body: text,
    };
    let lead = text.len() - text.trim_start_matches(['\r', '\n']).len();
    let mut lines = text[lead..].split_inclusive('\n');
    let first = lines.next().unwrap_or_default();
    let Some(form) = [Form::Yaml, Form::Toml]
        .into_iter()
        .find(|form| first.trim_end() == form.fence() && first.ends_with('\n'))
    else {
        return none;
    };
    let start = lead + first.len();
    let mut at = start;
    for line in lines {
        let end = at + line.len();
        if line.trim_end() == form.fence() {
            let parts = Parts {
                form: Some(form),
                front: &text[..end],
                inner: &text[start..at],
                body: &text[end..],
            };
            // After a blank line, `---` is a rule unless it encloses keys.
            let is_front = lead == 0 || read(&parts).is_ok_and(|values| !values.is_empty());
            return if is_front { parts } else { none };
        }
        at = end;
    }
    none
}

/// The keys and values of front matter; empty if there is none.
///
/// # Errors
/// The front matter is larger than 1 MB, is not valid YAML or TOML, or is not a map. The error is
/// the line within the note, from 1, and the reason.
pub(super) fn read(parts: &Parts<'_>) -> Result<Map<String, Json>, (usize, String)> {
    if parts.inner.len() > MOST {
        return Err((1, "the front matter is larger than 1 MB".to_owned()));
    }
    match parts.form {
        None => Ok(Map::new()),
        Some(Form::Yaml) if let Some(line) = too_deep(parts.inner) => Err((
            line + 1,
            format!("brackets are nested deeper than {DEEPEST}"),
        )),
        Some(Form::Yaml) => match yaml_serde::from_str::<Json>(parts.inner) {
            Ok(Json::Object(map)) => Ok(map),
            // Empty front matter is `null` in YAML.
            Ok(Json::Null) => Ok(Map::new()),
            Ok(_) => Err((2, "it is not a map of keys to values".to_owned())),
            Err(e) => {
                let line = e.location().map_or(1, |at| at.line());
                let text = e.to_string();
                Err((
                    line + 1,
                    text.split(" at line").next().unwrap_or_default().to_owned(),
                ))
            }
        },
        Some(Form::Toml) => match parts.inner.parse::<toml::Table>() {
            Ok(table) => Ok(table
                .into_iter()
                .map(|(name, value)| (name, from_toml(value)))
                .collect()),
            Err(e) => {
                let at = e.span().map_or(0, |span| span.start).min(parts.inner.len());
                Err((
                    parts.inner[..at].matches('\n').count() + 2,
                    e.message().replace('\n', " "),
                ))
            }
        },
    }
}

/// New front matter with these values, including its fences.
pub(super) fn write(form: Form, values: &[(String, Json)]) -> String {
    let lines: String = values
        .iter()
        .filter_map(|(name, value)| line(form, name, value))
        .collect();
    format!("{0}\n{lines}{0}\n", form.fence())
}

/// New TOML front matter, including its fences: `own` at the top, `extra` in the table `extra`.
pub(super) fn write_tables(own: &[(String, Json)], extra: &[(String, Json)]) -> String {
    let line = |name: &str, value: &Json| match (name, value) {
        // A day is a value of its own in TOML.
        ("date", Json::String(day)) => Some(format!("date = {day}\n")),
        _ => line(Form::Toml, name, value),
    };
    let lines = |values: &[(String, Json)]| {
        values
            .iter()
            .filter_map(|(name, value)| line(name, value))
            .collect::<String>()
    };
    format!(
        "{0}\n{1}\n[extra]\n{2}{0}\n",
        Form::Toml.fence(),
        lines(own),
        lines(extra)
    )
}

/// One value as it is written after a key; `None` if it cannot be read.
pub(super) fn parse(form: Form, text: &str) -> Option<Json> {
    match form {
        Form::Yaml if too_deep(text).is_some() => None,
        Form::Yaml => yaml_serde::from_str(text).ok(),
        Form::Toml => {
            let mut table = format!("value = {text}").parse::<toml::Table>().ok()?;
            (table.len() == 1).then(|| table.remove("value").map(from_toml))?
        }
    }
}

/// A line with key and value, including the line end; `None` for `null`.
pub(super) fn line(form: Form, name: &str, value: &Json) -> Option<String> {
    match (form, value) {
        (_, Json::Null) => None,
        (Form::Toml, value) => {
            toml_value(value).map(|text| format!("{} = {text}\n", quoted(form, name)))
        }
        (Form::Yaml, Json::Array(items))
            if !items.is_empty() && items.iter().all(Json::is_string) =>
        {
            let items: String = items
                .iter()
                .map(|item| format!("  - {}\n", yaml(item)))
                .collect();
            Some(format!("{}:\n{items}", quoted(form, name)))
        }
        (Form::Yaml, value) => Some(format!("{}: {}\n", quoted(form, name), yaml(value))),
    }
}

/// A key as it is written: bare if the format allows it, else in quotation marks.
pub(super) fn quoted(form: Form, key: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let plain = if form == Form::Toml {
        !key.is_empty() && key.chars().all(word)
    } else {
        is_plain(key)
    };
    if plain {
        key.to_owned()
    } else {
        in_quotes(&Json::from(key))
    }
}

/// A value in YAML: bare if it can only be read as text, else as JSON, which YAML includes.
fn yaml(value: &Json) -> String {
    match value {
        Json::String(text) if is_plain(text) => text.clone(),
        other => in_quotes(other),
    }
}

/// A value as JSON. Characters that YAML forbids or reads as line ends are written as `\u` escapes.
pub(super) fn in_quotes(value: &Json) -> String {
    let json = value.to_string();
    let refused = |c: char| {
        matches!(
            c,
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    if !json.contains(refused) {
        return json;
    }
    json.chars()
        .map(|c| {
            if refused(c) {
                format!("\\u{:04x}", u32::from(c))
            } else {
                c.to_string()
            }
        })
        .collect()
}

/// Whether YAML reads a bare text as that text, and not as a number, a boolean or syntax.
pub(super) fn is_plain(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || " _-/.,()'+".contains(c);
    let begins = text.chars().next().is_some_and(char::is_alphabetic);
    begins && !is_reserved(text) && !text.ends_with(' ') && text.chars().all(word)
}

/// A value as TOML; `None` if TOML cannot represent it, such as a list with `null`.
pub(super) fn toml_value(value: &Json) -> Option<String> {
    toml::Value::try_from(value)
        .ok()
        .map(|value| value.to_string())
}

/// Whether YAML reads a bare word as a boolean or as nothing; YAML 1.1 does so with `yes`, `n` and `on`
/// (<https://yaml.org/type/bool.html>).
pub(super) fn is_reserved(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "true", "false", "yes", "no", "on", "off", "null", "y", "n", "~",
    ];
    WORDS.contains(&text.to_lowercase().as_str())
}
