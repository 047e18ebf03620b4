//! Converts wordings of a period to EDTF: English ones, and dates in numbers or with the names of
//! months in German, French, Spanish, Portuguese and Italian.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use crate::text::fold::fold;

/// Names of months in German, French, Spanish, Portuguese and Italian, folded, where they are not
/// those in English or begin like them.
const FOREIGN: [(&str, u32); 53] = [
    ("januar", 1),
    ("janner", 1),
    ("janvier", 1),
    ("enero", 1),
    ("janeiro", 1),
    ("gennaio", 1),
    ("februar", 2),
    ("fevrier", 2),
    ("febrero", 2),
    ("fevereiro", 2),
    ("febbraio", 2),
    ("marz", 3),
    ("maerz", 3),
    ("mars", 3),
    ("marzo", 3),
    ("marco", 3),
    ("avril", 4),
    ("abril", 4),
    ("aprile", 4),
    ("mai", 5),
    ("mayo", 5),
    ("maio", 5),
    ("maggio", 5),
    ("juni", 6),
    ("juin", 6),
    ("junio", 6),
    ("junho", 6),
    ("giugno", 6),
    ("juli", 7),
    ("juillet", 7),
    ("julio", 7),
    ("julho", 7),
    ("luglio", 7),
    ("aout", 8),
    ("agosto", 8),
    ("septembre", 9),
    ("septiembre", 9),
    ("setembro", 9),
    ("settembre", 9),
    ("oktober", 10),
    ("octobre", 10),
    ("octubre", 10),
    ("outubro", 10),
    ("ottobre", 10),
    ("dezember", 12),
    ("decembre", 12),
    ("novembre", 11),
    ("noviembre", 11),
    ("novembro", 11),
    ("diciembre", 12),
    ("dezembro", 12),
    ("dicembre", 12),
    ("dez", 12),
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// Seasons in the languages of the months, folded, with their EDTF number (ISO 8601-2, 4.8: from 21 for spring to 24 for winter).
const SEASONS: [(&str, u32); 22] = [
    ("spring", 21),
    ("summer", 22),
    ("autumn", 23),
    ("fall", 23),
    ("winter", 24),
    ("fruhling", 21),
    ("fruhjahr", 21),
    ("sommer", 22),
    ("herbst", 23),
    ("printemps", 21),
    ("ete", 22),
    ("automne", 23),
    ("hiver", 24),
    ("primavera", 21),
    ("verano", 22),
    ("verao", 22),
    ("estate", 22),
    ("otono", 23),
    ("outono", 23),
    ("autunno", 23),
    ("invierno", 24),
    ("inverno", 24),
];
/// Thirds of a year, with their first and last month.
const PARTS: [(&str, u32, u32); 3] = [("early", 1, 4), ("mid", 5, 8), ("late", 9, 12)];

/// One end of a period. The year is `None` if the text does not contain it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Point {
    Year(u32),
    Month(Option<u32>, u32),
    Day(Option<u32>, u32, u32),
    Season(Option<u32>, u32),
    /// A number that is a day of the month if the other end of the range has the month.
    Bare(u32),
}

/// The EDTF of a wording that does not depend on today; `None` if it is unknown or ambiguous.
pub(super) fn edtf(text: &str) -> Option<String> {
    let text = fold(text)
        .replace(['–', '—', '‒', '−'], "-")
        .replace("--", "-")
        .replace(',', " ");
    let text = text.trim().trim_end_matches('.');
    let text = text
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(text)
        .trim();
    if let Some(edtf) = instant(text)
        .or_else(|| numeric(text).and_then(Numeric::sole))
        .or_else(|| reprint(text))
        .or_else(|| era(text))
        .or_else(|| iso_week(text))
        // Before `range`, which takes `winter 2023-2024` as winter 2023 to the end of 2024.
        .or_else(|| winter(text))
    {
        return Some(edtf);
    }
    let text = text.strip_prefix("the ").unwrap_or(text);
    // The ends of an EDTF interval belong to it, so `after 2022` and `before 2022` include 2022.
    for (words, after) in [("since ", "/.."), ("from ", "/.."), ("after ", "/..")] {
        if let Some(rest) = text.strip_prefix(words)
            && let Some(start) = point(rest).and_then(single)
        {
            return Some(start + after);
        }
    }
    for words in ["until ", "till ", "before ", "up to "] {
        if let Some(end) = text
            .strip_prefix(words)
            .and_then(|rest| single(point(rest)?))
        {
            return Some(format!("../{end}"));
        }
    }
    for words in [
        "circa ",
        "about ",
        "around ",
        "approximately ",
        "ca. ",
        "c. ",
        "ca ",
        "~",
    ] {
        if let Some(about) = text
            .strip_prefix(words)
            .and_then(|rest| single(point(rest.trim())?))
        {
            return Some(about + "~");
        }
    }
    if let Some(unsure) = text
        .strip_suffix('?')
        .and_then(|rest| single(point(rest.trim())?))
    {
        return Some(unsure + "?");
    }
    part_of_year(text)
        .or_else(|| decade(text))
        .or_else(|| single(point(text)?))
        .or_else(|| range(text))
}

/// The EDTF of a wording relative to today; `None` if it is unknown.
pub(super) fn relative(text: &str, today: NaiveDate) -> Option<String> {
    let text = fold(text);
    let day = |day: NaiveDate| day.format("%Y-%m-%d").to_string();
    let week = |monday: NaiveDate| {
        Some(format!(
            "{}/{}",
            day(monday),
            day(monday.checked_add_days(Days::new(6))?)
        ))
    };
    let monday =
        today.checked_sub_days(Days::new(u64::from(today.weekday().num_days_from_monday())))?;
    let month = |date: NaiveDate| date.format("%Y-%m").to_string();
    match text.as_str() {
        "today" | "now" => Some(day(today)),
        "yesterday" => Some(day(today.pred_opt()?)),
        "tomorrow" => Some(day(today.succ_opt()?)),
        "this week" => week(monday),
        "last week" => week(monday.checked_sub_days(Days::new(7))?),
        "next week" => week(monday.checked_add_days(Days::new(7))?),
        "this month" => Some(month(today)),
        "last month" => Some(month(today.checked_sub_months(Months::new(1))?)),
        "next month" => Some(month(today.checked_add_months(Months::new(1))?)),
        "this year" => Some(format!("{:04}", today.year())),
        "last year" => Some(format!("{:04}", today.year() - 1)),
        "next year" => Some(format!("{:04}", today.year() + 1)),
        _ if let Some(weekday) = weekday(&text, today) => Some(day(weekday)),
        _ if let Some(ahead) = text.strip_prefix("in ") => {
            let (n, unit) = ahead.split_once(' ')?;
            let n: u32 = if n == "a" || n == "an" {
                1
            } else {
                n.parse().ok()?
            };
            match unit.trim_end_matches('s') {
                "day" => Some(day(today.checked_add_days(Days::new(n.into()))?)),
                "week" => Some(day(today.checked_add_days(Days::new(u64::from(n) * 7))?)),
                "month" => Some(month(today.checked_add_months(Months::new(n))?)),
                "year" => Some(format!("{:04}", today.year().checked_add_unsigned(n)?)),
                _ => None,
            }
        }
        _ => {
            let (n, unit) = text.strip_suffix(" ago")?.split_once(' ')?;
            let n: u32 = if n == "a" || n == "an" {
                1
            } else {
                n.parse().ok()?
            };
            // The unit sets the precision: `3 weeks ago` is a day, `3 months ago` is a month.
            match unit.trim_end_matches('s') {
                "day" => Some(day(today.checked_sub_days(Days::new(n.into()))?)),
                "week" => Some(day(today.checked_sub_days(Days::new(u64::from(n) * 7))?)),
                "month" => Some(month(today.checked_sub_months(Months::new(n))?)),
                "year" => Some(format!("{:04}", today.year().checked_sub_unsigned(n)?)),
                _ => None,
            }
        }
    }
}

/// The day that `last friday`, `friday` (the one before today), `this friday` (of this week) or `next
/// friday` (the first one after today) means.
fn weekday(text: &str, today: NaiveDate) -> Option<NaiveDate> {
    let (which, name) = text.split_once(' ').unwrap_or(("last", text));
    let weekday: Weekday = name.trim_end_matches('.').parse().ok()?;
    let (own, wanted) = (today.weekday(), weekday);
    let ahead = (7 + wanted.num_days_from_monday() - own.num_days_from_monday()) % 7;
    let behind = (7 - ahead) % 7;
    let week = |days: u32| Days::new(u64::from(if days == 0 { 7 } else { days }));
    match which {
        "last" => today.checked_sub_days(week(behind)),
        "next" => today.checked_add_days(week(ahead)),
        "this" => {
            let monday = today.checked_sub_days(Days::new(own.num_days_from_monday().into()))?;
            monday.checked_add_days(Days::new(wanted.num_days_from_monday().into()))
        }
        _ => None,
    }
}

/// The day of an ISO time, such as `2016-07-18T20:26:06Z`, or of a date with slashes.
fn instant(text: &str) -> Option<String> {
    // The year must come first: `1/2/2023` can be in January or February.
    let day = |text: &str, between: char| -> Option<String> {
        let parts: Vec<&str> = text.split(between).collect();
        let [y, m, d] = parts.as_slice() else {
            return None;
        };
        if y.len() != 4
            || ![y, m, d]
                .iter()
                .all(|part| part.bytes().all(|b| b.is_ascii_digit()))
        {
            return None;
        }
        NaiveDate::from_ymd_opt(y.parse().ok()?, m.parse().ok()?, d.parse().ok()?)
            .map(|day| day.format("%Y-%m-%d").to_string())
    };
    // A time follows the 10 bytes of the date. The text is folded, so its `T` is lower case.
    if let Some((date, time)) = text.split_at_checked(10)
        && time.starts_with(['t', ' '])
        && time[1..].starts_with(|c: char| c.is_ascii_digit())
        && time.contains(':')
    {
        return day(date, '-');
    }
    day(text, '/')
}

/// The day or month of a date in numbers alone, of which the order may be unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Numeric {
    /// One reading, as EDTF.
    Sole(String),
    /// Day first and month first, as EDTF.
    Either(String, String),
}

impl Numeric {
    /// The reading, if there is only one.
    fn sole(self) -> Option<String> {
        match self {
            Numeric::Sole(edtf) => Some(edtf),
            Numeric::Either(..) => None,
        }
    }
}

/// A date in numbers: `25/12/2024`, `25.12.2024`, `2024.12.25`, `20241225`, `12/2024` or `2024/12`. With
/// dots the day comes first; with other signs that must follow from the numbers.
pub(super) fn numeric(text: &str) -> Option<Numeric> {
    let day = |y: u32, m: u32, d: u32| {
        let day = NaiveDate::from_ymd_opt(i32::try_from(y).ok()?, m, d)?;
        Some(day.format("%Y-%m-%d").to_string())
    };
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        let [y, m, d] = [&text[..4], &text[4..6], &text[6..]].map(|part| part.parse::<u32>().ok());
        return day(y?, m?, d?).map(Numeric::Sole);
    }
    let sign = text.chars().find(|c| !c.is_ascii_digit())?;
    let parts: Vec<&str> = text.split(sign).map(str::trim).collect();
    let short = |part: &str| {
        let is_short = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        is_short.then(|| part.parse::<u32>().ok()).flatten()
    };
    match (sign, parts.as_slice()) {
        ('.' | '/' | '-', [a, b, y]) if year(y).is_some() => {
            let (a, b, y) = (short(a)?, short(b)?, year(y)?);
            let (day_first, month_first) = (day(y, b, a), day(y, a, b));
            match (day_first, month_first) {
                (Some(day), _) if sign == '.' || a == b => Some(Numeric::Sole(day)),
                (Some(day), Some(month)) => Some(Numeric::Either(day, month)),
                (day, month) if sign != '.' => day.or(month).map(Numeric::Sole),
                _ => None,
            }
        }
        ('.', [y, m, d]) => day(year(y)?, short(m)?, short(d)?).map(Numeric::Sole),
        ('.' | '/', [a, b]) => {
            let (y, m) = year(b).zip(short(a)).or_else(|| year(a).zip(short(b)))?;
            match m {
                1..=12 => Some(Numeric::Sole(format!("{y:04}-{m:02}"))),
                // `1984/85`
                _ if sign == '/' && m == (y + 1) % 100 && year(a).is_some() => {
                    Some(Numeric::Sole(format!("{y:04}/{:04}", y + 1)))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The year of a work that was printed again (`1875 [2004]` is 1875), or one that a cataloguer
/// supplied (`[1984]`) or knew from the copyright (`c1984`).
fn reprint(text: &str) -> Option<String> {
    let supplied = |text: &str| year(text.strip_prefix('[')?.strip_suffix(']')?);
    let first = match text.split_once(' ') {
        Some((first, second)) => {
            supplied(second)?;
            year(first)?
        }
        None => supplied(text).or_else(|| year(text.strip_prefix(['c', '©'])?))?,
    };
    Some(format!("{first:04}"))
}

/// The EDTF of a year with its era: `44 BCE` is the year -0043 (BCE counts from 1), `AD 79` is 0079.
fn era(text: &str) -> Option<String> {
    let number = |text: &str| {
        text.trim()
            .parse::<u32>()
            .ok()
            .filter(|year| (1..=9999).contains(year))
    };
    // `edtf` removes full stops at the end: `44 v. Chr.` arrives as `44 v. chr`.
    for era in ["b.c.e.", "bce", "b.c.", "bc", "b.c", "v. chr", "av. j.-c"] {
        if let Some(year) = text.strip_suffix(era).and_then(number) {
            return Some(match year - 1 {
                0 => "0000".to_owned(),
                before => format!("-{before:04}"),
            });
        }
    }
    for era in ["ad", "a.d.", "ce", "c.e."] {
        let year = text
            .strip_suffix(era)
            .or_else(|| text.strip_prefix(era))
            .and_then(number);
        if let Some(year) = year {
            return Some(format!("{year:04}"));
        }
    }
    None
}

/// The EDTF of an ISO week: `2024-w12` is its Monday to its Sunday.
fn iso_week(text: &str) -> Option<String> {
    let (year, week) = text.split_once("-w").or_else(|| text.split_once('w'))?;
    let monday = NaiveDate::from_isoywd_opt(
        year.parse().ok().filter(|_| year.len() == 4)?,
        week.parse().ok()?,
        chrono::Weekday::Mon,
    )?;
    let sunday = monday.checked_add_days(Days::new(6))?;
    Some(format!(
        "{}/{}",
        monday.format("%Y-%m-%d"),
        sunday.format("%Y-%m-%d")
    ))
}

/// The EDTF of a winter with both of its years: `winter 2023-24`.
fn winter(text: &str) -> Option<String> {
    // To `edtf-core`, the winter `2023-24` is December 2023 to February 2024.
    let (first, second) = text.strip_prefix("winter ")?.split_once(['-', '/'])?;
    let year: u32 = year(first)?;
    let next = second.parse::<u32>().ok()?;
    (next == year + 1 || (second.len() == 2 && next == (year + 1) % 100))
        .then(|| format!("{year:04}-24"))
}

/// The EDTF of a decade: `2010s` becomes `201X` (ISO 8601-2, unspecified digits).
fn decade(text: &str) -> Option<String> {
    let first = text.strip_suffix("0s")?;
    (first.len() == 3 && first.bytes().all(|b| b.is_ascii_digit())).then(|| format!("{first}X"))
}

/// The EDTF of a third (`early 2024`) or a quarter (`Q3 2024`) of a year.
fn part_of_year(text: &str) -> Option<String> {
    for (word, from, to) in PARTS {
        if let Some(rest) = text.strip_prefix(word) {
            let year = year(rest.trim_start_matches([' ', '-']))?;
            return Some(format!("{year:04}-{from:02}/{year:04}-{to:02}"));
        }
    }
    let (first, second) = text.split_once([' ', '-'])?;
    // `Q3 2024` or `2024 Q3`
    let (quarter, year_word) = if first.starts_with('q') {
        (first, second)
    } else {
        (second.trim(), first)
    };
    let quarter: u32 = quarter.strip_prefix('q')?.parse().ok()?;
    let year = year(year_word.trim())?;
    (1..=4).contains(&quarter).then(|| {
        format!(
            "{year:04}-{:02}/{year:04}-{:02}",
            quarter * 3 - 2,
            quarter * 3
        )
    })
}

/// The EDTF of a range `a-b` or `a to b`. A year or month missing at one end is copied from the
/// other end; the start is moved to the year before if it would be after the end.
fn range(text: &str) -> Option<String> {
    let (first, second) = text
        .split_once(" to ")
        .or_else(|| text.split_once(" - "))
        .or_else(|| text.split_once('-'))?;
    let (first, second) = (first.trim(), second.trim());
    if matches!(second, "present" | "now" | "today" | "ongoing" | "") {
        return (!second.is_empty()).then_some(single(point(first)?)? + "/..");
    }
    let (start, end) = match (point(first)?, point(second)) {
        // In `May 3-5 2024`, the start has the month and the end has the year.
        (Point::Month(None, _) | Point::Bare(_), None) => return None,
        (start, Some(end)) => (start, end),
        (Point::Day(None, month, day), None) => {
            let (last, rest) = second.split_once(' ')?;
            let year = year(rest.trim())?;
            (
                Point::Day(Some(year), month, day),
                Point::Day(Some(year), month, last.parse().ok()?),
            )
        }
        _ => return None,
    };
    let start = match (start, end) {
        // `2021–22`, which is no month.
        (Point::Year(year), Point::Bare(short)) if year % 100 < short => {
            return Some(format!("{year:04}/{:04}", year - year % 100 + short));
        }
        (Point::Bare(day), Point::Day(year, month, _)) => Point::Day(year, month, day),
        (Point::Month(None, month), Point::Month(Some(year), last)) => {
            Point::Month(Some(if month > last { year - 1 } else { year }), month)
        }
        (Point::Month(None, month), Point::Day(Some(year), last, _)) => {
            Point::Month(Some(if month > last { year - 1 } else { year }), month)
        }
        (Point::Season(None, season), Point::Season(Some(year), last)) => {
            Point::Season(Some(if season > last { year - 1 } else { year }), season)
        }
        (Point::Day(None, month, day), Point::Day(Some(year), last, _)) => {
            Point::Day(Some(if month > last { year - 1 } else { year }), month, day)
        }
        (start, _) => start,
    };
    Some(format!("{}/{}", single(start)?, single(end)?))
}

/// The EDTF of a point; `None` if its year is missing.
fn single(point: Point) -> Option<String> {
    match point {
        Point::Year(year) => Some(format!("{year:04}")),
        Point::Month(Some(year), month) => Some(format!("{year:04}-{month:02}")),
        Point::Season(Some(year), season) => Some(format!("{year:04}-{season}")),
        Point::Day(Some(year), month, day) => Some(format!("{year:04}-{month:02}-{day:02}")),
        _ => None,
    }
}

/// Parses one end of a range, or a period that is not a range.
fn point(text: &str) -> Option<Point> {
    // `10 de marzo de 2023`
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| *word != "de")
        .collect();
    match words.as_slice() {
        [one] => year(one)
            .map(Point::Year)
            .or_else(|| month(one).map(|m| Point::Month(None, m)))
            .or_else(|| season(one).map(|s| Point::Season(None, s)))
            .or_else(|| day(one).map(Point::Bare))
            .or_else(|| iso(one)),
        [a, b] => match (month(a), season(a), day(a)) {
            (Some(m), _, _) => year(b)
                .map(|y| Point::Month(Some(y), m))
                .or_else(|| day(b).map(|d| Point::Day(None, m, d))),
            (_, Some(s), _) => year(b).map(|y| Point::Season(Some(y), s)),
            (_, _, Some(d)) => month(b).map(|m| Point::Day(None, m, d)),
            _ => year(a).and_then(|y| Some(Point::Month(Some(y), month(b)?))),
        },
        [a, b, c] => {
            let year = year(c)?;
            // `Nov 30 2023` or `30 Nov 2023`; `edtf` has replaced commas by spaces.
            let (month, day) = month(a).zip(day(b)).or_else(|| month(b).zip(day(a)))?;
            Some(Point::Day(Some(year), month, day))
        }
        _ => None,
    }
}

/// Parses `2024-05` or `2024-05-03` as one end of a range.
fn iso(word: &str) -> Option<Point> {
    let parts: Vec<&str> = word.split('-').collect();
    match parts.as_slice() {
        [y, m] => Some(Point::Month(
            Some(year(y)?),
            m.parse().ok().filter(|m| (1..=12).contains(m))?,
        )),
        [y, m, d] => Some(Point::Day(Some(year(y)?), m.parse().ok()?, d.parse().ok()?)),
        _ => None,
    }
}

/// A year of four digits.
fn year(word: &str) -> Option<u32> {
    let plain = word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| word.parse().ok()).flatten()
}

/// The number of a month, from 1, by its name in one of the languages or the start of it.
fn month(word: &str) -> Option<u32> {
    let word = word.trim_end_matches('.');
    let at = MONTHS.iter().position(|month| {
        *month == word
            || (word == "sept" && *month == "september")
            || (word.len() == 3 && month.starts_with(word))
    });
    // The first three or four letters are enough: `janv`, `okt`. The first match in the list wins.
    let foreign = || {
        FOREIGN
            .iter()
            .find(|(name, _)| {
                *name == word || (word.len() >= 3 && word.len() < 5 && name.starts_with(word))
            })
            .map(|(_, month)| *month)
    };
    at.and_then(|at| u32::try_from(at + 1).ok())
        .or_else(foreign)
}

/// The EDTF number of a season.
fn season(word: &str) -> Option<u32> {
    SEASONS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, number)| *number)
}

/// A day of the month, 1 to 31: `3`, `3rd`, `3.`. `Period::from_edtf` refuses a day that its month
/// does not have, such as `31 Feb`.
fn day(word: &str) -> Option<u32> {
    let digits = ["st", "nd", "rd", "th", "."]
        .iter()
        .find_map(|end| word.strip_suffix(end))
        .unwrap_or(word);
    let number = (digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten();
    number.filter(|day| (1..=31).contains(day))
}
