//! Reading a page: blocks into pieces, headings into sections, items into entries.

use std::ops::Range;

use super::heading_entry::read_heading;
use super::headings::{Announced, Headings};
use super::list_item::{hang, hangs, read_item};
use super::table_row;
use crate::model::admit::topic;
use crate::model::identifier::url_key;
use crate::model::layout::{Item, Layout, Piece, Role, Section};
use crate::model::{Draft, Kind, Kinds, Period};
use crate::text::fold::{fold, single_spaced};
use crate::text::markdown::{Block, BlockKind, blocks};

/// Splits a page into pieces. The layout's text is the source, byte for byte; no entry has a uid yet.
pub fn read(source: &str, kinds: &Kinds, headings: &Headings) -> Layout {
    let mark = if source.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let found: Vec<Block> = blocks(&source[mark..])
        .into_iter()
        .map(|block| {
            let shift = |range: Range<usize>| range.start + mark..range.end + mark;
            let kind = match block.kind {
                BlockKind::Heading { level, text } => BlockKind::Heading {
                    level,
                    text: shift(text),
                },
                other => other,
            };
            Block {
                kind,
                range: shift(block.range),
            }
        })
        .collect();
    let mut reader = PageReader {
        source,
        kinds,
        headings,
        sections: Vec::new(),
        pieces: Vec::new(),
        spans: Vec::new(),
    };
    let mut next = 0;
    while let Some(block) = found.get(next) {
        next += reader.block(block, &found[next + 1..]);
    }
    reader.finish()
}

struct PageReader<'a> {
    source: &'a str,
    kinds: &'a Kinds,
    headings: &'a Headings,
    /// The headings that are open here, outermost first.
    sections: Vec<Section>,
    pieces: Vec<Role>,
    spans: Vec<Range<usize>>,
}

impl PageReader<'_> {
    fn push(&mut self, role: Role, span: Range<usize>) {
        self.pieces.push(role);
        self.spans.push(span);
    }

    /// The kind of the entries that may stand here.
    fn kind(&self) -> Option<&Kind> {
        let name = match self.sections.last() {
            Some(section) => section.kind.as_deref(),
            None => self.headings.whole.as_deref(),
        };
        name.and_then(|name| self.kinds.get(name))
    }

    /// Takes one block, with as many of those behind it as belong to it; gives their number.
    fn block(&mut self, block: &Block, rest: &[Block]) -> usize {
        match &block.kind {
            BlockKind::Heading { level, text } => self.heading(*level, text.clone(), block, rest),
            BlockKind::Item => {
                let text = &self.source[block.range.clone()];
                let item = self.kind().and_then(|kind| read_item(text, kind));
                if item.is_some() && self.sections.is_empty() {
                    self.open_whole();
                }
                self.push(item.map_or(Role::Prose, Role::Entry), block.range.clone());
                1
            }
            BlockKind::Other => {
                if !self.rows(block) && !self.hang(block) {
                    self.push(Role::Prose, block.range.clone());
                }
                1
            }
        }
    }

    /// A table whose rows are entries: its head is prose, each row is a piece. Says whether it is one.
    fn rows(&mut self, block: &Block) -> bool {
        let text = &self.source[block.range.clone()];
        let Some((kind, begin)) = self
            .kind()
            .filter(|kind| kind.page.link.is_some())
            .cloned()
            .zip(table_row::rows_of(text))
        else {
            return false;
        };
        let rows: Vec<(Range<usize>, Option<Item>)> = text[begin..]
            .split_inclusive('\n')
            .scan(begin, |at, line| {
                let span = *at..*at + line.len();
                *at = span.end;
                Some((span, table_row::read_row(line, &kind)))
            })
            .collect();
        if rows.iter().all(|(_, item)| item.is_none()) {
            return false;
        }
        if self.sections.is_empty() {
            self.open_whole();
        }
        let start = block.range.start;
        self.push(Role::Prose, start..start + begin);
        for (span, item) in rows {
            self.push(
                item.map_or(Role::Prose, Role::Entry),
                start + span.start..start + span.end,
            );
        }
        true
    }

    /// An item without a body, ending in a colon, takes the paragraph right below it as its body.
    fn hang(&mut self, block: &Block) -> bool {
        let (Some(Role::Entry(item)), Some(span)) = (self.pieces.last_mut(), self.spans.last_mut())
        else {
            return false;
        };
        let text = &self.source[span.clone()];
        if item.body.is_some() || !hangs(text) || item.level > 0 || item.cells > 0 {
            return false;
        }
        let start = block.range.start - span.start;
        span.end = block.range.end;
        hang(item, &self.source[span.clone()], start);
        true
    }

    fn open_whole(&mut self) {
        if let Some(kind) = &self.headings.whole {
            let section = Section {
                kind: Some(kind.clone()),
                root: true,
                ..Section::default()
            };
            self.sections.push(section.clone());
            let at = self.spans.last().map_or(0, |span| span.end);
            self.push(Role::Heading(section), at..at);
        }
    }

    fn heading(&mut self, level: u8, text: Range<usize>, block: &Block, rest: &[Block]) -> usize {
        while self.sections.last().is_some_and(|open| open.level >= level) {
            self.sections.pop();
        }
        let title = single_spaced(&self.source[text.clone()]);
        let parent = self.sections.last().cloned().unwrap_or_else(|| Section {
            kind: self.headings.whole.clone(),
            root: true,
            ..Section::default()
        });
        let mut section = Section {
            level,
            title: title.clone(),
            ..Section::default()
        };
        match self.headings.announced(&title) {
            Announced::Kind(kind, choice) => {
                if parent.kind.as_ref() == Some(&kind) {
                    section.choices = parent.choices.clone();
                }
                if let Some((field, choice)) = choice {
                    section.choices.retain(|(known, _)| *known != field);
                    section.choices.push((field, choice));
                }
                section.kind = Some(kind);
                section.root = true;
            }
            Announced::Several => {}
            Announced::Nothing => {
                if let Some(kind) = parent.kind.as_ref().and_then(|name| self.kinds.get(name)) {
                    // Not one that a line below its text makes one.
                    let signed = !self.source[text.end..block.range.end]
                        .trim_end()
                        .contains(['\n', '\r']);
                    if kind.page.heading
                        || kind.page.inline_body && signed && is_text(below(level, rest))
                    {
                        let kind = kind.clone();
                        return self.heading_entry(level, text, block, rest, &kind);
                    }
                    group(&mut section, &parent, kind, &title);
                }
            }
        }
        self.sections.push(section.clone());
        self.push(Role::Heading(section), block.range.clone());
        1
    }

    /// A heading that is an entry, with everything below it up to the next heading of its level.
    fn heading_entry(
        &mut self,
        level: u8,
        text: Range<usize>,
        block: &Block,
        rest: &[Block],
        kind: &Kind,
    ) -> usize {
        let below = below(level, rest).len();
        let start = block.range.start;
        let end = rest[..below]
            .last()
            .map_or(block.range.end, |last| last.range.end);
        let item = read_heading(
            &self.source[start..end],
            level,
            text.start - start..text.end - start,
            block.range.end - start,
            kind,
        );
        if item.is_some() && self.sections.is_empty() {
            self.open_whole();
        }
        self.push(item.map_or(Role::Prose, Role::Entry), start..end);
        1 + below
    }

    fn finish(self) -> Layout {
        let PageReader {
            source,
            pieces,
            spans,
            ..
        } = self;
        let mut layout = Layout::default();
        let first = spans.first().map_or(source.len(), |span| span.start);
        if first > 0 {
            layout.pieces.push(Piece {
                text: source[..first].to_owned(),
                gap: String::new(),
                role: Role::Prose,
            });
        }
        for (at, role) in pieces.into_iter().enumerate() {
            let span = spans[at].clone();
            let next = spans.get(at + 1).map_or(source.len(), |span| span.start);
            layout.pieces.push(Piece {
                text: source[span.clone()].to_owned(),
                gap: source[span.end..next].to_owned(),
                role,
            });
        }
        layout
    }
}

/// The blocks below a heading, up to the next one of its level.
fn below(level: u8, rest: &[Block]) -> &[Block] {
    let count = rest
        .iter()
        .take_while(
            |next| !matches!(next.kind, BlockKind::Heading { level: other, .. } if other <= level),
        )
        .count();
    &rest[..count]
}

/// Whether blocks below a heading say what it is, rather than list what belongs to it.
fn is_text(below: &[Block]) -> bool {
    !below.is_empty() && below.iter().all(|block| block.kind == BlockKind::Other)
}

/// A heading within a section of a kind groups by period where the kind does and the heading is one, else by topic.
fn group(section: &mut Section, parent: &Section, kind: &Kind, title: &str) {
    section.kind = Some(kind.name.clone());
    section.choices = parent.choices.clone();
    section.topic = parent.topic.clone();
    section.period = parent.period.clone();
    if kind.page.group.is_some() && Period::read_fixed(title).is_ok() {
        section.period = Some(title.to_owned());
    } else {
        // In the spelling in which entries have it, so that the entries below belong here.
        let title = topic(title);
        section.topic = match (&parent.topic, title.is_empty()) {
            (above, true) => above.clone(),
            (Some(above), false) => Some(format!("{above}/{title}")),
            (None, false) => Some(title),
        };
    }
}

/// What an item and the headings above it say, as a draft.
pub fn draft(item: &Item, section: &Section, kind: &Kind) -> Draft {
    let mut draft = Draft::of(&kind.name);
    draft.set("title", item.title.value.clone());
    draft.set_many(
        "body",
        item.body.iter().map(|mark| mark.value.clone()).collect(),
    );
    if let Some(link) = &kind.page.link {
        draft.set_many(
            link,
            item.url.iter().map(|mark| mark.value.clone()).collect(),
        );
    }
    let period = kind
        .page
        .group
        .as_ref()
        .zip(section.period.as_ref())
        .or(kind
            .page
            .lead
            .as_ref()
            .zip(item.lead.as_ref().map(|mark| &mark.value)));
    if let Some((field, period)) = period {
        draft.set(field, period.clone());
    }
    for (field, choice) in &section.choices {
        draft.set(field, choice.clone());
    }
    if let Some(topic) = &section.topic {
        draft.set("topics", topic.clone());
    }
    draft
}

/// What decides that two items are the same entry: kind, folded title, and address.
pub fn identity(kind: &str, item: &Item) -> (String, String, Option<String>) {
    (
        kind.to_owned(),
        fold(&item.title.value),
        item.url.as_ref().map(|mark| url_key(&mark.value)),
    )
}
