//! The layout of a new page: a heading for each kind, and for each choice in `page.choices`.

use crate::model::layout::{Layout, Piece, Role, Section};
use crate::model::{Kind, Kinds};

/// A page with the headings of all kinds and no entries.
pub fn layout(kinds: &Kinds) -> Layout {
    let mut layout = Layout::default();
    heading(&mut layout, 1, "Notebook", Section::default());
    for kind in kinds.iter() {
        let section = Section {
            kind: Some(kind.name.clone()),
            root: true,
            ..Section::default()
        };
        heading(&mut layout, 2, &heading_of(kind), section.clone());
        for (field, choices) in &kind.page.choices {
            // `page.choices` is sorted by name; the headings have the order of the field.
            for choice in ordered(kind, field)
                .iter()
                .filter_map(|choice| choices.get_key_value(choice))
            {
                // The first phrase is the title. A final `*` is only for matching headings.
                if let Some(phrase) = choice.1.first() {
                    let section = Section {
                        choices: vec![(field.clone(), choice.0.clone())],
                        ..section.clone()
                    };
                    heading(
                        &mut layout,
                        3,
                        &capitalised(phrase.trim_end_matches([' ', '*'])),
                        section,
                    );
                }
            }
        }
    }
    layout
}

/// The heading over the entries of a kind.
pub fn heading_of(kind: &Kind) -> String {
    capitalised(&kind.plural.replace('_', " "))
}

/// Removes the headings of kinds that have nothing under them.
/// It goes from the end, so that a kind whose choices are all removed is removed too.
pub fn without_empty(mut layout: Layout) -> Layout {
    let mut at = layout.pieces.len();
    while at > 0 {
        at -= 1;
        let Role::Heading(section) = &layout.pieces[at].role else {
            continue;
        };
        let level = section.level;
        let empty = layout
            .pieces
            .get(at + 1)
            .is_none_or(|next| matches!(&next.role, Role::Heading(other) if other.level <= level));
        // The title of the page has no kind, so it stays.
        if empty && section.kind.is_some() {
            layout.pieces.remove(at);
        }
    }
    if let Some(last) = layout.pieces.last_mut() {
        last.gap.clear();
    }
    layout
}

/// The choices of a field, in sort order.
fn ordered<'a>(kind: &'a Kind, field: &str) -> &'a [String] {
    kind.field(field).map_or(&[], |field| &field.choices)
}

/// Appends a heading with its section.
fn heading(layout: &mut Layout, level: u8, title: &str, section: Section) {
    layout.pieces.push(Piece {
        text: format!("{} {title}\n", "#".repeat(level.into())),
        gap: "\n".to_owned(),
        role: Role::Heading(Section {
            level,
            title: title.to_owned(),
            ..section
        }),
    });
}

/// A phrase with a capital first letter, and `I` in upper case.
/// For example, `what i've learnt` becomes `What I've learnt`.
fn capitalised(text: &str) -> String {
    let text = text.replace(" i ", " I ").replace(" i'", " I'");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + chars.as_str()
    })
}
