//! Pages in and out: a hand-written page becomes entries, and comes back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::entries::kind_of;
use super::{Located, Notebook, NotebookError};
use crate::format::page::headings::Headings;
use crate::format::page::read::{draft, identity, read};
use crate::format::page::{fresh, write::write};
use crate::model::entry::{base_slug, numbered_slug};
use crate::model::layout::{Item, Layout, Piece, Role, Section};
use crate::model::{Audience, Clock, Draft, Entry, Kind, Query, Unknown};
use crate::store::{Selection, Store, Stored, Writer};
use crate::text::fold::words;
use crate::text::markdown::item_marker;
use crate::text::place::Place;

/// How a page is read.
#[derive(Debug, Clone, Default)]
pub struct PageOptions {
    /// Headings bound by the user: heading and kind.
    pub sections: Vec<(String, String)>,
    /// The kind of the whole page.
    pub kind: Option<String>,
}

/// What the import of a page did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageImport {
    /// Kind and refs of the entries that were added, in the order of the kinds.
    pub added: Vec<(String, Vec<String>)>,
    /// Refs of the entries that were changed.
    pub updated: Vec<String>,
    /// Refs of entries that were taken off the page by hand; they stay in the notebook.
    pub absent: Vec<String>,
    /// Items that do not fit their kind and stay prose.
    pub problems: Vec<Located>,
    /// The passages that stay prose: place and first words.
    pub prose: Vec<(Place, String)>,
    /// Headings and what they were read as.
    pub sections: Vec<(Place, String, String)>,
    /// Whether anything changed at all.
    pub changed: bool,
}

/// From this likeness on a new title is an old one changed.
const LIKENESS: f64 = 0.6;

impl Notebook {
    /// Takes a page into the notebook: adds what is new, changes what was changed by hand, keeps the rest as it is.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn import_page(&mut self, name: &str, source: &str, options: &PageOptions) -> Result<PageImport, NotebookError> {
        let mut bound: Vec<(String, String)> =
            options.sections.iter().map(|(heading, kind)| Ok((heading.clone(), self.kind(kind)?.name.clone()))).collect::<Result<_, NotebookError>>()?;
        let mut whole = options.kind.as_ref().map(|kind| self.kind(kind).map(|kind| kind.name.clone())).transpose()?;
        let clock = self.clock.clone();
        let ((layout, mut import), operation) = self.store.write(&self.command, &self.clock, self.rehearse, |writer| {
            let stored = layout_of(writer.store(), name)?;
            // What was bound by hand once stays bound.
            if let Some(stored) = &stored {
                let new = bound.clone();
                bound.extend(stored.bound.iter().filter(|(heading, _)| new.iter().all(|(other, _)| other != heading)).cloned());
                whole = whole.take().or_else(|| stored.whole.clone());
            }
            let kinds = writer.store().kinds();
            let mut layout = read(source, kinds, &Headings::new(kinds, &bound, whole.as_deref()));
            (layout.bound, layout.whole) = (bound, whole);
            let mut import = PageImport { sections: outline(&layout), ..PageImport::default() };
            let rendered = match &stored {
                Some(stored) => Some(render(writer.store(), name, stored, Audience::Public)?.layout),
                None => None,
            };
            let base = nearer(source, stored.as_ref(), rendered.as_ref());
            let matched = match_items(writer.store(), &layout, base)?;
            settle(writer, &mut layout, base, &matched, &clock, &mut import)?;
            let known: BTreeSet<String> = layout.items().iter().map(|(_, item, _)| item.uid.clone()).collect();
            take_off(writer.store(), &mut layout, base, stored.as_ref(), &known, &mut import)?;
            let unchanged = writer.changes() == 0 && rendered.as_ref().is_some_and(|rendered| rendered.text() == source);
            if !unchanged {
                let json = serde_json::to_string(&layout).map_err(|e| NotebookError::Refused(e.to_string()))?;
                writer.put_page(name, Some(&json))?;
            }
            Ok::<_, NotebookError>((layout, import))
        })?;
        import.changed = operation.is_some();
        import.prose = prose(&layout);
        Ok(import)
    }

    /// Passages of pages that are no entries and have every word of a question that is words alone: page, place and first words.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn prose_with(&self, query: &Query) -> Result<Vec<(String, Place, String)>, NotebookError> {
        let mut wanted = Vec::new();
        if !plain_words(query, &mut wanted) || wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for name in self.store.pages()? {
            let layout = layout_of(&self.store, &name)?.unwrap_or_default();
            let mut line = 1;
            for piece in &layout.pieces {
                let held: BTreeSet<String> = if piece.role == Role::Prose { words(&piece.text).into_iter().collect() } else { BTreeSet::new() };
                if wanted.iter().all(|word| held.contains(word)) {
                    let first: Vec<&str> = piece.text.split_whitespace().take(12).collect();
                    found.push((name.clone(), Place { line, column: 1 }, first.join(" ")));
                }
                line += piece.text.matches('\n').count() + piece.gap.matches('\n').count();
            }
        }
        Ok(found)
    }

    /// The names of the pages.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn pages(&self) -> Result<Vec<String>, NotebookError> {
        Ok(self.store.pages()?)
    }

    /// A page as text with the refs that have no place on it. Without a name: the only page, or a fresh one when there is none.
    ///
    /// # Errors
    /// There is no page of that name, or several and none was named.
    pub fn export_page(&self, name: Option<&str>, audience: Audience) -> Result<(String, Vec<String>), NotebookError> {
        let pages = self.store.pages()?;
        let name = match (name, pages.as_slice()) {
            (Some(name), pages) if pages.iter().any(|page| page == name) => name.to_owned(),
            (Some(_) | None, [only]) => only.clone(),
            (_, []) => {
                let entries: Vec<Entry> = self.store.select(&Selection::of(Query::All))?.into_iter().map(|stored| stored.entry).collect();
                let headings = Headings::new(self.kinds(), &[], None);
                let written = write(&fresh::layout(self.kinds()), &entries, self.kinds(), &headings, audience);
                return Ok((fresh::without_empty(written.layout).text(), written.unplaced));
            }
            (_, several) => {
                let names = crate::text::english::quoted(several, "and");
                return Err(NotebookError::NoPage(format!("the notebook has the pages {names}; name one with `--page`")));
            }
        };
        let layout = layout_of(&self.store, &name)?.unwrap_or_default();
        let written = render(&self.store, &name, &layout, audience)?;
        Ok((written.layout.text(), written.unplaced))
    }
}

/// A page brought up to date with the notebook: the entries that stand on it, and those that stand on no page and have a place on this one.
fn render(store: &Store, name: &str, layout: &Layout, audience: Audience) -> Result<crate::format::page::write::Written, NotebookError> {
    let own: BTreeSet<&str> = layout.items().iter().map(|(_, item, _)| item.uid.as_str()).collect();
    // An entry that stands on no page goes to the first that has a section of its kind.
    let (mut elsewhere, mut taken, mut earlier) = (BTreeSet::new(), BTreeSet::new(), true);
    for other in store.pages()? {
        if other == name {
            earlier = false;
        } else if let Some(other) = layout_of(store, &other)? {
            elsewhere.extend(other.items().iter().map(|(_, item, _)| item.uid.clone()));
            if earlier {
                taken.extend(bound_kinds(&other));
            }
        }
    }
    let kinds: Vec<String> = bound_kinds(layout).into_iter().collect();
    let entries: Vec<Entry> = store
        .select(&Selection::of(Query::Kind(kinds)))?
        .into_iter()
        .map(|stored| stored.entry)
        .filter(|entry| own.contains(entry.uid.as_str()) || !(elsewhere.contains(&entry.uid) || taken.contains(&entry.kind)))
        .collect();
    Ok(write(layout, &entries, store.kinds(), &Headings::new(store.kinds(), &[], None), audience))
}

/// The layout of a page, if there is one of that name.
fn layout_of(store: &Store, name: &str) -> Result<Option<Layout>, NotebookError> {
    let read = |json: String| serde_json::from_str(&json).map_err(|e| NotebookError::NoPage(format!("page `{name}` cannot be read: {e}")));
    store.page(name)?.map(read).transpose()
}

/// The kinds of which a page has a section.
fn bound_kinds(layout: &Layout) -> BTreeSet<String> {
    let kind = |piece: &Piece| if let Role::Heading(section) = &piece.role { section.kind.clone() } else { None };
    layout.pieces.iter().filter_map(kind).collect()
}

/// What the page was before it was changed by hand: as last imported or as it would be exported now, whichever is more like it.
fn nearer<'a>(source: &str, stored: Option<&'a Layout>, rendered: Option<&'a Layout>) -> Option<&'a Layout> {
    let (stored, rendered) = (stored?, rendered?);
    let mut lines: HashMap<&str, i64> = HashMap::new();
    for line in source.lines() {
        *lines.entry(line).or_default() += 1;
    }
    let strange = |layout: &Layout| {
        let mut left = lines.clone();
        let text = layout.text();
        let new = text
            .lines()
            .filter(|line| {
                left.get_mut(*line).is_none_or(|n| {
                    *n -= 1;
                    *n < 0
                })
            })
            .count();
        new + usize::try_from(left.values().filter(|n| **n > 0).sum::<i64>()).unwrap_or(0)
    };
    Some(if strange(rendered) < strange(stored) { rendered } else { stored })
}

/// For each item of a page, by piece: the entry that it is, and the item that it was before.
type Matched = BTreeMap<usize, (String, Option<usize>)>;

fn match_items(store: &Store, layout: &Layout, base: Option<&Layout>) -> Result<Matched, NotebookError> {
    let mut matched = Matched::new();
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let empty = Layout::default();
    let base = base.unwrap_or(&empty);
    let (theirs, ours) = (layout.items(), base.items());
    let kind_of = |section: &Section| section.kind.clone().unwrap_or_default();
    type Key<'a> = Box<dyn Fn(usize, &Layout, &Item, &Section) -> Option<String> + 'a>;
    let keys: [Key<'_>; 4] = [
        Box::new(|at, layout, _, section| Some(format!("{}\n{}", kind_of(section), layout.pieces[at].text.trim()))),
        Box::new(|_, _, item, section| Some(format!("{:?}", identity(&kind_of(section), item)))),
        Box::new(|_, _, item, section| {
            let (kind, _, url) = identity(&kind_of(section), item);
            url.map(|url| format!("{kind}\n{url}"))
        }),
        Box::new(|_, _, item, section| {
            let (kind, title, _) = identity(&kind_of(section), item);
            Some(format!("{kind}\n{title}"))
        }),
    ];
    for key in &keys {
        let mut waiting: HashMap<String, Vec<usize>> = HashMap::new();
        for (n, (at, item, section)) in ours.iter().enumerate().rev() {
            if !used.contains(&n)
                && let Some(key) = key(*at, base, item, section)
            {
                waiting.entry(key).or_default().push(n);
            }
        }
        for (at, item, section) in &theirs {
            if matched.contains_key(at) {
                continue;
            }
            let found = key(*at, layout, item, section).and_then(|key| waiting.get_mut(&key)?.pop());
            if let Some(n) = found {
                used.insert(n);
                matched.insert(*at, (ours[n].1.uid.clone(), Some(ours[n].0)));
            }
        }
    }
    match_retitled(&theirs, &ours, &mut matched, &mut used);
    // What is new on the page may be in the notebook already.
    let mut taken: BTreeSet<String> = ours.iter().map(|(_, item, _)| item.uid.clone()).collect();
    for (at, item, section) in &theirs {
        if matched.contains_key(at) {
            continue;
        }
        let Some(kind) = section.kind.as_ref() else { continue };
        let base = base_slug(kind, &item.title.value);
        for number in 1..=50 {
            let Some(stored) = store.by_slug(kind, &numbered_slug(&base, number))? else { break };
            if !taken.contains(&stored.entry.uid) && same(store, &stored, item) {
                taken.insert(stored.entry.uid.clone());
                matched.insert(*at, (stored.entry.uid, None));
                break;
            }
        }
    }
    Ok(matched)
}

/// An item whose title was changed by hand stands between the same neighbours and is still like it.
fn match_retitled(theirs: &[(usize, &Item, &Section)], ours: &[(usize, &Item, &Section)], matched: &mut Matched, used: &mut BTreeSet<usize>) {
    for (at, item, section) in theirs {
        if matched.contains_key(at) {
            continue;
        }
        let best = ours
            .iter()
            .enumerate()
            .filter(|(n, (_, _, other))| !used.contains(n) && other.kind == section.kind)
            .map(|(n, (_, other, _))| (n, likeness(&item.title.value, &other.title.value)))
            .filter(|(_, likeness)| *likeness >= LIKENESS)
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((n, _)) = best {
            used.insert(n);
            matched.insert(*at, (ours[n].1.uid.clone(), Some(ours[n].0)));
        }
    }
}

/// How like two titles are, from 0 to 1; one that begins with the other is very like it.
fn likeness(a: &str, b: &str) -> f64 {
    if a.starts_with(b) || b.starts_with(a) { 0.9 } else { strsim::normalized_damerau_levenshtein(a, b) }
}

fn same(store: &Store, stored: &Stored, item: &Item) -> bool {
    let Some(kind) = store.kinds().get(&stored.entry.kind) else { return false };
    let title = crate::text::fold::fold(&stored.entry.title) == crate::text::fold::fold(&item.title.value);
    let url = kind.page.link.as_ref().and_then(|field| stored.entry.value(field)).map(|value| crate::model::identifier::url_key(&value.text()));
    let theirs = item.url.as_ref().map(|mark| crate::model::identifier::url_key(&mark.value));
    title && (url.is_none() || theirs.is_none() || url == theirs)
}

/// Writes what the page says into the entries, and the uids into the layout.
fn settle(
    writer: &mut Writer<'_>,
    layout: &mut Layout,
    base: Option<&Layout>,
    matched: &Matched,
    clock: &Clock,
    import: &mut PageImport,
) -> Result<(), NotebookError> {
    let source = layout.clone();
    let mut added: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let orders = orders(writer.store(), &source, matched)?;
    for (at, item, section) in source.items() {
        let Some(kind) = section.kind.as_ref().and_then(|kind| writer.store().kinds().get(kind)).cloned() else { continue };
        let theirs = draft(item, section, &kind);
        let before = match matched.get(&at) {
            Some((uid, _)) => writer.store().by_uid(uid)?,
            None => None,
        };
        let was = matched
            .get(&at)
            .and_then(|(_, was)| *was)
            .zip(base)
            .and_then(|(was, base)| base.items().into_iter().find(|(other, _, _)| *other == was).map(|(_, item, section)| draft(item, section, &kind)));
        let uid = match (before, was) {
            (Some(before), was) => {
                let changes = changes(&before.entry, &theirs, was.as_ref(), &kind);
                match revise_from_page(writer, &kind, &before, &changes, clock) {
                    Ok(true) => import.updated.push(before.entry.reference()),
                    Ok(false) => {}
                    Err(NotebookError::Invalid { problems, .. }) => import.problems.push(problem(&source, at, &problems)),
                    Err(other) => return Err(other),
                }
                before.entry.uid
            }
            // Removed in the notebook and left alone on the page: it stays removed.
            (None, Some(was)) if was == theirs => matched.get(&at).map(|(uid, _)| uid.clone()).unwrap_or_default(),
            (None, _) => {
                let mut draft = theirs;
                draft.set("private", "no");
                if let Some(order) = orders.get(&at) {
                    draft.set("position", order.position.to_string());
                    if let Some(field) = &kind.page.order {
                        draft.set(field, order.level.to_string());
                    }
                }
                match kind.admit(&draft, clock, Unknown::Refuse) {
                    Ok(entry) => {
                        let stored = writer.create(entry)?;
                        added.entry(kind.name.clone()).or_default().push(stored.entry.reference());
                        stored.entry.uid
                    }
                    Err(problems) => {
                        import.problems.push(problem(&source, at, &problems));
                        layout.pieces[at].role = Role::Prose;
                        continue;
                    }
                }
            }
        };
        if let Role::Entry(item) = &mut layout.pieces[at].role {
            item.uid = uid;
        }
    }
    let kinds: Vec<String> = writer.store().kinds().iter().map(|kind| kind.name.clone()).collect();
    import.added = kinds.into_iter().filter_map(|kind| added.remove(&kind).map(|refs| (kind, refs))).collect();
    Ok(())
}

/// What was changed by hand: the fields that differ from what the page said before, or from the entry when the page never said.
fn changes(entry: &Entry, theirs: &Draft, was: Option<&Draft>, kind: &Kind) -> Draft {
    let mut changes = Draft::of(&kind.name);
    let empty = Vec::new();
    let fields: BTreeSet<&String> = theirs.texts.keys().chain(was.into_iter().flat_map(|was| was.texts.keys())).collect();
    for field in fields {
        let now = theirs.texts.get(field).unwrap_or(&empty);
        let before: Vec<String> = match was {
            Some(was) => was.texts.get(field).unwrap_or(&empty).clone(),
            None => match field.as_str() {
                "title" => vec![entry.title.clone()],
                "body" => vec![entry.body.clone()].into_iter().filter(|body| !body.is_empty()).collect(),
                "topics" => now.iter().filter(|topic| entry.topics.contains(topic)).cloned().collect(),
                field => entry.value(field).map(crate::model::Value::texts).unwrap_or_default(),
            },
        };
        if *now == before {
            continue;
        }
        if field == "topics" {
            let mut topics: Vec<String> = now.clone();
            topics.extend(entry.topics.iter().filter(|topic| !before.contains(topic)).cloned());
            changes.set_many("topics", topics);
        } else {
            changes.set_many(field, now.clone());
        }
    }
    changes
}

fn revise_from_page(writer: &mut Writer<'_>, kind: &Kind, before: &Stored, changes: &Draft, clock: &Clock) -> Result<bool, NotebookError> {
    if changes.texts.is_empty() {
        return Ok(false);
    }
    kind_of(writer.store(), &before.entry)?;
    let after = super::entries::revise(writer.store(), kind, before, changes, clock)?;
    Ok(writer.update(before, &after)?)
}

struct Ordered {
    position: f64,
    level: f64,
}

/// Position on the page and order within the kind of each new item, between those of its neighbours.
fn orders(store: &Store, layout: &Layout, matched: &Matched) -> Result<BTreeMap<usize, Ordered>, NotebookError> {
    let items = layout.items();
    let mut known: BTreeMap<usize, (Option<f64>, Option<f64>)> = BTreeMap::new();
    for (at, (uid, _)) in matched {
        if let Some(stored) = store.by_uid(uid)? {
            let order = store.kinds().get(&stored.entry.kind).and_then(|kind| kind.page.order.clone());
            let level = order
                .and_then(|field| stored.entry.value(&field).cloned())
                .and_then(|value| if let crate::model::Value::Number(n) = value { Some(n) } else { None });
            known.insert(*at, (stored.entry.position, level));
        }
    }
    let mut orders = BTreeMap::new();
    let mut last_position = 0.0;
    let mut last_level: BTreeMap<&str, f64> = BTreeMap::new();
    for (n, (at, _, section)) in items.iter().enumerate() {
        let kind = section.kind.as_deref().unwrap_or("");
        let level = last_level.entry(kind).or_insert(0.0);
        if let Some((position, own)) = known.get(at) {
            last_position = position.unwrap_or(last_position);
            *level = own.unwrap_or(*level);
            continue;
        }
        let later = &items[n + 1..];
        let next = later.iter().find_map(|(at, _, _)| known.get(at).and_then(|(position, _)| *position)).filter(|next| *next > last_position);
        let next_level = later
            .iter()
            .filter(|(_, _, other)| other.kind.as_deref() == Some(kind))
            .find_map(|(at, _, _)| known.get(at).and_then(|(_, level)| *level))
            .filter(|next| *next > *level);
        last_position = between(last_position, next);
        *level = between(*level, next_level);
        orders.insert(*at, Ordered { position: last_position, level: *level });
    }
    Ok(orders)
}

fn between(last: f64, next: Option<f64>) -> f64 {
    next.map_or(last + 1.0, |next| f64::midpoint(last, next))
}

/// Entries that stood on the page before and stand there no more stay off it.
fn take_off(
    store: &Store,
    layout: &mut Layout,
    base: Option<&Layout>,
    stored: Option<&Layout>,
    known: &BTreeSet<String>,
    import: &mut PageImport,
) -> Result<(), NotebookError> {
    let before = stored.into_iter().flat_map(|stored| stored.absent.iter().cloned());
    let gone = base.into_iter().flat_map(|base| base.items().into_iter().map(|(_, item, _)| item.uid.clone()).collect::<Vec<_>>());
    let off: BTreeSet<String> = before.chain(gone).filter(|uid| !known.contains(uid)).collect();
    for uid in off {
        if let Some(entry) = store.by_uid(&uid)? {
            if stored.is_none_or(|stored| !stored.absent.contains(&uid)) {
                import.absent.push(entry.entry.reference());
            }
            layout.absent.push(uid);
        }
    }
    Ok(())
}

fn problem(layout: &Layout, at: usize, problems: &[crate::model::Problem]) -> Located {
    let message = problems.iter().map(|problem| format!("{} {}", problem.field, problem.message)).collect::<Vec<_>>().join("; ");
    Located { place: Place { line: line_of(layout, at), column: 1 }, message: format!("{message}; kept as prose") }
}

/// The line on which a piece begins.
fn line_of(layout: &Layout, at: usize) -> usize {
    1 + layout.pieces[..at].iter().map(|piece| piece.text.matches('\n').count() + piece.gap.matches('\n').count()).sum::<usize>()
}

fn prose(layout: &Layout) -> Vec<(Place, String)> {
    let mut line = 1;
    let mut prose = Vec::new();
    for piece in &layout.pieces {
        if piece.role == Role::Prose {
            // Items within an item are named too when they have an address.
            let inner = |text: &str| item_marker(text).is_some() && (text.contains("](") || text.contains("://"));
            for (number, text) in piece.text.lines().enumerate().filter(|(number, text)| *number == 0 || inner(text)) {
                let words: Vec<&str> = if number == 0 { piece.text.as_str() } else { text }.split_whitespace().take(12).collect();
                prose.push((Place { line: line + number, column: 1 }, words.join(" ")));
            }
        }
        line += piece.text.matches('\n').count() + piece.gap.matches('\n').count();
    }
    prose
}

/// Gathers the words of a query; says whether it asks for nothing else.
fn plain_words(query: &Query, wanted: &mut Vec<String>) -> bool {
    match query {
        Query::Words(text) => {
            wanted.extend(words(text));
            true
        }
        Query::And(parts) => parts.iter().all(|part| plain_words(part, wanted)),
        _ => false,
    }
}

/// The headings with what stands below them, for `--dry-run`.
fn outline(layout: &Layout) -> Vec<(Place, String, String)> {
    let mut outline = Vec::new();
    for (at, piece) in layout.pieces.iter().enumerate() {
        let Role::Heading(section) = &piece.role else { continue };
        let mut meaning = section.kind.clone().unwrap_or_else(|| "prose".to_owned());
        for (field, choice) in &section.choices {
            meaning.push_str(&format!(" {field}={choice}"));
        }
        if let Some(topic) = &section.topic {
            meaning.push_str(&format!(" topic={topic}"));
        }
        if let Some(period) = &section.period {
            meaning.push_str(&format!(" period={period}"));
        }
        outline.push((Place { line: line_of(layout, at), column: 1 }, section.title.clone(), meaning));
    }
    outline
}
