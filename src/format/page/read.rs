//! The parser of pages: turns Markdown blocks into pieces, sections and entries.

use std::ops::Range;

use super::heading_entry::{is_question, numbering, read_heading};
use super::headings::{Announced, Asides, Headings};
use super::list_item::{hang, hangs, read_item};
use super::table_row;
use super::tail::only_points;
use super::title::{ItemContext, linked, lists_links};
use crate::model::admit::topic;
use crate::model::identifier::url_key;
use crate::model::layout::{Item, Layout, Piece, Role, Section};
use crate::model::{Draft, Kind, Kinds, Period};
use crate::text::fold::{fold, single_spaced};
use crate::text::markdown::{Block, BlockKind, blocks, definitions, words};

/// The number of headings that are numbered questions from which on nothing else is an entry.
const QUESTIONS: usize = 3;

/// Parses a page into a layout. [`Layout::text`] returns `source`, byte for byte. The uids of all
/// entries are empty.
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
        context: ItemContext {
            definitions: definitions(source),
            foreign: headings.whole.is_some(),
        },
        sections: Vec::new(),
        pieces: Vec::new(),
        spans: Vec::new(),
    };
    let mut next = 0;
    while let Some(block) = found.get(next) {
        next += reader.block(block, &found[next + 1..]);
    }
    reader.leave_asides();
    reader.finish()
}

struct PageReader<'a> {
    source: &'a str,
    kinds: &'a Kinds,
    headings: &'a Headings,
    context: ItemContext,
    /// The headings that enclose the current block, outermost first.
    sections: Vec<Section>,
    pieces: Vec<Role>,
    spans: Vec<Range<usize>>,
}

impl PageReader<'_> {
    /// Appends a piece with its place in the source.
    fn push(&mut self, role: Role, span: Range<usize>) {
        self.pieces.push(role);
        self.spans.push(span);
    }

    /// The kind of the entries at the current position; `None` if the text here is prose.
    fn kind(&self) -> Option<&Kind> {
        let name = match self.sections.last() {
            Some(section) => section.kind.as_deref(),
            None => self.headings.whole.as_deref(),
        };
        name.and_then(|name| self.kinds.get(name))
    }

    /// Processes a block and the blocks after it that belong to it. Returns their total number.
    fn block(&mut self, block: &Block, rest: &[Block]) -> usize {
        match &block.kind {
            BlockKind::Heading { level, text } => self.heading(*level, text.clone(), block, rest),
            BlockKind::Item => {
                let text = &self.source[block.range.clone()];
                let item = self
                    .kind()
                    .and_then(|kind| read_item(text, kind, &self.context));
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

    /// Reads a table whose rows are entries: its header becomes prose, each row a piece. Returns
    /// whether the block is such a table.
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
        let lines: Vec<&str> = text[begin..].lines().collect();
        let cell = table_row::title_cell(&lines, &kind, &self.context);
        let rows: Vec<(Range<usize>, Option<Item>)> = text[begin..]
            .split_inclusive('\n')
            .scan(begin, |at, line| {
                let span = *at..*at + line.len();
                *at = span.end;
                Some((span, table_row::read_row(line, cell, &kind, &self.context)))
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

    /// Makes a paragraph the body of the item before it, if that item ends in a colon and has no
    /// body. Returns whether it did.
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

    /// Opens a section without a heading, if the user set a kind for the whole page.
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

    /// Processes a heading: it opens a section or is an entry. Returns the number of blocks used.
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
        match self.headings.announced(&words(&title)) {
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
                    // Only a heading with `#`, not an underlined (Setext) one.
                    let signed = !self.source[text.end..block.range.end]
                        .trim_end()
                        .contains(['\n', '\r']);
                    let is_entry = if self.context.foreign && lists_links(kind) {
                        self.is_linked(text.clone(), kind)
                            && !below(level, rest).iter().any(has_heading)
                    } else {
                        let below = below(level, rest);
                        let is_leaf = self.context.foreign && !below.iter().any(has_heading);
                        let is_answered = is_question(&self.source[text.clone()]);
                        kind.page.inline_body
                            && signed
                            && (is_leaf && is_answered || is_text(below))
                    };
                    if kind.page.heading || is_entry {
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

    /// Whether a heading begins with a link to another place, after its number.
    fn is_linked(&self, text: Range<usize>, kind: &Kind) -> bool {
        let start = text.start + numbering(&self.source[text.clone()]);
        let title = linked(self.source, start..text.end, kind, &self.context);
        let url = title.and_then(|title| title.url);
        url.is_some_and(|url| !url.value.starts_with('#'))
    }

    /// Reads a heading entry with everything up to the next heading of its level or higher. Returns
    /// the number of blocks used.
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
            &self.context,
        );
        if item.is_some() && self.sections.is_empty() {
            self.open_whole();
        }
        self.push(item.map_or(Role::Prose, Role::Entry), start..end);
        1 + below
    }

    /// Makes prose of the items of a page that are asides: where a quarter of the items are links, those
    /// without one; where most are names with explanations, those without one.
    fn leave_asides(&mut self) {
        let Some(kind) = self
            .headings
            .whole
            .as_ref()
            .and_then(|name| self.kinds.get(name))
        else {
            return;
        };
        let is_whole = |item: &Item| match lists_links(kind) {
            true => item.url.is_some(),
            false => item.body.is_some() || !kind.page.inline_body,
        };
        let items = || {
            self.pieces.iter().filter_map(|role| match role {
                Role::Entry(item) => Some(is_whole(item)),
                _ => None,
            })
        };
        let whole = items().filter(|whole| *whole).count();
        // The answers of a list of questions may be lists.
        let is_question = |item: &Item| item.level > 0 && item.marker.contains('Q');
        let questions = self
            .pieces
            .iter()
            .filter(|role| matches!(role, Role::Entry(item) if is_question(item)));
        let is_quiz = questions.count() >= QUESTIONS;
        let share = if lists_links(kind) { 4 } else { 2 };
        let is_mixed = share * whole >= items().count();
        for (role, span) in self.pieces.iter_mut().zip(&self.spans) {
            let Role::Entry(item) = role else { continue };
            let is_aside = match &self.headings.asides {
                Asides::None => false,
                Asides::Unlike => {
                    is_mixed && !is_whole(item)
                        || is_quiz && !is_question(item)
                        || only_points(&self.source[span.clone()])
                }
                Asides::Known(texts) => texts.contains(&self.source[span.clone()]),
            };
            if is_aside {
                *role = Role::Prose;
            }
        }
    }

    /// Builds the layout: the blank lines between two pieces become the gap of the first, and other text
    /// there, such as the addresses of reference links, a piece of its own.
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
            let between = &source[span.end..next];
            let blank = between.len() - between.trim_start().len();
            // The blank lines end where the line of the text begins.
            let blank = match blank < between.len() {
                true => between[..blank].rfind('\n').map_or(0, |at| at + 1),
                false => blank,
            };
            layout.pieces.push(Piece {
                text: source[span].to_owned(),
                gap: between[..blank].to_owned(),
                role,
            });
            let rest = &between[blank..];
            if !rest.is_empty() {
                let end = rest.trim_end().len();
                let end = rest[end..].find('\n').map_or(rest.len(), |at| end + at + 1);
                layout.pieces.push(Piece {
                    text: rest[..end].to_owned(),
                    gap: rest[end..].to_owned(),
                    role: Role::Prose,
                });
            }
        }
        layout
    }
}

/// The blocks under a heading, up to the next heading of its level or higher.
fn below(level: u8, rest: &[Block]) -> &[Block] {
    let count = rest
        .iter()
        .take_while(
            |next| !matches!(next.kind, BlockKind::Heading { level: other, .. } if other <= level),
        )
        .count();
    &rest[..count]
}

/// Whether a block is a heading.
fn has_heading(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Heading { .. })
}

/// Whether the blocks under a heading are text only, without list items and headings.
fn is_text(below: &[Block]) -> bool {
    !below.is_empty() && below.iter().all(|block| block.kind == BlockKind::Other)
}

/// Makes a heading inside a section of a kind a group: by period if the kind groups by period and
/// the title is one, else by topic.
fn group(section: &mut Section, parent: &Section, kind: &Kind, title: &str) {
    section.kind = Some(kind.name.clone());
    section.choices = parent.choices.clone();
    section.topic = parent.topic.clone();
    section.period = parent.period.clone();
    if kind.page.group.is_some() && Period::read_fixed(title).is_ok() {
        section.period = Some(title.to_owned());
    } else {
        // Use the canonical form of the topic, so that the entries under the heading match it.
        let title = topic(&words(title));
        section.topic = match (&parent.topic, title.is_empty()) {
            (above, true) => above.clone(),
            (Some(above), false) => Some(format!("{above}/{title}")),
            (None, false) => Some(title),
        };
    }
}

/// The draft of an entry, from an item and the section that contains it.
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
    for fact in &item.facts {
        draft.set_many(&fact.field, fact.values.clone());
    }
    draft
}

/// The key by which two items are recognised as the same entry: kind, folded title and URL key.
pub fn identity(kind: &str, item: &Item) -> (String, String, Option<String>) {
    (
        kind.to_owned(),
        fold(&item.title.value),
        item.url.as_ref().map(|mark| url_key(&mark.value)),
    )
}
