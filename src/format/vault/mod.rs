//! Reads and writes folders of notes, one file per entry, as Obsidian, Dendron, Zola and Hugo have
//! them.
//!
//! An imported entry keeps the path of its note, its front matter and the white space after its
//! body as they were written (`file` among its left-over values), so that the note of an unchanged
//! entry is exported as the same file. Must not know the store or the folder itself. Start reading
//! at [`read()`] and [`write()`].

mod front;
mod links;
mod note_file;
mod read;
mod rewrite;
mod secrecy;
mod style;
mod words;
mod write;

pub use links::{embeds, inline_tags, seen_from};
pub use note_file::{KEPT, NoteFile, is_note, is_safe, with_lf};
pub use read::{VaultNote, read};
pub use style::Style;
pub use words::usual_kind;
pub use write::{path_of, write};
