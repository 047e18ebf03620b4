//! A page before it was edited by hand: what its file had, and what the notebook has for it now.

use std::collections::{HashMap, HashSet};

use super::export::{layout_of, render};
use crate::model::Audience;
use crate::model::layout::Layout;
use crate::notebook::error::NotebookError;
use crate::store::{Document, Store};

/// What kb knows of a page.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// The page as the notebook keeps it: as last imported.
    pub stored: Option<Layout>,
    /// The page as it would be exported now; the file may be an edited export.
    pub rendered: Option<Layout>,
    /// The page as kb last wrote its file, if it did.
    written: Option<Layout>,
    is_tracked: bool,
}

impl Before {
    /// The page `name` with its file, if that is tracked. `taken` has the uids of the entries that the
    /// filter of the file finds.
    pub(super) fn of(
        store: &Store,
        name: Option<&str>,
        document: Option<&Document>,
        taken: Option<&HashSet<String>>,
    ) -> Result<Before, NotebookError> {
        let stored = match name {
            Some(name) => layout_of(store, name)?,
            None => None,
        };
        let written = document.and_then(|file| file.base.as_deref());
        let written: Option<Layout> = written.and_then(|json| serde_json::from_slice(json).ok());
        let known = stored.as_ref().or(written.as_ref());
        let rendered = match known.zip(name) {
            Some((known, name)) => {
                let public = Audience::Public;
                Some(render(store, name, known, public, taken, &HashSet::new())?.layout)
            }
            None => None,
        };
        Ok(Before {
            stored,
            rendered,
            written,
            is_tracked: document.is_some(),
        })
    }

    /// The page that was edited to the text `source`: as the file had it, else as last imported or as it
    /// would be exported now, whichever differs from the text in fewer lines.
    pub(super) fn base(&self, source: &str) -> Option<&Layout> {
        match &self.written {
            Some(written) => Some(written),
            // A file that was imported, and not written since.
            None if self.is_tracked => self.stored.as_ref(),
            None => nearer(source, self.stored.as_ref(), self.rendered.as_ref()),
        }
    }
}

/// Of two layouts of a page, the one that differs from `source` in fewer lines.
fn nearer<'a>(
    source: &str,
    stored: Option<&'a Layout>,
    rendered: Option<&'a Layout>,
) -> Option<&'a Layout> {
    let (stored, rendered) = (stored?, rendered?);
    let mut lines: HashMap<&str, i64> = HashMap::new();
    for line in source.lines() {
        *lines.entry(line).or_default() += 1;
    }
    // The number of lines that only one of the two texts has, in any order.
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
    Some(if strange(rendered) < strange(stored) {
        rendered
    } else {
        stored
    })
}
