//! Writes works into a BibTeX file that has most of them already: what did not change keeps its
//! bytes, and what is new is written in the style of the file. Start reading at [`splice`].

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::bibtex::{self, BibtexItem, RawEntry, RawField};
use super::read::{generated_keys, written};
use super::strings::Strings;
use super::written::WrittenWork;
use crate::model::Kind;
use chrono::NaiveDate;

/// A work as it is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposedWork {
    /// The citation keys under which a file may have it, that of its import first.
    pub(super) known: Vec<String>,
    pub(super) written: WrittenWork,
    /// What happens if the file does not have it.
    pub if_new: IfNew,
}

/// What happens to a work that a file does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfNew {
    /// The file gets it.
    Add,
    /// The file does not get it.
    LeaveOut,
}

/// The text of a BibTeX file in which these works stand.
///
/// A record and a work belong together by the citation key; of several works with one key, it is the
/// one that has the fields of the record, else its title, else the assigned key. A record whose work
/// did not change keeps its bytes, and so does one whose key is in `left`, which says what the key was. A
/// record of one of the `removed` works leaves the file, and so does one without a work of which
/// `is_left_out` says so by its key; others stay as they are.
pub fn splice(
    base: &str,
    [works, removed]: [&[ComposedWork]; 2],
    kind: &Kind,
    today: NaiveDate,
    left: &BTreeMap<String, String>,
    is_left_out: impl Fn(&str) -> bool,
) -> String {
    let file = File::of(base, kind, today);
    let mut known: HashMap<String, Vec<&ComposedWork>> = HashMap::new();
    for work in works {
        let keys: BTreeSet<String> = work.known.iter().map(|key| key.to_lowercase()).collect();
        for key in keys {
            known.entry(key).or_default().push(work);
        }
    }
    let mut gone: HashMap<String, Vec<&ComposedWork>> = HashMap::new();
    for work in removed {
        gone.entry(work.written.key.to_lowercase())
            .or_default()
            .push(work);
    }
    let keys: HashSet<&String> = file.records.iter().map(|record| &record.key).collect();
    let mut used: HashSet<*const ComposedWork> = HashSet::new();
    // The works that only records which are left alone have.
    let mut standing: HashSet<*const ComposedWork> = HashSet::new();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    // A later entry with the key of an earlier one belongs to the work of that one.
    let mut repeated: HashMap<String, usize> = HashMap::new();
    for record in &file.records {
        let key = record.key.to_lowercase();
        let number = repeated.entry(key.clone()).or_default();
        let place = std::mem::replace(number, *number + 1);
        let is_left = left.contains_key(&record.key);
        let own = left.get(&record.key).map(|key| key.to_lowercase());
        let candidates = known.get(own.as_ref().unwrap_or(&key));
        let candidates = candidates.map_or(&[][..], Vec::as_slice);
        if candidates.is_empty() && is_left {
            continue;
        }
        if candidates.is_empty() {
            // The user replaced its key and took that back.
            let former = works.iter().filter(|work| {
                let key = &work.written.key;
                !keys.contains(key)
                    && (work.written.fields == record.written.fields || record.written.has_id(key))
            });
            if let [work] = former.collect::<Vec<_>>()[..] {
                used.insert(std::ptr::from_ref(work));
                file.change(record, &work.written, &mut edits);
                edits.push(file.rekeyed(&record.entry, &work.written.key));
                continue;
            }
            if gone.contains_key(&key) || is_left_out(&record.key) {
                edits.push((file.with_space(record), String::new()));
            }
            continue;
        }
        let is_used = |work: &&&ComposedWork| used.contains(&std::ptr::from_ref(**work));
        let is_own =
            |work: &&&ComposedWork| !is_used(work) && work.written.fields == record.written.fields;
        let title = record.written.raw("title");
        // Another work may have the key of one that was removed.
        let says_the_same = |work: &ComposedWork| {
            work.written.fields == record.written.fields || work.written.raw("title") == title
        };
        if !candidates.iter().any(|work| says_the_same(work))
            && gone
                .get(&key)
                .is_some_and(|works| works.iter().any(|work| says_the_same(work)))
        {
            if !is_left {
                edits.push((file.with_space(record), String::new()));
            }
            continue;
        }
        let is_titled =
            |work: &&&ComposedWork| !is_used(work) && work.written.raw("title") == title;
        let is_named = |work: &&&ComposedWork| {
            !is_used(work) && work.written.key.eq_ignore_ascii_case(&record.key)
        };
        let work = match place {
            0 => candidates
                .iter()
                .find(is_own)
                .or(candidates.iter().find(is_titled))
                .or(candidates.iter().find(is_named))
                .or(candidates.iter().find(|work| !is_used(work))),
            _ => candidates.iter().find(is_used),
        };
        // Two entries of the file may have become one work: the second stays as it is.
        let Some(work) = work else { continue };
        let name = own.as_ref().unwrap_or(&key);
        if is_left && !work.written.key.eq_ignore_ascii_case(name) {
            // Another record may be the one that kb writes.
            standing.insert(std::ptr::from_ref(*work));
            continue;
        }
        used.insert(std::ptr::from_ref(*work));
        if is_left {
            continue;
        }
        let now = match place.checked_sub(1) {
            None => Some(&work.written),
            Some(again) => work.written.repeated.get(again),
        };
        if let Some(now) = now {
            file.change(record, now, &mut edits);
        }
    }
    let new = works
        .iter()
        .filter(|work| work.if_new == IfNew::Add)
        .filter(|work| {
            [&used, &standing]
                .iter()
                .all(|set| !set.contains(&std::ptr::from_ref(*work)))
        });
    let new: String = new.map(|work| file.addition(&work.written)).collect();
    if !new.is_empty() {
        let end = file
            .records
            .last()
            .map_or(base.len(), |last| last.entry.end);
        edits.push((end..end, new));
    }
    applied(base, edits)
}

/// The text of a file with some records as they are in `base`. `keys` has the keys of each, here and there;
/// a record that `base` lacks is left out. If one of them changed by something else than its own text, such
/// as an `@string` or the record that it inherits from, it is `base`.
pub fn with_records(
    text: &str,
    base: &str,
    keys: &BTreeMap<String, String>,
    kind: &Kind,
    today: NaiveDate,
) -> String {
    let [now, before] = [text, base].map(|text| File::of(text, kind, today));
    let (now, before) = (now.by_key(), before.by_key());
    let is_as_before = |(key, old): (&String, &String)| {
        let texts = (now.get(key.as_str()), before.get(old.as_str()));
        matches!(texts, (Some(now), Some(before)) if now == before)
    };
    if keys.iter().any(is_as_before) {
        return base.to_owned();
    }
    let edits = keys.iter().filter_map(|(key, old)| {
        let now = now.get(key.as_str())?;
        let before = before.get(old.as_str()).copied().unwrap_or_default();
        let from = now.as_ptr() as usize - text.as_ptr() as usize;
        Some((from..from + now.len(), before.to_owned()))
    });
    applied(text, edits.collect())
}

/// The number of bytes of the text before a record by which its place is found again.
const TAIL: usize = 80;

/// A record of a file and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacedRecord<'a> {
    /// Its citation key.
    pub key: &'a str,
    /// Its text, with the white space before it.
    pub text: &'a str,
    /// The citation key of the record before it.
    pub after: Option<&'a str>,
    /// The end of the text before it.
    pub behind: &'a str,
}

/// Calls a function with each record of a file, in order.
pub fn for_each_record(
    source: &str,
    kind: &Kind,
    today: NaiveDate,
    mut visit: impl FnMut(PlacedRecord<'_>),
) {
    let file = File::of(source, kind, today);
    let mut after = None;
    for record in &file.records {
        let place = file.with_space(record);
        let before = &source[..place.start];
        let tail = before.floor_char_boundary(before.len().saturating_sub(TAIL));
        visit(PlacedRecord {
            key: &record.key,
            text: &source[place],
            after,
            behind: &before[tail..],
        });
        after = Some(record.key.as_str());
    }
}

/// The text of a file with a record that it had: behind the text that was before it, else behind the record
/// that was, else at the end.
pub fn put_back(source: &str, record: PlacedRecord<'_>, kind: &Kind, today: NaiveDate) -> String {
    let file = File::of(source, kind, today);
    let of_key = |key: &str| file.records.iter().rfind(|record| record.key == key);
    if of_key(record.key).is_some() {
        return source.to_owned();
    }
    let after = record.after.and_then(of_key);
    let text = source.match_indices(record.behind);
    let text: Vec<usize> = match record.behind {
        // It was the first one.
        "" if record.after.is_none() => vec![0],
        "" => Vec::new(),
        behind => text.map(|(at, _)| at + behind.len()).take(2).collect(),
    };
    let at = match (&text[..], after) {
        ([at], _) => *at,
        (_, Some(before)) => before.entry.end,
        _ => source.trim_end().len(),
    };
    // The space behind the first record may have gone with the one before it.
    let is_parted = source[at..].starts_with(char::is_whitespace);
    let text = match is_parted {
        true => record.text.trim_end(),
        false => record.text,
    };
    applied(source, vec![(at..at, text.to_owned())])
}

/// A text with some of its ranges replaced.
fn applied(base: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut text, mut at) = (String::with_capacity(base.len()), 0);
    for (range, new) in edits {
        text.push_str(&base[at..range.start.max(at)]);
        text.push_str(&new);
        at = range.end.max(at);
    }
    text.push_str(&base[at..]);
    text
}

/// A BibTeX file and the entries in it.
struct File<'s> {
    source: &'s str,
    line_end: &'static str,
    records: Vec<Record<'s>>,
}

/// An entry of a file.
struct Record<'s> {
    entry: RawEntry<'s>,
    /// Its citation key, generated if it has none.
    key: String,
    written: WrittenWork,
}

impl<'s> File<'s> {
    fn of(source: &'s str, kind: &Kind, today: NaiveDate) -> File<'s> {
        let mut strings = Strings::default();
        let mut records = Vec::new();
        for item in bibtex::scan(source).0 {
            match item {
                BibtexItem::String(at, name, value) => drop(strings.define(at, name, &value)),
                BibtexItem::Entry(entry) => {
                    let written = written(&entry, &mut strings);
                    records.push(Record {
                        key: written.key.clone(),
                        entry,
                        written,
                    });
                }
                BibtexItem::Comment(..) | BibtexItem::Preamble(..) => {}
            }
        }
        if records.iter().any(|record| record.key.is_empty()) {
            let generated = generated_keys(source, kind, today);
            for record in records.iter_mut().filter(|record| record.key.is_empty()) {
                if let Some(key) = generated.get(&record.entry.at) {
                    record.key.clone_from(key);
                }
            }
        }
        File {
            source,
            line_end: if source.contains("\r\n") {
                "\r\n"
            } else {
                "\n"
            },
            records,
        }
    }

    /// The text of the first record with each key.
    fn by_key(&self) -> BTreeMap<&str, &'s str> {
        let mut texts = BTreeMap::new();
        for record in &self.records {
            let text = &self.source[record.entry.at..record.entry.end];
            texts.entry(record.key.as_str()).or_insert(text);
        }
        texts
    }

    /// The bytes of a part of the source.
    fn range(&self, part: &str) -> Range<usize> {
        let from = part.as_ptr() as usize - self.source.as_ptr() as usize;
        from..from + part.len()
    }

    /// The edit that gives an entry another key. One without a key may lack the comma after it.
    fn rekeyed(&self, entry: &RawEntry<'_>, key: &str) -> (Range<usize>, String) {
        let place = self.range(entry.key);
        let first = entry.fields.first().map(|field| self.range(field.name));
        let lacks_comma =
            first.is_some_and(|name| !self.source[place.end..name.start].contains(','));
        let comma = if lacks_comma { ", " } else { "" };
        (place, format!("{key}{comma}"))
    }

    /// The bytes of an entry with the white space before it; at the start of the file, with that after it.
    fn with_space(&self, record: &Record<'_>) -> Range<usize> {
        let before = self.source[..record.entry.at].trim_end().len();
        if before > 0 {
            return before..record.entry.end;
        }
        let behind = &self.source[record.entry.end..];
        let space = behind.len() - behind.trim_start().len();
        record.entry.at..record.entry.end + space
    }

    /// Adds the edits that make an entry what it is now: values that changed are replaced where they
    /// are, fields that are gone leave with the comma before them, and new fields follow the last one.
    /// The key stays, whatever the notebook calls the entry, unless the user replaced it. An entry without
    /// one gets it, by which it is known when it comes back.
    fn change(
        &self,
        record: &Record<'_>,
        now: &WrittenWork,
        edits: &mut Vec<(Range<usize>, String)>,
    ) {
        let (entry, before) = (&record.entry, &record.written);
        let unchanged = edits.len();
        if before.kind != now.kind {
            let kind = cased(&now.kind, entry.kind);
            edits.push((self.range(entry.kind), kind));
        }
        let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, raw) in now.fields.iter().rev() {
            values.entry(name).or_default().push(raw);
        }
        let (mut last, mut is_open) = (self.range(entry.key).end, false);
        for (field, (name, raw)) in entry.fields.iter().zip(&before.fields) {
            match values.get_mut(name.as_str()).and_then(Vec::pop) {
                Some(new) if new == raw => {}
                Some(new) => {
                    let old = &self.source[field.value.clone()];
                    edits.push((field.value.clone(), self.valued(new, old)));
                }
                None => {
                    let gone = self.without(last, field);
                    // The comma before it stays.
                    is_open = gone.start > last;
                    edits.push((gone, String::new()));
                    last = field.value.end;
                    continue;
                }
            }
            (last, is_open) = (field.value.end, false);
        }
        let added: String = now
            .fields
            .iter()
            .filter(|(name, raw)| {
                let left = values.get_mut(name.as_str());
                left.is_some_and(|left| {
                    let is_left = left.last() == Some(&raw.as_str());
                    if is_left {
                        left.pop();
                    }
                    is_left
                })
            })
            .map(|(name, raw)| self.field(entry, name, raw))
            .collect();
        if !added.is_empty() {
            self.insert(last, is_open, &added, edits);
        }
        let is_edited = edits.len() > unchanged;
        if now.former.contains(&record.key) || before.key.is_empty() && is_edited {
            let (place, mut key) = self.rekeyed(entry, &now.key);
            // A first field that is gone leaves its comma.
            if edits[unchanged..]
                .iter()
                .any(|(gone, _)| gone.start == place.end && !gone.is_empty())
            {
                key.clone_from(&now.key);
            }
            edits.push((place, key));
        }
    }

    /// Adds the edits that put new fields, each with a comma before it, behind the one that ends at `last`,
    /// and behind a comment in its line. If it is `open`, that field goes, and the comma before it stays.
    fn insert(
        &self,
        last: usize,
        open: bool,
        added: &str,
        edits: &mut Vec<(Range<usize>, String)>,
    ) {
        let bare = added.strip_prefix(',').unwrap_or(added);
        if open {
            let is_line = edits
                .last()
                .is_some_and(|(gone, _)| self.source[gone.clone()].ends_with('\n'));
            let text = match bare.strip_prefix(self.line_end).filter(|_| is_line) {
                Some(lines) => format!("{lines}{}", self.line_end),
                None => bare.to_owned(),
            };
            edits.push((last..last, text));
            return;
        }
        let line = self.source[last..].lines().next().unwrap_or_default();
        let behind = line.trim_start_matches([' ', '\t', ',']);
        if !behind.starts_with('%') {
            edits.push((last..last, added.to_owned()));
            return;
        }
        let bare = match bare.starts_with(self.line_end) {
            true => bare.to_owned(),
            false => format!("{}  {}", self.line_end, bare.trim_start()),
        };
        let end = last + line.len();
        let has_comma = line[..line.len() - behind.len()].contains(',');
        if has_comma {
            edits.push((end..end, format!("{bare},")));
        } else {
            edits.extend([(last..last, ",".to_owned()), (end..end, bare)]);
        }
    }

    /// The bytes that go with a field: those from the one before it, which ends at `last`, so that the comma
    /// between them goes. A comment there stays, with that comma; then the one after the field goes.
    fn without(&self, last: usize, field: &RawField<'_>) -> Range<usize> {
        let from = self.range(field.name).start;
        if !self.source[last..from].contains('%') {
            return last..field.value.end;
        }
        let behind = &self.source[field.value.end..];
        let comma = behind.trim_start().starts_with(',');
        let to = match comma {
            true => field.value.end + behind.find(',').unwrap_or_default() + 1,
            false => field.value.end,
        };
        let line = self.source[..from].rfind('\n').map_or(0, |at| at + 1);
        let rest = self.source[to..].find('\n').map_or(to, |at| to + at + 1);
        let is_blank = |part: Range<usize>| self.source[part].trim().is_empty();
        match is_blank(line..from) && is_blank(to..rest) && rest > to {
            true => line..rest,
            false => from..to,
        }
    }

    /// A field as the fields of an entry are written, with the comma before it: in their case, with
    /// their brackets, and with the `=` in their column if they all have it there.
    fn field(&self, entry: &RawEntry<'_>, name: &str, raw: &str) -> String {
        let style = entry.fields.last().and_then(|last| self.style(entry, last));
        let Some((before, assigns, width, sample)) = style else {
            return format!(",{}  {name} = {raw}", self.line_end);
        };
        let name = cased(name, sample.name);
        let total = sample.name.len() + assigns.len();
        let aligned = entry.fields.iter().all(|field| {
            self.style(entry, field)
                .is_none_or(|(_, assigns, _, _)| field.name.len() + assigns.len() == total)
        });
        let is_padded = aligned && entry.fields.len() > 1 && name.len() < total;
        let assigns = if is_padded {
            let (left, right) = assigns.split_once('=').unwrap_or((" ", " "));
            if left.len() >= right.len() {
                let pad = width.saturating_sub(name.len()).max(1);
                format!("{}={right}", " ".repeat(pad))
            } else {
                let pad = total.saturating_sub(name.len() + left.len() + 1).max(1);
                format!("{left}={}", " ".repeat(pad))
            }
        } else {
            assigns.to_owned()
        };
        let value = self.valued(raw, &self.source[sample.value.clone()]);
        format!("{before}{name}{assigns}{value}")
    }

    /// How a field of an entry is written: what is before its name, what is between its name and its
    /// value, the column of the `=`, and the field.
    fn style<'f>(
        &self,
        entry: &'f RawEntry<'s>,
        field: &'f RawField<'s>,
    ) -> Option<(&'s str, &'s str, usize, &'f RawField<'s>)> {
        let name = self.range(field.name);
        let before = entry
            .fields
            .iter()
            .rev()
            .find(|other| other.value.end <= name.start)
            .map_or(self.range(entry.key).end, |other| other.value.end);
        let before = &self.source[before..name.start];
        let assigns = self.source.get(name.end..field.value.start)?;
        let is_plain = |text: &str| {
            text.chars()
                .all(|c| c.is_whitespace() || c == ',' || c == '=')
        };
        let column = field.name.len() + assigns.find('=')?;
        (is_plain(before) && before.matches(',').count() == 1 && is_plain(assigns))
            .then_some((before, assigns, column, field))
    }

    /// A raw value in the brackets of another one: in quotation marks if it has none itself, a number
    /// without any.
    fn valued(&self, raw: &str, like: &str) -> String {
        let raw = match self.line_end {
            "\n" => raw.to_owned(),
            line_end => raw.replace("\r\n", "\n").replace('\n', line_end),
        };
        let Some(text) = raw
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
        else {
            return raw;
        };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if is_number(like) && is_number(text) {
            text.to_owned()
        } else if like.starts_with('"') && !text.contains(['"', '{', '}']) {
            format!("\"{text}\"")
        } else {
            raw
        }
    }

    /// A new entry in the style of the last one, with the white space before it: as much as is
    /// between the last two entries, or an empty line.
    fn addition(&self, work: &WrittenWork) -> String {
        let again = work.repeated.iter();
        let texts = std::iter::once(work).chain(again).map(|work| {
            let text = self.entry(work);
            match self.records.as_slice() {
                [] if self.source.is_empty() => text,
                [] => format!("{0}{text}", self.line_end),
                [.., one, last] => {
                    let between = &self.source[one.entry.end..last.entry.at];
                    let space = if between.trim().is_empty() && !between.is_empty() {
                        between.to_owned()
                    } else {
                        self.line_end.repeat(2)
                    };
                    format!("{space}{text}")
                }
                [_] => format!("{}{text}", self.line_end.repeat(2)),
            }
        });
        texts.collect()
    }

    fn entry(&self, work: &WrittenWork) -> String {
        let sample = self
            .records
            .iter()
            .rev()
            .map(|record| &record.entry)
            .find(|entry| {
                entry.fields.len() > 1
                    && entry.fields.iter().all(|f| self.style(entry, f).is_some())
            });
        let Some(sample) = sample else {
            let text = bibtex::text(work);
            return text.trim_end().replace('\n', self.line_end);
        };
        let head = self.range(sample.kind).end..self.range(sample.key).start;
        let last = sample
            .fields
            .last()
            .map_or(sample.end, |last| last.value.end);
        let fields: String = work
            .fields
            .iter()
            .map(|(name, raw)| self.field(sample, name, raw))
            .collect();
        format!(
            "@{}{}{}{fields}{}",
            cased(&work.kind, sample.kind),
            &self.source[head],
            work.key,
            &self.source[last..sample.end]
        )
    }
}

/// A name in the case of another one: `ARTICLE`, `Article` or as it is. Field names and entry types
/// mean the same in every case.
fn cased(name: &str, like: &str) -> String {
    let mut letters = like.chars().filter(|c| c.is_alphabetic());
    let first = letters.next().is_some_and(char::is_uppercase);
    match (first, letters.next().is_some_and(char::is_uppercase)) {
        (true, true) => name.to_uppercase(),
        (true, false) => {
            let mut rest = name.chars();
            let first = rest.next().into_iter().flat_map(char::to_uppercase);
            first.chain(rest).collect()
        }
        _ => name.to_owned(),
    }
}
