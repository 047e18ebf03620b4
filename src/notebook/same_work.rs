//! Decides whether two records are about the same work. Start reading at [`Work::verdict`].

use chrono::NaiveDate;
use serde_json::{Map, Value as Json};

use crate::format::bibliography::Dialect;
use crate::model::identifier::{self, url_key, versionless};
use crate::model::{Draft, Entry, FieldType, Kind, Value};
use crate::text::fold::fold;

/// What two records say about being the same work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They are the same work.
    Same,
    /// They are different works, although they share a title or an identifier; the text says what
    /// contradicts, such as `another DOI`.
    Contradicted(&'static str),
    /// Nothing says that they are the same.
    Unrelated,
}

/// What identifies a work. A missing value is not a difference.
#[derive(Debug, Clone, Default)]
pub(super) struct Work {
    /// The folded title; `None` if the title is provisional, made from an identifier.
    title: Option<String>,
    /// Family name and given names of the first author, folded.
    author: Option<(String, String)>,
    year: Option<i64>,
    /// The journal, book or conference, folded.
    container: Option<String>,
    volume: Option<String>,
    /// The number of an issue, a report or a patent, and the edition, in letters and digits.
    number: Option<String>,
    edition: Option<String>,
    /// The values of [`PARTS`], in letters and digits.
    parts: [Option<String>; PARTS.len()],
    /// The first editor, as `author`.
    editor: Option<(String, String)>,
    /// The first page.
    page: Option<String>,
    /// The nine digits of an ISBN that its forms with 10 and 13 digits share.
    isbn: Option<String>,
    /// Whether the record says that it is a whole book.
    is_book: bool,
    /// The DOI without its version and without the part of a web page.
    doi: Option<String>,
    /// The arXiv id without its version.
    arxiv: Option<String>,
    url: Option<String>,
}

/// Words of containers that hold preprints.
const PREPRINTS: [&str; 8] = [
    "arxiv",
    "corr",
    "biorxiv",
    "medrxiv",
    "preprint",
    "preprints",
    "ssrn",
    "openreview",
];

/// Names of fields in bibliography formats, in lower case.
const CONTAINERS: [&str; 12] = [
    "journal",
    "journaltitle",
    "booktitle",
    "eventtitle",
    "jo",
    "jf",
    "t2",
    "ja",
    "j2",
    "bt",
    "container-title",
    "event-title",
];
const VOLUMES: [&str; 2] = ["volume", "vl"];
const NUMBERS: [&str; 3] = ["number", "issue", "is"];
const EDITIONS: [&str; 2] = ["edition", "et"];
/// Fields that tell parts of one work, or articles of one journal, apart, and what is said if they differ.
const PARTS: [(&str, &str); 5] = [
    ("subtitle", "another subtitle"),
    ("part", "another part"),
    ("chapter", "another chapter"),
    ("eid", "another article number"),
    ("pmid", "another PMID"),
];
const PAGES: [&str; 3] = ["pages", "page", "sp"];
/// In RIS, `sn` may also be an ISSN.
const ISBNS: [&str; 2] = ["isbn", "sn"];

impl Work {
    /// The work of an entry.
    pub(super) fn of_entry(entry: &Entry, kind: &Kind) -> Work {
        let texts = |field_type| {
            kind.first(field_type)
                .and_then(|field| entry.value(&field.name))
                .map(Value::texts)
                .unwrap_or_default()
        };
        let year = kind.first(FieldType::Period).and_then(|field| {
            let Some(Value::Period(period)) = entry.value(&field.name) else {
                return None;
            };
            period.year()
        });
        Work::new(
            &entry.title,
            texts,
            year,
            venue(kind, |name| entry.value(name).map(Value::text)),
            &entry.extra,
        )
    }

    /// The work of a draft. Values that it inherits from another record (`crossref`, `xdata`) do not
    /// count.
    pub(super) fn of_draft(draft: &Draft, kind: &Kind, today: NaiveDate) -> Work {
        // `crossref` and `xdata` are BibTeX fields, so the names below are those of BibTeX.
        let inherits = details(&draft.extra, &["crossref", "xdata"]).is_some();
        let has_own = |names: &[&str]| !inherits || details(&draft.extra, names).is_some();
        let texts = |field_type| {
            let own: &[&str] = match field_type {
                FieldType::Person => &["author"],
                FieldType::Doi => &["doi"],
                FieldType::Arxiv => &["eprint"],
                FieldType::Url => &["url"],
                _ => &["year", "date"],
            };
            kind.first(field_type)
                .filter(|_| has_own(own))
                .and_then(|field| draft.texts.get(&field.name).cloned())
                .unwrap_or_default()
        };
        let year = kind.first(FieldType::Period).and_then(|field| {
            let text = texts(FieldType::Period).into_iter().next()?;
            let Ok(Value::Period(period)) = field.read_one(&text, today) else {
                return None;
            };
            period.year()
        });
        let container = venue(kind, |name| draft.text(name).map(str::to_owned))
            .filter(|_| has_own(&CONTAINERS));
        let title = draft.text("title").unwrap_or_default();
        Work::new(title, texts, year, container, &draft.extra)
    }

    fn new(
        title: &str,
        texts: impl Fn(FieldType) -> Vec<String>,
        year: Option<i64>,
        venue: Option<String>,
        extra: &Map<String, Json>,
    ) -> Work {
        let one = |field_type| texts(field_type).into_iter().next();
        let (doi, arxiv) = (one(FieldType::Doi), one(FieldType::Arxiv));
        let address = one(FieldType::Url);
        let url = address.as_deref().map(url_key);
        // An entry added by its DOI, URL or arXiv id alone has that as its title.
        let is_provisional = [&doi, &url]
            .iter()
            .any(|name| name.as_ref().is_some_and(|name| fold(name) == fold(title)))
            || arxiv
                .as_ref()
                .is_some_and(|id| fold(title) == fold(&format!("arXiv:{id}")));
        // An address at doi.org or arxiv.org is an identifier.
        let address = address.unwrap_or_default();
        let doi = doi.or_else(|| identifier::doi(&address).ok());
        let arxiv = arxiv.or_else(|| identifier::arxiv(&address).ok());
        let from_record = Dialect::ALL
            .iter()
            .any(|dialect| extra.contains_key(dialect.kept()));
        let named = details(extra, &CONTAINERS).is_some();
        Work {
            title: (!is_provisional).then(|| fold(title)),
            author: one(FieldType::Person).map(|name| author(&name)),
            year,
            // A publisher or an institution is not a container.
            container: venue
                .filter(|_| named || !from_record)
                .map(|name| fold(&name)),
            volume: details(extra, &VOLUMES).map(|text| fold(&text)),
            number: details(extra, &NUMBERS).map(|text| signs(&text)),
            edition: details(extra, &EDITIONS).map(|text| signs(&text)),
            parts: PARTS.map(|(name, _)| details(extra, &[name]).map(|text| signs(&text))),
            editor: details(extra, &["editor"])
                .map(|text| author(text.split(" and ").next().unwrap_or_default())),
            page: details(extra, &PAGES).and_then(|text| digits(&text)),
            isbn: isbn_of(extra),
            is_book: Dialect::ALL.iter().any(|dialect| {
                let kept = extra.get(dialect.kept());
                kept.and_then(|kept| kept.get("type")?.as_str())
                    .is_some_and(|kind| fold(kind) == "book")
            }),
            arxiv: arxiv.map(|id| versionless(&id).to_lowercase()).or_else(|| {
                let doi = doi.as_ref()?.to_lowercase();
                let id = doi.strip_prefix("10.48550/arxiv.")?;
                Some(versionless(id).to_owned())
            }),
            doi: doi.map(|doi| doi_key(&identifier::doi(&doi).unwrap_or(doi))),
            url,
        }
    }

    /// Compares two works. A shared DOI or arXiv id means the same work unless title and first author
    /// both differ. Without one, the same title and first author mean the same work unless another
    /// value contradicts. An address counts only together with the title.
    pub(super) fn verdict(&self, other: &Work) -> Verdict {
        let same = |own: &Option<String>, theirs: &Option<String>| own.is_some() && own == theirs;
        let titles_differ = match (&self.title, &other.title) {
            (Some(own), Some(theirs)) => !begins(own, theirs) && !begins(theirs, own),
            _ => false,
        };
        let authors_differ = match (&self.author, &other.author) {
            (Some(own), Some(theirs)) => !same_person(own, theirs),
            _ => false,
        };
        if same(&self.doi, &other.doi) || same(&self.arxiv, &other.arxiv) {
            return match (titles_differ, authors_differ) {
                (true, true) => Verdict::Contradicted("another title and author"),
                _ => Verdict::Same,
            };
        }
        if same(&self.isbn, &other.isbn) {
            let same_book = self.is_book && other.is_book && !authors_differ;
            let volumes_differ =
                self.volume.is_some() && other.volume.is_some() && self.volume != other.volume;
            // Chapters share the ISBN of their book, and volumes that of their set.
            if !volumes_differ
                && (same_book || !titles_differ)
                && self.title.is_some()
                && other.title.is_some()
            {
                return Verdict::Same;
            }
        }
        let provisional = self.title.is_none() || other.title.is_none();
        // Without a real title, only the address can show that the works are the same.
        if provisional {
            return match same(&self.url, &other.url) {
                true => Verdict::Same,
                false => Verdict::Unrelated,
            };
        }
        if titles_differ {
            return Verdict::Unrelated;
        }
        match self.contradiction(other, authors_differ) {
            Some(what) => Verdict::Contradicted(what),
            None => Verdict::Same,
        }
    }

    /// What contradicts in two works with the same title.
    fn contradiction(&self, other: &Work, authors_differ: bool) -> Option<&'static str> {
        let differ = |own: &Option<String>, theirs: &Option<String>| matches!((own, theirs), (Some(own), Some(theirs)) if own != theirs);
        // The prefix 10.48550 is arXiv's: a preprint has another DOI than the published work.
        let is_published = |doi: &String| !doi.starts_with("10.48550/");
        let published = |work: &Work| work.doi.clone().filter(is_published);
        let containers_differ = matches!(
            (&self.container, &other.container),
            (Some(own), Some(theirs)) if !same_container(own, theirs)
        );
        // The archive of preprints may stand in the field for a number.
        let is_preprint = |work: &Work| {
            let container = work.container.as_ref();
            work.arxiv.is_some() || container.is_some_and(|name| holds_preprints(name))
        };
        let numbers_differ =
            differ(&self.number, &other.number) && !is_preprint(self) && !is_preprint(other);
        // Without an author on either side, only the address can tell two works with one title apart.
        let addresses_differ = self.author.is_none()
            && other.author.is_none()
            && self.container.is_none()
            && other.container.is_none()
            && differ(&self.url, &other.url);
        let years_differ =
            matches!((self.year, other.year), (Some(own), Some(theirs)) if own != theirs);
        // A collection is told by its editor.
        let editors_differ = self.author.is_none()
            && other.author.is_none()
            && matches!((&self.editor, &other.editor), (Some(own), Some(theirs)) if !same_person(own, theirs));
        let parts = PARTS.iter().zip(self.parts.iter().zip(&other.parts));
        let parts = parts.map(|((_, what), (own, theirs))| (differ(own, theirs), *what));
        [
            (authors_differ, "another first author"),
            (editors_differ, "another editor"),
            (differ(&published(self), &published(other)), "another DOI"),
            (differ(&self.arxiv, &other.arxiv), "another arXiv id"),
            (differ(&self.isbn, &other.isbn), "another ISBN"),
            (years_differ, "another year"),
            (containers_differ, "another container"),
            (differ(&self.volume, &other.volume), "another volume"),
            (numbers_differ, "another number"),
            (differ(&self.edition, &other.edition), "another edition"),
            (differ(&self.page, &other.page), "other pages"),
            (addresses_differ, "another address"),
        ]
        .into_iter()
        .chain(parts)
        .find_map(|(differs, what)| differs.then_some(what))
    }
}

/// The text of the field that names the container of a kind.
fn venue(kind: &Kind, text: impl Fn(&str) -> Option<String>) -> Option<String> {
    kind.field("venue").and_then(|field| text(&field.name))
}

/// The first field with one of these names that a record of a bibliography kept, without braces and
/// quotes.
fn details(extra: &Map<String, Json>, names: &[&str]) -> Option<String> {
    Dialect::ALL.iter().find_map(|dialect| {
        let fields = extra.get(dialect.kept())?.get("fields")?.as_array()?;
        // Each field is a pair of name and raw value.
        fields.iter().find_map(|field| {
            let name = field.get(0)?.as_str()?.to_lowercase();
            let raw = field.get(1)?.as_str()?;
            let text = raw.trim_matches(|c: char| "{}\" ".contains(c));
            (names.contains(&name.as_str()) && !text.is_empty()).then(|| text.to_owned())
        })
    })
}

/// The ISBN in the extra data of an entry, in the form that [`Work`] compares.
pub(super) fn isbn_of(extra: &Map<String, Json>) -> Option<String> {
    isbn(&details(extra, &ISBNS)?)
}

/// The nine digits that tell a book apart, from an ISBN with 10 or 13 digits; `None` for another
/// number, such as an ISSN.
fn isbn(text: &str) -> Option<String> {
    let signs: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    match signs.len() {
        10 => signs.get(..9).map(str::to_owned),
        13 => signs.get(3..12).map(str::to_owned),
        _ => None,
    }
}

/// A DOI in lower case without a version (`10.1101/2020.01.02.123456v2`) and without the end of a
/// file (`10.1177/0123456.pdf`).
fn doi_key(doi: &str) -> String {
    let doi = doi.to_lowercase();
    let ends = [".pdf", ".full"];
    let bare = ends
        .iter()
        .find_map(|end| doi.strip_suffix(end))
        .unwrap_or(&doi);
    let digits = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    match digits.strip_suffix('v') {
        Some(before) if digits.len() < bare.len() => before
            .strip_suffix(['.', '/'])
            .or_else(|| {
                before
                    .ends_with(|c: char| c.is_ascii_digit())
                    .then_some(before)
            })
            .unwrap_or(bare)
            .to_owned(),
        _ => bare.to_owned(),
    }
}

/// The first number in a text.
fn digits(text: &str) -> Option<String> {
    let rest = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!number.is_empty()).then_some(number)
}

/// The letters and digits of a number such as `US 1`, `02` or `No. 2`, folded, without leading zeros.
fn signs(text: &str) -> String {
    let signs: String = fold(text).chars().filter(|c| c.is_alphanumeric()).collect();
    let bare = signs.strip_prefix("no").unwrap_or(&signs);
    bare.trim_start_matches('0').to_owned()
}

/// Family name and given names of a person, folded. Without a comma the last word is the family.
fn author(name: &str) -> (String, String) {
    let (family, given) = name.split_once(',').unwrap_or_else(|| {
        name.rsplit_once(' ')
            .map_or((name, ""), |(given, family)| (family, given))
    });
    (fold(family.trim()), fold(given.trim()))
}

/// Whether two names can be of one person: the same family, and given names of which one may be
/// initials or missing.
fn same_person(own: &(String, String), theirs: &(String, String)) -> bool {
    // Only the first given name counts: `J.` agrees with `John Paul`, and no name with any.
    let first = |given: &str| {
        let word = given.split([' ', '.', '-']).find(|word| !word.is_empty());
        word.unwrap_or_default().to_owned()
    };
    let (a, b) = (first(&own.1), first(&theirs.1));
    own.0 == theirs.0 && (a.starts_with(&b) || b.starts_with(&a))
}

/// Whether two containers can be the same: one holds preprints, begins like the other, or abbreviates
/// it.
fn same_container(own: &str, theirs: &str) -> bool {
    const FILLERS: [&str; 6] = ["of", "the", "on", "in", "and", "for"];
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty() && !FILLERS.contains(word))
            .map(str::to_owned)
            .collect()
    };
    let (a, b) = (words(own), words(theirs));
    // `proc neural inf` abbreviates `proceedings neural information processing systems`: the words
    // are in order, and some may be missing.
    let abbreviates = |short: &[String], long: &[String]| {
        let mut rest = long.iter();
        short
            .iter()
            .all(|word| rest.any(|whole| whole.starts_with(word.as_str())))
    };
    holds_preprints(own) || holds_preprints(theirs) || abbreviates(&a, &b) || abbreviates(&b, &a)
}

/// Whether a folded container is one of preprints.
fn holds_preprints(container: &str) -> bool {
    let mut words = container.split(|c: char| !c.is_alphanumeric());
    words.any(|word| PREPRINTS.contains(&word))
}

/// Whether a folded title begins with another: one may lack the subtitle.
fn begins(long: &str, short: &str) -> bool {
    long.strip_prefix(short)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '.']))
}
