//! A period: a date of any precision or a span of dates, with the wording that the user typed.
//!
//! The meaning is stored as EDTF (ISO 8601-2:2019 Annex A, levels 0 and 1), which `edtf-core`
//! parses. The first and last day are stored as ISO dates, so that filters and sorting can compare
//! them as text.

use chrono::{Days, NaiveDate};
use edtf_core::{Bound, Edtf};

use super::period_words::Numeric;
use super::{Reason, period_words};

/// A valid period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// The wording of the user: `Feb-March 2024`.
    pub text: String,
    /// The meaning as EDTF: `2024-02/2024-03`.
    pub edtf: String,
    /// First day, `YYYY-MM-DD`; `None` if the start is open.
    pub from: Option<String>,
    /// Last day, `YYYY-MM-DD`; `None` if the end is open.
    pub to: Option<String>,
}

/// Hint for a text that is not a period.
const EXAMPLES: &str = "write it as `2023-11-30`, `Nov 2023`, `Feb-March 2024`, `Summer 2023`, `since 2022` or `2021/2023`";

/// Why a text is refused.
fn not_a_period(text: &str) -> Reason {
    Reason::new(format!("`{text}` is not a period")).hint(EXAMPLES)
}

impl Period {
    /// Parses EDTF or an English wording. A wording relative to today (`yesterday`, `last week`) is
    /// replaced by its EDTF, because it would mean another date tomorrow.
    ///
    /// # Errors
    /// The text is not a period, or is ambiguous.
    pub fn read(text: &str, today: NaiveDate) -> Result<Period, Reason> {
        let text = text.trim();
        if let Ok(period) = Period::from_edtf(text, text) {
            return Ok(period);
        }
        if let Some(edtf) = period_words::relative(text, today) {
            return Period::from_edtf(&edtf, &edtf);
        }
        Period::read_fixed(text)
    }

    /// Like [`Period::read`], but does not accept a wording relative to today.
    ///
    /// # Errors
    /// The text is not a period, or is ambiguous.
    pub fn read_fixed(text: &str) -> Result<Period, Reason> {
        let text = text.trim();
        if let Ok(period) = Period::from_edtf(text, text) {
            return Ok(period);
        }
        // EDTF comes first, so `2021-22` is summer 2021 and not two years.
        let edtf = period_words::edtf(text)
            .ok_or_else(|| Period::two_readings(text).unwrap_or_else(|| not_a_period(text)))?;
        Period::from_edtf(&edtf, text)
    }

    /// Why a text that a person wrote is ambiguous: `03/04/2024` is in March or in April, and `2023-24`
    /// is two years or, in EDTF, a winter. `None` for any other text.
    pub fn two_readings(text: &str) -> Option<Reason> {
        let text = text.trim();
        if let Some(Numeric::Either(one, other)) = period_words::numeric(text) {
            let fact = format!("`{text}` may be {one} or {other}");
            return Some(Reason::new(fact).hint(format!("write it as `{one}` or as `{other}`")));
        }
        let (first, second) = text.split_once('-').filter(|(first, _)| first.len() == 4)?;
        let year: u32 = first.parse().ok()?;
        let season = match second.parse().ok()? {
            21 => "Spring",
            22 => "Summer",
            23 => "Autumn",
            24 => "Winter",
            _ => return None,
        };
        let last = year - year % 100 + second.parse::<u32>().ok()?;
        (last > year).then(|| {
            let fact = format!("`{text}` may be the years {year} to {last} or {season} {year}");
            Reason::new(fact).hint(format!(
                "write it as `{year}/{last}` or as `{season} {year}`"
            ))
        })
    }

    /// The time since an age before today: days, weeks, months of 30 days or years of 365 days (`7d`,
    /// `2w`, `3m`, `1y`). `None` for any other text.
    pub fn of_age(text: &str, today: NaiveDate) -> Option<Period> {
        let (unit_at, unit) = text.char_indices().last()?;
        let days = match unit {
            'd' => 1,
            'w' => 7,
            'm' => 30,
            'y' => 365,
            _ => return None,
        };
        let age = Days::new(text[..unit_at].parse::<u64>().ok()?.checked_mul(days)?);
        let from = today.checked_sub_days(age)?;
        Period::from_edtf(&format!("{}/..", from.format("%Y-%m-%d")), text).ok()
    }

    /// Creates a period from its EDTF and its wording. The EDTF is normalized.
    ///
    /// # Errors
    /// The EDTF is malformed, above level 1, a set or a date with time, outside the years -9999
    /// to 9999, open at both ends, or ends before it begins.
    pub fn from_edtf(edtf: &str, text: &str) -> Result<Period, Reason> {
        let parsed = Edtf::parse(edtf).map_err(|_| not_a_period(edtf))?;
        // `edtf-core` counts a date with a time as level 0, so it needs a test of its own.
        if parsed.level() > 1 || matches!(parsed, Edtf::Set(_) | Edtf::DateTime(_)) {
            return Err(Reason::new(format!("`{edtf}` is EDTF beyond level 1")).hint(EXAMPLES));
        }
        let bounds = parsed.bounds();
        let day = |bound: Bound| match bound {
            Bound::Date(day) if (-9999..=9999).contains(&day.year) => Ok(Some(day.to_string())),
            Bound::Date(day) => Err(Reason::new(format!(
                "the year {} is outside -9999 to 9999",
                day.year
            ))),
            _ => Ok(None),
        };
        let (from, to) = (day(bounds.earliest)?, day(bounds.latest)?);
        if from.is_none() && to.is_none() {
            return Err(Reason::new(format!(
                "`{edtf}` has neither a start nor an end"
            )));
        }
        if let (Some(from), Some(to)) = (&from, &to)
            && is_after(from, to)
        {
            return Err(Reason::new(format!("`{text}` ends before it begins")));
        }
        Ok(Period {
            text: text.to_owned(),
            edtf: parsed.to_string(),
            from,
            to,
        })
    }

    /// The year of the first day, or of the last day if the start is open.
    /// Before the year 0 it is negative: -43 for `44 BCE`, the EDTF year `-0043`.
    pub fn year(&self) -> Option<i64> {
        self.from.as_ref().or(self.to.as_ref()).and_then(|day| {
            day.get(..if day.starts_with('-') { 5 } else { 4 })?
                .parse()
                .ok()
        })
    }

    /// First day for comparisons; `0000-01-01` if the start is open.
    pub fn lower(&self) -> &str {
        self.from.as_deref().unwrap_or("0000-01-01")
    }

    /// Last day for comparisons; `9999-12-31` if the end is open.
    pub fn upper(&self) -> &str {
        self.to.as_deref().unwrap_or("9999-12-31")
    }
}

/// Whether a day is after another, also before the year 0.
///
/// The order of ISO dates is that of their text, except before the year 0: `-0044` is before
/// `-0043`.
fn is_after(day: &str, other: &str) -> bool {
    match (day.strip_prefix('-'), other.strip_prefix('-')) {
        // Within one year before 0, the days still go up.
        (Some(day), Some(other)) if day.get(..4) == other.get(..4) => day > other,
        (Some(day), Some(other)) => day < other,
        (Some(_), None) => false,
        (None, Some(_)) => true,
        (None, None) => day > other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day")
    }

    #[test]
    fn the_words_people_write_keep_their_wording_and_mean_edtf() {
        let cases = [
            ("Nov 2023", "2023-11", "2023-11-01", "2023-11-30"),
            (
                "Nov-Dec 2023",
                "2023-11/2023-12",
                "2023-11-01",
                "2023-12-31",
            ),
            (
                "Feb-March 2024",
                "2024-02/2024-03",
                "2024-02-01",
                "2024-03-31",
            ),
            (
                "Nov 2023 - Feb 2024",
                "2023-11/2024-02",
                "2023-11-01",
                "2024-02-29",
            ),
            (
                "Dec-Jan 2024",
                "2023-12/2024-01",
                "2023-12-01",
                "2024-01-31",
            ),
            ("Summer 2023", "2023-22", "2023-06-01", "2023-08-31"),
            ("Jan 2024", "2024-01", "2024-01-01", "2024-01-31"),
            ("2023", "2023", "2023-01-01", "2023-12-31"),
            ("early 2024", "2024-01/2024-04", "2024-01-01", "2024-04-30"),
            ("mid-2024", "2024-05/2024-08", "2024-05-01", "2024-08-31"),
            ("late 2024", "2024-09/2024-12", "2024-09-01", "2024-12-31"),
            ("since 2022", "2022/..", "2022-01-01", ""),
            ("until May 2022", "../2022-05", "", "2022-05-31"),
            ("2021–2023", "2021/2023", "2021-01-01", "2023-12-31"),
            ("2021-present", "2021/..", "2021-01-01", ""),
            ("Q3 2024", "2024-07/2024-09", "2024-07-01", "2024-09-30"),
            ("2024 Q1", "2024-01/2024-03", "2024-01-01", "2024-03-31"),
            ("30 Nov 2023", "2023-11-30", "2023-11-30", "2023-11-30"),
            (
                "November 30th, 2023",
                "2023-11-30",
                "2023-11-30",
                "2023-11-30",
            ),
            (
                "3-5 May 2024",
                "2024-05-03/2024-05-05",
                "2024-05-03",
                "2024-05-05",
            ),
            (
                "May 3-5, 2024",
                "2024-05-03/2024-05-05",
                "2024-05-03",
                "2024-05-05",
            ),
            ("circa 2019", "2019~", "2019-01-01", "2019-12-31"),
            ("the 2010s", "201X", "2010-01-01", "2019-12-31"),
            ("2023-22", "2023-22", "2023-06-01", "2023-08-31"),
            (
                "2004-06~/2004-08?",
                "2004-06~/2004-08?",
                "2004-06-01",
                "2004-08-31",
            ),
            ("yesterday", "2026-11-22", "2026-11-22", "2026-11-22"),
            (
                "last week",
                "2026-11-16/2026-11-22",
                "2026-11-16",
                "2026-11-22",
            ),
            ("last month", "2026-10", "2026-10-01", "2026-10-31"),
            ("3 days ago", "2026-11-20", "2026-11-20", "2026-11-20"),
            (
                "2016-07-18T20:26:06Z",
                "2016-07-18",
                "2016-07-18",
                "2016-07-18",
            ),
            (
                "2014-04-23 10:27:49",
                "2014-04-23",
                "2014-04-23",
                "2014-04-23",
            ),
            ("2023/11/05", "2023-11-05", "2023-11-05", "2023-11-05"),
            (
                "2024-W12",
                "2024-03-18/2024-03-24",
                "2024-03-18",
                "2024-03-24",
            ),
            ("25/12/2024", "2024-12-25", "2024-12-25", "2024-12-25"),
            ("04/04/2024", "2024-04-04", "2024-04-04", "2024-04-04"),
            ("3.4.2024", "2024-04-03", "2024-04-03", "2024-04-03"),
            ("20240105", "2024-01-05", "2024-01-05", "2024-01-05"),
            ("05/2024", "2024-05", "2024-05-01", "2024-05-31"),
            ("1984/85", "1984/1985", "1984-01-01", "1985-12-31"),
            ("1875 [2004]", "1875", "1875-01-01", "1875-12-31"),
            ("[1984]", "1984", "1984-01-01", "1984-12-31"),
            (
                "Sep--Oct 2020",
                "2020-09/2020-10",
                "2020-09-01",
                "2020-10-31",
            ),
            ("Frühling 2020", "2020-21", "2020-03-01", "2020-05-31"),
            ("last Friday", "2026-11-20", "2026-11-20", "2026-11-20"),
            ("next Monday", "2026-11-30", "2026-11-30", "2026-11-30"),
            ("this Monday", "2026-11-23", "2026-11-23", "2026-11-23"),
            ("in 2 weeks", "2026-12-07", "2026-12-07", "2026-12-07"),
            ("44 BCE", "-0043", "-0043-01-01", "-0043-12-31"),
            ("AD 79", "0079", "0079-01-01", "0079-12-31"),
            ("(about 1984)", "1984~", "1984-01-01", "1984-12-31"),
            ("Winter 2023-24", "2023-24", "2023-12-01", "2024-02-29"),
            ("10. März 2023", "2023-03-10", "2023-03-10", "2023-03-10"),
            (
                "10 de mayo de 2023",
                "2023-05-10",
                "2023-05-10",
                "2023-05-10",
            ),
            ("août 2022", "2022-08", "2022-08-01", "2022-08-31"),
            ("dicembre 2021", "2021-12", "2021-12-01", "2021-12-31"),
        ];
        for (text, edtf, from, to) in cases {
            let period = Period::read(text, today()).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!(period.edtf, edtf, "{text}");
            assert_eq!(period.from.as_deref().unwrap_or(""), from, "{text}");
            assert_eq!(period.to.as_deref().unwrap_or(""), to, "{text}");
        }
        assert_eq!(
            Period::read("Feb-March 2024", today())
                .expect("a period")
                .text,
            "Feb-March 2024"
        );
        assert_eq!(
            Period::read("yesterday", today()).expect("a period").text,
            "2026-11-22"
        );
    }

    #[test]
    fn what_is_not_a_period_is_refused_with_an_example() {
        for text in [
            "",
            "soon",
            "March",
            "may",
            "31 Feb 2024",
            "2023-13",
            "1/2/2023",
            "03-04-2024",
            "soon-ish",
            "Dec 2023 - Jan 2023",
            "Summer",
            "Q5 2024",
            "2023 and 2024",
            "/",
            "../..",
            "Y170000002",
        ] {
            let refused = Period::read(text, today());
            assert!(refused.is_err(), "{text} was read as {refused:?}");
        }
        assert!(
            Period::read("soon", today())
                .expect_err("refused")
                .to_string()
                .contains("`Nov 2023`")
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_it_reads_reads_back(text in "\\PC{0,24}|[0-9a-zA-Z ,–-]{0,20}") {
            if let Ok(period) = Period::read(&text, today()) {
                let again = Period::from_edtf(&period.edtf, &period.text).expect("canonical form reads back");
                prop_assert_eq!(again, period);
            }
        }

        #[test]
        fn every_month_range_means_its_months(year in 1900u32..2100, a in 0usize..12, b in 0usize..12) {
            const MONTHS: [&str; 12] = ["Jan", "February", "Mar", "Apr", "May", "June", "Jul", "Aug", "Sept", "Oct", "Nov", "December"];
            let first = if a <= b { year } else { year - 1 };
            let text = format!("{}-{} {year}", MONTHS[a], MONTHS[b]);
            let period = Period::read(&text, today()).expect("a period");
            prop_assert_eq!(period.lower(), format!("{first}-{:02}-01", a + 1));
            let month = format!("{year}-{:02}-", b + 1);
            prop_assert!(period.upper().starts_with(&month));
        }
    }
}
