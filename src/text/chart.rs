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

/// A label and the months that it lasts, both included. A month is twelve times its year, plus its number
/// from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthSpan {
    /// What lasts.
    pub label: String,
    /// The first month.
    pub from: i32,
    /// The last month.
    pub to: i32,
}

impl MonthSpan {
    /// Its months in words: `2024-02`, or `2024-02 to 2024-03`.
    pub fn months(&self) -> String {
        let [from, to] = [self.from, self.to].map(month_name);
        match from == to {
            true => from,
            false => format!("{from} to {to}"),
        }
    }
}

/// The name of a month, `2024-02`.
pub fn month_name(month: i32) -> String {
    format!(
        "{:04}-{:02}",
        month.div_euclid(12),
        month.rem_euclid(12) + 1
    )
}

/// The first and the last month of spans.
fn extent(spans: &[MonthSpan]) -> (i32, i32) {
    let first = spans.iter().map(|span| span.from).min().unwrap_or(0);
    let last = spans.iter().map(|span| span.to).max().unwrap_or(0);
    (first, last.max(first))
}

/// Spans as bars over their months, in lines of at most `columns` columns, below a line that names the first
/// and the last month.
pub fn timeline(spans: &[MonthSpan], columns: usize, glyphs: Glyphs) -> String {
    let (first, last) = extent(spans);
    let months = usize::try_from(last - first + 1).unwrap_or(1);
    let widest = spans
        .iter()
        .map(|span| width(&span.label))
        .max()
        .unwrap_or(0);
    let labels = widest.min(columns / 2);
    let room = columns.saturating_sub(labels + 2).clamp(1, 72);
    // Each month has a column, or several share one.
    let room = room.min(months);
    let column = |month: i32| usize::try_from(month - first).unwrap_or(0) * room / months;
    let [start, end] = [first, last].map(month_name);
    let gap = room.saturating_sub(start.len() + end.len()).max(1);
    let mut text = format!("{:labels$}  {start}{:gap$}{end}\n", "", "");
    for span in spans {
        let label = cut(&span.label, labels);
        let pad = " ".repeat(labels - width(&label).min(labels));
        let (from, to) = (column(span.from), column(span.to));
        let before = glyphs.shades()[0].repeat(from);
        let bar = glyphs.bar().repeat(to - from + 1);
        let after = glyphs.shades()[0].repeat(room - to - 1);
        text.push_str(&format!("{label}{pad}  {before}{bar}{after}\n"));
    }
    text
}

/// The same as an SVG image, as [`svg`] makes it.
pub fn timeline_svg(title: &str, spans: &[MonthSpan]) -> String {
    let (first, last) = extent(spans);
    let months = usize::try_from(last - first + 1).unwrap_or(1);
    let place = |month: i32| usize::try_from(month - first).unwrap_or(0) * ROOM / months;
    let rows = spans.iter().map(|span| {
        let (from, end) = (place(span.from), place(span.to + 1));
        (
            span.label.as_str(),
            from,
            (end - from).max(2),
            span.months(),
        )
    });
    image(title, &rows.collect::<Vec<_>>())
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
    let most = most(rows);
    let bars = rows.iter().map(|(label, value)| {
        let length = (value * ROOM).div_ceil(most);
        (label.as_str(), 0, length, value.to_string())
    });
    image(title, &bars.collect::<Vec<_>>())
}

/// How an image begins, and what follows its size.
const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"";
const ROLE: &str = "role=\"img\" aria-labelledby=\"title desc\"";

/// Whether the bytes of a file are an image that [`svg`] or [`timeline_svg`] made.
pub fn is_svg(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let head = text.lines().next().unwrap_or_default();
    head.starts_with(SVG) && head.ends_with(&format!("{ROLE}>"))
}

/// The room for bars in an image.
const ROOM: usize = 360;

/// An image of bars: the label of each, where it begins, how long it is, and what is said behind it.
fn image(title: &str, rows: &[(&str, usize, usize, String)]) -> String {
    const LINE: usize = 22;
    const LABELS: usize = 260;
    let height = rows.len() * LINE + 44;
    // What is said behind the bars of a timeline is longer than a number.
    let longest = rows.iter().map(|(.., said)| said.len()).max().unwrap_or(0);
    let whole = LABELS + ROOM + 14 + 9 * longest.max(4);
    let said: Vec<String> = rows
        .iter()
        .map(|(label, _, _, said)| format!("{label}: {said}"))
        .collect();
    let mut image = format!(
        "{SVG} viewBox=\"0 0 {whole} {height}\" {ROLE}>\n<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>text {{ font: 14px system-ui, sans-serif; fill: #222 }} rect {{ fill: #3b6ea5 }} @media (prefers-color-scheme: dark) {{ text {{ fill: #eee }} rect {{ fill: #8fc1f5 }} }}</style>\n<text x=\"0\" y=\"18\" font-weight=\"bold\">{}</text>\n",
        escaped(title),
        escaped(&said.join("; ")),
        escaped(title)
    );
    for (at, (label, start, length, said)) in rows.iter().enumerate() {
        let y = 32 + at * LINE;
        let x = LABELS + start;
        image.push_str(&format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n<rect x=\"{x}\" y=\"{y}\" width=\"{length}\" height=\"16\"/>\n<text x=\"{}\" y=\"{}\">{said}</text>\n",
            LABELS - 8,
            y + 13,
            escaped(&cut(label, 30)),
            x + length + 6,
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
    use super::{Glyphs, MonthSpan, bars, svg, timeline, timeline_svg, year};

    #[test]
    fn a_timeline_has_a_column_for_each_month_or_for_several() {
        let span = |label: &str, from, to| MonthSpan {
            label: label.to_owned(),
            from,
            to,
        };
        let spans = [span("Causal", 24_277, 24_279), span("& B", 24_281, 24_294)];
        assert_eq!(
            timeline(&spans, 80, Glyphs::Ascii),
            "        2023-02    2024-07\nCausal  ###---------------\n& B     ----##############\n"
        );
        assert_eq!(
            timeline(&spans, 17, Glyphs::Ascii),
            "        2023-02 2024-07\nCausal  ##-------\n& B     --#######\n"
        );
        let image = timeline_svg("T", &spans);
        assert!(
            image.contains("Causal: 2023-02 to 2023-04; &amp; B: 2023-06 to 2024-07"),
            "{image}"
        );
    }

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
