//! Validation of a draft against its kind: the result is an entry or every problem found.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use super::field::{flag, number};
use super::{Draft, Entry, Field, FieldType, Kind, Period, Problem, Reason, Value};
use crate::text::english::{article, list};
use crate::text::{acronym, fold::fold, nearest::nearest, slug::is_slug};

/// Maximum length of a title, in characters.
pub const LONGEST_TITLE: usize = 1_000;
/// Maximum length of a body, in bytes.
const LONGEST_BODY: usize = 10 * 1024 * 1024;

/// The current time, passed in so that validation does not read the system clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// The current time in UTC.
    pub now: DateTime<Utc>,
    /// The current date in the user's time zone.
    pub today: NaiveDate,
}

impl Clock {
    /// [`Clock::now`] as RFC 3339 in UTC, in whole seconds.
    pub fn stamp(&self) -> String {
        self.now.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

/// How to treat a field that the kind does not declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Report it as a problem. For input that a person typed.
    Refuse,
    /// Keep it in [`Entry::extra`]. For input read from a file.
    Keep,
}

impl Kind {
    /// Validates a draft and builds a new entry from it, with the default values of the kind.
    /// Uid and slug stay empty unless the draft sets them.
    ///
    /// # Errors
    /// All problems of the draft, not only the first.
    pub fn admit(
        &self,
        draft: &Draft,
        clock: &Clock,
        unknown: Unknown,
    ) -> Result<Entry, Vec<Problem>> {
        let stamp = clock.stamp();
        let mut problems = Vec::new();
        let mut entry = Entry {
            kind: self.name.clone(),
            private: self.private,
            created: stamp.clone(),
            updated: stamp,
            ..Entry::default()
        };
        for field in &self.fields {
            if let Some(default) = &field.default
                && !draft.texts.contains_key(&field.name)
                && let Ok(value) = field.read_default(default, clock.today)
            {
                entry.values.insert(field.name.clone(), value);
            }
        }
        self.fill(&mut entry, draft, clock, unknown, &mut problems);
        self.derive(&mut entry, clock);
        self.complete(&entry, &mut problems);
        if problems.is_empty() {
            Ok(entry)
        } else {
            Err(problems)
        }
    }

    /// Returns a copy of the entry with the fields of the draft applied. If that changes the entry
    /// and the draft does not change `updated` itself, `updated` becomes the current time. A change
    /// of private fields alone does not show in `updated` of a public entry, which is published.
    ///
    /// # Errors
    /// All problems of the draft, not only the first.
    pub fn revise(
        &self,
        entry: &Entry,
        draft: &Draft,
        clock: &Clock,
        unknown: Unknown,
    ) -> Result<Entry, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut revised = entry.clone();
        self.fill(&mut revised, draft, clock, unknown, &mut problems);
        self.complete(&revised, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(self.stamped(entry, revised, clock))
    }

    /// A revision of an entry with the current time as `updated`, if it differs in more than private
    /// fields and does not change `updated` itself.
    pub fn stamped(&self, entry: &Entry, mut revised: Entry, clock: &Clock) -> Entry {
        let differs = if revised.private {
            revised != *entry
        } else {
            self.without_private(&revised) != self.without_private(entry)
        };
        if differs && revised.updated == entry.updated {
            revised.updated = clock.stamp();
        }
        revised
    }

    /// An entry without its private fields.
    pub fn without_private(&self, entry: &Entry) -> Entry {
        let mut shown = entry.clone();
        for field in self.fields.iter().filter(|field| field.private) {
            shown.values.remove(&field.name);
        }
        shown
    }

    /// Applies the fields of the draft to the entry and collects the problems of invalid ones.
    fn fill(
        &self,
        entry: &mut Entry,
        draft: &Draft,
        clock: &Clock,
        unknown: Unknown,
        problems: &mut Vec<Problem>,
    ) {
        let mut say = |field: &str, reason: Reason| problems.push(Problem::new(field, reason));
        // Of a period and its year, the period counts, unless the year alone was edited.
        let edited_year = self.edited_year(entry, draft);
        for (name, texts) in &draft.texts {
            let is_other = match edited_year {
                Some(period) => period.name == *name,
                None => name == "year" && self.has_period(draft),
            };
            if is_other {
                continue;
            }
            if let Some(at) = texts.iter().find_map(|text| text.find('\0')) {
                say(
                    name,
                    Reason::new(format!("holds a NUL character at byte {at}")),
                );
                continue;
            }
            let first = texts.first().map_or("", String::as_str);
            match name.as_str() {
                "title" => match title(first) {
                    Ok(title) => entry.title = title,
                    Err(reason) => say(name, reason),
                },
                "body" if first.len() > LONGEST_BODY => say(
                    name,
                    Reason::new(format!("is {} bytes long", first.len())).hint("at most 10 MB fit"),
                ),
                "body" => entry.body = first.trim_end().to_owned(),
                "topics" | "topic" => entry.topics = labels(texts, topic),
                "tags" | "tag" => {
                    entry.tags = labels(texts, |tag| {
                        one_line(tag.trim_start().trim_start_matches(['#', ' ']))
                    })
                }
                "aliases" | "alias" => entry.aliases = labels(texts, one_line),
                "former" => {
                    entry.former = texts.iter().filter(|slug| is_slug(slug)).cloned().collect()
                }
                "private" => match flag(first) {
                    Ok(private) => entry.private = private,
                    Err(reason) => say(name, reason),
                },
                "position" => match texts
                    .iter()
                    .filter(|text| !text.trim().is_empty())
                    .collect::<Vec<_>>()
                    .as_slice()
                {
                    [] => entry.position = None,
                    [one] => match number(one) {
                        Ok(position) => entry.position = Some(position),
                        Err(reason) => say(name, reason),
                    },
                    several => say(
                        name,
                        Reason::new(format!("takes one value, not {}", several.len())),
                    ),
                },
                "slug" if is_slug(first) => entry.slug = first.to_owned(),
                "slug" => {
                    say(
                        name,
                        Reason::new(format!("`{first}` is not a slug"))
                            .hint("use lower-case letters, digits and hyphens"),
                    );
                }
                "uid"
                    if !first.is_empty()
                        && first.len() <= 64
                        && first
                            .bytes()
                            .all(|b| b.is_ascii_alphanumeric() || b == b'-') =>
                {
                    entry.uid = first.to_owned();
                }
                "uid" => say(name, Reason::new(format!("`{first}` is not a uid"))),
                "created" | "updated" => match DateTime::parse_from_rfc3339(first) {
                    Ok(time) => {
                        let stamp = time.to_utc().to_rfc3339_opts(SecondsFormat::Secs, true);
                        *(if name == "created" {
                            &mut entry.created
                        } else {
                            &mut entry.updated
                        }) = stamp;
                    }
                    Err(_) => say(
                        name,
                        Reason::new(format!("`{first}` is not a time"))
                            .hint("write it as `2024-01-31T12:00:00Z`"),
                    ),
                },
                "kind" | "ref" | "score" | "snippet" => {}
                _ => self.fill_own(entry, draft, (name, texts), clock, unknown, &mut say),
            }
        }
        if unknown == Unknown::Keep {
            entry.extra.extend(draft.extra.clone());
        } else {
            for name in draft.extra.keys() {
                say(name, Reason::new("takes text, not an object"));
            }
        }
    }

    /// Whether a draft has the period that `year` stands for.
    fn has_period(&self, draft: &Draft) -> bool {
        self.year_field()
            .and_then(|field| draft.text(&field.name))
            .is_some_and(|text| !text.is_empty())
    }

    /// The period whose year differs in a draft that has the period as the entry has it.
    fn edited_year(&self, entry: &Entry, draft: &Draft) -> Option<&Field> {
        let year: i64 = draft.text("year")?.trim().parse().ok()?;
        let field = self.year_field()?;
        let Some(Value::Period(now)) = entry.value(&field.name) else {
            return None;
        };
        let is_as_before = draft.text(&field.name) == Some(now.edtf.as_str());
        (is_as_before && now.year() != Some(year)).then_some(field)
    }

    /// Applies one field that is not common to all entries: a field of the kind or an unknown one.
    fn fill_own(
        &self,
        entry: &mut Entry,
        draft: &Draft,
        (name, texts): (&String, &Vec<String>),
        clock: &Clock,
        unknown: Unknown,
        say: &mut impl FnMut(&str, Reason),
    ) {
        // The wording of the period that the entry has belongs to that period alone.
        let wording = |field: &Field, edtf: &str| {
            draft
                .text(&format!("{}_text", field.name))
                .filter(|text| !text.is_empty())
                .filter(|text| match entry.value(&field.name) {
                    Some(Value::Period(now)) => now.text != **text || now.edtf == edtf,
                    _ => true,
                })
        };
        let year = (name == "year").then(|| self.year_field()).flatten();
        if let Some(field) = year.or_else(|| self.field(name)) {
            let worded = match (field.field_type, texts.first()) {
                (FieldType::Period, Some(edtf)) => {
                    wording(field, edtf).and_then(|wording| Period::from_edtf(edtf, wording).ok())
                }
                _ => None,
            };
            match worded.map_or_else(
                || field.read(texts, clock.today),
                |period| Ok(Some(Value::Period(period))),
            ) {
                Ok(Some(value)) => drop(entry.values.insert(field.name.clone(), value)),
                Ok(None) => drop(entry.values.remove(&field.name)),
                Err(reasons) => reasons
                    .into_iter()
                    .for_each(|reason| say(&field.name, reason)),
            }
            return;
        }
        let of_period = name
            .strip_suffix("_text")
            .and_then(|period| self.field(period));
        if of_period.is_some_and(|field| field.field_type == FieldType::Period) {
            return;
        }
        match unknown {
            Unknown::Keep if texts.is_empty() => drop(entry.extra.remove(name)),
            Unknown::Keep => {
                let json = if let [one] = texts.as_slice() {
                    one.as_str().into()
                } else {
                    texts.clone().into()
                };
                entry.extra.insert(name.clone(), json);
            }
            Unknown::Refuse if texts.is_empty() && entry.extra.contains_key(name) => {
                drop(entry.extra.remove(name))
            }
            Unknown::Refuse => {
                let near = nearest(name, &self.names()).into_iter().next();
                let hint = near.map_or_else(
                    || format!("it has {}", list(&self.names(), "and")),
                    |near| format!("did you mean `{near}`?"),
                );
                say(
                    name,
                    Reason::new(format!(
                        "{} {} has no field `{name}`",
                        article(&self.name),
                        self.name
                    ))
                    .hint(hint),
                );
            }
        }
    }

    /// Fills empty fields from others: an alias from an acronym in the title, a field with
    /// [`Field::after`] from the rest of the title, a DOI or arXiv id from the URL.
    fn derive(&self, entry: &mut Entry, clock: &Clock) {
        if let Some((_, acronym)) = acronym::split(&entry.title)
            && !entry
                .aliases
                .iter()
                .any(|alias| fold(alias) == fold(acronym))
        {
            entry.aliases.push(acronym.to_owned());
        }
        let url = entry.url(self);
        for field in &self.fields {
            if entry.values.contains_key(&field.name) {
                continue;
            }
            let identified = url.as_ref().and_then(|url| field.identified_by(url));
            let found = match (identified, &field.after) {
                (Some(identifier), _) => Some(identifier),
                (None, Some(lead)) => entry
                    .title
                    .get(..lead.len())
                    .filter(|start| start.eq_ignore_ascii_case(lead))
                    .map(|_| entry.title[lead.len()..].trim().to_owned()),
                _ => None,
            };
            if let Some(text) = found.filter(|text| !text.is_empty())
                && let Ok(Some(value)) = field.read(&[text], clock.today)
            {
                entry.values.insert(field.name.clone(), value);
            }
        }
    }

    /// Adds a problem for each required field without a value, and for a missing title.
    fn complete(&self, entry: &Entry, problems: &mut Vec<Problem>) {
        let mut missing = |field: &str, message: &str| {
            if !problems.iter().any(|problem| problem.field == field) {
                problems.push(Problem::new(field, Reason::new(message)));
            }
        };
        if entry.title.is_empty() {
            missing("title", "is missing");
        }
        for field in self.fields.iter().filter(|field| field.required) {
            if !entry.values.contains_key(&field.name) {
                missing(&field.name, "is required");
            }
        }
    }
}

fn title(text: &str) -> Result<String, Reason> {
    let title = one_line(text);
    match title.chars().count() {
        0 => Err(Reason::new("is missing")),
        n if n > LONGEST_TITLE => Err(Reason::new(format!("is {n} characters long"))
            .hint("at most 1,000 fit, the rest belongs in the body")),
        _ => Ok(title),
    }
}

/// Joins the lines of a text with spaces. Trims each line and drops empty ones.
pub fn one_line(text: &str) -> String {
    match text.contains(['\n', '\r']) {
        true => text
            .split(['\n', '\r'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
        false => text.trim().to_owned(),
    }
}

/// The canonical form of a topic, without white space around `/`: `A / B` becomes `A/B`.
pub fn topic(text: &str) -> String {
    one_line(text)
        .split('/')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("/")
}

/// The labels in their original order, without empty ones and duplicates (compared folded).
fn labels(texts: &[String], read: impl Fn(&str) -> String) -> Vec<String> {
    let mut seen = Vec::new();
    let mut kept = Vec::new();
    for label in texts
        .iter()
        .map(|text| read(text))
        .filter(|label| !label.is_empty())
    {
        let folded = fold(&label);
        if !seen.contains(&folded) {
            seen.push(folded);
            kept.push(label);
        }
    }
    kept
}
