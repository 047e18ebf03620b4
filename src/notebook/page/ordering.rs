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
        let next = later
            .iter()
            .find_map(|(at, _, _)| known.get(at).and_then(|(position, _)| *position))
            .filter(|next| *next > last_position);
        let next_level = later
            .iter()
            .filter(|(_, _, other)| other.kind.as_deref() == Some(kind))
            .find_map(|(at, _, _)| known.get(at).and_then(|(_, level)| *level))
            .filter(|next| *next > *level);
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
