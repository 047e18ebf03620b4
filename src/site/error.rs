//! Why a site cannot be built, and what writes it.

/// Why a site cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A template of the theme is not valid, or fails.
    #[error("a template cannot be used: {0}")]
    Template(String),
    /// A page cannot be written.
    #[error("{0}")]
    Write(String),
}

/// Writes a file of the site: its path and its text.
pub(super) type Write<'w> = dyn FnMut(&str, &str) -> Result<(), SiteError> + 'w;
