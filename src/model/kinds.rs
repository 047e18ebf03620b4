//! The kinds of a notebook: lookup by singular or plural name, and the built-in definitions.

use std::cell::OnceCell;

use super::{Field, Kind};
use crate::text::nearest::nearest;

/// The TOML definitions of the built-in kinds.
pub const BUILT_IN: [&str; 7] = [
    include_str!("../../data/kinds/goal.toml"),
    include_str!("../../data/kinds/paper.toml"),
    include_str!("../../data/kinds/term.toml"),
    include_str!("../../data/kinds/achievement.toml"),
    include_str!("../../data/kinds/meeting.toml"),
    include_str!("../../data/kinds/post.toml"),
    include_str!("../../data/kinds/project.toml"),
];

/// The field that a kind gets with its first jot, as a part of a definition.
pub const JOTS: &str = include_str!("../../data/on-demand/jots.toml");

/// The kind of the days on which something was jotted down.
pub const DAY: &str = concat!(
    include_str!("../../data/on-demand/day.toml"),
    include_str!("../../data/on-demand/jots.toml")
);

/// The kind of what is in the inbox.
pub const INBOX: &str = include_str!("../../data/on-demand/inbox.toml");

/// Kinds that a notebook gets with the first entry of them.
pub const ON_DEMAND: [&str; 2] = [DAY, INBOX];

/// The checksums of the definitions that built-in kinds had in earlier versions. Notebooks keep the
/// definitions with which they were made. A change of a definition adds its old checksum here.
pub const FORMER_BUILT_IN: [&str; 4] = [
    "ab54059be3832a11ba8d7cd04f46c230",
    "28afd1e3e764a837b9063eabcf532fca",
    "101c7f3513d8a7f7aaaa87f128bfda2e",
    "1ef14447dcc7508085eb38d942b33272",
];

/// The kinds of a notebook, in order. Each definition is parsed on first use.
#[derive(Debug, Clone, Default)]
pub struct Kinds {
    declared: Vec<DeclaredKind>,
}

/// A kind with its names, which are stored beside the definition so that a lookup by name does not
/// parse it.
#[derive(Debug, Clone)]
struct DeclaredKind {
    name: String,
    plural: String,
    definition: String,
    /// The parsed definition, or its problems joined by `; `. Unset until it is needed.
    read: OnceCell<Result<Kind, String>>,
}

impl DeclaredKind {
    fn kind(&self) -> Result<&Kind, &String> {
        self.read
            .get_or_init(|| Kind::read(&self.definition).map_err(|problems| problems.join("; ")))
            .as_ref()
    }
}

impl Kinds {
    /// Creates the kinds from tuples of name, plural name and TOML definition, in order.
    pub fn declared(definitions: impl IntoIterator<Item = (String, String, String)>) -> Kinds {
        let declared = definitions
            .into_iter()
            .map(|(name, plural, definition)| DeclaredKind {
                name,
                plural,
                definition,
                read: OnceCell::new(),
            });
        Kinds {
            declared: declared.collect(),
        }
    }

    /// The built-in kinds.
    /// A test ensures that none of them is invalid and left out.
    pub fn built_in() -> Kinds {
        let read = BUILT_IN.iter().filter_map(|toml| {
            Kind::read(toml)
                .ok()
                .map(|kind| (kind.name, kind.plural, (*toml).to_owned()))
        });
        Kinds::declared(read)
    }

    /// The kinds with a valid definition, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.declared
            .iter()
            .filter_map(|declared| declared.kind().ok())
    }

    /// The name of each kind with an invalid definition, and the reason. Entries of such a kind
    /// keep their common fields.
    pub fn broken(&self) -> Vec<(&str, &str)> {
        self.declared
            .iter()
            .filter_map(|declared| {
                declared
                    .kind()
                    .err()
                    .map(|why| (declared.name.as_str(), why.as_str()))
            })
            .collect()
    }

    /// The kind with that singular or plural name, in any case. `None` if it is unknown or its
    /// definition is invalid.
    pub fn get(&self, name: &str) -> Option<&Kind> {
        let name = self.name(name)?;
        self.declared
            .iter()
            .find(|known| known.name == name)?
            .kind()
            .ok()
    }

    /// The singular name of the kind with that singular or plural name, in any case. The definition
    /// of the kind may be invalid.
    pub fn name(&self, called: &str) -> Option<&str> {
        let known = self.declared.iter().find(|known| {
            known.name.eq_ignore_ascii_case(called) || known.plural.eq_ignore_ascii_case(called)
        });
        known.map(|known| known.name.as_str())
    }

    /// Singular and plural names similar to an unknown one, for suggestions.
    pub fn near(&self, name: &str) -> Vec<String> {
        let names: Vec<&str> = self
            .declared
            .iter()
            .flat_map(|kind| [kind.name.as_str(), kind.plural.as_str()])
            .collect();
        nearest(name, &names)
    }

    /// The plural names of all kinds, for messages.
    pub fn plurals(&self) -> Vec<&str> {
        self.declared
            .iter()
            .map(|kind| kind.plural.as_str())
            .collect()
    }

    /// The kinds that declare a field with that name or flag, each with the field.
    pub fn with_field<'a>(&'a self, name: &str) -> Vec<(&'a Kind, &'a Field)> {
        self.iter()
            .filter_map(|kind| kind.field(name).map(|field| (kind, field)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_definitions_are_sound_and_unique() {
        let mut names = Vec::new();
        for toml in BUILT_IN {
            let kind = Kind::read(toml).unwrap_or_else(|problems| panic!("{problems:?}"));
            assert!(!kind.summary.ends_with('.'), "{}", kind.name);
            let back = Kind::read(&kind.toml().expect("TOML")).expect("reads back");
            assert_eq!(back, kind);
            names.extend([kind.name, kind.plural]);
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_bad_definition_is_refused_with_every_problem() {
        let toml = "name = \"entry\"\nplural = \"talks\"\nsummary = \"A talk\"\ncolumns = [\"nothing\"]\n[[field]]\nname = \"title\"\ntype = \"line\"\nhelp = \"Twice.\"\n";
        let problems = Kind::read(toml).expect_err("refused");
        assert_eq!(problems.len(), 5, "{problems:?}");
        let typo = Kind::read(
            "name = \"talk\"\nplural = \"talks\"\nsummary = \"A\"\n[[field]]\nname = \"x\"\ntype = \"strin\"\nhelp = \"X\"\n",
        );
        assert!(typo.expect_err("refused")[0].starts_with("6:8: "));
    }

    #[test]
    fn former_definitions_are_known_by_their_checksums() {
        let former = |name: &str| {
            let now = super::BUILT_IN
                .iter()
                .find(|toml| toml.starts_with(&format!("name = \"{name}\"")))
                .unwrap();
            crate::text::checksum::of_bytes(
                now.replace(
                    "order = [\"position\", \"created\"]",
                    "order = [\"created\"]",
                )
                .as_bytes(),
            )
        };
        let goal =
            "[[field]]\nname = \"due\"\ntype = \"period\"\nhelp = \"When it should be learnt\"\n\n";
        let goals = super::BUILT_IN[0].replace(goal, "");
        let mut formers = ["paper", "post", "project"].map(former).to_vec();
        formers.push(crate::text::checksum::of_bytes(goals.as_bytes()));
        assert_eq!(formers, super::FORMER_BUILT_IN);
    }
}
