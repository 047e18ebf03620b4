//! What the public gets to see of an entry: no private field, and no link to an entry that is not
//! public. A link to a private entry and one to a missing entry are treated alike, so that the output
//! does not tell which it is.

use super::error::NotebookError;
use crate::model::reference::Reference;
use crate::model::{Entry, FieldType, Kind, Value};
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
                if text.contains("://") || is_public(store, text)? {
                    kept.push(Value::Text(text.clone()));
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
    Ok((public, hidden + links))
}

/// A body without the links that `hides` names: their words stay, and bare ones are removed. Returns
/// the number of links that were taken out.
fn without_links(
    text: &str,
    hides: impl Fn(&str) -> Result<bool, NotebookError>,
) -> Result<(String, usize), NotebookError> {
    let (mut body, mut rest, mut hidden) = (String::new(), text, 0);
    while let Some(start) = rest.find("[[") {
        let Some(length) = rest[start + 2..].find("]]") else {
            break;
        };
        let inner = &rest[start + 2..start + 2 + length];
        let end = start + 2 + length + 2;
        let (target, words) = inner.split_once('|').unwrap_or((inner, ""));
        let target = target.trim_end_matches('\\');
        let name = target.split('#').next().unwrap_or(target).trim();
        if inner.len() > 300 || inner.contains(['\n', '[']) || name.is_empty() {
            body.push_str(&rest[..start + 2]);
            rest = &rest[start + 2..];
            continue;
        }
        // An embedded file (`![[picture.png]]`) does not link to an entry.
        if rest[..start].ends_with('!') || !hides(name)? {
            body.push_str(&rest[..end]);
        } else {
            hidden += 1;
            body.push_str(&rest[..start]);
            body.push_str(words.trim());
        }
        rest = &rest[end..];
    }
    body.push_str(rest);
    Ok((body, hidden))
}

/// Whether a ref leads to one public entry.
fn is_public(store: &Store, text: &str) -> Result<bool, NotebookError> {
    let found = store.resolve_public(&Reference::read(text, store.kinds()))?;
    Ok(found.len() == 1)
}
