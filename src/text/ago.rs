//! Says how long ago a time was, in words.

use chrono::{DateTime, Utc};

/// The time from `then` (RFC 3339) to `now`: `just now`, `5 minutes ago`, `yesterday`, `3 days ago`, or
/// the day itself if it was more than a month ago. A text that is no time is returned as it is.
pub fn ago(then: &str, now: DateTime<Utc>) -> String {
    let Ok(before) = DateTime::parse_from_rfc3339(then) else {
        return then.to_owned();
    };
    let seconds = (now - before.to_utc()).num_seconds();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let in_words = |number: i64, unit: &str| match number {
        1 => format!("1 {unit} ago"),
        number => format!("{number} {unit}s ago"),
    };
    match () {
        () if seconds < 60 => "just now".to_owned(),
        () if minutes < 60 => in_words(minutes, "minute"),
        () if hours < 24 => in_words(hours, "hour"),
        () if days == 1 => "yesterday".to_owned(),
        () if days < 31 => in_words(days, "day"),
        () => then.get(..10).unwrap_or(then).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn a_time_is_said_in_the_largest_unit_that_fits() {
        let now = "2026-11-26T12:00:00Z".parse().expect("a time");
        for (then, words) in [
            ("2026-11-26T11:59:30Z", "just now"),
            ("2026-11-26T11:59:00Z", "1 minute ago"),
            ("2026-11-26T09:00:00Z", "3 hours ago"),
            ("2026-11-25T11:00:00Z", "yesterday"),
            ("2026-11-20T11:00:00Z", "6 days ago"),
            ("2026-09-20T11:00:00Z", "2026-09-20"),
            ("then", "then"),
        ] {
            assert_eq!(ago(then, now), words);
        }
    }
}
