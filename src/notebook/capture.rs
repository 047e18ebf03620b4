//! Creates entries from an identifier, an address or a citation, and completes them with metadata
//! from the web. It does not access the network: it names the documents to fetch and reads their
//! text. Start reading at [`recognised`].

use super::bibliography::{OnDuplicate, WorkImporter, WorkOutcome, lacking};
use super::error::NotebookError;
use super::import::in_one_line;
use super::session::Notebook;
use crate::format::bibliography::{self, Dialect};
use crate::format::page_head;
use crate::model::{Clock, Draft, Entry, FieldType, Kind, Problem, Unknown, identifier};
use crate::store::Stored;

/// A document on the web with metadata about a work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkSource {
    /// CSL-JSON for a DOI, by content negotiation (<https://citation.doi.org/docs.html>).
    Doi(String),
    /// A web page.
    Page(String),
}

impl WorkSource {
    /// The URL to fetch; `resolver` is the base URL of the DOI resolver.
    pub fn address(&self, resolver: &str) -> String {
        match self {
            WorkSource::Doi(doi) => format!("{}/{}", resolver.trim_end_matches('/'), escaped(doi)),
            WorkSource::Page(url) => url.clone(),
        }
    }

    /// The media types to request, for the `Accept` header.
    pub fn accept(&self) -> &'static str {
        match self {
            WorkSource::Doi(_) => "application/vnd.citationstyles.csl+json",
            WorkSource::Page(_) => "text/html,application/xhtml+xml",
        }
    }

    /// Reads a fetched document into the fields of a kind; `None` if it has no usable metadata.
    pub fn read(&self, text: &str, kind: &Kind, today: chrono::NaiveDate) -> Option<Draft> {
        match self {
            WorkSource::Doi(_) => bibliography::of_csl(text, kind, today),
            WorkSource::Page(_) => page_head::read(text, kind, today),
        }
    }
}

/// Percent-encodes a DOI for a URL.
fn escaped(doi: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/:;()!$*,".contains(&b);
    doi.bytes()
        .map(|b| {
            if plain(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// Whether a title is a citation in BibTeX.
pub fn is_citation(title: &str) -> bool {
    title.trim_start().starts_with('@') && title.contains('{')
}

/// Reads a title that consists of an identifier or an address: a draft with the field set and a
/// provisional title. `None` for any other title.
pub fn recognised(kind: &Kind, title: &str) -> Option<Draft> {
    let title = title.trim();
    if title.contains(char::is_whitespace) {
        return None;
    }
    let mut draft = Draft::of(&kind.name);
    let url = ["http://", "https://"]
        .iter()
        .any(|scheme| title.starts_with(scheme))
        .then_some(title);
    let (doi, arxiv) = (identifier::doi(title).ok(), identifier::arxiv(title).ok());
    let fields = [
        (FieldType::Arxiv, arxiv.as_deref()),
        (FieldType::Doi, doi.as_deref().filter(|_| arxiv.is_none())),
        (FieldType::Url, url),
    ];
    for (field_type, text) in fields {
        // The URL of a DOI resolver adds nothing to the DOI.
        if let (Some(field), Some(text)) = (kind.first(field_type), text)
            && !(field_type == FieldType::Url
                && draft.texts.keys().any(|name| {
                    kind.field(name)
                        .is_some_and(|field| field.field_type == FieldType::Doi)
                }))
        {
            draft.set(&field.name, text);
        }
    }
    let name = names(kind, |field| draft.text(field).map(str::to_owned))
        .into_iter()
        .next()?;
    draft.set("title", name);
    Some(draft)
}

/// The provisional titles of an entry with an unknown title: arXiv id, DOI, address.
fn names(kind: &Kind, text: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let of = |field_type: FieldType| kind.first(field_type).and_then(|field| text(&field.name));
    let arxiv = of(FieldType::Arxiv).map(|id| format!("arXiv:{id}"));
    arxiv
        .into_iter()
        .chain(of(FieldType::Doi))
        .chain(of(FieldType::Url).map(|url| identifier::url_key(&url)))
        .collect()
}

/// The documents to fetch for a work with these fields, best first.
pub fn wanted(kind: &Kind, text: impl Fn(&str) -> Option<String>) -> Vec<WorkSource> {
    let of = |field_type: FieldType| kind.first(field_type).and_then(|field| text(&field.name));
    let arxiv = of(FieldType::Arxiv)
        .map(|id| WorkSource::Doi(format!("10.48550/arXiv.{}", identifier::versionless(&id))));
    let url = of(FieldType::Url)
        .filter(|url| url.starts_with("http"))
        .map(WorkSource::Page);
    of(FieldType::Doi)
        .map(WorkSource::Doi)
        .into_iter()
        .chain(arxiv)
        .chain(url)
        .collect()
}

/// The documents to fetch for an entry, best first.
pub fn wanted_for(kind: &Kind, entry: &Entry) -> Vec<WorkSource> {
    wanted(kind, |field| {
        entry.value(field).map(crate::model::Value::text)
    })
}

/// The result of capturing one entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Captured {
    /// The entry as stored.
    pub entry: Entry,
    /// Whether it was added.
    pub new: bool,
    /// Whether it already existed and was completed.
    pub filled: bool,
}

/// Takes the values that do not fit the kind out of what was found, such as a title that is too
/// long. Returns what was taken out, one sentence each.
pub fn fitting(kind: &Kind, found: Draft, clock: &Clock) -> (Draft, Vec<String>) {
    let (mut fits, mut unfit) = (found.clone(), Vec::new());
    for (name, texts) in &found.texts {
        let mut alone = Draft::of(&kind.name);
        alone.set("title", "title");
        alone.set_many(name, texts.clone());
        let problems = kind.admit(&alone, clock, Unknown::Keep).err();
        // A field that the kind requires is missing in this draft, which says nothing about `name`.
        let own = problems
            .into_iter()
            .flatten()
            .find(|problem| problem.field == *name);
        if let Some(problem) = own {
            fits.texts.remove(name);
            unfit.push(format!("{name} {}", problem.reason.fact));
        }
    }
    (fits, unfit)
}

/// Completes a draft with fetched metadata. Values from the user take precedence, except a
/// provisional title.
fn with_found(kind: &Kind, draft: &Draft, found: Option<&Draft>) -> Draft {
    let mut whole = draft.clone();
    let Some(found) = found else { return whole };
    let stands_in = names(kind, |field| draft.text(field).map(str::to_owned))
        .iter()
        .any(|name| Some(name.as_str()) == draft.text("title"));
    for (name, texts) in &found.texts {
        if !whole.texts.contains_key(name) || name == "title" && stands_in {
            whole.set_many(name, texts.clone());
        }
    }
    whole.extra.extend(found.extra.clone());
    whole
}

impl Notebook {
    /// Adds an entry from a draft and the metadata found for it. If the work already has an entry,
    /// fills its empty fields.
    ///
    /// # Errors
    /// The kind is unknown, or the draft does not fit it.
    pub fn capture(
        &mut self,
        kind: &str,
        draft: &Draft,
        found: Option<&Draft>,
    ) -> Result<Captured, NotebookError> {
        let kind = self.kind(kind)?.clone();
        let whole = with_found(&kind, draft, found);
        let mut captured = self.capture_all(&kind, Dialect::Csl, &[whole])?;
        let invalid = |problems| NotebookError::Invalid {
            kind: kind.name,
            problems,
        };
        captured
            .pop()
            .unwrap_or_else(|| Err(Vec::new()))
            .map_err(invalid)
    }

    /// Adds the entries of a BibTeX source. The fields of `given`, except the title, replace
    /// theirs. Returns the entry or the problem of each.
    ///
    /// # Errors
    /// The kind is unknown.
    pub fn capture_bibtex(
        &mut self,
        kind: &str,
        source: &str,
        given: &Draft,
    ) -> Result<Vec<Result<Captured, String>>, NotebookError> {
        let kind = self.kind(kind)?.clone();
        let found = bibliography::read(Dialect::Bibtex, source, &kind, self.clock.today);
        let drafts: Vec<Draft> = found
            .entries
            .into_iter()
            .map(|mut read| {
                read.draft.texts.extend(
                    given
                        .texts
                        .iter()
                        .filter(|(name, _)| *name != "title")
                        .map(|(name, texts)| (name.clone(), texts.clone())),
                );
                read.draft
            })
            .collect();
        let captured = self.capture_all(&kind, Dialect::Bibtex, &drafts)?;
        let in_words =
            |one: Result<Captured, Vec<Problem>>| one.map_err(|problems| in_one_line(&problems));
        Ok(captured
            .into_iter()
            .map(in_words)
            .chain(found.faults.into_iter().map(|fault| Err(fault.message)))
            .collect())
    }

    /// Imports drafts in one operation; drafts of existing works are merged.
    fn capture_all(
        &mut self,
        kind: &Kind,
        dialect: Dialect,
        drafts: &[Draft],
    ) -> Result<Vec<Result<Captured, Vec<Problem>>>, NotebookError> {
        let clock = self.clock.clone();
        let (taken, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let mut importer =
                    WorkImporter::new(writer, dialect, kind, &clock, OnDuplicate::Merge)?;
                let mut taken = Vec::new();
                for draft in drafts {
                    taken.push(importer.import(draft)?.map(|(taken, entry)| Captured {
                        entry,
                        new: matches!(taken, WorkOutcome::Added(_)),
                        filled: matches!(taken, WorkOutcome::Merged(..)),
                    }));
                }
                Ok::<_, NotebookError>(taken)
            })?;
        Ok(taken)
    }

    /// Fills the empty fields of entries with the metadata found for each; returns the entries that
    /// changed.
    pub fn complete(&mut self, found: &[(Stored, Draft)]) -> Result<Vec<Entry>, NotebookError> {
        let clock = self.clock.clone();
        let (changed, _) = self
            .store
            .write(&self.command, &self.clock, self.mode, |writer| {
                let mut changed = Vec::new();
                for (target, draft) in found {
                    let (Some(stored), Some(kind)) = (
                        writer.store().by_uid(&target.entry.uid)?,
                        writer.store().kinds().get(&target.entry.kind).cloned(),
                    ) else {
                        continue;
                    };
                    let mut lacking = lacking(&stored, draft, &kind, &clock);
                    if let Some(title) = draft
                        .text("title")
                        .filter(|_| stands_in(&kind, &stored.entry))
                    {
                        lacking.set("title", title);
                    }
                    if let Ok(after) = kind.revise(&stored.entry, &lacking, &clock, Unknown::Keep)
                        && writer.update(&stored, &after)?
                    {
                        changed.push(after);
                    }
                }
                Ok::<_, NotebookError>(changed)
            })?;
        Ok(changed)
    }
}

/// Whether an entry has a provisional title: its identifier or address.
pub fn stands_in(kind: &Kind, entry: &Entry) -> bool {
    names(kind, |field| {
        entry.value(field).map(crate::model::Value::text)
    })
    .contains(&entry.title)
}
