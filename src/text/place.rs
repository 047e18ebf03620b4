//! Converts byte offsets in a text to lines and columns.

/// Line and column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The place of a byte offset. An offset inside a character, or past the end, is moved back.
pub fn place(text: &str, offset: usize) -> Place {
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    Place {
        line: before.matches('\n').count() + 1,
        column: before[start..].chars().count() + 1,
    }
}

/// Converts many byte offsets of one text to places; fast if the offsets ascend.
#[derive(Debug)]
pub struct Places<'t> {
    text: &'t str,
    last: usize,
    place: Place,
}

impl<'t> Places<'t> {
    /// Starts at the beginning of a text.
    pub fn of(text: &'t str) -> Places<'t> {
        Places {
            text,
            last: 0,
            place: Place { line: 1, column: 1 },
        }
    }

    /// The place of a byte offset; see [`place`].
    pub fn at(&mut self, offset: usize) -> Place {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        if offset < self.last {
            return place(self.text, offset);
        }
        for c in self.text[self.last..offset].chars() {
            self.place = if c == '\n' {
                Place {
                    line: self.place.line + 1,
                    column: 1,
                }
            } else {
                Place {
                    column: self.place.column + 1,
                    ..self.place
                }
            };
        }
        self.last = offset;
        self.place
    }
}

#[cfg(test)]
mod tests {
    use super::{Places, place};

    #[test]
    fn places_one_after_the_other_are_those_of_each_alone() {
        let text = "aé\n\nb c\n";
        let mut places = Places::of(text);
        for offset in [0, 1, 2, 3, 4, 5, 5, 7, 9, 3, 8] {
            assert_eq!(places.at(offset), place(text, offset), "{offset}");
        }
    }
}
