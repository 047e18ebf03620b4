//! Reads and writes the date of a bibliography entry in each dialect. Start reading at
//! [`candidates`].

use super::dialect::Dialect;
use super::written::WrittenWork;
use super::{csl, ris, tex};
use crate::model::Period;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// The RIS tags that hold the date of publication.
const RIS: [&str; 3] = ["DA", "PY", "Y1"];

/// The names of the fields that make up the date in the field `name`, and the possible readings of
/// that date, best first.
pub(super) fn candidates(
    dialect: Dialect,
    written: &WrittenWork,
    name: &str,
) -> (Vec<String>, Vec<String>) {
    let Some(raw) = written.raw(name) else {
        return Default::default();
    };
    let own = vec![name.to_owned()];
    match dialect {
        Dialect::Bibtex if name == "year" => (
            ["year", "month", "day"].map(str::to_owned).to_vec(),
            in_parts(written, &tex::text(name, raw)),
        ),
        Dialect::Bibtex => {
            let text = tex::text(name, raw);
            let season = with_season(&text);
            // The signs of the drafts of EDTF that BibLaTeX took up first.
            let draft = text.replace("?~", "%").replace('u', "X");
            (own, [text, draft].into_iter().chain(season).collect())
        }
        Dialect::Ris => {
            let others = RIS
                .into_iter()
                .filter(|tag| *tag != name && written.raw(tag).is_some())
                .map(str::to_owned);
            let dates = ris::dates(raw);
            let seasons: Vec<String> = dates.iter().filter_map(|date| with_season(date)).collect();
            (
                own.into_iter().chain(others).collect(),
                dates.into_iter().chain(seasons).collect(),
            )
        }
        Dialect::Csl => (own, csl::dates(raw)),
        Dialect::Nbib | Dialect::Zotero => (own, in_words(raw)),
        // `%8` usually lacks the year; `%D` holds it.
        Dialect::Endnote => {
            let year = written.raw("%D").unwrap_or_default();
            (
                own,
                in_words(&format!("{year} {raw}"))
                    .into_iter()
                    .chain([raw.to_owned()])
                    .collect(),
            )
        }
    }
}

/// A date without TeX, or the words of a CSL date, to be shown.
pub(super) fn plain(dialect: Dialect, raw: &str) -> String {
    match dialect {
        Dialect::Bibtex => tex::text("year", raw),
        Dialect::Csl => csl::dates(raw).pop().unwrap_or_else(|| raw.to_owned()),
        _ => raw.to_owned(),
    }
}

/// The readings of a BibTeX year with the fields `month` and `day`, if they exist.
fn in_parts(written: &WrittenWork, year: &str) -> Vec<String> {
    let text = |name: &str| written.raw(name).map(|raw| tex::text(name, raw));
    let words = text("month").map(|month| {
        month
            .replace("--", "-")
            .replace(['–', '—'], "-")
            .replace('~', " ")
    });
    // A month with a day or a span: `9 dec`, `23-27 may`, `Sep-Oct`.
    let worded = words
        .as_deref()
        .filter(|month| {
            number_of_month(month).is_none()
                || month.contains(|c: char| c.is_ascii_digit() || c == '-')
        })
        .filter(|month| month.parse::<u32>().is_err())
        .map(|month| format!("{} {year}", month.replace('.', " ").trim()));
    let season = words
        .as_deref()
        .and_then(|month| month.trim().parse::<u32>().ok())
        .and_then(|number| match number {
            13..=20 => Some(21 + (number - 13) % 4),
            21..=24 => Some(number),
            _ => None,
        })
        .map(|season| format!("{year}-{season}"));
    let month = words.as_deref().and_then(number_of_month);
    let day = text("day")
        .and_then(|day| day.parse::<u32>().ok())
        .filter(|day| (1..=31).contains(day));
    let whole = month
        .zip(day)
        .map(|(month, day)| format!("{year}-{month:02}-{day:02}"));
    let monthly = month.map(|month| format!("{year}-{month:02}"));
    // A year ends in four digits, but for punctuation (btxdoc, section 3.2). Otherwise they begin it.
    let mut digits = year
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| run.len() == 4);
    let ends = year.trim_end_matches(|c: char| !c.is_alphanumeric());
    let digits = match ends.ends_with(|c: char| c.is_ascii_digit()) {
        true => digits.next_back(),
        false => digits.next(),
    };
    worded
        .into_iter()
        .chain(season)
        .chain(whole)
        .chain(monthly)
        .chain([year.to_owned()])
        .chain(digits.map(str::to_owned))
        .collect()
}

/// A date with a pseudo-month from 13 to 20 as a season, which EDTF numbers from 21: `2020-13`, or
/// `2020/13//`. Programs number the seasons from 13 or from 17.
fn with_season(text: &str) -> Option<String> {
    let (year, month) = text.trim_end_matches('/').split_once(['-', '/'])?;
    let number: u32 = month.parse().ok()?;
    (13..=20)
        .contains(&number)
        .then(|| format!("{year}-{}", 21 + (number - 13) % 4))
}

/// The readings of a date that starts with its year, such as `2025 May 12`, `2025 Spring` or `2024
/// Nov-Dec`, or that has eight digits.
fn in_words(raw: &str) -> Vec<String> {
    if raw.len() == 8 && raw.bytes().all(|b| b.is_ascii_digit()) {
        return vec![format!("{}-{}-{}", &raw[..4], &raw[4..6], &raw[6..])];
    }
    let words: Vec<&str> = raw.split_whitespace().collect();
    let turned = match words.as_slice() {
        [year, month, day] => vec![
            format!("{day} {month} {year}"),
            format!("{month} {year}"),
            (*year).to_owned(),
        ],
        [year, rest] => vec![format!("{rest} {year}"), (*year).to_owned()],
        _ => Vec::new(),
    };
    std::iter::once(raw.to_owned()).chain(turned).collect()
}

/// A period as fields of a dialect. `old` holds the names of the fields that held it before, and
/// may be empty.
pub(super) fn fields(dialect: Dialect, text: &str, old: &[String]) -> Vec<(String, String)> {
    let edtf = Period::read_fixed(text).map_or_else(|_| text.to_owned(), |period| period.edtf);
    match dialect {
        Dialect::Bibtex => in_bibtex(&edtf, old.first().is_some_and(|name| name == "date")),
        Dialect::Csl => vec![(
            old.first().map_or("issued", String::as_str).to_owned(),
            csl::date(&edtf),
        )],
        _ => {
            let bare = edtf.len() == 4;
            let tag = old
                .first()
                .map_or(if bare { "PY" } else { "DA" }, String::as_str);
            let year = (tag == "DA" && old.len() != 1)
                .then(|| ("PY".to_owned(), edtf.chars().take(4).collect()));
            std::iter::once((tag.to_owned(), ris::date(&edtf)))
                .chain(year)
                .collect()
        }
    }
}

/// A date as `year`, `month` and `day` of BibTeX if it is a single day, month or year, else as
/// `date` of BibLaTeX.
fn in_bibtex(edtf: &str, biblatex: bool) -> Vec<(String, String)> {
    let parts: Vec<&str> = edtf.split('-').collect();
    let plain = (1..=3).contains(&parts.len())
        && parts[0].len() == 4
        && parts
            .iter()
            .all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let month = parts
        .get(1)
        .and_then(|month| month.parse::<usize>().ok())
        .map(|month| MONTHS.get(month.wrapping_sub(1)));
    if biblatex || !plain || month == Some(None) {
        return vec![("date".to_owned(), format!("{{{edtf}}}"))];
    }
    let mut fields = vec![("year".to_owned(), format!("{{{}}}", parts[0]))];
    fields.extend(
        month
            .flatten()
            .map(|month| ("month".to_owned(), (*month).to_owned())),
    );
    fields.extend(parts.get(2).map(|day| {
        (
            "day".to_owned(),
            format!("{{{}}}", day.trim_start_matches('0')),
        )
    }));
    fields
}

/// The number of a month, from 1, given as a number or as an English name of at least three
/// letters.
fn number_of_month(text: &str) -> Option<usize> {
    let lower = text.trim().to_lowercase();
    if let Ok(number) = lower.parse::<usize>() {
        return Some(number).filter(|number| (1..=12).contains(number));
    }
    let start: String = lower.chars().take(3).collect();
    MONTHS
        .iter()
        .position(|month| *month == start)
        .map(|at| at + 1)
}
