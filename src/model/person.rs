//! Names of persons and groups.

use super::Reason;
use crate::text::fold::single_spaced;

/// The canonical form of a name: `Family, Given`, with single spaces.
///
/// A name without a comma is not split into family and given name: `Anthropic`, `Plato` and
/// `Ludwig van Beethoven` stay unchanged.
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

/// The part of a name before the comma, or the whole name if it has no comma.
pub fn family(name: &str) -> &str {
    name.split_once(',').map_or(name, |(family, _)| family)
}
