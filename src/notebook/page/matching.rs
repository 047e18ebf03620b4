//! Matches the items of a page to entries: first through the previous layout of the page, then by
//! looking them up in the notebook.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::format::page::read::identity;
use crate::model::entry::{base_slug, numbered_slug};
use crate::model::identifier::url_key;

use crate::model::layout::{Item, Layout, Section};
use crate::model::{Draft, Entry};
use crate::notebook::error::NotebookError;
use crate::store::{Store, Stored};
use crate::text::fold::{fold, tokens};

/// Least similarity, from 0 to 1, at which a new title counts as an edited old one.
const LIKENESS: f64 = 0.6;

/// For each item of a page, by index of its piece: the uid of its entry, and the index of the piece
/// that it was in the previous layout, if any.
pub(super) type Matched = BTreeMap<usize, (String, Option<usize>)>;

/// Matches items to those of `base`: by text, by title and address, by address, by title, and by
/// similar title. The remaining items are matched in the same way, but not by similar title, to those
/// that `left` other pages: their indices go on from those of `base`. The rest is looked up in the
/// notebook.
pub(super) fn match_items(
    store: &Store,
    layout: &Layout,
    base: Option<&Layout>,
    left: &Layout,
) -> Result<Matched, NotebookError> {
    let mut matched = Matched::new();
    // Indices in `ours`, whereas `matched` has the indices of pieces.
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let empty = Layout::default();
    let base = base.unwrap_or(&empty);
    let (theirs, ours) = (layout.items(), base.items());
    match_keys(layout, base, &mut matched, &mut used);
    match_alike(&theirs, &ours, &mut matched, &mut used);
    match_retitled(&theirs, &ours, &mut matched, &mut used);
    let mut taken: BTreeSet<String> = ours.iter().map(|(_, item, _)| item.uid.clone()).collect();
    for (at, (uid, was)) in match_moved(layout, left, &matched, &taken) {
        taken.insert(uid.clone());
        matched.insert(at, (uid, was.map(|was| base.pieces.len() + was)));
    }
    // An item that is new on the page may already be in the notebook.
    for (at, item, section) in &theirs {
        if matched.contains_key(at) {
            continue;
        }
        let Some(kind) = section.kind.as_ref() else {
            continue;
        };
        let base = base_slug(kind, &item.title.value);
        // Entries with equal titles have the slugs `title`, `title-2`, `title-3`, and so on.
        for number in 1..=50 {
            let Some(stored) = store.by_slug(kind, &numbered_slug(&base, number))? else {
                break;
            };
            // `taken` includes every entry that was on the page before. A private entry is not the one
            // that a public page shows.
            if !taken.contains(&stored.entry.uid)
                && !stored.entry.private
                && same(store, &stored, item)
            {
                taken.insert(stored.entry.uid.clone());
                matched.insert(*at, (stored.entry.uid, None));
                break;
            }
        }
    }
    Ok(matched)
}

/// Matches the items of a page that are not in `matched` to items that were on other pages, except those of
/// the entries in `taken`.
pub(super) fn match_moved(
    layout: &Layout,
    left: &Layout,
    matched: &Matched,
    taken: &BTreeSet<String>,
) -> Matched {
    let ours = left.items();
    let own = (0..ours.len()).filter(|n| taken.contains(&ours[*n].1.uid));
    let (mut all, mut used) = (matched.clone(), own.collect());
    match_keys(layout, left, &mut all, &mut used);
    match_alike(&layout.items(), &ours, &mut all, &mut used);
    all.retain(|at, _| !matched.contains_key(at));
    all
}

/// Matches the items of a page that are not matched yet to the items of `base` that are not `used`.
fn match_keys(layout: &Layout, base: &Layout, matched: &mut Matched, used: &mut BTreeSet<usize>) {
    let (theirs, ours) = (layout.items(), base.items());
    let kind_of = |section: &Section| section.kind.clone().unwrap_or_default();
    type MatchKey<'a> = Box<dyn Fn(usize, &Layout, &Item, &Section) -> Option<String> + 'a>;
    let keys: [MatchKey<'_>; 4] = [
        Box::new(|at, layout, _, section| {
            Some(format!(
                "{}\n{}",
                kind_of(section),
                layout.pieces[at].text.trim()
            ))
        }),
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
    // The strictest key comes first, so that a weak match never takes an item from a better one.
    for key in &keys {
        let mut waiting: HashMap<String, Vec<usize>> = HashMap::new();
        // In reverse, so that `pop` returns the first item with a key.
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
            let found =
                key(*at, layout, item, section).and_then(|key| waiting.get_mut(&key)?.pop());
            if let Some(n) = found {
                used.insert(n);
                matched.insert(*at, (ours[n].1.uid.clone(), Some(ours[n].0)));
            }
        }
    }
}

/// Matches unmatched items to unmatched items of the same kind that say the same, whatever their titles.
fn match_alike(
    theirs: &[(usize, &Item, &Section)],
    ours: &[(usize, &Item, &Section)],
    matched: &mut Matched,
    used: &mut BTreeSet<usize>,
) {
    let body = |item: &Item| item.body.as_ref().map(|body| body.value.trim().to_owned());
    for (at, item, section) in theirs {
        let own = body(item).filter(|body| !body.is_empty());
        if own.is_none() || matched.contains_key(at) {
            continue;
        }
        let is_alike = |(n, (_, other, at)): &(usize, &(usize, &Item, &Section))| {
            body(other) == own && at.kind == section.kind && !used.contains(n)
        };
        // It is the same if it is the only one.
        let mut alike = ours.iter().enumerate().filter(is_alike);
        if let (Some((n, _)), None) = (alike.next(), alike.next()) {
            used.insert(n);
            matched.insert(*at, (ours[n].1.uid.clone(), Some(ours[n].0)));
        }
    }
}

/// Matches unmatched items to unmatched items of the same kind with the most similar titles. Of equally
/// similar ones, the first on the page. An item that also has another address, or says something else, is
/// another one.
fn match_retitled(
    theirs: &[(usize, &Item, &Section)],
    ours: &[(usize, &Item, &Section)],
    matched: &mut Matched,
    used: &mut BTreeSet<usize>,
) {
    let open: Vec<_> = theirs
        .iter()
        .filter(|(at, _, _)| !matched.contains_key(at))
        .collect();
    let mut pairs = Vec::new();
    for (at, item, section) in &open {
        for (n, (_, other, own)) in ours.iter().enumerate() {
            if own.kind == section.kind && !used.contains(&n) && !is_replaced(item, other) {
                let likeness = similarity(&item.title.value, &other.title.value);
                if likeness >= LIKENESS {
                    pairs.push((likeness, *at, n));
                }
            }
        }
    }
    // The sort is stable.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, at, n) in pairs {
        if !matched.contains_key(&at) && used.insert(n) {
            matched.insert(at, (ours[n].1.uid.clone(), Some(ours[n].0)));
        }
    }
}

/// The least share of the words of the shorter body that are in the other one, if one is an edit of the
/// other.
const SHARED: f64 = 0.7;

/// Whether two items with different titles have different addresses, or bodies with few common words.
fn is_replaced(item: &Item, other: &Item) -> bool {
    let url = |item: &Item| item.url.as_ref().map(|url| url_key(&url.value));
    if let (Some(one), Some(another)) = (url(item), url(other))
        && one != another
    {
        return true;
    }
    let words = |item: &Item| -> BTreeSet<String> {
        let body = item.body.as_ref().map_or("", |body| body.value.as_str());
        tokens(body).into_iter().collect()
    };
    let (one, another) = (words(item), words(other));
    let shared = one.iter().filter(|word| another.contains(*word)).count() as f64;
    shared < SHARED * one.len().min(another.len()) as f64
}

/// Similarity of two titles, from 0 to 1: 0.9 if one begins with the other, else the normalized
/// Damerau-Levenshtein similarity.
fn similarity(a: &str, b: &str) -> f64 {
    if a.starts_with(b) || b.starts_with(a) {
        0.9
    } else {
        strsim::normalized_damerau_levenshtein(a, b)
    }
}

/// Whether an entry has the title of an item, and the same address if both have one.
fn same(store: &Store, stored: &Stored, item: &Item) -> bool {
    let Some(kind) = store.kinds().get(&stored.entry.kind) else {
        return false;
    };
    let title = fold(&stored.entry.title) == fold(&item.title.value);
    let url = kind
        .page
        .link
        .as_ref()
        .and_then(|field| stored.entry.value(field))
        .map(|value| url_key(&value.text()));
    let theirs = item.url.as_ref().map(|mark| url_key(&mark.value));
    title && (url.is_none() || theirs.is_none() || url == theirs)
}

/// Whether an item says something else than an entry in a field that both have. Topics are added to
/// those of the entry, so they never disagree.
pub(super) fn disagrees(entry: &Entry, theirs: &Draft) -> bool {
    theirs
        .texts
        .iter()
        .any(|(field, texts)| match field.as_str() {
            "title" | "topics" => false,
            "body" => !entry.body.is_empty() && *texts != [entry.body.as_str()],
            field => entry
                .value(field)
                .is_some_and(|value| value.texts() != *texts),
        })
}
