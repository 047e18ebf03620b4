//! Computes where new items go in the order of their page and of their kind.

use std::collections::BTreeMap;

use super::matching::Matched;
use crate::model::Value;
use crate::model::layout::Layout;
use crate::notebook::error::NotebookError;
use crate::store::Store;

/// The place of a new item in both orders.
pub(super) struct Ordered {
    /// The order on the page.
    pub position: f64,
    /// The order within the kind.
    pub level: f64,
}

/// The orders of each new item, by index of its piece: values between those of its neighbours.
pub(super) fn orders(
    store: &Store,
    layout: &Layout,
    matched: &Matched,
) -> Result<BTreeMap<usize, Ordered>, NotebookError> {
    let items = layout.items();
    let mut known: BTreeMap<usize, (Option<f64>, Option<f64>)> = BTreeMap::new();
    for (at, (uid, _)) in matched {
        if let Some(stored) = store.by_uid(uid)? {
            let order = store
                .kinds()
                .get(&stored.entry.kind)
                .and_then(|kind| kind.page.order.clone());
            let level = order
                .and_then(|field| stored.entry.value(&field).cloned())
                .and_then(|value| {
                    if let Value::Number(n) = value {
                        Some(n)
                    } else {
                        None
                    }
                });
            known.insert(*at, (stored.entry.position, level));
        }
    }
    // The next known order after each item, on the page and in the kind, from the last item on.
    let mut following = vec![(None, None); items.len()];
    let mut next_position = None;
    let mut next_levels: BTreeMap<&str, f64> = BTreeMap::new();
    for (n, (at, _, section)) in items.iter().enumerate().rev() {
        let kind = section.kind.as_deref().unwrap_or("");
        following[n] = (next_position, next_levels.get(kind).copied());
        if let Some((position, level)) = known.get(at) {
            next_position = position.or(next_position);
            if let Some(level) = level {
                next_levels.insert(kind, *level);
            }
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
        let (next, next_level) = following[n];
        let next = next.filter(|next| *next > last_position);
        let next_level = next_level.filter(|next| *next > *level);
        last_position = between(last_position, next);
        *level = between(*level, next_level);
        orders.insert(
            *at,
            Ordered {
                position: last_position,
                level: *level,
            },
        );
    }
    Ok(orders)
}

/// The midpoint of two orders, or `last + 1` if nothing follows.
fn between(last: f64, next: Option<f64>) -> f64 {
    next.map_or(last + 1.0, |next| f64::midpoint(last, next))
}
