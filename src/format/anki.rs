//! Reads and writes Anki notes as text with header lines
//! (<https://docs.ankiweb.net/importing/text-files.html>): the first field is the title, the others
//! are the body. An entry keeps the guid and the fields of its note (`anki` among its left-over
//! values), so that both programs recognise the note. Must not know the store. Start reading at
//! [`read`] and [`row`].

use csv::{ReaderBuilder, WriterBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::table::line_of;
use crate::model::{Audience, Draft, Entry, LONGEST_TITLE};
use crate::text::html::{attribute, decode};
use crate::text::place::Places;

/// The header lines of an exported file.
pub const HEADER: &str = "#separator:tab\n#html:true\n#guid column:1\n#notetype column:2\n#deck column:3\n#tags column:4\n";
/// The name among an entry's left-over values that holds its note.
pub const KEPT: &str = "anki";
const KIND: &str = include_str!("../../data/formats/anki.toml");

/// A note as it was imported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    guid: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    notetype: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    deck: String,
    fields: Vec<String>,
    /// Whether the fields are HTML.
    html: bool,
}

/// The notes of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Notes {
    /// The line, from 1, and the draft of each note.
    pub rows: Vec<(usize, Draft)>,
    /// The line and a message for each row whose number of cells differs from the first row's.
    pub notes: Vec<(usize, String)>,
}

/// The default kind for notes.
pub fn kind() -> String {
    toml::from_str::<toml::Table>(KIND)
        .ok()
        .and_then(|table| Some(table.get("kind")?.as_str()?.to_owned()))
        .unwrap_or_default()
}

/// The settings in the header lines.
#[derive(Debug, Default)]
struct Head {
    separator: Option<u8>,
    html: bool,
    /// Columns, from 0, that hold data about the note instead of a field.
    guid: Option<usize>,
    notetype: Option<usize>,
    deck: Option<usize>,
    tags: Option<usize>,
    /// Tags that every note of the file gets.
    all_tags: Vec<String>,
}

impl Head {
    /// Reads one header line; an unknown setting is ignored.
    fn line(&mut self, line: &str) {
        let Some((name, value)) = line.trim_start_matches('#').split_once(':') else {
            return;
        };
        let value = value.trim();
        let column = || {
            value
                .parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1))
        };
        match name.trim().to_lowercase().as_str() {
            "separator" => {
                self.separator = match value.to_lowercase().as_str() {
                    "tab" => Some(b'\t'),
                    "comma" => Some(b','),
                    "semicolon" => Some(b';'),
                    "space" => Some(b' '),
                    "pipe" => Some(b'|'),
                    "colon" => Some(b':'),
                    other => other.bytes().next(),
                }
            }
            "html" => self.html = value == "true",
            "guid column" => self.guid = column(),
            "notetype column" => self.notetype = column(),
            "deck column" => self.deck = column(),
            "tags column" => self.tags = column(),
            "tags" => self.all_tags = value.split_whitespace().map(str::to_owned).collect(),
            _ => {}
        }
    }
}

/// Reads the notes of a file as drafts of `kind`.
pub fn read(source: &str, kind: &str) -> Notes {
    let source = source.trim_start_matches('\u{feff}');
    let mut head = Head::default();
    let (mut at, mut head_lines) = (0, 0);
    for text in source
        .split_inclusive('\n')
        .take_while(|text| text.starts_with('#'))
    {
        head.line(text.trim_end());
        at += text.len();
        head_lines += 1;
    }
    let body = &source[at..];
    let separator = head.separator.unwrap_or_else(|| {
        if body
            .lines()
            .next()
            .is_some_and(|line| !line.contains('\t') && line.contains(';'))
        {
            b';'
        } else {
            b'\t'
        }
    });
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .has_headers(false)
        .from_reader(body.as_bytes());
    let mut notes = Notes::default();
    let mut places = Places::of(body);
    let mut width = None;
    for record in reader.records().map_while(Result::ok) {
        let line = head_lines + line_of(&record, body, &mut places);
        let cells: Vec<&str> = record.iter().collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let wide = *width.get_or_insert(cells.len());
        if cells.len() != wide {
            notes.notes.push((
                line,
                format!("the note has {} cells, the first one {wide}", cells.len()),
            ));
        }
        notes.rows.push((line, draft(&cells, &head, kind)));
    }
    notes
}

fn draft(cells: &[&str], head: &Head, kind: &str) -> Draft {
    let cell = |column: Option<usize>| {
        column
            .and_then(|column| cells.get(column))
            .map_or(String::new(), |cell| (*cell).to_owned())
    };
    let apart = [head.guid, head.notetype, head.deck, head.tags];
    let fields: Vec<String> = cells
        .iter()
        .enumerate()
        .filter(|(at, _)| !apart.contains(&Some(*at)))
        .map(|(_, cell)| (*cell).to_owned())
        .collect();
    let note = Note {
        guid: cell(head.guid),
        notetype: cell(head.notetype),
        deck: cell(head.deck),
        fields,
        html: head.html,
    };
    let mut draft = Draft::of(kind);
    let (title, body) = said(&note);
    draft.set("title", title).set("body", body);
    let tags: Vec<String> = cell(head.tags)
        .split_whitespace()
        .map(str::to_owned)
        .chain(head.all_tags.iter().cloned())
        .collect();
    if !tags.is_empty() {
        draft.set_many("tags", tags);
    }
    draft.extra.insert(
        KEPT.to_owned(),
        serde_json::to_value(&note).unwrap_or(Json::Null),
    );
    draft
}

/// The guid of the note among the left-over values of an entry or a draft.
pub fn guid(extra: &serde_json::Map<String, Json>) -> Option<&str> {
    extra.get(KEPT)?["guid"]
        .as_str()
        .filter(|guid| !guid.is_empty())
}

/// Removes the guid from a draft whose guid equals its uid and is therefore redundant.
pub fn without_guid(draft: &mut Draft) {
    if let Some(note) = draft.extra.get_mut(KEPT).and_then(Json::as_object_mut) {
        note.remove("guid");
    }
}

/// The title and the body of a note.
fn said(note: &Note) -> (String, String) {
    let text = |field: &String| {
        if note.html {
            plain(field)
        } else {
            field.clone()
        }
    };
    let words: Vec<String> = note
        .fields
        .first()
        .map(text)
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    // Pictures are dropped from a title that also has words.
    let named: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !word.starts_with("![]("))
        .collect();
    let line = if named.is_empty() {
        words.join(" ")
    } else {
        named.join(" ")
    };
    let title = match line.chars().count() {
        0 => "untitled".to_owned(),
        n if n > LONGEST_TITLE => line.chars().take(LONGEST_TITLE - 1).chain(['…']).collect(),
        _ => line,
    };
    let body: Vec<String> = note
        .fields
        .iter()
        .skip(1)
        .map(|field| text(field).trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect();
    (title, body.join("\n\n"))
}

/// An HTML field as Markdown; only words, lines, list items and pictures are kept. A field that
/// [`as_html`] wrote is restored exactly.
fn plain(html: &str) -> String {
    let exact = decode(&html.replace("<br>", "\n"));
    if as_html(&exact) == html {
        return exact;
    }
    let mut plain = String::new();
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(if rest.starts_with('<') { '>' } else { ';' });
        let Some(piece) = end
            .map(|end| &rest[..=end])
            .filter(|piece| piece.starts_with('<') || piece.len() <= 10)
        else {
            plain.push_str(&rest[..1]);
            rest = &rest[1..];
            continue;
        };
        let name = piece
            .trim_matches(['<', '>', '/'])
            .split([' ', '\n', '/'])
            .next()
            .unwrap_or_default()
            .to_lowercase();
        match (piece, name.as_str()) {
            (_, "br" | "div" | "p" | "tr" | "ul" | "ol" | "hr")
                if !piece.starts_with("</") && !plain.is_empty() =>
            {
                plain.push('\n')
            }
            (_, "li") if !piece.starts_with("</") => plain.push_str("\n- "),
            (_, "img") => {
                let source = attribute(piece, "src");
                let before = if plain.is_empty() || plain.ends_with(char::is_whitespace) {
                    ""
                } else {
                    " "
                };
                plain.push_str(&format!("{before}![]({}) ", source.unwrap_or_default()));
            }
            (entity, _) if entity.starts_with('&') => plain.push_str(&decode(entity)),
            _ => {}
        }
        rest = &rest[piece.len()..];
        if matches!(name.as_str(), "script" | "style") && !piece.starts_with("</") {
            rest = rest
                .find(&format!("</{name}"))
                .map_or("", |end| &rest[end..]);
        }
    }
    plain.push_str(rest);
    let mut empty = false;
    let lines = plain.lines().map(str::trim_end).filter(|line| {
        let kept = !line.is_empty() || !empty;
        empty = line.is_empty();
        kept
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A text as an HTML field.
fn as_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\n', "<br>")
}

/// An entry as a row of the file, including the line end. If the entry still matches its note, the
/// fields are written as they were. For the public, the row has only uid, title, body and tags.
pub fn row(entry: &Entry, audience: Audience) -> String {
    let kept = entry
        .extra
        .get(KEPT)
        .filter(|_| audience == Audience::Owner)
        .and_then(|json| Note::deserialize(json).ok())
        .unwrap_or_default();
    let (title, body) = said(&kept);
    let same = !kept.fields.is_empty() && title == entry.title && body == entry.body;
    let fields = match (same, kept.html) {
        (true, true) => kept.fields.clone(),
        (true, false) => kept.fields.iter().map(|field| as_html(field)).collect(),
        (false, _) => vec![as_html(&entry.title), as_html(&entry.body)],
    };
    let or = |text: &String, other: &str| {
        if text.is_empty() {
            other.to_owned()
        } else {
            text.clone()
        }
    };
    let tags: Vec<String> = entry.tags.iter().map(|tag| tag.replace(' ', "_")).collect();
    let is_new = kept.guid.is_empty();
    let head = [
        or(&kept.guid, &entry.uid),
        // Anki imports no new note whose type or deck is empty.
        or(&kept.notetype, if is_new { "Basic" } else { "" }),
        or(&kept.deck, if is_new { "Default" } else { "" }),
        tags.join(" "),
    ];
    let mut writer = WriterBuilder::new()
        .delimiter(b'\t')
        .from_writer(Vec::new());
    let written = writer
        .write_record(head.iter().chain(&fields))
        .ok()
        .and_then(|()| writer.into_inner().ok());
    let text = String::from_utf8(written.unwrap_or_default()).unwrap_or_default();
    // A row that begins with `#` would be read as a header line.
    match text
        .strip_prefix('#')
        .and_then(|rest| rest.split_once('\t'))
    {
        Some((guid, rest)) => format!("\"#{guid}\"\t{rest}"),
        None => text,
    }
}
