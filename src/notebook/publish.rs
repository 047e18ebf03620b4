//! Collects what a web site of the notebook shows: everything public, and nothing else.
//!
//! The rule is that of `published`: the result is the same whatever private entries, fields, kinds and
//! links there are. So links are resolved among public entries alone, the order of a kind counts only
//! where its fields are public, and a kind without public entries is not named.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::error::NotebookError;
use super::session::Notebook;
use crate::format::bibliography::{self, Dialect, Flavour};
use crate::format::page::lists_links;
use crate::model::json::all_names;
use crate::model::reference::Reference;
use crate::model::{Audience, Entry, FieldType, Kind, Value, link};
use crate::site::{SchemaType, SiteContent, SiteEntry, SiteField, SiteKind, UNLISTED};
use crate::store::Subject;
use crate::text::chart::MonthSpan;
use crate::text::fold::fold;
use crate::text::markdown::without_comments;
use serde_json::Value as Json;

/// The works that a reader can take along: the dialect and the end of the file name.
const DOWNLOADS: [(Dialect, &str); 2] = [(Dialect::Bibtex, "bib"), (Dialect::Csl, "json")];

/// What a site shows, and what it does not.
#[derive(Debug, Clone, Default)]
pub struct Published {
    /// The content of the site.
    pub content: SiteContent,
    /// The number of links that were taken out, because they do not lead to a public entry.
    pub hidden: usize,
}

impl Notebook {
    /// The content of the web site: public entries without private fields and without links to entries
    /// that are not public. It depends on nothing that is private, neither its order nor its counts.
    ///
    /// # Errors
    /// The notebook cannot be read.
    pub fn published_content(&self) -> Result<Published, NotebookError> {
        let setting = |key: &str| Ok::<_, NotebookError>(self.setting(key)?.unwrap_or_default());
        let title = match setting("site.title")? {
            title if title.is_empty() => "Notebook".to_owned(),
            title => title,
        };
        let mut base_url = setting("site.base_url")?;
        if !base_url.is_empty() && !base_url.ends_with('/') {
            base_url.push('/');
        }
        let mut content = SiteContent {
            title,
            author: setting("site.author")?,
            base_url,
            origin: setting("site.origin")?.trim_end_matches('/').to_owned(),
            ..SiteContent::default()
        };
        if let Some(page) = self.pages()?.first() {
            let home = self.export_page(Some(page), Audience::Public)?.text;
            content.home = without_comments(&home).into_owned();
        }
        let tells_history = setting("site.history")? == "on";
        let mut hidden = 0;
        for kind in self.kinds().iter() {
            let mut selection = self.selection(Some(&kind.name), &[], &[], None)?;
            // The order must not tell what is in a private field.
            let seen = all_names(kind, Audience::Public);
            selection.order.retain(|key| seen.contains(&key.field));
            let mut entries = Vec::new();
            let mut failed = None;
            hidden += self.for_each(&selection, Audience::Public, |entry, kind| {
                let site_entry = self.site_entry(entry, kind).and_then(|mut own| {
                    if tells_history {
                        own.versions = self.public_versions(entry, kind)?;
                    }
                    Ok(own)
                });
                match site_entry {
                    Ok(entry) => {
                        entries.push(entry);
                        ControlFlow::Continue(())
                    }
                    Err(error) => {
                        failed = Some(error);
                        ControlFlow::Break(())
                    }
                }
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
            if entries.iter().any(|entry: &SiteEntry| !entry.unlisted) {
                content.kinds.push(SiteKind {
                    name: kind.name.clone(),
                    plural: kind.plural.replace('_', " "),
                    summary: kind.summary.clone(),
                });
            }
            content.entries.append(&mut entries);
        }
        Ok(Published { content, hidden })
    }

    /// Whether an entry was private once: a name from that time must not be told.
    fn was_private(&self, uid: &str) -> Result<bool, NotebookError> {
        let changes = self.store.changes(&Subject::Entry(uid.to_owned()))?;
        let is_private = |value: &Option<Json>| match value {
            Some(Json::Bool(private)) => *private,
            Some(Json::Object(entry)) => entry.get("private") == Some(&Json::Bool(true)),
            _ => false,
        };
        let mut own = changes
            .iter()
            .filter(|change| ["", "private"].contains(&change.field.as_str()));
        Ok(own.any(|change| is_private(&change.old) || is_private(&change.new)))
    }

    /// The days and bodies of the versions of a public entry, if there are several; none if the log does not
    /// lead to what the entry is now.
    fn public_versions(
        &self,
        entry: &Entry,
        kind: &Kind,
    ) -> Result<Vec<(String, String)>, NotebookError> {
        let versions = self.versions(entry, kind, Audience::Public)?;
        if versions.len() < 2 || versions.last().is_none_or(|last| last.body != entry.body) {
            return Ok(Vec::new());
        }
        let day = |at: &str| at.get(..10).unwrap_or(at).to_owned();
        Ok(versions
            .into_iter()
            .map(|version| {
                (
                    day(&version.at),
                    without_comments(&version.body).into_owned(),
                )
            })
            .collect())
    }

    /// A public entry as the site shows it.
    fn site_entry(&self, entry: &Entry, kind: &Kind) -> Result<SiteEntry, NotebookError> {
        let entry = &Entry {
            body: without_comments(&entry.body).into_owned(),
            ..entry.clone()
        };
        let public = || {
            kind.fields
                .iter()
                .filter(|field| Audience::Public.sees_field(field))
        };
        let texts = |of: FieldType| -> Vec<String> {
            let first = public().find(|field| field.field_type == of);
            let value = first.and_then(|field| entry.value(&field.name));
            value.map(Value::texts).unwrap_or_default()
        };
        let mut fields = Vec::new();
        let mut names: Vec<String> = link::links(&entry.body)
            .into_iter()
            .map(|link| link.target)
            .collect();
        for field in public() {
            let values = entry
                .value(&field.name)
                .map(Value::texts)
                .unwrap_or_default();
            if field.field_type == FieldType::Ref {
                names.extend(values.iter().cloned());
            }
            if !values.is_empty() {
                let name = field.name.replace('_', " ");
                fields.push(SiteField { name, values });
            }
        }
        let mut links = BTreeMap::new();
        for name in names {
            let reference = Reference::read(&name, self.kinds());
            let found = self.store.resolve_link(&reference, Audience::Public)?;
            if let [target] = found.as_slice() {
                links.insert(name, target.entry.uid.clone());
            }
        }
        let is_work = bibliography::kind(Dialect::Csl) == kind.name;
        let downloads = DOWNLOADS.iter().filter(|_| is_work).map(|(dialect, end)| {
            let [begin, _, after] = dialect.frame();
            let today = self.clock().today;
            let text = bibliography::write(
                *dialect,
                Flavour::Bibtex,
                entry,
                &entry.slug,
                kind,
                Audience::Public,
                today,
            );
            ((*end).to_owned(), format!("{begin}{text}{after}"))
        });
        let downloads = downloads.collect();
        let when = public()
            .find(|field| field.field_type == FieldType::Period)
            .and_then(|field| entry.value(&field.name));
        let span = when.and_then(|value| MonthSpan::of("", value));
        let period = when.and_then(|value| match value {
            Value::Period(period) => Some((period.text.clone(), period.lower().to_owned())),
            _ => None,
        });
        let mut citation = Vec::new();
        if is_work {
            let mut say =
                |name: &str, text: &str| citation.push((name.to_owned(), text.to_owned()));
            say("citation_title", &entry.title);
            for author in texts(FieldType::Person) {
                say("citation_author", &author);
            }
            if let Some((_, day)) = &period {
                say(
                    "citation_publication_date",
                    &day.get(..4).unwrap_or(day).replace('-', "/"),
                );
            }
            for (of, name) in [
                (FieldType::Line, "citation_journal_title"),
                (FieldType::Doi, "citation_doi"),
                (FieldType::Arxiv, "citation_arxiv_id"),
            ] {
                if let Some(text) = texts(of).first() {
                    say(name, text);
                }
            }
            if let Some(url) = texts(FieldType::Url)
                .first()
                .filter(|url| url.ends_with(".pdf"))
            {
                say("citation_pdf_url", url);
            }
        }
        Ok(SiteEntry {
            uid: entry.uid.clone(),
            kind: entry.kind.clone(),
            slug: entry.slug.clone(),
            title: entry.title.clone(),
            former: match entry.former.is_empty() || self.was_private(&entry.uid)? {
                true => Vec::new(),
                false => entry.former.clone(),
            },
            unlisted: entry.tags.iter().any(|tag| fold(tag) == UNLISTED),
            schema: match is_work {
                true => SchemaType::ScholarlyArticle,
                false if kind.page.inline_body && !lists_links(kind) => SchemaType::DefinedTerm,
                false => SchemaType::Thing,
            },
            aliases: entry.aliases.clone(),
            topics: entry.topics.clone(),
            tags: entry.tags.clone(),
            body: entry.body.clone(),
            versions: Vec::new(),
            created: entry.created.get(..10).unwrap_or(&entry.created).to_owned(),
            period,
            months: span.map(|span| (span.from, span.to)),
            is_told_by_period: kind.told_by().is_some(),
            fields,
            citation,
            downloads,
            links,
        })
    }
}
