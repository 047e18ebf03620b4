//! Proposes a kind for the items of a page whose headings name none.
//!
//! The page is read once as entries of each sort of kind (works, names with explanations, links), and
//! what the readings yield is compared. Nothing is written: the user decides.

use crate::format::page::headings::{Asides, Headings};
use crate::format::page::read::{draft, read};
use crate::format::page::{holds_links, holds_works, is_work_address, lists_links};
use crate::model::layout::{Layout, Role};
use crate::model::{Draft, Kind};
use crate::notebook::session::Notebook;

/// What an import of a page with a certain kind would make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The plural of the kind.
    pub kind: String,
    /// The number of entries that it would make.
    pub entries: usize,
    /// The titles of the first ones.
    pub examples: Vec<String>,
    /// The number of headings under which they are.
    pub headings: usize,
}

/// The most titles that a proposal names.
const EXAMPLES: usize = 3;

impl Notebook {
    /// The kind that fits the items of a page best; none if it has fewer than two items.
    ///
    /// Items that mostly link to papers are of the first kind that has identifiers of works, items
    /// with an explanation and without a link of the first kind that explains names, all other links
    /// of the first kind that lists links and has neither dates on the page nor choices.
    pub fn propose_kind(&self, source: &str) -> Option<Proposal> {
        let kinds = self.kinds();
        let of_kind = |kind| self.read_as(kind, source);
        let explains = |kind: &&Kind| kind.page.inline_body && !lists_links(kind);
        let works = kinds.iter().find(|kind| holds_works(kind)).map(of_kind);
        let names = kinds.iter().find(explains).map(of_kind);
        let links = kinds.iter().find(|kind| holds_links(kind)).map(of_kind);
        let link_of = |kind: &Kind, draft: &Draft| {
            let link = kind.page.link.as_ref()?;
            draft.text(link).map(str::to_owned)
        };
        let count = |found: &Option<(&Kind, Layout, Vec<Draft>)>,
                     is_one: &dyn Fn(&Kind, &Draft) -> bool| {
            found.as_ref().map_or(0, |(kind, _, drafts)| {
                drafts.iter().filter(|draft| is_one(kind, draft)).count()
            })
        };
        let linked = count(&links, &|kind, draft| link_of(kind, draft).is_some());
        let published = count(&works, &|kind, draft| {
            link_of(kind, draft).is_some_and(|url| is_work_address(&url))
        });
        let explained = count(&names, &|kind, draft| {
            link_of(kind, draft).is_none()
                && draft
                    .text("body")
                    .is_some_and(|body| !body.trim().is_empty())
        });
        let best = match () {
            () if published > 0 && 2 * published >= linked && 2 * published >= explained => works,
            () if explained > linked => names,
            () => links,
        };
        best.filter(|(_, _, drafts)| drafts.len() > 1)
            .map(|(kind, layout, drafts)| Proposal {
                kind: kind.plural.clone(),
                entries: drafts.len(),
                examples: drafts
                    .iter()
                    .take(EXAMPLES)
                    .filter_map(|draft| draft.text("title").map(str::to_owned))
                    .collect(),
                headings: headings_with_items(&layout),
            })
    }
}

/// A kind, a page of it, and the drafts of its items.
type ReadAs<'k> = (&'k Kind, Layout, Vec<Draft>);

impl Notebook {
    /// Reads a page as one of entries of a kind.
    fn read_as<'k>(&'k self, kind: &'k Kind, source: &str) -> ReadAs<'k> {
        let mut headings = Headings::new(self.kinds(), &[], Some(&kind.name));
        headings.asides = Asides::Unlike;
        let layout = read(source, self.kinds(), &headings);
        let items = layout.items();
        let drafts = items
            .into_iter()
            .map(|(_, item, section)| draft(item, section, kind))
            .collect();
        (kind, layout, drafts)
    }
}

/// The number of headings with an item under them.
fn headings_with_items(layout: &Layout) -> usize {
    let mut found = 0;
    let mut is_counted = true;
    for piece in &layout.pieces {
        match piece.role {
            Role::Heading(ref section) => is_counted = section.level == 0,
            Role::Entry(_) if !is_counted => {
                found += 1;
                is_counted = true;
            }
            _ => {}
        }
    }
    found
}
