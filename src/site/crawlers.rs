//! What crawlers and hosts read: the rules for robots, the sitemap, redirects, and what an entry is to a search
//! engine.

use std::collections::BTreeSet;

use serde_json::json;

use super::address;
use super::content::{SchemaType, SiteContent, SiteEntry};
use super::error::{SiteError, Write};
use super::excerpts::summary;
use crate::text::html::escaped;
use crate::text::slug::slug;

/// What crawlers may read: everything, as it is public.
pub(super) fn robots(content: &SiteContent) -> String {
    match content.base_url.as_str() {
        "" => "User-agent: *\nAllow: /\n".to_owned(),
        base => format!("User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n"),
    }
}

/// Writes a page at each former slug and alias of an entry that sends the reader to its page.
pub(super) fn redirects(
    content: &SiteContent,
    pages: &BTreeSet<String>,
    write: &mut Write<'_>,
) -> Result<(), SiteError> {
    let mut taken = pages.clone();
    for entry in &content.entries {
        let to = address::of_entry(&entry.kind, &entry.slug);
        let names = entry.aliases.iter().map(|alias| slug(alias));
        for name in entry.former.iter().cloned().chain(names) {
            let path = address::of_entry(&entry.kind, &name);
            if name.is_empty() || !taken.insert(path.clone()) {
                continue;
            }
            let (title, href) = (escaped(&entry.title), address::relative(&path, &to));
            let canonical = match content.base_url.as_str() {
                "" => href.clone(),
                base => format!("{base}{}", to.trim_end_matches("index.html")),
            };
            let page = format!(
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">\n<title>{title}</title>\n<meta name=\"robots\" content=\"noindex\">\n<link rel=\"canonical\" href=\"{canonical}\">\n<meta http-equiv=\"refresh\" content=\"0; url={href}\">\n</head>\n<body>\n<p><a href=\"{href}\">{title}</a></p>\n</body>\n</html>\n"
            );
            write(&path, &page)?;
        }
    }
    Ok(())
}

/// What a search engine is told about an entry (<https://schema.org>), as JSON-LD.
pub(super) fn schema(entry: &SiteEntry, set: &str) -> Option<String> {
    let cited = |name: &'static str| {
        let found = entry
            .citation
            .iter()
            .filter(move |(known, _)| known == name);
        found.map(|(_, text)| text.clone())
    };
    let own = match entry.schema {
        SchemaType::Thing => return None,
        SchemaType::DefinedTerm => json!({
            "@context": "https://schema.org",
            "@type": "DefinedTerm",
            "name": entry.title,
            "alternateName": entry.aliases,
            "description": summary(&entry.body),
            "inDefinedTermSet": set,
        }),
        SchemaType::ScholarlyArticle => json!({
            "@context": "https://schema.org",
            "@type": "ScholarlyArticle",
            "name": entry.title,
            "author": cited("citation_author")
                .map(|name| json!({"@type": "Person", "name": name}))
                .collect::<Vec<_>>(),
            "datePublished": cited("citation_publication_date").next(),
            "sameAs": cited("citation_doi").next().map(|doi| format!("https://doi.org/{doi}")),
        }),
    };
    // `<` could end the script that it is in.
    Some(own.to_string().replace('<', "\\u003c"))
}

/// A sitemap (<https://www.sitemaps.org/protocol.html>).
pub(super) fn sitemap(content: &SiteContent) -> String {
    let mut map = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n".to_owned();
    let mut add = |path: &str, day: Option<&String>| {
        let day = day.map_or_else(String::new, |day| format!("<lastmod>{day}</lastmod>"));
        let place = escaped(&format!("{}{path}", content.base_url));
        map.push_str(&format!("<url><loc>{place}</loc>{day}</url>\n"));
    };
    add("", None);
    for kind in &content.kinds {
        add(&format!("{}/", kind.name), None);
    }
    for entry in content.listed() {
        let path = address::of_entry(&entry.kind, &entry.slug);
        let day = content.updated.get(&entry.uid).or(Some(&entry.created));
        add(path.trim_end_matches("index.html"), day);
    }
    map + "</urlset>\n"
}
