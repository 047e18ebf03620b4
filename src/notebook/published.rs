//! What the public gets to see of an entry: no private field, and no link to an entry that is not
//! public. A link to a private entry and one to a missing entry are treated alike, so that the output
//! does not tell which it is.

use super::error::NotebookError;
use crate::model::reference::Reference;
use crate::model::{Audience, Entry, FieldType, Kind, Value, link};
use crate::store::Store;

/// An entry as the public sees it, and the number of links that were taken out: of a link with
/// words the words stay, a bare one is removed. Links to the names in `loose` stay: they led nowhere
/// when the author wrote them on a page.
pub(super) fn published(
    store: &Store,
    entry: &Entry,
    kind: &Kind,
    loose: &[String],
) -> Result<(Entry, usize), NotebookError> {
    let mut public = kind.without_private(entry);
    let mut hidden = 0;
    for field in &kind.fields {
        if field.field_type == FieldType::Ref
            && let Some(value) = public.values.remove(&field.name)
        {
            let texts = value.texts();
            let mut kept = Vec::new();
            for text in &texts {
                if text.contains("://") {
                    kept.push(Value::Text(text.clone()));
                } else if let Some(target) = public_target(store, text)? {
                    // The name that it had before may be one from when it was private.
                    kept.push(Value::Text(target.reference()));
                }
            }
            hidden += texts.len() - kept.len();
            if field.many && !kept.is_empty() {
                public.values.insert(field.name.clone(), Value::Many(kept));
            } else if let Some(one) = kept.pop() {
                public.values.insert(field.name.clone(), one);
            }
        }
    }
    let is_hidden = |name: &str| -> Result<bool, NotebookError> {
        Ok(!loose.iter().any(|known| known == name) && !is_public(store, name)?)
    };
    let (body, links) = without_links(&entry.body, is_hidden)?;
    public.body = body;
    hidden += links;
    for field in &kind.fields {
        if matches!(field.field_type, FieldType::Line | FieldType::Text)
            && let Some(value) = public.values.get_mut(&field.name)
        {
            hidden += unlink(value, &is_hidden)?;
        }
    }
    Ok((public, hidden))
}

/// Takes the links that `hides` names out of the text of a value; returns their number.
fn unlink(
    value: &mut Value,
    hides: &impl Fn(&str) -> Result<bool, NotebookError>,
) -> Result<usize, NotebookError> {
    match value {
        Value::Text(text) => {
            let (plain, hidden) = without_links(text, hides)?;
            *text = plain;
            Ok(hidden)
        }
        Value::Many(values) => values
            .iter_mut()
            .try_fold(0, |hidden, value| Ok(hidden + unlink(value, hides)?)),
        _ => Ok(0),
    }
}

/// A body without the links that `hides` names: their words stay, and bare ones are removed. Returns
/// the number of links that were taken out. A link is `[[name]]`, `![[name]]` unless it embeds a file,
/// or `[words](note.md)`.
fn without_links(
    text: &str,
    hides: impl Fn(&str) -> Result<bool, NotebookError>,
) -> Result<(String, usize), NotebookError> {
    let (mut body, mut at, mut hidden) = (String::new(), 0, 0);
    for found in link::links(text) {
        if hides(&found.target)? {
            hidden += 1;
            body.push_str(&text[at..found.range.start]);
            body.push_str(&found.words);
            at = found.range.end;
        }
    }
    body.push_str(&text[at..]);
    Ok((body, hidden))
}

/// Whether a ref leads to one public entry.
fn is_public(store: &Store, text: &str) -> Result<bool, NotebookError> {
    Ok(public_target(store, text)?.is_some())
}

/// The one public entry that a ref leads to.
fn public_target(store: &Store, text: &str) -> Result<Option<Entry>, NotebookError> {
    let found = store.resolve_link(&Reference::read(text, store.kinds()), Audience::Public)?;
    let mut found = found.into_iter().map(|stored| stored.entry);
    Ok(found.next().filter(|_| found.next().is_none()))
}
