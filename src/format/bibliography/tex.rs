//! Converts LaTeX values of a bibliography to text and back.

use std::borrow::Cow;

use biblatex::{
    Bibliography, Chunks, ChunksExt, Pair, Person, RawBibliography, RawChunk, RawEntry, Spanned,
};

use crate::text::fold::single_spaced;

/// A value without the braces or quotation marks around it.
fn inner(raw: &str) -> &str {
    let within = |open: char, close: char| {
        raw.strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
    };
    within('{', '}').or_else(|| within('"', '"')).unwrap_or(raw)
}

/// Commands that set only how the text after them looks or sorts.
const LOOKS: &str = " emph textit textbf textsc textsl textrm textsf texttt textup textmd textnormal textsubscript textsuperscript text mkbibemph \
    mkbibbold mkbibitalic uppercase lowercase em it bf sc sl rm sf tt itshape bfseries scshape relax aftergroup ignorespaces protect mbox noopsort vphantom \
    url enquote mkbibquote ";

/// A value without formatting commands and without text that only sorts (`\noopsort{…}`).
fn shown(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let (mut shown, mut rest) = (String::new(), raw);
    while let Some(at) = rest.find('\\') {
        let name: &str = &rest[at + 1..];
        let name = &name[..name
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(name.len())];
        let behind = &rest[at + 1 + name.len()..];
        shown.push_str(&rest[..at]);
        rest = match name {
            "noopsort" => behind.find('}').map_or("", |end| &behind[end + 1..]),
            "mbox" if behind.starts_with("{}") => &behind[2..],
            // `biblatex` reads `\o{}` as a stroke through the text in the braces.
            "o" if behind.starts_with("{}") => {
                shown.push('ø');
                &behind[2..]
            }
            "textbraceleft" | "textbraceright" => {
                shown.push_str(if name == "textbraceleft" {
                    "\\{"
                } else {
                    "\\}"
                });
                behind.strip_prefix("{}").unwrap_or(behind)
            }
            "TeX" | "LaTeX" | "BibTeX" | "hyphen" => {
                shown.push_str(if name == "hyphen" { "-" } else { name });
                behind.strip_prefix("{}").unwrap_or(behind)
            }
            name if !name.is_empty() && LOOKS.contains(&format!(" {name} ")) => {
                behind.strip_prefix(' ').unwrap_or(behind)
            }
            _ => {
                // The character after a backslash belongs to the command, even if it is a
                // backslash.
                let end = at
                    + 1
                    + name.len().max(
                        behind
                            .chars()
                            .next()
                            .filter(|_| name.is_empty())
                            .map_or(0, char::len_utf8),
                    );
                shown.push_str(&rest[at..end]);
                &rest[end..]
            }
        };
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// The text of a value: commands replaced by the characters they produce, braces removed, white
/// space collapsed. A value that is not valid LaTeX keeps its commands.
pub(super) fn text(name: &str, raw: &str) -> String {
    let raw = &shown(inner(raw));
    if !raw.contains(['\\', '{', '}', '~', '$', '%']) && !raw.contains("--") && !raw.contains("``")
    {
        return single_spaced(raw);
    }
    chunks(name, raw).map_or_else(
        || single_spaced(raw),
        |chunks| single_spaced(&chunks.format_verbatim()),
    )
}

/// The names in a list of persons, each as `Family, Given` or `Family, Junior, Given`; `others` is
/// skipped.
pub(super) fn persons(raw: &str) -> Vec<String> {
    let raw = &shown(inner(raw));
    let Some(chunks) = chunks("author", raw) else {
        return vec![single_spaced(raw)];
    };
    let persons: Vec<Person> = chunks.parse().unwrap_or_default();
    persons
        .iter()
        .map(name)
        .filter(|name| !name.is_empty() && name != "others")
        .collect()
}

/// A person as `Family, Given` or `Family, Junior, Given`.
fn name(person: &Person) -> String {
    let family = format!("{} {}", person.prefix, person.name);
    let parts = [
        family.trim(),
        person.suffix.trim(),
        person.given_name.trim(),
    ];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(single_spaced)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A value parsed into the chunks of `biblatex`; `None` if it is not valid LaTeX.
fn chunks(name: &str, raw: &str) -> Option<Chunks> {
    let value = Spanned::zero(vec![Spanned::zero(RawChunk::Normal(raw))]);
    let entry = RawEntry {
        key: Spanned::zero("key"),
        kind: Spanned::zero("misc"),
        fields: vec![Pair::new(Spanned::zero(name), value)],
    };
    let raw = RawBibliography {
        preamble: String::new(),
        entries: vec![Spanned::zero(entry)],
        abbreviations: Vec::new(),
    };
    let entry = Bibliography::from_raw(raw).ok()?.into_vec().pop()?;
    entry.get(name).map(<[_]>::to_vec)
}

/// A text as LaTeX in braces: special characters are escaped, everything else stays UTF-8.
pub(super) fn braced(text: &str) -> String {
    let mut escaped = String::new();
    let mut last = ' ';
    for c in text.chars() {
        // LaTeX reads two of these in a row as a different character.
        if c == last && "-`'".contains(c) {
            escaped.push_str("{}");
        }
        last = c;
        match c {
            '&' | '%' | '$' | '#' | '_' => escaped.extend(['\\', c]),
            '\\' => escaped.push_str("\\textbackslash{}"),
            // bibtex(1) would count the brace in `\{` when it looks for the end of the value.
            '{' => escaped.push_str("\\textbraceleft{}"),
            '}' => escaped.push_str("\\textbraceright{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            c => escaped.push(c),
        }
    }
    format!("{{{escaped}}}")
}

/// A value without escapes, such as a URL; its braces are removed.
pub(super) fn verbatim(text: &str) -> String {
    format!("{{{}}}", text.replace(['{', '}'], ""))
}

/// A list of persons as a value. A name of several words without a comma belongs to a group and is
/// put in braces.
pub(super) fn authors(names: &[String]) -> String {
    let one = |name: &String| {
        let escaped = braced(name);
        let inner = escaped[1..escaped.len() - 1].to_owned();
        if name.contains(',') || !name.contains(char::is_whitespace) {
            inner
        } else {
            escaped
        }
    };
    format!(
        "{{{}}}",
        names.iter().map(one).collect::<Vec<_>>().join(" and ")
    )
}
