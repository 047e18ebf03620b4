//! Converts the values of a bibliography to texts and back, in each dialect. Must not know which
//! field of an entry a value fills. Start reading at [`Shape`].

use super::dialect::Dialect;
use super::{csl, ris, tex};

/// How a value is structured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Names of persons.
    Names,
    /// Separate keywords.
    Tags,
    /// A URL or an identifier, written without escapes.
    Address,
    /// Text that may have several lines.
    Body,
    /// A single line of text.
    Line,
}

/// The texts in the values of a field. In formats of tagged lines (RIS, .nbib, .enw), repeated
/// names, tags and body paragraphs are all read; otherwise only the first value is.
pub(super) fn read(dialect: Dialect, shape: Shape, name: &str, raws: &[&str]) -> Vec<String> {
    let Some(first) = raws.first() else {
        return Vec::new();
    };
    let all = || raws.iter().map(|raw| (*raw).to_owned());
    let texts: Vec<String> = match (dialect, shape) {
        (Dialect::Bibtex, Shape::Names) => tex::persons(first),
        (Dialect::Bibtex, Shape::Tags) => split(&tex::text(name, first), &[',', ';']),
        (Dialect::Bibtex, Shape::Address) => vec![tex::address(name, first)],
        (Dialect::Bibtex, _) => vec![tex::text(name, first)],
        (Dialect::Csl, Shape::Names) => csl::persons(first),
        (Dialect::Csl, Shape::Tags) => split(&csl::plain(first).unwrap_or_default(), &[',', ';']),
        (Dialect::Csl, Shape::Line) => csl::plain(first)
            .iter()
            .map(|text| csl::without_markup(text))
            .collect(),
        (Dialect::Csl, _) => csl::plain(first).into_iter().collect(),
        (Dialect::Nbib, Shape::Names) if name == "AU" => raws
            .iter()
            .map(|raw| {
                raw.rsplit_once(' ')
                    .map_or((*raw).to_owned(), |(family, given)| {
                        format!("{family}, {given}")
                    })
            })
            .collect(),
        (Dialect::Zotero, Shape::Names | Shape::Tags) => split(first, &[';']),
        (_, Shape::Names) => raws.iter().map(|raw| ris::turned(raw)).collect(),
        (Dialect::Endnote, Shape::Tags) => split(&raws.join("\n"), &['\n', ';']),
        (_, Shape::Tags) => all().collect(),
        (Dialect::Nbib, Shape::Address) => raws
            .iter()
            .filter_map(|raw| raw.strip_suffix("[doi]"))
            .map(|doi| doi.trim().to_owned())
            .take(1)
            .collect(),
        (_, Shape::Body) => vec![
            all()
                .filter(|raw| !raw.is_empty())
                .collect::<Vec<_>>()
                .join("\n\n"),
        ],
        _ => all().find(|raw| !raw.is_empty()).into_iter().collect(),
    };
    texts
        .into_iter()
        .filter(|text| !text.trim().is_empty())
        .collect()
}

/// Texts as the values of a field, in order. `texts` must not be empty.
pub(super) fn raws(dialect: Dialect, shape: Shape, texts: &[String]) -> Vec<String> {
    match (dialect, shape) {
        (Dialect::Bibtex, Shape::Names) => vec![tex::authors(texts)],
        (Dialect::Bibtex, Shape::Address) => vec![tex::verbatim(&texts[0])],
        (Dialect::Bibtex, Shape::Tags) => vec![tex::braced(&texts.join(", "))],
        (Dialect::Bibtex, _) => vec![tex::braced(&texts[0])],
        (Dialect::Csl, Shape::Names) => vec![csl::names(texts)],
        (Dialect::Csl, Shape::Tags) => vec![serde_json::Value::from(texts.join(", ")).to_string()],
        (Dialect::Csl, _) => vec![serde_json::Value::from(texts[0].as_str()).to_string()],
        (_, Shape::Names) => texts.iter().map(|text| ris::turned(text)).collect(),
        // A RIS value cannot contain empty lines.
        _ => texts
            .iter()
            .map(|text| {
                text.lines()
                    .filter(|line| !line.trim().is_empty())
                    .collect::<Vec<_>>()
                    .join("\n")
            })
            .collect(),
    }
}

/// The parts of a text between separators, without the white space around them.
fn split(text: &str, separators: &[char]) -> Vec<String> {
    text.split(separators)
        .map(|part| part.trim().to_owned())
        .collect()
}
