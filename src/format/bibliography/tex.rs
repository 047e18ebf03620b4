//! Converts LaTeX values of a bibliography to text and back.

use std::borrow::Cow;

use biblatex::{
    Bibliography, Chunks, ChunksExt, Pair, Person, RawBibliography, RawChunk, RawEntry, Spanned,
};

use unicode_normalization::UnicodeNormalization;

use crate::text::fold::{composed, single_spaced};

/// A value without the braces or quotation marks around it.
fn inner(raw: &str) -> &str {
    let within = |open: char, close: char| {
        raw.strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
    };
    within('{', '}').or_else(|| within('"', '"')).unwrap_or(raw)
}

/// Commands that set only how the text after them looks or sorts.
/// Each name is between spaces, so that a search for ` name ` finds whole names only.
const LOOKS: &str = " emph textit textbf textsc textsl textrm textsf texttt textup textmd textnormal textsubscript textsuperscript text mkbibemph \
    mkbibbold mkbibitalic uppercase lowercase em it bf sc sl rm sf tt itshape bfseries scshape relax aftergroup ignorespaces protect mbox noopsort vphantom \
    url enquote mkbibquote ";

/// Control words that print one character, and what they print.
const SYMBOLS: [(&str, &str); 34] = [
    ("ss", "ß"),
    ("o", "ø"),
    ("O", "Ø"),
    ("ae", "æ"),
    ("AE", "Æ"),
    ("oe", "œ"),
    ("OE", "Œ"),
    ("aa", "å"),
    ("AA", "Å"),
    ("l", "ł"),
    ("L", "Ł"),
    // The dotless `\i` and `\j` serve as bases for accents; alone, they become plain letters.
    ("i", "i"),
    ("j", "j"),
    ("dh", "ð"),
    ("DH", "Ð"),
    ("th", "þ"),
    ("TH", "Þ"),
    ("dj", "đ"),
    ("DJ", "Đ"),
    ("ng", "ŋ"),
    ("NG", "Ŋ"),
    ("dag", "†"),
    ("ddag", "‡"),
    ("S", "§"),
    ("P", "¶"),
    ("ldots", "…"),
    ("dots", "…"),
    ("slash", "/"),
    ("copyright", "©"),
    ("pounds", "£"),
    ("textquoteleft", "‘"),
    ("textquoteright", "’"),
    ("textquotedblleft", "“"),
    ("textquotedblright", "”"),
];

/// Accent commands and the combining marks that they set.
const ACCENTS: [(&str, char); 15] = [
    ("`", '\u{300}'),
    ("'", '\u{301}'),
    ("^", '\u{302}'),
    ("~", '\u{303}'),
    ("=", '\u{304}'),
    ("u", '\u{306}'),
    (".", '\u{307}'),
    ("\"", '\u{308}'),
    ("r", '\u{30a}'),
    ("H", '\u{30b}'),
    ("v", '\u{30c}'),
    ("d", '\u{323}'),
    ("c", '\u{327}'),
    ("k", '\u{328}'),
    ("b", '\u{331}'),
];

/// A text in which TeX stands for the characters that `lacks` names: `{\\v{c}}` for `č`. `None` if one
/// of them has no command.
pub fn spelled(text: &str, lacks: impl Fn(char) -> bool) -> Option<String> {
    let mut spelled = String::new();
    for c in text.chars() {
        if !lacks(c) {
            spelled.push(c);
            continue;
        }
        let symbol = SYMBOLS.iter().find(|(_, symbol)| symbol.chars().eq([c]));
        if let Some((name, _)) = symbol {
            spelled.push_str(&format!("{{\\{name}}}"));
            continue;
        }
        let mut parts = c.nfd();
        let (letter, mark, None) = (parts.next()?, parts.next()?, parts.next()) else {
            return None;
        };
        let (command, _) = ACCENTS.iter().find(|(_, known)| *known == mark)?;
        if !letter.is_ascii_alphabetic() {
            return None;
        }
        spelled.push_str(&format!("{{\\{command}{{{letter}}}}}"));
    }
    Some(spelled)
}

/// The letter that an accent command is applied to, and the text after it: `e`, `{e}`, `\\i`,
/// `{\\i}` or `{\\i }`. `None` if there is none, or more than a letter.
fn accented(text: &str) -> Option<(char, &str)> {
    let text = text.trim_start_matches(' ');
    if let Some(inside) = text.strip_prefix('{') {
        let (letter, rest) = accented(inside)?;
        return Some((letter, rest.trim_start_matches(' ').strip_prefix('}')?));
    }
    if let Some(word) = text.strip_prefix('\\') {
        let end = word
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(word.len());
        let letter = match &word[..end] {
            "i" => 'i',
            "j" => 'j',
            _ => return None,
        };
        let rest = &word[end..];
        return Some((letter, rest.strip_prefix(' ').unwrap_or(rest)));
    }
    let letter = text.chars().next().filter(|c| c.is_alphabetic())?;
    Some((letter, &text[letter.len_utf8()..]))
}

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
            // A control word ends at the first character that is not a letter, and takes the spaces
            // after it (The TeXbook, chapter 8).
            name if SYMBOLS.iter().any(|(known, _)| *known == name) => {
                let symbol = SYMBOLS.iter().find(|(known, _)| *known == name);
                shown.push_str(symbol.map_or("", |(_, symbol)| symbol));
                behind
                    .strip_prefix("{}")
                    .unwrap_or(behind.trim_start_matches(' '))
            }
            // Spaces of different widths: `\ `, `\,`, `\;` and `\:`.
            "" if behind.starts_with([' ', ',', ';', ':']) => {
                shown.push(' ');
                &behind[1..]
            }
            // `\/` (italic correction), `\!` (negative space) and `\@` print nothing.
            "" if behind.starts_with(['/', '!', '@']) => &behind[1..],
            name if accent(name, behind).is_some() => {
                let (letter, mark, rest) = accent(name, behind).unwrap_or((' ', ' ', behind));
                shown.push_str(&composed(letter, mark));
                rest
            }
            // The brace stays escaped: a bare one would be read as grouping.
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

/// The letter, the combining mark and the text after it, if an accent command is applied to a letter.
/// `name` is a control word, or empty for a control symbol at the start of `behind`.
fn accent<'t>(name: &str, behind: &'t str) -> Option<(char, char, &'t str)> {
    let (command, rest) = if name.is_empty() {
        let end = behind.chars().next()?.len_utf8();
        behind.split_at(end)
    } else if behind.starts_with(['{', ' ', '\\']) {
        (name, behind)
    } else {
        return None;
    };
    let (_, mark) = ACCENTS.iter().find(|(known, _)| *known == command)?;
    let (letter, rest) = accented(rest)?;
    Some((letter, *mark, rest))
}

/// A URL or an identifier: escapes are undone, nothing else is LaTeX.
pub(super) fn address(name: &str, raw: &str) -> String {
    let mut plain = text(name, raw);
    for escaped in ["\\_", "\\&", "\\%", "\\#", "\\$"] {
        plain = plain.replace(escaped, &escaped[1..]);
    }
    plain.replace("\\~{}", "~").replace("\\~", "~")
}

/// The names in a raw list: split at `and` in any case, outside of braces.
fn split_names(raw: &str) -> Vec<String> {
    let (mut names, mut start, mut depth) = (Vec::new(), 0, 0usize);
    for (at, c) in raw.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            c if c.is_whitespace() && depth == 0 && at >= start => {
                let rest = raw[at..].trim_start();
                // With white space on both sides: `Andrews` does not begin with a separator.
                let is_and = rest
                    .get(..3)
                    .is_some_and(|word| word.eq_ignore_ascii_case("and"))
                    && rest[3..].starts_with(|c: char| c.is_whitespace());
                if is_and {
                    names.push(raw[start..at].to_owned());
                    start = raw.len() - rest.len() + 3;
                }
            }
            _ => {}
        }
    }
    names.push(raw[start..].to_owned());
    names
}

/// The deepest braces of a value that is read as LaTeX.
pub(super) const DEEPEST: usize = 100;

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
    let one = |raw: String| -> Vec<String> {
        let raw = shown(&raw).replace('~', " ");
        let Some(chunks) = chunks("author", &raw) else {
            return vec![single_spaced(&raw)];
        };
        let persons: Vec<Person> = chunks.parse().unwrap_or_default();
        persons.iter().map(name).collect()
    };
    split_names(inner(raw))
        .into_iter()
        .flat_map(one)
        .filter(|name| !name.is_empty() && name != "others")
        .collect()
}

/// Whether a list of persons ends in `and others`.
pub(super) fn has_others(raw: &str) -> bool {
    let names = split_names(inner(raw));
    names.len() > 1 && names.last().is_some_and(|name| name.trim() == "others")
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
/// `name` is the field: `biblatex` reads some, such as `url`, verbatim. Its time grows with the
/// square of the depth of braces, so that deeper ones are not parsed.
fn chunks(name: &str, raw: &str) -> Option<Chunks> {
    if is_too_deep(raw) {
        return None;
    }
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

/// Whether more braces than [`DEEPEST`] are open at once.
pub(super) fn is_too_deep(raw: &str) -> bool {
    let mut open = 0usize;
    raw.bytes().any(|byte| {
        match byte {
            b'{' => open += 1,
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > DEEPEST
    })
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

#[cfg(test)]
mod tests {
    #[test]
    fn latex_is_read_as_its_author_meant() {
        for (raw, text) in [
            ("{Garc{\\'\\i}a}", "García"),
            ("{Garc\\'{\\i}a}", "García"),
            ("{Na{\\\"\\i}ve {\\^\\i}le}", "Naïve île"),
            ("{Gro\\ss. A \\O. \\ae; x\\,y}", "Groß. A Ø. æ; x y"),
            (
                "{\\v{Z}elezn\\'y, \\v Simek, \\c{c}a}",
                "Železný, Šimek, ça",
            ),
            ("{Client\\slash Server \\ldots}", "Client/Server …"),
            ("{{\\AA}re and \\o{}re}", "Åre and øre"),
            ("{Dudzi\\'nski}", "Dudziński"),
        ] {
            assert_eq!(super::text("title", raw), text, "{raw}");
        }
        assert_eq!(
            super::persons("{Roe, Ann AND Storr, B. C. And Jan\\ Dudzi\\'nski and A.~B. Tolland}"),
            [
                "Roe, Ann",
                "Storr, B. C.",
                "Dudziński, Jan",
                "Tolland, A. B."
            ]
        );
        assert_eq!(super::persons("{Sand and Land, X}"), ["Sand", "Land, X"]);
        assert_eq!(
            super::address("doi", "{10.5555/a\\_b\\%c}"),
            "10.5555/a_b%c"
        );
    }
}
