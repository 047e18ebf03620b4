//! Persons and groups by name.

use super::Reason;
use crate::text::fold::single_spaced;

/// The canonical form of a name: `Family, Given`, or as it was written when it has no comma.
///
/// A name without a comma is not split by guess: `Anthropic`, `Ludwig van Beethoven` and `Plato` stay as they are.
///
/// # Errors
/// The name is empty.
pub fn name(text: &str) -> Result<String, Reason> {
    let parts: Vec<String> = text.split(',').map(single_spaced).collect();
    let name = parts
        .iter()
        .filter(|part| !part.is_empty())
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if name.is_empty() {
        Err(Reason::new("a name may not be empty").hint("write it as `Vaswani, Ashish`"))
    } else {
        Ok(name)
    }
}

/// The family name, for narrow columns.
pub fn family(name: &str) -> &str {
    name.split_once(',').map_or(name, |(family, _)| family)
}
