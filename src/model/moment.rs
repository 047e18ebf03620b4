//! Moments that a user gives in words, as the start of a time until now.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, SecondsFormat, Utc};

use super::{Clock, Period};

/// The moment that a text means: a time back from now (`30m`, `1h`, `2d`, `1w`), an RFC 3339 time,
/// or the first day of a period (`2024-05`, `yesterday`). RFC 3339 in UTC, with milliseconds.
///
/// # Errors
/// The text, if it is none of these.
pub fn since(text: &str, clock: &Clock) -> Result<String, String> {
    let none = || text.to_owned();
    let at = if let Some(back) = back(text) {
        clock.now.checked_sub_signed(back).ok_or_else(none)?
    } else if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        time.with_timezone(&Utc)
    } else {
        let period = Period::read(text, clock.today).map_err(|_| none())?;
        let day = period
            .from
            .as_deref()
            .and_then(|day| day.parse::<NaiveDate>().ok());
        day.ok_or_else(none)?.and_time(NaiveTime::MIN).and_utc()
    };
    Ok(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// A number and a unit: minutes, hours, days or weeks.
fn back(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let number: i64 = text.strip_suffix(unit)?.parse().ok().filter(|n| *n >= 0)?;
    match unit {
        'm' => Duration::try_minutes(number),
        'h' => Duration::try_hours(number),
        'd' => Duration::try_days(number),
        'w' => Duration::try_weeks(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::since;
    use crate::model::Clock;

    #[test]
    fn moments_are_times_back_or_first_days() {
        let now = "2026-11-26T12:00:00Z".parse().expect("a time");
        let today = "2026-11-26".parse().expect("a date");
        let clock = Clock { now, today };
        for (text, at) in [
            ("90m", "2026-11-26T10:30:00.000Z"),
            ("1h", "2026-11-26T11:00:00.000Z"),
            ("2d", "2026-11-24T12:00:00.000Z"),
            ("1w", "2026-11-19T12:00:00.000Z"),
            ("2024-05", "2024-05-01T00:00:00.000Z"),
            ("2026-11-26T10:00:00+02:00", "2026-11-26T08:00:00.000Z"),
        ] {
            assert_eq!(since(text, &clock).as_deref(), Ok(at), "{text}");
        }
        for text in ["", "h", "1x", "-1h", "soon", "99999999999999999w"] {
            assert!(since(text, &clock).is_err(), "{text}");
        }
    }
}
