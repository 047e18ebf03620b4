//! The charts of a site: what it holds by kind, month and topic, a timeline, and a map of its links. Each is
//! an image with its numbers, or its links, as text beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::TAU;

use serde::Serialize;

use super::content::{SiteContent, SiteEntry};
use crate::text::chart::{self, MonthSpan, month_name};
use crate::text::html::escaped;
use crate::text::visible::{cut, width};

/// The most topics of a chart, and entries of a timeline.
const MOST: usize = 40;

/// The most entries of a map.
const MOST_MAPPED: usize = 120;

/// The most letters of a name on a map.
const LABEL: usize = 26;

/// An image, and what it says as text.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    /// Its file.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// What it says in one line.
    pub about: String,
    /// Its size in pixels.
    pub size: (String, String),
    /// Its rows: names and values.
    pub rows: Vec<(String, String)>,
    /// The image as SVG.
    #[serde(skip)]
    pub image: String,
}

/// A link between two entries that the map shows.
pub(super) type Edge<'c> = (&'c SiteEntry, &'c SiteEntry);

/// The charts of what the lists of a site show; one without anything to draw is left out.
pub(super) fn figures(content: &SiteContent, edges: &[Edge<'_>]) -> Vec<Figure> {
    let counted = [
        ("kinds", "Entries by kind", by_kind(content)),
        ("months", "Entries by month", by_month(content)),
        ("topics", "Entries by topic", by_topic(content)),
    ];
    let counted = counted
        .into_iter()
        .filter(|(_, _, rows)| !rows.is_empty())
        .map(|(name, title, rows)| {
            let image = chart::svg(title, &rows);
            let rows = rows
                .into_iter()
                .map(|(label, number)| (label, number.to_string()));
            figure(name, title, rows.collect(), image)
        });
    let mut figures: Vec<Figure> = counted.collect();
    let spans = spans(content);
    if !spans.is_empty() {
        let title = "Timeline";
        let rows = spans.iter().map(|span| (span.label.clone(), span.months()));
        let image = chart::timeline_svg(title, &spans);
        figures.push(figure("timeline", title, rows.collect(), image));
    }
    if !edges.is_empty() {
        figures.push(map(content, edges));
    }
    figures
}

fn figure(
    name: &'static str,
    title: &'static str,
    rows: Vec<(String, String)>,
    image: String,
) -> Figure {
    let size = image
        .split_once("viewBox=\"0 0 ")
        .and_then(|(_, rest)| rest.split_once('"')?.0.split_once(' '))
        .map(|(width, height)| (width.to_owned(), height.to_owned()));
    let said: Vec<String> = rows
        .iter()
        .take(5)
        .map(|(label, value)| format!("{label}: {value}"))
        .collect();
    Figure {
        name,
        title,
        about: format!("{title}: {}", said.join("; ")),
        size: size.unwrap_or_default(),
        rows,
        image,
    }
}

fn by_kind(content: &SiteContent) -> Vec<(String, usize)> {
    let count = |name: &String| content.listed().filter(|entry| entry.kind == *name).count();
    let kinds = content.kinds.iter();
    kinds
        .map(|kind| (kind.plural.clone(), count(&kind.name)))
        .filter(|(_, number)| *number > 0)
        .collect()
}

/// The entries by the months in which their periods begin.
fn by_month(content: &SiteContent) -> Vec<(String, usize)> {
    let mut months: BTreeMap<String, usize> = BTreeMap::new();
    for (from, _) in content.listed().filter_map(|entry| entry.months) {
        *months.entry(month_name(from)).or_default() += 1;
    }
    let from = months.len().saturating_sub(MOST);
    months.into_iter().skip(from).collect()
}

/// The entries by topic, the largest first.
fn by_topic(content: &SiteContent) -> Vec<(String, usize)> {
    let mut topics: BTreeMap<&str, usize> = BTreeMap::new();
    for topic in content.listed().flat_map(|entry| &entry.topics) {
        *topics.entry(topic).or_default() += 1;
    }
    let mut topics: Vec<(String, usize)> = topics
        .into_iter()
        .map(|(topic, number)| (topic.to_owned(), number))
        .collect();
    topics.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    topics.truncate(MOST);
    topics
}

/// The latest entries of kinds that are told by their periods.
fn spans(content: &SiteContent) -> Vec<MonthSpan> {
    let told = content.listed().filter(|entry| entry.is_told_by_period);
    let spans = told.filter_map(|entry| {
        let (from, to) = entry.months?;
        let label = entry.title.clone();
        Some(MonthSpan { label, from, to })
    });
    let mut spans: Vec<MonthSpan> = spans.collect();
    spans.sort_by(|a, b| (a.from, a.to, &a.label).cmp(&(b.from, b.to, &b.label)));
    spans.drain(..spans.len().saturating_sub(MOST));
    spans
}

/// The entries with the most links on a circle, in the order of their kinds, and a curve for each link.
fn map(content: &SiteContent, edges: &[Edge<'_>]) -> Figure {
    let mut degrees: BTreeMap<&str, usize> = BTreeMap::new();
    for (from, to) in edges {
        for end in [from, to] {
            *degrees.entry(&end.uid).or_default() += 1;
        }
    }
    let mut most: Vec<(usize, &str)> = degrees
        .iter()
        .map(|(uid, number)| (*number, *uid))
        .collect();
    most.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let shown: BTreeSet<&str> = most.iter().take(MOST_MAPPED).map(|(_, uid)| *uid).collect();
    let nodes: Vec<&SiteEntry> = content
        .listed()
        .filter(|entry| shown.contains(entry.uid.as_str()))
        .collect();
    let radius = f64::max(nodes.len() as f64 * 18.0 / TAU, 90.0);
    let longest = nodes.iter().map(|entry| width(&entry.title)).max();
    let centre = radius + 20.0 + 8.0 * longest.unwrap_or(0).min(LABEL) as f64;
    let at = |number: usize, radius: f64| {
        let angle = TAU * number as f64 / nodes.len() as f64;
        let (x, y) = (centre + radius * angle.cos(), centre + radius * angle.sin());
        (x, y, angle.to_degrees())
    };
    let places: BTreeMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .map(|(number, entry)| (entry.uid.as_str(), number))
        .collect();
    let mut lines = String::new();
    for (from, to) in edges {
        if let (Some(from), Some(to)) = (places.get(from.uid.as_str()), places.get(to.uid.as_str()))
        {
            let ((x, y, _), (to_x, to_y, _)) = (at(*from, radius), at(*to, radius));
            lines.push_str(&format!(
                "<path d=\"M{x:.1} {y:.1}Q{centre:.1} {centre:.1} {to_x:.1} {to_y:.1}\"/>\n"
            ));
        }
    }
    let mut names = String::new();
    for (number, entry) in nodes.iter().enumerate() {
        let (x, y, _) = at(number, radius);
        let (text_x, text_y, turn) = at(number, radius + 9.0);
        // The names on the left are turned so that they can be read.
        let is_left = (90.0..270.0).contains(&turn);
        let (turn, anchor) = match is_left {
            true => (turn + 180.0, " text-anchor=\"end\""),
            false => (turn, ""),
        };
        names.push_str(&format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>\n<text transform=\"translate({text_x:.1} {text_y:.1}) rotate({turn:.1})\" y=\"4\"{anchor}>{}</text>\n",
            escaped(&cut(&entry.title, LABEL))
        ));
    }
    let title = "Map of links";
    let size = 2.0 * centre;
    let image = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {size:.0} {size:.0}\" role=\"img\" aria-labelledby=\"title\">\n<title id=\"title\">{title}</title>\n<style>text {{ font: 13px system-ui, sans-serif; fill: #222 }} circle {{ fill: #3b6ea5 }} path {{ fill: none; stroke: #3b6ea5; stroke-opacity: .45 }} @media (prefers-color-scheme: dark) {{ text {{ fill: #eee }} circle {{ fill: #8fc1f5 }} path {{ stroke: #8fc1f5 }} }}</style>\n{lines}{names}</svg>\n"
    );
    let mut links: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (from, to) in edges {
        let from = (from.title.as_str(), from.uid.as_str());
        links.entry(from).or_default().push(&to.title);
    }
    let rows = links
        .into_iter()
        .map(|((from, _), targets)| (from.to_owned(), targets.join("; ")));
    figure("map", title, rows.collect(), image)
}
