//! Writes and reads an entry for editing: TOML front matter between `+++` lines, then the body in
//! Markdown.

use toml::{Table, Value as Toml};

use crate::model::{Draft, Entry, FieldType, Kind, Value};
use crate::text::english::list as list_of;
use crate::text::place::place;

const FENCE: &str = "+++";

/// The text of an entry for an editor. Empty fields are listed as comments.
pub fn write(entry: &Entry, kind: &Kind) -> String {
    let mut text = format!("{FENCE}\n");
    let mut line = |name: &str, value: Option<Toml>, help: &str| match value {
        Some(value) => text.push_str(&format!("{name} = {value}\n")),
        // Without the `#`, the line is valid TOML.
        None => text.push_str(&format!("# {name} = {help}\n")),
    };
    let list = |items: &[String]| {
        (!items.is_empty()).then(|| Toml::Array(items.iter().cloned().map(Toml::String).collect()))
    };
    line("title", Some(Toml::String(entry.title.clone())), "");
    line("topics", list(&entry.topics), "[\"\"]");
    line("tags", list(&entry.tags), "[\"\"]");
    line("aliases", list(&entry.aliases), "[\"\"]");
    line("private", Some(Toml::Boolean(entry.private)), "");
    for field in &kind.fields {
        let value = entry.value(&field.name).map(toml_value);
        let hint = match field.field_type {
            FieldType::Choice => {
                let first = field.choices.first().map_or("", String::as_str);
                format!("\"{first}\"  # {}", list_of(&field.choices, "or"))
            }
            FieldType::Flag => "true".to_owned(),
            FieldType::Integer | FieldType::Number => "0".to_owned(),
            _ if field.many => "[\"\"]".to_owned(),
            _ => format!("\"\"  # {}", field.field_type.name()),
        };
        line(&field.name, value, &hint);
    }
    if let Some(position) = entry.position {
        line("position", Some(Toml::Float(position)), "");
    }
    text.push_str(FENCE);
    text.push('\n');
    text.push_str(&entry.body);
    if !entry.body.is_empty() {
        text.push('\n');
    }
    text
}

fn toml_value(value: &Value) -> Toml {
    match value {
        Value::Integer(n) => Toml::Integer(*n),
        Value::Number(n) => Toml::Float(*n),
        Value::Flag(flag) => Toml::Boolean(*flag),
        Value::Many(values) => Toml::Array(values.iter().map(toml_value).collect()),
        other => Toml::String(other.text()),
    }
}

/// Reads an edited text as a draft. A field that was deleted from the text is cleared.
///
/// # Errors
/// Line, column (both from 1) and reason: a `+++` line is missing, the front matter is not valid
/// TOML, or a value is a table.
pub fn read(text: &str, kind: &Kind) -> Result<Draft, (usize, usize, String)> {
    let normal = text.replace("\r\n", "\n");
    let rest =
        normal
            .strip_prefix("+++\n")
            .ok_or((1, 1, "the first line must be `+++`".to_owned()))?;
    let (front, body) = match rest.split_once("\n+++\n") {
        Some((front, body)) => (front, body),
        // An entry without a body, if the editor did not end the last line.
        None => match rest.strip_suffix("\n+++") {
            Some(front) => (front, ""),
            None => {
                return Err((
                    normal.lines().count(),
                    1,
                    "a second line `+++` must end the fields".to_owned(),
                ));
            }
        },
    };
    let table: Table = front.parse().map_err(|e: toml::de::Error| {
        let at = place(front, e.span().map_or(0, |span| span.start));
        // The front matter begins on the second line of the text.
        (at.line + 1, at.column, e.message().replace('\n', " "))
    })?;
    let mut draft = Draft::of(&kind.name);
    // An empty list clears a field. `title` and `private` are not listed: without their line, they
    // keep their value.
    for name in ["topics", "tags", "aliases", "position"]
        .into_iter()
        .chain(kind.fields.iter().map(|field| field.name.as_str()))
    {
        draft.set_many(name, Vec::new());
    }
    for (name, value) in table {
        let at = || {
            front
                .lines()
                .position(|line| line.trim_start().starts_with(name.as_str()))
                .map_or(2, |line| line + 2)
        };
        let texts = texts(&value)
            .ok_or_else(|| (at(), 1, format!("`{name}` takes a text or a list of texts")))?;
        draft.set_many(&name, texts);
    }
    draft.set("body", body.trim_end().to_owned());
    Ok(draft)
}

/// The texts of a value; `None` for a table.
fn texts(value: &Toml) -> Option<Vec<String>> {
    match value {
        Toml::String(text) => Some(vec![text.clone()]),
        Toml::Integer(n) => Some(vec![n.to_string()]),
        Toml::Float(n) => Some(vec![n.to_string()]),
        Toml::Boolean(flag) => Some(vec![if *flag { "yes" } else { "no" }.to_owned()]),
        // A date without quotation marks: `period = 2024-05-03`.
        Toml::Datetime(time) => Some(vec![time.to_string()]),
        Toml::Array(items) => items
            .iter()
            .map(texts)
            .collect::<Option<Vec<_>>>()
            .map(|lists| lists.into_iter().flatten().collect()),
        Toml::Table(_) => None,
    }
}
