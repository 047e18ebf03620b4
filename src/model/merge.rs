//! What becomes of a value that two sides changed since they last agreed.
//!
//! The rules do not depend on which side merges: `theirs` is the side whose operation comes later in
//! the order of the log. docs/design/007-merge.md explains them.

use serde_json::{Map, Value as Json};

use crate::text::three_way;

/// A merged value.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The value; none if there is none.
    pub value: Option<Json>,
    /// Whether both sides changed it differently, so that one of them was chosen.
    pub is_conflict: bool,
}

/// Merges a value that was `base` and is `ours` on one side and `theirs` on the other.
///
/// Lists merge by element, objects by field, texts of several lines by lines. Of two other values,
/// theirs is taken.
pub fn merge(base: Option<&Json>, ours: Option<&Json>, theirs: Option<&Json>) -> Merged {
    let settled = |value: Option<&Json>| Merged {
        value: value.cloned(),
        is_conflict: false,
    };
    if ours == base || ours == theirs {
        return settled(theirs);
    }
    if theirs == base {
        return settled(ours);
    }
    let conflict = Merged {
        value: theirs.cloned(),
        is_conflict: true,
    };
    match (ours, theirs) {
        (Some(Json::Array(ours)), Some(Json::Array(theirs))) => Merged {
            value: Some(Json::Array(lists(
                base.and_then(Json::as_array).map_or(&[][..], Vec::as_slice),
                ours,
                theirs,
            ))),
            is_conflict: false,
        },
        (Some(Json::Object(ours)), Some(Json::Object(theirs))) => {
            let empty = Map::new();
            let base = base.and_then(Json::as_object).unwrap_or(&empty);
            objects(base, ours, theirs)
        }
        (Some(Json::String(ours)), Some(Json::String(theirs))) => {
            let base = base.and_then(Json::as_str).unwrap_or_default();
            let has_lines = [base, ours, theirs].iter().any(|text| text.contains('\n'));
            match three_way::merge(base, ours, theirs) {
                Some(text) if has_lines => Merged {
                    value: Some(Json::String(text)),
                    is_conflict: false,
                },
                _ => conflict,
            }
        }
        _ => conflict,
    }
}

/// What is on both sides and what either added, without what either removed.
fn lists(base: &[Json], ours: &[Json], theirs: &[Json]) -> Vec<Json> {
    let mut merged: Vec<Json> = ours
        .iter()
        .filter(|item| theirs.contains(item) || !base.contains(item))
        .cloned()
        .collect();
    for item in theirs {
        if !base.contains(item) && !merged.contains(item) {
            merged.push(item.clone());
        }
    }
    merged
}

fn objects(
    base: &Map<String, Json>,
    ours: &Map<String, Json>,
    theirs: &Map<String, Json>,
) -> Merged {
    let mut merged = Map::new();
    let mut is_conflict = false;
    let added = theirs.keys().filter(|key| !ours.contains_key(*key));
    for key in ours.keys().chain(added) {
        let field = merge(base.get(key), ours.get(key), theirs.get(key));
        is_conflict |= field.is_conflict;
        if let Some(value) = field.value {
            merged.insert(key.clone(), value);
        }
    }
    Merged {
        value: Some(Json::Object(merged)),
        is_conflict,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::merge;

    fn merged(base: &Json, ours: &Json, theirs: &Json) -> (Json, bool) {
        let value = |json: &Json| (!json.is_null()).then(|| json.clone());
        let [base, ours, theirs] = [base, ours, theirs].map(value);
        let found = merge(base.as_ref(), ours.as_ref(), theirs.as_ref());
        (found.value.unwrap_or_default(), found.is_conflict)
    }

    #[test]
    fn a_change_of_one_side_is_taken() {
        for (base, ours, theirs, value) in [
            (json!("a"), json!("a"), json!("b"), json!("b")),
            (json!("a"), json!("b"), json!("a"), json!("b")),
            (json!("a"), json!("b"), json!("b"), json!("b")),
            (json!("a"), json!(null), json!("a"), json!(null)),
            (json!(null), json!(null), json!(1), json!(1)),
        ] {
            assert_eq!(merged(&base, &ours, &theirs), (value, false));
        }
    }

    #[test]
    fn of_two_changes_of_one_value_the_later_is_taken_and_named() {
        assert_eq!(merged(&json!(1), &json!(2), &json!(3)), (json!(3), true));
        assert_eq!(
            merged(&json!("a"), &json!("b"), &json!(null)),
            (json!(null), true)
        );
        assert_eq!(
            merged(&json!("a"), &json!("b"), &json!("c")),
            (json!("c"), true)
        );
    }

    #[test]
    fn lists_objects_and_lines_merge() {
        assert_eq!(
            merged(
                &json!(["a", "b"]),
                &json!(["a", "b", "c"]),
                &json!(["b", "d"])
            ),
            (json!(["b", "c", "d"]), false)
        );
        assert_eq!(
            merged(
                &json!({"a": 1, "b": 1}),
                &json!({"a": 2, "b": 1}),
                &json!({"b": 3, "c": 1})
            ),
            (json!({"b": 3, "c": 1}), true),
            "`a` was changed here and removed there"
        );
        assert_eq!(
            merged(&json!({"a": 1}), &json!({"a": 2}), &json!({"a": 1, "b": 1})),
            (json!({"a": 2, "b": 1}), false)
        );
        assert_eq!(
            merged(
                &json!("a\nb\nc\n"),
                &json!("A\nb\nc\n"),
                &json!("a\nb\nC\n")
            ),
            (json!("A\nb\nC\n"), false)
        );
        assert_eq!(
            merged(&json!("a\nb\n"), &json!("A\nb\n"), &json!("B\nb\n")),
            (json!("B\nb\n"), true)
        );
    }
}
