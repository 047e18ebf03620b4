//! LaTeX to text and back, for the values of a bibliography.

use biblatex::{Bibliography, Chunks, ChunksExt, Pair, Person, RawBibliography, RawChunk, RawEntry, Spanned};

/// The text of a value: commands as the signs they make, braces gone, white space folded. What LaTeX cannot be read stays as it is.
pub fn text(name: &str, raw: &str) -> String {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if !raw.contains(['\\', '{', '}', '~', '$', '%']) && !raw.contains("--") && !raw.contains("``") {
        return plain(raw);
    }
    chunks(name, raw).map_or_else(|| plain(raw), |chunks| plain(&chunks.format_verbatim()))
}

/// The names in a list of persons, each as `Family, Given` or `Family, Junior, Given`; `others` is nobody.
pub fn persons(raw: &str) -> Vec<String> {
    let Some(chunks) = chunks("author", raw) else { return vec![raw.split_whitespace().collect::<Vec<_>>().join(" ")] };
    let persons: Vec<Person> = chunks.parse().unwrap_or_default();
    persons.iter().map(name).filter(|name| !name.is_empty() && name != "others").collect()
}

fn name(person: &Person) -> String {
    let family = format!("{} {}", person.prefix, person.name);
    let parts = [family.trim(), person.suffix.trim(), person.given_name.trim()];
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(", ")
}

/// A value in the pieces of the crate that reads LaTeX.
fn chunks(name: &str, raw: &str) -> Option<Chunks> {
    let value = Spanned::zero(vec![Spanned::zero(RawChunk::Normal(raw))]);
    let entry = RawEntry { key: Spanned::zero("key"), kind: Spanned::zero("misc"), fields: vec![Pair::new(Spanned::zero(name), value)] };
    let raw = RawBibliography { preamble: String::new(), entries: vec![Spanned::zero(entry)], abbreviations: Vec::new() };
    let entry = Bibliography::from_raw(raw).ok()?.into_vec().pop()?;
    entry.get(name).map(<[_]>::to_vec)
}

/// A text as LaTeX, in braces: what LaTeX takes for commands is escaped, all else is UTF-8.
pub fn braced(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' => escaped.extend(['\\', c]),
            '\\' => escaped.push_str("\\textbackslash{}"),
            '{' => escaped.push_str("\\{"),
            '}' => escaped.push_str("\\}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            c => escaped.push(c),
        }
    }
    format!("{{{escaped}}}")
}

/// A value that no command is looked for in, such as an address.
pub fn verbatim(text: &str) -> String {
    format!("{{{}}}", text.replace(['{', '}'], ""))
}

/// A list of persons; a name of several words without a comma is that of a group.
pub fn authors(names: &[String]) -> String {
    let one = |name: &String| {
        let escaped = braced(name);
        let inner = escaped[1..escaped.len() - 1].to_owned();
        if name.contains(',') || !name.contains(char::is_whitespace) { inner } else { escaped }
    };
    format!("{{{}}}", names.iter().map(one).collect::<Vec<_>>().join(" and "))
}
