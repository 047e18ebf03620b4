//! Builds the pages of a site. Start reading at [`build`].
//!
//! | path | what |
//! |---|---|
//! | `index.html` | the notebook's own page and the latest entries |
//! | `KIND/index.html`, `KIND/feed.xml` | the entries of a kind in its order |
//! | `KIND/SLUG/index.html` | an entry; `SLUG.bib` and `SLUG.json` beside it for a work |
//! | `topic/…/index.html`, `tag/…/index.html` | the entries with a label, or with one below it |
//! | `charts/index.html` | charts, and their images beside it |
//! | `a-z/index.html` | all entries, and the search |
//! | `changes/index.html`, `feed.xml`, `feed.json` | the latest entries |
//! | `search/N.js` | the search index, as scripts: a page that is opened from a disk may load no data |
//! | `404.html`, `robots.txt`, `sitemap.xml`, `style.css`, `search.js` | what hosts and browsers ask for |
//!
//! Nothing depends on the time or on chance, so the same content gives the same bytes, and only pages
//! that show what changed differ.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use minijinja::{Environment, Value};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::charts;
use super::content::{SiteContent, SiteEntry};
use super::crawlers::{redirects, robots, schema, sitemap};
use super::error::{SiteError, Write};
use super::excerpts::{line_at, plain, summary};
use super::glossary::Glossary;
use super::templates::Theme;
use super::{address, feeds};
use crate::model::link;
use crate::text::difference::{self, Part};
use crate::text::fold::fold;
use crate::text::html::escaped;
use crate::text::web::{self, Marks, Unmarked};

/// The number of entries in one file of the search index.
const CHUNK: usize = 400;

/// The most letters of a body that the search index has.
const INDEXED: usize = 4000;

/// The tag of an entry that has a page and is on no list.
pub const UNLISTED: &str = "unlisted";

/// A link on a page.
#[derive(Debug, Clone, Serialize)]
struct LinkTo {
    text: String,
    href: Option<String>,
    /// What is said beside it.
    note: String,
}

/// The parts of a site that every page needs.
struct Builder<'c> {
    content: &'c SiteContent,
    environment: Environment<'c>,
    by_uid: HashMap<&'c str, &'c SiteEntry>,
    /// By uid of an entry: those that link to it, with the line in which they do.
    backlinks: HashMap<&'c str, Vec<(&'c SiteEntry, String)>>,
    /// By sort and folded name: the path and the name of each topic and tag.
    labels: BTreeMap<(&'static str, String), (String, String)>,
    glossary: Glossary<'c>,
}

/// The labels of an entry of a sort, with the topics above them.
fn labels_of(entry: &SiteEntry, sort: &str) -> BTreeSet<String> {
    match sort {
        "topic" => entry.topics.iter().flat_map(|topic| above(topic)).collect(),
        _ => entry
            .tags
            .iter()
            .filter(|tag| !is_unlisted(tag))
            .cloned()
            .collect(),
    }
}

/// Whether a tag keeps its entry off lists.
fn is_unlisted(tag: &str) -> bool {
    fold(tag) == UNLISTED
}

/// The path of each topic and tag. Two whose names differ in signs alone, such as `C` and `C++`, have
/// paths of their own.
fn label_paths(content: &SiteContent) -> BTreeMap<(&'static str, String), (String, String)> {
    let mut labels: BTreeMap<(&'static str, String), (String, String)> = BTreeMap::new();
    for entry in content.listed() {
        for sort in ["topic", "tag"] {
            for label in labels_of(entry, sort) {
                let key = (sort, fold(&label));
                labels.entry(key).or_insert_with(|| (String::new(), label));
            }
        }
    }
    let mut taken = BTreeSet::new();
    for ((sort, _), (path, label)) in &mut labels {
        let first = address::of_label(sort, label);
        let stem = first.trim_end_matches("/index.html");
        let numbered = (2..).map(|number| format!("{stem}-{number}/index.html"));
        let mut free = std::iter::once(first.clone()).chain(numbered);
        if let Some(own) = free.find(|path| taken.insert(path.clone())) {
            *path = own;
        }
    }
    labels
}

/// Builds a site: calls `write` with the path and the text of each file. The same content gives the same
/// bytes.
///
/// # Errors
/// [`SiteError::Template`], and the first error of `write`.
pub fn build(
    content: &SiteContent,
    theme: &Theme,
    write: &mut dyn FnMut(&str, &str) -> Result<(), String>,
) -> Result<(), SiteError> {
    let builder = Builder::new(content, theme)?;
    let written = std::cell::RefCell::new(BTreeSet::new());
    let mut write = |path: &str, text: &str| {
        written.borrow_mut().insert(path.to_owned());
        write(path, text)
    };
    let mut write = |path: &str, text: &str| write(path, text).map_err(SiteError::Write);
    write("style.css", theme.text("style.css"))?;
    write("search.js", theme.text("search.js"))?;
    write("robots.txt", &robots(content))?;
    builder.home(&mut write)?;
    for entry in &content.entries {
        builder.entry(entry, &mut write)?;
    }
    builder.lists(&mut write)?;
    builder.charts(&mut write)?;
    builder.feeds(&mut write)?;
    builder.index(&mut write)?;
    let gone = builder.render("gone.html", "404.html", "Not found", json!({}))?;
    write("404.html", &gone)?;
    if !content.base_url.is_empty() {
        write("sitemap.xml", &sitemap(content))?;
    }
    // After all pages: a former name that is one of theirs redirects nowhere.
    let pages = written.borrow().clone();
    redirects(content, &pages, &mut write)
}

impl<'c> Builder<'c> {
    /// Finds the backlinks and the paths of labels, which each page needs.
    fn new(content: &'c SiteContent, theme: &'c Theme) -> Result<Builder<'c>, SiteError> {
        let by_uid: HashMap<&str, &SiteEntry> = content
            .entries
            .iter()
            .map(|entry| (entry.uid.as_str(), entry))
            .collect();
        let mut backlinks: HashMap<&str, Vec<(&SiteEntry, String)>> = HashMap::new();
        for entry in content.listed() {
            let mut seen = BTreeSet::new();
            for found in link::links(&entry.body) {
                let uid = entry.links.get(&found.target);
                let Some(target) = uid.and_then(|uid| by_uid.get(uid.as_str())) else {
                    continue;
                };
                if target.uid != entry.uid && seen.insert(&target.uid) {
                    let line = line_at(&entry.body, found.range.start);
                    backlinks
                        .entry(&target.uid)
                        .or_default()
                        .push((entry, line));
                }
            }
            for uid in entry.links.values() {
                let Some(target) = by_uid.get(uid.as_str()) else {
                    continue;
                };
                if target.uid != entry.uid && seen.insert(&target.uid) {
                    backlinks
                        .entry(&target.uid)
                        .or_default()
                        .push((entry, String::new()));
                }
            }
        }
        Ok(Builder {
            content,
            environment: theme
                .environment()
                .map_err(|e| SiteError::Template(format!("{e:#}")))?,
            by_uid,
            backlinks,
            labels: label_paths(content),
            glossary: Glossary::new(content),
        })
    }

    /// A page at `path` from a template.
    fn render(
        &self,
        template: &str,
        path: &str,
        title: &str,
        own: Json,
    ) -> Result<String, SiteError> {
        let root = "../".repeat(path.matches('/').count());
        let kinds: Vec<LinkTo> = self
            .content
            .kinds
            .iter()
            .map(|kind| LinkTo {
                text: capital(&kind.plural),
                href: Some(format!("{root}{}/index.html", kind.name)),
                note: kind.summary.clone(),
            })
            .collect();
        let canonical = match self.content.base_url.as_str() {
            "" => String::new(),
            base => format!("{base}{}", path.strip_suffix("index.html").unwrap_or(path)),
        };
        let mut page = json!({
            "site": {"title": self.content.title, "author": self.content.author},
            "root": root,
            "kinds": kinds,
            "page_title": title,
            "canonical": canonical,
        });
        if let (Json::Object(page), Json::Object(own)) = (&mut page, own) {
            page.extend(own);
        }
        let rendered = self
            .environment
            .get_template(template)
            .and_then(|template| template.render(Value::from_serialize(&page)));
        rendered.map_err(|e| SiteError::Template(format!("{e:#}")))
    }

    /// A link from the page at `path` to an entry.
    fn link(&self, path: &str, entry: &SiteEntry, note: String) -> LinkTo {
        LinkTo {
            text: entry.title.clone(),
            href: Some(address::relative(
                path,
                &address::of_entry(&entry.kind, &entry.slug),
            )),
            note,
        }
    }

    /// The HTML of a body on the page at `path`.
    fn html(&self, path: &str, entry: &SiteEntry) -> String {
        let root = address::relative(path, "");
        let terms = self.glossary.of_page(&root, Some(&entry.uid));
        self.html_from(&root, entry, &terms)
    }

    /// The HTML of a body whose links to other pages begin with `root`.
    fn html_from(&self, root: &str, entry: &SiteEntry, marks: &dyn Marks) -> String {
        let target = |name: &str| {
            let name = name.split('#').next().unwrap_or(name).trim();
            let file = name
                .rsplit('/')
                .next()
                .unwrap_or(name)
                .trim_end_matches(".md");
            let uid = entry.links.get(name).or_else(|| entry.links.get(file))?;
            let target = self.by_uid.get(uid.as_str())?;
            let page = address::of_entry(&target.kind, &target.slug);
            Some(format!("{root}{page}"))
        };
        web::html(&entry.body, &target, &self.content.origin, marks)
    }

    /// Writes the first page: the notebook's own page, then the latest entries.
    fn home(&self, write: &mut Write<'_>) -> Result<(), SiteError> {
        let latest: Vec<LinkTo> = feeds::latest(self.content, self.content.listed())
            .into_iter()
            .take(8)
            .map(|(entry, day)| self.link("index.html", entry, day.to_owned()))
            .collect();
        let own = json!({
            "home": web::html(&self.content.home, &|_| None, &self.content.origin, &self.glossary.of_page("", None)),
            "latest": latest,
        });
        let page = self.render("home.html", "index.html", &self.content.title, own)?;
        write("index.html", &page)
    }

    /// Writes the page of an entry and its downloads.
    fn entry(&self, entry: &SiteEntry, write: &mut Write<'_>) -> Result<(), SiteError> {
        let path = address::of_entry(&entry.kind, &entry.slug);
        let folder = path.trim_end_matches("index.html").to_owned();
        let mut fields: Vec<(String, Vec<LinkTo>)> = Vec::new();
        for field in &entry.fields {
            let values = field
                .values
                .iter()
                .map(|value| match entry.links.get(value) {
                    Some(uid) if let Some(target) = self.by_uid.get(uid.as_str()) => {
                        self.link(&path, target, String::new())
                    }
                    _ => LinkTo {
                        text: value.clone(),
                        href: (value.contains("://") && web::safe(value)).then(|| value.clone()),
                        note: String::new(),
                    },
                });
            fields.push((field.name.clone(), values.collect()));
        }
        let label = |sort: &'static str, text: &String| LinkTo {
            text: text.clone(),
            href: self
                .labels
                .get(&(sort, fold(text)))
                .map(|(own, _)| address::relative(&path, own)),
            note: String::new(),
        };
        let backlinks: Vec<LinkTo> = self
            .backlinks
            .get(entry.uid.as_str())
            .into_iter()
            .flatten()
            .map(|(source, line)| self.link(&path, source, line.clone()))
            .collect();
        let downloads: Vec<LinkTo> = entry
            .downloads
            .iter()
            .map(|(end, _)| LinkTo {
                text: end.to_uppercase(),
                href: Some(format!("{}.{end}", entry.slug)),
                note: String::new(),
            })
            .collect();
        let own = json!({
            "entry": entry,
            "schema": schema(entry, &address::relative(&path, &format!("{}/index.html", entry.kind))),
            "html": self.html(&path, entry),
            "fields": fields,
            "topics": entry.topics.iter().map(|topic| label("topic", topic)).collect::<Vec<_>>(),
            "tags": entry.tags.iter().filter(|tag| !is_unlisted(tag)).map(|tag| label("tag", tag)).collect::<Vec<_>>(),
            "backlinks": backlinks,
            "versions": changes(&entry.versions),
            "downloads": downloads,
            "summary": summary(&entry.body),
            "changed": self.content.updated.get(&entry.uid).unwrap_or(&entry.created),
        });
        write(&path, &self.render("entry.html", &path, &entry.title, own)?)?;
        for (end, text) in &entry.downloads {
            write(&format!("{folder}{}.{end}", entry.slug), text)?;
        }
        Ok(())
    }

    /// The pages of kinds, topics and tags, and those of all entries.
    fn lists(&self, write: &mut Write<'_>) -> Result<(), SiteError> {
        let mut page = |path: String, title: &str, about: &str, entries: Vec<&SiteEntry>| {
            let links: Vec<LinkTo> = entries
                .into_iter()
                .map(|entry| {
                    let period = entry.period.as_ref().map(|(text, _)| text.clone());
                    let note = [period.unwrap_or_default(), summary(&entry.body)];
                    let note: Vec<String> =
                        note.into_iter().filter(|note| !note.is_empty()).collect();
                    self.link(&path, entry, note.join(" · "))
                })
                .collect();
            let own = json!({ "entries": links, "about": about });
            write(&path, &self.render("list.html", &path, title, own)?)
        };
        let all = || self.content.listed();
        for kind in &self.content.kinds {
            let of_kind = all().filter(|entry| entry.kind == kind.name).collect();
            let path = format!("{}/index.html", kind.name);
            page(path, &capital(&kind.plural), &kind.summary, of_kind)?;
        }
        let mut labelled: BTreeMap<(&str, String), Vec<&SiteEntry>> = BTreeMap::new();
        for entry in all() {
            for sort in ["topic", "tag"] {
                let own: BTreeSet<String> = labels_of(entry, sort)
                    .iter()
                    .map(|label| fold(label))
                    .collect();
                for label in own {
                    labelled.entry((sort, label)).or_default().push(entry);
                }
            }
        }
        for ((sort, folded), (path, label)) in &self.labels {
            let about = if *sort == "topic" { "Topic" } else { "Tag" };
            let entries = labelled
                .remove(&(*sort, folded.clone()))
                .unwrap_or_default();
            page(path.clone(), label, about, entries)?;
        }
        let latest = feeds::latest(self.content, all());
        let changed = latest.into_iter().map(|(entry, _)| entry).collect();
        page(
            "changes/index.html".to_owned(),
            "Latest changes",
            "",
            changed,
        )?;
        let mut sorted: Vec<(String, &SiteEntry)> =
            all().map(|entry| (fold(&entry.title), entry)).collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.uid.cmp(&b.1.uid)));
        let mut letters: Vec<(String, Vec<LinkTo>)> = Vec::new();
        let path = "a-z/index.html";
        for (folded, entry) in sorted {
            let first = folded.chars().next().filter(|c| c.is_alphabetic());
            let letter = first.map_or_else(|| "#".to_owned(), |c| c.to_uppercase().to_string());
            if letters.last().is_none_or(|(last, _)| *last != letter) {
                letters.push((letter, Vec::new()));
            }
            let link = self.link(path, entry, entry.aliases.join(", "));
            if let Some((_, links)) = letters.last_mut() {
                links.push(link);
            }
        }
        write(
            path,
            &self.render("az.html", path, "A–Z", json!({ "letters": letters }))?,
        )
    }

    /// Writes the page of the charts and their images.
    fn charts(&self, write: &mut Write<'_>) -> Result<(), SiteError> {
        let mut edges = Vec::new();
        for target in self.content.listed() {
            let sources = self.backlinks.get(target.uid.as_str());
            edges.extend(
                sources
                    .into_iter()
                    .flatten()
                    .map(|(source, _)| (*source, target)),
            );
        }
        let figures = charts::figures(self.content, &edges);
        for figure in &figures {
            write(&format!("charts/{}.svg", figure.name), &figure.image)?;
        }
        let path = "charts/index.html";
        let own = json!({ "figures": figures });
        write(path, &self.render("charts.html", path, "Charts", own)?)
    }

    /// Writes the feeds of all entries and of each kind.
    fn feeds(&self, write: &mut Write<'_>) -> Result<(), SiteError> {
        // A feed is read elsewhere: its links are whole if the address of the site is known.
        let html = |entry: &SiteEntry| {
            let path = address::of_entry(&entry.kind, &entry.slug);
            let root = match self.content.base_url.as_str() {
                "" => address::relative(&path, ""),
                base => base.to_owned(),
            };
            self.html_from(&root, entry, &Unmarked)
        };
        let all = feeds::latest(self.content, self.content.listed());
        let title = &self.content.title;
        write(
            "feed.xml",
            &feeds::atom(self.content, title, "feed.xml", &all, &html),
        )?;
        write("feed.json", &feeds::json_feed(self.content, &all, &html))?;
        for kind in &self.content.kinds {
            let of_kind = self
                .content
                .listed()
                .filter(|entry| entry.kind == kind.name);
            let latest = feeds::latest(self.content, of_kind);
            let path = format!("{}/feed.xml", kind.name);
            let title = format!("{title}: {}", kind.plural);
            write(
                &path,
                &feeds::atom(self.content, &title, &path, &latest, &html),
            )?;
        }
        Ok(())
    }

    /// The search index: scripts, because a page that is opened as a file may load no data.
    fn index(&self, write: &mut Write<'_>) -> Result<(), SiteError> {
        let listed: Vec<&SiteEntry> = self.content.listed().collect();
        let chunks: Vec<&[&SiteEntry]> = listed.chunks(CHUNK).collect();
        for (number, chunk) in chunks.iter().enumerate() {
            let rows: Vec<_> = chunk
                .iter()
                .map(|entry| {
                    let body = fold(&plain(&entry.body));
                    let end = body.floor_char_boundary(INDEXED);
                    let names = fold(&entry.aliases.join(" "));
                    let path = address::of_entry(&entry.kind, &entry.slug);
                    json!([
                        entry.title,
                        path,
                        entry.kind,
                        fold(&entry.title),
                        names,
                        &body[..end]
                    ])
                })
                .collect();
            // `<` could end the script that loads it if a program copied it into a page.
            let rows = json!(rows).to_string().replace('<', "\\u003c");
            write(
                &format!("search/{number}.js"),
                &format!("kbSearch.add({rows});\n"),
            )?;
        }
        write(
            "search/index.js",
            &format!("kbSearch.chunks = {};\n", chunks.len()),
        )
    }
}

/// The versions of a text, newest first, each with its day and what was removed and added since the one
/// before, as HTML.
fn changes(versions: &[(String, String)]) -> Vec<(String, String)> {
    let mut texts: Vec<(&String, String)> = versions
        .iter()
        .map(|(day, body)| (day, plain(body).trim_end().to_owned()))
        .collect();
    // A change of Markdown alone cannot be seen.
    texts.dedup_by(|now, before| now.1 == before.1);
    let mut shown: Vec<(String, String)> = Vec::new();
    for (at, (day, now)) in texts.iter().enumerate() {
        let Some((_, before)) = at.checked_sub(1).map(|at| &texts[at]) else {
            shown.push(((*day).clone(), escaped(now)));
            continue;
        };
        let parts = difference::parts(before, now).into_iter();
        let html = parts.map(|part| match part {
            Part::Same(text) => escaped(text),
            Part::Removed(text) => format!("<del>{}</del>", escaped(text)),
            Part::Added(text) => format!("<ins>{}</ins>", escaped(text)),
        });
        shown.push(((*day).clone(), html.collect()));
    }
    if shown.len() < 2 {
        shown.clear();
    }
    shown.reverse();
    shown
}

/// A label and those above it: `a/b` is below `a`.
fn above(label: &str) -> Vec<String> {
    let ends = label
        .match_indices('/')
        .map(|(at, _)| at)
        .chain([label.len()]);
    ends.map(|end| label[..end].trim().to_owned()).collect()
}

/// A text with a capital at its start.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
