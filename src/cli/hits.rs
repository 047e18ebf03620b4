//! Renders the hits of a search, for people and as JSON.

use serde_json::{Map, Value as Json, json};

use super::context::Context;
use super::failure::Failure;
use super::output::Rows;
use super::terminal::{Colour, FAINT, HEADING, MARK};
use crate::model::{Audience, Kind, Kinds};
use crate::notebook::find::Hit;
use crate::search::snippet::Snippet;
use crate::text::visible::visible_line;

/// Which fields a hit adds to the fields of its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HitDetail {
    /// The snippet.
    Snippet,
    /// The snippet, the score, the fields that matched, and whether words or meaning found it.
    Score,
    /// The same, and the parts of the score.
    Explained,
}

/// Writes a hit as a row.
pub(super) fn row(
    rows: &mut Rows,
    context: &mut Context,
    hit: &Hit,
    kinds: &Kinds,
    detail: HitDetail,
) -> Result<(), Failure> {
    let kind = kinds
        .get(&hit.entry.kind)
        .cloned()
        .unwrap_or_else(|| Kind::stand_in(&hit.entry.kind));
    rows.entry(
        context,
        &hit.entry,
        &kind,
        Audience::Owner,
        &more(hit, detail),
    )
}

/// The fields that a hit adds to the fields of its entry. Scores are rounded to four decimals.
fn more(hit: &Hit, detail: HitDetail) -> Map<String, Json> {
    let rounded = |number: f64| json!((number * 10_000.0).round() / 10_000.0);
    let ranked = &hit.ranked;
    let mut more: Map<String, Json> = Map::new();
    more.insert("snippet".to_owned(), json!(hit.snippet.text));
    if detail == HitDetail::Snippet {
        return more;
    }
    more.insert("score".to_owned(), rounded(ranked.score));
    more.insert("matched_fields".to_owned(), json!(hit.matched));
    more.insert("snippet_marks".to_owned(), marks(&hit.snippet));
    more.insert(
        "found_by".to_owned(),
        json!(if ranked.related { "meaning" } else { "words" }),
    );
    if detail == HitDetail::Explained {
        let parts = [
            ("name", ranked.name),
            ("complete", ranked.complete),
            ("words", ranked.words),
            ("meaning", ranked.meaning),
            ("bm25", ranked.bm25),
        ];
        more.insert(
            "score_parts".to_owned(),
            parts
                .into_iter()
                .map(|(name, part)| (name.to_owned(), rounded(part)))
                .collect::<Map<_, _>>()
                .into(),
        );
    }
    more
}

/// The positions of the matches in a snippet, in characters: pairs of start and exclusive end.
fn marks(snippet: &Snippet) -> Json {
    let characters = |byte: usize| snippet.text[..byte].chars().count();
    snippet
        .marks
        .iter()
        .map(|mark| json!([characters(mark.start), characters(mark.end)]))
        .collect()
}

/// The score of a hit as the sum of its parts, in one line.
pub(super) fn explained(hit: &Hit) -> String {
    let ranked = &hit.ranked;
    let mut parts = Vec::new();
    match ranked.name as u8 {
        3 => parts.push("3 (exact name)".to_owned()),
        2 => parts.push("2 (start of the name)".to_owned()),
        1 => parts.push("1 (in the name)".to_owned()),
        _ => {}
    }
    if ranked.complete > 0.0 {
        parts.push(format!("{} (has every word)", ranked.complete));
    }
    if ranked.words > 0.0 {
        parts.push(format!(
            "{:.3} (words, bm25 {:.2}, in {})",
            ranked.words,
            ranked.bm25,
            hit.matched.join(", ")
        ));
    }
    if ranked.meaning > 0.0 {
        parts.push(format!("{:.3} (meaning)", ranked.meaning));
    }
    format!(
        "{:.3} {} = {}",
        ranked.score,
        hit.entry.reference(),
        parts.join(" + ")
    )
}

/// A hit for people: title and ref, then the snippet if there is one.
pub(super) fn human(hit: &Hit, colour: Colour) -> String {
    let title = marked(&hit.title, colour);
    let title_colour = if hit.title.marks.is_empty() {
        colour
    } else {
        Colour::Off
    };
    let mut text = format!(
        "{}  {}\n",
        title_colour.paint(HEADING, &title),
        colour.paint(FAINT, &hit.entry.reference())
    );
    if !hit.snippet.text.is_empty() {
        text.push_str(&format!("  {}\n", marked(&hit.snippet, colour)));
    }
    text
}

/// The text of a snippet with its matches coloured.
fn marked(snippet: &Snippet, colour: Colour) -> String {
    let mut text = String::new();
    let mut at = 0;
    for mark in snippet.marks.iter().filter(|mark| mark.start < mark.end) {
        if mark.start < at {
            continue;
        }
        text.push_str(&visible_line(&snippet.text[at..mark.start]));
        text.push_str(&colour.paint(MARK, &visible_line(&snippet.text[mark.clone()])));
        at = mark.end;
    }
    text + &visible_line(&snippet.text[at..])
}
