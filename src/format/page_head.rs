//! Reads the work that a web page describes in its head: `citation_*` meta tags
//! (<https://scholar.google.com/intl/en/scholar/inclusion.html#indexing>), else the title. Start
//! reading at [`read`].

use chrono::NaiveDate;

use crate::model::{Draft, FieldType, Kind};
use crate::text::fold::single_spaced;
use crate::text::html::{attribute, decode};

/// The meta tags that may fill a field of each type, best first.
const TAGS: [(FieldType, &[&str]); 5] = [
    (
        FieldType::Person,
        &["citation_author", "citation_authors", "dc.creator"],
    ),
    (
        FieldType::Period,
        &[
            "citation_publication_date",
            "citation_date",
            "citation_online_date",
            "citation_year",
            "article:published_time",
            "dc.date",
        ],
    ),
    (FieldType::Doi, &["citation_doi", "dc.identifier"]),
    (FieldType::Arxiv, &["citation_arxiv_id"]),
    (
        FieldType::Line,
        &[
            "citation_journal_title",
            "citation_conference_title",
            "citation_book_title",
            "citation_publisher",
            "og:site_name",
        ],
    ),
];
const TITLES: [&str; 4] = ["citation_title", "dc.title", "og:title", "twitter:title"];

/// A draft of a kind from the HTML of a page; `None` if the page does not even have a title.
pub fn read(page: &str, kind: &Kind, today: NaiveDate) -> Option<Draft> {
    let tags: Vec<(String, String)> = page
        .match_indices('<')
        .map(|(at, _)| &page[at..])
        .filter(|tag| {
            tag.get(..6)
                .is_some_and(|start| start.eq_ignore_ascii_case("<meta "))
        })
        .filter_map(|tag| {
            let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
            let name = attribute(tag, "name").or_else(|| attribute(tag, "property"))?;
            Some((
                name.to_lowercase(),
                single_spaced(&attribute(tag, "content")?),
            ))
        })
        .filter(|(_, content)| !content.is_empty())
        .collect();
    let all = |name: &str| -> Vec<String> {
        tags.iter()
            .filter(|(known, _)| known == name)
            .map(|(_, content)| content.clone())
            .collect()
    };
    let title = TITLES
        .iter()
        .find_map(|name| all(name).into_iter().next())
        .or_else(|| element(page, "title"));
    let mut draft = Draft::of(&kind.name);
    draft.set("title", title?);
    for (field_type, names) in TAGS {
        let Some(field) = kind.first(field_type) else {
            continue;
        };
        let found = names.iter().find_map(|name| {
            let texts = all(name);
            let texts: Vec<String> = match field_type {
                FieldType::Period => texts.iter().flat_map(|text| dates(text)).collect(),
                FieldType::Person if *name == "citation_authors" => texts
                    .iter()
                    .flat_map(|text| text.split(';'))
                    .map(|name| name.trim().to_owned())
                    .collect(),
                _ => texts,
            };
            let mut fitting = texts
                .into_iter()
                .filter(|text| field.read_one(text, today).is_ok());
            let found: Vec<String> = if field.many {
                fitting.collect()
            } else {
                fitting.next().into_iter().collect()
            };
            (!found.is_empty()).then_some(found)
        });
        found.map(|texts| draft.set_many(&field.name, texts));
    }
    Some(draft)
}

/// The possible readings of a date such as `2020/10/22`, `2020/10` or `2020-10-22T17:55:59Z`, the
/// most exact first.
fn dates(text: &str) -> Vec<String> {
    let day = text.split('T').next().unwrap_or_default().replace('/', "-");
    let padded = day
        .split('-')
        .map(|part| format!("{part:0>2}"))
        .collect::<Vec<_>>()
        .join("-");
    vec![padded, text.to_owned(), text.chars().take(4).collect()]
}

/// The text of the first element of a name; `None` if it is missing or empty.
fn element(page: &str, name: &str) -> Option<String> {
    let lower = page.to_ascii_lowercase();
    let from = lower.find(&format!("<{name}"))?;
    let from = from + lower[from..].find('>')? + 1;
    let to = from + lower[from..].find("</")?;
    Some(single_spaced(&decode(&page[from..to]))).filter(|text| !text.is_empty())
}
