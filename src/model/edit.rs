//! How a value in the history changed: from one value to another, or by the pieces that differ.

use serde_json::{Value as Json, json};

use crate::text::{checksum, difference};

/// How a value changed. A long text, a list or an object changes by its pieces.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// From one value to another. `None`: the field had or has no value.
    Whole {
        /// The value before.
        old: Option<Json>,
        /// The value after.
        new: Option<Json>,
    },
    /// The pieces that differ.
    Pieces {
        /// The pieces before.
        old: Pieces,
        /// The pieces after, as many as before.
        new: Pieces,
    },
    /// The values were purged.
    Purged,
}

/// Pieces of a text, of a list, or of the fields of an object in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces {
    /// The checksum of the whole.
    whole: String,
    /// Where each piece starts, in bytes or items, and the piece: a text or a list.
    pieces: Vec<(usize, Json)>,
}

/// What the two texts of a change in the log are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The values before and after.
    Values,
    /// The pieces that differ.
    Pieces,
}

/// The value is not the one that the edit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mismatch;

impl Edit {
    /// The shortest edit from one value to another.
    pub fn between(old: Option<Json>, new: Option<Json>) -> Edit {
        let ranges = match (&old, &new) {
            (Some(Json::String(old)), Some(Json::String(new))) => difference::of_texts(old, new),
            (Some(before), Some(after)) => match (items(before), items(after)) {
                (Some(before), Some(after)) => difference::of_items(&before, &after),
                _ => return Edit::Whole { old, new },
            },
            _ => return Edit::Whole { old, new },
        };
        let (Some(before), Some(after)) = (&old, &new) else {
            return Edit::Whole { old, new };
        };
        let (removed, added) = ranges.into_iter().unzip();
        let edit = Edit::Pieces {
            old: Pieces::of(before, removed),
            new: Pieces::of(after, added),
        };
        let length = |edit: &Edit| {
            let (old, new) = edit.stored();
            [old, new].iter().flatten().map(String::len).sum::<usize>()
        };
        let whole = Edit::Whole { old, new };
        if length(&edit) < length(&whole) {
            edit
        } else {
            whole
        }
    }

    /// The edit that takes this one back.
    pub fn reversed(self) -> Edit {
        match self {
            Edit::Whole { old, new } => Edit::Whole { old: new, new: old },
            Edit::Pieces { old, new } => Edit::Pieces { old: new, new: old },
            Edit::Purged => Edit::Purged,
        }
    }

    /// The value after the edit of `value`.
    ///
    /// # Errors
    /// [`Mismatch`] if the edit changes another value, or was purged.
    pub fn apply(&self, value: Option<&Json>) -> Result<Option<Json>, Mismatch> {
        match self {
            Edit::Whole { old, new } if old.as_ref() == value => Ok(new.clone()),
            Edit::Pieces { old, new } => {
                let value = value.ok_or(Mismatch)?;
                old.replace(value, new).map(Some).ok_or(Mismatch)
            }
            Edit::Whole { .. } | Edit::Purged => Err(Mismatch),
        }
    }

    /// The values before and after; of pieces, the pieces.
    pub fn values(&self) -> (Option<Json>, Option<Json>) {
        match self {
            Edit::Whole { old, new } => (old.clone(), new.clone()),
            Edit::Pieces { old, new } => (Some(json!(old.pieces)), Some(json!(new.pieces))),
            Edit::Purged => (None, None),
        }
    }

    /// The two texts that the log keeps: values, or pieces.
    pub fn stored(&self) -> (Option<String>, Option<String>) {
        match self {
            Edit::Whole { old, new } => (
                old.as_ref().map(Json::to_string),
                new.as_ref().map(Json::to_string),
            ),
            Edit::Pieces { old, new } => (Some(old.stored()), Some(new.stored())),
            Edit::Purged => (None, None),
        }
    }

    /// The form of the two texts.
    pub fn form(&self) -> Form {
        match self {
            Edit::Pieces { .. } => Form::Pieces,
            Edit::Whole { .. } | Edit::Purged => Form::Values,
        }
    }

    /// Reads the texts of [`Edit::stored`]. A text that is not JSON is a value.
    pub fn read(form: Form, old: Option<&str>, new: Option<&str>) -> Edit {
        let json = |text: &str| {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()))
        };
        if form == Form::Pieces
            && let (Some(before), Some(after)) = (
                old.and_then(|text| Pieces::read(&json(text))),
                new.and_then(|text| Pieces::read(&json(text))),
            )
        {
            return Edit::Pieces {
                old: before,
                new: after,
            };
        }
        Edit::Whole {
            old: old.map(json),
            new: new.map(json),
        }
    }
}

impl Pieces {
    fn of(whole: &Json, ranges: Vec<std::ops::Range<usize>>) -> Pieces {
        let piece = |range: std::ops::Range<usize>| {
            let text = match whole {
                Json::String(text) => text.get(range.clone()).map(Json::from),
                other => items(other).and_then(|items| Some(json!(items.get(range.clone())?))),
            };
            (range.start, text.unwrap_or_default())
        };
        Pieces {
            whole: sum(whole),
            pieces: ranges.into_iter().map(piece).collect(),
        }
    }

    /// A value with these pieces replaced by others; none if it is not the value that has them.
    fn replace(&self, value: &Json, by: &Pieces) -> Option<Json> {
        if sum(value) != self.whole || self.pieces.len() != by.pieces.len() {
            return None;
        }
        let pairs = self.pieces.iter().zip(&by.pieces);
        let replaced = match value {
            Json::String(text) => {
                let (mut made, mut at) = (String::new(), 0);
                for ((start, old), (_, new)) in pairs {
                    made.push_str(text.get(at..*start)?);
                    made.push_str(new.as_str()?);
                    at = start + old.as_str()?.len();
                }
                made.push_str(text.get(at..)?);
                Json::String(made)
            }
            other => {
                let items = items(other)?;
                let (mut made, mut at) = (Vec::new(), 0);
                for ((start, old), (_, new)) in pairs {
                    made.extend_from_slice(items.get(at..*start)?);
                    made.extend_from_slice(new.as_array()?);
                    at = start + old.as_array()?.len();
                }
                made.extend_from_slice(items.get(at..)?);
                if other.is_object() {
                    Json::Object(made.into_iter().map(pair).collect::<Option<_>>()?)
                } else {
                    Json::Array(made)
                }
            }
        };
        (sum(&replaced) == by.whole).then_some(replaced)
    }

    fn stored(&self) -> String {
        json!({"whole": self.whole, "pieces": self.pieces}).to_string()
    }

    fn read(json: &Json) -> Option<Pieces> {
        let pieces = json.get("pieces")?.as_array()?.iter().map(|piece| {
            let at = usize::try_from(piece.get(0)?.as_u64()?).ok()?;
            Some((at, piece.get(1)?.clone()))
        });
        Some(Pieces {
            whole: json.get("whole")?.as_str()?.to_owned(),
            pieces: pieces.collect::<Option<_>>()?,
        })
    }
}

/// The items of a list, or the fields of an object as pairs.
fn items(value: &Json) -> Option<Vec<Json>> {
    match value {
        Json::Array(items) => Some(items.clone()),
        Json::Object(map) => Some(map.iter().map(|(key, value)| json!([key, value])).collect()),
        _ => None,
    }
}

/// A field of an object from its item.
fn pair(item: Json) -> Option<(String, Json)> {
    match item {
        Json::Array(pair) => match <[Json; 2]>::try_from(pair) {
            Ok([Json::String(key), value]) => Some((key, value)),
            _ => None,
        },
        _ => None,
    }
}

/// The first 16 digits of the checksum of a value, which tell it from the other values of a field.
fn sum(value: &Json) -> String {
    let mut sum = match value {
        Json::String(text) => checksum::of_bytes(text.as_bytes()),
        other => checksum::of_bytes(other.to_string().as_bytes()),
    };
    sum.truncate(16);
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::{Edit, Form, Mismatch};

    fn value() -> impl Strategy<Value = Option<Json>> {
        let lines = prop::collection::vec("[ab]{0,3}", 0..40).prop_map(|lines| lines.join("\n"));
        let items = prop::collection::vec("[ab]{0,3}", 0..40);
        prop_oneof![
            Just(None),
            lines.prop_map(|text| Some(json!(text))),
            items.prop_map(|items| Some(json!(items))),
            Just(Some(json!({"whole": "a", "pieces": [[0, "b"]]}))),
            prop::collection::btree_map("[ab]{1,3}", "[ab]{0,9}", 0..9)
                .prop_map(|map| Some(json!(map))),
        ]
    }

    proptest! {
        #[test]
        fn an_edit_leads_to_the_new_value_and_back(old in value(), new in value()) {
            let edit = Edit::between(old.clone(), new.clone());
            let (before, after) = edit.stored();
            let read = Edit::read(edit.form(), before.as_deref(), after.as_deref());
            prop_assert_eq!(&read, &edit);
            prop_assert_eq!(read.apply(old.as_ref()), Ok(new.clone()));
            prop_assert_eq!(read.reversed().apply(new.as_ref()), Ok(old));
        }
    }

    #[test]
    fn an_edit_of_pieces_applies_to_its_value_only() {
        let text = |word: &str| Some(json!(format!("{word}\n{}", "line\n".repeat(40))));
        let edit = Edit::between(text("one"), text("two"));
        assert_eq!(edit.form(), Form::Pieces);
        assert!(edit.stored().1.is_some_and(|text| text.len() < 60));
        let other = json!(format!("one\n{}", "Line\n".repeat(40)));
        assert_eq!(edit.apply(Some(&other)), Err(Mismatch));
        assert_eq!(edit.apply(None), Err(Mismatch));
        assert_eq!(Edit::Purged.apply(None), Err(Mismatch));
    }
}
