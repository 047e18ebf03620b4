//! Draws bar charts and a year of days, as text and as SVG that screen readers can read.
//!
//! A drawing is made of numbers alone: the longest bar fills the room, and something is never drawn as
//! nothing.

use super::html::escaped;
use super::visible::{cut, width};

/// The glyphs of a drawing: blocks, or ASCII where the locale has no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// `█` and `░▒▓█`.
    Blocks,
    /// `#` and `.:+#`.
    Ascii,
}

impl Glyphs {
    /// The sign of which a bar consists.
    fn bar(self) -> &'static str {
        match self {
            Glyphs::Blocks => "█",
            Glyphs::Ascii => "#",
        }
    }

    /// Nothing, then four steps.
    fn shades(self) -> [&'static str; 5] {
        match self {
            Glyphs::Blocks => ["·", "░", "▒", "▓", "█"],
            Glyphs::Ascii => ["-", ".", ":", "+", "#"],
        }
    }
}

/// A bar for each label, in lines of at most `columns` columns.
pub fn bars(rows: &[(String, usize)], columns: usize, glyphs: Glyphs) -> String {
    let widest = rows
        .iter()
        .map(|(label, _)| width(label))
        .max()
        .unwrap_or(0);
    let labels = widest.min(columns / 2);
    let most = most(rows);
    let numbers = most.to_string().len();
    let room = columns.saturating_sub(labels + numbers + 4).clamp(1, 50);
    let mut text = String::new();
    for (label, value) in rows {
        let label = cut(label, labels);
        let gap = " ".repeat(labels - width(&label).min(labels));
        // Something is never drawn as nothing.
        let length = (value * room).div_ceil(most);
        let bar = glyphs.bar().repeat(length);
        text.push_str(format!("{label}{gap}  {value:>numbers$}  {bar}").trim_end());
        text.push('\n');
    }
    text
}

/// The days of a year as columns of weeks: the number of each day, oldest first, the first a Monday.
pub fn year(days: &[usize], glyphs: Glyphs) -> String {
    let most = days.iter().max().copied().unwrap_or(0).max(1);
    let shade = |value: usize| match value {
        0 => glyphs.shades()[0],
        value => glyphs.shades()[(value * 4).div_ceil(most).clamp(1, 4)],
    };
    let mut text = String::new();
    for (weekday, name) in ["Mon", "", "Wed", "", "Fri", "", "Sun"]
        .into_iter()
        .enumerate()
    {
        let glyphs: String = days
            .iter()
            .skip(weekday)
            .step_by(7)
            .map(|value| shade(*value))
            .collect();
        text.push_str(&format!("{name:<4}{glyphs}\n"));
    }
    text
}

/// A bar chart as an SVG image with a title, a description and texts, for light and dark backgrounds
/// (<https://www.w3.org/TR/SVG-access/>).
pub fn svg(title: &str, rows: &[(String, usize)]) -> String {
    const LINE: usize = 22;
    const LABELS: usize = 230;
    const ROOM: usize = 360;
    let most = most(rows);
    let height = rows.len() * LINE + 44;
    let said: Vec<String> = rows
        .iter()
        .map(|(label, value)| format!("{label}: {value}"))
        .collect();
    let mut image = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 {height}\" role=\"img\" aria-labelledby=\"title desc\">\n<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>text {{ font: 14px system-ui, sans-serif; fill: #222 }} rect {{ fill: #3b6ea5 }} @media (prefers-color-scheme: dark) {{ text {{ fill: #eee }} rect {{ fill: #8fc1f5 }} }}</style>\n<text x=\"0\" y=\"18\" font-weight=\"bold\">{}</text>\n",
        escaped(title),
        escaped(&said.join("; ")),
        escaped(title)
    );
    for (at, (label, value)) in rows.iter().enumerate() {
        let y = 32 + at * LINE;
        let length = (value * ROOM).div_ceil(most);
        image.push_str(&format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n<rect x=\"{LABELS}\" y=\"{y}\" width=\"{length}\" height=\"16\"/>\n<text x=\"{}\" y=\"{}\">{value}</text>\n",
            LABELS - 8,
            y + 13,
            escaped(&cut(label, 30)),
            LABELS + length + 6,
            y + 13,
        ));
    }
    image + "</svg>\n"
}

/// The largest value, at least 1: the length of all bars is relative to it, and a chart of zeros divides by
/// nothing else.
fn most(rows: &[(String, usize)]) -> usize {
    rows.iter()
        .map(|(_, value)| *value)
        .max()
        .unwrap_or(0)
        .max(1)
}

#[cfg(test)]
mod tests {
    use super::{Glyphs, bars, svg, year};

    #[test]
    fn bars_fit_the_columns_and_are_never_empty_for_something() {
        let rows = [
            ("papers: read".to_owned(), 100),
            ("terms".to_owned(), 1),
            ("none".to_owned(), 0),
        ];
        assert_eq!(
            bars(&rows, 40, Glyphs::Ascii),
            "papers: read  100  #####################\nterms           1  #\nnone            0\n"
        );
        for columns in [10, 40, 80, 200] {
            assert!(
                bars(&rows, columns, Glyphs::Blocks)
                    .lines()
                    .all(|line| line.chars().count() <= columns.max(20))
            );
        }
    }

    #[test]
    fn a_year_has_a_line_for_each_weekday_and_an_image_says_its_numbers() {
        let days: Vec<usize> = (0..14).collect();
        assert_eq!(year(&days, Glyphs::Ascii).lines().next(), Some("Mon -+"));
        let image = svg("A & B", &[("x<y".to_owned(), 3)]);
        assert!(
            image.contains("<title id=\"title\">A &amp; B</title>")
                && image.contains("<desc id=\"desc\">x&lt;y: 3</desc>")
        );
    }
}
