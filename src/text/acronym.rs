//! Acronyms in parentheses at the end of a title.

/// Splits `Variational auto-encoder (VAE)` into the title before the parentheses and the acronym in
/// them; none if the title does not end in an acronym.
///
/// An acronym is 2 to 10 letters, digits or hyphens without a space, with at least two capitals.
pub fn split(title: &str) -> Option<(&str, &str)> {
    let inner = title.trim_end().strip_suffix(')')?;
    let (before, acronym) = inner.rsplit_once('(')?;
    let letters = acronym.chars().count();
    let capitals = acronym.chars().filter(|c| c.is_uppercase()).count();
    let plain = acronym.chars().all(|c| c.is_alphanumeric() || c == '-');
    let before = before.trim_end();
    ((2..=10).contains(&letters) && capitals >= 2 && plain && !before.is_empty())
        .then_some((before, acronym))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn an_acronym_is_taken_from_the_end_only() {
        assert_eq!(
            split("Variational auto-encoder (VAE)"),
            Some(("Variational auto-encoder", "VAE"))
        );
        assert_eq!(split("Meeting with a (former) Ph.D. student"), None);
        assert_eq!(split("A note (former)"), None);
        assert_eq!(split("(VAE)"), None);
    }
}
